/*
 * Memories as commands see them: found by name in a view, told as JSON or as one line.
 */
#ifndef GM_CMD_MEMORY_H
#define GM_CMD_MEMORY_H

#include "cmd/command.h"
#include "dag/record_diff.h"
#include "index/index.h"

/*
 * What a name is looked up in: a tree, and the stage that lies on it (NULL: the tree alone).
 * The index is opened when it is needed and kept. Start with GM_VIEW_INIT.
 */
struct gm_view {
	struct gm_call *call;
	struct gm_oid tree;
	const struct gm_stage *stage;
	struct gm_index *index;
};

#define GM_VIEW_INIT(call_)                                                              \
	{                                                                                \
		.call = (call_), .tree = gm_oid_empty_tree, .stage = NULL, .index = NULL \
	}
#define gm_autoview gm_cleanup(gm_view_dispose) struct gm_view
void gm_view_dispose(struct gm_view *view);

/* The index with the view's tree selected. Lent by the view. */
int gm_view_index(struct gm_index **out, struct gm_view *view);

/* Look at another tree from now on; the index stays open. */
int gm_view_move(struct gm_view *view, const struct gm_oid *tree);

struct gm_memory {
	struct gm_record record;
	char *path;
	struct gm_oid blob;   /* its bytes as they are in the view */
	struct gm_oid commit; /* zero when not known */
	bool staged;          /* what is here is not committed yet */
};

#define GM_MEMORY_INIT                                  \
	{                                               \
		.record = GM_RECORD_INIT, .path = NULL, \
	}
#define gm_automemory gm_cleanup(gm_memory_dispose) struct gm_memory
void gm_memory_dispose(struct gm_memory *memory);

/*
 * Find a memory by its key, its full id, its path, or a unique prefix or suffix of its id, in
 * that order. GM_ENOTFOUND, or GM_EAMBIGUOUS with the candidates in the message.
 */
int gm_memory_find(struct gm_memory *out, struct gm_view *view, const char *name);

/*
 * The path of the memory that is meant, without reading it: a damaged one has a path too.
 * GM_EAMBIGUOUS names the paths when several files have the id (copies made by hand).
 */
int gm_memory_locate(char **path_out, struct gm_view *view, const char *name);

/* gm_memory_find() by key, by full id, or by path alone. */
int gm_memory_find_key(struct gm_memory *out, struct gm_view *view, const char *key);
int gm_memory_find_id(struct gm_memory *out, struct gm_view *view, const char *id);
int gm_memory_find_path(struct gm_memory *out, struct gm_view *view, const char *path);

/* Read the memory at `path` with the bytes `blob` of the store (a hit of the index). */
int gm_memory_read(struct gm_memory *out, struct gm_repo *repo, const char *path,
	const struct gm_oid *blob);

/* Append the file's bytes: those that `blob` names, from the stage or the store. */
int gm_memory_bytes(
	struct gm_buf *out, struct gm_view *view, const struct gm_memory *memory);

/* The JSON of gitmem(1), "JSON": the record's keys, path, blob, sha256, and commit if known. */
int gm_memory_json(json_t **out, struct gm_repo *repo, const struct gm_memory *memory);

/* The id's last eight characters: how ids are shown to people. Lent. */
const char *gm_short_id(const char *id);

/*
 * Append one line for people, without the newline: short id, type, key, the note in brackets
 * ("": none), and the content's beginning, cut to `columns` (0: not cut).
 */
int gm_memory_line(struct gm_buf *out, const struct gm_memory *memory, const char *note,
	size_t columns, bool colored);

#endif
