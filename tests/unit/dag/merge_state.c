#include "dag/merge_state.h"

#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static struct gm_oid oid_of(const char *text)
{
	struct gm_oid oid;

	gm_object_hash(&oid, GM_OBJECT_BLOB, text, strlen(text));
	return oid;
}

/* A commit for the ref to name. */
static struct gm_oid make_commit(struct memory_repo *world, const char *message)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autofree char *text =
		gm_format("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
			  "author a <a@b> 1 +0000\n"
			  "committer a <a@b> 1 +0000\n\n%s\n",
			message);
	struct gm_oid oid;

	must(gm_batch_begin(&batch, gm_repo_store(world->repo)));
	must(gm_batch_write(&oid, batch, GM_OBJECT_TREE, "", 0));
	must(gm_batch_write(&oid, batch, GM_OBJECT_COMMIT, text, strlen(text)));
	must(gm_batch_commit(batch));
	return oid;
}

static void start(
	struct gm_merge_state *state, struct memory_repo *world, const char *ref)
{
	state->ref = gm_strdup(ref);
	state->name = gm_strdup("x");
	state->message = gm_strdup("Merge branch 'x'\n");
	state->theirs = make_commit(world, "theirs");
}

static void settle(struct gm_merge_state *state, const char *name,
	enum gm_resolution_take take, const char *bytes, size_t size)
{
	struct gm_settlement how = {.name = (char *)(uintptr_t)name,
		.take = take,
		.bytes = {.ptr = (char *)(uintptr_t)bytes, .size = size, .max = size},
		.ours = oid_of("ours"),
		.theirs = oid_of("theirs")};

	must(gm_merge_state_settle(state, &how));
}

static void assert_waits(struct memory_repo *world, const char *ref, bool waits)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;

	must(gm_merge_state_ref(&name, ref));
	assert_int_equal(
		gm_merge_state_read(&state, world->repo, ref), waits ? 0 : GM_ENOTFOUND);
	assert_int_equal(
		gm_ref_read(&oid, NULL, gm_repo_refs(world->repo), gm_buf_str(&name)),
		waits ? 0 : GM_ENOTFOUND);
	if (waits)
		assert_true(gm_oid_equal(&oid, &state.theirs));
}

static void without_a_file_nothing_waits(void **state)
{
	assert_waits(*state, MAIN, false);
	must(gm_merge_state_clear(((struct memory_repo *)*state)->repo,
		((struct memory_repo *)*state)->lock, MAIN));
}

static void what_was_written_comes_back(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate in = GM_MERGE_STATE_INIT, out = GM_MERGE_STATE_INIT;
	gm_autobuf deep = GM_BUF_INIT(GM_BUF_TEXT);

	for (int i = 0; i < 5000; i++)
		must(gm_buf_puts(&deep, "deep/"));
	start(&in, world, MAIN);
	in.allow_unrelated = true;
	settle(&in, "an-id", GM_TAKE_OURS, NULL, 0);
	settle(&in, "text.md", GM_TAKE_BYTES, "zwölf\n", 7);
	settle(&in, "odd\xff.bin", GM_TAKE_BYTES, "\0\x80\xff", 3);
	settle(&in, "empty", GM_TAKE_BYTES, "", 0);
	settle(&in, gm_buf_str(&deep), GM_TAKE_THEIRS, NULL, 0);
	must(gm_merge_state_write(world->repo, world->lock, &in));
	must(gm_merge_state_read(&out, world->repo, MAIN));
	assert_string_equal(out.ref, MAIN);
	assert_string_equal(out.name, "x");
	assert_string_equal(out.message, "Merge branch 'x'\n");
	assert_true(gm_oid_equal(&out.theirs, &in.theirs));
	assert_true(out.allow_unrelated);
	assert_int_equal(out.n, 5);
	for (size_t i = 0; i < out.n; i++) {
		const struct gm_settlement *a = &in.settlements[i];
		const struct gm_settlement *b = &out.settlements[i];
		assert_string_equal(a->name, b->name);
		assert_int_equal(a->take, b->take);
		assert_int_equal(a->bytes.size, b->bytes.size);
		assert_memory_equal(
			gm_buf_str(&a->bytes), gm_buf_str(&b->bytes), a->bytes.size);
		assert_true(gm_oid_equal(&a->ours, &b->ours));
		assert_true(gm_oid_equal(&a->theirs, &b->theirs));
	}
	assert_waits(world, MAIN, true);
}

static void settling_twice_keeps_the_last(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate merge = GM_MERGE_STATE_INIT;

	start(&merge, world, MAIN);
	settle(&merge, "a", GM_TAKE_BYTES, "text", 4);
	settle(&merge, "b", GM_TAKE_OURS, NULL, 0);
	settle(&merge, "a", GM_TAKE_THEIRS, NULL, 0);
	assert_int_equal(merge.n, 2);
	assert_int_equal(merge.settlements[0].take, GM_TAKE_THEIRS);
	assert_int_equal(merge.settlements[0].bytes.size, 0);
}

