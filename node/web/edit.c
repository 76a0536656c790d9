/* SPDX-License-Identifier: AGPL-3.0-or-later
 * edit.c - the operator writes, changes, confirms and deletes records. */
#include <string.h>

#include <sodium.h>

#include "node/core/keyring.h"
#include "node/store/store.h"
#include "node/web/adopt.h"
#include "node/web/entry.h"
#include "node/web/input.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/operator.h"
#include "node/web/page.h"
#include "node/web/visit.h"
#include "proto/limits.h"

#define CONTENT_BYTES_MAX (4 * RECORD_BYTES_MAX)

struct desk {
	struct visit v;
	struct draft draft;
	struct view_form view;
	struct stored stored;		/* the record being edited */
	struct fields form;
	struct node_put_result result;
	struct buf content;
};

static const char *
text_in(struct visit *v, struct span s)
{
	return printed(v, "%.*s", (int)s.len, s.len == 0 ? "" : s.ptr);
}

/* The version that a form was made from: a save over a later one is refused. */
static const char *
revision_of(struct visit *v, const struct stored *s)
{
	char hex[2 * ID_BYTES + 1];

	return printed(v, "%s", sodium_bin2hex(hex, sizeof hex, s->record.id, ID_BYTES));
}

/* --- which record ------------------------------------------------------------------------------------- */

/* A record that is to be written anew, of the kind that the path names. */
static int
begin_new(struct desk *d, struct err *e)
{
	const struct keyring_author *own = keyring_at(d->v.node->keys, 0);
	enum kind k = kind_find(span_str(request_arg(d->v.req, 0)));

	if (k == KIND_UNKNOWN || (kind_info(k)->flags & KIND_FORM) == 0 || (kind_info(k)->flags & KIND_SELF) != 0)
		return err_set(e, ERR_NOT_FOUND, "no form for that kind");
	if (own == NULL)
		return err_set(e, ERR_FORBIDDEN, "this node holds no key");
	d->draft = (struct draft){ .kind = k, .author = own->did, .lang = d->v.node->config.lang,
		.license = "etalab-2.0", .fresh = 1 };
	if (d->draft.lang == NULL)
		d->draft.lang = "fr";
	d->view.heading = text_make(d->v.arena, text_get(d->v.lang, TEXT_form_new), (const struct html_arg[]){
	    { .name = "kind", .text = kind_label(d->v.lang, k) }, { .name = NULL } });
	d->view.action = visit_href(&d->v, printed(&d->v, "/operator/new/%s", kind_info(k)->name));
	d->view.cancel = visit_href(&d->v, "/operator");
	d->view.revision = "";
	return 0;
}

/* An initiative of elsewhere as the beginning of one of our own, in its language and under its licence. */
static int
begin_adopt(struct desk *d, struct err *e)
{
	struct visit *v = &d->v;
	const struct keyring_author *own = keyring_at(v->node->keys, 0);
	const struct record *r = &d->stored.record;
	struct buf content = BUF_INIT(CONTENT_BYTES_MAX);
	char ref[REF_CHARS_MAX + 1], *kept = NULL;
	enum kind k;

	if (item_get(v, &d->stored, &k, e) == -1)
		return -1;
	if (k != KIND_INITIATIVE)
		return err_set(e, ERR_NOT_FOUND, "initiatives are taken up, nothing else");
	if (own == NULL)
		return err_set(e, ERR_FORBIDDEN, "this node holds no key");
	ref_format(&(struct ref){ r->author, r->kind_name, r->rid }, ref);
	if (adopt_content(r->content, ref, &content, e) == 0 &&
	    (kept = arena_copy(v->arena, buf_span(&content))) == NULL)
		err_memory(e);
	buf_clear(&content);
	if (kept == NULL)
		return -1;
	d->draft = (struct draft){ .kind = k, .content = span_str(kept), .author = own->did, .fresh = 1, .adapted = 1,
		.lang = text_in(v, r->lang), .license = text_in(v, r->license) };
	d->view.heading = text_make(v->arena, text_get(v->lang, TEXT_adopt_title), (const struct html_arg[]){
	    { .name = "title", .text = item_title(v, k, r->content) }, { .name = NULL } });
	d->view.action = record_path(v, "operator/adopt", text_in(v, r->author), k, request_arg(v->req, 2));
	d->view.cancel = record_href(v, text_in(v, r->author), k, request_arg(v->req, 2), NULL);
	d->view.advice = text_get(v->lang, TEXT_adopt_advice);
	d->view.revision = "";
	return 0;
}

