/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery: S6, S12, S15, S17, and S19 to S23 with a tear and a flip at every byte. */
#include "tests/unit/spool/spool_test.h"

#define MESSAGES 3u

/* What a recovery found. */
struct tally {
	unsigned messages, damaged, unreadable, live, scanned, stale;
	char ids[128][QUEUE_ID_LENGTH + 1];
	enum spool_queue queues[128];
	uint64_t undone;
	char destination[SPOOL_PATH_MAX];
	char words[sizeof(((struct why *)NULL)->text)];
};

static void
count_found(struct tally *t, const struct found *f)
{
	switch (f->kind) {
	case FOUND_MESSAGE:
		assert_true(t->messages < ARRAY_LEN(t->ids));
		t->queues[t->messages] = f->message.queue;
		snprintf(t->ids[t->messages++], sizeof(t->ids[0]), "%s", f->message.id.text);
		assert_str_is(f->message.envelope.sender, "sender@example.org");
		assert_true((f->segment != NULL) == (f->message.queue == SPOOL_JOURNAL));
		break;
	case FOUND_DAMAGED:
		t->damaged++;
		snprintf(t->destination, sizeof(t->destination), "%s", f->destination);
		snprintf(t->words, sizeof(t->words), "%s", f->why.text);
		assert_int_equal(access(f->destination, F_OK), 0);
		break;
	case FOUND_UNREADABLE:
		t->unreadable++;
		assert_true(f->error < 0 && f->why.text[0] != '\0');
		break;
	case FOUND_LIVE:
		t->live++;
		break;
	case FOUND_SCANNED:
		t->scanned++;
		t->undone += f->count;
		break;
	case FOUND_STALE:
		t->stale++;
		break;
	}
}

static struct tally
recover_with(struct journal *j)
{
	struct tally t = { 0 };
	struct recover r;
	struct found f;
	int result;

	recover_open(&r, j);
	while ((result = recover_next(&r, &f)) > 0)
		count_found(&t, &f);
	assert_int_equal(result, 0);
	recover_close(&r);
	return t;
}

static struct tally
recover_all(void)
{
	struct journal j;
	struct tally t;

	journal_init(&j);
	t = recover_with(&j);
	journal_drop(&j);
	return t;
}

static char *
segment_file(const struct queue_id *name, const char *suffix)
{
	static char path[SPOOL_PATH_MAX];

	snprintf(path, sizeof(path), "journal/%s.%s", name->text, suffix);
	return path;
}

/* The bytes of a file, to be put back. */
struct image {
	char *p;
	size_t n;
};

static struct image
load_image(const char *path)
{
	struct stat st;
	struct image i;
	int fd = open(path, O_RDONLY);

	assert_int_equal(fstat(fd, &st), 0);
	i.n = (size_t)st.st_size;
	i.p = mem_new(i.n);
	assert_int_equal(read(fd, i.p, i.n), (ssize_t)i.n);
	close(fd);
	return i;
}

