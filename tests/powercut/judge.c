#include "tests/powercut/judge.h"

#include <string.h>

#include "base/file.h"
#include "dag/stage.h"
#include "dag/transaction.h"
#include "dag/tree.h"
#include "tests/powercut/settle.h"
#include "tests/powercut/view.h"

#define MAIN "refs/heads/main"

static const char memory[] = "after the cut\n";

/* A step that failed, and why. */
static char *failed(const char *step)
{
	return gm_format("%s: %s", step, gm_error_last()->message);
}

static int add_fault(const char *subject, const char *fault, void *payload)
{
	struct gm_buf *faults = payload;

	return gm_buf_printf(faults, "%s: %s; ", subject, fault);
}

/* Everything can be read, nothing is damaged. `view` gets what is there. */
static char *inspect(
	struct judge *judge, struct gm_buf *view, struct gm_repo *repo, unsigned flags)
{
	gm_autobuf faults = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n;

	if (view_take(view, repo,
		    flags | view_flags(repo, judge->packs_anew || judge->repairs)) < 0)
		return failed("refs and stage cannot be read");
	if (view_read_objects(&n, repo) < 0)
		return failed("an object cannot be read");
	judge->n_objects += n;
	if (gm_store_check(gm_repo_store(repo), add_fault, &faults) < 0)
		return failed("the store cannot be checked");
	return faults.size && !judge->may_be_damaged
		? gm_format("damage: %s", gm_buf_str(&faults))
		: NULL;
}

static char *open_made(struct gm_repo **out, struct judge *judge, const char *gitdir)
{
	bool created;

	if (gm_repo_init(&created, gitdir, "main", judge->layout) < 0)
		return failed("it cannot be made");
	return gm_repo_open(out, gitdir) < 0 ? failed("what was made does not open")
					     : NULL;
}

static int commit_one(struct gm_repo *repo, struct gm_lock *lock)
{
	gm_autosignature who = GM_SIGNATURE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_autohead head = GM_HEAD_INIT;
	struct gm_change change = {.path = "after-the-cut",
		.mode = GM_MODE_FILE,
		.data = memory,
		.size = sizeof(memory) - 1};
	const struct gm_transaction_options options = {.ref = MAIN,
		.author = &who,
		.committer = &who,
		.message = "after the cut",
		.reflog_action = "commit"};
	int rc = gm_signature_set(
		&who, "A U Thor", "author@example.com", 1767323045 * GM_TIME_SECOND, 0);

	if (rc == 0)
		rc = gm_head_read(&head, repo, "main");
	if (rc < 0)
		return rc;
	change.tip = head.commit;
	gm_object_hash(&change.blob, GM_OBJECT_BLOB, change.data, change.size);
	rc = gm_transaction_commit(&result, repo, lock, &change, 1, &options);
	if (rc == 0 && !result.committed)
		rc = gm_error(GM_ERROR, "nothing was committed");
	return rc;
}

static int stage_one(struct gm_repo *repo, struct gm_lock *lock)
{
	struct gm_change change = {
		.path = "staged-after", .data = memory, .size = sizeof(memory) - 1};

	gm_object_hash(&change.blob, GM_OBJECT_BLOB, change.data, change.size);
	return gm_stage_append(repo, lock, MAIN, NULL, &change, 1);
}

static char *write_on(struct gm_repo *repo)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;

	if (gm_repo_lock(&lock, repo, "powercut", NULL, NULL) < 0)
		return failed("the lock cannot be taken");
	if (commit_one(repo, lock) < 0)
		return failed("the next writer cannot commit");
	if (stage_one(repo, lock) < 0)
		return failed("the next writer cannot stage");
	return NULL;
}

/* All lines of `before` are still there, but for those that the writer changed. */
static char *compare_written(const char *before, const char *after)
{
	static const char *const written[] = {"ref " MAIN "\t", "log " MAIN "\t"};

	for (const char *at = before; *at; at = strchr(at, '\n') + 1) {
		gm_autofree char *line = gm_strndup(at, strcspn(at, "\n") + 1);
		if (!line)
			return failed("no memory");
		if (strncmp(at, written[0], strlen(written[0])) != 0 &&
			strncmp(at, written[1], strlen(written[1])) != 0 &&
			!strstr(after, line))
			return gm_format("the next writer lost: %s", line);
	}
	if (!strstr(after, "stage " MAIN " staged-after\t"))
		return gm_format("what the next writer staged is not there");
	return NULL;
}

static char *ask_fsck(const struct judge *judge, const char *dir)
{
	static const char *const fsck[] = {"fsck", NULL};
	gm_autofree char *told = NULL;
	int code = ask_program(&told, judge, dir, fsck);

	return code == 0 || (judge->may_be_damaged && code == 1)
		? NULL
		: gm_format("fsck finds: %s", told);
}

/* By a handle of its own, as the next process would have. */
static char *judge_again(
	struct judge *judge, const char *gitdir, const char *before, unsigned flags)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_repo_open(&repo, gitdir) < 0)
		return failed("it does not open after the next writer");
	char *fault = inspect(judge, &view, repo, flags);
	return fault ? fault : compare_written(before, gm_buf_str(&view));
}

char *judge_state(
	struct judge *judge, const char *dir, const char *before, const char *after)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *gitdir = gm_path_join(dir, GM_REPO_DIR);
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);
	/* A conversion to Git's layout flushes the logs that it writes. */
	unsigned flags = before && strstr(before, "\nlog ") ? VIEW_LOGS : 0;
	char *fault = NULL;

	if (!gitdir)
		return failed("no memory");
	if (judge->clones && !before && !gm_path_exists(gitdir))
		return NULL;
	if (gm_repo_open(&repo, gitdir) < 0)
		fault = before || judge->clones ? failed("it does not open")
						: open_made(&repo, judge, gitdir);
	if (!fault && judge->program)
		fault = ask_fsck(judge, dir);
	if (!fault)
		fault = inspect(judge, &view, repo, flags);
	if (!fault)
		fault = mark_fault(repo);
	if (!fault && (before || after))
		fault = view_fault(gm_buf_str(&view), before, after);
	if (!fault)
		fault = write_on(repo);
	if (!fault)
		fault = judge_again(judge, gitdir, gm_buf_str(&view), flags);
	if (!fault && judge->program)
		fault = ask_fsck(judge, dir);
	if (!fault && judge->program && judge->packs_anew)
		fault = settle_fault(judge, dir);
	if (!fault && judge->program && judge->repairs)
		fault = repair_fault(judge, dir);
	return fault;
}
