#include "dag/stage.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dag/stage_file.h"
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static void append(struct memory_repo *world, const char *ref, struct change_list *list)
{
	must(gm_stage_append(world->repo, world->lock, ref, NULL, list->items, list->n));
	change_list_reset(list);
}

static void append_file(struct memory_repo *world, const char *path,
	const char *base_text, const char *text)
{
	autochangelist list = {.n = 0};

	change_file(&list, path, base_text, text);
	append(world, MAIN, &list);
}

/* The stage as "PATH=TEXT" lines; a removal has no "=". */
static void describe(struct gm_buf *out, struct memory_repo *world, const char *ref)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	gm_buf_reset(out);
	must(gm_stage_load(&stage, world->repo, ref));
	for (size_t i = 0; i < gm_stage_size(stage); i++) {
		const struct gm_change *change = gm_stage_at(stage, i);
		assert_ptr_equal(gm_stage_find(stage, change->path), change);
		assert_ptr_equal(gm_stage_changes(stage) + i, change);
		must(gm_buf_printf(out, "%s%s%.*s\n", change->path,
			change->data ? "=" : "", (int)change->size,
			change->data ? (const char *)change->data : ""));
	}
}

static void assert_stage(struct memory_repo *world, const char *ref, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	describe(&text, world, ref);
	assert_string_equal(gm_buf_str(&text), wanted);
}

static void without_a_journal_the_stage_is_empty(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	must(gm_stage_load(&stage, world->repo, MAIN));
	assert_int_equal(gm_stage_size(stage), 0);
	assert_null(gm_stage_find(stage, "keys/a.md"));
	must(gm_stage_append(world->repo, world->lock, MAIN, NULL, NULL, 0));
	assert_repo_prints(world, "ls -A stage", "");
}

static void changes_come_back_in_path_order(void **state)
{
	struct memory_repo *world = *state;
	autochangelist list = {.n = 0};

	change_file(&list, "keys/b.md", NULL, "b");
	change_file(&list, "keys/a.md", "old", NULL);
	append(world, MAIN, &list);
	append_file(world, "README.md", NULL, "");
	append_file(world, "keys/a/b.md", NULL, "c");
	assert_stage(world, MAIN, "README.md=\nkeys/a.md\nkeys/a/b.md=c\nkeys/b.md=b\n");
}

static void a_path_keeps_its_first_base_and_its_last_contents(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	autochangelist list = {.n = 0};
	struct gm_oid base;

	for (unsigned char i = 1; i <= 3; i++) {
		gm_autofree char *old = gm_format("%d", i - 1), *new = gm_format("%d", i);
		memset(change_file(&list, "keys/a.md", old, new)->tip.bytes, i,
			GM_OID_SIZE);
	}
	append(world, MAIN, &list);
	assert_stage(world, MAIN, "keys/a.md=3\n");
	must(gm_stage_load(&stage, world->repo, MAIN));
	gm_object_hash(&base, GM_OBJECT_BLOB, "0", 1);
	assert_true(gm_oid_equal(&gm_stage_at(stage, 0)->base, &base));
	assert_int_equal(gm_stage_at(stage, 0)->tip.bytes[0], 1);
}

static void a_change_that_is_undone_is_none(void **state)
{
	struct memory_repo *world = *state;

	append_file(world, "keys/new.md", NULL, "x");
	append_file(world, "keys/edited.md", "x", "y");
	append_file(world, "keys/removed.md", "x", NULL);
	append_file(world, "keys/stays.md", "x", "y");
	append_file(world, "keys/new.md", NULL, NULL);
	append_file(world, "keys/edited.md", "x", "x");
	append_file(world, "keys/removed.md", "x", "x");
	assert_stage(world, MAIN, "keys/stays.md=y\n");
	append_file(world, "keys/new.md", NULL, "again");
	assert_stage(world, MAIN, "keys/new.md=again\nkeys/stays.md=y\n");
}

/* The branch went on after the change was undone: what comes now is made on what it has now. */
static void what_was_undone_is_forgotten(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	struct gm_oid base;

	append_file(world, "keys/a.md", "x", "y");
	append_file(world, "keys/a.md", "x", "x");
	append_file(world, "keys/a.md", "newer", "z");
	must(gm_stage_load(&stage, world->repo, MAIN));
	gm_object_hash(&base, GM_OBJECT_BLOB, "newer", 5);
	assert_true(gm_oid_equal(&gm_stage_at(stage, 0)->base, &base));
}

