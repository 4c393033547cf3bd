#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "dag/walk.h"
#include "tests/unit/dag/random_history.h"

#define SEED 20260102u
#define N_RANGES (4 * N_HISTORIES)

/* What is asked for: some commits of a history without others, as their numbers. */
struct range {
	const struct history *history;
	size_t pushed[3];
	size_t n_pushed;
	size_t hidden[3];
	size_t n_hidden;
	enum gm_walk_order order;
	bool first_parent;
	gm_time since, until;
	const char *paths[2];
	size_t n_paths;
};

static struct histories histories;
static struct range ranges[N_RANGES];

/* One of the minutes in which commits were made, or none. */
static gm_time time_random(unsigned *seed)
{
	int minute = rand_r(seed) % 30;

	return rand_r(seed) % 6 ? GM_TIME_NONE
				: (1767323045 + 60 * (gm_time)minute) * GM_TIME_SECOND;
}

static void range_random(struct range *out, const struct history *history, unsigned *seed)
{
	static const char *const paths[] = {"a", "d", "d/e", "d/a", "d/e/b", "none", "n"};

	out->history = history;
	out->n_pushed = 1 + (size_t)rand_r(seed) % 3;
	out->n_hidden = (size_t)rand_r(seed) % 4;
	for (size_t i = 0; i < out->n_pushed; i++)
		out->pushed[i] = (size_t)rand_r(seed) % history->n;
	for (size_t i = 0; i < out->n_hidden; i++)
		out->hidden[i] = (size_t)rand_r(seed) % history->n;
	out->order = (enum gm_walk_order[]){GM_WALK_BY_DATE, GM_WALK_BY_DATE,
		GM_WALK_TOPOLOGICAL, GM_WALK_TOPOLOGICAL_BY_DATE}[rand_r(seed) % 4];
	out->first_parent = rand_r(seed) % 5 == 0;
	out->since = time_random(seed);
	out->until = time_random(seed);
	out->n_paths = rand_r(seed) % 2 ? 1 + (size_t)rand_r(seed) % 2 : 0;
	for (size_t i = 0; i < out->n_paths; i++)
		out->paths[i] = paths[rand_r(seed) % 7];
}

static void put_command(struct gm_buf *out, const struct range *range)
{
	static const char *const orders[] = {
		[GM_WALK_BY_DATE] = "",
		[GM_WALK_TOPOLOGICAL] = " --topo-order",
		[GM_WALK_TOPOLOGICAL_BY_DATE] = " --date-order",
	};
	size_t h = range->history->number;

	must(gm_buf_printf(out, "git -C r rev-list%s%s", orders[range->order],
		range->first_parent ? " --first-parent" : ""));
	if (range->since != GM_TIME_NONE)
		must(gm_buf_printf(out, " --max-age=%lld",
			(long long)(range->since / GM_TIME_SECOND)));
	if (range->until != GM_TIME_NONE)
		must(gm_buf_printf(out, " --min-age=%lld",
			(long long)(range->until / GM_TIME_SECOND)));
	for (size_t i = 0; i < range->n_hidden; i++)
		must(gm_buf_printf(out, " ^h%zu/c%zu", h, range->hidden[i]));
	for (size_t i = 0; i < range->n_pushed; i++)
		must(gm_buf_printf(out, " h%zu/c%zu", h, range->pushed[i]));
	must(gm_buf_puts(out, " --"));
	for (size_t i = 0; i < range->n_paths; i++)
		must(gm_buf_printf(out, " %s", range->paths[i]));
	must(gm_buf_puts(out, "\necho\n"));
}

static void start_walk(struct gm_walk **out, const struct range *range)
{
	const struct gm_oid *commits = range->history->commits;

	must(gm_walk_new(out, histories.store, range->order));
	if (range->first_parent)
		gm_walk_first_parent(*out);
	gm_walk_limit_times(*out, range->since, range->until);
	for (size_t i = 0; i < range->n_hidden; i++)
		must(gm_walk_hide(*out, &commits[range->hidden[i]]));
	for (size_t i = 0; i < range->n_pushed; i++)
		must(gm_walk_push(*out, &commits[range->pushed[i]]));
	must(gm_walk_limit_paths(*out, range->paths, range->n_paths));
}

