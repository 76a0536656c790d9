/* SPDX-License-Identifier: AGPL-3.0-or-later
 * beside.c - see beside.h. */
#include "tools/cli/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/err.h"

int
beside_open(const char *file, char *temp, size_t size, struct err *e)
{
	int fd;

	if (strcmp(file, "-") == 0) {
		temp[0] = '\0';
		return dup(STDOUT_FILENO);
	}
	if (snprintf(temp, size, "%s.part", file) >= (int)size)
		return err_set(e, ERR_USAGE, "%s: the name is too long", file);
	if ((fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)) == -1)
		return err_set(e, ERR_IO, "%s: %s", temp, strerror(errno));
	return fd;
}

int
beside_settle(const char *temp, const char *file, int rc, struct err *e)
{
	if (temp[0] == '\0')
		return rc;
	if (rc == 0 && rename(temp, file) == -1)
		rc = err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
	if (rc == -1)
		unlink(temp);
	return rc;
}
