/* SPDX-License-Identifier: AGPL-3.0-or-later
 * key.c - who may sign: list, create, delegate, revoke, rotate, succeed; and the same in three steps where the root
 * is kept on another machine: request, sign, apply.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "node/core/keyring.h"
#include "node/core/keyrequest.h"
#include "node/core/passphrase.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/secret.h"
#include "tools/cli/show.h"

#define ANSWER_BYTES_MAX	(4 * RECORD_BYTES_MAX)
#define DAYS_MAX		3653

/* --- list ------------------------------------------------------------------------------------ */

static void
show_window(const struct cli *c, json_t *k)
{
	fprintf(c->out, "    %s  %s to %s%s%s\n", show_str(k, "key"), show_time(show_int(k, "from")).text,
	    show_time(show_int(k, "until")).text, json_is_true(json_object_get(k, "here")) ? "  this node signs with it" : "",
	    json_is_true(json_object_get(k, "pending")) ? "  waits here to be taken up" : "");
}

static int
is_true(json_t *v, const char *name)
{
	return json_is_true(json_object_get(v, name));
}

static void
show_author_keys(const struct cli *c, json_t *a)
{
	json_t *keys = json_object_get(a, "keys"), *k;
	size_t i;

	fprintf(c->out, "%s  %s\n  root, generation %" PRId64 ": %s\n    %s\n", show_str(a, "name"), show_str(a, "did"),
	    show_int(a, "generation"), show_str(a, "root"), is_true(a, "root_here")
	    ? "a root key lies in this folder: move it to a safe place elsewhere" : "not in this folder");
	if (is_true(a, "next_root_here"))
		fputs("    so does the next root: move it to another safe place\n", c->out);
	fputs("  may sign:\n", c->out);
	json_array_foreach(keys, i, k)
		show_window(c, k);
	if (!is_true(a, "authorised"))
		fprintf(c->out, "  PROBLEM: this node signs with %s, which may not sign now: essaim key rotate\n",
		    show_str(a, "signs_with"));
	if (is_true(a, "pending"))
		fputs("  a new key waits for the root's signature: essaim key apply\n", c->out);
	fprintf(c->out, "  key files are %s\n", is_true(a, "locked") ? "locked by a passphrase" : "not locked: essaim key lock");
}

static void
show_keys(const struct cli *c, json_t *all)
{
	json_t *a;
	size_t i;

	json_array_foreach(all, i, a)
		show_author_keys(c, a);
}

int
cmd_key_list(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/keys", e);

	if (rc == 0 && (rc = target_add(&target, "author", cli_option(c, "author"), e)) == 0)
		rc = show_call(c, METHOD_GET, target.ptr, (struct span){ 0 }, show_keys, e);
	buf_clear(&target);
	return rc;
}

/* --- create ---------------------------------------------------------------------------------- */

static int
draw_key(const struct cli *c, const char *path, enum key_role role, const char *author, uint8_t pub[32],
    struct err *e)
{
	struct keyfile_lock lock;
	char did[DIDKEY_CHARS + 1];
	uint8_t seed[32], sk[64];
	int locked, rc = secret_lock(c, &lock, &locked, e);

	if (rc == -1)
		return -1;
	randombytes_buf(seed, sizeof seed);
	crypto_sign_seed_keypair(pub, sk, seed);
	didkey_format(pub, did);
	rc = keyring_write_file(path, role, author == NULL ? did : author, seed, locked ? &lock : NULL, e);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(sk, sizeof sk);
	sodium_memzero(&lock, sizeof lock);
	return rc;
}

int
cmd_key_create(struct cli *c, struct err *e)
{
	const char *path = c->arg_count > 0 ? c->arg[0] : "essaim.key", *role = cli_option(c, "role");
	const char *author = cli_option(c, "author");
	char did[DIDKEY_CHARS + 1];
	uint8_t pub[32];
	int r = KEY_OPERATING;

	for (r = role == NULL ? KEY_OPERATING : 0; role != NULL && r <= KEY_OPERATING; r++)
		if (strcmp(role, key_role_name((enum key_role)r)) == 0)
			break;
	if (r > KEY_OPERATING)
		return err_set(e, ERR_USAGE, "--role is operating, root or next-root, not \"%s\"", role);
	if ((author != NULL && didkey_parse(span_str(author), pub, e) == -1) ||
	    draw_key(c, path, (enum key_role)r, author, pub, e) == -1)
		return -1;
	didkey_format(pub, did);
	fprintf(c->out, c->json ? "{\"key\":\"%s\",\"file\":true}\n" : "%s\n", did);
	return 0;
}

