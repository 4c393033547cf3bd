#include "embed/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

void gm_key_dispose(struct gm_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

/* It becomes part of a header: printable characters and nothing else. */
static int take(struct gm_key *out, const char *text, const char *where)
{
	size_t size = strcspn(text, "\r\n");

	while (size && strchr(" \t", text[size - 1]))
		size--;
	if (!size || size > GM_KEY_MAX)
		return gm_error(GM_EINVALID, "%s holds no key", where);
	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return gm_error(GM_EINVALID, "%s holds no key", where);
	memcpy(out->text, text, size);
	out->text[size] = '\0';
	return 0;
}

static int read_file(struct gm_key *out, const char *path)
{
	gm_autobuf text = GM_BUF_INIT(2 * GM_KEY_MAX);
	gm_autofree char *where = gm_format("'%s'", path);
	int rc = where ? gm_file_read(&text, path) : GM_ENOMEM;

	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "there is no '%s'", path);
	if (rc == 0)
		rc = take(out, gm_buf_str(&text), where);
	if (text.ptr)
		explicit_bzero(text.ptr, text.cap);
	return rc;
}

int gm_key_read(struct gm_key *out, const char *file, const char *variable)
{
	const char *value;

	out->text[0] = '\0';
	if (file)
		return read_file(out, file);
	value = getenv(variable);
	if (!value || !*value)
		return 0;
	gm_autofree char *where = gm_format("the variable '%s'", variable);
	return where ? take(out, value, where) : GM_ENOMEM;
}

int gm_key_blot(struct gm_buf *out, const struct gm_key *key, const char *text)
{
	const char *hit;
	int rc = 0;

	while (key->text[0] && rc == 0 && (hit = strstr(text, key->text))) {
		rc = gm_buf_put(out, text, (size_t)(hit - text));
		if (rc == 0)
			rc = gm_buf_puts(out, "***");
		text = hit + strlen(key->text);
	}
	return rc < 0 ? rc : gm_buf_puts(out, text);
}
