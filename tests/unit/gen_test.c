/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gen_test.c - the build-time generators: what they write compiles and says what was meant, and a
 * mistake in their input is told at its own line.
 */
#include "tests/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX 65536

struct dir {
	char path[64];
};

static int
make_dir(void **state)
{
	static const char pattern[] = "/tmp/essaim-gen-XXXXXX";
	struct dir *d = calloc(1, sizeof *d);

	if (d == NULL)
		return -1;
	memcpy(d->path, pattern, sizeof pattern);
	*state = d;
	return mkdtemp(d->path) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	struct dir *d = *state;
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", d->path);
	free(d);
	return system(command);
}

static void
write_file(const struct dir *d, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", d->path, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

/* Run a command in the shell with D for the directory and H for the generators; its exit status. */
static int
run(const struct dir *d, const char *command, char out[static OUTPUT_BYTES_MAX])
{
	char whole[2048];
	size_t n;
	FILE *f;
	int status;

	snprintf(whole, sizeof whole, "D='%s'; H=build/host; { %s; } 2>&1", d->path, command);
	f = popen(whole, "r");
	assert_non_null(f);
	n = fread(out, 1, OUTPUT_BYTES_MAX - 1, f);
	out[n] = '\0';
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static const char fr[] =
    "msgid \"\"\nmsgstr \"\"\n\"Language: fr\\n\"\n\"X-Language-Name: Français\\n\"\n"
    "\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    "\"Plural-Forms: nplurals=2; plural=(n > 1);\\n\"\n\n"
    "msgid \"greet\"\nmsgstr \"Bonjour {name} & <co>\"\n\n"
    "msgid \"items\"\nmsgid_plural \"items\"\nmsgstr[0] \"{n} fiche de {name}\"\n"
    "msgstr[1] \"{n} fiches de {name}\"\n\nmsgid \"only_fr\"\nmsgstr \"seulement\"\n";
static const char en[] =
    "msgid \"\"\nmsgstr \"\"\n\"Language: en\\n\"\n\"X-Language-Name: English\\n\"\n"
    "\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    "\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n\n"
    "msgid \"greet\"\nmsgstr \"Hello {name}\"\n\n"
    "msgid \"items\"\nmsgid_plural \"items\"\nmsgstr[0] \"{n} entry of {name}\"\n"
    "msgstr[1] \"{n} entries of {name}\"\n";

/* The smallest runtime a page can be linked to; html_fill replaces and escapes nothing here. */
static const char runtime[] =
    "#include <stdio.h>\n#include <string.h>\n#include \"text.h\"\n"
    "struct buf { int unused; }; struct err { int unused; };\n"
    "struct html_arg { const char *name, *text; long long number; };\n"
    "struct view { enum lang lang; const char *title; int n; };\n"
    "int html_raw(struct buf *b, const char *s, size_t n, struct err *e)\n"
    "{ (void)b; (void)e; fwrite(s, 1, n, stdout); return 0; }\n"
    "int html_text(struct buf *b, const char *s, struct err *e)\n"
    "{ (void)b; (void)e; printf(\"<%s>\", s); return 0; }\n"
    "int html_int(struct buf *b, long long n, struct err *e)\n"
    "{ (void)b; (void)e; printf(\"%lld\", n); return 0; }\n"
    "int html_fill(struct buf *b, const char *s, const struct html_arg *a, struct err *e)\n"
    "{ (void)b; (void)e; printf(\"<%s\", s);\n"
    "  for (; a->name != NULL; a++) a->text != NULL ? printf(\"|%s=%s\", a->name, a->text)\n"
    "    : printf(\"|%s=%lld\", a->name, a->number);\n  printf(\">\"); return 0; }\n"
    "int page_t(const struct view *v, struct buf *out, struct err *e);\n"
    "#include \"page.c\"\n"
    "int main(void)\n{ struct view v = { LANG_FR, \"a\", 0 }; struct buf b; struct err e;\n"
    "  for (int l = 0; l < LANG__COUNT; l++) { v.lang = (enum lang)l; if (page_t(&v, &b, &e)) return 1; }\n"
    "  return 0; }\n";

static const char build_page[] =
    "$H/mkpo --header $D/fr.po $D/en.po >$D/text.h && $H/mkpo --source $D/fr.po $D/en.po >$D/text.c && "
    "$H/mktmpl $D/t.html | sed '/^#include/d' >$D/page.c && "
    "cc -std=c11 -Wall -Wextra -Wno-unused-parameter -Werror -I$D -o $D/page $D/main.c $D/text.c && $D/page";

static void
test_pages(void **state)
{
	static const struct { const char *why, *page, *shows; } row[] = {
		{ "text stands as it is", "a \"b\" \\ é?\?/\n", "a \"b\" \\ é?\?/\na \"b\" \\ é?\?/\n" },
		{ "a value goes through html_text", "[{{ v->title }}]", "[<a>][<a>]" },
		{ "a filter names its function", "{{ v->n | int }};", "0;0;" },
		{ "|| is no filter", "{{ (v->n || 1) | int }};", "1;1;" },
		{ "a | in a literal is no filter", "{{ \"a|b\" }}", "<a|b><a|b>" },
		{ "a lone directive takes its line", "  {% if v->n == 0 %}\n  x\n  {% end %}\n", "  x\n  x\n" },
		{ "else, elif", "{% if v->n == 1 %}a{% elif v->n == 0 %}b{% else %}c{% end %}", "bb" },
		{ "for", "{% for int i = 0; i < 2; i++ %}{{ i | int }}{% end %}.", "01.01." },
		{ "a remark is left out", "a{# {{ nothing }} #}b", "abab" },
		{ "a text, and what a language lacks", "{{ T only_fr }}", "<seulement><seulement>" },
		{ "a text with a replacement", "{{ T greet, name = v->title }}",
		    "<Bonjour {name} & <co>|name=a><Hello {name}|name=a>" },
		{ "a comma inside a call separates nothing", "{{ T greet, name = (\"x,y\") }}",
		    "<Bonjour {name} & <co>|name=x,y><Hello {name}|name=x,y>" },
		{ "zero is singular in French, plural in English", "{{ N items, v->n, name = \"z\" }}",
		    "<{n} fiche de {name}|n=0|name=z><{n} entries of {name}|n=0|name=z>" },
	};
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX], page[1024];
	size_t i;

	write_file(d, "fr.po", fr);
	write_file(d, "en.po", en);
	write_file(d, "main.c", runtime);
	for (i = 0; i < COUNT(row); i++) {
		snprintf(page, sizeof page, "{%% page t(const struct view *v) %%}\n%s{%% endpage %%}\n", row[i].page);
		write_file(d, "t.html", page);
		if (run(d, build_page, out) != 0 || strcmp(out, row[i].shows) != 0)
			fail_msg("%s: got %s", row[i].why, out);
	}
}

static void
test_parts(void **state)
{
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX];

	write_file(d, "fr.po", fr);
	write_file(d, "en.po", en);
	write_file(d, "main.c", runtime);
	write_file(d, "t.html", "{% part star(const struct view *v, int n) %}*{{ n | int }}{{ v->title }}{% endpart %}\n"
	    "{% page t(const struct view *v) %}{% include star(v, 7) %}.{% endpage %}\n");
	assert_int_equal(run(d, build_page, out), 0);
	assert_string_equal(out, "*7<a>.*7<a>.");
}

