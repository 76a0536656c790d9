/* SPDX-License-Identifier: AGPL-3.0-or-later
 * floor.c - see floor.h.
 *
 * A chain of threads with a bounded queue between each two: serve -> fetch -> verify (one a core)
 * -> insert -> index.
 */
#include "tools/bench/floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "node/http/gzip.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/proof.h"
#include "proto/record.h"
#include "tools/bench/bench.h"
#include "tools/bench/fts.h"

#define PAGE_RECORDS 2000
#define PAGE_BYTES_MAX ((size_t)PAGE_RECORDS * (RECORD_BYTES_MAX + 1))
#define THREADS_MAX 16
#define QUEUE_MAX 4
#define GZIP_LEVEL 6		/* as the feed compresses */

/* A page on its way: its text, and what was read of it. */
struct page {
	struct buf text;
	struct record *record;
	size_t count, taken, verified;
	struct page *next;
};

struct queue {
	struct page *head, **tail;
	size_t length;
	int closed;
};

struct line {
	const struct records *records;
	size_t first, count;
	int listener;
	struct sockaddr_in at;
	pthread_mutex_t mutex;
	pthread_cond_t moved;
	struct queue fetched, checked, inserted;
	size_t bytes;
	sqlite3 *record_db, *search_db;
	int failed;
	struct err err;
};

static void
fail(struct line *l, enum err_code code, const char *what)
{
	pthread_mutex_lock(&l->mutex);
	if (!l->failed)
		err_set(&l->err, code, "the floor: %s", what);
	l->failed = 1;
	pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->mutex);
}

/* --- queues ---------------------------------------------------------------------------------- */

static void
push(struct line *l, struct queue *q, struct page *p)
{
	pthread_mutex_lock(&l->mutex);
	while (p != NULL && q->length >= QUEUE_MAX && !l->failed)
		pthread_cond_wait(&l->moved, &l->mutex);
	if (p == NULL)
		q->closed = 1;
	else {
		p->next = NULL;
		*q->tail = p;
		q->tail = &p->next;
		q->length++;
	}
	pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->mutex);
}

/* (locked) */
static struct page *
pop(struct queue *q)
{
	struct page *p = q->head;

	if ((q->head = p->next) == NULL)
		q->tail = &q->head;
	q->length--;
	return p;
}

/* The next page whose records are all verified; NULL at the end. */
static struct page *
take(struct line *l, struct queue *q)
{
	struct page *p = NULL;

	pthread_mutex_lock(&l->mutex);
	while (!l->failed && (q->head == NULL ? !q->closed : q->head->verified < q->head->count))
		pthread_cond_wait(&l->moved, &l->mutex);
	if (!l->failed && q->head != NULL) {
		p = pop(q);
		pthread_cond_broadcast(&l->moved);
	}
	pthread_mutex_unlock(&l->mutex);
	return p;
}

static void
page_free(struct page *p)
{
	if (p == NULL)
		return;
	buf_clear(&p->text);
	free(p->record);
	free(p);
}

static void
queue_clear(struct queue *q)
{
	while (q->head != NULL)
		page_free(pop(q));
}

/* --- over loopback --------------------------------------------------------------------------- */

