/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda.c - /agenda: meetings as a list, by month on a sheet, or those of one day.  What comes again by a
 * rule stands on each of its days. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/inside.h"
#include "node/web/leave.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "node/web/when.h"

#define AGENDA_MAX	300	/* events that are looked at */
#define TIMES_MAX	2000	/* days on which they take place, on one page */
#define MONTHS_MAX	60	/* headings of the list */
#define CELL_MAX	6	/* entries on one day of the sheet */
#define AHEAD_DAYS	400	/* how far a rule is followed to its next day */
#define LONGEST_DAYS	366	/* how long one meeting lasts at most */
#define MONTHS_BACK	120	/* pages of months there are */
#define MONTHS_AHEAD	36

/* One day on which something takes place. */
struct time {
	int64_t day;
	const char *starts;		/* the event's: its hour */
	size_t at;			/* of the hits */
	int goes_on;			/* it began on an earlier day */
};

struct agenda {
	struct visit v;
	int64_t today;
	struct search_result found;
	struct time *time;
	size_t times;
	struct view_agenda view;
};

/* --- when what takes place -------------------------------------------------------------------------- */

/* How many days after its first the event still goes on. */
static int64_t
days_after(const struct search_card *c)
{
	int64_t first = date_days(c->starts), last = *c->ends == '\0' ? first : date_days(c->ends);

	if (last > first && strlen(c->ends) == 16 && strcmp(c->ends + 11, "06:00") < 0)
		last--;			/* a night is no second day */
	return last <= first ? 0 : last - first > LONGEST_DAYS ? LONGEST_DAYS : last - first;
}

/* One time of an event: each of its days from..to, or with whole 0 the first of them alone. */
static void
add_time(struct agenda *a, size_t at, int64_t begins, int64_t from, int64_t to, int whole)
{
	int64_t day = begins < from ? from : begins, last = begins + days_after(&a->found.hit[at]);

	if (last > to)
		last = to;
	for (; day <= last && a->times < TIMES_MAX; day++) {
		a->time[a->times++] = (struct time){ day, a->found.hit[at].starts, at, day > begins };
		if (!whole)
			return;
	}
}

