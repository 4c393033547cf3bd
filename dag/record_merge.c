#include "dag/record_merge.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "dag/line_merge.h"

struct merge {
	struct gm_record_merge result;
	const struct gm_record_merge_input *input;
	const struct gm_record *base; /* NULL when there is none to go by */
	bool ours_wins;
	json_t *base_json, *ours_json, *theirs_json;
	json_t *merged_json;
	bool is_conflict; /* the contents do not merge */
};

void gm_merge_decisions_free(struct gm_merge_decision *decisions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		gm_free(decisions[i].field);
		json_decref(decisions[i].lost);
	}
	gm_free(decisions);
}

void gm_record_merge_dispose(struct gm_record_merge *merge)
{
	gm_record_dispose(&merge->merged);
	gm_record_dispose(&merge->sibling);
	gm_merge_decisions_free(merge->decisions, merge->n_decisions);
	*merge = (struct gm_record_merge)GM_RECORD_MERGE_INIT;
}

static void merge_dispose(struct merge *merge)
{
	gm_record_merge_dispose(&merge->result);
	json_decref(merge->base_json);
	json_decref(merge->ours_json);
	json_decref(merge->theirs_json);
	json_decref(merge->merged_json);
}

const char *gm_merge_what_name(enum gm_merge_what what)
{
	static const char *const names[] = {
		[GM_MERGE_OURS] = "ours",
		[GM_MERGE_THEIRS] = "theirs",
		[GM_MERGE_MERGED] = "merged",
		[GM_MERGE_CONFLICT] = "conflict",
		[GM_MERGE_SAME] = "same",
		[GM_MERGE_KEPT] = "kept",
		[GM_MERGE_REMOVED] = "removed",
	};

	return names[what];
}

void gm_record_sibling_id(
	char out[GM_UUID_TEXT], const char *id, const struct gm_oid *lost_blob)
{
	char hex[GM_OID_HEX];
	uint8_t digest[GM_SHA256_SIZE];
	struct gm_sha256 sha256;

	gm_oid_format(hex, lost_blob);
	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, id, strlen(id));
	gm_sha256_update(&sha256, hex, strlen(hex));
	gm_sha256_final(digest, &sha256);
	gm_uuid_from_digest(out, digest);
}

/* Note a decision; `lost` (may be NULL) is copied. */
static int decide(struct merge *merge, const char *field, enum gm_merge_what what,
	const json_t *lost)
{
	struct gm_record_merge *result = &merge->result;
	int rc = gm_grow(&result->decisions, &result->cap_decisions,
		result->n_decisions + 1, sizeof(*result->decisions));

	if (rc < 0)
		return rc;
	gm_autojson *copy = lost ? json_deep_copy(lost) : NULL;
	if (lost && !copy)
		return gm_error(GM_ENOMEM, "out of memory");
	char *name = gm_strdup(field);
	if (!name)
		return GM_ENOMEM;
	result->decisions[result->n_decisions++] =
		(struct gm_merge_decision){name, what, gm_steal(&copy)};
	return 0;
}

