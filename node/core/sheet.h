/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sheet.h - a root key as four lines of letters on paper, and read again as people type them.
 *
 * 35 bytes: what it is, the seed, two bytes of their SHA-256; in base32 56 letters,
 * 14 a line; each line ends with two letters of check, by which any single slip of
 * the pen, and any two letters exchanged, are known with their line (SPEC: Recovery sheet).
 */
#ifndef NODE_CORE_SHEET_H
#define NODE_CORE_SHEET_H

#include <stdint.h>

#include "node/core/keyfile.h"

struct err;

#define SHEET_LINES	4
#define SHEET_LETTERS	16			/* a line */
#define SHEET_LINE_BYTES (SHEET_LETTERS + 4)	/* in groups of four, and a NUL */

/* A root or next root. */
void	sheet_encode(enum key_role role, const uint8_t seed[32], char line[SHEET_LINES][SHEET_LINE_BYTES]);

/* Read it back: blanks, hyphens, dots and case mean nothing, 0 is O, 1 is I, 8 is B, "1." before a line is its
 * number; or all 64 letters in one line, as the QR code has them.  ERR_INPUT names each line that is wrong. */
int	sheet_decode(struct span text, enum key_role *role, uint8_t seed[32], struct err *e);

#endif
