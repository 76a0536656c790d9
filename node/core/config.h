/* SPDX-License-Identifier: AGPL-3.0-or-later
 * config.h - what the operator may set, as one table.
 *
 * DIR/essaim.conf is read at start (one list of "key = value" lines, # comments).
 * The sample file, the help of serve and the man page are printed from the table.
 */
#ifndef NODE_CORE_CONFIG_H
#define NODE_CORE_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/admission.h"

struct err;

struct config {
	/* reaching the node */
	char *listen;		/* "127.0.0.1:8420", "[::1]:0" */
	char *url;		/* public address, "https://essaim.example.org"; empty: can only call out */
	char *trusted_proxies;	/* addresses whose X-Forwarded-For is believed, comma separated */
	int64_t threads;	/* HTTP threads */
	int64_t workers;	/* signature verification threads; 0: one a core */
	/* the network */
	char *admission;	/* listed, vouched, open */
	char *together;		/* believed, apart, all */
	char *areas;		/* INSEE codes of what this node holds, comma separated; empty: everywhere */
	char *kinds;		/* kinds of record it holds, comma separated; empty: all */
	int64_t allow_private;	/* 1: peers on private and loopback addresses may be called */
	int64_t sync_interval_s;/* between two pulls from one neighbour, jittered */
	int64_t push;		/* 1: tell neighbours of fresh records at once */
	int64_t publish_blocks;	/* 1: others may read what is blocked here, with the reasons */
	/* other directories that are looked at again and again */
	int64_t source_vanish_percent;	/* of a source's records that may vanish without a question */
	int64_t source_timeout_s;	/* for one whole answer */
	int64_t source_megabytes;	/* of one answer, decompressed */
	/* what visitors see */
	char *name;		/* of the node, shown in the header */
	char *lang;		/* default interface language */
	char *home_text;	/* Markdown shown on the home page */
	char *legal_notice;	/* Markdown; needed before the node calls itself public */
	char *contact;		/* e-mail of the operator, public */
	char *colour;		/* accent, "#rrggbb" */
	char *logo;		/* file of an SVG or PNG in DIR */
	char *tiles;		/* tile server for the map, "https://…/{z}/{x}/{y}.png"; empty: none is asked */
	char *tiles_attribution;/* who made them, shown below the map */
	/* tests */
	int64_t clock_offset_s;	/* added to this machine's clock */
	char *log_level;	/* error, warn, info, debug */
};

enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL };

struct config_option {
	const char *key;	/* "sync-interval-s" */
	enum config_type type;
	size_t offset;		/* in struct config */
	const char *fallback;	/* text form of the default */
	int64_t min, max;	/* INT */
	const char *help;	/* one line */
};

extern const struct config_option config_option[];
extern const size_t config_option_count;

int	config_init(struct config *c, struct err *e);				/* all defaults */
int	config_load(struct config *c, const char *path, struct err *e);		/* a missing file is fine */
int	config_set(struct config *c, const char *key, const char *value, struct err *e);
int	config_write(const struct config *c, const char *path, struct err *e);	/* whole commented file, atomically, 0600 */
void	config_print_sample(FILE *out);

/* What a node still needs before it calls itself public: an address, a legal notice, somebody to write to. */
enum config_lack { LACKS_URL = 1, LACKS_NOTICE = 2, LACKS_CONTACT = 4 };
unsigned config_lacks(const struct config *c);		/* bits; 0: it is public */
int	config_admission(const struct config *c, enum admission_mode *mode, struct err *e);
void	config_clear(struct config *c);

#endif
