/*
 * Repositories on the same machine: one in Git's layout, that stock git fills and judges, and one
 * with segments.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/commit.h"
#include "dag/outgoing.h"
#include "sync/peer.h"
#include "tests/unit/support.h"

#define MAIN "refs/heads/main"

struct pair {
	char *dir;
	struct gm_repo *git;  /* "git" */
	struct gm_repo *ours; /* "ours", with segments */
	struct gm_signature who;
};

static struct gm_repo *make_repo(const char *dir, const char *name, enum gm_layout layout)
{
	gm_autofree char *path = gm_path_join(dir, name);
	struct gm_repo *repo;
	bool created;

	must(gm_repo_init(&created, path, "main", layout));
	must(gm_repo_open(&repo, path));
	return repo;
}

static int setup(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	pair->dir = scratch_new();
	(void)setenv("HOME", pair->dir, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	pair->git = make_repo(pair->dir, "git", GM_LAYOUT_GIT);
	pair->ours = make_repo(pair->dir, "ours", GM_LAYOUT_SEGMENTS);
	must(gm_signature_set(&pair->who, "A U Thor", "author@example.com",
		1767323045 * GM_TIME_SECOND, 0));
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	gm_repo_free(pair->git);
	gm_repo_free(pair->ours);
	gm_signature_dispose(&pair->who);
	scratch_remove(pair->dir);
	free(pair);
	return 0;
}

/* Run a shell command in the one of Git's layout, with a working tree at hand. */
static void git(struct gm_buf *out, const struct pair *pair, const char *command)
{
	gm_autofree char *all = gm_format("mkdir -p work && export GIT_DIR=$PWD/git "
					  "GIT_WORK_TREE=$PWD/work && cd work && %s",
		command);

	assert_non_null(all);
	assert_int_equal(shell(out, pair->dir, all), 0);
}

/* Some commits, with folders in folders, an annotated tag and a merge. */
static void make_history(const struct pair *pair)
{
	git(NULL, pair,
		"for i in 1 2 3 4 5; do mkdir -p a/b$i/c && seq $i 200 >a/b$i/c/f &&"
		" echo $i >top && git add . && git commit -q -m $i || exit 1; done &&"
		" git checkout -q -b side HEAD~2 && echo side >side && git add . &&"
		" git commit -q -m side && git checkout -q main &&"
		" git merge -q -m merge side && git tag -a -m tag v1");
}

static struct gm_oid id_of(const struct pair *pair, const char *revision)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command = gm_format("git rev-parse '%s'", revision);
	struct gm_oid oid;

	git(&out, pair, command);
	assert_true(gm_oid_parse(&oid, gm_buf_str(&out), 40));
	return oid;
}

static size_t count_objects(const struct pair *pair, const char *what)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command = gm_format("git rev-list --objects %s | wc -l", what);

	git(&out, pair, command);
	return strtoul(gm_buf_str(&out), NULL, 10);
}

static void move_ref(
	struct gm_repo *repo, const char *name, struct gm_oid from, struct gm_oid to)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	const struct gm_ref_update update = {
		.name = name, .old_oid = from, .new_oid = to};

	must(gm_repo_lock(&lock, repo, "test", NULL, NULL));
	must(gm_ref_update(gm_repo_refs(repo), lock, &update));
}

/* Fetch `oid` into ours, let a ref lead there; how many objects that took. */
static size_t fetch(struct pair *pair, struct gm_oid from, struct gm_oid oid)
{
	struct gm_peer_copied copied;
	struct gm_batch *batch;
	uint8_t name[GM_SHA256_SIZE];

	must(gm_peer_fetch(&batch, &copied, pair->ours, pair->git, &oid, 1, NULL));
	/* Known, as all it leads to came before. */
	must(gm_batch_sha256(name, batch, &oid));
	move_ref(pair->ours, MAIN, from, oid);
	gm_batch_free(batch);
	return copied.n_objects;
}

static void what_is_missing_is_copied_and_nothing_else(void **state)
{
	struct pair *pair = *state;

	make_history(pair);
	struct gm_oid first = id_of(pair, "main");
	assert_int_equal(fetch(pair, gm_oid_zero, first), count_objects(pair, "main"));
	git(NULL, pair, "echo more >a/b3/c/more && git add . && git commit -q -m more");
	struct gm_oid second = id_of(pair, "main");
	assert_int_equal(fetch(pair, first, second), count_objects(pair, "main ^main~1"));
	/* All of it is there: what has it can give it. */
	struct gm_outgoing *outgoing;
	must(gm_outgoing_new(&outgoing, gm_repo_store(pair->ours)));
	must(gm_outgoing_want(outgoing, &second));
	must(gm_outgoing_walk(outgoing, NULL, NULL));
	assert_int_equal(gm_outgoing_n(outgoing), count_objects(pair, "main"));
	gm_outgoing_free(outgoing);
}

