/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log.h - one logfmt line per event: level, module, message, escaped fields.
 *
 * Remote text is data, here too: every value is quoted, and whatever could end
 * the line, the quotes or the terminal's good behaviour is escaped.  A line is
 * one write(2), so lines of several threads never mix; nothing is locked and
 * nothing is global.  A NULL log is silent.
 */
#ifndef NODE_CORE_LOG_H
#define NODE_CORE_LOG_H

#include <stdint.h>

#define LOG_LINE_BYTES_MAX	4000	/* under PIPE_BUF: one write is one line */
#define LOG_VALUE_BYTES_MAX	600	/* a longer value ends with "..." */

enum log_level {
	LEVEL_ERROR,	/* somebody must do something */
	LEVEL_WARN,	/* somebody may want to */
	LEVEL_INFO,	/* what the node did */
	LEVEL_DEBUG,
	LEVEL__COUNT
};

struct log {
	int fd;			/* 2 for stderr; borrowed, never closed here */
	enum log_level level;	/* lines above it are not written */
};

/* Write `level=info mod=gossip msg="pulled" peer="https://…" records="12"`: module and message are
 * ours, then come pairs of key and value ended by NULL.  A NULL value is written as empty. */
void	log_line(const struct log *log, enum log_level level, const char *mod, const char *msg, ...)
	    __attribute__((sentinel));

/* A number as a value: log_line(log, LEVEL_INFO, "gossip", "pulled", "records", LOG_NUM(n), NULL).
 * The text lives as long as the block around the call. */
#define LOG_NUM(n) log_num((char[LOG_NUM_CHARS]){ 0 }, (int64_t)(n))
#define LOG_NUM_CHARS 24
const char *log_num(char out[LOG_NUM_CHARS], int64_t n);

/* "error", "warn", "info", "debug"; -1 for another word. */
const char *log_level_name(enum log_level level);
int	log_level_parse(const char *word, enum log_level *out);

/* Escape one value as it stands between the quotes of a line: `"`, `\`, control, format and
 * unassigned characters and bytes that are not UTF-8 as \n, \t, \xNN.  Writes at most room bytes
 * with the NUL, room >= 4; a value that does not fit ends with "...".  Returns the length. */
int	log_escape(const char *value, char *out, int room);

#endif
