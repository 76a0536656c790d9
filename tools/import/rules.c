/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rules.c - see rules.h. */
#include "tools/import/rules.h"

#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "tools/import/import.h"

enum section { SECTION_NONE, SECTION_FIELDS, SECTION_CATEGORIES, SECTION_CONSTANTS, SECTION_PLACES, SECTION__COUNT };

static const char *const section_name[] = {
	[SECTION_FIELDS] = "fields", [SECTION_CATEGORIES] = "categories", [SECTION_CONSTANTS] = "constants",
	[SECTION_PLACES] = "places",
};

struct rule {
	enum section section;
	const char *key;	/* folded; of constants as written */
	const char *value;
};

struct rules {
	struct arena text;
	struct rule *rule;
	size_t count;
};

/* --- what may stand right of "=" ------------------------------------------------------------------ */

static int
is_field(struct span name)
{
	static const char *const mark[] = { MARK_ID, MARK_KIND, MARK_LAT, MARK_LON, MARK_LATLON, MARK_NUMBER, MARK_STREET2,
		MARK_CATEGORY, MARK_LANG, MARK_LICENSE, MARK_DROP };
	size_t i;
	int k;

	for (i = 0; i < sizeof mark / sizeof mark[0]; i++)
		if (span_is(name, mark[i]))
			return 1;
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if ((kind_info((enum kind)k)->flags & KIND_CONTENT) && kind_field((enum kind)k, name) != NULL)
			return 1;
	return 0;
}

/* The vocabulary of a field that has one, of whatever kind; NULL when it has none. */
static const struct field *
term_field(struct span name)
{
	const struct field *f = NULL;
	int k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT && f == NULL; k++)
		if ((f = kind_field((enum kind)k, name)) != NULL && f->type != FIELD_TERM && f->type != FIELD_TERMS)
			f = NULL;
	return f;
}

static int
check_meaning(struct span meaning, struct err *e)
{
	struct span field, value;
	const struct field *f;

	if (span_is(meaning, "-"))
		return 0;
	while (rules_next(&meaning, &field, &value)) {
		if (field.len == 0)
			return err_set(e, ERR_INPUT, "\"%.*s\" says no field: write for example \"practices: third-place\"",
			    (int)value.len, value.ptr);
		if (span_is(field, "kind")) {
			if (kind_find(value) == KIND_UNKNOWN || !(kind_info(kind_find(value))->flags & KIND_CONTENT))
				return err_set(e, ERR_INPUT, "\"%.*s\" is not a kind of record", (int)value.len, value.ptr);
		} else if ((f = term_field(field)) != NULL) {
			if (!vocab_allows(f->vocab, value))
				return err_set(e, ERR_INPUT, "\"%.*s\" is not in the vocabulary of %s", (int)value.len,
				    value.ptr, f->name);
		} else if (!span_is(field, "tags"))
			return err_set(e, ERR_INPUT, "\"%.*s\" takes no category: practices, axes, access, kind and tags do",
			    (int)field.len, field.ptr);
	}
	return 0;
}

static int
check_value(enum section s, struct span key, struct span value, struct err *e)
{
	switch (s) {
	case SECTION_FIELDS:
		if (span_is(value, "-") || is_field(value))
			return 0;
		return err_set(e, ERR_INPUT, "there is no field \"%.*s\"; \"-\" leaves a column out", (int)value.len,
		    value.ptr);
	case SECTION_CATEGORIES:
		return check_meaning(value, e);
	case SECTION_CONSTANTS:
		if (span_is(key, "kind") || span_is(key, "lang") || span_is(key, "license") ||
		    (is_field(key) && key.ptr[0] != '@'))
			return 0;
		return err_set(e, ERR_INPUT, "there is no field \"%.*s\"", (int)key.len, key.ptr);
	case SECTION_PLACES:
		if (value.len == 5)
			return 0;
		return err_set(e, ERR_INPUT, "\"%.*s\" is not the INSEE code of a commune", (int)value.len, value.ptr);
	case SECTION_NONE:
	case SECTION__COUNT:
		break;
	}
	return err_set(e, ERR_INPUT, "a rule stands under a heading: [fields], [categories], [constants] or [places]");
}

/* --- lines ---------------------------------------------------------------------------------------------- */

static int
read_heading(struct span line, enum section *out, struct err *e)
{
	int s;

	for (s = SECTION_NONE + 1; s < SECTION__COUNT; s++)
		if (line.len == strlen(section_name[s]) + 2 && line.ptr[line.len - 1] == ']' &&
		    memcmp(line.ptr + 1, section_name[s], line.len - 2) == 0) {
			*out = (enum section)s;
			return 0;
		}
	return err_set(e, ERR_INPUT, "there is no section %.*s: [fields], [categories], [constants], [places]",
	    (int)line.len, line.ptr);
}

