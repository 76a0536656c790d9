/* SPDX-License-Identifier: AGPL-3.0-or-later
 * accent.c - see accent.h. */
#include "node/web/accent.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"

#define CONTRAST_MIN 4.6	/* a little over 4.5: bytes round */
#define STEPS 64

struct rgb {
	double c[3];		/* 0 to 1 */
};

/* style.css: the lightest and darkest grounds that coloured text stands on. */
static const struct rgb white = { { 1, 1, 1 } }, black = { { 0, 0, 0 } };
static const struct rgb paper = { { 0.984, 0.973, 0.945 } }, night = { { 0.102, 0.098, 0.090 } };

static double
luminance(struct rgb x)
{
	static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
	double sum = 0;
	int i;

	for (i = 0; i < 3; i++)
		sum += weight[i] * (x.c[i] <= 0.04045 ? x.c[i] / 12.92 : pow((x.c[i] + 0.055) / 1.055, 2.4));
	return sum;
}

static double
contrast(struct rgb a, struct rgb b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static struct rgb
mix(struct rgb a, struct rgb b, double share)
{
	int i;

	for (i = 0; i < 3; i++)
		a.c[i] += (b.c[i] - a.c[i]) * share;
	return a;
}

/* The first mixture with the pole that can be read on its own pale wash, the hardest of its grounds. */
static struct rgb
readable(struct rgb colour, struct rgb pole, struct rgb ground, double wash)
{
	struct rgb shade = colour;
	int i;

	for (i = 0; i <= STEPS; i++) {
		shade = mix(colour, pole, (double)i / STEPS);
		if (contrast(shade, mix(ground, shade, wash)) >= CONTRAST_MIN)
			break;
	}
	return shade;
}

static const char *
hex(struct rgb x, char out[8])
{
	snprintf(out, 8, "#%02x%02x%02x", (unsigned)(x.c[0] * 255 + 0.5) & 255u,
	    (unsigned)(x.c[1] * 255 + 0.5) & 255u, (unsigned)(x.c[2] * 255 + 0.5) & 255u);
	return out;
}

static int
add_theme(struct rgb colour, struct rgb pole, struct rgb ground, double wash, struct buf *out, struct err *e)
{
	struct rgb shade = readable(colour, pole, ground, wash);
	struct rgb ink = contrast(shade, white) >= contrast(shade, black) ? white : black;
	char a[8], b[8], c[8];

	return buf_addf(out, e, ":root { --green: %s; --green-ink: %s; --wash: %s; }\n", hex(shade, a),
	    hex(ink, b), hex(mix(ground, shade, wash), c));
}

static int
read_colour(const char *text, struct rgb *out)
{
	unsigned r, g, b;
	char end;

	if (strlen(text) != 7 || text[1 + strspn(text + 1, "0123456789abcdefABCDEF")] != '\0' ||
	    sscanf(text, "#%2x%2x%2x%c", &r, &g, &b, &end) != 3)
		return 0;
	*out = (struct rgb){ { r / 255.0, g / 255.0, b / 255.0 } };
	return 1;
}

int
accent_css(const char *colour, struct buf *out, struct err *e)
{
	struct rgb c;

	if (!read_colour(colour, &c))
		return err_set(e, ERR_INPUT, "\"%.20s\" is not a colour of the form #rrggbb", colour);
	if (add_theme(c, black, paper, 0.1, out, e) == -1 ||
	    buf_adds(out, "@media (prefers-color-scheme: dark) {\n", e) == -1 ||
	    add_theme(c, white, night, 0.15, out, e) == -1)
		return -1;
	return buf_adds(out, "}\n@media print { :root { --green: #000; --wash: #fff; } }\n", e);
}
