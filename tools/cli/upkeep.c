/* SPDX-License-Identifier: AGPL-3.0-or-later
 * upkeep.c - login, doctor, backup, restore. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/core/config.h"
#include "node/core/node.h"
#include "node/core/tend.h"
#include "tools/cli/archive.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/files.h"
#include "tools/cli/job.h"
#include "tools/cli/show.h"

#define PATH_BYTES 4096

/* --- login ------------------------------------------------------------------------------------------- */

static void
show_link(const struct cli *c, json_t *v)
{
	fprintf(c->out, "%s\n", show_str(v, "link"));
	fputs("Opens your pages once, within ten minutes.\n", c->messages);
}

int
cmd_login(struct cli *c, struct err *e)
{
	if (!client_is_running(c->data))
		return err_set(e, ERR_NOT_FOUND, "no node runs on %s; start it with 'essaim serve --data %s'", c->data,
		    c->data);
	return show_call(c, METHOD_POST, "/api/v1/login", (struct span){ 0 }, show_link, e);
}

/* --- doctor ------------------------------------------------------------------------------------------- */

static void
show_finding(const struct cli *c, json_t *f)
{
	const char *advice = show_str(f, "advice");

	fprintf(c->out, "%-8s %s: %s\n", !json_is_true(json_object_get(f, "ok")) ? "PROBLEM"
	    : *advice == '\0' ? "OK" : "ADVICE",
	    show_str(f, "check"), show_str(f, "seen"));
	if (*advice != '\0')
		fprintf(c->out, "         %s\n", advice);
}

/* The findings; a node that does not open is the first of them. */
static int
examine(struct cli *c, json_t **out, struct err *e)
{
	struct client *node = NULL;
	int rc;

	if (client_open(c->data, &node, e) == -1) {
		if (e->code == ERR_NOT_FOUND || e->code == ERR_BUSY)
			return -1;
		*out = json_pack("[{s:s,s:b,s:s,s:s}]", "check", "node", "ok", 0, "seen", e->text, "advice",
		    "put that right, then run this again");
		return *out == NULL ? err_memory(e) : 0;
	}
	rc = job_run_with(c, node, "/api/v1/doctor", "doctor", out, e);
	client_close(node);
	return rc;
}

int
cmd_doctor(struct cli *c, struct err *e)
{
	json_t *all = NULL, *f;
	size_t i, bad = 0;

	if (cli_has(c, "confirm-clock"))
		return show_call(c, METHOD_POST, "/api/v1/clock/confirm", (struct span){ 0 }, NULL, e);
	if (examine(c, &all, e) == -1)
		return -1;
	json_array_foreach(all, i, f) {
		bad += !json_is_true(json_object_get(f, "ok"));
		if (!c->json)
			show_finding(c, f);
	}
	if (c->json) {
		json_dumpf(all, c->out, JSON_COMPACT);
		fputc('\n', c->out);
	}
	json_decref(all);
	c->json_done = c->json;
	return bad == 0 ? 0 : err_set(e, ERR_CONFLICT, "%zu %s to look at", bad, bad == 1 ? "thing" : "things");
}

/* --- backup --------------------------------------------------------------------------------------------- */

static int
join(char *out, const char *dir, const char *name, struct err *e)
{
	if (snprintf(out, PATH_BYTES, "%s/%s", dir, name) >= PATH_BYTES)
		return err_set(e, ERR_USAGE, "%s: the name is too long", dir);
	return 0;
}

/* A consistent copy of the database beside it, made by the node while it serves. */
static int
copy_database(struct cli *c, const char *copy, struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	json_t *result = NULL;
	int rc = buf_adds(&target, "/api/v1/backup", e);

	if (rc == 0 && (rc = target_add(&target, "path", copy, e)) == 0)
		rc = job_run(c, target.ptr, "backup", &result, e);
	json_decref(result);
	buf_clear(&target);
	return rc;
}

static int
pack(struct cli *c, const char *dir, const char *copy, const char *file, struct err *e)
{
	struct archive *a = NULL;
	char path[PATH_BYTES];
	int rc = -1;

	if (archive_create(file, &a, e) == -1)
		return -1;
	if (archive_add(a, "record.db", copy, e) == 0 && join(path, dir, "essaim.conf", e) == 0 &&
	    archive_add(a, "essaim.conf", path, e) == 0 && join(path, dir, "keys", e) == 0)
		rc = archive_add_folder(a, "keys", path, e);
	if (archive_finish(a, rc == 0, e) == -1)
		rc = -1;
	if (rc == 0 && c->json)
		fprintf(c->out, "{\"written\":true}\n");
	else if (rc == 0)
		fprintf(c->out, "Written: %s.  It holds this node's keys: keep it where nobody else reads it.\n", file);
	return rc;
}

static int
note_backup(struct cli *c, struct err *e)
{
	struct client *node = NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == 0)
		rc = files_note(node, c->arg[0], "backup", e);
	client_close(node);
	return rc;
}

int
cmd_backup(struct cli *c, struct err *e)
{
	char dir[PATH_BYTES], copy[PATH_BYTES];
	int rc;

	if (access(c->arg[0], F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s exists already: name another file", c->arg[0]);
	if (realpath(c->data, dir) == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: %s", c->data, strerror(errno));
	if (join(copy, dir, "backup.tmp", e) == -1)
		return -1;
	unlink(copy);
	rc = copy_database(c, copy, e);
	if (rc == 0)
		rc = pack(c, dir, copy, c->arg[0], e);
	unlink(copy);
	return rc == 0 ? note_backup(c, e) : -1;
}

/* --- restore ---------------------------------------------------------------------------------------------- */

static int
show_restored(struct cli *c, struct err *e)
{
	struct node *n = NULL;

	if (node_open(c->data, &n, e) == -1 || restore_note(n, e) == -1) {
		node_close(n);
		return err_wrap(e, "the files are in %s, but the node does not open", c->data);
	}
	if (c->json)
		fprintf(c->out, "{\"restored\":true}\n");
	else
		fprintf(c->out, "\"%s\" is restored in %s.  Make sure that the one it was copied from no longer runs,\n"
		    "then: essaim doctor --data %s\n", n->config.name, c->data, c->data);
	node_close(n);
	return 0;
}

int
cmd_restore(struct cli *c, struct err *e)
{
	if (mkdir(c->data, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_IO, "%s: %s", c->data, strerror(errno));
	if (archive_extract(c->arg[0], c->data, e) == -1)
		return -1;
	return show_restored(c, e);
}
