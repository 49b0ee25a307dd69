/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SPOOL_SPOOL_TEST_H
#define TESTS_UNIT_SPOOL_SPOOL_TEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/run/in_loop.h"

#include "lib/base/mem.h"
#include "lib/spool/file_writer.h"
#include "lib/spool/journal_writer.h"
#include "lib/spool/recover.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"

/* A spool of its own in a temporary folder, which is the current one, for each test. */

#define WALL ((int64_t)1795449247 * TICKS_SECOND)

static char spool_folder[64];

static inline void
remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char inner[512];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%.250s/%.250s", path, e->d_name);
		if (unlink(inner) < 0)
			remove_tree(inner);
	}
	if (d != NULL)
		closedir(d);
	rmdir(path);
}

static inline int
spool_setup(void **state)
{
	const struct spool_owners none = { (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };
	struct why why;

	(void)state;
	snprintf(spool_folder, sizeof(spool_folder), "/tmp/spool-test-XXXXXX");
	if (mkdtemp(spool_folder) == NULL || chdir(spool_folder) < 0)
		return -1;
	return spool_make(spool_folder, &none, &why);
}

static inline int
spool_teardown(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	remove_tree(spool_folder);
	return 0;
}

#define spool_test(f) cmocka_unit_test_setup_teardown(f, spool_setup, spool_teardown)

/* Runs fn(arg) in the simulated loop. */
static inline void
in_spool(void (*fn)(void *), void *arg)
{
	assert_int_equal(
	    in_loop(&(struct run_options){ .simulated = true, .wall = WALL }, fn, arg), 0);
}

/* How many names in a folder end so. */
static inline unsigned
count_files(const char *folder, const char *suffix)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' && str_ends(str_of(e->d_name), str_of(suffix));
	closedir(d);
	return n;
}

static inline struct envelope
make_envelope(const struct queue_id *id, struct envelope_recipient *recipient)
{
	*recipient = (struct envelope_recipient){ .address = STR("rcpt@example.com") };
	return (struct envelope){
		.queue_id = queue_id_str(id),
		.arrival = WALL,
		.sender = STR("sender@example.org"),
		.recipients = recipient,
		.recipients_count = 1,
	};
}

/* A draft with that content. */
static inline struct draft *
make_draft(const struct queue_id *id, struct str content)
{
	struct draft *d = draft_new((size_t)1024 * 1024);
	struct envelope_recipient recipient;
	struct envelope e = make_envelope(id, &recipient);

	assert_int_equal(envelope_encode(&e, &d->envelope), 0);
	assert_int_equal(buf_add(&d->content, content), 0);
	return d;
}

/* What a writer told. */
struct told {
	struct {
		struct queue_id segment;
		uint64_t position, length;
	} committed[512];
	unsigned committed_count;
	struct {
		struct queue_id segment;
		uint64_t length;
	} closed[64];
	unsigned closed_count;
	unsigned failed_count;
	int failed_error;
};

static inline void
tell_committed(void *context, struct str segment, uint64_t position, uint64_t length)
{
	struct told *t = context;

	assert_true(t->committed_count < ARRAY_LEN(t->committed));
	assert_int_equal(queue_id_parse(segment, &t->committed[t->committed_count].segment), 0);
	t->committed[t->committed_count].position = position;
	t->committed[t->committed_count++].length = length;
}

static inline void
tell_closed(void *context, struct str segment, uint64_t length)
{
	struct told *t = context;

	assert_true(t->closed_count < ARRAY_LEN(t->closed));
	assert_int_equal(queue_id_parse(segment, &t->closed[t->closed_count].segment), 0);
	t->closed[t->closed_count++].length = length;
}

static inline void
tell_failed(void *context, int error, const char *words)
{
	struct told *t = context;

	assert_true(words[0] != '\0');
	t->failed_count++;
	t->failed_error = error;
}

static inline void
open_writer(struct journal_writer *w, struct queue_id_source *ids, struct told *told)
{
	*told = (struct told){ .committed_count = 0 };
	assert_int_equal(journal_writer_open(w,
	                     &(struct journal_writer_options){
	                         .ids = ids,
	                         .committed = tell_committed,
	                         .closed = tell_closed,
	                         .failed = tell_failed,
	                         .context = told,
	                     }),
	    0);
}

/* Commits one message through the journal; answers its id. */
static inline struct queue_id
commit_one(struct journal_writer *w, struct queue_id_source *ids, struct str content)
{
	struct queue_id id = queue_id_next(ids, run_wall());
	struct why why;

	assert_int_equal(journal_append(w, make_draft(&id, content), &why), 0);
	return id;
}

/* A journal of `count` messages "message N\r\n" in one closed segment, whose name it answers. */
static inline struct queue_id
make_segment(struct queue_id_source *ids, unsigned count, struct told *told)
{
	struct journal_writer w;

	open_writer(&w, ids, told);
	for (unsigned i = 0; i < count; i++) {
		char text[32];

		snprintf(text, sizeof(text), "message %u\r\n", i);
		(void)commit_one(&w, ids, str_of(text));
	}
	journal_writer_close(&w);
	assert_int_equal(told->closed_count, 1);
	return told->closed[0].segment;
}

#endif
