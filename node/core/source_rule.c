/* SPDX-License-Identifier: AGPL-3.0-or-later
 * source_rule.c - see source_rule.h. */
#include "node/core/source_rule.h"

#include <string.h>
#include <strings.h>

#define PAGE_LOOK_BYTES 1024

static const struct {
	const char *name;
	int failure;
} state[SOURCE__COUNT] = {
	[SOURCE_NEW] = { "new", 0 },
	[SOURCE_FINE] = { "fine", 0 },
	[SOURCE_UNCHANGED] = { "unchanged", 0 },
	[SOURCE_ASKS] = { "asks", 0 },
	[SOURCE_DOWN] = { "down", 1 },
	[SOURCE_SLOW] = { "slow", 1 },
	[SOURCE_REFUSES] = { "refuses", 1 },
	[SOURCE_PAGE] = { "page", 1 },
	[SOURCE_EMPTY] = { "empty", 1 },
	[SOURCE_UNREADABLE] = { "unreadable", 1 },
	[SOURCE_USELESS] = { "useless", 1 },
	[SOURCE_LARGE] = { "large", 1 },
	[SOURCE_PRIVATE] = { "private", 1 },
	[SOURCE_FAILED] = { "failed", 1 },
};

const char *
source_state_name(enum source_state s)
{
	return s >= SOURCE__COUNT ? "" : state[s].name;
}

int
source_state_is_failure(enum source_state s)
{
	return s < SOURCE__COUNT && state[s].failure;
}

enum source_state
source_judge(const struct source_seen *s)
{
	if (s->read == 0)
		return s->known > 0 ? SOURCE_EMPTY : SOURCE_FINE;
	if (s->usable == 0)
		return SOURCE_USELESS;
	if (s->missing >= 2 && s->missing * 2 > s->known)
		return SOURCE_ASKS;
	if (s->missing > SOURCE_VANISH_FREE && s->missing * 100 > s->known * s->share)
		return SOURCE_ASKS;
	return SOURCE_FINE;
}

static int
holds(struct span text, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.ptr + i, word, len) == 0)
			return 1;
	return 0;
}

int
source_is_page(const char *type, struct span head)
{
	head = span_trim(head);
	if (head.len > 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
		head = span_trim((struct span){ head.ptr + 3, head.len - 3 });
	if (head.len > PAGE_LOOK_BYTES)
		head.len = PAGE_LOOK_BYTES;
	if (head.len > 0 && head.ptr[0] != '<')
		return 0;
	return strncasecmp(type, "text/html", 9) == 0 || holds(head, "<html") || holds(head, "<!doctype html");
}

struct span
source_host(const char *url)
{
	const char *host = strncmp(url, "https://", 8) == 0 ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : "";

	return (struct span){ host, strcspn(host, "/?#") };
}

int64_t
source_wait_s(int64_t every_s, int64_t failures, int64_t retry_after_s, uint32_t random)
{
	int64_t most = every_s > SOURCE_WAIT_MAX_S ? every_s : SOURCE_WAIT_MAX_S, wait = every_s;

	if (failures > 0) {
		wait = every_s < SOURCE_RETRY_S ? every_s : SOURCE_RETRY_S;
		while (--failures > 0 && wait < most)
			wait *= 2;
		if (wait > most)
			wait = most;
	}
	wait += (int64_t)(random % (uint32_t)(wait / 5 + 1)) - wait / 10;
	return wait < retry_after_s ? retry_after_s : wait;
}
