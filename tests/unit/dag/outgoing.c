#include "dag/outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/repository.h"
#include "tests/unit/support.h"

/*
 * Both sides of a merge change, a folder becomes a file and comes back, a file moves, a commit
 * changes nothing, a root comes late, tags name commits, a tag, a tree and a blob.
 */
static const char make_repository[] =
	"git init -q -b main r && cd r && mkdir -p d/e d/f && "
	"c() { git add -A . && git commit -q --allow-empty -m \"$1\"; } && "
	"for i in 1 2 3 4 5 6; do echo $i >a; seq $i 90 >d/e/b; echo y$((i / 3)) >d/f/c; "
	"c c$i || exit 1; done && c nothing && "
	"git checkout -q -b topic main~3 && echo t >t && seq 1 95 >d/e/b && c t && "
	"git checkout -q main && git merge -q -s ours -m m topic && "
	"git rm -q -r d/f && echo file >d/f && c file && rm d/f && mkdir d/f && "
	"echo y1 >d/f/c && c folder && git mv d/e/b d/b && c moved && "
	"git checkout -q --orphan late && echo late >late && c late && "
	"git checkout -q main && git merge -q --allow-unrelated-histories -m both late "
	"&& "
	"git tag -a -m t v1 main~2 && git -c advice.nestedTag=false tag -a -m t nested "
	"v1 && "
	"git tag -a -m t blob $(git rev-parse main:a) && git tag tree main~1:d";