static void thousands_of_changes_are_staged(void **state)
{
	enum { GROUPS = 60, EACH = 50 };
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;

	for (int i = 0; i < GROUPS; i++) {
		autochangelist list = {.n = 0};
		for (int j = 0; j < EACH; j++) {
			gm_autofree char *path = gm_format("keys/%d/%d.md", i, j);
			change_file(&list, path, NULL, path);
		}
		append(world, MAIN, &list);
	}
	must(gm_stage_load(&stage, world->repo, MAIN));
	assert_int_equal(gm_stage_size(stage), GROUPS * EACH);
	for (size_t i = 0; i < GROUPS * EACH; i++) {
		const struct gm_change *change = gm_stage_at(stage, i);
		assert_int_equal(change->size, strlen(change->path));
		assert_memory_equal(change->data, change->path, change->size);
		assert_true(!i || strcmp(change[-1].path, change->path) < 0);
	}
	assert_null(gm_stage_find(stage, "keys/60/0.md"));
}

#define DEEP "0123456789/123456789/123456789/123456789/123456789/"
#define DEEPER DEEP DEEP DEEP DEEP DEEP

static const char *const odd_refs[] = {MAIN, "refs/heads/a/b", "refs/heads/a%2Fb",
	"refs/heads/a%252Fb", "refs/heads/%", "refs/heads/%25", "refs/heads/a/b/c%2f",
	"HEAD", "refs/heads/HEAD", "refs/heads/caf\u00e9", "refs/odd/HEAD",
	"refs/remotes/origin/main", "refs/heads/refs/remotes/origin/main",
	"refs/heads/%refs/remotes/origin/main", "refs/heads/" DEEPER "a",
	"refs/heads/" DEEPER "b", "refs/odd/" DEEPER "a"};
#define N_REFS (sizeof(odd_refs) / sizeof(*odd_refs))

static int mark_ref(const char *file, const char *ref, void *payload)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	unsigned *seen = payload;

	assert_non_null(ref);
	must(gm_stage_file_name(&name, ref));
	assert_string_equal(file, gm_buf_str(&name));
	assert_true(name.size <= 241);
	for (size_t i = 0; i < N_REFS; i++)
		if (!strcmp(ref, odd_refs[i])) {
			assert_false(*seen & 1u << i);
			*seen |= 1u << i;
			return 0;
		}
	fail_msg("a stage of '%s'", ref);
	return 0;
}

static void each_branch_has_a_stage_of_its_own(void **state)
{
	struct memory_repo *world = *state;
	unsigned seen = 0;

	for (size_t i = 0; i < N_REFS; i++) {
		autochangelist list = {.n = 0};
		change_file(&list, "keys/a.md", NULL, odd_refs[i]);
		append(world, odd_refs[i], &list);
	}
	for (size_t i = 0; i < N_REFS; i++) {
		gm_autofree char *wanted = gm_format("keys/a.md=%s\n", odd_refs[i]);
		assert_stage(world, odd_refs[i], wanted);
	}
	must(gm_stages_each(world->repo, mark_ref, &seen));
	assert_int_equal(seen, (1u << N_REFS) - 1);
}

static int stop(const char *file, const char *ref, void *payload)
{
	assert_string_equal(file, "main");
	assert_string_equal(ref, MAIN);
	++*(int *)payload;
	return gm_error(GM_EINTERRUPTED, "stopped");
}

static void the_walk_over_stages_can_be_ended(void **state)
{
	struct memory_repo *world = *state;
	int n = 0;

	assert_int_equal(gm_stages_each(world->repo, stop, &n), 0);
	append_file(world, "keys/a.md", NULL, "x");
	scratch_write(world->dir, "r/.gitmem/stage/.tmp_abcdef", "x", 1);
	assert_int_equal(gm_stages_each(world->repo, stop, &n), GM_EINTERRUPTED);
	assert_int_equal(n, 1);
	assert_repo_prints(world, "rm -r stage", "");
	must(gm_stages_each(world->repo, stop, &n));
	assert_int_equal(n, 1);
}

static void a_stage_is_cleared(void **state)
{
	struct memory_repo *world = *state;

	append_file(world, "keys/a.md", NULL, "x");
	must(gm_stage_clear(world->repo, world->lock, MAIN));
	assert_stage(world, MAIN, "");
	assert_repo_prints(world, "ls -A stage", "");
	must(gm_stage_clear(world->repo, world->lock, MAIN));
}

