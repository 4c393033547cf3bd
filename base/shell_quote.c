#include "base/shell_quote.h"

#include <string.h>

int gm_shell_quote(struct gm_buf *out, const char *word)
{
	int rc = gm_buf_putc(out, '\'');

	while (rc == 0 && *word) {
		size_t size = strcspn(word, "'");
		rc = gm_buf_put(out, word, size);
		word += size;
		if (rc == 0 && *word) {
			rc = gm_buf_puts(out, "'\\''");
			word++;
		}
	}
	return rc < 0 ? rc : gm_buf_putc(out, '\'');
}

int gm_shell_quote_all(struct gm_buf *out, const char *const *words, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (i)
			rc = gm_buf_putc(out, ' ');
		if (rc == 0)
			rc = gm_shell_quote(out, words[i]);
	}
	return rc;
}

/* Append the word that begins at `*at`, and step behind it. */
static int take_word(struct gm_buf *out, const char **at)
{
	int rc = 0;

	while (rc == 0 && **at && **at != ' ' && **at != '\n') {
		const char *text = *at;
		size_t size = 1;
		if (*text == '\'') {
			size = strcspn(++text, "'");
			if (!text[size])
				return gm_error(GM_EINVALID, "a quote does not end");
			*at += 2;
		} else if (*text == '\\' && text[1]) {
			text++;
			*at += 1;
		}
		rc = gm_buf_put(out, text, size);
		*at += size;
	}
	return rc;
}

int gm_shell_split(struct gm_strv *out, const char *line)
{
	int rc = 0;

	while (rc == 0 && *(line += strspn(line, " \n"))) {
		gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);
		rc = take_word(&word, &line);
		if (rc == 0)
			rc = gm_strv_add(out, gm_buf_str(&word));
	}
	return rc;
}
