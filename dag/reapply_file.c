#include "dag/reapply_file.h"

#include "dag/file_merge.h"

/* A version of a file, as text. */
struct version {
	struct gm_buf bytes;
	struct gm_text text;
};

#define VERSION_INIT                                \
	{                                           \
		.bytes = GM_BUF_INIT(GM_BUF_LARGE), \
	}

static void dispose_version(struct version *version)
{
	gm_buf_dispose(&version->bytes);
}

/* 1, or 0 when there is none, or not any more. */
static int read_version(
	struct version *out, struct gm_placing *placing, const struct gm_oid *blob)
{
	enum gm_object_type type;
	int rc = gm_oid_is_zero(blob)
		? GM_ENOTFOUND
		: gm_batch_read(&out->bytes, &type, placing->batch, blob);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	out->text = (struct gm_text){gm_buf_str(&out->bytes), out->bytes.size};
	return 1;
}

static int set_merged(struct gm_placing *placing, const struct gm_change *put,
	const struct gm_file_merge *merge)
{
	struct gm_oid blob;
	int rc = gm_batch_write_based(&blob, placing->batch, GM_OBJECT_BLOB,
		gm_buf_str(&merge->bytes), merge->bytes.size, &put->blob);

	if (rc == 0)
		rc = gm_placing_note(
			placing, put->path, "merged with what another writer made of it");
	return rc < 0 ? rc : gm_placing_set(placing, put->path, &blob, put->mode);
}

/* Theirs stands on the branch already. */
static int give_way(
	struct gm_placing *placing, const struct gm_change *put, const char *why)
{
	int rc = gm_placing_note(placing, put->path, why);

	return rc < 0 ? rc
		      : gm_placing_keep_lost(placing, put->path, &put->blob, put->mode);
}

static int merge(struct gm_placing *placing, const struct gm_change *put,
	const struct gm_oid *there)
{
	gm_cleanup(dispose_version) struct version base = VERSION_INIT;
	gm_cleanup(dispose_version) struct version ours = VERSION_INIT;
	gm_cleanup(dispose_version) struct version theirs = VERSION_INIT;
	gm_autofilemerge merged = GM_FILE_MERGE_INIT;
	int has_base = read_version(&base, placing, &put->base);
	int rc = has_base < 0 ? has_base : read_version(&ours, placing, &put->blob);

	if (rc > 0)
		rc = read_version(&theirs, placing, there);
	if (rc <= 0)
		return rc < 0 ? rc
			      : gm_error(GM_EMISMATCH, "a version of '%s' is missing",
					put->path);
	const struct gm_file_merge_input input = {
		.base = has_base ? &base.text : NULL,
		.ours = &ours.text,
		.theirs = &theirs.text,
	};
	rc = gm_file_merge(&merged, &input);
	if (rc < 0)
		return rc;
	return merged.conflict
		? give_way(placing, put,
			  "ours gave way to another writer's; history keeps it")
		: set_merged(placing, put, &merged);
}

int gm_place_file(struct gm_placing *placing, const struct gm_change *put)
{
	struct gm_oid there;
	int rc = gm_placing_look(&there, placing, put->path);

	if (rc == GM_EEXISTS)
		return give_way(placing, put,
			"ours gave way to another writer's folder or file; history keeps "
			"it");
	if (rc < 0)
		return rc;
	if (gm_oid_equal(&there, &put->base) || gm_oid_equal(&there, &put->blob))
		return gm_placing_set(placing, put->path, &put->blob, put->mode);
	if (!gm_oid_is_zero(&there))
		return merge(placing, put, &there);
	rc = gm_placing_note(placing, put->path, "kept: it was removed meanwhile");
	return rc < 0 ? rc : gm_placing_set(placing, put->path, &put->blob, put->mode);
}