static void
test_template_mistakes(void **state)
{
	static const struct { const char *why, *page, *says; } row[] = {
		{ "a tag that is not closed", "{% page t(int v) %}\n{{ v", "t.html:2: a tag is not closed" },
		{ "an unknown directive", "{% page t(int v) %}\n\n{% iff v %}", "t.html:3: unknown directive" },
		{ "no raw output", "{% page t(int v) %}{{ v | raw }}", "no such filter" },
		{ "text outside of a page", "hello", "text outside of a page" },
		{ "an if left open", "{% page t(int v) %}{% if v %}{% endpage %}", "still open" },
		{ "an end too many", "{% page t(int v) %}{% end %}", "end without if or for" },
		{ "else without if", "{% page t(int v) %}{% for ;; %}{% else %}", "else without if" },
		{ "a page left open", "{% page t(int v) %}", "a page is not closed" },
		{ "a page in a page", "{% page t(int v) %}{% page u(int v) %}", "a page inside a page" },
		{ "an empty value", "{% page t(int v) %}{{ }}", "an empty value" },
		{ "a replacement without its name", "{% page t(int v) %}{{ T key, v }}", "name = value expected" },
	};
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX];
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		write_file(d, "t.html", row[i].page);
		if (run(d, "$H/mktmpl $D/t.html >$D/page.c", out) != 1 || strstr(out, row[i].says) == NULL)
			fail_msg("%s: got %s", row[i].why, out);
	}
}

