/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jcs.c - see jcs.h. */
#include "proto/jcs.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "proto/limits.h"

/* The significant digits of a finite number and where the point goes: 0.DIGITS x 10^point. */
struct decimal {
	char digits[20];
	int count, point;
};

#define DOUBLE_DIGITS 17	/* always enough to read a double back */

static double
decimal_value(const struct decimal *x)
{
	char text[48];

	snprintf(text, sizeof text, "%.*se%d", x->count, x->digits, x->point - x->count);
	return strtod(text, NULL); /* no point in it, so the locale has no say */
}

/* The correctly rounded decimal of d > 0 with count digits. */
static void
decimal_round(double d, int count, struct decimal *x)
{
	char text[48];
	const char *p;

	snprintf(text, sizeof text, "%.*e", count - 1, d);
	x->count = 0;
	for (p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			x->digits[x->count++] = *p;
	x->point = (int)strtol(p + 1, NULL, 10) + 1;
}

/* One unit more in the last digit. */
static void
decimal_step(struct decimal *x)
{
	int i = x->count - 1;

	while (i >= 0 && x->digits[i] == '9')
		x->digits[i--] = '0';
	if (i >= 0) {
		x->digits[i]++;
	} else {
		x->digits[0] = '1';
		x->point++;
	}
}

/* The fewest digits that read back as d > 0.  Below a power of two doubles lie twice as dense as above
 * it, so there the nearest decimal may read back as a neighbour while the next one up does not. */
static void
decimal_shortest(double d, struct decimal *x)
{
	int count;

	for (count = 1; count < DOUBLE_DIGITS; count++) {
		decimal_round(d, count, x);
		if (decimal_value(x) == d)
			return;
		decimal_step(x);
		if (decimal_value(x) == d)
			return;
	}
	decimal_round(d, DOUBLE_DIGITS, x);
}

/* ECMAScript Number::toString, steps 6 to 12. */
static int
decimal_write(const struct decimal *x, char *out, size_t size)
{
	const char *s = x->digits;
	int k = x->count, n = x->point;

	if (k <= n && n <= 21)
		return snprintf(out, size, "%.*s%.*s", k, s, n - k, "00000000000000000000");
	if (0 < n && n <= 21)
		return snprintf(out, size, "%.*s.%.*s", n, s, k - n, s + n);
	if (-6 < n && n <= 0)
		return snprintf(out, size, "0.%.*s%.*s", -n, "00000", k, s);
	if (k == 1)
		return snprintf(out, size, "%ce%+d", s[0], n - 1);
	return snprintf(out, size, "%c.%.*se%+d", s[0], k - 1, s + 1, n - 1);
}

int
jcs_number(double d, char out[JCS_NUMBER_BYTES])
{
	struct decimal x;
	int sign = d < 0;

	if (!isfinite(d))
		return -1;
	if (fabs(d) <= (double)INTEGER_MAX && d == trunc(d))
		return snprintf(out, JCS_NUMBER_BYTES, "%lld", (long long)d);
	decimal_shortest(fabs(d), &x);
	if (sign)
		out[0] = '-';
	return sign + decimal_write(&x, out + sign, JCS_NUMBER_BYTES - (size_t)sign);
}

int
jcs_is_number(struct span text)
{
	char digits[JCS_NUMBER_BYTES], copy[JCS_NUMBER_BYTES * 2], want[JCS_NUMBER_BYTES];
	size_t n = 0, i;
	int fraction = 0, point = 0, len;
	long exponent = 0;

	if (text.len == 0 || text.len >= JCS_NUMBER_BYTES)
		return 0;
	for (i = 0; i < text.len && text.ptr[i] != 'e'; i++) {
		if (text.ptr[i] == '.') {
			point = 1;
			continue;
		}
		digits[n++] = text.ptr[i];
		fraction += point;
	}
	digits[n] = '\0';
	if (i < text.len) {
		snprintf(copy, sizeof copy, "%.*s", (int)(text.len - i - 1), text.ptr + i + 1);
		exponent = strtol(copy, NULL, 10);
		if (exponent < -999 || exponent > 999)
			return 0;
	}
	snprintf(copy, sizeof copy, "%se%ld", digits, exponent - fraction);
	len = jcs_number(strtod(copy, NULL), want);
	return len >= 0 && span_eq(text, (struct span){ want, (size_t)len });
}

static int
emit_number(double d, struct buf *out, struct err *e)
{
	char text[JCS_NUMBER_BYTES];
	int len = jcs_number(d, text);

	if (len == -1)
		return err_set(e, ERR_INPUT, "JSON has no infinite number");
	return buf_add(out, text, (size_t)len, e);
}

static int
emit_escape(unsigned char c, struct buf *out, struct err *e)
{
	static const char name[128] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
		['"'] = '"', ['\\'] = '\\',
	};
	char two[2] = { '\\', name[c] };

	if (two[1] != '\0')
		return buf_add(out, two, 2, e);
	return buf_addf(out, e, "\\u%04x", c);
}

