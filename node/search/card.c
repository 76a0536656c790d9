/* SPDX-License-Identifier: AGPL-3.0-or-later
 * card.c - reads what a list shows of a record, and who refers to it; see search.h. */
#include <string.h>

#include "node/search/search_impl.h"
#include "proto/err.h"
#include "proto/record.h"

/* Text of a column, in the arena; sets *failed when there was no room. */
static const char *
text(sqlite3_stmt *st, int at, struct arena *a, int *failed)
{
	struct span s = conn_text(st, at);
	const char *copy = s.len == 0 ? "" : arena_copy(a, s);

	if (copy == NULL) {
		*failed = 1;
		return "";
	}
	return copy;
}

static const char *
kept(const char *s, struct arena *a, int *failed)
{
	const char *copy = *s == '\0' ? "" : arena_copy(a, span_str(s));

	if (copy == NULL) {
		*failed = 1;
		return "";
	}
	return copy;
}

static const char *
practice_keys(const struct columns *c, sqlite3_stmt *st, struct arena *a, int *failed)
{
	uint16_t id[PRACTICES_MAX];
	const void *blob = sqlite3_column_blob(st, CARD_PRACTICES);
	size_t i, bytes = (size_t)sqlite3_column_bytes(st, CARD_PRACTICES);
	char room[PRACTICES_MAX * 64];
	struct buf keys = { .ptr = room, .cap = sizeof room, .max = sizeof room - 1 };
	struct err ignored = {0};

	if (bytes > sizeof id)
		bytes = sizeof id;
	if (bytes > 0)
		memcpy(id, blob, bytes);
	for (i = 0; i < bytes / sizeof id[0]; i++)
		if (buf_addf(&keys, &ignored, "%s%s", i > 0 ? " " : "",
		    names_key(c, NAME_PRACTICE, id[i])) == -1)
			break;
	room[keys.len] = '\0';
	return kept(room, a, failed);
}

/* The names are looked up in memory; the lock is held. */
static int
card_fill(const struct columns *c, sqlite3_stmt *st, int64_t now_s, struct arena *a,
    struct search_card *out)
{
	uint32_t author = (uint32_t)sqlite3_column_int64(st, CARD_AUTHOR);
	int flags = sqlite3_column_int(st, CARD_FLAGS);
	int failed = 0;

	*out = (struct search_card){
		.author = kept(names_key(c, NAME_AUTHOR, author), a, &failed),
		.author_name = kept(names_label(c, NAME_AUTHOR, author), a, &failed),
		.kind = (enum kind)sqlite3_column_int(st, CARD_KIND),
		.rid = text(st, CARD_RID, a, &failed),
		.seq = sqlite3_column_int64(st, CARD_SEQ),
		.updated = sqlite3_column_int64(st, CARD_UPDATED),
		.created = sqlite3_column_int64(st, CARD_CREATED),
		.expires = sqlite3_column_int64(st, CARD_EXPIRES),
		.lang = kept(names_key(c, NAME_LANG, (uint32_t)sqlite3_column_int(st, CARD_LANG)), a, &failed),
		.license = text(st, CARD_LICENSE, a, &failed),
		.title = text(st, CARD_TITLE, a, &failed),
		.summary = text(st, CARD_SUMMARY, a, &failed),
		.commune = text(st, CARD_COMMUNE, a, &failed),
		.insee = text(st, CARD_INSEE, a, &failed),
		.postcode = text(st, CARD_POSTCODE, a, &failed),
		.has_position = sqlite3_column_type(st, CARD_LAT) != SQLITE_NULL,
		.lat_e7 = sqlite3_column_int(st, CARD_LAT),
		.lon_e7 = sqlite3_column_int(st, CARD_LON),
		.axes = (uint32_t)sqlite3_column_int(st, CARD_AXES),
		.access = (uint32_t)sqlite3_column_int(st, CARD_ACCESS),
		.terms = (uint32_t)sqlite3_column_int(st, CARD_TERMS),
		.status = sqlite3_column_int(st, CARD_STATUS),
		.practices = practice_keys(c, st, a, &failed),
		.type = kept(names_key(c, NAME_TYPE, (uint32_t)sqlite3_column_int(st, CARD_TYPE)), a, &failed),
		.by = text(st, CARD_BY, a, &failed),
		.starts = text(st, CARD_STARTS, a, &failed),
		.ends = text(st, CARD_ENDS, a, &failed),
		.until = text(st, CARD_UNTIL, a, &failed),
		.published = text(st, CARD_PUBLISHED, a, &failed),
		.event_status = text(st, CARD_EVENT_STATUS, a, &failed),
		.hours = text(st, CARD_HOURS, a, &failed),
		.recurring = (flags & COLUMN_RECURRING) != 0,
		.example = (flags & COLUMN_EXAMPLE) != 0,
		.own = (flags & COLUMN_OWN) != 0,
		.distance_m = -1,
	};
	out->lapsed = out->own && now_s >= expiry_day(out->expires);
	return failed ? -1 : 0;
}

int
search_card_read(struct search_reader *r, uint32_t id, int64_t now_s, struct arena *a, struct search_card *out,
    struct err *e)
{
	sqlite3_stmt *st = conn_stmt(&r->conn, SQL_CARD, e);
	int rc;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		rc = card_fill(&r->search->columns, st, now_s, a, out) == 0 ? 0 : err_memory(e);
	else if (rc == SQLITE_DONE)
		rc = err_set(e, ERR_NOT_FOUND, "no such record in the index");
	else
		rc = conn_fail(&r->conn, e);
	sqlite3_reset(st);
	return rc;
}

