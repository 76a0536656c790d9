/* SPDX-License-Identifier: AGPL-3.0-or-later
 * proxy.h - a stretch of network between two processes on loopback: it adds delay and counts bytes.
 *
 * Bandwidth is not limited and connecting costs nothing; every byte arrives half a round trip later.
 */
#ifndef TOOLS_BENCH_PROXY_H
#define TOOLS_BENCH_PROXY_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct proxy;

struct proxy_counts {
	uint64_t bytes_out, bytes_in;	/* sent by, and to, whoever connects */
	uint64_t turns;			/* how often an answer followed something sent */
	uint64_t connections;
};

/* Listen on a free port of 127.0.0.1 and pass on to port `to`. */
int	proxy_start(uint16_t to, unsigned round_trip_ms, struct proxy **out, struct err *e);
void	proxy_stop(struct proxy *p);		/* NULL is fine */
uint16_t proxy_port(const struct proxy *p);
void	proxy_counts(struct proxy *p, struct proxy_counts *out);	/* since the last call */

#endif
