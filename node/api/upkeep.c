/* SPDX-License-Identifier: AGPL-3.0-or-later
 * upkeep.c - the machine room: login link, backup, check-up, jobs, stopping. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/jobs.h"
#include "node/core/file.h"
#include "node/core/indexer.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/core/tend.h"
#include "node/store/store.h"
#include "node/web/web.h"
#include "proto/limits.h"
#include "proto/set.h"

#define JOB_WAIT_S_MAX	30
#define DISK_BYTES_MIN	((uint64_t)200 << 20)
#define KEY_SOON_S (60LL * DAY_S)
#define PATH_BYTES_MAX	4096

/* --- login, stop, clock -------------------------------------------------------------------------- */

int
api_login(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct buf link = BUF_INIT(2048);
	struct emit j;
	int rc = -1;

	(void)req;
	if (web_login_link(node, &link, e) == 0) {
		emit_start(&j, &res->body, e);
		emit_object(&j);
		emit_put_span(&j, "link", buf_span(&link));
		emit_object_end(&j);
		emit_line(&j);
		rc = emit_end(&j);
	}
	buf_clear(&link);
	return rc;
}

/* The process ends as by the service manager: its main thread waits for this signal. */
int
api_stop(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)req;
	if (node->http == NULL)
		return err_set(e, ERR_CONFLICT, "no node is running");
	if (kill(getpid(), SIGTERM) == -1)
		return err_set(e, ERR_INTERNAL, "the node cannot be told to stop");
	return buf_adds(&res->body, "{\"stopping\":true}\n", e);
}

int
api_clock_confirm(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	(void)req;
	if (clock_confirm(node, e) == -1)
		return -1;
	return buf_adds(&res->body, "{\"confirmed\":true}\n", e);
}

/* --- jobs ------------------------------------------------------------------------------------------ */

