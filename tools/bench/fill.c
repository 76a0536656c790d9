/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fill.c - see fill.h. */
#include "tools/bench/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/core/config.h"
#include "node/core/indexer.h"
#include "node/core/node.h"
#include "node/store/store.h"
#include "proto/err.h"

#define BATCH 4096

int
fill_init(const char *dir, const char *name, struct err *e)
{
	struct node_init init = { .dir = dir, .name = name };
	char path[1024];
	struct config c;
	int rc = -1;

	if (node_init(&init, e) == -1 || config_init(&c, e) == -1)
		return -1;
	snprintf(path, sizeof path, "%s/essaim.conf", dir);
	if (config_load(&c, path, e) == 0 && config_set(&c, "admission", "open", e) == 0 &&
	    config_set(&c, "allow-private", "yes", e) == 0 && config_set(&c, "log-level", "warn", e) == 0 &&
	    config_set(&c, "listen", "127.0.0.1:0", e) == 0)
		rc = config_write(&c, path, e);
	config_clear(&c);
	return rc;
}

static int
store_batch(struct store *s, const struct records *r, size_t begin, size_t n, struct offer_line *line,
    struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		line[i] = (struct offer_line){ .signature = SIGNATURE_HOLDS };
		if (record_parse(r->line[begin + i], &line[i].record, &line[i].reason, e) == -1)
			return -1;
		line[i].reason = REASON_NONE;
	}
	if (store_offer(s, line, n, "http://bench.example", e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (line[i].reason != REASON_NONE)
			return err_set(e, ERR_INTERNAL, "record %zu was not stored: %s %s", begin + i,
			    reason_name(line[i].reason), line[i].detail);
	return 0;
}

static int64_t
real_time(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

int
fill_store(const char *dir, const struct records *r, size_t begin, size_t end, struct err *e)
{
	struct offer_line *line = calloc(BATCH, sizeof *line);
	struct store_config c = { .admission = ADMIT_OPEN, .now = real_time };
	struct store *s = NULL;
	char path[1024];
	int rc = 0;

	if (line == NULL)
		return err_memory(e);
	snprintf(path, sizeof path, "%s/record.db", dir);
	c.path = path;
	if (store_open(&c, &s, e) == -1)
		rc = -1;
	while (rc == 0 && begin < end) {
		size_t n = end - begin < BATCH ? end - begin : BATCH;

		rc = store_batch(s, r, begin, n, line, e);
		begin += n;
	}
	store_close(s);
	free(line);
	return rc;
}

int
fill_index(const char *dir, struct err *e)
{
	struct node *n;
	int rc;

	if (node_open(dir, &n, e) == -1)
		return -1;
	rc = indexer_catch_up(n->indexer, e);
	node_close(n);
	return rc;
}
