/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.h - a backup as one file: gzip of a tar (POSIX ustar), so that tar(1) reads it too.
 *
 * It holds record.db, essaim.conf and keys/: what a node is.  The search index is not in it, since it
 * is made again from the records.
 */
#ifndef TOOLS_CLI_ARCHIVE_H
#define TOOLS_CLI_ARCHIVE_H

#include "proto/buf.h"

struct archive;
struct err;

int	archive_create(const char *file, struct archive **out, struct err *e);	/* mode 0600; must not exist */
int	archive_add(struct archive *a, const char *name, const char *path, struct err *e);
int	archive_add_text(struct archive *a, const char *name, struct span text, struct err *e);
/* Every regular file of the folder at path, as name/FILE. */
int	archive_add_folder(struct archive *a, const char *name, const char *path, struct err *e);
/* Close it; with keep 0, or when writing fails, the file is removed. */
int	archive_finish(struct archive *a, int keep, struct err *e);

/* Unpack into dir, which must be empty.  Only what archive_add writes is accepted: no other names, no
 * links, nothing outside dir. */
int	archive_extract(const char *file, const char *dir, struct err *e);
/* The same of another archive: with the members that expected says (1); what is it, for the refusal of others. */
typedef int archive_expects(const char *name);
int	archive_extract_only(const char *file, const char *dir, archive_expects *expected, const char *what,
	    struct err *e);

#endif
