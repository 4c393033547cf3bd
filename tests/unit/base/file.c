#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "tests/unit/support.h"

static int make_dir(void **state)
{
	*state = scratch_new();
	return 0;
}

static int remove_dir(void **state)
{
	scratch_remove(*state);
	return 0;
}

static size_t count_entries(const char *dir)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&out, dir, "ls -A | wc -l"), 0);
	return (size_t)(gm_buf_str(&out)[0] - '0');
}

static void paths_join_with_one_slash(void **state)
{
	gm_autofree char *a = gm_path_join("a", "b");
	gm_autofree char *b = gm_path_join("a/", "b");
	gm_autofree char *c = gm_path_join("/", "b");

	(void)state;
	assert_string_equal(a, "a/b");
	assert_string_equal(b, "a/b");
	assert_string_equal(c, "/b");
}

static void a_file_is_read_behind_what_is_there(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "f");
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_file_write(path, "a\0b", 3));
	must(gm_buf_puts(&buf, "before "));
	must(gm_file_read(&buf, path));
	assert_int_equal(buf.size, 10);
	assert_memory_equal(buf.ptr, "before a\0b", 11);
}

static void a_file_as_large_as_the_ceiling_fits(void **state)
{
	static char data[70000];
	gm_autofree char *path = gm_path_join(*state, "f");

	memset(data, 'd', sizeof(data));
	must(gm_file_write(path, data, sizeof(data)));
	gm_autobuf exact = GM_BUF_INIT(sizeof(data));
	must(gm_file_read(&exact, path));
	assert_int_equal(exact.size, sizeof(data));
	gm_autobuf small = GM_BUF_INIT(sizeof(data) - 1);
	assert_int_equal(gm_file_read(&small, path), GM_ETOOBIG);
	assert_int_equal(small.size, 0);
	assert_string_equal(gm_buf_str(&small), "");
}

static void files_without_a_size_are_read_and_bounded(void **state)
{
	gm_autobuf status = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf zeros = GM_BUF_INIT(100000);

	(void)state;
	must(gm_file_read(&status, "/proc/self/status"));
	assert_non_null(strstr(gm_buf_str(&status), "Pid:"));
	assert_int_equal(gm_file_read_any(&zeros, "/dev/zero"), GM_ETOOBIG);
	assert_int_equal(gm_file_read(&zeros, "/dev/zero"), GM_ERROR);
}

static void what_is_missing_or_a_folder_cannot_be_read(void **state)
{
	gm_autofree char *missing = gm_path_join(*state, "missing");
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(gm_file_read(&buf, missing), GM_ENOTFOUND);
	assert_non_null(strstr(gm_error_last()->message, missing));
	assert_int_equal(gm_file_read(&buf, *state), GM_ERROR);
}

/* A pipe that nobody writes to would have us wait forever. */
static void a_pipe_is_read_only_where_one_is_wanted(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "pipe");
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);
	int status;

	assert_int_equal(mkfifo(path, 0600), 0);
	(void)alarm(20);
	assert_int_equal(gm_file_read(&buf, path), GM_ERROR);
	assert_non_null(strstr(gm_error_last()->message, "is no regular file"));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		_exit(fd >= 0 && write(fd, "text", 4) == 4 ? 0 : 1);
	}
	must(gm_file_read_any(&buf, path));
	assert_string_equal(gm_buf_str(&buf), "text");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)alarm(0);
}

static void writing_replaces_and_leaves_no_litter(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "f");
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_file_write(path, "a longer text", 13));
	must(gm_file_write(path, "new", 3));
	must(gm_file_read(&buf, path));
	assert_string_equal(gm_buf_str(&buf), "new");
	assert_int_equal(count_entries(*state), 1);
}

static void a_write_that_fails_leaves_no_litter(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "folder");
	gm_autofree char *lost = gm_path_join(*state, "missing/f");

	must(gm_mkdirs(path));
	assert_true(gm_file_write(path, "x", 1) < 0);
	assert_int_equal(gm_file_write(lost, "x", 1), GM_ENOTFOUND);
	assert_int_equal(count_entries(*state), 1);
}

