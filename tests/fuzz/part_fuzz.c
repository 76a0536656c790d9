/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any text as a part: what is taken fits its limits, and each author and kind that it names belongs to it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/part.h"

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
	struct span text = { (const char *)data, size }, rest = text;
	struct part p;
	struct err e;

	if (part_parse(text, &p, &e) == -1)
		return 0;
	must(p.terms > 0 && p.terms <= PART_TERMS_MAX && p.authors <= PART_AUTHORS_MAX && size <= PART_CHARS_MAX);
	must(part_holds(&p, SPAN("did:key:z6Mk"), SPAN("identity")));
	while (rest.len > 0) {
		struct span authors = span_cut(&rest, '.'), kinds = span_cut(&authors, ':');
		struct span author = span_cut(&authors, ','), kind = span_cut(&kinds, ',');
		char did[64];

		snprintf(did, sizeof did, "did:key:z6Mk%.*szz", (int)author.len, author.len == 0 ? "" : author.ptr);
		must(part_holds(&p, span_str(author.len == 0 ? "did:key:z6Mkaaaaaaaazz" : did),
		    kind.len == 0 ? SPAN("offer") : kind));
	}
	return 0;
}
