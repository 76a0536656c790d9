/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mktmpl.c - turn an HTML template into C functions (build time).
 *
 *   {% page NAME(ARGS) %} ... {% endpage %}  one function: int page_NAME(ARGS, out, e)
 *   {% part NAME(ARGS) %} ... {% endpart %}  the same, static: a fragment for this file only
 *   {% include NAME(VALUES) %}               calls page_NAME(VALUES, out, e), a part or a page
 *   {{ EXPR }}                               escaped text, between tags and inside quoted attributes
 *   {{ EXPR | url }}  {{ EXPR | int }} ...   html_url, html_int ...: whatever node/web/html.h has
 *   {{ T key }}                              the text of that key in the page's language
 *   {{ T key, name = EXPR }}                 the same with {name} replaced
 *   {{ N key, COUNT }}                       singular or plural by COUNT, {n} replaced
 *   {{ N key, COUNT, name = EXPR }}
 *   {% if E %} {% elif E %} {% else %} {% for E %} {% end %}   the C statement of that name
 *   {# remark #}                             left out
 *
 * The language is v->lang: the first argument of a page or part that has texts is called v.
 * There is no raw filter: markup comes from templates, never from data.  A tag that stands alone on
 * its line takes the line with it.  #line makes the compiler speak of the template's own lines.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gen/gen.h"

#define DEPTH_MAX 32

/* What an open block is, to pair it with its end. */
enum block { BLOCK_PAGE, BLOCK_PART, BLOCK_IF, BLOCK_ELSE, BLOCK_FOR };

struct tmpl {
	const char *path;
	unsigned line;
	enum block block[DEPTH_MAX];
	unsigned depth;
};

static _Noreturn void
die(const struct tmpl *t, const char *why)
{
	gen_die(t->path, t->line, "%s", why);
}

static char *
trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* If s begins with the word, what follows it; else NULL. */
static char *
after_word(char *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s, word, n) != 0 || (s[n] != '\0' && !isspace((unsigned char)s[n])))
		return NULL;
	return trim(s + n);
}

/* The first c of s outside brackets and literals, or NULL. */
static char *
find_outside(char *s, char c)
{
	int depth = 0;
	char quote = '\0';

	for (; *s != '\0'; s++) {
		if (quote != '\0') {
			if (*s == '\\' && s[1] != '\0')
				s++;
			else if (*s == quote)
				quote = '\0';
		} else if (*s == c && depth == 0)
			return s;
		else if (*s == '"' || *s == '\'')
			quote = *s;
		else if (strchr("([{", *s) != NULL)
			depth++;
		else if (strchr(")]}", *s) != NULL)
			depth--;
	}
	return NULL;
}

/* Take the text before the next comma off *rest; NULL when nothing is left. */
static char *
next_item(char **rest)
{
	char *item = *rest, *comma;

	if (item == NULL)
		return NULL;
	comma = find_outside(item, ',');
	if (comma != NULL)
		*comma++ = '\0';
	*rest = comma;
	return trim(item);
}

static void
emit_line(const struct tmpl *t)
{
	printf("#line %u \"%s\"\n", t->line, t->path);
}

static void
emit_literal(const char *s, size_t n)
{
	if (n == 0)
		return;
	printf("\tif (html_raw(out, ");
	gen_literal(s, n);
	printf(", %zu, e) == -1)\n\t\treturn -1;\n", n);
}

/* "name = EXPR" becomes one row of the list of replacements. */
static void
emit_replacement(const struct tmpl *t, char *item)
{
	char *is = strchr(item, '=');

	if (is == NULL || is[1] == '=')
		die(t, "name = value expected after the key");
	*is = '\0';
	item = trim(item);
	if (!gen_is_name(item))
		die(t, "the name of a replacement is lower case letters, digits and _");
	printf("{ .name = \"%s\", .text = (%s) }, ", item, trim(is + 1));
}

/* {{ T key, ... }} and, with a count, {{ N key, COUNT, ... }}. */
static void
emit_text(const struct tmpl *t, char *s, int counted)
{
	char *rest = s, *key = next_item(&rest), *count = NULL, *item;

	if (key == NULL || !gen_is_name(key))
		die(t, "the key of a text expected");
	if (counted && (count = next_item(&rest)) == NULL)
		die(t, "N key, COUNT expected");
	emit_line(t);
	if (!counted && rest == NULL) {
		printf("\tif (html_text(out, text_get(v->lang, TEXT_%s), e) == -1)\n\t\treturn -1;\n", key);
		return;
	}
	if (counted)
		printf("\tif (html_fill(out, text_count(v->lang, TEXT_%s, (long long)(%s)), "
		    "(const struct html_arg[]){ { .name = \"n\", .number = (long long)(%s) }, ",
		    key, count, count);
	else
		printf("\tif (html_fill(out, text_get(v->lang, TEXT_%s), (const struct html_arg[]){ ", key);
	while ((item = next_item(&rest)) != NULL)
		emit_replacement(t, item);
	printf("{ .name = NULL } }, e) == -1)\n\t\treturn -1;\n");
}

