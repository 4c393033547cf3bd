#include "cmd/pick_message.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

static const char picked_from[] = "(cherry picked from commit ";

int gm_put_revert_message(
	struct gm_buf *out, const struct gm_commit *commit, const struct gm_oid *parent)
{
	const char *subject = commit->message + strspn(commit->message, "\n");
	char hex[GM_OID_HEX], parent_hex[GM_OID_HEX];
	int rc = gm_buf_puts(out, "Revert \"");

	gm_oid_format(hex, &commit->oid);
	if (rc == 0)
		rc = gm_utf8_replace(out, subject, strcspn(subject, "\n"));
	if (rc == 0)
		rc = gm_buf_printf(out, "\"\n\nThis reverts commit %s", hex);
	if (rc < 0 || !parent)
		return rc < 0 ? rc : gm_buf_puts(out, ".\n");
	gm_oid_format(parent_hex, parent);
	return gm_buf_printf(out, ", reversing\nchanges made to %s.\n", parent_hex);
}

/* "Signed-off-by: somebody", as git-interpret-trailers(1) knows them. */
static bool is_trailer(const char *line, size_t size)
{
	size_t n = 0;

	if (size > sizeof(picked_from) &&
		!strncmp(line, picked_from, sizeof(picked_from) - 1))
		return true;
	while (n < size && (isalnum((unsigned char)line[n]) || line[n] == '-'))
		n++;
	return n && n < size && line[n] == ':';
}

/* Whether the last paragraph, which is not the first, is made of trailers. */
static bool ends_in_trailers(const char *message, size_t size)
{
	bool found = false;

	while (size) {
		const char *newline = memrchr(message, '\n', size);
		size_t line = newline ? (size_t)(newline - message) + 1 : 0;
		if (line == size)
			return found;
		if (!is_trailer(message + line, size - line))
			return false;
		found = true;
		size = line ? line - 1 : 0;
	}
	return false;
}

static int put_origin(struct gm_buf *out, const struct gm_commit *commit)
{
	size_t size = out->size;
	char hex[GM_OID_HEX];
	int rc = 0;

	gm_oid_format(hex, &commit->oid);
	while (size && out->ptr[size - 1] == '\n')
		size--;
	bool joins = size && ends_in_trailers(out->ptr, size);
	if (out->size == size && size)
		rc = gm_buf_putc(out, '\n');
	if (rc == 0 && !joins)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 ? rc : gm_buf_printf(out, "%s%s)\n", picked_from, hex);
}

int gm_put_picked_message(
	struct gm_buf *out, const struct gm_commit *commit, bool tells_origin)
{
	int rc = gm_utf8_replace(out, commit->message, strlen(commit->message));

	return rc < 0 || !tells_origin ? rc : put_origin(out, commit);
}
