#include "dag/file_merge.h"

#include <string.h>

#include "dag/path_rule.h"

static bool is_never_edited(const struct gm_record *record)
{
	return record->updated == GM_TIME_NONE;
}

/*
 * Two ids at one path: whether both memories are new, so that they become one, can only be told
 * where nobody has edited them since.
 */
static int check_ids(const char **why_out, const struct gm_file_merge_input *input)
{
	gm_autorecord ours = GM_RECORD_INIT, theirs = GM_RECORD_INIT;
	int rc = gm_record_decode(&ours, input->ours->ptr, input->ours->size);

	if (rc == 0)
		rc = gm_record_decode(&theirs, input->theirs->ptr, input->theirs->size);
	if (rc < 0)
		return rc;
	bool has_base = input->base && input->base->size;
	if (!strcmp(ours.id, theirs.id) ||
		(!has_base && is_never_edited(&ours) && is_never_edited(&theirs)))
		return 1;
	*why_out = "two memories want one path";
	return 0;
}

static int check_place(
	const char **why_out, const struct gm_record *record, const char *path)
{
	gm_autobuf place = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_path(&place, record);

	if (rc < 0)
		return rc;
	if (!strcmp(gm_buf_str(&place), path))
		return 1;
	*why_out = "the merged memory lies elsewhere";
	return 0;
}

int gm_file_merge_driver(struct gm_file_merge *out, const char **why_out,
	const struct gm_file_merge_input *input, const char *path)
{
	struct gm_file_merge_input here = *input;

	here.may_be_records = gm_path_may_be_record(path);
	int rc = gm_file_merge(out, &here);
	if (rc < 0)
		return rc;
	if (out->conflict) {
		*why_out = out->is_record ? "both texts have to be kept"
					  : "both files have to be kept";
		return 0;
	}
	if (!out->is_record)
		return 1;
	rc = check_ids(why_out, &here);
	return rc <= 0 ? rc : check_place(why_out, &out->record.merged, path);
}
