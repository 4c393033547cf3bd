#include "dag/rescue_ref.h"

#include "tests/unit/dag/ref_support.h"

/* 2026-01-02T03:04:05Z */
#define NOON (INT64_C(1767323045) * GM_TIME_SECOND)

static struct gm_rescue rescue_of(
	const struct ref_repo *repo, const char *remote, const char *ref, int commit)
{
	return (struct gm_rescue){remote, ref, repo->commits[commit], NOON};
}

static void assert_kept_as(struct ref_repo *repo, const struct gm_rescue *rescue,
	const char *begins, size_t id_size)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	must(gm_rescue_ref_keep(&name, repo->refs, repo->lock, rescue));
	gm_oid_format(hex, &rescue->oid);
	gm_autofree char *wanted =
		gm_format("%s/20260102T030405Z-%.*s", begins, (int)id_size, hex);
	assert_string_equal(gm_buf_str(&name), wanted);
	must(gm_ref_read(&oid, NULL, repo->refs, wanted));
	assert_true(gm_oid_equal(&oid, &rescue->oid));
}

static void the_name_tells_whose_it_was_and_when(void **state)
{
	static const struct {
		const char *remote, *ref, *begins;
	} cases[] = {
		{NULL, "refs/heads/main", "refs/gitmem/rescue/ours/main"},
		{NULL, "HEAD", "refs/gitmem/rescue/ours/HEAD"},
		{"origin", "refs/heads/team/a",
			"refs/gitmem/rescue/theirs/origin/team/a"},
		{"origin", "refs/gitmem/heads/main",
			"refs/gitmem/rescue/theirs/origin/main"},
		{"origin", "refs/tags/v1", "refs/gitmem/rescue/theirs/origin/tags/v1"},
		{"", "refs/heads/main", "refs/gitmem/rescue/theirs/@/main"},
	};
	struct ref_repo *repo = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct gm_rescue rescue =
			rescue_of(repo, cases[i].remote, cases[i].ref, 1);
		assert_kept_as(repo, &rescue, cases[i].begins, 12);
	}
	assert_clean(repo);
}

static void the_same_twice_is_kept_once(void **state)
{
	struct ref_repo *repo = *state;
	const struct gm_rescue rescue = rescue_of(repo, NULL, "refs/heads/main", 2);
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	assert_int_equal(gm_rescue_ref_name(&name, repo->refs, &rescue), 0);
	assert_kept_as(repo, &rescue, "refs/gitmem/rescue/ours/main", 12);
	gm_buf_reset(&name);
	assert_int_equal(gm_rescue_ref_name(&name, repo->refs, &rescue), 1);
	assert_kept_as(repo, &rescue, "refs/gitmem/rescue/ours/main", 12);
	assert_prints(repo, "git for-each-ref --format=x", "x\n");
}

static void ids_that_begin_alike_are_both_kept(void **state)
{
	struct ref_repo *repo = *state;
	const struct gm_rescue rescue = rescue_of(repo, NULL, "refs/heads/main", 1);
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_rescue_ref_name(&name, repo->refs, &rescue));
	must(ref_move(repo, gm_buf_str(&name), 0, 2, NULL));
	assert_kept_as(repo, &rescue, "refs/gitmem/rescue/ours/main", GM_OID_HEX - 1);
	assert_ref(repo, gm_buf_str(&name), 2);
}

static void both_sides_are_kept_at_once(void **state)
{
	struct ref_repo *repo = *state;
	const struct gm_rescue ours = rescue_of(repo, NULL, "refs/heads/main", 1);
	const struct gm_rescue theirs = rescue_of(repo, "origin", "refs/heads/x", 2);
	const struct gm_rescue third = rescue_of(repo, "origin", "refs/heads/y", 3);
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_rescue_refs_keep(&name, &other, repo->refs, repo->lock, &ours, &theirs));
	assert_ref(repo, gm_buf_str(&name), 1);
	assert_ref(repo, gm_buf_str(&other), 2);
	gm_buf_reset(&other);
	must(gm_rescue_refs_keep(&name, &other, repo->refs, repo->lock, &ours, &third));
	assert_ref(repo, gm_buf_str(&other), 3);
	must(gm_rescue_refs_keep(&name, &other, repo->refs, repo->lock, &ours, &theirs));
	assert_prints(repo, "git for-each-ref --format=x", "x\nx\nx\n");
	assert_clean(repo);
}

