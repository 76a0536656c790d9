/* SPDX-License-Identifier: AGPL-3.0-or-later
 * about.c - what this node is: index, status, meeting document, NodeInfo, health, metrics. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/clock.h"
#include "node/core/indexer.h"
#include "node/core/keyring.h"
#include "node/core/gazetteer.h"
#include "node/core/node.h"
#include "node/core/scope.h"
#include "node/core/tend.h"
#include "node/core/version.h"
#include "node/http/server.h"
#include "node/store/store.h"
#include "proto/jcs.h"
#include "proto/limits.h"
#include "proto/multibase.h"
#include "proto/set.h"

/* What every account of the node begins with. */
struct status {
	const char *name, *did;
	char state[HEX_CHARS(SET_FINGERPRINT_BYTES) + 1];
	uint64_t count;
	unsigned lacks;
	int64_t now, seq, search_seq;
	struct store_counts counts;
};

static int
read_status(struct node *node, struct reader *r, struct status *s, struct err *e)
{
	uint8_t state[SET_FINGERPRINT_BYTES];
	const struct set *set;

	*s = (struct status){ .name = node->config.name, .now = node_now(node),
		.lacks = config_lacks(&node->config) };
	s->did = keyring_count(node->keys) > 0 ? keyring_at(node->keys, 0)->did : "";
	set = store_set(node->store);
	set_state(set, state);
	s->count = set_count(set);
	store_set_done(node->store);
	hex_encode(state, sizeof state, s->state, sizeof s->state);
	s->seq = store_seq(node->store);
	s->search_seq = indexer_seq(node->indexer);
	return store_counts(r, &s->counts, e);
}

static void
print_kinds(struct emit *j, const struct store_counts *c)
{
	unsigned k;

	emit_key(j, "kinds");
	emit_object(j);
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if (c->by_kind[k] > 0)
			emit_put_int(j, kind_info((enum kind)k)->name, c->by_kind[k]);
	emit_object_end(j);
}

/* "areas":[{"code":"29","name":"Finistère"}],"kinds":["event"]: what the node keeps to; [] is no limit. */
static void
print_scope(struct emit *j, const struct scope *s)
{
	uint32_t kinds = scope_kinds(s);
	unsigned k;
	size_t i;

	emit_key(j, "scope");
	emit_object(j);
	emit_key(j, "areas");
	emit_array(j);
	for (i = 0; i < scope_area_count(s); i++) {
		emit_object(j);
		emit_put_span(j, "code", scope_area(s, i)->code);
		emit_put_span(j, "name", scope_area(s, i)->name);
		emit_object_end(j);
	}
	emit_array_end(j);
	emit_key(j, "kinds");
	emit_array(j);
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if ((kinds & UINT32_C(1) << k) != 0)
			emit_text(j, kind_info((enum kind)k)->name);
	emit_array_end(j);
	emit_object_end(j);
}

/* "public":false,"lacks":["legal-notice"]: by the options' names. */
static void
print_public(struct emit *j, unsigned lacks)
{
	static const struct { unsigned bit; const char *option; } need[] = {
		{ LACKS_URL, "url" }, { LACKS_NOTICE, "legal-notice" }, { LACKS_CONTACT, "contact" },
	};
	size_t i;

	emit_put_bool(j, "public", lacks == 0);
	emit_key(j, "lacks");
	emit_array(j);
	for (i = 0; i < sizeof need / sizeof need[0]; i++)
		if ((lacks & need[i].bit) != 0)
			emit_text(j, need[i].option);
	emit_array_end(j);
}

static void
print_status(struct emit *j, const struct status *s)
{
	emit_put_text(j, "name", s->name);
	emit_put_text(j, "version", ESSAIM_VERSION);
	emit_put_text(j, "protocol", ESSAIM_PROTOCOL);
	emit_put_text(j, "did", s->did);
	print_public(j, s->lacks);
	emit_put_text(j, "state", s->state);
	emit_put_int(j, "records", s->counts.records);
	emit_put_int(j, "live", s->counts.live);
	emit_put_int(j, "tombstones", s->counts.tombstones);
	emit_put_int(j, "authors", s->counts.authors);
	print_kinds(j, &s->counts);
	emit_put_int(j, "seq", s->seq);
	emit_put_int(j, "search_seq", s->search_seq);
	emit_put_int(j, "now", s->now);
}

