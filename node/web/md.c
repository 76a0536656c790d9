/* SPDX-License-Identifier: AGPL-3.0-or-later
 * md.c - see md.h. */
#include "node/web/md.h"

#include <string.h>
#include <strings.h>

#include <cmark.h>

#include "node/web/html.h"
#include "proto/err.h"

#define MARKUP_BYTES_MAX ((size_t)512 << 10)

struct safe_html {
	struct span markup;
};

struct walk {
	struct buf *out;
	int heading;		/* level of a first-level heading */
	int level;		/* of the heading before, or of the page's own above the text */
};

typedef int node_fn(struct walk *w, cmark_node *n, int entering, struct err *e);

int
html_safe(struct buf *out, const struct safe_html *s, struct err *e)
{
	return s == NULL ? 0 : buf_addspan(out, s->markup, e);
}

/* --- addresses ---------------------------------------------------------------------------- */

static int
is_allowed(const char *url)
{
	static const char *const scheme[] = { "http://", "https://", "mailto:", "tel:" };
	size_t i;

	for (i = 0; i < sizeof scheme / sizeof scheme[0]; i++)
		if (strncasecmp(url, scheme[i], strlen(scheme[i])) == 0)
			return 1;
	return 0;
}

/* A link that is not allowed keeps its text and loses its tag. */
static int
write_link(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	const char *url = cmark_node_get_url(n);

	if (url == NULL || !is_allowed(url))
		return 0;
	if (!entering)
		return buf_adds(w->out, "</a>", e);
	if (buf_adds(w->out, "<a rel=\"nofollow noopener ugc\" href=\"", e) == -1 ||
	    html_text(w->out, url, e) == -1)
		return -1;
	return buf_adds(w->out, "\">", e);
}

/* --- the other nodes ------------------------------------------------------------------------ */

static int
write_literal(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	(void)entering;
	return html_text(w->out, cmark_node_get_literal(n), e);
}

static int
write_code(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	int block = cmark_node_get_type(n) != CMARK_NODE_CODE;

	(void)entering;
	if (buf_adds(w->out, block ? "<pre><code>" : "<code>", e) == -1 ||
	    html_text(w->out, cmark_node_get_literal(n), e) == -1)
		return -1;
	return buf_adds(w->out, block ? "</code></pre>\n" : "</code>", e);
}

/* A level that was skipped is closed up: readers walk a page by its headings. */
static int
write_heading(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	int level = cmark_node_get_heading_level(n) - 1 + w->heading;

	if (entering)
		w->level = level > w->level + 1 ? w->level + 1 : level;
	if (w->level > 6)
		w->level = 6;
	return buf_addf(w->out, e, entering ? "<h%d>" : "</h%d>\n", w->level);
}

static int
write_list(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	int ordered = cmark_node_get_list_type(n) == CMARK_ORDERED_LIST;
	int start = cmark_node_get_list_start(n);

	if (entering && ordered && start != 1)
		return buf_addf(w->out, e, "<ol start=\"%d\">\n", start);
	return buf_adds(w->out, ordered ? (entering ? "<ol>\n" : "</ol>\n")
	    : (entering ? "<ul>\n" : "</ul>\n"), e);
}

/* The items of a tight list hold no paragraphs. */
static int
write_paragraph(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	cmark_node *item = cmark_node_parent(n);
	cmark_node *list = item == NULL ? NULL : cmark_node_parent(item);

	if (list != NULL && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list))
		return 0;
	return buf_adds(w->out, entering ? "<p>" : "</p>\n", e);
}

static const struct {
	const char *open, *close;
	node_fn *write;
} node_table[] = {
	[CMARK_NODE_BLOCK_QUOTE]	= { "<blockquote>\n", "</blockquote>\n", NULL },
	[CMARK_NODE_LIST]		= { NULL, NULL, write_list },
	[CMARK_NODE_ITEM]		= { "<li>", "</li>\n", NULL },
	[CMARK_NODE_CODE_BLOCK]		= { NULL, NULL, write_code },
	[CMARK_NODE_HTML_BLOCK]		= { NULL, NULL, write_code },
	[CMARK_NODE_PARAGRAPH]		= { NULL, NULL, write_paragraph },
	[CMARK_NODE_HEADING]		= { NULL, NULL, write_heading },
	[CMARK_NODE_THEMATIC_BREAK]	= { "<hr>\n", "", NULL },
	[CMARK_NODE_TEXT]		= { NULL, NULL, write_literal },
	[CMARK_NODE_SOFTBREAK]		= { "\n", "", NULL },
	[CMARK_NODE_LINEBREAK]		= { "<br>\n", "", NULL },
	[CMARK_NODE_CODE]		= { NULL, NULL, write_code },
	[CMARK_NODE_HTML_INLINE]	= { NULL, NULL, write_literal },
	[CMARK_NODE_EMPH]		= { "<em>", "</em>", NULL },
	[CMARK_NODE_STRONG]		= { "<strong>", "</strong>", NULL },
	[CMARK_NODE_LINK]		= { NULL, NULL, write_link },
	[CMARK_NODE_IMAGE]		= { NULL, NULL, write_link },
};

static int
write_node(struct walk *w, cmark_node *n, int entering, struct err *e)
{
	size_t type = (size_t)cmark_node_get_type(n);

	if (type >= sizeof node_table / sizeof node_table[0])
		return 0;
	if (node_table[type].write != NULL)
		return node_table[type].write(w, n, entering, e);
	if (node_table[type].open == NULL)
		return 0;
	return buf_adds(w->out, entering ? node_table[type].open : node_table[type].close, e);
}

static int
write_document(struct walk *w, cmark_node *doc, struct err *e)
{
	cmark_iter *it = cmark_iter_new(doc);
	cmark_event_type event;
	int rc = 0;

	while (rc == 0 && (event = cmark_iter_next(it)) != CMARK_EVENT_DONE)
		rc = write_node(w, cmark_iter_get_node(it), event == CMARK_EVENT_ENTER, e);
	cmark_iter_free(it);
	return rc;
}

const struct safe_html *
mkmd(struct arena *a, struct span text, int heading, struct err *e)
{
	struct buf out = BUF_INIT(MARKUP_BYTES_MAX);
	struct walk w = { &out, heading, heading - 1 };
	struct safe_html *s = arena_alloc(a, sizeof *s);
	cmark_node *doc = cmark_parse_document(text.ptr == NULL ? "" : text.ptr, text.len,
	    CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8);
	char *copy = NULL;

	if (s == NULL || doc == NULL)
		err_memory(e);
	else if (write_document(&w, doc, e) == 0 && (copy = arena_copy(a, buf_span(&out))) == NULL)
		err_memory(e);
	if (copy != NULL)
		s->markup = (struct span){ copy, out.len };
	if (doc != NULL)
		cmark_node_free(doc);
	buf_clear(&out);
	return copy == NULL ? NULL : s;
}
