/* SPDX-License-Identifier: AGPL-3.0-or-later
 * when.c - see when.h. */
#include "node/web/when.h"

#include <string.h>

#include "node/store/store.h"
#include "node/web/item.h"

#define AHEAD_DAYS	400	/* how far the next time is looked for */
#define ZONE_USUAL	"Europe/Paris"

/* --- rules ------------------------------------------------------------------------------------------ */

static const char *
words_of(struct visit *v, const struct recur *r)
{
	const char *words = recur_words(v->arena, v->lang, r);

	return words == NULL ? text_get(v->lang, TEXT_recur_unclear) : words;
}

const char *
when_rule(struct visit *v, const char *rule, const char *starts)
{
	struct recur r;

	return recur_read(rule, starts, &r) ? words_of(v, &r) : text_get(v->lang, TEXT_recur_unclear);
}

int
when_card_rule(struct visit *v, const struct search_card *c, struct recur *out)
{
	struct ref ref = { span_str(c->author), span_str(kind_info(c->kind)->name), span_str(c->rid) };
	struct arena own = { 0 };
	struct stored row;
	struct err e;
	struct reader *r = c->recurring ? visit_store(v, &e) : NULL;
	int known = 0;

	if (r != NULL && store_get(r, &ref, &own, &row, &e) == 1 && !row.record.deleted)
		known = recur_read(member(v, row.record.content, "recurrence"), c->starts, out);
	arena_clear(&own);
	return known;
}

const char *
when_card_words(struct visit *v, const struct search_card *c)
{
	struct recur r;

	return when_card_rule(v, c, &r) ? words_of(v, &r) : text_get(v->lang, TEXT_recur_unclear);
}

/* --- one meeting -------------------------------------------------------------------------------------- */

static const char *
next_time(struct visit *v, const struct recur *r)
{
	char today[11], day[11];
	int64_t next, from;

	date_of(v->now_s, today);
	from = date_days(today) < r->start ? r->start : date_days(today);
	if (recur_list(r, from, from + AHEAD_DAYS, &next, 1) == 0)
		return "";
	date_print(next, day);
	return text_make(v->arena, text_get(v->lang, TEXT_recur_next), (const struct html_arg[]){
	    { .name = "date", .text = date_event(v->arena, v->lang, printed(v, "%s", day)) }, { .name = NULL } });
}

static const char *
again(struct visit *v, const struct recur *r, const char *starts, const char *ends)
{
	const char *next = next_time(v, r), *dot = *next == '\0' ? "" : " · ";

	if (strlen(starts) < 16)
		return printed(v, "%s%s%s", words_of(v, r), dot, next);
	if (strlen(ends) < 16 || strncmp(starts, ends, 10) != 0)
		return printed(v, "%s, %s%s%s", words_of(v, r), date_time(v->arena, v->lang, starts + 11), dot, next);
	return printed(v, "%s, %s – %s%s%s", words_of(v, r), date_time(v->arena, v->lang, starts + 11),
	    date_time(v->arena, v->lang, ends + 11), dot, next);
}

static const char *
once(struct visit *v, const char *starts, const char *ends)
{
	const char *from = date_event(v->arena, v->lang, starts);

	if (*ends == '\0')
		return from;
	return strncmp(starts, ends, 10) == 0 && strlen(ends) == 16
	    ? printed(v, "%s – %s", from, date_time(v->arena, v->lang, ends + 11))
	    : printed(v, "%s – %s", from, date_event(v->arena, v->lang, ends));
}

const char *
when_event(struct visit *v, struct span content)
{
	const char *starts = member(v, content, "starts"), *ends = member(v, content, "ends");
	const char *rule = member(v, content, "recurrence"), *zone = member(v, content, "timezone"), *made;
	struct recur r;

	if (*starts == '\0')
		return "";
	if (*rule == '\0')
		made = once(v, starts, ends);
	else if (recur_read(rule, starts, &r))
		made = again(v, &r, starts, ends);
	else
		made = printed(v, "%s · %s", once(v, starts, ends), text_get(v->lang, TEXT_recur_unclear));
	return *zone == '\0' || strcmp(zone, ZONE_USUAL) == 0 ? made : printed(v, "%s (%s)", made, zone);
}
