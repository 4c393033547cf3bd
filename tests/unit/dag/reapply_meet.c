/* Ways in which memories meet at one place, or in one tree, when two writers change them. */
#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/story.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

/* A memory comes (`from` NULL) or goes on with another key or text; `to` NULL removes it. */
struct form {
	const char *key; /* "": none */
	const char *text;
	int edited;
};

static void change(struct change_list *list, unsigned n, const struct form *from,
	const struct form *to)
{
	gm_autorecord old = GM_RECORD_INIT, new = GM_RECORD_INIT;

	if (from)
		make_memory(
			&old, n, *from->key ? from->key : NULL, from->text, from->edited);
	if (to)
		make_memory(&new, n, *to->key ? to->key : NULL, to->text, to->edited);
	change_memory(list, from ? &old : NULL, to ? &new : NULL);
}

#define FORM(key, text, edited) (&(const struct form){key, text, edited})

static void a_key_that_both_made_is_one_memory(void **state)
{
	autostory same = {.ours = {.n = 0}}, differ = {.ours = {.n = 0}};

	change(&same.theirs, 4, NULL, FORM("k", "text", 0));
	change(&same.ours, 5, NULL, FORM("k", "text", 0));
	assert_story(*state, &same, "same text", "k 4: text\n", MERGED);
	change(&differ.theirs, 5, NULL, FORM("k", "their", 2));
	change(&differ.ours, 4, NULL, FORM("k", "our", 1));
	assert_story(*state, &differ, "other text", "k 4: their\nsibling of 4: our\n",
		SIBLING MERGED);
}

static void a_key_that_their_memory_moved_to_is_taken(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.before, 1, NULL, FORM("a", "old", 0));
	change(&story.theirs, 1, FORM("a", "old", 0), FORM("k", "old", 1));
	change(&story.ours, 5, NULL, FORM("k", "our", 0));
	assert_story(*state, &story, "", "k 1: old\n5: our\n", TAKEN);
}

static void a_key_that_our_memory_moves_to_is_taken(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.before, 1, NULL, FORM("a", "old", 0));
	change(&story.theirs, 5, NULL, FORM("k", "their", 0));
	change(&story.ours, 1, FORM("a", "old", 0), FORM("k", "old", 1));
	assert_story(*state, &story, "", "k 5: their\n1: old\n", TAKEN);
}

static void two_of_our_memories_that_meet_stay_two(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.before, 2, NULL, FORM("a", "old", 0));
	change(&story.theirs, 2, FORM("a", "old", 0), FORM("b", "old", 1));
	change(&story.ours, 2, FORM("a", "old", 0), FORM("a", "edited", 2));
	change(&story.ours, 1, NULL, FORM("b", "new", 0));
	assert_story(*state, &story, "", "b 2: edited\n1: new\n", MERGED TAKEN);
}

static void a_like_key_that_came_first_has_the_name(void **state)
{
	static const char *const pairs[][2] = {{"KEY", "key"}, {"User/x", "user/y"},
		{"caf\u00c9", "caf\u00e9"}, {"stra\u00dfe", "STRASSE"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		autostory story = {.ours = {.n = 0}};
		gm_autofree char *wanted =
			gm_format("%s 4: their\n5: our\n", pairs[i][0]);
		change(&story.theirs, 4, NULL, FORM(pairs[i][0], "their", 0));
		change(&story.ours, 5, NULL, FORM(pairs[i][1], "our", 0));
		assert_story(*state, &story, pairs[i][0], wanted, ALIKE);
	}
}

static void a_memory_is_not_in_its_own_way(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.before, 1, NULL, FORM("key", "old", 0));
	change(&story.before, 2, NULL, FORM("user/x", "old", 0));
	change(&story.theirs, 9, NULL, FORM("", "their", 0));
	change(&story.ours, 1, FORM("key", "old", 0), FORM("Key", "old", 1));
	change(&story.ours, 2, FORM("user/x", "old", 0), FORM("User/x", "old", 1));
	assert_story(*state, &story, "", "Key 1: old\nUser/x 2: old\n9: their\n", "");
}

