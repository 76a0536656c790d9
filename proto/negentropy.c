/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy.c - see negentropy.h.
 *
 * A message is a version byte and ranges in ascending order; a range is its upper bound, a mode and a
 * payload, and starts where the one before ends.  One pass reads the ranges of a message, keeps a
 * cursor at the start of the current one, and writes the ranges of the answer.
 */
#include "proto/negentropy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/limits.h"
#include "proto/set.h"

enum { MODE_SKIP, MODE_FINGERPRINT, MODE_LIST };

#define BUCKETS_DEFAULT 16
#define LIST_BELOW_DEFAULT 32
#define CUTS_MAX 64

#define FIT_BUCKETS_MIN 4
#define FIT_BUCKETS_MAX 10
#define FIT_SERVER_BUCKETS 8
#define FIT_ITEMS_LEFT 6

#define VARINT_BYTES_MAX 10
#define BOUND_BYTES_MAX (VARINT_BYTES_MAX + 1 + SET_ID_BYTES)
/* Kept free while ranges are written, so that a message that gets full can still say where it ends
 * (a skip) and what lies beyond (one fingerprint). */
#define TAIL_BYTES (2 * (BOUND_BYTES_MAX + 1) + SET_FINGERPRINT_BYTES)

_Static_assert(1 + CUTS_MAX * (BOUND_BYTES_MAX + 1 + SET_FINGERPRINT_BYTES) + BOUND_BYTES_MAX + 1
    + TAIL_BYTES <= RECONCILE_FRAME_BYTES_MIN, "any range, cut, fits the smallest frame");
_Static_assert(1 + CUTS_MAX * SET_ID_BYTES + 2 * BOUND_BYTES_MAX + 3 + TAIL_BYTES
    <= RECONCILE_FRAME_BYTES_MIN, "any short list fits the smallest frame");

/* A point between items: `at` padded with zeros, of whose id only len bytes are written. */
struct bound {
	struct set_item at;
	size_t len;
};

static const struct bound bound_infinity = { .at = { .ts = SET_TS_INFINITY } };

/* The client remembers what it has asked and still wants to ask: a message of any length, of which the
 * first `sent` bytes were sent last.  So what the server had no room to answer is asked again as it
 * stands, and nothing that is settled is gone through twice. */
struct negentropy {
	struct negentropy_params p;
	struct set_view *view;
	struct negentropy_found found;
	uint64_t ids;
	unsigned rounds;
	struct buf queue, next;
	size_t sent, window;	/* window: bytes worth sending, by what the server answered so far */
	struct bound sent_end;	/* where the part sent ends */
	struct bound open;	/* where its range that has no upper end starts; infinity: it has none */
};

/* Fill in what was left open, and refuse what cannot work. */
static int
params_complete(const struct negentropy_params *in, struct negentropy_params *p, struct err *e)
{
	*p = *in;
	if (p->buckets == 0)
		p->buckets = BUCKETS_DEFAULT;
	if (p->list_below == 0)
		p->list_below = p->buckets > LIST_BELOW_DEFAULT ? p->buckets : LIST_BELOW_DEFAULT;
	if (p->frame_bytes_max == 0)
		p->frame_bytes_max = RECONCILE_BYTES_MAX;
	if (p->read_bytes_max == 0)
		p->read_bytes_max = RECONCILE_BYTES_MAX;
	if (p->read_ranges_max == 0)
		p->read_ranges_max = RECONCILE_RANGES_MAX;
	if (p->queue_bytes_max == 0)
		p->queue_bytes_max = RECONCILE_QUEUE_BYTES_MAX;
	if (p->ids_max == 0)
		p->ids_max = RECONCILE_IDS_MAX;
	if (p->rounds_max == 0)
		p->rounds_max = RECONCILE_ROUNDS_MAX;
	if (p->buckets < 2 || p->buckets > CUTS_MAX || p->list_below < p->buckets
	    || p->list_below > CUTS_MAX)
		return err_set(e, ERR_USAGE, "reconciliation with %u ranges and lists under %u",
		    p->buckets, p->list_below);
	if (p->frame_bytes_max < RECONCILE_FRAME_BYTES_MIN)
		return err_set(e, ERR_USAGE, "reconciliation frame of %zu bytes, at least %d",
		    p->frame_bytes_max, RECONCILE_FRAME_BYTES_MIN);
	return 0;
}

