/* SPDX-License-Identifier: AGPL-3.0-or-later
 * visit.h - one request for a page: who reads in which language, what the page may read from, and
 * the frame around it.
 *
 *	struct visit v;
 *	int rc = -1;
 *
 *	if (visit_begin(&v, n, req, res, VISIT_CACHED))
 *		return 0;			the page as rendered before
 *	…fill the view…
 *	rc = page_NAME(&view, &res->body, e);
 *	return visit_end(&v, rc, e);
 */
#ifndef NODE_WEB_VISIT_H
#define NODE_WEB_VISIT_H

#include <stdint.h>

#include "node/core/node.h"
#include "node/http/request.h"
#include "node/http/response.h"
#include "node/search/search.h"
#include "node/web/locale.h"
#include "node/web/view.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "proto/kind.h"

struct practices;
struct reader;

enum visit_mode {
	VISIT_CACHED,	/* the same for everybody until a record changes */
	VISIT_FRESH,	/* rendered each time */
	VISIT_OPERATOR,	/* rendered each time, kept by nobody */
};

struct visit {
	struct node *node;
	const struct request *req;
	struct response *res;
	struct arena *arena;
	enum visit_mode mode;
	enum lang lang;
	int carries_lang;		/* links say the language: it is not what the browser asks for */
	int64_t now_s;
	struct frame frame;
	struct search_reader *search;	/* taken on first use */
	struct reader *store;		/* ditto */
	const struct practices *practices;	/* the local ones, read on first use */
	int64_t generation;		/* of what the page is about to read */
	const char *base;		/* the site's address without a slash at the end: the configured one, else
					 * what the browser asked for; "" when that is none */
};

/* 1 when res holds the answer already; else 0 and the visit is to be ended. */
int	visit_begin(struct visit *v, struct node *n, const struct request *req, struct response *res,
	    enum visit_mode mode);
/* Give the readers back; with rc 0 make the answer a page (and keep it, when cached).  Returns rc. */
int	visit_end(struct visit *v, int rc, struct err *e);

/* Readers, taken when first asked for; NULL with e set. */
struct search_reader	*visit_search(struct visit *v, struct err *e);
struct reader		*visit_store(struct visit *v, struct err *e);

/* --- addresses: never NULL ("" when memory runs out) ------------------------------------------- */

/* A path of this site with the language in it where links must carry it.  The path is encoded already
 * and may have a query. */
const char	*visit_href(struct visit *v, const char *path);
/* "/i/AUTHOR/KIND/RID/slug"; title NULL: without slug. */
const char	*record_href(struct visit *v, const char *author, enum kind k, const char *rid, const char *title);
/* "/PREFIX/AUTHOR/KIND/RID": provenance, operator/edit… */
const char	*record_path(struct visit *v, const char *prefix, const char *author, enum kind k, const char *rid);
/* The same of a reference's text, or NULL when it is none; and the reference of such a path. */
const char	*ref_href(struct visit *v, const char *ref, const char *title);
/* Words of a title fit for an address: "jardin-partage-de-morlaix". */
const char	*slug_of(struct arena *a, const char *title);
/* Percent-encode one value into the arena. */
const char	*url_part(struct arena *a, const char *value);
/* The address as people know it: scheme, host and path. */
const char	*absolute(struct visit *v, const char *path);

/* Let any site show this page in a frame: no navigation, links lead out of the frame (to whole, this page's full
 * form).  tiles: one more source of images, with a space before it, or "". */
void		 visit_embed(struct visit *v, const char *whole, const char *tiles);
/* The site's policy with another source of images. */
void		 visit_allow(struct visit *v, const char *tiles);

/* --- small conveniences ----------------------------------------------------------------------- */

/* Printed into the arena, "" when memory runs out. */
const char	*printed(struct visit *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* NULL when the record is in the page's language, else its tag: for lang="…". */
const char	*lang_mark(const struct visit *v, const char *tag);
/* "Mairie" / "6 initiatives": the label of a kind, singular and plural. */
const char	*kind_label(enum lang lang, enum kind k);
const char	*kind_plural(enum lang lang, enum kind k);

/* The label of a field: that of the kind's own field where there is one ("Organised by" of a meeting). */
const char	*field_label(enum lang lang, enum kind k, const char *name);

/* The label of a practice: the interface's, else that of the territory that added it, else the key. */
const char	*practice_label(struct visit *v, const char *key);

/* Lists as pages show them, from what a search found. */
struct cards	 cards_of(struct visit *v, const struct search_card *hit, size_t count);
/* A search with the visit's reader and time; e set on failure. */
int		 visit_find(struct visit *v, struct search_query *q, struct search_result *out, struct err *e);

#endif
