/*
 * The recall index: a SQLite database (WAL) of every memory that any indexed tree holds, kept
 * in `.gitmem/recall/`. It is derived: deleting it costs time, never memory.
 *
 * A row is a memory at a path, found by its blob, so branches share rows. What a revision
 * holds is a view: a bitmap of rows for its root tree. Views follow one another by tree diff;
 * those of branch tips and the 64 used last are kept.
 *
 * Any number of processes may use it at once: one writes, the others go on reading. On a
 * read-only repository, or while another process writes for long, what is missing is added to
 * a copy in memory.
 */
#ifndef GM_INDEX_INDEX_H
#define GM_INDEX_INDEX_H

#include "base/strv.h"
#include "base/terminal.h"
#include "base/uuid.h"
#include "objstore/store.h"

struct gm_index;

/*
 * Open the index in the folder `dir` (made when missing). An index of another version, or a
 * damaged one, is thrown away and made anew; `*rebuilt_out` (may be NULL) tells. One that can
 * be neither read nor made is kept in memory. GM_EINVALID when `dir` is a symbolic link,
 * GM_EEXISTS when it is a file.
 *
 * Damage that shows only later is dealt with where it shows, in the same way. What an answer
 * says of a memory (id, path, blob) and which memories a view holds is covered by checksums of
 * our own; what filters and ranking look at is not, beyond what SQLite notices.
 */
int gm_index_open(struct gm_index **out, bool *rebuilt_out, const char *dir,
	struct gm_store *store);
void gm_index_free(struct gm_index *index);
GM_DEFINE_CLEANUP(struct gm_index, gm_index_free)

/*
 * Select the view of a root tree (zero or the empty tree: nothing) for the calls below,
 * indexing what is missing. It starts at the known view nearest to it, `near` (a tree, may be
 * NULL) first. Files that cannot be read as records are left out; a damaged blob is left out
 * too and counted (gm_index_skipped()).
 */
int gm_index_select(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, struct gm_progress *progress);

/*
 * The same for a writer that has just moved a branch from `near` to `tree`: follows when at
 * most `max_changes` files differ from the known view that it starts at and nobody else is
 * writing, and otherwise leaves it to the next reader. Returns 1 when it followed, 0 when not,
 * or an error.
 */
int gm_index_follow(struct gm_index *index, const struct gm_oid *tree,
	const struct gm_oid *near, size_t max_changes);

/* Memories in the view of the last gm_index_select(). */
size_t gm_index_visible(const struct gm_index *index);

/* Whether the index has to do with memory, as its file cannot be used or written just now. */
bool gm_index_in_memory(const struct gm_index *index);

/* Damaged or unreadable blobs met by the last gm_index_select(). */
size_t gm_index_skipped(const struct gm_index *index);

/* Whether there is a view of this tree already; 1, 0, or an error. Memories in it to `n_out`. */
int gm_index_has(struct gm_index *index, const struct gm_oid *tree, size_t *n_out);

/*
 * Throw everything away; the views are made again by gm_index_select(). GM_EACCESS when there
 * can be no new file; the index is then one in memory.
 */
int gm_index_reset(struct gm_index *index);

/*
 * Merge segments that are small beside the rest, or (`all`) everything into one: the same
 * memories give the same bytes then. Takes long where they are many; others may read and write
 * meanwhile.
 */
int gm_index_tidy(struct gm_index *index, bool all);

/*
 * Whether the index was thrown away as damaged since this was asked last, or since it was
 * opened: worth telling, once.
 */
bool gm_index_was_damaged(struct gm_index *index);

/*
 * Drop the views of all trees but `keep` and the 64 used last, and the rows of no view when
 * they are more than a tenth of all. GM_ELOCKED when another process writes for long.
 */
int gm_index_prune(struct gm_index *index, const struct gm_oid *keep, size_t n);

/*
 * Forget the memories whose blobs the store no longer has: of their words, names and paths
 * nothing is left in any file, also not in free space. `n_out` tells how many they were.
 * GM_ELOCKED when other processes are in the way: it is to be tried again then; GM_EACCESS when
 * the index cannot be written.
 */
int gm_index_forget(struct gm_index *index, size_t *n_out);

/*
 * SQLite's own integrity check, that rows, views and segments agree, and that no file
 * was changed. Faults go to `report`.
 */
int gm_index_check(struct gm_index *index, gm_store_report_fn report, void *payload);

