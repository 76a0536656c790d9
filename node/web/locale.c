/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale.c - see locale.h. */
#include "node/web/locale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/err.h"

#define KEY_CHARS_MAX	96
#define TEXT_BYTES_MAX	8192
#define DAY_S		86400
#define HOUR_S		3600

/* --- texts --------------------------------------------------------------------------------- */

static int
by_key(const void *key, const void *at)
{
	return strcmp(key, *(const char *const *)at);
}

const char *
text_find(enum lang lang, const char *prefix, const char *name)
{
	char key[KEY_CHARS_MAX], *p = key;
	const char *const *found;

	for (; p < key + sizeof key && *prefix != '\0'; p++)
		*p = *prefix++;
	for (; p < key + sizeof key && *name != '\0'; p++, name++)
		*p = *name == '-' ? '_' : *name;
	if (p == key + sizeof key)
		return NULL;
	*p = '\0';
	found = bsearch(key, text_key, TEXT__COUNT, sizeof text_key[0], by_key);
	return found == NULL ? NULL : text_get(lang, (enum text)(found - text_key));
}

const char *
text_label(enum lang lang, const char *prefix, const char *name)
{
	const char *t = text_find(lang, prefix, name);

	return t == NULL ? name : t;
}

const char *
text_make(struct arena *a, const char *text, const struct html_arg *args)
{
	struct buf b = BUF_INIT(TEXT_BYTES_MAX);
	char *made = NULL;
	struct err e;

	if (text_fill(&b, text, args, &e) == 0)
		made = arena_copy(a, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? text : made;
}

/* --- languages ----------------------------------------------------------------------------- */

enum lang
lang_find(struct span tag)
{
	struct span rest = tag, primary = span_cut(&rest, '-');
	unsigned l;

	for (l = 0; l < LANG__COUNT; l++)
		if (primary.len == strlen(lang_info[l].tag) &&
		    strncasecmp(primary.ptr, lang_info[l].tag, primary.len) == 0)
			break;
	return (enum lang)l;
}

/* The weight of "fr;q=0.8" in thousandths; 0 excludes. */
static int
weight(struct span params)
{
	struct span p = span_trim(params), rest = p, name = span_cut(&rest, '=');
	char digits[6] = "";

	if (!span_is(span_trim(name), "q") || rest.len == 0)
		return 1000;
	memcpy(digits, rest.ptr, rest.len < sizeof digits - 1 ? rest.len : sizeof digits - 1);
	return (int)(strtod(digits, NULL) * 1000 + 0.5);
}

enum lang
lang_negotiate(const char *accept, enum lang fallback)
{
	struct span rest = span_str(accept);
	enum lang best = fallback;
	int best_weight = 0;

	while (rest.len > 0) {
		struct span item = span_cut(&rest, ','), tag = span_cut(&item, ';');
		enum lang l = lang_find(span_trim(tag));
		int w = weight(item);

		if (l != LANG__COUNT && w > best_weight) {
			best = l;
			best_weight = w;
		}
	}
	return best;
}

/* --- dates --------------------------------------------------------------------------------- */

static int
number(const char *p, int digits)
{
	int n = 0;

	for (; digits > 0; digits--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		n = n * 10 + (*p - '0');
	}
	return n;
}

/* 1 when text begins with YYYY-MM-DD (or, with day NULL, YYYY-MM). */
static int
split(const char *text, int *year, int *month, int *day)
{
	if (strlen(text) < (day == NULL ? 7u : 10u) || text[4] != '-')
		return 0;
	*year = number(text, 4);
	*month = number(text + 5, 2);
	if (day != NULL)
		*day = text[7] == '-' ? number(text + 8, 2) : -1;
	return *year > 0 && *month >= 1 && *month <= 12 && (day == NULL || (*day >= 1 && *day <= 31));
}

static const char *
month_name(enum lang lang, int month)
{
	char digits[12];
	const char *name;

	snprintf(digits, sizeof digits, "%d", month);
	name = text_label(lang, "month_", digits);
	return name == digits ? "" : name;
}

int
date_weekday(int year, int month, int day)
{
	static const int shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };

	if (month < 3)
		year--;
	return (year + year / 4 - year / 100 + year / 400 + shift[month - 1] + day + 6) % 7;
}

