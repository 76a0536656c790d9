/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search_groups_test.c - who is believed about what is one thing, and what is shown of it. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "node/search/search.h"
#include "proto/err.h"

#define NOW 1790000000
#define DAY 86400
#define OURS "did:key:z6MkOurs"
#define A "did:key:z6MkAuthorA"
#define B "did:key:z6MkAuthorB"
#define STRANGER "did:key:z6MkStranger"

static struct err e;

struct world {
	char path[64];
	struct search *search;
};

static void
put(struct world *w, const char *author, enum kind kind, const char *rid, int64_t updated, const char *content)
{
	struct search_doc doc = { .author = span_str(author), .kind = kind, .rid = span_str(rid), .seq = updated,
		.updated = updated, .created = updated, .expires = NOW + 100 * DAY, .content = span_str(content), .shown = 1,
		.lang = SPAN("fr"), .license = SPAN("etalab-2.0"), .own = strcmp(author, OURS) == 0 };

	assert_int_equal(search_begin(w->search, &e), 0);
	if (search_put(w->search, &doc, &e) == -1)
		fail_msg("%s: %s", rid, e.text);
	assert_int_equal(search_commit(w->search, updated, &e), 0);
}

static void
take_out(struct world *w, const char *author, enum kind kind, const char *rid)
{
	assert_int_equal(search_begin(w->search, &e), 0);
	assert_int_equal(search_delete(w->search, span_str(author), kind, span_str(rid), &e), 0);
	assert_int_equal(search_commit(w->search, 1000, &e), 0);
}

static void
claim(struct world *w, const char *author, const char *rid, const char *a, const char *b, const char *verdict)
{
	char content[512];

	snprintf(content, sizeof content, "{\"a\":\"%s\",\"b\":\"%s\",\"verdict\":\"%s\"}", a, b, verdict);
	put(w, author, KIND_SAME, rid, 500, content);
}

/* What the catalogue shows, by rid in the order of titles: "garden(plot) other". */
static const char *
shown(struct world *w, enum search_together together, const char *text)
{
	static char out[256];
	struct search_query q = { .together = together, .sort = SEARCH_TITLE, .now_s = NOW, .text = span_str(text) };
	struct search_reader *r = search_take(w->search, &e);
	struct search_result found;
	struct arena a = {0};
	size_t i, k, n = 0;

	CHECK(r != NULL);
	out[0] = '\0';
	assert_int_equal(search_run(r, &q, &a, &found, &e), 0);
	assert_int_equal(found.total, found.count);
	for (i = 0; i < found.count; i++) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", i == 0 ? "" : " ", found.hit[i].rid);
		for (k = 0; k < found.hit[i].others; k++)
			n += (size_t)snprintf(out + n, sizeof out - n, "(%s)", found.hit[i].other[k].rid);
	}
	arena_clear(&a);
	search_give(w->search, r);
	return out;
}

#define GARDEN A "/initiative/garden"
#define PLOT B "/initiative/plot"
#define HOME OURS "/initiative/home"
#define OTHER B "/initiative/other"

static int
setup(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	snprintf(w.path, sizeof w.path, "/tmp/essaim-groups-XXXXXX");
	close(mkstemp(w.path));
	assert_int_equal(search_open(w.path, "one", &w.search, &e), 1);
	put(&w, A, KIND_INITIATIVE, "garden", 100, "{\"name\":\"A jardin du port\"}");
	put(&w, B, KIND_INITIATIVE, "plot", 200, "{\"name\":\"B jardin\"}");
	put(&w, OURS, KIND_INITIATIVE, "home", 300, "{\"name\":\"C jardin\",\"source_name\":\"Une carte\"}");
	put(&w, B, KIND_INITIATIVE, "other", 400, "{\"name\":\"D velo\"}");
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char name[128];

	search_close(w->search);
	unlink(w->path);
	snprintf(name, sizeof name, "%s-wal", w->path);
	unlink(name);
	snprintf(name, sizeof name, "%s-shm", w->path);
	unlink(name);
	return 0;
}

