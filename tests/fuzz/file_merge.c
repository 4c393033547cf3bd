/*
 * Any three files as a merge driver gets them: settled or left alone, and the same bytes when the
 * sides are swapped.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/file_merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files are parted by a byte that no record holds. */
#define PARTING 0x01

static struct gm_text take(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *part = memchr(*at, PARTING, (size_t)(end - *at));
	const uint8_t *stop = part ? part : end;
	struct gm_text text = {(const char *)*at, (size_t)(stop - *at)};

	*at = part ? part + 1 : end;
	return text;
}

static int merge(struct gm_file_merge *out, const struct gm_text *base,
	const struct gm_text *ours, const struct gm_text *theirs)
{
	const struct gm_file_merge_input input = {.base = base->size ? base : NULL,
		.ours = ours,
		.theirs = theirs,
		.may_be_records = true};
	const char *why = NULL;
	int rc = gm_file_merge_driver(out, &why, &input, "keys/editor.md");

	if (rc < 0 || (rc == 0 && !why))
		abort();
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autofilemerge one = GM_FILE_MERGE_INIT, two = GM_FILE_MERGE_INIT;
	const uint8_t *end = data + size;

	if (!size)
		return 0;
	struct gm_text base = take(&data, end);
	struct gm_text ours = take(&data, end);
	struct gm_text theirs = take(&data, end);
	/* What a driver is not asked for. */
	if (gm_text_equal(ours, theirs) || gm_text_equal(base, ours) ||
		gm_text_equal(base, theirs))
		return 0;
	int rc = merge(&one, &base, &ours, &theirs);
	if (rc != merge(&two, &base, &theirs, &ours))
		abort();
	if (rc &&
		(one.bytes.size != two.bytes.size ||
			memcmp(gm_buf_str(&one.bytes), gm_buf_str(&two.bytes),
				one.bytes.size) != 0))
		abort();
	return 0;
}