/* In r rounds the client cuts r times and the server, in between, r - 1 times. */
struct negentropy_params
negentropy_fit(uint64_t count)
{
	struct negentropy_params p = NEGENTROPY_COMPACT;
	double reach;

	for (unsigned rounds = 1;; rounds++) {
		for (p.buckets = FIT_BUCKETS_MIN; p.buckets <= FIT_BUCKETS_MAX; p.buckets++) {
			reach = FIT_ITEMS_LEFT;
			for (unsigned r = 0; r < rounds; r++)
				reach *= p.buckets * (r == 0 ? 1 : FIT_SERVER_BUCKETS);
			if (reach >= (double)count) {
				p.list_below = p.buckets;
				return p;
			}
		}
	}
}

/* --- reading --- */

struct reader {
	const uint8_t *p, *end;
	struct bound last;	/* the bound read last */
	size_t ranges;
};

static int
read_bytes(struct reader *r, size_t len, const uint8_t **out, struct err *e)
{
	*out = r->p;
	if ((size_t)(r->end - r->p) < len)
		return err_set(e, ERR_INPUT, "reconciliation message ends early");
	r->p += len;
	return 0;
}

static int
read_varint(struct reader *r, uint64_t *out, struct err *e)
{
	const uint8_t *digit;
	uint64_t v = 0;

	*out = 0;
	do {
		if (read_bytes(r, 1, &digit, e) == -1)
			return -1;
		if (v >> 57 != 0 || (v == 0 && *digit == 0x80))
			return err_set(e, ERR_INPUT, "reconciliation message: bad number");
		v = v << 7 | (*digit & 127);
	} while (*digit & 128);
	*out = v;
	return 0;
}

static int
read_bound(struct reader *r, struct bound *b, struct err *e)
{
	uint64_t delta, len;
	const uint8_t *prefix;

	memset(b, 0, sizeof(*b));
	if (read_varint(r, &delta, e) == -1 || read_varint(r, &len, e) == -1)
		return -1;
	if (len > SET_ID_BYTES)
		return err_set(e, ERR_INPUT, "reconciliation message: id prefix of %llu bytes",
		    (unsigned long long)len);
	if (read_bytes(r, len, &prefix, e) == -1)
		return -1;
	if (delta > SET_TS_INFINITY - r->last.at.ts)
		return err_set(e, ERR_INPUT, "reconciliation message: timestamp out of range");
	if (delta == 0) {	/* may come twice: some servers end with an empty range beyond the last */
		*b = bound_infinity;
	} else {
		b->at.ts = r->last.at.ts + (delta - 1);
		memcpy(b->at.id, prefix, len);
		b->len = len;
	}
	if (set_item_cmp(&b->at, &r->last.at) < 0)
		return err_set(e, ERR_INPUT, "reconciliation message: ranges out of order");
	r->last = *b;
	return 0;
}

static int
read_list(struct reader *r, const uint8_t **ids, size_t *n, struct err *e)
{
	uint64_t count;

	*ids = NULL;
	*n = 0;
	if (read_varint(r, &count, e) == -1)
		return -1;
	if (count > (size_t)(r->end - r->p) / SET_ID_BYTES)
		return err_set(e, ERR_INPUT, "reconciliation message: list longer than the message");
	*n = count;
	return read_bytes(r, *n * SET_ID_BYTES, ids, e);
}

/* --- writing --- */

/* Past its limit a writer writes nothing more and is full; the place it had before can be put back. */
struct writer {
	struct buf *out;
	size_t limit;
	uint64_t last_ts;
	int full;
};

struct writer_mark {
	size_t len;
	uint64_t last_ts;
};

static int
write_bytes(struct writer *w, const void *data, size_t len, struct err *e)
{
	if (w->full || len > w->limit - w->out->len) {
		w->full = 1;
		return 0;
	}
	return buf_add(w->out, data, len, e);
}

