/* SPDX-License-Identifier: AGPL-3.0-or-later
 * session.h - who is the operator: one-time links and the sessions they open.
 *
 * In memory only, so a restart ends them.  Tokens are 32 random bytes as base64url; what is
 * kept is a keyed hash, looked up by that, so neither a dump nor timing gives one away.  Any thread.
 */
#ifndef NODE_WEB_SESSION_H
#define NODE_WEB_SESSION_H

#include <stdint.h>

struct err;
struct sessions;

#define TOKEN_CHARS		43
#define LOGIN_LINK_S		600		/* a link may be used once within */
#define SESSION_S		(12 * 3600)
#define LOGIN_LINKS_MAX		8		/* waiting at a time; a further one replaces the oldest */
#define SESSIONS_MAX		32		/* ditto */
#define SESSION_COOKIE		"essaim-operator"

int	sessions_new(struct sessions **out, struct err *e);
void	sessions_free(struct sessions *s);

/* A fresh link's token. */
void	session_invite(struct sessions *s, int64_t now_s, char token[TOKEN_CHARS + 1]);
/* Use a link's token up and open a session.  1, or 0 when it is unknown, used or too old. */
int	session_open(struct sessions *s, const char *invitation, int64_t now_s, char token[TOKEN_CHARS + 1]);
/* Is there such a session now?  1 or 0. */
int	session_holds(struct sessions *s, const char *token, int64_t now_s);
void	session_close(struct sessions *s, const char *token);

/* The token that each form of a session carries against requests from other sites, and its check. */
void	session_csrf(const struct sessions *s, const char *token, char out[TOKEN_CHARS + 1]);
int	session_csrf_ok(const struct sessions *s, const char *token, const char *csrf);

#endif
