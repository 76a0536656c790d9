/* SPDX-License-Identifier: AGPL-3.0-or-later
 * input.c - see input.h. */
#include "node/web/input.h"

#include <string.h>

#include "node/core/keyring.h"
#include "node/web/entry.h"
#include "node/web/item.h"
#include "proto/canon.h"
#include "proto/vocab.h"

#define VALUES_MAX	64
#define CHOICES_MAX	200
#define TICKS_MAX	24	/* records offered beside a list of references */

enum part { PART_MAIN, PART_THEMES, PART_WHERE, PART_MORE, PART_LINKS, PART_CONTACT, PART_ORIGIN, PART_SIGN,
	PART__COUNT };

static const char *const part_key[PART__COUNT] = {
	"main", "themes", "where", "more", "links", "contact", "origin", "sign",
};

static const struct { const char *name; enum part part; } part_table[] = {
	{ "description", PART_MAIN }, { "ends", PART_MAIN }, { "url", PART_MAIN },
	{ "axes", PART_THEMES }, { "practices", PART_THEMES }, { "tags", PART_THEMES },
	{ "street", PART_WHERE }, { "postcode", PART_WHERE }, { "commune", PART_WHERE }, { "insee", PART_WHERE },
	{ "lat_e7", PART_WHERE }, { "lon_e7", PART_WHERE }, { "areas", PART_WHERE }, { "place", PART_WHERE },
	{ "organisations", PART_LINKS }, { "places", PART_LINKS }, { "adapted_from", PART_LINKS },
	{ "adapted_text", PART_LINKS }, { "member_of", PART_LINKS }, { "about", PART_LINKS },
	{ "initiatives", PART_LINKS }, { "by", PART_LINKS }, { "lender", PART_LINKS },
	{ "email", PART_CONTACT }, { "phone", PART_CONTACT }, { "website", PART_CONTACT },
	{ "contact_form", PART_CONTACT }, { "links", PART_CONTACT },
	{ "confirmed", PART_ORIGIN }, { "source_name", PART_ORIGIN }, { "source_url", PART_ORIGIN },
	{ "example", PART_ORIGIN },
};

/* How each type is asked for. */
static const struct { enum shape shape; const char *type, *mode; int rows; } look[FIELD__COUNT] = {
	[FIELD_TEXT]	= { SHAPE_TEXT, "text", "", 0 },
	[FIELD_MARKDOWN] = { SHAPE_AREA, "", "", 7 },
	[FIELD_URL]	= { SHAPE_TEXT, "url", "", 0 },
	[FIELD_URLS]	= { SHAPE_AREA, "", "url", 3 },
	[FIELD_EMAIL]	= { SHAPE_TEXT, "email", "", 0 },
	[FIELD_PHONE]	= { SHAPE_TEXT, "tel", "", 0 },
	[FIELD_DATE]	= { SHAPE_TEXT, "date", "", 0 },
	[FIELD_DATETIME] = { SHAPE_TEXT, "datetime-local", "", 0 },
	[FIELD_INT]	= { SHAPE_TEXT, "text", "numeric", 0 },
	[FIELD_GEO]	= { SHAPE_TEXT, "text", "text", 0 },
	[FIELD_BOOL]	= { SHAPE_SELECT, "", "", 0 },
	[FIELD_TERM]	= { SHAPE_SELECT, "", "", 0 },
	[FIELD_TERMS]	= { SHAPE_CHECKS, "", "", 0 },
	[FIELD_WORDS]	= { SHAPE_AREA, "", "", 2 },
	[FIELD_REF]	= { SHAPE_SELECT, "", "", 0 },
	[FIELD_REFS]	= { SHAPE_CHECKS, "", "", 0 },
	[FIELD_INSEE]	= { SHAPE_TEXT, "text", "", 0 },
	[FIELD_AREAS]	= { SHAPE_AREA, "", "", 2 },
};

static enum part
part_of(const struct field *f)
{
	size_t i;

	for (i = 0; i < sizeof part_table / sizeof part_table[0]; i++)
		if (strcmp(part_table[i].name, f->name) == 0)
			return part_table[i].part;
	return (f->flags & (FIELD_REQUIRED | FIELD_CARD)) != 0 && f->type != FIELD_TERMS ? PART_MAIN : PART_MORE;
}

static enum part
place_of(const struct draft *d, const struct field *f)
{
	return d->adapted && strncmp(f->name, "adapted_", 8) == 0 ? PART_MAIN : part_of(f);
}

