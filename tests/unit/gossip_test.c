/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip_test.c - real nodes over real sockets come to hold the same set, and each exchange costs what
 * it should; what a hostile peer can do is in gossip_hostile_test.c.
 */
#include "tests/unit/two_nodes.h"

static void
test_pull(void **state)
{
	struct place a, b;
	struct gossip_report r;

	(void)state;
	place_make(&a, "Ancenis", 1);
	place_make(&b, "Blain", 0);
	place_vouch(&b, &a);
	place_vouch(&a, &b);
	place_write(&a, 0, 700, "un jardin, une cantine et des outils");

	r = place_sync(&b, &a);		/* not among its peers: nothing is remembered of it */
	assert_true(r.ok && r.equal);
	assert_true(places_equal(&a, &b));
	assert_true(r.stored >= 700);

	place_peer(&b, a.url);	/* from here on there is a cursor to go on from */
	r = place_sync(&b, &a);
	assert_true(r.equal);
	r = place_sync(&b, &a);
	assert_true(r.equal);
	assert_int_equal(r.requests, 1);
	assert_int_equal(r.pulled + r.pushed, 0);

	place_write(&a, 0, 10, "changé");
	place_delete(&a, 20, 5);
	r = place_sync(&b, &a);
	assert_true(r.equal);
	assert_int_equal(r.pulled, 15);
	assert_int_equal(r.requests, 1);
	assert_true(places_equal(&a, &b));

	place_write(&b, 0, 30, "à rendre");
	r = place_sync(&b, &a);
	assert_int_equal(r.pushed, 30);
	assert_true(places_equal(&a, &b));
	place_end(&a);
	place_end(&b);
}

/* --- the thread ------------------------------------------------------------------------------------- */

