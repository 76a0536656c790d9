/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sync_reconcile.c - comparing two sets that may never be equal: the rounds, and the phantoms.
 *
 * What we refused of the peer is added to our view of our own set, what the peer refused of ours is
 * left out of it: both then match, and only real differences are listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/negentropy.h"
#include "proto/sync_impl.h"

/* --- phantoms ---------------------------------------------------------------------------------- */

static int
by_id(const void *a, const void *b)
{
	const struct sync_phantom *x = a, *y = b;

	return memcmp(x->id, y->id, sizeof x->id);
}

int
sync_phantoms_load(struct sync *s, struct err *e)
{
	if (s->loaded)
		return 0;
	if (s->local.phantoms(s->local.ctx, &s->known, &s->knowns, e) == -1)
		return err_wrap(e, "remembered refusals");
	if (s->knowns > 0)
		qsort(s->known, s->knowns, sizeof *s->known, by_id);
	s->report.incompatible = s->knowns >= PHANTOMS_MAX;
	s->loaded = 1;
	return 0;
}

/* Those of this conversation, in the order they came. */
static struct sync_phantom *
new_phantoms(const struct sync *s, size_t *n)
{
	*n = s->put.len / sizeof(struct sync_phantom);
	return (struct sync_phantom *)(void *)s->put.ptr;
}

struct sync_phantom *
sync_phantom_find(struct sync *s, const uint8_t id[ID_BYTES])
{
	struct sync_phantom key;

	if (s->knowns == 0)
		return NULL;
	memcpy(key.id, id, sizeof key.id);
	return bsearch(&key, s->known, s->knowns, sizeof *s->known, by_id);
}

/* Write a phantom down.  Where one of this id was given up a moment ago, in this conversation, that is not
 * written down any more: it would delete what comes before it. */
static int
put(struct sync *s, const struct sync_phantom *p, struct err *e)
{
	size_t at = s->forget_kept * ID_BYTES;

	for (; at < s->forget.len; at += ID_BYTES)
		if (memcmp(s->forget.ptr + at, p->id, ID_BYTES) == 0) {
			s->forget.len -= ID_BYTES;
			memmove(s->forget.ptr + at, s->forget.ptr + s->forget.len, ID_BYTES);
			break;
		}
	return buf_add(&s->put, p, sizeof *p, e);
}

int
sync_phantom_remember(struct sync *s, const struct sync_phantom *p, struct err *e)
{
	struct sync_phantom *old;
	size_t n;

	if (sync_phantoms_load(s, e) == -1)
		return -1;
	if ((old = sync_phantom_find(s, p->id)) != NULL) {
		int same = old->reason == p->reason && old->theirs == p->theirs;

		*old = *p;
		return same ? 0 : put(s, p, e);
	}
	new_phantoms(s, &n);
	if (s->knowns + n >= PHANTOMS_MAX) {
		s->report.incompatible = 1;
		return 0;
	}
	return put(s, p, e);
}

int
sync_phantom_forget(struct sync *s, struct sync_phantom *p, struct err *e)
{
	p->reason = REASON_NONE;	/* matches nothing from here on */
	return buf_add(&s->forget, p->id, sizeof p->id, e);
}

int
sync_phantoms_loosen(struct sync *s, struct span author, struct err *e)
{
	struct sync_phantom *p;
	size_t i;

	for (i = 0; i < s->knowns; i++) {
		p = &s->known[i];
		if (!p->theirs || p->reason == REASON_NONE || !span_is(author, p->author))
			continue;
		if (sync_phantom_forget(s, p, e) == -1)
			return -1;
		s->loosened = 1;
	}
	return 0;
}

/* Has what was refused become pointless to remember: taken since, gone since, due since, admitted since? */
static int
is_over(struct sync *s, const struct set *set, const struct sync_phantom *p)
{
	int64_t now_s = (int64_t)(s->now_ms / 1000) + (p->theirs ? s->report.clock_offset_s : 0);

	if (p->theirs != set_has(set, (uint64_t)p->created, p->id))
		return 1;
	if (p->reason == REASON_SCOPE && p->theirs && s->report.holds_changed)
		return 1;
	if (p->reason == REASON_FUTURE)
		return p->created <= now_s + FUTURE_S;
	if (p->reason == REASON_EXPIRED)	/* by a clock that has been set right since, perhaps */
		return p->created + LIVE_LIFETIME_S > now_s;
	return !p->theirs && p->reason == REASON_ADMISSION &&
	    s->local.admits(s->local.ctx, span_str(p->author));
}

static int
view_one(struct sync *s, struct sync_phantom *p, struct buf *tried, struct err *e)
{
	struct err full;

	if (p->reason == REASON_NONE)
		return 0;
	if (is_over(s, s->view.base, p))
		return sync_phantom_forget(s, p, e);
	if (!p->theirs)
		return set_view_add(&s->view, (uint64_t)p->created, p->id, e);
	if ((s->what & SYNC_RETRY) != 0 && !sync_author_seen(tried, span_str(p->author), &full))
		return 0;
	return set_view_hide(&s->view, (uint64_t)p->created, p->id, e);
}