static void
store_image(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

static void
empty_folder(const char *path)
{
	remove_tree(path);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* --- Segments -------------------------------------------------------------------------------- */

static void
run_finds(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct journal j;
	struct segment *s;
	struct tally t;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, MESSAGES, &told);
	journal_init(&j);
	t = recover_with(&j);
	assert_int_equal(t.messages, MESSAGES);
	assert_int_equal(t.scanned, 1);
	assert_int_equal(t.undone, MESSAGES);
	/* S23: again the same. */
	t = recover_with(&j);
	assert_int_equal(t.messages, MESSAGES);
	s = journal_find_segment(&j, queue_id_str(&name));
	segment_done(s, told.committed[1].position);
	t = recover_with(&j);
	assert_int_equal(t.messages, MESSAGES - 1);
	segment_done(s, told.committed[0].position);
	assert_int_equal(journal_flush(&j), 0);
	journal_drop(&j);

	/* The next qmgr. */
	journal_init(&j);
	t = recover_with(&j);
	assert_int_equal(t.messages, 1);
	s = journal_find_segment(&j, queue_id_str(&name));
	segment_done(s, told.committed[2].position);
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(journal_sync(&j), 0);
	assert_int_equal(count_files("journal", ""), 0);
	journal_drop(&j);
}

static void
test_finds_what_is_not_done(void **state)
{
	(void)state;
	in_spool(run_finds, NULL);
	in_real(run_finds, NULL);
}

static void
run_live(void *arg)
{
	struct queue_id_source ids;
	struct journal_writer w;
	struct told told;
	struct journal j;
	struct recover r;
	struct segment *s;
	struct found f;
	struct tally t;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	(void)commit_one(&w, &ids, STR("x"));
	journal_init(&j);
	t = recover_with(&j);
	assert_int_equal(t.live, 1);
	assert_int_equal(t.messages + t.scanned, 0);
	s = journal_find_segment(&j, queue_id_str(&told.committed[0].segment));
	journal_writer_close(&w);
	recover_segment(&r, &j, s);
	assert_int_equal(recover_next(&r, &f), 1);
	assert_int_equal(f.kind, FOUND_MESSAGE);
	/* S17: not while the scan goes on. */
	segment_done(s, f.position);
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(count_files("journal", ".seg"), 1);
	assert_int_equal(recover_next(&r, &f), 1);
	assert_int_equal(f.kind, FOUND_SCANNED);
	assert_int_equal(f.count, 1);
	assert_int_equal(recover_next(&r, &f), 0);
	recover_close(&r);
	assert_int_equal(journal_flush(&j), 0);
	assert_int_equal(count_files("journal", ".seg"), 0);
	assert_int_equal(journal_sync(&j), 0);
	journal_drop(&j);
}

static void
test_passes_over_live_segments(void **state)
{
	(void)state;
	in_spool(run_live, NULL);
}

/* S19: cut at any byte, every record before the cut is found, and nothing else. */
static void
run_tear(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct image whole;
	char path[SPOOL_PATH_MAX], *zeroed;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, MESSAGES, &told);
	snprintf(path, sizeof(path), "%s", segment_file(&name, "seg"));
	whole = load_image(path);
	zeroed = mem_new(whole.n);
	for (size_t cut = 0; cut < whole.n; cut++) {
		unsigned before = 0;
		uint64_t last = 0;
		struct tally t;

		for (unsigned i = 0; i < MESSAGES; i++) {
			if (told.committed[i].position + told.committed[i].length <= cut) {
				last = told.committed[i].position + told.committed[i].length;
				before++;
			}
		}
		store_image(path, whole.p, cut);
		t = recover_all();
		assert_int_equal(t.messages, before);
		assert_int_equal(t.scanned, 1);
		assert_int_equal(t.damaged, cut != last);
		if (cut != last)
			assert_non_null(strstr(t.words, "torn tail"));
		assert_int_equal(count_files("corrupt", ""), cut != last);
		empty_folder("corrupt");
		/* A tail of zeros, as file systems leave it, is no news. */
		memcpy(zeroed, whole.p, last);
		memset(zeroed + last, 0, cut - last);
		store_image(path, zeroed, cut);
		t = recover_all();
		assert_int_equal(t.messages, before);
		assert_int_equal(t.damaged, 0);
	}
	mem_free(zeroed);
	mem_free(whole.p);
}

static void
test_tear_at_every_byte(void **state)
{
	(void)state;
	in_spool(run_tear, NULL);
}

