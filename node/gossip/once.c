/* SPDX-License-Identifier: AGPL-3.0-or-later
 * once.c - what is done in the caller's own thread: one whole conversation, or only a meeting. */
#include <stdio.h>
#include <string.h>

#include "node/core/node.h"
#include "node/gossip/carrier.h"
#include "node/gossip/fetch.h"
#include "node/gossip/gossip.h"
#include "node/gossip/talk.h"
#include "node/store/store.h"
#include "proto/authority.h"
#include "proto/canon.h"
#include "proto/err.h"
#include "proto/multibase.h"

#define TURN_MS 1000
#define MEETING_BYTES_MAX (8 * RECORD_BYTES_MAX)

/* --- one conversation ------------------------------------------------------------------------------- */

static int
wait_ms(const struct node *n, uint64_t until_ms)
{
	uint64_t now = (uint64_t)node_now_ms(n);

	if (until_ms <= now)
		return 0;
	return until_ms - now < TURN_MS ? (int)(until_ms - now) : TURN_MS;
}

static void
fill_report(const struct talk *t, const char *url, struct gossip_report *out)
{
	const struct sync_report *r = talk_report(t);

	snprintf(out->peer, sizeof out->peer, "%s", url);
	out->ok = r->failure.code == ERR_NONE;
	snprintf(out->error, sizeof out->error, "%.*s", (int)sizeof out->error - 1,
	    out->ok ? "" : r->failure.text);
	out->equal = r->equal;
	out->pulled = r->pulled;
	out->pushed = r->pushed;
	out->stored = r->taken[VERDICT_STORED];
	out->refused = r->taken[VERDICT_REFUSED] + r->taken[VERDICT_INVALID];
	out->held = r->taken[VERDICT_HELD];
	out->unresolved = r->taken[VERDICT_UNRESOLVED];
	out->rounds = r->rounds;
	out->requests = r->requests;
	talk_bytes(t, &out->bytes_in, &out->bytes_out);
	if (r->ours_known)
		hex_encode(r->ours, sizeof r->ours, out->state_ours, sizeof out->state_ours);
	if (r->theirs_known)
		hex_encode(r->theirs, sizeof r->theirs, out->state_theirs, sizeof out->state_theirs);
}

/* Whatever happens, no batch of ours may be left with intake: it would come back to a dead carrier. */
static int
talk_to_the_end(struct node *n, struct carrier *c, struct talk *t, struct err *e)
{
	int rc = 0;

	while (!talk_move(t))
		if (carrier_turn(c, wait_ms(n, talk_until_ms(t)), e) == -1) {
			rc = -1;
			talk_cut(t);
		}
	return rc;
}

/* An address that can be called and that the operator has not blocked. */
static int
may_call(struct node *n, const char *url, struct err *e)
{
	struct reader *r = NULL;
	int blocked;

	if (fetch_url_ok(url, e) == -1 || store_read(n->store, &r, e) == -1)
		return -1;
	blocked = store_blocked(r, url, e);
	store_read_end(r);
	return blocked == 1 ? err_set(e, ERR_FORBIDDEN, "it is blocked here; 'essaim unblock %s' lifts that", url) : blocked;
}

int
gossip_sync(struct node *n, const char *url, struct gossip_report *out, struct err *e)
{
	struct talk_params p = { .url = url, .pushed_seq = -1,
	    .what = SYNC_PULL | SYNC_PUSH | SYNC_RECONCILE | SYNC_SETTLE };
	struct carrier *c = NULL;
	struct talk *t = NULL;
	int rc = -1;

	*out = (struct gossip_report){ 0 };
	if (may_call(n, url, e) == -1)
		return err_wrap(e, "%s", url);
	if (carrier_new(n, &c, e) == -1 || talk_new(n, c, &p, &t, e) == -1)
		goto out;
	rc = talk_to_the_end(n, c, t, e);
	fill_report(t, url, out);
	if (rc == 0 && !out->ok) {
		*e = talk_report(t)->failure;
		rc = err_wrap(e, "%s", url);
	}
out:
	talk_free(t);
	carrier_free(c);
	return rc;
}

/* --- a meeting ---------------------------------------------------------------------------------------- */

static void
read_text(struct span object, const char *key, char *out, size_t size)
{
	struct buf text = BUF_INIT(size - 1);
	struct span v;
	struct err e;

	out[0] = '\0';
	if (canon_get(object, key, &v) && canon_string(v, &text, &e) == 0)
		snprintf(out, size, "%s", text.len == 0 ? "" : text.ptr);
	buf_clear(&text);
}

/* One of the records in the document: 1 it is there and is of that author, 0 absent. */
static int
read_record(struct span doc, const char *key, struct span author, struct record *r, struct err *e)
{
	enum reason why;
	struct span line;

	if (!canon_get(doc, key, &line))
		return 0;
	if (record_parse(line, r, &why, e) == -1)
		return err_wrap(e, "its %s record", key);
	if (!span_is(r->kind_name, key) || !span_eq(r->author, author) || r->deleted)
		return err_set(e, ERR_SIGNATURE, "its %s record is not its own", key);
	return 1;
}

static int
read_signed(struct span doc, const char *key, const struct identity *id, struct span author, char *name,
    size_t size, struct err *e)
{
	struct record r;
	int n = read_record(doc, key, author, &r, e);

	if (n != 1)
		return n;
	if (!identity_authorises(id, r.signer_key, r.created) || !record_verify(&r))
		return err_set(e, ERR_SIGNATURE, "its %s record is not signed by its author", key);
	read_text(r.content, "name", name, size);
	return 0;
}

