/*
 * Setting a name in any file that is read makes it read as set, and leaves every other name
 * as it was; removing it does the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_syntax.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "a.Sub.key"

static int put_other(const char *name, const char *value, void *payload)
{
	if (gm_config_same_name(name, NAME))
		return 0;
	return gm_buf_printf(payload, "%s=%s\n", name, value);
}

/* All names but ours; false when the file is refused. */
static bool read_file(struct gm_buf *out, const char *path, const char *want)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;

	if (gm_config_new(&config) < 0)
		abort();
	if (gm_config_add_file(config, path, NULL) < 0)
		return false;
	const char *have = gm_config_get(config, NAME);
	if (want && (!have || strcmp(have, want) != 0))
		abort();
	return gm_config_each(config, put_other, out) == 0;
}

/* A value out of the input itself: up to the first NUL, behind the file's text. */
static char *value_of(const char *text, size_t size)
{
	return gm_strndup(text, size ? strnlen(text, size) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	size_t text_size = nul ? (size_t)(nul - text) : size;
	gm_autobuf before = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf set = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf removed = GM_BUF_INIT(GM_BUF_LARGE);
	char path[] = "/tmp/gitmem-fuzz-XXXXXX";
	gm_autoclose int fd = mkstemp(path);
	gm_autofree char *value =
		nul ? value_of(nul + 1, size - text_size - 1) : gm_strdup("v");

	if (fd < 0 || !value || gm_write_all(fd, text, text_size, path) < 0)
		abort();
	if (read_file(&before, path, NULL)) {
		if (gm_config_set_file(path, NAME, value) < 0 ||
			!read_file(&set, path, value))
			abort();
		if (gm_config_set_file(path, NAME, NULL) < 0 ||
			!read_file(&removed, path, NULL))
			abort();
		if (gm_config_set_file(path, NAME, NULL) != GM_ENOTFOUND)
			abort();
		if (strcmp(gm_buf_str(&before), gm_buf_str(&set)) != 0 ||
			strcmp(gm_buf_str(&before), gm_buf_str(&removed)) != 0)
			abort();
	}
	(void)unlink(path);
	return 0;
}
