#include "cmd/gc_index.h"

#include "base/file.h"
#include "index/index.h"

/* The trees of branches and tags. */
struct tips {
	struct gm_store *store;
	struct gm_oid *trees;
	size_t n;
	size_t cap;
};

static void tips_dispose(struct tips *tips)
{
	gm_free(tips->trees);
}

static int add_tip(const char *name, const struct gm_oid *oid, void *payload)
{
	struct tips *tips = payload;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_oid target;
	enum gm_object_type type;
	int rc = gm_object_peel(&target, &type, tips->store, oid);

	(void)name;
	if (rc == 0)
		rc = gm_commit_read(&commit, tips->store, &target);
	if (rc < 0)
		return rc == GM_ENOMEM ? rc : 0; /* another object, or a damaged one */
	rc = gm_grow(&tips->trees, &tips->cap, tips->n + 1, sizeof(*tips->trees));
	if (rc == 0)
		tips->trees[tips->n++] = commit.tree;
	return rc;
}

static int find_tips(struct tips *out, struct gm_call *call)
{
	int rc = gm_refs_each(gm_repo_refs(call->repo), "refs/heads/", add_tip, out);

	return rc < 0
		? rc
		: gm_refs_each(gm_repo_refs(call->repo), "refs/tags/", add_tip, out);
}

static int prune(struct gm_call *call, struct gm_index *index)
{
	gm_cleanup(tips_dispose) struct tips tips = {.store = gm_repo_store(call->repo)};
	int rc = find_tips(&tips, call);

	return rc < 0 ? rc : gm_index_prune(index, tips.trees, tips.n);
}

static int tend(struct gm_call *call)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	size_t n = 0;
	int rc = gm_repo_path(&dir, call->repo, "recall");

	if (rc < 0 || !gm_path_exists(gm_buf_str(&dir)))
		return rc;
	rc = gm_index_open(&index, NULL, gm_buf_str(&dir), gm_repo_store(call->repo));
	if (rc == 0)
		rc = gm_index_forget(index, &n);
	if (rc < 0) {
		gm_warn("the recall index may still hold what was removed: %s; "
			"'gitmem reindex' makes it anew",
			gm_error_last()->message);
		return rc;
	}
	if (n)
		gm_talk(call, "forgot %zu memor%s in the recall index", n,
			n == 1 ? "y" : "ies");
	return prune(call, index);
}

void gm_gc_index(struct gm_call *call)
{
	(void)tend(call); /* what was not done the next gc does */
}
