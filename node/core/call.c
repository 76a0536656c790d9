/* SPDX-License-Identifier: AGPL-3.0-or-later
 * call.c - see call.h. */
#include "node/core/call.h"

#include <time.h>

#include "node/core/node.h"
#include "node/http/response.h"
#include "node/http/route.h"

#define WAIT_MS 100

/* A parked answer is asked for again until it comes. */
static int
dispatch(struct node *n, struct request *req, struct response *res, struct err *e)
{
	const struct timespec wait = { 0, WAIT_MS * 1000000 };
	struct http_site site;

	node_site(n, &site);
	for (;;) {
		int rc;

		req->now_ms = node_now_ms(n);
		if (req->woken == 0)
			req->first_ms = req->now_ms;
		response_init(res);
		rc = http_dispatch(&site, req, res, e);
		if (rc == -1 || res->park_until_ms <= req->now_ms)
			return rc;
		response_clear(res);
		nanosleep(&wait, NULL);
		req->woken++;
	}
}

int
node_call(struct node *n, enum method method, const char *target, struct span body, struct buf *out,
    long *status, struct err *e)
{
	struct arena arena = { .max = CALL_ANSWER_MAX };
	struct response res = { 0 };
	struct request req;
	struct span answer;
	int rc = -1;

	if (request_init(&req, method, target, &arena, e) == 0) {
		req.body = body;
		req.local = 1;
		req.client = "local";
		rc = dispatch(n, &req, &res, e);
		*status = res.status == 0 ? 200 : res.status;
		if (rc == 0 && (rc = response_body(&res, &answer, e)) == 0)
			rc = buf_addspan(out, answer, e);
	}
	response_clear(&res);
	arena_clear(&arena);
	return rc;
}
