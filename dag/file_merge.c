#include "dag/file_merge.h"

#include <string.h>

#include "dag/line_merge.h"
#include "dag/path_rule.h"
#include "objstore/object.h"

/* How far git looks for a NUL to tell a binary file. */
#define BINARY_LOOK ((size_t)8000)

void gm_file_merge_dispose(struct gm_file_merge *merge)
{
	gm_record_merge_dispose(&merge->record);
	gm_buf_dispose(&merge->bytes);
	*merge = (struct gm_file_merge)GM_FILE_MERGE_INIT;
}

static bool is_text(const struct gm_text *text)
{
	size_t look = text->size < BINARY_LOOK ? text->size : BINARY_LOOK;

	return text->size <= GM_FILE_MERGE_MAX &&
		(!look || !memchr(text->ptr, '\0', look));
}

/* 1 when it is a record, 0 when it is none. */
static int read_record(struct gm_record *out, const struct gm_text *text)
{
	int rc = text && text->size <= GM_FILE_MERGE_MAX
		? gm_record_decode(out, text->ptr, text->size)
		: GM_EINVALID;

	return rc == GM_EINVALID ? 0 : rc < 0 ? rc : 1;
}

static void hash(struct gm_oid *out, const struct gm_text *text)
{
	gm_object_hash(out, GM_OBJECT_BLOB, text->ptr, text->size);
}

static int take(struct gm_file_merge *merge, const struct gm_file_merge_input *input,
	bool ours, bool conflict)
{
	const struct gm_text *text = ours ? input->ours : input->theirs;

	merge->ours_stands = ours;
	merge->conflict = conflict;
	return gm_buf_put(&merge->bytes, text->ptr, text->size);
}

static int merge_texts(
	struct gm_file_merge *merge, const struct gm_file_merge_input *input)
{
	struct gm_text base = input->base && is_text(input->base)
		? *input->base
		: (struct gm_text){"", 0};
	bool favoured = input->favour != GM_FAVOUR_NONE;
	bool ours = input->favour == GM_FAVOUR_OURS;
	struct gm_oid our_blob, their_blob;
	bool conflict = true;
	int rc = 0;

	if (is_text(input->ours) && is_text(input->theirs))
		rc = favoured ? gm_line_merge_favour(&merge->bytes, base, *input->ours,
					*input->theirs, ours)
			      : gm_line_merge(&merge->bytes, &conflict, base,
					*input->ours, *input->theirs);
	else if (favoured)
		return take(merge, input, ours, false);
	if (rc < 0 || favoured || !conflict)
		return rc;
	hash(&our_blob, input->ours);
	hash(&their_blob, input->theirs);
	return take(merge, input, gm_oid_compare(&our_blob, &their_blob) > 0, true);
}

static int merge_records(struct gm_file_merge *merge,
	const struct gm_file_merge_input *input, const struct gm_record *ours,
	const struct gm_record *theirs)
{
	gm_autorecord base = GM_RECORD_INIT;
	struct gm_oid our_blob, their_blob;
	struct gm_record_merge_input records = {.ours = ours,
		.theirs = theirs,
		.ours_blob = &our_blob,
		.theirs_blob = &their_blob,
		.favour = input->favour};
	int has_base = read_record(&base, input->base);

	if (has_base < 0)
		return has_base;
	if (has_base)
		records.base = &base;
	hash(&our_blob, input->ours);
	hash(&their_blob, input->theirs);
	int rc = gm_record_merge(&merge->record, &records);
	if (rc == 0)
		rc = gm_record_encode(&merge->bytes, &merge->record.merged);
	merge->is_record = true;
	merge->conflict = merge->record.has_sibling;
	return rc;
}

static int merge_files(
	struct gm_file_merge *merge, const struct gm_file_merge_input *input)
{
	gm_autorecord ours = GM_RECORD_INIT, theirs = GM_RECORD_INIT;
	int our_record = 0;
	int their_record = 0;

	if (input->may_be_records) {
		our_record = read_record(&ours, input->ours);
		their_record = our_record < 0 ? 0 : read_record(&theirs, input->theirs);
	}
	if (our_record < 0 || their_record < 0)
		return our_record < 0 ? our_record : their_record;
	if (our_record && their_record)
		return merge_records(merge, input, &ours, &theirs);
	if (our_record || their_record)
		return take(merge, input, our_record, true);
	return merge_texts(merge, input);
}

int gm_file_merge(struct gm_file_merge *out, const struct gm_file_merge_input *input)
{
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	int rc = merge_files(&merge, input);

	if (rc < 0)
		return rc;
	gm_file_merge_dispose(out);
	*out = merge;
	merge = (struct gm_file_merge)GM_FILE_MERGE_INIT;
	return 0;
}
