/* SPDX-License-Identifier: AGPL-3.0-or-later
 * recur.c - see recur.h. */
#include "node/web/recur.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/locale.h"

#define INTERVAL_MAX	1000
#define COUNT_MAX	10000
#define WORKING_DAYS	0x1fu	/* Monday to Friday */
#define EVERY_DAY	0x7fu
#define LAST_MONTHDAY	31

/* --- reading --------------------------------------------------------------------------------------- */

/* A whole number from min to max but not 0. */
static int
read_number(struct span s, int min, int max, int *out)
{
	char text[8], *end;
	long n;

	if (s.len == 0 || s.len >= sizeof text)
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	n = strtol(text, &end, 10);
	*out = (int)n;
	return *end == '\0' && n >= min && n <= max && n != 0;
}

static int
read_freq(struct recur *r, struct span value)
{
	static const char *const name[] = {
		[RECUR_DAILY] = "DAILY", [RECUR_WEEKLY] = "WEEKLY", [RECUR_MONTHLY] = "MONTHLY",
		[RECUR_YEARLY] = "YEARLY",
	};
	unsigned i;

	for (i = 0; i < sizeof name / sizeof name[0]; i++)
		if (span_is(value, name[i])) {
			r->freq = (enum recur_freq)i;
			return 1;
		}
	return 0;
}

static int
read_interval(struct recur *r, struct span value)
{
	return read_number(value, 1, INTERVAL_MAX, &r->interval);
}

static int
read_count(struct recur *r, struct span value)
{
	return read_number(value, 1, COUNT_MAX, &r->count);
}

static int
read_setpos(struct recur *r, struct span value)
{
	return read_number(value, -LAST_MONTHDAY, LAST_MONTHDAY, &r->setpos);
}

/* By the day; the night between UTC's midnight and ours is no time to meet. */
static int
read_until(struct recur *r, struct span value)
{
	char day[11];

	if (value.len < 8 || (value.len > 8 && value.ptr[8] != 'T'))
		return 0;
	snprintf(day, sizeof day, "%.4s-%.2s-%.2s", value.ptr, value.ptr + 4, value.ptr + 6);
	r->until = date_days(day);
	if (value.len >= 13 && memcmp(value.ptr + 9, "0000", 4) == 0)
		r->until--;
	return r->until > 0;
}

static int
read_months(struct recur *r, struct span value)
{
	int month;

	while (value.len > 0) {
		if (!read_number(span_cut(&value, ','), 1, 12, &month))
			return 0;
		r->months |= 1u << month;
	}
	return r->months != 0;
}

static int
read_monthdays(struct recur *r, struct span value)
{
	while (value.len > 0) {
		if (r->monthdays == RECUR_PARTS_MAX ||
		    !read_number(span_cut(&value, ','), -LAST_MONTHDAY, LAST_MONTHDAY, &r->monthday[r->monthdays++]))
			return 0;
	}
	return r->monthdays > 0;
}

static int
read_days(struct recur *r, struct span value)
{
	static const char *const name[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };

	while (value.len > 0) {
		struct span one = span_cut(&value, ','), last;
		int nth = 0;
		signed char d;

		if (one.len < 2 || r->days == RECUR_PARTS_MAX)
			return 0;
		last = (struct span){ one.ptr + one.len - 2, 2 };
		for (d = 0; d < 7 && !span_is(last, name[d]); d++)
			continue;
		if (d == 7 || (one.len > 2 && !read_number((struct span){ one.ptr, one.len - 2 }, -5, 5, &nth)))
			return 0;
		r->day[r->days].nth = (signed char)nth;
		r->day[r->days++].weekday = d;
	}
	return r->days > 0;
}

/* Monday, or of no consequence. */
static int
read_week_start(struct recur *r, struct span value)
{
	(void)r;
	return span_is(value, "MO");
}

static const struct {
	const char *name;
	int (*read)(struct recur *r, struct span value);
} part_table[] = {
	{ "FREQ", read_freq }, { "INTERVAL", read_interval }, { "COUNT", read_count }, { "UNTIL", read_until },
	{ "BYMONTH", read_months }, { "BYMONTHDAY", read_monthdays }, { "BYDAY", read_days },
	{ "BYSETPOS", read_setpos }, { "WKST", read_week_start },
};

