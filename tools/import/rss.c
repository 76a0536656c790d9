/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rss.c - RSS 0.9x, 1.0 and 2.0 (SPIP's backend), Atom (RFC 4287): each entry is a document of the library.
 *
 * libxml2 reads the file as a stream, one entry's tree at a time, without network, entities or a DTD of its own.
 * What is kept is a title, an excerpt and the address: the text itself stays where it was
 * published.  Of authors the name is kept, which attribution asks for, never the address.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/xmlreader.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/import/draft.h"
#include "tools/import/markup.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define EXCERPT_BYTES 2000
#define DEPTH_MAX 64
#define HELD_BYTES_MAX (4 * IMPORT_ITEM_BYTES_MAX)	/* read since the last entry ended */

struct feed {
	import_item_fn *each;
	void *ctx;
	struct import_input *in;
	struct import_draft *draft;
	struct err *e;
	size_t row, held;
	struct buf text, markdown;	/* of the value being read */
	char *licence, *lang;		/* of the feed; or NULL */
	struct { struct buf link, id, summary, content; } seen;	/* of the entry */
	int is_video;
};

int
rss_recognise(const struct import_input *in)
{
	static const char *const root[] = { "<rss", "<feed", "<rdf:RDF", "<channel" };
	struct span s = import_input_text(in);
	size_t i;

	for (i = 0; s.len > 0 && s.ptr[0] == '<' && i < COUNT(root); i++)
		if (memmem(s.ptr, s.len, root[i], strlen(root[i])) != NULL && memmem(s.ptr, s.len, "<html", 5) == NULL)
			return SURE_YES;
	return SURE_NOT;
}

/* --- XML -------------------------------------------------------------------------------------------- */

static int
on_bytes(void *ctx, char *out, int room)
{
	struct feed *f = ctx;
	long n;

	if (f->held > HELD_BYTES_MAX)
		return err_set(f->e, ERR_LIMIT, "entry %zu is longer than %zu MiB", f->row + 1, HELD_BYTES_MAX >> 20);
	n = import_input_read(f->in, out, (size_t)room, f->e);
	f->held += n > 0 ? (size_t)n : 0;
	return (int)n;
}

static void
on_fault(void *ctx, xmlErrorPtr fault)
{
	struct feed *f = ctx;
	size_t len = fault->message == NULL ? 0 : strcspn(fault->message, "\n");

	if (f->e->code == ERR_NONE && fault->level >= XML_ERR_ERROR)
		err_set(f->e, ERR_INPUT, "line %d: %.*s", fault->line, (int)(len < 200 ? len : 200),
		    fault->message == NULL ? "" : fault->message);
}

static int
is_element(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static int
has_prefix(const xmlNode *n, const char *prefix)
{
	return n->ns != NULL && n->ns->prefix != NULL && strcmp((const char *)n->ns->prefix, prefix) == 0;
}

/* Text within markup of XML's own (Atom's xhtml), as HTML would write it. */
static int
add_escaped(struct feed *f, const char *s)
{
	for (; *s != '\0'; s++)
		if ((*s == '<' ? buf_adds(&f->text, "&lt;", f->e) : *s == '&' ? buf_adds(&f->text, "&amp;", f->e)
		    : buf_addc(&f->text, *s, f->e)) == -1)
			return -1;
	return 0;
}

/* What is below a node, appended to f->text: its text; tags of elements within it as HTML has them. */
static int
add_text(struct feed *f, const xmlNode *n, int depth, int within)
{
	const xmlNode *child;
	int tag = depth > 0 && n->type == XML_ELEMENT_NODE;

	if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
		return within ? add_escaped(f, (const char *)n->content) : buf_adds(&f->text, (const char *)n->content, f->e);
	if (tag && buf_addf(&f->text, f->e, "<%s>", (const char *)n->name) == -1)
		return -1;
	for (child = depth < DEPTH_MAX && n->type == XML_ELEMENT_NODE ? n->children : NULL; child != NULL;
	    child = child->next)
		if (add_text(f, child, depth + 1, within || tag) == -1)
			return -1;
	return tag ? buf_addf(&f->text, f->e, "</%s>", (const char *)n->name) : 0;
}

/* The text of a node, in f->text until the next call. */
static int
text_of(struct feed *f, const xmlNode *n, struct span *out)
{
	buf_reset(&f->text);
	if (add_text(f, n, 0, 0) == -1)
		return f->e->code == ERR_LIMIT ? err_wrap(f->e, "entry %zu", f->row) : -1;
	*out = span_trim(buf_span(&f->text));
	return 0;
}

static int
attribute(struct feed *f, const xmlNode *n, const char *name, struct span *out)
{
	xmlChar *value = xmlGetProp(n, (const xmlChar *)name);
	int rc;

	buf_reset(&f->text);
	rc = value == NULL ? 0 : buf_adds(&f->text, (const char *)value, f->e);
	xmlFree(value);
	*out = span_trim(buf_span(&f->text));
	return rc;
}

/* --- dates ----------------------------------------------------------------------------------------------- */

/* "Sat, 21 Jun 2025 10:00:00 +0200" (RFC 822, 2822) as "2025-06-21T10:00:00+0200". */
static int
mail_date(struct span s, char *out, size_t size)
{
	static const char month[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct span comma = s, day, name, year, time, zone;
	const char *at;
	char number[4];

	span_cut(&comma, ',');
	s = span_trim(comma.len > 0 ? comma : s);
	day = span_cut(&s, ' ');
	s = span_trim(s);
	name = span_cut(&s, ' ');
	s = span_trim(s);
	year = span_cut(&s, ' ');
	s = span_trim(s);
	time = span_cut(&s, ' ');
	zone = span_trim(s);
	if (day.len == 0 || day.len > 2 || name.len < 3 || year.len != 4 || time.len < 5)
		return 0;
	snprintf(number, sizeof number, "%.3s", name.ptr);
	if ((at = strstr(month, number)) == NULL || (at - month) % 3 != 0)
		return 0;
	if (zone.len > 0 && zone.ptr[0] != '+' && zone.ptr[0] != '-')
		zone = SPAN("Z");
	return (size_t)snprintf(out, size, "%.4s-%02d-%s%.*sT%.*s%.*s", year.ptr, (int)(at - month) / 3 + 1,
	    day.len == 1 ? "0" : "", (int)day.len, day.ptr, (int)time.len, time.ptr, (int)zone.len, zone.ptr) < size;
}

static void
take_date(struct feed *f, struct span value, int is_first)
{
	char text[80], date[11], time[6];
	int64_t at;

	if (!import_date(value, date, time)) {
		if (!mail_date(value, text, sizeof text) || !import_date(span_str(text), date, time))
			return;
		value = span_str(text);
	}
	if (is_first)
		draft_add(f->draft, "published", (struct span){ date, 10 });
	if (import_moment(value, &at) && at > f->draft->item.updated)
		f->draft->item.updated = at;
}

/* --- members of an entry ------------------------------------------------------------------------------------ */

static int
keep(struct buf *where, struct span value, struct err *e)
{
	return where->len > 0 || value.len == 0 ? 0 : buf_addspan(where, value, e);
}

static int
take_title(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (text_of(f, n, &s) == -1)
		return -1;
	draft_add(f->draft, "name", s);
	return 0;
}

/* RSS has the address as text; Atom in href, the page itself when rel says alternate or nothing. */
static int
take_link(struct feed *f, const xmlNode *n)
{
	struct span s, rel;

	if (attribute(f, n, "rel", &rel) == -1)
		return -1;
	if (span_is(rel, "license")) {
		if (attribute(f, n, "href", &s) == 0)
			f->draft->item.licence = draft_copy(f->draft, s);
		return 0;
	}
	if (rel.len > 0 && !span_is(rel, "alternate"))
		return 0;
	if (attribute(f, n, "href", &s) == -1 || (s.len == 0 && text_of(f, n, &s) == -1))
		return -1;
	return keep(&f->seen.link, s, f->e);
}

static int
take_id(struct feed *f, const xmlNode *n)
{
	struct span s;

	return text_of(f, n, &s) == -1 ? -1 : keep(&f->seen.id, s, f->e);
}

static int
take_summary(struct feed *f, const xmlNode *n)
{
	struct span s;

	return text_of(f, n, &s) == -1 ? -1 : keep(&f->seen.summary, s, f->e);
}

static int
take_content(struct feed *f, const xmlNode *n)
{
	struct span s;

	return text_of(f, n, &s) == -1 ? -1 : keep(&f->seen.content, s, f->e);
}

static int
take_published(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (text_of(f, n, &s) == -1)
		return -1;
	take_date(f, s, 1);
	return 0;
}

static int
take_updated(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (text_of(f, n, &s) == -1)
		return -1;
	take_date(f, s, 0);
	return 0;
}

/* "name@example.org (Name)", <author><name>, dc:creator: the name. */
static int
take_author(struct feed *f, const xmlNode *n)
{
	const xmlNode *child;
	const char *open;
	struct span s;

	for (child = n->children; child != NULL; child = child->next)
		if (is_element(child, "name"))
			n = child;
	if (text_of(f, n, &s) == -1)
		return -1;
	if (s.len > 0 && memchr(s.ptr, '@', s.len) != NULL) {
		open = memchr(s.ptr, '(', s.len);
		if (open == NULL || s.ptr[s.len - 1] != ')')
			s.len = 0;
		else
			s = span_trim((struct span){ open + 1, (size_t)(s.ptr + s.len - open) - 2 });
	}
	if (s.len > 0 && memchr(s.ptr, '@', s.len) == NULL)
		draft_add_whole(f->draft, "creators", s);
	return 0;
}

static int
take_category(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (text_of(f, n, &s) == -1 || (s.len == 0 && attribute(f, n, "label", &s) == -1) ||
	    (s.len == 0 && attribute(f, n, "term", &s) == -1))
		return -1;
	draft_add_whole(f->draft, "categories", s);
	return 0;
}

static int
take_enclosure(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (attribute(f, n, "type", &s) == -1)
		return -1;
	f->is_video |= s.len > 6 && memcmp(s.ptr, "video/", 6) == 0;
	return 0;
}

static int
take_language(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (text_of(f, n, &s) == -1)
		return -1;
	draft_add(f->draft, "lang", s);
	return 0;
}

static int
take_licence(struct feed *f, const xmlNode *n)
{
	struct span s;

	if (attribute(f, n, "resource", &s) == -1 || (s.len == 0 && text_of(f, n, &s) == -1))
		return -1;
	f->draft->item.licence = draft_copy(f->draft, s);
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct feed *f, const xmlNode *n);
} member[] = {
	{ "title", take_title }, { "link", take_link }, { "guid", take_id }, { "id", take_id },
	{ "description", take_summary }, { "summary", take_summary }, { "encoded", take_content },
	{ "content", take_content }, { "pubDate", take_published }, { "published", take_published },
	{ "date", take_published }, { "updated", take_updated }, { "modified", take_updated }, { "author", take_author },
	{ "creator", take_author }, { "category", take_category }, { "subject", take_category },
	{ "enclosure", take_enclosure }, { "language", take_language }, { "license", take_licence },
	{ "rights", take_licence },
};

/* --- an entry --------------------------------------------------------------------------------------------------- */

/* Cut to an excerpt between words. */
static int
add_excerpt(struct feed *f, struct span html)
{
	struct span s;
	size_t n;

	buf_reset(&f->markdown);
	if (markup_text(html, 1, &f->markdown, f->e) == -1)
		return -1;
	s = span_trim(buf_span(&f->markdown));
	if (s.len > EXCERPT_BYTES) {
		for (n = EXCERPT_BYTES; n > 0 && s.ptr[n] != ' ' && s.ptr[n] != '\n'; n--)
			continue;
		f->markdown.len = (size_t)(s.ptr - f->markdown.ptr) + n;
		if (n > 0 && buf_adds(&f->markdown, " […]", f->e) == -1)
			return -1;
		s = span_trim(buf_span(&f->markdown));
	}
	draft_add(f->draft, "description", s);
	return 0;
}

static int
finish_entry(struct feed *f)
{
	struct span link = buf_span(&f->seen.link), id = buf_span(&f->seen.id);
	struct import_item *item = &f->draft->item;

	if (link.len == 0 && id.len > 8 && memcmp(id.ptr, "http", 4) == 0)
		link = id;
	item->id = draft_copy(f->draft, id.len > 0 ? id : link);
	draft_add(f->draft, "url", link);
	draft_add(f->draft, "document_type", f->is_video ? SPAN("video") : SPAN("article"));
	if (add_excerpt(f, f->seen.summary.len > 0 ? buf_span(&f->seen.summary) : buf_span(&f->seen.content)) == -1)
		return -1;
	if (item->licence.len == 0 && f->licence != NULL)
		item->licence = span_str(f->licence);
	if (f->lang != NULL)
		draft_add(f->draft, "lang", span_str(f->lang));
	if (draft_is_own_page(link))
		item->wrong = DRAFT_OWN_PAGE;
	return draft_end(f->draft, f->each, f->ctx, f->e);
}

static int
read_entry(struct feed *f, const xmlNode *entry)
{
	const xmlNode *n;
	struct span s;
	size_t i;

	draft_start(f->draft, ++f->row);
	f->draft->item.kind = KIND_DOCUMENT;
	buf_reset(&f->seen.link);
	buf_reset(&f->seen.id);
	buf_reset(&f->seen.summary);
	buf_reset(&f->seen.content);
	f->is_video = 0;
	for (n = entry->children; n != NULL; n = n->next)
		for (i = 0; i < COUNT(member) && n->type == XML_ELEMENT_NODE && !has_prefix(n, "media"); i++)
			if (is_element(n, member[i].name)) {
				if (member[i].take(f, n) == -1)
					return -1;
				break;
			}
	if (f->seen.id.len == 0 && (attribute(f, entry, "about", &s) == -1 || keep(&f->seen.id, s, f->e) == -1))
		return -1;
	return finish_entry(f);
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

static int
keep_once(struct feed *f, const xmlNode *n, char **where)
{
	struct span s;

	if (*where != NULL)
		return 0;
	if (attribute(f, n, "resource", &s) == -1 || (s.len == 0 && attribute(f, n, "href", &s) == -1) ||
	    (s.len == 0 && text_of(f, n, &s) == -1))
		return -1;
	if (s.len > 0 && s.len < 1000 && (*where = strndup(s.ptr, s.len)) == NULL)
		return err_memory(f->e);
	return 0;
}

/* What the feed says of all its entries. */
static int
read_channel_member(struct feed *f, xmlTextReaderPtr reader)
{
	static const char *const licence[] = { "license", "copyright", "rights" };
	const char *name = (const char *)xmlTextReaderConstLocalName(reader);
	const xmlNode *n;
	size_t i;

	if (strcmp(name, "language") == 0)
		return (n = xmlTextReaderExpand(reader)) == NULL ? 0 : keep_once(f, n, &f->lang);
	for (i = 0; i < COUNT(licence); i++)
		if (strcmp(name, licence[i]) == 0)
			return (n = xmlTextReaderExpand(reader)) == NULL ? 0 : keep_once(f, n, &f->licence);
	return 0;
}

static int
is_entry(const char *name)
{
	return strcmp(name, "item") == 0 || strcmp(name, "entry") == 0;
}

/* One node of the stream: 1 to go on with the next, 2 to go on past it, -1. */
static int
read_node(struct feed *f, xmlTextReaderPtr reader)
{
	const xmlNode *entry;
	const char *name;

	if (xmlTextReaderNodeType(reader) == XML_READER_TYPE_DOCUMENT_TYPE)
		return err_set(f->e, ERR_INPUT, "the file declares a document type, which no feed needs");
	if (xmlTextReaderNodeType(reader) != XML_READER_TYPE_ELEMENT)
		return 1;
	name = (const char *)xmlTextReaderConstLocalName(reader);
	if (xmlTextReaderDepth(reader) == 0 && strcasecmp(name, "html") == 0)
		return err_set(f->e, ERR_INPUT, "the file is a web page, not a feed");
	if (!is_entry(name))
		return read_channel_member(f, reader) == -1 ? -1 : 1;
	if ((entry = xmlTextReaderExpand(reader)) == NULL || read_entry(f, entry) == -1)
		return -1;
	f->held = 0;
	return 2;
}

static int
read_nodes(struct feed *f, xmlTextReaderPtr reader)
{
	int more = xmlTextReaderRead(reader), how;

	while (more == 1) {
		if ((how = read_node(f, reader)) == -1)
			break;
		more = how == 2 ? xmlTextReaderNext(reader) : xmlTextReaderRead(reader);
	}
	if (more == 0 && f->e->code == ERR_NONE)
		return 0;
	return f->e->code != ERR_NONE ? -1 : err_set(f->e, ERR_INPUT, "the feed cannot be read");
}

int
rss_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct feed f = { .each = each, .ctx = ctx, .in = in, .draft = draft_new(e), .e = e,
		.text = BUF_INIT(IMPORT_ITEM_BYTES_MAX), .markdown = BUF_INIT(3 * IMPORT_ITEM_BYTES_MAX),
		.seen = { BUF_INIT(IMPORT_ITEM_BYTES_MAX), BUF_INIT(IMPORT_ITEM_BYTES_MAX), BUF_INIT(IMPORT_ITEM_BYTES_MAX),
			BUF_INIT(IMPORT_ITEM_BYTES_MAX) } };
	xmlTextReaderPtr reader = NULL;
	int rc = -1;

	if (f.draft == NULL)
		goto out;
	reader = xmlReaderForIO(on_bytes, NULL, &f, NULL, NULL, XML_PARSE_NONET | XML_PARSE_COMPACT);
	if (reader == NULL) {
		err_memory(e);
		goto out;
	}
	xmlTextReaderSetStructuredErrorHandler(reader, (xmlStructuredErrorFunc)on_fault, &f);
	rc = read_nodes(&f, reader);
out:
	xmlFreeTextReader(reader);
	draft_free(f.draft);
	buf_clear(&f.text);
	buf_clear(&f.markdown);
	buf_clear(&f.seen.link);
	buf_clear(&f.seen.id);
	buf_clear(&f.seen.summary);
	buf_clear(&f.seen.content);
	free(f.licence);
	free(f.lang);
	return rc;
}
