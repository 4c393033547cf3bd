/*
 * Random histories for tests, made by `git fast-import`: merges, several roots, clocks that
 * run backwards, equal dates, and a few files that come, change and go. All of them lie in one
 * bare repository `r` below `dir`; commit c of history h is the ref `hH/cC`.
 */
#ifndef GM_TESTS_UNIT_DAG_RANDOM_HISTORY_H
#define GM_TESTS_UNIT_DAG_RANDOM_HISTORY_H

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/commit_graph_write.h"
#include "objstore/store.h"
#include "tests/unit/support.h"

#define N_HISTORIES 300
#define HISTORY_MAX 60

struct history {
	size_t number;
	size_t n;
	struct gm_oid commits[HISTORY_MAX];
};

struct histories {
	char *dir;
	struct gm_store *store;
	struct history items[N_HISTORIES];
};

static inline void put_file_changes(struct gm_buf *stream, unsigned *seed)
{
	static const char *const files[] = {"a", "b", "d/a", "d/b", "d/e/a", "d/e/b"};
	int n = rand_r(seed) % 3;

	for (int i = 0; i < n; i++) {
		const char *file = files[rand_r(seed) % 6];
		if (rand_r(seed) % 4 == 0)
			must(gm_buf_printf(stream, "D %s\n", file));
		else
			must(gm_buf_printf(stream, "M 100644 inline %s\ndata 2\n%d\n\n",
				file, rand_r(seed) % 3));
	}
}

/* Most go on from a recent commit, so that a history is deep. Marks count from `first`. */
static inline void put_parents(
	struct gm_buf *stream, size_t first, size_t i, unsigned *seed)
{
	size_t reach = i < 6 ? i : 6;
	size_t parent = i - 1 - (size_t)rand_r(seed) % reach;

	must(gm_buf_printf(stream, "from :%zu\n", first + parent));
	for (int more = rand_r(seed) % 6; more >= 4 && i > 1; more--) {
		size_t other = (size_t)rand_r(seed) % i;
		if (other != parent)
			must(gm_buf_printf(stream, "merge :%zu\n", first + other));
	}
}

static inline void put_history(struct gm_buf *stream, const struct history *history,
	size_t first, unsigned *seed)
{
	static const int skews[] = {0, 2, 10, 40};
	int skew = skews[history->number % 4];

	for (size_t i = 0; i < history->n; i++) {
		int minute = skew ? (int)i / 3 - rand_r(seed) % (1 + skew) : (int)i;
		must(gm_buf_printf(stream,
			"commit refs/heads/h%zu/c%zu\nmark :%zu\n"
			"committer C <c@example.com> %d +0000\ndata 2\nc\n\n",
			history->number, i, first + i, 1767323045 + 60 * minute));
		if (i && rand_r(seed) % 25)
			put_parents(stream, first, i, seed);
		must(gm_buf_printf(stream, "M 100644 inline n\ndata <<E\n%zu\nE\n", i));
		put_file_changes(stream, seed);
		must(gm_buf_puts(stream, "\n"));
	}
}

static inline void read_ids(struct histories *out)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	assert_int_equal(shell(&text, out->dir,
				 "git -C r for-each-ref --sort=version:refname "
				 "--format='%(objectname)'"),
		0);
	const char *at = gm_buf_str(&text);
	for (size_t i = 0; i < N_HISTORIES; i++)
		for (size_t j = 0; j < out->items[i].n; j++, at += GM_OID_HEX)
			assert_true(gm_oid_parse(
				&out->items[i].commits[j], at, GM_OID_HEX - 1));
}

static inline void histories_new(struct histories *out, unsigned seed)
{
	gm_autobuf stream = GM_BUF_INIT(GM_BUF_LARGE);
	size_t first = 1;

	out->dir = scratch_new();
	for (size_t i = 0; i < N_HISTORIES; i++) {
		out->items[i].number = i;
		out->items[i].n = 1 + (size_t)rand_r(&seed) % HISTORY_MAX;
		put_history(&stream, &out->items[i], first, &seed);
		first += out->items[i].n;
	}
	scratch_write(out->dir, "stream", gm_buf_str(&stream), stream.size);
	assert_int_equal(
		shell(NULL, out->dir,
			"git init -q --bare r && git -C r fast-import --quiet <stream"),
		0);
	gm_autofree char *objects = gm_path_join(out->dir, "r/objects");
	must(gm_store_open(&out->store, objects));
	read_ids(out);
}

/* Give the repository a commit graph, made by stock git or by us. */
static inline void histories_write_graph(struct histories *histories, bool by_git)
{
	gm_autofree char *path = gm_path_join(histories->dir, "r");
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;

	assert_int_equal(shell(NULL, histories->dir,
				 by_git ? "git -C r commit-graph write --reachable "
					  "--changed-paths"
					: "rm -rf r/objects/info/commit-graph*"),
		0);
	if (by_git)
		return;
	must(gm_repo_open(&repo, path));
	must(gm_commit_graph_write(repo));
}

static inline void histories_free(struct histories *histories)
{
	gm_store_free(histories->store);
	scratch_remove(histories->dir);
}

/* Run a script of many git commands in `dir`; what they print replaces `out`. */
static inline void run_script(
	struct gm_buf *out, const char *dir, const struct gm_buf *script)
{
	scratch_write(dir, "script", gm_buf_str(script), script->size);
	assert_int_equal(shell(out, dir, "sh -e script"), 0);
}

/* Take the next line of an answer of git. */
static inline const char *take_line(const char **at)
{
	const char *line = *at;
	const char *end = strchr(line, '\n');

	assert_non_null(end);
	*at = end + 1;
	return line;
}

#endif
