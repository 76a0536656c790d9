/* SPDX-License-Identifier: AGPL-3.0-or-later
 * node.c - making, running and looking at a node: init, serve, status, stop, config. */
#include "node/core/node.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "node/core/keyring.h"
#include "node/http/server.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/show.h"
#include "tools/import/run.h"

/* --- init ------------------------------------------------------------------------------------- */

static int
show_init(struct cli *c, struct err *e)
{
	const struct keyring_author *own;
	struct node *n = NULL;

	if (node_open(c->data, &n, e) == -1)
		return -1;
	own = keyring_at(n->keys, 0);
	if (c->json)
		fprintf(c->out, "{\"did\":\"%s\",\"root_key\":\"keys/root.key\"}\n", own->did);
	else
		fprintf(c->out, "The node \"%s\" is made in %s.\n\n"
		    "  its identifier   %s\n"
		    "  its settings     %s/essaim.conf\n"
		    "  its root key     %s/keys/root.key\n\n"
		    "Now move root.key and next-root.key off this machine, to a safe place: they are only\n"
		    "needed to change keys or to leave, and whoever has them is this node.  On paper they last\n"
		    "longest: 'essaim key sheet' prints them.\n\n"
		    "Next:  essaim serve --data %s      runs it\n"
		    "       essaim login --data %s      opens your pages\n"
		    "       essaim peer add URL --data %s   meets another territory\n",
		    n->config.name, c->data, own->did, c->data, c->data, c->data, c->data, c->data);
	node_close(n);
	return 0;
}

int
cmd_init(struct cli *c, struct err *e)
{
	struct node_init i = { .dir = c->data, .name = cli_option(c, "name"),
		.areas = cli_option(c, "territory"), .url = cli_option(c, "url"),
		.lang = cli_option(c, "lang"), .hold_areas = cli_option(c, "areas"),
		.hold_kinds = cli_option(c, "kinds") };

	if (i.name == NULL || *i.name == '\0')
		return err_set(e, ERR_USAGE, "a node needs a name: essaim init --name \"Pays de ...\"");
	if (node_init(&i, e) == -1)
		return -1;
	return show_init(c, e);
}

/* --- serve ------------------------------------------------------------------------------------ */

/* Tell the service manager, as sd_notify(3) describes it: one datagram. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof sa.sun_path)
		return;
	strcpy(sa.sun_path, path);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&sa, len);
	close(fd);
}

static int
apply_options(const struct cli *c, struct config *config, struct err *e)
{
	const char *listen = cli_option(c, "listen");

	if (listen != NULL && config_set(config, "listen", listen, e) == -1)
		return -1;
	if (cli_has(c, "allow-private") && config_set(config, "allow-private", "1", e) == -1)
		return -1;
	return 0;
}

/* Where it really listens: the configured host with the port that was given. */
static void
show_serving(const struct cli *c, const struct node *n)
{
	const char *colon = strrchr(n->config.listen, ':');
	int host = colon == NULL ? (int)strlen(n->config.listen) : (int)(colon - n->config.listen);
	const char *did = keyring_at(n->keys, 0)->did;

	if (c->json)
		fprintf(c->out, "{\"url\":\"http://%.*s:%u\",\"did\":\"%s\",\"pid\":%ld}\n", host,
		    n->config.listen, http_port(n->http), did, (long)getpid());
	else
		fprintf(c->out, "%s is at http://%.*s:%u%s%s\n%s\n", n->config.name, host, n->config.listen,
		    http_port(n->http), *n->config.url == '\0' ? "" : ", known to others as ", n->config.url,
		    did);
	fflush(c->out);
}

