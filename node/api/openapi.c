/* SPDX-License-Identifier: AGPL-3.0-or-later
 * openapi.c - the route table as OpenAPI 3.1, for those who write against this interface.
 *
 * Paths, methods, access and limits are the table's own.  Only what a query may hold is told beside it, each parameter
 * once.
 */
#include <string.h>

#include "node/api/api.h"
#include "node/api/emit.h"
#include "node/api/lists.h"
#include "node/core/node.h"
#include "node/core/version.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CATALOGUE "q kind axis practice access terms status type territory commune near within bbox from to upcoming " \
	"examples sort page limit language"

static const struct {
	const char *name, *type, *what;
} parameter[] = {
	{ "q", "string", "words; all must occur, the last may be a beginning" },
	{ "kind", "string", "kinds of record, parted by commas" },
	{ "axis", "string", "keys of axes, parted by commas" },
	{ "practice", "string", "key of a practice; a broader one includes those below it" },
	{ "access", "string", "keys of ways of access, parted by commas" },
	{ "terms", "string", "keys of ways to settle an exchange, parted by commas" },
	{ "status", "string", "keys of states of an initiative, parted by commas" },
	{ "type", "string", "key of a type of document, thing, resource or legal form" },
	{ "territory", "string", "did:key of a publisher" },
	{ "commune", "string", "INSEE code or name" },
	{ "near", "string", "latitude,longitude in degrees, or a commune" },
	{ "within", "number", "kilometres around it" },
	{ "bbox", "string", "west,south,east,north in degrees" },
	{ "from", "string", "first day, YYYY-MM-DD" },
	{ "to", "string", "last day, YYYY-MM-DD" },
	{ "upcoming", "integer", "1: without what ended before today" },
	{ "examples", "integer", "0: without examples" },
	{ "sort", "string", "best, newest, nearest, title or soonest" },
	{ "page", "integer", "from 1" },
	{ "limit", "integer", "how many at most" },
	{ "language", "string", "of the records, as a tag of BCP 47" },
	{ "since", "string", "the cursor that the last answer ended with; empty: from the beginning" },
	{ "wait", "integer", "seconds to wait for something new" },
	{ "author", "string", "did:key: only this author's" },
	{ "part", "string", "only this part of the whole" },
	{ "bounds", "string", "lng1,lat1,lng2,lat2 in degrees" },
	{ "categories", "string", "numbers of the taxonomy, parted by commas; any of them" },
	{ "ontology", "string", "gogofull (default), gogocompact or gogosync" },
	{ "excludeExternal", "boolean", "true: only what is published on this node" },
};

/* Of public routes; a name that is missing here is missing in the description, which a test compares. */
static const struct {
	const char *pattern, *names;
} query[] = {
	{ "/api/v1/changes", "since limit wait author kind part" },
	{ "/api/v1/reconcile", "author kind part" },
	{ "/api/v1/search", CATALOGUE }, { "/catalogue.:form", CATALOGUE }, { "/offers.:form", CATALOGUE },
	{ "/agenda.:form", CATALOGUE }, { "/library.:form", CATALOGUE },
	{ "/api/v1/suggest", "q" },
	{ "/api/elements.json", "bounds categories ontology excludeExternal limit" },
};

static const struct {
	const char *name, *what;
} part[] = {
	{ "did", "the author, did:key:…" }, { "author", "the author, did:key:…" }, { "kind", "the kind of record" },
	{ "rid", "the record's identifier, 16 characters" }, { "id", "the element's id, slashes included" },
	{ "number", "the job's number" }, { "form", "the form" },
};

/* --- paths ---------------------------------------------------------------------------------------------- */

/* Cut what stands before the next ":name" off the front of *pattern, and the name (empty after the last). */
static struct span
cut_name(const char **pattern, struct span *name)
{
	struct span before = { *pattern, strcspn(*pattern, ":") };
	const char *p = *pattern + before.len;

	*name = (struct span){ p, 0 };
	if (*p == ':') {
		*name = (struct span){ p + 1, strcspn(p + 1, "/*") };
		p = name->ptr + name->len;
	}
	*pattern = *p == '*' ? p + 1 : p;
	return before;
}

/* "/catalogue.:form" as "/catalogue.{form}". */
static const char *
path_of(struct arena *a, const char *pattern)
{
	const char *path = "";
	struct span before, name;

	while (path != NULL && *pattern != '\0') {
		before = cut_name(&pattern, &name);
		path = arena_printf(a, name.len == 0 ? "%s%.*s" : "%s%.*s{%.*s}", path, (int)before.len, before.ptr,
		    (int)name.len, name.ptr);
	}
	return path == NULL ? "" : path;
}

static void
print_parameter(struct emit *j, struct span name, const char *in, const char *type, const char *what)
{
	emit_object(j);
	emit_put_span(j, "name", name);
	emit_put_text(j, "in", in);
	emit_put_bool(j, "required", strcmp(in, "path") == 0);
	emit_put_text(j, "description", what);
	emit_key(j, "schema");
	emit_object(j);
	emit_put_text(j, "type", type);
	if (span_is(name, "form")) {
		emit_key(j, "enum");
		emit_array(j);
		for (size_t i = 0; i < form_count; i++)
			emit_text(j, form_table[i].name);
		emit_array_end(j);
	}
	emit_object_end(j);
	emit_object_end(j);
}

