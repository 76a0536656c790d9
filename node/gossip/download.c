/* SPDX-License-Identifier: AGPL-3.0-or-later
 * download.c - one request in the caller's own thread, and a file of somebody else's fetched whole. */
#include <string.h>

#include "node/core/node.h"
#include "node/gossip/fetch.h"
#include "node/gossip/gossip.h"
#include "proto/err.h"

#define TURN_MS 500

/* Turn curl's wheel until the request is over. */
static int
drive(CURLM *multi, const _Atomic int *stop, struct err *e)
{
	int running = 1;

	while (running > 0) {
		if (curl_multi_perform(multi, &running) != CURLM_OK ||
		    (running > 0 && curl_multi_poll(multi, NULL, 0, TURN_MS, NULL) != CURLM_OK))
			return err_set(e, ERR_INTERNAL, "libcurl's loop fails");
		if (stop != NULL && *stop)
			return err_set(e, ERR_BUSY, "the node stops");
	}
	return 0;
}

int
fetch_now(struct node *n, const struct fetch_request *r, const _Atomic int *stop, struct fetch_answer *out,
    struct err *e)
{
	struct fetch *f = NULL;
	CURLM *multi = NULL;
	CURLMsg *msg;
	int rc = -1, left;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	if ((multi = curl_multi_init()) == NULL) {
		err_memory(e);
		goto out;
	}
	if (fetch_new(n->config.allow_private != 0, NULL, &f, e) == -1 || fetch_begin(f, multi, r, e) == -1 ||
	    drive(multi, stop, e) == -1)
		goto out;
	if ((msg = curl_multi_info_read(multi, &left)) == NULL)
		err_set(e, ERR_INTERNAL, "libcurl's loop fails");
	else
		rc = fetch_end(f, multi, msg->data.result, out, e);
out:
	fetch_abort(f, multi);
	fetch_free(f);
	curl_multi_cleanup(multi);
	curl_global_cleanup();
	return rc;
}

int
gossip_download(struct node *n, const struct download *d, struct download_answer *out, struct err *e)
{
	struct fetch_request r = { .base = "", .path = d->url, .response_bytes_max = d->bytes_max, .to = d->to,
		.who = "the source", .etag = d->etag, .modified = d->modified, .total_s = d->timeout_s, .follow = 1 };
	struct fetch_answer a = { 0 };

	*out = (struct download_answer){ 0 };
	if (fetch_now(n, &r, d->stop, &a, e) == -1)
		return -1;
	buf_clear(&a.body);
	out->status = a.status;
	out->retry_after_s = a.retry_after_s;
	out->bytes = a.body_bytes;
	memcpy(out->type, a.type, sizeof out->type);
	memcpy(out->etag, a.etag, sizeof out->etag);
	memcpy(out->modified, a.modified, sizeof out->modified);
	return fflush(d->to) == 0 ? 0 : err_set(e, ERR_IO, "no room for what the source sends");
}
