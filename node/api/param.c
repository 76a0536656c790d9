/* SPDX-License-Identifier: AGPL-3.0-or-later
 * param.c - query parameters of the API, read one way; see api.h. */
#include "node/api/api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/store.h"

const char *
param_text(const struct request *req, const char *name)
{
	const char *v = request_query(req, name);

	return v == NULL || *v == '\0' ? NULL : v;
}

int
param_need(const struct request *req, const char *name, const char **out, struct err *e)
{
	if ((*out = param_text(req, name)) == NULL)
		return err_set(e, ERR_USAGE, "the parameter %s is missing", name);
	return 0;
}

int
param_int(const struct request *req, const char *name, int64_t min, int64_t max, int64_t fallback,
    int64_t *out, struct err *e)
{
	const char *v = param_text(req, name);
	char *end;
	long long n;

	*out = fallback;
	if (v == NULL)
		return 0;
	errno = 0;
	n = strtoll(v, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return err_set(e, ERR_USAGE, "%s must be a whole number from %" PRId64 " to %" PRId64, name,
		    min, max);
	*out = n;
	return 0;
}

int
param_flag(const struct request *req, const char *name)
{
	const char *v = param_text(req, name);

	return v != NULL && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0 || strcmp(v, "yes") == 0);
}

int
param_address(const struct request *req, const char *name, char **out, struct err *e)
{
	const char *url;
	size_t len;

	if (param_need(req, name, &url, e) == -1)
		return -1;
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return err_set(e, ERR_USAGE, "the address of a node begins with https:// or http://");
	if (strpbrk(url, "?#") != NULL || strlen(url) >= sizeof ((struct peer *)0)->url)
		return err_set(e, ERR_USAGE, "the address of a node has no ? or #, and %zu characters at most",
		    sizeof ((struct peer *)0)->url - 1);
	if ((*out = arena_copy(req->arena, span_str(url))) == NULL)
		return err_memory(e);
	for (len = strlen(*out); len > 8 && (*out)[len - 1] == '/'; len--)
		(*out)[len - 1] = '\0';
	return 0;
}