static void an_empty_tree_and_a_tag_travel(void **state)
{
	struct pair *pair = *state;

	git(NULL, pair,
		"git commit -q --allow-empty -m empty && git tag -a -m one v1 &&"
		" git tag -a -m two v2 v1");
	struct gm_oid oid = id_of(pair, "v2");
	struct gm_peer_copied copied;
	struct gm_batch *batch;
	must(gm_peer_fetch(&batch, &copied, pair->ours, pair->git, &oid, 1, NULL));
	gm_batch_free(batch);
	assert_true(copied.n_objects >= 3);
	assert_int_equal(gm_store_exists(gm_repo_store(pair->ours), &oid), 1);
}

static void assert_refused(struct pair *pair, const char *revision, int code)
{
	struct gm_oid oid = id_of(pair, revision);
	struct gm_peer_copied copied;
	struct gm_batch *batch = NULL;

	assert_int_equal(
		gm_peer_fetch(&batch, &copied, pair->ours, pair->git, &oid, 1, NULL),
		code);
	assert_null(batch);
	assert_true(*gm_error_last()->message);
	assert_int_equal(gm_store_exists(gm_repo_store(pair->ours), &oid), 0);
}

static struct gm_oid write_object(
	struct gm_batch *batch, enum gm_object_type type, const struct gm_buf *data)
{
	struct gm_oid oid;

	must(gm_batch_write(&oid, batch, type, data->ptr, data->size));
	return oid;
}

/* The branch `evil`, whose tree has a file "..". */
static void make_evil_branch(const struct pair *pair)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_batch *batch;
	char hex[GM_OID_HEX];

	must(gm_batch_begin(&batch, gm_repo_store(pair->git)));
	must(gm_buf_puts(&data, "text"));
	struct gm_oid oid = write_object(batch, GM_OBJECT_BLOB, &data);
	gm_buf_reset(&data);
	must(gm_buf_put(&data, "100644 ..", 10));
	must(gm_buf_put(&data, oid.bytes, GM_OID_SIZE));
	oid = write_object(batch, GM_OBJECT_TREE, &data);
	gm_oid_format(hex, &oid);
	gm_buf_reset(&data);
	must(gm_buf_printf(&data,
		"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nevil\n",
		hex));
	oid = write_object(batch, GM_OBJECT_COMMIT, &data);
	must(gm_batch_commit(batch));
	move_ref(pair->git, "refs/heads/evil", gm_oid_zero, oid);
	gm_batch_free(batch);
}

static void what_is_incomplete_or_hostile_is_refused(void **state)
{
	struct pair *pair = *state;

	make_history(pair);
	git(NULL, pair, "rm ../git/objects/$(git rev-parse main:top | sed 's,^..,&/,')");
	assert_refused(pair, "main", GM_ENOTFOUND);
	make_evil_branch(pair);
	assert_refused(pair, "evil", GM_EMISMATCH);
}

static void refs_of_one_repository_only_are_not_told(void **state)
{
	struct pair *pair = *state;
	gm_autoadvertisement told = GM_ADVERTISEMENT_INIT;

	make_history(pair);
	git(NULL, pair,
		"git update-ref refs/gitmem/rescue/ours/main/x main~1 &&"
		" git update-ref refs/bisect/bad main~1 &&"
		" git update-ref refs/gitmem/heads/shared main");
	must(gm_peer_advertise(&told, pair->git));
	assert_string_equal(told.refs[0].name, "HEAD");
	assert_string_equal(told.head_target, MAIN);
	assert_null(gm_advertisement_find(&told, "refs/bisect/bad"));
	assert_null(gm_advertisement_find(&told, "refs/gitmem/rescue/ours/main/x"));
	assert_non_null(gm_advertisement_find(&told, "refs/gitmem/heads/shared"));
	assert_int_equal(told.n_haves, 2);
	const struct gm_advertised_ref *tag =
		gm_advertisement_find(&told, "refs/tags/v1");
	struct gm_oid main = id_of(pair, "main");
	assert_true(gm_oid_equal(&tag->peeled, &main));
	assert_true(gm_oid_is_zero(&gm_advertisement_find(&told, MAIN)->peeled));
}

static void push_commands(
	struct pair *pair, struct gm_peer_command *commands, size_t n, bool is_atomic)
{
	gm_cleanup(gm_outgoing_free_p) struct gm_outgoing *outgoing = NULL;
	struct gm_peer_push push = {.commands = commands,
		.n = n,
		.is_atomic = is_atomic,
		.who = &pair->who,
		.message = "push"};
	struct gm_peer_copied copied;

	must(gm_outgoing_new(&outgoing, gm_repo_store(pair->git)));
	for (size_t i = 0; i < n; i++)
		must(gm_outgoing_want(outgoing, &commands[i].new_oid));
	must(gm_outgoing_walk(outgoing, NULL, NULL));
	push.outgoing = outgoing;
	must(gm_peer_push(&copied, pair->ours, pair->git, &push, NULL));
}

