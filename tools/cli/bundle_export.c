/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle_export.c - records of a node as one signed file, all of them or those since the last time (SPEC:
 * Bundles).
 *
 * What tells who is admitted comes first, so that a reader can judge the rest as it comes.  The pieces are
 * written aside while they are counted; then the node signs the head, and both are put together.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "node/api/emit.h"
#include "proto/bundle.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/set.h"
#include "tools/cli/beside.h"
#include "tools/cli/bundle_file.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/feed.h"
#include "tools/cli/files.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

#define NETWORK_PART "node,territory,vouch:"
#define ANSWER_MAX 65536

struct bundling {
	struct client *node;
	const char *file, *to, *author, *kind;
	char since[80];			/* where it begins; "": the beginning */
	struct feed_query feed;
	FILE *pieces;			/* aside, without a name */
	struct buf piece, table;	/* of the piece under way; the pieces so far, as JSON */
	uint32_t piece_records;
	size_t piece_count;
	uint64_t records, deleted;
	struct set *network;		/* ids of what came first */
	int first;			/* the network's own kinds are under way */
};

/* --- pieces -------------------------------------------------------------------------------------- */

static int
end_piece(struct bundling *b, struct err *e)
{
	char hash[BASE64URL_CHARS(32) + 1];
	uint8_t sum[32];

	if (b->piece_records == 0)
		return 0;
	if (b->piece_count == BUNDLE_PIECES_MAX)
		return err_set(e, ERR_LIMIT, "too much for one bundle: export in steps, by --author or --since");
	crypto_hash_sha256(sum, (const unsigned char *)b->piece.ptr, b->piece.len);
	base64url_encode(sum, sizeof sum, hash, sizeof hash);
	if (buf_addf(&b->table, e, "%s{\"bytes\":%zu,\"records\":%" PRIu32 ",\"sha256\":\"%s\"}",
	    b->piece_count++ == 0 ? "" : ",", b->piece.len, b->piece_records, hash) == -1 ||
	    bundle_member_write(b->pieces, buf_span(&b->piece), e) == -1)
		return -1;
	buf_reset(&b->piece);
	b->piece_records = 0;
	return 0;
}

/* Once each: what came first is passed over the second time, unless it changed meanwhile. */
static int
is_written(struct bundling *b, struct span line, struct err *e)
{
	uint8_t id[32];

	if (!bundle_comes_first(line))
		return b->first;
	crypto_hash_sha256(id, (const unsigned char *)line.ptr, line.len);
	return b->first ? set_insert(b->network, 0, id, e) : set_has(b->network, 0, id);
}

static int
add_record(void *ctx, struct span line, struct err *e)
{
	struct bundling *b = ctx;
	int known = is_written(b, line, e);
	struct span v;

	if (known != 0)
		return known == -1 ? -1 : 0;
	if ((b->piece.len + line.len + 1 > BUNDLE_PIECE_BYTES || b->piece_records == BATCH_RECORDS_MAX) &&
	    end_piece(b, e) == -1)
		return -1;
	b->records++;
	b->piece_records++;
	b->deleted += canon_get(line, "deleted", &v) ? 1 : 0;
	return buf_addspan(&b->piece, line, e) == -1 || buf_addc(&b->piece, '\n', e) == -1 ? -1 : 0;
}

/* --- asking the node -------------------------------------------------------------------------------- */

static int
add_filter(const struct bundling *b, struct buf *target, struct err *e)
{
	return target_add(target, "author", b->author, e) == -1 || target_add(target, "kind", b->kind, e) == -1
	    ? -1 : 0;
}

/* The cursor where the part begins that since names, and its position. */
static int
find_start(struct bundling *b, const char *since, const char *part, char cursor[CURSOR_CHARS_MAX + 1],
    struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(ANSWER_MAX);
	json_t *o = NULL;
	int rc = -1;

	if (buf_adds(&target, "/api/v1/bundles", e) == 0 && add_filter(b, &target, e) == 0 &&
	    target_add(&target, "part", part, e) == 0 && target_add(&target, "to", b->to, e) == 0 &&
	    target_add(&target, "since", since, e) == 0 &&
	    client_call(b->node, METHOD_GET, target.ptr, (struct span){ 0 }, &answer, e) == 0 &&
	    (o = show_parse(buf_span(&answer), e)) != NULL) {
		text_clip(cursor, CURSOR_CHARS_MAX + 1, show_str(o, "cursor"));
		text_clip(b->since, sizeof b->since, show_str(o, "since"));
		rc = 0;
	}
	json_decref(o);
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

static int
read_part(struct bundling *b, const char *since, const char *part, struct progress *p, struct err *e)
{
	char cursor[CURSOR_CHARS_MAX + 1];

	if (find_start(b, since, part, cursor, e) == -1)
		return -1;
	b->first = part != NULL;
	b->feed = (struct feed_query){ .author = b->author, .kind = b->kind, .part = part, .since = cursor };
	return feed_read(b->node, &b->feed, p, add_record, b, e) == -1 || end_piece(b, e) == -1 ? -1 : 0;
}

/* The signed head.  *m is what it says. */
static int
sign(struct bundling *b, struct buf *head, struct bundle_manifest *m, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), body = BUF_INIT(BUNDLE_HEAD_BYTES_MAX);
	int rc = -1;

	if (buf_addf(&body, e, "{\"deleted\":%" PRIu64 ",\"pieces\":[%s],\"records\":%" PRIu64 "}", b->deleted,
	    b->table.len == 0 ? "" : b->table.ptr, b->records) == 0 &&
	    buf_adds(&target, "/api/v1/bundles/head", e) == 0 && add_filter(b, &target, e) == 0 &&
	    target_add(&target, "cursor", b->feed.end, e) == 0 &&
	    target_add(&target, "since", b->since[0] == '\0' ? NULL : b->since, e) == 0 &&
	    client_call(b->node, METHOD_POST, target.ptr, buf_span(&body), head, e) == 0 &&
	    bundle_read(buf_span(head), m, e) == 0)
		rc = buf_addc(head, '\n', e);
	buf_clear(&target);
	buf_clear(&body);
	return rc;
}

