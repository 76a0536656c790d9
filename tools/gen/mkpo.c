/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mkpo.c - compile the .po files of the interface into C tables (build time).
 *
 *   mkpo --header REFERENCE.po OTHER.po... >text.h
 *   mkpo --source REFERENCE.po OTHER.po... >text.c
 *   mkpo --check  REFERENCE.po OTHER.po...      complain about what is not translated
 *
 * A msgid is a symbolic key (home_title), its msgstr the text; counted texts have the same key as
 * msgid_plural.  The first file is the reference: it must have every key, and what another language
 * lacks is taken from it.  The header field Language: is the language's tag, X-Language-Name: its
 * own name for itself, Plural-Forms: the expression that chooses the form.
 */
#include <ctype.h>
#include <gettext-po.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gen/gen.h"

#define LANGS_MAX 32
#define TEXTS_MAX 8192
#define FORMS_MAX 6

struct text {
	const char *key;
	const char *form[FORMS_MAX];	/* all NULL: not translated; a plain text has form[0] alone */
	int counted;
};

struct lang {
	const char *path, *tag, *name, *plural;
	char constant[24];		/* LANG_ and the tag as an identifier */
	unsigned forms;
	struct text *text;
	size_t count;
};

struct catalogue {
	struct lang lang[LANGS_MAX];
	size_t count;
	unsigned forms;			/* the most that any language has */
};

static void
on_po_error(int severity, po_message_t message, const char *file, size_t line, size_t column,
    int multiline, const char *text)
{
	(void)message;
	(void)column;
	(void)multiline;
	fprintf(stderr, "%s:%zu: %s\n", file == NULL ? "po" : file,
	    line == (size_t)-1 ? 0 : line, text);
	if (severity != PO_SEVERITY_WARNING)
		exit(1);
}

static void
on_po_error2(int severity, po_message_t m1, const char *file1, size_t line1, size_t column1,
    int multiline1, const char *text1, po_message_t m2, const char *file2, size_t line2,
    size_t column2, int multiline2, const char *text2)
{
	on_po_error(PO_SEVERITY_WARNING, m1, file1, line1, column1, multiline1, text1);
	on_po_error(severity, m2, file2, line2, column2, multiline2, text2);
}

static char *
header_field(const struct lang *l, const char *header, const char *field)
{
	char *value = po_header_field(header, field);

	if (value == NULL || *value == '\0')
		gen_die(l->path, 0, "the header has no %s", field);
	return value;
}

/* "nplurals=2; plural=(n > 1);": the expression is C already, once we know it holds nothing else. */
static void
read_plural(struct lang *l, const char *value)
{
	const char *expr = strstr(value, "; plural=");
	char *semi;

	if (sscanf(value, " nplurals=%u;", &l->forms) != 1 || l->forms == 0 || l->forms > FORMS_MAX)
		gen_die(l->path, 0, "Plural-Forms: nplurals=1..%d expected", FORMS_MAX);
	if (expr == NULL)
		gen_die(l->path, 0, "Plural-Forms: nplurals=N; plural=EXPRESSION; expected");
	l->plural = gen_copy(expr + 9, strlen(expr + 9));
	if ((semi = strchr(l->plural, ';')) != NULL)
		*semi = '\0';
	if (l->plural[0] == '\0' || l->plural[strspn(l->plural, "n0123456789 ()?:<>=!&|%")] != '\0')
		gen_die(l->path, 0, "Plural-Forms: not an expression of n: %s", l->plural);
}

static void
read_header(struct lang *l, const char *header)
{
	size_t i, n;

	if (header == NULL)
		gen_die(l->path, 0, "no header entry");
	l->tag = header_field(l, header, "Language");
	l->name = header_field(l, header, "X-Language-Name");
	read_plural(l, header_field(l, header, "Plural-Forms"));
	n = strlen(l->tag);
	if (n > 16 || l->tag[strspn(l->tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] != '\0')
		gen_die(l->path, 0, "Language: %s is not a BCP 47 tag", l->tag);
	strcpy(l->constant, "LANG_");
	for (i = 0; i <= n; i++)
		l->constant[5 + i] = l->tag[i] == '-' ? '_' : (char)toupper((unsigned char)l->tag[i]);
}

static void
read_message(struct lang *l, po_message_t m)
{
	struct text *t = &l->text[l->count];
	const char *s;
	unsigned i;

	t->key = po_message_msgid(m);
	if (*t->key == '\0' || po_message_is_obsolete(m))
		return;
	if (!gen_is_name(t->key))
		gen_die(l->path, 0, "\"%s\": a key is lower case letters, digits and _", t->key);
	if (l->count + 1 == TEXTS_MAX)
		gen_die(l->path, 0, "more than %d texts", TEXTS_MAX);
	l->count++;
	t->counted = po_message_msgid_plural(m) != NULL;
	if (po_message_is_fuzzy(m))
		return;
	for (i = 0; i < (t->counted ? l->forms : 1); i++) {
		s = t->counted ? po_message_msgstr_plural(m, (int)i) : po_message_msgstr(m);
		if (s == NULL || *s == '\0') {
			memset(t->form, 0, sizeof t->form);
			return;
		}
		t->form[i] = s;
	}
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct text *)a)->key, ((const struct text *)b)->key);
}