static bool has_ref(struct gm_repo *repo, const char *name, struct gm_oid oid)
{
	struct gm_oid now;
	int rc = gm_ref_read(&now, NULL, gm_repo_refs(repo), name);

	if (gm_oid_is_zero(&oid))
		return rc == GM_ENOTFOUND;
	return rc == 0 && gm_oid_equal(&now, &oid);
}

static void a_ref_moves_only_from_where_it_was_said_to_be(void **state)
{
	struct pair *pair = *state;

	make_history(pair);
	struct gm_oid old = id_of(pair, "main~1");
	struct gm_oid new = id_of(pair, "main");
	struct gm_peer_command commands[2] = {
		{.ref = MAIN, .new_oid = old}, {.ref = "refs/heads/b", .new_oid = old}};
	push_commands(pair, commands, 2, false);
	assert_int_equal(commands[0].rc, 0);
	assert_null(commands[0].reason);
	assert_true(has_ref(pair->ours, MAIN, old));
	/* Somebody else moved the one meanwhile. */
	commands[0] = (struct gm_peer_command){.ref = MAIN, .new_oid = new};
	commands[1] = (struct gm_peer_command){
		.ref = "refs/heads/b", .old_oid = old, .new_oid = new};
	push_commands(pair, commands, 2, true);
	assert_int_equal(commands[0].rc, GM_EMODIFIED);
	assert_string_equal(commands[1].reason, "atomic push failed");
	assert_true(has_ref(pair->ours, "refs/heads/b", old));
	gm_free(commands[1].reason);
	commands[1].reason = NULL;
	push_commands(pair, commands, 2, false);
	assert_int_equal(commands[0].rc, GM_EMODIFIED);
	assert_string_equal(commands[0].reason, "failed to update ref");
	assert_int_equal(commands[1].rc, 0);
	assert_true(has_ref(pair->ours, MAIN, old));
	assert_true(has_ref(pair->ours, "refs/heads/b", new));
	gm_free(commands[0].reason);
}

/* A folder on the path of another ref shows only when it is tried. */
static void one_that_cannot_be_made_does_not_hold_up_the_others(void **state)
{
	struct pair *pair = *state;

	make_history(pair);
	struct gm_oid oid = id_of(pair, "main");
	struct gm_peer_command commands[3] = {{.ref = MAIN, .new_oid = oid},
		{.ref = MAIN "/below", .new_oid = oid},
		{.ref = "refs/tags/t", .new_oid = oid}};
	push_commands(pair, commands, 3, false);
	assert_int_equal(commands[0].rc, 0);
	assert_int_equal(commands[1].rc, GM_EEXISTS);
	assert_int_equal(commands[2].rc, 0);
	assert_true(has_ref(pair->ours, MAIN, oid));
	assert_true(has_ref(pair->ours, "refs/tags/t", oid));
	gm_free(commands[1].reason);
}

static void what_no_peer_does_is_refused(void **state)
{
	struct pair *pair = *state;

	make_history(pair);
	struct gm_oid oid = id_of(pair, "main");
	struct gm_oid blob = id_of(pair, "main:top");
	struct gm_peer_command commands[] = {{.ref = MAIN, .new_oid = oid},
		{.ref = "refs/heads/blob", .new_oid = blob},
		{.ref = "refs/gitmem/rescue/x", .new_oid = oid},
		{.ref = "refs/heads/a..b", .new_oid = oid},
		{.ref = "HEAD", .new_oid = oid}};
	push_commands(pair, commands, 5, false);
	assert_int_equal(commands[0].rc, 0);
	for (size_t i = 1; i < 5; i++) {
		assert_int_equal(commands[i].rc, GM_EACCESS);
		assert_true(*commands[i].reason);
		gm_free(commands[i].reason);
	}
	commands[0] = (struct gm_peer_command){.ref = MAIN, .old_oid = oid};
	push_commands(pair, commands, 1, false);
	assert_string_equal(
		commands[0].reason, "deletion of the current branch prohibited");
	assert_true(has_ref(pair->ours, MAIN, oid));
	gm_free(commands[0].reason);
	commands[0] = (struct gm_peer_command){.ref = "refs/tags/t", .new_oid = oid};
	push_commands(pair, commands, 1, false);
	commands[0] = (struct gm_peer_command){.ref = "refs/tags/t", .old_oid = oid};
	push_commands(pair, commands, 1, false);
	assert_int_equal(commands[0].rc, 0);
	assert_true(has_ref(pair->ours, "refs/tags/t", gm_oid_zero));
}

int main(void)
{
#define WITH_PAIR(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_PAIR(what_is_missing_is_copied_and_nothing_else),
		WITH_PAIR(an_empty_tree_and_a_tag_travel),
		WITH_PAIR(what_is_incomplete_or_hostile_is_refused),
		WITH_PAIR(refs_of_one_repository_only_are_not_told),
		WITH_PAIR(a_ref_moves_only_from_where_it_was_said_to_be),
		WITH_PAIR(one_that_cannot_be_made_does_not_hold_up_the_others),
		WITH_PAIR(what_no_peer_does_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
