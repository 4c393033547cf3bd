#include "dag/reapply_place.h"

#include <string.h>

#include "base/utf8.h"
#include "dag/path_rule.h"

/* How much of a value that gave way a note shows. */
#define MAX_VALUE ((size_t)60)

void gm_side_dispose(struct gm_side *side)
{
	gm_record_dispose(&side->record);
	gm_free(side->path);
}

int gm_side_read(struct gm_side *out, struct gm_placing *placing, const char *path,
	const struct gm_oid *blob)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type;
	int rc = gm_batch_read(&bytes, &type, placing->batch, blob);

	if (rc == 0)
		rc = gm_record_decode(&out->record, gm_buf_str(&bytes), bytes.size);
	if (rc < 0)
		return rc;
	gm_free(out->path);
	out->path = gm_strdup(path);
	out->blob = *blob;
	return out->path ? 0 : GM_ENOMEM;
}

int gm_placing_look(struct gm_oid *out, struct gm_placing *placing, const char *path)
{
	unsigned mode;
	int rc = gm_tree_cache_lookup(out, &mode, placing->trees, &placing->tree, path);

	if (rc > 0 && (mode & GM_MODE_TYPE) == GM_MODE_TREE)
		rc = gm_error(GM_EEXISTS, "a folder is in the place of '%s'", path);
	if (rc <= 0)
		*out = gm_oid_zero;
	return rc;
}

static void hash_path(struct gm_oid *out, const char *path)
{
	gm_object_hash(out, GM_OBJECT_BLOB, path, strlen(path));
}

/* The blob that we have put at a path ourselves, or NULL. */
static const struct gm_oid *placed_at(struct gm_placing *placing, const char *path)
{
	struct gm_oid name;
	uint64_t at;

	hash_path(&name, path);
	if (!gm_map_get(&at, &placing->placed, &name))
		return NULL;
	return &placing->out->items[at].oid;
}

int gm_placing_set(struct gm_placing *placing, const char *path,
	const struct gm_oid *blob, unsigned mode)
{
	struct gm_oid name;
	int rc = gm_tree_changes_add(placing->out, path, blob);

	hash_path(&name, path);
	if (rc < 0)
		return rc;
	placing->out->items[placing->out->n - 1].mode = mode;
	return gm_map_put(&placing->placed, &name, placing->out->n - 1);
}

int gm_placing_note(struct gm_placing *placing, const char *path, const char *text)
{
	struct gm_transaction_result *result = placing->result;
	gm_autofree char *path_copy = gm_strdup(path);
	gm_autofree char *text_copy = gm_strdup(text);
	struct gm_transaction_note *notes =
		gm_realloc(result->notes, (result->n_notes + 1) * sizeof(*result->notes));

	if (notes)
		result->notes = notes;
	if (!notes || !path_copy || !text_copy)
		return GM_ENOMEM;
	notes[result->n_notes++] = (struct gm_transaction_note){
		.path = gm_steal(&path_copy), .text = gm_steal(&text_copy)};
	return 0;
}

static int write_record(struct gm_side *side, struct gm_placing *placing)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_encode(&bytes, &side->record);

	if (rc == 0)
		rc = gm_record_path(&path, &side->record);
	if (rc == 0)
		rc = gm_batch_write(&side->blob, placing->batch, GM_OBJECT_BLOB,
			bytes.ptr, bytes.size);
	if (rc < 0)
		return rc;
	gm_free(side->path);
	side->path = gm_buf_detach(&path);
	return side->path ? 0 : GM_ENOMEM;
}

int gm_placing_keep_lost(struct gm_placing *placing, const char *path,
	const struct gm_oid *blob, unsigned mode)
{
	int rc = gm_tree_changes_add(placing->lost, path, blob);

	if (rc == 0)
		placing->lost->items[placing->lost->n - 1].mode = mode;
	return rc;
}

