/* SPDX-License-Identifier: AGPL-3.0-or-later
 * feed.c - see feed.h. */
#include "tools/cli/feed.h"

#include <stdio.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "tools/cli/client.h"
#include "tools/cli/progress.h"

struct walk {
	const struct feed_query *query;
	char cursor[CURSOR_CHARS_MAX + 1];
	int more, reset;
	uint64_t count;
};

/* The last line of a page. */
static int
read_cursor(struct walk *w, struct span line, struct err *e)
{
	struct span raw, text;

	w->more = 0;
	if (!canon_get(line, "cursor", &raw) || !canon_plain(raw, &text) || text.len > CURSOR_CHARS_MAX)
		return err_set(e, ERR_INTERNAL, "the node's page of changes has no cursor");
	memcpy(w->cursor, text.ptr, text.len);
	w->cursor[text.len] = '\0';
	if (canon_get(line, "more", &raw))
		canon_bool(raw, &w->more);
	w->reset = canon_get(line, "reset", &raw);
	return 0;
}

static int
read_page(struct walk *w, struct span page, feed_fn *each, void *ctx, struct err *e)
{
	while (page.len > 0) {
		struct span line = span_cut(&page, '\n');

		if (line.len == 0)
			continue;
		if (page.len == 0)
			return read_cursor(w, line, e);
		if (each(ctx, line, e) == -1)
			return -1;
		w->count++;
	}
	return err_set(e, ERR_INTERNAL, "the node's page of changes is empty");
}

static int
get_page(struct walk *w, struct client *node, struct buf *page, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/changes", e) == -1 ||
	    target_add(&target, "since", w->cursor, e) == -1 ||
	    target_add(&target, "author", w->query->author, e) == -1 ||
	    target_add(&target, "kind", w->query->kind, e) == -1 ||
	    target_add(&target, "part", w->query->part, e) == -1 ||
	    client_call(node, METHOD_GET, target.ptr, (struct span){ 0 }, page, e) == -1 ? -1 : 0;

	buf_clear(&target);
	return rc;
}

int
feed_read(struct client *node, struct feed_query *q, struct progress *p, feed_fn *each, void *ctx,
    struct err *e)
{
	struct walk w = { .query = q };
	struct buf page = BUF_INIT(CLIENT_ANSWER_MAX);
	int rc;

	text_clip(w.cursor, sizeof w.cursor, q->since == NULL ? "" : q->since);
	do {
		buf_reset(&page);
		rc = get_page(&w, node, &page, e);
		if (rc == 0)
			rc = read_page(&w, buf_span(&page), each, ctx, e);
		if (rc == 0 && w.reset)
			rc = err_set(e, ERR_BUSY, "the node was restarted meanwhile; try again");
		progress_step(p, w.count, "records");
	} while (rc == 0 && w.more);
	memcpy(q->end, w.cursor, sizeof q->end);
	buf_clear(&page);
	return rc;
}
