/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any line as the head of a bundle: what is read keeps its promises about sizes and sums, and what is believed is
 * signed, whole and canonical. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bundle.h"
#include "proto/canon.h"
#include "proto/err.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct bundle_manifest m;
	struct err e;
	uint64_t records = 0;
	size_t i;
	int read = bundle_read(line, &m, &e) == 0;

	if (read) {
		must(bundle_is_head(line) && size <= BUNDLE_HEAD_BYTES_MAX && m.pieces <= BUNDLE_PIECES_MAX);
		must(m.is_signed || m.pieces == 0);
		for (i = 0; i < m.pieces; i++) {
			must(m.piece[i].records > 0 && m.piece[i].records <= BATCH_RECORDS_MAX);
			must(m.piece[i].bytes >= m.piece[i].records && m.piece[i].bytes <= BATCH_BYTES_MAX);
			records += m.piece[i].records;
		}
		must(records == m.records && m.deleted <= m.records && strlen(m.did) <= DIDKEY_CHARS);
		if (bundle_verify(line, &m, &e) == 0)
			must(m.is_signed && canon_check(line, CANON_DOCUMENT, &e) == 0);
	}
	bundle_release(&m);
	return 0;
}