static bool same(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

static bool same_id(const struct gm_record *a, const struct gm_record *b)
{
	return strcmp(a->id, b->id) == 0;
}

static gm_time time_of(const struct gm_record *record)
{
	return record->updated == GM_TIME_NONE ? record->created : record->updated;
}

bool gm_record_merge_ours_wins(const struct gm_record_merge_input *input)
{
	if (input->favour != GM_FAVOUR_NONE)
		return input->favour == GM_FAVOUR_OURS;
	gm_time our_time = time_of(input->ours), their_time = time_of(input->theirs);

	if (our_time != their_time)
		return our_time > their_time;
	return gm_oid_compare(input->ours_blob, input->theirs_blob) >= 0;
}

static bool is_favoured(const struct merge *merge)
{
	return merge->input->favour != GM_FAVOUR_NONE;
}

static const struct gm_record *winner(const struct merge *merge)
{
	return merge->ours_wins ? merge->input->ours : merge->input->theirs;
}

static const struct gm_record *loser(const struct merge *merge)
{
	return merge->ours_wins ? merge->input->theirs : merge->input->ours;
}

static int take(struct merge *merge, const char *field, json_t *value)
{
	if (!value)
		return 0;
	return gm_json_set(merge->merged_json, field, json_incref(value));
}

/* Take our value or theirs. With `loses` the other one is told in the report. */
static int take_side(struct merge *merge, const char *field, bool ours, bool loses)
{
	json_t *winning = ours ? merge->ours_json : merge->theirs_json;
	json_t *losing = ours ? merge->theirs_json : merge->ours_json;
	const json_t *lost = NULL;
	int rc = take(merge, field, json_object_get(winning, field));

	if (rc < 0)
		return rc;
	if (loses) {
		lost = json_object_get(losing, field);
		if (!lost)
			lost = json_null();
	}
	return decide(merge, field, ours ? GM_MERGE_OURS : GM_MERGE_THEIRS, lost);
}

/* Fixed-point, since 0.7 - 0.5 and 0.5 - 0.3 must be equal changes. */
static long millionths(double importance)
{
	return (long)(importance * 1e6 + 0.5);
}

static bool our_importance(const struct merge *merge)
{
	const struct gm_record *ours = merge->input->ours, *theirs = merge->input->theirs;
	long base =
		millionths(merge->base ? merge->base->importance : GM_IMPORTANCE_DEFAULT);
	long our_change = labs(millionths(ours->importance) - base);
	long their_change = labs(millionths(theirs->importance) - base);

	if (our_change != their_change)
		return our_change > their_change;
	return ours->importance > theirs->importance;
}

/* No end is later than any end. */
static bool our_end(const struct merge *merge)
{
	gm_time ours = merge->input->ours->valid_until,
		theirs = merge->input->theirs->valid_until;

	if (ours == GM_TIME_NONE || theirs == GM_TIME_NONE)
		return theirs == GM_TIME_NONE;
	return ours < theirs;
}

/* The id decides, and `created` belongs to it. */
static bool our_identity(const struct merge *merge)
{
	return strcmp(merge->input->ours->id, merge->input->theirs->id) < 0;
}

/* Whose value of a field stays when both changed it and only one can. */
static bool ours_stays(const struct merge *merge, const char *field)
{
	const struct gm_record *ours = merge->input->ours, *theirs = merge->input->theirs;

	if (is_favoured(merge))
		return merge->ours_wins;
	if (strcmp(field, "importance") == 0)
		return our_importance(merge);
	if (strcmp(field, "valid_until") == 0)
		return our_end(merge);
	if (strcmp(field, "scope") == 0)
		return ours->scope < theirs->scope;
	if (strcmp(field, "updated") == 0)
		return ours->updated > theirs->updated;
	return merge->ours_wins;
}

static bool in_array(const json_t *array, const json_t *item)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		if (json_equal(json_array_get(array, i), item))
			return true;
	return false;
}

