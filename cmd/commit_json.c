#include "cmd/commit_json.h"

#include "cmd/sha256.h"
#include "dag/record_superseding.h"

static json_t *oid_json(const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_string(hex);
}

static json_t *time_json(gm_time time)
{
	char text[GM_TIME_TEXT];

	gm_time_format(text, time);
	return gm_json_string(text);
}

/* {name, email, time} */
static int set_person(json_t *object, const char *key, const struct gm_signature *who)
{
	gm_autojson *person = gm_json_object();
	int rc = gm_json_set_string(person, "name", who->name);

	if (rc == 0)
		rc = gm_json_set_string(person, "email", who->mail);
	if (rc == 0)
		rc = gm_json_set(person, "time", time_json(who->time));
	return rc < 0 ? rc : gm_json_set(object, key, gm_steal(&person));
}

static int set_parents(json_t *object, const struct gm_commit *commit)
{
	gm_autojson *parents = gm_json_array();
	int rc = parents ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < commit->n_parents; i++)
		rc = gm_json_append(parents, oid_json(&commit->parents[i]));
	return rc < 0 ? rc : gm_json_set(object, "parents", gm_steal(&parents));
}

struct gm_commit_trust gm_commit_trust(const struct gm_commit *commit)
{
	return (struct gm_commit_trust){
		.status = gm_commit_is_signed(commit) ? "unchecked" : "none"};
}

int gm_set_signature(json_t *object, const struct gm_commit *commit)
{
	gm_autojson *signature = gm_json_object();
	struct gm_commit_trust trust = gm_commit_trust(commit);
	int rc = gm_json_set_string(signature, "status", trust.status);

	if (rc == 0)
		rc = gm_json_set_string(signature, "key", trust.key);
	if (rc == 0)
		rc = gm_json_set_string(signature, "signer", trust.signer);
	return rc < 0 ? rc : gm_json_set(object, "signature", gm_steal(&signature));
}

/* {id, similarity} of the other half. */
static int set_reworded(json_t *object, const struct gm_record_delta *delta)
{
	gm_autojson *other = gm_json_object();
	int rc = gm_json_set_string(other, "id", delta->reworded->id);

	if (rc == 0)
		rc = gm_json_set_int(other, "similarity", delta->similarity);
	return rc < 0 ? rc : gm_json_set(object, "reworded", gm_steal(&other));
}

static int set_supersedes(json_t *object, const struct gm_strv *ids)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < ids->n; i++)
		rc = gm_json_append(list, gm_json_string(ids->items[i]));
	return rc < 0 ? rc : gm_json_set(object, "supersedes", gm_steal(&list));
}

int gm_delta_json(json_t **out, const struct gm_record_delta *delta)
{
	const char status[] = {delta->status, '\0'};
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_string(object, "status", status);

	if (rc == 0)
		rc = gm_json_set_string(object, "id", *delta->id ? delta->id : NULL);
	if (rc == 0)
		rc = gm_json_set_string(object, "path", delta->path);
	if (rc == 0 && delta->old_path)
		rc = gm_json_set_string(object, "old_path", delta->old_path);
	if (rc == 0 && delta->reworded)
		rc = set_reworded(object, delta);
	if (rc == 0 && delta->supersedes.n)
		rc = set_supersedes(object, &delta->supersedes);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

int gm_commit_changes(struct gm_record_deltas *out, struct gm_repo *repo,
	const struct gm_commit *commit)
{
	gm_autocommit parent = GM_COMMIT_INIT;
	int rc = 0;

	if (commit->n_parents)
		rc = gm_commit_read_parent(&parent, gm_repo_store(repo), commit, 0);
	if (rc < 0)
		return rc;
	return gm_record_diff(out, gm_repo_store(repo),
		commit->n_parents ? &parent.tree : &gm_oid_empty_tree, &commit->tree);
}

static int set_changed(
	json_t *object, struct gm_repo *repo, const struct gm_commit *commit)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	gm_autojson *changed = gm_json_array();
	int rc = gm_commit_changes(&deltas, repo, commit);

	if (rc == 0)
		rc = gm_find_superseding(&deltas, gm_repo_store(repo));
	for (size_t i = 0; rc == 0 && i < deltas.n; i++) {
		json_t *delta = NULL;
		rc = gm_delta_json(&delta, &deltas.items[i]);
		if (rc == 0)
			rc = gm_json_append(changed, delta);
	}
	return rc < 0 ? rc : gm_json_set(object, "changed", gm_steal(&changed));
}

static int set_head(json_t *object, struct gm_repo *repo, const struct gm_commit *commit)
{
	int rc = gm_json_set(object, "commit", oid_json(&commit->oid));

	if (rc == 0)
		rc = gm_set_sha256(object, repo, &commit->oid);
	if (rc == 0)
		rc = gm_json_set(object, "tree", oid_json(&commit->tree));
	if (rc == 0)
		rc = set_parents(object, commit);
	if (rc == 0)
		rc = set_person(object, "author", &commit->author);
	if (rc == 0)
		rc = set_person(object, "committer", &commit->committer);
	if (rc == 0)
		rc = gm_json_set_string(object, "agent", commit->author.name);
	if (rc == 0)
		rc = gm_json_set(object, "time", time_json(commit->author.time));
	return rc < 0 ? rc : gm_json_set_string(object, "message", commit->message);
}

int gm_commit_json(json_t **out, struct gm_repo *repo, const struct gm_commit *commit)
{
	gm_autojson *object = gm_json_object();
	int rc = set_head(object, repo, commit);

	if (rc == 0)
		rc = gm_set_signature(object, commit);
	if (rc == 0)
		rc = set_changed(object, repo, commit);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}
