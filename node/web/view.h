/* SPDX-License-Identifier: AGPL-3.0-or-later
 * view.h - what each page shows.  Handlers fill these, templates only read them.
 *
 * Strings are never NULL unless said; they live in the request's arena or are literals.  An href is
 * a whole address for an attribute, the language already in it.
 */
#ifndef NODE_WEB_VIEW_H
#define NODE_WEB_VIEW_H

#include <stddef.h>

#include "node/web/md.h"
#include "node/web/qr.h"
#include "text.h"

struct alternate {
	const char *tag, *name, *href;
	int current;
};

/* A page's content in a form that other software reads. */
struct form_link {
	const char *href, *label, *type;
	int in_head;			/* programs look for it there */
};

/* What can be taken along from a page: tmpl/leave.html.  Zero: nothing. */
struct leave {
	const struct form_link *form;
	size_t form_count;
	const char *booklet, *poster, *code;	/* addresses, or NULL: the list on paper, the record on paper, its QR code */
	const char *address;		/* of the record, whole, as its QR code says it; NULL: none */
	struct qr qr;
	const char *data;		/* schema.org JSON-LD of the record, or NULL */
};

/* What surrounds every page. */
struct frame {
	enum lang lang;
	const char *title;		/* of the page */
	const char *site;		/* the node's name */
	const char *description;	/* "" for none */
	const char *accent, *logo;	/* addresses of the site's own colours and logo; "": none */
	const char *section;		/* key of the navigation's entry this page belongs to, or "" */
	const char *canonical;		/* absolute address, or "" when the node does not know its own */
	const char *q, *amp;		/* "?lang=en" and "&lang=en" where links must carry the language, or "" */
	const char *sticky;		/* "en" for the hidden field of a GET form, or NULL */
	struct alternate alternate[LANG__COUNT];
	const char *message;		/* a notice above the page, or NULL */
	const char *unready;		/* the site does not call itself public yet: why; NULL */
	const char *csrf;		/* in each of the operator's forms; NULL for visitors */
	int hidden;			/* search engines are asked not to keep it */
	const char *bare;		/* within another site's page: the address of the whole; else NULL */
	int map;			/* 1: it has a drawing; 2: one to drag, which is also scripted */
	int paper;			/* made for print: tmpl/booklet.html, tmpl/poster.html */
	const char *type;		/* of the page in OpenGraph's words */
	struct leave leave;
};

struct link {
	const char *href, *text;
	const char *lang;		/* of the text when it differs from the page's, or NULL */
	const char *note;		/* beside it, "" for none */
	int current, outside;
	long long count;
};

struct links {
	const struct link *at;
	size_t count;
};

/* One record in a list. */
struct card {
	const char *href, *title, *lang;	/* lang: NULL when the page's own */
	const char *kind, *kind_label;
	const char *summary, *where, *when, *status, *distance;
	const char *author, *author_href;
	struct links chip;		/* axes, access, terms */
	struct links source;		/* who tells of it, when that is more than one */
	int example, lapsed, cancelled;
	const char *edit, *erase, *confirm;	/* the operator's links; NULL elsewhere */
};

struct cards {
	const struct card *at;
	size_t count;
};

/* --- home ------------------------------------------------------------------------------------- */

struct axis {
	const char *key, *label, *hint, *href;
	long long count;
	struct cards card;
};

struct territory_row {
	const char *href, *name, *newest;
	long long total, initiatives;
	int own;
};

struct view_home {
	enum lang lang;
	const struct frame *frame;
	const struct safe_html *text;		/* the operator's words, or NULL */
	const char *territory, *territory_href, *territory_summary;	/* territory NULL: none */
	long long total, territories;
	struct cards newest, emerging, event, offer, need;
	const struct axis *axis;
	size_t axis_count;
	const struct territory_row *row;
	size_t row_count;
	const char *contact;
};

/* --- catalogue -------------------------------------------------------------------------------- */

struct facet {
	const char *name, *label;
	struct links value;		/* current: chosen; href adds or removes it */
	size_t first;			/* so many before the rest is folded away */
	int open;			/* shown unfolded */
};

struct hidden {
	const char *name, *value;
};

struct option {
	const char *value, *label;
	int chosen;
};

struct options {
	const struct option *at;
	size_t count;
};