/* An own record of a kind that has a form. */
static int
begin_edit(struct desk *d, struct err *e)
{
	struct visit *v = &d->v;
	const struct record *r = &d->stored.record;
	const char *rid = request_arg(v->req, 2);
	enum kind k;

	if (operator_owns(v, span_str(request_arg(v->req, 0)), e) == -1 ||
	    item_get(v, &d->stored, &k, e) == -1)
		return -1;
	if ((kind_info(k)->flags & KIND_FORM) == 0)
		return err_set(e, ERR_FORBIDDEN, "records of this kind are not written by form");
	d->draft = (struct draft){ .kind = k, .content = r->content, .author = text_in(v, r->author),
		.lang = text_in(v, r->lang), .license = text_in(v, r->license) };
	d->view.heading = item_title(v, k, r->content);
	d->view.action = record_path(v, "operator/edit", d->draft.author, k, rid);
	d->view.cancel = record_href(v, d->draft.author, k, rid, d->view.heading);
	if ((kind_info(k)->flags & KIND_SELF) == 0)
		d->view.erase = record_path(v, "operator/delete", d->draft.author, k, rid);
	d->view.revision = revision_of(v, &d->stored);
	return 0;
}

/* --- the form ------------------------------------------------------------------------------------------- */

static int
render(struct desk *d, struct err *e)
{
	d->view.lang = d->v.lang;
	d->view.frame = &d->v.frame;
	d->view.kind = kind_info(d->draft.kind)->name;
	d->v.frame.title = d->view.heading;
	d->v.frame.section = "desk";
	if (input_sections(&d->v, &d->draft, &d->view, e) == -1)
		return -1;
	return page_form(&d->view, &d->v.res->body, e);
}

static struct desk *
open_desk(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = arena_alloc(req->arena, sizeof *d);

	if (d == NULL) {
		err_memory(e);
		return NULL;
	}
	visit_begin(&d->v, n, req, res, VISIT_OPERATOR);
	d->content = (struct buf)BUF_INIT(CONTENT_BYTES_MAX);
	return d;
}

static int
close_desk(struct desk *d, int rc, struct err *e)
{
	buf_clear(&d->content);
	return visit_end(&d->v, rc, e);
}

int
new_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);

	if (d == NULL)
		return -1;
	return close_desk(d, begin_new(d, e) == -1 ? -1 : render(d, e), e);
}

int
adopt_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);

	if (d == NULL)
		return -1;
	return close_desk(d, begin_adopt(d, e) == -1 ? -1 : render(d, e), e);
}

int
edit_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);

	if (d == NULL)
		return -1;
	return close_desk(d, begin_edit(d, e) == -1 ? -1 : render(d, e), e);
}

/* --- saving --------------------------------------------------------------------------------------------- */

static const char *
posted(const struct desk *d, const char *name, const char *fallback)
{
	const char *value = fields_get(&d->form, name);

	return value == NULL || *value == '\0' ? fallback : value;
}

/* Show the form again with what was typed and what is wrong with it. */
static int
refuse(struct desk *d, const struct err *why, struct err *e)
{
	d->draft.typed = &d->form;
	d->draft.faults = &d->result.faults;
	d->draft.lang = posted(d, "lang", d->draft.lang);
	d->draft.license = posted(d, "license", d->draft.license);
	d->draft.author = d->draft.fresh ? posted(d, "author", d->draft.author) : d->draft.author;
	d->view.refusal = d->result.faults.count == 0 ? why->text : NULL;
	d->v.res->status = 422;
	return render(d, e);
}

/* After a save: to the record's page, with a message. */
static int
show_saved(struct desk *d, const char *done)
{
	const char *page = ref_href(&d->v, d->result.ref, NULL);

	if (page == NULL)
		page = "/operator";
	return response_see_other(d->v.res, printed(&d->v, "%s%sdone=%s", page,
	    strchr(page, '?') == NULL ? "?" : "&", done));
}