/* --- what stands in the field ------------------------------------------------------------------------ */

struct values {
	const char *at[VALUES_MAX];
	size_t count;
};

static void
values_of(struct visit *v, const struct draft *d, const struct field *f, struct values *out)
{
	const char *name = printed(v, "c_%s", f->name), *value;
	size_t i = 0;

	out->count = 0;
	if (d->typed == NULL) {
		out->count = entry_values(f, d->content, out->at, VALUES_MAX, v->arena);
		return;
	}
	while (out->count < VALUES_MAX && (value = fields_next(d->typed, name, &i)) != NULL)
		if (*value != '\0')
			out->at[out->count++] = value;
}

static int
has(const struct values *values, const char *key)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		if (strcmp(values->at[i], key) == 0)
			return 1;
	return 0;
}

/* --- choices ------------------------------------------------------------------------------------------- */

static const char *
term_label(struct visit *v, enum vocab_name vocab, const char *key)
{
	return vocab == VOCAB_PRACTICE ? practice_label(v, key)
	    : text_label(v->lang, printed(v, "%s_", vocab_get(vocab)->name), key);
}

/* Every term, then the chosen ones that this version does not know. */
static struct options
terms(struct visit *v, const struct field *f, const struct values *chosen, int with_none)
{
	const struct vocab *vocab = vocab_get(f->vocab);
	struct option *o = arena_alloc(v->arena, (vocab->count + VALUES_MAX + 1) * sizeof *o);
	size_t i, n = 0;

	if (o == NULL)
		return (struct options){ NULL, 0 };
	if (with_none)
		o[n++] = (struct option){ "", text_get(v->lang, TEXT_choose_none), chosen->count == 0 };
	for (i = 0; i < vocab->count; i++)
		o[n++] = (struct option){ vocab->term[i].key, term_label(v, f->vocab, vocab->term[i].key),
			has(chosen, vocab->term[i].key) };
	for (i = 0; i < chosen->count; i++)
		if (vocab_find(f->vocab, span_str(chosen->at[i])) == NULL)
			o[n++] = (struct option){ chosen->at[i], term_label(v, f->vocab, chosen->at[i]), 1 };
	return (struct options){ o, n };
}

/* A vocabulary of two levels as branches; terms nobody knows go last, in a branch without a label. */
static void
tree(struct visit *v, const struct field *f, const struct values *chosen, struct input *in)
{
	struct options all = terms(v, f, chosen, 0);
	struct branch *branch = arena_alloc(v->arena, (all.count + 1) * sizeof *branch);
	size_t i, n = 0;

	for (i = 0; branch != NULL && i < all.count; i++) {
		const struct term *t = vocab_find(f->vocab, span_str(all.at[i].value));

		if (t == NULL || t->parent == NULL)
			branch[n++] = (struct branch){ .top = all.at[i], .under = { &all.at[i + 1], 0 },
				.open = all.at[i].chosen };
		else if (n > 0) {
			branch[n - 1].under.count++;
			branch[n - 1].open |= all.at[i].chosen;
		}
	}
	in->branch = branch;
	in->branch_count = branch == NULL ? 0 : n;
}

static int
is_listed(const struct option *o, size_t n, const char *value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(o[i].value, value) == 0)
			return 1;
	return 0;
}

static size_t
add_chosen(struct visit *v, const struct values *chosen, struct option *o, size_t n)
{
	size_t i;

	for (i = 0; i < chosen->count; i++)
		o[n++] = (struct option){ chosen->at[i], item_link(v, chosen->at[i]).text, 1 };
	return n;
}

/* Records that the field may refer to: those chosen, then this node's own, then (for a list to choose one
 * from) the others. */
static struct options
records(struct visit *v, const struct draft *d, const struct field *f, const struct values *chosen)
{
	int one = f->type == FIELD_REF;
	struct option *o = arena_alloc(v->arena, (VALUES_MAX + CHOICES_MAX + 1) * sizeof *o);
	struct search_query q = { .sort = SEARCH_TITLE, .limit = one ? CHOICES_MAX : TICKS_MAX, .kinds = f->refs };
	struct search_result found;
	struct err e;
	size_t i, n = 0;

	if (o == NULL)
		return (struct options){ NULL, 0 };
	if (!one)
		q.author = span_str(d->author);
	if (one)
		o[n++] = (struct option){ "", text_get(v->lang, TEXT_choose_none), chosen->count == 0 };
	n = add_chosen(v, chosen, o, n);
	if (visit_find(v, &q, &found, &e) == -1)
		return (struct options){ o, n };
	for (i = 0; i < found.count; i++) {
		const struct search_card *c = &found.hit[i];
		const char *ref = printed(v, "%s/%s/%s", c->author, kind_info(c->kind)->name, c->rid);

		if (!is_listed(o, n, ref))
			o[n++] = (struct option){ ref, printed(v, "%s (%s%s%s)", c->title,
			    kind_label(v->lang, c->kind), *c->author_name == '\0' ? "" : ", ", c->author_name), 0 };
	}
	return (struct options){ o, n };
}

