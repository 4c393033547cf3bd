/*
 * Refs that are kept in the segment store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/reflog.h"
#include "dag/refs.h"
#include "objstore/store.h"
#include "tests/unit/support.h"

#define MAIN "refs/heads/main"
#define N_OBJECTS 8

struct world {
	char *dir;
	struct gm_store *store;
	struct gm_refs *refs;
	struct gm_signature who;
	struct gm_oid oids[N_OBJECTS]; /* [0] is zero: no object */
};

static void open_world(struct world *world)
{
	must(gm_store_open(&world->store, world->dir));
	must(gm_refs_open_store(&world->refs, world->dir, world->store));
}

static void close_world(struct world *world)
{
	gm_refs_free(world->refs);
	gm_store_free(world->store);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;

	world->dir = scratch_new();
	must(gm_store_create(world->dir));
	open_world(world);
	must(gm_signature_set(&world->who, "W. Ho", "who@example.com",
		1767323045 * GM_TIME_SECOND, -90));
	must(gm_batch_begin(&batch, world->store));
	for (size_t i = 1; i < N_OBJECTS; i++)
		must(gm_batch_write(
			&world->oids[i], batch, GM_OBJECT_BLOB, "12345678", i));
	must(gm_batch_commit(batch));
	must(gm_ref_set_symbolic(world->refs, NULL, "HEAD", MAIN, NULL, NULL));
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	close_world(world);
	gm_signature_dispose(&world->who);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

static int move(struct world *world, const char *name, size_t from, size_t to)
{
	const struct gm_ref_update update = {.name = name,
		.old_oid = world->oids[from],
		.new_oid = world->oids[to],
		.who = &world->who,
		.message = "test: move"};

	return gm_ref_update(world->refs, NULL, &update);
}

/* What the ref is: the number of an object; 0 when it does not exist. */
static size_t at(struct world *world, const char *name)
{
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, NULL, world->refs, name);

	if (rc == GM_ENOTFOUND)
		return 0;
	must(rc);
	for (size_t i = 1; i < N_OBJECTS; i++)
		if (gm_oid_equal(&oid, &world->oids[i]))
			return i;
	fail_msg("'%s' leads elsewhere", name);
	return 0;
}

struct told {
	const struct world *world;
	char text[4096];
};

static int tell(const struct gm_reflog_entry *entry, void *payload)
{
	struct told *told = payload;
	size_t from = 0;
	size_t to = 0;

	for (size_t i = 1; i < N_OBJECTS; i++) {
		from = gm_oid_equal(&entry->old_oid, &told->world->oids[i]) ? i : from;
		to = gm_oid_equal(&entry->new_oid, &told->world->oids[i]) ? i : to;
	}
	assert_string_equal(entry->who.name, "W. Ho");
	assert_int_equal(entry->who.zone_minutes, -90);
	size_t size = strlen(told->text);
	(void)snprintf(told->text + size, sizeof(told->text) - size, "%zu-%zu %s; ", from,
		to, entry->message);
	return 0;
}

static void assert_log(struct world *world, const char *name, const char *expected)
{
	struct told told = {.world = world};

	must(gm_ref_log_each(world->refs, name, tell, &told));
	assert_string_equal(told.text, expected);
}

static void a_ref_is_made_moved_and_removed(void **state)
{
	struct world *world = *state;

	assert_int_equal(at(world, MAIN), 0);
	must(move(world, MAIN, 0, 1));
	must(move(world, MAIN, 1, 2));
	assert_int_equal(at(world, MAIN), 2);
	assert_int_equal(at(world, "HEAD"), 2);
	close_world(world);
	open_world(world);
	assert_int_equal(at(world, MAIN), 2);
	assert_log(world, MAIN, "1-2 test: move; 0-1 test: move; ");
	assert_log(world, "HEAD", "1-2 test: move; 0-1 test: move; ");
	must(move(world, MAIN, 2, 0));
	assert_int_equal(at(world, MAIN), 0);
	assert_log(world, MAIN, "");
	must(move(world, MAIN, 0, 3));
	assert_log(world, MAIN, "0-3 test: move; ");
}

