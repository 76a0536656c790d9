/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_text_test.c - what reaches a page is escaped, Markdown cannot harm, every label exists in every
 * language, and dates read as people write them.
 */
#include "tests/unit/test.h"

#include "node/web/html.h"
#include "node/web/locale.h"
#include "node/web/md.h"
#include "node/web/visit.h"
#include "proto/err.h"
#include "proto/kind.h"
#include "proto/vocab.h"

static void
test_text_is_escaped(void **state)
{
	static const struct { const char *why, *in, *out; } row[] = {
		{ "tags become text", "<script>", "&lt;script&gt;" },
		{ "quotes cannot end an attribute", "a\"'b", "a&quot;&#39;b" },
		{ "an entity is not one", "&lt;", "&amp;lt;" },
		{ "accents stay", "é…", "é…" },
		{ "nothing stays nothing", "", "" },
	};
	struct buf b = BUF_INIT(1024);
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&b);
		assert_int_equal(html_text(&b, row[i].in, &e), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&b), row[i].out));
	}
	buf_reset(&b);
	assert_int_equal(html_text(&b, NULL, &e), 0);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
test_page_has_a_limit(void **state)
{
	struct buf b = BUF_INIT(8);
	struct err e = { .code = ERR_NONE };

	(void)state;
	assert_int_equal(html_text(&b, "<<<<", &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_clear(&b);
}

static void
test_url_parts(void **state)
{
	static const struct { const char *why, *in, *out; } row[] = {
		{ "unreserved characters stay", "aZ9-._~", "aZ9-._~" },
		{ "what parts a query does not", "a&b=c?d#e/f", "a%26b%3Dc%3Fd%23e%2Ff" },
		{ "bytes of UTF-8 one by one", "é ", "%C3%A9%20" },
	};
	struct arena a = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, strcmp(url_part(&a, row[i].in), row[i].out) == 0);
	arena_clear(&a);
}

static void
test_fill(void **state)
{
	static const struct html_arg args[] = { { .name = "name", .text = "<b>" },
		{ .name = "n", .number = -3 }, { .name = "rtl", .text = "\xd7\xa9" }, { .name = NULL } };
	static const struct { const char *why, *in, *out; } row[] = {
		{ "values are escaped", "à {name} !", "à &lt;b&gt; !" },
		{ "so is the text around", "< {n}", "&lt; -3" },
		{ "an unknown name stays", "{other}{", "{other}{" },
		{ "a name twice", "{n}{n}", "-3-3" },
		{ "right to left is set apart", "({rtl})", "(\xe2\x81\xa8\xd7\xa9\xe2\x81\xa9)" },
	};
	struct buf b = BUF_INIT(1024);
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&b);
		assert_int_equal(html_fill(&b, row[i].in, args, &e), 0);
		CHECK_ROW(row[i].why, span_is(buf_span(&b), row[i].out));
	}
	buf_clear(&b);
}

static void
test_markdown(void **state)
{
	static const struct { const char *why, *in, *out; } row[] = {
		{ "paragraphs", "a\n\nb", "<p>a</p>\n<p>b</p>\n" },
		{ "emphasis", "*a* **b**", "<p><em>a</em> <strong>b</strong></p>\n" },
		{ "a tag is shown, not obeyed", "a <b onclick=x>c</b>",
		    "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>\n" },
		{ "a block of markup too", "<script>alert(1)</script>",
		    "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;\n</code></pre>\n" },
		{ "a link", "[a](https://example.org/?x=1&y=2)",
		    "<p><a rel=\"nofollow noopener ugc\" href=\"https://example.org/?x=1&amp;y=2\">a</a></p>\n" },
		{ "a script is no link", "[a](javascript:alert(1))", "<p>a</p>\n" },
		{ "however it is written", "[a](JaVaScRiPt:alert(1))", "<p>a</p>\n" },
		{ "nor is data", "[a](data:text/html;base64,AA)", "<p>a</p>\n" },
		{ "nor another site's path", "[a](//evil.example)", "<p>a</p>\n" },
		{ "quotes cannot leave the address", "[a](<https://x/\"onclick=\">)",
		    "<p><a rel=\"nofollow noopener ugc\" href=\"https://x/&quot;onclick=&quot;\">a</a></p>\n" },
		{ "an image is a link to it", "![a](https://example.org/i.png)",
		    "<p><a rel=\"nofollow noopener ugc\" href=\"https://example.org/i.png\">a</a></p>\n" },
		{ "headings go below the page's", "# a\n## b", "<h3>a</h3>\n<h4>b</h4>\n" },
		{ "a level that is skipped is closed up", "### a\n###### b\n# c",
		    "<h3>a</h3>\n<h4>b</h4>\n<h3>c</h3>\n" },
		{ "a tight list", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n" },
		{ "a list that begins at seven", "7. a", "<ol start=\"7\">\n<li>a</li>\n</ol>\n" },
		{ "code", "`<`", "<p><code>&lt;</code></p>\n" },
		{ "nothing", "", "" },
	};
	struct arena a = { 0 };
	struct buf b = BUF_INIT(4096);
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		buf_reset(&b);
		assert_int_equal(html_safe(&b, mkmd(&a, span_str(row[i].in), 3, &e), &e), 0);
		if (!span_is(buf_span(&b), row[i].out))
			fail_msg("%s: got %s", row[i].why, b.ptr);
	}
	assert_int_equal(html_safe(&b, NULL, &e), 0);
	buf_clear(&b);
	arena_clear(&a);
}