static void new_files_follow_the_umask(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "f");
	struct stat st;
	mode_t before = umask(027);

	must(gm_file_write(path, "", 0));
	(void)umask(before);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void folders_are_made_all_the_way(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "a//b/c/");
	gm_autofree char *file = gm_path_join(*state, "x/y/file");
	gm_autofree char *folder = gm_path_join(*state, "x/y");

	must(gm_mkdirs(path));
	assert_true(gm_is_dir(path));
	must(gm_mkdirs(path));
	must(gm_mkdirs_for(file));
	assert_true(gm_is_dir(folder));
	assert_false(gm_path_exists(file));
	must(gm_mkdirs_for("no-folder-named"));
	must(gm_mkdirs("/"));
	assert_int_equal(gm_mkdirs(""), GM_ENOTFOUND);
}

static struct {
	int n;
	int fail_at; /* 0: none */
	ino_t last;
} flushes;

/* In the place of the one of the C library: what was flushed does not show otherwise. */
int fsync(int fd)
{
	struct stat st;

	if (++flushes.n == flushes.fail_at) {
		errno = EIO;
		return -1;
	}
	flushes.last = fstat(fd, &st) == 0 ? st.st_ino : 0;
	return fdatasync(fd);
}

static void each_new_folder_is_flushed_in_its_parent(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "a/b/c");
	gm_autofree char *sibling = gm_path_join(*state, "a/b/d");
	gm_autofree char *parent = gm_path_join(*state, "a/b");
	struct stat st;

	flushes.n = 0;
	must(gm_mkdirs(path));
	assert_int_equal(flushes.n, 3);
	assert_int_equal(stat(parent, &st), 0);
	assert_true(flushes.last == st.st_ino);
	must(gm_mkdirs(path));
	assert_int_equal(flushes.n, 3);
	must(gm_mkdirs(sibling));
	assert_int_equal(flushes.n, 4);
}

static void a_folder_that_cannot_be_flushed_is_not_left(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "a/b/c");
	gm_autofree char *made = gm_path_join(*state, "a");
	gm_autofree char *failed = gm_path_join(*state, "a/b");

	flushes.n = 0;
	flushes.fail_at = 2;
	assert_int_equal(gm_mkdirs(path), GM_ERROR);
	flushes.fail_at = 0;
	assert_true(gm_is_dir(made));
	assert_false(gm_path_exists(failed));
	must(gm_mkdirs(path));
	assert_int_equal(flushes.n, 4);
}

struct seen {
	int n;
	int stop_at;
	int dir_fd;
};

static int see(const char *name, void *payload)
{
	struct seen *seen = payload;

	assert_true(*name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	return ++seen->n == seen->stop_at ? 77 : 0;
}

static void the_names_in_a_folder_are_told(void **state)
{
	gm_autofree char *missing = gm_path_join(*state, "missing");
	gm_autofree char *file = gm_path_join(*state, ".b");
	struct seen seen = {.n = 0};

	scratch_write(*state, "a", "", 0);
	scratch_write(*state, ".b", "", 0);
	scratch_write(*state, "c/d", "", 0);
	must(gm_dir_each(*state, see, &seen));
	assert_int_equal(seen.n, 3);
	seen = (struct seen){.stop_at = 2};
	assert_int_equal(gm_dir_each(*state, see, &seen), 77);
	assert_int_equal(seen.n, 2);
	must(gm_dir_each(missing, see, &seen));
	assert_int_equal(seen.n, 2);
	assert_int_equal(gm_dir_each(file, see, &seen), GM_ENOTFOUND);
	assert_non_null(strstr(gm_error_last()->message, file));
}

/* Put something else under the descriptor, so that the next piece cannot be read. */
static int pull_away(const char *name, void *payload)
{
	const struct seen *seen = payload;
	gm_autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)name;
	assert_true(dup3(fd, seen->dir_fd, O_CLOEXEC) >= 0);
	return 0;
}

static void a_folder_that_cannot_be_read_to_its_end_is_an_error(void **state)
{
	struct seen seen = {.dir_fd = dup(STDIN_FILENO)};

	scratch_write(*state, "a", "", 0);
	/* The next descriptor is the one that was free just now. */
	assert_int_equal(close(seen.dir_fd), 0);
	assert_true(gm_dir_each(*state, pull_away, &seen) < 0);
	assert_non_null(strstr(gm_error_last()->message, "cannot read folder"));
}

