/* SPDX-License-Identifier: AGPL-3.0-or-later
 * two_nodes.h - real nodes in one process, each in a directory of its own and on a free loopback port.
 */
#ifndef TESTS_UNIT_TWO_NODES_H
#define TESTS_UNIT_TWO_NODES_H

#include "tests/unit/test.h"

#include <ftw.h>
#include <sodium.h>
#include <time.h>

#include "node/core/keyring.h"
#include "node/core/node.h"
#include "node/gossip/gossip.h"
#include "node/http/server.h"
#include "node/store/store.h"
#include "proto/err.h"
#include "proto/multibase.h"
#include "proto/set.h"

struct place {
	char dir[64], url[64], did[DIDKEY_CHARS + 1];
	struct node *node;
};

#define MUST(call) do { struct err e = { 0 }; \
	if ((call) == -1) fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #call, e.text); } while (0)

static inline int
place_drop(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

/* Open, and serve on a free port when asked to; push off, so that nothing happens by itself. */
static inline void
place_open(struct place *p, int serve, const char *key, const char *value)
{
	MUST(node_open(p->dir, &p->node, &e));
	p->node->config.allow_private = 1;
	MUST(config_set(&p->node->config, "listen", "127.0.0.1:0", &e));
	MUST(config_set(&p->node->config, "log-level", "error", &e));
	if (key != NULL)
		MUST(config_set(&p->node->config, key, value, &e));
	snprintf(p->did, sizeof p->did, "%s", keyring_at(p->node->keys, 0)->did);
	if (!serve)
		return;
	MUST(node_serve(p->node, &e));
	snprintf(p->url, sizeof p->url, "http://127.0.0.1:%u", (unsigned)http_port(p->node->http));
}

static inline void
place_make(struct place *p, const char *name, int serve)
{
	struct node_init init = { .dir = p->dir, .name = name };

	*p = (struct place){ .dir = "/tmp/essaim-node-XXXXXX" };
	assert_non_null(mkdtemp(p->dir));
	MUST(node_init(&init, &e));
	place_open(p, serve, NULL, NULL);
}

static inline void
place_close(struct place *p)
{
	node_close(p->node);
	p->node = NULL;
}

static inline void
place_end(struct place *p)
{
	place_close(p);
	nftw(p->dir, place_drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* The rid of the i-th record that place_write makes. */
static inline void
rid_of(int i, char rid[RID_CHARS + 1])
{
	memcpy(rid, "aaaaaaaaaaaaaaaa", RID_CHARS + 1);
	for (int at = RID_CHARS - 1; i > 0; at--, i /= 26)
		rid[at] = (char)('a' + i % 26);
}

/* Initiatives number from .. from + n - 1, each with its words. */
static inline void
place_write(struct place *p, int from, int n, const char *words)
{
	struct node_put *put = calloc((size_t)n, sizeof *put);
	struct node_put_result *out = calloc((size_t)n, sizeof *out);
	char (*rid)[RID_CHARS + 1] = calloc((size_t)n, sizeof *rid);
	char (*content)[300] = calloc((size_t)n, sizeof *content);

	assert_true(put != NULL && out != NULL && rid != NULL && content != NULL);
	for (int i = 0; i < n; i++) {
		rid_of(from + i, rid[i]);
		snprintf(content[i], sizeof content[i], "{\"name\":\"Atelier %d\",\"summary\":\"%s\"}",
		    from + i, words);
		put[i] = (struct node_put){ .kind = KIND_INITIATIVE, .rid = rid[i],
		    .content = span_str(content[i]) };
	}
	MUST(node_put_many(p->node, put, (size_t)n, out, &e));
	for (int i = 0; i < n; i++)
		if (out[i].rc == -1)
			fail_msg("record %d: %s", i, out[i].err.text);
	free(put);
	free(out);
	free(rid);
	free(content);
}

static inline void
place_delete(struct place *p, int from, int n)
{
	char rid[RID_CHARS + 1];

	for (int i = 0; i < n; i++) {
		rid_of(from + i, rid);
		MUST(node_delete(p->node, &(struct ref){ span_str(p->did), SPAN("initiative"), span_str(rid) }, &e));
	}
}

static inline void
place_vouch(struct place *p, const struct place *whom)
{
	MUST(node_vouch(p->node, whom->did, -1, -1, &e));
}

static inline void
place_peer(struct place *p, const char *url)
{
	struct peer row = { .sticky = 1, .added = node_now(p->node) };

	snprintf(row.url, sizeof row.url, "%s", url);
	MUST(store_peer_put(p->node->store, &row, &e));
	if (p->node->gossip != NULL)
		gossip_peers_changed(p->node->gossip);
}

static inline struct gossip_report
place_sync(struct place *p, const struct place *with)
{
	struct gossip_report r;

	MUST(gossip_sync(p->node, with->url, &r, &e));
	return r;
}

static inline void
place_state(struct place *p, char out[33])
{
	uint8_t state[SET_FINGERPRINT_BYTES];

	set_state(store_set(p->node->store), state);
	store_set_done(p->node->store);
	hex_encode(state, sizeof state, out, 33);
}

static inline uint64_t
place_count(struct place *p)
{
	uint64_t n = set_count(store_set(p->node->store));

	store_set_done(p->node->store);
	return n;
}

static inline int
places_equal(struct place *a, struct place *b)
{
	char x[33], y[33];

	place_state(a, x);
	place_state(b, y);
	return strcmp(x, y) == 0;
}

/* Wait for something that other threads bring about; a minute is long enough to call it never. */
#define EVENTUALLY(cond) do { int turn_ = 0; \
	while (!(cond) && turn_++ < 6000) \
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL); \
	if (!(cond)) fail_msg("never: %s", #cond); } while (0)

#endif