struct view_catalogue {
	enum lang lang;
	const struct frame *frame;
	const char *heading, *q, *near, *within;
	const char *path;		/* where the search form leads */
	const char *other;		/* the same on a map, or there as a list */
	struct options sort, radius, kind;
	const struct hidden *hidden;	/* filters that the search form keeps */
	size_t hidden_count;
	struct links chip;		/* filters in force; href removes one */
	const char *reset;		/* address without any filter */
	const struct facet *facet;
	size_t facet_count;
	struct cards card;
	long long total, page, pages;
	int cut, loose, filtered;
	const char *place;		/* what is to be said of the place asked for, or NULL */
	struct links together;		/* ways to put together what tells of one thing; none: nothing does */
	struct links same;		/* other communes of that name */
	const char *page_text, *previous, *next;	/* NULL: none */
	const char *meant, *meant_href;	/* the words as the records spell them; NULL: nothing to propose */
	long long meant_count;
	struct links wider;		/* the same question asked more widely, with what it finds */
};

/* --- map -------------------------------------------------------------------------------------- */

/* One marker: a record, or several that lie together. */
struct mark {
	size_t number;			/* in the list beside the map, from 1 */
	int group;
	const char *href, *name;	/* name: what it says to whoever does not see it */
	const char *title, *lang;	/* in the list */
	const char *text;		/* in the marker */
	const char *x, *y;		/* its foot or middle, on the drawing */
	const char *at, *box;		/* "lat,lon"; "west,south,east,north" that a click leads to, or NULL */
	const char *kind, *kind_label, *where;
	long long count, rest;		/* rest: of the count, not among the links */
	struct links record;
	const char *more;		/* all of them, as a list */
	int stays;			/* a group that no nearer view takes apart */
};

struct map_label {
	const char *x, *y, *text, *anchor;
	int minor;			/* left out where there is little room */
};

struct map_line {
	const char *d;
};

/* A map drawn as SVG. */
struct map {
	const char *w, *h;		/* of the drawing */
	const char *box;		/* what it shows */
	const char *land, *border, *graticule;	/* path data */
	const struct mark *mark;
	size_t marks;
	const struct map_label *label;
	size_t labels;
	const char *scale, *scale_path;	/* "20 km" and its bar */
	const char *scale_x, *scale_y;
};

struct view_map {
	enum lang lang;
	const struct frame *frame;
	const struct view_catalogue *list;
	const struct map *map;
	const char *in, *out, *north, *south, *west, *east;	/* addresses; NULL: no further */
	const char *all, *own;		/* all matches, this territory's; NULL: shown already, or none */
	long long inside, outside, nowhere;	/* records on the map, beside it, without a position */
	const char *tiles, *tiles_by;	/* of the operator's tile server, or NULL */
};

/* --- one record ------------------------------------------------------------------------------- */

/* One field as printed: prose, or a list of values. */
struct row {
	const char *name, *label;
	const struct safe_html *prose;	/* or NULL */
	struct links value;
	int flat;			/* short values: on one line */
};

struct rows {
	const struct row *at;
	size_t count;
};

struct group {
	const char *label;
	struct cards card;
	struct links link;
};

struct view_item {
	enum lang lang;
	const struct frame *frame;
	const char *title, *summary, *content_lang;	/* content_lang NULL: the page's */
	const char *kind, *kind_label, *kind_note;
	const char *when, *where, *status;
	struct links chip;
	struct rows prose;
	struct rows fact, more;		/* what one needs to go there; what else there is to know */
	const struct group *group;
	size_t group_count;
	struct cards opposite;		/* what is offered or looked for nearby */
	const char *opposite_label;
	struct links act;		/* what else one can do with it: take it up, see its lineage… */
	struct rows backing;		/* who says what they are to it, by role */
	long long voices;		/* different authors among them, its own left out */
	const char *over;		/* an offer or need past its last day: that day; NULL */
	const char *author, *author_href, *provenance, *updated, *license, *license_href;
	const struct map *map;		/* where it is, or NULL */
	const char *map_x, *map_y, *map_href;
	const char *source, *source_href, *source_seen;	/* where it was taken from; NULL: written here, or not known */
	int source_gone;		/* it is no longer there */
	const char *report;		/* mailto: or web address of the publishing node, or NULL */
	const char *edit;		/* address of the form, for the operator who is logged in; NULL */
	int example, lapsed;
	const char *stale;		/* nobody stood by it for a year: since this day; NULL */
};

/* Like sections, but in one column of a page. */
struct groups {
	const struct group *at;
	size_t count;
};

