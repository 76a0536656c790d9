/* SPDX-License-Identifier: AGPL-3.0-or-later
 * move.c - an association that leaves: all that is its own in one file, and taken in by another node.
 *
 * The file is gzip of a tar: author.ndjson (records as they are signed, rows and mappings of its sources) and keys/,
 * each key file locked by a passphrase chosen for the way.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "node/api/emit.h"
#include "node/core/file.h"
#include "node/core/keyring.h"
#include "node/core/passphrase.h"
#include "proto/err.h"
#include "tools/cli/archive.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/files.h"
#include "tools/cli/job.h"
#include "tools/cli/move.h"
#include "tools/cli/secret.h"
#include "tools/cli/show.h"

#define SECRET_BYTES_MAX 8192
#define LINES_FILE	"author.ndjson"

static const enum key_role moving_role[] = { KEY_OPERATING, KEY_IMPORT, KEY_ROOT, KEY_NEXT_ROOT };
#define MOVING_ROLES (sizeof moving_role / sizeof moving_role[0])

/* A target with the author, and the path unless it is NULL. */
static int
author_target(const char *base, const char *author, const char *path, struct buf *out, struct err *e)
{
	buf_reset(out);
	return buf_adds(out, base, e) == -1 || target_add(out, "author", author, e) == -1 ||
	    target_add(out, "path", path, e) == -1 ? -1 : 0;
}

/* DIR/NAME of the node's folder, as an absolute path. */
static int
folder_path(struct cli *c, const char *name, char out[PATH_MAX], struct err *e)
{
	char dir[PATH_MAX];

	if (realpath(c->data, dir) == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: %s", c->data, strerror(errno));
	return file_path(out, PATH_MAX, dir, name, e);
}

/* --- out ------------------------------------------------------------------------------------- */

/* {"key":…,"kib":…,"passes":…,"salt":…}, or nothing when the keys go plain. */
static int
choose_lock(struct cli *c, struct buf *body, struct err *e)
{
	struct buf passphrase;
	struct keyfile_lock lock;
	struct emit j;
	int rc;

	if (cli_has(c, "plain"))
		return cli_has(c, "yes") || cli_confirm(c, "Whoever reads the file can sign in the author's name. Go on?") ? 0
		    : err_set(e, ERR_FORBIDDEN, "--plain needs your word (without a terminal, --yes)");
	if (passphrase_choose("passphrase for the file", &passphrase, e) == -1)
		return -1;
	rc = keyfile_lock_new(buf_span(&passphrase), &lock, e);
	passphrase_clear(&passphrase);
	if (rc == -1)
		return -1;
	emit_start(&j, body, e);
	emit_object(&j);
	emit_put_hex(&j, "key", lock.key, sizeof lock.key);
	emit_put_int(&j, "kib", (int64_t)lock.kib);
	emit_put_int(&j, "passes", (int64_t)lock.passes);
	emit_put_hex(&j, "salt", lock.salt, sizeof lock.salt);
	emit_object_end(&j);
	sodium_memzero(&lock, sizeof lock);
	return emit_end(&j);
}

static int
pack_keys(struct archive *a, json_t *keys, struct err *e)
{
	size_t i;

	for (i = 0; i < MOVING_ROLES; i++) {
		const char *role = key_role_name(moving_role[i]), *text = show_str(keys, role);
		char name[40];

		snprintf(name, sizeof name, "keys/%s.key", role);
		if (*text != '\0' && archive_add_text(a, name, span_str(text), e) == -1)
			return -1;
	}
	return 0;
}

/* The author's lines are written by the node beside its database, and put into the archive from there. */
static int
pack_author(struct cli *c, struct client *node, const char *file, const char *lines, struct span lock, json_t **told,
    struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), answer = BUF_INIT(SECRET_BYTES_MAX);
	struct archive *a = NULL;
	json_t *keys = NULL;
	int rc = -1;

	if (buf_reserve(&answer, SECRET_BYTES_MAX - 1, e) == -1 ||
	    author_target("/api/v1/authors/keys", cli_option(c, "author"), NULL, &target, e) == -1 ||
	    client_call(node, METHOD_POST, target.ptr, lock, &answer, e) == -1 ||
	    (keys = show_parse(buf_span(&answer), e)) == NULL ||
	    author_target("/api/v1/authors/out", cli_option(c, "author"), lines, &target, e) == -1 ||
	    job_run_with(c, node, target.ptr, "export", told, e) == -1 || archive_create(file, &a, e) == -1)
		goto out;
	if (archive_add(a, LINES_FILE, lines, e) == 0 && pack_keys(a, keys, e) == 0)
		rc = 0;
	if (archive_finish(a, rc == 0, e) == -1)
		rc = -1;
	if (rc == 0)
		json_object_set(*told, "did", json_object_get(keys, "did"));
out:
	json_decref(keys);
	passphrase_clear(&answer);
	buf_clear(&target);
	return rc;
}