static int
read_part(struct recur *r, struct span part)
{
	struct span value = part, name = span_cut(&value, '=');
	size_t i;

	for (i = 0; i < sizeof part_table / sizeof part_table[0]; i++)
		if (span_is(name, part_table[i].name))
			return part_table[i].read(r, value);
	return 0;
}

/* Combinations whose meaning reaches beyond a month. */
static int
is_plain(const struct recur *r)
{
	size_t i;

	for (i = 0; i < r->days; i++)
		if (r->day[i].nth != 0 && r->freq < RECUR_MONTHLY)
			return 0;
	if (r->freq == RECUR_YEARLY && r->months == 0 && r->days + r->monthdays > 0)
		return 0;
	if (r->freq == RECUR_WEEKLY && r->monthdays > 0)
		return 0;
	return r->setpos == 0 || (r->freq == RECUR_MONTHLY && r->days + r->monthdays > 0);
}

int
recur_read(const char *rule, const char *starts, struct recur *out)
{
	struct span rest = span_str(rule);

	*out = (struct recur){ .interval = 1, .until = INT64_MAX, .start = date_days(starts) };
	if (strncmp(rule, "FREQ=", 5) != 0 || out->start < 0)
		return 0;
	while (rest.len > 0)
		if (!read_part(out, span_cut(&rest, ';')))
			return 0;
	return is_plain(out);
}

/* --- days ------------------------------------------------------------------------------------------ */

struct civil {
	int year, month, day, weekday, length;	/* of the month, in days */
};

static struct civil
civil_of(int64_t day)
{
	struct civil c;
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	date_civil(day, &c.year, &c.month, &c.day);
	c.weekday = (int)((day + 3) % 7);	/* 1 January 1970 was a Thursday */
	c.length = length[c.month - 1] +
	    (c.month == 2 && c.year % 4 == 0 && (c.year % 100 != 0 || c.year % 400 == 0));
	return c;
}

static int
fits_weekday(const struct recur *r, const struct civil *c)
{
	size_t i;

	for (i = 0; i < r->days; i++)
		if (r->day[i].weekday == c->weekday && (r->day[i].nth == 0 ||
		    r->day[i].nth == (c->day - 1) / 7 + 1 || r->day[i].nth == -((c->length - c->day) / 7 + 1)))
			return 1;
	return 0;
}

static int
fits_monthday(const struct recur *r, const struct civil *c)
{
	size_t i;

	for (i = 0; i < r->monthdays; i++)
		if (r->monthday[i] == c->day || r->monthday[i] == c->day - c->length - 1)
			return 1;
	return 0;
}

/* Does the day of the week and of the month fit; where the rule names none, those of the first time. */
static int
fits_day(const struct recur *r, const struct civil *first, const struct civil *c)
{
	if (r->days > 0 && !fits_weekday(r, c))
		return 0;
	if (r->monthdays > 0 && !fits_monthday(r, c))
		return 0;
	if (r->days + r->monthdays > 0 || r->freq == RECUR_DAILY)
		return 1;
	if (r->freq == RECUR_WEEKLY)
		return c->weekday == first->weekday;
	return c->day == first->day && (r->freq == RECUR_MONTHLY || r->months != 0 || c->month == first->month);
}

/* So many days, weeks, months or years after the first. */
static int
fits_interval(const struct recur *r, const struct civil *first, int64_t day, const struct civil *c)
{
	switch (r->freq) {
	case RECUR_DAILY:
		return (day - r->start) % r->interval == 0;
	case RECUR_WEEKLY:
		return ((day - c->weekday) - (r->start - first->weekday)) / 7 % r->interval == 0;
	case RECUR_MONTHLY:
		return ((c->year - first->year) * 12 + c->month - first->month) % r->interval == 0;
	case RECUR_YEARLY:
		break;
	}
	return (c->year - first->year) % r->interval == 0;
}

