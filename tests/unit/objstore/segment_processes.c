/*
 * Several processes in one store: writers in turn and at once, some of them killed, and
 * readers beside them.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/objstore/segment_store.h"

#include "objstore/internal.h"

#define WRITERS 4
#define ROUNDS 30
#define PER_BATCH 7

/* How many batches each writer was told are durable; shared between processes. */
struct board {
	volatile unsigned done[WRITERS];
	volatile bool stop;
};

static struct board *board_new(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(board != MAP_FAILED);
	return board;
}

static unsigned number_of(unsigned writer, unsigned batch)
{
	return writer * 1000000 + batch * PER_BATCH;
}

/* Write until killed or told to stop; every fifth batch is a large one where `large` is set. */
static void write_on(const char *dir, struct board *board, unsigned writer, bool large)
{
	struct gm_store *store = segment_store_open(dir);

	gm_store_set_flushed(store, false);
	while (!board->stop) {
		unsigned from = number_of(writer, board->done[writer]);
		if (large && board->done[writer] % 5 == 4)
			write_memories(store, from + 500000, from + 501100);
		write_memories(store, from, from + PER_BATCH);
		board->done[writer]++;
	}
	gm_store_free(store);
}

static pid_t start(const char *dir, struct board *board, unsigned writer, bool large)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		write_on(dir, board, writer, large);
		_exit(0);
	}
	return pid;
}

static void pause_ms(unsigned ms)
{
	const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

	(void)nanosleep(&time, NULL);
}

static void append_garbage(const char *dir, unsigned seed)
{
	gm_autofree char *command = gm_format(
		"cd store && n=$(sed -n 's/^active \\([0-9]*\\) .*/\\1/p' manifest)"
		"&& head -c %u /dev/urandom >> $(printf seg-%%08d $n)",
		1 + seed % 3000);

	assert_int_equal(shell(NULL, dir, command), 0);
}

static void assert_acknowledged(struct gm_store *store, const struct board *board)
{
	for (unsigned writer = 0; writer < WRITERS; writer++)
		assert_memories(store, number_of(writer, 0),
			number_of(writer, board->done[writer]));
}

static void killed_writers_lose_nothing_acknowledged_and_block_nobody(void **state)
{
	char *dir = scratch_new();
	struct board *board = board_new();

	(void)state;
	gm_store_free(segment_store_new(dir));
	for (unsigned round = 0; round < ROUNDS; round++) {
		pid_t pids[WRITERS];
		for (unsigned i = 0; i < WRITERS; i++)
			pids[i] = start(dir, board, i, round % 3 == 0);
		pause_ms(10 + round * 7 % 40);
		for (unsigned i = 0; i < WRITERS; i++)
			(void)kill(pids[i], SIGKILL);
		for (unsigned i = 0; i < WRITERS; i++)
			assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
		if (round % 2)
			append_garbage(dir, round * 997);
		struct gm_store *store = segment_store_open(dir);
		assert_acknowledged(store, board);
		assert_sound(store);
		write_memories(store, 90000000 + round * 10, 90000010 + round * 10);
		assert_sound(store);
		gm_store_free(store);
	}
	struct gm_store *store = segment_store_open(dir);
	assert_memories(store, 90000000, 90000000 + ROUNDS * 10);
	unsigned total = 0;
	for (unsigned i = 0; i < WRITERS; i++)
		total += board->done[i];
	assert_true(total > ROUNDS);
	gm_store_free(store);
	(void)munmap(board, sizeof(*board));
	scratch_remove(dir);
}

/* Segments are sealed and indexes merged while we read. */
static void a_reader_sees_everything_while_writers_seal_and_merge(void **state)
{
	char *dir = scratch_new();
	struct board *board = board_new();
	pid_t pids[WRITERS];

	(void)state;
	gm_store_free(segment_store_new(dir));
	for (unsigned i = 0; i < WRITERS; i++)
		pids[i] = start(dir, board, i, true);
	struct gm_store *store = segment_store_open(dir);
	for (unsigned round = 0, x = 1; round < 3000; round++) {
		x = x * 1664525 + 1013904223;
		unsigned writer = x >> 30;
		unsigned done = board->done[writer];
		if (!done)
			continue;
		unsigned i = number_of(writer, 0) + (x >> 3) % (done * PER_BATCH);
		assert_int_equal(has_memory(store, i), 1);
	}
	board->stop = true;
	for (unsigned i = 0; i < WRITERS; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_acknowledged(store, board);
	assert_sound(store);
	gm_store_free(store);
	(void)munmap(board, sizeof(*board));
	scratch_remove(dir);
}

/* One that moves a ref from what it sees to what it wrote: none is lost, none comes twice. */
static void count_up(const char *dir, unsigned writer, unsigned n)
{
	struct gm_store *store = segment_store_open(dir);

	gm_store_set_flushed(store, false);
	for (unsigned i = 0; i < n;) {
		struct gm_ref_value value = {.oid = gm_oid_zero};
		struct gm_ref_change change = {.name = "refs/heads/main",
			.who = "w",
			.when = writer * 1000 + i,
			.message = "m"};
		struct gm_batch *batch;
		char text[800];
		int rc = gm_store_ref_read(&value, store, change.name);
		assert_true(rc == 0 || rc == GM_ENOTFOUND);
		change.old_oid = value.oid;
		must(gm_batch_begin(&batch, store));
		must(gm_batch_write(&change.new_oid, batch, GM_OBJECT_BLOB, text,
			memory_text(text, writer * 1000 + i)));
		must(gm_batch_ref_update(batch, &change));
		rc = gm_batch_commit(batch);
		assert_true(rc == 0 || rc == GM_EMODIFIED);
		i += rc == 0;
		gm_batch_free(batch);
	}
	gm_store_free(store);
}

struct chain {
	struct gm_oid next; /* the older entry must lead to it */
	size_t n;
};

static int follow(const struct gm_ref_change *change, void *payload)
{
	struct chain *chain = payload;

	if (chain->n++)
		assert_true(gm_oid_equal(&change->new_oid, &chain->next));
	chain->next = change->old_oid;
	return 0;
}

static void writers_of_one_ref_never_lose_an_update(void **state)
{
	enum { N = 150 };
	char *dir = scratch_new();
	pid_t pids[WRITERS];
	struct chain chain = {.n = 0};

	(void)state;
	gm_store_free(segment_store_new(dir));
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			count_up(dir, i, N);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	struct gm_store *store = segment_store_open(dir);
	must(gm_store_reflog_each(store, "refs/heads/main", follow, &chain));
	assert_int_equal(chain.n, WRITERS * N);
	assert_true(gm_oid_is_zero(&chain.next));
	assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			killed_writers_lose_nothing_acknowledged_and_block_nobody),
		cmocka_unit_test(a_reader_sees_everything_while_writers_seal_and_merge),
		cmocka_unit_test(writers_of_one_ref_never_lose_an_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