static int
note_sent(const struct bundling *b, const char *position, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(ANSWER_MAX);
	int rc = 0;

	if (b->to != NULL)
		rc = buf_adds(&target, "/api/v1/bundles/sent", e) == -1 || add_filter(b, &target, e) == -1 ||
		    target_add(&target, "to", b->to, e) == -1 ||
		    target_add(&target, "position", position, e) == -1 ||
		    client_call(b->node, METHOD_POST, target.ptr, (struct span){ 0 }, &answer, e) == -1 ? -1 : 0;
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

/* --- the file ----------------------------------------------------------------------------------------- */

static int
assemble(struct bundling *b, struct span head, struct err *e)
{
	char temp[4096];
	int fd = beside_open(b->file, temp, sizeof temp, e), rc;
	FILE *out;

	if (fd == -1)
		return err_wrap(e, "%s", b->file);
	if ((out = fdopen(fd, "wb")) == NULL) {
		close(fd);
		return beside_settle(temp, b->file, err_memory(e), e);
	}
	rc = bundle_member_write(out, head, e) == -1 || bundle_copy(b->pieces, out, e) == -1 ? -1 : 0;
	if (rc == 0 && (fflush(out) == EOF || (temp[0] != '\0' && fsync(fd) == -1)))
		rc = err_set(e, ERR_IO, "%s", strerror(errno));
	if (rc == -1)
		err_wrap(e, "%s", b->file);
	fclose(out);
	return beside_settle(temp, b->file, rc, e);
}

static void
show_bundle(const struct cli *c, const struct bundling *b, const struct bundle_manifest *m)
{
	FILE *out = strcmp(b->file, "-") == 0 ? c->messages : c->out;

	if (c->json && out == c->out)
		fprintf(out, "{\"records\":%" PRIu64 ",\"deleted\":%" PRIu64 ",\"pieces\":%zu,\"since\":\"%s\",\"position\":"
		    "\"%s\"}\n", m->records, m->deleted, m->pieces, m->since, m->position);
	else if (!c->json)
		fprintf(out, "%" PRIu64 " records written, of which %" PRIu64 " deletions%s.\n"
		    "Next time, for what is new: --since %s\n", m->records, m->deleted,
		    m->since[0] == '\0' ? "" : ", all that came since the last time", b->to != NULL ? "last" : m->position);
}

static int
make(struct cli *c, struct bundling *b, struct err *e)
{
	struct buf head = BUF_INIT(BUNDLE_HEAD_BYTES_MAX + 1);
	struct bundle_manifest m = { 0 };
	const char *since = cli_option(c, "since");
	struct progress p;
	int rc;

	progress_start(&p, c, "bundle");
	rc = read_part(b, since, NETWORK_PART, &p, e) == -1 || read_part(b, since, NULL, &p, e) == -1 ||
	    sign(b, &head, &m, e) == -1 ? -1 : 0;
	progress_end(&p);
	if (rc == 0 && (rc = assemble(b, buf_span(&head), e)) == 0 &&
	    (rc = files_note(b->node, b->file, "bundle", e)) == 0 && (rc = note_sent(b, m.position, e)) == 0)
		show_bundle(c, b, &m);
	bundle_release(&m);
	buf_clear(&head);
	return rc;
}

int
cmd_bundle_export(struct cli *c, struct err *e)
{
	struct bundling b = { .file = c->arg[0], .to = cli_option(c, "to"), .author = cli_option(c, "author"),
		.kind = cli_option(c, "kind"), .piece = BUF_INIT(BUNDLE_PIECE_BYTES + RECORD_BYTES_MAX),
		.table = BUF_INIT(BUNDLE_HEAD_BYTES_MAX), .network = set_new(), .pieces = tmpfile() };
	int rc = -1;

	if (b.network == NULL || b.pieces == NULL)
		err_set(e, ERR_IO, "no room for a temporary file: %s", strerror(errno));
	else if (client_open(c->data, &b.node, e) == 0)
		rc = make(c, &b, e);
	client_close(b.node);
	if (b.pieces != NULL)
		fclose(b.pieces);
	set_free(b.network);
	buf_clear(&b.piece);
	buf_clear(&b.table);
	return rc;
}