/* Our set as this peer should see it.  Under the lock of the set. */
static int
view_build(struct sync *s, const struct set *set, struct err *e)
{
	struct buf tried = BUF_INIT((size_t)SYNC_AUTHORS_MAX * DIDKEY_CHARS);
	struct sync_phantom *fresh;
	size_t i, n;
	int rc = -1;

	set_view_clear(&s->view);
	s->view = (struct set_view)SET_VIEW(set);
	for (i = 0; i < s->knowns; i++)
		if (view_one(s, &s->known[i], &tried, e) == -1)
			goto out;
	fresh = new_phantoms(s, &n);
	for (i = 0; i < n; i++)
		if (view_one(s, &fresh[i], &tried, e) == -1)
			goto out;
	rc = 0;
out:
	buf_clear(&tried);
	return rc;
}

/* --- rounds ------------------------------------------------------------------------------------- */

static struct sync_phantom *
find_new(struct sync *s, const uint8_t id[ID_BYTES])
{
	struct sync_phantom *p, *end;
	size_t n;

	p = new_phantoms(s, &n);
	for (end = p + n; p < end; p++)
		if (memcmp(p->id, id, ID_BYTES) == 0)
			return p;
	return NULL;
}

/* Only our view holds it: the peer lacks it, or it is a phantom of what the peer has given up since. */
static int
found_have(void *arg, const struct set_item *item, struct err *e)
{
	struct sync *s = arg;
	struct sync_phantom *p = sync_phantom_find(s, item->id);

	if (p == NULL && !set_has(s->view.base, item->ts, item->id))
		p = find_new(s, item->id);
	if (p != NULL && !p->theirs && p->reason != REASON_NONE)
		return sync_phantom_forget(s, p, e);
	return buf_add(&s->have, item->id, ID_BYTES, e);
}

/* Only the peer holds it, or it has taken what it refused from us before. */
static int
found_need(void *arg, const uint8_t id[ID_BYTES], struct err *e)
{
	struct sync *s = arg;
	struct sync_phantom *p = sync_phantom_find(s, id);

	if (p != NULL && p->theirs && p->reason != REASON_NONE)
		return sync_phantom_forget(s, p, e);
	return buf_add(&s->need, id, ID_BYTES, e);
}

static int
open_session(struct sync *s, const struct set *set, struct err *e)
{
	struct negentropy_params params = negentropy_fit(set_count(set));
	struct negentropy_found found = { found_have, found_need, s };

	buf_reset(&s->have);
	s->have_at = 0;
	if (view_build(s, set, e) == -1 || set_view_refresh(&s->view, e) == -1 ||
	    (s->session = negentropy_new(&params, &s->view, &found, e)) == NULL)
		return -1;
	return negentropy_initiate(s->session, &s->body, e);
}

static int
begin(struct sync *s, struct err *e)
{
	const struct set *set;
	int rc;

	if (sync_phantoms_load(s, e) == -1)
		return -1;
	if (s->report.incompatible) {
		s->session_over = 1;
		return 0;
	}
	set = sync_our_set(s);
	rc = open_session(s, set, e);
	s->local.set_done(s->local.ctx);
	return rc;
}

int
sync_reconcile_ask(struct sync *s, struct err *e)
{
	char path[SYNC_PATH_CHARS];

	if (!s->session_over && s->session == NULL && begin(s, e) == -1)
		return -1;
	if (s->session_over)
		return 0;
	snprintf(path, sizeof path, "/api/v1/reconcile%s%s", s->part.len > 0 ? "?part=" : "",
	    s->part.len > 0 ? s->part.ptr : "");
	return sync_ask(s, path, "application/octet-stream", RECONCILE_BYTES_MAX);
}

static int
step(struct sync *s, struct span in, struct err *e)
{
	const struct set *set = sync_our_set(s);
	int rc;

	s->view.base = set;
	s->view.stale |= s->holds[0] != '\0';	/* a part may have been made anew since the last round */
	rc = set_view_refresh(&s->view, e);
	if (rc == 0)
		rc = negentropy_step(s->session, in, &s->body, e);
	s->local.set_done(s->local.ctx);
	return rc;
}

/* Past a bound, what was found is exchanged, and the next conversation finds the rest. */
int
sync_reconcile_hear(struct sync *s, struct buf *body, struct err *e)
{
	int rc = step(s, buf_span(body), e);

	s->report.rounds++;
	if (rc == -1 && e->code == ERR_LIMIT && s->need.len + s->have.len > 0) {
		s->cut = s->report.unfinished = 1;
		s->session_over = 1;
		return 0;
	}
	if (rc == 0 && s->body.len == 0)
		s->session_over = 1;
	return rc;
}
