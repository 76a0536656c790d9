/* SPDX-License-Identifier: AGPL-3.0-or-later
 * twins.c - the same thing twice: records that may tell of one thing. */
#include <inttypes.h>

#include "tools/cli/cli.h"
#include "tools/cli/show.h"

static void
show_twins(const struct cli *c, json_t *all)
{
	json_t *t, *reason;
	size_t i, k;

	json_array_foreach(all, i, t) {
		json_t *a = json_object_get(t, "a"), *b = json_object_get(t, "b");

		fprintf(c->out, "%3" PRId64 "  %s\n     %s\n     %s\n     %s\n    ", show_int(t, "score"), show_str(a, "name"),
		    show_str(a, "ref"), show_str(b, "name"), show_str(b, "ref"));
		json_array_foreach(json_object_get(t, "reasons"), k, reason)
			fprintf(c->out, " %s", json_string_value(reason));
		fputc('\n', c->out);
	}
	if (json_array_size(all) == 0)
		fputs("nothing looks like the same thing twice\n", c->out);
}

int
cmd_twins(struct cli *c, struct err *e)
{
	return show_with(c, METHOD_GET, "/api/v1/twins", "author", cli_option(c, "author"), show_twins, e);
}
