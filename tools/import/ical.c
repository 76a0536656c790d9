/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ical.c - calendars (RFC 5545): each VEVENT is an event.
 *
 * Lines are unfolded and cut here, so that one bad line harms no other; dates, durations and rules are
 * libical's.  Times are local at the place: as written with a TZID, in universal time as the clocks in the
 * calendar's zone show it.  The end of an event of whole days is the day after it: the day before is meant.  An
 * occurrence that was moved is an event of its own, and told as an exception where it was.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libical/ical.h>

#include "proto/err.h"
#include "tools/import/address.h"
#include "tools/import/draft.h"
#include "tools/import/encoding.h"
#include "tools/import/when.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MANY_MAX 32		/* of the lines that may repeat, in one event */
#define MOVED_MAX 20000		/* occurrences in one file */
#define ZONES_MAX 64
#define EXCEPTIONS_MAX 20	/* told of one event */
#define RULE_CHARS_MAX 300
#define ZONE_CHARS_MAX 40
#define OCCURRENCES_MAX 120	/* looked for, to know the last one */
#define RULE_YEARS_MAX 10

enum prop {
	PROP_UID, PROP_SUMMARY, PROP_DESCRIPTION, PROP_LOCATION, PROP_GEO, PROP_URL, PROP_STATUS, PROP_CLASS,
	PROP_DTSTART, PROP_DTEND, PROP_DURATION, PROP_RRULE, PROP_RECURRENCE_ID, PROP_LAST_MODIFIED, PROP_CONFERENCE,
	PROP_ORGANIZER, PROP_ATTENDEE,
	PROP__ONCE,
	PROP_CATEGORIES = PROP__ONCE, PROP_EXDATE, PROP_RDATE, PROP_ATTACH, PROP_IMAGE,
	PROP__COUNT
};

static const char *const prop_name[] = {
	[PROP_UID] = "UID", [PROP_SUMMARY] = "SUMMARY", [PROP_DESCRIPTION] = "DESCRIPTION",
	[PROP_LOCATION] = "LOCATION", [PROP_GEO] = "GEO", [PROP_URL] = "URL", [PROP_STATUS] = "STATUS",
	[PROP_CLASS] = "CLASS", [PROP_DTSTART] = "DTSTART", [PROP_DTEND] = "DTEND", [PROP_DURATION] = "DURATION",
	[PROP_RRULE] = "RRULE", [PROP_RECURRENCE_ID] = "RECURRENCE-ID", [PROP_LAST_MODIFIED] = "LAST-MODIFIED",
	[PROP_CONFERENCE] = "CONFERENCE", [PROP_ORGANIZER] = "ORGANIZER", [PROP_ATTENDEE] = "ATTENDEE",
	[PROP_CATEGORIES] = "CATEGORIES", [PROP_EXDATE] = "EXDATE", [PROP_RDATE] = "RDATE", [PROP_ATTACH] = "ATTACH",
	[PROP_IMAGE] = "IMAGE",
};

struct line {
	struct span name, params, value;
};

struct moved {
	struct span uid, when;	/* RECURRENCE-ID as written */
};

struct calendar {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	struct buf text;		/* unfolded; spans below point into it */
	size_t row;
	char zone[ZONE_CHARS_MAX];	/* X-WR-TIMEZONE, or "" */
	int cancels;			/* METHOD:CANCEL */
	struct { struct span tzid, location; } alias[ZONES_MAX];	/* VTIMEZONE with X-LIC-LOCATION */
	size_t aliases;
	struct moved *moved;		/* in order */
	size_t moved_count, moved_room;
	struct line once[PROP__ONCE];
	struct { enum prop prop; struct line line; } many[MANY_MAX];
	size_t many_count;
};

/* --- lines --------------------------------------------------------------------------------------- */

/* A line end and the white space after it are nothing (3.1); in place. */
static void
unfold(struct buf *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->len; i++) {
		size_t end = i + (b->ptr[i] == '\r' && i + 1 < b->len && b->ptr[i + 1] == '\n');

		if (b->ptr[end] == '\n' && end + 1 < b->len && (b->ptr[end + 1] == ' ' || b->ptr[end + 1] == '\t'))
			i = end + 1;
		else
			b->ptr[n++] = b->ptr[i];
	}
	b->len = n;
	if (b->ptr != NULL)
		b->ptr[n] = '\0';
}

