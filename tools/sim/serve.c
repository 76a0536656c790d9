/* SPDX-License-Identifier: AGPL-3.0-or-later
 * serve.c - what a simulated node answers, route by route; see world.h and SPEC: Sync over HTTP. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "proto/multibase.h"
#include "proto/negentropy.h"
#include "tools/sim/mem.h"
#include "tools/sim/world.h"

#define ANSWER_BYTES_MAX ((size_t)64 << 20)

static void
add_line(struct buf *out, struct span line)
{
	struct err e;

	mem_must(buf_addspan(out, line, &e) == -1 ? -1 : buf_addc(out, '\n', &e), "no memory");
}

static void
cursor_line(struct world *w, struct node *n, uint32_t at, const char *how, struct buf *out)
{
	uint8_t state[SET_FINGERPRINT_BYTES];
	char hex[2 * SET_FINGERPRINT_BYTES + 1];
	struct err e;

	set_state(n->store.set, state);
	hex_encode(state, sizeof state, hex, sizeof hex);
	mem_must(buf_addf(out, &e, "{\"cursor\":\"e%u.%u\",%s,\"state\":\"%s\",\"count\":%llu,\"now\":%lld}\n",
	    n->epoch, at, how, hex, (unsigned long long)set_count(n->store.set),
	    (long long)world_clock(w, n)), "no memory");
}

/* The records that entered after *at: at most max of them; *more when there are others. */
static size_t
feed_page(struct node *n, uint32_t *at, size_t max, struct buf *out, int *more)
{
	const struct store *s = &n->store;
	size_t sent = 0;
	uint32_t i;

	*more = 0;
	for (i = *at; i < s->seq; i++) {
		const struct entry *f = &s->feed[i];
		const struct item *it;

		if (f->item == 0 || f->gone != 0 || liar_hides(n, f->item))
			continue;
		it = archive_item(s->archive, f->item);
		if (sent == max || out->len + it->line.len + 1 > BATCH_BYTES_MAX) {
			*more = 1;
			break;
		}
		add_line(out, it->line);
		*at = i + 1;
		sent++;
	}
	if (!*more)
		*at = s->seq;
	return sent;
}

static int
serve_changes(struct world *w, struct node *n, struct message *m)
{
	const char *since = strstr(m->path, "since=") + 6, *limit = strstr(m->path, "limit=");
	size_t max = limit == NULL ? CHANGES_RECORDS_MAX : strtoul(limit + 6, NULL, 10), sent;
	unsigned epoch = 0;
	uint32_t at = 0;
	int more = 0;

	if (*since != '&' && *since != '\0' &&
	    (sscanf(since, "e%u.%u", &epoch, &at) != 2 || epoch != n->epoch || at > n->store.seq)) {
		cursor_line(w, n, n->store.seq, "\"reset\":true", &m->answer);
		return 1;
	}
	sent = feed_page(n, &at, max, &m->answer, &more);
	if (sent == 0 && !more && w->now_ms < m->deadline_ms)
		return 0;
	cursor_line(w, n, at, more ? "\"more\":true" : "\"more\":false", &m->answer);
	return 1;
}

static int
serve_get(struct node *n, struct message *m)
{
	size_t i;

	for (i = 0; i + ID_BYTES <= m->body.len; i += ID_BYTES) {
		uint8_t id[ID_BYTES];
		uint32_t number;
		const struct item *it;

		memcpy(id, m->body.ptr + i, sizeof id);
		number = archive_find(n->store.archive, id);
		if (number == 0 || liar_hides(n, number))
			continue;
		it = archive_item(n->store.archive, number);
		if (store_current(&n->store, it->name) != number)
			continue;
		if (m->answer.len + it->line.len + 1 > BATCH_BYTES_MAX)
			break;
		add_line(&m->answer, it->line);
	}
	return 1;
}

