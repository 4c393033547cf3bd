#include <stdio.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/embedding.h"
#include "cmd/learning.h"
#include "index/digest.h"
#include "index/index.h"

/* Branches are indexed one after another, so that the first recall on each is quick. */
struct pass {
	struct gm_call *call;
	struct gm_index *index;
	struct gm_progress progress;
	size_t skipped;
};

static int index_branch(const char *name, const struct gm_oid *oid, void *payload)
{
	struct pass *pass = payload;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, gm_repo_store(pass->call->repo), oid);

	if (rc == 0)
		rc = gm_index_select(pass->index, &commit.tree, NULL, &pass->progress);
	if (rc < 0)
		return gm_error_prefix("%s", name);
	pass->skipped += gm_index_skipped(pass->index);
	return 0;
}

/* HEAD comes last, also when it is detached; `n_out` gets how many memories it has. */
static int index_all(size_t *n_out, struct pass *pass)
{
	gm_autohead head = GM_HEAD_INIT;
	struct gm_repo *repo = pass->call->repo;
	int rc;

	gm_progress_start(&pass->progress, "Indexing", 0, gm_call_progress(pass->call));
	rc = gm_refs_each(gm_repo_refs(repo), "refs/heads/", index_branch, pass);
	if (rc == 0)
		rc = gm_head_read(&head, repo, NULL);
	if (rc == 0 && head.exists && !head.branch)
		rc = index_branch("HEAD", &head.commit, pass);
	if (rc == 0)
		rc = gm_index_tidy(pass->index, true);
	if (rc == 0 && head.exists)
		rc = gm_index_has(pass->index, &head.tree, n_out);
	gm_progress_finish(&pass->progress, *n_out);
	if (rc >= 0 && gm_index_in_memory(pass->index))
		rc = gm_error(GM_EACCESS, "cannot write the recall index");
	return rc < 0 ? rc : gm_call_learn(pass->call, pass->index, GM_LEARN_ANEW);
}

/* What was learned, and what the index is known by. */
static int give_index(json_t *object, struct gm_index *index)
{
	struct gm_learned learned;
	uint8_t digest[GM_SHA256_SIZE];
	char hex[2 * GM_SHA256_SIZE + 1];
	int rc = gm_index_learned(&learned, index);

	if (rc == 0)
		rc = gm_index_digest(digest, index);
	for (size_t i = 0; rc == 0 && i < sizeof(digest); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	if (rc == 0)
		rc = gm_json_set_int(object, "learned", (long long)learned.learned);
	if (rc == 0)
		rc = gm_json_set_int(object, "dimensions", (long long)learned.dims);
	return rc < 0 ? rc : gm_json_set_string(object, "digest", hex);
}

static int tell(struct pass *pass, size_t n)
{
	if (pass->skipped)
		gm_warn("%zu damaged file%s left out; 'gitmem fsck' names them",
			pass->skipped, pass->skipped == 1 ? " is" : "s are");
	if (!pass->call->json) {
		gm_talk(pass->call, "indexed %zu memor%s", n, n == 1 ? "y" : "ies");
		return 0;
	}
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_int(object, "memories", (long long)n) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_int(object, "skipped", (long long)pass->skipped);
	if (rc == 0)
		rc = give_index(object, pass->index);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

int gm_cmd_reindex(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"reindex [--progress]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct pass pass = {.call = call};
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	size_t n = 0;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "reindex",
		.synopsis = synopsis,
		.summary = "Make the recall index anew from the branches.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = gm_repo_path(&dir, call->repo, "recall");
	if (rc == 0)
		rc = gm_index_open(
			&index, NULL, gm_buf_str(&dir), gm_repo_store(call->repo));
	if (rc == 0)
		rc = gm_call_set_embedding(call, index);
	if (rc == 0)
		rc = gm_index_reset(index);
	if (rc < 0)
		return rc;
	pass.index = index;
	rc = index_all(&n, &pass);
	if (rc < 0)
		return rc;
	gm_call_tell_embedding(call, index);
	return tell(&pass, n);
}
