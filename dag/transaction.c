#include "dag/transaction.h"

#include <string.h>

#include "dag/commit_names.h"
#include "dag/reapply.h"

/* How often the branch may move under us by a writer who does not take our lock: stock git. */
#define MAX_TRIES 16

void gm_transaction_result_dispose(struct gm_transaction_result *result)
{
	for (size_t i = 0; i < result->n_notes; i++) {
		gm_free(result->notes[i].path);
		gm_free(result->notes[i].text);
	}
	gm_free(result->notes);
	*result = (struct gm_transaction_result)GM_TRANSACTION_RESULT_INIT;
}

/* What is to be committed: changes, or a tree that was made on the tree of `base`. */
struct content {
	const struct gm_change *changes;
	size_t n;
	const struct gm_oid *tree;
	const struct gm_oid *base;
};

struct tip {
	struct gm_oid ref;    /* what the branch is at; zero when it does not exist */
	struct gm_oid commit; /* what the new commit follows */
	struct gm_oid tree;
	struct gm_oid
		beside; /* the tree of the commit's second parent; zero: it has none */
};

/* What is to become of the branch. */
struct outcome {
	struct gm_oid tree;
	struct gm_tree_changes lost; /* versions that are to be kept by history alone */
};

static void outcome_dispose(struct outcome *outcome)
{
	gm_tree_changes_dispose(&outcome->lost);
}

static int read_beside(
	struct tip *out, struct gm_repo *repo, const struct gm_commit *commit)
{
	gm_autocommit beside = GM_COMMIT_INIT;

	if (commit->n_parents < 2)
		return 0;
	int rc = gm_commit_read(
		&beside, gm_repo_store(repo), &commit->parents[commit->n_parents - 1]);
	if (rc == 0)
		out->beside = beside.tree;
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int read_tip(struct tip *out, struct gm_repo *repo,
	const struct gm_transaction_options *options)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_ref_read(&out->ref, NULL, gm_repo_refs(repo), options->ref);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == GM_ENOTFOUND)
		out->ref = gm_oid_zero;
	out->commit = rc == 0 ? out->ref : options->start;
	out->tree = gm_oid_empty_tree;
	out->beside = gm_oid_zero;
	if (gm_oid_is_zero(&out->commit))
		return 0;
	rc = gm_commit_read(&commit, gm_repo_store(repo), &out->commit);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "'%s' names a commit that is missing",
			options->ref);
	if (rc < 0)
		return gm_error_prefix("%s", options->ref);
	out->tree = commit.tree;
	return read_beside(out, repo, &commit);
}

/* Every new blob goes into the batch. */
static int write_blobs(struct gm_batch *batch, const struct gm_change *changes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct gm_oid written;
		if (!changes[i].data)
			continue;
		const struct gm_oid *base = &changes[i].base;
		rc = gm_batch_write_based(&written, batch, GM_OBJECT_BLOB,
			changes[i].data, changes[i].size,
			gm_oid_is_zero(base) ? NULL : base);
		if (rc == 0 && !gm_oid_equal(&written, &changes[i].blob))
			return gm_error(GM_EMISMATCH, "the change of '%s' is damaged",
				changes[i].path);
	}
	return rc;
}

static bool are_fresh(
	const struct gm_oid *commit, const struct gm_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!gm_oid_equal(&changes[i].tip, commit))
			return false;
	return true;
}

/* As soon as one was made on another tip all are laid anew, since they may meet each other. */
int gm_transaction_lay(struct gm_oid *out, struct gm_tree_changes *lost_out,
	struct gm_transaction_result *result, struct gm_repo *repo,
	struct gm_batch *batch, const struct gm_stage_tip *tip,
	const struct gm_change *changes, size_t n)
{
	gm_autotreechanges all = GM_TREE_CHANGES_INIT;
	int rc = write_blobs(batch, changes, n);

	if (rc == 0 && !are_fresh(&tip->commit, changes, n))
		rc = gm_reapply(&all, lost_out, result, gm_repo_store(repo), batch,
			&tip->tree, changes, n);
	else
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = gm_tree_changes_add(&all, changes[i].path, &changes[i].blob);
			if (rc == 0)
				all.items[i].mode = changes[i].mode;
		}
	return rc < 0 ? rc : gm_tree_update(out, batch, &tip->tree, all.items, all.n);
}

