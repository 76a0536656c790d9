/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports.c - one page that says in which forms everything here can be taken along, and what each is good for. */
#include "node/web/inside.h"
#include "node/web/page.h"
#include "node/web/visit.h"

/* In the order in which people are likely to look for them. */
static const struct {
	const char *anchor;
	enum text name, what, loses;
	const char *address[3];		/* paths of this site; those that begin with "essaim" are commands */
} way[] = {
	{ "csv", TEXT_exports_csv, TEXT_exports_csv_what, TEXT_exports_whole, { "/catalogue.csv", "/offers.csv", NULL } },
	{ "geojson", TEXT_exports_geojson, TEXT_exports_geojson_what, TEXT_exports_whole,
	    { "/catalogue.geojson", "/catalogue.geojson?kind=place", NULL } },
	{ "ics", TEXT_exports_ics, TEXT_exports_ics_what, TEXT_exports_ics_loses, { "/agenda.ics", NULL } },
	{ "atom", TEXT_exports_atom, TEXT_exports_atom_what, TEXT_exports_atom_loses,
	    { "/catalogue.atom", "/catalogue.atom?q=jardin", NULL } },
	{ "jsonld", TEXT_exports_jsonld, TEXT_exports_jsonld_what, TEXT_exports_jsonld_loses, { "/catalogue.jsonld", NULL } },
	{ "gogocarto", TEXT_exports_gogocarto, TEXT_exports_gogocarto_what, TEXT_exports_gogocarto_loses,
	    { "/api/elements.json", "/api/elements.json?ontology=gogosync", "/api/taxonomy" } },
	{ "murmurations", TEXT_exports_murmurations, TEXT_exports_murmurations_what, TEXT_exports_murmurations_loses,
	    { "/api/murmurations", "/catalogue.murmurations", NULL } },
	{ "ndjson", TEXT_exports_ndjson, TEXT_exports_ndjson_what, TEXT_exports_whole,
	    { "/catalogue.ndjson", "/api/v1/changes", NULL } },
	{ "bundle", TEXT_exports_bundle, TEXT_exports_bundle_what, TEXT_exports_whole,
	    { "essaim bundle export tout.essaim", "essaim bundle import tout.essaim", NULL } },
	{ "openapi", TEXT_exports_openapi, TEXT_exports_openapi_what, TEXT_exports_openapi_loses,
	    { "/api/v1/openapi.json", "/api/v1/search?q=jardin", NULL } },
};

#define WAYS (sizeof way / sizeof way[0])

static struct export_way
way_of(struct visit *v, size_t i)
{
	struct export_way w = { .anchor = way[i].anchor, .name = text_get(v->lang, way[i].name),
		.what = text_get(v->lang, way[i].what), .loses = text_get(v->lang, way[i].loses),
		.address = way[i].address };

	while (w.count < 3 && way[i].address[w.count] != NULL)
		w.count++;
	return w;
}

int
exports_page(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct export_way ways[WAYS];
	struct view_exports view;
	struct visit v;
	size_t i;
	int rc;

	if (visit_begin(&v, n, req, res, VISIT_CACHED))
		return 0;
	for (i = 0; i < WAYS; i++)
		ways[i] = way_of(&v, i);
	view = (struct view_exports){ .lang = v.lang, .frame = &v.frame, .url = absolute(&v, ""), .way = ways, .count = WAYS };
	v.frame.title = text_get(v.lang, TEXT_exports_title);
	v.frame.description = text_get(v.lang, TEXT_exports_lead);
	rc = page_exports(&view, &res->body, e);
	return visit_end(&v, rc, e);
}