static void each_branch_has_its_own(void **state)
{
	struct memory_repo *world = *state;
	static const char *const refs[] = {MAIN, "refs/heads/a/b", "HEAD"};

	for (size_t i = 0; i < 3; i++) {
		gm_automergestate merge = GM_MERGE_STATE_INIT;
		start(&merge, world, refs[i]);
		must(gm_merge_state_write(world->repo, world->lock, &merge));
	}
	assert_repo_prints(world, "ls -A merge", "%HEAD\na%2Fb\nmain\n");
	must(gm_merge_state_clear(world->repo, world->lock, "refs/heads/a/b"));
	assert_waits(world, MAIN, true);
	assert_waits(world, "refs/heads/a/b", false);
	assert_waits(world, "HEAD", true);
}

static void what_waits_follows_its_branch(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate merge = GM_MERGE_STATE_INIT;

	must(gm_merge_state_rename(world->repo, world->lock, MAIN, "refs/heads/new"));
	start(&merge, world, MAIN);
	must(gm_merge_state_write(world->repo, world->lock, &merge));
	must(gm_merge_state_rename(world->repo, world->lock, MAIN, "refs/heads/new"));
	assert_waits(world, MAIN, false);
	assert_waits(world, "refs/heads/new", true);
}

static void a_damaged_file_is_told_and_can_be_cleared(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate merge = GM_MERGE_STATE_INIT;

	start(&merge, world, MAIN);
	must(gm_merge_state_write(world->repo, world->lock, &merge));
	assert_repo_prints(world, "printf '{\"version\":' >merge/main", "");
	assert_int_equal(gm_merge_state_read(&merge, world->repo, MAIN), GM_EMISMATCH);
	assert_string_equal(merge.ref, MAIN);
	must(gm_merge_state_clear(world->repo, world->lock, MAIN));
	assert_waits(world, MAIN, false);
}

static void the_file_of_another_branch_is_damage(void **state)
{
	struct memory_repo *world = *state;
	gm_automergestate merge = GM_MERGE_STATE_INIT;

	start(&merge, world, "refs/heads/other");
	must(gm_merge_state_write(world->repo, world->lock, &merge));
	assert_repo_prints(world, "cp merge/other merge/main", "");
	assert_int_equal(gm_merge_state_read(&merge, world->repo, MAIN), GM_EMISMATCH);
}

#define GOOD_HEAD \
	"{\"version\":1,\"ref\":\"refs/heads/main\",\"name\":\"x\",\"message\":\"m\","
#define GOOD_OID "1111111111111111111111111111111111111111"
#define GOOD GOOD_HEAD "\"allow-unrelated\":false,\"theirs\":\"" GOOD_OID "\","
#define SETTLED \
	GOOD "\"settled\":[{\"ours\":\"" GOOD_OID "\",\"theirs\":\"" GOOD_OID "\","

static void what_is_odd_is_refused_with_a_reason(void **state)
{
	static const char *const odd[] = {
		"",
		"[]",
		"{}",
		"{\"version\":\"1\"}",
		"{\"version\":2}",
		GOOD "\"settled\":{}}",
		GOOD_HEAD "\"allow-unrelated\":0,\"theirs\":\"" GOOD_OID
			  "\",\"settled\":[]}",
		GOOD_HEAD "\"allow-unrelated\":false,\"theirs\":\"11\",\"settled\":[]}",
		GOOD "\"settled\":[7]}",
		SETTLED "\"name\":\"\",\"take\":\"ours\"}]}",
		SETTLED "\"name\":\"a\",\"take\":\"mine\"}]}",
		SETTLED "\"name\":\"a\",\"take\":\"file\"}]}",
		SETTLED "\"name\":\"a\",\"take\":\"file\",\"content\":7}]}",
		SETTLED "\"name\":\"a\",\"take\":\"file\",\"content-hex\":\"abc\"}]}",
		SETTLED "\"name\":\"a\",\"take\":\"file\",\"content-hex\":\"zz\"}]}",
		SETTLED "\"name-hex\":\"6100\",\"take\":\"ours\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		gm_automergestate merge = GM_MERGE_STATE_INIT;
		gm_error_clear();
		int rc = gm_merge_state_parse(&merge, odd[i], strlen(odd[i]));
		if (rc != GM_EINVALID || !*gm_error_last()->message)
			fail_msg("%d for %s", rc, odd[i]);
	}
	gm_automergestate merge = GM_MERGE_STATE_INIT;
	must(gm_merge_state_parse(
		&merge, GOOD "\"settled\":[]}", strlen(GOOD "\"settled\":[]}")));
	assert_string_equal(merge.message, "m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_file_nothing_waits),
		TEST(what_was_written_comes_back),
		TEST(settling_twice_keeps_the_last),
		TEST(each_branch_has_its_own),
		TEST(what_waits_follows_its_branch),
		TEST(a_damaged_file_is_told_and_can_be_cleared),
		TEST(the_file_of_another_branch_is_damage),
		cmocka_unit_test(what_is_odd_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