static int
is_named(struct span name, const char *wanted)
{
	return name.len == strlen(wanted) && strncasecmp(name.ptr, wanted, name.len) == 0;
}

/* NAME;PARAM=VALUE;…:VALUE; a colon within quotes does not count.  0: it is no such line. */
static int
cut_line(struct span s, struct line *out)
{
	int quoted = 0;
	size_t i, name_end = 0;

	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	for (i = 0; i < s.len && (quoted || s.ptr[i] != ':'); i++) {
		quoted ^= s.ptr[i] == '"';
		if (s.ptr[i] == ';' && name_end == 0)
			name_end = i;
	}
	if (i == s.len || i == 0)
		return 0;
	name_end = name_end == 0 ? i : name_end;
	*out = (struct line){ { s.ptr, name_end }, { s.ptr + name_end, i - name_end },
		{ s.ptr + i + 1, s.len - i - 1 } };
	return 1;
}

static struct span
param(const struct line *l, const char *name)
{
	struct span rest = l->params, one, key;

	while (rest.len > 0) {
		one = span_cut(&rest, ';');
		key = span_cut(&one, '=');
		if (!is_named(key, name))
			continue;
		if (one.len > 1 && one.ptr[0] == '"' && one.ptr[one.len - 1] == '"')
			one = (struct span){ one.ptr + 1, one.len - 2 };
		return one;
	}
	return (struct span){ 0 };
}

/* TEXT up to an unescaped stop, taken off the front of rest; escapes undone (3.3.11). */
static int
take_text(struct span *rest, char stop, struct buf *out, struct err *e)
{
	size_t i = 0;
	int rc = 0;

	buf_reset(out);
	if (rest->len == 0)
		return 0;
	for (; rc == 0 && i < rest->len && (stop == '\0' || rest->ptr[i] != stop); i++) {
		char c = rest->ptr[i];

		if (c == '\\' && i + 1 < rest->len) {
			c = rest->ptr[++i];
			c = c == 'n' || c == 'N' ? '\n' : c;
		}
		rc = buf_addc(out, c, e);
	}
	i += i < rest->len;
	rest->ptr += i;
	rest->len -= i;
	return rc;
}

static int
add_text(struct calendar *c, const char *name, struct span value, struct err *e)
{
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	int rc = take_text(&value, '\0', &text, e);

	if (rc == 0)
		draft_add(c->draft, name, buf_span(&text));
	else if (e->code == ERR_LIMIT) {
		c->draft->item.wrong = "is too long";
		rc = 0;
	}
	buf_clear(&text);
	return rc;
}

/* --- times ------------------------------------------------------------------------------------------ */

struct moment {
	struct icaltimetype t;
	int is_date, is_utc;
	char zone[ZONE_CHARS_MAX];	/* IANA name; "": nobody says */
};

static struct icaltimetype
parse_time(struct span s)
{
	char text[24];

	s = span_trim(s);
	if (s.len == 0 || s.len >= sizeof text)
		return icaltime_null_time();
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return icaltime_from_string(text);
}

static struct span
zone_location(const struct calendar *c, struct span tzid)
{
	size_t i;

	for (i = 0; i < c->aliases; i++)
		if (span_eq(c->alias[i].tzid, tzid))
			return c->alias[i].location;
	return tzid;
}

static int
read_moment(const struct calendar *c, const struct line *l, struct moment *out)
{
	struct span tzid = param(l, "TZID");

	*out = (struct moment){ .t = parse_time(l->value) };
	if (icaltime_is_null_time(out->t) || !icaltime_is_valid_time(out->t) || out->t.year < 1000 || out->t.year > 9999 ||
	    out->t.month < 1 || out->t.month > 12 || out->t.day < 1 ||
	    out->t.day > icaltime_days_in_month(out->t.month, out->t.year))
		return 0;
	out->is_date = out->t.is_date;
	out->is_utc = icaltime_is_utc(out->t);
	if (tzid.len > 0 && !out->is_utc && !out->is_date)
		when_zone(zone_location(c, tzid), out->zone, sizeof out->zone);
	return 1;
}

static void
print_wall(struct icaltimetype t, char out[WHEN_CHARS + 1])
{
	snprintf(out, WHEN_CHARS + 1, "%04u-%02u-%02uT%02u:%02u", (unsigned)t.year % 10000, (unsigned)t.month % 100,
	    (unsigned)t.day % 100, (unsigned)t.hour % 100, (unsigned)t.minute % 100);
}