/* Items of `from` that the other side has too, or that the base did not have. */
static int add_kept(
	json_t *out, const json_t *from, const json_t *other, const json_t *base)
{
	for (size_t i = 0; i < json_array_size(from); i++) {
		json_t *item = json_array_get(from, i);
		int rc = 0;

		if (in_array(other, item) || !in_array(base, item))
			rc = gm_json_append(out, json_incref(item));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Normalising the record sorts the list and takes out what is in it twice. */
static int merge_set(struct merge *merge, const char *field)
{
	json_t *base = json_object_get(merge->base_json, field);
	json_t *ours = json_object_get(merge->ours_json, field);
	json_t *theirs = json_object_get(merge->theirs_json, field);
	json_t *set = gm_json_array();
	int rc = gm_json_set(merge->merged_json, field, set);

	if (rc == 0)
		rc = add_kept(set, ours, theirs, base);
	if (rc == 0)
		rc = add_kept(set, theirs, ours, base);
	return rc < 0 ? rc : decide(merge, field, GM_MERGE_MERGED, NULL);
}

/* The content as it stands in the file, where its last line ends like the others. */
static int file_text(struct gm_buf *out, const struct gm_record *record)
{
	if (!record)
		return 0;
	int rc = gm_buf_put(out, record->content, record->content_size);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int merge_lines(struct gm_buf *out, bool *conflict_out, const struct merge *merge)
{
	const struct gm_record *records[] = {
		merge->base, merge->input->ours, merge->input->theirs};
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf ours = GM_BUF_INIT(GM_BUF_LARGE), theirs = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_buf *texts[] = {&base, &ours, &theirs};

	for (int i = 0; i < 3; i++) {
		int rc = file_text(texts[i], records[i]);

		if (rc < 0)
			return rc;
	}
	struct gm_text base_text = {gm_buf_str(&base), base.size};
	struct gm_text our_text = {ours.ptr, ours.size};
	struct gm_text their_text = {theirs.ptr, theirs.size};
	if (!is_favoured(merge))
		return gm_line_merge(out, conflict_out, base_text, our_text, their_text);
	*conflict_out = false;
	return gm_line_merge_favour(
		out, base_text, our_text, their_text, merge->ours_wins);
}

static int merge_content(struct merge *merge, const char *field)
{
	gm_autobuf lines = GM_BUF_INIT(GM_BUF_LARGE);
	bool conflict;
	int rc = merge_lines(&lines, &conflict, merge);

	if (rc < 0)
		return rc;
	if (conflict) {
		json_t *winning =
			merge->ours_wins ? merge->ours_json : merge->theirs_json;

		merge->is_conflict = true;
		rc = take(merge, field, json_object_get(winning, field));
		return rc < 0 ? rc : decide(merge, field, GM_MERGE_CONFLICT, NULL);
	}
	json_t *value = json_stringn(lines.ptr, lines.size - 1);
	if (!value)
		return gm_error(GM_ENOMEM, "out of memory");
	rc = gm_json_set(merge->merged_json, field, value);
	return rc < 0 ? rc : decide(merge, field, GM_MERGE_MERGED, NULL);
}

static int merge_field(struct merge *merge, const char *field)
{
	json_t *base = json_object_get(merge->base_json, field);
	json_t *ours = json_object_get(merge->ours_json, field);
	json_t *theirs = json_object_get(merge->theirs_json, field);
	bool one_memory = same_id(merge->input->ours, merge->input->theirs);

	if (same(ours, theirs))
		return take(merge, field, ours);
	if (!one_memory && (strcmp(field, "id") == 0 || strcmp(field, "created") == 0))
		return take_side(merge, field, our_identity(merge), true);
	if (same(ours, base))
		return take_side(merge, field, false, false);
	if (same(theirs, base))
		return take_side(merge, field, true, false);
	if (strcmp(field, "tags") == 0 || strcmp(field, "supersedes") == 0)
		return merge_set(merge, field);
	if (strcmp(field, "content") == 0)
		return merge_content(merge, field);
	return take_side(merge, field, ours_stays(merge, field), true);
}

static int add_names(struct gm_strv *out, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		int rc = gm_strv_add(out, name);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int merge_fields(struct merge *merge)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = add_names(&names, merge->ours_json);

	if (rc == 0)
		rc = add_names(&names, merge->theirs_json);
	if (rc < 0)
		return rc;
	gm_strv_make_set(&names);
	for (size_t i = 0; i < names.n && rc == 0; i++)
		rc = merge_field(merge, names.items[i]);
	return rc;
}

/* For type `state`: the winner whole, under the identity that both go on with. */
static int take_whole(struct merge *merge)
{
	json_t *winning = merge->ours_wins ? merge->ours_json : merge->theirs_json;
	json_t *losing = merge->ours_wins ? merge->theirs_json : merge->ours_json;
	json_t *identity = our_identity(merge) ? merge->ours_json : merge->theirs_json;

	if (json_object_update(merge->merged_json, winning) < 0)
		return gm_error(GM_ENOMEM, "out of memory");
	if (!same_id(merge->input->ours, merge->input->theirs)) {
		int rc = take(merge, "id", json_object_get(identity, "id"));

		if (rc == 0)
			rc = take(merge, "created", json_object_get(identity, "created"));
		if (rc < 0)
			return rc;
	}
	return decide(merge, "record", merge->ours_wins ? GM_MERGE_OURS : GM_MERGE_THEIRS,
		losing);
}

static bool both_changed_states(const struct merge *merge)
{
	return merge->input->ours->type == GM_RECORD_STATE &&
		merge->input->theirs->type == GM_RECORD_STATE &&
		!json_equal(merge->ours_json, merge->theirs_json) &&
		!json_equal(merge->ours_json, merge->base_json) &&
		!json_equal(merge->theirs_json, merge->base_json);
}

static void drop_what_may_be_large(struct gm_record *record)
{
	gm_strv_dispose(&record->tags);
	gm_strv_dispose(&record->supersedes);
	json_decref(gm_steal(&record->source));
	json_decref(gm_steal(&record->extra));
}

int gm_record_make_sibling(
	struct gm_record *record, const char *id, const struct gm_oid *lost_blob)
{
	int rc = gm_record_set_text(&record->key, NULL);

	if (rc < 0)
		return rc;
	gm_record_sibling_id(record->id, id, lost_blob);
	memcpy(record->conflicts_with, id, GM_UUID_TEXT);
	rc = gm_record_normalise(record, SIZE_MAX);
	if (rc != GM_ETOOBIG)
		return rc;
	drop_what_may_be_large(record);
	rc = gm_record_normalise(record, SIZE_MAX);
	return rc < 0 ? rc : 1;
}

/* The loser under its own new id. What does not fit beside the link to the winner is lost. */
static int make_sibling(struct merge *merge)
{
	struct gm_record *sibling = &merge->result.sibling;
	const struct gm_record *merged = &merge->result.merged;
	const struct gm_oid *blob =
		merge->ours_wins ? merge->input->theirs_blob : merge->input->ours_blob;
	json_t *losing = merge->ours_wins ? merge->theirs_json : merge->ours_json;
	int rc = gm_record_copy(sibling, loser(merge));

	if (rc < 0)
		return rc;
	sibling->created = merged->created;
	merge->result.has_sibling = true;
	rc = gm_record_make_sibling(sibling, merged->id, blob);
	return rc > 0 ? decide(merge, "record", GM_MERGE_CONFLICT, losing) : rc;
}

static int keep_both(struct merge *merge)
{
	json_t *losing = merge->ours_wins ? merge->theirs_json : merge->ours_json;

	gm_record_merge_dispose(&merge->result);
	int rc = gm_record_copy(&merge->result.merged, winner(merge));
	if (rc == 0 && is_favoured(merge))
		return decide(merge, "record",
			merge->ours_wins ? GM_MERGE_OURS : GM_MERGE_THEIRS, losing);
	if (rc == 0)
		rc = decide(merge, "record", GM_MERGE_CONFLICT, NULL);
	return rc < 0 ? rc : make_sibling(merge);
}

static int merge_records(struct merge *merge)
{
	int rc = both_changed_states(merge) ? take_whole(merge) : merge_fields(merge);

	if (rc == 0)
		rc = gm_record_from_json(&merge->result.merged, merge->merged_json);
	if (rc == 0)
		rc = gm_record_normalise(&merge->result.merged, SIZE_MAX);
	if (rc == GM_ETOOBIG)
		return keep_both(merge);
	return rc == 0 && merge->is_conflict ? make_sibling(merge) : rc;
}

/* Without a base: only what a record has when nobody gave it anything. */
static int empty_base(json_t **out)
{
	struct gm_record empty = GM_RECORD_INIT;
	int rc = gm_record_to_json(out, &empty);

	if (rc < 0)
		return rc;
	(void)json_object_del(*out, "id"); /* these two are there */
	(void)json_object_del(*out, "type");
	return 0;
}

int gm_record_merge(
	struct gm_record_merge *out, const struct gm_record_merge_input *input)
{
	gm_cleanup(merge_dispose) struct merge merge = {
		.result = GM_RECORD_MERGE_INIT,
		.input = input,
		.ours_wins = gm_record_merge_ours_wins(input),
	};
	bool has_base = input->base && same_id(input->base, input->ours) &&
		same_id(input->base, input->theirs);
	int rc = 0;

	merge.base = has_base ? input->base : NULL;
	merge.merged_json = gm_json_object();
	if (!merge.merged_json)
		return GM_ENOMEM;
	rc = has_base ? gm_record_to_json(&merge.base_json, input->base)
		      : empty_base(&merge.base_json);
	if (rc == 0)
		rc = gm_record_to_json(&merge.ours_json, input->ours);
	if (rc == 0)
		rc = gm_record_to_json(&merge.theirs_json, input->theirs);
	if (rc == 0)
		rc = merge_records(&merge);
	if (rc < 0)
		return rc;
	gm_record_merge_dispose(out);
	*out = merge.result;
	merge.result = (struct gm_record_merge)GM_RECORD_MERGE_INIT;
	return 0;
}