/* Walk a range beside the ids that git printed for it, which end in an empty line. */
static void compare_with_git(const struct range *range, const char **expected)
{
	gm_autobuf command = GM_BUF_INIT(GM_BUF_TEXT);
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	char hex[GM_OID_HEX];
	const char *line;
	int rc;

	put_command(&command, range);
	start_walk(&walk, range);
	while (*(line = take_line(expected)) != '\n') {
		rc = gm_walk_next(&commit, walk);
		must(rc);
		if (!rc)
			fail_msg("an end instead of %.40s: %s", line,
				gm_buf_str(&command));
		gm_oid_format(hex, &commit.oid);
		if (strncmp(hex, line, GM_OID_HEX - 1) != 0)
			fail_msg("%s instead of %.40s: %s", hex, line,
				gm_buf_str(&command));
	}
	rc = gm_walk_next(&commit, walk);
	must(rc);
	if (rc)
		fail_msg("more than git shows: %s", gm_buf_str(&command));
	assert_int_equal(gm_walk_next(&commit, walk), 0);
}

static void compare_all_with_git(const char *answer)
{
	for (size_t i = 0; i < N_RANGES; i++)
		compare_with_git(&ranges[i], &answer);
	assert_string_equal(answer, "");
}

static void random_ranges_are_walked_in_the_order_of_git_with_a_graph_too(void **state)
{
	gm_autobuf script = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_LARGE);
	unsigned seed = SEED;

	(void)state;
	histories_new(&histories, seed);
	for (size_t i = 0; i < N_RANGES; i++) {
		range_random(&ranges[i], &histories.items[i % N_HISTORIES], &seed);
		put_command(&script, &ranges[i]);
	}
	run_script(&answer, histories.dir, &script);
	compare_all_with_git(gm_buf_str(&answer));
	histories_write_graph(&histories, true);
	compare_all_with_git(gm_buf_str(&answer));
	histories_write_graph(&histories, false);
	compare_all_with_git(gm_buf_str(&answer));
	histories_free(&histories);
}

/* One line of history, made for one test. */
struct line {
	char *dir;
	struct gm_store *store;
	struct gm_oid commits[4]; /* oldest first */
};

static void line_open(struct line *line)
{
	gm_autofree char *objects = gm_path_join(line->dir, "r/objects");

	must(gm_store_open(&line->store, objects));
}

static void line_new(struct line *out, size_t n)
{
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *command = gm_format(
		"git init -q --bare r && cd r && tree=$(git mktree </dev/null) && "
		"parent= && "
		"for i in $(seq %zu); do "
		"export GIT_COMMITTER_DATE=\"$((1767323045 + 60 * i)) +0000\" && "
		"parent=$(git commit-tree $tree ${parent:+-p $parent} -m c$i) && "
		"echo $parent; done",
		n);

	out->dir = scratch_new();
	assert_int_equal(shell(&answer, out->dir, command), 0);
	for (size_t i = 0; i < n; i++)
		assert_true(gm_oid_parse(&out->commits[i],
			gm_buf_str(&answer) + i * GM_OID_HEX, GM_OID_HEX - 1));
	line_open(out);
}

static void line_free(struct line *line)
{
	gm_store_free(line->store);
	scratch_remove(line->dir);
}

static void damage(const struct line *line, size_t i, const char *command)
{
	char hex[GM_OID_HEX];
	gm_autofree char *full = NULL;

	gm_oid_format(hex, &line->commits[i]);
	full = gm_format(
		"f=r/objects/%.2s/%s && chmod u+w $f && %s $f", hex, hex + 2, command);
	assert_int_equal(shell(NULL, line->dir, full), 0);
}

