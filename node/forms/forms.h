/* SPDX-License-Identifier: AGPL-3.0-or-later
 * forms.h - lists of records in the forms other software reads: CSV, GeoJSON, JSON-LD, Atom, iCalendar,
 * GoGoCarto, Murmurations, and the signed lines themselves.
 *
 * A form is a row of a table with three functions: begin, one record, end.  They
 * append to a buffer; nothing is parsed into a tree.  The same functions serve the
 * pages' exports and the command line's.
 */
#ifndef NODE_FORMS_FORMS_H
#define NODE_FORMS_FORMS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/kind.h"
#include "proto/record.h"

struct forming;

struct form {
	const char *name;	/* the ending: "csv" */
	const char *type;	/* media type */
	const char *label;	/* as shown to people */
	uint32_t kinds;		/* bits 1 << KIND_x that it can hold; 0: every kind of content */
	int (*begin)(struct forming *f, struct err *e);
	int (*row)(struct forming *f, const struct record *r, struct err *e);	/* 1: passed over */
	int (*end)(struct forming *f, struct err *e);
};

extern const struct form form_table[];
extern const size_t form_count;

const struct form *form_find(const char *name);		/* NULL */

/* What is being written.  Texts are borrowed. */
struct forming {
	const struct form *form;
	struct buf *out;
	const char *title;	/* of the list */
	const char *base;	/* absolute address of the node without a slash at the end, or "" */
	const char *self;	/* path and query of this list */
	const char *publisher;	/* name of the node */
	uint32_t kinds;		/* that may come: CSV's columns; 0: all of content */
	int64_t now_s;
	int single;		/* GoGoCarto, Murmurations: one thing, not a list of one */
	size_t count;		/* records written so far */
	char licence[65];	/* private: the one of all records so far, or "" */
	struct buf scratch;	/* private; form_end gives it back */
};

int	form_begin(struct forming *f, struct err *e);
/* Tombstones and records that the form cannot hold are passed over: 0 too. */
int	form_row(struct forming *f, const struct record *r, struct err *e);
int	form_end(struct forming *f, struct err *e);
void	form_clear(struct forming *f);	/* after a failure */

/* --- for the files of this folder ------------------------------------------------------------ */

/* The text of a string member of the content, decoded into f->scratch: 1 there, 0 not (or no string). */
int	form_text(struct forming *f, const struct record *r, const char *field);
/* Address of the record's page: base + "/i/did/kind/rid". */
int	form_page(struct forming *f, const struct record *r, struct err *e);
/* "47.8212000" of a member in 1e-7 degrees; 0 when it is not there. */
int	form_degrees(const struct record *r, const char *field, char out[16]);
/* Add s as a JSON string, quotes included. */
int	form_json_string(struct buf *out, const char *s, struct err *e);

/* gogocarto.c: the number by which GoGoCarto knows a term, the same on every node, and what it is called. */
uint32_t	gogo_option(enum vocab_name vocab, struct span key);
const char	*gogo_label(enum vocab_name vocab, const char *key);

/* csv.c, geojson.c, jsonld.c, atom.c, ical.c, gogocarto.c, murmurations.c */
int	csv_begin(struct forming *f, struct err *e);
int	csv_row(struct forming *f, const struct record *r, struct err *e);
int	geojson_begin(struct forming *f, struct err *e);
int	geojson_row(struct forming *f, const struct record *r, struct err *e);
int	geojson_end(struct forming *f, struct err *e);
int	jsonld_begin(struct forming *f, struct err *e);
int	jsonld_row(struct forming *f, const struct record *r, struct err *e);
int	jsonld_end(struct forming *f, struct err *e);
int	atom_begin(struct forming *f, struct err *e);
int	atom_row(struct forming *f, const struct record *r, struct err *e);
int	atom_end(struct forming *f, struct err *e);
int	ical_begin(struct forming *f, struct err *e);
int	ical_row(struct forming *f, const struct record *r, struct err *e);
int	ical_end(struct forming *f, struct err *e);
int	gogo_begin(struct forming *f, struct err *e);
int	gogofull_row(struct forming *f, const struct record *r, struct err *e);
int	gogocompact_row(struct forming *f, const struct record *r, struct err *e);
int	gogosync_row(struct forming *f, const struct record *r, struct err *e);
int	gogo_end(struct forming *f, struct err *e);
int	murmurations_line(struct forming *f, const struct record *r, struct err *e);
int	murmurations_begin(struct forming *f, struct err *e);
int	murmurations_row(struct forming *f, const struct record *r, struct err *e);
int	murmurations_end(struct forming *f, struct err *e);

#endif
