/* SPDX-License-Identifier: AGPL-3.0-or-later
 * item.c - see item.h. */
#include "node/web/item.h"

#include <stdlib.h>
#include <string.h>

#include "node/core/gazetteer.h"
#include "node/store/store.h"
#include "node/web/when.h"
#include "proto/canon.h"
#include "proto/vocab.h"

#define VALUE_BYTES_MAX	(32 * 1024)
#define VALUES_MAX	400

/* --- finding it --------------------------------------------------------------------------------- */

/* What is kept but not in the set is for its own author's node alone to show. */
static int
may_show(struct visit *v, const struct stored *s, enum kind k, struct err *e)
{
	struct author_info author;

	if (!s->in_set && (store_author(v->node->store, s->record.author, &author) != 1 || !author.own))
		return err_set(e, ERR_NOT_FOUND, "nothing by that name is shown here");
	if (k == KIND_UNKNOWN || kind_check(k, s->record.content, NULL, e) == -1)
		return err_set(e, ERR_NOT_FOUND, "this version cannot show it");
	return 0;
}

int
item_get_ref(struct visit *v, const struct ref *ref, struct stored *out, enum kind *kind, struct err *e)
{
	struct reader *r = visit_store(v, e);
	int found = r == NULL ? -1 : store_is_blocked(r, ref, e);

	*kind = kind_find(ref->kind);
	if (found == -1)
		return -1;
	if (found == 1)
		return err_set(e, ERR_GONE, "this was removed here");
	if ((found = store_get(r, ref, v->arena, out, e)) == -1)
		return -1;
	if (found == 0 && store_is_outside(v->node->store, ref))
		return err_set(e, ERR_SCOPE, "it lies outside what this site keeps");
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "nothing by that name is known here");
	if (out->record.deleted)
		return err_set(e, ERR_GONE, "its author removed it");
	return may_show(v, out, *kind, e);
}

int
item_get(struct visit *v, struct stored *out, enum kind *kind, struct err *e)
{
	const char *text = printed(v, "%s/%s/%s", request_arg(v->req, 0), request_arg(v->req, 1),
	    request_arg(v->req, 2));
	struct ref ref;
	struct err why;

	if (ref_parse(span_str(text), &ref, &why) == -1)
		return err_set(e, ERR_NOT_FOUND, "this is not the address of a record");
	return item_get_ref(v, &ref, out, kind, e);
}

/* --- values ------------------------------------------------------------------------------------- */

