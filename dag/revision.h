/*
 * Names of revisions, as gitrevisions(7): HEAD, @, branch and tag names in Git's order of
 * lookup, full and short ids, `TAG-N-gID` of git-describe(1), `sha256:HEX`, `@{1}`,
 * `main@{2026-11-01}`, `@{-1}`, `main@{upstream}`, `~2`, `^2`, `^{commit}`, `^{tree}`, `^{}`,
 * `^{/TEXT}`, `:/TEXT`, `REV:PATH`. A ref wins over a short id. For ranges see
 * dag/revision_range.h.
 */
#ifndef GM_DAG_REVISION_H
#define GM_DAG_REVISION_H

#include "dag/repository.h"

/*
 * Resolve `text` to an object. `branch` is the branch that HEAD and @ stand for in this call,
 * NULL for HEAD itself.
 * Returns GM_ENOTFOUND for an unknown name, GM_EAMBIGUOUS for a short id of several objects
 * (the message names them), GM_EINVALID for a form we do not know, GM_ERROR when something
 * is not of the type a suffix asks for, GM_ETOOBIG when it goes back over 100000 commits.
 */
int gm_revision_parse(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch);

/*
 * The same, then peeled to a commit; GM_ERROR when it is none. Of several objects with one
 * short id the only commit is taken.
 */
int gm_revision_commit(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch);

/* The same, then peeled to a tree. */
int gm_revision_tree(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch);

/* Append the shortest unique id, at least seven digits (core.abbrev is not looked at). */
int gm_abbreviate(struct gm_buf *out, struct gm_store *store, const struct gm_oid *oid);

#endif