struct view_reciprocity {
	enum lang lang;
	const struct frame *frame;
	const char *name, *href;
	struct groups gives, seeks, meets;
	struct links with;
	int cut;			/* there is more than is shown */
};

struct upkeep_stale {
	const char *ref, *title, *kind, *since, *href;
};

struct upkeep_peer {
	const char *name, *state, *when;	/* when NULL: not asked yet */
};

struct upkeep_erased {
	const char *ref, *kind, *when, *reach;
	const struct upkeep_peer *peer;
	size_t peer_count;
};

struct view_upkeep {
	enum lang lang;
	const struct frame *frame;
	const char *clock, *typed, *error;	/* error NULL: none */
	int clock_fine;
	const struct upkeep_stale *stale;
	size_t stale_count;
	const struct upkeep_erased *erased;
	size_t erased_count;
};

struct view_adopt {
	enum lang lang;
	const struct frame *frame;
	const char *title, *href, *author, *path, *lineage;	/* path: the operator's form */
};

struct lineage_item {
	const char *title, *lang, *href;	/* href NULL: not here any more */
	const char *author, *author_href, *where, *when;
	int dated;			/* when is the day it began, else that of the last change */
	const struct safe_html *changed;	/* what it made different, or NULL */
	int current, more;
	int opens, closes;		/* lists that begin, or end, behind it */
};

struct view_lineage {
	enum lang lang;
	const struct frame *frame;
	const char *title, *href, *adopt;
	const struct lineage_item *item;
	size_t count;
	int away, older;		/* the first origin is not here; is further back */
};

struct view_provenance {
	enum lang lang;
	const struct frame *frame;
	const char *title, *href, *author, *did, *ref, *id, *method, *signature;
	const char *created, *updated, *expires, *received, *peer;	/* peer NULL: written here */
	const char *json, *json_href;
	int holds;
};

/* --- lists ------------------------------------------------------------------------------------ */

struct view_offers {
	enum lang lang;
	const struct frame *frame;
	struct cards offer, need;
	const char *offers_href, *needs_href;
	struct links type;
	long long offers, needs;
};

struct month {
	const char *name;
	struct cards card;
};

struct agenda_entry {
	const char *href, *title, *lang;
	const char *time, *where;	/* time: its hour, or that it goes on; "" for none */
	int cancelled;
};

/* One day of a month's sheet; number 0: not of this month. */
struct agenda_day {
	long long number;
	const char *name, *href;	/* href NULL: nothing that day */
	int today;
	const struct agenda_entry *entry;
	size_t count;
	long long rest;			/* more than are shown */
};

struct view_agenda {
	enum lang lang;
	const struct frame *frame;
	const char *heading;		/* of one month or day; NULL: the list */
	const char *as_list, *as_sheet, *ics;
	const struct month *month;	/* the list */
	size_t month_count;
	int past;
	const struct agenda_day *day;	/* the sheet, whole weeks; days 0: none */
	size_t days;
	int none;			/* nothing in that month */
	const char *weekday[7];
	const char *before, *before_name, *after, *after_name, *now;	/* NULL: no such month, or this one */
	struct cards card;		/* one day */
	const char *around;		/* its month, or NULL */
};

struct view_library {
	enum lang lang;
	const struct frame *frame;
	const struct axis *axis;
	size_t axis_count;
	struct cards newest;
};

struct theme_group {
	const char *label, *href;	/* href: all of it, in the catalogue */
	struct cards card;
	long long count;
};

/* An axis or a practice. */
struct view_theme {
	enum lang lang;
	const struct frame *frame;
	const char *key;		/* of an axis, which has a colour; "" */
	const char *over, *title, *hint, *catalogue, *map;
	struct links above, below;	/* in the tree of practices */
	long long total;
	const struct theme_group *group;
	size_t group_count;
};

struct view_territories {
	enum lang lang;
	const struct frame *frame;
	const struct territory_row *row;
	size_t row_count;
	long long total;
};

struct bar {
	const char *label, *href;
	long long count;
	long long share;		/* of the largest of its chart, in hundredths */
};

struct chart {
	const char *label;
	const struct bar *bar;
	size_t count;
};

struct view_territory {
	enum lang lang;
	const struct frame *frame;
	const char *name, *summary, *content_lang, *page, *catalogue;
	const struct safe_html *description, *charter;
	long long total;
	struct rows fact;
	const struct chart *chart;
	size_t chart_count;
	struct cards newest;
	struct links missing;		/* practices nobody here has told of yet */
	const char *reciprocity;	/* its two sides; NULL when it has not presented itself */
};

