/*
 * Lines against `git blame`, over random histories with merges of one file.
 */
#include "dag/blame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/support.h"

#define SEED 20261126u
#define HISTORIES 120
#define COMMITS 40
#define MAX_LINES 60
#define KINDS 25

/* The lines of the file in one commit; each is a number. */
struct contents {
	int lines[MAX_LINES];
	int n;
};

struct history {
	struct contents commits[COMMITS];
	int n_parents[COMMITS];
	int parents[COMMITS][3];
	int kinds; /* how many different lines there are; 0: all differ */
	int next_line;
};

struct world {
	char *dir;
	struct gm_store *store;
	unsigned seed;
	struct gm_oid tips[HISTORIES];
};

static int draw(struct world *world, int n)
{
	return rand_r(&world->seed) % n;
}

static int draw_line(struct world *world, struct history *history)
{
	return history->kinds ? draw(world, history->kinds) : history->next_line++;
}

static void insert(struct contents *contents, int at, int line)
{
	if (contents->n == MAX_LINES)
		return;
	memmove(contents->lines + at + 1, contents->lines + at,
		(size_t)(contents->n - at) * sizeof(*contents->lines));
	contents->lines[at] = line;
	contents->n++;
}

static void edit(struct world *world, struct history *history, struct contents *contents)
{
	for (int edits = draw(world, 5); edits > 0; edits--) {
		int at = contents->n ? draw(world, contents->n) : 0;
		int what = draw(world, 4);
		if (what && contents->n) {
			memmove(contents->lines + at, contents->lines + at + 1,
				(size_t)(contents->n - at - 1) *
					sizeof(*contents->lines));
			contents->n--;
		}
		if (what < 3)
			insert(contents, at, draw_line(world, history));
	}
}

/* A merge has the beginning of one and the end of another, or one as it is. */
static void merge(struct world *world, struct contents *out, const struct contents *one,
	const struct contents *two)
{
	struct contents merged = *one;
	int at = draw(world, one->n + 1);

	if (draw(world, 3)) {
		merged.n = at;
		for (; at < two->n && merged.n < MAX_LINES; at++)
			merged.lines[merged.n++] = two->lines[at];
	}
	*out = merged;
}

static void make_commit(struct world *world, struct history *history, int i)
{
	struct contents *contents = &history->commits[i];
	int reach = i < 5 ? i : 5;

	history->n_parents[i] = 0;
	if (!i || !draw(world, 30)) {
		contents->n = 0;
		for (int n = 10 + draw(world, 20); n >= 0; n--)
			insert(contents, 0, draw_line(world, history));
		return;
	}
	int *parents = history->parents[i];
	parents[history->n_parents[i]++] = i - 1 - draw(world, reach);
	*contents = history->commits[parents[0]];
	for (int more = draw(world, 5); more > 2 && i > 3; more--) {
		int other = draw(world, i);
		if (other == parents[0] ||
			(history->n_parents[i] == 2 && other == parents[1]))
			continue;
		merge(world, contents, contents, &history->commits[other]);
		parents[history->n_parents[i]++] = other;
	}
	if (history->n_parents[i] == 1 || !draw(world, 3))
		edit(world, history, contents);
}

static void put_commit(struct world *world, struct gm_buf *stream,
	const struct history *history, int number, int i)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	const struct contents *contents = &history->commits[i];
	int first = 1 + number * COMMITS;
	int minute = number % 2 ? i - draw(world, 20) : i;

	for (int j = 0; j < contents->n; j++)
		must(gm_buf_printf(&text, "line %d%s", contents->lines[j],
			j == contents->n - 1 && i % 7 == 3 ? "" : "\n"));
	must(gm_buf_printf(stream,
		"commit refs/heads/h%d\nmark :%d\n"
		"committer C <c@example.com> %d +0000\ndata 2\nc\n\n",
		number, first + i, 1767323045 + 60 * minute));
	for (int p = 0; p < history->n_parents[i]; p++)
		must(gm_buf_printf(stream, "%s :%d\n", p ? "merge" : "from",
			first + history->parents[i][p]));
	if (!history->n_parents[i])
		must(gm_buf_puts(stream, "deleteall\n"));
	must(gm_buf_printf(stream, "M 100644 inline d/e/file\ndata %zu\n%s\n", text.size,
		gm_buf_str(&text)));
	must(gm_buf_printf(stream, "M 100644 inline d/n\ndata <<E\n%d\nE\n\n", i));
}

static void put_history(
	struct world *world, struct gm_buf *stream, struct history *history, int number)
{
	for (int i = 0; i < COMMITS; i++) {
		make_commit(world, history, i);
		put_commit(world, stream, history, number, i);
	}
}