/* --- every built key has its text ----------------------------------------------------------------- */

static void
check_text(const char *prefix, const char *name)
{
	unsigned l;

	for (l = 0; l < LANG__COUNT; l++)
		if (text_find((enum lang)l, prefix, name) == NULL)
			fail_msg("no text %s%s in %s", prefix, name, lang_info[l].tag);
}

static void
test_every_kind_and_field_has_a_label(void **state)
{
	size_t i;
	int k;

	(void)state;
	for (k = 1; k < KIND__COUNT; k++) {
		const struct kind_info *info = kind_info((enum kind)k);

		check_text("kind_", info->name);
		check_text("kinds_", info->name);
		if ((info->flags & KIND_FORM) == 0)
			check_text("kind_note_", info->name);
		else if ((info->flags & KIND_SELF) == 0)
			check_text("add_", info->name);
		for (i = 0; i < info->field_count; i++) {
			check_text("field_", info->field[i].name);
			if (info->field[i].type == FIELD_REF || info->field[i].type == FIELD_REFS)
				check_text((info->flags & KIND_CONTENT) != 0 ? "related_" : "field_",
				    info->field[i].name);
		}
	}
}

static void
test_every_term_has_a_label(void **state)
{
	char prefix[40];
	size_t i;
	int n;

	(void)state;
	for (n = 0; n < VOCAB__COUNT; n++) {
		const struct vocab *v = vocab_get((enum vocab_name)n);

		snprintf(prefix, sizeof prefix, "%s_", v->name);
		for (i = 0; i < v->count; i++)
			check_text(prefix, v->term[i].key);
	}
}

static void
test_every_fault_has_a_sentence(void **state)
{
	static const char *const why[] = {
		"required", "type", "too-long", "too-short", "too-many", "repeated", "control", "url", "email",
		"phone", "date", "datetime", "order", "range", "term", "ref", "ref-kind", "did", "insee", "area",
		"hash", "pair", "self", "object",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(why); i++) {
		check_text("fault_", why[i]);
		CHECK_ROW(why[i], strcmp(fault_text(why[i]), why[i]) != 0);
	}
}

static void
test_unknown_labels(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_null(text_find(LANG_FR, "axis_", "no-such-axis"));
	assert_null(text_find(LANG_FR, "axis_", name));
	assert_string_equal(text_label(LANG_EN, "practice_", "spinning"), "spinning");
	assert_string_equal(text_label(LANG_EN, "access_", "free-price"), "pay what you can");
}

/* --- languages, dates ------------------------------------------------------------------------------- */