static int setup(void **state)
{
	char *dir = scratch_new();

	assert_int_equal(shell(NULL, dir, make_repository), 0);
	*state = dir;
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static struct gm_repo *open_repo(const char *dir)
{
	gm_autofree char *path = gm_path_join(dir, "r/.git");
	struct gm_repo *repo;

	must(gm_repo_open(&repo, path));
	return repo;
}

/* The ids that git makes of `names`: wants, and haves behind `^`. */
static struct gm_outgoing *outgoing_new(
	const char *dir, struct gm_repo *repo, const char *names)
{
	gm_autofree char *command = gm_format("git -C r rev-parse %s", names);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_outgoing *outgoing;

	must(gm_outgoing_new(&outgoing, gm_repo_store(repo)));
	assert_int_equal(shell(&text, dir, command), 0);
	for (const char *at = gm_buf_str(&text); *at; at = strchr(at, '\n') + 1) {
		struct gm_oid oid;
		bool is_have = *at == '^';
		assert_true(gm_oid_parse(&oid, at + is_have, GM_OID_HEX - 1));
		must(is_have ? gm_outgoing_have(outgoing, &oid)
			     : gm_outgoing_want(outgoing, &oid));
	}
	return outgoing;
}

static bool contains(const struct gm_outgoing *outgoing, const char *hex)
{
	for (size_t i = 0; i < gm_outgoing_n(outgoing); i++) {
		struct gm_outgoing_object object;
		char text[GM_OID_HEX];
		gm_outgoing_at(&object, outgoing, i);
		gm_oid_format(text, object.oid);
		if (!strncmp(text, hex, GM_OID_HEX - 1))
			return true;
	}
	return false;
}

/* What `git rev-list --objects` lists of the same names, and so many objects `again`. */
static void assert_as_git(const char *dir, const char *names, size_t again)
{
	gm_autofree char *command = gm_format("git -C r rev-list --objects %s --", names);
	struct gm_repo *repo = open_repo(dir);
	struct gm_outgoing *outgoing = outgoing_new(dir, repo, names);
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n = 0;

	must(gm_outgoing_walk(outgoing, NULL, NULL));
	assert_int_equal(shell(&expected, dir, command), 0);
	for (const char *at = gm_buf_str(&expected); *at; at = strchr(at, '\n') + 1) {
		if (!contains(outgoing, at))
			fail_msg("not found for '%s': %.60s", names, at);
		n++;
	}
	if (gm_outgoing_n(outgoing) != n + again)
		fail_msg("%zu instead of %zu for '%s'", gm_outgoing_n(outgoing),
			n + again, names);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

static void what_git_would_send_is_found(void **state)
{
	static const struct {
		const char *names;
		size_t again; /* what was away for a while, or came by an unrelated root */
	} cases[] = {{"main", 0}, {"main topic v1 nested blob tree late", 0},
		{"main ^main~1", 0}, {"main ^topic", 2}, {"main ^late", 5},
		{"main~4 ^main~6 ^topic", 0}, {"topic ^main", 0}, {"main ^main", 0},
		{"blob", 0}, {"tree", 0}, {"main~8 ^main~9", 0}, {"v1 ^v1^{commit}", 0},
		{"main:d/b", 0}, {"main ^main~5 ^late", 4}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_as_git(*state, cases[i].names, cases[i].again);
}

static unsigned rank_of(enum gm_object_type type)
{
	return type == GM_OBJECT_COMMIT  ? 0
		: type == GM_OBJECT_TAG  ? 1
		: type == GM_OBJECT_TREE ? 2
					 : 3;
}

static void types_go_up_and_bases_come_first(void **state)
{
	struct gm_repo *repo = open_repo(*state);
	struct gm_outgoing *outgoing =
		outgoing_new(*state, repo, "main topic nested ^main~9");
	struct gm_outgoing_object last = {.type = GM_OBJECT_COMMIT};
	size_t outside = 0;
	size_t inside = 0;

	must(gm_outgoing_walk(outgoing, NULL, NULL));
	for (size_t i = 0; i < gm_outgoing_n(outgoing); i++) {
		struct gm_outgoing_object object;
		struct gm_outgoing_object base;
		gm_outgoing_at(&object, outgoing, i);
		assert_true(rank_of(object.type) >= rank_of(last.type));
		last = object;
		if (!object.base)
			continue;
		outside += object.base_at == GM_PACK_ITEM_NONE;
		if (object.base_at == GM_PACK_ITEM_NONE)
			continue;
		inside++;
		assert_true(object.base_at < i);
		gm_outgoing_at(&base, outgoing, object.base_at);
		assert_true(gm_oid_equal(base.oid, object.base));
		assert_int_equal(base.type, object.type);
	}
	assert_true(inside > 5);
	assert_true(outside > 2);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

/* A tree or blob stands where it is said to, in the commit that is named. */
static void paths_and_commits_are_those_of_the_first_meeting(void **state)
{
	struct gm_repo *repo = open_repo(*state);
	struct gm_outgoing *outgoing = outgoing_new(*state, repo, "main topic ^main~9");
	gm_autobuf asked = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_outgoing_walk(outgoing, NULL, NULL));
	for (size_t i = 0; i < gm_outgoing_n(outgoing); i++) {
		struct gm_outgoing_object object;
		char hex[GM_OID_HEX];
		char commit[GM_OID_HEX];
		gm_outgoing_at(&object, outgoing, i);
		assert_int_equal(!object.commit,
			object.type == GM_OBJECT_COMMIT || object.type == GM_OBJECT_TAG);
		if (!object.commit)
			continue;
		gm_oid_format(hex, object.oid);
		gm_oid_format(commit, object.commit);
		gm_buf_reset(&path);
		must(gm_outgoing_path(&path, outgoing, i));
		must(gm_buf_printf(&asked, "test $(git rev-parse %s:%s) = %s &&\n",
			commit, gm_buf_str(&path), hex));
	}
	must(gm_buf_puts(&asked, "true\n"));
	scratch_write(*state, "asked", asked.ptr, asked.size);
	assert_int_equal(shell(NULL, *state, "cd r && sh ../asked"), 0);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

static int write_pack(const void *data, size_t size, void *payload)
{
	assert_int_equal(fwrite(data, 1, size, payload), size);
	return 0;
}

/* A repository with the haves takes the pack, and then has all that is wanted. */
static void a_repository_with_the_rest_takes_the_pack(void **state)
{
	gm_autofree char *path = gm_path_join(*state, "pack");
	const struct gm_pack_stream_options options = {
		.is_thin = true, .ofs_deltas = true};
	struct gm_repo *repo = open_repo(*state);
	struct gm_outgoing *outgoing =
		outgoing_new(*state, repo, "main nested blob ^main~4 ^late");
	FILE *pack = fopen(path, "wb");
	uint64_t size;

	assert_non_null(pack);
	must(gm_outgoing_walk(outgoing, NULL, NULL));
	must(gm_outgoing_stream(&size, outgoing, &options, write_pack, pack));
	assert_int_equal(fclose(pack), 0);
	assert_int_equal(
		shell(NULL, *state,
			"git init -q --bare b && git -C b fetch -q ../r late $(git -C r "
			"rev-parse main~4) && "
			"git -C b index-pack --strict --stdin --fix-thin <pack && "
			"for r in main nested blob; do git -C b update-ref refs/tags/$r "
			"$(git -C r rev-parse $r) || exit 1; done && "
			"git -C b fsck --strict --no-dangling 2>&1 && "
			"test $(git -C b rev-parse refs/tags/main) = $(git -C r "
			"rev-parse "
			"main)"),
		0);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

static int give_up(size_t done, void *payload)
{
	(void)done;
	(void)payload;
	return GM_EINTERRUPTED;
}

static void odd_wants_and_haves(void **state)
{
	struct gm_repo *repo = open_repo(*state);
	const struct gm_oid nobody = {{7}};
	struct gm_outgoing *outgoing;

	must(gm_outgoing_new(&outgoing, gm_repo_store(repo)));
	must(gm_outgoing_have(outgoing, &nobody));
	must(gm_outgoing_have(outgoing, &gm_oid_zero));
	must(gm_outgoing_want(outgoing, &gm_oid_zero));
	assert_int_equal(gm_outgoing_want(outgoing, &nobody), GM_ENOTFOUND);
	must(gm_outgoing_walk(outgoing, give_up, NULL));
	assert_int_equal(gm_outgoing_n(outgoing), 0);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

/* As when gc dropped a part of what a remote's tip, long moved on from, had led to. */
static void haves_of_which_a_part_is_missing_count_as_far_as_they_can(void **state)
{
	struct gm_outgoing *outgoing;
	struct gm_repo *repo;

	assert_int_equal(
		shell(NULL, *state,
			"cd r && git checkout -q -b gone main~1 && "
			"git commit -q --allow-empty -m one && "
			"git commit -q --allow-empty -m two && cd .git/objects && "
			"rm -f $(git rev-parse gone~1 | sed 's|..|&/|')"),
		0);
	repo = open_repo(*state);
	outgoing = outgoing_new(*state, repo, "main ^gone ^main~1 ^late");
	must(gm_outgoing_walk(outgoing, NULL, NULL));
	/* the merge, whose tree is that of late */
	assert_int_equal(gm_outgoing_n(outgoing), 1);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

static void a_tree_that_is_missing_is_an_error(void **state)
{
	struct gm_repo *repo;
	struct gm_outgoing *outgoing;

	assert_int_equal(shell(NULL, *state,
				 "cd r/.git/objects && "
				 "rm -f $(git rev-parse main~1:d | sed 's|..|&/|')"),
		0);
	repo = open_repo(*state);
	outgoing = outgoing_new(*state, repo, "main");
	assert_int_equal(gm_outgoing_walk(outgoing, NULL, NULL), GM_ENOTFOUND);
	gm_outgoing_free(outgoing);
	gm_repo_free(repo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_git_would_send_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(
			types_go_up_and_bases_come_first, setup, teardown),
		cmocka_unit_test_setup_teardown(
			paths_and_commits_are_those_of_the_first_meeting, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_repository_with_the_rest_takes_the_pack, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_wants_and_haves, setup, teardown),
		cmocka_unit_test_setup_teardown(
			haves_of_which_a_part_is_missing_count_as_far_as_they_can, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_tree_that_is_missing_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