static void a_ref_that_is_elsewhere_is_left_alone(void **state)
{
	struct world *world = *state;

	must(move(world, MAIN, 0, 1));
	assert_int_equal(move(world, MAIN, 2, 3), GM_EMODIFIED);
	assert_int_equal(move(world, MAIN, 0, 3), GM_EMODIFIED);
	assert_int_equal(move(world, "refs/heads/x", 1, 2), GM_EMODIFIED);
	assert_int_equal(at(world, MAIN), 1);
	assert_int_equal(at(world, "refs/heads/x"), 0);
	assert_log(world, MAIN, "0-1 test: move; ");
}

static void no_ref_is_a_folder_of_another(void **state)
{
	struct world *world = *state;

	must(move(world, "refs/heads/a/b", 0, 1));
	assert_int_equal(move(world, "refs/heads/a", 0, 1), GM_EEXISTS);
	assert_int_equal(move(world, "refs/heads/a/b/c", 0, 1), GM_EEXISTS);
	must(move(world, "refs/heads/a-b", 0, 1));
	assert_int_equal(move(world, "refs/heads/x..y", 0, 1), GM_EINVALID);
}

static int join(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)oid;
	return gm_buf_printf(payload, "%s ", name);
}

static void refs_are_listed_in_order_without_head(void **state)
{
	struct world *world = *state;
	gm_autobuf names = GM_BUF_INIT(GM_BUF_TEXT);

	must(move(world, "refs/tags/t", 0, 1));
	must(move(world, "refs/heads/b", 0, 1));
	must(move(world, "refs/heads/a", 0, 2));
	must(gm_refs_each(world->refs, "refs/", join, &names));
	assert_string_equal(gm_buf_str(&names), "refs/heads/a refs/heads/b refs/tags/t ");
	gm_buf_reset(&names);
	must(gm_refs_each(world->refs, "refs/heads/", join, &names));
	assert_string_equal(gm_buf_str(&names), "refs/heads/a refs/heads/b ");
}

static void head_goes_to_another_branch_and_tells_so(void **state)
{
	struct world *world = *state;

	must(move(world, MAIN, 0, 1));
	must(move(world, "refs/heads/x", 0, 2));
	must(gm_ref_set_symbolic(
		world->refs, NULL, "HEAD", "refs/heads/x", &world->who, "go"));
	assert_int_equal(at(world, "HEAD"), 2);
	assert_log(world, "HEAD", "1-2 go; 0-1 test: move; ");
	assert_int_equal(
		gm_ref_set_symbolic(world->refs, NULL, "HEAD", "HEAD", NULL, NULL),
		GM_EINVALID);
}

static int rename_to(struct world *world, const char *from, const char *to, bool head)
{
	struct gm_ref_renaming renaming = {.from = from,
		.to = to,
		.moves_head = head,
		.who = &world->who,
		.message = "renamed"};

	must(gm_ref_read(&renaming.oid, NULL, world->refs, from));
	return gm_ref_rename(world->refs, NULL, &renaming);
}

static void a_ref_is_renamed_with_its_log(void **state)
{
	struct world *world = *state;

	must(move(world, "refs/heads/new", 0, 5));
	must(move(world, "refs/heads/new", 5, 0));
	must(move(world, MAIN, 0, 1));
	must(move(world, MAIN, 1, 2));
	must(rename_to(world, MAIN, "refs/heads/new", true));
	assert_int_equal(at(world, MAIN), 0);
	assert_int_equal(at(world, "refs/heads/new"), 2);
	assert_int_equal(at(world, "HEAD"), 2);
	assert_log(
		world, "refs/heads/new", "2-2 renamed; 1-2 test: move; 0-1 test: move; ");
	assert_log(world, MAIN, "");
	must(move(world, MAIN, 0, 3));
	assert_log(world, MAIN, "0-3 test: move; ");
	assert_int_equal(rename_to(world, MAIN, "refs/heads/new", false), GM_EEXISTS);
	assert_int_equal(at(world, MAIN), 3);
	assert_int_equal(at(world, "refs/heads/new"), 2);
}