/* {"quota":10,"blocked":2} */
static void
print_refusals(struct emit *j, const char *key, const int64_t count[REASON__COUNT])
{
	emit_key(j, key);
	emit_object(j);
	for (unsigned i = 0; i < REASON__COUNT; i++)
		if (count[i] > 0)
			emit_put_int(j, reason_name((enum reason)i), count[i]);
	emit_object_end(j);
}

static void
print_peer(struct emit *j, const struct peer *p, const struct phantom_counts *refused, int64_t now)
{
	emit_object(j);
	emit_put_text(j, "url", p->url);
	emit_put_text(j, "name", p->name);
	emit_put_text(j, "did", p->did);
	emit_put_bool(j, "sticky", p->sticky == PEER_CHOSEN);
	emit_put_bool(j, "near", p->sticky != PEER_LEARNT);
	emit_put_int(j, "added", p->added);
	emit_put_int(j, "last_try", p->last_try);
	emit_put_int(j, "last_ok", p->last_ok);
	emit_put_int(j, "lag_s", p->last_ok == 0 ? -1 : now - p->last_ok);
	emit_put_int(j, "failures", p->failures);
	emit_put_text(j, "last_error", p->last_error);
	emit_put_int(j, "clock_offset_s", p->clock_offset_s);
	emit_put_text(j, "software", p->software);
	if (p->compared > 0) {
		emit_put_int(j, "compared", p->compared);
		emit_put_bool(j, "equal", p->equal);
		emit_put_int(j, "count", p->count);
	}
	emit_put_int(j, "pulled", p->pulled);
	emit_put_int(j, "pushed", p->pushed);
	emit_put_int(j, "bytes", p->bytes_in + p->bytes_out);
	emit_put_int(j, "bytes_in", p->bytes_in);
	emit_put_int(j, "bytes_out", p->bytes_out);
	emit_put_int(j, "outside_our_scope", p->outside_here);
	emit_put_int(j, "outside_their_scope", p->outside_there);
	print_refusals(j, "refused_here", refused->ours);
	print_refusals(j, "refused_there", refused->theirs);
	emit_object_end(j);
}

static int
print_peers(struct emit *j, struct reader *r, const struct request *req, int64_t now, struct err *e)
{
	struct peer *peer = NULL;
	size_t i, n = 0;

	if (store_peers(r, req->arena, &peer, &n, e) == -1)
		return -1;
	emit_array(j);
	for (i = 0; i < n; i++) {
		struct phantom_counts refused;

		if (store_phantom_counts(r, peer[i].url, &refused, e) == -1)
			return -1;
		print_peer(j, &peer[i], &refused, now);
	}
	emit_array_end(j);
	return 0;
}

/* What the operator should look at; 0 where there is nothing. */
static int
print_warnings(struct emit *j, struct node *node, struct reader *r, struct arena *a, struct err *e)
{
	struct key_branch *branch;
	struct twin *twin;
	size_t branches, twins;
	int64_t since;
	int waits = restore_waits(node, &since, e);

	if (waits == -1 || store_branches(r, a, &branch, &branches, e) == -1 ||
	    store_twins(r, a, &twin, &twins, e) == -1)
		return -1;
	emit_put_int(j, "restored", waits ? since : 0);
	emit_put_int(j, "branches", (int64_t)branches);
	emit_put_int(j, "two_writers", (int64_t)twins);
	return 0;
}

/* {"standing":"agrees","trusted":true,"peers":3,"ahead_s":0,"text":"…"} */
static int
print_clock(struct emit *j, struct node *node, struct err *e)
{
	static const char *const name[CLOCK__COUNT] = {
		[CLOCK_AGREES] = "agrees", [CLOCK_DIFFERS] = "differs", [CLOCK_WRONG] = "wrong", [CLOCK_LEAPT] = "leapt",
		[CLOCK_FELL] = "fell", [CLOCK_UNSET] = "unset",
	};
	struct clock_view v;

	if (clock_look(node, &v, e) == -1)
		return -1;
	emit_key(j, "clock");
	emit_object(j);
	emit_put_text(j, "standing", name[v.standing]);
	emit_put_bool(j, "trusted", v.trusted);
	emit_put_int(j, "peers", (int64_t)v.peers);
	emit_put_int(j, "ahead_s", v.offset_s);
	emit_put_text(j, "text", v.text);
	emit_object_end(j);
	return 0;
}