struct peer_row {
	const char *name, *url, *last, *state, *error;	/* error NULL: none */
	const char *why_here, *why_there;	/* reasons of the refusals, with their numbers */
	const char *compared, *clock, *software;	/* NULL: nothing to tell */
	long long pulled, pushed, refused_here, refused_there;
	long long outside_here, outside_there;	/* outside what we, what they keep */
	int fine, chosen;
	int promoted;			/* listened to as few were chosen */
};

struct view_network {
	enum lang lang;
	const struct frame *frame;
	const struct peer_row *peer;
	size_t peer_count;
	long long records, authors, held, unresolved;
	int silent;			/* there are neighbours, and none answers */
	const char *name, *since;
	const char *scope;	/* what the node keeps to, in words; NULL: it keeps everything */
	const char *const *contradicted;	/* names of authors whose root named two next ones */
	size_t contradicted_count;
	struct rows vouch;		/* who vouches for whom */
};

struct view_about {
	enum lang lang;
	const struct frame *frame;
	const char *contact, *url;
	const char *scope;	/* what the node keeps to, in words; NULL: it keeps everything */
	const struct safe_html *notice;	/* the operator's legal notice, or NULL */
};

/* One form in which everything can be taken along. */
struct export_way {
	const char *anchor, *name, *what;
	const char *loses;		/* what it leaves out, or that it leaves out nothing */
	const char *const *address;	/* paths, or commands */
	size_t count;
};

struct view_exports {
	enum lang lang;
	const struct frame *frame;
	const char *url;		/* of the site */
	const struct export_way *way;
	size_t count;
};

struct view_error {
	enum lang lang;
	const struct frame *frame;
	int status, login;
	const char *heading, *text, *detail;	/* detail "" for none */
};

/* --- on paper --------------------------------------------------------------------------------- */

/* A record as a directory prints it: enough to go there, to call, to take part. */
struct entry {
	long long number;
	const struct card *card;
	const char *when;
	const struct safe_html *take_part;	/* or NULL */
	struct rows fact;
	struct qr qr;			/* its address; path NULL: too long for one */
};

struct chapter {
	const char *label;
	const struct entry *entry;
	size_t count;
	long long first, last;		/* numbers of its entries */
};

/* One word of an index, and the entries it leads to. */
struct index_line {
	const char *label;
	const long long *number;
	size_t count;
};

struct paper_index {
	const struct index_line *line;
	size_t count;
};

struct view_booklet {
	enum lang lang;
	const struct frame *frame;
	const char *title, *printed, *address, *back;
	struct links about;		/* what the list was narrowed to */
	const struct chapter *chapter;
	size_t chapter_count;
	struct paper_index commune, practice;
	struct links licence;
	struct qr qr;			/* of the same list on the web */
	long long count, total;		/* entries here, and in the whole list */
};

struct view_poster {
	enum lang lang;
	const struct frame *frame;
	const char *title, *content_lang, *kind, *kind_label, *summary, *when, *where, *author, *back, *address, *host;
	const struct safe_html *way, *text;	/* how to take part, what it is; or NULL */
	const char *way_label;
	struct rows fact;
	struct qr qr;
	int size;			/* of the title: 0 short … 2 long */
	int example, cancelled;
};

/* --- the operator ----------------------------------------------------------------------------- */

struct view_welcome {
	enum lang lang;
	const struct frame *frame;
	const char *href;
};

struct view_desk {
	enum lang lang;
	const struct frame *frame;
	const char *q, *kind_name, *author_did;		/* what the search form keeps */
	const char *signed_as, *profile;		/* the author's name, and the form of its own page */
	struct links kind, author, add;
	struct cards card, stale, taken;	/* taken: what others made of this author's initiatives */
	long long total, shown;
	const char *previous, *next;
};

enum shape { SHAPE_TEXT, SHAPE_AREA, SHAPE_SELECT, SHAPE_CHECKS, SHAPE_TREE };

/* One branch of a tree of checks: a broader term and those under it. */
struct branch {
	struct option top;
	struct options under;
	int open;
};

