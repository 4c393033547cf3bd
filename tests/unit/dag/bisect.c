#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "dag/bisect.h"
#include "dag/bisect_weigh.h"
#include "dag/walk.h"
#include "tests/unit/dag/random_history.h"

#define SEED 20260203u
#define N_QUESTIONS N_HISTORIES

/* A question to a history, as numbers of commits. */
struct question {
	const struct history *history;
	size_t bad;
	size_t good[3];
	size_t n_good;
	const char *path; /* NULL: none */
	bool first_parent;
};

static struct histories histories;
static struct question questions[N_QUESTIONS];

/* Most good commits are older than the bad one. */
static void question_random(
	struct question *out, const struct history *history, unsigned *seed)
{
	static const char *const paths[] = {"a", "d", "d/e", "d/e/b", "n"};

	out->history = history;
	out->bad = history->n - 1 - (size_t)rand_r(seed) % (1 + history->n / 4);
	out->n_good = (size_t)rand_r(seed) % 4;
	for (size_t i = 0; i < out->n_good; i++)
		out->good[i] = (size_t)rand_r(seed) % (1 + out->bad / 2);
	out->first_parent = rand_r(seed) % 4 == 0;
	out->path = rand_r(seed) % 2 ? paths[rand_r(seed) % 5] : NULL;
}

static void put_command(struct gm_buf *out, const struct question *question,
	const char *option, const char *otherwise)
{
	size_t h = question->history->number;

	must(gm_buf_printf(out, "git -C r rev-list %s %s h%zu/c%zu", option,
		question->first_parent ? "--first-parent" : "", h, question->bad));
	for (size_t i = 0; i < question->n_good; i++)
		must(gm_buf_printf(out, " ^h%zu/c%zu", h, question->good[i]));
	must(gm_buf_printf(
		out, " -- %s%s\n", question->path ? question->path : "", otherwise));
}

static void put_good(struct gm_oid_list *out, const struct question *question)
{
	for (size_t i = 0; i < question->n_good; i++)
		must(gm_oid_list_add(
			out, &question->history->commits[question->good[i]]));
}

/* The number behind "NAME=" in the next line of an answer of git. */
static long take_number(const char **at, const char *name)
{
	const char *line = take_line(at);
	size_t size = strlen(name);

	assert_memory_equal(line, name, size);
	return strtol(line + size, NULL, 10);
}

static void compare_choice(const struct question *question, const char **expected)
{
	gm_autooidlist good = GM_OID_LIST_INIT;
	const struct gm_oid_list skipped = GM_OID_LIST_INIT;
	gm_autostrv paths = GM_STRV_INIT;
	gm_autobisectanswer answer = GM_BISECT_ANSWER_INIT;
	char hex[GM_OID_HEX];

	put_good(&good, question);
	if (question->path)
		must(gm_strv_add(&paths, question->path));
	const struct gm_bisect_question asked = {
		.bad = question->history->commits[question->bad],
		.good = &good,
		.skipped = &skipped,
		.paths = &paths,
		.first_parent = question->first_parent,
		.related = true};
	must(gm_bisect_ask(&answer, histories.store, &asked));
	const char *rev = take_line(expected);
	if (!strncmp(rev, "none\n", 5)) {
		assert_int_equal(answer.status, GM_BISECT_BAD_IS_GOOD);
		return;
	}
	(void)take_number(expected, "bisect_nr=");
	long left = take_number(expected, "bisect_good=");
	(void)take_number(expected, "bisect_bad=");
	long all = take_number(expected, "bisect_all=");
	long steps = take_number(expected, "bisect_steps=");
	if (!all) {
		assert_int_equal(answer.status, GM_BISECT_NOTHING);
		return;
	}
	gm_oid_format(hex, &answer.commit);
	assert_memory_equal(rev, "bisect_rev='", 12);
	assert_memory_equal(rev + 12, hex, GM_OID_HEX - 1);
	assert_int_equal(answer.status,
		gm_oid_equal(&answer.commit, &asked.bad) ? GM_BISECT_FOUND
							 : GM_BISECT_TEST);
	assert_int_equal(answer.left, left < 0 ? 0 : left);
	assert_int_equal(answer.steps, steps);
}

static void the_commit_to_test_is_the_one_that_git_chooses(void **state)
{
	gm_autobuf script = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf answers = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	for (size_t i = 0; i < N_QUESTIONS; i++)
		put_command(&script, &questions[i], "--bisect-vars", " || echo none");
	run_script(&answers, histories.dir, &script);
	const char *at = gm_buf_str(&answers);
	for (size_t i = 0; i < N_QUESTIONS; i++)
		compare_choice(&questions[i], &at);
	assert_string_equal(at, "");
}

/* Each commit with its distance, best first, as git lists them when some are skipped. */
static void compare_all(const struct question *question, const char **expected)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_cleanup(gm_bisect_choices_dispose) struct gm_bisect_choices choices =
		GM_BISECT_CHOICES_INIT;
	struct gm_graph *graph;
	const size_t *nodes;
	size_t n;

	must(gm_walk_new(&walk, histories.store, GM_WALK_BY_DATE));
	must(gm_walk_push(walk, &question->history->commits[question->bad]));
	for (size_t i = 0; i < question->n_good; i++)
		must(gm_walk_hide(walk, &question->history->commits[question->good[i]]));
	if (question->path)
		must(gm_walk_limit_paths(walk, &question->path, 1));
	if (question->first_parent)
		gm_walk_first_parent(walk);
	must(gm_walk_nodes(&graph, &nodes, &n, walk));
	must(gm_bisect_weigh(&choices, graph, nodes, n,
		GM_WEIGH_ALL | (question->first_parent ? GM_WEIGH_FIRST_PARENT : 0)));
	for (size_t i = 0; i < choices.n; i++) {
		char hex[GM_OID_HEX];
		const char *line = take_line(expected);
		const char *distance = strstr(line, "dist=");
		gm_oid_format(hex, &choices.items[i].oid);
		assert_memory_equal(line, hex, GM_OID_HEX - 1);
		assert_non_null(distance);
		assert_int_equal(
			strtol(distance + 5, NULL, 10), choices.items[i].distance);
	}
	assert_memory_equal(take_line(expected), "\n", 1);
}

static void all_commits_have_the_distances_that_git_gives_them(void **state)
{
	gm_autobuf script = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf answers = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	for (size_t i = 0; i < N_QUESTIONS; i += 2) {
		put_command(&script, &questions[i], "--bisect-all", "");
		must(gm_buf_puts(&script, "echo\n"));
	}
	run_script(&answers, histories.dir, &script);
	const char *at = gm_buf_str(&answers);
	for (size_t i = 0; i < N_QUESTIONS; i += 2)
		compare_all(&questions[i], &at);
	assert_string_equal(at, "");
}

static int setup(void **state)
{
	unsigned seed = SEED;

	(void)state;
	print_message("# seed %u\n", seed);
	histories_new(&histories, seed);
	for (size_t i = 0; i < N_QUESTIONS; i++)
		question_random(&questions[i], &histories.items[i % N_HISTORIES], &seed);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	histories_free(&histories);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_commit_to_test_is_the_one_that_git_chooses),
		cmocka_unit_test(all_commits_have_the_distances_that_git_gives_them),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
