/* SPDX-License-Identifier: AGPL-3.0-or-later
 * visit.c - see visit.h. */
#include "node/web/visit.h"

#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

#include "node/core/indexer.h"
#include "node/http/cached.h"
#include "node/store/store.h"
#include "node/web/cache.h"
#include "node/web/inside.h"

#define KEY_BYTES_MAX	600
#define HOST_BYTES_MAX	255
#define SLUG_CHARS_MAX	60
#define HREF_BYTES_MAX	(3 * TARGET_BYTES_MAX + 256)

/* --- language and frame --------------------------------------------------------------------- */

static enum lang
default_lang(const struct node *n)
{
	enum lang l = lang_find(span_str(n->config.lang));

	return l == LANG__COUNT ? LANG_FR : l;
}

/* This page's own address with another "lang", everything else kept. */
static const char *
address_in(struct visit *v, const char *tag)
{
	struct buf b = BUF_INIT(HREF_BYTES_MAX);
	const struct fields *q = &v->req->query;
	char *made = NULL;
	struct err e;
	size_t i;
	int rc = buf_adds(&b, v->req->raw_path, &e);

	if (rc == 0)
		rc = buf_addf(&b, &e, "?lang=%s", tag);
	for (i = 0; rc == 0 && i < q->count; i++)
		if (strcmp(q->at[i].name, "lang") != 0 && strcmp(q->at[i].name, "done") != 0)
			rc = buf_addf(&b, &e, "&%s=%s", url_part(v->arena, q->at[i].name),
			    url_part(v->arena, q->at[i].value));
	if (rc == 0)
		made = arena_copy(v->arena, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? "/" : made;
}

static const char *
message_of(struct visit *v)
{
	const char *done = request_query(v->req, "done");

	return done == NULL ? NULL : text_find(v->lang, "done_", done);
}

static void
frame_init(struct visit *v)
{
	struct frame *f = &v->frame;
	const char *tag = lang_info[v->lang].tag;
	unsigned l, lacks = config_lacks(&v->node->config);

	*f = (struct frame){ .lang = v->lang, .title = "", .site = v->node->config.name,
		.accent = v->node->web->accent.url, .logo = v->node->web->logo.url,
		.description = "", .section = "", .type = "website", .q = "", .amp = "", .message = message_of(v) };
	if (f->site == NULL || *f->site == '\0')
		f->site = "Essaim";
	if (v->carries_lang) {
		f->q = printed(v, "?lang=%s", tag);
		f->amp = printed(v, "&lang=%s", tag);
		f->sticky = tag;
	}
	for (l = 0; l < LANG__COUNT; l++)
		f->alternate[l] = (struct alternate){ lang_info[l].tag, lang_info[l].name,
			address_in(v, lang_info[l].tag), l == (unsigned)v->lang };
	f->canonical = v->node->config.url == NULL || *v->node->config.url == '\0' ? ""
	    : absolute(v, f->alternate[v->lang].href);
	f->hidden = v->mode == VISIT_OPERATOR || lacks != 0;
	if ((lacks & LACKS_URL) == 0 && lacks != 0)
		f->unready = text_get(v->lang, v->mode == VISIT_OPERATOR ? TEXT_unready_operator : TEXT_unready);
}

static void
frame_operator(struct visit *v)
{
	char *csrf = arena_alloc(v->arena, TOKEN_CHARS + 1);
	const char *token = request_cookie(v->req, SESSION_COOKIE);

	if (csrf == NULL)
		return;
	session_csrf(v->node->web->sessions, token, csrf);
	v->frame.csrf = csrf;
}

/* What a browser put into Host is data: letters, digits and what addresses need, or nothing. */
static const char *
base_of(struct visit *v)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	const char *url = v->node->config.url, *host = v->req->header[HEADER_HOST];
	size_t n = url == NULL ? 0 : strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (n > 0)
		return printed(v, "%.*s", (int)n, url);
	if (host == NULL || strlen(host) > HOST_BYTES_MAX || host[strspn(host, fine)] != '\0')
		return "";
	return printed(v, "%s://%s", v->req->https ? "https" : "http", host);
}

/* --- begin, end -------------------------------------------------------------------------------- */

