/*
 * Commits as JSON and as text, the same in every command that shows one.
 */
#ifndef GM_CMD_COMMIT_JSON_H
#define GM_CMD_COMMIT_JSON_H

#include "cmd/command.h"
#include "dag/record_diff.h"

/*
 * The JSON of a commit (gitmem(1), "JSON"): commit, sha256, tree, parents, author, committer,
 * agent, time, message, signature, and `changed` with the records that differ from the first
 * parent.
 */
int gm_commit_json(json_t **out, struct gm_repo *repo, const struct gm_commit *commit);

/* The records that differ from the first parent (from nothing for a root commit). */
int gm_commit_changes(struct gm_record_deltas *out, struct gm_repo *repo,
	const struct gm_commit *commit);

/* {status, id, path, old_path} of one delta, and `reworded` and `supersedes` where they are set. */
int gm_delta_json(json_t **out, const struct gm_record_delta *delta);

/* What is known of a commit's signature. */
struct gm_commit_trust {
	const char *status; /* "none", or "unchecked" */
	const char *key;    /* NULL: not known */
	const char *signer; /* NULL: not known */
};

struct gm_commit_trust gm_commit_trust(const struct gm_commit *commit);

/* Set `signature` to it: {status, key, signer}. */
int gm_set_signature(json_t *object, const struct gm_commit *commit);

#endif
