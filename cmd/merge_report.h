/*
 * What a merge decided, memory by memory and field by field: for people, and as JSON.
 */
#ifndef GM_CMD_MERGE_REPORT_H
#define GM_CMD_MERGE_REPORT_H

#include "cmd/command.h"
#include "dag/merge.h"

/*
 * Print a line for each decision, with the fields below it. What only our side changed is not
 * worth one, unless -v is given. Nothing with -q. `waits`: its conflicts are not settled, so that
 * nothing was kept of them yet.
 */
int gm_print_decisions(struct gm_call *call, const struct gm_merge *merge, bool waits);

/*
 * The list of decisions: {id, path, what, base, ours, theirs, merged, fields[{field, what, lost}],
 * sibling, sibling_path, resolved, note}, without what there is not. In a fast-forward all
 * that differs is "theirs", or "removed".
 */
int gm_decisions_json(
	json_t **out, struct gm_repo *repo, const struct gm_merge *merge, bool waits);

/* One of them. */
int gm_decision_json(json_t **out, const struct gm_merge_entry *entry);

/* A conflict before anybody has settled it. Its pointers are those of `entry`. */
struct gm_merge_entry gm_decision_unsettled(const struct gm_merge_entry *entry);

/* Append one of them as lines for people, each indented by a blank. */
int gm_put_decision(struct gm_buf *out, const struct gm_merge_entry *entry, bool colored);

#endif
