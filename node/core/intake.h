/* SPDX-License-Identifier: AGPL-3.0-or-later
 * intake.h - the way in for foreign records: split, parse, hash, verify in parallel, then judge and store.
 *
 * A batch is NDJSON.  A fixed pool of threads takes its lines in chunks; what the
 * store would refuse anyway is not verified; the judged batch goes to the writer in
 * one piece.  A batch is answered after its commit.
 */
#ifndef NODE_CORE_INTAKE_H
#define NODE_CORE_INTAKE_H

#include <stddef.h>

#include "node/store/store.h"
#include "proto/buf.h"

struct err;
struct intake;

struct intake_result {
	struct offer_line *line;	/* in the order of the batch's lines; empty lines are skipped */
	size_t count;
	size_t by_verdict[VERDICT__COUNT];
};

int	intake_start(struct store *store, int workers, struct intake **out, struct err *e);
/* From now on every new batch is refused (ERR_BUSY); what was taken on is finished. */
void	intake_quit(struct intake *i);
/* The same, then the threads are joined and the memory freed: nobody may come any more.  NULL is fine. */
void	intake_stop(struct intake *i);

/* Offer a batch and wait for the commit.  body is borrowed; out is valid until intake_result_clear and
 * borrows from body. */
int	intake_run(struct intake *i, struct span body, const char *peer, struct intake_result *out,
	    struct err *e);
void	intake_result_clear(struct intake_result *r);

/* Offer a batch without waiting, for a caller that fetches the next one meanwhile.  Takes body's memory
 * over.  done is called once, on another thread, after the commit, in the order of submission; the
 * result is cleared when it returns. */
typedef void intake_done_fn(void *ctx, const struct intake_result *r, int rc, const struct err *e);
int	intake_submit(struct intake *i, struct buf *body, const char *peer, intake_done_fn *done, void *ctx,
	    struct err *e);

#endif
