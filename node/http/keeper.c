/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keeper.c - see keeper.h. */
#include "node/http/keeper.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>

#include "proto/err.h"

#define KEEPER_TICK_MS	1000	/* a deadline may be noticed so much late */

int64_t
monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Shut down what is past its time.  libmicrohttpd then sees the end of the stream, on its own thread,
 * and closes.  The descriptor cannot have been reused: keeper_remove comes before its close. */
static void
check_deadline(struct keeper *k, struct kept *c, int64_t now, int64_t *next)
{
	int64_t deadline = atomic_load(&c->deadline_ms), since = atomic_load(&c->hearing_ms);

	if (since != 0 && atomic_load(&k->open) >= KEEPER_PRESSURE(k->open_max) &&
	    since + k->deadline_ms / KEEPER_GRACE_DIVISOR < deadline)
		deadline = since + k->deadline_ms / KEEPER_GRACE_DIVISOR;
	if (c->closed)
		return;
	if (deadline <= now) {
		shutdown(c->fd, SHUT_RDWR);
		c->closed = 1;
		atomic_fetch_add(&k->deadline_closes, 1);
	} else if (deadline < *next)
		*next = deadline;
}

/* One look at every connection: closes the late, chains the parked that are due, lowers *next to the
 * moment of the next look. */
static struct kept *
look(struct keeper *k, int64_t now, int64_t *next)
{
	uint64_t wakes = atomic_load(&k->wakes);
	struct kept *c, *due = NULL;

	for (c = k->list; c != NULL; c = c->next) {
		if (!c->parked)
			check_deadline(k, c, now, next);
		else if (k->draining || c->wakes_seen != wakes || c->resume_ms <= now) {
			c->parked = 0;
			c->due_next = due;
			due = c;
		} else if (c->resume_ms < *next)
			*next = c->resume_ms;
	}
	return due;
}

static void
resume_all(struct keeper *k, struct kept *due)
{
	struct kept *c, *next;

	for (c = due; c != NULL; c = next) {
		next = c->due_next;	/* once resumed, c belongs to its own thread again */
		keeper_allow(c, 0, 0);
		atomic_fetch_sub(&k->parked, 1);
		MHD_resume_connection(c->mhd);
	}
}

static void
wait_until(struct keeper *k, int64_t until)
{
	struct timespec ts = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	k->sleeping_until = until;
	if (until == INT64_MAX)
		pthread_cond_wait(&k->work, &k->lock);
	else
		pthread_cond_timedwait(&k->work, &k->lock, &ts);
	k->sleeping_until = 0;
}

static void *
keep(void *arg)
{
	struct keeper *k = arg;

	pthread_mutex_lock(&k->lock);
	while (!k->stop) {
		int64_t now = monotonic_ms();
		int64_t next = k->list == NULL ? INT64_MAX : now + KEEPER_TICK_MS;
		struct kept *due = look(k, now, &next);

		if (due == NULL) {
			wait_until(k, next);
			continue;
		}
		pthread_mutex_unlock(&k->lock);
		resume_all(k, due);
		pthread_mutex_lock(&k->lock);
		pthread_cond_broadcast(&k->quiet);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

static void
init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static void
destroy(struct keeper *k)
{
	pthread_cond_destroy(&k->quiet);
	pthread_cond_destroy(&k->work);
	pthread_mutex_destroy(&k->lock);
}

int
keeper_start(struct keeper *k, unsigned open_max, unsigned parked_max, int64_t deadline_ms,
    struct err *e)
{
	int rc;

	*k = (struct keeper){ .open_max = open_max, .parked_max = parked_max,
		.deadline_ms = deadline_ms };
	pthread_mutex_init(&k->lock, NULL);
	init_cond(&k->work);
	init_cond(&k->quiet);
	if ((rc = pthread_create(&k->thread, NULL, keep, k)) == 0)
		return 0;
	destroy(k);
	return err_set(e, ERR_INTERNAL, "cannot start a thread: %s", strerror(rc));
}

void
keeper_stop(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	assert(k->list == NULL);
	k->stop = 1;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	destroy(k);
}

void
keeper_add(struct keeper *k, struct kept *c)
{
	c->patience_ms = k->deadline_ms;
	keeper_allow(c, 0, 1);
	pthread_mutex_lock(&k->lock);
	c->prev = NULL;
	c->next = k->list;
	if (k->list != NULL)
		k->list->prev = c;
	k->list = c;
	if (k->sleeping_until == INT64_MAX)
		pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	atomic_fetch_add(&k->open, 1);
	atomic_fetch_add(&k->connections, 1);
}

void
keeper_remove(struct keeper *k, struct kept *c)
{
	pthread_mutex_lock(&k->lock);
	assert(!c->parked);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		k->list = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	pthread_mutex_unlock(&k->lock);
	atomic_fetch_sub(&k->open, 1);
}

void
keeper_allow(struct kept *c, int64_t earned_ms, int hearing)
{
	int64_t now = monotonic_ms();

	atomic_store(&c->deadline_ms, now + c->patience_ms + earned_ms);
	atomic_store(&c->hearing_ms, hearing ? now : 0);
}

uint64_t
keeper_wakes(struct keeper *k)
{
	return atomic_load(&k->wakes);
}

/* Suspended outside the lock, which libmicrohttpd's own may not meet; the place is taken before, so that
 * the limit and keeper_drain hold meanwhile. */
int
keeper_park(struct keeper *k, struct kept *c, int64_t resume_ms, uint64_t wakes_seen)
{
	pthread_mutex_lock(&k->lock);
	if (k->draining || atomic_load(&k->parked) >= k->parked_max) {
		pthread_mutex_unlock(&k->lock);
		return -1;
	}
	atomic_fetch_add(&k->parked, 1);
	pthread_mutex_unlock(&k->lock);
	MHD_suspend_connection(c->mhd);
	pthread_mutex_lock(&k->lock);
	c->resume_ms = resume_ms;
	c->wakes_seen = wakes_seen;
	c->parked = 1;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	return 0;
}

void
keeper_wake(struct keeper *k)
{
	atomic_fetch_add(&k->wakes, 1);
	if (atomic_load(&k->parked) == 0)
		return;
	pthread_mutex_lock(&k->lock);
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}

void
keeper_busy(struct keeper *k, int more)
{
	if (more > 0) {
		atomic_fetch_add(&k->busy, 1);
		return;
	}
	if (atomic_fetch_sub(&k->busy, 1) != 1)
		return;
	pthread_mutex_lock(&k->lock);
	pthread_cond_broadcast(&k->quiet);
	pthread_mutex_unlock(&k->lock);
}

void
keeper_drain(struct keeper *k, int64_t wait_ms)
{
	int64_t until = monotonic_ms() + wait_ms;
	struct timespec ts = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	pthread_mutex_lock(&k->lock);
	k->draining = 1;
	pthread_cond_signal(&k->work);
	while (atomic_load(&k->parked) > 0)	/* resuming is ours alone: it always ends */
		pthread_cond_wait(&k->quiet, &k->lock);
	while (atomic_load(&k->busy) > 0 && monotonic_ms() < until)
		pthread_cond_timedwait(&k->quiet, &k->lock, &ts);
	pthread_mutex_unlock(&k->lock);
}