/* What every page shows moves when a record is stored, when the search index follows, and at
 * midnight: dates are told by the day. */
static int64_t
generation_of(const struct visit *v)
{
	return (store_seq(v->node->store) + indexer_seq(v->node->indexer)) * 2 + (v->now_s / 86400) % 2;
}

/* NULL when memory runs out or the address is too long to be worth keeping. */
static const char *
key_of(const struct visit *v)
{
	const char *key;

	if (v->mode != VISIT_CACHED || strlen(v->req->raw_path) + strlen(v->req->raw_query) > KEY_BYTES_MAX)
		return NULL;
	key = arena_printf(v->arena, "%s%s %s%s?%s", lang_info[v->lang].tag, v->carries_lang ? "!" : "",
	    v->base, v->req->raw_path, v->req->raw_query);
	return key;
}

static int
answer_from_cache(struct visit *v)
{
	const char *key = key_of(v);
	struct cached *page = key == NULL ? NULL : pages_get(v->node->web->pages, v->generation, key);

	if (page == NULL)
		return 0;
	cached_answer(page, v->res);
	cached_free(page);
	return 1;
}

int
visit_begin(struct visit *v, struct node *n, const struct request *req, struct response *res,
    enum visit_mode mode)
{
	enum lang negotiated = lang_negotiate(req->header[HEADER_ACCEPT_LANGUAGE], default_lang(n));
	const char *tag = request_query(req, "lang");
	enum lang asked = tag == NULL ? LANG__COUNT : lang_find(span_str(tag));

	*v = (struct visit){ .node = n, .req = req, .res = res, .arena = req->arena, .mode = mode,
		.lang = asked == LANG__COUNT ? negotiated : asked, .now_s = node_now(n) };
	v->carries_lang = v->lang != negotiated;
	v->base = base_of(v);
	if (mode == VISIT_CACHED) {
		v->generation = generation_of(v);
		if (answer_from_cache(v))
			return 1;
	}
	frame_init(v);
	if (mode == VISIT_OPERATOR)
		frame_operator(v);
	return 0;
}

int
visit_end(struct visit *v, int rc, struct err *e)
{
	const char *key = key_of(v);
	struct cached *page;

	if (v->search != NULL)
		search_give(v->node->search, v->search);
	store_read_end(v->store);
	if (rc == -1)
		return -1;
	v->res->type = TYPE_HTML;
	if (v->mode == VISIT_OPERATOR)
		v->res->cache_control = "no-store";
	else if (response_header(v->res, "Vary", "Accept-Language", e) == -1)
		return -1;
	if (key == NULL || v->res->status != 200)
		return 0;
	if (cached_new(v->res, &page, e) == -1)
		return -1;
	pages_put(v->node->web->pages, v->generation, key, page);
	cached_answer(page, v->res);
	cached_free(page);
	return 0;
}

struct search_reader *
visit_search(struct visit *v, struct err *e)
{
	if (v->search == NULL)
		v->search = search_take(v->node->search, e);
	return v->search;
}

struct reader *
visit_store(struct visit *v, struct err *e)
{
	if (v->store == NULL && store_read(v->node->store, &v->store, e) == -1)
		v->store = NULL;
	return v->store;
}

int
visit_find(struct visit *v, struct search_query *q, struct search_result *out, struct err *e)
{
	struct search_reader *r = visit_search(v, e);

	q->now_s = v->now_s;
	return r == NULL ? -1 : search_run(r, q, v->arena, out, e);
}

/* --- addresses --------------------------------------------------------------------------------- */

const char *
printed(struct visit *v, const char *fmt, ...)
{
	va_list ap, again;
	char *made = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && (made = arena_alloc(v->arena, (size_t)n + 1)) != NULL)
		vsnprintf(made, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return made == NULL ? "" : made;
}

const char *
url_part(struct arena *a, const char *value)
{
	struct buf b = BUF_INIT(HREF_BYTES_MAX);
	const char *made = NULL;
	struct err e;

	if (html_url(&b, value, &e) == 0)
		made = arena_copy(a, buf_span(&b));
	buf_clear(&b);
	return made == NULL ? "" : made;
}

const char *
visit_href(struct visit *v, const char *path)
{
	if (*v->frame.q == '\0')
		return path;
	return printed(v, "%s%s", path, strchr(path, '?') == NULL ? v->frame.q : v->frame.amp);
}