static int
write_varint(struct writer *w, uint64_t v, struct err *e)
{
	uint8_t digits[VARINT_BYTES_MAX];
	size_t at = sizeof(digits);

	digits[--at] = (uint8_t)(v & 127);
	while ((v >>= 7) != 0)
		digits[--at] = (uint8_t)((v & 127) | 128);
	return write_bytes(w, digits + at, sizeof(digits) - at, e);
}

/* The start of every range: where it ends, and what is said of it. */
static int
write_range(struct writer *w, const struct bound *b, uint64_t mode, struct err *e)
{
	uint64_t ts = b->at.ts == SET_TS_INFINITY ? 0 : b->at.ts - w->last_ts + 1;

	w->last_ts = b->at.ts;
	if (write_varint(w, ts, e) == -1 || write_varint(w, b->len, e) == -1)
		return -1;
	if (write_bytes(w, b->at.id, b->len, e) == -1)
		return -1;
	return write_varint(w, mode, e);
}

static struct writer_mark
writer_mark(const struct writer *w)
{
	return (struct writer_mark){ w->out->len, w->last_ts };
}

static void
writer_rewind(struct writer *w, struct writer_mark mark)
{
	w->out->len = mark.len;
	w->out->ptr[mark.len] = '\0';
	w->last_ts = mark.last_ts;
	w->full = 0;
}

static int
writer_start(struct writer *w, struct buf *out, size_t bytes_max, struct err *e)
{
	buf_reset(out);
	*w = (struct writer){ .out = out, .limit = bytes_max };
	return buf_addc(out, NEGENTROPY_VERSION, e);
}

/* --- one message, read and answered --- */

struct pass {
	const struct negentropy_params *p;
	const struct set_view *view;
	struct negentropy *client;	/* NULL: we are the server */
	struct reader r;
	struct writer w;
	struct set_cursor lower;	/* where the current range starts */
	struct bound start;	/* and the same as a bound */
	int skip;		/* what lies before it is settled, and not yet said so */
	int stop;		/* the server: the message is full */
	int cut_short;		/* the client: the server's was, and ends at start */
};

static int
write_list(struct pass *x, const struct set_cursor *from, uint64_t n, const struct bound *end,
    struct err *e)
{
	struct set_cursor c = *from;

	if (write_range(&x->w, end, MODE_LIST, e) == -1 || write_varint(&x->w, n, e) == -1)
		return -1;
	while (n-- > 0)
		if (write_bytes(&x->w, set_cursor_next(&c)->id, SET_ID_BYTES, e) == -1)
			return -1;
	return 0;
}

static int
write_fingerprint(struct pass *x, const struct set_cursor *from, const struct set_cursor *to,
    const struct bound *end, struct err *e)
{
	uint8_t fp[SET_FINGERPRINT_BYTES];

	if (write_range(&x->w, end, MODE_FINGERPRINT, e) == -1)
		return -1;
	set_cursor_fingerprint(from, to, fp);
	return write_bytes(&x->w, fp, sizeof(fp), e);
}

/* The shortest bound above `below` and not above the item at the cursor: its timestamp where that
 * tells them apart, else just enough of its id. */
static struct bound
bound_between(const struct set_item *below, struct set_cursor at)
{
	const struct set_item *item = set_cursor_next(&at);
	struct bound b = { .at = { .ts = item->ts } };

	if (item->ts == below->ts) {
		while (item->id[b.len] == below->id[b.len])
			b.len++;
		b.len++;
		memcpy(b.at.id, item->id, b.len);
	}
	return b;
}

/* Say what we hold of a range: a list if it is short, else fingerprints of its parts. */
static int
write_cut(struct pass *x, const struct set_cursor *from, const struct set_cursor *to,
    const struct bound *end, struct err *e)
{
	uint64_t n = to->index - from->index, part = n / x->p->buckets, more = n % x->p->buckets;
	struct set_cursor a = *from, b = *from;
	struct set_item below;
	struct bound cut;

	if (n < x->p->list_below)
		return write_list(x, from, n, end, e);
	for (unsigned i = 0; i + 1 < x->p->buckets; i++) {
		set_cursor_seek(&b, b.index + part + (i < more) - 1);
		below = *set_cursor_next(&b);
		cut = bound_between(&below, b);
		if (write_fingerprint(x, &a, &b, &cut, e) == -1)
			return -1;
		a = b;
	}
	return write_fingerprint(x, &a, to, end, e);
}

