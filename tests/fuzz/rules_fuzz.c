/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as a mapping file: refused in words, or its rules make records that the checker accepts. */
#include "tests/fuzz/import_fuzz.h"
#include "tools/import/rules.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct import_cell cell[] = { { .name = "nom", .value = { "x", 1 } }, { .name = "a", .value = { "b, c", 4 } },
		{ .name = "type", .value = { "b|c", 3 } }, { .name = "ville", .value = { "Rennes", 6 } } };
	const struct import_item item = { .row = 2, .cell = cell, .count = sizeof cell / sizeof cell[0] };
	struct mapping m = { .kind = KIND_PLACE };
	struct mapped out = MAPPED_INIT;
	struct rules *rules = NULL;
	struct err e = { 0 };

	if (rules_parse((struct span){ (const char *)data, size }, &rules, &e) == -1) {
		MUST(e.text[0] != '\0');
		return 0;
	}
	m.rules = rules;
	MUST(import_map(&m, &item, &out, &e) == 0);
	if (out.why == NULL) {
		struct err bad = { 0 };

		MUST(canon_check(buf_span(&out.content), CANON_RECORD, &bad) == 0);
		MUST(kind_check(out.kind, buf_span(&out.content), NULL, &bad) == 0);
	}
	mapped_clear(&out);
	rules_free(rules);
	return 0;
}