static void
show_packed(const struct cli *c, json_t *told)
{
	if (c->json) {
		json_dumpf(told, c->out, JSON_COMPACT);
		fputc('\n', c->out);
		return;
	}
	fprintf(c->out, "%s: %" PRId64 " records, %" PRId64 " rows and %" PRId64 " sources with their mapping, and its keys%s.\n"
	    "On the other node: essaim author take %s\nThen here: essaim author leave %s\n", c->arg[0],
	    show_int(told, "records"), show_int(told, "items"), show_int(told, "sources"),
	    cli_has(c, "plain") ? ", which anybody can read" : ", locked", c->arg[0], show_str(told, "did"));
}

int
move_export(struct cli *c, struct err *e)
{
	struct buf lock = BUF_INIT(SECRET_BYTES_MAX);
	struct client *node = NULL;
	char lines[PATH_MAX];
	json_t *told = NULL;
	int rc = -1;

	if (c->arg_count == 0 || strcmp(c->arg[0], "-") == 0)
		return err_set(e, ERR_USAGE, "name the file: essaim export --everything FILE");
	if (access(c->arg[0], F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s is there already: name another file", c->arg[0]);
	if (folder_path(c, "leaving.tmp", lines, e) == -1 || buf_reserve(&lock, SECRET_BYTES_MAX - 1, e) == -1)
		return -1;
	unlink(lines);
	if (client_open(c->data, &node, e) == 0 && choose_lock(c, &lock, e) == 0 &&
	    pack_author(c, node, c->arg[0], lines, buf_span(&lock), &told, e) == 0 &&
	    files_note(node, c->arg[0], "export", e) == 0) {
		show_packed(c, told);
		rc = 0;
	}
	unlink(lines);
	json_decref(told);
	client_close(node);
	passphrase_clear(&lock);
	return rc;
}

/* --- in -------------------------------------------------------------------------------------- */

/* author.ndjson and the keys: nothing else has a place in it. */
static int
is_expected(const char *name)
{
	char key[40];
	size_t i;

	if (strcmp(name, LINES_FILE) == 0)
		return 1;
	for (i = 0; i < MOVING_ROLES; i++) {
		snprintf(key, sizeof key, "keys/%s.key", key_role_name(moving_role[i]));
		if (strcmp(name, key) == 0)
			return 1;
	}
	return 0;
}

/* The two keys that the node needs, opened by one passphrase. */
static int
open_keys(const char *dir, struct keyfile key[2], struct err *e)
{
	struct keyfile_lock lock;
	struct buf passphrase;
	char path[PATH_MAX];
	int rc = 0, i;

	for (i = 0; i < 2; i++)
		if (file_path(path, sizeof path, dir, i == 0 ? "keys/operating.key" : "keys/import.key", e) == -1 ||
		    keyring_read_file(path, &key[i], e) == -1)
			return -1;
	if (!key[0].locked && !key[1].locked)
		return 0;
	if (passphrase_ask(NULL, "passphrase of the file", &passphrase, e) == -1)
		return -1;
	if ((rc = keyfile_lock_of(&key[0], buf_span(&passphrase), &lock, e)) == 0 &&
	    (rc = keyfile_unlock(&key[0], &lock, e)) == 0)
		rc = keyfile_unlock(&key[1], &lock, e);
	sodium_memzero(&lock, sizeof lock);
	passphrase_clear(&passphrase);
	return rc;
}

/* What the author was called where it comes from; "node" says nothing here. */
static int
find_name(struct cli *c, const char *dir, char out[64], struct err *e)
{
	char path[PATH_MAX], line[1024] = "";
	json_t *doc;
	FILE *f;

	if (cli_has(c, "name")) {
		snprintf(out, 64, "%.63s", cli_option(c, "name"));
		return 0;
	}
	if (file_path(path, sizeof path, dir, LINES_FILE, e) == -1)
		return -1;
	if ((f = fopen(path, "r")) == NULL)
		return err_set(e, ERR_INPUT, "%s is not in the file", LINES_FILE);
	if (fgets(line, sizeof line, f) == NULL)
		line[0] = '\0';
	fclose(f);
	doc = json_loads(line, 0, NULL);
	snprintf(out, 64, "%.63s", show_str(doc, "name"));
	json_decref(doc);
	if (out[0] == '\0' || strcmp(out, "node") == 0)
		return err_set(e, ERR_USAGE, "say what the author is to be called here: --name NAME (a-z, 0-9 and -)");
	return 0;
}

static int
take_keys(struct client *node, const char *name, const struct keyfile key[2], struct buf *did, struct err *e)
{
	struct buf body = BUF_INIT(SECRET_BYTES_MAX), answer = BUF_INIT(4096);
	struct emit j;
	int rc = buf_reserve(&body, SECRET_BYTES_MAX - 1, e);

	emit_start(&j, &body, e);
	emit_object(&j);
	emit_put_text(&j, "did", key[0].did);
	emit_put_hex(&j, "import", key[1].seed, 32);
	emit_put_text(&j, "name", name);
	emit_put_hex(&j, "operating", key[0].seed, 32);
	emit_object_end(&j);
	if (rc == 0 && (rc = emit_end(&j)) == 0 && (rc = client_call(node, METHOD_POST, "/api/v1/authors/take",
	    buf_span(&body), &answer, e)) == 0)
		rc = buf_adds(did, key[0].did, e);
	passphrase_clear(&body);
	buf_clear(&answer);
	return rc;
}

/* Roots that came along lie here from now on, as they were locked; they are to be moved away. */
static int
keep_roots(struct cli *c, const char *dir, const char *name, int *kept, struct err *e)
{
	char from[PATH_MAX], to[PATH_MAX], file[128];
	size_t i;

	for (*kept = 0, i = 0; i < MOVING_ROLES; i++) {
		const char *role = key_role_name(moving_role[i]);

		if (moving_role[i] != KEY_ROOT && moving_role[i] != KEY_NEXT_ROOT)
			continue;
		snprintf(file, sizeof file, "keys/%s.key", role);
		if (file_path(from, sizeof from, dir, file, e) == -1)
			return -1;
		snprintf(file, sizeof file, "keys/%s.%s.key", name, role);
		if (file_path(to, sizeof to, c->data, file, e) == -1)
			return -1;
		if (access(from, F_OK) == -1 || access(to, F_OK) == 0)
			continue;
		if (rename(from, to) == -1)
			return err_set(e, ERR_IO, "%s: %s", to, strerror(errno));
		++*kept;
	}
	return 0;
}

static void
show_taken(const struct cli *c, json_t *told)
{
	if (c->json) {
		json_dumpf(told, c->out, JSON_COMPACT);
		fputc('\n', c->out);
		return;
	}
	fprintf(c->out, "%s goes on here as \"%s\".\n  %" PRId64 " records taken in, %" PRId64 " known already, %" PRId64
	    " refused%s%s\n  %" PRId64 " rows of sources; %" PRId64 " sources, paused (essaim source resume)\n",
	    show_str(told, "did"), show_str(told, "name"), show_int(told, "stored"), show_int(told, "known"),
	    show_int(told, "refused"), *show_str(told, "why") == '\0' ? "" : ": ", show_str(told, "why"),
	    show_int(told, "items"), show_int(told, "sources"));
	if (show_int(told, "roots") > 0)
		fputs("  its root keys lie in the folder keys: move them to a safe place\n", c->out);
	fputs("On the node that it left: essaim author leave.  Then give it a key of its own here: essaim key rotate\n",
	    c->out);
}

static int
take_in(struct cli *c, const char *dir, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX), did = BUF_INIT(64);
	struct keyfile key[2] = { { .locked = 0 }, { .locked = 0 } };
	struct client *node = NULL;
	char name[64], lines[PATH_MAX];
	json_t *told = NULL;
	int rc = -1, roots;

	if (file_path(lines, sizeof lines, dir, LINES_FILE, e) == 0 && find_name(c, dir, name, e) == 0 &&
	    keyring_name_ok(name, e) == 0 &&	/* a stranger's file says it, and key files are called so */
	    open_keys(dir, key, e) == 0 && client_open(c->data, &node, e) == 0 &&
	    keep_roots(c, dir, name, &roots, e) == 0 && take_keys(node, name, key, &did, e) == 0 &&
	    author_target("/api/v1/authors/in", did.ptr, lines, &target, e) == 0 &&
	    job_run_with(c, node, target.ptr, "take", &told, e) == 0) {
		json_object_set_new(told, "roots", json_integer(roots));
		show_taken(c, told);
		rc = 0;
	}
	sodium_memzero(key, sizeof key);
	json_decref(told);
	client_close(node);
	buf_clear(&target);
	buf_clear(&did);
	return rc;
}

static void
clean(const char *dir)
{
	char path[PATH_MAX];
	struct err ignored;
	size_t i;

	for (i = 0; i < MOVING_ROLES; i++) {
		char file[40];

		snprintf(file, sizeof file, "keys/%s.key", key_role_name(moving_role[i]));
		if (file_path(path, sizeof path, dir, file, &ignored) == 0)
			unlink(path);
	}
	if (file_path(path, sizeof path, dir, LINES_FILE, &ignored) == 0)
		unlink(path);
	if (file_path(path, sizeof path, dir, "keys", &ignored) == 0)
		rmdir(path);
	rmdir(dir);
}

int
cmd_author_take(struct cli *c, struct err *e)
{
	char dir[PATH_MAX];
	int rc;

	if (folder_path(c, "arriving-XXXXXX", dir, e) == -1)
		return -1;
	if (mkdtemp(dir) == NULL)
		return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
	rc = archive_extract_only(c->arg[0], dir, is_expected, "an author's file made by 'essaim export --everything'", e);
	if (rc == 0)
		rc = take_in(c, dir, e);
	clean(dir);
	return rc;
}

/* --- gone ------------------------------------------------------------------------------------ */

static void
show_left(const struct cli *c, json_t *v)
{
	fprintf(c->out, "This node signs for %s no longer; its %" PRId64 " records stay here as a neighbour's.\n",
	    show_str(v, "left"), show_int(v, "live"));
	if (json_is_true(json_object_get(v, "root_here")))
		fprintf(c->out, "Its root keys still lie in the folder keys, %s.root.key and %s.next-root.key: hand them over.\n",
		    show_str(v, "name"), show_str(v, "name"));
}

int
cmd_author_leave(struct cli *c, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc;

	if (!cli_has(c, "yes") && !cli_confirm(c, "This node's key of the author is deleted. Does it work on the other node?"))
		return err_set(e, ERR_FORBIDDEN, "nothing was done (without a terminal, say --yes)");
	rc = author_target("/api/v1/authors/leave", c->arg[0], NULL, &target, e);
	if (rc == 0)
		rc = show_call(c, METHOD_POST, target.ptr, (struct span){ 0 }, show_left, e);
	buf_clear(&target);
	return rc;
}