/* Take "left = right" apart; a left side with "=" in it stands in quotes. */
static int
split(struct span line, struct span *left, struct span *right)
{
	const char *at, *end = line.ptr + line.len;

	if (line.ptr[0] == '"' && (at = memchr(line.ptr + 1, '"', line.len - 1)) != NULL) {
		*left = (struct span){ line.ptr + 1, (size_t)(at - line.ptr) - 1 };
		*right = span_trim((struct span){ at + 1, (size_t)(end - at) - 1 });
		if (right->len == 0 || right->ptr[0] != '=')
			return 0;
		*right = span_trim((struct span){ right->ptr + 1, right->len - 1 });
	} else {
		*right = line;
		*left = span_trim(span_cut(right, '='));
		*right = span_trim(*right);
	}
	return left->len > 0 && right->len > 0;
}

/* What follows " #" is a comment. */
static struct span
without_comment(struct span line)
{
	size_t i;

	for (i = 0; i < line.len; i++)
		if (line.ptr[i] == '#' && (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
			line.len = i;
	return span_trim(line);
}

static int
add_rule(struct rules *r, enum section s, struct span line, struct err *e)
{
	char key[IMPORT_NAME_CHARS_MAX];
	struct span left, right;
	struct rule *rule = &r->rule[r->count];

	if (!split(line, &left, &right))
		return err_set(e, ERR_INPUT, "\"%.*s\" is no rule: write \"what the source says = what it is here\"",
		    (int)(line.len < 60 ? line.len : 60), line.ptr);
	if (check_value(s, left, right, e) == -1)
		return -1;
	import_fold(left, s == SECTION_CATEGORIES, key, sizeof key);
	rule->section = s;
	rule->key = arena_copy(&r->text, s == SECTION_CONSTANTS ? left : span_str(key));
	rule->value = arena_copy(&r->text, s == SECTION_FIELDS && span_is(right, "-") ? SPAN(MARK_DROP) : right);
	if (rule->key == NULL || rule->value == NULL)
		return err_memory(e);
	r->count++;
	return 0;
}

static int
parse(struct rules *r, struct span text, struct err *e)
{
	enum section section = SECTION_NONE;
	size_t number;

	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0) {
		text.ptr += 3;
		text.len -= 3;
	}
	for (number = 1; text.len > 0; number++) {
		struct span line = without_comment(span_cut(&text, '\n'));

		if (line.len == 0)
			continue;
		if (r->count == RULES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d rules", RULES_MAX);
		if ((line.ptr[0] == '[' ? read_heading(line, &section, e) : add_rule(r, section, line, e)) == -1)
			return err_wrap(e, "line %zu", number);
	}
	return 0;
}

int
rules_parse(struct span text, struct rules **out, struct err *e)
{
	struct rules *r;
	size_t lines = 1, i;

	if (text.len > RULES_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "a mapping file is at most %zu KiB", RULES_BYTES_MAX >> 10);
	if (!import_is_utf8(text))
		return err_set(e, ERR_INPUT, "a mapping file is UTF-8 text");
	for (i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	if ((r = calloc(1, sizeof *r)) == NULL || (r->rule = calloc(lines, sizeof *r->rule)) == NULL) {
		free(r);
		return err_memory(e);
	}
	if (parse(r, text, e) == -1) {
		rules_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	arena_clear(&r->text);
	free(r->rule);
	free(r);
}

/* --- asking ------------------------------------------------------------------------------------------------ */

static const char *
find(const struct rules *r, enum section s, const char *key)
{
	size_t i;

	for (i = 0; r != NULL && i < r->count; i++)
		if (r->rule[i].section == s && strcmp(r->rule[i].key, key) == 0)
			return r->rule[i].value;
	return NULL;
}

static const char *
find_folded(const struct rules *r, enum section s, struct span text)
{
	char key[IMPORT_NAME_CHARS_MAX];

	if (r == NULL)
		return NULL;
	import_fold(text, s == SECTION_CATEGORIES, key, sizeof key);
	return find(r, s, key);
}

const char *
rules_field(const struct rules *r, const char *column)
{
	return find_folded(r, SECTION_FIELDS, span_str(column));
}

const char *
rules_category(const struct rules *r, struct span word)
{
	return find_folded(r, SECTION_CATEGORIES, word);
}

const char *
rules_place(const struct rules *r, struct span name)
{
	return find_folded(r, SECTION_PLACES, name);
}

const char *
rules_constant(const struct rules *r, const char *field)
{
	return find(r, SECTION_CONSTANTS, field);
}

const char *
rules_constant_at(const struct rules *r, size_t i, const char **value)
{
	size_t k;

	for (k = 0; r != NULL && k < r->count; k++)
		if (r->rule[k].section == SECTION_CONSTANTS && i-- == 0) {
			*value = r->rule[k].value;
			return r->rule[k].key;
		}
	return NULL;
}

int
rules_next(struct span *meaning, struct span *field, struct span *value)
{
	struct span one;

	do {
		if (meaning->len == 0)
			return 0;
		one = span_trim(span_cut(meaning, ','));
	} while (one.len == 0);
	*value = one;
	*field = span_trim(span_cut(value, ':'));
	if (value->len == 0 && memchr(one.ptr, ':', one.len) == NULL) {
		*value = one;
		*field = SPAN("");
	} else
		*value = span_trim(*value);
	return 1;
}
