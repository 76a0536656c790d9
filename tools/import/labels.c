/* SPDX-License-Identifier: AGPL-3.0-or-later
 * labels.c - four structures of one sense: a key beside its label, perhaps in a list that has a name.
 *
 *   GoGoCarto   {"options":[{"id":12,"name":"Alimentation","subcategories":[{"options":[…]}]}]}
 *   YesWiki     a form's {"prepared":[{"propertyname":"checkboxListeType","options":{"1":"Atelier"}}]};
 *               a list's {"ListeType":{"titre_liste":"Type","label":{"1":"Atelier"}}},
 *               since 2024 {"ListeType":{"title":"Type","nodes":[{"id":"1","label":"Atelier","children":[]}]}}
 */
#include "tools/import/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "proto/err.h"

#define DEPTH_MAX 40
#define LISTS_MAX 500
#define LABELS_BYTES_MAX ((size_t)16 << 20)

struct label {
	const char *list;	/* "" for a taxonomy */
	struct span key, text;
};

struct labels {
	struct label *label;	/* in order once all is read */
	size_t count, room;
	const char *list[LISTS_MAX];	/* the lists' names, "" aside */
	size_t lists;
	struct arena text;
};

static int
compare(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
	int order = strcmp(x->list, y->list);

	if (order == 0 && n > 0)
		order = memcmp(x->key.ptr, y->key.ptr, n);
	return order != 0 ? order : (x->key.len > y->key.len) - (x->key.len < y->key.len);
}

static int
grow(struct labels *l, struct err *e)
{
	size_t room = l->room == 0 ? 256 : l->room * 2;
	struct label *more;

	if (l->count < l->room)
		return 0;
	if (l->count >= LABELS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d labels", LABELS_MAX);
	if ((more = realloc(l->label, room * sizeof *more)) == NULL)
		return err_memory(e);
	l->label = more;
	l->room = room;
	return 0;
}

static int
add(struct labels *l, const char *list, struct span key, json_t *text, struct err *e)
{
	struct label new = { .key = { NULL, key.len } };
	size_t len = json_string_length(text);

	if (len == 0)
		return 0;
	if (grow(l, e) == -1)
		return -1;
	new.list = arena_copy(&l->text, span_str(list));
	new.key.ptr = arena_copy(&l->text, key);
	new.text = (struct span){ arena_copy(&l->text, (struct span){ json_string_value(text), len }), len };
	if (new.list == NULL || new.key.ptr == NULL || new.text.ptr == NULL)
		return err_set(e, ERR_LIMIT, "the labels are larger than %zu MiB", LABELS_BYTES_MAX >> 20);
	l->label[l->count++] = new;
	return 0;
}

/* "12" or 12. */
static struct span
key_of(json_t *v, char number[24])
{
	if (json_is_string(v))
		return (struct span){ json_string_value(v), json_string_length(v) };
	if (!json_is_integer(v))
		return (struct span){ 0 };
	return (struct span){ number, (size_t)snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(v)) };
}

/* {"1":"Atelier","2":"Lieu"} */
static int
add_map(struct labels *l, const char *list, json_t *map, struct err *e)
{
	const char *key;
	json_t *text;

	json_object_foreach(map, key, text)
		if (add(l, list, span_str(key), text, e) == -1)
			return -1;
	return 0;
}

static int add_nodes(struct labels *l, const char *list, json_t *nodes, int depth, struct err *e);

/* {"id":12,"name":"Alimentation"}, and what is below it. */
static int
add_node(struct labels *l, const char *list, json_t *node, int depth, struct err *e)
{
	json_t *text = json_object_get(node, "label");
	char number[24];
	struct span key = key_of(json_object_get(node, "id"), number);

	if (key.len > 0 && add(l, list, key, text != NULL ? text : json_object_get(node, "name"), e) == -1)
		return -1;
	return add_nodes(l, list, json_object_get(node, "children"), depth + 1, e);
}

static int
add_nodes(struct labels *l, const char *list, json_t *nodes, int depth, struct err *e)
{
	json_t *node;
	size_t i;

	if (depth > DEPTH_MAX)
		return 0;
	json_array_foreach(nodes, i, node)
		if (add_node(l, list, node, depth, e) == -1)
			return -1;
	return 0;
}

