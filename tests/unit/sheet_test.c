/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sheet_test.c - a key typed from paper comes back whole, however it is typed; a wrong letter is told by its line.
 */
#include "tests/unit/test.h"

#include <sodium.h>

#include "node/core/sheet.h"
#include "proto/err.h"

static const char good[] =
    "AAAA CAQD AQCQ MB7L\n"
    "YIBE FAWD ANBY HRFE\n"
    "AEIS CMKB KFQX DATU\n"
    "MRUG Y4DU PB62 M4CL\n";

static void
fill(uint8_t seed[32])
{
	size_t i;

	for (i = 0; i < 32; i++)
		seed[i] = (uint8_t)i;
}

static void
text_of(enum key_role role, const uint8_t seed[32], char out[SHEET_LINES * SHEET_LINE_BYTES + 1])
{
	char line[SHEET_LINES][SHEET_LINE_BYTES];
	size_t i;

	sheet_encode(role, seed, line);
	for (out[0] = '\0', i = 0; i < SHEET_LINES; i++) {
		strcat(out, line[i]);
		strcat(out, "\n");
	}
}

static void
test_there_and_back(void **state)
{
	char text[SHEET_LINES * SHEET_LINE_BYTES + 1];
	uint8_t seed[32], back[32];
	enum key_role role;
	struct err e = {0};
	int i;

	(void)state;
	fill(seed);
	text_of(KEY_ROOT, seed, text);
	assert_string_equal(text, good);	/* what is on paper is read for ever */
	for (i = 0; i < 100; i++) {
		randombytes_buf(seed, sizeof seed);
		text_of(KEY_NEXT_ROOT, seed, text);
		assert_int_equal(sheet_decode(span_str(text), &role, back, &e), 0);
		assert_int_equal(role, KEY_NEXT_ROOT);
		assert_memory_equal(seed, back, 32);
	}
}

static void
test_as_people_type(void **state)
{
	static const struct {
		const char *why;
		char from, to;
	} row[] = {
		{ "hyphens for blanks", ' ', '-' }, { "no blanks", ' ', '.' }, { "O as a zero", 'O', '0' },
		{ "I as a one", 'I', '1' }, { "B as an eight", 'B', '8' }, { "a blank line between", '\n', '\r' },
	};
	uint8_t seed[32], back[32];
	char text[300];
	enum key_role role;
	size_t i, k, n;

	(void)state;
	fill(seed);
	for (i = 0; i < COUNT(row); i++) {
		struct err e = {0};

		for (k = n = 0; good[k] != '\0'; k++) {
			if (row[i].to != '\r' && good[k] == row[i].from)
				text[n++] = row[i].to;
			else
				text[n++] = good[k] >= 'A' && k % 3 == 0 ? (char)(good[k] - 'A' + 'a') : good[k];
			if (row[i].to == '\r' && good[k] == '\n')
				n += (size_t)sprintf(text + n, " \r\n%zu. ", k / 20 + 2 > 4 ? (size_t)4 : k / 20 + 2);
		}
		if (row[i].to == '\r')
			n -= 4;	/* the number of a line that does not come */
		CHECK_ROW(row[i].why, sheet_decode((struct span){ text, n }, &role, back, &e) == 0);
		CHECK_ROW(row[i].why, memcmp(seed, back, 32) == 0);
	}
}

/* Any one letter wrong, wherever: its line is named, and no other. */
static void
test_wrong_letter(void **state)
{
	size_t i, tried = 0;

	(void)state;
	for (i = 0; i + 1 < sizeof good; i++) {
		const char *to;

		for (to = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; good[i] > ' ' && *to != '\0'; to++) {
			char text[sizeof good], name[64];
			uint8_t seed[32];
			enum key_role role;
			struct err e = {0};

			if (*to == good[i])
				continue;
			memcpy(text, good, sizeof good);
			text[i] = *to;
			snprintf(name, sizeof name, i % 20 == 18 ? "line %zu has two letters exchanged, or a wrong letter, the %zu."
			    : "line %zu has a wrong letter, the %zu.", i / 20 + 1, i % 20 - i % 20 / 5 + 1);
			tried++;
			CHECK(sheet_decode(span_str(text), &role, seed, &e) == -1);
			if (strstr(e.text, name) == NULL || strstr(strstr(e.text, name) + 1, "line") != NULL)
				fail_msg("at %zu, %c: %s", i, *to, e.text);
		}
	}
	assert_int_equal(tried, 64 * 31);
}

static void
test_wrong_lines(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} row[] = {
		{ "nothing", "", "0 lines" },
		{ "a line too few", "AAAA CAQD AQCQ MB7L\nYIBE FAWD ANBY HRFE\n", "2 lines" },
		{ "a letter left out", "AAAA CAQD AQCQ MB7\nYIBE FAWD ANBY HRFE\nAEIS CMKB KFQX DATU\nMRUG Y4DU PB62 M4CL\n",
		    "line 1 has 15 letters" },
		{ "one too many", "AAAA CAQD AQCQ MB7L\nYIBE FAWD ANBY HRFER\nAEIS CMKB KFQX DATU\nMRUG Y4DU PB62 M4CL\n",
		    "line 2 has 17 letters" },
		{ "two lines exchanged", "AAAA CAQD AQCQ MB7L\nAEIS CMKB KFQX DATU\nYIBE FAWD ANBY HRFE\nMRUG Y4DU PB62 M4CL\n",
		    "line 3 has a wrong letter" },
		{ "two letters exchanged", "AAAA CAQD AQCQ MB7L\nYIBE FAWD ANBY HRFE\nAEIS MCKB KFQX DATU\nMRUG Y4DU PB62 M4CL\n",
		    "line 3 has two letters exchanged" },
		{ "a sign that is no letter", "AAAA CAQD AQCQ MB7L\nYI+E FAWD ANBY HRFE\nAEIS CMKB KFQX DATU\nMRUG Y4DU PB62 M4CL\n",
		    "line 2 has a wrong letter" },
		{ "both keys at once", "AAAA CAQD AQCQ MB7L\nYIBE FAWD ANBY HRFE\nAEIS CMKB KFQX DATU\nMRUG Y4DU PB62 M4CL\nAAAA\n",
		    "one key at a time" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		uint8_t seed[32];
		enum key_role role;
		struct err e = {0};

		CHECK_ROW(row[i].why, sheet_decode(span_str(row[i].text), &role, seed, &e) == -1);
		if (strstr(e.text, row[i].says) == NULL)
			fail_msg("%s: %s", row[i].why, e.text);
	}
}

int
main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_as_people_type),
		cmocka_unit_test(test_wrong_letter),
		cmocka_unit_test(test_wrong_lines),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests(test, NULL, NULL);
}
