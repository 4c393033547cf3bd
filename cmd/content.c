#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "cmd/memory_options.h"

static int read_source(
	struct gm_buf *out, const char *const *words, size_t n, const char *file)
{
	int rc = 0;

	if (file && strcmp(file, "-") != 0)
		return gm_file_read_any(out, file);
	if (file || (n == 1 && !strcmp(words[0], "-")))
		return gm_file_read_fd(out, STDIN_FILENO, "standard input");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (i)
			rc = gm_buf_putc(out, ' ');
		if (rc == 0)
			rc = gm_buf_puts(out, words[i]);
	}
	return rc;
}

bool gm_text_is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n\v\f", text[i]))
			return false;
	return true;
}

int gm_read_content(struct gm_buf *out, struct gm_call *call, const char *const *words,
	size_t n, const char *file)
{
	size_t max;
	int rc = gm_repo_max_content(&max, call->repo);

	if (rc < 0)
		return rc;
	gm_autobuf text = GM_BUF_INIT(max);
	rc = read_source(&text, words, n, file);
	if (rc == GM_ETOOBIG) {
		rc = gm_error(GM_ETOOBIG, "the memory is larger than %zu bytes", max);
		gm_error_hint("'gitmem config memory.maxSize SIZE' raises the limit");
	}
	if (rc < 0)
		return rc;
	if (!gm_utf8_valid(gm_buf_str(&text), text.size))
		return gm_error(
			GM_EINVALID, "the text is not valid UTF-8 without NUL bytes");
	/* The newline that ends a file or an `echo` is not part of what was said. */
	if ((file || n == 1) && text.size && text.ptr[text.size - 1] == '\n')
		text.size--;
	if (gm_text_is_blank(gm_buf_str(&text), text.size))
		return gm_error(GM_EINVALID, "the text is empty");
	return gm_buf_put(out, gm_buf_str(&text), text.size);
}