static int
serve_offer(struct world *w, struct node *n, struct message *m)
{
	size_t count, i;
	uint32_t *item = world_items(w, buf_span(&m->body), &count);
	enum reason *why = mem_new(count, sizeof *why);
	struct err e;

	world_offer(w, n, item, count, &(struct giver){ &w->node[m->client], 0 }, why);
	for (i = 0; i < count; i++)
		mem_must(buf_addf(&m->answer, &e, "{\"result\":\"%s\",\"reason\":\"%s\"}\n",
		    verdict_name(reason_verdict(why[i])), reason_name(why[i])), "no memory");
	free(item);
	free(why);
	return 1;
}

static int
serve_reconcile(struct node *n, struct message *m)
{
	struct negentropy_params p = NEGENTROPY_COMPACT;
	struct set_view view = SET_VIEW(n->store.set);
	size_t i;
	struct err e;

	p.frame_bytes_max = RECONCILE_BYTES_MAX;
	for (i = 0; n->lies & LIE_WITHHOLD && i < n->store.slots; i++) {
		const struct slot *slot = &n->store.slot[i];

		if (slot->seq != 0 && liar_hides(n, slot->item)) {
			const struct record *r = &archive_item(n->store.archive, slot->item)->r;

			mem_must(set_view_hide(&view, (uint64_t)r->created, r->id, &e), "no memory");
		}
	}
	mem_must(set_view_refresh(&view, &e), "no memory");
	if (negentropy_respond(&p, &view, buf_span(&m->body), &m->answer, &e) == -1)
		m->status = 400;
	set_view_clear(&view);
	return 1;
}

static int
serve_identity(struct world *w, struct node *n, struct message *m)
{
	struct span did = span_str(m->path + strlen("/api/v1/records/"));
	uint32_t author, number = 0;

	did.len = did.len < DIDKEY_CHARS ? did.len : DIDKEY_CHARS;
	author = archive_author(w->archive, did);
	if (author < n->store.authors)
		number = n->store.author[author].identity;
	if (number == 0)
		m->status = 404;
	else
		add_line(&m->answer, archive_item(w->archive, number)->line);
	return 1;
}

int
serve(struct world *w, struct node *n, struct message *m)
{
	m->status = 200;
	m->answer = (struct buf)BUF_INIT(ANSWER_BYTES_MAX);
	if (strncmp(m->path, "/api/v1/changes?", 16) == 0)
		return serve_changes(w, n, m);
	if (strcmp(m->path, "/api/v1/records/get") == 0)
		return serve_get(n, m);
	if (strcmp(m->path, "/api/v1/records") == 0)
		return serve_offer(w, n, m);
	if (strcmp(m->path, "/api/v1/reconcile") == 0)
		return serve_reconcile(n, m);
	return serve_identity(w, n, m);
}

/* --- long polls ------------------------------------------------------------------------------ */

static void
wake_at(struct world *w, struct node *n, uint64_t at_ms)
{
	at_ms = at_ms > w->now_ms ? at_ms : w->now_ms;
	if (at_ms >= n->parked_ms)
		return;
	n->parked_ms = at_ms;
	net_at(w, at_ms, &(struct event){ .type = EVENT_PARKED, .node = n->number });
}

void
serve_park(struct world *w, struct node *n, struct message *m)
{
	mem_fit(&n->parked, &n->parked_cap, n->parks, sizeof *n->parked);
	n->parked[n->parks++] = m;
	wake_at(w, n, m->deadline_ms);
}

void
serve_parked(struct world *w, struct node *n)
{
	size_t i, kept = 0;

	n->parked_ms = SIM_NEVER;
	for (i = 0; i < n->parks; i++) {
		struct message *m = n->parked[i];

		if (serve(w, n, m))
			net_answer(w, m);
		else
			n->parked[kept++] = m;
	}
	n->parks = kept;
	for (i = 0; i < kept; i++)
		wake_at(w, n, n->parked[i]->deadline_ms);
}

void
serve_drop(struct world *w, struct node *n)
{
	size_t i;

	for (i = 0; i < n->parks; i++)
		net_answer(w, n->parked[i]);	/* the node is down: no answer will come */
	n->parks = 0;
}
