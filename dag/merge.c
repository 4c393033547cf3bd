#include "dag/merge.h"

#include <string.h>

#include "dag/commit_names.h"
#include "dag/merge_superseded.h"
#include "dag/walk.h"

/* How often the branch may move under us by a writer who does not take our lock: stock git. */
#define MAX_TRIES 16

void gm_merge_dispose(struct gm_merge *merge)
{
	gm_tree_merge_dispose(&merge->trees);
	gm_batch_free(merge->batch);
	gm_free(merge->stale);
	*merge = (struct gm_merge)GM_MERGE_INIT;
}

static int read_tree(struct gm_oid *out, struct gm_repo *repo, const struct gm_oid *oid,
	const char *name)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc;

	*out = gm_oid_empty_tree;
	if (gm_oid_is_zero(oid))
		return 0;
	rc = gm_commit_read(&commit, gm_repo_store(repo), oid);
	if (rc == GM_ENOTFOUND)
		return gm_error(
			GM_EMISMATCH, "'%s' names a commit that is missing", name);
	if (rc == 0)
		*out = commit.tree;
	return rc;
}

static int read_tip(struct gm_merge *merge, struct gm_repo *repo,
	const struct gm_merge_options *options)
{
	int rc = gm_ref_read(&merge->at, NULL, gm_repo_refs(repo), options->ref);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == GM_ENOTFOUND)
		merge->at = gm_oid_zero;
	merge->tip = rc == 0 ? merge->at : options->start;
	rc = read_tree(&merge->tip_tree, repo, &merge->tip, options->ref);
	return rc < 0 ? rc
		      : read_tree(&merge->theirs_tree, repo, &options->theirs, "merge");
}

static int find_kind(struct gm_merge *merge, struct gm_repo *repo,
	const struct gm_merge_options *options)
{
	struct gm_oid bases[2];

	if (gm_oid_is_zero(&merge->tip)) {
		merge->kind = GM_MERGE_FAST_FORWARD;
		return 0;
	}
	int n = gm_merge_bases(
		bases, 2, gm_repo_store(repo), &merge->tip, &options->theirs);
	if (n < 0)
		return n;
	merge->is_unrelated = n == 0;
	merge->base = n == 1 ? bases[0] : gm_oid_zero;
	merge->kind = GM_MERGE_TRUE;
	if (n == 1 && gm_oid_equal(&bases[0], &options->theirs))
		merge->kind = GM_MERGE_UP_TO_DATE;
	else if (n == 1 && gm_oid_equal(&bases[0], &merge->tip))
		merge->kind = GM_MERGE_FAST_FORWARD;
	return 0;
}

static int check_kind(struct gm_merge *merge, const struct gm_merge_options *options)
{
	bool can_forward = merge->kind != GM_MERGE_TRUE;

	if (merge->kind == GM_MERGE_FAST_FORWARD && options->no_ff) {
		if (gm_oid_is_zero(&merge->tip))
			return gm_error(GM_ERROR,
				"a commit of a merge makes no sense on an empty branch");
		merge->kind = GM_MERGE_TRUE;
	}
	if (merge->is_unrelated && !options->allow_unrelated)
		return gm_error(GM_ERROR, "refusing to merge unrelated histories");
	if (!can_forward && options->ff_only)
		return gm_error(GM_ERROR, "not possible to fast-forward");
	return 0;
}

/* The tree of what the two have in common. */
static int find_base(struct gm_oid *out, struct gm_merge *merge, struct gm_repo *repo,
	const struct gm_merge_options *options)
{
	*out = gm_oid_empty_tree;
	if (merge->is_unrelated)
		return 0;
	if (!gm_oid_is_zero(&merge->base))
		return read_tree(out, repo, &merge->base, "merge");
	return gm_merge_base_tree(
		out, merge->batch, gm_repo_store(repo), &merge->tip, &options->theirs);
}

static const struct gm_settlement *find_settlement(size_t *at_out,
	const struct gm_merge_options *options, const struct gm_merge_entry *entry)
{
	for (size_t i = 0; i < options->n_settlements; i++) {
		const char *name = options->settlements[i].name;
		if (!strcmp(name, *entry->id ? entry->id : entry->path)) {
			*at_out = i;
			return &options->settlements[i];
		}
	}
	return NULL;
}

/* How many settlements were made for other versions than those that are merged. */
static size_t find_stale(struct gm_merge *merge, const struct gm_merge_options *options)
{
	size_t n = 0;

	for (size_t i = 0; i < merge->trees.n; i++) {
		const struct gm_merge_entry *entry = &merge->trees.entries[i];
		size_t at;
		const struct gm_settlement *how =
			entry->resolved ? find_settlement(&at, options, entry) : NULL;
		if (!how || merge->stale[at] ||
			(gm_oid_equal(&how->ours, &entry->ours) &&
				gm_oid_equal(&how->theirs, &entry->theirs)))
			continue;
		merge->stale[at] = true;
		n++;
	}
	return n;
}

static struct gm_merge_resolution resolution_of(const struct gm_settlement *how)
{
	return (struct gm_merge_resolution){.name = how->name,
		.take = how->take,
		.bytes = gm_buf_str(&how->bytes),
		.size = how->bytes.size};
}

