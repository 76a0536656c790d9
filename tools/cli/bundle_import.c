/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle_import.c - the records of a bundle taken in, each judged as if a peer had sent it (SPEC: Bundles).
 *
 * A signed bundle is read twice: once to see that nothing is missing or changed, before anything is offered, and
 * once to offer its pieces.  Behind each piece the node notes how far it has got, so that whoever is
 * interrupted goes on there.
 */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/bundle.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/reason.h"
#include "tools/cli/bundle_file.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

#define AGAIN_BYTES_MAX ((size_t)64 << 20)
#define ANSWER_MAX 65536

struct import {
	struct cli *c;
	struct client *node;
	struct bundle_file *file;
	struct bundle_manifest m;
	char id[BUNDLE_ID_CHARS + 1];
	int salvage;
	struct err fault;		/* what is wrong with the file, when it is salvaged */
	size_t skipped;			/* pieces taken in before */
	struct progress progress;
	struct buf batch, answer;
	size_t rows;
	struct buf again, again_why;	/* lines that may pass later, and for each the last reason (a byte) */
	int network_stored;		/* since the last look: more may pass now */
	uint64_t lines, by[VERDICT__COUNT], by_reason[REASON__COUNT];
};

/* --- offering -------------------------------------------------------------------------------------- */

/* May what comes later in the bundle let it in? */
static int
may_pass(enum reason why)
{
	return why == REASON_ADMISSION || why == REASON_SCOPE || why == REASON_IDENTITY || why == REASON_KEY;
}

static int
keep_for_later(struct import *in, struct span line, enum reason why)
{
	char byte = (char)why;
	struct err full;

	if (in->again.len + line.len + 1 > in->again.max || buf_addc(&in->again_why, byte, &full) == -1)
		return 0;
	return buf_addspan(&in->again, line, &full) == 0 && buf_addc(&in->again, '\n', &full) == 0;
}

static int
count_one(struct import *in, struct span line, struct span answer, struct err *e)
{
	json_t *o = show_parse(answer, e);
	enum verdict v = VERDICT__COUNT;
	enum reason why;

	if (o == NULL)
		return -1;
	v = verdict_find(show_str(o, "result"));
	why = reason_find(show_str(o, "reason"));
	json_decref(o);
	if (v == VERDICT_STORED && bundle_comes_first(line))
		in->network_stored = 1;
	if (v == VERDICT__COUNT || (why < REASON__COUNT && may_pass(why) && keep_for_later(in, line, why)))
		return 0;
	in->by[v]++;
	if (why < REASON__COUNT)
		in->by_reason[why]++;
	return 0;
}

static int
send_batch(struct import *in, struct err *e)
{
	struct span lines = buf_span(&in->batch), answers;

	if (in->rows == 0)
		return 0;
	buf_reset(&in->answer);
	if (client_call(in->node, METHOD_POST, "/api/v1/records", lines, &in->answer, e) == -1)
		return err_wrap(e, "after %" PRIu64 " records", in->lines - in->rows);
	for (answers = buf_span(&in->answer); lines.len > 0;)
		if (count_one(in, span_cut(&lines, '\n'), span_cut(&answers, '\n'), e) == -1)
			return -1;
	buf_reset(&in->batch);
	in->rows = 0;
	progress_step(&in->progress, in->lines, "records");
	return 0;
}

static int
add_line(struct import *in, struct span line, struct err *e)
{
	if (in->rows > 0 && (in->batch.len + line.len + 1 > BATCH_BYTES_MAX || in->rows == BATCH_RECORDS_MAX) &&
	    send_batch(in, e) == -1)
		return -1;
	in->rows++;
	return buf_addspan(&in->batch, line, e) == -1 || buf_addc(&in->batch, '\n', e) == -1 ? -1 : 0;
}

/* As long as vouches and the like came in, others may pass that were refused for the lack of them. */
static int
offer_again(struct import *in, struct err *e)
{
	struct buf lines, why;
	int rc = 0;

	while (rc == 0 && in->network_stored && in->again.len > 0) {
		struct span rest;

		lines = in->again;
		why = in->again_why;
		in->again = (struct buf)BUF_INIT(AGAIN_BYTES_MAX);
		in->again_why = (struct buf)BUF_INIT(AGAIN_BYTES_MAX);
		in->network_stored = 0;
		for (rest = buf_span(&lines); rc == 0 && rest.len > 0;)
			rc = add_line(in, span_cut(&rest, '\n'), e);
		if (rc == 0)
			rc = send_batch(in, e);
		buf_clear(&lines);
		buf_clear(&why);
	}
	in->network_stored = 0;
	return rc;
}