static int
save(struct desk *d, const char *rid, struct err *e)
{
	struct node_put put = { .kind = d->draft.kind, .rid = rid };
	struct err why = { .code = ERR_NONE };

	d->result.faults.count = 0;
	if (strcmp(posted(d, "revision", ""), d->view.revision) != 0) {
		err_set(&why, ERR_CONFLICT, "%s", text_get(d->v.lang, TEXT_form_conflict));
		return refuse(d, &why, e);
	}
	put.author = d->draft.fresh ? posted(d, "author", d->draft.author) : d->draft.author;
	if (operator_owns(&d->v, span_str(put.author), e) == -1 ||
	    entry_content(d->draft.kind, d->draft.content, &d->form, d->v.arena, &d->content, e) == -1)
		return -1;
	if ((kind_info(d->draft.kind)->flags & KIND_CONTENT) != 0) {
		put.lang = posted(d, "lang", d->draft.lang);
		put.license = posted(d, "license", d->draft.license);
	}
	put.content = buf_span(&d->content);
	if (node_put(d->v.node, &put, &d->result, &why) == 0)
		return show_saved(d, d->result.outcome == PUT_SAME ? "same" : "saved");
	if (d->result.faults.count == 0 && why.code != ERR_INPUT && why.code != ERR_LIMIT)
		return err_set(e, why.code, "%s", why.text);
	return refuse(d, &why, e);
}

int
new_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	int rc = -1;

	if (d == NULL)
		return -1;
	if (operator_form(&d->v, &d->form, e) == 0 && begin_new(d, e) == 0)
		rc = save(d, NULL, e);
	return close_desk(d, rc, e);
}

int
adopt_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	int rc = -1;

	if (d == NULL)
		return -1;
	if (operator_form(&d->v, &d->form, e) == 0 && begin_adopt(d, e) == 0)
		rc = save(d, NULL, e);
	return close_desk(d, rc, e);
}

int
edit_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	int rc = -1;

	if (d == NULL)
		return -1;
	if (operator_form(&d->v, &d->form, e) == 0 && begin_edit(d, e) == 0)
		rc = save(d, request_arg(req, 2), e);
	return close_desk(d, rc, e);
}

/* --- confirming ------------------------------------------------------------------------------------------- */

/* "Still true": the day goes into "confirmed", which signs the record anew. */
static int
put_confirmed(struct desk *d, struct err *e)
{
	struct node_put put = { .author = d->draft.author, .kind = d->draft.kind,
		.rid = request_arg(d->v.req, 2) };
	char day[11];

	date_of(d->v.now_s, day);
	if (entry_member(d->stored.record.content, "confirmed", day, &d->content, e) == -1)
		return -1;
	if ((kind_info(d->draft.kind)->flags & KIND_CONTENT) != 0) {
		put.lang = d->draft.lang;
		put.license = d->draft.license;
	}
	put.content = buf_span(&d->content);
	return node_put(d->v.node, &put, &d->result, e);
}

int
confirm_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	int rc = -1;

	if (d == NULL)
		return -1;
	if (operator_form(&d->v, &d->form, e) == 0 && begin_edit(d, e) == 0 && put_confirmed(d, e) == 0)
		rc = response_see_other(res, visit_href(&d->v, "/operator?done=confirmed"));
	return close_desk(d, rc, e);
}

/* --- deleting --------------------------------------------------------------------------------------------- */

int
erase_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	struct view_erase view;
	int rc = -1;

	if (d == NULL)
		return -1;
	if (begin_edit(d, e) == 0) {
		view = (struct view_erase){ .lang = d->v.lang, .frame = &d->v.frame, .title = d->view.heading,
			.action = d->view.erase == NULL ? "" : d->view.erase, .back = d->view.action };
		d->v.frame.title = text_get(d->v.lang, TEXT_erase_title);
		d->v.frame.section = "desk";
		rc = page_erase(&view, &res->body, e);
	}
	return close_desk(d, rc, e);
}

int
erase_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct desk *d = open_desk(n, req, res, e);
	struct ref ref;
	int rc = -1;

	if (d == NULL)
		return -1;
	if (operator_form(&d->v, &d->form, e) == 0 && begin_edit(d, e) == 0) {
		ref = (struct ref){ d->stored.record.author, d->stored.record.kind_name, d->stored.record.rid };
		rc = node_delete(n, &ref, e);
	}
	if (rc == 0)
		rc = response_see_other(res, visit_href(&d->v, "/operator?done=erased"));
	return close_desk(d, rc, e);
}
