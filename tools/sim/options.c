/* SPDX-License-Identifier: AGPL-3.0-or-later
 * options.c - see options.h. */
#include "tools/sim/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NODES_MAX 200000
#define RECORDS_MAX 2000000

/* --- numbers by name -------------------------------------------------------------------------------- */

struct number {
	const char *name;
	size_t at;		/* in struct config */
	int64_t low, high;
	const char *help;
};

static const struct number plain[] = {
	{ "--nodes", offsetof(struct config, nodes), 1, NODES_MAX, "nodes in the network (5)" },
	{ "--records", offsetof(struct config, records), 1, RECORDS_MAX, "records written in all (60)" },
	{ "--seed", offsetof(struct config, seed), 0, INT64_MAX, "the same seed and options: the same history (1)" },
	{ "--authors", offsetof(struct config, authors), 1, NODES_MAX,
	    "nodes with an author of their own (all, at most 64)" },
	{ "--write-s", offsetof(struct config, write_s), 0, DAY_S, "they are written over so many seconds (60)" },
	{ "--fault-s", offsetof(struct config, fault_s), 0, DAY_S, "and the faults last so long (3 times that)" },
	{ "--limit-s", offsetof(struct config, limit_s), 1, 30LL * DAY_S,
	    "without agreement so long after all that: a failure (172800)" },
};

static const struct number policy[] = {
	{ "sticky", offsetof(struct config, policy.sticky), 1, 64, "neighbours listened to (8)" },
	{ "push", offsetof(struct config, policy.push), 0, 1, "tell them what is new (1)" },
	{ "listen", offsetof(struct config, policy.listen), 0, 1, "by long poll (1), or once an interval (0)" },
	{ "interval", offsetof(struct config, policy.interval_s), 1, DAY_S, "seconds between two readings (60)" },
	{ "visit", offsetof(struct config, policy.visit_s), 0, 30LL * DAY_S,
	    "seconds between comparisons with a random peer (600); 0: never" },
	{ "page", offsetof(struct config, policy.page), 1, CHANGES_RECORDS_MAX, "records in one answer (256)" },
	{ "tell", offsetof(struct config, policy.tell_ms), 0, 600000, "ms from a commit to telling (600)" },
	{ "settle", offsetof(struct config, policy.settle_ms), 1, 600000, "ms before the rest of a feed is read (2000)" },
};

struct share {
	const char *name;
	size_t at;
	double usual;
	const char *help;
};

static const struct share trouble[] = {
	{ "loss", offsetof(struct trouble, loss), 0.1, "share of messages lost" },
	{ "delay", offsetof(struct trouble, delay), 0.1, "share delayed by up to 8 s, so that later ones overtake them" },
	{ "dup", offsetof(struct trouble, dup), 0.05, "share of requests carried out twice" },
	{ "nat", offsetof(struct trouble, nat), 0.2, "share of nodes that nobody can call" },
	{ "liars", offsetof(struct trouble, liars), 0.2,
	    "share of nodes that withhold, replay, flood, equivocate, forge, vouch for false keys, answer garbage" },
	{ "partition", offsetof(struct trouble, partition), 1, "the network is cut in two for a while" },
	{ "churn", offsetof(struct trouble, churn), 1, "nodes are switched off and on" },
	{ "crash", offsetof(struct trouble, crash), 1, "nodes crash and lose what was not committed" },
	{ "clock", offsetof(struct trouble, clock), 1, "clocks are off by minutes, a day, ten years" },
	{ "blocks", offsetof(struct trouble, blocks), 1, "operators block authors, and unblock them" },
};

/* --- reading --------------------------------------------------------------------------------------------- */

static int
read_number(const struct number *n, const char *text, struct config *c, struct err *e)
{
	char *end;
	long long v = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || v < n->low || v > n->high)
		return err_set(e, ERR_USAGE, "%s is a number from %lld to %lld, not '%s'", n->name, (long long)n->low,
		    (long long)n->high, text);
	memcpy((char *)c + n->at, &(int64_t){ v }, sizeof(int64_t));
	return 0;
}

/* One "name" or "name=value" of a list, cut off its front. */
static int
cut(struct span *list, char name[32], char value[32], struct err *e)
{
	struct span one = span_cut(list, ','), key = span_cut(&one, '=');

	if (key.len == 0 || key.len >= 32 || one.len >= 32)
		return err_set(e, ERR_USAGE, "a list is written name=value,name=value");
	memcpy(name, key.ptr, key.len);
	name[key.len] = '\0';
	memcpy(value, one.len == 0 ? "" : one.ptr, one.len);
	value[one.len] = '\0';
	return 0;
}