/* --- how far -------------------------------------------------------------------------------------------- */

static int
call_taken(struct import *in, enum method method, size_t pieces, size_t *noted, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(ANSWER_MAX);
	char number[24];
	json_t *o = NULL;
	int rc = -1;

	snprintf(number, sizeof number, "%zu", pieces);
	if (buf_addf(&target, e, "/api/v1/bundles/taken?id=%s", in->id) == 0 &&
	    (method == METHOD_GET || target_add(&target, "pieces", number, e) == 0) &&
	    client_call(in->node, method, target.ptr, (struct span){ 0 }, &answer, e) == 0 &&
	    (o = show_parse(buf_span(&answer), e)) != NULL) {
		if (noted != NULL)
			*noted = (size_t)strtoul(show_str(o, "noted"), NULL, 10);
		rc = 0;
	}
	json_decref(o);
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

/* --- is it whole? --------------------------------------------------------------------------------------- */

/* The file's lines against one piece of the manifest, number at of it.  *first: of its records, from 1. */
static int
check_piece(struct import *in, size_t at, uint64_t first, struct err *e)
{
	const struct bundle_piece *p = &in->m.piece[at];
	crypto_hash_sha256_state sum;
	uint8_t hash[32];
	uint32_t i;

	crypto_hash_sha256_init(&sum);
	for (i = 0; i < p->records; i++) {
		struct span line;
		int rc = bundle_file_line(in->file, 0, &line, e);

		if (rc == 0)
			err_set(e, ERR_INPUT, "it ends after %" PRIu64 " of %" PRIu64 " records: it was not copied to its end",
			    first + i - 1, in->m.records);
		if (rc != 1)
			return err_wrap(e, "piece %zu of %zu", at + 1, in->m.pieces);
		crypto_hash_sha256_update(&sum, (const unsigned char *)line.ptr, line.len);
		crypto_hash_sha256_update(&sum, (const unsigned char *)"\n", 1);
	}
	crypto_hash_sha256_final(&sum, hash);
	if (memcmp(hash, p->hash, sizeof hash) != 0)
		return err_set(e, ERR_SIGNATURE, "piece %zu of %zu (records %" PRIu64 " to %" PRIu64 ") is not what was signed:"
		    " it was changed after the bundle was made", at + 1, in->m.pieces, first, first + p->records - 1);
	return 0;
}

static int
check_whole(struct import *in, struct span head, struct err *e)
{
	uint64_t first = 1;
	struct span line;
	size_t i;
	int rc;

	if (bundle_verify(head, &in->m, e) == -1)
		return -1;
	for (i = 0; i < in->m.pieces; first += in->m.piece[i++].records)
		if (check_piece(in, i, first, e) == -1)
			return -1;
	if ((rc = bundle_file_line(in->file, 0, &line, e)) == 1)
		rc = err_set(e, ERR_SIGNATURE, "more records follow than were signed: some were added after the bundle was made");
	return rc;
}

/* Read the head, and of a signed bundle the rest too, before anything is offered. */
static int
inspect(struct import *in, struct err *e)
{
	struct buf head = BUF_INIT(BUNDLE_HEAD_BYTES_MAX + 1);
	struct span line;
	int rc = bundle_file_line(in->file, in->salvage, &line, e);

	if (rc == 1 && bundle_is_head(line)) {
		bundle_id(line, in->id);
		rc = bundle_read(line, &in->m, e);
		if (rc == 0 && in->m.is_signed && (rc = buf_addspan(&head, line, e)) == 0)
			rc = check_whole(in, buf_span(&head), e);
	} else if (rc == 1)
		rc = 0;	/* bare records: each is signed by itself */
	buf_clear(&head);
	if (rc == -1 && in->salvage && (e->code == ERR_INPUT || e->code == ERR_SIGNATURE)) {
		in->fault = *e;
		rc = 0;
	} else if (rc == -1 && (e->code == ERR_INPUT || e->code == ERR_SIGNATURE)) {
		err_wrap(e, "%s", in->c->arg[0]);
		if (strlen(e->text) + 70 < sizeof e->text)
			strcat(e->text, ". Nothing was taken in; --salvage takes what is sound");
	}
	return rc;
}

/* --- taking in ------------------------------------------------------------------------------------------ */

/* One piece; one that was taken in before is passed over, but its vouches and the like are kept at hand. */
static int
take_piece(struct import *in, size_t at, struct err *e)
{
	uint32_t i;

	for (i = 0; i < in->m.piece[at].records; i++) {
		struct span line;
		int rc = bundle_file_line(in->file, 0, &line, e);

		if (rc != 1)
			return rc == -1 ? -1 : err_set(e, ERR_INPUT, "the file changed while it was read");
		in->lines++;
		if (at >= in->skipped && add_line(in, line, e) == -1)
			return -1;
		if (at < in->skipped && bundle_comes_first(line))
			keep_for_later(in, line, REASON_NONE);
	}
	if (at < in->skipped)
		return 0;
	return send_batch(in, e) == -1 || offer_again(in, e) == -1 ? -1 :
	    call_taken(in, METHOD_POST, at + 1, NULL, e);
}

static int
take_pieces(struct import *in, struct err *e)
{
	struct span head;
	size_t i;

	if (bundle_file_line(in->file, 0, &head, e) != 1)
		return -1;
	for (i = 0; i < in->m.pieces; i++)
		if (take_piece(in, i, e) == -1)
			return -1;
	return call_taken(in, METHOD_POST, 0, NULL, e);
}

/* Line by line, whatever a manifest says: an earlier form, or one that is damaged. */
static int
take_lines(struct import *in, struct err *e)
{
	struct span line;
	uint64_t number = 0;
	int rc;

	while ((rc = bundle_file_line(in->file, in->salvage, &line, e)) == 1) {
		if (number++ == 0 && bundle_is_head(line))
			continue;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		in->lines++;
		if (add_line(in, line, e) == -1)
			return -1;
	}
	return rc == -1 || send_batch(in, e) == -1 || offer_again(in, e) == -1 ? -1 : 0;
}

/* What did not pass in the end is counted as it was answered last. */
static void
count_rest(struct import *in)
{
	size_t i;
	struct span rest = buf_span(&in->again);

	for (i = 0; i < in->again_why.len && rest.len > 0; i++) {
		enum reason why = (enum reason)in->again_why.ptr[i];

		span_cut(&rest, '\n');
		if (why == REASON_NONE)	/* of a piece taken in before */
			continue;
		in->by[reason_verdict(why)]++;
		in->by_reason[why]++;
	}
}

/* --- telling -------------------------------------------------------------------------------------------- */

static int
is_known(struct import *in)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT((size_t)1 << 20);
	struct err e;
	int known = buf_adds(&target, "/api/v1/trust", &e) == 0 && target_add(&target, "did", in->m.did, &e) == 0 &&
	    client_call(in->node, METHOD_GET, target.ptr, (struct span){ 0 }, &answer, &e) == 0;

	buf_clear(&target);
	buf_clear(&answer);
	return known;
}

