/*
 * Three-way merge of one memory, field by field: a pure function of the records and their
 * blob ids, so that equal inputs give equal bytes on every machine. Swapping the two sides
 * swaps the words "ours" and "theirs" in the report and changes nothing else.
 *
 * What changed on one side only is taken. When both sides changed a field differently:
 *
 *   tags, supersedes   each addition and each removal of either side is made
 *   importance         the larger change, then the larger value
 *   scope              the more private
 *   valid_until        the earlier
 *   updated            the later
 *   content            merged by lines; changes of the same lines make a sibling
 *   all others         the winner's, also for each unknown key
 *
 * The winner is the side with the later `updated` (`created` where there is none), then the
 * one with the greater blob id. Of two records of type `state` the winner is taken whole.
 * Records with different ids (a key that was made on both sides) become one with the smaller
 * id and the `created` that goes with it, without a base.
 *
 * A sibling is the loser's record under a new id, without its key, with `conflicts_with`
 * set to the merged record: nothing that anybody wrote gets lost.
 */
#ifndef GM_DAG_RECORD_MERGE_H
#define GM_DAG_RECORD_MERGE_H

#include "dag/record.h"

enum gm_merge_what {
	GM_MERGE_OURS,     /* taken from our side */
	GM_MERGE_THEIRS,   /* taken from their side */
	GM_MERGE_MERGED,   /* made of both */
	GM_MERGE_CONFLICT, /* the winner's; the loser's is in the sibling */

	/* Of whole memories and files only (dag/tree_merge.h). */
	GM_MERGE_SAME,    /* both sides made the same change */
	GM_MERGE_KEPT,    /* removed on one side, but changed on the other */
	GM_MERGE_REMOVED, /* removed on one side or both, and changed on none */
};

/* Whose values stand where both changed something that only one can give. */
enum gm_merge_favour {
	GM_FAVOUR_NONE, /* the winner's */
	GM_FAVOUR_OURS,
	GM_FAVOUR_THEIRS,
};

struct gm_merge_decision {
	char *field; /* its name, or "record" for all of it */
	enum gm_merge_what what;
	json_t *lost; /* the value that stands nowhere now; JSON null: the loser removed it */
};

struct gm_record_merge {
	struct gm_record merged;
	struct gm_record sibling; /* when `has_sibling` */
	bool has_sibling;
	struct gm_merge_decision *decisions; /* for fields that differ, in name order */
	size_t n_decisions;
	size_t cap_decisions;
};

#define GM_RECORD_MERGE_INIT                                        \
	{                                                           \
		.merged = GM_RECORD_INIT, .sibling = GM_RECORD_INIT \
	}
#define gm_autorecordmerge gm_cleanup(gm_record_merge_dispose) struct gm_record_merge

void gm_record_merge_dispose(struct gm_record_merge *merge);

/* All records normalised. */
struct gm_record_merge_input {
	const struct gm_record *base; /* NULL: none */
	const struct gm_record *ours;
	const struct gm_record *theirs;
	const struct gm_oid *ours_blob;
	const struct gm_oid *theirs_blob;
	enum gm_merge_favour
		favour; /* a side is the winner, in every field; no sibling */
};

/*
 * Merge; `out` is replaced. Records that are allowed can always be merged: where the merged
 * one would break a limit the winner stays as it is and the loser becomes its sibling.
 */
int gm_record_merge(
	struct gm_record_merge *out, const struct gm_record_merge_input *input);

/* Free a list of decisions that was taken out of the merge. */
void gm_merge_decisions_free(struct gm_merge_decision *decisions, size_t n);

/* Which of two records wins, where that decides: whether it is ours. */
bool gm_record_merge_ours_wins(const struct gm_record_merge_input *input);

/* "ours", "theirs", "merged", "conflict", "same", "kept", "removed". */
const char *gm_merge_what_name(enum gm_merge_what what);

/*
 * The id of the sibling that a conflict about the memory `id` makes of the blob that lost:
 * always the same, so that a conflict merged twice makes one sibling.
 */
void gm_record_sibling_id(
	char out[GM_UUID_TEXT], const char *id, const struct gm_oid *lost_blob);

/*
 * Make a record the sibling of the memory `id`: without its key, and in conflict with that. 1
 * when its lists and unknown fields had to go to make room for the link, else 0.
 */
int gm_record_make_sibling(
	struct gm_record *record, const char *id, const struct gm_oid *lost_blob);

#endif
