/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gzip.c - see gzip.h. */
#include "node/http/gzip.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ZLIB_CONST
#include <zlib.h>

#include "proto/err.h"

#define GZIP_ONLY	16	/* zlib: added to the bits of the window, gzip wrapping only */
#define WINDOW_BITS_MIN	9
#define WINDOW_BITS_MAX	15
#define CHUNK_BYTES	((size_t)16 * 1024)

/* The smallest window that sees the whole body: less memory to clear for a short one. */
static int
window_bits(size_t len)
{
	int bits = WINDOW_BITS_MIN;

	while (bits < WINDOW_BITS_MAX && (size_t)1 << bits < len)
		bits++;
	return bits;
}

int
gzip_pack(struct span in, int level, struct buf *out, struct err *e)
{
	z_stream z = { 0 };
	size_t room;
	int rc = -1;

	if (deflateInit2(&z, level, Z_DEFLATED, window_bits(in.len) + GZIP_ONLY, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return err_memory(e);
	room = deflateBound(&z, in.len);
	if (in.len > UINT32_MAX || room > UINT32_MAX) {
		err_set(e, ERR_LIMIT, "too long to compress at once");
		goto out;
	}
	if (buf_reserve(out, room, e) == -1)
		goto out;
	z.next_in = (const Bytef *)in.ptr;
	z.avail_in = (uInt)in.len;
	z.next_out = (Bytef *)out->ptr + out->len;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
		err_set(e, ERR_INTERNAL, "zlib did not finish");
		goto out;
	}
	out->len += room - z.avail_out;
	out->ptr[out->len] = '\0';
	rc = 0;
out:
	deflateEnd(&z);
	return rc;
}

/* Inflate one chunk onto out, never past its maximum.  Returns zlib's word, or Z_ERRNO with e set. */
static int
unpack_chunk(z_stream *z, struct buf *out, struct err *e)
{
	size_t left = out->max - out->len, room = left < CHUNK_BYTES ? left : CHUNK_BYTES;
	Bytef beyond[1];
	int rc;

	if (buf_reserve(out, room, e) == -1)
		return Z_ERRNO;
	z->next_out = room == 0 ? beyond : (Bytef *)out->ptr + out->len;
	z->avail_out = room == 0 ? 1 : (uInt)room;
	rc = inflate(z, Z_NO_FLUSH);
	if (room == 0 && z->avail_out == 0) {
		err_set(e, ERR_LIMIT, "more than %zu bytes once decompressed", out->max);
		return Z_ERRNO;
	}
	if (room > 0) {
		out->len += room - z->avail_out;
		out->ptr[out->len] = '\0';
	}
	return rc;
}

int
gzip_unpack(struct span in, struct buf *out, struct err *e)
{
	z_stream z = { 0 };
	int rc = Z_OK;

	if (in.len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "too long to decompress at once");
	if (inflateInit2(&z, WINDOW_BITS_MAX + GZIP_ONLY) != Z_OK)
		return err_memory(e);
	z.next_in = (const Bytef *)in.ptr;
	z.avail_in = (uInt)in.len;
	while (rc == Z_OK) {
		rc = unpack_chunk(&z, out, e);
		if (rc == Z_STREAM_END && z.avail_in > 0)
			rc = inflateReset(&z);
	}
	inflateEnd(&z);
	if (rc == Z_ERRNO)
		return -1;
	if (rc != Z_STREAM_END)
		return err_set(e, ERR_INPUT, "damaged or incomplete gzip");
	return 0;
}

int
gzip_is_worth(const char *type, size_t len)
{
	static const char *const textual[] = { "application/json", "application/x-ndjson",
		"application/xml", "application/javascript", "image/svg+xml" };
	size_t word = strcspn(type, "; "), i;

	if (len < GZIP_BYTES_MIN)
		return 0;
	if (strncasecmp(type, "text/", 5) == 0)
		return 1;
	if (word > 5 && (strncasecmp(type + word - 5, "+json", 5) == 0 ||
	    strncasecmp(type + word - 4, "+xml", 4) == 0))
		return 1;
	for (i = 0; i < sizeof textual / sizeof textual[0]; i++)
		if (strlen(textual[i]) == word && strncasecmp(type, textual[i], word) == 0)
			return 1;
	return 0;
}

/* Is the weight in "gzip;q=0.5" anything but zero? */
static int
has_weight(struct span params)
{
	while (params.len > 0) {
		struct span value = span_trim(span_cut(&params, ';'));
		struct span name = span_trim(span_cut(&value, '='));

		if (!span_is(name, "q") && !span_is(name, "Q"))
			continue;
		for (; value.len > 0; value.ptr++, value.len--)
			if (*value.ptr >= '1' && *value.ptr <= '9')
				return 1;
		return 0;
	}
	return 1;
}

int
gzip_is_accepted(const char *accept_encoding)
{
	struct span list = span_str(accept_encoding);

	while (list.len > 0) {
		struct span one = span_cut(&list, ',');
		struct span name = span_trim(span_cut(&one, ';'));

		if (name.len == 4 && strncasecmp(name.ptr, "gzip", 4) == 0)
			return has_weight(one);
	}
	return 0;
}
