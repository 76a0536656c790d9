/* SPDX-License-Identifier: AGPL-3.0-or-later
 * network.c - neighbours, exchanges and vouches. */
#include <inttypes.h>
#include <string.h>

#include "node/web/qr.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/job.h"
#include "tools/cli/show.h"

/* --- peers ------------------------------------------------------------------------------------------ */

/* The code that a telephone reads off the screen, for comparing without spelling. */
static void
show_code(FILE *out, const char *text)
{
	struct buf code = BUF_INIT(65536);
	struct err e;

	if (qr_text(text, &code, &e) == 0)
		fwrite(code.ptr, 1, code.len, out);
	buf_clear(&code);
}

/* Control characters of another node's words stay out of the terminal. */
static void
show_words(FILE *out, const char *text, const char *indent)
{
	const char *p;

	fputs(indent, out);
	for (p = text; *p != '\0'; p++)
		if (*p == '\n')
			fprintf(out, "\n%s", indent);
		else if ((unsigned char)*p >= ' ' && *p != 127)
			fputc(*p, out);
	fputc('\n', out);
}

static void
show_vouchers(FILE *out, json_t *m)
{
	json_t *v;
	size_t i;

	if (json_is_true(json_object_get(m, "blocked")))
		fputs("  trust         it is blocked here\n", out);
	else if (json_is_true(json_object_get(m, "admitted")))
		fputs("  trust         its records are taken\n", out);
	else
		fputs("  trust         no vouch for it counts here: its records are not taken\n", out);
	json_array_foreach(json_object_get(m, "vouchers"), i, v)
		fprintf(out, "  vouched for   by \"%s\" %s%s\n", show_str(v, "name"), show_str(v, "did"),
		    json_is_true(json_object_get(v, "counts")) ? "" : " (which does not count here)");
}

static void
show_meeting(FILE *out, json_t *m)
{
	fprintf(out, "At %s is the node \"%s\"", show_str(m, "url"), show_str(m, "name"));
	if (*show_str(m, "territory") != '\0')
		fprintf(out, " of %s", show_str(m, "territory"));
	fprintf(out, ".\n  its author    %s\n  fingerprint   %s\n", show_str(m, "did"), show_str(m, "fingerprint"));
	show_code(out, show_str(m, "did"));
	fprintf(out, "  runs          %s, with %" PRId64 " records and deletions\n", show_str(m, "software"),
	    show_int(m, "count"));
	show_vouchers(out, m);
	if (show_int(m, "clock_offset_s") > 60 || show_int(m, "clock_offset_s") < -60)
		fprintf(out, "  its clock     is %+" PRId64 " s from ours\n", show_int(m, "clock_offset_s"));
	if (*show_str(m, "charter") != '\0') {
		fputs("  its charter:\n", out);
		show_words(out, show_str(m, "charter"), "    ");
	}
}

