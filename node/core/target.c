/* SPDX-License-Identifier: AGPL-3.0-or-later
 * target.c - see target.h. */
#include "node/core/target.h"

#include <string.h>

int
target_add(struct buf *target, const char *name, const char *value, struct err *e)
{
	const char *p;

	if (value == NULL)
		return 0;
	if (buf_addc(target, target->ptr != NULL && strchr(target->ptr, '?') != NULL ? '&' : '?', e) == -1 ||
	    buf_adds(target, name, e) == -1 || buf_addc(target, '=', e) == -1)
		return -1;
	for (p = value; *p != '\0'; p++) {
		int plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
		    strchr("-._~:/", *p) != NULL;

		if ((plain ? buf_addc(target, *p, e) : buf_addf(target, e, "%%%02X", (unsigned char)*p)) == -1)
			return -1;
	}
	return 0;
}
