/*
 * Writing: from a changed record to the stage or to a commit.
 */
#ifndef GM_CMD_WRITE_H
#define GM_CMD_WRITE_H

#include "cmd/memory.h"
#include "dag/transaction.h"

/* What a writing command holds while it works. Start with GM_WRITER_INIT. */
struct gm_writer {
	struct gm_call *call;
	struct gm_lock *lock;
	struct gm_head head;
	struct gm_oid start;    /* where a branch that does not exist yet starts */
	struct gm_stage *stage; /* of the branch; NULL when it is left out */
	struct gm_view view;    /* the head's tree, and the stage if there is one */
	bool no_verify; /* pre-commit and commit-msg are not asked; false at first */
};

#define GM_WRITER_INIT                              \
	{                                           \
		.call = NULL, .head = GM_HEAD_INIT, \
	}
#define gm_autowriter gm_cleanup(gm_writer_dispose) struct gm_writer
void gm_writer_dispose(struct gm_writer *writer);

/*
 * Open the repository, take its lock and read the head and the stage. `without_stage`: what
 * is written has nothing to do with the stage, which is left alone.
 */
int gm_writer_begin(struct gm_writer *out, struct gm_call *call, bool without_stage);

/*
 * Let go of the lock, call `unlocked`, and take it again; head and stage are read anew, for the
 * same branch. GM_EMODIFIED when a detached HEAD has gone to a branch meanwhile.
 */
int gm_writer_pause(struct gm_writer *writer,
	int (*unlocked)(struct gm_writer *writer, void *payload), void *payload);

/* Changes on their way. Owns paths and bytes. */
struct gm_changes {
	struct gm_change *items;
	size_t n;
	size_t cap;
};

#define GM_CHANGES_INIT                         \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autochanges gm_cleanup(gm_changes_dispose) struct gm_changes
void gm_changes_dispose(struct gm_changes *changes);

/*
 * Normalise and encode `record` and add what makes it so: the new file, and the removal of the
 * old one when it moves. `old` is the memory as it was found, NULL for a new one. Adds nothing
 * when the bytes stay the same. GM_EEXISTS when the key looks like another memory's.
 */
int gm_changes_put(struct gm_changes *changes, struct gm_writer *writer,
	struct gm_record *record, const struct gm_memory *old);

/* The same, beginning with no changes; what changes an old memory also moves its `updated`. */
int gm_changes_put_edited(struct gm_changes *changes, struct gm_writer *writer,
	struct gm_record *record, const struct gm_memory *old);

/* Add the removal of the file at a path. */
int gm_changes_remove(
	struct gm_changes *changes, struct gm_writer *writer, const char *path);

/* Take the change of a path out, if there is one. */
void gm_changes_forget(struct gm_changes *changes, const char *path);

/* Add a copy of a change, its bytes too. */
int gm_changes_add_copy(struct gm_changes *changes, const struct gm_change *change);

/*
 * GM_EEXISTS unless a file may come to be at `path`: nothing is there, nor anything that looks
 * like it or is in its way, but for what these changes or the stage remove, and for `old` (may
 * be NULL), which leaves its place.
 */
int gm_changes_check_free(const struct gm_changes *changes, struct gm_writer *writer,
	const char *path, const struct gm_memory *old);

/*
 * Add a file as it is, taking the bytes out of `bytes`, or the removal of one (`bytes` NULL).
 */
int gm_changes_put_file(struct gm_changes *changes, struct gm_writer *writer,
	const char *path, struct gm_buf *bytes);

/*
 * Let the change that was added last be made on what the branch has now, also where something
 * was staged at its path before: it is to stand whatever others did since then.
 */
int gm_changes_base_now(struct gm_changes *changes, struct gm_writer *writer);

/*
 * Put the changes on the branch's stage. GM_EEXISTS as above.
 */
int gm_writer_stage(struct gm_writer *writer, struct gm_changes *changes);

/* Put the changes on the stage in the place of what is staged at their paths, in one step. */
int gm_writer_restage(struct gm_writer *writer, struct gm_changes *changes);

/*
 * Commit the changes on the branch, let the index follow and tell what met other writers'
 * changes. Lets go of the lock. `message` NULL: a subject is made that holds no content.
 * `author` NULL: the call's own identity.
 */
struct gm_commit_request {
	const char *message;
	const struct gm_signature *author;
	const char *reflog_action;
	bool allow_empty;
	bool clear_stage; /* the changes are the stage's: forget them afterwards */
	const struct gm_changes
		*dropped; /* what is staged of their paths goes; NULL: none */
	const struct gm_oid
		*tree;      /* a whole tree instead of changes; NULL: the changes */
	struct gm_oid base; /* the commit that the tree was made on */
	const struct gm_oid *merged; /* a second parent; NULL: none */
};
int gm_writer_commit(struct gm_transaction_result *out, struct gm_writer *writer,
	const struct gm_change *changes, size_t n,
	const struct gm_commit_request *request);

/*
 * The branch has moved: let go of the lock and let the index follow from the head's tree to
 * `tree` (NULL: it need not).
 */
void gm_writer_end(struct gm_writer *writer, const struct gm_oid *tree);

/*
 * Commit changes that were made on what the person sees, the stage on the tree: what is staged
 * of the same memories (`old` is the one they are about; NULL: look at the changes) goes along
 * and leaves the stage, and the rest of the stage stays as it is. Without anything to commit
 * `out` says so. The changes that went along are added to `changes`.
 */
int gm_writer_commit_at_once(struct gm_transaction_result *out, struct gm_writer *writer,
	struct gm_changes *changes, const struct gm_memory *old, const char *message);

/*
 * Add what is staged of the file at `path`, and whatever cannot be told from it: where its
 * memory was moved from, and who took or gave its place.
 */
int gm_changes_join_staged(
	struct gm_changes *changes, struct gm_writer *writer, const char *path);

/* GM_EUSAGE when --message was given and is blank, or comes without the commit it is for. */
int gm_check_message(const char *message, bool commit);

/* "add 2 semantic memories, change 1, remove 1": what a stage or changes come to. */
int gm_generated_subject(struct gm_buf *out, struct gm_writer *writer,
	const struct gm_change *changes, size_t n);

/* Print what `commit` prints: "[main 1a2b3c4] subject" and counts, or the commit's JSON. */
int gm_print_commit(struct gm_call *call, const struct gm_head *head,
	const struct gm_transaction_result *result);

/*
 * Print the JSON of a memory that was just written: `record` at the place and with the bytes
 * that `changes` give it, or of `old` when nothing changed; with the commit if there is one.
 */
int gm_print_written(struct gm_writer *writer, const struct gm_changes *changes,
	const struct gm_record *record, const struct gm_memory *old,
	const struct gm_transaction_result *result);

#endif
