/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.c - the operator's own records and authors. */
#include <inttypes.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/ref.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/show.h"

#define LIST_PAGE 1000

/* --- put --------------------------------------------------------------------------------------- */

static void
show_put(const struct cli *c, json_t *v)
{
	fprintf(c->out, "%s  %s\n", show_str(v, "ref"), show_str(v, "outcome"));
	if (*show_str(v, "warning") != '\0')
		fprintf(c->messages, "warning: %s\n", show_str(v, "warning"));
}

int
cmd_record_put(struct cli *c, struct err *e)
{
	static const char *const option[] = { "kind", "author", "rid", "lang", "license" };
	struct buf body = BUF_INIT(4 * RECORD_BYTES_MAX), target = BUF_INIT(TARGET_BYTES_MAX);
	size_t i;
	int rc;

	if (!cli_has(c, "kind"))
		return err_set(e, ERR_USAGE, "say which kind of record: --kind initiative, place, offer, need...");
	rc = buf_adds(&target, "/api/v1/own", e);
	for (i = 0; rc == 0 && i < sizeof option / sizeof option[0]; i++)
		rc = target_add(&target, option[i], cli_option(c, option[i]), e);
	if (rc == 0 && (rc = cli_read_file(c->arg[0], &body, e)) == 0)
		rc = show_call(c, METHOD_POST, target.ptr, buf_span(&body), show_put, e);
	buf_clear(&body);
	buf_clear(&target);
	return rc;
}

/* --- get, delete ---------------------------------------------------------------------------------- */

/* "/api/v1/records/" or the like and the reference; ERR_USAGE when it is none. */
static int
ref_target(const char *prefix, const char *text, struct buf *target, struct err *e)
{
	struct ref ref;

	if (ref_parse(span_str(text), &ref, e) == -1) {
		err_wrap(e, "'%s' is not a reference (did:key:.../kind/rid)", text);
		e->code = ERR_USAGE;
		return -1;
	}
	return buf_addf(target, e, "%s%s", prefix, text);
}

static void
show_record(const struct cli *c, json_t *v)
{
	json_dumpf(v, c->out, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', c->out);
}

int
cmd_record_get(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = ref_target("/api/v1/records/", c->arg[0], &target, e);

	if (rc == 0)
		rc = show_call(c, METHOD_GET, target.ptr, (struct span){ 0 }, show_record, e);
	if (rc == 0 && c->json)
		fputc('\n', c->out);
	buf_clear(&target);
	return rc;
}

int
cmd_record_delete(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = ref_target("/api/v1/own/", c->arg[0], &target, e);

	if (rc == 0)
		rc = show_call(c, METHOD_DELETE, target.ptr, (struct span){ 0 }, show_put, e);
	buf_clear(&target);
	return rc;
}

/* --- list --------------------------------------------------------------------------------------- */

struct page {
	struct cli *c;
	char last[REF_CHARS_MAX + 1];
	size_t rows, all;
};

static int
show_own(struct page *p, struct span line, struct err *e)
{
	json_t *v = show_parse(line, e);
	const char *name;

	if (v == NULL)
		return -1;
	snprintf(p->last, sizeof p->last, "%s/%s/%s", show_str(v, "author"), show_str(v, "kind"),
	    show_str(v, "rid"));
	name = show_str(json_object_get(v, "content"), "name");
	if (p->c->json)
		fprintf(p->c->out, "%s%.*s", p->all == 0 ? "" : ",\n", (int)line.len, line.ptr);
	else
		fprintf(p->c->out, "%s  %s  %s\n", p->last, show_time(show_int(v, "updated")).text,
		    json_is_true(json_object_get(v, "deleted")) ? "(deleted)" : name);
	p->rows++;
	p->all++;
	json_decref(v);
	return 0;
}

static int
show_page(struct page *p, struct client *node, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), out = BUF_INIT(CLIENT_ANSWER_MAX);
	struct span rest, line;
	int rc;

	p->rows = 0;
	rc = buf_addf(&target, e, "/api/v1/own?limit=%d", LIST_PAGE) == -1 ||
	    target_add(&target, "kind", cli_option(p->c, "kind"), e) == -1 ||
	    target_add(&target, "author", cli_option(p->c, "author"), e) == -1 ||
	    target_add(&target, "deleted", cli_has(p->c, "deleted") ? "1" : NULL, e) == -1 ||
	    target_add(&target, "after", p->last[0] == '\0' ? NULL : p->last, e) == -1 ||
	    client_call(node, METHOD_GET, target.ptr, (struct span){ 0 }, &out, e) == -1 ? -1 : 0;
	rest = buf_span(&out);
	while (rc == 0 && rest.len > 0)
		if ((line = span_cut(&rest, '\n')).len > 0)
			rc = show_own(p, line, e);
	buf_clear(&target);
	buf_clear(&out);
	return rc;
}