static void
read_software(struct span doc, struct meeting *m)
{
	char name[48], protocol[16] = "";
	struct canon_iter it;
	struct span list, v, text;

	read_text(doc, "software", name, sizeof name);
	if (canon_get(doc, "protocols", &list)) {
		canon_array(list, &it);
		if (canon_item(&it, &v) && canon_plain(v, &text) && text.len < sizeof protocol)
			snprintf(protocol, sizeof protocol, "%.*s", (int)text.len, text.ptr);
	}
	snprintf(m->software, sizeof m->software, "%s%s%s", protocol, *protocol == '\0' ? "" : " ", name);
}

const char *
gossip_charter(struct span json, struct arena *a)
{
	struct buf text = BUF_INIT(RECORD_BYTES_MAX);
	struct span territory, content, v;
	const char *made = NULL;
	struct err e;

	if (canon_get(json, "territory", &territory) && canon_get(territory, "content", &content) &&
	    canon_get(content, "charter", &v) && canon_string(v, &text, &e) == 0)
		made = arena_copy(a, buf_span(&text));
	buf_clear(&text);
	return made == NULL ? "" : made;
}

static int
read_meeting(struct span doc, int64_t now, struct meeting *m, struct err *e)
{
	struct span v, did;
	struct identity id;
	enum reason why;
	struct record r;
	int64_t theirs;
	int n;

	if (!canon_get(doc, "did", &v) || !canon_plain(v, &did) || did.len != DIDKEY_CHARS)
		return err_set(e, ERR_INPUT, "it does not say who it is (no \"did\")");
	memcpy(m->did, did.ptr, did.len);
	if ((n = read_record(doc, "identity", did, &r, e)) == -1)
		return -1;
	if (n == 0)
		return err_set(e, ERR_INPUT, "it shows no identity record");
	if (identity_read(&r, &id, &why, e) == -1)
		return err_wrap(e, "its identity record");
	if (read_signed(doc, "node", &id, did, m->name, sizeof m->name, e) == -1 ||
	    read_signed(doc, "territory", &id, did, m->territory, sizeof m->territory, e) == -1)
		return -1;
	if (m->name[0] == '\0')
		read_text(doc, "name", m->name, sizeof m->name);
	read_text(doc, "state", m->state, sizeof m->state);
	read_software(doc, m);
	if (canon_get(doc, "count", &v))
		canon_int(v, &m->count);
	if (canon_get(doc, "now", &v) && canon_int(v, &theirs))
		m->clock_offset_s = theirs - now;
	return 0;
}

int
gossip_meet(struct node *n, const char *url, struct meeting *out, struct buf *json, struct err *e)
{
	struct fetch_request r = { .base = url, .path = "/.well-known/essaim",
	    .response_bytes_max = MEETING_BYTES_MAX };
	struct fetch_answer a = { 0 };
	struct span doc;
	int rc = -1;

	*out = (struct meeting){ 0 };
	if (may_call(n, url, e) == -1 || fetch_now(n, &r, NULL, &a, e) == -1)
		return err_wrap(e, "%s", url);
	doc = span_trim(buf_span(&a.body));
	if (a.status != 200)
		err_set(e, ERR_NOT_FOUND, "no node of this protocol answers there (HTTP %d)", a.status);
	else if (canon_check(doc, CANON_DOCUMENT, e) == -1)
		err_wrap(e, "what it says of itself is not canonical JSON");
	else if (read_meeting(doc, node_now(n), out, e) == 0)
		rc = json == NULL ? 0 : buf_addspan(json, doc, e);
	buf_clear(&a.body);
	return rc == 0 ? 0 : err_wrap(e, "%s", url);
}

/* --- what another operator blocked ------------------------------------------------------------------- */

int
gossip_block_list(struct node *n, const char *url, struct buf *out, struct err *e)
{
	struct fetch_request r = { .base = url, .path = "/api/v1/block-list",
	    .response_bytes_max = BLOCKLIST_BYTES_MAX };
	struct fetch_answer a = { 0 };
	int rc = -1;

	if (may_call(n, url, e) == -1 || fetch_now(n, &r, NULL, &a, e) == -1)
		return err_wrap(e, "%s", url);
	if (a.status == 404)
		err_set(e, ERR_NOT_FOUND, "that node does not publish what it blocks");
	else if (a.status != 200)
		err_set(e, ERR_IO, "it answers with HTTP %d", a.status);
	else
		rc = buf_addspan(out, buf_span(&a.body), e);
	buf_clear(&a.body);
	return rc == 0 ? 0 : err_wrap(e, "%s", url);
}

/* --- keeping a neighbour ------------------------------------------------------------------------ */

struct kept {
	const struct meeting *m;
};

static void
as_met(void *ctx, struct peer *p)
{
	const struct meeting *m = ((struct kept *)ctx)->m;

	p->sticky = PEER_CHOSEN;
	p->clock_offset_s = m->clock_offset_s;
	text_clip(p->software, sizeof p->software, m->software);
	text_clip(p->did, sizeof p->did, m->did);
	text_clip(p->name, sizeof p->name, m->name);
}

int
gossip_keep(struct node *n, const char *url, const struct meeting *m, struct err *e)
{
	struct peer p = { .added = node_now(n) };
	struct kept kept = { m };
	struct gossip *gossip;
	int known;

	if (strlen(url) >= sizeof p.url)
		return err_set(e, ERR_LIMIT, "the address is longer than %zu characters", sizeof p.url - 1);
	if ((known = store_peer_change(n->store, url, as_met, &kept, e)) == -1)
		return -1;
	text_clip(p.url, sizeof p.url, url);
	as_met(&kept, &p);
	if (known == 0 && store_peer_put(n->store, &p, e) == -1)
		return -1;
	if ((gossip = n->gossip) != NULL)
		gossip_peers_changed(gossip);
	return 0;
}