const char *
date_long(struct arena *a, enum lang lang, const char *date)
{
	int y, m, d;
	char day[12], year[12];

	if (!split(date, &y, &m, &d))
		return date;
	snprintf(day, sizeof day, "%d", d);
	snprintf(year, sizeof year, "%d", y);
	return text_make(a, text_get(lang, TEXT_date_form), (const struct html_arg[]){
	    { .name = "day", .text = d == 1 ? text_get(lang, TEXT_day_first) : day },
	    { .name = "month", .text = month_name(lang, m) }, { .name = "year", .text = year },
	    { .name = NULL } });
}

const char *
date_month(struct arena *a, enum lang lang, const char *date)
{
	int y, m;
	const char *made;

	if (!split(date, &y, &m, NULL))
		return date;
	made = arena_printf(a, "%s %d", month_name(lang, m), y);
	return made == NULL ? date : made;
}

const char *
date_time(struct arena *a, enum lang lang, const char *time)
{
	int hour = strlen(time) < 5 ? -1 : number(time, 2), minute = hour == -1 ? -1 : number(time + 3, 2);
	char h[12], m[12];

	if (hour == -1 || minute == -1)
		return time;
	snprintf(h, sizeof h, "%d", hour);
	snprintf(m, sizeof m, "%02d", minute);
	return text_make(a, text_get(lang, minute == 0 ? TEXT_time_form_hour : TEXT_time_form),
	    (const struct html_arg[]){ { .name = "hour", .text = h }, { .name = "minute", .text = m },
	    { .name = NULL } });
}

const char *
date_event(struct arena *a, enum lang lang, const char *datetime)
{
	int y, m, d;
	char digits[12];
	const char *day, *weekday;

	if (!split(datetime, &y, &m, &d))
		return datetime;
	snprintf(digits, sizeof digits, "%d", date_weekday(y, m, d) + 1);
	weekday = text_find(lang, "weekday_", digits);
	day = arena_printf(a, "%s %s", weekday == NULL ? "" : weekday, date_long(a, lang, datetime));
	if (day == NULL || strlen(datetime) < 16)
		return day == NULL ? datetime : day;
	return text_make(a, text_get(lang, TEXT_datetime_form), (const struct html_arg[]){
	    { .name = "day", .text = day }, { .name = "time", .text = date_time(a, lang, datetime + 11) },
	    { .name = NULL } });
}

/* Days since 1970-01-01 to the civil date and back (proleptic Gregorian). */
void
date_civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* 01:00 UTC on the last Sunday of a month, when summer time begins or ends. */
static int64_t
change_of(int year, int month)
{
	return (days_of(year, month, 31) -
	    (date_weekday(year, month, 31) + 1) % 7) * DAY_S + HOUR_S;
}

void
date_print(int64_t days, char out[11])
{
	int y, m, d;

	date_civil(days, &y, &m, &d);
	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);
}

void
date_of(int64_t unix_s, char out[11])
{
	int y, m, d;
	int64_t local;

	date_civil(unix_s / DAY_S, &y, &m, &d);
	local = unix_s + HOUR_S + (unix_s >= change_of(y, 3) && unix_s < change_of(y, 10) ? HOUR_S : 0);
	date_print(local / DAY_S, out);
}

int64_t
date_days(const char *date)
{
	int y, m, d;

	return split(date, &y, &m, &d) && y >= 1970 ? days_of(y, m, d) : -1;
}

const char *
date_ago(struct arena *a, enum lang lang, int64_t then_s, int64_t now_s)
{
	char then[11], now[11];
	int y, m, d, y2, m2, d2;
	int64_t days;

	date_of(then_s < 0 ? 0 : then_s, then);
	date_of(now_s, now);
	split(then, &y, &m, &d);
	split(now, &y2, &m2, &d2);
	days = days_of(y2, m2, d2) - days_of(y, m, d);
	if (days < 0 || days > 30)
		return date_long(a, lang, arena_copy(a, span_str(then)));
	if (days <= 1)
		return text_get(lang, days == 0 ? TEXT_date_today : TEXT_date_yesterday);
	return text_make(a, text_count(lang, TEXT_date_days_ago, days), (const struct html_arg[]){
	    { .name = "n", .number = days }, { .name = NULL } });
}

const char *
distance_text(struct arena *a, enum lang lang, int64_t metres)
{
	const char *made;

	if (metres < 0)
		return "";
	if (metres < 1000)
		made = arena_printf(a, "%lld m", (long long)(metres / 50 * 50));
	else if (metres < 10000)
		made = arena_printf(a, "%lld%s%lld km", (long long)(metres / 1000),
		    text_get(lang, TEXT_decimal_mark), (long long)(metres % 1000 / 100));
	else
		made = arena_printf(a, "%lld km", (long long)(metres / 1000));
	return made == NULL ? "" : made;
}