static int
write_skip(struct pass *x, struct err *e)
{
	if (!x->skip)
		return 0;
	x->skip = 0;
	return write_range(&x->w, &x->start, MODE_SKIP, e);
}

/* The message is full.  What was said ends exactly at x->lower: one fingerprint stands for everything
 * from there on.  (Counted from anywhere further, the other side could take for equal what it was
 * never told.) */
static int
write_rest(struct pass *x, struct err *e)
{
	struct set_cursor end = x->lower;

	x->w.limit += TAIL_BYTES;
	if (write_skip(x, e) == -1)
		return -1;
	set_cursor_seek(&end, set_view_count(x->view));
	if (write_fingerprint(x, &x->lower, &end, &bound_infinity, e) == -1)
		return -1;
	assert(!x->w.full);
	return 0;
}

static int
answer_fingerprint(struct pass *x, const struct set_cursor *upper, const struct bound *end,
    struct err *e)
{
	struct writer_mark mark = writer_mark(&x->w);
	uint8_t ours[SET_FINGERPRINT_BYTES];
	const uint8_t *theirs;
	int skip = x->skip;

	if (read_bytes(&x->r, sizeof(ours), &theirs, e) == -1)
		return -1;
	set_cursor_fingerprint(&x->lower, upper, ours);
	if (memcmp(ours, theirs, sizeof(ours)) == 0) {
		x->skip = 1;
		return 0;
	}
	if (write_skip(x, e) == -1 || write_cut(x, &x->lower, upper, end, e) == -1)
		return -1;
	if (x->w.full && x->client != NULL)
		return err_set(e, ERR_LIMIT, "too many differences to ask about");
	if (x->w.full) {
		writer_rewind(&x->w, mark);
		x->skip = skip;
		x->stop = 1;
	}
	return 0;
}

/* The server's answer to a list is its own; as much of it as there is room for. */
static int
answer_list(struct pass *x, struct set_cursor *upper, struct bound *end, struct err *e)
{
	size_t room = x->w.limit - x->w.out->len, fixed = 2 * (BOUND_BYTES_MAX + 1) + VARINT_BYTES_MAX;
	uint64_t fit = room > fixed ? (room - fixed) / SET_ID_BYTES : 0;
	struct set_item below;

	if (fit == 0) {
		x->stop = 1;
		return 0;
	}
	if (upper->index - x->lower.index > fit) {
		*upper = x->lower;
		set_cursor_seek(upper, x->lower.index + fit - 1);
		below = *set_cursor_next(upper);
		*end = bound_between(&below, *upper);
		x->stop = 1;
	}
	if (write_skip(x, e) == -1)
		return -1;
	if (write_list(x, &x->lower, upper->index - x->lower.index, end, e) == -1)
		return -1;
	assert(!x->w.full);
	x->lower = *upper;
	x->start = *end;
	return 0;
}

/* --- the client, comparing a list with its own items --- */

struct listed {
	const uint8_t *id;
	int ours;	/* we hold it too */
};

static int
listed_cmp(const void *a, const void *b)
{
	return memcmp(((const struct listed *)a)->id, ((const struct listed *)b)->id, SET_ID_BYTES);
}

static int
found_count(struct negentropy *n, struct err *e)
{
	if (n->ids >= n->p.ids_max)
		return err_set(e, ERR_LIMIT, "more than %llu differences",
		    (unsigned long long)n->p.ids_max);
	n->ids++;
	return 0;
}

static int
found_have(struct pass *x, const struct set_cursor *upper, struct listed *list, size_t n, struct err *e)
{
	struct negentropy *client = x->client;
	struct set_cursor c = x->lower;
	const struct set_item *item;
	struct listed key, *hit;

	while (c.index < upper->index) {
		item = set_cursor_next(&c);
		key.id = item->id;
		hit = n == 0 ? NULL : bsearch(&key, list, n, sizeof(*list), listed_cmp);
		if (hit != NULL) {
			hit->ours = 1;
			continue;
		}
		if (found_count(client, e) == -1
		    || client->found.have(client->found.arg, item, e) == -1)
			return -1;
	}
	return 0;
}

