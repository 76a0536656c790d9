/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encoding.c - see encoding.h. */
#include "tools/import/encoding.h"

#include "tools/import/import.h"

/* What Windows-1252 has at 0x80 to 0x9f; 0: nothing. */
static const unsigned short cp1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
	0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
	0x0153, 0, 0x017e, 0x0178,
};

int
encoding_put(unsigned c, struct buf *out, struct err *e)
{
	if (c < 0x80)
		return buf_addc(out, (char)c, e);
	if (c >= 0x10000)
		return buf_add(out, (char[4]){ (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
		    (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) }, 4, e);
	if (c < 0x800)
		return buf_add(out, (char[2]){ (char)(0xc0 | c >> 6), (char)(0x80 | (c & 63)) }, 2, e);
	return buf_add(out, (char[3]){ (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
	    (char)(0x80 | (c & 63)) }, 3, e);
}

int
encoding_add(struct span s, struct buf *out, struct err *e)
{
	size_t i;

	if (import_is_utf8(s))
		return buf_addspan(out, s, e);
	for (i = 0; i < s.len; i++) {
		unsigned c = (unsigned char)s.ptr[i];

		if (c >= 0x80 && c < 0xa0)
			c = cp1252[c - 0x80] != 0 ? cp1252[c - 0x80] : 0xfffd;
		if (encoding_put(c, out, e) == -1)
			return -1;
	}
	return 0;
}
