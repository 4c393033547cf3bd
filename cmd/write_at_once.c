/*
 * `-c`: committing one memory at once and leaving the rest of the stage alone.
 *
 * The person sees the stage on the tree, so what is staged of the memory goes along, and with
 * it whatever cannot be told from it: where it was moved from, and who took or gave its place.
 */
#include <string.h>

#include "cmd/hooks.h"

/* The memories that a staged change takes away and brings; "" where there is none. */
struct parties {
	char old_id[GM_UUID_TEXT];
	char new_id[GM_UUID_TEXT];
	bool joins;
};

static void read_parties(
	struct parties *out, struct gm_writer *writer, const struct gm_change *change)
{
	gm_autorecord old = GM_RECORD_INIT;
	gm_autorecord new = GM_RECORD_INIT;

	/* A file that is no memory, or is damaged, belongs to none. */
	if (!gm_oid_is_zero(&change->base) &&
		gm_record_read(&old, gm_repo_store(writer->call->repo), &change->base) ==
			0)
		memcpy(out->old_id, old.id, GM_UUID_TEXT);
	if (change->data && gm_record_decode(&new, change->data, change->size) == 0)
		memcpy(out->new_id, new.id, GM_UUID_TEXT);
}

static int join(struct parties *parties, struct gm_strv *ids)
{
	int rc = *parties->old_id ? gm_strv_add(ids, parties->old_id) : 0;

	parties->joins = true;
	return rc == 0 && *parties->new_id ? gm_strv_add(ids, parties->new_id) : rc;
}

/* All that has to do with the memories in `ids` joins, and all that has to do with that. */
static int join_all(struct parties *parties, size_t n, struct gm_strv *ids)
{
	int rc = 0;

	for (bool more = true; rc == 0 && more;) {
		more = false;
		for (size_t i = 0; rc == 0 && i < n; i++) {
			if (parties[i].joins ||
				(!gm_strv_contains(ids, parties[i].old_id) &&
					!gm_strv_contains(ids, parties[i].new_id)))
				continue;
			rc = join(&parties[i], ids);
			more = true;
		}
	}
	return rc;
}

static const struct gm_change *find_change(
	const struct gm_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->n; i++)
		if (!strcmp(changes->items[i].path, path))
			return &changes->items[i];
	return NULL;
}

/* Whether a staged change is of this memory, or lies where one of the changes does. */
static bool is_met(
	const struct gm_changes *changes, const char *old_path, const char *path)
{
	return (old_path && !strcmp(old_path, path)) || find_change(changes, path);
}

int gm_changes_join_staged(
	struct gm_changes *changes, struct gm_writer *writer, const char *path)
{
	size_t n = gm_stage_size(writer->stage);
	gm_autofree struct parties *parties = gm_calloc(n + 1, sizeof(*parties));
	gm_autostrv ids = GM_STRV_INIT;
	int rc = parties ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct gm_change *staged = gm_stage_at(writer->stage, i);
		read_parties(&parties[i], writer, staged);
		if (is_met(changes, path, staged->path))
			rc = join(&parties[i], &ids);
	}
	if (rc == 0)
		rc = join_all(parties, n, &ids);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct gm_change *staged = gm_stage_at(writer->stage, i);
		if (parties[i].joins && !find_change(changes, staged->path))
			rc = gm_changes_add_copy(changes, staged);
	}
	return rc;
}

static bool meets_stage(const struct gm_changes *changes, const struct gm_writer *writer,
	const char *old_path)
{
	if (old_path && gm_stage_find(writer->stage, old_path))
		return true;
	for (size_t i = 0; i < changes->n; i++)
		if (gm_stage_find(writer->stage, changes->items[i].path))
			return true;
	return false;
}

/* Those that change something: what was only staged may be gone without a trace. */
static size_t put_effective(struct gm_change *out, const struct gm_changes *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n; i++)
		if (!gm_oid_equal(&changes->items[i].base, &changes->items[i].blob))
			out[n++] = changes->items[i];
	return n;
}

static void restore_stage(struct gm_writer *writer)
{
	const struct gm_error why = *gm_error_last();
	int rc = gm_stage_replace(writer->call->repo, writer->lock, writer->head.ref,
		gm_stage_changes(writer->stage), gm_stage_size(writer->stage));

	if (rc < 0)
		gm_warn("what could not be committed stays staged: %s",
			gm_error_last()->message);
	(void)gm_error(why.code, "%s", why.message); /* back to the reason */
	if (*why.hint)
		gm_error_hint("%s", why.hint);
}

static int commit_joined(struct gm_transaction_result *result, struct gm_writer *writer,
	struct gm_changes *changes, const char *old_path,
	struct gm_commit_request *request)
{
	int rc = gm_changes_join_staged(changes, writer, old_path);
	gm_autofree struct gm_change *effective =
		gm_calloc(changes->n + 1, sizeof(*effective));

	if (rc < 0 || !effective)
		return rc < 0 ? rc : GM_ENOMEM;
	size_t n = put_effective(effective, changes);
	request->dropped = changes;
	return n ? gm_writer_commit(result, writer, effective, n, request)
		 : gm_stage_drop(writer->call->repo, writer->lock, writer->head.ref,
			   changes->items, changes->n);
}

/*
 * The changes are staged first, so that a crash leaves them either staged or on both sides,
 * where committing them again changes nothing.
 */
static int commit_staged(struct gm_transaction_result *result, struct gm_writer *writer,
	struct gm_changes *changes, const char *old_path,
	struct gm_commit_request *request)
{
	int rc = gm_stage_append(writer->call->repo, writer->lock, writer->head.ref,
		writer->stage, changes->items, changes->n);

	if (rc < 0)
		return rc;
	rc = commit_joined(result, writer, changes, old_path, request);
	if (rc < 0)
		restore_stage(writer);
	return rc;
}

/* What a commit of changes would come to. */
struct at_once {
	const struct gm_changes *changes;
	const char *old_path;
};

static int put_shown(struct gm_changes *out, struct gm_writer *writer, void *payload)
{
	const struct at_once *at_once = payload;
	gm_autochanges joined = GM_CHANGES_INIT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < at_once->changes->n; i++)
		rc = gm_changes_add_copy(&joined, &at_once->changes->items[i]);
	if (rc == 0 && meets_stage(&joined, writer, at_once->old_path))
		rc = gm_changes_join_staged(&joined, writer, at_once->old_path);
	for (size_t i = 0; rc == 0 && i < joined.n; i++)
		if (!gm_oid_equal(&joined.items[i].base, &joined.items[i].blob))
			rc = gm_changes_add_copy(out, &joined.items[i]);
	return rc;
}

int gm_writer_commit_at_once(struct gm_transaction_result *out, struct gm_writer *writer,
	struct gm_changes *changes, const struct gm_memory *old, const char *message)
{
	struct gm_commit_request request = {
		.message = message, .reflog_action = "commit"};
	struct at_once at_once = {.changes = changes, .old_path = old ? old->path : NULL};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_verify_changes(&text, writer, &request, put_shown, &at_once);

	if (rc < 0)
		return rc;
	if (meets_stage(changes, writer, at_once.old_path))
		return commit_staged(out, writer, changes, at_once.old_path, &request);
	return changes->n
		? gm_writer_commit(out, writer, changes->items, changes->n, &request)
		: 0;
}