/* What the clocks in zone show at m; as it is written when that is its zone, or no zone is known. */
static void
print_in(const struct moment *m, const char *zone, char out[WHEN_CHARS + 1])
{
	icaltimezone *from = m->is_utc ? icaltimezone_get_utc_timezone() : icaltimezone_get_builtin_timezone(m->zone);

	if (m->is_date || (!m->is_utc && (m->zone[0] == '\0' || strcmp(m->zone, zone) == 0)) || from == NULL ||
	    !when_local((int64_t)icaltime_as_timet_with_zone(m->t, from), zone, out))
		print_wall(m->t, out);
}

/* The last minute of an event of whole days; DTEND is the day after (3.6.1). */
static void
print_last_day(const struct moment *start, const struct moment *end, char out[WHEN_CHARS + 1])
{
	struct icaltimetype last = start->t;

	if (end != NULL && icaltime_compare_date_only(end->t, start->t) > 0) {
		last = end->t;
		icaltime_adjust(&last, -1, 0, 0, 0);
	}
	last.hour = 23;
	last.minute = 59;
	print_wall(last, out);
}

static int
end_from_duration(const struct calendar *c, const struct moment *start, struct moment *end)
{
	struct span s = span_trim(c->once[PROP_DURATION].value);
	struct icaldurationtype d;
	char text[40];

	if (s.len == 0 || s.len >= sizeof text)
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	d = icaldurationtype_from_string(text);
	if (icaldurationtype_is_bad_duration(d) || d.is_neg || d.weeks > 520 || d.days > 3650 || d.hours > 87600 ||
	    d.minutes > 5256000 || d.seconds > 315360000)
		return 0;
	*end = *start;
	end->t = icaltime_add(start->t, d);
	return end->t.year <= 9999;
}

static void
add_times(struct calendar *c)
{
	struct moment start, end;
	char text[WHEN_CHARS + 1];
	const char *zone = c->zone[0] != '\0' ? c->zone : WHEN_ZONE;
	int has_end;

	if (!read_moment(c, &c->once[PROP_DTSTART], &start)) {
		draft_add(c->draft, "starts", c->once[PROP_DTSTART].value);
		return;
	}
	if (start.zone[0] != '\0')
		zone = start.zone;
	if (start.zone[0] != '\0' || c->zone[0] != '\0')
		draft_add(c->draft, "timezone", span_str(zone));
	else if (start.is_utc && icaltimezone_get_builtin_timezone(zone) == NULL)
		draft_add(c->draft, "timezone", SPAN("Etc/UTC"));
	print_in(&start, zone, text);
	draft_add(c->draft, "starts", span_str(text));
	has_end = read_moment(c, &c->once[PROP_DTEND], &end) || end_from_duration(c, &start, &end);
	if (start.is_date)
		print_last_day(&start, has_end ? &end : NULL, text);
	else if (has_end)
		print_in(&end, zone, text);
	if (start.is_date || has_end)
		draft_add(c->draft, "ends", span_str(text));
}

/* --- recurrence ---------------------------------------------------------------------------------------- */

