/* SPDX-License-Identifier: AGPL-3.0-or-later
 * json.c - a scanner of brackets and strings decides where items begin and end; each is parsed alone.  See json.h. */
#include "tools/import/json.h"

#include <string.h>

#include "proto/err.h"

#define WHOLE_BYTES_MAX ((size_t)16 << 20)
#define DEPTH_MAX 200
#define WORD_BYTES_MAX 1024

enum where {
	OUTSIDE,	/* of every list */
	IN_LIST,	/* in the array, or the map, at list_depth: text up to a comma there is an item */
	IN_OBJECT,	/* in the one object that a list's name has instead of an array */
};

struct scan {
	const struct json_cut *how;
	struct buf text;		/* of the item being read; before any list: of the file so far */
	struct buf value;		/* of a scalar member of the top object */
	char word[WORD_BYTES_MAX];	/* the last string outside items, as written: perhaps a member's name */
	size_t word_len;
	char key[WORD_BYTES_MAX];	/* the member whose value is read, at the depth of the list or of the top */
	enum where where;
	int depth, list_depth;
	int in_string, escaped;
	int is_list;			/* the next bracket opens what one of how->list names */
	int is_value, is_nested;	/* after a colon in the top object; a bracket came */
	int any;			/* a list was met */
	int heads_only;			/* items are passed over */
	size_t items;
};

static int
parse(struct scan *s, struct span text, json_t **out, struct err *e)
{
	json_error_t why;

	*out = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &why);
	if (*out == NULL)
		return err_set(e, ERR_INPUT, "item %zu is not JSON: %s", s->items + 1, why.text);
	return 0;
}

static int
end_item(struct scan *s, struct err *e)
{
	struct span text = span_trim(buf_span(&s->text));
	json_t *v = NULL;
	int rc = 0;

	if (text.len > 0 && s->heads_only)
		s->items++;
	else if (text.len > 0 && (rc = parse(s, text, &v, e)) == 0) {
		s->items++;
		if (!json_is_null(v))
			rc = s->how->item(s->how->ctx, s->how->map ? s->key : "", v, e);
	}
	json_decref(v);
	buf_reset(&s->text);
	return rc;
}

/* A member of the top object has ended: is it a scalar that somebody asks for? */
static int
end_member(struct scan *s, struct err *e)
{
	json_t *v = NULL;
	int rc = 0;

	if (s->is_value && !s->is_nested && s->how->head != NULL && s->value.len > 0 &&
	    (rc = parse(s, span_trim(buf_span(&s->value)), &v, e)) == 0)
		rc = s->how->head(s->how->ctx, s->key, v, e);
	json_decref(v);
	buf_reset(&s->value);
	s->is_value = s->is_nested = 0;
	return rc;
}

static int
is_list_name(const struct json_cut *how, const char *name)
{
	size_t i;

	for (i = 0; i < JSON_LISTS_MAX && how->list[i] != NULL; i++)
		if (strcmp(how->list[i], name) == 0)
			return 1;
	return 0;
}

static void
take_key(struct scan *s)
{
	char name[WORD_BYTES_MAX];

	memcpy(name, s->word, s->word_len);
	name[s->word_len] = '\0';
	if (s->where == IN_LIST) {	/* of a map */
		memcpy(s->key, name, s->word_len + 1);
		buf_reset(&s->text);
		return;
	}
	s->is_list = is_list_name(s->how, name);
	if (s->depth == 1) {
		memcpy(s->key, name, s->word_len + 1);
		s->is_value = 1;
		s->is_nested = 0;
		buf_reset(&s->value);
	}
}

/* Does this bracket, just counted, begin the items? */
static void
enter_list(struct scan *s, char ch)
{
	int top = s->depth == 1 && (ch == '[' || s->how->map);

	if (s->where != OUTSIDE || !(top || s->is_list))
		return;
	s->where = ch == '[' || top ? IN_LIST : IN_OBJECT;
	s->list_depth = s->where == IN_LIST ? s->depth : s->depth - 1;
	s->any = 1;
	buf_reset(&s->text);
	if (s->where == IN_OBJECT)
		s->text.ptr[s->text.len++] = '{';
}

static int
open_bracket(struct scan *s, char ch, struct err *e)
{
	if (s->depth == DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "nested deeper than %d", DEPTH_MAX);
	s->depth++;
	s->is_nested |= s->depth == 2;
	if (s->where != OUTSIDE || !(s->is_list || s->depth == 1)) {
		s->is_list = 0;
		return buf_addc(&s->text, ch, e);
	}
	if (buf_reserve(&s->text, 1, e) == -1)
		return -1;
	enter_list(s, ch);
	s->is_list = 0;
	return s->where == OUTSIDE ? buf_addc(&s->text, ch, e) : 0;
}