/* --- request --------------------------------------------------------------------------------- */

/* The window of a key newly listed, as parameters. */
static int
add_window(struct cli *c, struct buf *target, struct err *e)
{
	char text[24];
	int64_t days, now = (int64_t)time(NULL);

	if (!cli_has(c, "days"))
		return 0;
	if (cli_number(c, "days", 1, DAYS_MAX, 0, &days, e) == -1)
		return -1;
	snprintf(text, sizeof text, "%" PRId64, now + days * DAY_S);
	return target_add(target, "until", text, e);
}

static int
ask_node(struct cli *c, struct client *node, const char *what, const char *key, struct buf *out, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, "/api/v1/keys/request", e) == -1 || target_add(&target, "what", what, e) == -1 ||
	    target_add(&target, "author", cli_option(c, "author"), e) == -1 ||
	    target_add(&target, "name", cli_option(c, "name"), e) == -1 || target_add(&target, "key", key, e) == -1 ||
	    add_window(c, &target, e) == -1 ||
	    client_call(node, METHOD_POST, target.ptr, (struct span){ 0 }, out, e) == -1 ? -1 : 0;

	buf_clear(&target);
	return rc;
}

/* To the file, which must be new, or to standard output. */
static int
write_text(struct cli *c, const char *path, struct span text, const char *next, struct err *e)
{
	if (path == NULL || strcmp(path, "-") == 0) {
		fwrite(text.ptr, 1, text.len, c->out);
		return 0;
	}
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s is there already: name another file", path);
	if (file_write(path, text, 0644, e) == -1)
		return -1;
	if (c->json)
		fputs("{\"written\":true}\n", c->out);
	else
		fprintf(c->out, "Written: %s.  %s\n", path, next);
	return 0;
}

int
cmd_key_request(struct cli *c, struct err *e)
{
	struct buf line = BUF_INIT(KEYREQUEST_BYTES_MAX + 1);
	struct client *node = NULL;
	int rc = client_open(c->data, &node, e);

	if (rc == 0 && (rc = ask_node(c, node, c->arg[0], cli_option(c, "key"), &line, e)) == 0)
		rc = write_text(c, c->arg[1], buf_span(&line), "Where the root is: essaim key sign", e);
	client_close(node);
	buf_clear(&line);
	return rc;
}

/* --- sign ------------------------------------------------------------------------------------ */

static void
show_request(const struct cli *c, const struct keyrequest *q)
{
	const struct keyrequest_step *last = &q->step[q->step_count - 1];
	char did[DIDKEY_CHARS + 1];
	size_t i;

	fprintf(c->messages, "For %.*s%s.  These may sign for it then:\n", (int)q->record.author.len, q->record.author.ptr,
	    q->succession ? ", whose next root takes over" : "");
	for (i = 0; i < last->key_count; i++) {
		didkey_format(last->key[i].key, did);
		fprintf(c->messages, "  %s  %s to %s\n", did, show_time(last->key[i].from).text,
		    show_time(last->key[i].until).text);
	}
}

/* Sign with the root of that file; a succession draws the root after it, into the file next. */
static int
sign_with(struct cli *c, const struct keyrequest *q, const char *root, const char *next, struct buf *out,
    struct err *e)
{
	char did[DIDKEY_CHARS + 1], beside[PATH_MAX];
	uint8_t sk[64], pub[32], commitment[32];
	int rc;

	if (q->succession && next == NULL) {
		snprintf(beside, sizeof beside, "%.*s.next", (int)sizeof beside - 8, root);
		next = beside;
	}
	snprintf(did, sizeof did, "%.*s", (int)q->record.author.len, q->record.author.ptr);
	if ((rc = secret_read_root(root, sk, e)) == 0 && (rc = keyrequest_check(q, sk, e)) == 0 && q->succession) {
		if ((rc = draw_key(c, next, KEY_NEXT_ROOT, did, pub, e)) == 0) {
			identity_commitment(pub, commitment);
			fprintf(c->messages, "The root to come is in %s: keep it apart from the one that signs now.\n", next);
		}
	}
	if (rc == 0)
		rc = keyrequest_sign(q, sk, q->succession ? commitment : NULL, out, e);
	sodium_memzero(sk, sizeof sk);
	return rc;
}

