/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.h - reads other directories' files as items, and maps items to records' contents.
 *
 * A format is a row of a table: it recognises a file by its first bytes and turns it into items, named text
 * values with perhaps a position.  What the names and values mean is the same for every
 * format: alias.c, mapping.c and map.c.  Files are read as a stream, one item in memory at a time.
 *
 * To add a format: a file with its two functions, their prototypes below, a row in input.c.  draft.h builds
 * items; json.h cuts JSON files into values.
 */
#ifndef TOOLS_IMPORT_IMPORT_H
#define TOOLS_IMPORT_IMPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "proto/buf.h"
#include "proto/kind.h"

struct err;
struct labels;

#define IMPORT_CELLS_MAX	400
#define IMPORT_ITEM_BYTES_MAX	((size_t)1 << 20)
#define IMPORT_FILE_BYTES_MAX	((size_t)64 << 20)	/* of a file that can only be read whole */
#define IMPORT_HEAD_BYTES	8192	/* looked at to recognise a format */
#define IMPORT_NAME_CHARS_MAX	128	/* of a column's name */
#define IMPORT_NOTES_MAX	8	/* remarks on one item */

/* --- reading ----------------------------------------------------------------------------------- */

/* A file of which the beginning was looked at. */
struct import_input {
	FILE *file;		/* borrowed */
	const char *name;	/* of the file or its address, borrowed; "" when it has none */
	const struct labels *labels;	/* what keys of lists mean (labels.h), borrowed; NULL: nobody says */
	char head[IMPORT_HEAD_BYTES];
	size_t head_len, head_used;
	off_t after_head;		/* where the file goes on; -1: it can be read only once */
};

int	import_input_init(struct import_input *in, FILE *file, const char *name, struct err *e);
struct span import_input_head(const struct import_input *in);
/* The same without a UTF-8 byte order mark and leading white space: what formats of text look at. */
struct span import_input_text(const struct import_input *in);
int	import_input_is_named(const struct import_input *in, const char *ending);	/* ".ics", any case */
/* Up to room bytes; 0 at the end, -1 with e. */
long	import_input_read(struct import_input *in, char *out, size_t room, struct err *e);
/* Back to the beginning: 1, or 0 when it can be read only once. */
int	import_input_rewind(struct import_input *in);
/* All that is left, for formats that cannot be streamed; ERR_LIMIT past out's maximum. */
int	import_input_all(struct import_input *in, struct buf *out, struct err *e);

int	import_is_utf8(struct span text);

struct import_cell {
	const char *name;	/* as in the file, UTF-8; members of members as "address.city" */
	struct span value;	/* UTF-8 */
	int whole;		/* one of a list's values, given as cells of one name: separators in it are text */
};

struct import_item {
	size_t row;		/* as its reader would count: of a table the header is 1; only rises */
	const struct import_cell *cell;
	size_t count;
	const char *wrong;	/* what is wrong with the item as a whole, or NULL */
	int has_position;	/* the format itself says where */
	double lat, lon;	/* degrees */

	/* what the format itself knows; zero when it does not, or when a cell says it */
	struct span id;		/* the source's identifier */
	struct span licence;	/* as declared: an SPDX identifier, an address or words; of the file counts too */
	int64_t updated;	/* Unix seconds: last changed at the source */
	enum kind kind;		/* KIND_UNKNOWN: the mapping says */
	int deleted;		/* the source says that it is no more; needs id, nothing else */
};

/* 0 to go on, -1 to stop with e. */
typedef int import_item_fn(void *ctx, const struct import_item *item, struct err *e);

/* How sure a format is that a file is its own; the surest reads it. */
enum { SURE_NOT = 0, SURE_PERHAPS = 10, SURE_LIKELY = 50, SURE_YES = 100 };

struct import_format {
	const char *name;
	const char *summary;
	int (*recognise)(const struct import_input *in);	/* SURE_… */
	int (*read)(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
	const char *mapping;	/* what alias.c could not know, as a mapping file (README.md); NULL: nothing */
	const char *since, *since_path;	/* the parameter by which an address with this path is asked only for what
				 * changed since a time (Unix seconds); NULL: none is */
	int latest;		/* its files hold only what is new: what is not in one has not vanished */
};

extern const struct import_format	import_format[];
extern const size_t			import_format_count;

const struct import_format *import_format_find(const char *name);	/* NULL when there is none */
/* By the first bytes and the name; ERR_INPUT says what the file seems to be instead and what to do. */
int	import_format_guess(const struct import_input *in, const struct import_format **out, struct err *e);
/* The one of that name, or as guessed when name is NULL. */
int	import_choose(const char *name, const struct import_input *in, const struct import_format **out, struct err *e);

int	csv_recognise(const struct import_input *in);
int	xlsx_recognise(const struct import_input *in);
int	xlsx_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	ods_recognise(const struct import_input *in);
int	ods_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	mednum_recognise(const struct import_input *in);	/* a CSV of known columns */
extern const char mednum_mapping[];
int	csv_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	geojson_recognise(const struct import_input *in);
int	geojson_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	gogocarto_recognise(const struct import_input *in);
int	gogocarto_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	ical_recognise(const struct import_input *in);
int	ical_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	jsonld_recognise(const struct import_input *in);
int	jsonld_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	murmurations_recognise(const struct import_input *in);
int	murmurations_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	openfairdb_recognise(const struct import_input *in);
int	openfairdb_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	rss_recognise(const struct import_input *in);
int	rss_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	semapps_recognise(const struct import_input *in);
int	semapps_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);
int	yeswiki_recognise(const struct import_input *in);
int	yeswiki_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e);

