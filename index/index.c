#include "index/index.h"

#include "dag/tree.h"
#include "index/embedder.h"
#include "index/file.h"
#include "index/follow.h"
#include "index/internal.h"
#include "index/merging.h"
#include "index/schema.h"
#include "index/segment_file.h"

/* How often a question is asked again of a file that changed or broke meanwhile. */
#define MAX_TRIES 5

/* How long a reader waits for a writer before it goes on in a copy of its own. */
#define WRITE_WAIT_MS 2000

/* Rows to a transaction: what a kill can cost, and how long others wait for their turn. */
#define BATCH 20000

int gm_index_open(
	struct gm_index **out, bool *rebuilt_out, const char *dir, struct gm_store *store)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = gm_calloc(1, sizeof(*index));
	bool rebuilt = false;

	if (!index)
		return GM_ENOMEM;
	index->store = store;
	index->dir = gm_strdup(dir);
	if (!index->dir)
		return GM_ENOMEM;
	int rc = gm_index_file_open(&index->database, &rebuilt, dir);
	if (rc < 0)
		return rc;
	if (rebuilt_out)
		*rebuilt_out = rebuilt;
	*out = gm_steal(&index);
	return 0;
}

void gm_index_free(struct gm_index *index)
{
	if (!index)
		return;
	gm_segments_kept_free(index->segments);
	gm_embedder_free(index->embedder);
	gm_database_free(index->database);
	gm_superseded_dispose(&index->superseded);
	gm_free(index->dir);
	gm_free(index);
}

bool gm_index_in_memory(const struct gm_index *index)
{
	return index->database->in_memory;
}

bool gm_index_was_damaged(struct gm_index *index)
{
	bool was_damaged = index->was_damaged;

	index->was_damaged = false;
	return was_damaged;
}

int gm_index_tidy(struct gm_index *index, bool all)
{
	index->database->failed = 0;
	int rc = gm_index_merge_large(index->database, all);

	/* What is damaged is made again by who asks it. */
	if (rc < 0 &&
		(gm_database_damaged(index->database) ||
			gm_database_unusable(index->database)))
		rc = 0;
	return rc;
}

size_t gm_index_visible(const struct gm_index *index)
{
	return index->visible;
}

size_t gm_index_skipped(const struct gm_index *index)
{
	return index->skipped;
}

static void take_database(struct gm_index *index, struct gm_database *database)
{
	gm_segments_kept_free(gm_steal(&index->segments));
	gm_database_free(index->database);
	index->database = database;
}

static int reopen(struct gm_index *index)
{
	struct gm_database *fresh;
	bool rebuilt;
	int rc = gm_index_file_open(&fresh, &rebuilt, index->dir);

	if (rc == 0)
		take_database(index, fresh);
	return rc;
}

/* Throw the index away, as it is damaged. */
static int remake(struct gm_index *index)
{
	struct gm_database *fresh;
	int rc;

	/* What another process made in its place is not damaged. */
	if (gm_index_file_moved(index->database))
		return reopen(index);
	rc = index->database->in_memory ? gm_index_file_memory(&fresh)
					: gm_index_file_remake(&fresh, index->dir);
	if (rc == 0)
		take_database(index, fresh);
	index->was_damaged = rc == 0;
	return rc;
}

/* Go on in a copy in memory, or in an empty index there when the file cannot be read. */
static int move_to_memory(struct gm_index *index)
{
	gm_cleanup(gm_database_free_p) struct gm_database *copy = NULL;
	int rc = gm_database_open(&copy, NULL, GM_DATABASE_MEMORY);

	if (rc == 0 && index->database->dir) {
		copy->dir = gm_strdup(index->database->dir);
		rc = copy->dir ? 0 : GM_ENOMEM;
	}
	if (rc == 0)
		rc = gm_database_copy(copy, index->database);
	if (rc == 0)
		rc = gm_schema_verify(copy);
	if (rc == 0 && sqlite3_db_readonly(copy->db, "main"))
		rc = gm_database_distrust(copy, "its header is damaged");
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0) {
		gm_database_free(gm_steal(&copy));
		rc = gm_index_file_memory(&copy);
	}
	if (rc < 0)
		return rc;
	take_database(index, gm_steal(&copy));
	return 0;
}

/* Load the view to start from: `near` if it holds anything, the one used last, or nothing. */
static int load_base(struct gm_oid *tree_out, struct gm_index_view *out,
	struct gm_database *database, const struct gm_oid *near)
{
	int rc = near ? gm_index_view_load(out, database, near) : 0;

