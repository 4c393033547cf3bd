/*
 * Repairing a damaged repository. What is whole is put into new files, the damaged ones are kept
 * beside those under a name that ends in `.damaged-TIME`; a ref that leads to what is lost
 * goes back to where its log has it whole. Nothing is ever deleted but what a repair left
 * that was killed before it was done.
 *
 * Each step may be repeated, and does nothing where nothing is damaged. The repository lock is
 * the caller's to hold through all of them.
 */
#ifndef GM_DAG_REPAIR_H
#define GM_DAG_REPAIR_H

#include "dag/repository.h"

enum gm_repair_kind {
	GM_REPAIR_FILE, /* a file or folder was replaced, the old one kept */
	GM_REPAIR_REF,  /* a ref was moved or removed */
	GM_REPAIR_LOST, /* an object is lost */
};

struct gm_repair_note {
	enum gm_repair_kind kind;
	const char *subject; /* the file, the ref, or the object's id */
	const char *message;
	const char *kept; /* the file or the ref that has the old one; NULL */
	const char *type; /* of the object, "object" when it is not known; NULL */
	const char *path; /* in the tree of `commit`, the newest that has it; NULL */
	const char *commit;
	bool is_loss; /* not all could be saved: a ref leads elsewhere, a segment is gone */
};

/* Told of each thing that is done. A non-zero return ends the repair. */
typedef int (*gm_repair_fn)(const struct gm_repair_note *note, void *payload);

struct gm_repair {
	const char *gitdir;
	const char *stamp; /* "20260102T030405Z", for the names of what is kept */
	gm_repair_fn tell;
	void *payload;
};

/* The layout of a repository, also when its settings are damaged. */
int gm_repair_layout(enum gm_layout *out, const char *gitdir);

/*
 * Make settings that cannot be read, or do not fit the layout, readable: lines that make sense
 * are kept. GM_EINVALID when they are those of a newer gitmem. 1 when something was done.
 */
int gm_repair_settings(const struct gm_repair *repair, enum gm_layout layout);

/* Put what is whole of the segment store into a new one, and that in the place of the old. */
int gm_repair_segments(const struct gm_repair *repair);

/* Move objects in Git's layout that are damaged out of the way, and save what is whole. */
int gm_repair_objects(const struct gm_repair *repair);

/* Make the files and folders that every repository has, where they are missing. */
int gm_repair_skeleton(const struct gm_repair *repair, enum gm_layout layout);

/* In Git's layout: files of refs that cannot be read are taken out of the way. */
int gm_repair_ref_files(const struct gm_repair *repair);

/*
 * Move refs whose history or tree is not there to the newest entry of their logs where they
 * are; what a ref was before is kept below refs/gitmem/rescue/, if that is there. One that
 * has nowhere to go is removed. Memories that are lost move no ref.
 */
int gm_repair_refs(const struct gm_repair *repair, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_signature *who);

/* Keep of a damaged stage what is whole. */
int gm_repair_stages(const struct gm_repair *repair, struct gm_repo *repo);

/* Take merges that wait out of the way when their files, or the commits, are damaged. */
int gm_repair_merges(const struct gm_repair *repair, struct gm_repo *repo);

/* Tell of each object that refs lead to and that is lost. */
int gm_repair_tell_lost(const struct gm_repair *repair, struct gm_repo *repo);

#endif