/* S20: with any byte flipped, every other message is found, and what is damaged is kept and reported. */
static void
run_flip(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct image whole, kept;
	char path[SPOOL_PATH_MAX];

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, MESSAGES, &told);
	snprintf(path, sizeof(path), "%s", segment_file(&name, "seg"));
	whole = load_image(path);
	for (size_t at = 0; at < whole.n; at++) {
		unsigned hit = 0;
		struct tally t;

		while (told.committed[hit].position + told.committed[hit].length <= at)
			hit++;
		whole.p[at] = (char)~whole.p[at];
		store_image(path, whole.p, whole.n);
		t = recover_all();
		if (t.damaged == 0) {
			/* Padding. */
			assert_int_equal(t.messages, MESSAGES);
		} else {
			assert_int_equal(t.messages, MESSAGES - 1);
			assert_int_equal(t.damaged, 1);
			kept = load_image(t.destination);
			assert_int_equal(kept.n, told.committed[hit].length);
			assert_memory_equal(kept.p, whole.p + told.committed[hit].position, kept.n);
			mem_free(kept.p);
			assert_int_equal(hit == MESSAGES - 1, strstr(t.words, "torn tail") != NULL);
			/* S21, S23: kept once. */
			t = recover_all();
			assert_int_equal(t.damaged, 0);
			assert_int_equal(t.messages, MESSAGES - 1);
			assert_int_equal(count_files("corrupt", ""), 1);
		}
		empty_folder("corrupt");
		whole.p[at] = (char)~whole.p[at];
	}
	mem_free(whole.p);
}

static void
test_flip_every_byte(void **state)
{
	(void)state;
	in_spool(run_flip, NULL);
}

/* S8: blocks of another segment, or of another place in this one, are not believed. */
static void
run_stale(void *arg)
{
	struct queue_id_source ids;
	struct queue_id one, two;
	struct told told, other;
	struct image a, b;
	struct tally t;

	(void)arg;
	queue_id_source_init(&ids, 1);
	one = make_segment(&ids, 2, &told);
	two = make_segment(&ids, 2, &other);
	a = load_image(segment_file(&one, "seg"));
	b = load_image(segment_file(&two, "seg"));
	assert_int_equal(a.n, b.n);
	/* The first record is this segment's; the second block is what an older file left there. */
	memcpy(a.p + told.committed[1].position, b.p + other.committed[1].position,
	    other.committed[1].length);
	store_image(segment_file(&one, "seg"), a.p, a.n);
	assert_int_equal(unlink(segment_file(&two, "seg")), 0);
	t = recover_all();
	assert_int_equal(t.messages, 1);
	assert_int_equal(t.damaged, 1);
	/* Its own first record, moved. */
	memcpy(a.p + told.committed[1].position, a.p, told.committed[0].length);
	store_image(segment_file(&one, "seg"), a.p, a.n);
	empty_folder("corrupt");
	t = recover_all();
	assert_int_equal(t.messages, 1);
	mem_free(a.p);
	mem_free(b.p);
}

static void
test_stale_blocks(void **state)
{
	(void)state;
	in_spool(run_stale, NULL);
}

/* Damage of megabytes, and records around the edges of what is read at once. */
static void
run_large(void *arg)
{
	static char content[700 * 1024];
	struct queue_id_source ids;
	struct journal_writer w;
	struct queue_id name;
	struct told told;
	struct tally t;
	char path[SPOOL_PATH_MAX];
	static char garbage[4096];
	int fd;

	(void)arg;
	queue_id_source_init(&ids, 1);
	open_writer(&w, &ids, &told);
	for (unsigned i = 0; i < 8; i++)
		(void)commit_one(&w, &ids, str_make(content, sizeof(content) - 1000 * i));
	journal_writer_close(&w);
	t = recover_all();
	assert_int_equal(t.messages, 8);
	name = told.closed[0].segment;
	snprintf(path, sizeof(path), "%s", segment_file(&name, "seg"));
	memset(garbage, 'g', sizeof(garbage));
	fd = open(path, O_WRONLY);
	for (unsigned i = 1; i < 7; i++)
		assert_int_equal(
		    pwrite(fd, garbage, sizeof(garbage), (off_t)told.committed[i].position - 1024),
		    sizeof(garbage));
	close(fd);
	t = recover_all();
	assert_int_equal(t.messages, 1);
	assert_int_equal(t.damaged, 1);
	assert_int_equal(t.undone, 1);
}