const char *
absolute(struct visit *v, const char *path)
{
	const char *url = v->node->config.url;
	size_t n = url == NULL ? 0 : strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return printed(v, "%.*s%s", (int)n, n == 0 ? "" : url, path);
}

/* Append what an ASCII reader would write for one code point: letters and digits, else a hyphen. */
static size_t
slug_add(char *out, size_t n, utf8proc_int32_t c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		out[n++] = (char)c;
	else if (c == 0x153 || c == 0x152)
		out[n++] = 'o', out[n++] = 'e';
	else if (utf8proc_category(c) != UTF8PROC_CATEGORY_MN && n > 0 && out[n - 1] != '-')
		out[n++] = '-';
	return n;
}

const char *
slug_of(struct arena *a, const char *title)
{
	utf8proc_int32_t decomposed[8], c;
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)title;
	utf8proc_ssize_t len, i, k;
	char *out = arena_alloc(a, SLUG_CHARS_MAX + 4);
	size_t n = 0;
	int boundary = 0;

	if (out == NULL)
		return "";
	for (; *p != '\0' && n < SLUG_CHARS_MAX; p += len < 1 ? 1 : len) {
		len = utf8proc_iterate(p, -1, &c);
		k = len < 1 ? 0 : utf8proc_decompose_char(c, decomposed, 8,
		    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
		for (i = 0; i < k && i < 8 && n < SLUG_CHARS_MAX; i++)
			n = slug_add(out, n, decomposed[i]);
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	return out;
}

const char *
record_path(struct visit *v, const char *prefix, const char *author, enum kind k, const char *rid)
{
	return visit_href(v, printed(v, "/%s/%s/%s/%s", prefix, author, kind_info(k)->name, rid));
}

const char *
record_href(struct visit *v, const char *author, enum kind k, const char *rid, const char *title)
{
	const char *slug = title == NULL ? "" : slug_of(v->arena, title);

	return visit_href(v, printed(v, "/i/%s/%s/%s%s%s", author, kind_info(k)->name, rid,
	    *slug == '\0' ? "" : "/", slug));
}

const char *
ref_href(struct visit *v, const char *ref, const char *title)
{
	struct ref r;
	struct err e;

	if (ref_parse(span_str(ref), &r, &e) == -1 || kind_find(r.kind) == KIND_UNKNOWN)
		return NULL;
	return record_href(v, arena_copy(v->arena, r.author), kind_find(r.kind),
	    arena_copy(v->arena, r.rid), title);
}

/* --- policies ------------------------------------------------------------------------------------ */

static const char *
policy(struct visit *v, const char *tiles, const char *ancestors)
{
	return printed(v, "default-src 'none'; style-src 'self'; img-src 'self' data:%s; script-src 'self'; "
	    "connect-src 'self'; form-action 'self'; frame-ancestors %s; base-uri 'none'", tiles, ancestors);
}

void
visit_allow(struct visit *v, const char *tiles)
{
	v->res->csp = policy(v, tiles, "'none'");
}

void
visit_embed(struct visit *v, const char *whole, const char *tiles)
{
	v->frame.bare = whole;
	v->frame.hidden = 1;
	v->res->csp = policy(v, tiles, "*");
	v->res->cross_origin = 1;
}

/* --- conveniences ------------------------------------------------------------------------------ */

const char *
lang_mark(const struct visit *v, const char *tag)
{
	return tag == NULL || *tag == '\0' || lang_find(span_str(tag)) == v->lang ? NULL : tag;
}

const char *
kind_label(enum lang lang, enum kind k)
{
	return text_label(lang, "kind_", kind_info(k)->name);
}

const char *
kind_plural(enum lang lang, enum kind k)
{
	return text_label(lang, "kinds_", kind_info(k)->name);
}

const char *
field_label(enum lang lang, enum kind k, const char *name)
{
	char prefix[8 + KIND_CHARS_MAX];
	const char *own;

	snprintf(prefix, sizeof prefix, "field_%s_", kind_info(k)->name);
	own = text_find(lang, prefix, name);
	return own == NULL ? text_label(lang, "field_", name) : own;
}