static void
test_compiler_speaks_of_the_template(void **state)
{
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX];

	write_file(d, "fr.po", fr);
	write_file(d, "en.po", en);
	write_file(d, "main.c", runtime);
	write_file(d, "t.html", "{% page t(const struct view *v) %}\n<p>\n{{ v->titel }}</p>\n{% endpage %}\n");
	assert_int_not_equal(run(d, build_page, out), 0);
	assert_non_null(strstr(out, "t.html:3:"));
	assert_non_null(strstr(out, "titel"));
	write_file(d, "t.html", "{% page t(const struct view *v) %}\n{{ T no_such_key }}\n{% endpage %}\n");
	assert_int_not_equal(run(d, build_page, out), 0);
	assert_non_null(strstr(out, "t.html:2:"));
	assert_non_null(strstr(out, "TEXT_no_such_key"));
}

static void
test_texts_mistakes(void **state)
{
	static const char header[] =
	    "msgid \"\"\nmsgstr \"\"\n\"Language: xx\\n\"\n\"X-Language-Name: X\\n\"\n"
	    "\"Content-Type: text/plain; charset=UTF-8\\n\"\n";
	static const struct { const char *why, *plural, *rest, *says; } row[] = {
		{ "a key the reference lacks", "nplurals=1; plural=0;", "msgid \"other\"\nmsgstr \"x\"\n", "other is not a key" },
		{ "a placeholder the reference lacks", "nplurals=1; plural=0;",
		    "msgid \"greet\"\nmsgstr \"{nom}\"\n", "{nom} is not in the reference" },
		{ "a placeholder that is not closed", "nplurals=1; plural=0;",
		    "msgid \"greet\"\nmsgstr \"{name\"\n", "is not closed" },
		{ "a plural that is more than an expression", "nplurals=2; plural=exit(1);", "", "not an expression" },
		{ "counted here and not there", "nplurals=1; plural=0;",
		    "msgid \"items\"\nmsgstr \"x\"\n", "counted in one file only" },
		{ "one key twice", "nplurals=1; plural=0;",
		    "msgid \"greet\"\nmsgstr \"x\"\n\nmsgid \"greet\"\nmsgstr \"y\"\n", "duplicate" },
	};
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX], po[2048];
	size_t i;

	write_file(d, "fr.po", fr);
	for (i = 0; i < COUNT(row); i++) {
		snprintf(po, sizeof po, "%s\"Plural-Forms: %s\\n\"\n\n%s", header, row[i].plural, row[i].rest);
		write_file(d, "xx.po", po);
		if (run(d, "$H/mkpo --header $D/fr.po $D/xx.po >$D/text.h", out) != 1 ||
		    strstr(out, row[i].says) == NULL)
			fail_msg("%s: got %s", row[i].why, out);
	}
}