static void a_file_in_the_way_of_a_folder_is_an_error(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "f");
	gm_autofree char *below = gm_path_join(*state, "f/g");

	must(gm_file_write(path, "", 0));
	assert_int_equal(gm_mkdirs(path), GM_EEXISTS);
	assert_true(gm_mkdirs(below) < 0);
	assert_false(gm_is_dir(path));
}

static void a_dangling_link_exists(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "link");

	assert_false(gm_path_exists(path));
	assert_int_equal(symlink("nowhere", path), 0);
	assert_true(gm_path_exists(path));
	assert_false(gm_is_dir(path));
	must(gm_unlink(path));
	assert_false(gm_path_exists(path));
	must(gm_unlink(path));
}

static void a_temporary_file_goes_away_unless_committed(void **state)
{
	gm_autofree char *target = gm_path_join(*state, "target");

	{
		gm_autotempfile temp = GM_TEMPFILE_INIT;
		must(gm_tempfile_open(&temp, *state, "tmp_", 0600));
		assert_int_equal(count_entries(*state), 1);
	}
	assert_int_equal(count_entries(*state), 0);
	{
		gm_autotempfile temp = GM_TEMPFILE_INIT;
		must(gm_tempfile_open(&temp, *state, "tmp_", 0600));
		must(gm_write_all(temp.fd, "abc", 3, "target"));
		must(gm_tempfile_commit(&temp, target));
		assert_null(temp.path);
		assert_int_equal(temp.fd, -1);
	}
	assert_int_equal(count_entries(*state), 1);
	assert_true(gm_path_exists(target));
}

static void temporary_files_have_names_of_their_own(void **state)
{
	gm_autotempfile a = GM_TEMPFILE_INIT;
	gm_autotempfile b = GM_TEMPFILE_INIT;

	must(gm_tempfile_open(&a, *state, "tmp_", 0600));
	must(gm_tempfile_open(&b, *state, "tmp_", 0600));
	assert_string_not_equal(a.path, b.path);
	assert_non_null(strstr(a.path, "/tmp_"));
}

static void a_signal_ends_the_reading_of_a_pipe(void **state)
{
	int ends[2];
	int status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);
		gm_interrupt_catch();
		if (write(ends[1], "x", 1) != 1 || raise(SIGTERM) != 0)
			_exit(1);
		_exit(-gm_file_read_fd(&buf, ends[0], "pipe"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(-WEXITSTATUS(status), GM_EINTERRUPTED);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void an_interrupted_process_ends_as_its_signal(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)signal(SIGHUP, SIG_DFL); /* nohup(1) has it ignored */
		gm_interrupt_catch();
		gm_interrupt_raise(); /* nothing came yet */
		if (gm_interrupted() != 0 || raise(SIGHUP) != 0)
			_exit(1);
		if (gm_interrupted() != GM_EINTERRUPTED)
			_exit(2);
		gm_interrupt_raise();
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGHUP);
}

static void a_write_to_a_full_device_is_told_as_such(void **state)
{
	(void)state;
	gm_autoclose int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(gm_write_all(fd, "x", 1, "full"), GM_ENOSPC);
}

#define with_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_join_with_one_slash),
		with_dir(a_file_is_read_behind_what_is_there),
		with_dir(a_file_as_large_as_the_ceiling_fits),
		cmocka_unit_test(files_without_a_size_are_read_and_bounded),
		with_dir(what_is_missing_or_a_folder_cannot_be_read),
		with_dir(a_pipe_is_read_only_where_one_is_wanted),
		with_dir(writing_replaces_and_leaves_no_litter),
		with_dir(a_write_that_fails_leaves_no_litter),
		with_dir(new_files_follow_the_umask),
		with_dir(folders_are_made_all_the_way),
		with_dir(each_new_folder_is_flushed_in_its_parent),
		with_dir(a_folder_that_cannot_be_flushed_is_not_left),
		with_dir(the_names_in_a_folder_are_told),
		with_dir(a_folder_that_cannot_be_read_to_its_end_is_an_error),
		with_dir(a_file_in_the_way_of_a_folder_is_an_error),
		with_dir(a_dangling_link_exists),
		with_dir(a_temporary_file_goes_away_unless_committed),
		with_dir(temporary_files_have_names_of_their_own),
		cmocka_unit_test(a_signal_ends_the_reading_of_a_pipe),
		cmocka_unit_test(an_interrupted_process_ends_as_its_signal),
		cmocka_unit_test(a_write_to_a_full_device_is_told_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
