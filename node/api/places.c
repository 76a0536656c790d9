/* SPDX-License-Identifier: AGPL-3.0-or-later
 * places.c - where the communes lie: loaded once by the operator, kept as DIR/centres.tsv. */
#include "node/api/places.h"

#include <limits.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/core/file.h"
#include "node/core/gazetteer.h"
#include "node/core/node.h"

int
places_load(struct node *n, struct err *e)
{
	struct buf text = BUF_INIT(API_PLACES_BYTES_MAX);
	char path[PATH_MAX];
	struct err none = { 0 };
	size_t count;
	int rc = 0;

	if (file_path(path, sizeof path, n->dir, "centres.tsv", e) == -1)
		return -1;
	if (file_read(path, &text, &none) == -1)
		rc = none.code == ERR_NOT_FOUND ? 0 : err_set(e, none.code, "%s", none.text);
	else if (gazetteer_centres(n->gazetteer, buf_span(&text), &count, e) == -1)
		rc = err_wrap(e, "%s", path);
	buf_clear(&text);
	return rc;
}

int
api_places_post(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	char path[PATH_MAX];
	struct emit j;
	size_t count;

	if (gazetteer_centres(n->gazetteer, req->body, &count, e) == -1 ||
	    file_path(path, sizeof path, n->dir, "centres.tsv", e) == -1 || file_write(path, req->body, 0644, e) == -1)
		return -1;
	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_int(&j, "communes", (int64_t)count);
	emit_object_end(&j);
	return emit_end(&j);
}
