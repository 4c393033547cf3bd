/*
 * Commit and tag objects (gitformat: git-commit-tree(1), git-mktag(1)).
 */
#ifndef GM_DAG_COMMIT_H
#define GM_DAG_COMMIT_H

#include "base/time.h"
#include "objstore/store.h"

/* Who and when: "NAME <MAIL> SECONDS ZONE". */
struct gm_signature {
	char *name;
	char *mail;
	gm_time time; /* whole seconds */
	int zone_minutes;
};

#define GM_SIGNATURE_INIT                   \
	{                                   \
		.name = NULL, .mail = NULL, \
	}
#define gm_autosignature gm_cleanup(gm_signature_dispose) struct gm_signature

void gm_signature_dispose(struct gm_signature *signature);

/*
 * Make one, dropping what Git does not allow in names (control characters, `<`, `>`, dots and
 * the like at the ends); an empty name becomes "unknown". GM_EINVALID for a time before 1970
 * or a zone that is none.
 */
int gm_signature_set(struct gm_signature *out, const char *name, const char *mail,
	gm_time time, int zone_minutes);

/* Append "NAME <MAIL> SECONDS ZONE". */
int gm_signature_format(struct gm_buf *out, const struct gm_signature *signature);

/* Read one line of that form; odd ones that Git lets pass are read as well as can be. */
int gm_signature_parse(struct gm_signature *out, const char *text, size_t size);

struct gm_commit {
	struct gm_oid oid;
	struct gm_oid tree;
	struct gm_oid *parents;
	size_t n_parents;
	struct gm_signature author;
	struct gm_signature committer;
	char *extra; /* all headers behind `committer`, byte for byte; NULL: none */
	size_t extra_size;
	char *message;
};

#define GM_COMMIT_INIT                                          \
	{                                                       \
		.parents = NULL, .extra = NULL, .message = NULL \
	}
#define gm_autocommit gm_cleanup(gm_commit_dispose) struct gm_commit

void gm_commit_dispose(struct gm_commit *commit);

/*
 * GM_ENOTFOUND, GM_EMISMATCH when the object is no commit, GM_ETOOBIG for one of more than
 * 64 MB. `out` is replaced.
 */
int gm_commit_read(
	struct gm_commit *out, struct gm_store *store, const struct gm_oid *oid);

/*
 * Tell of a parent that the last error was about: it names both, and one that is missing is
 * damage, for its child names it. Returns the code, GM_EMISMATCH for GM_ENOTFOUND.
 */
int gm_commit_parent_error(
	int rc, const struct gm_oid *commit, const struct gm_oid *parent);

/* Read the i-th parent of a commit; errors as above. */
int gm_commit_read_parent(struct gm_commit *out, struct gm_store *store,
	const struct gm_commit *commit, size_t i);

/* Parse the bytes of a commit object; `out->oid` is left alone. */
int gm_commit_parse(struct gm_commit *out, const char *data, size_t size);

/*
 * Append the bytes of a commit object. The message gets a final newline. New commits are for
 * gm_commit_write() (dag/commit_names.h).
 */
int gm_commit_format(struct gm_buf *out, const struct gm_commit *commit);

/* Whether it has a signature, of whatever kind and worth. */
bool gm_commit_is_signed(const struct gm_commit *commit);

/* The first paragraph of a message as one line, as Git's %s. */
int gm_commit_subject(struct gm_buf *out, const char *message);

/* What a tag names, and its type. GM_EMISMATCH when it is broken or no tag. */
int gm_tag_target(struct gm_oid *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid);

/*
 * Follow tags until something else: its id and type. GM_EMISMATCH on a broken tag or a chain
 * of more than 32.
 */
int gm_object_peel(struct gm_oid *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid);

#endif