static void a_file_in_the_way_costs_the_key(void **state)
{
	autostory folder = {.ours = {.n = 0}}, file = {.ours = {.n = 0}},
		  itself = {.ours = {.n = 0}};

	change_file(&folder.theirs, "keys/user", NULL, "file");
	change(&folder.ours, 5, NULL, FORM("user/x", "our", 0));
	assert_story(
		*state, &folder, "for a folder", "keys/user = file\n5: our\n", IN_PLACE);
	change_file(&file.theirs, "keys/a.md/b", NULL, "file");
	change(&file.ours, 5, NULL, FORM("a", "our", 0));
	assert_story(*state, &file, "a folder", "keys/a.md/b = file\n5: our\n", IN_PLACE);
	change_file(&itself.theirs, "keys/a.md", NULL, "file");
	change(&itself.ours, 5, NULL, FORM("a", "our", 0));
	assert_story(
		*state, &itself, "at the place", "keys/a.md = file\n5: our\n", IN_PLACE);
}

static void a_file_at_the_place_of_a_memory_stays_beside_it(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.ours, 5, NULL, FORM("", "our", 0));
	change_file(&story.theirs, story.ours.items[0].path, NULL, "file");
	gm_autofree char *wanted =
		gm_format("%s = file\nsibling of 5: our\n", story.ours.items[0].path);
	assert_story(*state, &story, "", wanted, BESIDE);
}

static void a_file_in_the_way_of_all_memories_is_an_error(void **state)
{
	struct memory_repo *world = *state;
	autostory story = {.ours = {.n = 0}};
	gm_autotransaction first = GM_TRANSACTION_RESULT_INIT;
	gm_autotransaction second = GM_TRANSACTION_RESULT_INIT;
	struct gm_oid none = gm_oid_zero, tip;

	change_file(&story.theirs, "memories", NULL, "file");
	change(&story.ours, 5, NULL, FORM("", "our", 0));
	must(commit_list(world, &story.theirs, &none, &first));
	assert_int_equal(commit_list(world, &story.ours, &none, &second), GM_EEXISTS);
	must(gm_ref_read(&tip, NULL, gm_repo_refs(world->repo), MAIN));
	assert_true(gm_oid_equal(&tip, &first.commit));
}

static void a_memory_takes_the_place_of_one_we_removed(void **state)
{
	autostory free_place = {.ours = {.n = 0}}, touched = {.ours = {.n = 0}};
	struct story *const stories[] = {&free_place, &touched};

	for (int i = 0; i < 2; i++) {
		change(&stories[i]->before, 1, NULL, FORM("a", "one", 0));
		change(&stories[i]->before, 2, NULL, FORM("b", "two", 0));
		gm_autorecord one = GM_RECORD_INIT, two = GM_RECORD_INIT;
		gm_autobuf old = GM_BUF_INIT(GM_BUF_TEXT), new = GM_BUF_INIT(GM_BUF_TEXT);
		make_memory(&two, 2, "b", "two", 0);
		memory_text(&old, &two);
		make_memory(&one, 1, "b", "one", 1);
		memory_text(&new, &one);
		change_file(&stories[i]->ours, "keys/b.md", old.ptr, new.ptr);
		make_memory(&one, 1, "a", "one", 0);
		memory_text(&old, &one);
		change_file(&stories[i]->ours, "keys/a.md", old.ptr, NULL);
	}
	change(&free_place.theirs, 9, NULL, FORM("", "their", 0));
	assert_story(*state, &free_place, "untouched", "b 1: one\n9: their\n", "");
	change(&touched.theirs, 2, FORM("b", "two", 0), FORM("b", "edited", 1));
	assert_story(*state, &touched, "touched", "b 2: edited\n1: one\n", CHANGED TAKEN);
}

/* The stage of two memories that have changed places. */
static void swap_keys(struct change_list *list)
{
	gm_autobuf old = GM_BUF_INIT(GM_BUF_TEXT), new = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autorecord record = GM_RECORD_INIT;

	for (unsigned n = 1; n <= 2; n++) {
		make_memory(&record, n, n == 1 ? "a" : "b", "old", 0);
		memory_text(&old, &record);
		make_memory(&record, 3 - n, n == 1 ? "a" : "b", "old", 1);
		memory_text(&new, &record);
		change_file(list, n == 1 ? "keys/a.md" : "keys/b.md", old.ptr, new.ptr);
	}
}

static void two_memories_change_places(void **state)
{
	autostory quiet = {.ours = {.n = 0}}, touched = {.ours = {.n = 0}};

	change(&quiet.before, 1, NULL, FORM("a", "old", 0));
	change(&quiet.before, 2, NULL, FORM("b", "old", 0));
	swap_keys(&quiet.ours);
	change(&quiet.theirs, 9, NULL, FORM("", "their", 0));
	assert_story(*state, &quiet, "untouched", "a 2: old\nb 1: old\n9: their\n", "");
	change(&touched.before, 1, NULL, FORM("a", "old", 0));
	change(&touched.before, 2, NULL, FORM("b", "old", 0));
	swap_keys(&touched.ours);
	change(&touched.theirs, 1, FORM("a", "old", 0), FORM("a", "new", 2));
	assert_story(*state, &touched, "touched", "a 2: old\nb 1: new\n", MERGED);
}

