/* SPDX-License-Identifier: AGPL-3.0-or-later
 * multibase.c - see multibase.h. */
#include "proto/multibase.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

static const char hex_alphabet[] = "0123456789abcdef";
static const char base32_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base64url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base58_alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* An alphabet whose characters carry whole bits. */
struct base {
	const char *alphabet;
	unsigned bits;
};

static const struct base hex = { hex_alphabet, 4 };
static const struct base base32 = { base32_alphabet, 5 };
static const struct base base64url = { base64url_alphabet, 6 };

static size_t
bits_encode(const struct base *b, const void *data, size_t len, char *out, size_t size)
{
	const uint8_t *in = data;
	uint32_t window = 0;
	unsigned have = 0, mask = (1u << b->bits) - 1;
	size_t n = 0, i;

	assert(size > (len * 8 + b->bits - 1) / b->bits);
	for (i = 0; i < len; i++) {
		window = window << 8 | in[i];
		for (have += 8; have >= b->bits; have -= b->bits)
			out[n++] = b->alphabet[window >> (have - b->bits) & mask];
	}
	if (have > 0)
		out[n++] = b->alphabet[window << (b->bits - have) & mask];
	out[n] = '\0';
	return n;
}

/* Where c stands in the alphabet, or -1. */
static int
digit_value(const char *alphabet, size_t count, char c)
{
	const char *at = memchr(alphabet, c, count);

	return at == NULL ? -1 : (int)(at - alphabet);
}

static int
bits_decode(const struct base *b, struct span text, void *out, size_t size)
{
	uint8_t *to = out;
	uint32_t window = 0;
	unsigned have = 0;
	size_t len = text.len / 8 * b->bits + text.len % 8 * b->bits / 8, i;
	int v;

	if (len > size || len > INT_MAX || text.len != (len * 8 + b->bits - 1) / b->bits)
		return -1;
	for (i = 0; i < text.len; i++) {
		if ((v = digit_value(b->alphabet, (size_t)1 << b->bits, text.ptr[i])) == -1)
			return -1;
		window = window << b->bits | (uint32_t)v;
		have += b->bits;
		if (have >= 8) {
			have -= 8;
			*to++ = (uint8_t)(window >> have);
		}
	}
	return (window & ((1u << have) - 1)) == 0 ? (int)len : -1;
}

size_t
hex_encode(const void *data, size_t len, char *out, size_t size)
{
	return bits_encode(&hex, data, len, out, size);
}

size_t
base32_encode(const void *data, size_t len, char *out, size_t size)
{
	return bits_encode(&base32, data, len, out, size);
}

size_t
base64url_encode(const void *data, size_t len, char *out, size_t size)
{
	return bits_encode(&base64url, data, len, out, size);
}

int
hex_decode(struct span text, void *out, size_t size)
{
	return bits_decode(&hex, text, out, size);
}

int
base32_decode(struct span text, void *out, size_t size)
{
	return bits_decode(&base32, text, out, size);
}

int
base64url_decode(struct span text, void *out, size_t size)
{
	return bits_decode(&base64url, text, out, size);
}

/* Base 58 divides the whole number, so it is done in limbs of 32 bits, the least first, five characters
 * at a time: 58^5 is the greatest power that fits one. */
#define LIMBS		((BASE58_BYTES_MAX + 3) / 4)
#define GROUP_CHARS	5
#define GROUP		656356768u	/* 58^5 */

struct number {
	uint32_t limb[LIMBS];
	size_t limbs;
};

static void
number_read(struct number *n, const uint8_t *bytes, size_t len)
{
	size_t i;

	*n = (struct number){ .limbs = (len + 3) / 4 };
	for (i = 0; i < len; i++)
		n->limb[i / 4] |= (uint32_t)bytes[len - 1 - i] << (i % 4 * 8);
}

/* n = n / GROUP; returns the remainder. */
static uint32_t
number_divide(struct number *n)
{
	uint64_t left = 0;
	size_t i;

	for (i = n->limbs; i-- > 0;) {
		left = left << 32 | n->limb[i];
		n->limb[i] = (uint32_t)(left / GROUP);
		left %= GROUP;
	}
	while (n->limbs > 0 && n->limb[n->limbs - 1] == 0)
		n->limbs--;
	return (uint32_t)left;
}

/* n = n * factor + add; -1 when it outgrows the limbs. */
static int
number_multiply(struct number *n, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;
	size_t i;

	for (i = 0; i < n->limbs; i++) {
		carry += (uint64_t)n->limb[i] * factor;
		n->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry == 0)
		return 0;
	if (n->limbs == LIMBS)
		return -1;
	n->limb[n->limbs++] = (uint32_t)carry;
	return 0;
}

static size_t
zeros_before(const uint8_t *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] == 0)
		n++;
	return n;
}

size_t
base58_encode(const void *data, size_t len, char *out, size_t size)
{
	char digits[BASE58_CHARS_MAX(BASE58_BYTES_MAX) + GROUP_CHARS];
	size_t zeros = zeros_before(data, len), count = 0, n = 0, i;
	struct number x;

	assert(len <= BASE58_BYTES_MAX && size > BASE58_CHARS_MAX(len));
	number_read(&x, data, len);
	while (x.limbs > 0) {
		uint32_t group = number_divide(&x);

		for (i = 0; i < GROUP_CHARS; i++, group /= 58)
			digits[count++] = base58_alphabet[group % 58];
	}
	while (count > 0 && digits[count - 1] == '1')
		count--;
	while (n < zeros)
		out[n++] = '1';
	while (count > 0)
		out[n++] = digits[--count];
	out[n] = '\0';
	return n;
}

/* The number text stands for; -1 at a foreign character or past BASE58_BYTES_MAX. */
static int
base58_read(struct span text, struct number *x)
{
	uint32_t group = 0, factor = 1;
	size_t i;
	int v;

	*x = (struct number){ 0 };
	for (i = 0; i < text.len; i++) {
		if ((v = digit_value(base58_alphabet, 58, text.ptr[i])) == -1)
			return -1;
		group = group * 58 + (uint32_t)v;
		factor *= 58;
		if (factor == GROUP || i + 1 == text.len) {
			if (number_multiply(x, factor, group) == -1)
				return -1;
			group = 0;
			factor = 1;
		}
	}
	return 0;
}

int
base58_decode(struct span text, void *out, size_t size)
{
	uint8_t *to = out;
	struct number x;
	size_t zeros = 0, len, i;

	if (text.len > BASE58_CHARS_MAX(BASE58_BYTES_MAX) || base58_read(text, &x) == -1)
		return -1;
	while (zeros < text.len && text.ptr[zeros] == '1') /* one for each leading zero byte */
		zeros++;
	len = x.limbs * 4;
	while (len > 0 && x.limb[(len - 1) / 4] >> ((len - 1) % 4 * 8) == 0)
		len--;
	if (zeros + len > size || zeros + len > BASE58_BYTES_MAX)
		return -1;
	memset(to, 0, zeros);
	for (i = 0; i < len; i++)
		to[zeros + len - 1 - i] = (uint8_t)(x.limb[i / 4] >> (i % 4 * 8));
	return (int)(zeros + len);
}
