/* SPDX-License-Identifier: AGPL-3.0-or-later
 * files.c - see files.h. */
#include "tools/cli/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "proto/canon.h"
#include "proto/err.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/lines.h"
#include "tools/cli/show.h"

#define CHUNK_BYTES 65536
#define FILES_PATH "/api/v1/files"

int
files_note(struct client *node, const char *path, const char *what, struct err *e)
{
	struct buf target = BUF_INIT(4 * 4096), answer = BUF_INIT(4096);
	char *whole;
	int rc;

	if (strcmp(path, "-") == 0)
		return 0;
	if ((whole = realpath(path, NULL)) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	rc = buf_adds(&target, FILES_PATH, e) == -1 || target_add(&target, "path", whole, e) == -1 ||
	    target_add(&target, "what", what, e) == -1 ||
	    client_call(node, METHOD_POST, target.ptr, (struct span){ 0 }, &answer, e) == -1 ? -1 : 0;
	free(whole);
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

/* --- one file ---------------------------------------------------------------------------------------- */

struct search {
	struct span rid;
	int found;
};

/* A record's line with its content; a tombstone's says nothing. */
static int
line_holds(void *ctx, uint64_t number, struct span line, struct err *e)
{
	struct search *s = ctx;
	struct span raw, rid;

	(void)number, (void)e;
	s->found |= canon_get(line, "rid", &raw) && canon_plain(raw, &rid) && span_eq(rid, s->rid) &&
	    canon_get(line, "content", &raw);
	return 0;
}

/* Does the file, unpacked, hold these bytes anywhere?  1, 0, -1 unreadable. */
static int
bytes_hold(const char *path, struct span text)
{
	char chunk[CHUNK_BYTES + REF_CHARS_MAX];
	gzFile gz = gzopen(path, "rb");
	size_t kept = 0;
	int n = 0, found = 0;

	if (gz == NULL)
		return -1;
	while (!found && (n = gzread(gz, chunk + kept, CHUNK_BYTES)) > 0) {
		size_t all = kept + (size_t)n;

		found = memmem(chunk, all, text.ptr, text.len) != NULL;
		kept = all < text.len ? all : text.len - 1;
		memmove(chunk, chunk + all - kept, kept);
	}
	gzclose(gz);
	return n < 0 ? -1 : found;
}

/* Lists of signed lines are read as such; other forms are searched for the record's name. */
static int
file_holds(const char *path, const struct ref *ref)
{
	struct search s = { .rid = ref->rid };
	struct err e;
	int rc = bytes_hold(path, ref->rid);

	if (rc != 1)
		return rc;
	if (bytes_hold(path, SPAN("\"proofValue\":")) != 1 || bytes_hold(path, SPAN("SQLite format 3")) == 1)
		return 1;
	return lines_read(path, line_holds, &s, &e) == -1 ? -1 : s.found;
}

/* --- all of them ---------------------------------------------------------------------------------------- */

static int
forget(struct client *node, const char *path, struct err *e)
{
	struct buf target = BUF_INIT(4 * 4096), answer = BUF_INIT(4096);
	int rc = buf_adds(&target, FILES_PATH, e) == -1 || target_add(&target, "path", path, e) == -1 ||
	    client_call(node, METHOD_DELETE, target.ptr, (struct span){ 0 }, &answer, e) == -1 ? -1 : 0;

	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

static int
look_at(struct client *node, json_t *file, const struct ref *ref, int drop, json_t *found, struct err *e)
{
	const char *path = show_str(file, "path"), *state;
	int holds;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return forget(node, path, e);
	if ((holds = file_holds(path, ref)) == 0)
		return 0;
	state = holds == 1 ? "holds" : "unreadable";
	if (holds == 1 && drop && strcmp(show_str(file, "what"), "backup") != 0 && unlink(path) == 0) {
		state = "removed";
		if (forget(node, path, e) == -1)
			return -1;
	}
	json_object_set_new(file, "state", json_string(state));
	return json_array_append(found, file) == 0 ? 0 : err_memory(e);
}

int
files_search(struct client *node, const struct ref *ref, int64_t until, int drop, json_t *found, struct err *e)
{
	struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
	json_t *all = NULL, *file;
	size_t i;
	int rc = -1;

	if (client_call(node, METHOD_GET, FILES_PATH, (struct span){ 0 }, &answer, e) == 0 &&
	    (all = show_parse(buf_span(&answer), e)) != NULL)
		rc = 0;
	json_array_foreach(all, i, file)
		if (rc == 0 && show_int(file, "made") <= until)
			rc = look_at(node, file, ref, drop, found, e);
	json_decref(all);
	buf_clear(&answer);
	return rc;
}