static void one_id_made_in_two_places_is_one_memory(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change(&story.theirs, 5, NULL, FORM("", "text", 0));
	change(&story.ours, 5, NULL, FORM("k", "text", 0));
	assert_story(*state, &story, "", "k 5: text\n", MERGED);
}

static void of_two_states_the_later_is_taken_whole(void **state)
{
	autostory story = {.ours = {.n = 0}};
	gm_autorecord base = GM_RECORD_INIT, record = GM_RECORD_INIT;

	make_memory(&base, 1, "mood", "calm", 0);
	base.type = GM_RECORD_STATE;
	change_memory(&story.before, NULL, &base);
	for (int i = 0; i < 2; i++) {
		make_memory(&record, 1, "mood", i ? "glad" : "sad", 1 + i);
		record.type = GM_RECORD_STATE;
		change_memory(i ? &story.ours : &story.theirs, &base, &record);
	}
	assert_story(*state, &story, "", "mood 1: glad\n", MERGED);
}

static void a_file_that_both_made_alike_is_no_conflict(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change_file(&story.before, "README", NULL, "old");
	change_file(&story.theirs, "README", "old", "new");
	change_file(&story.ours, "README", "old", "new");
	change_file(&story.ours, "LICENSE", NULL, "MIT");
	assert_story(*state, &story, "", "LICENSE = MIT\nREADME = new\n", "");
}

static void a_file_that_both_changed_is_merged_by_its_lines(void **state)
{
	autostory story = {.ours = {.n = 0}};

	change_file(&story.before, "README", NULL, "one\ntwo\nthree\nfour");
	change_file(&story.theirs, "README", "one\ntwo\nthree\nfour",
		"ONE\ntwo\nthree\nfour");
	change_file(
		&story.ours, "README", "one\ntwo\nthree\nfour", "one\ntwo\nthree\nFOUR");
	assert_story(*state, &story, "", "README = ONE\ntwo\nthree\nFOUR\n", MERGED);
}

static void a_file_that_does_not_merge_gives_way_and_history_keeps_it(void **state)
{
	struct memory_repo *world = *state;
	autostory story = {.ours = {.n = 0}};
	gm_autotransaction first = GM_TRANSACTION_RESULT_INIT;
	gm_autotransaction second = GM_TRANSACTION_RESULT_INIT;
	struct gm_oid none = gm_oid_zero;

	change_file(&story.theirs, "README", NULL, "their");
	change_file(&story.theirs, "dir/file", NULL, "their");
	change_file(&story.ours, "README", NULL, "our");
	change_file(&story.ours, "dir", NULL, "our");
	must(commit_list(world, &story.theirs, &none, &first));
	must(commit_list(world, &story.ours, &none, &second));
	assert_int_equal(second.n_notes, 2);
	assert_repo_prints(world, "git --git-dir=. show main:README", "their");
	assert_repo_prints(world, "git --git-dir=. show main:dir/file", "their");
	assert_repo_prints(world, "git --git-dir=. show main^2:README", "our");
	assert_repo_prints(world, "git --git-dir=. show main^2:dir", "our");
}

static void a_file_that_was_removed_and_changed_stays(void **state)
{
	autostory story = {.ours = {.n = 0}}, other = {.ours = {.n = 0}};

	change_file(&story.before, "README", NULL, "old");
	change_file(&story.theirs, "README", "old", NULL);
	change_file(&story.ours, "README", "old", "new");
	assert_story(*state, &story, "", "README = new\n", REMOVED);
	change_file(&other.before, "README", NULL, "old");
	change_file(&other.theirs, "README", "old", "new");
	change_file(&other.ours, "README", "old", NULL);
	assert_story(*state, &other, "other", "README = new\n", CHANGED);
}

