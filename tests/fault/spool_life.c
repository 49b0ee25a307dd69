/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fault/spool_life.h"

#include <sys/mman.h>

#define SENDERS 4
#define EACH    3
#define CAP     ((size_t)64 * 1024 * 1024)
#define TRIES   20 /* of what may be tried again after a failure */

struct ledger *ledger;

static unsigned
enter(const struct queue_id *id, size_t size)
{
	unsigned i = ledger->count++;

	assert_true(i < MESSAGES_MAX);
	ledger->messages[i].id = *id;
	ledger->messages[i].promise = PROMISE_NONE;
	ledger->messages[i].size = size;
	return i;
}

static void
note(unsigned i, enum promise promise)
{
	ledger->messages[i].promise = promise;
}

/* The ledger's line of this id, or MESSAGES_MAX. */
static unsigned
find(const struct queue_id *id)
{
	for (unsigned i = 0; i < ledger->count; i++) {
		if (strcmp(ledger->messages[i].id.text, id->text) == 0)
			return i;
	}
	return MESSAGES_MAX;
}

/* Content that tells which message it is of. */
static char *
make_content(const struct queue_id *id, size_t size)
{
	char *p = mem_new(size + 1);

	for (size_t i = 0; i < size; i++)
		p[i] = id->text[i % QUEUE_ID_LENGTH];
	return p;
}

/* --- Commit: what cleanup does --------------------------------------------------------------- */

struct cleanup {
	struct journal_writer *w;
	struct queue_id_source *ids;
};

static void
append_some(void *arg)
{
	struct cleanup *c = arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct queue_id id = queue_id_next(c->ids, run_wall());
		size_t size = 100 + 5000 * i;
		char *content = make_content(&id, size);
		unsigned line = enter(&id, size);
		struct why why;
		int n = journal_append(c->w, make_draft(&id, str_make(content, size)), &why);

		note(line, n == 0 ? PROMISE_KEPT : PROMISE_NOT);
		mem_free(content);
	}
}

static int
write_file(const struct queue_id *id, struct str content)
{
	AUTO(file_writer) f;
	AUTO(buf) envelope = BUF_INIT(ENVELOPE_MAX);
	struct envelope_recipient recipient;
	struct envelope e = make_envelope(id, &recipient);
	struct why why;
	int n;

	assert_int_equal(envelope_encode(&e, &envelope), 0);
	file_writer_init(&f, id);
	n = file_writer_open(&f, &why);
	if (n == 0)
		n = file_writer_add(&f, content, &why);
	return n == 0 ? file_writer_commit(&f, buf_str(&envelope), &why) : n;
}

static void
stream_one(struct queue_id_source *ids)
{
	struct queue_id id = queue_id_next(ids, run_wall());
	size_t size = 300000;
	char *content = make_content(&id, size);
	unsigned line = enter(&id, size);

	note(line, write_file(&id, str_make(content, size)) == 0 ? PROMISE_KEPT : PROMISE_NOT);
	mem_free(content);
}

static void
commit_messages(struct queue_id_source *ids)
{
	struct journal_writer w;
	struct told told;
	struct cleanup c = { .w = &w, .ids = ids };
	struct group g;

	open_writer(&w, ids, &told);
	group_init(&g);
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(task_start(&g, "sender", append_some, &c), 0);
	stream_one(ids);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	journal_rotate(&w);
	append_some(&c);
	stream_one(ids);
	journal_writer_close(&w);
}

/* --- After the commit: what qmgr does -------------------------------------------------------- */

static struct history
deferred_once(struct history_result *r)
{
	*r = (struct history_result){ .status = 2, .attempts = 1, .text = STR("later") };
	return (struct history){
		.written = WALL, .next = WALL + TICKS_HOUR, .results = r, .results_count = 1
	};
}

