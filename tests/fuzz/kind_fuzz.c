/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kind_fuzz.c - kind_check on any canonical content: it answers with faults that name fields of the
 * kind and have a sentence, or with none at all, and required fields are there when it accepts.
 *
 * The input's first byte picks the kind, the rest is the content. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/kind.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fault(enum kind k, const struct fault *f)
{
	assert(f->name != NULL && f->why != NULL && fault_text(f->why) != f->why);
	assert(f->field == NULL || kind_field(k, span_str(f->field->name)) == f->field);
}

static void
check_accepted(enum kind k, struct span content)
{
	const struct kind_info *info = kind_info(k);
	struct span v;
	size_t i;

	for (i = 0; i < info->field_count; i++)
		assert((info->field[i].flags & FIELD_REQUIRED) == 0 ||
		    canon_get(content, info->field[i].name, &v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum kind k = (enum kind)(size > 0 ? (data[0] - 'A') % KIND__COUNT : 0);
	struct span content = { (const char *)data + 1, size > 0 ? size - 1 : 0 };
	struct faults faults;
	struct err e = { 0 };
	size_t i;
	int rc;

	if (size == 0 || data[0] < 'A' || content.len > RECORD_BYTES_MAX ||
	    canon_check(content, CANON_RECORD, &e) == -1)
		return 0;
	rc = kind_check(k, content, &faults, &e);
	assert((rc == 0) == (faults.count == 0) && faults.count <= FAULTS_MAX);
	assert(kind_check(k, content, NULL, &e) == rc);
	for (i = 0; i < faults.count; i++)
		check_fault(k, &faults.fault[i]);
	if (rc == 0)
		check_accepted(k, content);
	return 0;
}
