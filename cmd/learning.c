#include "cmd/learning.h"

#include "base/file.h"
#include "cmd/embedding.h"

int gm_call_learn(struct gm_call *call, struct gm_index *index, enum gm_learn_when when)
{
	static const enum gm_embed_when embed[] = {
		[GM_LEARN_QUICK] = GM_EMBED_FIRST,
		[GM_LEARN_DUE] = GM_EMBED_THEN,
		[GM_LEARN_ANEW] = GM_EMBED_ALL,
	};
	struct gm_progress progress = {.wanted = gm_call_progress(call)};
	int rc = gm_call_embed(call, index, embed[when]);

	if (rc == 0)
		rc = gm_index_learn(index, when, &progress);
	return rc < 0 ? rc : 0;
}

static int select_tree(
	struct gm_call *call, struct gm_index *index, const struct gm_oid *tree)
{
	struct gm_progress progress;
	size_t n = 0;

	gm_progress_start(&progress, "Indexing", 0, gm_call_progress(call));
	int rc = gm_index_select(index, tree, NULL, &progress);
	if (rc == 0)
		rc = gm_index_has(index, tree, &n);
	gm_progress_finish(&progress, n);
	return rc < 0 ? rc : 0;
}

static int tend(struct gm_call *call, const struct gm_oid *tree)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&dir, call->repo, "recall");

	if (rc == 0 && !tree && !gm_path_exists(gm_buf_str(&dir)))
		return 0;
	if (rc == 0)
		rc = gm_index_open(
			&index, NULL, gm_buf_str(&dir), gm_repo_store(call->repo));
	if (rc == 0)
		rc = gm_call_set_embedding(call, index);
	if (rc == 0 && tree)
		rc = select_tree(call, index, tree);
	if (rc == 0)
		rc = gm_index_tidy(index, false);
	return rc < 0 ? rc : gm_call_learn(call, index, GM_LEARN_DUE);
}

void gm_call_tend_index(struct gm_call *call, const struct gm_oid *tree)
{
	if (tend(call, tree) < 0 && call->verbose)
		gm_warn("the recall index waits for the next recall: %s",
			gm_error_last()->message);
}
