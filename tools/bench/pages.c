/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pages.c - requests a second by HTTP, against nginx sending a file of the same size.
 *
 * The same generator asks both, with the same connections, one after the other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/record.h"
#include "tools/bench/bench.h"
#include "tools/bench/child.h"
#include "tools/bench/client.h"
#include "tools/bench/fill.h"

#define CONNECTIONS 32
#define TURNS 4
#define PAGE_BYTES_MAX ((size_t)16 << 20)

struct serving {
	struct child node, nginx;
	char www[800];
	char nginx_missing[200];
	double seconds;
};

/* How a page is asked for, and what it has to reach of nginx's rate. */
struct page {
	const char *name;
	char target[400];
	const char *headers;
	double hold;
};

static int
add_file(struct serving *s, const char *name, size_t size, struct err *e)
{
	char path[900];
	size_t i;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", s->www, name);
	if ((f = fopen(path, "w")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	for (i = 0; i < size; i++)
		fputc(' ' + (int)(i % 90), f);
	return fclose(f) == 0 ? 0 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

/* Both in turn, the best of each: other work on the machine only ever takes away. */
static int
compare(struct serving *s, const struct page *p, struct load *ours, struct load *theirs, struct err *e)
{
	struct endpoint node = { .port = s->node.port }, nginx = { .port = s->nginx.port };
	char file[32], target[40];
	const char *const ours_target = p->target, *const theirs_target = target;
	struct load_params ask = { &ours_target, 1, p->headers, CONNECTIONS, s->seconds };
	struct load_params ask_nginx = { &theirs_target, 1, "", CONNECTIONS, s->seconds };
	struct load one;
	int i;

	for (i = 0; i < TURNS; i++) {
		if (client_load(node, &ask, &one, e) == -1)
			return -1;
		*ours = one.per_s > ours->per_s ? one : *ours;
		if (s->nginx.pid <= 0)
			continue;
		snprintf(file, sizeof file, "f%zu", ours->body_bytes);
		snprintf(target, sizeof target, "/%s", file);
		if ((i == 0 && add_file(s, file, ours->body_bytes, e) == -1) ||
		    client_load(nginx, &ask_nginx, &one, e) == -1)
			return -1;
		*theirs = one.per_s > theirs->per_s ? one : *theirs;
	}
	return 0;
}

static int
measure(struct bench *b, struct serving *s, const struct page *p, struct err *e)
{
	struct report_line l = { .row = "pages", .unit = UNIT_PER_S, .better = BETTER_HIGH };
	struct load ours = {0}, theirs = {0};

	if (compare(s, p, &ours, &theirs, e) == -1)
		return -1;
	snprintf(l.what, sizeof l.what, "%s (%zu B)", p->name, ours.body_bytes);
	l.value = ours.per_s;
	if (theirs.per_s > 0) {
		snprintf(l.limit_what, sizeof l.limit_what, "nginx, a file of the same size");
		l.limit = theirs.per_s;
		l.hold = p->hold;
	}
	snprintf(l.note, sizeof l.note, "p99 %.2f ms%s%.150s", ours.p99_ms, s->nginx_missing[0] != '\0' ? "; " : "",
	    s->nginx_missing);
	report_add(&b->report, &l);
	return 0;
}

/* --- pages nobody asked for yet --------------------------------------------------------------- */

#define FORMS 1920

/* Different questions in turn, so that no answer is kept: each is looked up and rendered. */
static char **
make_questions(void)
{
	static const char *const kind[] = { "initiative", "offer", "need", "event", "place", "organisation",
		"resource", "document" };
	static const char *const axis[] = { "individual-to-collective", "public-actor", "solidarity",
		"co-production", "shared-resources" };
	static const char *const sort[] = { "newest", "title", "soonest" };
	char **out = calloc(FORMS, sizeof *out);
	size_t i;

	for (i = 0; out != NULL && i < FORMS; i++)
		if (asprintf(&out[i], "/catalogue?lang=%s&kind=%s&axis=%s&sort=%s&page=%zu", i / 960 == 0 ? "fr" : "en",
		    kind[i % 8], axis[i / 8 % 5], sort[i / 40 % 3], 1 + i / 120 % 8) == -1)
			out[i] = NULL;
	return out;
}

static int
measure_rendered(struct bench *b, struct serving *s, struct err *e)
{
	struct report_line l = { .row = "pages", .unit = UNIT_PER_S, .better = BETTER_HIGH, .limit = 15000,
		.hold = 1, .limit_what = "DESIGN" };
	char **question = make_questions();
	struct load_params ask = { (const char *const *)question, FORMS, "", CONNECTIONS, s->seconds };
	double before, after;
	struct load load;
	size_t i;
	int rc = -1;

	if (question == NULL)
		return err_memory(e);
	if (child_cpu(&s->node, &before, e) == 0 && client_load((struct endpoint){ .port = s->node.port }, &ask,
	    &load, e) == 0 && child_cpu(&s->node, &after, e) == 0) {
		snprintf(l.what, sizeof l.what, "catalogue, rendered: kind, axis, order and page, new each time");
		l.value = load.per_s;
		snprintf(l.note, sizeof l.note, "%zu requests, %.3f ms of the node's processor time each", load.requests,
		    (after - before) * 1e3 / ((double)load.requests * (s->seconds + 0.2) / s->seconds));
		report_add(&b->report, &l);
		rc = 0;
	}
	for (i = 0; i < FORMS; i++)
		free(question[i]);
	free(question);
	return rc;
}

static int
start_nginx(struct bench *b, struct serving *s, struct err *e)
{
	struct err why = {0};
	char dir[600], www[650];

	if (bench_dir(b, "nginx", dir, sizeof dir, e) == -1 || bench_dir(b, "nginx/www", www, sizeof www, e) == -1)
		return -1;
	snprintf(s->www, sizeof s->www, "%s", www);
	if (child_nginx(dir, &s->nginx, &why) == -1) {
		s->nginx.pid = 0;
		snprintf(s->nginx_missing, sizeof s->nginx_missing, "not compared: %.150s", why.text);
	}
	return 0;
}

/* A place in the middle of the records, as its page and as JSON. */
static int
name_record(const struct records *r, struct page *page, struct page *json, struct err *e)
{
	struct record rec;
	enum reason why;

	if (record_parse(r->line[r->count / 2], &rec, &why, e) == -1)
		return -1;
	snprintf(page->target, sizeof page->target, "/i/%.*s/%.*s/%.*s", (int)rec.author.len, rec.author.ptr,
	    (int)rec.kind_name.len, rec.kind_name.ptr, (int)rec.rid.len, rec.rid.ptr);
	snprintf(json->target, sizeof json->target, "/api/v1/records/%.*s/%.*s/%.*s", (int)rec.author.len,
	    rec.author.ptr, (int)rec.kind_name.len, rec.kind_name.ptr, (int)rec.rid.len, rec.rid.ptr);
	return 0;
}

static int
measure_all(struct bench *b, struct serving *s, const struct records *r, struct err *e)
{
	struct page pages[] = {
		{ "catalogue, kept", "/catalogue?lang=fr", "", 1.0 },
		{ "catalogue, kept, gzip", "/catalogue?lang=fr", "Accept-Encoding: gzip\r\n", 1.0 },
		{ "one record as a page", "", "", 0 },
		{ "one record as JSON", "", "", 0.9 },
		{ "search with facets as JSON, common word", "/api/v1/search?q=jardin", "", 0 },
		{ "search with facets as JSON, rare word", "/api/v1/search?q=Kerlanmor", "", 0 },
		{ "status", "/api/v1/status", "", 0 },
	};
	size_t i;

	if (name_record(r, &pages[2], &pages[3], e) == -1)
		return -1;
	for (i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		struct err why = {0};

		if (measure(b, s, &pages[i], &why) == -1)
			report_missing(&b->report, "pages", pages[i].name, why.text);
	}
	return measure_rendered(b, s, e);
}

int
row_pages(struct bench *b, struct err *e)
{
	struct serving s = { .seconds = b->quick ? 0.2 : 0.8 };
	struct records r;
	char dir[600];
	int rc = -1;

	if (records_open(b->cache, GENERATED_SEED, 10000, &r, e) == -1)
		return -1;
	if (bench_dir(b, "pages", dir, sizeof dir, e) == -1 || fill_init(dir, "pages", e) == -1 ||
	    fill_store(dir, &r, 0, r.count, e) == -1 || fill_index(dir, e) == -1 ||
	    child_serve(b->essaim, dir, &s.node, e) == -1 || start_nginx(b, &s, e) == -1)
		goto out;
	rc = measure_all(b, &s, &r, e);
out:
	child_stop(&s.nginx);
	child_stop(&s.node);
	bench_remove(dir);
	records_close(&r);
	return rc;
}