static int
found_need(struct pass *x, const struct listed *list, size_t n, struct err *e)
{
	struct negentropy *client = x->client;

	for (size_t i = 0; i < n; i++) {
		if (list[i].ours)
			continue;
		if (found_count(client, e) == -1
		    || client->found.need(client->found.arg, list[i].id, e) == -1)
			return -1;
	}
	return 0;
}

static int
compare_list(struct pass *x, const struct set_cursor *upper, const uint8_t *ids, size_t n,
    struct err *e)
{
	struct listed few[CUTS_MAX], *list = few;
	int rc = -1;

	if (n > CUTS_MAX && (list = calloc(n, sizeof(*list))) == NULL)
		return err_memory(e);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct listed){ .id = ids + i * SET_ID_BYTES };
	qsort(list, n, sizeof(*list), listed_cmp);
	for (size_t i = 1; i < n; i++) {
		if (listed_cmp(&list[i - 1], &list[i]) == 0) {
			err_set(e, ERR_INPUT, "reconciliation message: id listed twice");
			goto out;
		}
	}
	if (found_have(x, upper, list, n, e) == -1 || found_need(x, list, n, e) == -1)
		goto out;
	x->skip = 1;
	rc = 0;
out:
	if (list != few)
		free(list);
	return rc;
}

/* --- the client, remembering --- */

/* The server's answer reaches beyond what was asked: 1 if it is the one fingerprint of all it had no
 * room to answer, 0 if it is not beyond at all. */
static int
range_beyond(struct pass *x, const struct bound *end, uint64_t mode, struct err *e)
{
	struct negentropy *n = x->client;
	const uint8_t *fp;

	if (end->at.ts == SET_TS_INFINITY && mode == MODE_FINGERPRINT
	    && set_item_cmp(&x->start.at, &n->open.at) < 0) {
		x->cut_short = 1;
		return read_bytes(&x->r, SET_FINGERPRINT_BYTES, &fp, e) == -1 ? -1 : 1;
	}
	if (mode != MODE_SKIP && set_item_cmp(&end->at, &n->sent_end.at) > 0)
		return err_set(e, ERR_INPUT, "reconciliation message answers what was not asked");
	return 0;
}

/* A range of our own queue, as it lies there. */
struct queued {
	struct bound start, end;
	uint64_t mode;
	const uint8_t *at, *payload;
};

static struct reader
queue_reader(const struct negentropy *n)
{
	const uint8_t *p = (const uint8_t *)n->queue.ptr;

	return (struct reader){ .p = p + 1, .end = p + n->queue.len };
}

static int
queue_next(struct reader *r, struct queued *q, struct err *e)
{
	const uint8_t *bytes;
	size_t n;

	q->start = r->last;
	q->at = r->p;
	if (read_bound(r, &q->end, e) == -1 || read_varint(r, &q->mode, e) == -1)
		return -1;
	q->payload = r->p;
	if (q->mode == MODE_LIST)
		return read_list(r, &bytes, &n, e);
	return read_bytes(r, q->mode == MODE_FINGERPRINT ? SET_FINGERPRINT_BYTES : 0, &bytes, e);
}

/* Ask for the rest of a range of which only the start was answered. */
static int
queue_ask_rest(struct pass *x, const struct bound *from, const struct bound *end, struct err *e)
{
	struct set_cursor a = SET_CURSOR(x->view), b;

	set_cursor_find(&a, &from->at);
	b = a;
	set_cursor_find(&b, &end->at);
	if (b.index - a.index < x->p->list_below)
		return write_list(x, &a, b.index - a.index, end, e);
	return write_fingerprint(x, &a, &b, end, e);
}

/* How much to send next: what goes unanswered for lack of room is sent for nothing. */
static void
queue_pace(struct negentropy *n, size_t answered, int cut_short)
{
	n->window = cut_short ? answered + answered / 2 : n->window * 2;
	if (n->window < RECONCILE_FRAME_BYTES_MIN)
		n->window = RECONCILE_FRAME_BYTES_MIN;
	if (n->window > n->p.frame_bytes_max)
		n->window = n->p.frame_bytes_max;
}