/* Three in a chain, each knowing only the next: everything reaches both ends, also what is written later. */
static void
test_chain(void **state)
{
	struct place p[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		place_make(&p[i], "Chaîne", 1);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			if (i != k)
				place_vouch(&p[i], &p[k]);
	for (int i = 0; i < 3; i++)
		place_write(&p[i], 1000 * i, 50, "au départ");
	place_peer(&p[0], p[1].url);
	place_peer(&p[1], p[2].url);
	EVENTUALLY(places_equal(&p[0], &p[1]) && places_equal(&p[1], &p[2]) && place_count(&p[0]) == 165);

	place_write(&p[0], 5000, 20, "plus tard, à un bout");
	place_delete(&p[2], 2000, 10);
	EVENTUALLY(places_equal(&p[0], &p[1]) && places_equal(&p[1], &p[2]) && place_count(&p[2]) == 185);

	place_close(&p[1]);	/* away, and back under another address */
	place_write(&p[0], 6000, 5, "pendant l'absence");
	place_open(&p[1], 1, NULL, NULL);
	place_peer(&p[0], p[1].url);
	EVENTUALLY(places_equal(&p[0], &p[1]) && places_equal(&p[1], &p[2]) && place_count(&p[2]) == 190);
	for (int i = 0; i < 3; i++)
		place_end(&p[i]);
}

static int
has_talked(struct place *p, const char *url)
{
	struct peer row = { .last_ok = 0 };
	struct reader *r = NULL;

	MUST(store_read(p->node->store, &r, &e));
	MUST(store_peer(r, url, &row, &e));
	store_read_end(r);
	return row.last_ok != 0;
}

/* A vouch given later lets in what was refused before, without anybody asking. */
static void
test_loosened(void **state)
{
	struct place a, b;

	(void)state;
	place_make(&a, "Aînée", 1);
	place_make(&b, "Benjamine", 1);
	place_write(&a, 0, 60, "pas encore reçu");
	place_peer(&b, a.url);
	EVENTUALLY(has_talked(&b, a.url));
	assert_int_equal(3, place_count(&b));
	place_vouch(&b, &a);
	EVENTUALLY(place_count(&b) == 3 + 1 + 63);
	place_end(&a);
	place_end(&b);
}

static struct http_stats
stats(struct place *p)
{
	struct http_stats st;

	http_stats(p->node->http, &st);
	return st;
}

/* Stopping does not wait for the neighbour that holds our long poll: it is cut, not answered. */
static void
test_stop(void **state)
{
	struct http_stats before, after;
	struct place a, b;

	(void)state;
	place_make(&a, "Attente", 1);
	place_make(&b, "Brève", 1);
	place_peer(&b, a.url);
	EVENTUALLY(stats(&a).parked == 1);
	before = stats(&a);
	place_end(&b);
	after = stats(&a);
	assert_int_equal(before.answers[0], after.answers[0]);
	place_end(&a);
}

/* A peer that is taken off the list is left alone at once: its long poll is given up, unanswered. */
static void
test_remove(void **state)
{
	struct place a, b, c;

	(void)state;
	place_make(&a, "Ancienne", 1);
	place_make(&b, "Brève", 1);
	place_make(&c, "Compagne", 1);
	place_vouch(&b, &a);
	place_peer(&b, a.url);
	EVENTUALLY(stats(&a).parked == 1);
	MUST(store_peer_delete(b.node->store, a.url, &e));
	place_peer(&b, c.url);
	EVENTUALLY(has_talked(&b, c.url));	/* so the list was read again */
	place_write(&a, 0, 1, "pour personne");
	EVENTUALLY(stats(&a).parked == 0);
	assert_int_equal(4 + 3, place_count(&b));
	place_end(&a);
	place_end(&b);
	place_end(&c);
}

/* c knows only b; a's node record comes through b, and from then on c also calls a, whom nobody told it. */
static void
test_learn(void **state)
{
	struct place a, b, c;

	(void)state;
	place_make(&a, "A", 1);
	place_make(&b, "B", 1);
	place_make(&c, "C", 0);
	place_close(&c);
	place_open(&c, 1, "sync-interval-s", "1");
	MUST(config_set(&a.node->config, "url", a.url, &e));
	MUST(node_announce(a.node, &e));
	place_vouch(&b, &a);
	place_vouch(&c, &a);
	place_vouch(&c, &b);
	place_peer(&b, a.url);
	place_peer(&c, b.url);
	EVENTUALLY(has_talked(&c, b.url) && place_count(&c) == 3 + 2 + 4 + 3);
	place_close(&b);
	place_write(&a, 0, 20, "par un autre chemin");
	gossip_peers_changed(c.node->gossip);
	EVENTUALLY(place_count(&c) == 3 + 2 + 4 + 3 + 20);
	EVENTUALLY(has_talked(&c, a.url));
	place_end(&c);
	place_end(&b);
	place_end(&a);
}

/* --- meeting ---------------------------------------------------------------------------------------- */

static void
test_meet(void **state)
{
	struct buf json = BUF_INIT(1 << 20);
	struct meeting m;
	struct place a, b;
	struct err why = { 0 };

	(void)state;
	place_make(&a, "Ancenis", 1);
	place_make(&b, "Blain", 0);
	MUST(gossip_meet(b.node, a.url, &m, &json, &e));
	assert_string_equal(m.did, a.did);
	assert_string_equal(m.name, "Ancenis");
	assert_string_equal(m.territory, "Ancenis");
	assert_true(m.clock_offset_s >= -2 && m.clock_offset_s <= 2);
	assert_true(json.len > 0 && json.ptr[0] == '{');
	b.node->config.allow_private = 0;
	assert_int_equal(-1, gossip_meet(b.node, a.url, &m, NULL, &why));
	assert_int_equal(ERR_FORBIDDEN, why.code);
	assert_non_null(strstr(why.text, "127.0.0.1 is not an address a peer may have"));
	buf_clear(&json);
	place_end(&a);
	place_end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pull),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_loosened),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_meet),
	};

	return sodium_init() == -1 ? 1 : cmocka_run_group_tests_name("gossip", tests, NULL, NULL);
}
