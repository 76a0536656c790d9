/* SPDX-License-Identifier: AGPL-3.0-or-later
 * generate.h - any number of signed records in the style of the demonstration, from one seed.
 *
 * Record i of a seed is always the same record, so a smaller file is the beginning of a larger one.
 * The first GENERATED_AUTHORS are identities, then come as many territories, then initiatives, places,
 * offers, needs, events, resources, organisations and documents around Brittany, about 1.2 kB each: common words, and
 * made-up names so that there are rare ones.  Times lie within 200 days before the first of this
 * thirty-day period, so that nothing is from the future or expired.
 */
#ifndef TOOLS_BENCH_GENERATE_H
#define TOOLS_BENCH_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/didkey.h"

struct err;

#define GENERATED_AUTHORS 16
#define GENERATED_SEED 2026

struct generator {
	uint64_t seed;
	int64_t base;			/* Unix seconds: everything is older */
	struct generator_author {
		uint8_t root_secret[64], secret[64];
		uint8_t key[32];	/* public, of secret */
		char did[DIDKEY_CHARS + 1];
	} author[GENERATED_AUTHORS];
};

/* sodium_init must have been called. */
void	generator_init(struct generator *g, uint64_t seed);

/* Append the line of record index, newline included.  revision 0 is the original; each further one is a
 * later edit of the same record (not of identities). */
int	generate_record(const struct generator *g, uint64_t index, unsigned revision, struct buf *out,
	    struct err *e);

/* Lines in memory, as read from a file. */
struct records {
	char *map;
	size_t bytes;
	struct span *line;		/* without newline */
	size_t count;
};

/* The first count records, generated on all cores into a file under dir unless it is there already. */
int	records_open(const char *dir, uint64_t seed, size_t count, struct records *out, struct err *e);
void	records_close(struct records *r);

#endif