/* Changes of one stage were made on several tips, the last perhaps on the present one. */
static void changes_of_many_tips_go_together(void **state)
{
	struct memory_repo *world = *state;
	autochangelist before = {.n = 0}, theirs = {.n = 0}, ours = {.n = 0};
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;
	const struct gm_transaction_options options = {.ref = MAIN,
		.author = &world->who,
		.committer = &world->who,
		.message = "m",
		.reflog_action = "commit"};
	struct gm_oid none = gm_oid_zero;
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);

	change(&before, 1, NULL, FORM("x", "one\ntwo\nthree", 0));
	must(commit_list(world, &before, &none, &one));
	change(&theirs, 1, FORM("x", "one\ntwo\nthree", 0),
		FORM("z", "one\ntwo\nthree", 1));
	must(commit_list(world, &theirs, &one.commit, &two));
	change(&ours, 1, FORM("x", "one\ntwo\nthree", 0),
		FORM("x", "ONE\ntwo\nthree", 2));
	change(&ours, 1, FORM("z", "one\ntwo\nthree", 1),
		FORM("z", "one\ntwo\nTHREE", 3));
	change(&ours, 2, NULL, FORM("y", "new", 0));
	ours.items[0].tip = one.commit;
	ours.items[1].tip = ours.items[2].tip = two.commit;
	must(gm_transaction_commit(
		&three, world->repo, world->lock, ours.items, ours.n, &options));
	describe(&tree, world, &three.tree);
	assert_non_null(strstr(tree.ptr, "y 2: new\nz 1: "));
	assert_null(strstr(tree.ptr, "x 1"));
	assert_non_null(strstr(tree.ptr, "ONE"));
	assert_non_null(strstr(tree.ptr, "THREE"));
}

/* Pruned, say; or the stage came from another repository. */
static void a_tip_that_is_gone_hides_no_move(void **state)
{
	struct memory_repo *world = *state;
	autochangelist before = {.n = 0}, theirs = {.n = 0}, ours = {.n = 0};
	gm_autotransaction one = GM_TRANSACTION_RESULT_INIT,
			   two = GM_TRANSACTION_RESULT_INIT,
			   three = GM_TRANSACTION_RESULT_INIT;
	struct gm_oid none = gm_oid_zero, gone;
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);

	memset(&gone, 7, sizeof(gone));
	change(&before, 1, NULL, FORM("a", "old", 0));
	must(commit_list(world, &before, &none, &one));
	change(&theirs, 1, FORM("a", "old", 0), FORM("b", "old", 1));
	must(commit_list(world, &theirs, &one.commit, &two));
	change(&ours, 1, FORM("a", "old", 0), FORM("a", "new", 2));
	must(commit_list(world, &ours, &gone, &three));
	describe(&tree, world, &three.tree);
	assert_string_equal(tree.ptr, "b 1: new\n");
}

/* A copy that somebody made by hand has the same id; both files go when we say so. */
static void copies_of_a_memory_are_removed_with_it(void **state)
{
	autostory story = {.ours = {.n = 0}};
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	change(&story.before, 1, NULL, FORM("a", "old", 0));
	make_memory(&record, 1, "a", "old", 0);
	memory_text(&text, &record);
	change_file(&story.before, "keys/copy.md", NULL, text.ptr);
	change(&story.ours, 1, FORM("a", "old", 0), FORM("b", "old", 1));
	change_file(&story.ours, "keys/copy.md", text.ptr, NULL);
	change(&story.theirs, 9, NULL, FORM("", "their", 0));
	assert_story(*state, &story, "", "b 1: old\n9: their\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_that_both_made_is_one_memory),
		TEST(a_key_that_their_memory_moved_to_is_taken),
		TEST(a_key_that_our_memory_moves_to_is_taken),
		TEST(two_of_our_memories_that_meet_stay_two),
		TEST(a_like_key_that_came_first_has_the_name),
		TEST(a_memory_is_not_in_its_own_way),
		TEST(a_file_in_the_way_costs_the_key),
		TEST(a_file_at_the_place_of_a_memory_stays_beside_it),
		TEST(a_file_in_the_way_of_all_memories_is_an_error),
		TEST(a_memory_takes_the_place_of_one_we_removed),
		TEST(two_memories_change_places),
		TEST(one_id_made_in_two_places_is_one_memory),
		TEST(of_two_states_the_later_is_taken_whole),
		TEST(a_file_that_both_made_alike_is_no_conflict),
		TEST(a_file_that_both_changed_is_merged_by_its_lines),
		TEST(a_file_that_does_not_merge_gives_way_and_history_keeps_it),
		TEST(a_file_that_was_removed_and_changed_stays),
		TEST(changes_of_many_tips_go_together),
		TEST(a_tip_that_is_gone_hides_no_move),
		TEST(copies_of_a_memory_are_removed_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