/* What was queued stays queued, as far as it lies above the point up to which all is answered. */
static int
queue_keep(struct pass *x, const struct bound *answered, struct err *e)
{
	struct negentropy *n = x->client;
	struct reader r = queue_reader(n);
	struct queued q;
	int part;

	do {
		if (r.p == r.end) {
			queue_pace(n, n->sent, x->cut_short);
			return 0;
		}
		if (queue_next(&r, &q, e) == -1)
			return -1;
	} while (q.mode == MODE_SKIP || set_item_cmp(&q.end.at, &answered->at) <= 0);
	queue_pace(n, (size_t)(q.at - (const uint8_t *)n->queue.ptr), x->cut_short);
	part = set_item_cmp(&q.start.at, &answered->at) < 0;
	if (part)
		q.start = *answered;
	if (set_item_cmp(&q.start.at, &x->start.at) != 0) {
		x->start = q.start;
		x->skip = 1;
	}
	if (write_skip(x, e) == -1)
		return -1;
	if (part) {
		if (queue_ask_rest(x, answered, &q.end, e) == -1)
			return -1;
	} else {
		if (write_range(&x->w, &q.end, q.mode, e) == -1)
			return -1;
		r.p = q.payload;
	}
	return write_bytes(&x->w, r.p, (size_t)(r.end - r.p), e);
}

/* The next message: as much of the queue as fits; none when nothing is left to ask. */
static int
queue_send(struct negentropy *n, struct buf *out, struct err *e)
{
	struct reader r = queue_reader(n);
	struct queued q;
	size_t len;

	buf_reset(out);
	n->sent = 1;
	n->sent_end = n->open = bound_infinity;
	if (n->queue.len == 1)
		return 0;
	while (r.p < r.end) {
		if (queue_next(&r, &q, e) == -1)
			return -1;
		len = (size_t)(r.p - (const uint8_t *)n->queue.ptr);
		if (len > n->window) {
			n->sent_end = q.start;
			break;
		}
		n->sent = len;
		if (q.end.at.ts == SET_TS_INFINITY)
			n->open = q.start;
	}
	return buf_add(out, n->queue.ptr, n->sent, e);
}

/* --- a range, a message --- */

static int
pass_range(struct pass *x, struct err *e)
{
	struct set_cursor upper = x->lower;
	struct bound end;
	const uint8_t *ids;
	uint64_t mode;
	size_t n;
	int rc;

	if (++x->r.ranges > x->p->read_ranges_max)
		return err_set(e, ERR_LIMIT, "more than %zu ranges in a message", x->p->read_ranges_max);
	if (read_bound(&x->r, &end, e) == -1 || read_varint(&x->r, &mode, e) == -1)
		return -1;
	if (x->client != NULL && (rc = range_beyond(x, &end, mode, e)) != 0)
		return rc == 1 ? 0 : -1;
	set_cursor_find(&upper, &end.at);
	if (mode == MODE_SKIP) {
		x->skip = 1;
		rc = 0;
	} else if (mode == MODE_FINGERPRINT) {
		rc = answer_fingerprint(x, &upper, &end, e);
	} else if (mode == MODE_LIST) {
		if (read_list(&x->r, &ids, &n, e) == -1)
			return -1;
		rc = x->client == NULL ? answer_list(x, &upper, &end, e)
		    : compare_list(x, &upper, ids, n, e);
	} else {
		rc = err_set(e, ERR_INPUT, "reconciliation message: unknown mode %llu",
		    (unsigned long long)mode);
	}
	if (rc == 0 && !x->stop) {
		x->lower = upper;
		x->start = end;
	}
	return rc;
}

static int
read_start(struct reader *r, const struct negentropy_params *p, struct span in, int *version,
    struct err *e)
{
	*version = 0;
	if (in.len == 0)
		return err_set(e, ERR_INPUT, "empty reconciliation message");
	if (in.len > p->read_bytes_max)
		return err_set(e, ERR_LIMIT, "reconciliation message of %zu bytes, limit %zu", in.len,
		    p->read_bytes_max);
	*r = (struct reader){ .p = (const uint8_t *)in.ptr };
	r->end = r->p + in.len;
	*version = *r->p++;
	if (*version >> 4 != NEGENTROPY_VERSION >> 4)
		return err_set(e, ERR_INPUT, "not a reconciliation message: first byte 0x%02x",
		    (unsigned)*version);
	return 0;
}

