/* SPDX-License-Identifier: AGPL-3.0-or-later
 * file.c - see file.h. */
#include "node/core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/err.h"

static int
fail(struct err *e, const char *path)
{
	int code = errno;

	return err_set(e, code == ENOENT ? ERR_NOT_FOUND : code == EACCES || code == EPERM ? ERR_FORBIDDEN :
	    ERR_IO, "%s: %s", path, strerror(code));
}

int
file_read(const char *path, struct buf *out, struct err *e)
{
	char chunk[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd == -1)
		return fail(e, path);
	while (rc == 0 && (n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			rc = fail(e, path);
		else if ((rc = buf_add(out, chunk, (size_t)n, e)) == -1)
			err_wrap(e, "%s", path);
	}
	close(fd);
	explicit_bzero(chunk, sizeof chunk);	/* it may have been a key */
	return rc;
}

static int
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* The new name is on disk only when its directory is. */
static int
sync_directory(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int fd, rc;

	snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return fail(e, dir);
	rc = fsync(fd) == -1 && errno != EINVAL ? fail(e, dir) : 0;
	close(fd);
	return rc;
}

int
file_write(const char *path, struct span bytes, mode_t mode, struct err *e)
{
	char temp[PATH_MAX];
	int fd;

	if (snprintf(temp, sizeof temp, "%s.new", path) >= (int)sizeof temp)
		return err_set(e, ERR_LIMIT, "the path %s is too long", path);
	unlink(temp);
	if ((fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)) == -1)
		return fail(e, temp);
	if (write_all(fd, bytes) == -1 || fchmod(fd, mode) == -1 || fsync(fd) == -1) {
		fail(e, path);
		close(fd);
		unlink(temp);
		return -1;
	}
	if (close(fd) == -1 || rename(temp, path) == -1) {
		fail(e, path);
		unlink(temp);
		return -1;
	}
	return sync_directory(path, e);
}

int
file_path(char *out, size_t size, const char *dir, const char *name, struct err *e)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? err_set(e, ERR_LIMIT, "the path %s is too long", dir) : 0;
}

int
file_shipped(const char *name, char *out, size_t size)
{
	static const char *const folder[] = {
		"../share/essaim", "../../deploy", "../../../deploy", "../../../../deploy",
	};
	char self[PATH_MAX], dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	struct err e;
	char *slash;
	size_t i;

	if (n <= 0)
		return 0;
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return 0;
	*slash = '\0';
	for (i = 0; i < sizeof folder / sizeof folder[0]; i++)
		if (file_path(dir, sizeof dir, self, folder[i], &e) == 0 &&
		    file_path(out, size, dir, name, &e) == 0 && access(out, R_OK) == 0)
			return 1;
	return 0;
}

int
file_mkdir(const char *path, struct err *e)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return fail(e, path);
	if (stat(path, &st) == -1)
		return fail(e, path);
	return S_ISDIR(st.st_mode) ? 0 : err_set(e, ERR_CONFLICT, "%s is not a directory", path);
}
