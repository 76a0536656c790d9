/* SPDX-License-Identifier: AGPL-3.0-or-later
 * places.c - essaim places import: where the communes lie, from a file or address in the form of
 * geo.api.gouv.fr (an array of communes, each with its code and centre). */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "node/api/api.h"
#include "tools/cli/cli.h"
#include "tools/cli/client.h"
#include "tools/cli/show.h"
#include "tools/import/json.h"

struct reading {
	struct buf lines;
	size_t communes, without;
};

static int
take_commune(void *ctx, const char *key, json_t *v, struct err *e)
{
	json_t *at = json_object_get(json_object_get(v, "centre"), "coordinates");
	const char *code = json_string_value(json_object_get(v, "code"));
	double lon = json_number_value(json_array_get(at, 0)), lat = json_number_value(json_array_get(at, 1));
	struct reading *r = ctx;

	(void)key;
	if (code == NULL || strlen(code) != 5)
		return err_set(e, ERR_INPUT, "an item has no commune's code");
	r->communes++;
	if (json_array_size(at) < 2 || !(fabs(lat) <= 90 && fabs(lon) <= 180)) {
		r->without++;
		return 0;
	}
	return buf_addf(&r->lines, e, "%s\t%ld\t%ld\n", code, lround(lat * 1e7), lround(lon * 1e7));
}

static int
read_communes(FILE *f, const char *name, struct reading *r, struct err *e)
{
	const struct json_cut how = { .item = take_commune, .ctx = r };
	struct import_input in;

	if (import_input_init(&in, f, name, e) == -1 || json_cut(&in, &how, e) == -1)
		return -1;
	if (r->lines.len == 0)
		return err_set(e, ERR_INPUT, "no commune has a centre: ask for ?fields=code,nom,centre");
	return 0;
}

static int
send(struct cli *c, const struct reading *r, struct err *e)
{
	struct buf answer = BUF_INIT(65536);
	struct client *node = NULL;
	int rc = client_open(c->data, &node, e);

	if (rc == 0 && (rc = client_call(node, METHOD_POST, "/api/v1/places", buf_span(&r->lines), &answer, e)) == 0) {
		if (c->json)
			fprintf(c->out, "{\"communes\":%zu,\"without_centre\":%zu}\n", r->communes - r->without, r->without);
		else
			fprintf(c->out, "%zu communes have a position now, %zu in the file had none.\n"
			    "Imported rows without a position will stand at their commune's centre.\n", r->communes - r->without,
			    r->without);
	}
	client_close(node);
	buf_clear(&answer);
	return rc;
}

int
cmd_places_import(struct cli *c, struct err *e)
{
	struct reading r = { .lines = BUF_INIT(API_PLACES_BYTES_MAX) };
	FILE *f = client_source(c->arg[0], e);
	int rc = -1;

	if (f != NULL && read_communes(f, c->arg[0], &r, e) == 0)
		rc = send(c, &r, e);
	else if (f != NULL)
		err_wrap(e, "%s", c->arg[0]);
	if (f != NULL && f != stdin)
		fclose(f);
	buf_clear(&r.lines);
	return rc;
}
