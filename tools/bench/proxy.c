/* SPDX-License-Identifier: AGPL-3.0-or-later
 * proxy.c - see proxy.h.  One thread; what was read waits in a list until it is due. */
#include "tools/bench/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/err.h"
#include "tools/bench/bench.h"

#define PAIRS_MAX 32
#define CHUNK_BYTES ((size_t)64 * 1024)
#define HELD_BYTES_MAX ((size_t)32 << 20)	/* one way; more and reading waits */

struct chunk {
	double due_s;
	size_t len, sent;
	struct chunk *next;
	char data[];
};

/* One way: what was read from one end and is owed to the other. */
struct way {
	int from, to;
	struct chunk *head, **tail;
	size_t held;
	int ended;			/* from has nothing more to say */
};

struct pair {
	int used;
	struct way way[2];		/* 0: from whoever connected */
	int last;			/* which way bytes went last, or -1 */
};

struct proxy {
	int listener;
	uint16_t port, to;
	double delay_s;
	pthread_t thread;
	pthread_mutex_t mutex;		/* guards counts and stop */
	struct proxy_counts counts;
	int stop;
	struct pair pair[PAIRS_MAX];
};

/* --- one connection -------------------------------------------------------------------------- */

static void
close_pair(struct pair *p)
{
	struct chunk *c;
	int i;

	for (i = 0; i < 2; i++)
		while ((c = p->way[i].head) != NULL) {
			p->way[i].head = c->next;
			free(c);
		}
	close(p->way[0].from);
	close(p->way[1].from);
	p->used = 0;
}

static void
open_pair(struct proxy *x)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(x->to),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int in = accept4(x->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), out, one = 1, i;

	if (in == -1)
		return;
	for (i = 0; i < PAIRS_MAX && x->pair[i].used; i++)
		continue;
	out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (i == PAIRS_MAX || out == -1 || connect(out, (const struct sockaddr *)&a, sizeof a) == -1) {
		close(in);
		if (out != -1)
			close(out);
		return;
	}
	fcntl(out, F_SETFL, O_NONBLOCK);
	setsockopt(in, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	x->pair[i] = (struct pair){ .used = 1, .last = -1, .way = { { .from = in, .to = out },
		{ .from = out, .to = in } } };
	x->pair[i].way[0].tail = &x->pair[i].way[0].head;
	x->pair[i].way[1].tail = &x->pair[i].way[1].head;
	pthread_mutex_lock(&x->mutex);
	x->counts.connections++;
	pthread_mutex_unlock(&x->mutex);
}

static void
count_bytes(struct proxy *x, struct pair *p, int way, size_t n)
{
	pthread_mutex_lock(&x->mutex);
	*(way == 0 ? &x->counts.bytes_out : &x->counts.bytes_in) += n;
	if (way == 1 && p->last == 0)
		x->counts.turns++;
	pthread_mutex_unlock(&x->mutex);
	p->last = way;
}

/* 0, or -1 when the connection is broken. */
static int
take_in(struct proxy *x, struct pair *p, int i)
{
	struct way *w = &p->way[i];
	struct chunk *c = malloc(sizeof *c + CHUNK_BYTES);
	ssize_t n;

	if (c == NULL)
		return -1;
	if ((n = recv(w->from, c->data, CHUNK_BYTES, 0)) <= 0) {
		free(c);
		w->ended = n == 0 || (errno != EAGAIN && errno != EINTR);
		return 0;
	}
	c->due_s = clock_s() + x->delay_s;
	c->len = (size_t)n;
	c->sent = 0;
	c->next = NULL;
	*w->tail = c;
	w->tail = &c->next;
	w->held += c->len;
	count_bytes(x, p, i, c->len);
	return 0;
}

static int
send_due(struct way *w, double now)
{
	struct chunk *c;

	while ((c = w->head) != NULL && c->due_s <= now) {
		ssize_t n = send(w->to, c->data + c->sent, c->len - c->sent, MSG_NOSIGNAL);

		if (n == -1)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		c->sent += (size_t)n;
		if (c->sent < c->len)
			return 0;
		w->held -= c->len;
		if ((w->head = c->next) == NULL)
			w->tail = &w->head;
		free(c);
	}
	if (w->ended == 1 && w->head == NULL) {
		shutdown(w->to, SHUT_WR);
		w->ended = 2;
	}
	return 0;
}

