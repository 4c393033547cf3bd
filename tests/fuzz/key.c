/* Any text as a key: what is taken must make a path that stays below `keys/`. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/path_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autofree char *key = gm_strndup((const char *)data, size);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_record record = GM_RECORD_INIT;

	if (!key || gm_key_check(key) < 0)
		return 0;
	record.key = key;
	if (gm_record_path(&path, &record) < 0 || !gm_path_may_be_record(path.ptr))
		abort();
	if (strstr(path.ptr, "/../") || strstr(path.ptr, "//") ||
		strstr(path.ptr, "/.git/"))
		abort();
	return 0;
}
