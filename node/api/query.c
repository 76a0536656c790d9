/* SPDX-License-Identifier: AGPL-3.0-or-later
 * query.c - see query.h. */
#include "node/api/query.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/node.h"
#include "node/core/whereis.h"
#include "proto/vocab.h"

#define WITHIN_KM_MAX 20000

static const char *const sort_name[] = {
	[SEARCH_BEST] = "best", [SEARCH_NEWEST] = "newest", [SEARCH_NEAREST] = "nearest",
	[SEARCH_TITLE] = "title", [SEARCH_SOONEST] = "soonest",
};
#define SORT_COUNT (sizeof sort_name / sizeof sort_name[0])

const char *
query_sort_name(enum search_sort sort)
{
	return (size_t)sort < SORT_COUNT ? sort_name[sort] : NULL;
}

/* Bit of a key within what a parameter chooses from, or 0. */
typedef uint32_t bit_fn(int vocab, struct span key);

static uint32_t
vocab_bit(int vocab, struct span key)
{
	int i = vocab_index((enum vocab_name)vocab, key);

	return i < 0 || i > 31 ? 0 : UINT32_C(1) << i;
}

static uint32_t
kind_bit(int unused, struct span key)
{
	enum kind k = kind_find(key);

	(void)unused;
	return k == KIND_UNKNOWN ? 0 : UINT32_C(1) << k;
}

/* All values of a parameter, repeated or with commas, as one mask. */
static uint32_t
read_mask(const struct request *req, const char *name, bit_fn *bit, int vocab)
{
	uint32_t mask = 0;
	const char *v;
	size_t i = 0;

	while ((v = fields_next(&req->query, name, &i)) != NULL) {
		struct span rest = span_str(v);

		while (rest.len > 0)
			mask |= bit(vocab, span_trim(span_cut(&rest, ',')));
	}
	return mask;
}

/* count numbers separated by commas, each within its bound of zero; 1 when they are all there. */
static int
read_numbers(const char *s, double *out, size_t count, const double *bound)
{
	size_t i;
	char *end;

	for (i = 0; i < count; i++) {
		out[i] = strtod(s, &end);
		if (end == s || !isfinite(out[i]) || fabs(out[i]) > bound[i] ||
		    *end != (i + 1 == count ? '\0' : ','))
			return 0;
		s = end + 1;
	}
	return 1;
}

static int32_t
e7(double degrees)
{
	return (int32_t)lround(degrees * 1e7);
}

static void
read_near(struct node *node, const struct request *req, struct search_reader *r, struct search_query *q)
{
	const char *near = request_query(req, "near"), *within = request_query(req, "within");
	struct whereis at;
	double km;

	whereis_find(node->gazetteer, r, span_str(near), &at);
	q->near = at.how >= WHEREIS_POINT;
	q->lat_e7 = at.lat_e7;
	q->lon_e7 = at.lon_e7;
	if (q->near && within != NULL && read_numbers(within, &km, 1, (double[]){ WITHIN_KM_MAX }) && km > 0)
		q->within_m = (uint32_t)lround(km * 1000);
}

static void
read_box(const struct request *req, struct search_query *q)
{
	const char *box = request_query(req, "bbox");
	static const double bound[] = { 180, 90, 180, 90 };
	double at[4];

	if (box == NULL || !read_numbers(box, at, 4, bound))
		return;
	q->boxed = 1;
	q->west = e7(at[0]);
	q->south = e7(at[1]);
	q->east = e7(at[2]);
	q->north = e7(at[3]);
}

static unsigned
read_count(const struct request *req, const char *name, unsigned max, unsigned fallback)
{
	const char *v = request_query(req, name);
	char *end;
	unsigned long n;

	if (v == NULL || *v < '0' || *v > '9')
		return fallback;
	errno = 0;
	n = strtoul(v, &end, 10);
	if (errno != 0 || *end != '\0' || n == 0)
		return fallback;
	return n > max ? max : (unsigned)n;
}

static enum search_sort
read_sort(const struct request *req, const struct search_query *q)
{
	const char *v = request_query(req, "sort");
	size_t i;

	for (i = 0; v != NULL && i < SORT_COUNT; i++)
		if (strcmp(v, sort_name[i]) == 0 && (i != SEARCH_NEAREST || q->near))
			return (enum search_sort)i;
	return SEARCH_BEST;
}

static int
is_on(const struct request *req, const char *name)
{
	const char *v = request_query(req, name);

	return v != NULL && *v != '\0' && strcmp(v, "0") != 0;
}

void
query_read(struct node *node, const struct request *req, struct search_reader *r, struct search_query *q)
{
	const char *examples = request_query(req, "examples");

	*q = (struct search_query){
		.text = span_str(request_query(req, "q")),
		.kinds = read_mask(req, "kind", kind_bit, 0),
		.axes = read_mask(req, "axis", vocab_bit, VOCAB_AXIS),
		.access = read_mask(req, "access", vocab_bit, VOCAB_ACCESS),
		.terms = read_mask(req, "terms", vocab_bit, VOCAB_EXCHANGE_TERMS),
		.status = read_mask(req, "status", vocab_bit, VOCAB_STATUS),
		.practice = span_str(request_query(req, "practice")),
		.type = span_str(request_query(req, "type")),
		.author = span_str(request_query(req, "territory")),
		.commune = span_str(request_query(req, "commune")),
		.lang = span_str(request_query(req, "language") != NULL ? request_query(req, "language")
		    : request_query(req, "lang")),
		.from = span_str(request_query(req, "from")),
		.to = span_str(request_query(req, "to")),
		.upcoming = is_on(req, "upcoming"),
		.without_examples = examples != NULL && strcmp(examples, "0") == 0,
		.now_s = node_now(node),
		.facets = FACET_ALL,
	};
	read_near(node, req, r, q);
	read_box(req, q);
	q->sort = read_sort(req, q);
	q->limit = read_count(req, "limit", SEARCH_LIMIT_MAX, QUERY_PAGE_ROWS);
	q->offset = (read_count(req, "page", QUERY_PAGES_MAX, 1) - 1) * q->limit;
}