	if (rc > 0 && out->n && !out->skipped) {
		*tree_out = *near;
		return 0;
	}
	if (rc >= 0)
		rc = gm_index_view_latest(tree_out, database);
	if (rc > 0)
		rc = gm_index_view_load(out, database, tree_out);
	if (rc == 0)
		*tree_out = gm_oid_zero;
	if (rc == 0)
		rc = gm_index_view_load(out, database, &gm_oid_zero);
	return rc < 0 ? rc : 0;
}

/* Whether a failed diff may be the fault of an old tree that is no longer in the store. */
static bool base_may_be_gone(const struct gm_database *database, int rc)
{
	return (rc == GM_ENOTFOUND || rc == GM_EMISMATCH) && !database->failed;
}

static int build_view(
	struct gm_follow *follow, const struct gm_oid *tree, const struct gm_oid *near)
{
	struct gm_oid base;
	int rc = load_base(&base, follow->view, follow->database, near);

	if (rc < 0)
		return rc;
	rc = gm_follow_run(follow, &base, tree);
	if (base_may_be_gone(follow->database, rc) && !gm_oid_is_zero(&base)) {
		base = gm_oid_zero;
		rc = gm_index_view_load(follow->view, follow->database, &base);
		if (rc > 0)
			rc = gm_follow_run(follow, &base, tree);
	}
	return rc < 0 ? rc : gm_follow_store(follow, &base, tree);
}

static int make_view(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress)
{
	gm_autoindexview view = GM_INDEX_VIEW_INIT;
	struct gm_database *database = index->database;
	gm_cleanup(gm_follow_dispose) struct gm_follow follow = {.database = database,
		.store = index->store,
		.view = &view,
		.progress = progress,
		.batch = BATCH};
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = gm_segment_file_sweep(database);
	if (rc == 0)
		rc = gm_index_view_load(&view, database, tree);
	if (rc == 0)
		rc = build_view(&follow, tree, near);
	if (rc >= 0)
		rc = gm_database_commit(database);
	if (rc < 0) {
		gm_database_rollback(database);
		return rc;
	}
	index->visible = view.n;
	index->skipped = view.skipped;
	if (follow.changes >= BATCH)
		(void)gm_index_tidy(index, false); /* it is only slower to ask */
	return 0;
}

/* Make the view in the file or, when that cannot be written now, in memory. */
static int make_view_somewhere(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress)
{
	int rc;

	for (int tries = 0;; tries++) {
		index->database->failed = 0;
		rc = make_view(index, tree, near, progress);
		if (rc == GM_EMODIFIED && tries < 3)
			continue;
		if (rc >= 0 || index->database->in_memory ||
			!gm_database_unusable(index->database))
			return rc;
		rc = move_to_memory(index);
		if (rc < 0)
			return rc;
	}
}

static int select_once(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress)
{
	struct gm_index_view_head head;
	int rc = 0;

	index->database->failed = 0;
	if (gm_index_file_moved(index->database))
		rc = reopen(index);
	if (rc == 0)
		rc = gm_index_view_find(&head, index->database, tree);
	if (rc == 0 && index->database->in_memory) {
		rc = reopen(index);
		if (rc == 0)
			rc = gm_index_view_find(&head, index->database, tree);
	}
	if (rc > 0) {
		index->visible = head.n;
		index->skipped = head.skipped;
		gm_index_view_touch(index->database, tree, &head);
		return 0;
	}
	if (rc == 0)
		rc = make_view_somewhere(index, tree, near, progress);
	if (rc == 0)
		gm_index_prune_bloated(index);
	return rc;
}

/* Somebody damages the file as fast as we mend it: go on without it. */
static int leave_file(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress)
{
	struct gm_database *fresh;
	int rc = gm_index_file_memory(&fresh);

	if (rc < 0)
		return rc;
	take_database(index, fresh);
	return make_view(index, tree, near, progress);
}

int gm_index_select(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress)
{
	struct gm_oid wanted = *tree;
	int rc = select_once(index, &wanted, near, progress);

	if (rc < 0 && gm_database_damaged(index->database)) {
		rc = remake(index);
		if (rc == 0)
			rc = select_once(index, &wanted, near, progress);
	}
	if (rc < 0 && gm_database_damaged(index->database))
		rc = leave_file(index, &wanted, near, progress);
	if (rc < 0)
		return rc;
	index->tree = wanted;
	return 0;
}

static int count_change(const struct gm_tree_delta *delta, void *payload)
{
	size_t *left = payload;

	(void)delta;
	return --*left == 0;
}