static void
test_believed(void **state)
{
	struct world *w = *state;

	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden plot home other");
	claim(w, STRANGER, "s", GARDEN, PLOT, "same");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden plot home other");
	assert_string_equal(shown(w, SEARCH_TOGETHER_ALL, ""), "plot(garden) home other");
	claim(w, B, "b", GARDEN, PLOT, "same");		/* so its own is the double, though it is the newer */
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden(plot) home other");
	assert_string_equal(shown(w, SEARCH_APART, ""), "garden plot home other");
	take_out(w, B, KIND_SAME, "b");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden plot home other");
	claim(w, OURS, "o", PLOT, HOME, "same");		/* ours, but taken from a map */
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden plot(home) other");
}

static void
test_contradicted(void **state)
{
	struct world *w = *state;

	claim(w, OURS, "1", GARDEN, PLOT, "same");
	claim(w, OURS, "2", PLOT, HOME, "same");
	claim(w, OURS, "3", HOME, GARDEN, "same");		/* a circle is one group */
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot(garden)(home) other");
	claim(w, STRANGER, "s", GARDEN, PLOT, "not-same");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot(garden)(home) other");
	claim(w, A, "a", PLOT, GARDEN, "not-same");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden plot(home) other");
	take_out(w, A, KIND_SAME, "a");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot(garden)(home) other");
}

/* What is found is shown, even where the one usually shown first is not. */
static void
test_found(void **state)
{
	struct world *w = *state;

	claim(w, OURS, "1", GARDEN, PLOT, "same");
	assert_string_equal(shown(w, SEARCH_TOGETHER, "jardin"), "plot(garden) home");
	assert_string_equal(shown(w, SEARCH_TOGETHER, "port"), "garden(plot)");
}

/* Records come and go after the claim; what is read from the file again says the same. */
static void
test_rows_change(void **state)
{
	struct world *w = *state;
	struct search *again;

	claim(w, OURS, "1", GARDEN, PLOT, "same");
	claim(w, OURS, "2", OTHER, B "/initiative/late", "same");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot(garden) home other");
	put(w, B, KIND_INITIATIVE, "late", 600, "{\"name\":\"E velo\"}");
	put(w, A, KIND_INITIATIVE, "garden", 700, "{\"name\":\"A jardin du port\"}");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden(plot) home late(other)");
	search_close(w->search);
	w->search = NULL;
	assert_int_equal(search_open(w->path, "one", &again, &e), 0);
	w->search = again;
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "garden(plot) home late(other)");
	take_out(w, A, KIND_INITIATIVE, "garden");
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot home late(other)");
	put(w, B, KIND_INITIATIVE, "reused", 800, "{\"name\":\"F four\"}");	/* takes the number of the row that went */
	assert_string_equal(shown(w, SEARCH_TOGETHER, ""), "plot home late(other) reused");
}

/* A stranger that ties a thousand knots joins no more than a group holds. */
static void
test_bounded(void **state)
{
	struct world *w = *state;
	char rid[32], last[128] = "", ref[128], content[64];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(rid, sizeof rid, "n%02d", i);
		snprintf(ref, sizeof ref, STRANGER "/initiative/%s", rid);
		snprintf(content, sizeof content, "{\"name\":\"Z %02d\"}", i);
		put(w, STRANGER, KIND_INITIATIVE, rid, 900 + i, content);
		if (i > 0)
			claim(w, STRANGER, rid, last, ref, "same");
		strcpy(last, ref);
	}
	shown(w, SEARCH_TOGETHER, "");
	assert_string_equal(shown(w, SEARCH_TOGETHER, "velo"), "other");
	assert_non_null(strstr(shown(w, SEARCH_TOGETHER, ""), "garden plot home other n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contradicted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