/* Of how many neighbours tried, how many answer: 0 of some is a node on its own. */
static int
put_answering(struct emit *j, struct reader *r, const struct request *req, struct err *e)
{
	struct peer *peer = NULL;
	size_t i, n = 0, answering = 0, tried = 0;

	if (store_peers(r, req->arena, &peer, &n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		answering += peer[i].failures == 0 && peer[i].last_ok > 0;
		tried += peer[i].failures > 0 || peer[i].last_ok > 0;
	}
	emit_put_int(j, "peers_answering", (int64_t)answering);
	emit_put_bool(j, "isolated", tried > 0 && answering == 0);
	return 0;
}

static int
answer_status(struct node *node, const struct request *req, struct response *res, int full, struct err *e)
{
	struct reader *r = NULL;
	struct status s;
	struct emit j;
	int rc = -1;

	emit_start(&j, &res->body, e);
	if (store_read(node->store, &r, e) == -1 || read_status(node, r, &s, e) == -1)
		goto out;
	emit_object(&j);
	print_status(&j, &s);
	print_scope(&j, node->scope);
	if (full) {
		emit_put_int(&j, "held", s.counts.held);
		emit_put_int(&j, "unresolved", s.counts.unresolved);
		emit_put_int(&j, "lapsed", s.counts.lapsed);
		emit_put_int(&j, "started", node->started);
		emit_put_bool(&j, "serving", node->http != NULL);
		if (print_clock(&j, node, e) == -1)
			goto out;
		if (print_warnings(&j, node, r, req->arena, e) == -1)
			goto out;
		if (put_answering(&j, r, req, e) == -1)
			goto out;
		emit_key(&j, "peers");
		if (print_peers(&j, r, req, s.now, e) == -1)
			goto out;
		emit_key(&j, "sources");
		if (api_print_watches(&j, r, req->arena, e) == -1)
			goto out;
	}
	emit_object_end(&j);
	emit_line(&j);
	rc = emit_end(&j);
out:
	store_read_end(r);
	return rc;
}

int
api_status(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return answer_status(node, req, res, 0, e);
}

int
api_status_full(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	return answer_status(node, req, res, 1, e);
}

int
api_peer_list(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct reader *r = NULL;
	struct emit j;
	int rc = -1;

	emit_start(&j, &res->body, e);
	if (store_read(node->store, &r, e) == -1)
		return -1;
	if (print_peers(&j, r, req, node_now(node), e) == 0) {
		emit_line(&j);
		rc = emit_end(&j);
	}
	store_read_end(r);
	return rc;
}

static void
print_routes(struct emit *j, const struct route_table *table)
{
	size_t i;

	emit_array(j);
	for (i = 0; i < table->count; i++) {
		const struct route *r = &table->route[i];

		emit_object(j);
		emit_put_text(j, "method", method_name(r->method));
		emit_put_text(j, "path", r->pattern);
		emit_put_text(j, "access", r->access == ACCESS_PUBLIC ? "public" : "operator");
		emit_put_text(j, "summary", r->summary);
		emit_object_end(j);
	}
	emit_array_end(j);
}

int
api_index(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct emit j;

	(void)req;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "protocol", ESSAIM_PROTOCOL);
	emit_put_text(&j, "version", ESSAIM_VERSION);
	emit_key(&j, "routes");
	print_routes(&j, &node->tables[0]);
	emit_key(&j, "pages");
	print_routes(&j, &node->tables[1]);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}

/* --- /.well-known/essaim ----------------------------------------------------------------------- */

static void
print_limits(struct emit *j)
{
	static const struct { const char *name; int64_t value; } limit[] = {
		{ "record_bytes", RECORD_BYTES_MAX },
		{ "batch_records", BATCH_RECORDS_MAX },
		{ "batch_bytes", BATCH_BYTES_MAX },
		{ "changes_records", CHANGES_RECORDS_MAX },
		{ "changes_wait_s", CHANGES_WAIT_S_MAX },
		{ "ids", IDS_MAX },
		{ "reconcile_bytes", RECONCILE_BYTES_MAX },
	};
	size_t i;

	emit_key(j, "limits");
	emit_object(j);
	for (i = 0; i < sizeof limit / sizeof limit[0]; i++)
		emit_put_int(j, limit[i].name, limit[i].value);
	emit_object_end(j);
}

