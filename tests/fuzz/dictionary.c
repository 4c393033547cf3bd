/*
 * What is decompressed, alone, against a prefix, and with a dictionary, all of it foreign bytes:
 * the first byte tells how the rest is divided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objstore/crc32c.h"
#include "objstore/dictionary.h"

#define MOST 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *folder(void)
{
	static char dir[] = "/tmp/fuzz-XXXXXX";
	static const char *made;

	if (!made)
		made = mkdtemp(dir);
	return made;
}

static int open_dictionary(struct gm_dictionary **out, const uint8_t *data, size_t size)
{
	struct gm_manifest_dictionary line = {.file = "dict-1",
		.class = GM_OBJECT_BLOB,
		.crc = gm_crc32c(0, data, size)};
	char path[64];
	FILE *file;

	if (!folder())
		return -1;
	(void)snprintf(path, sizeof(path), "%s/dict-1", folder());
	file = fopen(path, "w");
	if (!file)
		return -1;
	(void)fwrite(data, 1, size, file);
	(void)fclose(file);
	return gm_dictionary_open(out, folder(), &line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *dictionary = NULL;
	struct gm_codec codec = {.compressor = NULL};
	static uint8_t out[MOST];

	if (size < 3)
		return 0;
	size_t wanted = (size_t)data[0] * data[1] + data[2];
	size_t help_size = (size - 3) / 2;
	const uint8_t *help = data + 3;
	const uint8_t *frame = help + help_size;
	size_t frame_size = size - 3 - help_size;
	const struct gm_codec_help none = {NULL, NULL, 0};
	const struct gm_codec_help prefix = {NULL, help, help_size};
	(void)gm_codec_decompress(out, wanted, &codec, frame, frame_size, &none);
	(void)gm_codec_decompress(out, wanted, &codec, frame, frame_size, &prefix);
	if (open_dictionary(&dictionary, help, help_size) == 0) {
		const struct gm_codec_help with = {dictionary, NULL, 0};
		(void)gm_dictionary_check(dictionary, "dict-1");
		(void)gm_codec_decompress(out, wanted, &codec, frame, frame_size, &with);
	}
	gm_codec_dispose(&codec);
	return 0;
}