static void a_stage_follows_its_branch(void **state)
{
	struct memory_repo *world = *state;

	must(gm_stage_rename(world->repo, world->lock, MAIN, "refs/heads/a/b"));
	assert_repo_prints(world, "ls -A stage", "");
	append_file(world, "keys/a.md", NULL, "x");
	must(gm_stage_rename(world->repo, world->lock, MAIN, "refs/heads/a/b"));
	assert_stage(world, MAIN, "");
	assert_stage(world, "refs/heads/a/b", "keys/a.md=x\n");
}

/* Three groups on disk; `ends` gets where each ends, `texts` what the stage is then. */
static void write_groups(
	struct memory_repo *world, size_t ends[3], struct gm_buf texts[4])
{
	static const char *const files[] = {"keys/a.md", "keys/b.md", "keys/a.md"};
	static const char *const contents[] = {"one\n", "two\nend\n", "group\nthree"};

	for (int i = 0; i < 3; i++) {
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
		append_file(world, files[i], i == 2 ? "one\n" : NULL, contents[i]);
		scratch_read(&bytes, world->dir, "r/.gitmem/stage/main");
		ends[i] = bytes.size;
		describe(&texts[i + 1], world, MAIN);
	}
	must(gm_buf_puts(&texts[0], ""));
}

#define TEXTS_INIT                                                          \
	{                                                                   \
		GM_BUF_INIT(GM_BUF_TEXT), GM_BUF_INIT(GM_BUF_TEXT),         \
			GM_BUF_INIT(GM_BUF_TEXT), GM_BUF_INIT(GM_BUF_TEXT), \
	}

static void texts_dispose(struct gm_buf texts[4])
{
	for (int i = 0; i < 4; i++)
		gm_buf_dispose(&texts[i]);
}

static void a_torn_end_is_passed_over_and_cut(void **state)
{
	struct memory_repo *world = *state;
	struct gm_buf texts[4] = TEXTS_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	size_t ends[3];

	write_groups(world, ends, texts);
	scratch_read(&bytes, world->dir, "r/.gitmem/stage/main");
	for (size_t size = 0; size <= ends[2]; size++) {
		int group = size < ends[0] ? 0
			: size < ends[1]   ? 1
			: size < ends[2]   ? 2
					   : 3;
		scratch_write(world->dir, "r/.gitmem/stage/main", bytes.ptr, size);
		assert_stage(world, MAIN, gm_buf_str(&texts[group]));
		append_file(world, "keys/z.md", NULL, "z");
		gm_autofree char *wanted =
			gm_format("%skeys/z.md=z\n", gm_buf_str(&texts[group]));
		assert_stage(world, MAIN, wanted);
	}
	texts_dispose(texts);
}

static void assert_refused(
	struct memory_repo *world, const struct gm_buf *bytes, int code)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autobuf after = GM_BUF_INIT(GM_BUF_TEXT);
	autochangelist list = {.n = 0};

	scratch_write(world->dir, "r/.gitmem/stage/main", bytes->ptr, bytes->size);
	assert_int_equal(gm_stage_load(&stage, world->repo, MAIN), code);
	assert_null(stage);
	assert_non_null(strstr(gm_error_last()->message, "stage/main"));
	change_file(&list, "keys/z.md", NULL, "z");
	assert_int_equal(
		gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n),
		code);
	scratch_read(&after, world->dir, "r/.gitmem/stage/main");
	assert_int_equal(after.size, bytes->size);
	assert_memory_equal(after.ptr, bytes->ptr, bytes->size);
}

static void damage_is_told_and_left_alone(void **state)
{
	struct memory_repo *world = *state;
	struct gm_buf texts[4] = TEXTS_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	size_t ends[3];

	write_groups(world, ends, texts);
	scratch_read(&bytes, world->dir, "r/.gitmem/stage/main");
	for (size_t at = 15; at < ends[1]; at += 7) {
		bytes.ptr[at] ^= 4;
		assert_refused(world, &bytes, GM_EMISMATCH);
		bytes.ptr[at] ^= 4;
	}
	bytes.ptr[13] = '2';
	assert_refused(world, &bytes, GM_EINVALID);
	texts_dispose(texts);
}

