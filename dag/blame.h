/*
 * Blame: which commit gave each field of a record and each line of its content the value it has
 * now.
 *
 * Lines go to parents as in `git blame`: a parent that has the very same file takes everything,
 * of several the first; else lines that a line diff finds in the first parent go there, those
 * left in the second, and so on; what no parent has, the commit gave. A field goes to the first
 * parent in which it has an equal value. Where git follows a file by its path, a record is
 * followed by its id, so that a change of its key is no end, and another memory at its path is
 * not taken for it; a sibling that a merge made is followed to the record whose other version
 * it is, and where a merge made one of two records under one key, both are followed. A file
 * that is no record is followed by its path alone.
 *
 * Nothing recurses, and memory is that of the commits met and of the file. A commit in which the
 * file is unchanged costs its own reading and that of the folders on the way to the file that
 * did change.
 */
#ifndef GM_DAG_BLAME_H
#define GM_DAG_BLAME_H

#include "dag/line_diff.h"
#include "dag/record.h"
#include "dag/stage.h"

struct gm_blame_request {
	struct gm_oid commit; /* zero: there is none yet, only a stage */
	const char *path;
	const struct gm_stage *stage; /* lies on the commit; NULL: nothing does */
};

/* A field or a line, and where it comes from. */
struct gm_blame_part {
	const char *field;    /* NULL: a line */
	const json_t *value;  /* of the field */
	struct gm_text text;  /* of the line, without its newline */
	size_t line;          /* in the content of a record, else in the file; from 1 */
	struct gm_oid commit; /* zero: it is staged */
	const char *path;     /* where the file was in that commit */
	size_t file_line;     /* where the line was in that file, from 1 */
	bool is_boundary;     /* the commit has no parent */
};

/* Everything is owned by the blame; it must not be moved. */
struct gm_blame {
	struct gm_buf bytes; /* the file */
	json_t *record;      /* NULL: it is no record */
	struct gm_strv paths;
	struct gm_blame_part
		*parts; /* the fields in the order of their JSON, then the lines */
	size_t n;
};

#define GM_BLAME_INIT                                                             \
	{                                                                         \
		.bytes = GM_BUF_INIT(GM_BUF_LARGE), .record = NULL, .parts = NULL \
	}
#define gm_autoblame gm_cleanup(gm_blame_dispose) struct gm_blame
void gm_blame_dispose(struct gm_blame *blame);

/*
 * `out` must be fresh. The lines are those of the content of a record, of any other file all.
 * GM_ENOTFOUND when there is no file at the path, GM_EMISMATCH when a commit or an object of it
 * is missing or damaged.
 */
int gm_blame_file(struct gm_blame *out, struct gm_store *store,
	const struct gm_blame_request *request);

#endif
