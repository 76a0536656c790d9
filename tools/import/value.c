/* SPDX-License-Identifier: AGPL-3.0-or-later
 * value.c - numbers, positions and dates as people and programs write them; see import.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/import/import.h"

int
import_number(struct span text, double *out)
{
	char s[40];
	size_t i, digits = 0, points = 0;

	text = span_trim(text);
	if (text.len == 0 || text.len >= sizeof s)
		return 0;
	for (i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == ',' || c == '.') {
			points++;
			c = '.';
		} else if (c >= '0' && c <= '9')
			digits++;
		else if (!((c == '-' || c == '+') && i == 0))
			return 0;
		s[i] = c;
	}
	s[text.len] = '\0';
	if (digits == 0 || points > 1)
		return 0;
	*out = strtod(s, NULL);
	return isfinite(*out);
}

/* "POINT(-2.7 48.5)", with or without "SRID=4326;" before it: longitude first. */
static int
well_known_text(struct span s, double *lat, double *lon)
{
	const char *p = memmem(s.ptr, s.len, "POINT", 5);
	struct span rest;

	if (p == NULL || (p = memchr(p, '(', s.len - (size_t)(p - s.ptr))) == NULL || s.ptr[s.len - 1] != ')')
		return 0;
	rest = span_trim((struct span){ p + 1, (size_t)(s.ptr + s.len - 2 - p) });
	return import_number(span_cut(&rest, ' '), lon) && import_number(rest, lat);
}

static int
count_of(struct span s, char c)
{
	int n = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		n += s.ptr[i] == c;
	return n;
}

int
import_position(struct span text, double *lat, double *lon)
{
	static const char separator[] = { '|', ';', '/', ',', ' ' };
	struct span s = span_trim(text), rest;
	const char *second;
	size_t i;

	if (s.len > 2 && (s.ptr[0] == '[' || s.ptr[0] == '(') && (s.ptr[s.len - 1] == ']' || s.ptr[s.len - 1] == ')'))
		s = span_trim((struct span){ s.ptr + 1, s.len - 2 });
	if (s.len == 0)
		return 0;
	if (well_known_text(s, lat, lon))
		return 1;
	/* "48,514,-2,765": the middle comma of three separates */
	if (count_of(s, ',') == 3 && count_of(s, '.') == 0) {
		second = memchr(s.ptr, ',', s.len);
		second = memchr(second + 1, ',', (size_t)(s.ptr + s.len - second - 1));
		return import_number((struct span){ s.ptr, (size_t)(second - s.ptr) }, lat) &&
		    import_number((struct span){ second + 1, (size_t)(s.ptr + s.len - second - 1) }, lon);
	}
	for (i = 0; i < sizeof separator; i++) {
		if (count_of(s, separator[i]) == 0)
			continue;
		rest = s;
		if (import_number(span_cut(&rest, separator[i]), lat) && import_number(rest, lon))
			return 1;
	}
	return 0;
}

/* Up to max digits at the front of s taken off; -1 when there is none. */
static int
take_number(struct span *s, size_t max)
{
	int n = 0;
	size_t i;

	for (i = 0; i < max && i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++)
		n = n * 10 + (s->ptr[i] - '0');
	if (i == 0)
		return -1;
	s->ptr += i;
	s->len -= i;
	return n;
}

static int
take_char(struct span *s, const char *any)
{
	if (s->len == 0 || strchr(any, s->ptr[0]) == NULL || s->ptr[0] == '\0')
		return 0;
	s->ptr++;
	s->len--;
	return 1;
}

static int
days_in(int month, int year)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
		return 29;
	return days[month - 1];
}

/* What may stand between date and time: "T", spaces, "à". */
static void
skip_between(struct span *s)
{
	while (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == 'T' || s->ptr[0] == 't' || s->ptr[0] == ',' ||
	    (unsigned char)s->ptr[0] == 0xc3 || (unsigned char)s->ptr[0] == 0xa0)) {
		s->ptr++;
		s->len--;
	}
}

int
import_date(struct span text, char date[11], char time[6])
{
	struct span s = span_trim(text);
	int a = take_number(&s, 4), m, b, year, day, hour, minute;

	date[0] = time[0] = '\0';
	if (a == -1 || !take_char(&s, "-/.") || (m = take_number(&s, 2)) == -1 || !take_char(&s, "-/.") ||
	    (b = take_number(&s, 4)) == -1)
		return 0;
	year = a > 31 ? a : b;
	day = a > 31 ? b : a;
	if (year < 100)
		year += year < 70 ? 2000 : 1900;
	if (year < 1000 || m < 1 || m > 12 || day < 1 || day > days_in(m, year))
		return 0;
	snprintf(date, 11, "%04d-%02d-%02d", year % 10000, m % 100, day % 100);
	if (s.len == 0)
		return 1;
	skip_between(&s);
	if ((hour = take_number(&s, 2)) == -1 || !take_char(&s, ":h"))
		return 0;
	if ((minute = take_number(&s, 2)) == -1)
		minute = 0;
	if (hour > 23 || minute > 59)
		return 0;
	snprintf(time, 6, "%02u:%02u", (unsigned)hour % 100, (unsigned)minute % 100);
	return 1;
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. */
static int64_t
day_number(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Seconds east of UTC that the end of text tells: "+02:00", "+0200"; 0 for none or "Z". */
static int
zone_of(struct span text)
{
	size_t i;

	for (i = text.len > 6 ? text.len - 6 : 0; i < text.len; i++) {
		struct span s = { text.ptr + i + 1, text.len - i - 1 };
		int sign = text.ptr[i] == '+' ? 1 : text.ptr[i] == '-' ? -1 : 0, hours, minutes;

		if (sign == 0 || i < 13)	/* a date's own hyphens lie before the time */
			continue;
		hours = take_number(&s, 2);
		take_char(&s, ":");
		minutes = take_number(&s, 2);
		return hours == -1 ? 0 : sign * (hours * 3600 + (minutes == -1 ? 0 : minutes * 60));
	}
	return 0;
}

int
import_moment(struct span text, int64_t *out)
{
	char date[11], time[6];
	struct span d = { date, 10 }, t = { time, 5 };
	int year, month, day;

	text = span_trim(text);
	if (!import_date(text, date, time))
		return 0;
	year = take_number(&d, 4);
	take_char(&d, "-");
	month = take_number(&d, 2);
	take_char(&d, "-");
	day = take_number(&d, 2);
	*out = day_number(year, month, day) * 86400;
	if (time[0] != '\0') {
		*out += take_number(&t, 2) * 3600;
		take_char(&t, ":");
		*out += take_number(&t, 2) * 60 - zone_of(text);
	}
	return 1;
}