static int
close_bracket(struct scan *s, char ch, struct err *e)
{
	if (s->depth == 0)
		return err_set(e, ERR_INPUT, "a bracket closes that was never opened");
	s->depth--;
	if (s->where == IN_LIST && s->depth == s->list_depth - 1) {
		s->where = OUTSIDE;
		return end_item(s, e);
	}
	if ((s->where != OUTSIDE || !s->any) && buf_addc(&s->text, ch, e) == -1)
		return -1;
	if (s->where == IN_OBJECT && s->depth == s->list_depth) {
		s->where = OUTSIDE;
		return end_item(s, e);
	}
	return s->where == OUTSIDE && s->depth == 0 ? end_member(s, e) : 0;
}

/* A character that is no bracket, outside strings. */
static int
plain(struct scan *s, char ch, struct err *e)
{
	int in_list = s->where == IN_LIST && s->depth == s->list_depth;

	if (ch == '"') {
		s->in_string = 1;
		s->word_len = 0;
	} else if (ch == ':' && (s->where == OUTSIDE || (in_list && s->how->map))) {
		take_key(s);
		return s->any ? 0 : buf_addc(&s->text, ch, e);
	} else if (ch == ',' && in_list)
		return end_item(s, e);
	else if (ch == ',' && s->where == OUTSIDE && s->depth == 1 && end_member(s, e) == -1)
		return -1;
	if (s->where == OUTSIDE && s->is_value && !s->is_nested && s->depth == 1 && ch != ',' && s->value.len < 4096 &&
	    buf_addc(&s->value, ch, e) == -1)
		return -1;
	return s->where != OUTSIDE || !s->any ? buf_addc(&s->text, ch, e) : 0;
}

static int
string_char(struct scan *s, char ch, struct err *e)
{
	if (s->escaped)
		s->escaped = 0;
	else if (ch == '\\')
		s->escaped = 1;
	else if (ch == '"')
		s->in_string = 0;
	if (s->in_string && s->word_len < sizeof s->word - 1)
		s->word[s->word_len++] = ch;
	if (s->where == OUTSIDE && s->is_value && !s->is_nested && s->depth == 1 && s->value.len < 4096 &&
	    buf_addc(&s->value, ch, e) == -1)
		return -1;
	return s->where != OUTSIDE || !s->any ? buf_addc(&s->text, ch, e) : 0;
}

static int
step(struct scan *s, char ch, struct err *e)
{
	if (s->in_string)
		return string_char(s, ch, e);
	if (ch == '{' || ch == '[')
		return open_bracket(s, ch, e);
	if (ch == '}' || ch == ']')
		return close_bracket(s, ch, e);
	return plain(s, ch, e);
}

static int
scan_file(struct import_input *in, struct scan *s, struct err *e)
{
	char chunk[16384];
	long n, i;

	while ((n = import_input_read(in, chunk, sizeof chunk, e)) > 0)
		for (i = 0; i < n; i++)
			if (step(s, chunk[i], e) == -1)
				return e->code == ERR_LIMIT ? err_wrap(e, "item %zu", s->items + 1) : -1;
	if (n == -1)
		return -1;
	if (s->depth != 0 || s->in_string)
		return err_set(e, ERR_INPUT, "the file ends too early, after %zu items", s->items);
	return s->any ? 0 : end_item(s, e);
}

static int
scan_once(struct import_input *in, const struct json_cut *how, int heads_only, struct err *e)
{
	struct scan s = { .how = how, .heads_only = heads_only, .text = BUF_INIT(WHOLE_BYTES_MAX),
		.value = BUF_INIT(8192) };
	struct span head = import_input_head(in);
	int rc;

	if (head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
		in->head_used = 3;
	rc = scan_file(in, &s, e);
	buf_clear(&s.text);
	buf_clear(&s.value);
	return rc;
}

/* What the top object says after its items holds for them too: a file that can be read twice is. */
int
json_cut(struct import_input *in, const struct json_cut *how, struct err *e)
{
	struct json_cut items = *how;

	if (how->head == NULL || !import_input_rewind(in))
		return scan_once(in, how, 0, e);
	if (scan_once(in, how, 1, e) == -1)
		return -1;
	items.head = NULL;
	if (!import_input_rewind(in))
		return err_set(e, ERR_IO, "cannot be read twice");
	return scan_once(in, &items, 0, e);
}
