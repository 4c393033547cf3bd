/* What parses is written on one line and parses back equal; equal values are equal bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const json_t *value, bool sorted)
{
	gm_autobuf once = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf twice = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *back = NULL;

	if (gm_json_dump(&once, value, sorted) < 0 || memchr(once.ptr, '\n', once.size))
		abort();
	if (gm_json_parse(&back, once.ptr, once.size) < 0 || !json_equal(value, back))
		abort();
	if (gm_json_dump(&twice, back, sorted) < 0 || once.size != twice.size ||
		memcmp(once.ptr, twice.ptr, once.size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autojson *value = NULL;

	gm_json_setup();
	if (gm_json_parse(&value, (const char *)data, size) < 0)
		return 0;
	check(value, false);
	check(value, true);
	return 0;
}
