/*
 * What parses keeps to the limits, and is itself YAML when its scalars are written as JSON:
 * reading that gives the same value.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_depth(const json_t *value, int depth)
{
	const char *key;
	json_t *item;
	size_t i;

	if (depth > GM_YAML_MAX_DEPTH + 1)
		abort();
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
		check_depth(item, depth + 1);
	json_array_foreach(value, i, item) check_depth(item, depth + 1);
}

/* YAML takes no control characters as they are, and ends keys in flow style after 1 kB. */
static bool is_plain(const struct gm_buf *text)
{
	size_t n;

	for (size_t i = 0; i < text->size; i += n) {
		uint32_t point = gm_utf8_decode(&n, text->ptr + i);
		if (gm_utf8_is_control(point) || point == 0xfeff || point >= 0xfffe ||
			point == 0x2028 || point == 0x2029)
			return false;
	}
	return text->size < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autojson *value = NULL;
	gm_autojson *back = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	gm_json_setup();
	if (gm_yaml_parse(&value, (const char *)data, size) < 0)
		return 0;
	if (size > GM_YAML_MAX_SIZE || !json_is_object(value))
		abort();
	check_depth(value, 1);
	if (gm_json_dump(&text, value, false) < 0)
		abort();
	if (!is_plain(&text))
		return 0;
	if (gm_yaml_parse(&back, text.ptr, text.size) < 0 || !json_equal(value, back))
		abort();
	return 0;
}
