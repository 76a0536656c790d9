/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passphrase.h - where a passphrase comes from, and nowhere else: never the command line, never a setting.
 */
#ifndef NODE_CORE_PASSPHRASE_H
#define NODE_CORE_PASSPHRASE_H

#include "proto/buf.h"

struct err;

#define PASSPHRASE_BYTES_MAX	1024
#define PASSPHRASE_FD		"ESSAIM_PASSPHRASE_FD"	/* in the environment: a descriptor, one passphrase a line */
#define PASSPHRASE_CREDENTIAL	"essaim-passphrase"	/* of the node's own keys, in $CREDENTIALS_DIRECTORY */

/* Ask for one: the systemd credential of that name (NULL: none has it), else the next line of the descriptor
 * that the environment names, else the terminal, without echo, with the prompt.  *out owns it; give it back by
 * passphrase_clear.  ERR_FORBIDDEN says how one could be given. */
int	passphrase_ask(const char *credential, const char *prompt, struct buf *out, struct err *e);
/* A new one: asked twice on a terminal, and not empty. */
int	passphrase_choose(const char *prompt, struct buf *out, struct err *e);
void	passphrase_clear(struct buf *b);	/* wiped */

#endif