static int
emit_string(const char *s, size_t len, struct buf *out, struct err *e)
{
	size_t from = 0, i;

	if (memchr(s, '\0', len) != NULL)
		return err_set(e, ERR_INPUT, "U+0000 in a string");
	if (buf_addc(out, '"', e) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (buf_add(out, s + from, i - from, e) == -1 || emit_escape(c, out, e) == -1)
			return -1;
		from = i + 1;
	}
	if (buf_add(out, s + from, len - from, e) == -1)
		return -1;
	return buf_addc(out, '"', e);
}

static int
by_utf16(const void *a, const void *b)
{
	return utf16_order(span_str(*(const char *const *)a), span_str(*(const char *const *)b));
}

static int emit_value(const json_t *v, unsigned depth, struct buf *out, struct err *e);

static int
emit_members(const json_t *object, const char **key, unsigned depth, struct buf *out, struct err *e)
{
	size_t n = json_object_size(object), i = 0;
	void *it;
	/* Jansson's iterator takes no const, though it changes nothing */
	json_t *o = json_incref((json_t *)(uintptr_t)object);

	for (it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it))
		key[i++] = json_object_iter_key(it);
	json_decref(o);
	qsort(key, n, sizeof *key, by_utf16);
	for (i = 0; i < n; i++) {
		if (i > 0 && buf_addc(out, ',', e) == -1)
			return -1;
		if (emit_string(key[i], strlen(key[i]), out, e) == -1 ||
		    buf_addc(out, ':', e) == -1 ||
		    emit_value(json_object_get(object, key[i]), depth, out, e) == -1)
			return -1;
	}
	return 0;
}

static int
emit_object(const json_t *object, unsigned depth, struct buf *out, struct err *e)
{
	const char **key = calloc(json_object_size(object) + 1, sizeof *key);
	int rc = -1;

	if (key == NULL)
		return err_memory(e);
	if (buf_addc(out, '{', e) == -1)
		goto out;
	if (emit_members(object, key, depth, out, e) == -1)
		goto out;
	rc = buf_addc(out, '}', e);
out:
	free(key);
	return rc;
}

static int
emit_array(const json_t *array, unsigned depth, struct buf *out, struct err *e)
{
	size_t i;

	if (buf_addc(out, '[', e) == -1)
		return -1;
	for (i = 0; i < json_array_size(array); i++) {
		if (i > 0 && buf_addc(out, ',', e) == -1)
			return -1;
		if (emit_value(json_array_get(array, i), depth, out, e) == -1)
			return -1;
	}
	return buf_addc(out, ']', e);
}

static int
emit_value(const json_t *v, unsigned depth, struct buf *out, struct err *e)
{
	if (depth == JCS_DEPTH_MAX && (json_is_object(v) || json_is_array(v)))
		return err_set(e, ERR_LIMIT, "nested deeper than %d", JCS_DEPTH_MAX);
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return emit_object(v, depth + 1, out, e);
	case JSON_ARRAY:
		return emit_array(v, depth + 1, out, e);
	case JSON_STRING:
		return emit_string(json_string_value(v), json_string_length(v), out, e);
	case JSON_INTEGER:
		return emit_number((double)json_integer_value(v), out, e);
	case JSON_REAL:
		return emit_number(json_real_value(v), out, e);
	case JSON_TRUE:
		return buf_adds(out, "true", e);
	case JSON_FALSE:
		return buf_adds(out, "false", e);
	case JSON_NULL:
		return buf_adds(out, "null", e);
	}
	return err_set(e, ERR_INTERNAL, "a JSON value of no known type");
}

int
jcs_emit(const json_t *v, struct buf *out, struct err *e)
{
	return emit_value(v, 0, out, e);
}

/* Jansson allows 2048 levels and does not let us say fewer: counted here first, with the position. */
static int
depth_check(struct span json, struct err *e)
{
	size_t i, line = 1, column = 0;
	unsigned depth = 0;
	int in_string = 0;

	for (i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		column += (c & 0xC0) != 0x80; /* characters, not bytes */
		if (c == '\n') {
			line++;
			column = 0;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (in_string) {
			i += c == '\\' && i + 1 < json.len && json.ptr[i + 1] != '\n';
			column += c == '\\';
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
		} else if ((c == '{' || c == '[') && depth++ == JCS_DEPTH_MAX) {
			return err_set(e, ERR_LIMIT, "line %zu, column %zu: nested deeper than %d",
			    line, column, JCS_DEPTH_MAX);
		}
	}
	return 0;
}

json_t *
jcs_load(struct span json, struct err *e)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
	json_error_t why;
	json_t *v;

	if (json.len == 0) {
		err_set(e, ERR_INPUT, "line 1, column 1: nothing there");
		return NULL;
	}
	if (depth_check(json, e) == -1)
		return NULL;
	v = json_loadb(json.ptr, json.len, flags, &why);
	if (v == NULL)
		err_set(e, ERR_INPUT, "line %d, column %d: %s", why.line, why.column,
		    json_error_code(&why) == json_error_null_character ? "U+0000 in a string" : why.text);
	return v;
}

int
jcs_canonicalize(struct span json, struct buf *out, struct err *e)
{
	json_t *v = jcs_load(json, e);
	int rc;

	if (v == NULL)
		return -1;
	rc = jcs_emit(v, out, e);
	json_decref(v);
	return rc;
}
