/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_session_test.c - a link opens one session, once, in time; a form's token is its session's own; a kept
 * page is never older than its generation.
 */
#include "tests/unit/test.h"

#include <sodium.h>

#include "node/http/cached.h"
#include "node/http/response.h"
#include "node/web/cache.h"
#include "node/web/session.h"
#include "proto/buf.h"
#include "proto/err.h"

#define NOW 1795300000

static void
test_link_works_once(void **state)
{
	char link[TOKEN_CHARS + 1], a[TOKEN_CHARS + 1], b[TOKEN_CHARS + 1];
	struct sessions *s;
	struct err e;

	(void)state;
	assert_int_equal(sessions_new(&s, &e), 0);
	session_invite(s, NOW, link);
	assert_int_equal(strlen(link), TOKEN_CHARS);
	assert_int_equal(session_open(s, "", NOW, a), 0);
	assert_int_equal(session_open(s, link, NOW + 1, a), 1);
	assert_int_equal(session_open(s, link, NOW + 1, b), 0);
	assert_int_equal(session_holds(s, a, NOW + 1), 1);
	assert_int_equal(session_holds(s, link, NOW + 1), 0);
	assert_int_equal(session_holds(s, NULL, NOW + 1), 0);
	assert_int_equal(session_holds(s, "", NOW + 1), 0);
	sessions_free(s);
}

static void
test_both_end_in_time(void **state)
{
	char link[TOKEN_CHARS + 1], token[TOKEN_CHARS + 1];
	struct sessions *s;
	struct err e;

	(void)state;
	assert_int_equal(sessions_new(&s, &e), 0);
	session_invite(s, NOW, link);
	assert_int_equal(session_open(s, link, NOW + LOGIN_LINK_S, token), 0);
	session_invite(s, NOW, link);
	assert_int_equal(session_open(s, link, NOW + LOGIN_LINK_S - 1, token), 1);
	assert_int_equal(session_holds(s, token, NOW + LOGIN_LINK_S - 2 + SESSION_S), 1);
	assert_int_equal(session_holds(s, token, NOW + LOGIN_LINK_S - 1 + SESSION_S), 0);
	sessions_free(s);
}

static void
test_logging_out(void **state)
{
	char link[TOKEN_CHARS + 1], a[TOKEN_CHARS + 1], b[TOKEN_CHARS + 1];
	struct sessions *s;
	struct err e;

	(void)state;
	assert_int_equal(sessions_new(&s, &e), 0);
	session_invite(s, NOW, link);
	session_open(s, link, NOW, a);
	session_invite(s, NOW, link);
	session_open(s, link, NOW, b);
	session_close(s, a);
	session_close(s, NULL);
	assert_int_equal(session_holds(s, a, NOW), 0);
	assert_int_equal(session_holds(s, b, NOW), 1);
	sessions_free(s);
}

static void
test_the_oldest_gives_way(void **state)
{
	char link[TOKEN_CHARS + 1], first[TOKEN_CHARS + 1], token[TOKEN_CHARS + 1];
	struct sessions *s;
	struct err e;
	int i;

	(void)state;
	assert_int_equal(sessions_new(&s, &e), 0);
	for (i = 0; i <= SESSIONS_MAX; i++) {
		session_invite(s, NOW + i, link);
		assert_int_equal(session_open(s, link, NOW + i, i == 0 ? first : token), 1);
	}
	assert_int_equal(session_holds(s, first, NOW + i), 0);
	assert_int_equal(session_holds(s, token, NOW + i), 1);
	sessions_free(s);
}

static void
test_form_tokens(void **state)
{
	char link[TOKEN_CHARS + 1], a[TOKEN_CHARS + 1], b[TOKEN_CHARS + 1], csrf[TOKEN_CHARS + 1];
	struct sessions *s;
	struct err e;

	(void)state;
	assert_int_equal(sessions_new(&s, &e), 0);
	session_invite(s, NOW, link);
	session_open(s, link, NOW, a);
	session_invite(s, NOW, link);
	session_open(s, link, NOW, b);
	session_csrf(s, a, csrf);
	assert_int_equal(session_csrf_ok(s, a, csrf), 1);
	assert_int_equal(session_csrf_ok(s, b, csrf), 0);
	assert_int_equal(session_csrf_ok(s, a, NULL), 0);
	assert_int_equal(session_csrf_ok(s, a, ""), 0);
	assert_string_not_equal(csrf, a);
	csrf[0] = csrf[0] == 'A' ? 'B' : 'A';
	assert_int_equal(session_csrf_ok(s, a, csrf), 0);
	sessions_free(s);
}

/* --- kept pages ------------------------------------------------------------------------------------- */

static struct cached *
page_of(const char *text, size_t times)
{
	struct response res;
	struct cached *c = NULL;
	struct err e;

	response_init(&res);
	res.type = TYPE_HTML;
	while (times-- > 0)
		assert_int_equal(buf_adds(&res.body, text, &e), 0);
	assert_int_equal(cached_new(&res, &c, &e), 0);
	response_clear(&res);
	return c;
}

static void
test_pages_follow_their_generation(void **state)
{
	struct pages *p;
	struct cached *c = page_of("one", 1), *got;
	struct err e;

	(void)state;
	assert_int_equal(pages_new(&p, &e), 0);
	assert_null(pages_get(p, 5, "a"));
	pages_put(p, 5, "a", c);
	got = pages_get(p, 5, "a");
	assert_ptr_equal(got, c);
	cached_free(got);
	assert_null(pages_get(p, 5, "b"));
	assert_null(pages_get(p, 6, "a"));
	pages_put(p, 6, "b", c);
	assert_null(pages_get(p, 6, "a"));
	pages_put(p, 5, "a", c);
	assert_null(pages_get(p, 6, "a"));
	assert_null(pages_get(p, 5, "a"));
	cached_free(c);
	pages_free(p);
}

static void
test_pages_are_bounded(void **state)
{
	struct pages *p;
	struct cached *c = page_of("0123456789abcdef", 65536), *got;
	char key[24];
	size_t i, kept = 0;
	struct err e;

	(void)state;
	assert_int_equal(pages_new(&p, &e), 0);
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%zu", i);
		pages_put(p, 1, key, c);
	}
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%zu", i);
		got = pages_get(p, 1, key);
		kept += got != NULL;
		cached_free(got);
	}
	assert_true(kept <= PAGES_BYTES_MAX / (1 << 20));
	cached_free(c);
	pages_free(p);
}

int
main(void)
{
	static const struct CMUnitTest test[] = {
		cmocka_unit_test(test_link_works_once),
		cmocka_unit_test(test_both_end_in_time),
		cmocka_unit_test(test_logging_out),
		cmocka_unit_test(test_the_oldest_gives_way),
		cmocka_unit_test(test_form_tokens),
		cmocka_unit_test(test_pages_follow_their_generation),
		cmocka_unit_test(test_pages_are_bounded),
	};

	if (sodium_init() == -1)
		return 1;
	return cmocka_run_group_tests_name("web session", test, NULL, NULL);
}
