/* SPDX-License-Identifier: AGPL-3.0-or-later
 * job.c - see job.h. */
#include "tools/cli/job.h"

#include <inttypes.h>

#include "tools/cli/client.h"
#include "tools/cli/progress.h"
#include "tools/cli/show.h"

/* One question about the job: 1 and *out when it is done. */
static int
look(struct client *node, int64_t number, json_t **out, struct err *e)
{
	struct buf target = BUF_INIT(256), answer = BUF_INIT(CLIENT_ANSWER_MAX);
	json_t *v = NULL;
	int rc = -1;

	if (buf_addf(&target, e, "/api/v1/jobs/%" PRId64 "?wait=2", number) == -1 ||
	    client_call(node, METHOD_GET, target.ptr, (struct span){ 0 }, &answer, e) == -1 ||
	    (v = show_parse(buf_span(&answer), e)) == NULL)
		goto out;
	rc = json_is_true(json_object_get(v, "done"));
	if (json_object_get(v, "error") != NULL)
		rc = client_refusal(show_str(v, "error"), show_str(v, "message"), e);
	else if (rc == 1)
		*out = json_incref(json_object_get(v, "result"));
out:
	json_decref(v);
	buf_clear(&target);
	buf_clear(&answer);
	return rc;
}

int
job_run_with(struct cli *c, struct client *node, const char *target, const char *what, json_t **out,
    struct err *e)
{
	struct buf answer = BUF_INIT(4096);
	struct progress p;
	json_t *v = NULL;
	uint64_t looks = 0;
	int rc = -1;

	progress_start(&p, c, what);
	if (client_call(node, METHOD_POST, target, (struct span){ 0 }, &answer, e) == 0 &&
	    (v = show_parse(buf_span(&answer), e)) != NULL)
		while ((rc = look(node, show_int(v, "job"), out, e)) == 0)
			progress_step(&p, ++looks, "looks");
	progress_end(&p);
	json_decref(v);
	buf_clear(&answer);
	return rc == 1 ? 0 : -1;
}

int
job_run(struct cli *c, const char *target, const char *what, json_t **out, struct err *e)
{
	struct client *node = NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == 0)
		rc = job_run_with(c, node, target, what, out, e);
	client_close(node);
	return rc;
}
