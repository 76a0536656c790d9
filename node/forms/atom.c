/* SPDX-License-Identifier: AGPL-3.0-or-later
 * atom.c - RFC 4287: what is new, for feed readers. */
#include "node/forms/forms.h"

/* Text between tags or quotes.  What XML 1.0 cannot hold (control characters) is left out. */
static int
add_xml(struct buf *out, const char *s, struct err *e)
{
	for (; *s != '\0'; s++) {
		const char *as = *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" :
		    *s == '"' ? "&quot;" : *s == '\'' ? "&#39;" : NULL;

		if ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t')
			continue;
		if ((as != NULL ? buf_adds(out, as, e) : buf_addc(out, *s, e)) == -1)
			return -1;
	}
	return 0;
}

static int
add_element(struct buf *out, const char *tag, const char *text, struct err *e)
{
	return buf_addf(out, e, "<%s>", tag) == -1 || add_xml(out, text, e) == -1 ? -1 :
	    buf_addf(out, e, "</%s>\n", tag);
}

int
atom_begin(struct forming *f, struct err *e)
{
	char now[21];

	timestamp_format(f->now_s, now);
	if (buf_adds(f->out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n", e) == -1 ||
	    add_element(f->out, "title", f->title, e) == -1 ||
	    buf_adds(f->out, "<id>", e) == -1 || add_xml(f->out, f->base, e) == -1 ||
	    add_xml(f->out, f->self, e) == -1 || buf_adds(f->out, "</id>\n<link rel=\"self\" href=\"", e) == -1 ||
	    add_xml(f->out, f->base, e) == -1 || add_xml(f->out, f->self, e) == -1 ||
	    buf_addf(f->out, e, "\"/>\n<updated>%s</updated>\n<author>", now) == -1 ||
	    add_element(f->out, "name", f->publisher, e) == -1)
		return -1;
	return buf_adds(f->out, "</author>\n", e);
}

int
atom_row(struct forming *f, const struct record *r, struct err *e)
{
	char updated[21];

	timestamp_format(r->updated, updated);
	if (buf_adds(f->out, "<entry>\n", e) == -1 ||
	    add_element(f->out, "title", form_text(f, r, "name") ? f->scratch.ptr : "…", e) == -1 ||
	    buf_addf(f->out, e, "<id>%.*s/%.*s/%.*s</id>\n<updated>%s</updated>\n<link href=\"",
	    (int)r->author.len, r->author.ptr, (int)r->kind_name.len, r->kind_name.ptr, (int)r->rid.len,
	    r->rid.ptr, updated) == -1 || form_page(f, r, e) == -1 ||
	    buf_addf(f->out, e, "\"/>\n<category term=\"%.*s\"/>\n", (int)r->kind_name.len,
	    r->kind_name.ptr) == -1)
		return -1;
	if ((form_text(f, r, "summary") || form_text(f, r, "description")) &&
	    add_element(f->out, "summary", f->scratch.ptr, e) == -1)
		return -1;
	return buf_adds(f->out, "</entry>\n", e);
}

int
atom_end(struct forming *f, struct err *e)
{
	return buf_adds(f->out, "</feed>\n", e);
}