/* The strings belong to libgettextpo's file, which lives as long as we do. */
static void
read_lang(struct lang *l, const char *path)
{
	static const struct po_xerror_handler handler = { on_po_error, on_po_error2 };
	po_file_t file = po_file_read(path, &handler);
	po_message_iterator_t it;
	po_message_t m;

	if (file == NULL)
		gen_die(path, 0, "cannot be read");
	l->path = path;
	l->text = gen_alloc(TEXTS_MAX * sizeof *l->text);
	read_header(l, po_file_domain_header(file, NULL));
	it = po_message_iterator(file, NULL);
	while ((m = po_next_message(it)) != NULL)
		read_message(l, m);
	po_message_iterator_free(it);
	qsort(l->text, l->count, sizeof *l->text, by_key);
}

static const struct text *
find_text(const struct lang *l, const char *key)
{
	struct text want = { .key = key };

	return bsearch(&want, l->text, l->count, sizeof *l->text, by_key);
}

/* Does some form of t hold the n bytes at s, a {name} with its braces? */
static int
has_placeholder(const struct text *t, const char *s, size_t n)
{
	const char *at;
	unsigned i;

	for (i = 0; i < FORMS_MAX && t->form[i] != NULL; i++)
		for (at = t->form[i]; (at = strchr(at, '{')) != NULL; at++)
			if (strncmp(at, s, n) == 0)
				return 1;
	return 0;
}

/* Every {name} in every form of t is closed, well named and known to the reference. */
static void
check_placeholders(const struct lang *l, const struct text *t, const struct text *reference)
{
	const char *s, *shut;
	unsigned i;

	for (i = 0; i < FORMS_MAX && t->form[i] != NULL; i++)
		for (s = t->form[i]; (s = strchr(s, '{')) != NULL; s = shut) {
			if ((shut = strchr(s, '}')) == NULL)
				gen_die(l->path, 0, "%s: a { is not closed", t->key);
			if (!gen_is_name(gen_copy(s + 1, (size_t)(shut - s) - 1)))
				gen_die(l->path, 0, "%s: {name} is lower case letters, digits and _", t->key);
			if (!has_placeholder(reference, s, (size_t)(shut - s) + 1))
				gen_die(l->path, 0, "%s: %.*s is not in the reference's text", t->key,
				    (int)(shut - s) + 1, s);
		}
}

static void
check_lang(const struct lang *l, const struct lang *reference)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		const struct text *t = &l->text[i], *r = find_text(reference, t->key);

		if (r == NULL)
			gen_die(l->path, 0, "%s is not a key of %s", t->key, reference->path);
		if (l == reference && t->form[0] == NULL)
			gen_die(l->path, 0, "%s has no text in the reference", t->key);
		if (r->counted != t->counted)
			gen_die(l->path, 0, "%s is counted in one file only", t->key);
		check_placeholders(l, t, r);
	}
}

static void
print_header(const struct catalogue *c)
{
	size_t i;

	printf("/* Generated by mkpo from the .po files; do not edit.\n"
	    " * text.h - the interface's texts in each language. */\n"
	    "#ifndef GEN_TEXT_H\n#define GEN_TEXT_H\n\nenum lang {\n");
	for (i = 0; i < c->count; i++)
		printf("\t%s,\n", c->lang[i].constant);
	printf("\tLANG__COUNT\n};\n\nenum text {\n");
	for (i = 0; i < c->lang[0].count; i++)
		printf("\tTEXT_%s,\n", c->lang[0].text[i].key);
	printf("\tTEXT__COUNT\n};\n\n#define TEXT_FORMS %u\n\n", c->forms);
	printf("/* A language's BCP 47 tag and its own name for itself. */\n"
	    "struct lang_info {\n\tconst char *tag, *name;\n};\n\n"
	    "extern const struct lang_info lang_info[LANG__COUNT];\n"
	    "extern const char *const text_table[LANG__COUNT][TEXT__COUNT][TEXT_FORMS];\n"
	    "extern const char *const text_key[TEXT__COUNT];\n\n"
	    "/* The text in that language, or in the reference language where it is not translated.\n"
	    " * Placeholders such as {name} are still in it.  Never NULL. */\n"
	    "const char\t*text_get(enum lang lang, enum text key);\n\n"
	    "/* The same for a counted text: the form that goes with n. */\n"
	    "const char\t*text_count(enum lang lang, enum text key, long long n);\n\n#endif\n");
}