static int lay_changes(struct outcome *out, struct gm_transaction_result *result,
	struct gm_repo *repo, struct gm_batch *batch, const struct tip *tip,
	const struct gm_change *changes, size_t n)
{
	const struct gm_stage_tip on = {tip->commit, tip->tree};

	return gm_transaction_lay(
		&out->tree, &out->lost, result, repo, batch, &on, changes, n);
}

/* The differences of two trees as changes. */
struct differences {
	struct gm_oid tip;
	struct gm_change *items;
	size_t n;
	size_t cap;
};

static void differences_dispose(struct differences *list)
{
	for (size_t i = 0; i < list->n; i++)
		gm_free((char *)(uintptr_t)list->items[i].path);
	gm_free(list->items);
}

static int collect(const struct gm_tree_delta *delta, void *payload)
{
	struct differences *list = payload;
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));
	char *path = rc < 0 ? NULL : gm_strdup(delta->path);

	if (!path)
		return GM_ENOMEM;
	list->items[list->n++] = (struct gm_change){.path = path,
		.base = delta->old_mode ? delta->old_oid : gm_oid_zero,
		.blob = delta->new_mode ? delta->new_oid : gm_oid_zero,
		.mode = delta->new_mode,
		.tip = list->tip};
	return 0;
}

static int lay_tree(struct outcome *out, struct gm_transaction_result *result,
	struct gm_repo *repo, struct gm_batch *batch, const struct tip *tip,
	const struct content *content)
{
	gm_cleanup(differences_dispose) struct differences list = {.tip = *content->base};
	gm_autocommit base = GM_COMMIT_INIT;
	int rc = 0;

	if (gm_oid_equal(&tip->commit, content->base)) {
		out->tree = *content->tree;
		return 0;
	}
	base.tree = gm_oid_empty_tree;
	if (!gm_oid_is_zero(content->base))
		rc = gm_commit_read(&base, gm_repo_store(repo), content->base);
	if (rc == 0)
		rc = gm_tree_diff(
			gm_repo_store(repo), &base.tree, content->tree, collect, &list);
	return rc < 0 ? rc
		      : lay_changes(out, result, repo, batch, tip, list.items, list.n);
}

/* Committed once already, and the stage was not cleared: history has those versions. */
static int forget_kept(struct outcome *out, struct gm_repo *repo, const struct tip *tip)
{
	struct gm_tree_changes *lost = &out->lost;
	size_t n_kept = 0;

	for (size_t i = 0; i < lost->n; i++) {
		struct gm_oid oid;
		unsigned mode;
		int rc = gm_tree_lookup(&oid, &mode, gm_repo_store(repo), &tip->beside,
			lost->items[i].path);
		if (rc < 0 && rc != GM_ENOTFOUND)
			return rc;
		n_kept += rc == 0 && gm_oid_equal(&oid, &lost->items[i].oid);
	}
	if (n_kept == lost->n)
		gm_tree_changes_dispose(lost);
	return 0;
}

static int make_tree(struct outcome *out, struct gm_transaction_result *result,
	struct gm_repo *repo, struct gm_batch *batch, const struct tip *tip,
	const struct content *content)
{
	int rc = content->tree ? lay_tree(out, result, repo, batch, tip, content)
			       : lay_changes(out, result, repo, batch, tip,
					 content->changes, content->n);

	return rc < 0 || !out->lost.n ? rc : forget_kept(out, repo, tip);
}

static int write_commit(struct gm_oid *out, struct gm_batch *batch,
	struct gm_commit *commit, const struct gm_transaction_options *options)
{
	commit->author = *options->author;
	commit->committer = *options->committer;
	return gm_commit_write(out, batch, commit);
}

/* A commit of the versions that gave way, as they were made: the new commit is to merge it. */
static int write_lost(struct gm_oid *out, struct gm_batch *batch, const struct tip *tip,
	struct outcome *outcome, const struct gm_transaction_options *options)
{
	static char message[] = "keep what gave way to other writers\n";
	struct gm_oid parent = tip->commit;
	struct gm_commit commit = GM_COMMIT_INIT;

