/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tiles.c - see tiles.h. */
#include "node/web/tiles.h"

#include <stdio.h>
#include <string.h>

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:"
#define PATH_CHARS HOST_CHARS "_/{}?&=%~,;+@!$'()*"

int
tiles_source(const char *url, char *out, size_t size)
{
	const char *scheme = strncmp(url, "https://", 8) == 0 ? "https://" : strncmp(url, "http://", 7) == 0
	    ? "http://" : NULL;
	const char *host, *any = "";
	size_t len;
	int n;

	if (scheme == NULL || strstr(url, "{z}") == NULL || strstr(url, "{x}") == NULL || strstr(url, "{y}") == NULL)
		return 0;
	host = url + strlen(scheme);
	if (strncmp(host, "{s}.", 4) == 0) {
		host += 4;
		any = "*.";
	}
	len = strspn(host, HOST_CHARS);
	if (len == 0 || host[len] != '/' || host[len + strspn(host + len, PATH_CHARS)] != '\0')
		return 0;
	n = snprintf(out, size, "%s%s%.*s", scheme, any, (int)len, host);
	return n > 0 && (size_t)n < size;
}
