/* SPDX-License-Identifier: AGPL-3.0-or-later
 * negentropy-driver.c - one side of a reconciliation on standard input and output, in the line format
 * by which the public implementations are tested against each other.
 *
 * In:  item,TS,HEXID (any number)   seal   initiate (the client only)   msg,HEX
 * Out: have,HEXID and need,HEXID (the client), then msg,HEX, or done.
 * FRAMESIZELIMIT in the environment limits the messages written, in bytes; unset or 0: no limit.
 */
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "proto/negentropy.h"
#include "proto/set.h"

#define BYTES_MAX ((size_t)1 << 30)

struct driver {
	struct negentropy_params params;
	struct set_item *items;
	size_t nitems, items_cap;
	struct set *set;
	struct set_view view;
	struct negentropy *session;	/* NULL: we are the server */
	struct buf in, out;
};

static int
hex_decode(struct span hex, uint8_t *out, size_t len, struct err *e)
{
	size_t n;

	if (hex.len != 2 * len || sodium_hex2bin(out, len, hex.ptr, hex.len, NULL, &n, NULL) != 0
	    || n != len)
		return err_set(e, ERR_INPUT, "not %zu bytes in hexadecimal", len);
	return 0;
}

static void
id_print(const char *what, const uint8_t id[SET_ID_BYTES])
{
	char hex[2 * SET_ID_BYTES + 1];

	printf("%s,%s\n", what, sodium_bin2hex(hex, sizeof(hex), id, SET_ID_BYTES));
}

static int
have_print(void *arg, const struct set_item *item, struct err *e)
{
	(void)arg;
	(void)e;
	id_print("have", item->id);
	return 0;
}

static int
need_print(void *arg, const uint8_t id[SET_ID_BYTES], struct err *e)
{
	(void)arg;
	(void)e;
	id_print("need", id);
	return 0;
}

static void
message_print(const struct buf *out)
{
	if (out->len == 0) {
		puts("done");
		return;
	}
	fputs("msg,", stdout);
	for (size_t i = 0; i < out->len; i++)
		printf("%02x", (unsigned char)out->ptr[i]);
	putchar('\n');
}

static int
on_item(struct driver *d, struct span args, struct err *e)
{
	struct span ts = span_cut(&args, ',');
	struct set_item *items, *item;
	char *end;

	if (d->set != NULL)
		return err_set(e, ERR_USAGE, "item after seal");
	if (d->nitems == d->items_cap) {
		d->items_cap = d->items_cap * 2 + 1024;
		items = realloc(d->items, d->items_cap * sizeof(*items));
		if (items == NULL)
			return err_memory(e);
		d->items = items;
	}
	item = &d->items[d->nitems++];
	item->ts = strtoull(ts.ptr, &end, 10);	/* the line ends in a NUL */
	if (ts.len == 0 || end != ts.ptr + ts.len)
		return err_set(e, ERR_INPUT, "not a timestamp");
	return hex_decode(args, item->id, sizeof(item->id), e);
}

static int
on_seal(struct driver *d, struct span args, struct err *e)
{
	(void)args;
	if (d->set != NULL)
		return err_set(e, ERR_USAGE, "sealed twice");
	d->set = set_load(d->items, d->nitems, e);
	if (d->set == NULL)
		return -1;
	if (set_count(d->set) != d->nitems)
		return err_set(e, ERR_INPUT, "an item was given twice");
	d->view.base = d->set;
	return 0;
}

static int
on_initiate(struct driver *d, struct span args, struct err *e)
{
	struct negentropy_found found = { .have = have_print, .need = need_print };

	(void)args;
	if (d->set == NULL || d->session != NULL)
		return err_set(e, ERR_USAGE, "initiate once, after seal");
	d->session = negentropy_new(&d->params, &d->view, &found, e);
	if (d->session == NULL || negentropy_initiate(d->session, &d->out, e) == -1)
		return -1;
	message_print(&d->out);
	return 0;
}

static int
on_msg(struct driver *d, struct span args, struct err *e)
{
	if (d->set == NULL)
		return err_set(e, ERR_USAGE, "msg before seal");
	buf_reset(&d->in);
	if (buf_reserve(&d->in, args.len / 2, e) == -1)
		return -1;
	if (hex_decode(args, (uint8_t *)d->in.ptr, args.len / 2, e) == -1)
		return -1;
	d->in.len = args.len / 2;
	if (d->session == NULL
	    ? negentropy_respond(&d->params, &d->view, buf_span(&d->in), &d->out, e) == -1
	    : negentropy_step(d->session, buf_span(&d->in), &d->out, e) == -1)
		return -1;
	message_print(&d->out);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct driver *, struct span args, struct err *);
} commands[] = {
	{ "item", on_item },
	{ "seal", on_seal },
	{ "initiate", on_initiate },
	{ "msg", on_msg },
};

static int
line_run(struct driver *d, struct span line, struct err *e)
{
	struct span name = span_cut(&line, ',');

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_is(name, commands[i].name))
			return commands[i].run(d, line, e);
	return err_set(e, ERR_USAGE, "unknown command");
}

int
main(void)
{
	const char *limit = getenv("FRAMESIZELIMIT");
	struct driver d = {
		.params = { .frame_bytes_max = BYTES_MAX, .read_bytes_max = BYTES_MAX,
		    .read_ranges_max = SIZE_MAX, .queue_bytes_max = BYTES_MAX, .ids_max = UINT64_MAX, .rounds_max = UINT_MAX },
		.in = BUF_INIT(BYTES_MAX),
		.out = BUF_INIT(BYTES_MAX),
	};
	struct err e = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int rc = 0;

	if (limit != NULL && strtoull(limit, NULL, 10) != 0)
		d.params.frame_bytes_max = strtoull(limit, NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (rc == 0 && (len = getline(&line, &cap, stdin)) > 0) {
		rc = line_run(&d, span_trim((struct span){ line, (size_t)len }), &e);
		fflush(stdout);
	}
	if (rc == -1)
		fprintf(stderr, "negentropy-driver: %s\n", e.text);
	free(line);
	negentropy_free(d.session);
	set_free(d.set);
	free(d.items);
	buf_clear(&d.in);
	buf_clear(&d.out);
	return rc == 0 ? 0 : 1;
}
