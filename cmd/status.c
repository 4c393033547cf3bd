#include <string.h>

#include "cmd/branch_upstream.h"
#include "cmd/commands.h"
#include "cmd/commit_json.h"
#include "cmd/embedding.h"
#include "cmd/memory.h"
#include "cmd/merge_waiting.h"
#include "index/learn.h"

/* All that `status` tells. */
struct state {
	struct gm_head head;
	struct gm_stage *stage;
	struct gm_record_deltas deltas;
	struct gm_tracking upstream;
	int indexed; /* whether the index holds the head's tree */
	size_t indexed_memories;
	struct gm_learned learned; /* of an index that holds it */
	const char *embedding; /* the kind that is set; NULL: the settings are wrong */
};

static void state_dispose(struct state *state)
{
	gm_head_dispose(&state->head);
	gm_stage_free(state->stage);
	gm_record_deltas_dispose(&state->deltas);
	gm_tracking_dispose(&state->upstream);
}

static int read_index(struct state *state, struct gm_call *call)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_embedding_settings settings;
	int rc = gm_repo_path(&file, call->repo, "recall");

	if (rc == 0)
		rc = gm_index_open(
			&index, NULL, gm_buf_str(&file), gm_repo_store(call->repo));
	if (rc == 0)
		rc = gm_index_has(index, &state->head.tree, &state->indexed_memories);
	if (gm_embedding_settings_read(&settings, gm_repo_config(call->repo)) == 0)
		state->embedding = gm_embedding_kind_name(settings.kind);
	if (rc > 0) {
		rc = gm_call_set_embedding(call, index);
		if (rc == 0)
			rc = gm_index_learned(&state->learned, index);
		rc = rc < 0 ? rc : 1;
	}
	state->indexed = rc > 0;
	return rc == GM_ENOMEM ? rc : 0; /* what cannot be read counts as stale */
}

static int read_state(struct state *state, struct gm_call *call)
{
	int rc = gm_call_head_and_stage(&state->head, &state->stage, call);

	if (rc == 0)
		rc = gm_record_diff_stage(&state->deltas, gm_repo_store(call->repo),
			&state->head.tree, state->stage);
	if (rc == 0 && state->head.branch)
		rc = gm_tracking_read(&state->upstream, call->repo, state->head.branch,
			&state->head.commit);
	return rc < 0 ? rc : read_index(state, call);
}

static int staged_json(json_t **out, const struct gm_record_deltas *deltas)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < deltas->n; i++) {
		json_t *item = NULL;
		rc = gm_delta_json(&item, &deltas->items[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&list);
	return 0;
}

/* What recall has learned from; null when that is not known. */
static int set_embedding(json_t *object, const struct state *state)
{
	const struct gm_learned *learned = &state->learned;
	gm_autojson *embedding = state->indexed ? gm_json_object() : json_null();
	int rc = embedding ? 0 : GM_ENOMEM;

	if (rc == 0 && state->indexed) {
		rc = gm_json_set_string(embedding, "kind", state->embedding);
		if (rc == 0)
			rc = gm_json_set_int(
				embedding, "learned", (long long)learned->learned);
		if (rc == 0)
			rc = gm_json_set_int(
				embedding, "memories", (long long)learned->memories);
		if (rc == 0)
			rc = gm_json_set_int(
				embedding, "dimensions", (long long)learned->dims);
		if (rc == 0)
			rc = gm_json_set_bool(embedding, "due", learned->is_due);
	}
	return rc < 0 ? rc : gm_json_set(object, "embedding", gm_steal(&embedding));
}

/* NULL when none is set. */
static const char *upstream_name(const struct state *state)
{
	const struct gm_buf *ref = &state->upstream.ref;

	return ref->size ? gm_upstream_name(gm_buf_str(ref)) : NULL;
}

static int print_json(struct gm_call *call, const struct state *state)
{
	gm_autojson *object = gm_json_object();
	json_t *staged = NULL;
	json_t *merge = NULL;
	char hex[GM_OID_HEX];
	int rc = object ? 0 : GM_ENOMEM;

	gm_oid_format(hex, &state->head.commit);
	if (rc == 0)
		rc = gm_json_set_string(object, "branch", state->head.branch);
	if (rc == 0)
		rc = gm_json_set_string(object, "head", state->head.exists ? hex : NULL);
	if (rc == 0)
		rc = staged_json(&staged, &state->deltas);
	if (rc == 0)
		rc = gm_json_set(object, "staged", staged);
	if (rc == 0)
		rc = gm_set_tracking(object, &state->upstream);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "index", state->indexed ? "current" : "stale");
	if (rc == 0)
		rc = set_embedding(object, state);
	if (rc == 0)
		rc = gm_waiting_merge_json(&merge, call, &state->head);
	if (rc == 0)
		rc = gm_json_set(object, "merge", merge);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_staged(
	const struct gm_call *call, const struct gm_record_delta *delta, bool brief)
{
	static const struct {
		char status;
		const char *word;
		const char *color;
	} kinds[] = {{'A', "added", "\033[32m"}, {'M', "changed", "\033[33m"},
		{'D', "removed", "\033[31m"}};
	gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);
	size_t kind = 0;
	int rc = gm_put_safe(&path, delta->path, strlen(delta->path));

	while (kind < 2 && kinds[kind].status != delta->status)
		kind++;
	if (rc < 0)
		return rc;
	if (brief)
		return gm_print("%s%c%s %s %s\n", call->colored ? kinds[kind].color : "",
			delta->status, call->colored ? "\033[m" : "",
			gm_short_id(delta->id), gm_buf_str(&path));
	return gm_print("  %s%-8s%s %s  %s\n", call->colored ? kinds[kind].color : "",
		kinds[kind].word, call->colored ? "\033[m" : "", gm_short_id(delta->id),
		gm_buf_str(&path));
}

