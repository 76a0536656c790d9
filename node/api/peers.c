/* SPDX-License-Identifier: AGPL-3.0-or-later
 * peers.c - the network as the operator sees it: neighbours, exchanges, vouches. */
#include <inttypes.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/jobs.h"
#include "node/api/trust.h"
#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/gossip/gossip.h"
#include "node/store/store.h"
#include "proto/canon.h"
#include "proto/limits.h"

#define PICTURE_BYTES_MAX ((size_t)256 << 20)

/* --- neighbours ------------------------------------------------------------------------------- */

/* How the author met stands here, and who vouches for it as far as this node knows. */
static int
print_known(struct node *node, struct emit *j, const char *did, struct arena *a, struct err *e)
{
	struct author_info info = { 0 }, via = { 0 };
	int known = store_author(node->store, span_str(did), &info), rc = -1;
	struct reader *r = NULL;
	struct trust t;

	emit_put_bool(j, "known", known);
	emit_put_bool(j, "own", known && info.own);
	emit_put_bool(j, "admitted", known && info.hops >= 0);
	emit_put_bool(j, "blocked", known && info.blocked);
	emit_key(j, "via");
	if (known && info.via != UINT32_MAX && store_author_at(node->store, info.via, &via))
		emit_text(j, via.did);
	else
		emit_null(j);
	if (!known)
		return 0;
	if (store_read(node->store, &r, e) == 0 && store_trust(r, a, &t, e) == 0)
		rc = info.num < t.author_count ? trust_print_vouchers(j, r, &t, info.num, a, e) : 0;
	store_read_end(r);
	return rc;
}

static int
print_meeting(struct node *node, const char *url, const struct meeting *m, const char *charter, struct buf *out,
    struct err *e)
{
	char fingerprint[DIDKEY_FINGERPRINT_CHARS + 1];
	struct arena a = { .max = PICTURE_BYTES_MAX };
	struct emit j;
	int rc;

	didkey_fingerprint(m->did, fingerprint);
	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_text(&j, "url", url);
	emit_put_text(&j, "did", m->did);
	emit_put_text(&j, "fingerprint", fingerprint);
	emit_put_text(&j, "name", m->name);
	emit_put_text(&j, "territory", m->territory);
	emit_put_text(&j, "charter", charter);
	emit_put_text(&j, "software", m->software);
	emit_put_text(&j, "state", m->state);
	emit_put_int(&j, "count", m->count);
	emit_put_int(&j, "clock_offset_s", m->clock_offset_s);
	rc = print_known(node, &j, m->did, &a, e);
	emit_object_end(&j);
	emit_line(&j);
	arena_clear(&a);
	return rc == -1 ? -1 : emit_end(&j);
}

static int
meet(struct node *node, const char *url, struct meeting *m, struct arena *a, const char **charter, struct err *e)
{
	struct buf json = BUF_INIT((size_t)16 * RECORD_BYTES_MAX);
	int rc = gossip_meet(node, url, m, &json, e);

	if (rc == 0)
		*charter = gossip_charter(buf_span(&json), a);
	buf_clear(&json);
	return rc == -1 ? err_wrap(e, "meeting %s", url) : 0;
}

int
api_meet(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct meeting m = { 0 };
	const char *charter;
	char *url;

	if (param_address(req, "url", &url, e) == -1 || meet(node, url, &m, req->arena, &charter, e) == -1)
		return -1;
	return print_meeting(node, url, &m, charter, &res->body, e);
}

/* Nobody is added unmet: the address must answer as a node, with its own signed records. */
int
api_peer_add(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *expected = param_text(req, "did"), *charter;
	struct meeting m = { 0 };
	char *url;

	if (param_address(req, "url", &url, e) == -1 || meet(node, url, &m, req->arena, &charter, e) == -1)
		return -1;
	if (expected != NULL && strcmp(expected, m.did) != 0)
		return err_set(e, ERR_CONFLICT, "%s is now another node than a moment ago: %s", url, m.did);
	if (keyring_find(node->keys, span_str(m.did)) != NULL)
		return err_set(e, ERR_CONFLICT, "%s is this node itself", url);
	if (param_flag(req, "vouch") && node_vouch(node, m.did, -1, -1, e) == -1)
		return -1;
	if (gossip_keep(node, url, &m, e) == -1)
		return -1;
	return print_meeting(node, url, &m, charter, &res->body, e);
}

