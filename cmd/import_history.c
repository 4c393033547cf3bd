#include "cmd/import_history.h"

#include <string.h>

#include "base/interrupt.h"
#include "base/map.h"
#include "dag/path_rule.h"
#include "dag/record_diff.h"
#include "dag/walk.h"

struct gm_import_history {
	struct gm_repo *repo;
	struct gm_oid tip;
	bool read;
	bool read_all;
	struct gm_map had;   /* every blob that the branch has had */
	struct gm_map by_id; /* UUID -> its number in `blobs` */
	struct gm_oid *blobs;
	size_t n;
	size_t cap;
};

int gm_import_history_new(
	struct gm_import_history **out, struct gm_repo *repo, const struct gm_oid *tip)
{
	struct gm_import_history *history = gm_calloc(1, sizeof(*history));

	if (!history)
		return GM_ENOMEM;
	history->repo = repo;
	history->tip = *tip;
	history->by_id = (struct gm_map)GM_MAP_INIT(GM_UUID_SIZE);
	history->had = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	*out = history;
	return 0;
}

void gm_import_history_free(struct gm_import_history *history)
{
	if (!history)
		return;
	gm_map_dispose(&history->by_id);
	gm_map_dispose(&history->had);
	gm_free(history->blobs);
	gm_free(history);
}

static bool is_import(const struct gm_commit *commit)
{
	size_t size = strlen(commit->message);
	size_t trailer = strlen(GM_IMPORT_TRAILER);

	while (size && commit->message[size - 1] == '\n')
		size--;
	return size >= trailer &&
		!memcmp(commit->message + size - trailer, GM_IMPORT_TRAILER, trailer) &&
		(size == trailer || commit->message[size - trailer - 1] == '\n');
}

/* False when the file is no memory. */
static int read_id(char out[GM_UUID_TEXT], struct gm_import_history *history,
	const struct gm_tree_delta *delta)
{
	gm_autorecord record = GM_RECORD_INIT;

	if (!gm_path_may_be_record(delta->path))
		return 0;
	if (gm_path_id(out, delta->path))
		return 1;
	int rc = gm_record_read(&record, gm_repo_store(history->repo), &delta->new_oid);
	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	memcpy(out, record.id, GM_UUID_TEXT);
	return 1;
}

/* The newest import comes first, so what is known already stays. */
static int note_memory(const struct gm_tree_delta *delta, void *payload)
{
	struct gm_import_history *history = payload;
	uint8_t uuid[GM_UUID_SIZE];
	char id[GM_UUID_TEXT];

	if ((delta->new_mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE))
		return 0;
	int rc = read_id(id, history, delta);
	if (rc <= 0 || !gm_uuid_parse(uuid, id, strlen(id)) ||
		gm_map_get(NULL, &history->by_id, uuid))
		return rc < 0 ? rc : 0;
	rc = gm_grow(
		&history->blobs, &history->cap, history->n + 1, sizeof(*history->blobs));
	if (rc == 0)
		rc = gm_map_put(&history->by_id, uuid, history->n);
	if (rc == 0)
		history->blobs[history->n++] = delta->new_oid;
	return rc;
}

static int note_blob(const struct gm_tree_delta *delta, void *payload)
{
	struct gm_import_history *history = payload;

	return delta->new_mode ? gm_map_put(&history->had, &delta->new_oid, 1) : 0;
}

static int each_change(struct gm_import_history *history, const struct gm_commit *commit,
	gm_tree_delta_fn note)
{
	struct gm_store *store = gm_repo_store(history->repo);
	gm_autocommit parent = GM_COMMIT_INIT;
	int rc = gm_interrupted();

	parent.tree = gm_oid_empty_tree;
	if (rc == 0 && commit->n_parents)
		rc = gm_commit_read(&parent, store, &commit->parents[0]);
	return rc < 0 ? rc
		      : gm_tree_diff(store, &parent.tree, &commit->tree, note, history);
}

/* What all commits changed, or the imports only. */
static int read_history(struct gm_import_history *history, bool all)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = 0;

	if (gm_oid_is_zero(&history->tip))
		return 0;
	rc = gm_walk_new(&walk, gm_repo_store(history->repo), GM_WALK_TOPOLOGICAL);
	if (rc == 0)
		rc = gm_walk_push(walk, &history->tip);
	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0) {
		rc = 0;
		if (all)
			rc = each_change(history, &commit, note_blob);
		else if (is_import(&commit))
			rc = each_change(history, &commit, note_memory);
	}
	return rc;
}

int gm_import_history_find(
	struct gm_oid *out, struct gm_import_history *history, const char *id)
{
	int rc = history->read ? 0 : read_history(history, false);
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t at;

	history->read = true;
	if (rc < 0 || !gm_uuid_parse(uuid, id, strlen(id)) ||
		!gm_map_get(&at, &history->by_id, uuid))
		return rc;
	*out = history->blobs[at];
	return 1;
}

int gm_import_history_had(struct gm_import_history *history, const struct gm_oid *blob)
{
	int rc = history->read_all ? 0 : read_history(history, true);

	history->read_all = true;
	return rc < 0 ? rc : gm_map_get(NULL, &history->had, blob);
}