static int
read_policy(const char *text, struct config *c, struct err *e)
{
	struct span list = span_str(text);
	char name[32], value[32];
	size_t i;

	while (list.len > 0) {
		if (cut(&list, name, value, e) == -1)
			return -1;
		for (i = 0; i < COUNT(policy) && strcmp(policy[i].name, name) != 0; i++)
			;
		if (i == COUNT(policy))
			return err_set(e, ERR_USAGE, "no policy is called '%s': see --help", name);
		if (read_number(&policy[i], value, c, e) == -1)
			return -1;
	}
	return 0;
}

static void
set_share(struct config *c, const struct share *s, double v)
{
	memcpy((char *)&c->faults + s->at, &v, sizeof v);
}

static double
get_share(const struct config *c, const struct share *s)
{
	double v;

	memcpy(&v, (const char *)&c->faults + s->at, sizeof v);
	return v;
}

static int
read_fault(const char *name, const char *value, struct config *c, struct err *e)
{
	size_t i;
	char *end;
	double v;

	for (i = 0; i < COUNT(trouble); i++) {
		if (strcmp(name, "all") == 0)
			set_share(c, &trouble[i], trouble[i].usual);
		if (strcmp(name, trouble[i].name) != 0)
			continue;
		v = *value == '\0' ? trouble[i].usual : strtod(value, &end);
		if (*value != '\0' && (*end != '\0' || !(v >= 0 && v <= 1)))
			return err_set(e, ERR_USAGE, "%s is a share from 0 to 1, not '%s'", name, value);
		set_share(c, &trouble[i], v);
		return 0;
	}
	if (strcmp(name, "all") == 0 || strcmp(name, "none") == 0)
		return 0;
	return err_set(e, ERR_USAGE, "no fault is called '%s': see --help", name);
}

static int
read_faults(const char *text, struct config *c, struct err *e)
{
	struct span list = span_str(text);
	char name[32], value[32];

	while (list.len > 0)
		if (cut(&list, name, value, e) == -1 || read_fault(name, value, c, e) == -1)
			return -1;
	return 0;
}

static int
read_curve(const char *text, struct options *o, struct err *e)
{
	struct span list = span_str(text), one;
	char number[24];
	struct config c;

	while (list.len > 0) {
		one = span_cut(&list, ',');
		snprintf(number, sizeof number, "%.*s", (int)one.len, one.ptr);
		if (o->curves == CURVE_MAX)
			return err_set(e, ERR_USAGE, "a curve of at most %d points", CURVE_MAX);
		if (read_number(&plain[0], number, &c, e) == -1)
			return -1;
		o->curve[o->curves++] = c.nodes;
	}
	return 0;
}

static const char *
flag(const char *arg, struct options *o)
{
	if (strcmp(arg, "--json") == 0)
		o->json = 1;
	else if (strcmp(arg, "--trace") == 0)
		o->c.trace = 1;
	else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		o->help = 1;
	else
		return arg;
	return NULL;
}

static int
read_option(const char *name, const char *value, struct options *o, struct err *e)
{
	static const struct number sweep = { "--sweep", 0, 1, 1000000, "" };
	struct config c;
	size_t i;

	for (i = 0; i < COUNT(plain); i++)
		if (strcmp(plain[i].name, name) == 0)
			return read_number(&plain[i], value, &o->c, e);
	if (strcmp(name, "--faults") == 0)
		return read_faults(value, &o->c, e);
	if (strcmp(name, "--policy") == 0)
		return read_policy(value, &o->c, e);
	if (strcmp(name, "--curve") == 0)
		return read_curve(value, o, e);
	if (strcmp(name, "--svg") == 0)
		o->svg = value;
	else if (strcmp(name, "--sweep") == 0) {
		if (read_number(&sweep, value, &c, e) == -1)
			return -1;
		o->sweep = c.nodes;
	} else
		return err_set(e, ERR_USAGE, "no option is called '%s': see --help", name);
	return 0;
}

_Static_assert(offsetof(struct config, nodes) == 0, "--sweep is read as if it were --nodes");

static const struct config usual = {
	.nodes = 5, .records = 60, .seed = 1, .write_s = 60, .fault_s = -1, .limit_s = 2 * DAY_S,
	.policy = { .sticky = 8, .push = 1, .listen = 1, .interval_s = 60, .visit_s = 600, .page = 256,
	    .tell_ms = 600, .settle_ms = 2000 },
};