/* Is it the one that BYSETPOS names among the days of its month? */
static int
fits_place(const struct recur *r, const struct civil *first, const struct civil *c)
{
	struct civil other = *c;
	int before = 0, after = 0;

	for (other.day = 1; other.day <= c->length; other.day++) {
		other.weekday = (c->weekday + other.day - c->day + 35) % 7;
		if (fits_day(r, first, &other)) {
			before += other.day < c->day;
			after += other.day > c->day;
		}
	}
	return r->setpos == before + 1 || r->setpos == -(after + 1);
}

static int
fits(const struct recur *r, const struct civil *first, int64_t day)
{
	struct civil c = civil_of(day);

	return (r->months == 0 || (r->months & 1u << c.month) != 0) && fits_interval(r, first, day, &c) &&
	    fits_day(r, first, &c) && (r->setpos == 0 || fits_place(r, first, &c));
}

size_t
recur_list(const struct recur *r, int64_t from, int64_t to, int64_t *out, size_t max)
{
	struct civil first = civil_of(r->start);
	int64_t day = r->count > 0 || from < r->start ? r->start : from, end = to < r->until ? to : r->until;
	size_t n = 0;
	int seen = 0;

	if (end - day > RECUR_DAYS_MAX)
		end = day + RECUR_DAYS_MAX;
	for (; day <= end && n < max && (r->count == 0 || seen < r->count); day++) {
		if (!fits(r, &first, day))
			continue;
		seen++;
		if (day >= from)
			out[n++] = day;
	}
	return n;
}

/* --- words ----------------------------------------------------------------------------------------- */

static const char *
numbered(enum lang lang, const char *prefix, int n)
{
	char digits[12];
	const char *text;

	snprintf(digits, sizeof digits, "%d", n);
	text = text_find(lang, prefix, digits);
	return text == NULL ? "" : text;
}

/* "a", "a et b", "a, b et c". */
static const char *
joined(struct arena *a, enum lang lang, const char *const *item, size_t n)
{
	const char *made = n == 0 ? "" : item[0];
	size_t i;

	for (i = 1; i < n && made != NULL; i++)
		made = arena_printf(a, "%s%s%s", made, i + 1 == n ? text_get(lang, TEXT_list_and) : ", ", item[i]);
	return made == NULL ? "" : made;
}

static const char *
filled(struct arena *a, enum lang lang, enum text t, const char *name, const char *value, int n)
{
	char number[12];

	snprintf(number, sizeof number, "%d", n);
	return text_make(a, text_get(lang, t), (const struct html_arg[]){ { .name = name, .text = value },
	    { .name = "n", .text = number }, { .name = NULL } });
}

static unsigned
weekday_mask(const struct recur *r)
{
	unsigned mask = 0;
	size_t i;

	for (i = 0; i < r->days; i++)
		mask |= 1u << r->day[i].weekday;
	return mask != 0 ? mask : 1u << civil_of(r->start).weekday;
}

static const char *
weekly_words(struct arena *a, enum lang lang, const struct recur *r)
{
	unsigned mask = weekday_mask(r);
	const char *day[7], *list;
	size_t n = 0;
	int d;

	if (r->interval == 1 && mask == EVERY_DAY)
		return text_get(lang, TEXT_recur_daily);
	if (r->interval == 1 && mask == WORKING_DAYS)
		return text_get(lang, TEXT_recur_weekdays);
	for (d = 0; d < 7; d++)
		if ((mask & 1u << d) != 0)
			day[n++] = numbered(lang, "weekdays_", d + 1);
	list = joined(a, lang, day, n);
	return filled(a, lang, r->interval == 1 ? TEXT_recur_weekly : r->interval == 2 ? TEXT_recur_weekly_2
	    : TEXT_recur_weekly_n, "days", list, r->interval);
}

static const char *
nth_words(struct arena *a, enum lang lang, int nth, int weekday)
{
	const char *place = nth == -1 ? text_get(lang, TEXT_nth_last) : nth < 0 ? "" : numbered(lang, "nth_", nth);

	if (*place == '\0')
		return NULL;
	return text_make(a, text_get(lang, TEXT_recur_nth), (const struct html_arg[]){ { .name = "nth", .text = place },
	    { .name = "day", .text = numbered(lang, "weekday_", weekday + 1) }, { .name = NULL } });
}

