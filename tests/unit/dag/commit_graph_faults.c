/*
 * Allocations, writes, flushes and renames failing while a commit graph is written, each in a
 * process of its own, as the plan of the seam is read once. Empty without the seam.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/commit_graph.h"
#include "dag/commit_graph_check.h"
#include "dag/commit_graph_write.h"
#include "tests/unit/support.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#define MOST 1000000

static const char history[] =
	"git init -q --bare -b main r && for i in $(seq 900); do "
	"printf 'commit refs/heads/main\\ncommitter C <c@example.com> %d +0000\\ndata "
	"2\\nc\\n' "
	"$((1767323045 + i)); printf 'M 100644 inline d/f%d\\ndata 2\\n%d\\n' $((i % 7)) "
	"$((i % 9)); done | git -C r fast-import --quiet && git -C r commit-graph write "
	"--reachable && git -C r rev-parse main~600 >old";

static int act(struct gm_repo *repo, const char *action)
{
	struct gm_oid tip;
	int rc;

	if (!strcmp(action, "remove"))
		return gm_commit_graph_remove(repo);
	if (!strcmp(action, "write"))
		return gm_commit_graph_write(repo);
	rc = gm_ref_read(&tip, NULL, gm_repo_refs(repo), "refs/heads/main");
	return rc < 0 ? rc : gm_commit_graph_extend(repo, &tip);
}

/* 0: done; 1: failed with an error; 2: failed without one. */
static int child(const char *dir, const char *action)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *path = gm_path_join(dir, "r");
	int rc = path ? gm_repo_open(&repo, path) : GM_ENOMEM;

	if (rc == 0)
		rc = act(repo, action);
	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(const char *dir, const char *plan, const char *action)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		gm_autofree char *report = gm_path_join(dir, "report");
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)setenv("GITMEM_FAULT_REPORT", report, 1);
		(void)execl("/proc/self/exe", "graph", dir, action, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool was_hit(const char *dir)
{
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);

	scratch_read(&word, dir, "report");
	return !strcmp(gm_buf_str(&word), "hit\n");
}

static int fail_on_fault(const char *subject, const char *fault, void *payload)
{
	fail_msg("after '%s': %s: %s", (const char *)payload, subject, fault);
	return 0;
}

/* What is there is sound; there may be none. */
static void check(const char *dir, char *plan)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *path = gm_path_join(dir, "r");

	must(gm_repo_open(&repo, path));
	must(gm_commit_graph_check(gm_repo_store(repo), fail_on_fault, plan));
}

/* Begin with a graph of half of the history, in our layers or in the file of git. */
static void prepare(const char *dir, bool by_git)
{
	assert_int_equal(shell(NULL, dir,
				 by_git ? "cd r && rm -rf objects/info/commit-graph* && "
					  "git commit-graph write --stdin-commits <../old"
					: "cd r && rm -rf objects/info/commit-graph* && "
					  "git commit-graph write --split "
					  "--stdin-commits <../old"),
		0);
}

static void sweep(const char *dir, const char *action, const char *kind, bool by_git)
{
	int failures = 0;
	int at = 1;

	for (;; at = test_fault_after(at, 1 + at / 8)) {
		gm_autofree char *plan = gm_format("%s:%d", kind, at);
		prepare(dir, by_git);
		int rc = run_child(dir, plan, action);
		assert_true(rc == 0 || rc == 1);
		check(dir, plan);
		failures += rc;
		assert_true(at < MOST);
		if (!was_hit(dir))
			break;
	}
	assert_true(failures > 0);
}

static void whatever_fails_a_sound_graph_or_none_is_left(void **state)
{
	static const char *const actions[] = {"write", "extend", "remove"};
	static const char *const kinds[] = {"alloc", "write", "fsync", "rename"};
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(shell(NULL, dir, history), 0);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 4; k++) {
			if (i == 2 && k)
				break;
			sweep(dir, actions[i], kinds[k], false);
			sweep(dir, actions[i], kinds[k], true);
		}
	scratch_remove(dir);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 3)
		return child(argv[1], argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_fails_a_sound_graph_or_none_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
