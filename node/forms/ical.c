/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ical.c - RFC 5545: events, for people's own calendars.
 *
 * Records say local time at the place.  Most are in Europe/Paris, whose rules are
 * included; another zone is named, and readers know it by its name.
 */
#include <stdio.h>
#include <string.h>

#include "node/forms/forms.h"

#define LINE_OCTETS_MAX 75
#define ZONE_DEFAULT "Europe/Paris"

/* One content line, folded at 75 octets between characters (3.1). */
static int
add_line(struct buf *out, const char *name, const char *value, struct err *e)
{
	size_t column = strlen(name) + 1, n;

	if (buf_addf(out, e, "%s:", name) == -1)
		return -1;
	for (; *value != '\0'; value += n, column += n) {
		for (n = 1; ((unsigned char)value[n] & 0xc0) == 0x80;)
			n++;
		if (column + n > LINE_OCTETS_MAX) {
			if (buf_adds(out, "\r\n ", e) == -1)
				return -1;
			column = 1;
		}
		if (buf_add(out, value, n, e) == -1)
			return -1;
	}
	return buf_adds(out, "\r\n", e);
}

/* A TEXT value: backslash, semicolon, comma and line break escaped (3.3.11). */
static int
add_text(struct forming *f, const char *name, const char *text, struct err *e)
{
	struct buf escaped = BUF_INIT(128 * 1024);
	int rc = 0;

	for (; rc == 0 && *text != '\0'; text++) {
		if (*text == '\n')
			rc = buf_adds(&escaped, "\\n", e);
		else if ((unsigned char)*text < 0x20)
			continue;
		else if (strchr("\\;,", *text) != NULL)
			rc = buf_addf(&escaped, e, "\\%c", *text);
		else
			rc = buf_addc(&escaped, *text, e);
	}
	if (rc == 0)
		rc = add_line(f->out, name, escaped.ptr == NULL ? "" : escaped.ptr, e);
	buf_clear(&escaped);
	return rc;
}

int
ical_begin(struct forming *f, struct err *e)
{
	if (buf_adds(f->out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Essaim//Essaim//FR\r\n"
	    "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n", e) == -1 ||
	    add_text(f, "X-WR-CALNAME", f->title, e) == -1)
		return -1;
	return buf_adds(f->out, "BEGIN:VTIMEZONE\r\nTZID:" ZONE_DEFAULT "\r\n"
	    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
	    "TZNAME:CET\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
	    "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
	    "TZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
	    "END:VTIMEZONE\r\n", e);
}

/* "2026-12-01T18:30" to "20261201T183000"; 0 when it is not of that form. */
static int
compact(const char *text, char out[16])
{
	static const int at[] = { 0, 1, 2, 3, 5, 6, 8, 9, -1, 11, 12, 14, 15 };
	size_t i;

	if (strlen(text) != 16)
		return 0;
	for (i = 0; i < sizeof at / sizeof at[0]; i++)
		out[i] = at[i] == -1 ? 'T' : text[at[i]];
	memcpy(out + i, "00", 3);
	return 1;
}

static int
plain_zone(const char *s)
{
	return s[0] != '\0' && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") ==
	    strlen(s);
}

static int
add_times(struct forming *f, const struct record *r, struct err *e)
{
	char name[80], when[16], zone[48] = ZONE_DEFAULT;

	if (form_text(f, r, "timezone") && f->scratch.len < sizeof zone && plain_zone(f->scratch.ptr))
		memcpy(zone, f->scratch.ptr, f->scratch.len + 1);
	if (form_text(f, r, "starts") && compact(f->scratch.ptr, when)) {
		snprintf(name, sizeof name, "DTSTART;TZID=%s", zone);
		if (add_line(f->out, name, when, e) == -1)
			return -1;
	}
	if (form_text(f, r, "ends") && compact(f->scratch.ptr, when)) {
		snprintf(name, sizeof name, "DTEND;TZID=%s", zone);
		if (add_line(f->out, name, when, e) == -1)
			return -1;
	}
	if (form_text(f, r, "recurrence") && strncmp(f->scratch.ptr, "FREQ=", 5) == 0 &&
	    strspn(f->scratch.ptr, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,:+-") == f->scratch.len)
		return add_line(f->out, "RRULE", f->scratch.ptr, e);
	return 0;
}

static int
add_where(struct forming *f, const struct record *r, struct err *e)
{
	struct buf where = BUF_INIT(1024);
	char lat[16], lon[16], geo[40];
	int rc = 0;

	if (form_text(f, r, "street"))
		rc = buf_addf(&where, e, "%s, ", f->scratch.ptr);
	if (rc == 0 && form_text(f, r, "postcode"))
		rc = buf_addf(&where, e, "%s ", f->scratch.ptr);
	if (rc == 0 && form_text(f, r, "commune"))
		rc = buf_addspan(&where, buf_span(&f->scratch), e);
	if (rc == 0 && where.len > 0)
		rc = add_text(f, "LOCATION", where.ptr, e);
	buf_clear(&where);
	if (rc == 0 && form_degrees(r, "lat_e7", lat) && form_degrees(r, "lon_e7", lon)) {
		snprintf(geo, sizeof geo, "%s;%s", lat, lon);
		rc = add_line(f->out, "GEO", geo, e);
	}
	return rc;
}

static int
add_status(struct forming *f, const struct record *r, struct err *e)
{
	static const struct { const char *key, *status; } row[] = {
		{ "confirmed", "CONFIRMED" }, { "tentative", "TENTATIVE" }, { "cancelled", "CANCELLED" },
	};

	for (size_t i = 0; form_text(f, r, "event_status") && i < 3; i++)
		if (strcmp(f->scratch.ptr, row[i].key) == 0)
			return add_line(f->out, "STATUS", row[i].status, e);
	return 0;
}

int
ical_row(struct forming *f, const struct record *r, struct err *e)
{
	char stamp[21], basic[17];
	struct buf page = BUF_INIT(1024), *out = f->out;
	int rc;

	timestamp_format(r->updated, stamp);
	snprintf(basic, sizeof basic, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", stamp, stamp + 5, stamp + 8, stamp + 11,
	    stamp + 14, stamp + 17);
	f->out = &page;
	rc = form_page(f, r, e);
	f->out = out;
	if (rc == 0)
		rc = buf_addf(out, e, "BEGIN:VEVENT\r\nUID:%.*s-%.*s\r\nDTSTAMP:%s\r\n", (int)r->rid.len,
		    r->rid.ptr, (int)r->author.len - 8, r->author.ptr + 8, basic);
	if (rc == 0 && form_text(f, r, "name"))
		rc = add_text(f, "SUMMARY", f->scratch.ptr, e);
	if (rc == 0 && (form_text(f, r, "summary") || form_text(f, r, "description")))
		rc = add_text(f, "DESCRIPTION", f->scratch.ptr, e);
	if (rc == 0)
		rc = add_times(f, r, e);
	if (rc == 0)
		rc = add_where(f, r, e);
	if (rc == 0)
		rc = add_status(f, r, e);
	if (rc == 0 && f->base[0] != '\0')
		rc = add_line(out, "URL", page.ptr, e);
	if (rc == 0)
		rc = buf_adds(out, "END:VEVENT\r\n", e);
	buf_clear(&page);
	return rc;
}

int
ical_end(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "END:VCALENDAR\r\n", e);
}