/* Which memories of the selected view are wanted. Zeroed: all. */
struct gm_filter {
	unsigned types;             /* bits 1 << enum gm_record_type; 0: any */
	const struct gm_strv *tags; /* all of them; NULL: any */
	const char *agent;
	const char *session;
	const char *key_prefix; /* keys that begin so: "user/" */
	gm_time since;          /* created at or after; GM_FILTER_INIT: any */
	gm_time until;          /* created before or at */
	bool conflicts_only;    /* with `conflicts_with`, and the memories named by it */
	/*
	 * When `hide_stale`: not those that another memory of the view supersedes (unless it
	 * is not valid yet; one whose time is over replaces them still; of several that
	 * supersede each other in a circle the newest is not hidden for that), nor those
	 * outside their valid_from and valid_until at `now`.
	 */
	bool hide_stale;
	gm_time now;
};

#define GM_FILTER_INIT                                        \
	{                                                     \
		.since = GM_TIME_NONE, .until = GM_TIME_NONE, \
	}

/*
 * Which memories of the selected view are superseded at a time, by which others; the rule is
 * that of `hide_stale`. gm_superseding_free().
 */
struct gm_superseding;
int gm_index_superseding(
	struct gm_superseding **out, struct gm_index *index, gm_time now);
void gm_superseding_free(struct gm_superseding *superseding);
GM_DEFINE_CLEANUP(struct gm_superseding, gm_superseding_free)

/* Append the ids of those that supersede `id`, sorted; none when it is not superseded. */
int gm_superseding_of(
	struct gm_strv *out, const struct gm_superseding *superseding, const char *id);

/* One term of the sum that a score is: it adds `weight` * `value`. */
struct gm_hit_term {
	const char *name; /* static */
	double weight;
	double value;
};

/* A memory of the selected view. */
struct gm_hit {
	char id[GM_UUID_TEXT];
	char *path;
	struct gm_oid blob;
	double score; /* higher is better; 0 in a list */
	/* Only of recall with `explain`: */
	struct gm_strv words; /* of the query, those it has itself */
	struct gm_hit_term *terms;
	size_t n_terms; /* those that are not 0 */
	/* Ids of memories with nearly the same text that are left out for this one. */
	struct gm_strv duplicates;
};

struct gm_hits {
	struct gm_hit *items;
	size_t n;
	size_t cap;
};

#define GM_HITS_INIT                            \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autohits gm_cleanup(gm_hits_dispose) struct gm_hits
void gm_hits_dispose(struct gm_hits *hits);

/* The memories that pass, oldest first (then by session, seq and id); at most `limit`, 0: all. */
int gm_index_list(struct gm_hits *out, struct gm_index *index,
	const struct gm_filter *filter, size_t limit);

/*
 * The memories an id's part can mean: those whose id is, begins with, or ends with `text`
 * (lower case, dashes optional, at least four digits), at most `limit`, by id. Nothing when
 * `text` is no part of an id.
 */
int gm_index_find_id(
	struct gm_hits *out, struct gm_index *index, const char *text, size_t limit);

/* What memories are compared with a query by. */
enum gm_recall_mode {
	GM_RECALL_HYBRID,
	GM_RECALL_LEXICAL, /* words alone */
	GM_RECALL_VECTOR,  /* vectors alone */
};

/* What counts besides, a little. */
enum gm_recall_preference {
	GM_RECALL_PREFER_NOTHING,
	GM_RECALL_PREFER_RECENT,
	GM_RECALL_PREFER_IMPORTANT,
};

struct gm_recall_options {
	const struct gm_filter *filter; /* NULL: all of the view */
	size_t k;                       /* so many at most */
	enum gm_recall_mode mode;
	enum gm_recall_preference prefer;
	bool duplicates; /* also memories whose text is nearly that of a better one */
	bool explain;
};

#define GM_RECALL_OPTIONS_INIT \
	{                      \
		.k = 10,       \
	}

/*
 * Ranked recall: the best memories for a query, and why. Any of its words may match (stop words
 * are dropped unless there are no others); contents count, and keys and tags more, what stands
 * beside a memory in its session, and its vector. Phrases must be there, words behind a dash
 * must not; filters in the query are the caller's (query_parts.h). GM_EUSAGE for a query without
 * a word; of a long one the first 64 words are taken. Ties go to the newer memory, then by id.
 * Frequencies of words are those of the index, not of the revision, so scores depend on what
 * else is indexed.
 */
int gm_index_recall(struct gm_hits *out, struct gm_index *index, const char *query,
	const struct gm_recall_options *options);

/* Completion: keys, or tags, of the view that begin with `prefix`, sorted; `limit` 0: all. */
int gm_index_keys(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit);
int gm_index_tags(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit);

#endif
