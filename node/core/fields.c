/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fields.c - see fields.h. */
#include "node/core/fields.h"

#include <string.h>

#include <sodium.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/jcs.h"

#define NAME_BYTES 4

enum side { SIDE_OURS, SIDE_THEIRS, SIDE_ASK };

struct merge {
	struct span base, ours, theirs;
	const struct field_choice *choice;
	size_t choice_count;
	struct fields_merged *out;
	struct buf text;		/* the members before they are put in order */
};

/* --- digests ---------------------------------------------------------------------------------- */

static void
digest(struct span name, struct span value, uint8_t out[FIELD_DIGEST_BYTES])
{
	crypto_generichash_state s;
	uint8_t hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof hash, (const unsigned char *)name.ptr, name.len, NULL, 0);
	memcpy(out, hash, NAME_BYTES);
	crypto_generichash_init(&s, NULL, 0, sizeof hash);
	crypto_generichash_update(&s, (const unsigned char *)name.ptr, name.len);
	crypto_generichash_update(&s, (const unsigned char *)":", 1);
	crypto_generichash_update(&s, (const unsigned char *)value.ptr, value.len);
	crypto_generichash_final(&s, hash, sizeof hash);
	memcpy(out + NAME_BYTES, hash, FIELD_DIGEST_BYTES - NAME_BYTES);
}

static int
add_digest(struct span name, struct span value, struct buf *out, struct err *e)
{
	uint8_t d[FIELD_DIGEST_BYTES];

	digest(name, value, d);
	return buf_add(out, d, sizeof d, e);
}

int
fields_digest(struct span content, struct buf *out, struct err *e)
{
	struct span name, value;
	struct canon_iter it;

	canon_object(content, &it);
	while (canon_next(&it, &name, &value))
		if (add_digest(name, value, out, e) == -1)
			return -1;
	return 0;
}

/* The digest kept of a member, or NULL: the source did not say it. */
static const char *
find_digest(struct span base, struct span name)
{
	uint8_t want[FIELD_DIGEST_BYTES];
	size_t i;

	digest(name, SPAN(""), want);
	for (i = 0; i + FIELD_DIGEST_BYTES <= base.len; i += FIELD_DIGEST_BYTES)
		if (memcmp(base.ptr + i, want, NAME_BYTES) == 0)
			return base.ptr + i;
	return NULL;
}

/* Is value (ptr NULL: absent) what the source said before? */
static int
is_base(struct span base, struct span name, struct span value)
{
	const char *kept = find_digest(base, name);
	uint8_t now[FIELD_DIGEST_BYTES];

	if (value.ptr == NULL || kept == NULL)
		return value.ptr == NULL && kept == NULL;
	digest(name, value, now);
	return memcmp(kept, now, sizeof now) == 0;
}

/* --- whose is it ------------------------------------------------------------------------------ */

/* Names are compared as they are written: in canonical JSON one name has one spelling. */
static struct span
find_member(struct span content, struct span name)
{
	struct span key, value;
	struct canon_iter it;

	canon_object(content, &it);
	while (canon_next(&it, &key, &value))
		if (span_eq(key, name))
			return value;
	return (struct span){ NULL, 0 };
}

static enum side
judge_one(const struct merge *m, struct span name)
{
	struct span ours = find_member(m->ours, name), theirs = find_member(m->theirs, name);
	size_t i;

	for (i = 0; i < m->choice_count; i++)
		if (span_eq(m->choice[i].name, name))
			return m->choice[i].theirs ? SIDE_THEIRS : SIDE_OURS;
	if (ours.ptr != NULL && theirs.ptr != NULL && span_eq(ours, theirs))
		return SIDE_THEIRS;
	if (is_base(m->base, name, theirs) || (ours.ptr == NULL && theirs.ptr == NULL))
		return SIDE_OURS;
	return is_base(m->base, name, ours) ? SIDE_THEIRS : SIDE_ASK;
}

/* Half a position is no position: when either part is asked, or they part ways, both are asked. */
static enum side
judge(const struct merge *m, struct span name)
{
	enum side lat, lon;

	if (!span_is(name, "lat_e7") && !span_is(name, "lon_e7"))
		return judge_one(m, name);
	lat = judge_one(m, SPAN("lat_e7"));
	lon = judge_one(m, SPAN("lon_e7"));
	return lat == lon ? lat : SIDE_ASK;
}

static int
ask(struct merge *m, struct span name, struct span ours, struct span theirs, struct err *e)
{
	const char *kept = find_digest(m->base, name);

	if (m->out->asked_count < FIELDS_ASKED_MAX)
		m->out->asked[m->out->asked_count++] = (struct field_asked){ name, ours, theirs };
	return kept == NULL ? 0 : buf_add(&m->out->digest, kept, FIELD_DIGEST_BYTES, e);
}

static int
take_member(struct merge *m, struct span name, struct err *e)
{
	struct span ours = find_member(m->ours, name), theirs = find_member(m->theirs, name), value;
	enum side side = judge(m, name);

	if (side == SIDE_ASK ? ask(m, name, ours, theirs, e) == -1
	    : theirs.ptr != NULL && add_digest(name, theirs, &m->out->digest, e) == -1)
		return -1;
	value = side == SIDE_THEIRS ? theirs : ours;
	if (value.ptr == NULL)
		return 0;
	return buf_addf(&m->text, e, "%c\"%.*s\":", m->text.len == 0 ? '{' : ',', (int)name.len, name.ptr) == -1
	    ? -1 : buf_addspan(&m->text, value, e);
}

static int
run(struct merge *m, struct err *e)
{
	struct span name, value;
	struct canon_iter it;

	buf_reset(&m->out->content);
	buf_reset(&m->out->digest);
	m->out->asked_count = 0;
	canon_object(m->ours, &it);
	while (canon_next(&it, &name, &value))
		if (take_member(m, name, e) == -1)
			return -1;
	canon_object(m->theirs, &it);
	while (canon_next(&it, &name, &value))
		if (find_member(m->ours, name).ptr == NULL && take_member(m, name, e) == -1)
			return -1;
	if (buf_adds(&m->text, m->text.len == 0 ? "{}" : "}", e) == -1)
		return -1;
	return jcs_canonicalize(buf_span(&m->text), &m->out->content, e);
}

int
fields_merge(struct span base, struct span ours, struct span theirs, const struct field_choice *choice,
    size_t n, struct fields_merged *out, struct err *e)
{
	struct merge m = { .base = base, .ours = ours, .theirs = theirs, .choice = choice, .choice_count = n,
		.out = out, .text = BUF_INIT(out->content.max) };
	int rc = run(&m, e);

	buf_clear(&m.text);
	return rc;
}

void
fields_merged_clear(struct fields_merged *m)
{
	buf_clear(&m->content);
	buf_clear(&m->digest);
	m->asked_count = 0;
}
