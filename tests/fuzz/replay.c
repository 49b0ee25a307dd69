/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main of a fuzz entry in the ordinary test run: without libFuzzer, each file of the corpus
 * goes through the entry whole, cut short at each byte, and changed at random places. The random
 * numbers have a fixed seed, so that a run that fails fails again. Each input is in memory of its
 * own size, so that AddressSanitizer sees a read beyond it.
 *
 *	fuzz_address                    the corpus in $srcdir/tests/fuzz/corpus/address
 *	fuzz_address FILE ...           these files, whole
 *	FUZZ_ROUNDS=100000 fuzz_address more changes to each file (200 without it)
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "tests/fuzz/fuzz.h"

#define FILE_MAX  ((size_t)1024 * 1024)
#define CUTS_MAX  2048
#define ROUNDS    200
#define CHANGES   4
#define PATH_SIZE 4096

struct input {
	uint8_t *bytes;
	size_t n;
};

static uint64_t seed = 1;

/* xorshift64: any numbers will do, but the same each time. */
static size_t
draw(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % below);
}

static void
run(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n != 0 ? n : 1);

	if (copy == NULL)
		bug_out_of_memory(n);
	if (n != 0)
		memcpy(copy, bytes, n);
	LLVMFuzzerTestOneInput(n != 0 ? copy : NULL, n);
	free(copy);
}

static void
change(struct input *in)
{
	static const char telling[] = "\r\n.<>@:;,\"\\() \t+=[]0A\xff\xc3";

	for (size_t i = draw(CHANGES) + 1; i != 0 && in->n != 0; i--) {
		size_t at = draw(in->n);

		switch (draw(4)) {
		case 0:
			in->bytes[at] = (uint8_t)draw(256);
			break;
		case 1:
			in->bytes[at] = (uint8_t)telling[draw(sizeof(telling))];
			break;
		case 2: /* one byte less */
			memmove(in->bytes + at, in->bytes + at + 1, in->n - at - 1);
			in->n--;
			break;
		default: /* a piece again, over what follows */
			memmove(in->bytes + draw(in->n - at) + at, in->bytes + at, 1);
			break;
		}
	}
}

static void
run_changed(const struct input *in, uint64_t rounds)
{
	struct input changed = { .bytes = mem_new(in->n + 1) };

	for (uint64_t i = 0; i < rounds; i++) {
		memcpy(changed.bytes, in->bytes, in->n);
		changed.n = in->n;
		change(&changed);
		run(changed.bytes, changed.n);
	}
	mem_free(changed.bytes);
}

static void
read_file(const char *path, struct input *in)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	in->bytes = mem_new(FILE_MAX);
	in->n = fread(in->bytes, 1, FILE_MAX, f);
	fclose(f);
}

static int
run_corpus(const char *folder, uint64_t rounds)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	int files = 0;
	DIR *dir = opendir(folder);

	if (dir == NULL) {
		perror(folder);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		struct input in;

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= PATH_SIZE)
			return 1;
		read_file(path, &in);
		for (size_t n = 0; n < in.n && n < CUTS_MAX; n++)
			run(in.bytes, n);
		run(in.bytes, in.n);
		run_changed(&in, rounds);
		mem_free(in.bytes);
		files++;
	}
	closedir(dir);
	printf("%s: %d files\n", folder, files);
	return files == 0;
}

int
main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_"), *top = getenv("srcdir");
	const char *asked = getenv("FUZZ_ROUNDS");
	uint64_t rounds = ROUNDS;
	char folder[PATH_SIZE];

	for (int i = 1; i < argc; i++) {
		struct input in;

		read_file(argv[i], &in);
		run(in.bytes, in.n);
		mem_free(in.bytes);
	}
	if (argc > 1)
		return 0;
	if (name == NULL || (asked != NULL && num_parse(str_of(asked), UINT32_MAX, &rounds) < 0))
		return 2;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".",
	    name + strlen("fuzz_"));
	return run_corpus(folder, rounds);
}
