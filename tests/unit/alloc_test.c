/* SPDX-License-Identifier: AGPL-3.0-or-later
 * alloc_test.c - each operation is run again and again with its nth allocation failing: it must say
 * so (ERR_MEMORY) or do without, and leave nothing held.
 *
 * This program's own malloc counts and fails on demand, then hands on to the C library's; under a
 * sanitizer, which has its own, only the plain run is made.
 */
#include "tests/unit/author.h"

#include <unistd.h>

#include "node/core/config.h"
#include "node/core/file.h"
#include "node/core/gazetteer.h"
#include "proto/admission.h"
#include "proto/jcs.h"
#include "proto/set.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTING 0
#else
#define COUNTING 1
#endif

static long countdown, held;	/* countdown 0: never fail; held: what was allocated since and not freed */
static int counting;

#if COUNTING
static int
must_fail(void)
{
	return counting && countdown > 0 && --countdown == 0;
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
void free(void *p);

void *
malloc(size_t n)
{
	if (must_fail())
		return NULL;
	held += counting;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	if (must_fail())
		return NULL;
	held += counting;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	if (must_fail())
		return NULL;
	held += counting && p == NULL;
	return __libc_realloc(p, n);
}

void
free(void *p)
{
	held -= counting && p != NULL;
	__libc_free(p);
}
#endif

static char path[64];

static int
run_jcs(struct err *e)
{
	struct buf out = BUF_INIT(65536);
	int rc = jcs_canonicalize(SPAN("{\"b\":[1,2,{\"z\":\"\\u00e9\",\"a\":null}],\"a\":\"x\",\"c\":{\"d\":[[[1]]]}}"), &out, e);

	buf_clear(&out);
	return rc;
}

static int
run_sign(struct err *e)
{
	struct key k = key_of(1);
	struct record_draft d = draft_of(&k, KIND_PLACE);
	struct buf line = BUF_INIT(RECORD_BYTES_MAX);
	struct record r;
	enum reason why;
	int rc = record_sign(&d, k.secret, &line, e);

	if (rc == 0)
		rc = record_parse(buf_span(&line), &r, &why, e);
	if (rc == 0 && !record_verify(&r))
		rc = err_set(e, ERR_INTERNAL, "signed wrongly");
	buf_clear(&line);
	return rc;
}

static int
run_admission(struct err *e)
{
	static const struct admission_root root = { 0, 3, 1000 };
	static const struct admission_vouch vouch[] = { { 0, 1, 2, 10 }, { 1, 2, 2, 10 }, { 2, 3, 0, 10 } };
	struct admission_result result[4];

	return admission_compute(ADMIT_VOUCHED, &root, 1, vouch, 3, NULL, 4, result, e);
}

static int
run_set(struct err *e)
{
	struct set *s = set_load(NULL, 0, e);
	uint8_t id[32] = {0};
	int i, rc = s == NULL ? -1 : 0;

	for (i = 0; i < 300 && rc != -1; i++) {
		id[0] = (uint8_t)i;
		id[1] = (uint8_t)(i >> 8);
		rc = set_insert(s, (uint64_t)(i * 7 % 300), id, e);
	}
	if (rc != -1 && set_count(s) != 300)
		rc = err_set(e, ERR_INTERNAL, "not all are in");
	set_free(s);
	return rc == -1 ? -1 : 0;
}

static int
run_config(struct err *e)
{
	struct config c;
	int rc = config_init(&c, e);

	if (rc == 0)
		rc = config_load(&c, path, e);
	config_clear(&c);
	return rc;
}

static int
run_gazetteer(struct err *e)
{
	struct gazetteer *g = NULL;
	int rc = gazetteer_open(path, &g, e);

	if (rc == 0)
		gazetteer_find(g, SPAN("Saint-Denis"), SPAN(""), NULL, 0);
	gazetteer_close(g);
	return rc;
}

static void
check(const char *what, int (*run)(struct err *), const char *file, int any_code)
{
	struct err e = {0};
	long n, failed = 0;
	int rc;

	if (file != NULL)
		assert_int_equal(file_write(path, span_str(file), 0600, &e), 0);
	if (run(&e) == -1)
		fail_msg("%s: %s", what, e.text);
	for (n = 1; COUNTING; n++) {
		e = (struct err){0};
		held = 0;
		countdown = n;
		counting = 1;
		rc = run(&e);
		counting = 0;
		if (countdown > 0)		/* there were fewer than n allocations */
			break;
		failed += rc == -1;
		CHECK_ROW(what, rc == 0 || any_code || e.code == ERR_MEMORY);
		if (held != 0)
			fail_msg("%s: with allocation %ld failing %ld are still held", what, n, held);
		CHECK_ROW(what, n < 10000);
	}
	CHECK_ROW(what, !COUNTING || failed > 0);
	countdown = 0;
}

static void
test_each_allocation(void **state)
{
	static const struct {
		const char *what;
		int (*run)(struct err *);
		const char *file;
		int any_code;	/* Jansson does not always tell why it has no tree */
	} row[] = {
		{ "canonicalise", run_jcs, NULL, 1 },
		{ "sign and parse", run_sign, NULL, 1 },
		{ "admission", run_admission, NULL, 0 },
		{ "the set", run_set, NULL, 0 },
		{ "configuration", run_config, "name = A\nlegal-notice = un\\ndeux\nurl = https://a.example\n", 0 },
		{ "places", run_gazetteer, "C\t93066\tSaint-Denis\t1\t200054781\t93\t11\t93200 93210\n"
		    "C\t29195\tPlouguerneau\t1\t242900553\t29\t53\t29880\nE\t242900553\tCC\t1\t\t\t\t\n", 0 },
	};
	size_t i;
	int fd;

	(void)state;
	snprintf(path, sizeof path, "/tmp/essaim-alloc-XXXXXX");
	assert_true((fd = mkstemp(path)) != -1);
	close(fd);
	for (i = 0; i < COUNT(row); i++)
		check(row[i].what, row[i].run, row[i].file, row[i].any_code);
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest test[] = { cmocka_unit_test(test_each_allocation) };

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(test, NULL, NULL);
}