static void
print_text(const struct catalogue *c, const struct lang *l, const struct text *reference)
{
	const struct text *t = find_text(l, reference->key);
	unsigned i;

	if (t == NULL || t->form[0] == NULL)
		t = reference;
	printf("\t\t[TEXT_%s] = { ", t->key);
	for (i = 0; i < c->forms; i++) {
		unsigned form = i;

		while (t->form[form] == NULL)
			form--;
		gen_literal(t->form[form], strlen(t->form[form]));
		printf(", ");
	}
	printf("},\n");
}

static void
print_plurals(const struct catalogue *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		printf("static unsigned\nform_%s(unsigned long long n)\n{\n\t(void)n;\n"
		    "\treturn (unsigned)(%s);\n}\n\n", c->lang[i].constant, c->lang[i].plural);
	printf("static unsigned (*const form[LANG__COUNT])(unsigned long long n) = {\n");
	for (i = 0; i < c->count; i++)
		printf("\t[%s] = form_%s,\n", c->lang[i].constant, c->lang[i].constant);
	printf("};\n\n");
}

static void
print_source(const struct catalogue *c)
{
	const struct lang *ref = &c->lang[0];
	size_t i, k;

	printf("/* Generated by mkpo from the .po files; do not edit. */\n"
	    "#include \"text.h\"\n\n#include <assert.h>\n\n"
	    "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
	    "const struct lang_info lang_info[LANG__COUNT] = {\n");
	for (i = 0; i < c->count; i++) {
		printf("\t[%s] = { \"%s\", ", c->lang[i].constant, c->lang[i].tag);
		gen_literal(c->lang[i].name, strlen(c->lang[i].name));
		printf(" },\n");
	}
	printf("};\n\nconst char *const text_key[TEXT__COUNT] = {\n");
	for (k = 0; k < ref->count; k++)
		printf("\t\"%s\",\n", ref->text[k].key);
	printf("};\n\nconst char *const text_table[LANG__COUNT][TEXT__COUNT][TEXT_FORMS] = {\n");
	for (i = 0; i < c->count; i++) {
		printf("\t[%s] = {\n", c->lang[i].constant);
		for (k = 0; k < ref->count; k++)
			print_text(c, &c->lang[i], &ref->text[k]);
		printf("\t},\n");
	}
	printf("};\n\n");
	print_plurals(c);
	printf("const char *\ntext_get(enum lang lang, enum text key)\n{\n"
	    "\tassert(lang < LANG__COUNT && key < TEXT__COUNT);\n"
	    "\treturn text_table[lang][key][0];\n}\n\n"
	    "const char *\ntext_count(enum lang lang, enum text key, long long n)\n{\n"
	    "\tunsigned f;\n\n"
	    "\tassert(lang < LANG__COUNT && key < TEXT__COUNT);\n"
	    "\tf = form[lang](n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);\n"
	    "\treturn text_table[lang][key][f < TEXT_FORMS ? f : TEXT_FORMS - 1];\n}\n");
}

/* How many texts some language lacks, each said on standard error. */
static size_t
report_missing(const struct catalogue *c)
{
	const struct lang *ref = &c->lang[0];
	size_t i, k, missing = 0;

	for (i = 1; i < c->count; i++)
		for (k = 0; k < ref->count; k++) {
			const struct text *t = find_text(&c->lang[i], ref->text[k].key);

			if (t != NULL && t->form[0] != NULL)
				continue;
			fprintf(stderr, "%s: %s is not translated\n", c->lang[i].path, ref->text[k].key);
			missing++;
		}
	return missing;
}

int
main(int argc, char *argv[])
{
	static struct catalogue c;
	const char *mode = argc > 1 ? argv[1] : "";
	int i;

	if (argc < 3 || argc - 2 > LANGS_MAX)
		return fprintf(stderr, "usage: mkpo --header|--source|--check FILE.po...\n"), 2;
	for (i = 2; i < argc; i++) {
		struct lang *l = &c.lang[c.count++];

		read_lang(l, argv[i]);
		check_lang(l, &c.lang[0]);
		if (l->forms > c.forms)
			c.forms = l->forms;
	}
	if (strcmp(mode, "--header") == 0)
		print_header(&c);
	else if (strcmp(mode, "--source") == 0)
		print_source(&c);
	else if (strcmp(mode, "--check") == 0)
		return report_missing(&c) != 0;
	else
		return fprintf(stderr, "mkpo: unknown option %s\n", mode), 2;
	return ferror(stdout) || fflush(stdout) != 0;
}