int
cmd_serve(struct cli *c, struct err *e)
{
	struct node *n = NULL;
	sigset_t stop;
	int sig, rc = -1;

	/* Before the first thread, so that every thread leaves these to sigwait. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	if (node_open(c->data, &n, e) == -1) {
		if (e->code == ERR_BUSY)
			err_wrap(e, "%s is in use already; 'essaim status --data %s' asks who", c->data, c->data);
		return -1;
	}
	n->importer = &importer_table;
	if (apply_options(c, &n->config, e) == -1 || node_serve(n, e) == -1)
		goto out;
	show_serving(c, n);
	notify("READY=1");
	if ((rc = sigwait(&stop, &sig) == 0 ? 0 : err_set(e, ERR_INTERNAL, "sigwait: %s", strerror(errno))) == 0)
		notify("STOPPING=1");
out:
	node_close(n);
	return rc;
}

int
cmd_stop(struct cli *c, struct err *e)
{
	struct buf out = BUF_INIT(4096);
	struct client *node = NULL;
	int rc = -1;

	if (!client_is_running(c->data))
		return err_set(e, ERR_NOT_FOUND, "no node runs on %s", c->data);
	if (client_open(c->data, &node, e) == 0)
		rc = client_call(node, METHOD_POST, "/api/v1/stop", (struct span){ 0 }, &out, e);
	client_close(node);
	if (rc == 0 && c->json)
		fputs("{\"stopping\":true}\n", c->out);
	buf_clear(&out);
	return rc;
}

int
cmd_config(struct cli *c, struct err *e)
{
	(void)e;
	config_print_sample(c->out);
	return 0;
}

/* --- status ----------------------------------------------------------------------------------- */

/* "holds 12 records that we refuse: quota 10, blocked 2" */
static void
show_refusals(FILE *out, const char *before, const char *after, json_t *by_reason)
{
	const char *reason, *sep = ": ";
	int64_t total = 0;
	json_t *n;

	json_object_foreach(by_reason, reason, n)
		total += json_integer_value(n);
	if (total == 0)
		return;
	fprintf(out, "      %s %" PRId64 " %s", before, total, after);
	json_object_foreach(by_reason, reason, n) {
		fprintf(out, "%s%s %" PRId64, sep, reason, (int64_t)json_integer_value(n));
		sep = ", ";
	}
	fputc('\n', out);
}

static void
show_peer_line(FILE *out, json_t *p)
{
	int64_t lag = show_int(p, "lag_s"), failures = show_int(p, "failures");

	fprintf(out, "  %s  %s\n", show_str(p, "url"), show_str(p, "name"));
	if (lag < 0)
		fprintf(out, "      not reached yet");
	else
		fprintf(out, "      last reached %s ago", show_duration(lag).text);
	fprintf(out, ", %" PRId64 " pulled, %" PRId64 " pushed, %" PRId64 " bytes", show_int(p, "pulled"),
	    show_int(p, "pushed"), show_int(p, "bytes"));
	if (show_int(p, "clock_offset_s") != 0)
		fprintf(out, ", its clock is %+" PRId64 " s from ours", show_int(p, "clock_offset_s"));
	if (failures > 0)
		fprintf(out, "\n      %" PRId64 " failures in a row: %s", failures, show_str(p, "last_error"));
	fputc('\n', out);
	if (show_int(p, "outside_our_scope") > 0)
		fprintf(out, "      %" PRId64 " of its records are outside what we hold\n",
		    show_int(p, "outside_our_scope"));
	if (show_int(p, "outside_their_scope") > 0)
		fprintf(out, "      %" PRId64 " of ours are outside what it holds\n",
		    show_int(p, "outside_their_scope"));
	show_refusals(out, "holds", "records that we refuse", json_object_get(p, "refused_here"));
	show_refusals(out, "refuses", "records of ours", json_object_get(p, "refused_there"));
}

/* What keeps the node from calling itself public. */
static void
show_public(FILE *out, json_t *lacks)
{
	json_t *option;
	size_t i;

	fputs("public    ", out);
	if (json_array_size(lacks) == 0) {
		fputs("yes\n", out);
		return;
	}
	fputs("no: essaim.conf says no", out);
	json_array_foreach(lacks, i, option)
		fprintf(out, "%s %s", i == 0 ? "" : ", no", json_string_value(option));
	fputc('\n', out);
}

static void
show_source_line(FILE *out, json_t *w)
{
	fprintf(out, "  %s  %s\n      %s%s%s%s, last answer %s\n", show_str(w, "url"), show_str(w, "name"),
	    json_is_true(json_object_get(w, "paused")) ? "paused, " : "", show_str(w, "state"),
	    *show_str(w, "why") == '\0' ? "" : ": ", show_str(w, "why"), show_time(show_int(w, "last_ok")).text);
	if (show_int(w, "asked") > 0)
		fprintf(out, "      asks: %" PRId64 " records would vanish (essaim source answer)\n", show_int(w, "asked"));
	if (show_int(w, "differences") > 0)
		fprintf(out, "      asks: %" PRId64 " records changed here and there (essaim source show)\n",
		    show_int(w, "differences"));
}

/* "holds     only Finistère, Brest Métropole; only event, offer" */
static void
show_scope(FILE *out, json_t *scope)
{
	json_t *areas = json_object_get(scope, "areas"), *kinds = json_object_get(scope, "kinds"), *v;
	size_t i;

	if (json_array_size(areas) + json_array_size(kinds) == 0)
		return;
	fputs("holds     only", out);
	json_array_foreach(areas, i, v)
		fprintf(out, "%s %s", i == 0 ? "" : ",", show_str(v, "name"));
	json_array_foreach(kinds, i, v)
		fprintf(out, "%s %s", i > 0 ? "," : json_array_size(areas) > 0 ? "; only" : "", json_string_value(v));
	fputc('\n', out);
}

static void
show_status(const struct cli *c, json_t *s)
{
	int64_t behind = show_int(s, "seq") - show_int(s, "search_seq");
	json_t *kinds = json_object_get(s, "kinds"), *peers = json_object_get(s, "peers"), *v,
	    *sources = json_object_get(s, "sources");
	const char *kind;
	size_t i;

	fprintf(c->out, "%s  (essaim %s, %s)\n%s\n\n", show_str(s, "name"), show_str(s, "version"),
	    json_is_true(json_object_get(s, "serving")) ? "running" : "not running", show_str(s, "did"));
	show_public(c->out, json_object_get(s, "lacks"));
	fprintf(c->out, "state     %s\nrecords   %" PRId64 " live, %" PRId64 " deleted, of %" PRId64
	    " authors\n", show_str(s, "state"), show_int(s, "live"), show_int(s, "tombstones"),
	    show_int(s, "authors"));
	json_object_foreach(kinds, kind, v)
		fprintf(c->out, "          %6" PRId64 " %s\n", (int64_t)json_integer_value(v), kind);
	show_scope(c->out, json_object_get(s, "scope"));
	if (show_int(s, "held") > 0)
		fprintf(c->out, "held      %" PRId64 " dated in the future\n", show_int(s, "held"));
	if (show_int(s, "unresolved") > 0)
		fprintf(c->out, "waiting   %" PRId64 " for their author's identity\n",
		    show_int(s, "unresolved"));
	if (show_int(s, "lapsed") > 0)
		fprintf(c->out, "lapsed    %" PRId64 " own records past their time\n", show_int(s, "lapsed"));
	if (show_int(s, "restored") > 0)
		fprintf(c->out, "restored  %s: it signs nothing by itself before it has exchanged with a peer\n",
		    show_time(show_int(s, "restored")).text);
	if (show_int(s, "branches") > 0)
		fprintf(c->out, "WARNING   %" PRId64 " authors whose root named two next ones: essaim trust DID\n",
		    show_int(s, "branches"));
	if (show_int(s, "two_writers") > 0)
		fprintf(c->out, "WARNING   %" PRId64 " records written twice at one moment with one key\n",
		    show_int(s, "two_writers"));
	if (strcmp(show_str(json_object_get(s, "clock"), "standing"), "agrees") != 0)
		fprintf(c->out, "WARNING   %s\n", show_str(json_object_get(s, "clock"), "text"));
	if (behind > 0)
		fprintf(c->out, "search    %" PRId64 " changes behind\n", behind);
	fprintf(c->out, "peers     %zu\n", json_array_size(peers));
	json_array_foreach(peers, i, v)
		show_peer_line(c->out, v);
	if (json_array_size(peers) == 0)
		fputs("          nobody to exchange with yet: essaim peer add URL\n", c->out);
	else if (json_is_true(json_object_get(s, "isolated")))
		fputs("WARNING   no neighbour answers: check this machine's connection and their addresses; 'essaim sync' says "
		    "why, 'essaim peer add URL' finds others\n", c->out);
	if (json_array_size(sources) > 0)
		fprintf(c->out, "sources   %zu\n", json_array_size(sources));
	json_array_foreach(sources, i, v)
		show_source_line(c->out, v);
}

int
cmd_status(struct cli *c, struct err *e)
{
	return show_call(c, METHOD_GET, "/api/v1/status/full", (struct span){ 0 }, show_status, e);
}