/* The rule's text in capitals; 0 when it is none that a record may have. */
static int
rule_text(struct span s, char text[RULE_CHARS_MAX + 1])
{
	size_t i;

	if (s.len == 0 || s.len > RULE_CHARS_MAX)
		return 0;
	for (i = 0; i < s.len; i++) {
		text[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
		if (text[i] == '\0' || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,:+-", text[i]) == NULL)
			return 0;
	}
	text[s.len] = '\0';
	return strstr(text, "RSCALE") == NULL;	/* another calendar than ours (RFC 7529) */
}

/* May a rule's occurrences be looked for?  Of rules with parts that exclude each other (a thirtieth of February)
 * libical looks through centuries for the first: only those are, which hold every few months. */
static int
holds_often(const char *text)
{
	static const char *const plain[] = { "FREQ=", "INTERVAL=", "COUNT=", "WKST=", "UNTIL=" };
	struct span rest = span_str(text), one;
	size_t i;

	while (rest.len > 0) {
		one = span_cut(&rest, ';');
		for (i = 0; i < COUNT(plain); i++)
			if (one.len > strlen(plain[i]) && memcmp(one.ptr, plain[i], strlen(plain[i])) == 0)
				break;
		if (i < COUNT(plain))
			continue;
		if (one.len <= 6 || memcmp(one.ptr, "BYDAY=", 6) != 0 || strstr(text, "YEARLY") != NULL)
			return 0;
		for (i = 6; i < one.len; i++)	/* "-1SU", "2MO": each month has one */
			if ((one.ptr[i] >= '5' && one.ptr[i] <= '9') || one.ptr[i] == '0' ||
			    (one.ptr[i] == '-' && (i + 2 >= one.len || one.ptr[i + 1] != '1')) ||
			    (one.ptr[i] >= '1' && one.ptr[i] <= '4' && i + 1 < one.len && one.ptr[i + 1] >= '0' &&
			    one.ptr[i + 1] <= '9'))
				return 0;
	}
	return 1;
}

/* The last of the occurrences that a rule counts; null when there are not as many within some years. */
static struct icaltimetype
last_occurrence(struct icalrecurrencetype rule, struct icaltimetype start)
{
	struct icaltimetype t, last = icaltime_null_time();
	int n = 0, count = rule.count;
	icalrecur_iterator *it;

	if (count > OCCURRENCES_MAX || rule.freq < ICAL_DAILY_RECURRENCE)
		return last;
	rule.count = 0;
	rule.until = start;
	rule.until.year += RULE_YEARS_MAX;
	if ((it = icalrecur_iterator_new(rule, start)) == NULL)
		return last;
	for (; n < count && !icaltime_is_null_time(t = icalrecur_iterator_next(it)); n++)
		last = t;
	icalrecur_iterator_free(it);
	return n == count ? last : icaltime_null_time();
}

/* The same rule with the moment of its last occurrence for their number, since whoever lists events by date
 * needs to know when they are over (RFC 5545 3.3.10: in universal time). */
static void
count_to_until(const struct calendar *c, struct icalrecurrencetype rule, char text[RULE_CHARS_MAX + 1])
{
	char *count = strstr(text, "COUNT="), *after, rest[RULE_CHARS_MAX + 1], until[40];
	struct moment start;
	struct icaltimetype last;
	icaltimezone *zone;

	if (count == NULL || rule.count <= 0 || !holds_often(text) || !read_moment(c, &c->once[PROP_DTSTART], &start))
		return;
	last = last_occurrence(rule, start.t);
	zone = start.is_utc ? icaltimezone_get_utc_timezone() : icaltimezone_get_builtin_timezone(start.zone[0] != '\0'
	    ? start.zone : c->zone[0] != '\0' ? c->zone : WHEN_ZONE);
	if (icaltime_is_null_time(last) || zone == NULL || last.year > 9999)
		return;
	if (!start.is_date)
		last = icaltime_from_timet_with_zone(icaltime_as_timet_with_zone(last, zone), 0,
		    icaltimezone_get_utc_timezone());
	snprintf(until, sizeof until, start.is_date ? "UNTIL=%04u%02u%02u" : "UNTIL=%04u%02u%02uT%02u%02u%02uZ",
	    (unsigned)last.year % 10000, (unsigned)last.month % 100, (unsigned)last.day % 100, (unsigned)last.hour % 100,
	    (unsigned)last.minute % 100, (unsigned)last.second % 100);
	after = count + strcspn(count, ";");
	snprintf(rest, sizeof rest, "%s", after);
	snprintf(count, RULE_CHARS_MAX + 1 - (size_t)(count - text), "%s%s", until, rest);
}

static void
add_rule(struct calendar *c)
{
	char text[RULE_CHARS_MAX + 1];
	struct icalrecurrencetype rule;

	if (!rule_text(span_trim(c->once[PROP_RRULE].value), text))
		return;
	rule = icalrecurrencetype_from_string(text);
	if (rule.freq == ICAL_NO_RECURRENCE)
		return;
	count_to_until(c, rule, text);
	draft_add(c->draft, "recurrence", span_str(text));
}

static int
compare_moved(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	size_t n = x->uid.len < y->uid.len ? x->uid.len : y->uid.len;
	int order = n == 0 ? 0 : memcmp(x->uid.ptr, y->uid.ptr, n);

	return order != 0 ? order : (x->uid.len > y->uid.len) - (x->uid.len < y->uid.len);
}

/* The first moved occurrence of the event's series, or where it would stand. */
static size_t
first_moved(const struct calendar *c)
{
	const struct moved wanted = { .uid = c->once[PROP_UID].value };
	size_t low = 0, high = c->moved_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_moved(&c->moved[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
tell_day(struct buf *out, struct span when, size_t *told)
{
	struct icaltimetype t = parse_time(when);
	struct err full = { 0 };

	if (icaltime_is_null_time(t) || t.year < 1000 || t.year > 9999 || *told == EXCEPTIONS_MAX)
		return;
	buf_addf(out, &full, "%s%04u-%02u-%02u", (*told)++ == 0 ? "" : ", ", (unsigned)t.year % 10000,
	    (unsigned)t.month % 100, (unsigned)t.day % 100);
}

static void
tell_days(const struct calendar *c, enum prop prop, struct buf *out, size_t *told)
{
	struct span rest;
	size_t i;

	for (i = 0; i < c->many_count; i++)
		if (c->many[i].prop == prop)
			for (rest = c->many[i].line.value; rest.len > 0;)
				tell_day(out, span_cut(&rest, ','), told);
}

/* Days on which the rule does not hold, as people are told; records have no field for them. */
static int
tell_exceptions(const struct calendar *c, struct buf *out, struct err *e)
{
	struct buf days = BUF_INIT(2048);
	size_t told = 0, also = 0, i;
	int rc = 0;

	if (c->once[PROP_RRULE].value.len == 0)
		return 0;
	tell_days(c, PROP_EXDATE, &days, &told);
	for (i = first_moved(c); i < c->moved_count && told < EXCEPTIONS_MAX &&
	    span_eq(c->moved[i].uid, c->once[PROP_UID].value); i++)
		tell_day(&days, c->moved[i].when, &told);
	if (told > 0)
		rc = buf_addf(out, e, "%sSauf / except: %s", out->len > 0 ? "\n\n" : "", days.ptr);
	buf_reset(&days);
	tell_days(c, PROP_RDATE, &days, &also);
	if (rc == 0 && also > 0)
		rc = buf_addf(out, e, "%sAussi / also: %s", out->len > 0 ? "\n\n" : "", days.ptr);
	buf_clear(&days);
	return rc;
}

static int
add_description(struct calendar *c, struct err *e)
{
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	struct span s = c->once[PROP_DESCRIPTION].value;
	int rc = take_text(&s, '\0', &text, e);

	if (rc == 0)
		rc = tell_exceptions(c, &text, e);
	if (rc == 0)
		draft_add(c->draft, "description", buf_span(&text));
	else if (e->code == ERR_LIMIT) {
		c->draft->item.wrong = "is too long";
		rc = 0;
	}
	buf_clear(&text);
	return rc;
}

/* --- where ------------------------------------------------------------------------------------------------ */

static int
is_address(struct span s)
{
	return (s.len > 8 && strncasecmp(s.ptr, "https://", 8) == 0) || (s.len > 7 && strncasecmp(s.ptr, "http://", 7) == 0);
}

static int
add_where(struct calendar *c, struct err *e)
{
	struct import_item *item = &c->draft->item;
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	struct span s = c->once[PROP_LOCATION].value, geo = c->once[PROP_GEO].value;
	struct address a;
	int rc = take_text(&s, '\0', &text, e);

	item->has_position = geo.len > 0 && import_number(span_cut(&geo, ';'), &item->lat) && import_number(geo, &item->lon);
	if (rc == 0 && is_address(buf_span(&text))) {
		draft_add(c->draft, "online_url", buf_span(&text));
		draft_add(c->draft, "attendance", SPAN("online"));
	} else if (rc == 0) {
		address_split(buf_span(&text), &a);
		draft_add(c->draft, "street", a.street);
		draft_add(c->draft, "postcode", a.postcode);
		draft_add(c->draft, "commune", a.commune);
	}
	if (is_address(c->once[PROP_CONFERENCE].value))
		draft_add(c->draft, "online_url", c->once[PROP_CONFERENCE].value);
	if (rc == -1 && e->code == ERR_LIMIT) {
		item->wrong = "is too long";
		rc = 0;
	}
	buf_clear(&text);
	return rc;
}

/* --- an event ------------------------------------------------------------------------------------------------ */

static int
add_categories(struct calendar *c, struct err *e)
{
	struct buf text = BUF_INIT(IMPORT_ITEM_BYTES_MAX);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->many_count; i++) {
		struct span rest = c->many[i].line.value;

		if (c->many[i].prop == PROP_ATTACH || c->many[i].prop == PROP_IMAGE) {
			if (is_address(rest))
				draft_add_whole(c->draft, "links", rest);
		} else if (c->many[i].prop == PROP_CATEGORIES)
			while (rc == 0 && rest.len > 0)
				if ((rc = take_text(&rest, ',', &text, e)) == 0)
					draft_add_whole(c->draft, "categories", span_trim(buf_span(&text)));
	}
	buf_clear(&text);
	return rc;
}

/* An occurrence has its series' UID: the day it stands for tells it apart. */
static void
set_id(struct calendar *c)
{
	struct span uid = c->once[PROP_UID].value, which = c->once[PROP_RECURRENCE_ID].value;
	char text[900];

	if (uid.len == 0 || uid.len + which.len + 2 > sizeof text)
		return;
	snprintf(text, sizeof text, "%.*s%s%.*s", (int)uid.len, uid.ptr, which.len > 0 ? "/" : "", (int)which.len,
	    which.len > 0 ? which.ptr : "");
	c->draft->item.id = draft_copy(c->draft, span_str(text));
}

static void
set_status(struct calendar *c)
{
	struct span class = c->once[PROP_CLASS].value, url = c->once[PROP_URL].value;
	struct import_item *item = &c->draft->item;

	if (c->cancels)
		draft_add(c->draft, "event_status", SPAN("cancelled"));
	else
		draft_add(c->draft, "event_status", c->once[PROP_STATUS].value);
	if (is_named(class, "PRIVATE") || is_named(class, "CONFIDENTIAL"))
		item->wrong = "is marked private in its calendar";
	else if (draft_is_own_page(url))
		item->wrong = DRAFT_OWN_PAGE;
}

static int
end_event(struct calendar *c, struct err *e)
{
	static const struct { enum prop prop; const char *name; } text[] = {
		{ PROP_SUMMARY, "name" }, { PROP_ORGANIZER, "organizer" }, { PROP_ATTENDEE, "attendee" },
	};
	struct icaltimetype changed = parse_time(c->once[PROP_LAST_MODIFIED].value);
	size_t i;

	draft_start(c->draft, ++c->row);
	c->draft->item.kind = KIND_EVENT;
	if (!icaltime_is_null_time(changed))
		c->draft->item.updated = (int64_t)icaltime_as_timet_with_zone(changed, icaltimezone_get_utc_timezone());
	set_id(c);
	set_status(c);
	for (i = 0; i < COUNT(text); i++)
		if (add_text(c, text[i].name, c->once[text[i].prop].value, e) == -1)
			return -1;
	draft_add(c->draft, "website", c->once[PROP_URL].value);
	add_times(c);
	add_rule(c);
	if (add_description(c, e) == -1 || add_where(c, e) == -1 || add_categories(c, e) == -1)
		return -1;
	return draft_end(c->draft, c->each, c->ctx, e);
}

static void
start_event(struct calendar *c)
{
	memset(c->once, 0, sizeof c->once);
	c->many_count = 0;
}

static void
take_line(struct calendar *c, const struct line *l)
{
	int p;

	for (p = 0; p < PROP__COUNT; p++)
		if (is_named(l->name, prop_name[p]))
			break;
	if (p < PROP__ONCE && c->once[p].name.len == 0)
		c->once[p] = *l;
	else if (p >= PROP__ONCE && p < PROP__COUNT && c->many_count < MANY_MAX) {
		c->many[c->many_count].prop = (enum prop)p;
		c->many[c->many_count++].line = *l;
	}
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static int
keep_moved(struct calendar *c, struct span uid, struct span when, struct err *e)
{
	size_t room = c->moved_room == 0 ? 64 : c->moved_room * 2;
	struct moved *more;

	if (uid.len == 0 || when.len == 0 || c->moved_count == MOVED_MAX)
		return 0;
	if (c->moved_count == c->moved_room) {
		if ((more = realloc(c->moved, room * sizeof *more)) == NULL)
			return err_memory(e);
		c->moved = more;
		c->moved_room = room;
	}
	c->moved[c->moved_count++] = (struct moved){ uid, when };
	return 0;
}

static void
keep_zone(struct calendar *c, struct span tzid, struct span location)
{
	if (tzid.len == 0 || location.len == 0 || c->aliases == ZONES_MAX)
		return;
	c->alias[c->aliases].tzid = tzid;
	c->alias[c->aliases++].location = location;
}

/* What holds for all events: the calendar's zone, what its zones are, which occurrences were moved. */
static int
survey(struct calendar *c, struct err *e)
{
	struct span rest = buf_span(&c->text), uid = { 0 }, when = { 0 }, tzid = { 0 };
	int alarm = 0;
	struct line l;

	while (rest.len > 0) {
		if (!cut_line(span_cut(&rest, '\n'), &l))
			continue;
		if (is_named(l.value, "VALARM"))
			alarm = is_named(l.name, "BEGIN");
		else if (is_named(l.name, "BEGIN"))
			uid = when = tzid = (struct span){ 0 };
		else if (is_named(l.name, "UID") && !alarm)
			uid = l.value;
		else if (is_named(l.name, "RECURRENCE-ID"))
			when = l.value;
		else if (is_named(l.name, "TZID"))
			tzid = l.value;
		else if (is_named(l.name, "X-LIC-LOCATION"))
			keep_zone(c, tzid, l.value);
		else if (is_named(l.name, "X-WR-TIMEZONE"))
			when_zone(l.value, c->zone, sizeof c->zone);
		else if (is_named(l.name, "METHOD"))
			c->cancels = is_named(l.value, "CANCEL");
		else if (is_named(l.name, "END") && is_named(l.value, "VEVENT") && keep_moved(c, uid, when, e) == -1)
			return -1;
	}
	if (c->moved_count > 0)
		qsort(c->moved, c->moved_count, sizeof *c->moved, compare_moved);
	return 0;
}

static int
read_events(struct calendar *c, struct err *e)
{
	struct span rest = buf_span(&c->text);
	int inside = 0, nested = 0, whole = 0;
	struct line l;

	while (rest.len > 0) {
		if (!cut_line(span_cut(&rest, '\n'), &l))
			continue;
		if (is_named(l.name, "BEGIN") && inside)
			nested++;
		else if (is_named(l.name, "BEGIN") && is_named(l.value, "VEVENT")) {
			inside = 1;
			start_event(c);
		} else if (is_named(l.name, "END") && inside && nested > 0)
			nested--;
		else if (is_named(l.name, "END") && inside) {
			inside = 0;
			if (end_event(c, e) == -1)
				return -1;
		} else if (inside && nested == 0)
			take_line(c, &l);
		whole = is_named(l.name, "END") && is_named(l.value, "VCALENDAR");
	}
	return whole ? 0 : err_set(e, ERR_INPUT, "the file ends too early, after %zu events", c->row);
}

int
ical_recognise(const struct import_input *in)
{
	struct span s = import_input_text(in);

	return s.len >= 15 && strncasecmp(s.ptr, "BEGIN:VCALENDAR", 15) == 0 ? SURE_YES : SURE_NOT;
}

/* The file, unfolded, for a fold may cut a character in two; then in UTF-8. */
static int
read_text(struct import_input *in, struct calendar *c, struct err *e)
{
	struct buf utf8 = BUF_INIT(IMPORT_FILE_BYTES_MAX);

	if (import_input_all(in, &c->text, e) == -1)
		return -1;
	unfold(&c->text);
	if (import_is_utf8(buf_span(&c->text)))
		return 0;
	if (encoding_add(buf_span(&c->text), &utf8, e) == -1) {
		buf_clear(&utf8);
		return -1;
	}
	buf_clear(&c->text);
	c->text = utf8;
	return 0;
}

int
ical_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct calendar *c = calloc(1, sizeof *c);
	int rc = -1;

	if (c == NULL)
		return err_memory(e);
	c->text = (struct buf)BUF_INIT(IMPORT_FILE_BYTES_MAX);
	c->each = each;
	c->ctx = ctx;
	if ((c->draft = draft_new(e)) != NULL && read_text(in, c, e) == 0)
		rc = survey(c, e) == -1 ? -1 : read_events(c, e);
	draft_free(c->draft);
	buf_clear(&c->text);
	free(c->moved);
	free(c);
	return rc;
}
