#include "cmd/show_standing.h"

#include <string.h>

#include "cmd/standing.h"
#include "dag/blame.h"

/* Whether a memory of the view names the other one, and may do so by now. */
static bool supersedes(
	const struct gm_record *record, const struct gm_record *other, gm_time time)
{
	bool is_newer = record->created != other->created
		? record->created > other->created
		: strcmp(record->id, other->id) > 0;

	if (!strcmp(record->id, other->id) ||
		!gm_strv_contains(&record->supersedes, other->id))
		return false;
	if (record->valid_from != GM_TIME_NONE && record->valid_from > time)
		return false;
	return is_newer || !gm_strv_contains(&other->supersedes, record->id);
}

/* Staged memories are in no index. */
static int add_staged(struct gm_strv *out, const struct gm_view *view,
	const struct gm_record *record, gm_time time)
{
	int rc = 0;

	for (size_t i = 0; view->stage && rc == 0 && i < gm_stage_size(view->stage);
		i++) {
		const struct gm_change *change = gm_stage_at(view->stage, i);
		gm_autorecord staged = GM_RECORD_INIT;
		if (!change->data ||
			gm_record_decode(&staged, change->data, change->size) < 0)
			continue;
		if (supersedes(&staged, record, time))
			rc = gm_strv_add(out, staged.id);
	}
	return rc;
}

/* Those of the tree, as far as what is staged does not say otherwise. */
static int add_committed(struct gm_strv *out, struct gm_view *view,
	const struct gm_record *record, gm_time time)
{
	gm_autostanding standing = GM_STANDING_INIT;
	gm_autostrv ids = GM_STRV_INIT;
	int rc = gm_standing_open(&standing, view, time);

	if (rc == 0)
		rc = gm_superseding_of(&ids, standing.superseding, record->id);
	for (size_t i = 0; rc == 0 && i < ids.n; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		rc = gm_memory_find_id(&memory, view, ids.items[i]);
		if (rc == 0 && gm_strv_contains(&memory.record.supersedes, record->id))
			rc = gm_strv_add(out, ids.items[i]);
		else if (rc == GM_ENOTFOUND || rc == GM_EAMBIGUOUS)
			rc = 0;
	}
	return rc;
}

static int find_superseding(struct gm_strv *out, struct gm_view *view,
	const struct gm_record *record, gm_time time)
{
	int rc = add_committed(out, view, record, time);

	if (rc == 0)
		rc = add_staged(out, view, record, time);
	if (rc == 0)
		gm_strv_make_set(out);
	return rc;
}

/*
 * The commit that gave a memory what it supersedes: 1, or 0 when that is staged or not known.
 * Damage in history is no reason not to show a memory.
 */
static int find_since(struct gm_oid *out, struct gm_view *view,
	const struct gm_moment *moment, const char *id)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autoblame blame = GM_BLAME_INIT;
	int rc = gm_memory_find_id(&memory, view, id);
	const struct gm_blame_request request = {
		.commit = moment->commit, .path = memory.path, .stage = view->stage};

	if (rc < 0 || gm_oid_is_zero(&moment->commit))
		return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
	rc = gm_blame_file(&blame, gm_repo_store(view->call->repo), &request);
	if (rc < 0)
		return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
	for (size_t i = 0; i < blame.n; i++) {
		if (!blame.parts[i].field ||
			strcmp(blame.parts[i].field, "supersedes") != 0)
			continue;
		*out = blame.parts[i].commit;
		return !gm_oid_is_zero(out);
	}
	return 0;
}

static int tell_one(struct gm_view *view, const struct gm_moment *moment, const char *id)
{
	gm_autobuf since = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid commit;
	int known = find_since(&commit, view, moment, id);
	int rc = known < 0 ? known : 0;

	if (known > 0)
		rc = gm_buf_puts(&since, " since commit ");
	if (known > 0 && rc == 0)
		rc = gm_abbreviate(&since, gm_repo_store(view->call->repo), &commit);
	if (rc == 0)
		gm_talk(view->call, "superseded by %s%s", gm_short_id(id),
			gm_buf_str(&since));
	return rc;
}

int gm_tell_standing(struct gm_view *view, const struct gm_moment *moment,
	const struct gm_memory *memory)
{
	gm_autostrv by = GM_STRV_INIT;
	gm_autobuf validity = GM_BUF_INIT(GM_BUF_PATH);
	int rc = find_superseding(&by, view, &memory->record, moment->time);

	for (size_t i = 0; rc == 0 && i < by.n; i++)
		rc = tell_one(view, moment, by.items[i]);
	if (rc == 0)
		rc = gm_put_validity(&validity, &memory->record, moment->time);
	if (rc == 0 && validity.size)
		gm_talk(view->call, "%s", gm_buf_str(&validity));
	return rc;
}

static int set_since(json_t *object, struct gm_view *view, const struct gm_moment *moment,
	const struct gm_strv *by)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < by->n; i++) {
		struct gm_oid commit;
		char hex[GM_OID_HEX];
		int known = find_since(&commit, view, moment, by->items[i]);
		if (known < 0)
			return known;
		if (known)
			gm_oid_format(hex, &commit);
		rc = gm_json_append(list, gm_json_string(known ? hex : NULL));
	}
	return rc < 0 ? rc : gm_json_set(object, "superseded_in", gm_steal(&list));
}

int gm_set_shown_standing(json_t *object, struct gm_view *view,
	const struct gm_moment *moment, const struct gm_memory *memory)
{
	gm_autostrv by = GM_STRV_INIT;
	int rc = find_superseding(&by, view, &memory->record, moment->time);

	if (rc == 0)
		rc = gm_set_superseded(object, &by, &memory->record, moment->time);
	return rc < 0 || !by.n ? rc : set_since(object, view, moment, &by);
}