static int
is_option_list(const char *member)
{
	return strcmp(member, "options") == 0 || strcmp(member, "suboptions") == 0;
}

/* member: what v is called where it stands. */
static int
walk(struct labels *l, const char *member, json_t *v, int depth, struct err *e)
{
	const char *list = json_string_value(json_object_get(v, "propertyname")), *name;
	json_t *options = json_object_get(v, "options"), *label = json_object_get(v, "label"), *inner;
	size_t i;

	if (depth > DEPTH_MAX)
		return 0;
	if (list != NULL)
		return add_map(l, list, options, e) == -1 ? -1 : add_nodes(l, list, options, 0, e);
	if (json_is_object(label))
		return add_map(l, member, label, e);
	if (json_is_array(json_object_get(v, "nodes")))
		return add_nodes(l, member, json_object_get(v, "nodes"), 0, e);
	json_array_foreach(v, i, inner)
		if ((is_option_list(member) && add_node(l, "", inner, depth, e) == -1) ||
		    walk(l, "", inner, depth + 1, e) == -1)
			return -1;
	json_object_foreach(v, name, inner)
		if (walk(l, name, inner, depth + 1, e) == -1)
			return -1;
	return 0;
}

static void
name_lists(struct labels *l)
{
	size_t i;

	for (i = 0; i < l->count && l->lists < LISTS_MAX; i++)
		if (l->label[i].list[0] != '\0' && (i == 0 || strcmp(l->label[i].list, l->label[i - 1].list) != 0))
			l->list[l->lists++] = l->label[i].list;
}

int
labels_read(struct span text, struct labels **out, struct err *e)
{
	struct labels *l = calloc(1, sizeof *l);
	json_error_t why;
	json_t *root = NULL;
	int rc = -1;

	*out = NULL;
	if (l == NULL) {
		err_memory(e);
		goto out;
	}
	l->text.max = LABELS_BYTES_MAX;
	if ((root = json_loadb(text.len == 0 ? "" : text.ptr, text.len, 0, &why)) == NULL) {
		err_set(e, ERR_INPUT, "the labels are not JSON: line %d: %s", why.line, why.text);
		goto out;
	}
	if (walk(l, "", root, 0, e) == -1)
		goto out;
	if (l->count == 0) {
		err_set(e, ERR_INPUT, "there are no labels in it: a taxonomy, a form or a list is expected");
		goto out;
	}
	qsort(l->label, l->count, sizeof *l->label, compare);
	name_lists(l);
	*out = l;
	l = NULL;
	rc = 0;
out:
	labels_free(l);
	json_decref(root);
	return rc;
}

void
labels_free(struct labels *l)
{
	if (l == NULL)
		return;
	arena_clear(&l->text);
	free(l->label);
	free(l);
}

static struct span
find_in(const struct labels *l, const char *list, struct span key)
{
	const struct label wanted = { .list = list, .key = key }, *found;

	found = bsearch(&wanted, l->label, l->count, sizeof *l->label, compare);
	return found == NULL ? (struct span){ 0 } : found->text;
}

/* Does a list feed the column?  "checkbox" + "ListeType" + perhaps a field's own name. */
static int
feeds(const char *list, const char *column)
{
	static const char *const prefix[] = { "checkboxfiche", "checkbox", "listefiche", "liste", "radiofiche", "radio" };
	size_t i, n;

	for (i = 0; i < sizeof prefix / sizeof prefix[0]; i++) {
		n = strlen(prefix[i]);
		if (strncmp(column, prefix[i], n) == 0 && strncmp(column + n, list, strlen(list)) == 0)
			return 1;
	}
	return 0;
}

struct span
labels_find(const struct labels *l, const char *column, struct span key)
{
	struct span text;
	size_t i;

	if (l == NULL || key.len == 0)
		return (struct span){ 0 };
	if ((text = find_in(l, column, key)).len > 0 || (text = find_in(l, "", key)).len > 0)
		return text;
	for (i = 0; i < l->lists; i++)
		if (feeds(l->list[i], column))
			return find_in(l, l->list[i], key);
	return (struct span){ 0 };
}
