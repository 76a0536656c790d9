/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle_file.c - see bundle_file.h. */
#include "tools/cli/bundle_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "proto/err.h"
#include "proto/limits.h"

#define CHUNK 65536
#define GZIP_ANY (15 + 32)	/* a zlib or gzip header, the largest window */
#define GZIP (15 + 16)
#define MEMORY_LEVEL 8

/* --- writing ------------------------------------------------------------------------------------ */

static int
full_disk(struct err *e)
{
	return err_set(e, ERR_IO, "it cannot be written (is the disk full?)");
}

int
bundle_member_write(FILE *out, struct span bytes, struct err *e)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes.ptr, .avail_in = (uInt)bytes.len };
	unsigned char chunk[CHUNK];
	int rc = 0, code = Z_OK;

	if (deflateInit2(&z, 6, Z_DEFLATED, GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_memory(e);
	while (rc == 0 && code != Z_STREAM_END) {
		z.next_out = chunk;
		z.avail_out = sizeof chunk;
		code = deflate(&z, Z_FINISH);
		if (fwrite(chunk, 1, sizeof chunk - z.avail_out, out) != sizeof chunk - z.avail_out)
			rc = full_disk(e);
	}
	deflateEnd(&z);
	return rc;
}

int
bundle_copy(FILE *from, FILE *out, struct err *e)
{
	char chunk[CHUNK];
	size_t n;

	rewind(from);
	while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
		if (fwrite(chunk, 1, n, out) != n)
			return full_disk(e);
	return ferror(from) ? err_set(e, ERR_IO, "%s", strerror(errno)) : 0;
}

/* --- reading ------------------------------------------------------------------------------------- */

struct bundle_file {
	FILE *file;
	char name[256];
	z_stream z;
	int plain, inside;	/* not compressed; in the middle of a member */
	int spoilt;		/* what comes after .out is damaged */
	off_t read_to;		/* where in the file .in ends */
	off_t member;		/* where the member began */
	unsigned char in[CHUNK], out[CHUNK];
	size_t out_at, out_end;
	struct buf line;
};

static FILE *
copy_of_input(struct err *e)
{
	FILE *copy = tmpfile();

	if (copy == NULL || bundle_copy(stdin, copy, e) == -1) {
		err_set(e, ERR_IO, "standard input cannot be copied aside: %s", strerror(errno));
		if (copy != NULL)
			fclose(copy);
		return NULL;
	}
	return copy;
}

static void
start(struct bundle_file *f)
{
	f->z.avail_in = 0;
	f->read_to = 0;
	f->inside = f->spoilt = 0;
	f->out_at = f->out_end = 0;
	buf_reset(&f->line);
	rewind(f->file);
}

int
bundle_file_open(const char *path, struct bundle_file **out, struct err *e)
{
	struct bundle_file *f = calloc(1, sizeof *f);
	int first, second;

	if (f == NULL)
		return err_memory(e);
	text_clip(f->name, sizeof f->name, path);
	f->line.max = BUNDLE_HEAD_BYTES_MAX + 1;
	if ((f->file = strcmp(path, "-") == 0 ? copy_of_input(e) : fopen(path, "rbe")) == NULL) {
		if (strcmp(path, "-") != 0)
			err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
		free(f);
		return -1;
	}
	rewind(f->file);
	first = getc(f->file);
	second = getc(f->file);
	f->plain = first != 0x1f || second != 0x8b;
	if (inflateInit2(&f->z, GZIP_ANY) != Z_OK) {
		fclose(f->file);
		free(f);
		return err_memory(e);
	}
	start(f);
	*out = f;
	return 0;
}

void
bundle_file_close(struct bundle_file *f)
{
	if (f == NULL)
		return;
	inflateEnd(&f->z);
	fclose(f->file);
	buf_clear(&f->line);
	free(f);
}

void
bundle_file_rewind(struct bundle_file *f)
{
	inflateReset(&f->z);
	start(f);
}

/* More of the file into .in; 0 at its end. */
static size_t
refill(struct bundle_file *f)
{
	size_t n = fread(f->in, 1, sizeof f->in, f->file);

	f->z.next_in = f->in;
	f->z.avail_in = (uInt)n;
	f->read_to += (off_t)n;
	return n;
}

static off_t
place(const struct bundle_file *f)
{
	return f->read_to - (off_t)f->z.avail_in;
}

/* To the next place where a member may begin, after the start of the one that is broken.  0: there is none. */
static int
seek_member(struct bundle_file *f)
{
	int a = 0, b = 0, c;

	f->z.avail_in = 0;
	if (fseeko(f->file, f->member + 1, SEEK_SET) == -1)
		return 0;
	while ((c = getc(f->file)) != EOF) {
		if (a == 0x1f && b == 0x8b && c == 0x08) {
			f->read_to = f->member = ftello(f->file) - 3;
			inflateReset(&f->z);
			return fseeko(f->file, f->member, SEEK_SET) == 0;
		}
		a = b;
		b = c;
	}
	return 0;
}

/* 0: go on reading; -1: told in e. */
static int
broken(struct bundle_file *f, int salvage, int cut_off, struct err *e)
{
	f->inside = f->spoilt = 0;
	if (!salvage)
		return err_set(e, ERR_INPUT, cut_off ? "%s is cut off: it was not copied to its end" :
		    "%s is damaged: some of its bytes have changed", f->name);
	buf_reset(&f->line);	/* half a line */
	if (cut_off || !seek_member(f))
		fseeko(f->file, 0, SEEK_END);
	return 0;
}

/* Fill .out; 1 there is something, 0 the end, -1.  After damage nothing may be there yet: call again. */
static int
pour(struct bundle_file *f, int salvage, struct err *e)
{
	int code;

	f->out_at = f->out_end = 0;
	if (f->plain) {
		f->out_end = fread(f->out, 1, sizeof f->out, f->file);
		return f->out_end > 0;
	}
	if (f->spoilt)
		return broken(f, salvage, 0, e) == -1 ? -1 : 1;
	if (f->z.avail_in == 0 && refill(f) == 0)
		return !f->inside ? 0 : broken(f, salvage, 1, e) == -1 ? -1 : 1;
	if (!f->inside) {
		f->member = place(f);
		inflateReset(&f->z);
		f->inside = 1;
	}
	f->z.next_out = f->out;
	f->z.avail_out = sizeof f->out;
	code = inflate(&f->z, Z_NO_FLUSH);
	f->out_end = sizeof f->out - f->z.avail_out;
	if (code == Z_STREAM_END)
		f->inside = 0;
	f->spoilt = code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END;
	return 1;
}

/* Take what is there up to the end of a line; 1 when the line is whole. */
static int
take(struct bundle_file *f, struct err *e)
{
	struct span rest = { (const char *)f->out + f->out_at, f->out_end - f->out_at };
	int whole = memchr(rest.ptr, '\n', rest.len) != NULL;
	struct span part = span_cut(&rest, '\n');

	f->out_at += part.len + (size_t)whole;
	if (buf_addspan(&f->line, part, e) == -1)
		return err_wrap(e, "%s: a line is no record", f->name);
	return whole;
}

int
bundle_file_line(struct bundle_file *f, int salvage, struct span *line, struct err *e)
{
	int rc = 0;

	buf_reset(&f->line);
	for (;;) {
		if (f->out_at < f->out_end)
			rc = take(f, e);
		else if ((rc = pour(f, salvage, e)) != 1) {
			*line = buf_span(&f->line);
			return rc == 0 && line->len > 0 ? 1 : rc;
		} else
			rc = 0;
		if (rc == -1)
			return -1;
		if (rc == 1 && f->line.len > 0) {
			*line = buf_span(&f->line);
			return 1;
		}
	}
}
