/* SPDX-License-Identifier: AGPL-3.0-or-later
 * extract.c - from content to columns, words and links; see extract.h. */
#include "node/search/extract.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum take { TAKE_TEXT, TAKE_BITS, TAKE_TERM, TAKE_GEO, TAKE_FLAG, TAKE_PRACTICES };

/* The members that have a place of their own; all others only give words and links. */
static const struct slot {
	const char *name;
	enum take take;
	size_t offset, given;		/* given: offset of the int that says a position is there */
	enum vocab_name vocab;
} slots[] = {
#define TEXT(name, member) { name, TAKE_TEXT, offsetof(struct extract, member), 0, 0 }
	TEXT("summary", summary),
	TEXT("commune", commune),
	TEXT("insee", insee),
	TEXT("postcode", postcode),
	TEXT("document_type", type),
	TEXT("item_type", type),
	TEXT("resource_type", type),
	TEXT("legal_form", type),
	TEXT("by", by),
	TEXT("lender", by),
	TEXT("starts", starts),
	TEXT("ends", ends),
	TEXT("since", since),
	TEXT("until", until),
	TEXT("published", published),
	TEXT("event_status", event_status),
	TEXT("hours", hours),
	TEXT("recurrence", recurrence),
	TEXT("role", value),
	TEXT("verdict", value),
	TEXT("website", website),
	TEXT("phone", phone),
	TEXT("source_name", source_name),
	TEXT("source_url", source_url),
	TEXT("key", key),
	TEXT("parent", parent),
#undef TEXT
	{ "axes", TAKE_BITS, offsetof(struct extract, axes), 0, VOCAB_AXIS },
	{ "access", TAKE_BITS, offsetof(struct extract, access), 0, VOCAB_ACCESS },
	{ "terms", TAKE_BITS, offsetof(struct extract, terms), 0, VOCAB_EXCHANGE_TERMS },
	{ "status", TAKE_TERM, offsetof(struct extract, status), 0, VOCAB_STATUS },
	{ "practices", TAKE_PRACTICES, 0, 0, 0 },
	{ "lat_e7", TAKE_GEO, offsetof(struct extract, lat_e7), offsetof(struct extract, has_lat), 0 },
	{ "lon_e7", TAKE_GEO, offsetof(struct extract, lon_e7), offsetof(struct extract, has_lon), 0 },
	{ "example", TAKE_FLAG, offsetof(struct extract, example), 0, 0 },
};

struct extraction {
	enum kind kind;
	struct arena *arena;
	struct extract *out;
	struct buf body;
};

/* The text of a raw string value, NUL-terminated; NULL with e set on failure, "" of anything else. */
static const char *
text_of(struct extraction *x, struct span raw, struct err *e)
{
	char room[RECORD_BYTES_MAX];
	struct buf text = { .ptr = room, .cap = sizeof room, .max = sizeof room - 1 };
	struct span plain = { "", 0 };
	const char *copy;

	if (canon_is_string(raw) && !canon_plain(raw, &plain)) {
		if (canon_string(raw, &text, e) == -1)
			return NULL;
		plain = buf_span(&text);
	}
	copy = arena_copy(x->arena, plain);
	if (copy == NULL)
		err_memory(e);
	return copy;
}

static void
take_bits(struct span raw, enum vocab_name vocab, uint32_t *bits)
{
	struct canon_iter it;
	struct span item, key;
	int i;

	canon_array(raw, &it);
	while (canon_item(&it, &item)) {
		i = canon_plain(item, &key) ? vocab_index(vocab, key) : -1;
		if (i >= 0 && i < 32)
			*bits |= UINT32_C(1) << i;
	}
}

static int
take_practices(struct extraction *x, struct span raw, struct err *e)
{
	struct canon_iter it;
	struct span item;
	const char *key;

	canon_array(raw, &it);
	while (x->out->practices < PRACTICES_MAX && canon_item(&it, &item)) {
		key = text_of(x, item, e);
		if (key == NULL)
			return -1;
		if (*key != '\0')
			x->out->practice[x->out->practices++] = key;
	}
	return 0;
}

