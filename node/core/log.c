/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log.c - see log.h. */
#include "node/core/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <utf8proc.h>

static const char *const level_name[LEVEL__COUNT] = {
	[LEVEL_ERROR] = "error",
	[LEVEL_WARN] = "warn",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};

const char *
log_level_name(enum log_level level)
{
	assert(level < LEVEL__COUNT);
	return level_name[level];
}

int
log_level_parse(const char *word, enum log_level *out)
{
	enum log_level i;

	for (i = 0; i < LEVEL__COUNT; i++)
		if (strcmp(word, level_name[i]) == 0) {
			*out = i;
			return 0;
		}
	return -1;
}

const char *
log_num(char out[LOG_NUM_CHARS], int64_t n)
{
	snprintf(out, LOG_NUM_CHARS, "%lld", (long long)n);
	return out;
}

/* Letters, marks, numbers, punctuation, symbols and the plain space show as they are. */
static int
shows(utf8proc_int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return 0;
	default:
		return 1;
	}
}

/* Escape what stands at s into piece; returns how many bytes of s that took. */
static int
escape_one(const unsigned char *s, int len, char piece[16])
{
	utf8proc_int32_t c;
	int n = (int)utf8proc_iterate(s, len, &c), i, at = 0;

	if (*s == '"' || *s == '\\') {
		snprintf(piece, 16, "\\%c", *s);
		return 1;
	}
	if (*s == '\n' || *s == '\t') {
		snprintf(piece, 16, "\\%c", *s == '\n' ? 'n' : 't');
		return 1;
	}
	if (n > 0 && shows(c)) {
		memcpy(piece, s, (size_t)n);
		piece[n] = '\0';
		return n;
	}
	if (n < 1)
		n = 1;
	for (i = 0; i < n; i++)
		at += snprintf(piece + at, (size_t)(16 - at), "\\x%02x", s[i]);
	return n;
}

int
log_escape(const char *value, char *out, int room)
{
	int at = 0, safe = 0, len = (int)strnlen(value, LOG_LINE_BYTES_MAX), used;
	char piece[20];

	assert(room >= 4);
	for (; len > 0; value += used, len -= used) {
		used = escape_one((const unsigned char *)value, len, piece);
		if (at + (int)strlen(piece) > room - 1) {
			memcpy(out + safe, "...", 4);
			return safe + 3;
		}
		memcpy(out + at, piece, strlen(piece));
		at += (int)strlen(piece);
		if (at <= room - 4)
			safe = at;
	}
	out[at] = '\0';
	return at;
}

/* Append ` key="value"`, or nothing when the line has no room left for it. */
static int
add_pair(char *line, int at, const char *key, const char *value)
{
	char text[LOG_VALUE_BYTES_MAX];
	int len = log_escape(value == NULL ? "" : value, text, sizeof text);

	if (at + (int)strlen(key) + len + 5 > LOG_LINE_BYTES_MAX)
		return at;
	return at + snprintf(line + at, (size_t)(LOG_LINE_BYTES_MAX - at), " %s=\"%s\"", key, text);
}

void
log_line(const struct log *log, enum log_level level, const char *mod, const char *msg, ...)
{
	char line[LOG_LINE_BYTES_MAX + 1];
	const char *key;
	va_list ap;
	int at;

	if (log == NULL || level > log->level)
		return;
	at = snprintf(line, sizeof line, "level=%s mod=%.32s", log_level_name(level), mod);
	at = add_pair(line, at, "msg", msg);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *)) != NULL)
		at = add_pair(line, at, key, va_arg(ap, const char *));
	va_end(ap);
	line[at++] = '\n';
	while (write(log->fd, line, (size_t)at) == -1 && errno == EINTR)
		continue;
}