/* --- all of them ----------------------------------------------------------------------------- */

static void
serve_pair(struct proxy *x, struct pair *p, double now)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct way *w = &p->way[i];

		if ((!w->ended && w->held < HELD_BYTES_MAX && take_in(x, p, i) == -1) || send_due(w, now) == -1) {
			close_pair(p);
			return;
		}
	}
	if (p->way[0].ended == 2 && p->way[1].ended == 2)
		close_pair(p);
}

/* How long nothing can happen but news, in milliseconds, and what news to wait for. */
static int
prepare(struct proxy *x, struct pollfd *fd, size_t *count)
{
	double wait = 0.05, now = clock_s();
	size_t n = 0;
	int i, k;

	fd[n++] = (struct pollfd){ .fd = x->listener, .events = POLLIN };
	for (i = 0; i < PAIRS_MAX; i++)
		for (k = 0; x->pair[i].used && k < 2; k++) {
			const struct way *w = &x->pair[i].way[k], *back = &x->pair[i].way[!k];
			short events = 0;

			if (!w->ended && w->held < HELD_BYTES_MAX)
				events |= POLLIN;
			if (back->head != NULL && back->head->due_s <= now)
				events |= POLLOUT;
			if (w->head != NULL && w->head->due_s > now && w->head->due_s - now < wait)
				wait = w->head->due_s - now;
			fd[n++] = (struct pollfd){ .fd = events != 0 ? w->from : -1, .events = events };
		}
	*count = n;
	return (int)(wait * 1000) + (wait < 0.001);
}

static void *
run(void *arg)
{
	struct proxy *x = arg;
	struct pollfd fd[1 + 2 * PAIRS_MAX];
	int stop = 0, i;

	while (!stop) {
		size_t n;
		int wait = prepare(x, fd, &n);

		poll(fd, n, wait);
		if ((fd[0].revents & POLLIN) != 0)
			open_pair(x);
		for (i = 0; i < PAIRS_MAX; i++)
			if (x->pair[i].used)
				serve_pair(x, &x->pair[i], clock_s());
		pthread_mutex_lock(&x->mutex);
		stop = x->stop;
		pthread_mutex_unlock(&x->mutex);
	}
	for (i = 0; i < PAIRS_MAX; i++)
		if (x->pair[i].used)
			close_pair(&x->pair[i]);
	return NULL;
}

int
proxy_start(uint16_t to, unsigned round_trip_ms, struct proxy **out, struct err *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct proxy *x = calloc(1, sizeof *x);
	socklen_t len = sizeof a;

	if (x == NULL)
		return err_memory(e);
	x->to = to;
	x->delay_s = round_trip_ms / 2000.0;
	pthread_mutex_init(&x->mutex, NULL);
	x->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x->listener == -1 || bind(x->listener, (const struct sockaddr *)&a, sizeof a) == -1 ||
	    listen(x->listener, PAIRS_MAX) == -1 || getsockname(x->listener, (struct sockaddr *)&a, &len) == -1 ||
	    pthread_create(&x->thread, NULL, run, x) != 0) {
		err_set(e, ERR_IO, "the proxy cannot start: %s", strerror(errno));
		if (x->listener != -1)
			close(x->listener);
		free(x);
		return -1;
	}
	x->port = ntohs(a.sin_port);
	*out = x;
	return 0;
}

void
proxy_stop(struct proxy *x)
{
	if (x == NULL)
		return;
	pthread_mutex_lock(&x->mutex);
	x->stop = 1;
	pthread_mutex_unlock(&x->mutex);
	pthread_join(x->thread, NULL);
	close(x->listener);
	pthread_mutex_destroy(&x->mutex);
	free(x);
}

uint16_t
proxy_port(const struct proxy *x)
{
	return x->port;
}

void
proxy_counts(struct proxy *x, struct proxy_counts *out)
{
	pthread_mutex_lock(&x->mutex);
	*out = x->counts;
	x->counts = (struct proxy_counts){0};
	pthread_mutex_unlock(&x->mutex);
}