/* "le premier samedi et le 15"; NULL when that cannot be said shortly. */
static const char *
days_of_month(struct arena *a, enum lang lang, const struct recur *r)
{
	const char *item[RECUR_PARTS_MAX];
	char number[12];
	size_t i, n = 0;

	if ((r->days > 0 && r->monthdays > 0) || (r->setpos != 0 && r->days != 1))
		return NULL;
	for (i = 0; i < r->days; i++)
		if ((item[n++] = nth_words(a, lang, r->setpos != 0 ? r->setpos : r->day[i].nth, r->day[i].weekday)) == NULL)
			return NULL;
	for (i = 0; i < r->monthdays || (i == 0 && r->days == 0); i++) {
		int day = r->monthdays > 0 ? r->monthday[i] : civil_of(r->start).day;

		if (day < -1)
			return NULL;
		snprintf(number, sizeof number, "%d", day);
		item[n++] = day == -1 ? text_get(lang, TEXT_recur_last_day) : filled(a, lang, TEXT_recur_day, "day",
		    day == 1 ? text_get(lang, TEXT_day_first) : number, 0);
	}
	return joined(a, lang, item, n);
}

static const char *
monthly_words(struct arena *a, enum lang lang, const struct recur *r)
{
	const char *days = days_of_month(a, lang, r);

	return days == NULL ? NULL : filled(a, lang, r->interval == 1 ? TEXT_recur_monthly : TEXT_recur_monthly_n,
	    "days", days, r->interval);
}

static const char *
months_words(struct arena *a, enum lang lang, unsigned months)
{
	const char *item[12];
	size_t n = 0;
	int m;

	for (m = 1; m <= 12; m++)
		if ((months & 1u << m) != 0)
			item[n++] = numbered(lang, "month_", m);
	return joined(a, lang, item, n);
}

static const char *
yearly_words(struct arena *a, enum lang lang, const struct recur *r)
{
	unsigned months = r->months != 0 ? r->months : 1u << civil_of(r->start).month;
	const char *days = days_of_month(a, lang, r);
	char number[12];

	if (days == NULL)
		return NULL;
	snprintf(number, sizeof number, "%d", r->interval);
	return text_make(a, text_get(lang, r->interval == 1 ? TEXT_recur_yearly : TEXT_recur_yearly_n),
	    (const struct html_arg[]){ { .name = "days", .text = days },
	    { .name = "month", .text = months_words(a, lang, months) }, { .name = "n", .text = number },
	    { .name = NULL } });
}

static const char *
daily_words(struct arena *a, enum lang lang, const struct recur *r)
{
	if (r->monthdays > 0 || (r->days > 0 && r->interval > 1))
		return NULL;
	if (r->days > 0)
		return weekly_words(a, lang, r);
	return r->interval == 1 ? text_get(lang, TEXT_recur_daily)
	    : filled(a, lang, TEXT_recur_daily_n, "days", "", r->interval);
}

const char *
recur_words(struct arena *a, enum lang lang, const struct recur *r)
{
	static const char *(*const words[])(struct arena *, enum lang, const struct recur *) = {
		[RECUR_DAILY] = daily_words, [RECUR_WEEKLY] = weekly_words, [RECUR_MONTHLY] = monthly_words,
		[RECUR_YEARLY] = yearly_words,
	};
	const char *made = words[r->freq](a, lang, r);
	char day[11];

	if (made != NULL && r->months != 0 && r->freq != RECUR_YEARLY)
		made = arena_printf(a, "%s, %s", made, filled(a, lang, TEXT_recur_in, "months",
		    months_words(a, lang, r->months), 0));
	if (made != NULL && r->until != INT64_MAX) {
		date_print(r->until, day);
		made = arena_printf(a, "%s, %s", made, filled(a, lang, TEXT_card_until, "date",
		    date_long(a, lang, day), 0));
	} else if (made != NULL && r->count > 0)
		made = arena_printf(a, "%s, %s", made, filled(a, lang, TEXT_recur_count, "count", "", r->count));
	return made;
}