static int keep_lost(struct gm_placing *placing, const struct gm_side *side)
{
	return gm_placing_keep_lost(placing, side->path, &side->blob, side->mode);
}

/* A sibling has a place of its own; one that is there already stays. */
static int place_sibling(
	struct gm_placing *placing, const struct gm_record *record, const char *why)
{
	gm_autoside sibling = GM_SIDE_INIT;
	struct gm_oid there;
	int rc = gm_record_copy(&sibling.record, record);

	if (rc == 0)
		rc = write_record(&sibling, placing);
	if (rc == 0 && placed_at(placing, sibling.path))
		return 0;
	if (rc == 0)
		rc = gm_placing_look(&there, placing, sibling.path);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = gm_placing_note(placing, sibling.path, why);
	return rc < 0 ? rc : gm_placing_set(placing, sibling.path, &sibling.blob, 0);
}

/* A value as a note shows it: on one line, and not all of a long one. */
static int put_value(struct gm_buf *out, const json_t *value)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_json_dump(&text, value, true);

	if (rc < 0 || text.size <= MAX_VALUE)
		return rc < 0 ? rc : gm_buf_put(out, gm_buf_str(&text), text.size);
	rc = gm_buf_put(out, text.ptr, gm_utf8_fit(text.ptr, MAX_VALUE, MAX_VALUE));
	return rc < 0 ? rc : gm_buf_puts(out, "...");
}

static int put_loss(struct gm_buf *out, const struct gm_merge_decision *decision,
	bool ours_lost, bool committed)
{
	const char *what = ours_lost ? "ours" : committed ? "another writer's" : "ours";
	const char *whom = !committed ? "another change of ours"
		: ours_lost           ? "another writer's"
				      : "ours";
	bool whole = !strcmp(decision->field, "record");
	int rc = 0;

	if (whole)
		return gm_buf_printf(
			out, "%s gave way to %s; history keeps it", what, whom);
	rc = gm_buf_printf(out, "%.40s of %s, ", decision->field, what);
	if (rc == 0)
		rc = put_value(out, decision->lost);
	return rc < 0 ? rc : gm_buf_printf(out, ", gave way to %s", whom);
}

/* Tell what gave way. The branch has their version; ours would stand nowhere. */
static int tell_losses(struct gm_placing *placing, const struct gm_record_merge *merge,
	const char *path, const struct gm_side *ours, const struct gm_side *theirs,
	bool committed)
{
	bool lost[2] = {false, false};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < merge->n_decisions; i++) {
		const struct gm_merge_decision *decision = &merge->decisions[i];
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		bool ours_lost = decision->what != GM_MERGE_OURS;
		/* When it was written the last time is the later of the two, always. */
		if (!decision->lost || !strcmp(decision->field, "updated"))
			continue;
		lost[ours_lost ? 0 : 1] = true;
		rc = put_loss(&text, decision, ours_lost, committed);
		if (rc == 0)
			rc = gm_placing_note(placing, path, gm_buf_str(&text));
	}
	if (rc == 0 && lost[0])
		rc = keep_lost(placing, ours);
	if (rc == 0 && lost[1] && !committed)
		rc = keep_lost(placing, theirs);
	return rc;
}

int gm_sides_merge(struct gm_side *out, struct gm_placing *placing,
	const struct gm_record *base, const struct gm_side *ours,
	const struct gm_side *theirs, bool committed)
{
	gm_autorecordmerge merge = GM_RECORD_MERGE_INIT;
	const struct gm_record_merge_input input = {
		.base = base,
		.ours = &ours->record,
		.theirs = &theirs->record,
		.ours_blob = &ours->blob,
		.theirs_blob = &theirs->blob,
	};
	int rc = gm_record_merge(&merge, &input);

	if (rc == 0)
		rc = gm_record_copy(&out->record, &merge.merged);
	if (rc == 0)
		rc = write_record(out, placing);
	if (rc == 0 && merge.has_sibling)
		rc = place_sibling(placing, &merge.sibling,
			"holds a text that was written at the same time");
	if (rc < 0 || gm_oid_equal(&ours->blob, &theirs->blob))
		return rc;
	if (committed)
		rc = gm_placing_note(
			placing, out->path, "merged with what another writer made of it");
	return rc < 0 ? rc
		      : tell_losses(placing, &merge, out->path, ours, theirs, committed);
}