static void what_makes_no_name_is_refused(void **state)
{
	struct ref_repo *repo = *state;
	const struct gm_rescue bad[] = {
		rescue_of(repo, "a..b", "refs/heads/main", 1),
		rescue_of(repo, "origin", "refs/heads/a b", 1),
		rescue_of(repo, "origin", "refs/heads/", 1),
		rescue_of(repo, "../../..", "refs/heads/main", 1),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
		assert_int_equal(
			gm_rescue_ref_keep(&name, repo->refs, repo->lock, &bad[i]),
			GM_EINVALID);
		assert_int_equal(name.size, 0);
	}
	assert_prints(repo, "git for-each-ref", "");
}

/* A second before and a second after what is asked for, and what has no age. */
static void the_old_ones_go_and_nothing_else(void **state)
{
	static const char *const ageless[] = {
		"refs/gitmem/rescue/stage-20250102T030405Z-1a2b3c4d5e6f",
		"refs/gitmem/rescue/heads/20250102T030405Z-1a2b3c4d5e6f",
		"refs/gitmem/rescue/ours/main/20251302T030405Z-1a2b3c4d5e6f",
		"refs/gitmem/rescue/ours/main/2025T0102030405Z-1a2b3c4d5e6f",
		"refs/gitmem/rescue/ours/main/20250102T030405Z",
		"refs/gitmem/rescue/ours/main/20250102T030405ZZ-1a2b3c4d5e6f",
		"refs/heads/20250102T030405Z-1a2b3c4d5e6f",
	};
	struct ref_repo *repo = *state;
	struct gm_rescue rescue = rescue_of(repo, NULL, "refs/heads/old", 1);
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	size_t n = 99;

	for (size_t i = 0; i < sizeof(ageless) / sizeof(*ageless); i++)
		must(ref_move(repo, ageless[i], 0, 1, NULL));
	must(gm_rescue_ref_keep(&name, repo->refs, repo->lock, &rescue));
	rescue.remote = "origin";
	must(gm_rescue_ref_keep(&name, repo->refs, repo->lock, &rescue));
	rescue.time += GM_TIME_SECOND;
	rescue.ref = "refs/heads/young";
	must(gm_rescue_ref_keep(&name, repo->refs, repo->lock, &rescue));
	must(gm_rescue_refs_expire(&n, repo->refs, NULL, rescue.time));
	assert_int_equal(n, 2);
	assert_prints(repo, "git for-each-ref --format=x | wc -l", "10\n");
	must(gm_rescue_refs_expire(&n, repo->refs, repo->lock, rescue.time));
	assert_int_equal(n, 2);
	must(gm_rescue_refs_expire(&n, repo->refs, repo->lock, rescue.time));
	assert_int_equal(n, 0);
	assert_prints(
		repo, "git for-each-ref --format='%(refname)' | grep -c young", "1\n");
	assert_prints(repo, "git for-each-ref --format=x | wc -l", "8\n");
	must(gm_rescue_refs_expire(&n, repo->refs, repo->lock, GM_TIME_NONE));
	assert_int_equal(n, 0);
	must(gm_rescue_refs_expire(&n, repo->refs, repo->lock, INT64_MAX));
	assert_int_equal(n, 1);
	assert_clean(repo);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ref_repo_setup, ref_repo_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_name_tells_whose_it_was_and_when),
		TEST(the_same_twice_is_kept_once),
		TEST(ids_that_begin_alike_are_both_kept),
		TEST(both_sides_are_kept_at_once),
		TEST(what_makes_no_name_is_refused),
		TEST(the_old_ones_go_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