int
cmd_key_sign(struct cli *c, struct err *e)
{
	struct buf text = BUF_INIT(KEYREQUEST_BYTES_MAX + 1), out = BUF_INIT(ANSWER_BYTES_MAX);
	const char *root = cli_option(c, "root");
	struct keyrequest q;
	int rc;

	if (root == NULL)
		return err_set(e, ERR_USAGE, "say which root signs: --root FILE");
	if ((rc = cli_read_file(c->arg[0], &text, e)) == 0 && (rc = keyrequest_parse(buf_span(&text), &q, e)) == -1)
		err_wrap(e, "%s", c->arg[0]);
	if (rc == 0) {
		show_request(c, &q);
		if (!cli_has(c, "yes") && !cli_confirm(c, "Sign this?"))
			rc = err_set(e, ERR_FORBIDDEN, "not signed (without a terminal, say --yes)");
	}
	if (rc == 0 && (rc = sign_with(c, &q, root, cli_option(c, "next"), &out, e)) == 0)
		rc = write_text(c, c->arg[1], buf_span(&out), "Back at the node: essaim key apply", e);
	buf_clear(&text);
	buf_clear(&out);
	return rc;
}

/* --- apply ----------------------------------------------------------------------------------- */

static void
show_applied(const struct cli *c, json_t *v)
{
	fprintf(c->out, "Done for %s: the identity is published (generation %" PRId64 ")", show_str(v, "author"),
	    show_int(v, "generation"));
	if (show_int(v, "resigned") > 0)
		fprintf(c->out, ", %" PRId64 " records signed again", show_int(v, "resigned"));
	if (show_int(v, "others") > 0)
		fprintf(c->out, ", %" PRId64 " of unknown origin %s", show_int(v, "others"),
		    cli_has(c, "keep-others") ? "among them" : "dropped");
	fputs(".  Peers learn of it with the next exchange.\n", c->out);
}

/* Nothing was done: a person has to say what becomes of these. */
static int
show_choice(struct cli *c, json_t *v, struct err *e)
{
	json_t *refs = json_object_get(v, "refs"), *ref;
	size_t i;

	json_array_foreach(refs, i, ref)
		if (!c->json)
			fprintf(c->messages, "  %s\n", json_string_value(ref));
	return err_set(e, ERR_CONFLICT, "%s", show_str(v, "message"));
}

static int
apply_lines(struct cli *c, struct client *node, struct span lines, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), out = BUF_INIT(65536);
	json_t *v = NULL;
	int rc = -1;

	if (cli_has(c, "keep-others") && cli_has(c, "drop-others"))
		return err_set(e, ERR_USAGE, "either --keep-others or --drop-others");
	if (buf_adds(&target, "/api/v1/keys/apply", e) == 0 && target_add(&target, "others",
	    cli_has(c, "keep-others") ? "keep" : cli_has(c, "drop-others") ? "drop" : NULL, e) == 0 &&
	    client_call(node, METHOD_POST, target.ptr, lines, &out, e) == 0 &&
	    (v = show_parse(buf_span(&out), e)) != NULL) {
		rc = is_true(v, "applied") ? 0 : show_choice(c, v, e);
		if (c->json) {
			fwrite(out.ptr, 1, out.len, c->out);
			c->json_done = 1;
		} else if (rc == 0)
			show_applied(c, v);
	}
	json_decref(v);
	buf_clear(&target);
	buf_clear(&out);
	return rc;
}

int
cmd_key_apply(struct cli *c, struct err *e)
{
	struct buf lines = BUF_INIT(ANSWER_BYTES_MAX);
	struct client *node = NULL;
	int rc = cli_read_file(c->arg[0], &lines, e);

	if (rc == 0 && (rc = client_open(c->data, &node, e)) == 0)
		rc = apply_lines(c, node, buf_span(&lines), e);
	client_close(node);
	buf_clear(&lines);
	return rc;
}