static struct options
yes_no(struct visit *v, const char *value)
{
	struct option *o = arena_alloc(v->arena, 3 * sizeof *o);

	if (o == NULL)
		return (struct options){ NULL, 0 };
	o[0] = (struct option){ "", text_get(v->lang, TEXT_choose_none), *value == '\0' };
	o[1] = (struct option){ "yes", text_get(v->lang, TEXT_yes), strcmp(value, "yes") == 0 };
	o[2] = (struct option){ "no", text_get(v->lang, TEXT_no), strcmp(value, "no") == 0 };
	return (struct options){ o, 3 };
}

/* --- one input ----------------------------------------------------------------------------------------- */

static const char *
fault_of(struct visit *v, const struct draft *d, const struct field *f)
{
	size_t i;

	for (i = 0; d->faults != NULL && i < d->faults->count; i++)
		if (d->faults->fault[i].field == f)
			return text_find(v->lang, "fault_", d->faults->fault[i].why) != NULL
			    ? text_find(v->lang, "fault_", d->faults->fault[i].why)
			    : fault_text(d->faults->fault[i].why);
	return NULL;
}

static void
fill_choices(struct visit *v, const struct draft *d, const struct field *f, struct input *in)
{
	struct values *chosen = arena_alloc(v->arena, sizeof *chosen);
	const char *pasted = d->typed == NULL ? NULL : fields_get(d->typed, printed(v, "p_%s", f->name));

	if (chosen == NULL)
		return;
	values_of(v, d, f, chosen);
	if (f->type == FIELD_REF || f->type == FIELD_REFS) {
		in->option = records(v, d, f, chosen);
		in->paste = pasted == NULL ? "" : pasted;
	} else if (f->type == FIELD_BOOL) {
		in->option = yes_no(v, d->typed == NULL ? entry_text(f, d->content, v->arena)
		    : chosen->count == 0 ? "" : chosen->at[0]);
	} else if (f->vocab == VOCAB_PRACTICE && f->type == FIELD_TERMS) {
		in->shape = SHAPE_TREE;
		tree(v, f, chosen, in);
	} else
		in->option = terms(v, f, chosen, f->type == FIELD_TERM);
}

static struct input
input_of(struct visit *v, const struct draft *d, const struct field *f)
{
	const char *name = printed(v, "c_%s", f->name);
	const char *hint = text_find(v->lang, "hint_", f->name);
	struct input in = { .name = name, .label = field_label(v->lang, d->kind, f->name),
		.hint = hint == NULL ? "" : hint, .shape = look[f->type].shape, .type = look[f->type].type,
		.mode = look[f->type].mode, .rows = look[f->type].rows, .autocomplete = "off", .value = "",
		.error = fault_of(v, d, f), .required = (f->flags & FIELD_REQUIRED) != 0 };

	if (in.shape != SHAPE_TEXT && in.shape != SHAPE_AREA) {
		fill_choices(v, d, f, &in);
		return in;
	}
	in.value = d->typed == NULL ? entry_text(f, d->content, v->arena) : fields_get(d->typed, name);
	if (in.value == NULL)
		in.value = "";
	if (f->type == FIELD_TEXT || f->type == FIELD_MARKDOWN || f->type == FIELD_URL)
		in.max = f->max;
	return in;
}

/* --- who signs, in which language, under which licence --------------------------------------------------- */

static struct options
choice_of(struct visit *v, const struct option *known, size_t count, const char *chosen)
{
	struct option *o = arena_alloc(v->arena, (count + 1) * sizeof *o);
	size_t i, n = 0;
	int found = 0;

	if (o == NULL)
		return (struct options){ NULL, 0 };
	for (i = 0; i < count; i++) {
		o[n] = known[i];
		o[n].chosen = strcmp(known[i].value, chosen) == 0;
		found |= o[n++].chosen;
	}
	if (!found && *chosen != '\0')
		o[n++] = (struct option){ chosen, chosen, 1 };
	return (struct options){ o, n };
}