static int
has_faults(const struct config *c)
{
	size_t i;

	for (i = 0; i < COUNT(trouble); i++)
		if (get_share(c, &trouble[i]) > 0)
			return 1;
	return 0;
}

void
options_complete(struct config *c)
{
	if (c->authors == 0)
		c->authors = c->nodes < 64 ? c->nodes : 64;
	if (c->authors > c->nodes)
		c->authors = c->nodes;
	if (c->fault_s < 0)
		c->fault_s = has_faults(c) ? 3 * c->write_s : 0;
}

int
options_read(int argc, char **argv, struct options *o, struct err *e)
{
	int i;

	*o = (struct options){ .c = usual };
	for (i = 1; i < argc; i++) {
		if (flag(argv[i], o) == NULL)
			continue;
		if (i + 1 == argc)
			return err_set(e, ERR_USAGE, "%s is unknown or lacks its value: see --help", argv[i]);
		if (read_option(argv[i], argv[i + 1], o, e) == -1)
			return -1;
		i++;
	}
	if (o->curves == 0)
		options_complete(&o->c);
	return 0;
}

/* --- printing --------------------------------------------------------------------------------------------- */

void
options_help(FILE *out)
{
	size_t i;

	fprintf(out, "essaim-sim: a network of nodes in one process, in virtual time, from one seed.\n\n"
	    "  essaim-sim [--nodes N] [--records M] [--seed S] [--faults LIST] [--policy LIST] [--json]\n"
	    "  essaim-sim --sweep N [--seed S]           N small networks, each with faults of its own\n"
	    "  essaim-sim --curve N,N,... [--svg FILE]   one run for each number of nodes, drawn\n\n");
	for (i = 0; i < COUNT(plain); i++)
		fprintf(out, "  %-12s %s\n", plain[i].name, plain[i].help);
	fprintf(out, "  %-12s %s\n", "--trace", "tell each conversation that moved something or failed");
	fprintf(out, "\n--faults: none, all, or some of these, with =SHARE or the usual one\n");
	for (i = 0; i < COUNT(trouble); i++)
		fprintf(out, "  %-12s %s (%g)\n", trouble[i].name, trouble[i].help, trouble[i].usual);
	fprintf(out, "\n--policy: name=NUMBER\n");
	for (i = 0; i < COUNT(policy); i++)
		fprintf(out, "  %-12s %s\n", policy[i].name, policy[i].help);
	fprintf(out, "\nExit status: 0 agreement and no violation, 1 not so, 2 usage.\n");
}

static int64_t
value_of(const struct config *c, const struct number *n)
{
	int64_t v;

	memcpy(&v, (const char *)c + n->at, sizeof v);
	return v;
}

void
options_print(const struct config *c, FILE *out)
{
	const char *sep = " --policy ";
	size_t i;

	fprintf(out, "essaim-sim");
	for (i = 0; i < COUNT(plain); i++)
		fprintf(out, " %s %lld", plain[i].name, (long long)value_of(c, &plain[i]));
	for (i = 0; i < COUNT(policy); i++) {
		if (value_of(c, &policy[i]) == value_of(&usual, &policy[i]))
			continue;
		fprintf(out, "%s%s=%lld", sep, policy[i].name, (long long)value_of(c, &policy[i]));
		sep = ",";
	}
	for (sep = " --faults ", i = 0; i < COUNT(trouble); i++) {
		if (get_share(c, &trouble[i]) <= 0)
			continue;
		fprintf(out, "%s%s=%g", sep, trouble[i].name, get_share(c, &trouble[i]));
		sep = ",";
	}
	fprintf(out, "\n");
}

/* --- small networks ------------------------------------------------------------------------------------------ */

struct config
options_small(uint64_t seed)
{
	struct rng r = rng_of(seed, 77);
	struct config c = usual;
	size_t i;

	c.seed = seed;
	c.nodes = (int64_t)rng_between(&r, 3, 9);
	c.authors = c.nodes;
	c.records = (int64_t)rng_between(&r, 20, 90);
	c.policy.sticky = (int64_t)rng_between(&r, 1, 4);
	c.policy.push = rng_chance(&r, 0.7);
	c.policy.listen = rng_chance(&r, 0.7);
	c.policy.page = rng_chance(&r, 0.3) ? (int64_t)rng_between(&r, 1, 10) : 256;
	for (i = 0; i < COUNT(trouble); i++)
		if (rng_chance(&r, 0.5))
			set_share(&c, &trouble[i], trouble[i].usual);
	options_complete(&c);
	return c;
}
