/* SPDX-License-Identifier: AGPL-3.0-or-later
 * offline.c - verify and canon: what needs no node. */
#include <inttypes.h>
#include <string.h>

#include "node/api/emit.h"
#include "proto/canon.h"
#include "proto/jcs.h"
#include "proto/kind.h"
#include "proto/proof.h"
#include "proto/record.h"
#include "tools/cli/cli.h"
#include "tools/cli/lines.h"

#define BAD_MAX 1000	/* listed; further ones are counted */

/* --- records ------------------------------------------------------------------------------------------- */

struct verifying {
	struct cli *c;
	uint64_t records, good, bad, unshown, deleted;
	struct buf list;	/* of the bad ones, as JSON */
};

static int
tell_bad(struct verifying *v, uint64_t line, const char *reason, const char *why, struct err *e)
{
	struct emit j;

	if (v->bad++ >= BAD_MAX)
		return 0;
	if (!v->c->json) {
		fprintf(v->c->out, "line %" PRIu64 ": %s\n", line, why);
		return 0;
	}
	emit_start(&j, &v->list, e);
	j.comma = v->list.len > 0;
	emit_object(&j);
	emit_put_int(&j, "line", (int64_t)line);
	emit_put_text(&j, "reason", reason);
	emit_put_text(&j, "detail", why);
	emit_object_end(&j);
	return emit_end(&j);
}

static int
verify_line(void *ctx, uint64_t number, struct span line, struct err *e)
{
	struct verifying *v = ctx;
	struct err why = { 0 };
	enum reason reason;
	struct record r;
	struct span raw;

	if (number == 1 && line.ptr[0] == '{' && canon_get(line, "essaim", &raw))
		return 0;
	v->records++;
	if (record_parse(line, &r, &reason, &why) == -1)
		return tell_bad(v, number, reason_name(reason), why.text, e);
	if (!record_verify(&r))
		return tell_bad(v, number, "signature", reason_text(REASON_SIGNATURE), e);
	v->good++;
	v->deleted += r.deleted != 0;
	v->unshown += !r.deleted && kind_check(r.kind, r.content, NULL, &why) == -1;
	return 0;
}

static int
verify_records(struct cli *c, struct err *e)
{
	struct verifying v = { .c = c, .list = BUF_INIT((size_t)1 << 22) };
	int rc = lines_read(c->arg[0], verify_line, &v, e);

	if (rc == 0 && c->json)
		fprintf(c->out, "{\"records\":%" PRIu64 ",\"good\":%" PRIu64 ",\"bad\":%" PRIu64 ",\"deleted\":%"
		    PRIu64 ",\"unshown\":%" PRIu64 ",\"list\":[%s]}\n", v.records, v.good, v.bad, v.deleted,
		    v.unshown, v.list.ptr == NULL ? "" : v.list.ptr);
	else if (rc == 0)
		fprintf(c->out, "%" PRIu64 " records: %" PRIu64 " good, of which %" PRIu64 " deletions and %" PRIu64
		    " with contents no node would show; %" PRIu64 " bad\n", v.records, v.good, v.deleted, v.unshown,
		    v.bad);
	if (rc == 0 && v.bad > 0) {
		c->json_done = c->json;
		rc = err_set(e, ERR_SIGNATURE, "%s: %" PRIu64 " of %" PRIu64 " lines are not good records", c->arg[0],
		    v.bad, v.records);
	}
	buf_clear(&v.list);
	return rc;
}

/* --- any document -------------------------------------------------------------------------------------- */

static int
verify_document(struct cli *c, struct err *e)
{
	struct buf text = BUF_INIT(PROOF_DOCUMENT_BYTES_MAX);
	struct proof_report report;
	int rc = cli_read_file(c->arg[0], &text, e);

	if (rc == 0 && (rc = proof_verify_document(buf_span(&text), &report, e)) == -1)
		err_wrap(e, "%s", c->arg[0]);
	if (rc == 0 && c->json)
		fprintf(c->out, "{\"verified\":true,\"signer\":\"%s\",\"created\":\"%s\",\"expires\":\"%s\"}\n",
		    report.signer, report.created, report.expires);
	else if (rc == 0)
		fprintf(c->out, "The signature holds.\n  signed by  %s\n  on         %s\n", report.signer,
		    report.created[0] == '\0' ? "(not said)" : report.created);
	buf_clear(&text);
	return rc;
}

int
cmd_verify(struct cli *c, struct err *e)
{
	return cli_has(c, "document") ? verify_document(c, e) : verify_records(c, e);
}

/* --- canon ---------------------------------------------------------------------------------------------- */

/* The bytes alone, without a newline: they are what a digest is taken of. */
int
cmd_canon(struct cli *c, struct err *e)
{
	struct buf text = BUF_INIT(PROOF_DOCUMENT_BYTES_MAX), out = BUF_INIT(2 * PROOF_DOCUMENT_BYTES_MAX);
	int rc = cli_read_file(c->arg[0], &text, e);

	if (rc == 0 && (rc = jcs_canonicalize(buf_span(&text), &out, e)) == -1)
		err_wrap(e, "%s", c->arg[0]);
	if (rc == 0)
		fwrite(out.ptr, 1, out.len, c->out);
	buf_clear(&text);
	buf_clear(&out);
	return rc;
}
