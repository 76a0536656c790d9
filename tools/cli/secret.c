/* SPDX-License-Identifier: AGPL-3.0-or-later
 * secret.c - see secret.h. */
#include "tools/cli/secret.h"

#include <stdlib.h>

#include <sodium.h>

#include "node/core/keyring.h"
#include "node/core/passphrase.h"
#include "proto/err.h"
#include "tools/cli/cli.h"

int
secret_read(const char *path, struct keyfile *out, struct err *e)
{
	struct buf passphrase;
	struct keyfile_lock lock;
	char prompt[300];
	int rc;

	if (keyring_read_file(path, out, e) == -1)
		return -1;
	if (!out->locked)
		return 0;
	snprintf(prompt, sizeof prompt, "passphrase of %.200s", path);
	if (passphrase_ask(NULL, prompt, &passphrase, e) == -1)
		return -1;
	if ((rc = keyfile_lock_of(out, buf_span(&passphrase), &lock, e)) == 0)
		rc = keyfile_unlock(out, &lock, e);
	sodium_memzero(&lock, sizeof lock);
	passphrase_clear(&passphrase);
	return rc == -1 ? err_wrap(e, "%s", path) : 0;
}

int
secret_read_root(const char *path, uint8_t sk[64], struct err *e)
{
	struct keyfile f;
	uint8_t pub[32];
	int rc = secret_read(path, &f, e);

	if (rc == 0 && f.role != KEY_ROOT && f.role != KEY_NEXT_ROOT)
		rc = err_set(e, ERR_INPUT, "%s is %s %s key: a root key is needed here", path,
		    f.role == KEY_OPERATING || f.role == KEY_IMPORT ? "an" : "a", key_role_name(f.role));
	if (rc == 0)
		crypto_sign_seed_keypair(pub, sk, f.seed);
	sodium_memzero(&f, sizeof f);
	return rc;
}

int
secret_lock(const struct cli *c, struct keyfile_lock *out, int *have, struct err *e)
{
	struct buf passphrase;
	int rc;

	if (!(*have = cli_has(c, "encrypt")))
		return 0;
	if (passphrase_choose("new passphrase", &passphrase, e) == -1)
		return -1;
	rc = keyfile_lock_new(buf_span(&passphrase), out, e);
	passphrase_clear(&passphrase);
	return rc;
}

int
secret_source(const struct cli *c, struct err *e)
{
	int64_t fd;

	if (!cli_has(c, "passphrase-fd"))
		return 0;
	if (cli_number(c, "passphrase-fd", 0, 1023, 0, &fd, e) == -1)
		return -1;
	return setenv(PASSPHRASE_FD, cli_option(c, "passphrase-fd"), 1) == 0 ? 0 : err_memory(e);
}