static void
take_geo(struct extraction *x, const struct slot *slot, struct span raw)
{
	char *base = (char *)x->out;
	int64_t n;

	if (canon_int(raw, &n) && n >= -1800000000 && n <= 1800000000) {
		int32_t e7 = (int32_t)n;
		int given = 1;

		memcpy(base + slot->offset, &e7, sizeof e7);
		memcpy(base + slot->given, &given, sizeof given);
	}
}

static int
take(struct extraction *x, const struct slot *slot, struct span raw, struct err *e)
{
	char *base = (char *)x->out;
	const char *text;
	struct span key;
	uint32_t bits = 0;
	int32_t index;
	int flag = 0;

	switch (slot->take) {
	case TAKE_TEXT:
		text = text_of(x, raw, e);
		if (text == NULL)
			return -1;
		memcpy(base + slot->offset, &text, sizeof text);
		return 0;
	case TAKE_BITS:
		take_bits(raw, slot->vocab, &bits);
		memcpy(base + slot->offset, &bits, sizeof bits);
		return 0;
	case TAKE_TERM:
		index = canon_plain(raw, &key) ? vocab_index(slot->vocab, key) : -1;
		memcpy(base + slot->offset, &index, sizeof index);
		return 0;
	case TAKE_GEO:
		take_geo(x, slot, raw);
		return 0;
	case TAKE_FLAG:
		canon_bool(raw, &flag);
		memcpy(base + slot->offset, &flag, sizeof flag);
		return 0;
	case TAKE_PRACTICES:
		return take_practices(x, raw, e);
	}
	return 0;
}

/* --- words and links --------------------------------------------------------------------------- */

static int
add_words(struct extraction *x, struct span raw, struct err *e)
{
	const char *text = text_of(x, raw, e);

	if (text == NULL || buf_adds(&x->body, text, e) == -1)
		return -1;
	return buf_addc(&x->body, '\n', e);
}

static int
add_link(struct extraction *x, const struct field *f, struct span raw, struct err *e)
{
	struct extract *out = x->out;
	const char *target;

	if (out->links == EXTRACT_LINKS_MAX)
		return 0;
	target = text_of(x, raw, e);
	if (target == NULL)
		return -1;
	if (*target != '\0')
		out->link[out->links++] = (struct extract_link){ f->name, target };
	return 0;
}

typedef int add_fn(struct extraction *, const struct field *, struct span, struct err *);

static int
add_word_item(struct extraction *x, const struct field *f, struct span raw, struct err *e)
{
	(void)f;
	return add_words(x, raw, e);
}

/* add on the value itself, or on each item of an array. */
static int
each(struct extraction *x, const struct field *f, struct span raw, add_fn *add, struct err *e)
{
	struct canon_iter it;
	struct span item;

	if (!canon_is_array(raw))
		return add(x, f, raw, e);
	canon_array(raw, &it);
	while (canon_item(&it, &item))
		if (add(x, f, item, e) == -1)
			return -1;
	return 0;
}

static const struct slot *
slot_find(struct span name)
{
	size_t i;

	for (i = 0; i < COUNT(slots); i++)
		if (span_is(name, slots[i].name))
			return &slots[i];
	return NULL;
}

static int
take_member(struct extraction *x, struct span name, struct span raw, struct err *e)
{
	const struct field *f = kind_field(x->kind, name);
	const struct slot *slot;
	const char *title = kind_info(x->kind)->title;

	if (f == NULL)
		return 0;
	if (title != NULL && span_is(name, title)) {
		x->out->title = text_of(x, raw, e);
		return x->out->title == NULL ? -1 : 0;
	}
	slot = slot_find(name);
	if (slot != NULL && take(x, slot, raw, e) == -1)
		return -1;
	if (f->type == FIELD_REF || f->type == FIELD_REFS)
		return each(x, f, raw, add_link, e);
	if ((f->flags & FIELD_SEARCHED) && !span_is(name, "summary"))
		return each(x, f, raw, add_word_item, e);
	return 0;
}

/* --- what follows from the members ------------------------------------------------------------- */

