#include "index/follow.h"

#include "base/interrupt.h"
#include "dag/path_rule.h"
#include "dag/record_diff.h"
#include "dag/tree.h"
#include "index/merging.h"
#include "index/row.h"
#include "index/schema.h"
#include "index/sealing.h"
#include "index/segment_file.h"

/* How long to wait for another writer between two batches. */
#define BATCH_WAIT_MS 5000

/* After so many changes it is cheaper to find out anew what is superseded. */
#define MAX_NOTED 1000

void gm_follow_dispose(struct gm_follow *follow)
{
	gm_superseded_change_dispose(&follow->superseded);
}

/* What is shared by the steps of one run. */
struct run {
	struct gm_follow *follow;
	struct gm_sealing sealing;
};

static void run_dispose(struct run *run)
{
	gm_sealing_dispose(&run->sealing);
}

static bool may_be_record(const char *path, unsigned mode)
{
	return (mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE) &&
		gm_path_may_be_record(path);
}

/* Put the rows that are new into segments, as a transaction is about to end. */
static int flush(struct run *run)
{
	int rc = gm_row_finish(&run->sealing);

	return rc < 0 ? rc : gm_sealing_flush(&run->sealing);
}

static int flush_and_merge(struct run *run)
{
	int rc = flush(run);

	return rc > 0 ? gm_index_merge_last(run->follow->database) : rc;
}

/* Rows of this batch are kept; whoever wrote in between must have left our numbers alone. */
static int next_batch(struct run *run)
{
	struct gm_follow *follow = run->follow;
	int64_t before;
	int64_t after;
	int rc = gm_schema_generation(&before, follow->database);

	if (rc == 0)
		rc = flush_and_merge(run);
	if (rc == 0)
		rc = gm_database_commit(follow->database);
	if (rc == 0)
		rc = gm_interrupted();
	if (rc == 0)
		rc = gm_database_begin(follow->database, BATCH_WAIT_MS);
	if (rc == 0)
		rc = gm_schema_generation(&after, follow->database);
	if (rc == 0 && before != after)
		rc = gm_error(GM_EMODIFIED, "recall index: it was made anew meanwhile");
	if (rc == 0)
		rc = gm_segment_file_sweep(follow->database);
	/* Who wrote in between may have added rows, or made everything anew. */
	run->sealing.next = 0;
	run->sealing.languages = 0;
	follow->uncommitted = 0;
	return rc;
}

static int look_for_signal(struct run *run)
{
	struct gm_follow *follow = run->follow;
	int rc = gm_interrupted();

	if (rc < 0 && follow->batch && flush(run) >= 0)
		(void)gm_database_commit(follow->database); /* else they are only lost */
	return rc;
}

static int note_row(struct gm_follow *follow, int64_t row, bool is_added)
{
	if (follow->changes > MAX_NOTED)
		follow->superseded.unclear = true;
	return gm_superseded_note(&follow->superseded, follow->database, row, is_added);
}

static int drop_file(struct gm_follow *follow, const struct gm_tree_delta *delta)
{
	int64_t row;
	int rc = gm_row_find(&row, follow->database, &delta->old_oid, delta->path);

	if (rc <= 0)
		return rc;
	gm_bitmap_clear(&follow->view->rows, row);
	return note_row(follow, row, false);
}

/* Read the record and make its row: 1, or 0 when there is no record to be had. */
static int add_row(int64_t *out, struct run *run, const struct gm_tree_delta *delta)
{
	struct gm_follow *follow = run->follow;
	gm_autorecord record = GM_RECORD_INIT;
	int rc = gm_record_read(&record, follow->store, &delta->new_oid);

	if (rc == GM_EINVALID)
		return 0;
	/* Damage is there to stay; any other failure must not be remembered as one. */
	if (rc == GM_EMISMATCH || rc == GM_ENOTFOUND || rc == GM_ETOOBIG) {
		follow->view->skipped++;
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = gm_row_add(out, &run->sealing, &record, &delta->new_oid, delta->path);
	if (rc < 0)
		return rc;
	follow->uncommitted++;
	return 1;
}

static int add_file(struct run *run, const struct gm_tree_delta *delta)
{
	struct gm_follow *follow = run->follow;
	int64_t row;
	int rc = gm_row_find(&row, follow->database, &delta->new_oid, delta->path);

	if (rc == 0)
		rc = add_row(&row, run, delta);
	if (rc <= 0)
		return rc;
	rc = gm_bitmap_set(&follow->view->rows, row);
	if (rc == GM_ETOOBIG)
		return gm_database_distrust(
			follow->database, "a row's number is out of range");
	return rc < 0 ? rc : note_row(follow, row, true);
}

static int on_delta(const struct gm_tree_delta *delta, void *payload)
{
	struct run *run = payload;
	struct gm_follow *follow = run->follow;
	int rc = look_for_signal(run);

	follow->changes++;
	if (follow->max_changes && follow->changes > follow->max_changes)
		return GM_FOLLOW_TOO_MANY;
	if (rc == 0 && may_be_record(delta->path, delta->old_mode))
		rc = drop_file(follow, delta);
	if (rc == 0 && may_be_record(delta->path, delta->new_mode))
		rc = add_file(run, delta);
	if (rc == 0 && follow->progress)
		gm_progress_update(follow->progress, follow->changes);
	if (rc == 0 && follow->batch && follow->uncommitted >= follow->batch)
		rc = next_batch(run);
	return rc;
}

int gm_follow_run(
	struct gm_follow *follow, const struct gm_oid *from, const struct gm_oid *to)
{
	gm_cleanup(run_dispose) struct run run = {
		follow, GM_SEALING_INIT(follow->database)};
	int rc = gm_tree_diff(follow->store, from, to, on_delta, &run);

	if (rc == 0)
		rc = flush_and_merge(&run);
	follow->view->n = gm_bitmap_count(&follow->view->rows);
	return rc;
}

int gm_follow_store(
	struct gm_follow *follow, const struct gm_oid *from, const struct gm_oid *to)
{
	int rc = gm_index_view_store(follow->database, to, follow->view);

	return rc < 0 ? rc
		      : gm_superseded_follow(follow->database, from, to, follow->view,
				&follow->superseded);
}
