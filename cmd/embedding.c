#include "cmd/embedding.h"

#include <stdio.h>

#include "base/file.h"

/* A reader makes so many before it answers: with a server, in requests of their own. */
#define FIRST_BATCHES 2
#define FIRST_STATIC 2048
#define STEP_MS 1000

static int use(struct gm_call *call, struct gm_index *index,
	const struct gm_embedding_settings *settings)
{
	struct gm_embedding *embedding = NULL;
	gm_autofree char *dir = NULL;

	if (settings->kind == GM_EMBEDDING_LSA)
		return 0;
	if (settings->kind == GM_EMBEDDING_NONE)
		return gm_index_set_embedding(index, NULL);
	dir = gm_path_dir(gm_repo_dir(call->repo));
	int rc = dir ? gm_embedding_new(&embedding, settings, dir) : GM_ENOMEM;
	return rc < 0 ? rc : gm_index_set_embedding(index, embedding);
}

int gm_call_set_embedding(struct gm_call *call, struct gm_index *index)
{
	struct gm_embedding_settings settings;
	int rc = gm_embedding_settings_read(&settings, gm_repo_config(call->repo));

	if (rc == GM_EINVALID) {
		if (!call->told_embedding)
			gm_warn("recall goes by words alone: %s",
				gm_error_last()->message);
		call->told_embedding = true;
		return gm_index_set_embedding(index, NULL);
	}
	return rc < 0 ? rc : use(call, index, &settings);
}

static struct gm_embed_limits limits_of(
	const struct gm_embedding_settings *settings, enum gm_embed_when when)
{
	size_t n = settings->kind == GM_EMBEDDING_STATIC
		? FIRST_STATIC
		: FIRST_BATCHES * settings->batch;

	return (struct gm_embed_limits){
		.n = when == GM_EMBED_FIRST ? n : 0,
		.budget_ms = when == GM_EMBED_ALL ? 0 : STEP_MS,
	};
}

int gm_call_embed(struct gm_call *call, struct gm_index *index, enum gm_embed_when when)
{
	struct gm_embedding_settings settings;
	struct gm_progress progress = {.wanted = gm_call_progress(call)};

	if (gm_embedding_settings_read(&settings, gm_repo_config(call->repo)) < 0 ||
		settings.kind == GM_EMBEDDING_LSA || settings.kind == GM_EMBEDDING_NONE)
		return 0;
	struct gm_embed_limits limits = limits_of(&settings, when);
	int rc = gm_index_embed(index, &limits, &progress);
	return rc < 0 ? rc : 0;
}

void gm_call_tell_embedding(struct gm_call *call, const struct gm_index *index)
{
	struct gm_vector_state state;

	gm_index_vector_state(&state, index);
	if (call->told_embedding || (!*state.trouble && state.usable))
		return;
	call->told_embedding = true;
	if (*state.trouble)
		gm_warn("recall goes by words alone: %s", state.trouble);
	else
		gm_warn("recall goes by words alone: %zu memor%s no vector yet; 'gitmem "
			"reindex' makes them at once",
			state.missing, state.missing == 1 ? "y has" : "ies have");
}
