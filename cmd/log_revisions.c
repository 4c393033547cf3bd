#include "cmd/log_revisions.h"

#include <string.h>

#include "cmd/revision_hint.h"
#include "dag/tree.h"

/* In how many revisions a name is looked up. */
#define TIPS_MAX 16

void gm_log_revisions_dispose(struct gm_log_revisions *revisions)
{
	gm_revision_range_dispose(&revisions->range);
	gm_names_dispose(&revisions->names);
}

/* Without a revision history begins at the head, if that has any. */
static int add_head(struct gm_log_revisions *revisions, struct gm_call *call)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head(&head, call);

	if (rc < 0 || !head.exists)
		return rc;
	return gm_revision_range_add_commit(&revisions->range, &head.commit, false);
}

static int add_refs(struct gm_log_revisions *revisions, struct gm_call *call)
{
	const struct {
		bool wanted;
		const char *prefix;
	} kinds[] = {
		{revisions->all, "refs/"},
		{revisions->branches, "refs/heads/"},
		{revisions->tags, "refs/tags/"},
		{revisions->remotes, "refs/remotes/"},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].wanted)
			rc = gm_revision_range_add_refs(
				&revisions->range, call->repo, kinds[i].prefix);
	if (rc == 0 && revisions->all)
		rc = add_head(revisions, call);
	return rc;
}

/*
 * Returns in `n_out` how many arguments are revisions; `why_out` is why the next one is none.
 */
static int add_revisions(size_t *n_out, struct gm_error *why_out,
	struct gm_log_revisions *revisions, struct gm_call *call,
	const struct gm_options_result *args)
{
	size_t i = 0;

	for (; i < args->n_before_dashes; i++) {
		int rc = gm_revision_range_add(
			&revisions->range, call->repo, args->rest[i], call->branch);
		bool none = rc == GM_ENOTFOUND || rc == GM_EINVALID;
		if (rc < 0 && (!none || args->has_dashes))
			return rc;
		if (none) {
			*why_out = *gm_error_last();
			break;
		}
	}
	*n_out = i;
	return 0;
}

/* `why`: why the first name is no revision. */
static int no_revision_or_memory(
	struct gm_call *call, const char *text, const struct gm_error *why)
{
	if (why && gm_is_only_revision(text)) {
		int rc = gm_error(why->code, "%s", why->message);
		gm_error_unknown(why->unknown);
		return rc;
	}
	(void)gm_error(GM_ENOTFOUND, "no revision or memory '%s'", text);
	gm_hint_unknown(call, text);
	if (!*gm_error_last()->hint)
		gm_error_hint("names of removed memories stand behind '--'");
	return GM_ENOTFOUND;
}

/* The tree of the `nth` revision that is shown: 1, or 0 when there are not so many. */
static int find_tip(struct gm_oid *tree_out, const struct gm_log_revisions *revisions,
	struct gm_store *store, size_t nth)
{
	const struct gm_revision_range *range = &revisions->range;
	gm_autocommit commit = GM_COMMIT_INIT;
	size_t i = 0;

	for (size_t shown = 0; i < range->n; i++)
		if (!range->items[i].hidden && shown++ == nth)
			break;
	if (i == range->n)
		return 0;
	int rc = gm_commit_read(&commit, store, &range->items[i].oid);
	if (rc < 0)
		return rc;
	*tree_out = commit.tree;
	return 1;
}

/* 1 when the name means a file or folder of the tree, or a memory in it, or several. */
static int fits(struct gm_call *call, const struct gm_oid *tree, const char *name)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autoview view = GM_VIEW_INIT(call);
	struct gm_oid oid;
	unsigned mode;

	if (gm_tree_lookup(&oid, &mode, gm_repo_store(call->repo), tree, name) == 0)
		return 1;
	view.tree = *tree;
	int rc = gm_memory_find(&memory, &view, name);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	return rc == 0 || rc == GM_EAMBIGUOUS;
}

/*
 * The tree in which a name is looked up: that of the first revision, or when there are several,
 * of the first one that knows it.
 */
static int find_tree(struct gm_oid *out, const struct gm_log_revisions *revisions,
	struct gm_call *call, const char *name)
{
	struct gm_store *store = gm_repo_store(call->repo);
	struct gm_oid tree;
	int rc = find_tip(out, revisions, store, 0);

	if (rc <= 0 || (rc = find_tip(&tree, revisions, store, 1)) <= 0)
		return rc;
	for (size_t i = 0; i < TIPS_MAX; i++) {
		rc = find_tip(&tree, revisions, store, i);
		if (rc <= 0)
			return rc;
		rc = fits(call, &tree, name);
		if (rc > 0)
			*out = tree;
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return 0;
}

static int add_names(struct gm_log_revisions *revisions, struct gm_call *call,
	const struct gm_options_result *args, size_t n_revisions,
	const struct gm_error *why)
{
	struct gm_names *names = &revisions->names;
	int rc = 0;

	for (size_t i = n_revisions; rc == 0 && i < args->n_rest; i++) {
		gm_autoview view = GM_VIEW_INIT(call);
		rc = find_tree(&view.tree, revisions, call, args->rest[i]);
		if (rc >= 0)
			rc = gm_names_add(names, &view, args->rest[i]);
		if (rc == 0 && names->unknown && !args->has_dashes)
			rc = no_revision_or_memory(
				call, names->unknown, i == n_revisions ? why : NULL);
	}
	if (rc == 0 && names->unknown && !names->paths.n)
		rc = gm_error(GM_ENOTFOUND, "no memory '%s'", names->unknown);
	return rc;
}

int gm_log_revisions_parse(struct gm_log_revisions *revisions, struct gm_call *call,
	const struct gm_options_result *args)
{
	struct gm_error why = {.code = GM_OK};
	size_t n = 0;
	int rc = add_refs(revisions, call);

	if (rc == 0)
		rc = add_revisions(&n, &why, revisions, call, args);
	if (rc == 0 && !n && !revisions->all && !revisions->branches &&
		!revisions->tags && !revisions->remotes)
		rc = add_head(revisions, call);
	return rc < 0 ? rc : add_names(revisions, call, args, n, &why);
}

int gm_log_revisions_push(const struct gm_log_revisions *revisions, struct gm_walk *walk)
{
	const struct gm_names *names = &revisions->names;
	int rc = gm_revision_range_push(&revisions->range, walk);

	for (size_t i = 0; rc == 0 && i < names->paths.n; i++)
		if (!gm_names_is_by_id(names, i))
			rc = gm_walk_limit_paths(
				walk, (const char *const *)&names->paths.items[i], 1);
	for (size_t i = 0; rc == 0 && i < names->n_memories; i++)
		rc = gm_walk_follow(walk, names->memories[i].id,
			names->paths.items[names->memories[i].path]);
	return rc;
}

bool gm_log_revisions_hide(const struct gm_log_revisions *revisions)
{
	for (size_t i = 0; i < revisions->range.n; i++)
		if (revisions->range.items[i].hidden)
			return true;
	return false;
}
