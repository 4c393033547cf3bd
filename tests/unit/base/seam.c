/*
 * What the seam writes down of changes to files. Without the build option there is nothing to
 * see, and the calls are the system's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "base/seam.h"
#include "base/trace.h"

static void the_calls_do_what_their_names_say(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *a = gm_path_join(dir, "a");
	gm_autofree char *b = gm_path_join(dir, "b");
	gm_autofree char *folder = gm_path_join(dir, "folder");
	struct stat st;

	(void)state;
	int fd = gm_sys_open(a, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(gm_sys_write(fd, "hello", 5), 5);
	assert_int_equal(gm_sys_ftruncate(fd, 3), 0);
	assert_int_equal(gm_sys_fchmod(fd, 0640), 0);
	assert_int_equal(gm_sys_fsync(fd), 0);
	assert_int_equal(gm_sys_fdatasync(fd), 0);
	(void)close(fd);
	assert_int_equal(gm_sys_rename(a, b), 0);
	assert_int_equal(gm_sys_link(b, a), 0);
	assert_int_equal(stat(a, &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(gm_sys_unlink(a), 0);
	assert_int_equal(gm_sys_unlink(a), -1);
	assert_int_equal(gm_sys_mkdir(folder, 0777), 0);
	assert_int_equal(gm_sys_rmdir(folder), 0);
	assert_false(gm_path_exists(folder));
	scratch_remove(dir);
}

#ifdef GM_FAULT_INJECTION

struct expected {
	enum gm_trace_kind kind;
	uint64_t value;
	const char *bytes;
	size_t size;
};

static const struct expected changes[] = {
	{GM_TRACE_CREATE, 0600, "a", 1},
	{GM_TRACE_WRITE, 0, "hello", 5},
	{GM_TRACE_WRITE, 5, ", all", 5},
	{GM_TRACE_TRUNCATE, 3, "", 0},
	{GM_TRACE_WRITE, 3, "p!", 2},
	{GM_TRACE_FDATASYNC, 0, "", 0},
	{GM_TRACE_RENAME, 0, "a\0b", 3},
	{GM_TRACE_TRUNCATE, 0, "", 0},
	{GM_TRACE_CHMOD, 0640, "", 0},
	{GM_TRACE_FSYNC, 0, "", 0},
	{GM_TRACE_MKDIR, 0755, "c", 1},
	{GM_TRACE_LINK, 0, "d", 1},
	{GM_TRACE_UNLINK, 0, "b", 1},
	{GM_TRACE_UNLINK, 0, "c", 1},
	{GM_TRACE_FSYNC, 0, "", 0},
};

/* In a process of its own, as the trace is opened once. */
static void make_changes(const char *dir, const char *trace)
{
	if (setenv("GITMEM_TRACE", trace, 1) < 0 || chdir(dir) < 0)
		_exit(1);
	(void)umask(022);
	int fd = gm_sys_open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool fine = gm_write_all(fd, "hello", 5, "a") == 0 &&
		gm_write_all(fd, ", all", 5, "a") == 0 && gm_sys_ftruncate(fd, 3) == 0;
	int end = open("a", O_WRONLY | O_APPEND | O_CLOEXEC);
	fine = fine && gm_write_all(end, "p!", 2, "a") == 0 &&
		gm_sys_fdatasync(end) == 0 && gm_rename("a", "b") == 0 &&
		gm_sys_unlink("none") < 0;
	int again = gm_sys_open("b", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fine = fine && gm_sys_fchmod(again, 0640) == 0 && gm_fsync(again, "b") == 0 &&
		gm_sys_mkdir("c", 0777) == 0 && gm_sys_link("b", "d") == 0 &&
		gm_unlink("b") == 0 && gm_sys_rmdir("c") == 0 && gm_fsync_dir(dir) == 0;
	_exit(fine ? 0 : 1);
}

static void each_change_is_in_the_trace_with_its_bytes(void **state)
{
	char *dir = scratch_new();
	char *other = scratch_new();
	gm_autofree char *trace = gm_path_join(other, "trace");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct stat folder;
	size_t at = 0;

	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		make_changes(dir, trace);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	must(gm_file_read(&text, trace));
	assert_int_equal(stat(dir, &folder), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct gm_trace_event event;
		assert_true(text.size - at >= sizeof(event));
		memcpy(&event, text.ptr + at, sizeof(event));
		at += sizeof(event);
		assert_int_equal(event.kind, changes[i].kind);
		assert_int_equal(event.value, changes[i].value);
		assert_int_equal(event.size, changes[i].size);
		assert_true(text.size - at >= event.size);
		assert_memory_equal(text.ptr + at, changes[i].bytes, event.size);
		at += event.size;
		if (event.folder)
			assert_true(event.folder == gm_trace_number(&folder));
		assert_true(event.file != 0);
	}
	assert_int_equal(at, text.size);
	scratch_remove(other);
	scratch_remove(dir);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef GM_FAULT_INJECTION
		cmocka_unit_test(each_change_is_in_the_trace_with_its_bytes),
#endif
		cmocka_unit_test(the_calls_do_what_their_names_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