/* A field of a form. */
struct input {
	const char *name, *label, *hint;	/* hint "" for none */
	enum shape shape;
	const char *type, *mode, *autocomplete;	/* of an <input>; the last two "" for none */
	const char *value;		/* TEXT, AREA */
	const char *error;		/* NULL: none */
	const char *paste;		/* references: what was pasted; NULL: no such box */
	struct options option;		/* SELECT, CHECKS */
	const struct branch *branch;	/* TREE */
	size_t branch_count;
	long long max;			/* characters; 0: not said */
	int required, rows;
};

struct inputs {
	const struct input *at;
	size_t count;
};

struct section {
	const char *label;
	struct inputs input;
	int open;
};

struct view_form {
	enum lang lang;
	const struct frame *frame;
	const char *heading, *action, *kind, *cancel, *erase;	/* erase NULL: a new record */
	const struct section *section;
	size_t section_count;
	struct links fault;		/* href "#id": what is to be corrected */
	const char *refusal;		/* the whole was refused for this reason, or NULL */
	const char *revision;		/* of the version being edited, or "" */
	const char *advice;		/* above the form, or NULL */
};

struct view_erase {
	enum lang lang;
	const struct frame *frame;
	const char *title, *action, *back;
};

struct view_peers {
	enum lang lang;
	const struct frame *frame;
	const struct peer_row *peer;
	size_t peer_count;
	const char *url, *error;	/* as typed; error NULL: none */
	const char *met_name, *met_territory, *met_did;	/* met_name NULL: nobody met yet */
	const char *met_fingerprint, *met_software;
	const struct safe_html *met_charter;	/* or NULL */
	struct qr met_qr;
	struct links met_vouchers;	/* who vouches for it, as far as is known here */
	int silent;			/* there are neighbours, and none answers */
};

struct source_row {
	const char *url, *name, *state, *last, *next, *why;	/* why NULL: nothing to say */
	const char *differences_href;
	long long items, fresh, changed, refused, removed;
	long long asked;		/* records that would vanish; 0: no question */
	long long differences;		/* records changed on both sides */
	int fine, paused;
};

struct view_sources {
	enum lang lang;
	const struct frame *frame;
	const struct source_row *row;
	size_t row_count;
	struct links author, kind;	/* to choose from; href is the value */
	const char *url, *name, *error;	/* as typed; error NULL: none */
};

struct diff_field {
	const char *name, *label;
	const char *ours, *theirs;	/* NULL: not there */
};

struct diff_row {
	const char *item, *title, *href, *since;
	const struct diff_field *field;
	size_t field_count;
};

struct view_differences {
	enum lang lang;
	const struct frame *frame;
	const char *source, *name, *back, *error;	/* error NULL: none */
	const struct diff_row *row;
	size_t row_count;
};

/* One of two records that may tell of one thing. */
struct twin_side {
	const char *ref, *title, *href, *kind, *author;
};

struct twin_field {
	const char *label;
	struct links value[2];
	int differs;
};

struct twin_claim {
	const char *ref, *since;
	struct link a, b;
	int same;
};

struct view_twins {
	enum lang lang;
	const struct frame *frame;
	const char *error;		/* NULL: none */
	long long count, from, score;	/* from: which of the count pairs this is, from 0 */
	struct twin_side side[2];
	struct links reason;
	const struct twin_field *field;
	size_t field_count;
	const struct twin_claim *claim;
	size_t claim_count;
};

struct author_row {
	const char *name, *did, *href, *label;
	long long total;
	int has_root, first;
};

struct view_authors {
	enum lang lang;
	const struct frame *frame;
	const struct author_row *row;
	size_t row_count;
	const char *name, *error;
};

/* --- importing (importing.c) --------------------------------------------------------------------- */

enum import_state { IMPORT_START, IMPORT_WORKING, IMPORT_ASK, IMPORT_DONE };

#define IMPORT_FINDINGS_MAX 16

struct import_count {
	const char *label;
	long long n;
};

struct import_finding {
	const char *label, *text;
};

struct import_line {
	long long row;			/* 0: none in the file */
	const char *result, *field, *why;
	const char *href;		/* the record, or NULL */
};

struct view_import {
	enum lang lang;
	const struct frame *frame;
	enum import_state state;
	const char *error;		/* above the form, or NULL */
	const char *source, *license, *format;
	struct options kind;
	struct import_count count[8];
	size_t count_count;
	struct import_finding finding[IMPORT_FINDINGS_MAX];
	size_t finding_count;
	const struct import_line *line;
	size_t line_count;
	long long more_lines;
	const char *action, *mapping;	/* addresses */
};

#endif
