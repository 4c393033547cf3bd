#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/walk.h"
#include "tests/unit/dag/random_history.h"

#define SEED 20260103u
#define N_PAIRS (4 * N_HISTORIES)

struct pair {
	const struct history *history;
	size_t a, b;
};

static struct histories histories;
static struct pair pairs[N_PAIRS];

static int make_histories(void **state)
{
	unsigned seed = SEED;

	(void)state;
	histories_new(&histories, seed);
	for (size_t i = 0; i < N_PAIRS; i++) {
		pairs[i].history = &histories.items[i % N_HISTORIES];
		pairs[i].a = (size_t)rand_r(&seed) % pairs[i].history->n;
		pairs[i].b = (size_t)rand_r(&seed) % pairs[i].history->n;
	}
	return 0;
}

static int remove_histories(void **state)
{
	(void)state;
	histories_free(&histories);
	return 0;
}

/* Ask git about each pair, as "COMMAND A BETWEEN B"; an empty line ends each answer. */
static void ask_git(struct gm_buf *out, const char *command, const char *between)
{
	gm_autobuf script = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < N_PAIRS; i++)
		must(gm_buf_printf(&script,
			"git -C r %s h%zu/c%zu%sh%zu/c%zu || true\necho\n", command,
			pairs[i].history->number, pairs[i].a, between,
			pairs[i].history->number, pairs[i].b));
	run_script(out, histories.dir, &script);
}

static void fail_pair(const struct pair *pair, const char *what)
{
	fail_msg("%s: h%zu/c%zu h%zu/c%zu", what, pair->history->number, pair->a,
		pair->history->number, pair->b);
}

/* Compare all with the answer of git; how many had several. */
static int compare_bases(const char *expected)
{
	struct gm_oid bases[HISTORY_MAX];
	char hex[GM_OID_HEX];
	const char *line;
	int several = 0;

	for (size_t i = 0; i < N_PAIRS; i++) {
		const struct gm_oid *commits = pairs[i].history->commits;
		int n = gm_merge_bases(bases, HISTORY_MAX, histories.store,
			&commits[pairs[i].a], &commits[pairs[i].b]);
		int at = 0;
		must(n);
		for (; *(line = take_line(&expected)) != '\n'; at++) {
			if (at >= n)
				fail_pair(&pairs[i], "git has more");
			gm_oid_format(hex, &bases[at]);
			if (strncmp(hex, line, GM_OID_HEX - 1) != 0)
				fail_pair(&pairs[i], "git has another");
		}
		if (at != n)
			fail_pair(&pairs[i], "git has fewer");
		several += n > 1;
	}
	return several;
}

static void merge_bases_are_those_of_git_and_in_its_order(void **state)
{
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	ask_git(&answer, "merge-base --all", " ");
	assert_true(compare_bases(gm_buf_str(&answer)) > 20);
	histories_write_graph(&histories, true);
	(void)compare_bases(gm_buf_str(&answer));
	histories_write_graph(&histories, false);
	(void)compare_bases(gm_buf_str(&answer));
}

static void ahead_and_behind_are_counted_as_git_does(void **state)
{
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_LARGE);
	size_t ahead, behind, git_ahead, git_behind;

	(void)state;
	ask_git(&answer, "rev-list --left-right --count", "...");
	const char *expected = gm_buf_str(&answer);
	for (size_t i = 0; i < N_PAIRS; i++) {
		const struct gm_oid *commits = pairs[i].history->commits;
		must(gm_ahead_behind(&ahead, &behind, histories.store,
			&commits[pairs[i].a], &commits[pairs[i].b]));
		assert_int_equal(
			sscanf(take_line(&expected), "%zu\t%zu", &git_ahead, &git_behind),
			2);
		(void)take_line(&expected);
		if (ahead != git_ahead || behind != git_behind)
			fail_pair(&pairs[i], "git counts others");
	}
}

static void no_more_merge_bases_than_asked_for_are_returned(void **state)
{
	struct gm_oid bases[HISTORY_MAX];
	struct gm_oid first[2];
	bool cut = false;

	(void)state;
	for (size_t i = 0; i < N_PAIRS && !cut; i++) {
		const struct gm_oid *a = &pairs[i].history->commits[pairs[i].a];
		const struct gm_oid *b = &pairs[i].history->commits[pairs[i].b];
		int n = gm_merge_bases(bases, HISTORY_MAX, histories.store, a, b);
		cut = n > 1;
		if (!cut)
			continue;
		first[1] = gm_oid_zero;
		assert_int_equal(gm_merge_bases(first, 1, histories.store, a, b), 1);
		assert_true(gm_oid_equal(&first[0], &bases[0]));
		assert_true(gm_oid_is_zero(&first[1]));
	}
	assert_true(cut);
}

static void a_missing_commit_has_no_merge_base(void **state)
{
	const struct gm_oid *commit = &histories.items[0].commits[0];
	struct gm_oid base = gm_oid_zero;
	size_t ahead = 7, behind = 7;

	(void)state;
	assert_int_equal(gm_merge_bases(&base, 1, histories.store, commit, &gm_oid_zero),
		GM_ENOTFOUND);
	assert_true(gm_oid_is_zero(&base));
	assert_int_equal(
		gm_ahead_behind(&ahead, &behind, histories.store, &gm_oid_zero, commit),
		GM_ENOTFOUND);
	assert_int_equal(ahead, 7);
	assert_int_equal(behind, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_bases_are_those_of_git_and_in_its_order),
		cmocka_unit_test(ahead_and_behind_are_counted_as_git_does),
		cmocka_unit_test(no_more_merge_bases_than_asked_for_are_returned),
		cmocka_unit_test(a_missing_commit_has_no_merge_base),
	};

	return cmocka_run_group_tests(tests, make_histories, remove_histories);
}
