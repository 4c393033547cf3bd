/* Any JSON as a memory: what passes must come back from its file and from its own JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complete(struct gm_record *record)
{
	if (!record->id[0])
		memcpy(record->id, "01900000-0000-7000-8000-000000000001", GM_UUID_TEXT);
	if (record->created == GM_TIME_NONE)
		record->created = 0;
	if (!record->content && gm_record_set_content(record, "", 0) < 0)
		abort();
}

static void assert_same_bytes(const struct gm_record *a, const struct gm_record *b)
{
	gm_autobuf a_bytes = GM_BUF_INIT(GM_BUF_LARGE),
		   b_bytes = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_record_encode(&a_bytes, a) < 0 || gm_record_encode(&b_bytes, b) < 0)
		abort();
	if (a_bytes.size != b_bytes.size ||
		memcmp(a_bytes.ptr, b_bytes.ptr, a_bytes.size) != 0)
		abort();
}

static void check(const struct gm_record *record)
{
	gm_autorecord from_file = GM_RECORD_INIT, from_json = GM_RECORD_INIT;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *json = NULL;

	if (gm_record_encode(&file, record) < 0 ||
		gm_record_decode(&from_file, file.ptr, file.size) < 0)
		abort();
	assert_same_bytes(record, &from_file);
	if (gm_record_to_json(&json, record) < 0 ||
		gm_record_from_json(&from_json, json) < 0 ||
		gm_record_normalise(&from_json, GM_RECORD_MAX_CONTENT) < 0)
		abort();
	assert_same_bytes(record, &from_json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autojson *json = NULL;

	if (gm_json_parse(&json, (const char *)data, size) < 0 ||
		gm_record_from_json(&record, json) < 0)
		return 0;
	complete(&record);
	if (gm_record_normalise(&record, GM_RECORD_MAX_CONTENT) == 0)
		check(&record);
	return 0;
}
