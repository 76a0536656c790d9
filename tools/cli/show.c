/* SPDX-License-Identifier: AGPL-3.0-or-later
 * show.c - see show.h. */
#include "tools/cli/show.h"

#include <inttypes.h>
#include <string.h>

#include "proto/record.h"
#include "tools/cli/client.h"

json_t *
show_parse(struct span text, struct err *e)
{
	json_error_t why;
	json_t *v = json_loadb(text.ptr == NULL ? "" : text.ptr, text.len, JSON_DECODE_ANY, &why);

	if (v == NULL)
		err_set(e, ERR_INTERNAL, "the node's answer is not JSON: %s", why.text);
	return v;
}

static int
ask(struct cli *c, enum method method, const char *target, struct span body, struct buf *out, struct err *e)
{
	struct client *node = NULL;
	int rc = -1;

	if (client_open(c->data, &node, e) == 0)
		rc = client_call(node, method, target, body, out, e);
	client_close(node);
	return rc;
}

int
show_call(struct cli *c, enum method method, const char *target, struct span body, show_fn *show,
    struct err *e)
{
	struct buf out = BUF_INIT(CLIENT_ANSWER_MAX);
	json_t *v;
	int rc = ask(c, method, target, body, &out, e);

	if (rc == 0 && c->json)
		fwrite(out.ptr, 1, out.len, c->out);
	else if (rc == 0 && show != NULL) {
		if ((v = show_parse(buf_span(&out), e)) == NULL)
			rc = -1;
		else
			show(c, v);
		json_decref(v);
	}
	buf_clear(&out);
	return rc;
}

static int
show_line(const struct cli *c, struct span line, show_fn *show, int first, struct err *e)
{
	json_t *v;

	if (c->json) {
		fprintf(c->out, "%s%.*s", first ? "" : ",\n", (int)line.len, line.ptr);
		return 0;
	}
	if ((v = show_parse(line, e)) == NULL)
		return -1;
	show(c, v);
	json_decref(v);
	return 0;
}

int
show_lines(struct cli *c, enum method method, const char *target, struct span body, show_fn *show,
    struct err *e)
{
	struct buf out = BUF_INIT(CLIENT_ANSWER_MAX);
	int rc = ask(c, method, target, body, &out, e), first = 1;
	struct span rest = buf_span(&out), line;

	if (rc == 0 && c->json)
		fputc('[', c->out);
	while (rc == 0 && rest.len > 0) {
		if ((line = span_cut(&rest, '\n')).len == 0)
			continue;
		rc = show_line(c, line, show, first, e);
		first = 0;
	}
	if (rc == 0 && c->json)
		fputs("]\n", c->out);
	buf_clear(&out);
	return rc;
}

int
show_with(struct cli *c, enum method method, const char *path, const char *name, const char *value, show_fn *show,
    struct err *e)
{
	struct buf target = BUF_INIT(TARGET_BYTES_MAX);
	int rc = buf_adds(&target, path, e);

	if (rc == 0 && (rc = target_add(&target, name, value, e)) == 0)
		rc = show_call(c, method, target.ptr, (struct span){ 0 }, show, e);
	buf_clear(&target);
	return rc;
}

const char *
show_str(json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "" : s;
}

int64_t
show_int(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

struct show_text
show_duration(int64_t s)
{
	struct show_text t;

	if (s < 120)
		snprintf(t.text, sizeof t.text, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(t.text, sizeof t.text, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		snprintf(t.text, sizeof t.text, "%" PRId64 " h", s / 3600);
	else
		snprintf(t.text, sizeof t.text, "%" PRId64 " days", s / 86400);
	return t;
}

struct show_text
show_time(int64_t unix_s)
{
	struct show_text t = { "never" };
	char stamp[21];

	if (unix_s <= 0)
		return t;
	timestamp_format(unix_s, stamp);
	snprintf(t.text, sizeof t.text, "%.10s %.5s", stamp, stamp + 11);
	return t;
}
