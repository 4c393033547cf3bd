/*
 * Taking memories out of a tree.
 */
#ifndef GM_CMD_EXPORT_H
#define GM_CMD_EXPORT_H

#include "cmd/memory.h"

struct gm_export_counts {
	size_t memories;
	size_t left_out; /* files that are no memories */
};

/*
 * One JSON object a line, in path order, to a file that appears when it is whole, or to
 * standard output (`file` NULL or "-").
 */
int gm_export_jsonl(struct gm_export_counts *out, struct gm_call *call,
	const struct gm_oid *tree, const char *file);

/*
 * Every file of the tree, byte for byte, below the folder `dir`, which must be empty or not
 * exist; it appears when it is whole. Links and submodules are left out.
 */
int gm_export_markdown(struct gm_export_counts *out, struct gm_call *call,
	const struct gm_oid *tree, const char *dir);

#endif