/* --- what names and words mean (alias.c) ----------------------------------------------------------- */

/* A text folded for comparison: lower case without accents, words joined by "_"; with singular the -s and
 * -x of plurals dropped as well.  Always terminated; cut when too long. */
void	import_fold(struct span text, int singular, char *out, size_t size);

/* The field a column feeds: a field's name, one of the marks below, or NULL when nobody knows it.
 * name is folded; a kind's own field names come before aliases. */
const char *alias_field(enum kind kind, const char *name);

#define MARK_ID		"@id"
#define MARK_KIND	"@kind"
#define MARK_LAT	"@lat"
#define MARK_LON	"@lon"
#define MARK_LATLON	"@latlon"
#define MARK_NUMBER	"@number"	/* of a house, before the street */
#define MARK_STREET2	"@street2"	/* after it */
#define MARK_CATEGORY	"@category"	/* words of no known vocabulary: each is looked for in all */
#define MARK_LANG	"@lang"
#define MARK_LICENSE	"@license"
#define MARK_OWN	"@own"		/* columns of our own exports that say nothing new */
#define MARK_DROP	"@drop"		/* about accounts and persons: never imported */

/* The key a word means in a vocabulary, in French or English or as the key itself; NULL when unknown. */
const char *alias_term(enum vocab_name vocab, struct span word);
enum kind alias_kind(struct span word);		/* KIND_UNKNOWN when nobody knows it */
/* A row of the tables that can never be met or means nothing, or NULL: for the tests. */
const char *alias_problem(void);

/* --- licences (licence.c) and personal data (scrub.c) ------------------------------------------------------ */

enum licence_verdict {
	LICENCE_NONE,		/* nothing declared */
	LICENCE_OPEN,		/* spdx says which */
	LICENCE_FORBIDS,	/* no commercial use, no changes, or all rights reserved: it cannot be shared here */
	LICENCE_UNKNOWN,	/* words that nobody knows */
};

/* "https://creativecommons.org/licenses/by-sa/3.0/fr/", "Licence Ouverte 2.0", "ODbL", "CC BY-NC". */
enum licence_verdict licence_read(struct span declared, char spdx[65]);

struct scrubbed {
	unsigned emails, phones;
};

/* Append text to out with "[…]" for each e-mail address and French phone number in it, counted in *n. */
int	scrub_text(struct span text, struct buf *out, struct scrubbed *n, struct err *e);

/* --- mapping (map.c) ---------------------------------------------------------------------------------- */

struct rules;

struct mapping {
	enum kind kind;			/* of items that do not say */
	const char *source_name;	/* put into items that name none; or NULL */
	const char *license;		/* of everything, whatever the source declares; or NULL */
	const struct rules *rules, *defaults;	/* the operator's, then the format's; may be NULL */
	int keep_contacts;		/* e-mail addresses and phone numbers stay in texts */
	/* What is met, for reports; each may be NULL.  field NULL: nobody knows the column; MARK_DROP: left out. */
	void (*column)(void *ctx, const char *column, const char *field, struct span value);
	void (*category)(void *ctx, struct span word);	/* a word that means nothing here */
	void (*licence)(void *ctx, struct span declared, enum licence_verdict verdict);
	void *ctx;
};

/* One item as the node takes it. */
struct mapped {
	struct buf id;		/* the source's identifier, or made of name and place */
	struct buf content;	/* canonical JSON */
	char lang[36], license[65];	/* "" when the item does not say */
	enum kind kind;
	const char *field, *why;	/* why it cannot be a record; why NULL: it can */
	struct {
		const char *field;
		char text[200];		/* English, for the operator */
	} note[IMPORT_NOTES_MAX];
	size_t note_count;
	int id_made;		/* the source gave none */
	int deleted;		/* the source says it is no more: only id and kind */
	int64_t updated;	/* at the source; 0 unknown */
	struct scrubbed scrubbed;	/* taken out of texts */
	int has_position;
	int32_t lat_e7, lon_e7;
};

#define MAPPED_INIT { .id = BUF_INIT(1000), .content = BUF_INIT(64 * 1024) }

/* -1 only when memory ends; a bad item is told in out->why. */
int	import_map(const struct mapping *m, const struct import_item *item, struct mapped *out, struct err *e);
void	mapped_reset(struct mapped *out);	/* for the next item; keeps the memory */
void	mapped_clear(struct mapped *out);

/* Numbers and dates as people write them. */
int	import_number(struct span text, double *out);	/* decimal point or comma; 1 when it is one */
/* "48.5,-2.7", "48,5;-2,7", "48.5|-2.7", "POINT(-2.7 48.5)": 1 and latitude, longitude. */
int	import_position(struct span text, double *lat, double *lon);
/* "21/06/2021", "2021-06-21T19:33:00+02:00", "21/06/2021 à 19:33": "YYYY-MM-DD" and perhaps "hh:mm". */
int	import_date(struct span text, char date[11], char time[6]);
/* The same as a moment, with its zone ("Z", "+02:00"; none: UTC): 1 and Unix seconds. */
int	import_moment(struct span text, int64_t *out);

#endif