static void a_folder_in_the_journals_place_is_refused(void **state)
{
	struct memory_repo *world = *state;
	struct gm_stage *stage = NULL;

	assert_repo_prints(world, "mkdir stage/main && mkfifo stage/fifo", "");
	assert_int_equal(gm_stage_load(&stage, world->repo, MAIN), GM_EMISMATCH);
	assert_int_equal(
		gm_stage_load(&stage, world->repo, "refs/heads/fifo"), GM_EMISMATCH);
	assert_null(stage);
}

static off_t journal_size(struct memory_repo *world)
{
	gm_autofree char *path = gm_path_join(world->dir, "r/.gitmem/stage/main");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void a_journal_of_outdated_changes_is_compacted(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autofree char *text = gm_malloc(100001);
	autochangelist list = {.n = 0};

	memset(text, 'a', 100000);
	text[100000] = '\0';
	memset(change_file(&list, "keys/other.md", NULL, "other")->tip.bytes, 7,
		GM_OID_SIZE);
	append(world, MAIN, &list);
	for (int i = 0; i < 40; i++) {
		text[99999] = (char)('a' + i % 26);
		append_file(world, "keys/big.md", NULL, text);
		assert_true(journal_size(world) < 1600000);
	}
	must(gm_stage_load(&stage, world->repo, MAIN));
	assert_int_equal(gm_stage_size(stage), 2);
	assert_memory_equal(gm_stage_at(stage, 0)->data, text, 100000);
	assert_true(gm_oid_is_zero(&gm_stage_at(stage, 0)->tip));
	assert_int_equal(gm_stage_at(stage, 1)->tip.bytes[0], 7);
	assert_repo_prints(world, "ls -A stage", "main\n");
}

/* In a child: the disk is full after `room` more bytes. */
static int append_with_room(struct memory_repo *world, off_t room)
{
	autochangelist list = {.n = 0};
	gm_autofree char *text = gm_malloc(5001);
	rlim_t most = (rlim_t)(journal_size(world) + room);
	struct rlimit limit = {most, most};

	memset(text, 'a', 5000);
	text[5000] = '\0';
	change_file(&list, "keys/big.md", NULL, text);
	change_file(&list, "keys/a.md", NULL, "a");
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 2;
	return gm_stage_append(world->repo, world->lock, MAIN, NULL, list.items, list.n) <
		0;
}

static void a_write_that_stops_half_way_leaves_the_stage_as_it_was(void **state)
{
	struct memory_repo *world = *state;
	int status;

	append_file(world, "keys/first.md", NULL, "first");
	off_t before = journal_size(world);
	for (off_t room = 0; room < 5100; room += 300) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			_exit(append_with_room(world, room));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
		assert_int_equal(journal_size(world), before);
		assert_stage(world, MAIN, "keys/first.md=first\n");
	}
}

/* Readers have no lock: one may look while a writer cuts what a crash left. */
static void a_reader_is_safe_from_a_writer_that_cuts(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf torn = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *path = gm_path_join(world->dir, "r/.gitmem/stage/main");
	int status;

	append_file(world, "keys/a.md", NULL, "a");
	scratch_read(&torn, world->dir, "r/.gitmem/stage/main");
	must(gm_buf_printf(&torn, "group %zu\nput ", torn.size));
	while (torn.size < (1u << 21))
		must(gm_buf_puts(&torn, "0123456789abcdef"));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		for (int i = 0; i < 60; i++) {
			must(gm_file_write(path, torn.ptr, torn.size));
			append_file(world, "keys/b.md", NULL, "b");
		}
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		describe(&text, world, MAIN);
		assert_int_equal(strncmp(gm_buf_str(&text), "keys/a.md=a\n", 12), 0);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_journal_the_stage_is_empty),
		TEST(changes_come_back_in_path_order),
		TEST(a_path_keeps_its_first_base_and_its_last_contents),
		TEST(a_change_that_is_undone_is_none),
		TEST(what_was_undone_is_forgotten),
		TEST(thousands_of_changes_are_staged),
		TEST(each_branch_has_a_stage_of_its_own),
		TEST(the_walk_over_stages_can_be_ended),
		TEST(a_stage_is_cleared),
		TEST(a_stage_follows_its_branch),
		TEST(a_torn_end_is_passed_over_and_cut),
		TEST(damage_is_told_and_left_alone),
		TEST(a_folder_in_the_journals_place_is_refused),
		TEST(a_journal_of_outdated_changes_is_compacted),
		TEST(a_write_that_stops_half_way_leaves_the_stage_as_it_was),
		TEST(a_reader_is_safe_from_a_writer_that_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