/* Meet first: the answer stays the caller's. */
static int
meet(struct client *node, const char *url, json_t **out, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(65536);
	int rc = buf_adds(&target, "/api/v1/meet", e);

	if (rc == 0 && (rc = target_add(&target, "url", url, e)) == 0 &&
	    (rc = client_call(node, METHOD_POST, target.ptr, (struct span){ 0 }, &answer, e)) == 0 &&
	    (*out = show_parse(buf_span(&answer), e)) == NULL)
		rc = -1;
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

static int
add_met(struct cli *c, struct client *node, json_t *m, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(65536);
	int rc = buf_adds(&target, "/api/v1/peers", e) == -1 ||
	    target_add(&target, "url", show_str(m, "url"), e) == -1 ||
	    target_add(&target, "did", show_str(m, "did"), e) == -1 ||
	    target_add(&target, "vouch", cli_has(c, "vouch") ? "1" : NULL, e) == -1 ||
	    client_call(node, METHOD_POST, target.ptr, (struct span){ 0 }, &answer, e) == -1 ? -1 : 0;

	if (rc == 0 && c->json)
		fwrite(answer.ptr, 1, answer.len, c->out);
	else if (rc == 0)
		fprintf(c->out, "Added%s.\n", cli_has(c, "vouch") ? ", and vouched for"
		    : json_is_true(json_object_get(m, "admitted")) ? ""
		    : "; to take its records: essaim vouch DID");
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

int
cmd_peer_add(struct cli *c, struct err *e)
{
	struct client *node = NULL;
	json_t *m = NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == -1 || meet(node, c->arg[0], &m, e) == -1)
		goto out;
	if (!c->json)
		show_meeting(c->out, m);
	fflush(c->out);
	if (!cli_has(c, "yes") && !cli_confirm(c, "Is that whom you mean?"))
		err_set(e, ERR_USAGE, "not added: say --yes when it is whom you mean");
	else
		rc = add_met(c, node, m, e);
out:
	json_decref(m);
	client_close(node);
	return rc;
}

static void
show_refusals(FILE *out, const char *words, json_t *count)
{
	const char *reason;
	json_t *n;

	if (json_object_size(count) == 0)
		return;
	fprintf(out, "    %s:", words);
	json_object_foreach(count, reason, n)
		fprintf(out, " %s %" PRId64, reason, (int64_t)json_integer_value(n));
	fputc('\n', out);
}

static void
show_peer(FILE *out, json_t *p)
{
	int64_t offset = show_int(p, "clock_offset_s");

	fprintf(out, "%s  %s  last reached %s%s%s\n", show_str(p, "url"), show_str(p, "name"),
	    show_time(show_int(p, "last_ok")).text, *show_str(p, "last_error") == '\0' ? "" : "; ",
	    show_str(p, "last_error"));
	if (!json_is_true(json_object_get(p, "sticky")))
		fprintf(out, "    learnt from its node record, %s\n", json_is_true(json_object_get(p, "near"))
		    ? "listened to all the time, as few peers were chosen" : "called now and then");
	if (*show_str(p, "software") != '\0')
		fprintf(out, "    runs %s\n", show_str(p, "software"));
	if (show_int(p, "compared") > 0)
		fprintf(out, "    compared %s: %s, %" PRId64 " versions there\n", show_time(show_int(p, "compared")).text,
		    json_is_true(json_object_get(p, "equal")) ? "both hold the same" : "the two sets differ", show_int(p, "count"));
	show_refusals(out, "refused here", json_object_get(p, "refused_here"));
	show_refusals(out, "refused there", json_object_get(p, "refused_there"));
	if (offset > 60 || offset < -60)
		fprintf(out, "    its clock is %+" PRId64 " s from ours\n", offset);
}

static void
show_peers(const struct cli *c, json_t *all)
{
	json_t *p;
	size_t i;

	json_array_foreach(all, i, p)
		show_peer(c->out, p);
	if (json_array_size(all) == 0)
		fputs("no peers yet: essaim peer add URL\n", c->out);
}

int
cmd_peer_list(struct cli *c, struct err *e)
{
	return show_call(c, METHOD_GET, "/api/v1/peers", (struct span){ 0 }, show_peers, e);
}

static void
show_removed(const struct cli *c, json_t *v)
{
	fprintf(c->out, "removed %s\n", show_str(v, "removed"));
}

int
cmd_peer_remove(struct cli *c, struct err *e)
{
	return show_with(c, METHOD_DELETE, "/api/v1/peers", "url", c->arg[0], show_removed, e);
}

/* --- sync ------------------------------------------------------------------------------------------- */

static void
show_report(FILE *out, json_t *r)
{
	if (!json_is_true(json_object_get(r, "ok"))) {
		fprintf(out, "%s  failed: %s\n", show_str(r, "peer"), show_str(r, "error"));
		return;
	}
	fprintf(out, "%s  %" PRId64 " pulled, %" PRId64 " pushed", show_str(r, "peer"), show_int(r, "pulled"),
	    show_int(r, "pushed"));
	if (show_int(r, "refused") > 0)
		fprintf(out, ", %" PRId64 " refused here", show_int(r, "refused"));
	if (show_int(r, "held") + show_int(r, "unresolved") > 0)
		fprintf(out, ", %" PRId64 " waiting", show_int(r, "held") + show_int(r, "unresolved"));
	fprintf(out, ", %" PRId64 " bytes; %s\n", show_int(r, "bytes_in") + show_int(r, "bytes_out"),
	    json_is_true(json_object_get(r, "equal")) ? "both hold the same" : "the two sets differ");
}

int
cmd_sync(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	json_t *all = NULL, *r;
	size_t i, failed = 0;
	int rc = buf_adds(&target, "/api/v1/sync", e);

	if (rc == 0 && (rc = target_add(&target, "url", c->arg[0], e)) == 0)
		rc = job_run(c, target.ptr, "sync", &all, e);
	json_array_foreach(all, i, r) {
		failed += !json_is_true(json_object_get(r, "ok"));
		if (!c->json)
			show_report(c->out, r);
	}
	if (rc == 0 && c->json) {
		json_dumpf(all, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	} else if (rc == 0 && json_array_size(all) == 0)
		fputs("no peers to exchange with: essaim peer add URL\n", c->out);
	if (rc == 0 && failed > 0) {
		rc = -1;
		c->json_done = c->json;
		err_set(e, ERR_IO, "%zu of %zu peers could not be reached", failed, json_array_size(all));
	}
	json_decref(all);
	buf_clear(&target);
	return rc;
}

/* --- vouch -------------------------------------------------------------------------------------- */

static void
show_vouched(const struct cli *c, json_t *v)
{
	if (*show_str(v, "revoked") != '\0')
		fprintf(c->out, "no longer vouching for %s\n", show_str(v, "revoked"));
	else
		fprintf(c->out, "vouched for %s\n", show_str(v, "vouched"));
}

int
cmd_vouch(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int64_t n;
	int rc;

	if (cli_has(c, "revoke"))
		return show_with(c, METHOD_DELETE, "/api/v1/vouches", "did", c->arg[0], show_vouched, e);
	if (cli_number(c, "hops", 0, 8, 0, &n, e) == -1 || cli_number(c, "budget", 0, 10000000, 0, &n, e) == -1)
		return -1;
	rc = buf_adds(&target, "/api/v1/vouches", e) == -1 || target_add(&target, "did", c->arg[0], e) == -1 ||
	    target_add(&target, "hops", cli_option(c, "hops"), e) == -1 ||
	    target_add(&target, "budget", cli_option(c, "budget"), e) == -1 ? -1
	    : show_call(c, METHOD_POST, target.ptr, (struct span){ 0 }, show_vouched, e);
	buf_clear(&target);
	return rc;
}