int
cmd_record_list(struct cli *c, struct err *e)
{
	struct page p = { .c = c };
	struct client *node = NULL;
	int rc;

	if (client_open(c->data, &node, e) == -1)
		return -1;
	if (c->json)
		fputc('[', c->out);
	do
		rc = show_page(&p, node, e);
	while (rc == 0 && p.rows == LIST_PAGE);
	if (c->json)
		fputs("]\n", c->out);
	client_close(node);
	return rc;
}

/* --- confirming ----------------------------------------------------------------------------------- */

static void
show_stale(const struct cli *c, json_t *all)
{
	json_t *v;
	size_t i;

	json_array_foreach(all, i, v)
		fprintf(c->out, "%s  %" PRId64 " days  %s\n", show_str(v, "ref"), show_int(v, "days"), show_str(v, "name"));
	if (json_array_size(all) == 0)
		fputs("nothing to confirm\n", c->out);
}

static void
show_confirmed(const struct cli *c, json_t *v)
{
	fprintf(c->out, "%" PRId64 " confirmed%s\n", show_int(v, "confirmed"),
	    json_is_true(json_object_get(v, "more")) ? "; there are more: say it again" : "");
}

int
cmd_record_confirm(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	const char *days = cli_option(c, "all-older-than"), *ref = c->arg_count > 0 ? c->arg[0] : NULL;
	int ask = ref == NULL && days == NULL, rc;

	if (ref != NULL && days != NULL)
		return err_set(e, ERR_USAGE, "one record, or all older than so many days: not both");
	rc = buf_adds(&target, ask ? "/api/v1/own/stale" : "/api/v1/own/confirm", e) == -1 ||
	    target_add(&target, "ref", ref, e) == -1 || target_add(&target, "days", days, e) == -1 ? -1
	    : show_call(c, ask ? METHOD_GET : METHOD_POST, target.ptr, (struct span){ 0 },
	    ask ? show_stale : show_confirmed, e);
	buf_clear(&target);
	return rc;
}

/* --- authors -------------------------------------------------------------------------------------- */

static void
show_author(const struct cli *c, json_t *v)
{
	fprintf(c->out, "%s  %s\n", show_str(v, "did"), show_str(v, "name"));
}

static void
show_authors(const struct cli *c, json_t *all)
{
	json_t *v;
	size_t i;

	json_array_foreach(all, i, v)
		fprintf(c->out, "%s  %s  %" PRId64 " records%s\n", show_str(v, "did"), show_str(v, "name"),
		    show_int(v, "live"), json_is_true(json_object_get(v, "root_here"))
		    ? "  (its root key is still here: move it away)" : "");
}

int
cmd_author_add(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/authors", e);

	if (rc == 0 && (rc = target_add(&target, "name", c->arg[0], e)) == 0)
		rc = show_call(c, METHOD_POST, target.ptr, (struct span){ 0 }, show_author, e);
	buf_clear(&target);
	return rc;
}

int
cmd_author_list(struct cli *c, struct err *e)
{
	return show_call(c, METHOD_GET, "/api/v1/authors", (struct span){ 0 }, show_authors, e);
}