static int
print_result(int64_t number, int rc, const struct err *why, struct span result, struct buf *out, struct err *e)
{
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_int(&j, "job", number);
	emit_put_bool(&j, "done", 1);
	if (rc == 0) {
		emit_key(&j, "result");
		emit_raw(&j, result);
	} else {
		emit_put_text(&j, "error", err_info(why->code)->name);
		emit_put_text(&j, "message", why->text);
	}
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* A running job is waited for, up to wait seconds. */
int
api_job(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct buf result = BUF_INIT(JOB_RESULT_BYTES_MAX);
	struct span text = span_str(request_arg(req, 0));
	int64_t number = 0, wait_s, until;
	struct err why = { 0 };
	int done, rc = -1, job_rc = 0;

	while (text.len > 0 && *text.ptr >= '0' && *text.ptr <= '9' && number < INTEGER_MAX / 10) {
		number = number * 10 + (*text.ptr++ - '0');
		text.len--;
	}
	if (param_int(req, "wait", 0, JOB_WAIT_S_MAX, 0, &wait_s, e) == -1)
		return -1;
	if ((done = jobs_look(node->jobs, text.len > 0 ? 0 : number, &job_rc, &why, &result, e)) == 1)
		rc = print_result(number, job_rc, &why, buf_span(&result), &res->body, e);
	else if (done == 0) {
		until = req->first_ms + wait_s * 1000;
		if (until > req->now_ms)
			res->park_until_ms = until;
		rc = buf_addf(&res->body, e, "{\"job\":%" PRId64 ",\"done\":false}\n", number);
	}
	buf_clear(&result);
	return rc;
}

static int
answer_job(int64_t number, struct response *res, struct err *e)
{
	return buf_addf(&res->body, e, "{\"job\":%" PRId64 "}\n", number);
}

/* --- backup ------------------------------------------------------------------------------------------- */

static int
run_backup(struct node *node, const char *path, struct buf *result, struct err *e)
{
	if (store_backup(node->store, path, e) == -1)
		return -1;
	return buf_adds(result, "{\"copied\":true}", e);
}

/* Only for whoever is on this machine already: it names a file. */
int
api_backup(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *path;
	int64_t number;

	if (!req->local)
		return err_set(e, ERR_FORBIDDEN, "a backup is made on the machine itself: essaim backup FILE");
	if (param_need(req, "path", &path, e) == -1)
		return -1;
	if (path[0] != '/')
		return err_set(e, ERR_USAGE, "path must be absolute");
	if (jobs_start(node->jobs, run_backup, path, &number, e) == -1)
		return -1;
	return answer_job(number, res, e);
}

/* --- check-up ------------------------------------------------------------------------------------------ */

struct checkup {
	struct node *node;
	struct emit j;
};

/* One line: what was looked at, whether it is well, what was seen, what to do.  Well with something to
 * do is advice. */
static void
finding(struct checkup *c, const char *what, int ok, const char *seen, const char *advice)
{
	emit_object(&c->j);
	emit_put_text(&c->j, "check", what);
	emit_put_bool(&c->j, "ok", ok);
	emit_put_text(&c->j, "seen", seen);
	emit_put_text(&c->j, "advice", advice);
	emit_object_end(&c->j);
}

/* The same where there is nothing to do when it is well. */
static void
expect(struct checkup *c, const char *what, int ok, const char *seen, const char *advice)
{
	finding(c, what, ok, seen, ok ? "" : advice);
}

static int
check_database(struct checkup *c, struct err *e)
{
	struct buf seen = BUF_INIT(4096);
	int n = store_check(c->node->store, &seen, e);

	if (n >= 0)
		expect(c, "record.db", n == 1, n == 1 ? "sound" : seen.ptr,
		    "stop the node, keep a copy of the folder, then restore the latest backup");
	buf_clear(&seen);
	return n == -1 ? -1 : 0;
}

static int
collect(void *ctx, const struct stored *row, struct err *e)
{
	struct record whole;
	enum reason why;

	/* The bytes themselves, not what was kept about them. */
	if (record_parse(row->record.line, &whole, &why, e) == -1)
		return err_wrap(e, "a stored record is damaged");
	return set_insert(ctx, (uint64_t)whole.created, whole.id, e) == -1 ? -1 : 0;
}

/* Does the index in memory hold exactly the rows that are in the set? */
static int
check_set(struct checkup *c, struct err *e)
{
	const struct changes_filter all = { 0 };
	uint8_t ours[SET_FINGERPRINT_BYTES], rows[SET_FINGERPRINT_BYTES];
	struct set *set = set_new();
	struct reader *r = NULL;
	int64_t before = store_seq(c->node->store);
	int rc = -1;

	if (set == NULL)
		return err_memory(e);
	set_state(store_set(c->node->store), ours);
	store_set_done(c->node->store);
	if (store_read(c->node->store, &r, e) == 0)
		rc = store_changes(r, 0, &all, SIZE_MAX, collect, set, e);
	store_read_end(r);
	set_state(set, rows);
	set_free(set);
	if (rc == -1)
		return -1;
	if (before != store_seq(c->node->store))
		expect(c, "set index", 1, "records arrived meanwhile, not compared", "");
	else
		expect(c, "set index", memcmp(ours, rows, sizeof ours) == 0, "index and rows compared",
		    "restart the node; if it stays, restore the latest backup");
	return 0;
}

/* Two writers with one key: told, never punished. */
static int
check_twins(struct checkup *c, struct err *e)
{
	struct arena a = {0};
	struct twin *twin;
	struct reader *r;
	char seen[80];
	size_t n;
	int rc;

	if (store_read(c->node->store, &r, e) == -1)
		return -1;
	rc = store_twins(r, &a, &twin, &n, e);
	store_read_end(r);
	if (rc == 0) {
		snprintf(seen, sizeof seen, "%zu records written twice at one moment with one key", n);
		expect(c, "two writers", n == 0, n == 0 ? "none seen" : seen,
		    "a restored backup does this; else the same keys are in use on two machines: stop one of them");
	}
	arena_clear(&a);
	return rc;
}

static int
check_branches(struct checkup *c, struct err *e)
{
	struct arena a = {0};
	struct key_branch *branch = NULL;
	struct reader *r;
	char seen[120];
	size_t n = 0;
	int rc;

	if (store_read(c->node->store, &r, e) == -1)
		return -1;
	rc = store_branches(r, &a, &branch, &n, e);
	store_read_end(r);
	if (rc == 0 && n > 0)
		snprintf(seen, sizeof seen, "%zu roots named two next ones, of %s%s", n, branch[0].did, n > 1 ? "..." : "");
	if (rc == 0)
		expect(c, "succession", n == 0, n == 0 ? "none contradicts another" : seen,
		    "somebody else may hold that root: ask the author by another way; essaim trust DID shows it");
	arena_clear(&a);
	return rc;
}

static void
check_search(struct checkup *c)
{
	struct indexer *x = c->node->indexer;
	int64_t behind = store_seq(c->node->store) - indexer_seq(x);
	char seen[80];

	snprintf(seen, sizeof seen, "%" PRId64 " changes behind", behind);
	expect(c, "search.db", behind < 10000 || c->node->http == NULL, seen,
	    "wait; if it does not shrink, stop the node and delete search.db: it is rebuilt");
}

static void
check_key(struct checkup *c, const char *dir, const char *name)
{
	char path[PATH_BYTES_MAX];
	struct err ignored;
	struct stat st;

	if (file_path(path, sizeof path, dir, name, &ignored) == -1 || stat(path, &st) == -1 ||
	    !S_ISREG(st.st_mode))
		return;
	expect(c, name, (st.st_mode & 077) == 0, (st.st_mode & 077) == 0 ? "only you can read it"
	    : "others can read it", "chmod 600 it, and change the key if somebody else was on this machine");
	if (strstr(name, "root.key") != NULL)
		finding(c, name, 1, "is on this machine",
		    "move it to a safe place elsewhere: it is needed only to change keys or to leave");
}

/* May the key that this node signs with sign, and for how long yet? */
static void
check_window(struct checkup *c, const struct keyring_author *a)
{
	int64_t now = node_now(c->node), until = 0;
	struct author_info info;
	char what[80], seen[80];
	size_t i;

	if (!store_author(c->node->store, span_str(a->did), &info) || !info.has_identity)
		return;
	for (i = 0; i < info.identity.key_count; i++)
		if (memcmp(info.identity.key[i].key, a->operating_key, 32) == 0 && info.identity.key[i].from <= now)
			until = info.identity.key[i].until;
	snprintf(what, sizeof what, "key of %s", a->name);
	if (until <= now)
		finding(c, what, 0, "may not sign now: what is written is refused everywhere",
		    "give this node another one, with the root: essaim key rotate");
	else {
		snprintf(seen, sizeof seen, "may sign for %" PRId64 " days", (until - now) / DAY_S);
		finding(c, what, 1, seen, until - now > KEY_SOON_S ? "" : "give this node another one in time: essaim key rotate");
	}
}

static void
check_keys(struct checkup *c)
{
	char dir[PATH_BYTES_MAX];
	const struct dirent *entry;
	struct err ignored;
	size_t i;
	DIR *d;

	if (file_path(dir, sizeof dir, c->node->dir, "keys", &ignored) == -1 || (d = opendir(dir)) == NULL) {
		expect(c, "keys", 0, strerror(errno), "restore the folder keys from a backup");
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			check_key(c, dir, entry->d_name);
	closedir(d);
	pthread_rwlock_rdlock(&c->node->signing);
	for (i = 0; i < keyring_count(c->node->keys); i++)
		check_window(c, keyring_at(c->node->keys, i));
	pthread_rwlock_unlock(&c->node->signing);
	expect(c, "keys", keyring_count(c->node->keys) > 0, keyring_count(c->node->keys) > 0
	    ? "this node can sign" : "no key is here", "restore the folder keys from a backup");
}

static void
check_clock(struct checkup *c)
{
	struct err why = { 0 };
	int ok = clock_check(c->node, &why) == 0;

	expect(c, "clock", ok, ok ? "agrees with what is known" : why.text,
	    "set this machine's clock (NTP); if it is right: essaim doctor --confirm-clock");
}

static void
check_disk(struct checkup *c)
{
	struct statvfs v;
	char seen[80];
	uint64_t room;

	if (statvfs(c->node->dir, &v) == -1) {
		expect(c, "disk", 0, strerror(errno), "look at the file system");
		return;
	}
	room = (uint64_t)v.f_bavail * v.f_frsize;
	snprintf(seen, sizeof seen, "%" PRIu64 " MiB free", room >> 20);
	expect(c, "disk", room >= DISK_BYTES_MIN, seen, "make room: a full disk stops the node from storing");
}

static int
check_peers(struct checkup *c, struct err *e)
{
	struct arena arena = { 0 };
	struct peer *peer = NULL;
	struct reader *r = NULL;
	size_t i, n = 0;
	int rc = store_read(c->node->store, &r, e);

	if (rc == 0)
		rc = store_peers(r, &arena, &peer, &n, e);
	store_read_end(r);
	for (i = 0; rc == 0 && i < n; i++) {
		char seen[300];

		snprintf(seen, sizeof seen, peer[i].failures == 0 ? "reachable"
		    : "%" PRId64 " failures in a row: %s", peer[i].failures, peer[i].last_error);
		expect(c, peer[i].url, peer[i].failures == 0, seen,
		    "ask its operator, or remove it: essaim peer remove URL");
	}
	if (rc == 0 && n == 0)
		expect(c, "peers", 1, "none yet: essaim peer add URL meets one", "");
	arena_clear(&arena);
	return rc;
}

static void
check_config(struct checkup *c)
{
	const struct config *cf = &c->node->config;

	if (cf->url[0] == '\0') {
		expect(c, "essaim.conf: url", 1, "not set: this node calls out and is not called", "");
		return;
	}
	expect(c, "essaim.conf: legal-notice", cf->legal_notice[0] != '\0', cf->legal_notice[0] != '\0' ? "set"
	    : "a public site without one", "write who publishes this site, and whom to write to");
	expect(c, "essaim.conf: contact", cf->contact[0] != '\0', cf->contact[0] != '\0' ? cf->contact
	    : "nobody to write to", "give a role's address that others may write to");
}

static int
run_doctor(struct node *node, const char *arg, struct buf *result, struct err *e)
{
	struct checkup c = { .node = node };

	(void)arg;
	emit_start(&c.j, result, e);
	emit_array(&c.j);
	if (check_database(&c, e) == -1 || check_set(&c, e) == -1 || check_twins(&c, e) == -1 ||
	    check_branches(&c, e) == -1 || check_peers(&c, e) == -1)
		return -1;
	check_search(&c);
	check_keys(&c);
	check_clock(&c);
	check_disk(&c);
	check_config(&c);
	emit_array_end(&c.j);
	return emit_end(&c.j);
}

int
api_doctor(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	int64_t number;

	(void)req;
	if (jobs_start(node->jobs, run_doctor, NULL, &number, e) == -1)
		return -1;
	return answer_job(number, res, e);
}