static void
test_negotiation(void **state)
{
	static const struct { const char *why, *accept; enum lang fallback, want; } row[] = {
		{ "nothing said", NULL, LANG_FR, LANG_FR },
		{ "one we have", "en", LANG_FR, LANG_EN },
		{ "a region of it", "en-GB,en;q=0.9", LANG_FR, LANG_EN },
		{ "the heavier one", "en;q=0.5, fr;q=0.8", LANG_EN, LANG_FR },
		{ "equal weights: the first", "en,fr", LANG_FR, LANG_EN },
		{ "none we have", "de,es;q=0.5", LANG_EN, LANG_EN },
		{ "refused", "en;q=0", LANG_FR, LANG_FR },
		{ "any", "*", LANG_EN, LANG_EN },
		{ "nonsense", ";;,=,q=", LANG_FR, LANG_FR },
		{ "a tag that only begins alike", "frr", LANG_EN, LANG_EN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, lang_negotiate(row[i].accept, row[i].fallback) == row[i].want);
}

static void
test_dates(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(date_long(&a, LANG_FR, "2026-11-01"), "1er novembre 2026");
	assert_string_equal(date_long(&a, LANG_EN, "2026-11-21"), "21 November 2026");
	assert_string_equal(date_long(&a, LANG_FR, "soon"), "soon");
	assert_string_equal(date_long(&a, LANG_FR, "2026-13-01"), "2026-13-01");
	assert_string_equal(date_event(&a, LANG_FR, "2026-11-21T14:30"),
	    "samedi 21 novembre 2026, 14\u00a0h\u00a030");
	assert_string_equal(date_event(&a, LANG_FR, "2026-12-01T09:00"), "mardi 1er d\u00e9cembre 2026, 9\u00a0h");
	assert_string_equal(date_event(&a, LANG_EN, "2026-12-01T09:00"), "Tuesday 1 December 2026, 9:00");
	assert_string_equal(date_event(&a, LANG_EN, "2026-11-21T09:05"), "Saturday 21 November 2026, 9:05");
	assert_string_equal(date_event(&a, LANG_EN, "2026-11-22"), "Sunday 22 November 2026");
	assert_string_equal(date_month(&a, LANG_FR, "2026-08"), "ao\u00fbt 2026");
	arena_clear(&a);
}

static void
test_days(void **state)
{
	static const struct { const char *why; int64_t at; const char *day; } row[] = {
		{ "the beginning", 0, "1970-01-01" },
		{ "winter, one hour before midnight UTC", 1767222000, "2026-01-01" },
		{ "winter, a second before that", 1767221999, "2025-12-31" },
		{ "summer, two hours before midnight UTC", 1782856800, "2026-07-01" },
		{ "summer, a second before that", 1782856799, "2026-06-30" },
		{ "a leap day", 1709200000, "2024-02-29" },
	};
	struct arena a = { 0 };
	char day[11];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		date_of(row[i].at, day);
		CHECK_ROW(row[i].why, strcmp(day, row[i].day) == 0);
	}
	assert_string_equal(date_ago(&a, LANG_FR, 1782856799, 1782856800), "hier");
	assert_string_equal(date_ago(&a, LANG_FR, 1782856800, 1782856801), "aujourd\u2019hui");
	assert_string_equal(date_ago(&a, LANG_EN, 1782856800 - 3 * 86400, 1782856800), "3 days ago");
	assert_string_equal(date_ago(&a, LANG_EN, 0, 1782856800), "1 January 1970");
	arena_clear(&a);
}

static void
test_slugs(void **state)
{
	static const struct { const char *why, *title, *slug; } row[] = {
		{ "accents and punctuation", "Le caf\u00e9 qui r\u00e9pare !", "le-cafe-qui-repare" },
		{ "a ligature", "\u0152uvre", "oeuvre" },
		{ "nothing of it", "\u2026", "" },
		{ "dashes at the ends", " - a - ", "a" },
	};
	struct arena a = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++)
		CHECK_ROW(row[i].why, strcmp(slug_of(&a, row[i].title), row[i].slug) == 0);
	arena_clear(&a);
}

static void
test_distances(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(distance_text(&a, LANG_FR, -1), "");
	assert_string_equal(distance_text(&a, LANG_FR, 849), "800 m");
	assert_string_equal(distance_text(&a, LANG_FR, 1250), "1,2 km");
	assert_string_equal(distance_text(&a, LANG_EN, 1250), "1.2 km");
	assert_string_equal(distance_text(&a, LANG_EN, 25999), "25 km");
	arena_clear(&a);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_text_is_escaped),
		cmocka_unit_test(test_page_has_a_limit),
		cmocka_unit_test(test_url_parts),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_every_kind_and_field_has_a_label),
		cmocka_unit_test(test_every_term_has_a_label),
		cmocka_unit_test(test_every_fault_has_a_sentence),
		cmocka_unit_test(test_unknown_labels),
		cmocka_unit_test(test_negotiation),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_slugs),
		cmocka_unit_test(test_distances),
	};

	return cmocka_run_group_tests_name("web text", test, NULL, NULL);
}