static const char *
string_of(struct visit *v, struct span value)
{
	struct buf b = BUF_INIT(VALUE_BYTES_MAX);
	const char *made = NULL;
	struct err e;

	if (canon_string(value, &b, &e) == 0)
		made = arena_copy(v->arena, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? "" : made;
}

const char *
member(struct visit *v, struct span content, const char *name)
{
	struct span value;

	return canon_get(content, name, &value) ? string_of(v, value) : "";
}

const char *
item_title(struct visit *v, enum kind k, struct span content)
{
	const char *field = kind_info(k)->title;
	const char *title = field == NULL ? "" : member(v, content, field);

	return *title == '\0' ? kind_label(v->lang, k) : title;
}

static struct link
plain(const char *text)
{
	return (struct link){ .text = text, .note = "" };
}

static struct link
value_text(struct visit *v, const struct field *f, struct span value)
{
	(void)f;
	return plain(string_of(v, value));
}

static struct link
value_url(struct visit *v, const struct field *f, struct span value)
{
	const char *url = string_of(v, value);
	const char *shown = strstr(url, "://");

	(void)f;
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return plain(url);
	return (struct link){ .href = url, .text = shown == NULL ? url : shown + 3, .note = "", .outside = 1 };
}

const char *
mail_href(struct visit *v, const char *mail)
{
	const char *at = strchr(mail, '@');

	return at == NULL ? "" : printed(v, "mailto:%s@%s", url_part(v->arena,
	    printed(v, "%.*s", (int)(at - mail), mail)), url_part(v->arena, at + 1));
}

static struct link
value_email(struct visit *v, const struct field *f, struct span value)
{
	const char *text = string_of(v, value);

	(void)f;
	return (struct link){ .href = mail_href(v, text), .text = text, .note = "" };
}

static struct link
value_phone(struct visit *v, const struct field *f, struct span value)
{
	const char *text = string_of(v, value), *p;
	char digits[48];
	size_t n = 0;

	(void)f;
	for (p = text; *p != '\0' && n < sizeof digits - 1; p++)
		if ((*p >= '0' && *p <= '9') || (*p == '+' && n == 0))
			digits[n++] = *p;
	digits[n] = '\0';
	return (struct link){ .href = printed(v, "tel:%s", digits), .text = text, .note = "" };
}

static struct link
value_date(struct visit *v, const struct field *f, struct span value)
{
	(void)f;
	return plain(date_long(v->arena, v->lang, string_of(v, value)));
}

static struct link
value_datetime(struct visit *v, const struct field *f, struct span value)
{
	(void)f;
	return plain(date_event(v->arena, v->lang, string_of(v, value)));
}

static struct link
value_time(struct visit *v, const struct field *f, struct span value)
{
	char day[11];
	int64_t n = 0;

	(void)f;
	canon_int(value, &n);
	date_of(n, day);
	return plain(date_long(v->arena, v->lang, printed(v, "%s", day)));
}

static struct link
value_int(struct visit *v, const struct field *f, struct span value)
{
	int64_t n = 0;

	(void)f;
	canon_int(value, &n);
	return plain(printed(v, "%lld", (long long)n));
}

static struct link
value_bool(struct visit *v, const struct field *f, struct span value)
{
	int b = 0;

	(void)f;
	canon_bool(value, &b);
	return plain(text_get(v->lang, b ? TEXT_yes : TEXT_no));
}

/* A term leads to the catalogue where that can be filtered by it. */
static struct link
value_term(struct visit *v, const struct field *f, struct span value)
{
	static const char *const filter[VOCAB__COUNT] = {
		[VOCAB_AXIS] = "axis", [VOCAB_PRACTICE] = "practice", [VOCAB_ACCESS] = "access",
		[VOCAB_STATUS] = "status", [VOCAB_EXCHANGE_TERMS] = "terms",
	};
	const char *key = string_of(v, value);
	const char *label = f->vocab == VOCAB_PRACTICE ? practice_label(v, key)
	    : text_label(v->lang, printed(v, "%s_", vocab_get(f->vocab)->name), key);

	if (filter[f->vocab] == NULL)
		return plain(label);
	return (struct link){ .text = label, .note = "", .href = visit_href(v,
	    printed(v, "/catalogue?%s=%s", filter[f->vocab], url_part(v->arena, key))) };
}

struct link
item_link(struct visit *v, const char *ref)
{
	struct stored s;
	struct search_card card;
	struct search_reader *r;
	struct ref parts;
	struct err e;
	enum kind k;
	const char *title;

	if (ref_parse(span_str(ref), &parts, &e) == -1 || (k = kind_find(parts.kind)) == KIND_UNKNOWN)
		return plain(ref);
	if ((r = visit_search(v, &e)) != NULL &&
	    search_get(r, parts.author, k, parts.rid, v->now_s, v->arena, &card, &e) == 0)
		return (struct link){ .href = ref_href(v, ref, card.title), .text = card.title,
			.lang = lang_mark(v, card.lang), .note = kind_label(v->lang, k) };
	if (item_get_ref(v, &parts, &s, &k, &e) == -1)
		return (struct link){ .text = kind_label(v->lang, k), .note = text_get(v->lang, TEXT_not_here) };
	title = item_title(v, k, s.record.content);
	return (struct link){ .href = ref_href(v, ref, title), .text = title, .note = kind_label(v->lang, k) };
}

static struct link
value_ref(struct visit *v, const struct field *f, struct span value)
{
	(void)f;
	return item_link(v, string_of(v, value));
}

const char *
author_name(struct visit *v, const char *did)
{
	struct search_reader *r;
	struct search_card card;
	struct err e;
	size_t n = strlen(did);

	if ((r = visit_search(v, &e)) != NULL && search_get(r, span_str(did), KIND_TERRITORY, SPAN("self"),
	    v->now_s, v->arena, &card, &e) == 0 && *card.title != '\0')
		return card.title;
	return n < 20 ? did : printed(v, "%.6s…%s", did + 8, did + n - 6);
}

static struct link
value_did(struct visit *v, const struct field *f, struct span value)
{
	const char *did = string_of(v, value);

	(void)f;
	return (struct link){ .href = visit_href(v, printed(v, "/territory/%s", did)),
		.text = author_name(v, did), .note = "" };
}

/* A commune, département or intercommunality by its name. */
static struct link
value_area(struct visit *v, const struct field *f, struct span value)
{
	const char *code = string_of(v, value);
	const struct place *p = gazetteer_code(v->node->gazetteer, span_str(code));

	(void)f;
	return plain(p == NULL ? code : printed(v, "%.*s", (int)p->name.len, p->name.ptr));
}

typedef struct link value_fn(struct visit *v, const struct field *f, struct span value);

/* What a field's value looks like; none: not for people, or shown elsewhere. */
static value_fn *const value_table[FIELD__COUNT] = {
	[FIELD_TEXT] = value_text, [FIELD_URL] = value_url, [FIELD_URLS] = value_url,
	[FIELD_EMAIL] = value_email, [FIELD_PHONE] = value_phone, [FIELD_DATE] = value_date,
	[FIELD_DATETIME] = value_datetime, [FIELD_TIME] = value_time, [FIELD_INT] = value_int,
	[FIELD_BOOL] = value_bool, [FIELD_TERM] = value_term, [FIELD_TERMS] = value_term,
	[FIELD_WORDS] = value_text, [FIELD_REF] = value_ref, [FIELD_REFS] = value_ref,
	[FIELD_DID] = value_did, [FIELD_INSEE] = value_text, [FIELD_AREAS] = value_area,
};

/* --- rows --------------------------------------------------------------------------------------- */

/* Shown in the heading, or put together in one line, or of no use to a reader. */
static int
is_elsewhere(const char *name)
{
	static const char *const elsewhere[] = {
		"name", "summary", "street", "postcode", "commune", "insee", "example", "timezone", "axes",
		"practices", "status", "starts", "ends", "key",
	};
	size_t i;

	for (i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		if (strcmp(elsewhere[i], name) == 0)
			return 1;
	return 0;
}

static struct links
values_of(struct visit *v, const struct field *f, struct span value)
{
	struct link *at = arena_alloc(v->arena, (canon_is_array(value) ? VALUES_MAX : 1) * sizeof *at);
	struct canon_iter it;
	struct span item;
	size_t n = 0;

	if (at == NULL)
		return (struct links){ NULL, 0 };
	if (!canon_is_array(value)) {
		at[n++] = value_table[f->type](v, f, value);
		return (struct links){ at, n };
	}
	canon_array(value, &it);
	while (n < VALUES_MAX && canon_item(&it, &item))
		at[n++] = value_table[f->type](v, f, item);
	return (struct links){ at, n };
}

/* Street, postcode and commune on one line. */
static struct row
address_row(struct visit *v, struct span content)
{
	const char *street = member(v, content, "street"), *code = member(v, content, "postcode");
	const char *commune = member(v, content, "commune");
	struct link *at = arena_alloc(v->arena, sizeof *at);

	if (at == NULL || (*street == '\0' && *commune == '\0'))
		return (struct row){ .name = NULL };
	at[0] = plain(printed(v, "%s%s%s%s%s", street, *street != '\0' && *commune != '\0' ? ", " : "", code,
	    *code == '\0' ? "" : " ", commune));
	return (struct row){ .name = "where", .label = text_get(v->lang, TEXT_row_where),
		.value = { at, 1 } };
}

static void
add_row(struct rows *rows, struct row *at, struct row row)
{
	if (row.name != NULL)
		at[rows->count++] = row;
}

/* A rule as people say it. */
static struct links
rule_value(struct visit *v, const char *rule, struct span content)
{
	struct link *at = arena_alloc(v->arena, sizeof *at);

	if (at == NULL)
		return (struct links){ NULL, 0 };
	at[0] = plain(when_rule(v, rule, member(v, content, "starts")));
	return (struct links){ at, 1 };
}

static void
field_row(struct visit *v, enum kind k, const struct field *f, struct span content, struct rows *prose,
    struct row *prose_at, struct rows *fact, struct row *fact_at)
{
	struct span value;
	struct row row = { .name = f->name, .label = field_label(v->lang, k, f->name),
		.flat = f->type == FIELD_TERMS || f->type == FIELD_WORDS || f->type == FIELD_AREAS };
	struct err e;

	if (!canon_get(content, f->name, &value))
		return;
	if (strcmp(f->name, "recurrence") == 0) {
		row.value = rule_value(v, string_of(v, value), content);
		add_row(fact, fact_at, row);
	} else if (f->type == FIELD_MARKDOWN) {
		row.prose = mkmd(v->arena, span_str(string_of(v, value)),
		    strcmp(f->name, "description") == 0 ? 2 : 3, &e);
		add_row(prose, prose_at, row);
	} else if (value_table[f->type] != NULL) {
		row.value = values_of(v, f, value);
		if (row.value.count > 0 && *row.value.at[0].text != '\0')
			add_row(fact, fact_at, row);
	}
}

void
item_rows(struct visit *v, enum kind k, struct span content, struct rows *prose, struct rows *fact)
{
	const struct kind_info *info = kind_info(k);
	struct row *prose_at = arena_alloc(v->arena, (info->field_count + 2) * sizeof *prose_at);
	struct row *fact_at = arena_alloc(v->arena, (info->field_count + 2) * sizeof *fact_at);
	size_t i;

	*prose = *fact = (struct rows){ NULL, 0 };
	if (prose_at == NULL || fact_at == NULL)
		return;
	add_row(fact, fact_at, address_row(v, content));
	for (i = 0; i < info->field_count; i++) {
		const struct field *f = &info->field[i];

		if (!is_elsewhere(f->name))
			field_row(v, k, f, content, prose, prose_at, fact, fact_at);
	}
	prose->at = prose_at;
	fact->at = fact_at;
}

int
item_row(struct visit *v, enum kind k, struct span content, const char *name, struct row *out)
{
	const struct field *f = kind_field(k, span_str(name));
	struct rows prose = { NULL, 0 }, fact = { NULL, 0 };

	*out = strcmp(name, "where") == 0 ? address_row(v, content) : (struct row){ .name = NULL };
	if (f != NULL)
		field_row(v, k, f, content, &prose, out, &fact, out);
	return out->name != NULL;
}