/* The beginning of Markdown as one plain line: marks dropped, addresses of links too. */
static const char *
excerpt(struct arena *a, const char *markdown)
{
	char out[EXCERPT_BYTES_MAX + 4];
	size_t n = 0, word = 0;
	const char *p = markdown;

	for (; *p != '\0' && n < EXCERPT_BYTES_MAX; p++) {
		if (p[0] == ']' && p[1] == '(') {
			while (p[1] != '\0' && *p != ')')
				p++;
		} else if (*p == '\n' || *p == '\t' || *p == ' ') {
			if (n > 0 && out[n - 1] != ' ') {
				word = n;
				out[n++] = ' ';
			}
		} else if (strchr("*#_>`[]", *p) == NULL) {
			out[n++] = *p;
		}
	}
	if (*p != '\0') {
		n = word;
		memcpy(out + n, "\xe2\x80\xa6", 3);
		n += 3;
	}
	return arena_copy(a, span_trim((struct span){ out, n }));
}

static int
find_summary(struct extraction *x, struct span content, struct err *e)
{
	struct extract *out = x->out;
	struct span raw;
	const char *text;

	if (out->summary != NULL && *out->summary != '\0')
		return 0;
	if (!canon_get(content, "description", &raw))
		return 0;
	text = text_of(x, raw, e);
	if (text == NULL)
		return -1;
	out->summary = excerpt(x->arena, text);
	return out->summary == NULL ? err_memory(e) : 0;
}

/* An event that recurs takes place until its rule says so, else for as long as its record lives. */
static int32_t
recurrence_end(const char *rule)
{
	const char *until = strstr(rule, "UNTIL=");
	char day[11];
	int32_t minute;
	int has_time;

	if (until == NULL || strlen(until) < 14)
		return NO_END;
	snprintf(day, sizeof day, "%.4s-%.2s-%.2s", until + 6, until + 10, until + 12);
	if (!minute_parse(span_str(day), &minute, &has_time))
		return NO_END;
	return minute + 24 * 60 - 1;
}

static void
find_period(struct extract *out, enum kind kind)
{
	const char *first = kind == KIND_EVENT ? out->starts : out->since;
	const char *last = kind == KIND_EVENT ? (out->ends != NULL ? out->ends : out->starts) : out->until;
	int32_t minute;
	int has_time;

	out->from_min = NO_BEGINNING;
	out->to_min = NO_END;
	if (first != NULL && minute_parse(span_str(first), &minute, &has_time))
		out->from_min = minute;
	/* without an hour of its end, a thing lasts until the day is over */
	if (last != NULL && minute_parse(span_str(last), &minute, &has_time))
		out->to_min = last == out->ends ? minute : minute - minute % (24 * 60) + 24 * 60 - 1;
	if (out->recurrence != NULL && *out->recurrence != '\0')
		out->to_min = recurrence_end(out->recurrence);
}

static int
add_keys(struct extraction *x, struct err *e)
{
	size_t i;

	for (i = 0; i < x->out->practices; i++)
		if (buf_addf(&x->body, e, "%s\n", x->out->practice[i]) == -1)
			return -1;
	return x->out->type == NULL ? 0 : buf_adds(&x->body, x->out->type, e);
}

int
extract_content(enum kind kind, struct span content, struct arena *a, struct extract *out, struct err *e)
{
	struct extraction x = { kind, a, out, BUF_INIT(8 * RECORD_BYTES_MAX) };
	struct canon_iter it;
	struct span name, raw;
	int rc = -1;

	memset(out, 0, sizeof *out);
	out->status = -1;
	canon_object(content, &it);
	while (canon_next(&it, &name, &raw))
		if (take_member(&x, name, raw, e) == -1)
			goto out;
	if (find_summary(&x, content, e) == -1 || add_keys(&x, e) == -1)
		goto out;
	find_period(out, kind);
	out->body = arena_copy(a, buf_span(&x.body));
	if (out->body == NULL) {
		err_memory(e);
		goto out;
	}
	rc = 0;
out:
	buf_clear(&x.body);
	return rc;
}
