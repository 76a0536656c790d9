/* SPDX-License-Identifier: AGPL-3.0-or-later
 * file.h - whole files, read with a limit and written so that a crash leaves the old or the new one.
 */
#ifndef NODE_CORE_FILE_H
#define NODE_CORE_FILE_H

#include <sys/types.h>

#include "proto/buf.h"

struct err;

/* Append the file's bytes to out, up to its maximum.  ERR_NOT_FOUND when there is none. */
int	file_read(const char *path, struct buf *out, struct err *e);
/* Write through a temporary file beside it, synced, then renamed. */
int	file_write(const char *path, struct span bytes, mode_t mode, struct err *e);
/* DIR/NAME into out; ERR_LIMIT when it does not fit. */
int	file_path(char *out, size_t size, const char *dir, const char *name, struct err *e);
/* The path of a file that ships with the program: ../share/essaim/NAME from where it lies, else deploy/NAME of
 * the tree it was built in.  1 when there is such a file. */
int	file_shipped(const char *name, char *out, size_t size);
/* Make a directory that is ours alone (0700); existing is fine. */
int	file_mkdir(const char *path, struct err *e);

#endif