static void the_newest_commit_is_shown_without_reading_another(void **state)
{
	struct line line;
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;

	(void)state;
	line_new(&line, 3);
	damage(&line, 1, "rm");
	must(gm_walk_new(&walk, line.store, GM_WALK_BY_DATE));
	must(gm_walk_push(walk, &line.commits[2]));
	assert_int_equal(gm_walk_next(&commit, walk), 1);
	assert_true(gm_oid_equal(&commit.oid, &line.commits[2]));
	assert_string_equal(commit.message, "c3\n");
	assert_int_equal(gm_walk_next(&commit, walk), GM_EMISMATCH);
	line_free(&line);
}

static void a_damaged_parent_is_an_error_that_names_both(void **state)
{
	struct line line;
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	char child[GM_OID_HEX];
	char parent[GM_OID_HEX];

	(void)state;
	line_new(&line, 3);
	damage(&line, 0, "printf 'x' >");
	gm_oid_format(parent, &line.commits[0]);
	gm_oid_format(child, &line.commits[1]);
	must(gm_walk_new(&walk, line.store, GM_WALK_TOPOLOGICAL));
	must(gm_walk_push(walk, &line.commits[2]));
	assert_int_equal(gm_walk_next(&commit, walk), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, parent));
	assert_non_null(strstr(gm_error_last()->message, child));
	line_free(&line);
}

static void a_start_that_is_no_commit_is_refused(void **state)
{
	struct line line;
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;

	(void)state;
	line_new(&line, 1);
	must(gm_walk_new(&walk, line.store, GM_WALK_BY_DATE));
	assert_int_equal(gm_walk_push(walk, &gm_oid_zero), GM_ENOTFOUND);
	assert_int_equal(gm_walk_push(walk, &gm_oid_empty_tree), GM_EMISMATCH);
	line_free(&line);
}

static void a_walk_without_a_start_shows_nothing(void **state)
{
	struct line line;
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;

	(void)state;
	line_new(&line, 1);
	must(gm_walk_new(&walk, line.store, GM_WALK_BY_DATE));
	must(gm_walk_hide(walk, &line.commits[0]));
	assert_int_equal(gm_walk_next(&commit, walk), 0);
	line_free(&line);
}

/* So long that not all commits can be kept until they are shown. */
static void a_long_history_is_shown_whole(void **state)
{
	struct line line;
	gm_autobuf stream = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf tip = GM_BUF_INIT(GM_BUF_PATH);
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid oid;
	int n = 0;

	(void)state;
	line.dir = scratch_new();
	for (int i = 0; i < 6000; i++)
		must(gm_buf_printf(&stream,
			"commit refs/heads/c\ncommitter C <c@example.com> %d +0000\n"
			"data 1000\n%01000d\n",
			1767323045 + i, i));
	scratch_write(line.dir, "stream", gm_buf_str(&stream), stream.size);
	assert_int_equal(shell(&tip, line.dir,
				 "git init -q --bare r && cd r && "
				 "git fast-import --quiet <../stream && git rev-parse c"),
		0);
	assert_true(gm_oid_parse(&oid, gm_buf_str(&tip), GM_OID_HEX - 1));
	line_open(&line);
	must(gm_walk_new(&walk, line.store, GM_WALK_TOPOLOGICAL));
	must(gm_walk_push(walk, &oid));
	for (; gm_walk_next(&commit, walk) == 1; n++)
		assert_int_equal(atoi(commit.message), 5999 - n);
	assert_int_equal(n, 6000);
	line_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			random_ranges_are_walked_in_the_order_of_git_with_a_graph_too),
		cmocka_unit_test(the_newest_commit_is_shown_without_reading_another),
		cmocka_unit_test(a_damaged_parent_is_an_error_that_names_both),
		cmocka_unit_test(a_start_that_is_no_commit_is_refused),
		cmocka_unit_test(a_walk_without_a_start_shows_nothing),
		cmocka_unit_test(a_long_history_is_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