/* 1 when more than so many files differ: cheaper to find out before the rows are made. */
static int is_far(struct gm_store *store, const struct gm_oid *from,
	const struct gm_oid *to, size_t max_changes)
{
	size_t left = max_changes + 1;

	return gm_tree_diff(store, from, to, count_change, &left);
}

static int follow_once(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, size_t max_changes)
{
	gm_autoindexview view = GM_INDEX_VIEW_INIT;
	struct gm_database *database = index->database;
	gm_cleanup(gm_follow_dispose) struct gm_follow follow = {.database = database,
		.store = index->store,
		.view = &view,
		.max_changes = max_changes};
	struct gm_oid base;
	int rc = gm_index_view_load(&view, database, tree);

	if (rc != 0)
		return rc;
	rc = load_base(&base, &view, database, near);
	if (rc == 0)
		rc = is_far(index->store, &base, tree, max_changes);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = gm_follow_run(&follow, &base, tree);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = gm_follow_store(&follow, &base, tree);
	return rc < 0 ? rc : 1;
}

int gm_index_follow(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, size_t max_changes)
{
	struct gm_database *database = index->database;
	int rc;

	if (database->in_memory)
		return 0;
	database->failed = 0;
	rc = gm_database_begin(database, 0);
	if (rc == 0)
		rc = gm_segment_file_sweep(database);
	if (rc == 0)
		rc = follow_once(index, tree, near, max_changes);
	if (rc > 0) {
		rc = gm_database_commit(database);
		rc = rc < 0 ? rc : 1;
	}
	if (rc <= 0)
		gm_database_rollback(database);
	/* A file that is damaged or cannot be written is the next reader's business. */
	if (rc < 0 && (gm_database_damaged(database) || gm_database_unusable(database)))
		return 0;
	return rc;
}

int gm_index_has(struct gm_index *index, const struct gm_oid *tree, size_t *n_out)
{
	gm_autoindexview view = GM_INDEX_VIEW_INIT;

	index->database->failed = 0;
	int rc = gm_index_view_load(&view, index->database, tree);
	if (rc < 0 && gm_database_damaged(index->database))
		return remake(index);
	if (rc > 0)
		*n_out = view.n;
	return rc;
}

int gm_index_reset(struct gm_index *index)
{
	struct gm_database *fresh;

	gm_error_clear();
	int rc = gm_index_file_remake(&fresh, index->dir);
	if (rc < 0)
		return rc;
	take_database(index, fresh);
	if (!fresh->in_memory)
		return 0;
	/* Why there is no file was the last thing to fail. */
	if (gm_error_last()->message[0])
		return gm_error_prefix(
			"cannot write the recall index in '%s'", index->dir);
	return gm_error(GM_EACCESS, "cannot write the recall index in '%s'", index->dir);
}

/*
 * One attempt at a question: 1 done, 0 the view is not there, or an error. GM_EMODIFIED when the
 * files of its moment are gone.
 */
static int query_once(struct gm_index *index, gm_index_query_fn run, void *payload)
{
	gm_autoindexview view = GM_INDEX_VIEW_INIT;
	struct gm_database *database = index->database;
	int rc;

	database->failed = 0;
	rc = gm_database_begin_read(database);
	if (rc == 0)
		rc = gm_index_view_load(&view, database, &index->tree);
	if (rc > 0) {
		rc = run(index, &view, payload);
		if (rc == GM_EMISMATCH)
			database->failed = SQLITE_CORRUPT;
		rc = rc < 0 ? rc : 1;
	}
	gm_database_rollback(database);
	gm_superseded_keep(&index->superseded, database);
	if (rc > 0)
		gm_segment_file_note_seen(database);
	return rc;
}

static int ask_in_memory(struct gm_index *index, gm_index_query_fn run, void *payload)
{
	int rc = leave_file(index, &index->tree, NULL, NULL);

	if (rc == 0)
		rc = query_once(index, run, payload);
	if (rc == 0)
		return gm_error(GM_ERROR, "the recall index cannot be used");
	return rc < 0 ? rc : 0;
}

int gm_index_query(struct gm_index *index, gm_index_query_fn run, void *payload)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int rc = tries ? gm_index_select(index, &index->tree, NULL, NULL) : 0;
		if (rc == 0)
			rc = query_once(index, run, payload);
		if (rc > 0)
			return 0;
		if (rc == GM_EMODIFIED)
			continue;
		if (rc < 0 && gm_database_damaged(index->database))
			rc = remake(index);
		if (rc < 0)
			return rc;
	}
	return ask_in_memory(index, run, payload);
}