static void
tell_maker(struct import *in)
{
	FILE *out = in->c->json ? NULL : in->c->out;

	if (out == NULL)
		return;
	if (in->fault.code != ERR_NONE)
		fprintf(out, "Not as it was made: %s.\nWhat is sound is taken all the same; each record is judged by its own"
		    " signature.\n", in->fault.text);
	else if (!in->m.is_signed)
		fputs("Nobody has signed this file as a whole; each record is judged by its own signature.\n", out);
	else
		fprintf(out, "Made by \"%s\" on %s UTC: %" PRIu64 " records, of which %" PRIu64 " deletions%s.\n"
		    "  its author   %s%s\n", in->m.name, show_time(in->m.created).text, in->m.records, in->m.deleted,
		    in->m.since[0] == '\0' ? "" : ", what came since the one before", in->m.did,
		    is_known(in) ? "" : " (not known here: each record is judged by its own author all the same)");
	if (in->skipped > 0)
		fprintf(out, "Going on after %zu of %zu pieces.\n", in->skipped, in->m.pieces);
	fflush(out);
}

static void
show_json(const struct import *in)
{
	json_t *o = json_object(), *reasons = json_object(), *maker = json_object();
	int i;

	json_object_set_new(o, "records", json_integer((json_int_t)in->lines));
	for (i = 0; i < VERDICT__COUNT; i++)
		json_object_set_new(o, verdict_name((enum verdict)i), json_integer((json_int_t)in->by[i]));
	for (i = REASON_NONE + 1; i < REASON__COUNT; i++)
		if (in->by_reason[i] > 0)
			json_object_set_new(reasons, reason_name((enum reason)i),
			    json_integer((json_int_t)in->by_reason[i]));
	json_object_set_new(o, "reasons", reasons);
	json_object_set_new(maker, "signed", json_boolean(in->m.is_signed && in->fault.code == ERR_NONE));
	json_object_set_new(maker, "did", json_string(in->m.did));
	json_object_set_new(maker, "name", json_string(in->m.name));
	json_object_set_new(maker, "created", json_integer(in->m.created));
	json_object_set_new(maker, "since", json_string(in->m.since));
	json_object_set_new(o, "made_by", maker);
	json_object_set_new(o, "pieces", json_integer((json_int_t)in->m.pieces));
	json_object_set_new(o, "skipped", json_integer((json_int_t)in->skipped));
	json_object_set_new(o, "fault", json_string(in->fault.code == ERR_NONE ? "" : in->fault.text));
	json_dumpf(o, in->c->out, JSON_COMPACT);
	fputc('\n', in->c->out);
	json_decref(o);
}

