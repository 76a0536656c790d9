/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_lineage_test.c - the tree of who took up what, in ordinary, circular, endless and crowded worlds;
 * and what a record taken up keeps of its origin.
 */
#include "tests/unit/test.h"

#include "node/web/adopt.h"
#include "node/web/lineage.h"
#include "proto/err.h"

/* A world is "child<parent" pairs; "?" as parent: one that is not here. */
struct world {
	const char *const *pair;
	unsigned asked;
};

static int
origin(void *ctx, const char *ref, const char **out, struct err *e)
{
	struct world *w = ctx;
	size_t i, n = strlen(ref);

	(void)e;
	w->asked++;
	for (i = 0; w->pair[i] != NULL; i++)
		if (strncmp(w->pair[i], ref, n) == 0 && w->pair[i][n] == '<') {
			*out = w->pair[i] + n + 1;
			return **out == '?' ? LINEAGE_AWAY : LINEAGE_FROM;
		}
	return LINEAGE_FIRST;
}

static int
takers(void *ctx, const char *ref, const char **out, size_t max, int *more, struct err *e)
{
	static char name[64][16];
	static unsigned used;
	struct world *w = ctx;
	size_t i;
	int n = 0;

	(void)e;
	w->asked++;
	for (i = 0; w->pair[i] != NULL; i++) {
		const char *parent = strchr(w->pair[i], '<') + 1;

		if (strcmp(parent, ref) != 0)
			continue;
		if ((size_t)n == max) {
			*more = 1;
			break;
		}
		snprintf(name[used % 64], sizeof name[0], "%.*s", (int)(parent - 1 - w->pair[i]), w->pair[i]);
		out[n++] = name[used++ % 64];
	}
	return n;
}

/* The tree as "a(b(c)d)"; "+" where more took it up, "?" before where the origin is away. */
static const char *
drawn(const struct lineage *l)
{
	static char out[2048];
	unsigned depth = 0;
	size_t i, n = 0;

	n += (size_t)snprintf(out, sizeof out, "%s%s", l->away ? "?" : "", l->older ? "^" : "");
	for (i = 0; i < l->count; i++) {
		const struct lineage_step *s = &l->step[i];

		assert_true(s->depth <= depth + 1);
		for (; i > 0 && depth > s->depth; depth--)
			out[n++] = ')';
		if (i > 0 && s->depth > depth)
			out[n++] = '(';
		else if (i > 0)
			out[n++] = ' ';
		depth = s->depth;
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", s->ref, s->more ? "+" : "");
	}
	for (; depth > 0; depth--)
		out[n++] = ')';
	out[n] = '\0';
	return out;
}

static void
test_trees(void **state)
{
	static const struct { const char *why; const char *pair[12]; const char *ref, *tree; } row[] = {
		{ "one alone", { NULL }, "a", "a" },
		{ "from below", { "b<a", "c<b", NULL }, "c", "a(b(c))" },
		{ "from above", { "b<a", "c<b", NULL }, "a", "a(b(c))" },
		{ "cousins", { "b<a", "c<b", "d<a", "e<d", NULL }, "e", "a(d(e) b(c))" },
		{ "the origin is not here", { "b<a", "a<?", NULL }, "b", "?a(b)" },
		{ "itself", { "a<a", NULL }, "a", "a" },
		{ "two of each other", { "a<b", "b<a", NULL }, "a", "b(a)" },
		{ "a circle of three with a taker", { "a<b", "b<c", "c<a", "d<b", NULL }, "a", "c(b(a d))" },
		{ "a circle above the one asked for", { "x<a", "a<b", "b<a", NULL }, "x", "b(a(x))" },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct world w = { row[i].pair, 0 };
		struct lineage_source s = { &w, origin, takers };
		struct lineage l;

		assert_int_equal(lineage_make(&s, row[i].ref, &l, &e), 0);
		if (strcmp(drawn(&l), row[i].tree) != 0)
			fail_msg("%s: %s", row[i].why, drawn(&l));
	}
}

/* --- worlds without an end: every name has a parent, and many takers --------------------------------- */

struct endless {
	char name[20000][24];
	size_t names;
	int width;		/* takers of each */
	unsigned asked;
};

static const char *
named(struct endless *w, long n)
{
	char *name = w->name[w->names++];

	assert_true(w->names < COUNT(w->name));
	snprintf(name, sizeof w->name[0], "%ld", n);
	return name;
}

static int
endless_origin(void *ctx, const char *ref, const char **out, struct err *e)
{
	struct endless *w = ctx;

	(void)e;
	w->asked++;
	*out = named(w, atol(ref) / 100);
	return atol(ref) == 0 ? LINEAGE_FIRST : LINEAGE_FROM;
}

static int
endless_takers(void *ctx, const char *ref, const char **out, size_t max, int *more, struct err *e)
{
	struct endless *w = ctx;
	int i;

	(void)e;
	w->asked++;
	for (i = 0; i < w->width && (size_t)i < max; i++)
		out[i] = named(w, atol(ref) % 9000 + 1 + i * 7);
	*more = w->width > i;
	return i;
}