static void
print_path_parameters(struct emit *j, const char *pattern)
{
	struct span name;
	size_t i;

	while (*pattern != '\0') {
		cut_name(&pattern, &name);
		if (name.len == 0)
			continue;
		for (i = 0; i < COUNT(part) - 1 && !span_is(name, part[i].name); i++)
			continue;
		print_parameter(j, name, "path", "string", part[i].what);
	}
}

static void
print_query_parameters(struct emit *j, const struct route *r)
{
	struct span rest = { NULL, 0 };
	size_t i;

	for (i = 0; i < COUNT(query); i++)
		if (strcmp(query[i].pattern, r->pattern) == 0)
			rest = span_str(query[i].names);
	while (rest.len > 0) {
		struct span name = span_cut(&rest, ' ');

		for (i = 0; i < COUNT(parameter); i++)
			if (span_is(name, parameter[i].name))
				print_parameter(j, name, "query", parameter[i].type, parameter[i].what);
	}
}

/* --- operations ------------------------------------------------------------------------------------------ */

static void
print_response(struct emit *j, const char *status, const char *what)
{
	emit_key(j, status);
	emit_object(j);
	emit_put_text(j, "description", what);
	emit_object_end(j);
}

/* Every refusal is {"error","message"}. */
static void
print_responses(struct emit *j)
{
	emit_key(j, "responses");
	emit_object(j);
	print_response(j, "200", "the answer");
	emit_key(j, "default");
	emit_object(j);
	emit_put_text(j, "$ref", "#/components/responses/Refused");
	emit_object_end(j);
	emit_object_end(j);
}

static void
print_body(struct emit *j, size_t bytes_max)
{
	emit_key(j, "requestBody");
	emit_object(j);
	emit_put_int(j, "x-bytes-max", (int64_t)bytes_max);
	emit_key(j, "content");
	emit_object(j);
	emit_key(j, "application/octet-stream");
	emit_object(j);
	emit_object_end(j);
	emit_object_end(j);
	emit_object_end(j);
}

static void
print_operation(struct emit *j, struct arena *a, const struct route *r)
{
	const char *method = r->method == METHOD_GET ? "get" : r->method == METHOD_POST ? "post" : "delete";

	emit_key(j, method);
	emit_object(j);
	emit_put_text(j, "operationId", arena_printf(a, "%s %s", method, r->pattern));
	emit_put_text(j, "summary", r->summary);
	emit_key(j, "tags");
	emit_array(j);
	emit_text(j, r->access == ACCESS_PUBLIC ? "public" : "operator");
	emit_array_end(j);
	if (r->access == ACCESS_OPERATOR) {
		emit_key(j, "security");
		emit_raw(j, SPAN("[{\"operator\":[]}]"));
	}
	emit_key(j, "parameters");
	emit_array(j);
	print_path_parameters(j, r->pattern);
	print_query_parameters(j, r);
	emit_array_end(j);
	if (r->body_max > 0)
		print_body(j, r->body_max);
	print_responses(j);
	emit_object_end(j);
}

/* A path once, with all its methods, where its pattern comes first. */
static void
print_path(struct emit *j, struct arena *a, size_t first)
{
	const char *pattern = api_routes.route[first].pattern;
	size_t i;

	for (i = 0; i < first; i++)
		if (strcmp(api_routes.route[i].pattern, pattern) == 0)
			return;
	emit_key(j, path_of(a, pattern));
	emit_object(j);
	for (i = first; i < api_routes.count; i++)
		if (strcmp(api_routes.route[i].pattern, pattern) == 0)
			print_operation(j, a, &api_routes.route[i]);
	emit_object_end(j);
}

static void
print_components(struct emit *j)
{
	emit_key(j, "components");
	emit_raw(j, SPAN("{\"responses\":{\"Refused\":{\"description\":\"why not\",\"content\":{\"application/json\":"
	    "{\"schema\":{\"type\":\"object\",\"required\":[\"error\",\"message\"],\"properties\":{\"error\":"
	    "{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}}}},\"securitySchemes\":{\"operator\":"
	    "{\"type\":\"http\",\"scheme\":\"session\",\"description\":\"the node's own socket DIR/control.sock, which only its "
	    "operator may open\"}}}"));
}

int
api_openapi(struct node *n, const struct request *req, struct response *res, struct err *e)
{
	struct emit j;
	size_t i;

	emit_start(&j, &res->body, e);
	emit_object(&j);
	emit_put_text(&j, "openapi", "3.1.0");
	emit_key(&j, "info");
	emit_object(&j);
	emit_put_text(&j, "title", n->config.name);
	emit_put_text(&j, "version", ESSAIM_VERSION);
	emit_put_text(&j, "summary", "What programs may ask of this node");
	emit_object_end(&j);
	emit_key(&j, "servers");
	emit_array(&j);
	emit_object(&j);
	emit_put_text(&j, "url", *list_base(n, req) == '\0' ? "/" : list_base(n, req));
	emit_object_end(&j);
	emit_array_end(&j);
	emit_key(&j, "paths");
	emit_object(&j);
	for (i = 0; i < api_routes.count; i++)
		print_path(&j, req->arena, i);
	emit_object_end(&j);
	print_components(&j);
	emit_object_end(&j);
	emit_line(&j);
	return emit_end(&j);
}
