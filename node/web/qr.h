/* SPDX-License-Identifier: AGPL-3.0-or-later
 * qr.h - an address as a QR code (ISO/IEC 18004), drawn as one SVG path: sharp at any size on paper.
 */
#ifndef NODE_WEB_QR_H
#define NODE_WEB_QR_H

struct arena;
struct buf;
struct err;

#define QR_TEXT_BYTES_MAX	600	/* version 20 at most: more could not be read off a sheet of paper */
#define QR_QUIET		4	/* modules of white around it (ISO/IEC 18004 9.1) */

/* The dark modules as horizontal strokes, one unit a module, the quiet zone counted in. */
struct qr {
	const char *path;		/* for <path d="…" stroke="#000">, in the arena; NULL: none */
	int size;			/* of a side, the quiet zone included */
};

/* Level M of error correction: a crease or a stain of 15 % does no harm.  path NULL for a text that is empty
 * or too long, or when memory runs out. */
struct qr	qr_make(struct arena *a, const char *text);

/* The same as an SVG file of its own.  ERR_LIMIT when there is no code for it. */
int	qr_svg(struct arena *a, const char *text, struct buf *out, struct err *e);

/* The same for a terminal: half blocks, two rows a line, light where the code is (terminals are dark more often, and
 * readers take it either way round).  ERR_LIMIT likewise. */
int	qr_text(const char *text, struct buf *out, struct err *e);

#endif