/* What is in its place is no memory, or one that does not belong there. */
static int become_sibling(struct gm_placing *placing, struct gm_side *side)
{
	char id[GM_UUID_TEXT];

	memcpy(id, side->record.id, GM_UUID_TEXT);
	int rc = gm_record_make_sibling(&side->record, id, &side->blob);
	return rc < 0 ? rc
		      : place_sibling(placing, &side->record,
				"kept under a new id: a file is in its place");
}

static int place_unkeyed(
	struct gm_placing *placing, struct gm_side *side, const char *why)
{
	int rc = gm_placing_note(placing, side->path, why);

	if (rc == 0)
		rc = keep_lost(placing, side);
	if (rc == 0)
		rc = gm_record_set_text(&side->record.key, NULL);
	if (rc == 0)
		rc = write_record(side, placing);
	return rc < 0 ? rc : gm_place(placing, side, 0);
}

/* Whether a memory lies where the path rule wants it. */
static int is_at_home(const struct gm_side *side)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_path(&path, &side->record);

	return rc < 0 ? rc : !strcmp(gm_buf_str(&path), side->path);
}

/* The place is taken: by the same memory, by another with the same key, or by any file. */
static int share(struct gm_placing *placing, struct gm_side *side,
	const struct gm_oid *blob, bool committed, enum gm_place_flags flags)
{
	gm_autoside there = GM_SIDE_INIT;
	gm_autoside both = GM_SIDE_INIT;
	int rc = gm_side_read(&there, placing, side->path, blob);

	if (rc == 0)
		rc = is_at_home(&there);
	bool foreign = rc == 0 || rc == GM_EINVALID;
	if (rc < 0 && !foreign)
		return rc;
	if (foreign)
		return side->record.key
			? place_unkeyed(placing, side,
				  "kept without its key: a file is in its place")
			: become_sibling(placing, side);
	if (!(flags & GM_PLACE_JOINS) && strcmp(there.record.id, side->record.id) != 0)
		return place_unkeyed(
			placing, side, "kept without its key: the key is taken");
	rc = gm_sides_merge(&both, placing, NULL, side, &there, committed);
	return rc < 0 ? rc : gm_placing_set(placing, both.path, &both.blob, 0);
}

/* 1 when a name that looks alike forbids this one. */
static int has_lookalike(struct gm_placing *placing, const struct gm_side *side)
{
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);

	if (!side->record.key)
		return 0;
	return gm_tree_find_lookalike(&other, placing->store, &placing->tree, side->path);
}

int gm_place(struct gm_placing *placing, struct gm_side *side, enum gm_place_flags flags)
{
	const struct gm_oid *placed = placed_at(placing, side->path);
	struct gm_oid there;

	if (placed) {
		there = *placed;
		return share(placing, side, &there, false, 0);
	}
	int rc = gm_placing_look(&there, placing, side->path);
	if (rc == GM_EEXISTS && side->record.key)
		return place_unkeyed(
			placing, side, "kept without its key: a file is in its place");
	if (rc > 0 && !(flags & GM_PLACE_STAYS) && !gm_oid_equal(&there, &side->blob))
		return share(placing, side, &there, true, flags);
	if (rc == 0 && (rc = has_lookalike(placing, side)) > 0)
		return place_unkeyed(
			placing, side, "kept without its key: a like one came first");
	return rc < 0 ? rc : gm_placing_set(placing, side->path, &side->blob, side->mode);
}