static struct input
select_input(struct visit *v, const char *name, struct options option)
{
	const char *hint = text_find(v->lang, "hint_", name);

	return (struct input){ .name = name, .label = text_label(v->lang, "field_", name),
		.hint = hint == NULL ? "" : hint, .shape = SHAPE_SELECT, .type = "", .mode = "",
		.autocomplete = "off", .value = "", .option = option };
}

static struct options
authors(struct visit *v, const char *chosen)
{
	size_t i, n = keyring_count(v->node->keys);
	struct option *known = arena_alloc(v->arena, (n + 1) * sizeof *known);

	for (i = 0; known != NULL && i < n; i++) {
		const char *did = keyring_at(v->node->keys, i)->did;

		known[i] = (struct option){ did, author_name(v, did), 0 };
	}
	return choice_of(v, known, known == NULL ? 0 : n, chosen);
}

static size_t
sign_inputs(struct visit *v, const struct draft *d, struct input *in)
{
	static const struct option license[] = {
		{ "etalab-2.0", "Licence Ouverte 2.0 (etalab-2.0)", 0 }, { "ODbL-1.0", "ODbL 1.0", 0 },
		{ "CC-BY-4.0", "CC BY 4.0", 0 }, { "CC-BY-SA-4.0", "CC BY-SA 4.0", 0 }, { "CC0-1.0", "CC0 1.0", 0 },
	};
	static const struct option lang[] = {
		{ "fr", "français", 0 }, { "br", "brezhoneg", 0 }, { "en", "English", 0 },
	};
	size_t n = 0;

	if (d->fresh && keyring_count(v->node->keys) > 1)
		in[n++] = select_input(v, "author", authors(v, d->author));
	if ((kind_info(d->kind)->flags & KIND_CONTENT) != 0) {
		in[n++] = select_input(v, "lang", choice_of(v, lang, sizeof lang / sizeof lang[0], d->lang));
		in[n++] = select_input(v, "license",
		    choice_of(v, license, sizeof license / sizeof license[0], d->license));
	}
	return n;
}

/* --- the whole form --------------------------------------------------------------------------------------- */

/* The inputs of one part; open when something in it is filled in, or wrong, or it comes first. */
static struct section
section_of(struct visit *v, const struct draft *d, enum part part)
{
	const struct kind_info *info = kind_info(d->kind);
	struct input *in = arena_alloc(v->arena, (info->field_count + 3) * sizeof *in);
	struct section s = { .label = text_label(v->lang, "part_", part_key[part]), .open = part <= PART_WHERE };
	size_t i, n = 0;

	for (i = 0; in != NULL && i < info->field_count; i++) {
		const struct field *f = &info->field[i];
		struct span value;

		if (!entry_offers(f) || place_of(d, f) != part)
			continue;
		in[n] = input_of(v, d, f);
		s.open |= in[n].error != NULL || in[n].required || canon_get(d->content, f->name, &value);
		n++;
	}
	if (in != NULL && part == PART_SIGN)
		n = sign_inputs(v, d, in);
	s.input = (struct inputs){ in, n };
	return s;
}

static struct links
fault_links(struct visit *v, const struct faults *faults)
{
	struct link *link = arena_alloc(v->arena, FAULTS_MAX * sizeof *link);
	size_t i, n = 0;

	for (i = 0; faults != NULL && link != NULL && i < faults->count; i++) {
		const struct fault *f = &faults->fault[i];
		const char *label = text_label(v->lang, "field_", f->name);

		link[n++] = (struct link){ .href = f->field == NULL ? "#main" : printed(v, "#c_%s", f->name),
			.text = label, .note = text_label(v->lang, "fault_", f->why) };
	}
	return (struct links){ link, n };
}

int
input_sections(struct visit *v, const struct draft *d, struct view_form *out, struct err *e)
{
	struct section *section = arena_alloc(v->arena, PART__COUNT * sizeof *section);
	size_t n = 0;
	int p;

	if (section == NULL)
		return err_memory(e);
	for (p = 0; p < PART__COUNT; p++) {
		section[n] = section_of(v, d, (enum part)p);
		n += section[n].input.count > 0;
	}
	out->section = section;
	out->section_count = n;
	out->fault = fault_links(v, d->faults);
	return 0;
}