static void
test_untranslated_is_reported(void **state)
{
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX];

	write_file(d, "fr.po", fr);
	write_file(d, "en.po", en);
	assert_int_equal(run(d, "$H/mkpo --check $D/fr.po $D/en.po", out), 1);
	assert_non_null(strstr(out, "en.po: only_fr is not translated"));
	assert_int_equal(run(d, "$H/mkpo --check $D/fr.po", out), 0);
}

static void
test_assets(void **state)
{
	static const char program[] =
	    "#include <stdio.h>\n#include \"asset.h\"\n"
	    "int main(void)\n{ for (size_t i = 0; i < ASSET_COUNT; i++)\n"
	    "  printf(\"%s %s %zu %.*s\\n\", asset_table[i].name, asset_table[i].type, asset_table[i].size,\n"
	    "    (int)asset_table[i].size, (const char *)asset_table[i].bytes);\n"
	    "  puts(ASSET_a_b_css); return 0; }\n";
	static const char build[] =
	    "$H/mkasset --header $D/z.txt $D/a-b.css >$D/asset.h && $H/mkasset --source $D/z.txt $D/a-b.css >$D/asset.c && "
	    "cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I$D -o $D/asset $D/show.c $D/asset.c && $D/asset";
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX], again[OUTPUT_BYTES_MAX];

	write_file(d, "show.c", program);
	write_file(d, "a-b.css", "p{}");
	write_file(d, "z.txt", "");
	assert_int_equal(run(d, build, out), 0);
	assert_non_null(strstr(out, "a-b.css text/css; charset=utf-8 3 p{}\nz.txt text/plain; charset=utf-8 0 \n"));
	assert_non_null(strstr(out, "/static/a-b."));
	write_file(d, "a-b.css", "q{}");
	assert_int_equal(run(d, build, again), 0);
	assert_string_not_equal(strstr(out, "/static/"), strstr(again, "/static/"));
	write_file(d, "a-b.exe", "");
	assert_int_equal(run(d, "$H/mkasset --header $D/a-b.exe >/dev/null", out), 1);
	assert_non_null(strstr(out, "no media type"));
	write_file(d, "a_b.css", "");
	assert_int_equal(run(d, "$H/mkasset --header $D/a-b.css $D/a_b.css >/dev/null", out), 1);
	assert_non_null(strstr(out, "another file has the name"));
}

static void
test_sql(void **state)
{
	static const char program[] =
	    "#include <stdio.h>\n#include \"sql_x.h\"\n"
	    "int main(void)\n{ for (size_t i = 0; i < sizeof sql_x / sizeof sql_x[0]; i++)\n"
	    "  printf(\"%u %s %s\", sql_x[i].number, sql_x[i].name, sql_x[i].text);\n  return 0; }\n";
	const struct dir *d = *state;
	char out[OUTPUT_BYTES_MAX];

	write_file(d, "show.c", program);
	write_file(d, "0001_a.sql", "CREATE TABLE \"a\"(x);\n-- \\ \t é\n");
	write_file(d, "0002_b.sql", "SELECT '%';\n");
	assert_int_equal(run(d, "$H/mksql x $D/0002_b.sql $D/0001_a.sql >$D/sql_x.h && "
	    "cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I$D -o $D/sql $D/show.c && $D/sql", out), 0);
	assert_string_equal(out, "1 0001_a.sql CREATE TABLE \"a\"(x);\n-- \\ \t é\n2 0002_b.sql SELECT '%';\n");
	write_file(d, "0004_d.sql", "SELECT 1;\n");
	assert_int_equal(run(d, "$H/mksql x $D/0001_a.sql $D/0002_b.sql $D/0004_d.sql >/dev/null", out), 1);
	assert_non_null(strstr(out, "the number before it is 2"));
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test_setup_teardown(test_pages, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_parts, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_template_mistakes, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_compiler_speaks_of_the_template, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_texts_mistakes, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_untranslated_is_reported, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_assets, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_sql, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("gen", test, NULL, NULL);
}
