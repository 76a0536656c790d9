/* SPDX-License-Identifier: AGPL-3.0-or-later
 * card.c - a search's hits as lists show them. */
#include <string.h>

#include "node/web/visit.h"
#include "node/web/when.h"
#include "proto/vocab.h"

#define CHIPS_MAX 8

/* "prix libre" is a term and an access: once is enough. */
static int
is_there(const struct link *chip, size_t n, const char *text)
{
	while (n-- > 0)
		if (strcmp(chip[n].text, text) == 0)
			return 1;
	return 0;
}

/* The labels of a mask's bits. */
static size_t
chips_add(struct visit *v, struct link *chip, size_t n, enum vocab_name name, uint32_t mask)
{
	const struct vocab *vocab = vocab_get(name);
	char prefix[32];
	size_t i;

	if (strlen(vocab->name) + 2 > sizeof prefix)
		return n;
	strcpy(prefix, vocab->name);
	strcat(prefix, "_");
	for (i = 0; i < vocab->count && n < CHIPS_MAX; i++) {
		const char *text = text_label(v->lang, prefix, vocab->term[i].key);

		if ((mask & UINT32_C(1) << i) != 0 && !is_there(chip, n, text))
			chip[n++] = (struct link){ .text = text, .note = "" };
	}
	return n;
}

static struct links
chips_of(struct visit *v, const struct search_card *c)
{
	struct link *chip = arena_alloc(v->arena, CHIPS_MAX * sizeof *chip);
	size_t n = 0;

	if (chip == NULL)
		return (struct links){ NULL, 0 };
	n = chips_add(v, chip, n, VOCAB_EXCHANGE_TERMS, c->terms);
	n = chips_add(v, chip, n, VOCAB_ACCESS, c->access);
	return (struct links){ chip, n };
}

static const char *
when_of(struct visit *v, const struct search_card *c)
{
	const char *date;

	if (c->recurring && strlen(c->starts) == 16)
		return printed(v, "%s, %s", when_card_words(v, c), date_time(v->arena, v->lang, c->starts + 11));
	if (c->recurring)
		return when_card_words(v, c);
	if (c->kind == KIND_EVENT && *c->starts != '\0')
		return date_event(v->arena, v->lang, c->starts);
	if (*c->published != '\0')
		return date_long(v->arena, v->lang, c->published);
	if (*c->until == '\0')
		return "";
	date = date_long(v->arena, v->lang, c->until);
	return text_make(v->arena, text_get(v->lang, TEXT_card_until),
	    (const struct html_arg[]){ { .name = "date", .text = date }, { .name = NULL } });
}

static const char *
status_of(struct visit *v, const struct search_card *c)
{
	const struct vocab *status = vocab_get(VOCAB_STATUS);

	if (c->status < 0 || (size_t)c->status >= status->count)
		return "";
	return strcmp(status->term[c->status].key, "active") == 0 ? ""
	    : text_label(v->lang, "status_", status->term[c->status].key);
}

static struct link
source_of(struct visit *v, const struct search_card *c)
{
	return (struct link){ .text = *c->author_name == '\0' ? c->title : c->author_name, .note = "",
		.href = record_href(v, c->author, c->kind, c->rid, c->title) };
}

static struct links
sources_of(struct visit *v, const struct search_card *c)
{
	struct link *link = c->others == 0 ? NULL : arena_alloc(v->arena, (c->others + 1) * sizeof *link);
	size_t i;

	if (link == NULL)
		return (struct links){ NULL, 0 };
	link[0] = source_of(v, c);
	for (i = 0; i < c->others; i++)
		link[i + 1] = source_of(v, &c->other[i]);
	return (struct links){ link, c->others + 1 };
}

static struct card
card_of(struct visit *v, const struct search_card *c)
{
	return (struct card){
		.href = record_href(v, c->author, c->kind, c->rid, c->title),
		.title = c->title, .lang = lang_mark(v, c->lang),
		.kind = kind_info(c->kind)->name, .kind_label = kind_label(v->lang, c->kind),
		.summary = c->summary, .where = c->commune, .when = when_of(v, c),
		.status = status_of(v, c), .distance = distance_text(v->arena, v->lang, c->distance_m),
		.author = c->author_name,
		.author_href = visit_href(v, printed(v, "/territory/%s", c->author)),
		.chip = chips_of(v, c), .source = sources_of(v, c), .example = c->example, .lapsed = c->lapsed,
		.cancelled = strcmp(c->event_status, "cancelled") == 0,
	};
}

struct cards
cards_of(struct visit *v, const struct search_card *hit, size_t count)
{
	struct card *card = count == 0 ? NULL : arena_alloc(v->arena, count * sizeof *card);
	size_t i;

	if (card == NULL)
		return (struct cards){ NULL, 0 };
	for (i = 0; i < count; i++)
		card[i] = card_of(v, &hit[i]);
	return (struct cards){ card, count };
}
