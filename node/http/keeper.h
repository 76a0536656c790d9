/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keeper.h - the one thread that watches time for every connection: it closes what is slower than its
 * deadline and resumes what is parked.
 *
 * Private to node/http.  Times are milliseconds of the monotonic clock.
 */
#ifndef NODE_HTTP_KEEPER_H
#define NODE_HTTP_KEEPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct MHD_Connection;
struct err;

/* What the keeper knows of one connection.  Owned by the server, in the keeper's list from
 * keeper_add to keeper_remove. */
struct kept {
	struct kept *next, *prev;
	struct MHD_Connection *mhd;
	int fd;
	int closed;			/* already shut down: not counted twice */
	int64_t patience_ms;		/* what a request has without earning more */
	_Atomic int64_t deadline_ms;	/* closed when past; set without the lock */
	_Atomic int64_t hearing_ms;	/* since when we have waited for bytes; 0 while we work or answer */
	int parked;			/* resumed at resume_ms or by a wake it has not seen */
	int64_t resume_ms;
	uint64_t wakes_seen;
	struct kept *due_next;
};

struct keeper {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;		/* for the keeper */
	pthread_cond_t quiet;		/* for keeper_drain */
	struct kept *list;
	unsigned parked_max, open_max;
	int64_t deadline_ms;
	int64_t sleeping_until;
	_Atomic uint64_t wakes;
	atomic_uint open, parked, busy;	/* busy: requests between first byte and last */
	_Atomic uint64_t connections, deadline_closes;
	int draining, stop;
};

#define KEEPER_PRESSURE(max) ((max) - (max) / 8)	/* from here on the slowest to speak are closed */
#define KEEPER_GRACE_DIVISOR 8		/* then a request has only this part of its deadline to arrive */

int	keeper_start(struct keeper *k, unsigned open_max, unsigned parked_max, int64_t deadline_ms,
	    struct err *e);
void	keeper_stop(struct keeper *k);	/* every connection removed before */

void	keeper_add(struct keeper *k, struct kept *c);
void	keeper_remove(struct keeper *k, struct kept *c);

/* From now on the connection has its patience and earned_ms more (less, when negative); hearing: it is
 * the client's turn to speak. */
void	keeper_allow(struct kept *c, int64_t earned_ms, int hearing);

/* How often keeper_wake was called: read before asking whether there is anything to say, so that a wake
 * between the asking and the parking is not lost. */
uint64_t keeper_wakes(struct keeper *k);

/* Suspend the connection until resume_ms or a wake after wakes_seen.  Called on its own
 * libmicrohttpd thread.  -1 when too many are parked or the server is stopping. */
int	keeper_park(struct keeper *k, struct kept *c, int64_t resume_ms, uint64_t wakes_seen);
void	keeper_wake(struct keeper *k);

/* Resume whatever is parked, park nothing more, and wait until nothing is parked and no request is
 * being served, or wait_ms have passed. */
void	keeper_drain(struct keeper *k, int64_t wait_ms);

void	keeper_busy(struct keeper *k, int more);	/* +1 a request begins, -1 it is over */

int64_t	monotonic_ms(void);

#endif