	commit.parents = &parent;
	commit.n_parents = !gm_oid_is_zero(&parent);
	commit.message = message;
	int rc = gm_tree_update(
		&commit.tree, batch, &tip->tree, outcome->lost.items, outcome->lost.n);
	return rc < 0 ? rc : write_commit(out, batch, &commit, options);
}

static int write_commits(struct gm_transaction_result *result, struct gm_batch *batch,
	const struct tip *tip, struct outcome *outcome,
	const struct gm_transaction_options *options)
{
	struct gm_oid parents[3] = {tip->commit};
	struct gm_commit commit = GM_COMMIT_INIT;
	int rc = 0;

	commit.tree = outcome->tree;
	commit.parents = parents;
	commit.n_parents = !gm_oid_is_zero(&tip->commit);
	commit.message = (char *)(uintptr_t)options->message;
	if (options->merged)
		parents[commit.n_parents++] = *options->merged;
	if (outcome->lost.n)
		rc = write_lost(
			&parents[commit.n_parents++], batch, tip, outcome, options);
	if (rc == 0)
		rc = write_commit(&result->commit, batch, &commit, options);
	return rc;
}

/* The objects become durable first, or with the ref. */
static int move_ref(const struct gm_transaction_result *result, struct gm_repo *repo,
	struct gm_lock *lock, struct gm_batch *batch, const struct tip *tip,
	const struct gm_transaction_options *options)
{
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_commit_subject(&subject, options->message);

	if (rc < 0)
		return rc;
	gm_autofree char *message = gm_format("%s%s: %s", options->reflog_action,
		gm_oid_is_zero(&tip->commit) ? " (initial)" : "", gm_buf_str(&subject));
	if (!message)
		return GM_ENOMEM;
	const struct gm_ref_update update = {.name = options->ref,
		.old_oid = tip->ref,
		.new_oid = result->commit,
		.who = options->committer,
		.message = message};
	return gm_ref_update_with(gm_repo_refs(repo), lock, batch, &update);
}

static int try_once(struct gm_transaction_result *result, struct gm_repo *repo,
	struct gm_lock *lock, struct gm_batch *batch, const struct content *content,
	const struct gm_transaction_options *options)
{
	gm_cleanup(outcome_dispose) struct outcome outcome = {
		.lost = GM_TREE_CHANGES_INIT};
	struct tip tip;
	int rc = read_tip(&tip, repo, options);

	if (rc == 0)
		rc = make_tree(&outcome, result, repo, batch, &tip, content);
	if (rc < 0)
		return rc;
	result->parent = tip.commit;
	result->commit = tip.ref;
	result->tree = outcome.tree;
	if (gm_oid_equal(&outcome.tree, &tip.tree) && !outcome.lost.n &&
		!options->allow_empty)
		return 0;
	rc = write_commits(result, batch, &tip, &outcome, options);
	if (rc == 0)
		rc = move_ref(result, repo, lock, batch, &tip, options);
	result->committed = rc == 0;
	return rc;
}

static int commit_content(struct gm_transaction_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct content *content,
	const struct gm_transaction_options *options)
{
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	int rc = 0;

	for (int tries = 1; tries <= MAX_TRIES; tries++) {
		gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
		gm_transaction_result_dispose(&result);
		rc = gm_batch_begin(&batch, gm_repo_store(repo));
		if (rc == 0)
			rc = try_once(&result, repo, lock, batch, content, options);
		if (rc != GM_EMODIFIED)
			break;
	}
	if (rc < 0)
		return rc;
	gm_transaction_result_dispose(out);
	*out = result;
	result = (struct gm_transaction_result)GM_TRANSACTION_RESULT_INIT;
	return 0;
}

int gm_transaction_commit(struct gm_transaction_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_change *changes, size_t n,
	const struct gm_transaction_options *options)
{
	const struct content content = {.changes = changes, .n = n};

	return commit_content(out, repo, lock, &content, options);
}

int gm_transaction_commit_tree(struct gm_transaction_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_oid *base, const struct gm_oid *tree,
	const struct gm_transaction_options *options)
{
	const struct content content = {.tree = tree, .base = base};

	return commit_content(out, repo, lock, &content, options);
}