/* Also of a message that was promoted: its record must not outlive its file (S15). */
static int
remove_message(struct journal *j, const struct found *f)
{
	struct why why;
	int n = -1;

	if (f->message.queue == SPOOL_JOURNAL)
		segment_done(f->segment, f->position);
	for (int i = 0; i < TRIES && n < 0; i++)
		n = journal_flush(j);
	if (n == 0 && f->message.queue != SPOOL_JOURNAL)
		n = message_remove(j, f->message.queue, &f->message.id, &why);
	return n;
}

/* A message of the journal gets a file; then its record is not needed any more (S14). */
static int
promote_message(struct found *f, enum spool_queue queue)
{
	struct history_result r;
	struct history h = deferred_once(&r);
	struct why why;
	int n;

	if (f->message.queue != SPOOL_JOURNAL)
		return message_update(&f->message, &h, queue, queue == SPOOL_HOLD, &why);
	n = message_promote(f->segment, &f->message, queue, &h, &why);
	if (n == 0)
		segment_done(f->segment, f->position);
	return n;
}

static void
finish(struct journal *j, struct found *f, unsigned line)
{
	note(line, PROMISE_MAYBE);
	if (remove_message(j, f) == 0)
		note(line, PROMISE_GONE);
}

/* One of five fates for each message that was found. */
static void
work_on(struct journal *j, struct found *f)
{
	unsigned line = find(&f->message.id);
	struct why why;
	int n;

	assert_true(line < MESSAGES_MAX);
	switch (line % 5) {
	case 0:
		finish(j, f, line);
		break;
	case 1:
		n = promote_message(f, SPOOL_DEFERRED);
		if (n == 0)
			n = promote_message(f, SPOOL_DEFERRED);
		break;
	case 2:
		if (promote_message(f, SPOOL_HOLD) == 0)
			n = message_move(&f->message, SPOOL_DEFERRED, &why);
		break;
	case 3:
		if (promote_message(f, SPOOL_DEFERRED) == 0)
			finish(j, f, line);
		break;
	default:
		break;
	}
}

/* What was removed is now removed for good. */
static void
note_all_over(void)
{
	for (unsigned i = 0; i < ledger->count; i++) {
		if (ledger->messages[i].promise == PROMISE_GONE)
			note(i, PROMISE_OVER);
	}
}

static void
work_on_all(void)
{
	struct journal j;
	struct recover r;
	struct found f;
	int n, failures = 0;

	journal_init(&j);
	recover_open(&r, &j);
	while ((n = recover_next(&r, &f)) != 0 && failures < TRIES) {
		assert_true(n < 0 || f.kind != FOUND_DAMAGED);
		failures += n < 0;
		if (n > 0 && f.kind == FOUND_MESSAGE)
			work_on(&j, &f);
	}
	recover_close(&r);
	for (int i = 0; i < TRIES && n != 1; i++)
		n = journal_flush(&j) == 0 && journal_sync(&j) == 0;
	if (n == 1)
		note_all_over();
	journal_drop(&j);
}

void
commit_task(void *arg)
{
	struct queue_id_source ids;

	(void)arg;
	queue_id_source_init(&ids, 1);
	commit_messages(&ids);
}

void
work_task(void *arg)
{
	(void)arg;
	work_on_all();
}

void
life_task(void *arg)
{
	commit_task(arg);
	work_on_all();
}

/* --- What is there afterwards ---------------------------------------------------------------- */

struct inventory {
	const char *rules; /* for words */
	unsigned n;
	unsigned files[MESSAGES_MAX];
	unsigned records[MESSAGES_MAX];
	unsigned newcomers;
};

