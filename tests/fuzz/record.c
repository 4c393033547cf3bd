/* Any bytes as a record: what decodes must encode to bytes that decode to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode(struct gm_buf *out, const struct gm_record *record)
{
	if (gm_record_encode(out, record) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
	gm_autobuf first = GM_BUF_INIT(GM_BUF_LARGE), second = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_record_decode(&record, (const char *)data, size);

	if (rc < 0) {
		if (rc != GM_EINVALID)
			abort();
		return 0;
	}
	encode(&first, &record);
	if (gm_record_decode(&back, first.ptr, first.size) < 0)
		abort();
	encode(&second, &back);
	if (first.size != second.size || memcmp(first.ptr, second.ptr, first.size) != 0)
		abort();
	return 0;
}
