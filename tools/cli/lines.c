/* SPDX-License-Identifier: AGPL-3.0-or-later
 * lines.c - see lines.h. */
#include "tools/cli/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "proto/err.h"

struct split {
	lines_fn *each;
	void *ctx;
	struct buf line;
	uint64_t number;
};

static int
end_line(struct split *s, struct err *e)
{
	struct span line = buf_span(&s->line);
	int rc;

	s->number++;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	rc = line.len == 0 ? 0 : s->each(s->ctx, s->number, line, e);
	buf_reset(&s->line);
	return rc;
}

static int
take(struct split *s, struct span chunk, struct err *e)
{
	while (chunk.len > 0) {
		const char *end = memchr(chunk.ptr, '\n', chunk.len);
		struct span part = span_cut(&chunk, '\n');
		size_t room = LINE_BYTES_MAX - s->line.len;

		if (buf_add(&s->line, part.ptr, part.len < room ? part.len : room, e) == -1 ||
		    (end != NULL && end_line(s, e) == -1))
			return -1;
	}
	return 0;
}

static gzFile
open_lines(const char *path, struct err *e)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	gzFile gz;

	if (fd == -1) {
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if ((gz = gzdopen(fd, "rb")) == NULL) {
		close(fd);
		err_memory(e);
	}
	return gz;
}

int
lines_read(const char *path, lines_fn *each, void *ctx, struct err *e)
{
	struct split s = { .each = each, .ctx = ctx, .line = BUF_INIT(LINE_BYTES_MAX + 1) };
	gzFile gz = open_lines(path, e);
	char chunk[65536];
	int n, code, rc = 0;

	if (gz == NULL)
		return -1;
	while (rc == 0 && (n = gzread(gz, chunk, sizeof chunk)) > 0)
		rc = take(&s, (struct span){ chunk, (size_t)n }, e);
	if (rc == 0 && (n < 0 || (gzerror(gz, &code), code != Z_OK && code != Z_STREAM_END)))
		rc = err_set(e, ERR_INPUT, "%s: it ends too early or is damaged", path);
	if (rc == 0 && s.line.len > 0)
		rc = end_line(&s, e);
	gzclose(gz);
	buf_clear(&s.line);
	return rc;
}
