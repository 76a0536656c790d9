/* SPDX-License-Identifier: AGPL-3.0-or-later
 * qr.c - see qr.h. */
#include "node/web/qr.h"

#include <string.h>

#include <qrencode.h>

#include "proto/buf.h"
#include "proto/err.h"

#define PATH_BYTES_MAX (64 * 1024)

static int
is_dark(const QRcode *code, int x, int y)
{
	return code->data[y * code->width + x] & 1;
}

/* One row: each run of dark modules is a stroke through its middle. */
static int
add_row(const QRcode *code, int y, struct buf *out, struct err *e)
{
	int x = 0, first, last = -1;

	while (x < code->width) {
		if (!is_dark(code, x, y)) {
			x++;
			continue;
		}
		for (first = x; x < code->width && is_dark(code, x, y);)
			x++;
		if ((last < 0 ? buf_addf(out, e, "M%d %d.5h%d", first + QR_QUIET, y + QR_QUIET, x - first)
		    : buf_addf(out, e, "m%d 0h%d", first - last, x - first)) == -1)
			return -1;
		last = x;
	}
	return 0;
}

struct qr
qr_make(struct arena *a, const char *text)
{
	struct buf path = BUF_INIT(PATH_BYTES_MAX);
	struct qr made = { NULL, 0 };
	QRcode *code = NULL;
	struct err e;
	int y;

	if (*text == '\0' || strlen(text) > QR_TEXT_BYTES_MAX ||
	    (code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M)) == NULL)
		return made;
	for (y = 0; y < code->width; y++)
		if (add_row(code, y, &path, &e) == -1)
			goto out;
	made = (struct qr){ arena_copy(a, buf_span(&path)), code->width + 2 * QR_QUIET };
out:
	QRcode_free(code);
	buf_clear(&path);
	return made;
}

int
qr_svg(struct arena *a, const char *text, struct buf *out, struct err *e)
{
	struct qr q = qr_make(a, text);

	if (q.path == NULL)
		return err_set(e, ERR_LIMIT, "no QR code can hold this address");
	return buf_addf(out, e, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "width=\"%dmm\" height=\"%dmm\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
	    "<path stroke=\"#000\" d=\"%s\"/></svg>\n", q.size, q.size, q.size, q.size, q.size, q.size, q.path);
}

/* Is the module light, the quiet zone being so? */
static int
is_light(const QRcode *code, int x, int y)
{
	return x < 0 || y < 0 || x >= code->width || y >= code->width || !is_dark(code, x, y);
}

int
qr_text(const char *text, struct buf *out, struct err *e)
{
	static const char *const half[2][2] = { { " ", "\342\226\204" }, { "\342\226\200", "\342\226\210" } };
	QRcode *code = strlen(text) > QR_TEXT_BYTES_MAX || *text == '\0' ? NULL
	    : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	int x, y, rc = 0;

	if (code == NULL)
		return err_set(e, ERR_LIMIT, "no QR code can hold this text");
	for (y = -2; rc == 0 && y < code->width + 2; y += 2) {
		for (x = -2; rc == 0 && x < code->width + 2; x++)
			rc = buf_adds(out, half[is_light(code, x, y)][is_light(code, x, y + 1)], e);
		if (rc == 0)
			rc = buf_addc(out, '\n', e);
	}
	QRcode_free(code);
	return rc;
}