int
search_get(struct search_reader *r, struct span author, enum kind kind, struct span rid, int64_t now_s,
    struct arena *a, struct search_card *out, struct err *e)
{
	sqlite3_stmt *st;
	uint32_t id = 0;
	int rc = -1, step;

	r->ticks = TICKS_PER_QUERY;
	pthread_rwlock_rdlock(&r->search->lock);
	st = conn_stmt(&r->conn, SQL_CARD_FIND, e);
	if (st == NULL)
		goto out;
	conn_bind(st, 1, author);
	sqlite3_bind_int(st, 2, (int)kind);
	conn_bind(st, 3, rid);
	step = sqlite3_step(st);
	if (step == SQLITE_ROW)
		id = (uint32_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		conn_fail(&r->conn, e);
	else
		rc = search_card_read(r, id, now_s, a, out, e);
out:
	pthread_rwlock_unlock(&r->search->lock);
	return rc;
}

/* --- links ------------------------------------------------------------------------------------- */

static int
link_fill(struct search_reader *r, sqlite3_stmt *st, int64_t now_s, struct arena *a,
    struct search_link *out, struct err *e)
{
	const struct columns *c = &r->search->columns;
	uint32_t author = (uint32_t)sqlite3_column_int64(st, 0);
	struct search_card *card = NULL;
	int failed = 0;

	*out = (struct search_link){
		.author = kept(names_key(c, NAME_AUTHOR, author), a, &failed),
		.author_name = kept(names_label(c, NAME_AUTHOR, author), a, &failed),
		.kind = (enum kind)sqlite3_column_int(st, 1),
		.rid = text(st, 2, a, &failed),
		.field = text(st, 3, a, &failed),
		.value = text(st, 4, a, &failed),
		.other = text(st, 5, a, &failed),
		.updated = sqlite3_column_int64(st, 6),
		.target = text(st, 7, a, &failed),
	};
	if (failed)
		return err_memory(e);
	if (sqlite3_column_type(st, 8) != SQLITE_NULL) {
		card = arena_alloc(a, sizeof *card);
		if (card == NULL)
			return err_memory(e);
		if (search_card_read(r, (uint32_t)sqlite3_column_int64(st, 8), now_s, a, card, e) == -1)
			return -1;
	}
	out->card = card;
	return 0;
}

/* What a bound statement about links yields, one row of links each. */
static int
links_read(struct search_reader *r, sqlite3_stmt *st, int64_t now_s, unsigned limit, struct arena *a,
    struct search_links *out, struct err *e)
{
	int rc = SQLITE_DONE, failed = 0;

	sqlite3_bind_int64(st, 2, now_s);
	while (out->count < limit && !failed && (rc = sqlite3_step(st)) == SQLITE_ROW)
		if (link_fill(r, st, now_s, a, &out->link[out->count], e) == 0)
			out->count++;
		else
			failed = 1;
	if (!failed && rc != SQLITE_ROW && rc != SQLITE_DONE)
		failed = conn_fail(&r->conn, e) == -1;
	sqlite3_reset(st);
	return failed ? -1 : 0;
}

static int
links_room(struct arena *a, unsigned *limit, struct search_links *out, struct err *e)
{
	if (*limit == 0 || *limit > SEARCH_LIMIT_MAX)
		*limit = SEARCH_LIMIT_MAX;
	*out = (struct search_links){ .link = arena_alloc(a, *limit * sizeof *out->link) };
	return out->link == NULL ? err_memory(e) : 0;
}

int
search_related(struct search_reader *r, struct span ref, int64_t now_s, unsigned limit, struct arena *a,
    struct search_links *out, struct err *e)
{
	sqlite3_stmt *st;
	int rc = -1;

	if (links_room(a, &limit, out, e) == -1)
		return -1;
	r->ticks = TICKS_PER_QUERY;
	pthread_rwlock_rdlock(&r->search->lock);
	st = conn_stmt(&r->conn, SQL_LINKS_TO, e);
	if (st != NULL) {
		conn_bind(st, 1, ref);
		rc = links_read(r, st, now_s, limit, a, out, e);
	}
	pthread_rwlock_unlock(&r->search->lock);
	return rc;
}

/* References begin with "AUTHOR/", and '0' follows '/'; nothing lies between a reference and itself with a
 * space behind it. */
int
search_related_as(struct search_reader *r, struct span target, const char *field, int64_t now_s,
    unsigned limit, struct arena *a, struct search_links *out, struct err *e)
{
	int whole = memchr(target.ptr, '/', target.len) != NULL;
	char *from = arena_printf(a, "%.*s%s", (int)target.len, target.ptr, whole ? "" : "/");
	char *to = arena_printf(a, "%.*s%s", (int)target.len, target.ptr, whole ? " " : "0");
	sqlite3_stmt *st;
	int rc = -1;

	if (from == NULL || to == NULL)
		return err_memory(e);
	if (links_room(a, &limit, out, e) == -1)
		return -1;
	r->ticks = TICKS_PER_QUERY;
	pthread_rwlock_rdlock(&r->search->lock);
	st = conn_stmt(&r->conn, SQL_LINKS_AS, e);
	if (st != NULL) {
		conn_bind_str(st, 1, from);
		conn_bind_str(st, 3, to);
		conn_bind_str(st, 4, field);
		rc = links_read(r, st, now_s, limit, a, out, e);
	}
	pthread_rwlock_unlock(&r->search->lock);
	return rc;
}
