/* SPDX-License-Identifier: AGPL-3.0-or-later
 * replay.c - a main for a fuzzer's entry point: its seeds, and small variations of each.
 *
 *   NAME_replay [SEED [VARIATIONS]]      reads tests/fuzz/corpus/NAME/
 *
 * Prints one TAP line; a broken property aborts, with the input's name and variation on the last
 * line.  The same seed gives the same variations on every machine.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)
#define VARIATIONS 100
#define EDITS_MAX 4

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *data;
	size_t size, cap;
};

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Change, insert, remove or cut somewhere.  There is room for one byte more per edit. */
static void
edit(struct input *in, uint64_t *random)
{
	size_t at = in->size == 0 ? 0 : (size_t)(next_random(random) % in->size);
	uint8_t byte = (uint8_t)next_random(random);
	unsigned how = (unsigned)(next_random(random) % 8);

	if (in->size == 0 || how == 0) {
		memmove(in->data + at + 1, in->data + at, in->size - at);
		in->data[at] = byte;
		in->size++;
	} else if (how == 1) {
		memmove(in->data + at, in->data + at + 1, in->size - at - 1);
		in->size--;
	} else if (how == 2)
		in->size = at;
	else if (how < 6)
		in->data[at] ^= (uint8_t)(1u << (byte & 7));
	else
		in->data[at] = byte;
}

/* Hand over a copy of exactly the input's size, so that a sanitizer sees one byte too far. */
static void
try_input(const struct input *in)
{
	uint8_t *copy = malloc(in->size == 0 ? 1 : in->size);

	if (copy == NULL)
		abort();
	memcpy(copy, in->data, in->size);
	LLVMFuzzerTestOneInput(copy, in->size);
	free(copy);
}

static void
replay(const char *path, uint64_t seed, unsigned long variations)
{
	struct input whole = { .data = malloc(INPUT_BYTES_MAX) };
	struct input work = { .data = malloc(INPUT_BYTES_MAX + EDITS_MAX) };
	FILE *f = fopen(path, "rb");
	unsigned long i;
	uint64_t random = seed;

	if (f == NULL || whole.data == NULL || work.data == NULL) {
		printf("# %s: %s\n", path, strerror(errno));
		exit(1);
	}
	whole.size = fread(whole.data, 1, INPUT_BYTES_MAX, f);
	fclose(f);
	for (i = 0; i <= variations; i++) {
		uint64_t edits = i == 0 ? 0 : 1 + next_random(&random) % EDITS_MAX;

		printf("# %s, variation %lu of seed %" PRIu64 "\n", path, i, seed);
		memcpy(work.data, whole.data, whole.size);
		for (work.size = whole.size; edits > 0; edits--)
			edit(&work, &random);
		try_input(&work);
	}
	free(whole.data);
	free(work.data);
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* "…/json_replay" reads the seeds of json. */
static int
corpus_of(const char *argv0, char *dir, size_t cap)
{
	const char *base = strrchr(argv0, '/');
	const char *end;

	base = base == NULL ? argv0 : base + 1;
	if ((end = strstr(base, "_replay")) == NULL)
		return -1;
	return snprintf(dir, cap, "tests/fuzz/corpus/%.*s", (int)(end - base), base) < (int)cap ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	unsigned long variations = argc > 2 ? strtoul(argv[2], NULL, 10) : VARIATIONS;
	char dir[256], path[512];
	struct dirent **entry;
	int i, count;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (corpus_of(argv[0], dir, sizeof dir) == -1 ||
	    (count = scandir(dir, &entry, is_seed, alphasort)) < 1) {
		printf("not ok 1 - %s has no seeds\n1..1\n", argv[0]);
		return 1;
	}
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
		replay(path, seed, variations);
		free(entry[i]);
	}
	free(entry);
	printf("ok 1 - %s: %d seeds, %lu variations of each\n1..1\n", dir, count, variations);
	return 0;
}
