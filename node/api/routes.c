/* SPDX-License-Identifier: AGPL-3.0-or-later
 * routes.c - the API's surface; the index, the help and SPEC.md are printed from it. */
#include "node/api/api.h"
#include "proto/limits.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct route routes[] = {
	{ METHOD_GET, "/api/v1", api_index, ACCESS_PUBLIC, 0, "this list" },
	{ METHOD_GET, "/api/v1/status", api_status, ACCESS_PUBLIC, 0, "name, state, counts, clock" },
	{ METHOD_GET, "/.well-known/essaim", api_well_known, ACCESS_PUBLIC, 0,
	    "who this node is: versions, limits, policy, its own records" },
	{ METHOD_GET, "/.well-known/nodeinfo", api_nodeinfo_links, ACCESS_PUBLIC, 0,
	    "where its NodeInfo is" },
	{ METHOD_GET, "/nodeinfo/2.1", api_nodeinfo, ACCESS_PUBLIC, 0, "NodeInfo 2.1" },
	{ METHOD_GET, "/healthz", api_health, ACCESS_PUBLIC, 0, "answers ok while the node works" },
	{ METHOD_GET, "/metrics", api_metrics, ACCESS_PUBLIC, 0, "counters in Prometheus text" },

	{ METHOD_GET, "/api/v1/changes", api_changes, ACCESS_PUBLIC, 0,
	    "records in the order they came: since, limit, wait, author, kind" },
	{ METHOD_POST, "/api/v1/records/get", api_records_get, ACCESS_PUBLIC, IDS_MAX * 32,
	    "records by version id: 32 bytes each, one after another" },
	{ METHOD_POST, "/api/v1/records", api_records_offer, ACCESS_PUBLIC, BATCH_BYTES_MAX,
	    "offer records, one a line; one result a line" },
	{ METHOD_GET, "/api/v1/records/:did/:kind/:rid", api_record, ACCESS_PUBLIC, 0,
	    "one record, its exact signed bytes" },
	{ METHOD_POST, "/api/v1/reconcile", api_reconcile, ACCESS_PUBLIC, RECONCILE_BYTES_MAX,
	    "one round of Negentropy V1: author, kind" },
	{ METHOD_GET, "/api/v1/search", api_search, ACCESS_PUBLIC, 0,
	    "search: the parameters of the catalogue" },
	{ METHOD_GET, "/api/v1/suggest", api_suggest, ACCESS_PUBLIC, 0, "titles that begin so: q" },

	{ METHOD_GET, "/catalogue.:form", api_list, ACCESS_PUBLIC, 0,
	    "the catalogue as ndjson, csv, geojson, jsonld, atom or ics, with its parameters" },
	{ METHOD_GET, "/offers.:form", api_list, ACCESS_PUBLIC, 0, "offers and needs, likewise" },
	{ METHOD_GET, "/agenda.:form", api_list, ACCESS_PUBLIC, 0, "events to come, likewise" },
	{ METHOD_GET, "/library.:form", api_list, ACCESS_PUBLIC, 0,
	    "documents, syntheses and questions, likewise" },
	{ METHOD_GET, "/i/:author/:kind/:rid/record.:form", api_record_form, ACCESS_PUBLIC, 0,
	    "one record, likewise" },

	{ METHOD_GET, "/api/v1/status/full", api_status_full, ACCESS_OPERATOR, 0,
	    "status with peers and what waits" },
	{ METHOD_GET, "/api/v1/own", api_own_list, ACCESS_OPERATOR, 0,
	    "own records, one a line: author, kind, deleted, after, limit" },
	{ METHOD_POST, "/api/v1/own", api_own_put, ACCESS_OPERATOR, 4 * RECORD_BYTES_MAX,
	    "write a record from its content: kind, author, rid, lang, license" },
	{ METHOD_DELETE, "/api/v1/own/:did/:kind/:rid", api_own_delete, ACCESS_OPERATOR, 0,
	    "delete an own record everywhere" },
	{ METHOD_GET, "/api/v1/authors", api_author_list, ACCESS_OPERATOR, 0,
	    "authors whose keys are here" },
	{ METHOD_POST, "/api/v1/authors", api_author_add, ACCESS_OPERATOR, 0, "a new author: name" },
	{ METHOD_GET, "/api/v1/peers", api_peer_list, ACCESS_OPERATOR, 0, "the neighbours" },
	{ METHOD_POST, "/api/v1/import", api_import, ACCESS_OPERATOR, API_IMPORT_BYTES_MAX,
	    "rows of a source: source, author, lang, license, dry_run, overwrite" },
	{ METHOD_GET, "/api/v1/sources", api_source_items, ACCESS_OPERATOR, 0,
	    "what was imported from where, one a line: source" },
};

const struct route_table api_routes = { routes, COUNT(routes) };