static int
has_step(const struct lineage *l, const char *ref)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->step[i].ref, ref) == 0)
			return 1;
	return 0;
}

static void
test_bounds(void **state)
{
	static const int width[] = { 0, 1, 3, 24, 1000 };
	static struct endless w;
	struct lineage_source s = { &w, endless_origin, endless_takers };
	struct lineage l;
	struct err e;
	size_t i, k, m;

	(void)state;
	for (i = 0; i < COUNT(width); i++) {
		w.names = w.asked = 0;
		w.width = width[i];
		assert_int_equal(lineage_make(&s, "765432", &l, &e), 0);
		assert_in_range(l.count, 4, LINEAGE_STEPS);
		assert_true(w.asked <= LINEAGE_STEPS + LINEAGE_DEPTH);
		assert_true(has_step(&l, "765432") && has_step(&l, "7654") && has_step(&l, "76") && has_step(&l, "0"));
		for (k = 0; k < l.count; k++) {
			assert_true(l.step[k].depth < LINEAGE_DEPTH);
			for (m = 0; m < k; m++)
				assert_string_not_equal(l.step[k].ref, l.step[m].ref);
		}
	}
	assert_true(l.step[0].more);
}

static int
climbing(void *ctx, const char *ref, const char **out, struct err *e)
{
	(void)e;
	*out = named(ctx, atol(ref) + 1);
	return LINEAGE_FROM;
}

static void
test_endless_ancestors(void **state)
{
	static struct endless w;
	struct lineage_source s = { &w, climbing, endless_takers };
	struct lineage l;
	struct err e;

	(void)state;
	assert_int_equal(lineage_make(&s, "1", &l, &e), 0);
	assert_int_equal(l.count, LINEAGE_DEPTH);
	assert_int_equal(l.older, 1);
	assert_string_equal(l.step[LINEAGE_DEPTH - 1].ref, "1");
}

/* --- what is kept ------------------------------------------------------------------------------------ */

#define REF "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK/initiative/aaaaaaaaaaaaaaaa"

static void
test_adopted_content(void **state)
{
	static const struct { const char *why, *origin, *made; } row[] = {
		{ "the idea is kept",
		    "{\"access\":[\"free\"],\"axes\":[\"solidarity\"],\"description\":\"D\",\"governance\":\"G\","
		    "\"means\":[\"volunteers\"],\"name\":\"N\",\"practices\":[\"repair\"],\"summary\":\"S\",\"tags\":[\"t\"]}",
		    "{\"access\":[\"free\"],\"axes\":[\"solidarity\"],\"description\":\"D\",\"governance\":\"G\","
		    "\"means\":[\"volunteers\"],\"name\":\"N\",\"practices\":[\"repair\"],\"summary\":\"S\",\"tags\":[\"t\"],"
		    "\"adapted_from\":\"" REF "\"}" },
		{ "place, contact, dates and who does it there are not",
		    "{\"areas\":[\"29\"],\"commune\":\"C\",\"confirmed\":\"2026-01-01\",\"contact_form\":\"https://a.example/\","
		    "\"email\":\"a@example.org\",\"example\":true,\"hours\":\"H\",\"insee\":\"29188\",\"lat_e7\":1,"
		    "\"legal_form\":\"association\",\"links\":[\"https://a.example/\"],\"lon_e7\":1,\"means_text\":\"M\","
		    "\"name\":\"N\",\"organisations\":[\"" REF "\"],\"phone\":\"1234\",\"places\":[\"" REF "\"],"
		    "\"postcode\":\"29630\",\"since\":\"2016-01-01\",\"source_name\":\"S\",\"status\":\"active\","
		    "\"street\":\"R\",\"take_part\":\"T\",\"until\":\"2020-01-01\",\"website\":\"https://a.example/\"}",
		    "{\"name\":\"N\",\"adapted_from\":\"" REF "\"}" },
		{ "its own lineage is not ours, nor what we do not know",
		    "{\"adapted_from\":\"" REF "\",\"adapted_text\":\"A\",\"name\":\"N\",\"newer\":{\"a\":1}}",
		    "{\"name\":\"N\",\"adapted_from\":\"" REF "\"}" },
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf b = BUF_INIT(65536);

		assert_int_equal(adopt_content(span_str(row[i].origin), REF, &b, &e), 0);
		if (!span_is(buf_span(&b), row[i].made))
			fail_msg("%s: %.*s", row[i].why, (int)b.len, b.ptr);
		buf_clear(&b);
	}
}

static void
test_nothing_to_adopt(void **state)
{
	static const char *const row[] = { "", "[]", "\"x\"", "{\"a\":" };
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf b = BUF_INIT(65536);

		CHECK_ROW(row[i], adopt_content(span_str(row[i]), REF, &b, &e) == -1);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_endless_ancestors),
		cmocka_unit_test(test_adopted_content),
		cmocka_unit_test(test_nothing_to_adopt),
	};

	return cmocka_run_group_tests_name("web lineage", test, NULL, NULL);
}