#ifdef GM_FAULT_INJECTION
/* Run as a program of its own, as the plan of the seam is read once. */
static int child(const char *dir)
{
	struct world world = {.dir = (char *)(uintptr_t)dir};

	if (gm_store_open(&world.store, dir) < 0 ||
		gm_refs_open_store(&world.refs, dir, world.store) < 0 ||
		gm_signature_set(&world.who, "W. Ho", "who@example.com",
			1767323045 * GM_TIME_SECOND, -90) < 0)
		return 1;
	struct gm_ref_renaming renaming = {.from = MAIN,
		.to = "refs/heads/new",
		.moves_head = true,
		.who = &world.who,
		.message = "renamed"};
	int rc = gm_ref_read(&renaming.oid, NULL, world.refs, MAIN);
	if (rc == 0)
		rc = gm_ref_rename(world.refs, NULL, &renaming);
	close_world(&world);
	gm_signature_dispose(&world.who);
	return rc < 0;
}

/* Rename with a fault; -1 when the plan was not reached, else whether it was done. */
static int rename_with_fault(struct world *world, const char *plan)
{
	int status;
	gm_autofree char *report = gm_path_join(world->dir, "report");
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "refs", world->dir, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);
	scratch_read(&word, world->dir, "report");
	return strcmp(gm_buf_str(&word), "hit\n") != 0 ? -1 : WEXITSTATUS(status) == 0;
}

/* Before or after, never in between: the branch, HEAD and the log. */
static void assert_whole(struct world *world)
{
	bool is_old = at(world, MAIN) == 2;

	assert_int_equal(at(world, "HEAD"), 2);
	assert_int_equal(at(world, MAIN), is_old ? 2 : 0);
	assert_int_equal(at(world, "refs/heads/new"), is_old ? 0 : 2);
	assert_log(world, MAIN, is_old ? "1-2 test: move; 0-1 test: move; " : "");
	assert_log(world, "refs/heads/new",
		is_old ? "" : "2-2 renamed; 1-2 test: move; 0-1 test: move; ");
}

static void sweep(struct world *world, const char *kind, unsigned step)
{
	for (unsigned i = 1;; i += step) {
		gm_autofree char *plan = gm_format("%s:%u", kind, i);
		int done = rename_with_fault(world, plan);
		close_world(world);
		open_world(world);
		gm_store_set_flushed(world->store, false);
		assert_whole(world);
		if (done < 0)
			break;
		assert_true(i < 5000);
		if (at(world, MAIN) == 2)
			continue;
		/* A fault that did no harm: once more. */
		must(rename_to(world, "refs/heads/new", "refs/heads/third", true));
		must(move(world, "refs/heads/third", 2, 0));
		must(gm_ref_set_symbolic(world->refs, NULL, "HEAD", MAIN, NULL, NULL));
		must(move(world, MAIN, 0, 1));
		must(move(world, MAIN, 1, 2));
	}
}

static void a_rename_is_done_wholly_or_not_at_all(void **state)
{
	static const char *const kinds[] = {"write", "fsync", "alloc"};
	struct world *world = *state;

	for (size_t i = 0; i < 3; i++) {
		if (at(world, "refs/heads/new")) {
			must(move(world, "refs/heads/new", 2, 0));
			must(gm_ref_set_symbolic(
				world->refs, NULL, "HEAD", MAIN, NULL, NULL));
		}
		must(move(world, MAIN, 0, 1));
		must(move(world, MAIN, 1, 2));
		sweep(world, kinds[i], i < 2 ? 1 : 11);
	}
}
#endif

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 2)
		return child(argv[1]);
#else
	(void)argc;
	(void)argv;
#endif
	const struct CMUnitTest tests[] = {
		test(a_ref_is_made_moved_and_removed),
		test(a_ref_that_is_elsewhere_is_left_alone),
		test(no_ref_is_a_folder_of_another),
		test(refs_are_listed_in_order_without_head),
		test(head_goes_to_another_branch_and_tells_so),
		test(a_ref_is_renamed_with_its_log),
#ifdef GM_FAULT_INJECTION
		test(a_rename_is_done_wholly_or_not_at_all),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
