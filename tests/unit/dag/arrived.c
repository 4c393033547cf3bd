/*
 * Objects that have arrived: sound ones, and all that may be wrong with them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/arrived.h"
#include "tests/unit/support.h"

struct world {
	char *dir; /* `away` is a repository of stock git, from which objects come */
	struct gm_repo *repo;
	struct gm_store *away;
	struct gm_oid tip;
};

/* What the last line that the commands print says, an id. */
static struct gm_oid run(struct world *world, const char *commands)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *all = gm_format("cd away && %s", commands);
	struct gm_oid oid = gm_oid_zero;

	assert_int_equal(shell(&out, world->dir, all), 0);
	if (out.size >= 41)
		assert_true(gm_oid_parse(&oid, out.ptr + out.size - 41, 40));
	return oid;
}

static void open_away(struct world *world)
{
	gm_autofree char *path = gm_path_join(world->dir, "away/.git/objects");

	gm_store_free(world->away);
	must(gm_store_open(&world->away, path));
	must(gm_store_borrow(gm_repo_store(world->repo), path));
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	bool created;

	world->dir = scratch_new();
	gm_autofree char *gitdir = gm_path_join(world->dir, "here");
	must(gm_repo_init(&created, gitdir, "main", GM_LAYOUT_SEGMENTS));
	must(gm_repo_open(&world->repo, gitdir));
	assert_int_equal(shell(NULL, world->dir, "git init -q away"), 0);
	world->tip = run(world,
		"mkdir -p d/e && echo 1 >d/e/f && git add . && git commit -q -m 1 &&"
		" echo 2 >d/e/f && cp d/e/f g && git add . && git commit -q -m 2 &&"
		" git tag -a -m t t && git rev-parse t");
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_store_free(world->away);
	gm_repo_free(world->repo);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

static int check(struct world *world, const struct gm_oid *tip)
{
	open_away(world);
	const struct gm_arrived arrived = {
		.objects = world->away, .repo = world->repo, .tips = tip, .n_tips = 1};

	return gm_arrived_check(&arrived);
}

static void assert_refused(struct world *world, const struct gm_oid *tip, const char *why)
{
	assert_int_equal(check(world, tip), GM_EMISMATCH);
	if (!strstr(gm_error_last()->message, why))
		fail_msg("'%s' does not say '%s'", gm_error_last()->message, why);
}

static void what_is_whole_passes_and_is_written_with_its_names(void **state)
{
	struct world *world = *state;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_store_free_p) struct gm_store *again = NULL;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	uint8_t name[GM_SHA256_SIZE];
	size_t n = 0;

	must(check(world, &world->tip));
	const struct gm_arrived arrived = {.objects = world->away,
		.repo = world->repo,
		.tips = &world->tip,
		.n_tips = 1};
	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	must(gm_arrived_write(&n, batch, &arrived));
	/* A tag, two commits, three trees each, and two blobs. */
	assert_int_equal(n, 11);
	must(gm_batch_commit(batch));
	must(gm_store_open(&again, gm_repo_dir(world->repo)));
	must(gm_store_read(&data, &type, again, &world->tip));
	assert_int_equal(type, GM_OBJECT_TAG);
	must(gm_store_sha256(name, again, &world->tip));
}

static void what_lacks_an_object_is_refused(void **state)
{
	struct world *world = *state;
	static const char *const lacking[] = {
		"t^{commit}", "t~1", "t^{tree}", "t:d", "t:d/e", "t:d/e/f", "t~1:d/e/f"};

	for (size_t i = 0; i < sizeof(lacking) / sizeof(*lacking); i++) {
		gm_autofree char *hide = gm_format(
			"f=$(git rev-parse '%s' | sed 's,^..,.git/objects/&/,') &&"
			" mv $f hidden && echo $f >name",
			lacking[i]);
		(void)run(world, hide);
		assert_refused(world, &world->tip, "missing");
		(void)run(world, "mv hidden $(cat name)");
	}
	must(check(world, &world->tip));
}

/* A tree with one line as git-mktree(1) takes it, but unchecked, and a commit of it. */
static struct gm_oid forge(struct world *world, const char *entries)
{
	gm_autofree char *commands = gm_format(
		"b=$(git rev-parse t:g | sed 's/../\\\\x&/g') &&"
		" d=$(git rev-parse t:d | sed 's/../\\\\x&/g') &&"
		" printf \"$(printf '%%s' '%s' | sed \"s/BLOB/$(printf '%%s' \"$b\" |"
		" sed 's/\\\\\\\\/&&/g')/g; s/TREE/$(printf '%%s' \"$d\" |"
		" sed 's/\\\\\\\\/&&/g')/g\")\" >tree &&"
		" t=$(git hash-object -t tree --literally -w tree) &&"
		" git commit-tree -m x $t",
		entries);
	gm_autofree char *script =
		gm_format("bash -c \"$(cat <<'END'\n%s\nEND\n)\"", commands);

	return run(world, script);
}

static void trees_that_lead_astray_are_refused(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *entries;
		const char *fault;
	} bad[] = {
		{"100644 ..\\x00BLOB", "name is '.' or '..'"},
		{"100644 .git\\x00BLOB", "name is '.git'"},
		{"100644 .GIT\\x00BLOB", "name is '.git'"},
		{"100644 a/b\\x00BLOB", "slash in a name"},
		{"100644 \\x00BLOB", "empty name"},
		{"100644 b\\x00BLOB100644 a\\x00BLOB", "out of order"},
		{"100644 a\\x00BLOB100644 a\\x00BLOB", "out of order"},
		{"100644 a\\x00BLOB40000 a\\x00TREE", "a name twice"},
		{"123456 a\\x00BLOB", "unknown mode"},
		{"100644 a\\x00", "cut off"},
	};
	struct gm_oid good = forge(world, "100644 a\\x00BLOB40000 b\\x00TREE");

	must(check(world, &good));
	(void)run(world, "cp -r .git ../saved");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gm_oid tip = forge(world, bad[i].entries);
		assert_refused(world, &tip, bad[i].fault);
		(void)run(world, "rm -rf .git && cp -r ../saved .git");
	}
}

static void an_entry_of_another_type_is_refused(void **state)
{
	struct world *world = *state;
	struct gm_oid tip = forge(world, "100644 a\\x00TREE");

	assert_refused(world, &tip, "type");
}

static void a_commit_without_a_tree_is_refused(void **state)
{
	struct world *world = *state;
	struct gm_oid tip = run(world,
		"printf 'author x\\n' | git hash-object -t commit --literally -w "
		"--stdin");

	assert_refused(world, &tip, "not sound");
}

static void a_tip_that_is_nowhere_is_refused(void **state)
{
	struct world *world = *state;
	struct gm_oid tip = {.bytes = {1, 2, 3}};

	assert_refused(world, &tip, "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_whole_passes_and_is_written_with_its_names, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			what_lacks_an_object_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			trees_that_lead_astray_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_entry_of_another_type_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_commit_without_a_tree_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_tip_that_is_nowhere_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