static int
move_all(int fd, void *data, size_t n, int out)
{
	char *p = data;

	while (n > 0) {
		ssize_t k = out ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);

		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Each page is asked for by one byte, and sent as its length and its gzip. */
static void *
serve(void *arg)
{
	struct line *l = arg;
	struct buf text = BUF_INIT(PAGE_BYTES_MAX), gz = BUF_INIT(PAGE_BYTES_MAX);
	size_t i = 0, end;
	struct err e;
	int fd = accept(l->listener, NULL, NULL);
	char ask;

	while (fd != -1 && i < l->count && move_all(fd, &ask, 1, 0) == 0) {
		uint64_t size;

		buf_reset(&text);
		buf_reset(&gz);
		for (end = i + PAGE_RECORDS; i < l->count && i < end; i++)
			if (buf_addspan(&text, l->records->line[l->first + i], &e) == -1 ||
			    buf_addc(&text, '\n', &e) == -1)
				break;
		if (gzip_pack(buf_span(&text), GZIP_LEVEL, &gz, &e) == -1)
			break;
		size = gz.len;
		if (move_all(fd, &size, sizeof size, 1) == -1 || move_all(fd, gz.ptr, gz.len, 1) == -1)
			break;
	}
	if (fd != -1)
		close(fd);
	buf_clear(&text);
	buf_clear(&gz);
	return NULL;
}

static struct page *
page_new(size_t count)
{
	struct page *p = calloc(1, sizeof *p);

	if (p == NULL || (p->record = calloc(count, sizeof *p->record)) == NULL) {
		free(p);
		return NULL;
	}
	p->text = (struct buf)BUF_INIT(PAGE_BYTES_MAX);
	p->count = count;
	return p;
}

static int
split_page(struct page *p)
{
	struct span rest = buf_span(&p->text);
	size_t i;

	for (i = 0; i < p->count && rest.len > 0; i++)
		p->record[i].line = span_cut(&rest, '\n');
	return i == p->count && rest.len == 0 ? 0 : -1;
}

static void *
fetch(void *arg)
{
	struct line *l = arg;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct buf gz = BUF_INIT(PAGE_BYTES_MAX);
	size_t done = 0;
	struct err e;

	if (fd == -1 || connect(fd, (const struct sockaddr *)&l->at, sizeof l->at) == -1)
		fail(l, ERR_IO, "cannot connect");
	while (!l->failed && done < l->count) {
		size_t n = l->count - done < PAGE_RECORDS ? l->count - done : PAGE_RECORDS;
		struct page *p = page_new(n);
		char ask = 'n';
		uint64_t size;

		buf_reset(&gz);
		if (p == NULL || move_all(fd, &ask, 1, 1) == -1 || move_all(fd, &size, sizeof size, 0) == -1 ||
		    buf_reserve(&gz, size, &e) == -1 || move_all(fd, gz.ptr, size, 0) == -1 ||
		    gzip_unpack((struct span){ gz.ptr, size }, &p->text, &e) == -1 || split_page(p) == -1) {
			page_free(p);
			fail(l, ERR_IO, "cannot fetch");
			break;
		}
		l->bytes += size;
		done += n;
		push(l, &l->fetched, p);
	}
	push(l, &l->fetched, NULL);
	if (fd != -1)
		close(fd);
	buf_clear(&gz);
	return NULL;
}

/* --- verify ---------------------------------------------------------------------------------- */

#define CHUNK 64

/* Pages go to the next queue when their first record is taken, so that their order stays. */
static int
next_chunk(struct line *l, struct page **page, size_t *at, size_t *n)
{
	struct page *p;

	pthread_mutex_lock(&l->mutex);
	while (!l->failed && l->fetched.head == NULL && !l->fetched.closed)
		pthread_cond_wait(&l->moved, &l->mutex);
	if (l->failed || l->fetched.head == NULL) {
		l->checked.closed = 1;
		pthread_cond_broadcast(&l->moved);
		pthread_mutex_unlock(&l->mutex);
		return 0;
	}
	p = l->fetched.head;
	*page = p;
	*at = p->taken;
	*n = p->count - p->taken < CHUNK ? p->count - p->taken : CHUNK;
	p->taken += *n;
	if (p->taken == p->count) {
		pop(&l->fetched);
		p->next = NULL;
		*l->checked.tail = p;
		l->checked.tail = &p->next;
		l->checked.length++;
		pthread_cond_broadcast(&l->moved);
	}
	pthread_mutex_unlock(&l->mutex);
	return 1;
}

static void *
verify(void *arg)
{
	struct line *l = arg;
	struct page *p;
	size_t at, n, i;

	while (next_chunk(l, &p, &at, &n)) {
		for (i = at; i < at + n; i++) {
			enum reason why;
			struct err e;

			if (record_parse(p->record[i].line, &p->record[i], &why, &e) == -1 ||
			    !record_verify(&p->record[i]))
				fail(l, ERR_SIGNATURE, "a record does not verify");
		}
		pthread_mutex_lock(&l->mutex);
		p->verified += n;
		if (p->verified == p->count)
			pthread_cond_broadcast(&l->moved);
		pthread_mutex_unlock(&l->mutex);
	}
	return NULL;
}

/* --- insert, index --------------------------------------------------------------------------- */

static const char record_schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
    "CREATE TABLE record (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, author TEXT, kind TEXT, rid TEXT,"
    " updated INTEGER, created INTEGER, expires INTEGER, body BLOB, UNIQUE (author, kind, rid));";
static const char search_schema_sql[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
    "CREATE VIRTUAL TABLE words USING fts5(title, summary, body, tokenize = 'essaim');";

static int
insert_one(sqlite3_stmt *st, const struct record *r)
{
	sqlite3_bind_blob(st, 1, r->id, ID_BYTES, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, r->author.ptr, (int)r->author.len, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, r->kind_name.ptr, (int)r->kind_name.len, SQLITE_STATIC);
	sqlite3_bind_text(st, 4, r->rid.ptr, (int)r->rid.len, SQLITE_STATIC);
	sqlite3_bind_int64(st, 5, r->updated);
	sqlite3_bind_int64(st, 6, r->created);
	sqlite3_bind_int64(st, 7, r->expires);
	sqlite3_bind_blob(st, 8, r->line.ptr, (int)r->line.len, SQLITE_STATIC);
	return sqlite3_step(st) == SQLITE_DONE && sqlite3_reset(st) == SQLITE_OK ? 0 : -1;
}

static int
index_one(sqlite3_stmt *st, const struct record *r)
{
	static const char *const field[] = { "name", "summary", "description" };
	struct buf text[3] = { BUF_INIT(RECORD_BYTES_MAX), BUF_INIT(RECORD_BYTES_MAX), BUF_INIT(RECORD_BYTES_MAX) };
	struct err e;
	struct span v;
	int i, rc;

	for (i = 0; i < 3; i++) {
		if (canon_get(r->content, field[i], &v))
			canon_string(v, &text[i], &e);
		sqlite3_bind_text(st, i + 1, text[i].ptr, (int)text[i].len, SQLITE_STATIC);
	}
	rc = sqlite3_step(st) == SQLITE_DONE && sqlite3_reset(st) == SQLITE_OK ? 0 : -1;
	for (i = 0; i < 3; i++)
		buf_clear(&text[i]);
	return rc;
}

/* One transaction a page; pages go on to next, or are done with. */
static void
store_pages(struct line *l, sqlite3 *db, const char *sql, int (*one)(sqlite3_stmt *, const struct record *),
    struct queue *from, struct queue *next)
{
	sqlite3_stmt *st = NULL;
	struct page *p;
	size_t i;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK ? 0 : -1;

	while (rc == 0 && (p = take(l, from)) != NULL) {
		rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
		for (i = 0; rc == 0 && i < p->count; i++)
			rc = one(st, &p->record[i]);
		if (rc == 0)
			rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
		if (next != NULL && rc == 0)
			push(l, next, p);
		else
			page_free(p);
	}
	if (rc == -1)
		fail(l, ERR_IO, sqlite3_errmsg(db));
	sqlite3_finalize(st);
	if (next != NULL)
		push(l, next, NULL);
}

static void *
insert(void *arg)
{
	struct line *l = arg;

	store_pages(l, l->record_db, "INSERT INTO record (id, author, kind, rid, updated, created, expires, body)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", insert_one, &l->checked, &l->inserted);
	return NULL;
}

static void *
index_words(void *arg)
{
	struct line *l = arg;

	store_pages(l, l->search_db, "INSERT INTO words (title, summary, body) VALUES (?1, ?2, ?3)", index_one,
	    &l->inserted, NULL);
	return NULL;
}

/* --- the whole ------------------------------------------------------------------------------- */

static int
open_db(const char *dir, const char *name, const char *schema, sqlite3 **out, struct err *e)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK || fts_register(*out, e) == -1 || sqlite3_exec(*out, schema, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(e, ERR_IO, "%s: %s", path, sqlite3_errmsg(*out));
	return 0;
}

static int
listen_loopback(struct line *l, struct err *e)
{
	socklen_t len = sizeof l->at;

	l->at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	l->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->listener == -1 || bind(l->listener, (const struct sockaddr *)&l->at, sizeof l->at) == -1 ||
	    listen(l->listener, 4) == -1 || getsockname(l->listener, (struct sockaddr *)&l->at, &len) == -1)
		return err_set(e, ERR_IO, "cannot listen on loopback: %s", strerror(errno));
	return 0;
}

static int
run_threads(struct line *l)
{
	void *(*const fixed[])(void *) = { serve, fetch, insert, index_words };
	pthread_t thread[4 + THREADS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0, i;

	for (i = 0; i < 4; i++)
		if (pthread_create(&thread[n], NULL, fixed[i], l) == 0)
			n++;
	for (i = 0; i < (size_t)cores && i < THREADS_MAX; i++)
		if (pthread_create(&thread[n], NULL, verify, l) == 0)
			n++;
	if (n < 5)
		fail(l, ERR_MEMORY, "cannot start its threads");
	while (n > 0)
		pthread_join(thread[--n], NULL);
	return l->failed ? -1 : 0;
}

int
floor_run(const struct records *r, size_t first, size_t count, const char *dir, struct floor_result *out,
    struct err *e)
{
	struct line l = { .records = r, .first = first, .count = count, .listener = -1 };
	double start, cpu;
	int rc = -1;

	l.fetched.tail = &l.fetched.head;
	l.checked.tail = &l.checked.head;
	l.inserted.tail = &l.inserted.head;
	pthread_mutex_init(&l.mutex, NULL);
	pthread_cond_init(&l.moved, NULL);
	if (listen_loopback(&l, e) == -1 || open_db(dir, "floor-record.db", record_schema, &l.record_db, e) == -1 ||
	    open_db(dir, "floor-search.db", search_schema_sql, &l.search_db, e) == -1)
		goto out;
	start = clock_s();
	cpu = process_cpu_s();
	rc = run_threads(&l);
	out->seconds = clock_s() - start;
	out->cpu_s = process_cpu_s() - cpu;
	out->bytes = l.bytes;
	if (rc == -1)
		*e = l.err;
out:
	queue_clear(&l.fetched);
	queue_clear(&l.checked);
	queue_clear(&l.inserted);
	sqlite3_close(l.record_db);
	sqlite3_close(l.search_db);
	if (l.listener != -1)
		close(l.listener);
	pthread_cond_destroy(&l.moved);
	pthread_mutex_destroy(&l.mutex);
	return rc;
}

/* --- yardsticks ------------------------------------------------------------------------------ */

struct signature {
	uint8_t hash[PROOF_HASH_BYTES], value[64], key[32];
};

struct verifying {
	const struct signature *signature;
	size_t begin, end, bad;
};

static void *
verify_bare(void *arg)
{
	struct verifying *v = arg;
	size_t i;

	for (i = v->begin; i < v->end; i++)
		v->bad += crypto_sign_verify_detached(v->signature[i].value, v->signature[i].hash,
		    PROOF_HASH_BYTES, v->signature[i].key) != 0;
	return NULL;
}

static int
read_signatures(const struct records *r, struct signature *out, struct err *e)
{
	struct record rec;
	enum reason why;
	size_t i;

	for (i = 0; i < r->count; i++) {
		if (record_parse(r->line[i], &rec, &why, e) == -1 ||
		    proof_hash_canonical(r->line[i], out[i].hash, e) == -1)
			return -1;
		memcpy(out[i].value, rec.signature, sizeof rec.signature);
		memcpy(out[i].key, rec.signer_key, sizeof rec.signer_key);
	}
	return 0;
}

int
floor_verify(const struct records *r, double *per_s, struct err *e)
{
	struct signature *s = calloc(r->count, sizeof *s);
	struct verifying part[THREADS_MAX] = {{0}};
	pthread_t thread[THREADS_MAX];
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	size_t cores = online < 1 ? 1 : online > THREADS_MAX ? THREADS_MAX : (size_t)online, i, bad = 0, started = 0;
	double start;

	if (s == NULL)
		return err_memory(e);
	if (read_signatures(r, s, e) == -1) {
		free(s);
		return -1;
	}
	start = clock_s();
	for (i = 0; i < cores; i++) {
		part[i] = (struct verifying){ s, r->count * i / cores, r->count * (i + 1) / cores, 0 };
		started += pthread_create(&thread[i], NULL, verify_bare, &part[i]) == 0;
	}
	for (i = 0; i < started; i++) {
		pthread_join(thread[i], NULL);
		bad += part[i].bad;
	}
	*per_s = (double)r->count / (clock_s() - start);
	free(s);
	return bad == 0 && started == cores ? 0 : err_set(e, ERR_SIGNATURE, "%zu generated signatures are bad", bad);
}

int
floor_gzip(const struct records *r, size_t first, size_t count, size_t *bytes, struct err *e)
{
	struct buf text = BUF_INIT((size_t)2 << 30), gz = BUF_INIT((size_t)2 << 30);
	size_t i;
	int rc = 0;

	for (i = first; rc == 0 && i < first + count; i++)
		if (buf_addspan(&text, r->line[i], e) == -1 || buf_addc(&text, '\n', e) == -1)
			rc = -1;
	if (rc == 0)
		rc = gzip_pack(buf_span(&text), 6, &gz, e);
	*bytes = gz.len;
	buf_clear(&text);
	buf_clear(&gz);
	return rc;
}
