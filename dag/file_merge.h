/*
 * Three-way merge of the file at one path: of a memory as its record, of anything else as text.
 * This is all that a merge driver for stock git sees, and the same function that the merge of
 * whole trees (dag/tree_merge.h) uses, so that both give the same bytes.
 */
#ifndef GM_DAG_FILE_MERGE_H
#define GM_DAG_FILE_MERGE_H

#include "dag/line_diff.h"
#include "dag/record_merge.h"

/* Larger files, and those with a NUL in their first 8000 bytes, are not merged by lines. */
#define GM_FILE_MERGE_MAX ((size_t)32 << 20)

struct gm_file_merge_input {
	const struct gm_text *base; /* NULL: none */
	const struct gm_text *ours;
	const struct gm_text *theirs;
	bool may_be_records; /* gm_path_may_be_record() */
	enum gm_merge_favour favour;
};

struct gm_file_merge {
	bool is_record;                /* both sides are, and were merged as records */
	struct gm_record_merge record; /* then */
	struct gm_buf
		bytes;    /* the merged file; with `conflict`, what stands at its path */
	bool conflict;    /* the loser has to be kept somewhere else */
	bool ours_stands; /* with `conflict`, of files that are no records */
};

#define GM_FILE_MERGE_INIT                                                         \
	{                                                                          \
		.record = GM_RECORD_MERGE_INIT, .bytes = GM_BUF_INIT(GM_BUF_LARGE) \
	}
#define gm_autofilemerge gm_cleanup(gm_file_merge_dispose) struct gm_file_merge

void gm_file_merge_dispose(struct gm_file_merge *merge);

/*
 * Merge two files that both differ from the base and from each other; `out` is replaced. Two
 * records merge as gm_record_merge() says, with a base only where that is one too; whether two
 * with different ids may become one is for the caller to know. Files that are no records
 * merge by lines; where they conflict, or are no text, the one with the greater blob id stands.
 * A record and a file that is none always conflict: the record stands.
 */
int gm_file_merge(struct gm_file_merge *out, const struct gm_file_merge_input *input);

/*
 * The same for a merge driver, which knows one path and can write one file: 1 with that file's
 * bytes in `out->bytes`, or 0 when it takes a merge of the trees to settle it, because there
 * would be two files, or one at another path; `*why_out` then tells (static). Where it is 1,
 * gm_trees_merge() gives the same bytes at that path.
 */
int gm_file_merge_driver(struct gm_file_merge *out, const char **why_out,
	const struct gm_file_merge_input *input, const char *path);

#endif