/* --- all three at once, where the root file is at hand ----------------------------------------- */

/* The root that lies in the node's folder, by the author's short name. */
static int
root_in_folder(struct cli *c, char out[PATH_MAX], struct err *e)
{
	const char *name = cli_option(c, "author");
	char file[96], dir[PATH_MAX];

	if (name != NULL && strncmp(name, "did:", 4) == 0)
		return err_set(e, ERR_USAGE, "say where the root is: --root FILE");
	snprintf(file, sizeof file, "%.64s%sroot.key", name == NULL || strcmp(name, "node") == 0 ? "" : name,
	    name == NULL || strcmp(name, "node") == 0 ? "" : ".");
	if (file_path(dir, sizeof dir, c->data, "keys", e) == -1 || file_path(out, PATH_MAX, dir, file, e) == -1)
		return -1;
	if (access(out, R_OK) == 0)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "%s: %s.  Say where the root is, --root FILE; or, when it is on another machine:"
	    " essaim key request, there essaim key sign, and here essaim key apply", out, strerror(errno));
}

static int
change(struct cli *c, const char *what, const char *key, struct err *e)
{
	struct buf line = BUF_INIT(KEYREQUEST_BYTES_MAX + 1), out = BUF_INIT(ANSWER_BYTES_MAX);
	const char *root = cli_option(c, "root");
	struct client *node = NULL;
	struct keyrequest q;
	char path[PATH_MAX];
	int rc = -1;

	if (root == NULL && root_in_folder(c, path, e) == -1)
		return -1;
	if (client_open(c->data, &node, e) == 0 && ask_node(c, node, what, key, &line, e) == 0 &&
	    keyrequest_parse(buf_span(&line), &q, e) == 0 &&
	    sign_with(c, &q, root == NULL ? path : root, cli_option(c, "next"), &out, e) == 0)
		rc = apply_lines(c, node, buf_span(&out), e);
	client_close(node);
	buf_clear(&line);
	buf_clear(&out);
	return rc;
}

int
cmd_key_delegate(struct cli *c, struct err *e)
{
	return change(c, "delegate", cli_option(c, "key"), e);
}

int
cmd_key_revoke(struct cli *c, struct err *e)
{
	return change(c, "revoke", c->arg[0], e);
}

int
cmd_key_rotate(struct cli *c, struct err *e)
{
	return change(c, "rotate", NULL, e);
}

int
cmd_key_succeed(struct cli *c, struct err *e)
{
	if (!cli_has(c, "root"))
		return err_set(e, ERR_USAGE, "say where the next root is, which was made with the first one: --root FILE");
	return change(c, "succeed", NULL, e);
}

/* --- locking --------------------------------------------------------------------------------- */

/* A running node goes on writing keys as it read them: the files change only under none. */
static int
relock(struct cli *c, const struct keyfile_lock *lock, struct err *e)
{
	struct keyring *k = NULL;
	size_t count;

	if (client_is_running(c->data))
		return err_set(e, ERR_BUSY, "a node runs on %s: stop it first (essaim stop), then start it again", c->data);
	if (keyring_open(c->data, &k, e) == -1)
		return -1;
	if (keyring_relock(k, lock, &count, e) == -1) {
		keyring_close(k);
		return -1;
	}
	keyring_close(k);
	fprintf(c->out, c->json ? "{\"files\":%zu,\"locked\":%s}\n" : "%zu key files are %s.\n", count,
	    c->json ? (lock != NULL ? "true" : "false") : lock != NULL ? "locked" : "no longer locked");
	return 0;
}

int
cmd_key_lock(struct cli *c, struct err *e)
{
	struct buf passphrase;
	struct keyfile_lock lock;
	int rc;

	if (cli_has(c, "remove"))
		return relock(c, NULL, e);
	if (passphrase_choose("new passphrase", &passphrase, e) == -1)
		return -1;
	if ((rc = keyfile_lock_new(buf_span(&passphrase), &lock, e)) == 0)
		rc = relock(c, &lock, e);
	sodium_memzero(&lock, sizeof lock);
	passphrase_clear(&passphrase);
	return rc;
}
