/*
 * The parts of a blame: where the file is in a commit, and what goes from a version to another.
 */
#ifndef GM_DAG_BLAME_INTERNAL_H
#define GM_DAG_BLAME_INTERNAL_H

#include "dag/blame.h"
#include "dag/tree.h"
#include "dag/walk_graph.h"
#include "dag/walk_queue.h"

/* A file in a tree, with the folders on the way: where two trees share one, they share the rest. */
struct gm_place {
	struct gm_oid *folders; /* the root first */
	size_t n;
	struct gm_oid blob;
	unsigned mode; /* 0: there is no file */
};

#define GM_PLACE_INIT                              \
	{                                          \
		.folders = NULL, .n = 0, .mode = 0 \
	}
void gm_place_dispose(struct gm_place *place);

/*
 * Find `path` below `root`; only folders that `near` (NULL: none), the place of the same path in
 * another tree, does not share are read. `buf` is for the bytes of trees.
 */
int gm_place_find(struct gm_place *out, struct gm_store *store, struct gm_buf *buf,
	const struct gm_oid *root, const char *path, const struct gm_place *near);

/* One version of the file. */
struct gm_version {
	struct gm_buf bytes;
	struct gm_lines lines;
	json_t *record;        /* NULL: it is no record */
	char id[GM_UUID_TEXT]; /* "" then */
	size_t content_line;   /* how many lines are before the content */
};

#define GM_VERSION_INIT                                                     \
	{                                                                   \
		.bytes = GM_BUF_INIT(GM_BUF_LARGE), .lines = GM_LINES_INIT, \
		.record = NULL                                              \
	}
#define gm_autoversion gm_cleanup(gm_version_dispose) struct gm_version
void gm_version_dispose(struct gm_version *version);

/* Read a blob, or take `change`'s bytes (NULL: the blob). Both replace nothing: be fresh. */
int gm_version_read(struct gm_version *out, struct gm_store *store,
	const struct gm_oid *blob, const char *path);
int gm_version_read_staged(
	struct gm_version *out, struct gm_store *store, const struct gm_change *change);

/*
 * Look for the record `id` among the files that differ from `old_tree` to `new_tree`, as they
 * are in the old one: 1 with its path there, 0 when it is not there.
 */
int gm_find_moved(struct gm_buf *path_out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree, const char *id);

/* The same among the files that a stage changes, as they are in the tree it lies on. */
int gm_find_moved_staged(struct gm_buf *path_out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage, const char *id);

/* Lines [start, start + n) of a version are lines [last, ...) of the last one. */
struct gm_blame_span {
	size_t last;
	size_t start;
	size_t n;
};

/* What of the last version a version still answers for. */
struct gm_suspects {
	struct gm_blame_span *spans;
	size_t n_spans;
	size_t cap_spans;
	size_t *fields; /* indexes */
	size_t n_fields;
	size_t cap_fields;
};

void gm_suspects_dispose(struct gm_suspects *suspects);
int gm_suspects_add_span(struct gm_suspects *suspects, const struct gm_blame_span *span);
int gm_suspects_add_field(struct gm_suspects *suspects, size_t field);

/* Move all of `from` behind what `to` has. */
int gm_suspects_move(struct gm_suspects *to, struct gm_suspects *from);

/*
 * Move what `parent` has, too, from the suspects of `child` to those of the parent. `names` are
 * the names of the fields.
 */
int gm_suspects_pass(struct gm_suspects *to, struct gm_suspects *from,
	const struct gm_version *parent, const struct gm_version *child,
	const struct gm_strv *names);

/* What is staged, in the place of a commit's number. */
#define GM_BLAME_STAGED SIZE_MAX

/* The file in one commit, while it has suspects. */
struct gm_blame_origin {
	size_t node;
	size_t path; /* index */
	struct gm_place place;
	struct gm_suspects suspects;
	struct gm_blame_origin *next; /* of the same commit, at another path */
};

/* Who gave a field or line. */
struct gm_blame_guilt {
	size_t node;
	size_t path;
	size_t line;
};

/* A version that was read lately. */
struct gm_blame_slot {
	bool full;
	struct gm_oid blob;
	size_t path;
	struct gm_version version;
};

/* A blame at work. */
struct gm_blame_walk {
	struct gm_store *store;
	const struct gm_blame_request *request;
	struct gm_graph graph;
	struct gm_walk_queue queue;
	struct gm_blame_origin **origins; /* the first of each node of the graph */
	size_t cap_origins;
	struct gm_strv *paths;  /* of the result */
	struct gm_strv fields;  /* names */
	struct gm_version last; /* the version that is asked about */
	struct gm_blame_guilt *field_guilt;
	struct gm_blame_guilt *line_guilt;
	struct gm_buf tree; /* bytes of the tree last read */
	/* A parent is the child of the next step. */
	struct gm_blame_slot slots[2];
};

void gm_blame_origin_free(struct gm_blame_origin *origin);

/* The number of a path among those of the result. */
int gm_blame_number_path(size_t *out, struct gm_blame_walk *walk, const char *path);

/*
 * The origin of a node at a path, made and queued when there is none. May take the folders of
 * `place` over.
 */
int gm_blame_find_origin(struct gm_blame_origin **out, struct gm_blame_walk *walk,
	size_t node, size_t path, struct gm_place *place);

/* Dispose of the version in a slot. */
void gm_blame_slot_reset(struct gm_blame_slot *slot);

/* Give parents what they have of an origin's suspects; the rest are guilty. */
int gm_blame_settle(struct gm_blame_walk *walk, struct gm_blame_origin *origin);

/* Settle all that are queued, until there are none. */
int gm_blame_settle_all(struct gm_blame_walk *walk);

#endif
