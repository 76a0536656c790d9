/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as a key file: refused, or plain and written again to the same text, or locked within the cost that
 * is allowed and opened by no key of ours. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "node/core/keyfile.h"
#include "proto/err.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_plain(const struct keyfile *f)
{
	struct buf text = BUF_INIT(KEYFILE_BYTES_MAX);
	struct keyfile again;
	struct err e = {0};

	if (keyfile_format(f->role, f->did, f->seed, NULL, &text, &e) == -1 ||
	    keyfile_parse(buf_span(&text), &again, &e) == -1 || memcmp(f, &again, sizeof again) != 0)
		abort();
	buf_clear(&text);
}

static void
check_locked(struct keyfile *f)
{
	struct keyfile_lock lock = { .passes = f->passes, .kib = f->kib };
	struct err e = {0};

	if (f->passes < 1 || f->passes > KEYFILE_PASSES_MAX || f->kib < KEYFILE_KIB_MIN || f->kib > KEYFILE_KIB_MAX)
		abort();
	memcpy(lock.salt, f->salt, sizeof lock.salt);
	if (!keyfile_fits(f, &lock) || keyfile_unlock(f, &lock, &e) == 0 || !sodium_is_zero(f->seed, sizeof f->seed))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keyfile f;
	struct err e = {0};

	if (sodium_init() == -1)
		abort();
	if (keyfile_parse((struct span){ (const char *)data, size }, &f, &e) == -1)
		return 0;
	if (f.locked)
		check_locked(&f);
	else
		check_plain(&f);
	return 0;
}
