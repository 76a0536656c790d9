/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import_fuzz.h - reads bytes as a file of a format and maps each item. */
#ifndef TESTS_FUZZ_IMPORT_FUZZ_H
#define TESTS_FUZZ_IMPORT_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/import/import.h"

#define MUST(cond) do { if (!(cond)) abort(); } while (0)

struct import_fuzz {
	struct mapped mapped;
	size_t row, items;
};

/* An item has UTF-8 in it, rows only rise, and what is made of it is canonical content that its kind's rules
 * accept, or a refusal in words. */
static inline int
import_fuzz_item(void *ctx, const struct import_item *item, struct err *e)
{
	static const enum kind kind[] = { KIND_INITIATIVE, KIND_EVENT, KIND_OFFER };
	struct mapping m = { .source_name = "fuzz" };
	struct import_fuzz *f = ctx;

	MUST(item->row > f->row);
	f->row = item->row;
	m.kind = kind[f->items++ % 3];
	MUST(import_map(&m, item, &f->mapped, e) == 0);
	MUST(f->mapped.id.len > 0);
	if (f->mapped.why == NULL) {
		struct err bad = { 0 };

		MUST(canon_check(buf_span(&f->mapped.content), CANON_RECORD, &bad) == 0);
		MUST(kind_check(f->mapped.kind, buf_span(&f->mapped.content), NULL, &bad) == 0);
	} else
		MUST(f->mapped.field != NULL && *f->mapped.why != '\0');
	return 0;
}

static inline void
import_fuzz(const char *format, const uint8_t *data, size_t size)
{
	struct import_fuzz f = { .mapped = MAPPED_INIT };
	FILE *file = size == 0 ? NULL : fmemopen((void *)(uintptr_t)data, size, "rb");
	struct import_input in;
	struct err e = { 0 };

	if (file == NULL)
		return;
	MUST(import_input_init(&in, file, "", &e) == 0);
	if (import_format_find(format)->read(&in, import_fuzz_item, &f, &e) == -1)
		MUST(e.code != ERR_NONE && e.text[0] != '\0');
	fclose(file);
	mapped_clear(&f.mapped);
}

#endif