static int
compare_times(const void *a, const void *b)
{
	const struct time *x = a, *y = b;
	int c = (x->day > y->day) - (x->day < y->day);

	if (c == 0)
		c = y->goes_on - x->goes_on;
	if (c == 0)
		c = strcmp(x->starts + (strlen(x->starts) > 10 ? 10 : 0), y->starts + (strlen(y->starts) > 10 ? 10 : 0));
	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/* Put a->found upon days from..to.  whole: each day of each time; else each event's next time only. */
static int
spread(struct agenda *a, int64_t from, int64_t to, int whole, struct err *e)
{
	int64_t *day = arena_alloc(a->v.arena, 64 * sizeof *day);
	size_t i, k, n;

	a->time = arena_alloc(a->v.arena, TIMES_MAX * sizeof *a->time);
	if (day == NULL || a->time == NULL)
		return err_memory(e);
	for (i = 0; i < a->found.count; i++) {
		const struct search_card *c = &a->found.hit[i];
		struct recur rule;

		if (when_card_rule(&a->v, c, &rule)) {
			n = recur_list(&rule, from - days_after(c), whole ? to : from + AHEAD_DAYS, day, whole ? 64 : 1);
			for (k = 0; k < n; k++)
				add_time(a, i, day[k], from, whole ? to : INT64_MAX - LONGEST_DAYS, whole);
		} else
			add_time(a, i, date_days(c->starts), from, to, whole);
	}
	if (a->times > 1)
		qsort(a->time, a->times, sizeof *a->time, compare_times);
	return 0;
}

/* --- as a list ---------------------------------------------------------------------------------------- */

/* The card of an event on the day it next takes place. */
static void
date_card(struct agenda *a, const struct time *t, struct card *card)
{
	const struct search_card *c = &a->found.hit[t->at];
	char day[11], last[11];

	if (t->goes_on && !c->recurring && days_after(c) > 0) {
		date_print(date_days(c->starts) + days_after(c), last);
		card->when = text_make(a->v.arena, text_get(a->v.lang, TEXT_card_until), (const struct html_arg[]){
		    { .name = "date", .text = date_long(a->v.arena, a->v.lang, last) }, { .name = NULL } });
	}
	if (!c->recurring)
		return;
	date_print(t->day, day);
	card->when = printed(&a->v, "%s · %s", date_event(a->v.arena, a->v.lang, printed(&a->v, "%s%s", day,
	    strlen(c->starts) > 10 ? c->starts + 10 : "")), when_card_words(&a->v, c));
}

/* Cards of times first..end, which are in order. */
static struct cards
cards_between(struct agenda *a, size_t first, size_t end)
{
	struct search_card *hit = arena_alloc(a->v.arena, (end - first + 1) * sizeof *hit);
	struct cards made;
	struct card *card;
	size_t i;

	if (hit == NULL)
		return (struct cards){ NULL, 0 };
	for (i = first; i < end; i++)
		hit[i - first] = a->found.hit[a->time[i].at];
	made = cards_of(&a->v, hit, end - first);
	card = arena_alloc(a->v.arena, (made.count + 1) * sizeof *card);
	for (i = 0; card != NULL && i < made.count; i++) {
		card[i] = made.at[i];
		date_card(a, &a->time[first + i], &card[i]);
	}
	return (struct cards){ card, card == NULL ? 0 : made.count };
}

static int64_t
month_of(int64_t day)
{
	int y, m, d;

	date_civil(day, &y, &m, &d);
	return (int64_t)y * 12 + m - 1;
}

static void
by_month(struct agenda *a)
{
	struct month *month = arena_alloc(a->v.arena, MONTHS_MAX * sizeof *month);
	size_t i = 0, n = 0, first;
	char day[11];

	while (month != NULL && i < a->times && n < MONTHS_MAX) {
		for (first = i++; i < a->times && month_of(a->time[i].day) == month_of(a->time[first].day); i++)
			continue;
		date_print(a->time[first].day, day);
		month[n++] = (struct month){ date_month(a->v.arena, a->v.lang, day), cards_between(a, first, i) };
	}
	a->view.month = month;
	a->view.month_count = n;
}

/* What has been, the latest first. */
static void
turn_around(struct agenda *a)
{
	size_t i;

	for (i = 0; i < a->times / 2; i++) {
		struct time t = a->time[i];

		a->time[i] = a->time[a->times - 1 - i];
		a->time[a->times - 1 - i] = t;
	}
}

/* What has ended stands on the day it began. */
static int
list_past(struct agenda *a, struct err *e)
{
	size_t i;

	a->time = arena_alloc(a->v.arena, (a->found.count + 1) * sizeof *a->time);
	if (a->time == NULL)
		return err_memory(e);
	for (i = 0; i < a->found.count; i++)
		a->time[a->times++] = (struct time){ date_days(a->found.hit[i].starts), a->found.hit[i].starts, i, 0 };
	qsort(a->time, a->times, sizeof *a->time, compare_times);
	turn_around(a);
	return 0;
}

/* --- as a sheet ---------------------------------------------------------------------------------------- */

static struct agenda_entry
entry_of(struct agenda *a, const struct time *t)
{
	const struct search_card *c = &a->found.hit[t->at];
	struct visit *v = &a->v;

	return (struct agenda_entry){ .href = record_href(v, c->author, c->kind, c->rid, c->title), .title = c->title,
		.lang = lang_mark(v, c->lang), .where = c->commune, .cancelled = strcmp(c->event_status, "cancelled") == 0,
		.time = t->goes_on ? text_get(v->lang, TEXT_agenda_goes_on)
		    : strlen(c->starts) == 16 ? date_time(v->arena, v->lang, c->starts + 11) : "" };
}

static struct agenda_day
day_of(struct agenda *a, int64_t day, size_t *next)
{
	struct agenda_entry *entry = arena_alloc(a->v.arena, CELL_MAX * sizeof *entry);
	struct agenda_day made = { .entry = entry, .today = day == a->today };
	char text[11];
	int y, m, d;

	date_civil(day, &y, &m, &d);
	date_print(day, text);
	made.number = d;
	made.name = date_event(a->v.arena, a->v.lang, printed(&a->v, "%s", text));
	for (; *next < a->times && a->time[*next].day == day; (*next)++)
		if (entry != NULL && made.count < CELL_MAX)
			entry[made.count++] = entry_of(a, &a->time[*next]);
		else
			made.rest++;
	if (made.count > 0)
		made.href = visit_href(&a->v, printed(&a->v, "/agenda?day=%s", text));
	return made;
}

static const char *
month_href(struct visit *v, int64_t month)
{
	return visit_href(v, printed(v, "/agenda?month=%04d-%02d", (int)(month / 12), (int)(month % 12 + 1)));
}

static const char *
month_name(struct visit *v, int64_t month)
{
	return date_month(v->arena, v->lang, printed(v, "%04d-%02d", (int)(month / 12), (int)(month % 12 + 1)));
}

static int64_t
first_of(int64_t month)
{
	char day[24];

	snprintf(day, sizeof day, "%04d-%02d-01", (int)(month / 12), (int)(month % 12 + 1));
	return date_days(day);
}

static void
weekdays(struct agenda *a)
{
	static const char *const number[] = { "1", "2", "3", "4", "5", "6", "7" };
	size_t i;

	for (i = 0; i < 7; i++)
		a->view.weekday[i] = text_label(a->v.lang, "weekday_", number[i]);
}

/* The month as weeks that begin on Monday; the days of its neighbours stay empty. */
static int
fill_sheet(struct agenda *a, int64_t month, struct err *e)
{
	int64_t first = first_of(month), last = first_of(month + 1) - 1, day;
	struct agenda_day *cell;
	struct view_agenda *w = &a->view;
	size_t lead = (size_t)((first + 3) % 7), next = 0, n;

	n = (lead + (size_t)(last - first) + 1 + 6) / 7 * 7;
	if (spread(a, first, last, 1, e) == -1)
		return -1;
	if ((cell = arena_alloc(a->v.arena, n * sizeof *cell)) == NULL)
		return err_memory(e);
	memset(cell, 0, n * sizeof *cell);
	for (day = first; day <= last; day++)
		cell[lead + (size_t)(day - first)] = day_of(a, day, &next);
	w->day = cell;
	w->days = n;
	w->none = a->times == 0;
	weekdays(a);
	return 0;
}

static void
month_links(struct agenda *a, int64_t month)
{
	int64_t now = month_of(a->today);
	struct view_agenda *w = &a->view;

	w->heading = month_name(&a->v, month);
	if (month > now - MONTHS_BACK) {
		w->before = month_href(&a->v, month - 1);
		w->before_name = month_name(&a->v, month - 1);
	}
	if (month < now + MONTHS_AHEAD) {
		w->after = month_href(&a->v, month + 1);
		w->after_name = month_name(&a->v, month + 1);
	}
	if (month != now)
		w->now = month_href(&a->v, now);
}

/* --- the page ---------------------------------------------------------------------------------------------- */

/* "2026-12" as a month within reach, or -1. */
static int64_t
asked_month(const struct agenda *a)
{
	const char *text = request_query(a->v.req, "month");
	int64_t now = month_of(a->today), first = -1, month;
	char day[16];

	if (text != NULL && strlen(text) == 7) {
		snprintf(day, sizeof day, "%s-01", text);
		first = date_days(day);
	}
	if (first < 0)
		return text == NULL ? -1 : now;
	month = month_of(first);
	return month < now - MONTHS_BACK || month > now + MONTHS_AHEAD ? now : month;
}

/* from 0 and to INT64_MAX: without a bound. */
static int
ask(struct agenda *a, int64_t from, int64_t to, int upcoming, struct err *e)
{
	struct search_query q = { .kinds = UINT32_C(1) << KIND_EVENT, .sort = SEARCH_SOONEST, .limit = AGENDA_MAX,
		.upcoming = upcoming };
	char first[11], last[11];

	if (from > 0) {
		date_print(from, first);
		q.from = span_str(first);
	}
	if (to < INT64_MAX) {
		date_print(to, last);
		q.to = span_str(last);
	}
	return visit_find(&a->v, &q, &a->found, e);
}

static int
fill_month(struct agenda *a, int64_t month, struct err *e)
{
	a->v.frame.title = printed(&a->v, "%s, %s", text_get(a->v.lang, TEXT_agenda_title), month_name(&a->v, month));
	a->v.frame.hidden = month != month_of(a->today);
	month_links(a, month);
	if (ask(a, first_of(month), first_of(month + 1) - 1, 0, e) == -1 || fill_sheet(a, month, e) == -1)
		return -1;
	leave_list(&a->v, "/agenda", printed(&a->v, "upcoming=0&from=%04d-%02d-01&to=%04d-%02d-31", (int)(month / 12),
	    (int)(month % 12 + 1), (int)(month / 12), (int)(month % 12 + 1)), UINT32_C(1) << KIND_EVENT);
	return 0;
}

static int
fill_day(struct agenda *a, int64_t day, struct err *e)
{
	char text[11];

	date_print(day, text);
	a->view.heading = date_event(a->v.arena, a->v.lang, printed(&a->v, "%s", text));
	a->view.around = month_href(&a->v, month_of(day));
	a->v.frame.title = printed(&a->v, "%s, %s", text_get(a->v.lang, TEXT_agenda_title), a->view.heading);
	a->v.frame.hidden = 1;
	if (ask(a, day, day, 0, e) == -1 || spread(a, day, day, 1, e) == -1)
		return -1;
	a->view.card = cards_between(a, 0, a->times);
	leave_list(&a->v, "/agenda", printed(&a->v, "upcoming=0&from=%s&to=%s", text, text), UINT32_C(1) << KIND_EVENT);
	return 0;
}

static int
fill_list(struct agenda *a, struct err *e)
{
	const char *when = request_query(a->v.req, "when");
	char today[11];

	a->view.past = when != NULL && strcmp(when, "past") == 0;
	date_print(a->today, today);
	if (ask(a, 0, a->view.past ? a->today - 1 : INT64_MAX, !a->view.past, e) == -1)
		return -1;
	if ((a->view.past ? list_past(a, e) : spread(a, a->today, INT64_MAX - LONGEST_DAYS, 0, e)) == -1)
		return -1;
	by_month(a);
	leave_list(&a->v, "/agenda", a->view.past ? printed(&a->v, "upcoming=0&to=%s", today) : "",
	    UINT32_C(1) << KIND_EVENT);
	return 0;
}

static int
fill(struct agenda *a, struct err *e)
{
	const char *day = request_query(a->v.req, "day");
	int64_t month, one = day == NULL || strlen(day) != 10 ? -1 : date_days(day);
	char today[11];

	date_of(a->v.now_s, today);
	a->today = date_days(today);
	month = asked_month(a);
	a->view = (struct view_agenda){ .lang = a->v.lang, .frame = &a->v.frame, .ics = "/agenda.ics",
		.as_list = visit_href(&a->v, "/agenda"), .as_sheet = month_href(&a->v, month_of(a->today)) };
	a->v.frame.section = "agenda";
	a->v.frame.title = text_get(a->v.lang, TEXT_agenda_title);
	a->v.frame.description = text_get(a->v.lang, TEXT_agenda_lead);
	if (one > 0 && llabs(month_of(one) - month_of(a->today)) <= MONTHS_BACK)
		return fill_day(a, one, e);
	return month >= 0 ? fill_month(a, month, e) : fill_list(a, e);
}

int
agenda_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct agenda *a = arena_alloc(req->arena, sizeof *a);
	int rc = -1;

	if (a == NULL)
		return err_memory(e);
	*a = (struct agenda){ .times = 0 };
	if (visit_begin(&a->v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill(a, e) == 0)
		rc = page_agenda(&a->view, &res->body, e);
	return visit_end(&a->v, rc, e);
}