static void
print_policy(struct emit *j, const struct node *node)
{
	emit_key(j, "policy");
	emit_object(j);
	emit_put_text(j, "admission", node->config.admission);
	print_scope(j, node->scope);
	emit_object_end(j);
}

/* The node's own record of a kind, as the object it is: its bytes are canonical. */
static int
print_own(struct emit *j, struct reader *r, const char *did, const char *kind, struct arena *a,
    struct err *e)
{
	struct ref ref = { span_str(did), span_str(kind), SPAN("self") };
	struct stored found;
	int n = store_get(r, &ref, a, &found, e);

	if (n == 1 && !found.record.deleted) {
		emit_key(j, kind);
		emit_raw(j, found.record.line);
	}
	return n == -1 ? -1 : 0;
}

static int
print_meeting(struct node *node, struct reader *r, struct arena *a, struct buf *out, struct err *e)
{
	struct status s;
	struct emit j;

	if (read_status(node, r, &s, e) == -1)
		return -1;
	emit_start(&j, out, e);
	emit_object(&j);
	emit_key(&j, "protocols");
	emit_array(&j);
	emit_text(&j, ESSAIM_PROTOCOL);
	emit_array_end(&j);
	emit_put_text(&j, "software", "essaim " ESSAIM_VERSION);
	emit_put_text(&j, "did", s.did);
	emit_put_text(&j, "name", s.name);
	emit_put_text(&j, "url", node->config.url);
	emit_put_bool(&j, "public", s.lacks == 0);
	emit_put_int(&j, "now", s.now);
	emit_put_text(&j, "state", s.state);
	emit_put_int(&j, "count", (int64_t)s.count);
	print_limits(&j);
	print_policy(&j, node);
	if (print_own(&j, r, s.did, "identity", a, e) == -1 ||
	    print_own(&j, r, s.did, "node", a, e) == -1 ||
	    print_own(&j, r, s.did, "territory", a, e) == -1)
		return -1;
	emit_object_end(&j);
	return emit_end(&j);
}

/* The whole document is canonical JSON, so a reader finds the records' exact bytes in it. */
int
api_well_known(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct buf text = BUF_INIT((size_t)8 * RECORD_BYTES_MAX);
	struct reader *r = NULL;
	int rc = -1;

	if (store_read(node->store, &r, e) == -1)
		return -1;
	if (print_meeting(node, r, req->arena, &text, e) == 0)
		rc = jcs_canonicalize(buf_span(&text), &res->body, e);
	res->cache_control = "no-store";
	res->cross_origin = 1;
	store_read_end(r);
	buf_clear(&text);
	return rc;
}

/* --- NodeInfo (nodeinfo.diaspora.software, schema 2.1) ------------------------------------------- */

int
api_nodeinfo_links(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	const char *host = req->header[HEADER_HOST];
	const char *base = *node->config.url != '\0' ? node->config.url : arena_printf(req->arena,
	    "%s://%s", req->https ? "https" : "http", host == NULL ? "localhost" : host);
	struct emit j;

	if (base == NULL)
		return err_memory(e);
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_key(&j, "links");
	emit_array(&j);
	emit_object(&j);
	emit_put_text(&j, "rel", "http://nodeinfo.diaspora.software/ns/schema/2.1");
	emit_put_text(&j, "href", arena_printf(req->arena, "%s/nodeinfo/2.1", base));
	emit_object_end(&j);
	emit_array_end(&j);
	emit_object_end(&j);
	return emit_end(&j);
}

int
api_nodeinfo(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct store_counts counts;
	struct reader *r = NULL;
	struct emit j;
	int rc;

	(void)req;
	if (store_read(node->store, &r, e) == -1)
		return -1;
	rc = store_counts(r, &counts, e);
	store_read_end(r);
	if (rc == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "version", "2.1");
	emit_key(&j, "software");
	emit_raw(&j, SPAN("{\"name\":\"essaim\",\"version\":\"" ESSAIM_VERSION "\"}"));
	emit_key(&j, "protocols");
	emit_raw(&j, SPAN("[\"essaim\"]"));
	emit_key(&j, "services");
	emit_raw(&j, SPAN("{\"inbound\":[],\"outbound\":[\"atom1.0\"]}"));
	emit_put_bool(&j, "openRegistrations", 0);
	emit_key(&j, "usage");
	emit_object(&j);
	emit_key(&j, "users");
	emit_object(&j);
	emit_put_int(&j, "total", (int64_t)keyring_count(node->keys));
	emit_object_end(&j);
	emit_put_int(&j, "localPosts", counts.live);
	emit_object_end(&j);
	emit_key(&j, "metadata");
	emit_object(&j);
	emit_put_text(&j, "nodeName", node->config.name);
	emit_put_bool(&j, "public", config_lacks(&node->config) == 0);
	emit_object_end(&j);
	emit_object_end(&j);
	return emit_end(&j);
}