/* The last lone | outside brackets and literals parts the expression from its filter. */
static char *
cut_filter(char *s)
{
	char *bar = NULL, *at = s;

	while ((at = find_outside(at, '|')) != NULL) {
		if (at[1] == '|')
			at++;
		else
			bar = at;
		at++;
	}
	if (bar == NULL)
		return NULL;
	*bar = '\0';
	return trim(bar + 1);
}

static void
emit_value(const struct tmpl *t, char *s)
{
	char *args, *filter;

	s = trim(s);
	if (t->depth == 0)
		die(t, "a value outside of a page");
	if ((args = after_word(s, "T")) != NULL) {
		emit_text(t, args, 0);
		return;
	}
	if ((args = after_word(s, "N")) != NULL) {
		emit_text(t, args, 1);
		return;
	}
	filter = cut_filter(s);
	s = trim(s);
	if (*s == '\0')
		die(t, "an empty value");
	if (filter != NULL && (!gen_is_name(filter) || strcmp(filter, "raw") == 0))
		die(t, "no such filter");
	emit_line(t);
	printf("\tif (html_%s(out, %s, e) == -1)\n\t\treturn -1;\n", filter == NULL ? "text" : filter, s);
}

static void
open_block(struct tmpl *t, enum block b)
{
	if (t->depth == DEPTH_MAX)
		die(t, "blocks nested too deep");
	if ((b <= BLOCK_PART) != (t->depth == 0))
		die(t, b <= BLOCK_PART ? "a page inside a page" : "a statement outside of a page");
	t->block[t->depth++] = b;
}

static void
do_function(struct tmpl *t, char *s, enum block b)
{
	char *paren = strrchr(s, ')'), *args = strchr(s, '(');

	if (paren == NULL || args == NULL || paren[1] != '\0')
		die(t, "NAME(ARGUMENTS) expected");
	open_block(t, b);
	*paren = '\0';
	*args++ = '\0';
	emit_line(t);
	printf("%sint\npage_%s(%s, struct buf *out, struct err *e)\n{\n",
	    b == BLOCK_PART ? "static " : "", trim(s), trim(args));
}

static void
do_page(struct tmpl *t, char *s)
{
	do_function(t, s, BLOCK_PAGE);
}

static void
do_part(struct tmpl *t, char *s)
{
	do_function(t, s, BLOCK_PART);
}

static void
end_function(struct tmpl *t, enum block b)
{
	if (t->depth != 1 || t->block[0] != b)
		die(t, "an if or for is still open, or no page is");
	t->depth = 0;
	printf("\treturn 0;\n}\n\n");
}

static void
do_endpage(struct tmpl *t, char *s)
{
	(void)s;
	end_function(t, BLOCK_PAGE);
}

static void
do_endpart(struct tmpl *t, char *s)
{
	(void)s;
	end_function(t, BLOCK_PART);
}

static void
do_include(struct tmpl *t, char *s)
{
	char *paren = strrchr(s, ')');

	if (t->depth == 0 || paren == NULL || paren[1] != '\0' || strchr(s, '(') == NULL)
		die(t, "include NAME(VALUES) expected, inside a page");
	*paren = '\0';
	emit_line(t);
	printf("\tif (page_%s, out, e) == -1)\n\t\treturn -1;\n", s);
}

static void
do_if(struct tmpl *t, char *s)
{
	open_block(t, BLOCK_IF);
	emit_line(t);
	printf("\tif (%s) {\n", s);
}

static void
do_elif(struct tmpl *t, char *s)
{
	if (t->depth == 0 || t->block[t->depth - 1] != BLOCK_IF)
		die(t, "elif without if");
	printf("\t} else\n");
	emit_line(t);
	printf("\tif (%s) {\n", s);
}

static void
do_else(struct tmpl *t, char *s)
{
	(void)s;
	if (t->depth == 0 || t->block[t->depth - 1] != BLOCK_IF)
		die(t, "else without if");
	t->block[t->depth - 1] = BLOCK_ELSE;
	printf("\t} else {\n");
}