static void read_tips(struct world *world)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&text, world->dir,
				 "git -C r for-each-ref --sort=version:refname "
				 "--format='%(objectname)' refs/heads/"),
		0);
	assert_int_equal(text.size, HISTORIES * GM_OID_HEX);
	for (size_t i = 0; i < HISTORIES; i++)
		assert_true(gm_oid_parse(
			&world->tips[i], text.ptr + i * GM_OID_HEX, GM_OID_HEX - 1));
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct history *history = calloc(1, sizeof(*history));
	gm_autobuf stream = GM_BUF_INIT(GM_BUF_LARGE);

	world->dir = scratch_new();
	world->seed = SEED;
	for (int i = 0; i < HISTORIES; i++) {
		history->kinds = i % 3 == 2 ? KINDS : 0;
		history->next_line = 0;
		put_history(world, &stream, history, i);
	}
	free(history);
	scratch_write(world->dir, "stream", stream.ptr, stream.size);
	assert_int_equal(shell(NULL, world->dir,
				 "git init -q --bare r && "
				 "git -C r fast-import --quiet <stream"),
		0);
	gm_autofree char *objects = gm_path_join(world->dir, "r/objects");
	must(gm_store_open(&world->store, objects));
	read_tips(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	gm_store_free(world->store);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

/* What git says of all histories: "COMMIT LINE-THEN LINE-NOW" for each line. */
static void ask_git(struct gm_buf *out, struct world *world)
{
	gm_autobuf script = GM_BUF_INIT(GM_BUF_TEXT);

	for (int i = 0; i < HISTORIES; i++)
		must(gm_buf_printf(&script,
			"git -C r -c diff.indentHeuristic=false blame --line-porcelain "
			"h%d -- d/e/file | grep -E '^[0-9a-f]{40} ' | cut -d' ' -f1-3\n"
			"echo end\n",
			i));
	scratch_write(world->dir, "script", script.ptr, script.size);
	assert_int_equal(shell(out, world->dir, "sh script"), 0);
}

static void put_blame(struct gm_buf *out, const struct gm_blame *blame)
{
	for (size_t i = 0; i < blame->n; i++) {
		const struct gm_blame_part *part = &blame->parts[i];
		char hex[GM_OID_HEX];
		gm_oid_format(hex, &part->commit);
		assert_null(part->field);
		assert_string_equal(part->path, "d/e/file");
		must(gm_buf_printf(
			out, "%s %zu %zu\n", hex, part->file_line, part->line));
	}
	must(gm_buf_puts(out, "end\n"));
}

static size_t count_lines(const char *text, const char *end)
{
	size_t n = 0;

	for (; text < end; text++)
		n += *text == '\n';
	return n;
}

static size_t count_differing(const char *a, const char *b, size_t n)
{
	size_t differing = 0;

	for (; n; n--) {
		size_t size = strcspn(a, "\n");
		differing += size != strcspn(b, "\n") || memcmp(a, b, size) != 0;
		a += size + 1;
		b += strcspn(b, "\n") + 1;
	}
	return differing;
}

/*
 * Where all lines differ there is one shortest script, and the answers are equal; where there
 * are few kinds of lines git may have found another one of the same length.
 */
static void lines_have_the_commits_that_git_gives_them(void **state)
{
	struct world *world = *state;
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n = 0, n_other = 0, n_exact = 0;

	print_message("# seed %u\n", SEED);
	ask_git(&theirs, world);
	const char *their = gm_buf_str(&theirs);
	for (size_t i = 0; i < HISTORIES; i++) {
		gm_autoblame blame = GM_BLAME_INIT;
		gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE);
		const struct gm_blame_request request = {
			world->tips[i], "d/e/file", NULL};
		const char *end = strstr(their, "end\n") + 4;
		gm_autofree char *wanted = gm_strndup(their, (size_t)(end - their));
		must(gm_blame_file(&blame, world->store, &request));
		put_blame(&ours, &blame);
		assert_int_equal(blame.n + 1, count_lines(their, end));
		if (i % 3 == 2) {
			n += blame.n;
			n_other += count_differing(gm_buf_str(&ours), wanted, blame.n);
		} else {
			assert_string_equal(gm_buf_str(&ours), wanted);
			n_exact += blame.n;
		}
		their = end;
	}
	print_message("# %zu lines of few kinds, %zu otherwise\n", n, n_other);
	assert_true(n_exact > 1000 && n > 500);
	assert_true(n_other * 20 < n);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct world *world = *state;
	static const char *const paths[] = {
		"d/e", "d", "nothing", "d/e/file/more", "d/f"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		gm_autoblame blame = GM_BLAME_INIT;
		const struct gm_blame_request request = {world->tips[0], paths[i], NULL};
		assert_int_equal(
			gm_blame_file(&blame, world->store, &request), GM_ENOTFOUND);
		assert_int_equal(blame.n, 0);
	}
	gm_autoblame blame = GM_BLAME_INIT;
	const struct gm_blame_request nothing = {gm_oid_zero, "d/e/file", NULL};
	assert_int_equal(gm_blame_file(&blame, world->store, &nothing), GM_ENOTFOUND);
}

static void a_missing_parent_is_named(void **state)
{
	struct world *world = *state;
	gm_autoblame blame = GM_BLAME_INIT;
	gm_autobuf commit = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_batch *batch;
	struct gm_blame_request request = {gm_oid_zero, "d/e/file", NULL};
	static const char missing[] = "1234567890123456789012345678901234567890";
	enum gm_object_type type;

	must(gm_store_read(&commit, &type, world->store, &world->tips[0]));
	char *parent = strstr(commit.ptr, "\nparent ");
	assert_non_null(parent);
	memcpy(parent + 8, missing, 40);
	must(gm_batch_begin(&batch, world->store));
	must(gm_batch_write(
		&request.commit, batch, GM_OBJECT_COMMIT, commit.ptr, commit.size));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	assert_true(gm_blame_file(&blame, world->store, &request) < 0);
	assert_non_null(strstr(gm_error_last()->message, missing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_the_commits_that_git_gives_them),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(a_missing_parent_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