static int print_upstream(const struct state *state)
{
	const char *name = upstream_name(state);

	if (!name)
		return 0;
	if (state->upstream.is_gone)
		return gm_print("Upstream '%s' is gone\n", name);
	return gm_print("Upstream '%s': %zu ahead, %zu behind\n", name,
		state->upstream.ahead, state->upstream.behind);
}

static int print_text(struct gm_call *call, const struct state *state)
{
	gm_autobuf merge = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = state->head.branch ? gm_print("On branch %s\n", state->head.branch)
				    : gm_print("HEAD detached\n");

	if (rc == 0 && !state->head.exists)
		rc = gm_print("No commits yet\n");
	if (rc == 0)
		rc = print_upstream(state);
	if (rc == 0)
		rc = gm_put_waiting_merge(&merge, call, &state->head);
	if (rc == 0)
		rc = gm_print("%s", gm_buf_str(&merge));
	if (rc == 0)
		rc = state->deltas.n ? gm_print("Staged for the next commit:\n")
				     : gm_print("Nothing is staged\n");
	for (size_t i = 0; rc == 0 && i < state->deltas.n; i++)
		rc = print_staged(call, &state->deltas.items[i], false);
	if (rc == 0 && state->indexed)
		rc = gm_print("Index: current, %zu memories\n", state->indexed_memories);
	else if (rc == 0)
		rc = gm_print("Index: stale, the next recall brings it up to date\n");
	if (rc == 0 && state->embedding && strcmp(state->embedding, "lsa") != 0)
		rc = gm_print("Embedding: %s\n", state->embedding);
	if (rc == 0 && state->learned.is_due)
		rc = gm_print(
			"Embedding: learned from %zu memories, 'gitmem gc' learns it "
			"anew\n",
			state->learned.learned);
	return rc;
}

int gm_cmd_status(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"status [--short]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(state_dispose) struct state state = {.head = GM_HEAD_INIT,
		.deltas = GM_RECORD_DELTAS_INIT,
		.upstream = GM_TRACKING_INIT};
	bool brief = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 's', "short", &brief, NULL,
			"one line a staged change, no more", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "status",
		.synopsis = synopsis,
		.summary = "Tell what is staged, and how the branch and the index stand.",
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
		rc = read_state(&state, call);
	if (rc == 0)
		rc = gm_call_page(call);
	if (rc < 0)
		return rc;
	if (call->json)
		return print_json(call, &state);
	for (size_t i = 0; brief && rc == 0 && i < state.deltas.n; i++)
		rc = print_staged(call, &state.deltas.items[i], true);
	return brief ? rc : print_text(call, &state);
}
