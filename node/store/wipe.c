/* SPDX-License-Identifier: AGPL-3.0-or-later
 * wipe.c - makes what was deleted vanish from record.db and its log (SPEC: Deletion).
 *
 * secure_delete overwrites a deleted row where it stood.  Two places are left: the write-ahead log, which is
 * emptied; and the gaps inside b-tree pages, between the cell pointers and the cells, where rows that were moved
 * to a sibling leave a copy behind.  Writing the whole file anew would take minutes with a million records; so the
 * gaps are overwritten in place (SQLite's file format, section 1.6).  No reader ever looks at them.
 */
#include <stdlib.h>
#include <string.h>

#include "node/store/inside.h"
#include "proto/err.h"

#define CHUNK_PAGES 4096		/* between two other jobs */
#define HEADER_BYTES 100		/* of the file, before the first page's own */
/* Up to here no overflow or free page can look like a b-tree page: its first byte is the top of a page number. */
#define PAGES_MAX ((sqlite3_int64)1 << 25)

static const char mark[] = "shed";

static int
set_mark(struct store *s, int on, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_META_PUT);

	db_str(st, 1, mark);
	db_str(st, 2, on ? "1" : "0");
	if (db_run(&s->w, st, e) == -1)
		return -1;
	s->shed = on;
	return 0;
}

int
shed(struct store *s, struct err *e)
{
	return s->shed ? 0 : set_mark(s, 1, e);
}

int
shed_load(struct store *s, struct err *e)
{
	sqlite3_stmt *st = db_stmt(&s->w, STMT_META_GET);
	int rc;

	db_str(st, 1, mark);
	if ((rc = db_row(&s->w, st, e)) == 1 && sqlite3_column_int(st, 0) != 0)
		s->shed = 1;
	sqlite3_reset(st);
	return rc == -1 ? -1 : 0;
}

/* --- one page ------------------------------------------------------------------------------------ */

static unsigned
two_bytes(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* The gap of a b-tree page: 1 found, 0 it is another kind of page, or has none. */
static int
find_gap(const uint8_t *page, size_t size, size_t header, size_t *from, size_t *to)
{
	uint8_t type = page[header];

	if (type != 0x02 && type != 0x05 && type != 0x0a && type != 0x0d)
		return 0;
	*from = header + (type < 0x0a ? 12 : 8) + (size_t)2 * two_bytes(page + header + 3);
	*to = two_bytes(page + header + 5);
	if (*to == 0)
		*to = 65536;
	return *from < *to && *to <= size;
}

static int
is_blank(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

/* --- the file ------------------------------------------------------------------------------------- */

struct wiping {
	sqlite3_int64 page;		/* next, from 0 */
	int busy, done;
};

static int
wipe_pages(sqlite3_file *f, struct wiping *w, struct err *e)
{
	static const uint8_t blank[65536];
	uint8_t head[HEADER_BYTES], *page = NULL;
	sqlite3_int64 size = 0, at, until;
	size_t page_bytes, from, to;
	int rc = -1;

	if (f->pMethods->xFileSize(f, &size) != SQLITE_OK || size < HEADER_BYTES ||
	    f->pMethods->xRead(f, head, sizeof head, 0) != SQLITE_OK)
		goto out;
	page_bytes = two_bytes(head + 16) == 1 ? 65536 : two_bytes(head + 16);
	if (page_bytes < 512 || (page = malloc(page_bytes)) == NULL)
		goto out;
	until = size / (sqlite3_int64)page_bytes;
	w->done = until <= w->page + CHUNK_PAGES || until >= PAGES_MAX;
	if (!w->done)
		until = w->page + CHUNK_PAGES;
	for (; w->page < until && until < PAGES_MAX; w->page++) {
		at = w->page * (sqlite3_int64)page_bytes;
		if (f->pMethods->xRead(f, page, (int)page_bytes, at) != SQLITE_OK)
			goto out;
		if (find_gap(page, page_bytes, w->page == 0 ? HEADER_BYTES : 0, &from, &to) &&
		    !is_blank(page + from, to - from) &&
		    f->pMethods->xWrite(f, blank, (int)(to - from), at + (sqlite3_int64)from) != SQLITE_OK)
			goto out;
	}
	rc = !w->done || f->pMethods->xSync(f, SQLITE_SYNC_NORMAL) == SQLITE_OK ? 0 : -1;
out:
	free(page);
	return rc == 0 ? 0 : err_set(e, ERR_IO, "the database's file cannot be overwritten");
}

/* Empty the log; with its pages back in the file and none cached here, overwrite the gaps of some of them. */
static int
wipe_job(struct store *s, void *ctx, struct err *e)
{
	struct wiping *w = ctx;
	sqlite3_file *f = NULL;
	int rc;

	sqlite3_busy_timeout(s->w.handle, 0);	/* readers are not waited for: others wait for this thread */
	rc = sqlite3_wal_checkpoint_v2(s->w.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(s->w.handle, BUSY_MS);
	if (rc == SQLITE_BUSY) {
		w->busy = 1;
		return 0;
	}
	if (rc != SQLITE_OK)
		return db_fail(&s->w, e);
	w->done = 1;
	if (s->shed) {
		sqlite3_db_release_memory(s->w.handle);
		if (sqlite3_file_control(s->w.handle, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK)
			return db_fail(&s->w, e);
		if (wipe_pages(f, w, e) == -1)
			return -1;
	}
	if (w->done)
		s->unscrubbed = 0;
	return w->done && s->shed ? set_mark(s, 0, e) : 0;
}

int
store_scrub(struct store *s, struct err *e)
{
	struct wiping w = { .page = 0 };
	int rc;

	do
		rc = store_job_bare(s, wipe_job, &w, e);
	while (rc == 0 && !w.busy && !w.done);
	return rc == -1 ? -1 : !w.busy;
}

int
store_unscrubbed(const struct store *s)
{
	return s->unscrubbed;
}

void
wipe_last(struct store *s)
{
	struct wiping w = { .page = 0 };
	struct err e;

	while (wipe_job(s, &w, &e) == 0 && !w.busy && !w.done)
		continue;
}
