/* SPDX-License-Identifier: AGPL-3.0-or-later
 * api.h - the JSON interface: what peers, other software and the command line ask of a node.
 *
 * routes.c is the table; each group of handlers is a file.  Handlers read the
 * request's decoded fields, ask the store or the search index, and write their
 * answer with json.h; a refusal is an error value whose message says what to do.
 */
#ifndef NODE_API_API_H
#define NODE_API_API_H

#include <stdint.h>

#include "node/http/route.h"

struct arena;
struct emit;
struct node;
struct reader;

#define API_NDJSON_ROWS_MAX	1000	/* rows in one import request */
#define API_IMPORT_BYTES_MAX	((size_t)16 << 20)
#define API_PLACES_BYTES_MAX	((size_t)4 << 20)

/* Every route of the API; the site puts it beside the pages'. */
extern const struct route_table api_routes;

/* --- parameters ---------------------------------------------------------------------------- */

/* A query parameter that must be there and not empty; ERR_USAGE names it otherwise. */
int	param_need(const struct request *req, const char *name, const char **out, struct err *e);
/* One that may be absent or empty: NULL then. */
const char *param_text(const struct request *req, const char *name);
/* A whole number in min..max; absent gives fallback, anything else ERR_USAGE. */
int	param_int(const struct request *req, const char *name, int64_t min, int64_t max, int64_t fallback,
	    int64_t *out, struct err *e);
/* The address of a node as it is kept: http or https, nothing after the path, no slash at the end.  In the request's
 * arena. */
int	param_address(const struct request *req, const char *name, char **out, struct err *e);
/* "1", "true", "yes": 1. */
int	param_flag(const struct request *req, const char *name);

/* --- handlers: one file per group ------------------------------------------------------------ */

/* about.c: what this node is */
handler_fn api_index, api_status, api_status_full, api_well_known, api_nodeinfo_links, api_nodeinfo,
    api_health, api_metrics;
/* feed.c: what peers exchange */
handler_fn api_changes, api_records_get, api_records_offer, api_record, api_reconcile;
/* find.c: search */
handler_fn api_search, api_suggest;
/* lists.c: lists and records in other forms */
handler_fn api_list, api_record_form;
/* gogocarto.c: what GoGoCarto maps ask each other; murmurations.c: profiles for a Murmurations index */
handler_fn api_gogo_elements, api_gogo_element, api_gogo_taxonomy, api_gogo_project;
handler_fn api_murmurations_profile, api_murmurations_list;
/* openapi.c: this interface as other software reads it */
handler_fn api_openapi;
/* own.c: the operator's own records and authors */
handler_fn api_own_list, api_own_put, api_own_delete, api_author_list, api_author_add;
/* keys.c: the keys of those authors */
handler_fn api_key_list, api_key_request, api_key_apply;
/* move.c: an author that goes to another node, or comes from one */
handler_fn api_author_out, api_author_keys, api_author_take, api_author_in, api_author_leave;
/* peers.c: the network as the operator sees it */
handler_fn api_peer_list, api_peer_add, api_peer_remove, api_meet, api_sync, api_vouch, api_vouch_revoke;
/* trust.c: who is in and why; blocks.c: who is kept out, and what others advise */
handler_fn api_trust, api_block_list, api_block, api_unblock, api_block_export, api_block_published,
    api_block_advice;
/* bundle.c: bundles */
handler_fn api_bundle_begin, api_bundle_head, api_bundle_sent, api_bundle_taken, api_bundle_take;
/* import.c: rows from elsewhere */
handler_fn api_import, api_source_items;
/* places.c: where communes lie */
handler_fn api_places_post;
/* confirm.c: "still true" */
handler_fn api_stale_list, api_confirm;
/* twins.c: the same thing twice */
handler_fn api_twins;
/* erase.c: forgetting on request, and who has forgotten */
handler_fn api_erase, api_erasure_list, api_erasure_allow, api_erasure_ask, api_file_list, api_file_put,
    api_file_delete;
/* sources.c: directories that are looked at again and again */
handler_fn api_watch_list, api_watch_add, api_watch_remove, api_watch_pause, api_watch_look, api_watch_answer,
    api_differences, api_decide;
/* All of them as an array, with what is asked. */
int	api_print_watches(struct emit *j, struct reader *r, struct arena *a, struct err *e);
/* upkeep.c: the machine room */
handler_fn api_login, api_backup, api_doctor, api_job, api_stop,
    api_clock_confirm;

#endif