static void
test_large_damage(void **state)
{
	(void)state;
	in_spool(run_large, NULL);
}

/* --- Files ----------------------------------------------------------------------------------- */

static void
run_files(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name, id;
	struct told told;
	struct journal j;
	struct segment *s;
	struct history h = { .next = WALL };
	struct stored m;
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	char path[SPOOL_PATH_MAX];
	struct tally t;
	struct why why;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, 40, &told);
	journal_init(&j);
	assert_int_equal(journal_open_segment(&j, queue_id_str(&name), &s), 0);
	for (unsigned i = 0; i < 40; i++) {
		static const enum spool_queue queues[] = { SPOOL_INCOMING, SPOOL_DEFERRED,
			SPOOL_HOLD };

		assert_int_equal(segment_read(s, told.committed[i].position,
		                     told.committed[i].length, &arena, &m, NULL),
		    0);
		assert_int_equal(message_promote(s, &m, queues[i % 3], &h, &why), 0);
		if (i == 0)
			id = m.id;
	}
	journal_drop(&j);
	/* S15: files first, in the order in which they count, then the journal's copies. */
	t = recover_all();
	assert_int_equal(t.messages, 80);
	for (unsigned i = 0; i < 13; i++)
		assert_int_equal(t.queues[i], SPOOL_HOLD);
	for (unsigned i = 13; i < 26; i++)
		assert_int_equal(t.queues[i], SPOOL_DEFERRED);
	for (unsigned i = 26; i < 40; i++)
		assert_int_equal(t.queues[i], SPOOL_INCOMING);

	/* S21: damaged files go to corrupt/; odd names stay. */
	unlink(segment_file(&name, "seg"));
	spool_message_path(SPOOL_INCOMING, &id, path);
	store_image(path, "rubbish", 7);
	store_image("incoming/README", "what", 4);
	t = recover_all();
	assert_int_equal(t.messages, 39);
	assert_int_equal(t.damaged, 1);
	assert_int_equal(access("incoming/README", F_OK), 0);
	assert_int_equal(count_files("corrupt", id.text), 1);
}

static void
test_files(void **state)
{
	(void)state;
	in_spool(run_files, NULL);
}

static void
set_age(const char *path, int64_t age)
{
	assert_int_equal(sys_set_times(AT_FDCWD, path, WALL - age, WALL - age), 0);
}

static void
run_leftovers(void *arg)
{
	struct queue_id_source ids;
	struct told told;
	struct tally t;
	int fd;

	(void)arg;
	queue_id_source_init(&ids, 1);
	store_image("incoming/06DNNQXE1B5X0001.tmp", "old", 3);
	store_image("incoming/06DNNQXE1B5X0002.tmp", "young", 5);
	store_image("incoming/06DNNQXE1B5X0003.tmp", "locked", 6);
	store_image("journal/06DNNQXE1B5X0004.done", "orphan", 6);
	store_image("journal/06DNNQXE1B5X0005.tmp", "old", 3);
	set_age("incoming/06DNNQXE1B5X0001.tmp", TICKS_HOUR);
	set_age("incoming/06DNNQXE1B5X0002.tmp", TICKS_SECOND);
	set_age("incoming/06DNNQXE1B5X0003.tmp", TICKS_HOUR);
	set_age("journal/06DNNQXE1B5X0005.tmp", TICKS_HOUR);
	fd = open("incoming/06DNNQXE1B5X0003.tmp", O_RDONLY);
	assert_int_equal(sys_lock(fd, true), 0);
	(void)make_segment(&ids, 1, &told);
	store_image(segment_file(&told.closed[0].segment, "done"), "", 0);
	t = recover_all();
	assert_int_equal(t.stale, 3);
	assert_int_equal(t.messages, 1);
	assert_int_equal(count_files("incoming", ".tmp"), 2);
	assert_int_equal(count_files("journal", ""), 2);
	assert_int_equal(access(segment_file(&told.closed[0].segment, "done"), F_OK), 0);
	close(fd);
}