static int merge_trees(struct gm_merge *merge, const struct gm_oid *base,
	const struct gm_merge_options *options)
{
	gm_autofree struct gm_merge_resolution *resolutions =
		gm_calloc(options->n_settlements + 1, sizeof(*resolutions));
	struct gm_tree_merge_options trees = {
		.strategy = options->strategy,
		.resolutions = resolutions,
		.no_tree = options->no_tree,
		.only_both = options->only_both};

	if (!resolutions)
		return GM_ENOMEM;
	for (size_t i = 0; i < options->n_settlements; i++)
		if (!merge->stale[i])
			resolutions[trees.n_resolutions++] =
				resolution_of(&options->settlements[i]);
	return gm_trees_merge(&merge->trees, merge->batch, base, &merge->tip_tree,
		&merge->theirs_tree, &trees);
}

static int merge_settled(struct gm_merge *merge, struct gm_repo *repo,
	const struct gm_merge_options *options)
{
	struct gm_oid base;
	int rc = gm_batch_begin(&merge->batch, gm_repo_store(repo));

	if (rc == 0)
		rc = find_base(&base, merge, repo, options);
	merge->stale = rc < 0
		? NULL
		: gm_calloc(options->n_settlements + 1, sizeof(*merge->stale));
	if (rc < 0 || !merge->stale)
		return rc < 0 ? rc : GM_ENOMEM;
	do
		rc = merge_trees(merge, &base, options);
	while (rc == 0 && find_stale(merge, options));
	return rc < 0 ? rc : gm_merge_note_superseded(&merge->trees, merge->batch);
}

int gm_merge_plan(struct gm_merge *out, struct gm_repo *repo,
	const struct gm_merge_options *options)
{
	int rc = read_tip(out, repo, options);

	if (rc == 0)
		rc = find_kind(out, repo, options);
	if (rc == 0)
		rc = check_kind(out, options);
	return rc < 0 || out->kind != GM_MERGE_TRUE ? rc
						    : merge_settled(out, repo, options);
}

bool gm_merge_is_unsettled(
	const struct gm_merge *merge, const struct gm_merge_options *options)
{
	return merge->kind == GM_MERGE_TRUE && options->strategy == GM_STRATEGY_MANUAL &&
		merge->trees.n_conflicts;
}

/* Plan anew what was planned for another tip, or is spent. */
static int renew(struct gm_merge *merge, struct gm_repo *repo,
	const struct gm_merge_options *options, bool is_spent)
{
	struct gm_oid at = gm_oid_zero;
	int rc = gm_ref_read(&at, NULL, gm_repo_refs(repo), options->ref);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (gm_oid_equal(&at, &merge->at) && !is_spent)
		return 0;
	gm_merge_dispose(merge);
	return gm_merge_plan(merge, repo, options);
}

static int write_commit(struct gm_oid *out, struct gm_merge *merge,
	const struct gm_merge_options *options, const struct gm_merge_record *record)
{
	struct gm_oid parents[] = {merge->tip, options->theirs};
	struct gm_commit commit = GM_COMMIT_INIT;

	commit.tree = merge->trees.tree;
	commit.parents = parents;
	commit.n_parents = 2;
	commit.author = *record->author;
	commit.committer = *record->committer;
	commit.message = (char *)(uintptr_t)record->message;
	return gm_commit_write(out, merge->batch, &commit);
}

static int make_once(struct gm_transaction_result *result, struct gm_merge *merge,
	struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_merge_options *options, const struct gm_merge_record *record)
{
	struct gm_ref_update update = {.name = options->ref,
		.old_oid = merge->at,
		.new_oid = options->theirs,
		.who = record->committer,
		.message = record->moved};
	int rc = 0;

	result->parent = merge->tip;
	result->commit = merge->tip;
	result->tree = merge->tip_tree;
	if (merge->kind == GM_MERGE_UP_TO_DATE || gm_merge_is_unsettled(merge, options))
		return 0;
	if (merge->kind == GM_MERGE_TRUE) {
		update.message = record->committed;
		rc = write_commit(&update.new_oid, merge, options, record);
		if (rc == 0)
			rc = gm_ref_update_with(
				gm_repo_refs(repo), lock, merge->batch, &update);
	} else {
		rc = gm_ref_update(gm_repo_refs(repo), lock, &update);
	}
	if (rc < 0)
		return rc;
	result->commit = update.new_oid;
	result->tree =
		merge->kind == GM_MERGE_TRUE ? merge->trees.tree : merge->theirs_tree;
	result->committed = true;
	return 0;
}

int gm_merge_make(struct gm_transaction_result *out, struct gm_merge *merge,
	struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_merge_options *options, const struct gm_merge_record *record)
{
	struct gm_transaction_result result = GM_TRANSACTION_RESULT_INIT;
	int rc = GM_EMODIFIED;

	for (int tries = 0; rc == GM_EMODIFIED && tries < MAX_TRIES; tries++) {
		rc = renew(merge, repo, options, tries > 0);
		if (rc == 0)
			rc = make_once(&result, merge, repo, lock, options, record);
	}
	if (rc < 0)
		return rc;
	gm_transaction_result_dispose(out);
	*out = result;
	return 0;
}
