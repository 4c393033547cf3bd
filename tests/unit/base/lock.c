#include "base/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "tests/unit/support.h"

struct place {
	char *dir;
	char *path;
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->dir = scratch_new();
	place->path = gm_path_join(place->dir, "lock");
	*state = place;
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;

	scratch_remove(place->dir);
	gm_free(place->path);
	free(place);
	return 0;
}

static void pause_ms(long ms)
{
	const struct timespec pause = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&pause, NULL);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A process that takes the lock, leaves a note, keeps it `hold_ms` and releases it. */
static pid_t start_holder(const char *path, const char *note, long hold_ms)
{
	int ends[2];
	char ready;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct gm_lock *lock = NULL;
		if (gm_lock_acquire(&lock, path, "import", NULL, NULL) < 0 ||
			gm_lock_set_note(lock, note) < 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		pause_ms(hold_ms);
		gm_lock_release(lock);
		_exit(0);
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	(void)close(ends[0]);
	return pid;
}

static void kill_holder(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool is_locked(const char *path)
{
	gm_autoclose int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static void a_lock_is_held_until_it_is_released(void **state)
{
	const struct place *place = *state;
	struct gm_lock *lock = NULL;

	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_true(is_locked(place->path));
	assert_string_equal(gm_lock_note(lock), "");
	assert_false(gm_lock_was_taken(lock));
	gm_lock_release(lock);
	assert_false(is_locked(place->path));
	gm_lock_release(NULL);
}

struct told {
	int times;
	char holder[300];
};

static void note_waiting(const char *holder, void *payload)
{
	struct told *told = payload;

	told->times++;
	(void)snprintf(told->holder, sizeof(told->holder), "%s", holder);
}

static void who_waits_hears_once_who_holds(void **state)
{
	const struct place *place = *state;
	struct told told = {.times = 0};
	struct gm_lock *lock = NULL;
	int64_t started = now_ms();
	pid_t pid = start_holder(place->path, "", 1500);
	gm_autofree char *want = gm_format("pid %ld, gitmem import, since 20", (long)pid);

	must(gm_lock_acquire(&lock, place->path, "add", note_waiting, &told));
	assert_true(now_ms() - started >= 1400);
	assert_int_equal(told.times, 1);
	assert_memory_equal(told.holder, want, strlen(want));
	assert_int_equal(told.holder[strlen(told.holder) - 1], 'Z');
	gm_lock_release(lock);
	wait_for(pid);
}

static void a_short_wait_is_not_worth_a_word(void **state)
{
	const struct place *place = *state;
	struct told told = {.times = 0};
	struct gm_lock *lock = NULL;
	pid_t pid = start_holder(place->path, "", 200);

	must(gm_lock_acquire(&lock, place->path, "add", note_waiting, &told));
	assert_int_equal(told.times, 0);
	assert_true(gm_lock_was_taken(lock));
	gm_lock_release(lock);
	wait_for(pid);
}

static void a_killed_holder_blocks_nobody_and_its_note_stays(void **state)
{
	const struct place *place = *state;
	struct gm_lock *lock = NULL;

	kill_holder(start_holder(place->path, "half done: \xc3\xa4", 60000));
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "half done: \xc3\xa4");
	gm_lock_release(lock);
	/* Nobody has dealt with it yet. */
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "half done: \xc3\xa4");
	gm_lock_keep_note(lock, "");
	assert_string_equal(gm_lock_note(lock), "");
	gm_lock_release(lock);
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "");
	gm_lock_release(lock);
}

static void what_is_kept_of_a_note_stays_beside_our_own(void **state)
{
	const struct place *place = *state;
	struct gm_lock *lock = NULL;

	kill_holder(start_holder(place->path, "one two", 60000));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (gm_lock_acquire(&lock, place->path, "add", NULL, NULL) < 0)
			_exit(1);
		gm_lock_keep_note(lock, "two");
		_exit(gm_lock_set_note(lock, "three") < 0); /* without a release */
	}
	wait_for(pid);
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "three two");
	must(gm_lock_set_note(lock, "four"));
	gm_lock_release(lock);
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "three two");
	gm_lock_release(lock);
}

static void a_note_outlives_also_a_second_kill(void **state)
{
	const struct place *place = *state;
	struct gm_lock *lock = NULL;

	kill_holder(start_holder(place->path, "the first", 60000));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (gm_lock_acquire(&lock, place->path, "add", NULL, NULL) == 0)
			_exit(0); /* without a release */
		_exit(1);
	}
	wait_for(pid);
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "the first");
	gm_lock_release(lock);
}

static void a_shorter_note_replaces_a_longer_one(void **state)
{
	const struct place *place = *state;
	char longest[4096];
	struct gm_lock *lock = NULL;

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	kill_holder(start_holder(place->path, longest, 60000));
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), longest);
	gm_lock_release(lock);
	kill_holder(start_holder(place->path, longest, 60000));
	kill_holder(start_holder(place->path, "short", 60000));
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_string_equal(gm_lock_note(lock), "short");
	gm_lock_release(lock);
}

static void notes_are_one_bounded_line(void **state)
{
	const struct place *place = *state;
	char note[4097];
	struct gm_lock *lock = NULL;

	memset(note, 'x', sizeof(note));
	note[4096] = '\0';
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_int_equal(gm_lock_set_note(lock, note), GM_ETOOBIG);
	assert_int_equal(gm_lock_set_note(lock, "a\nb"), GM_EINVALID);
	must(gm_lock_set_note(lock, ""));
	gm_lock_release(lock);
}