/* Read a message, and write to out, of at most bytes_max, what it leads to. */
static int
exchange(struct pass *x, struct span in, struct buf *out, size_t bytes_max, struct err *e)
{
	int version;

	if (read_start(&x->r, x->p, in, &version, e) == -1)
		return -1;
	if (writer_start(&x->w, out, bytes_max, e) == -1)
		return -1;
	if (version != NEGENTROPY_VERSION)
		return x->client == NULL ? 0
		    : err_set(e, ERR_INPUT, "the peer reconciles with protocol 0x%02x", (unsigned)version);
	while (x->r.p < x->r.end && !x->stop)
		if (pass_range(x, e) == -1)
			return -1;
	return 0;
}

int
negentropy_respond(const struct negentropy_params *params, struct set_view *v, struct span in,
    struct buf *out, struct err *e)
{
	struct negentropy_params p;
	struct pass x = { .p = &p, .view = v, .lower = SET_CURSOR(v) };

	if (params_complete(params, &p, e) == -1 || set_view_refresh(v, e) == -1)
		return -1;
	if (out->max < p.frame_bytes_max)
		return err_set(e, ERR_INTERNAL, "a frame of %zu bytes for a buffer of %zu",
		    p.frame_bytes_max, out->max);
	if (exchange(&x, in, out, p.frame_bytes_max - TAIL_BYTES, e) == -1)
		return -1;
	return x.stop ? write_rest(&x, e) : 0;
}

struct negentropy *
negentropy_new(const struct negentropy_params *p, struct set_view *v,
    const struct negentropy_found *found, struct err *e)
{
	struct negentropy *n = calloc(1, sizeof(*n));

	if (n == NULL) {
		err_memory(e);
		return NULL;
	}
	if (params_complete(p, &n->p, e) == -1) {
		free(n);
		return NULL;
	}
	n->view = v;
	n->found = *found;
	n->window = n->p.frame_bytes_max;
	n->queue.max = n->next.max = n->p.queue_bytes_max;
	return n;
}

void
negentropy_free(struct negentropy *n)
{
	if (n == NULL)
		return;
	buf_clear(&n->queue);
	buf_clear(&n->next);
	free(n);
}

int
negentropy_initiate(struct negentropy *n, struct buf *out, struct err *e)
{
	struct pass x = { .p = &n->p, .view = n->view, .client = n, .lower = SET_CURSOR(n->view) };
	struct set_cursor end = x.lower;

	if (set_view_refresh(n->view, e) == -1)
		return -1;
	if (writer_start(&x.w, &n->queue, n->p.queue_bytes_max, e) == -1)
		return -1;
	set_cursor_seek(&end, set_view_count(n->view));
	if (write_cut(&x, &x.lower, &end, &bound_infinity, e) == -1)
		return -1;
	return queue_send(n, out, e);
}

int
negentropy_step(struct negentropy *n, struct span in, struct buf *out, struct err *e)
{
	struct pass x = { .p = &n->p, .view = n->view, .client = n, .lower = SET_CURSOR(n->view) };
	struct buf queue;

	if (n->sent == 0)
		return err_set(e, ERR_INTERNAL, "a reconciliation not initiated");
	if (n->rounds >= n->p.rounds_max)
		return err_set(e, ERR_LIMIT, "reconciliation takes more than %u rounds",
		    n->p.rounds_max);
	n->rounds++;
	if (set_view_refresh(n->view, e) == -1)
		return -1;
	if (exchange(&x, in, &n->next, n->p.queue_bytes_max, e) == -1)
		return -1;
	if (queue_keep(&x, x.cut_short ? &x.start : &n->sent_end, e) == -1)
		return -1;
	if (x.w.full)
		return err_set(e, ERR_LIMIT, "too many differences to ask about");
	queue = n->queue;
	n->queue = n->next;
	n->next = queue;
	return queue_send(n, out, e);
}