static int
print_done(const char *name, const char *value, struct buf *out, struct err *e)
{
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_text(&j, name, value);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_peer_remove(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct reader *r = NULL;
	struct gossip *gossip;
	struct peer p;
	char *url;
	int n;

	if (param_address(req, "url", &url, e) == -1 || store_read(node->store, &r, e) == -1)
		return -1;
	n = store_peer(r, url, &p, e);
	store_read_end(r);
	if (n == 0)
		return err_set(e, ERR_NOT_FOUND, "%s is not among the peers; 'essaim peer list' shows them", url);
	if (n == -1 || store_peer_delete(node->store, url, e) == -1)
		return -1;
	gossip = node->gossip;
	if (gossip != NULL)
		gossip_peers_changed(gossip);
	return print_done("removed", url, &res->body, e);
}

/* --- exchanges ---------------------------------------------------------------------------------- */

static void
print_report(struct emit *j, const struct gossip_report *r)
{
	emit_object(j);
	emit_put_text(j, "peer", r->peer);
	emit_put_bool(j, "ok", r->ok);
	emit_put_text(j, "error", r->error);
	emit_put_bool(j, "equal", r->equal);
	emit_put_int(j, "pulled", (int64_t)r->pulled);
	emit_put_int(j, "pushed", (int64_t)r->pushed);
	emit_put_int(j, "stored", (int64_t)r->stored);
	emit_put_int(j, "refused", (int64_t)r->refused);
	emit_put_int(j, "held", (int64_t)r->held);
	emit_put_int(j, "unresolved", (int64_t)r->unresolved);
	emit_put_int(j, "rounds", (int64_t)r->rounds);
	emit_put_int(j, "requests", (int64_t)r->requests);
	emit_put_int(j, "bytes_in", (int64_t)r->bytes_in);
	emit_put_int(j, "bytes_out", (int64_t)r->bytes_out);
	emit_put_text(j, "state_ours", r->state_ours);
	emit_put_text(j, "state_theirs", r->state_theirs);
	emit_object_end(j);
}

/* One exchange; a peer that cannot be reached is a line of the report, not the end of it. */
static void
sync_one(struct node *node, const char *url, struct emit *j)
{
	struct gossip_report report = { 0 };
	struct err e = { 0 };

	if (gossip_sync(node, url, &report, &e) == -1) {
		report.ok = 0;
		memccpy(report.error, e.text, '\0', sizeof report.error - 1);
	}
	memccpy(report.peer, url, '\0', sizeof report.peer - 1);
	print_report(j, &report);
}

static int
run_sync(struct node *node, const char *url, struct buf *result, struct err *e)
{
	struct arena arena = { 0 };
	struct reader *r = NULL;
	struct peer *peer = NULL;
	struct emit j;
	size_t i, n = 0;
	int rc = 0;

	emit_start(&j, result, e);
	emit_array(&j);
	if (*url != '\0')
		sync_one(node, url, &j);
	else {
		if ((rc = store_read(node->store, &r, e)) == 0)
			rc = store_peers(r, &arena, &peer, &n, e);
		store_read_end(r);
		for (i = 0; rc == 0 && i < n; i++)
			sync_one(node, peer[i].url, &j);
	}
	emit_array_end(&j);
	arena_clear(&arena);
	return rc == 0 ? emit_end(&j) : -1;
}

static int
print_job(int64_t number, struct buf *out, struct err *e)
{
	struct emit j;

	emit_start(&j, out, e);
	emit_object(&j);
	emit_put_int(&j, "job", number);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

int
api_sync(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char *url = NULL;
	int64_t number;

	if (param_text(req, "url") != NULL && param_address(req, "url", &url, e) == -1)
		return -1;
	if (jobs_start(node->jobs, run_sync, url, &number, e) == -1)
		return -1;
	return print_job(number, &res->body, e);
}

/* --- vouches -------------------------------------------------------------------------------------- */

int
api_vouch(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	int64_t hops, budget;
	uint8_t key[32];
	const char *did;

	if (param_need(req, "did", &did, e) == -1 ||
	    param_int(req, "hops", 0, 8, -1, &hops, e) == -1 ||
	    param_int(req, "budget", 0, 10000000, -1, &budget, e) == -1)
		return -1;
	if (didkey_parse(span_str(did), key, e) == -1)
		return err_wrap(e, "%s", did);
	if (keyring_find(node->keys, span_str(did)) != NULL)
		return err_set(e, ERR_CONFLICT, "that author's keys are here: it needs no vouch");
	if (node_vouch(node, did, (int)hops, budget, e) == -1)
		return -1;
	return print_done("vouched", did, &res->body, e);
}

int
api_vouch_revoke(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	char name[REF_CHARS_MAX + 1];
	const char *did;
	struct ref ref;
	int rc;

	if (param_need(req, "did", &did, e) == -1 || (rc = node_vouch_find(node, did, name, e)) == -1)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_NOT_FOUND, "this node does not vouch for %s", did);
	if (ref_parse(span_str(name), &ref, e) == -1 || node_delete(node, &ref, e) == -1)
		return -1;
	return print_done("revoked", did, &res->body, e);
}