static void
test_leftovers(void **state)
{
	(void)state;
	in_spool(run_leftovers, NULL);
}

/* --- Failures -------------------------------------------------------------------------------- */

#ifdef ENABLE_FAULTS

/* S22: what cannot be read now is left where it is, reported, and found the next time. */
static void
run_unreadable(void *arg)
{
	static const char *const rules[] = { "fail:read:EIO:1", "fail:read:EIO:2",
		"fail:read:EIO:3", "fail:open:EMFILE:36", "fail:open:EMFILE:37",
		"fail:open:EMFILE:38", "fail:lock:EIO:1", "fail:stat:EIO:1-" };
	struct queue_id_source ids;
	struct told told;
	struct tally t;
	unsigned unreadable = 0;

	(void)arg;
	queue_id_source_init(&ids, 1);
	(void)make_segment(&ids, MESSAGES, &told);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct journal j;
		struct recover r;
		struct found f;
		int result;

		t = (struct tally){ 0 };
		journal_init(&j);
		recover_open(&r, &j);
		fault_rules(rules[i]);
		while ((result = recover_next(&r, &f)) > 0)
			count_found(&t, &f);
		fault_rules(NULL);
		recover_close(&r);
		unreadable += t.unreadable;
		assert_int_equal(t.damaged, 0);
		assert_true(result < 0 || t.unreadable != 0 || t.messages == MESSAGES);
		assert_true(t.scanned == 0 || t.messages == MESSAGES);
		/* Nothing is taken for over. */
		assert_int_equal(journal_flush(&j), 0);
		assert_int_equal(count_files("journal", ".seg"), 1);
		journal_drop(&j);
		t = recover_all();
		assert_int_equal(t.messages, MESSAGES);
	}
	assert_in_range(unreadable, 3, 20);
}

static void
test_unreadable_is_not_damaged(void **state)
{
	(void)state;
	in_spool(run_unreadable, NULL);
}

/* No room in corrupt/: the segment stays, with all that is in it. */
static void
run_cannot_keep(void *arg)
{
	struct queue_id_source ids;
	struct queue_id name;
	struct told told;
	struct tally t;
	struct image whole;
	struct journal j;
	struct segment *s;

	(void)arg;
	queue_id_source_init(&ids, 1);
	name = make_segment(&ids, MESSAGES, &told);
	whole = load_image(segment_file(&name, "seg"));
	whole.p[0] = 'x';
	store_image(segment_file(&name, "seg"), whole.p, whole.n);
	mem_free(whole.p);
	journal_init(&j);
	fault_rules("fail:write:ENOSPC:1-");
	t = recover_with(&j);
	fault_rules(NULL);
	assert_int_equal(t.unreadable, 1);
	assert_int_equal(t.damaged, 0);
	assert_int_equal(t.scanned, 0);
	s = journal_find_segment(&j, queue_id_str(&name));
	assert_false(s->scanned);
	assert_int_equal(count_files("corrupt", ""), 0);
	t = recover_with(&j);
	assert_int_equal(t.damaged, 1);
	assert_int_equal(t.messages, MESSAGES - 1);
	journal_drop(&j);
}

static void
test_damage_that_cannot_be_kept(void **state)
{
	(void)state;
	in_spool(run_cannot_keep, NULL);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		spool_test(test_finds_what_is_not_done),
		spool_test(test_passes_over_live_segments),
		spool_test(test_tear_at_every_byte),
		spool_test(test_flip_every_byte),
		spool_test(test_stale_blocks),
		spool_test(test_large_damage),
		spool_test(test_files),
		spool_test(test_leftovers),
#ifdef ENABLE_FAULTS
		spool_test(test_unreadable_is_not_damaged),
		spool_test(test_damage_that_cannot_be_kept),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