/* --- for machines that watch machines --------------------------------------------------------- */

int
api_health(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct reader *r = NULL;

	(void)req;
	if (store_read(node->store, &r, e) == -1)
		return -1;
	store_read_end(r);
	res->type = TYPE_TEXT;
	res->cache_control = "no-store";
	return buf_adds(&res->body, "ok\n", e);
}

static int
metric(struct buf *out, const char *name, const char *type, const char *help, int64_t value, struct err *e)
{
	return buf_addf(out, e, "# HELP essaim_%s %s\n# TYPE essaim_%s %s\nessaim_%s %" PRId64 "\n",
	    name, help, name, type, name, value);
}

static int
print_store_metrics(const struct status *s, struct node *node, struct buf *out, struct err *e)
{
	const struct { const char *name, *type, *help; int64_t value; } row[] = {
		{ "records", "gauge", "Records stored, tombstones included.", s->counts.records },
		{ "records_live", "gauge", "Live records in the set.", s->counts.live },
		{ "tombstones", "gauge", "Tombstones in the set.", s->counts.tombstones },
		{ "authors", "gauge", "Authors known.", s->counts.authors },
		{ "held", "gauge", "Records kept aside until their time.", s->counts.held },
		{ "unresolved", "gauge", "Records waiting for an identity.", s->counts.unresolved },
		{ "set_items", "gauge", "Versions in the set.", (int64_t)s->count },
		{ "sequence", "counter", "Highest sequence committed.", s->seq },
		{ "search_sequence", "counter", "Sequence the search index has reached.", s->search_seq },
		{ "start_time_seconds", "gauge", "When the node started, Unix time.", node->started },
	};
	size_t i;

	for (i = 0; i < sizeof row / sizeof row[0]; i++)
		if (metric(out, row[i].name, row[i].type, row[i].help, row[i].value, e) == -1)
			return -1;
	return 0;
}

static int
print_http_metrics(const struct http_stats *h, struct buf *out, struct err *e)
{
	int i;

	if (buf_adds(out, "# HELP essaim_http_answers_total Answers by class of status.\n"
	    "# TYPE essaim_http_answers_total counter\n", e) == -1)
		return -1;
	for (i = 1; i < 6; i++)
		if (buf_addf(out, e, "essaim_http_answers_total{class=\"%dxx\"} %" PRIu64 "\n", i,
		    h->answers[i]) == -1)
			return -1;
	return metric(out, "http_connections_total", "counter", "Connections accepted.",
	    (int64_t)h->connections, e) == -1 ||
	    metric(out, "http_deadline_closes_total", "counter", "Connections closed for slowness.",
	    (int64_t)h->deadline_closes, e) == -1 ||
	    metric(out, "http_open", "gauge", "Connections open.", (int64_t)h->open, e) == -1 ||
	    metric(out, "http_parked", "gauge", "Requests waiting for news.", (int64_t)h->parked, e) == -1
	    ? -1 : 0;
}

int
api_metrics(struct node *node, const struct request *req, struct response *res, struct err *e)
{
	struct http_stats h = { 0 };
	struct reader *r = NULL;
	struct status s;
	int rc = -1;

	(void)req;
	if (store_read(node->store, &r, e) == -1)
		return -1;
	if (node->http != NULL)
		http_stats(node->http, &h);
	if (read_status(node, r, &s, e) == 0 && print_store_metrics(&s, node, &res->body, e) == 0)
		rc = print_http_metrics(&h, &res->body, e);
	store_read_end(r);
	res->type = "text/plain; version=0.0.4; charset=utf-8";
	res->cache_control = "no-store";
	return rc;
}