static void garbage_in_the_file_is_no_note(void **state)
{
	const struct place *place = *state;
	static char garbage[10000];
	static const char *const notes[] = {
		"no end", "bad \xff byte\n", "esc \x1b[1m\n", "\n"};

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		struct gm_lock *lock = NULL;
		memset(garbage, 'g', sizeof(garbage));
		memcpy(garbage + 4096, notes[i], strlen(notes[i]));
		scratch_write(place->dir, "lock", garbage, sizeof(garbage));
		must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
		assert_string_equal(gm_lock_note(lock), "");
		gm_lock_release(lock);
	}
}

static void a_replaced_file_is_not_the_lock(void **state)
{
	const struct place *place = *state;
	gm_autofree char *aside = gm_format("%s.aside", place->path);
	struct gm_lock *lock = NULL;
	pid_t pid = start_holder(place->path, "", 300);

	pid_t mover = fork();
	assert_true(mover >= 0);
	if (!mover) {
		pause_ms(100);
		_exit(rename(place->path, aside) < 0);
	}
	must(gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	assert_true(is_locked(place->path));
	gm_lock_release(lock);
	wait_for(mover);
	wait_for(pid);
}

static void what_is_no_file_is_refused(void **state)
{
	const struct place *place = *state;
	gm_autofree char *missing = gm_path_join(place->dir, "missing/lock");
	gm_autofree char *fifo = gm_path_join(place->dir, "fifo");
	gm_autofree char *link = gm_path_join(place->dir, "link");
	struct gm_lock *lock = NULL;

	assert_int_equal(
		gm_lock_acquire(&lock, missing, "add", NULL, NULL), GM_ENOTFOUND);
	assert_int_equal(gm_lock_acquire(&lock, place->dir, "add", NULL, NULL), GM_ERROR);
	assert_int_equal(mkfifo(fifo, 0666), 0);
	assert_int_equal(gm_lock_acquire(&lock, fifo, "add", NULL, NULL), GM_ERROR);
	assert_int_equal(symlink("elsewhere", link), 0);
	assert_int_equal(gm_lock_acquire(&lock, link, "add", NULL, NULL), GM_ERROR);
	assert_null(lock);
}

/* As an ordinary user, since root may write anywhere. */
static int acquire_as_nobody(const char *path)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct gm_lock *lock = NULL;
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(127);
		_exit(-gm_lock_acquire(&lock, path, "add", NULL, NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -126;
}

static void a_read_only_folder_is_named_as_such(void **state)
{
	const struct place *place = *state;

	assert_int_equal(chmod(place->dir, 0555), 0);
	assert_int_equal(acquire_as_nobody(place->path), GM_EACCESS);
}

static void a_signal_ends_the_wait(void **state)
{
	const struct place *place = *state;
	pid_t holder = start_holder(place->path, "", 60000);
	int status;

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct gm_lock *lock = NULL;
		gm_interrupt_catch();
		_exit(-gm_lock_acquire(&lock, place->path, "add", NULL, NULL));
	}
	pause_ms(200);
	int64_t started = now_ms();
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(now_ms() - started < 1000);
	assert_true(WIFEXITED(status));
	assert_int_equal(-WEXITSTATUS(status), GM_EINTERRUPTED);
	kill_holder(holder);
}

static int count_up(const char *lock_path, const char *count_path)
{
	for (int i = 0; i < 50; i++) {
		gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
		gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
		if (gm_lock_acquire(&lock, lock_path, "count", NULL, NULL) < 0 ||
			gm_file_read(&text, count_path) < 0)
			return 1;
		long count = strtol(gm_buf_str(&text), NULL, 10);
		gm_buf_reset(&text);
		if (gm_buf_printf(&text, "%ld\n", count + 1) < 0 ||
			gm_file_write(count_path, text.ptr, text.size) < 0)
			return 1;
	}
	return 0;
}

static void many_writers_take_turns(void **state)
{
	const struct place *place = *state;
	gm_autofree char *count_path = gm_path_join(place->dir, "count");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	pid_t pids[4];

	scratch_write(place->dir, "count", "0\n", 2);
	for (size_t i = 0; i < 4; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(count_up(place->path, count_path));
	}
	for (size_t i = 0; i < 4; i++)
		wait_for(pids[i]);
	scratch_read(&text, place->dir, "count");
	assert_string_equal(gm_buf_str(&text), "200\n");
}

#define with_place(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_place(a_lock_is_held_until_it_is_released),
		with_place(who_waits_hears_once_who_holds),
		with_place(a_short_wait_is_not_worth_a_word),
		with_place(a_killed_holder_blocks_nobody_and_its_note_stays),
		with_place(what_is_kept_of_a_note_stays_beside_our_own),
		with_place(a_note_outlives_also_a_second_kill),
		with_place(a_shorter_note_replaces_a_longer_one),
		with_place(notes_are_one_bounded_line),
		with_place(garbage_in_the_file_is_no_note),
		with_place(a_replaced_file_is_not_the_lock),
		with_place(what_is_no_file_is_refused),
		with_place(a_read_only_folder_is_named_as_such),
		with_place(a_signal_ends_the_wait),
		with_place(many_writers_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
