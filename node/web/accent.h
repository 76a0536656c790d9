/* SPDX-License-Identifier: AGPL-3.0-or-later
 * accent.h - a site's own colour, made readable: the operator chooses a hue, contrast is ours to keep.
 */
#ifndef NODE_WEB_ACCENT_H
#define NODE_WEB_ACCENT_H

struct buf;
struct err;

/* Append a style sheet that puts the colour "#rrggbb" in the place of the usual green: darkened on paper and
 * lightened in the dark until text in it has a contrast of 4.5 (WCAG 2.2, 1.4.3).  ERR_INPUT when it is no
 * such colour. */
int	accent_css(const char *colour, struct buf *out, struct err *e);

#endif
