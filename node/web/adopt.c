/* SPDX-License-Identifier: AGPL-3.0-or-later
 * adopt.c - see adopt.h; and /adopt/AUTHOR/KIND/RID, which explains to anybody how it is done. */
#include "node/web/adopt.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "node/store/store.h"
#include "node/web/inside.h"
#include "node/web/item.h"
#include "node/web/page.h"
#include "node/web/visit.h"

/* What an idea consists of, wherever it is put into practice. */
static const char *const kept[] = {
	"access", "axes", "description", "governance", "means", "name", "practices", "summary", "tags",
};

static int
copy_kept(const json_t *from, json_t *to)
{
	size_t i;

	for (i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		json_t *value = json_object_get(from, kept[i]);

		if (value != NULL && json_object_set(to, kept[i], value) == -1)
			return -1;
	}
	return 0;
}

int
adopt_content(struct span origin, const char *ref, struct buf *out, struct err *e)
{
	json_t *from = json_loadb(origin.ptr, origin.len, 0, NULL), *to = json_object();
	char *text = NULL;
	int rc = -1;

	if (!json_is_object(from))
		err_set(e, ERR_INTERNAL, "the content to take up is not an object");
	else if (copy_kept(from, to) == -1 || json_object_set_new(to, "adapted_from", json_string(ref)) == -1 ||
	    (text = json_dumps(to, JSON_COMPACT)) == NULL)
		err_memory(e);
	else
		rc = buf_adds(out, text, e);
	free(text);
	json_decref(from);
	json_decref(to);
	return rc;
}

/* --- the page ------------------------------------------------------------------------------------ */

static int
fill_adopt(struct visit *v, struct view_adopt *w, struct err *e)
{
	struct stored s;
	enum kind k;
	const char *did = request_arg(v->req, 0), *rid = request_arg(v->req, 2);

	if (item_get(v, &s, &k, e) == -1)
		return -1;
	if (k != KIND_INITIATIVE)
		return err_set(e, ERR_NOT_FOUND, "initiatives are taken up, nothing else");
	*w = (struct view_adopt){ .lang = v->lang, .frame = &v->frame,
		.title = item_title(v, k, s.record.content), .author = author_name(v, did),
		.path = record_path(v, "operator/adopt", did, k, rid),
		.lineage = record_path(v, "lineage", did, k, rid) };
	w->href = record_href(v, did, k, rid, w->title);
	v->frame.title = text_make(v->arena, text_get(v->lang, TEXT_adopt_title), (const struct html_arg[]){
	    { .name = "title", .text = w->title }, { .name = NULL } });
	v->frame.hidden = 1;
	return 0;
}

int
adopt_explained(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct view_adopt view;
	struct visit v;
	int rc = -1;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	if (fill_adopt(&v, &view, e) == 0)
		rc = page_adopt(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
