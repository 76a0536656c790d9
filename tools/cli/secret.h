/* SPDX-License-Identifier: AGPL-3.0-or-later
 * secret.h - key files and passphrases as the command line meets them: nothing of it passes through a node.
 */
#ifndef TOOLS_CLI_SECRET_H
#define TOOLS_CLI_SECRET_H

#include "node/core/keyfile.h"

struct cli;
struct err;

/* Read a key file, asking for its passphrase when it is locked.  Wipe it after use. */
int	secret_read(const char *path, struct keyfile *out, struct err *e);
/* The same for one that can sign identities, a root or a next root; sk is libsodium's secret. */
int	secret_read_root(const char *path, uint8_t sk[64], struct err *e);

/* A lock by a passphrase that is chosen now, when --encrypt was given; *have says so. */
int	secret_lock(const struct cli *c, struct keyfile_lock *out, int *have, struct err *e);

/* Hand --passphrase-fd on to whoever asks for a passphrase in this process. */
int	secret_source(const struct cli *c, struct err *e);

#endif
