/*
 * The manifest of a store, with the checksum made right: what can be read must come out the same
 * when it is written and read again.
 */
#include <stdio.h>
#include <string.h>

#include "objstore/crc32c.h"
#include "objstore/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const struct gm_manifest *manifest)
{
	gm_automanifest again = {.generation = 0};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf twice = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_manifest_format(&text, manifest) < 0)
		return;
	if (gm_manifest_parse(&again, gm_buf_str(&text), text.size) < 0 ||
		gm_manifest_format(&twice, &again) < 0 || text.size != twice.size ||
		memcmp(text.ptr, twice.ptr, text.size) != 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_automanifest manifest = {.generation = 0};
	gm_automanifest plain = {.generation = 0};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	(void)gm_manifest_parse(&plain, (const char *)data, size);
	if (gm_buf_put(&text, data, size) < 0 ||
		gm_buf_printf(&text, "crc %08x\n", gm_crc32c(0, data, size)) < 0)
		return 0;
	if (gm_manifest_parse(&manifest, gm_buf_str(&text), text.size) == 0)
		read_again(&manifest);
	return 0;
}