static void
show_result(const struct import *in)
{
	int i, n = 0;

	if (in->c->json) {
		show_json(in);
		return;
	}
	fprintf(in->c->out, "%" PRIu64 " records: ", in->lines);
	for (i = 0; i < VERDICT__COUNT; i++)
		if (in->by[i] > 0)
			fprintf(in->c->out, "%s%" PRIu64 " %s", n++ == 0 ? "" : ", ", in->by[i],
			    verdict_name((enum verdict)i));
	fputs(n == 0 ? "nothing that was not here\n" : "\n", in->c->out);
	for (i = REASON_NONE + 1; i < REASON__COUNT; i++)
		if (in->by_reason[i] > 0 && i != REASON_DUPLICATE && i != REASON_SUPERSEDED)
			fprintf(in->c->out, "  %" PRIu64 " %s: %s\n", in->by_reason[i], reason_name((enum reason)i),
			    reason_text((enum reason)i));
}

static int
run(struct import *in, struct err *e)
{
	int whole, rc;

	if (inspect(in, e) == -1)
		return -1;
	whole = in->m.is_signed && in->fault.code == ERR_NONE;
	if (whole && call_taken(in, METHOD_GET, 0, &in->skipped, e) == -1)
		return -1;
	if (in->skipped > in->m.pieces)
		in->skipped = 0;
	tell_maker(in);
	bundle_file_rewind(in->file);
	progress_start(&in->progress, in->c, "bundle");
	rc = whole ? take_pieces(in, e) : take_lines(in, e);
	progress_end(&in->progress);
	return rc;
}

int
cmd_bundle_import(struct cli *c, struct err *e)
{
	struct import in = { .c = c, .salvage = cli_has(c, "salvage"), .batch = BUF_INIT(BATCH_BYTES_MAX + 1),
		.answer = BUF_INIT(CLIENT_ANSWER_MAX), .again = BUF_INIT(AGAIN_BYTES_MAX),
		.again_why = BUF_INIT(AGAIN_BYTES_MAX) };
	int rc = -1;

	if (client_open(c->data, &in.node, e) == 0 && bundle_file_open(c->arg[0], &in.file, e) == 0)
		rc = run(&in, e);
	if (rc == 0) {
		count_rest(&in);
		show_result(&in);
		c->json_done = c->json;
		if (in.by[VERDICT_INVALID] > 0 || in.fault.code != ERR_NONE)
			rc = err_set(e, ERR_INPUT, "%s: %s; 'essaim verify' shows what is wrong line by line", c->arg[0],
			    in.fault.code != ERR_NONE ? "not all of it could be taken in" : "some lines are not records");
	}
	client_close(in.node);
	bundle_file_close(in.file);
	bundle_release(&in.m);
	buf_clear(&in.batch);
	buf_clear(&in.answer);
	buf_clear(&in.again);
	buf_clear(&in.again_why);
	return rc;
}
