/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vocab.h - the closed and open vocabularies of content (SPEC: Vocabularies).
 *
 * A vocabulary is a table of terms; a term is a key that is part of the protocol.
 * Labels are not here: the interface translates "VOCABULARY_KEY".  A vocabulary is
 * open when a record may also use keys that this version does not know: the
 * practices (territories add their own) and what newer software may bring.
 */
#ifndef PROTO_VOCAB_H
#define PROTO_VOCAB_H

#include <stddef.h>

#include "proto/buf.h"

enum vocab_name {
	VOCAB_AXIS,
	VOCAB_PRACTICE,
	VOCAB_ACCESS,
	VOCAB_LEGAL_FORM,
	VOCAB_STATUS,
	VOCAB_MEANS,
	VOCAB_EXCHANGE_TERMS,
	VOCAB_ITEM_TYPE,
	VOCAB_DOCUMENT_TYPE,
	VOCAB_RESOURCE_TYPE,
	VOCAB_ROLE,
	VOCAB_EVENT_STATUS,
	VOCAB_ATTENDANCE,
	VOCAB_SAME,
	VOCAB__COUNT
};

struct term {
	const char *key;
	const char *parent;	/* the key of the broader term, or NULL: vocabularies are trees of depth two */
};

struct vocab {
	const char *name;	/* as in the interface's label keys and in SPEC */
	int open;		/* other keys of the form [a-z0-9-]{1,48} are valid too */
	const struct term *term;
	size_t count;
};

const struct vocab	*vocab_get(enum vocab_name name);
const struct term	*vocab_find(enum vocab_name name, struct span key);	/* NULL when unknown */
/* Is key allowed in a record: known, or well-formed in an open vocabulary? */
int			 vocab_allows(enum vocab_name name, struct span key);
/* Position in the table (stable within one version, never on the wire), or -1. */
int			 vocab_index(enum vocab_name name, struct span key);

#endif
