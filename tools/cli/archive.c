/* SPDX-License-Identifier: AGPL-3.0-or-later
 * archive.c - see archive.h. */
#include "tools/cli/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "proto/err.h"

#define BLOCK		512
#define PATH_BYTES	4096
#define FILES_MAX	1000
#define FILE_BYTES_MAX	((int64_t)1 << 38)

/* POSIX ustar header: where each member lies in its 512 bytes. */
enum { NAME = 0, MODE = 100, UID = 108, GID = 116, SIZE = 124, MTIME = 136, SUM = 148, TYPE = 156, MAGIC = 257 };

struct archive {
	char file[PATH_BYTES];
	gzFile gz;
	int failed;
};

int
archive_create(const char *file, struct archive **out, struct err *e)
{
	struct archive *a = calloc(1, sizeof *a);
	int fd;

	if (a == NULL)
		return err_memory(e);
	if (snprintf(a->file, sizeof a->file, "%s", file) >= (int)sizeof a->file ||
	    (fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) == -1) {
		free(a);
		return err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
	}
	if ((a->gz = gzdopen(fd, "wb6")) == NULL) {
		close(fd);
		unlink(file);
		free(a);
		return err_memory(e);
	}
	*out = a;
	return 0;
}

static unsigned
checksum(const unsigned char h[BLOCK])
{
	unsigned sum = 0, i;

	for (i = 0; i < BLOCK; i++)
		sum += i >= SUM && i < SUM + 8 ? ' ' : h[i];
	return sum;
}

static void
octal(unsigned char *at, size_t width, uint64_t n)
{
	at[width - 1] = '\0';
	for (size_t i = width - 1; i-- > 0; n >>= 3)
		at[i] = (unsigned char)('0' + (n & 7));
}

static int
write_all(struct archive *a, const void *data, unsigned len, struct err *e)
{
	if (gzwrite(a->gz, data, len) == (int)len)
		return 0;
	return err_set(e, ERR_IO, "%s: it cannot be written (is the disk full?)", a->file);
}

static int
write_header(struct archive *a, const char *name, int64_t size, struct err *e)
{
	unsigned char h[BLOCK] = { 0 };
	char sum[8];

	if (strlen(name) >= 100)
		return err_set(e, ERR_LIMIT, "%s: the name is too long", name);
	memcpy(h + NAME, name, strlen(name));
	octal(h + MODE, 8, 0600);
	octal(h + UID, 8, 0);
	octal(h + GID, 8, 0);
	octal(h + SIZE, 12, (uint64_t)size);
	octal(h + MTIME, 12, 0);
	h[TYPE] = '0';
	memcpy(h + MAGIC, "ustar\0" "00", 8);
	snprintf(sum, sizeof sum, "%06o", checksum(h) & 0777777u);
	memcpy(h + SUM, sum, 7);
	h[SUM + 7] = ' ';
	return write_all(a, h, BLOCK, e);
}

int
archive_add(struct archive *a, const char *name, const char *path, struct err *e)
{
	unsigned char chunk[BLOCK * 32];
	FILE *f = fopen(path, "rb");
	struct stat st;
	int64_t left;
	int rc;

	if (f == NULL || fstat(fileno(f), &st) == -1) {
		if (f != NULL)
			fclose(f);
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	left = st.st_size;
	rc = write_header(a, name, left, e);
	while (rc == 0 && left > 0) {
		size_t want = left < (int64_t)sizeof chunk ? (size_t)left : sizeof chunk, n;

		memset(chunk, 0, sizeof chunk);
		if ((n = fread(chunk, 1, want, f)) != want)
			rc = err_set(e, ERR_IO, "%s: changed while it was read", path);
		else
			rc = write_all(a, chunk, (unsigned)((n + BLOCK - 1) / BLOCK * BLOCK), e);
		left -= (int64_t)n;
	}
	fclose(f);
	return rc;
}

int
archive_add_text(struct archive *a, const char *name, struct span text, struct err *e)
{
	static const unsigned char padding[BLOCK];
	size_t rest = text.len % BLOCK;

	if (write_header(a, name, (int64_t)text.len, e) == -1 || write_all(a, text.ptr, (unsigned)text.len, e) == -1)
		return -1;
	return rest == 0 ? 0 : write_all(a, padding, (unsigned)(BLOCK - rest), e);
}

int
archive_add_folder(struct archive *a, const char *name, const char *path, struct err *e)
{
	char from[PATH_BYTES], to[PATH_BYTES];
	const struct dirent *entry;
	DIR *d = opendir(path);
	struct stat st;
	int rc = 0;

	if (d == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(from, sizeof from, "%s/%s", path, entry->d_name) >= (int)sizeof from ||
		    snprintf(to, sizeof to, "%s/%s", name, entry->d_name) >= (int)sizeof to)
			rc = err_set(e, ERR_LIMIT, "%s: the name is too long", path);
		else if (lstat(from, &st) == 0 && S_ISREG(st.st_mode))
			rc = archive_add(a, to, from, e);
	}
	closedir(d);
	return rc;
}

