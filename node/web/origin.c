/* SPDX-License-Identifier: AGPL-3.0-or-later
 * origin.c - see origin.h. */
#include "node/web/origin.h"

#include "node/core/source_rule.h"
#include "node/store/store.h"

const char *
origin_name(struct visit *v, const char *name, const char *url)
{
	struct span host = source_host(url);

	if (*name != '\0' || host.len == 0)
		return printed(v, "%s", *name != '\0' ? name : url);
	return printed(v, "%.*s", (int)host.len, host.ptr);
}

int
origin_of(struct visit *v, const char *ref, struct origin *out, struct err *e)
{
	struct reader *r = visit_store(v, e);
	struct watch w = { .name = "" };
	struct source_item item;
	struct span host;
	int64_t seen;
	char day[11];
	int n;

	if (r == NULL || (n = store_source_of(r, ref, v->arena, &item, e)) == -1)
		return -1;
	if (n == 0)
		return 0;
	if ((n = store_watch(r, item.source, &w, e)) == -1)
		return -1;
	/* An answer that says "nothing changed" holds it too. */
	seen = n == 1 && item.state == ITEM_LIVE && item.missing == 0 && w.last_ok > item.seen ? w.last_ok : item.seen;
	date_of(seen, day);
	host = source_host(item.source);
	*out = (struct origin){ .name = origin_name(v, w.name, item.source),
		.href = host.len == 0 ? NULL : printed(v, "%.*s/", (int)(host.ptr + host.len - item.source), item.source),
		.seen = date_long(v->arena, v->lang, printed(v, "%s", day)), .gone = item.state != ITEM_LIVE };
	return 1;
}
