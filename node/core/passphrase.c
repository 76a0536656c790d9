/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passphrase.c - see passphrase.h. */
#include "node/core/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "proto/err.h"

#define INTERRUPT '\x03'	/* Ctrl-C, read as a character: the terminal must not be left without echo */
#define HOW "in a terminal, by --passphrase-fd N, or as the systemd credential \"" PASSPHRASE_CREDENTIAL "\""

void
passphrase_clear(struct buf *b)
{
	if (b->ptr != NULL)
		sodium_memzero(b->ptr, b->cap);
	buf_clear(b);
}

/* One line, a byte at a time: what follows belongs to the next question.  1 a line, 0 nothing left, -1. */
static int
read_line(int fd, struct buf *out, struct err *e)
{
	char c = '\0';
	ssize_t n;
	int any = 0;

	/* its room at once, so that no copy is left behind as it grows */
	if (buf_reserve(out, PASSPHRASE_BYTES_MAX, e) == -1)
		return -1;
	while ((n = read(fd, &c, 1)) == 1 || (n == -1 && errno == EINTR)) {
		if (n == -1)
			continue;
		any = 1;
		if (c == '\n')
			break;
		if (c == INTERRUPT)
			return err_set(e, ERR_FORBIDDEN, "given up");
		if (buf_addc(out, c, e) == -1)
			return err_wrap(e, "passphrase");
	}
	sodium_memzero(&c, sizeof c);
	return n == -1 ? err_set(e, ERR_IO, "passphrase: %s", strerror(errno)) : any;
}

static int
from_credential(const char *name, struct buf *out, struct err *e)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	int fd, rc;

	if (dir == NULL || name == NULL || file_path(path, sizeof path, dir, name, e) == -1)
		return 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	rc = read_line(fd, out, e);
	close(fd);
	return rc;
}

static int
from_descriptor(struct buf *out, struct err *e)
{
	const char *text = getenv(PASSPHRASE_FD);
	char *end;
	long fd;
	int rc;

	if (text == NULL || *text == '\0')
		return 0;
	fd = strtol(text, &end, 10);
	if (*end != '\0' || fd < 0 || fd > INT_MAX)
		return err_set(e, ERR_USAGE, "\"%s\" is not the number of a descriptor", text);
	if ((rc = read_line((int)fd, out, e)) == 0)
		return err_set(e, ERR_FORBIDDEN, "descriptor %ld holds no further passphrase", fd);
	return rc;
}

static int
from_terminal(const char *prompt, struct buf *out, struct err *e)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;
	struct termios was, silent;

	if (fd == -1)
		return 0;
	if (tcgetattr(fd, &was) == -1) {
		close(fd);
		return 0;
	}
	silent = was;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	silent.c_cc[VEOL] = INTERRUPT;
	tcsetattr(fd, TCSAFLUSH, &silent);
	dprintf(fd, "%s: ", prompt);
	rc = read_line(fd, out, e);
	tcsetattr(fd, TCSAFLUSH, &was);
	dprintf(fd, "\n");
	close(fd);
	return rc;
}

int
passphrase_ask(const char *credential, const char *prompt, struct buf *out, struct err *e)
{
	int rc;

	*out = (struct buf)BUF_INIT(PASSPHRASE_BYTES_MAX);
	if ((rc = from_credential(credential, out, e)) == 0 && (rc = from_descriptor(out, e)) == 0 &&
	    (rc = from_terminal(prompt, out, e)) == 0)
		rc = err_set(e, ERR_FORBIDDEN, "%s: give it " HOW, prompt);
	if (rc == -1)
		passphrase_clear(out);
	return rc == 1 ? 0 : -1;
}

int
passphrase_choose(const char *prompt, struct buf *out, struct err *e)
{
	struct buf again = BUF_INIT(PASSPHRASE_BYTES_MAX);
	const char *fd = getenv(PASSPHRASE_FD);
	int rc = passphrase_ask(NULL, prompt, out, e);

	if (rc == 0 && out->len == 0)
		rc = err_set(e, ERR_USAGE, "an empty passphrase protects nothing");
	if (rc == 0 && (fd == NULL || *fd == '\0')) {	/* typed unseen: twice */
		rc = passphrase_ask(NULL, "the same once more", &again, e);
		if (rc == 0 && !span_eq(buf_span(out), buf_span(&again)))
			rc = err_set(e, ERR_USAGE, "the two passphrases differ: nothing was done");
		passphrase_clear(&again);
	}
	if (rc == -1)
		passphrase_clear(out);
	return rc;
}