int
archive_finish(struct archive *a, int keep, struct err *e)
{
	static const unsigned char end[2 * BLOCK];
	int rc = 0;

	if (a == NULL)
		return 0;
	if (keep)
		rc = write_all(a, end, sizeof end, e);
	if (gzclose(a->gz) != Z_OK && keep && rc == 0)
		rc = err_set(e, ERR_IO, "%s: it cannot be written (is the disk full?)", a->file);
	if (!keep || rc == -1)
		unlink(a->file);
	free(a);
	return rc;
}

/* --- reading -------------------------------------------------------------------------------------------- */

static int
is_empty(const char *dir)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);
	int n = 0;

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return n == 0;
}

/* "record.db", "essaim.conf", "keys/NAME.key": nothing else has a place in a backup. */
static int
is_expected(const char *name)
{
	const char *p = name + 5;
	size_t n;

	if (strcmp(name, "record.db") == 0 || strcmp(name, "essaim.conf") == 0)
		return 1;
	n = strlen(name);
	if (strncmp(name, "keys/", 5) != 0 || n < 10 || strcmp(name + n - 4, ".key") != 0 || *p == '.')
		return 0;
	for (; *p != '\0'; p++)
		if (*p == '/' || (unsigned char)*p < 0x20)
			return 0;
	return 1;
}

static int64_t
read_octal(const unsigned char *at, size_t width)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < width && at[i] >= '0' && at[i] <= '7'; i++)
		n = n * 8 + (at[i] - '0');
	return n;
}

static int
read_block(gzFile gz, unsigned char block[BLOCK], struct err *e)
{
	if (gzread(gz, block, BLOCK) == BLOCK)
		return 0;
	return err_set(e, ERR_INPUT, "the backup ends too early or is damaged");
}

static int
extract_file(gzFile gz, const char *path, int64_t size, struct err *e)
{
	unsigned char block[BLOCK];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = 0;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "wb");

	if (f == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	for (; rc == 0 && size > 0; size -= BLOCK) {
		size_t n = size < BLOCK ? (size_t)size : BLOCK;

		if ((rc = read_block(gz, block, e)) == 0 && fwrite(block, 1, n, f) != n)
			rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	if (rc == 0 && (fflush(f) == EOF || fsync(fd) == -1))
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	fclose(f);
	return rc;
}

struct extraction {
	const char *dir, *what;
	archive_expects *expected;
};

/* 1 at the end of the archive. */
static int
extract_next(gzFile gz, const struct extraction *x, struct err *e)
{
	const char *dir = x->dir;
	unsigned char h[BLOCK];
	char name[101], path[PATH_BYTES];
	int64_t size;

	if (read_block(gz, h, e) == -1)
		return -1;
	if (h[0] == '\0')
		return 1;
	memcpy(name, h, 100);
	name[100] = '\0';
	size = read_octal(h + SIZE, 12);
	if (read_octal(h + SUM, 8) != checksum(h) || memcmp(h + MAGIC, "ustar", 5) != 0 || h[TYPE] != '0' ||
	    size < 0 || size > FILE_BYTES_MAX || !x->expected(name))
		return err_set(e, ERR_INPUT, "this is not %s", x->what);
	if (snprintf(path, sizeof path, "%s/keys", dir) >= (int)sizeof path ||
	    (strncmp(name, "keys/", 5) == 0 && mkdir(path, 0700) == -1 && errno != EEXIST) ||
	    snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return extract_file(gz, path, size, e);
}

/* After a failure: what was unpacked goes, so that the folder can be used again. */
static void
empty_again(const char *dir)
{
	static const char *const part[] = { "keys", "" };
	const struct dirent *entry;
	char path[PATH_BYTES];
	size_t i;
	DIR *d;

	for (i = 0; i < 2; i++) {
		int fd;

		if (snprintf(path, sizeof path, "%s/%s", dir, part[i]) >= (int)sizeof path ||
		    (d = opendir(path)) == NULL)
			continue;
		fd = dirfd(d);
		while ((entry = readdir(d)) != NULL)
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				unlinkat(fd, entry->d_name, strcmp(entry->d_name, "keys") == 0 ? AT_REMOVEDIR : 0);
		closedir(d);
	}
}

int
archive_extract(const char *file, const char *dir, struct err *e)
{
	return archive_extract_only(file, dir, is_expected, "a backup made by 'essaim backup'", e);
}

int
archive_extract_only(const char *file, const char *dir, archive_expects *expected, const char *what,
    struct err *e)
{
	struct extraction x = { dir, what, expected };
	gzFile gz;
	int rc = 0, i;

	if (!is_empty(dir))
		return err_set(e, ERR_CONFLICT, "%s is not empty: unpack into a new folder", dir);
	if ((gz = gzopen(file, "rb")) == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", file, strerror(errno));
	for (i = 0; rc == 0 && i < FILES_MAX; i++)
		rc = extract_next(gz, &x, e);
	gzclose(gz);
	if (rc == -1)
		empty_again(dir);
	return rc == -1 ? err_wrap(e, "%s", file) : 0;
}