static void
do_for(struct tmpl *t, char *s)
{
	open_block(t, BLOCK_FOR);
	emit_line(t);
	printf("\tfor (%s) {\n", s);
}

static void
do_end(struct tmpl *t, char *s)
{
	(void)s;
	if (t->depth < 2)
		die(t, "end without if or for");
	t->depth--;
	printf("\t}\n");
}

static const struct {
	const char *name;
	int has_argument;
	void (*run)(struct tmpl *t, char *s);
} directive[] = {
	{ "page",    1, do_page },
	{ "endpage", 0, do_endpage },
	{ "part",    1, do_part },
	{ "endpart", 0, do_endpart },
	{ "include", 1, do_include },
	{ "if",      1, do_if },
	{ "elif",    1, do_elif },
	{ "else",    0, do_else },
	{ "for",     1, do_for },
	{ "end",     0, do_end },
};

static void
run_directive(struct tmpl *t, char *s)
{
	size_t i;
	char *arg;

	s = trim(s);
	for (i = 0; i < sizeof directive / sizeof directive[0]; i++) {
		if ((arg = after_word(s, directive[i].name)) == NULL)
			continue;
		if (directive[i].has_argument == (*arg == '\0'))
			die(t, directive[i].has_argument ? "the directive wants an argument"
			    : "the directive takes no argument");
		directive[i].run(t, arg);
		return;
	}
	die(t, "unknown directive");
}

/* The next tag's opening brace at or after p, or the end of the text. */
static char *
next_tag(char *p)
{
	for (; *p != '\0'; p++)
		if (*p == '{' && (p[1] == '{' || p[1] == '%' || p[1] == '#'))
			break;
	return p;
}

/* Literal text up to a tag: without its last line's indentation when the tag has the line to itself. */
static size_t
literal_length(const char *p, const char *tag, const char *text, int alone)
{
	const char *end = tag;

	if (!alone)
		return (size_t)(tag - p);
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end == text || end[-1] == '\n')
		return (size_t)(end - p);
	return (size_t)(tag - p);
}

static int
starts_line(const char *tag, const char *text)
{
	while (tag > text && (tag[-1] == ' ' || tag[-1] == '\t'))
		tag--;
	return tag == text || tag[-1] == '\n';
}

static int
only_space(const char *s, size_t n)
{
	for (; n > 0; s++, n--)
		if (!isspace((unsigned char)*s))
			return 0;
	return 1;
}

static void
translate(struct tmpl *t, char *text)
{
	char *p = text;

	for (;;) {
		char *tag = next_tag(p), kind = tag[0] == '\0' ? '\0' : tag[1];
		const char *closing = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
		char *shut = kind == '\0' ? NULL : strstr(tag + 2, closing);
		int alone = shut != NULL && kind != '{' && starts_line(tag, text) && shut[2] == '\n';
		size_t n = literal_length(p, tag, text, alone);

		if (t->depth > 0)
			emit_literal(p, n);
		else if (!only_space(p, n))
			die(t, "text outside of a page");
		for (; p < tag; p++)
			t->line += *p == '\n';
		if (kind == '\0')
			return;
		if (shut == NULL)
			die(t, "a tag is not closed");
		*shut = '\0';
		if (kind == '{')
			emit_value(t, gen_copy(tag + 2, strlen(tag + 2)));
		else if (kind == '%')
			run_directive(t, gen_copy(tag + 2, strlen(tag + 2)));
		for (; p < shut; p++)
			t->line += *p == '\n';
		*shut = closing[0];
		p = shut + 2;
		if (alone) {
			p++;
			t->line++;
		}
	}
}

int
main(int argc, char *argv[])
{
	struct tmpl t = { .line = 1 };

	if (argc != 2)
		return fprintf(stderr, "usage: mktmpl FILE.html >FILE.c\n"), 2;
	t.path = argv[1];
	printf("/* Generated from %s by mktmpl; do not edit. */\n"
	    "#include \"node/web/page.h\"\n\n#include \"node/web/html.h\"\n#include \"proto/buf.h\"\n"
	    "#include \"asset.h\"\n#include \"text.h\"\n\n"
	    "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n", t.path);
	translate(&t, gen_read(t.path, NULL));
	if (t.depth != 0)
		die(&t, "a page is not closed");
	return ferror(stdout) || fflush(stdout) != 0;
}
