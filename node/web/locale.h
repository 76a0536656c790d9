/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale.h - which language a visitor reads, and how that language writes labels and dates.
 *
 * The texts themselves are generated from po/ (text.h).  Here are the lookups whose key is known at
 * run time only: the label of a field, a term, a fault.
 */
#ifndef NODE_WEB_LOCALE_H
#define NODE_WEB_LOCALE_H

#include <stdint.h>

#include "node/web/html.h"
#include "proto/buf.h"
#include "text.h"

/* The text whose key is prefix and name joined, hyphens written as underscores ("axis_",
 * "public-actor"), or NULL when there is none in any language. */
const char	*text_find(enum lang lang, const char *prefix, const char *name);
/* The same, the name itself when there is none: for keys of an open vocabulary. */
const char	*text_label(enum lang lang, const char *prefix, const char *name);

/* A text with its {names} replaced, in the arena; the text itself when memory fails. */
const char	*text_make(struct arena *a, const char *text, const struct html_arg *args);

/* LANG__COUNT when we have no texts in that language; "fr-CA" finds fr. */
enum lang	 lang_find(struct span tag);
/* What Accept-Language (NULL: absent) prefers of what we have, else fallback (RFC 9110 12.5.4). */
enum lang	 lang_negotiate(const char *accept, enum lang fallback);

/* "21 novembre 2026" of "2026-11-21…"; "samedi 21 novembre 2026, 14 h 30" of "2026-11-21T14:30".
 * What is no date comes back as it is. */
const char	*date_long(struct arena *a, enum lang lang, const char *date);
const char	*date_event(struct arena *a, enum lang lang, const char *datetime);
/* "14 h 30" of "14:30". */
const char	*date_time(struct arena *a, enum lang lang, const char *time);
/* "novembre 2026" of "2026-11…". */
const char	*date_month(struct arena *a, enum lang lang, const char *date);
/* The day a moment falls on in France (Europe/Paris by rule, whatever the machine's zone), "YYYY-MM-DD". */
void		 date_of(int64_t unix_s, char out[11]);
/* "aujourd’hui", "il y a 3 jours", and beyond a month the date itself. */
const char	*date_ago(struct arena *a, enum lang lang, int64_t then_s, int64_t now_s);
/* 0 = Monday. */
int		 date_weekday(int year, int month, int day);
/* Days since 1970-01-01 of "YYYY-MM-DD…", -1 for what is no date or earlier; and back. */
int64_t		 date_days(const char *date);
void		 date_civil(int64_t days, int *year, int *month, int *day);
void		 date_print(int64_t days, char out[11]);
/* "1,2 km", "800 m"; "" for a negative distance. */
const char	*distance_text(struct arena *a, enum lang lang, int64_t metres);

#endif