static void
content_is_whole(const struct inventory *v, const struct found *f, unsigned line)
{
	size_t size = (size_t)f->message.content_length;
	char *want = make_content(&f->message.id, size), *got = mem_new(size + 1);
	struct why why = WHY_INIT;
	int fd, n = 0;

	if (f->message.queue == SPOOL_JOURNAL) {
		n = segment_read_content(f->segment, &f->message, got);
	} else {
		n = message_open(&f->message, true, &fd, &why);
		if (n == 0)
			n = sys_pread_all(fd, got, size, f->message.content_offset);
		if (n == 0)
			sys_close(fd);
	}
	if (n < 0 || size != ledger->messages[line].size || memcmp(want, got, size) != 0)
		fail_msg("%s (%u): content of %s: %d %s", v->rules, v->n, f->path, n, why.text);
	mem_free(want);
	mem_free(got);
}

static void
take_stock(void *arg)
{
	struct inventory *v = arg;
	struct journal j;
	struct recover r;
	struct found f;
	int n;

	journal_init(&j);
	recover_open(&r, &j);
	while ((n = recover_next(&r, &f)) > 0) {
		unsigned line;

		if (f.kind == FOUND_DAMAGED || f.kind == FOUND_UNREADABLE || f.kind == FOUND_LIVE)
			fail_msg("%s (%u): %s: kind %d: %s", v->rules, v->n, f.path, (int)f.kind,
			    f.why.text);
		if (f.kind != FOUND_MESSAGE)
			continue;
		line = find(&f.message.id);
		if (line == MESSAGES_MAX) {
			v->newcomers++;
			continue;
		}
		content_is_whole(v, &f, line);
		if (f.message.queue == SPOOL_JOURNAL)
			v->records[line]++;
		else
			v->files[line]++;
	}
	assert_int_equal(n, 0);
	recover_close(&r);
	journal_drop(&j);
}

/* How many times the message may be there: at least, at most. */
static void
expect(enum promise promise, enum excuse excuse, unsigned *least, unsigned *most)
{
	*least = promise == PROMISE_KEPT;
	/* As a file and in the journal; a move that the power cut short shows both names (S15). */
	*most = excuse == EXCUSE_POWER ? 3 : 2;
	if (promise == PROMISE_OVER || (promise == PROMISE_GONE && excuse != EXCUSE_POWER) ||
	    (promise == PROMISE_NOT && excuse == EXCUSE_NONE))
		*most = 0;
}

static void
compare(const struct inventory *v, enum excuse excuse)
{
	for (unsigned i = 0; i < ledger->count; i++) {
		unsigned found = v->files[i] + v->records[i], least, most;

		expect(ledger->messages[i].promise, excuse, &least, &most);
		if (v->records[i] > 1 || found < least || found > most)
			fail_msg("%s (%u): message %u, promise %d: %u files, %u records", v->rules,
			    v->n, i, (int)ledger->messages[i].promise, v->files[i], v->records[i]);
	}
	if (v->newcomers > 0)
		fail_msg("%s (%u): %u messages that nobody gave", v->rules, v->n, v->newcomers);
}

void
check_spool(const char *rules, unsigned n, enum excuse excuse)
{
	struct inventory first = { .rules = rules, .n = n }, again = first;

	in_spool(take_stock, &first);
	compare(&first, excuse);
	in_spool(take_stock, &again);
	assert_memory_equal(first.files, again.files, sizeof(first.files));
	assert_memory_equal(first.records, again.records, sizeof(first.records));
}

void
ledger_open(void)
{
	void *p =
	    mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	ledger = p;
}

/* Memory, not the disk: what is tested is what becomes of failures, and the spools are many. */
void
enter_spool(void)
{
	const struct spool_owners none = { (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };
	struct why why;

	snprintf(spool_folder, sizeof(spool_folder), "%s/spool-fault-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(spool_folder));
	assert_int_equal(chdir(spool_folder), 0);
	memset(ledger, 0, sizeof(*ledger));
	assert_int_equal(spool_make(spool_folder, &none, &why), 0);
}

void
leave_spool(void)
{
	assert_int_equal(spool_teardown(NULL), 0);
	assert_int_equal(access(spool_folder, F_OK), -1);
}

const char *
spool_path(void)
{
	return spool_folder;
}
