/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pen.h - the authors of the simulated network: their keys, and the records that they sign. */
#ifndef TOOLS_SIM_PEN_H
#define TOOLS_SIM_PEN_H

#include "tools/sim/world.h"

/* Author number n, made when new: keys follow from the world's seed and n. */
uint32_t	pen_author(struct world *w, uint32_t n);	/* its number in the archive */
size_t		pen_count(const struct world *w);
void		pen_free(struct world *w);

/* Each signs a record at that time by the author's clock, files it in the archive as genuine, and answers
 * its item.  n is the author's number here. */
uint32_t	pen_identity(struct world *w, uint32_t n, int64_t now);
uint32_t	pen_vouch(struct world *w, uint32_t n, uint32_t subject, int hops, int64_t budget, int64_t now);
uint32_t	pen_new(struct world *w, uint32_t n, int64_t now);		/* an initiative under a new name */
uint32_t	pen_edit(struct world *w, uint32_t n, int64_t now);		/* 0: nothing to edit */
uint32_t	pen_renew(struct world *w, uint32_t n, int64_t now);
uint32_t	pen_delete(struct world *w, uint32_t n, int64_t now);
uint32_t	pen_retire(struct world *w, uint32_t n, int64_t now);
/* Another content for the same name and the same updated: two writers, or a liar. */
uint32_t	pen_twin(struct world *w, uint32_t n, uint32_t item);
/* Not genuine: content changed under an old signature; signed by a key that is not the author's. */
uint32_t	pen_tamper(struct world *w, uint32_t item);
uint32_t	pen_forge(struct world *w, uint32_t n, uint32_t by, int64_t now);

#endif
