/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kind.h - the kinds of record, as data (SPEC: Kinds).
 *
 * A kind is a row: its name, what it is for, its fields.  A field is a row: its
 * name, type, bounds and vocabulary.  The checker of content, the operator's
 * forms, the importers' columns, the exports and the tables in SPEC.md are all
 * read from here, so that a new field is one line.
 *
 * Content is flat: every field is a member of the record's "content" object.
 * Unknown members are kept, not shown.  Content rules decide what is shown and
 * what this node itself signs, never what is stored or relayed (SPEC: Validity).
 */
#ifndef PROTO_KIND_H
#define PROTO_KIND_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/vocab.h"

struct err;

enum kind {
	KIND_UNKNOWN,	/* a newer kind: stored and relayed when its author is admitted, not shown */
	/* what the network itself needs */
	KIND_IDENTITY, KIND_NODE, KIND_TERRITORY, KIND_VOUCH, KIND_RETIRE,
	/* what people publish */
	KIND_INITIATIVE, KIND_ORGANISATION, KIND_PLACE, KIND_OFFER, KIND_NEED, KIND_EVENT,
	KIND_DOCUMENT, KIND_SYNTHESIS, KIND_QUESTION, KIND_RESOURCE, KIND_PRACTICE,
	/* what relates records */
	KIND_EXCHANGE, KIND_ENDORSEMENT, KIND_SAME,
	KIND__COUNT
};

enum kind_flag {
	KIND_NETWORK	= 1,	/* small fixed cap per author, outside the quota */
	KIND_CONTENT	= 2,	/* for people: has lang and license, is searched and listed */
	KIND_RELATION	= 4,	/* says something about other records; no free text about people */
	KIND_SELF	= 8,	/* its rid is "self": one per author */
	KIND_FORM	= 16,	/* the operator may write it by form or import */
	KIND_NO_TOMBSTONE = 32,
};

/* Types of field.  JSON forms: text, url… are strings; INT, GEO, TIME are integers; BOOL is true or
 * false; the plural ones are arrays without repetition. */
enum field_type {
	FIELD_TEXT,	/* one line */
	FIELD_MARKDOWN,	/* several lines, CommonMark */
	FIELD_URL,	/* absolute http or https */
	FIELD_URLS,
	FIELD_EMAIL,
	FIELD_PHONE,
	FIELD_DATE,	/* "YYYY-MM-DD" */
	FIELD_DATETIME,	/* "YYYY-MM-DDThh:mm", local time at the place */
	FIELD_TIME,	/* Unix seconds */
	FIELD_INT,	/* min..max */
	FIELD_GEO,	/* degrees times 10^7 */
	FIELD_BOOL,
	FIELD_TERM,	/* one key of the vocabulary */
	FIELD_TERMS,
	FIELD_WORDS,	/* short free labels */
	FIELD_REF,	/* "did:key:z6Mk.../kind/rid" */
	FIELD_REFS,
	FIELD_DID,
	FIELD_INSEE,	/* a commune's code, "29188", "2A004" */
	FIELD_AREAS,	/* INSEE codes of communes, departements, or EPCI (SIREN) */
	FIELD_HASH,	/* SHA-256, base64url without padding: 43 characters */
	FIELD_RAW,	/* structure checked elsewhere (identity) */
	FIELD__COUNT
};

enum field_flag {
	FIELD_REQUIRED	= 1,
	FIELD_CARD	= 2,	/* shown on list cards and in suggestions */
	FIELD_SEARCHED	= 4,	/* its words are indexed */
	FIELD_HIDDEN	= 8,	/* written by software, not offered in forms */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t min, max;		/* INT: the value; else characters (Unicode) or, for plurals, items */
	enum vocab_name vocab;		/* TERM, TERMS */
	uint32_t refs;			/* REF, REFS: bits 1 << KIND_x that may be referred to; 0 is any */
	const char *after;		/* dates: must not lie before that field */
};

struct kind_info {
	const char *name;
	unsigned flags;
	const struct field *field;
	size_t field_count;
	const char *summary;		/* English, one line: SPEC and help */
	const char *title;		/* the field that names a record of this kind to people, or NULL */
};

const struct kind_info	*kind_info(enum kind k);		/* asserts k is known */
enum kind		 kind_find(struct span name);		/* KIND_UNKNOWN when not ours */
const struct field	*kind_field(enum kind k, struct span name);

/* One fault found in content; several may be reported at once so that a form shows them all. */
struct fault {
	const struct field *field;	/* NULL: about the content as a whole */
	const char *name;		/* the member's name (field->name, or a literal) */
	const char *why;		/* a stable key, e.g. "required", "too-long", "not-a-url": see kind.c */
};

#define FAULTS_MAX 32

struct faults {
	struct fault fault[FAULTS_MAX];
	size_t count;
};

/* Check the content (canonical JSON object) of a live record of kind k against its table and the
 * kind's own rule.  Returns 0 when it may be shown; -1 with e set from the first fault, all of them
 * in *faults when that is not NULL.  An unknown kind has no rules: 0. */
int	kind_check(enum kind k, struct span content, struct faults *faults, struct err *e);

/* The English sentence for a fault's why; interfaces translate by "fault_WHY" instead. */
const char *fault_text(const char *why);

#endif
