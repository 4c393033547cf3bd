#include "cmd/patch.h"

#include <string.h>

#include "cmd/patch_binary.h"
#include "cmd/quote.h"
#include "dag/line_diff.h"

/* One file of a patch. */
struct file {
	const char *path;
	unsigned old_mode, new_mode; /* 0: it is not there on that side */
	const struct gm_oid *old_blob, *new_blob;
	struct gm_text old_text, new_text;
	bool is_binary;
};

static const struct gm_text no_text = {"", 0};

static struct gm_text text_of(const struct gm_buf *bytes)
{
	return (struct gm_text){gm_buf_str(bytes), bytes->size};
}

/* "--- a/path": a tab ends a name with blanks, which could be taken for a date otherwise. */
static int put_side(struct gm_buf *out, const char *mark, const char *prefix,
	const char *path, bool exists)
{
	int rc = gm_buf_puts(out, mark);

	if (rc == 0)
		rc = exists ? gm_put_path(out, prefix, path)
			    : gm_buf_puts(out, "/dev/null");
	if (rc == 0 && exists && strchr(path, ' ') && !gm_path_needs_quotes(path))
		rc = gm_buf_putc(out, '\t');
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int put_modes(struct gm_buf *out, const struct file *file)
{
	if (!file->old_mode)
		return gm_buf_printf(out, "new file mode %06o\n", file->new_mode);
	if (!file->new_mode)
		return gm_buf_printf(out, "deleted file mode %06o\n", file->old_mode);
	if (file->old_mode == file->new_mode)
		return 0;
	return gm_buf_printf(
		out, "old mode %06o\nnew mode %06o\n", file->old_mode, file->new_mode);
}

static int put_index(struct gm_buf *out, const struct file *file)
{
	char old_hex[GM_OID_HEX], new_hex[GM_OID_HEX];

	if (gm_oid_equal(file->old_blob, file->new_blob))
		return 0;
	gm_oid_format(old_hex, file->old_blob);
	gm_oid_format(new_hex, file->new_blob);
	if (file->old_mode == file->new_mode)
		return gm_buf_printf(
			out, "index %s..%s %06o\n", old_hex, new_hex, file->new_mode);
	return gm_buf_printf(out, "index %s..%s\n", old_hex, new_hex);
}

static int put_header(struct gm_buf *out, const struct file *file)
{
	int rc = gm_buf_puts(out, "diff --git ");

	if (rc == 0)
		rc = gm_put_path(out, "a/", file->path);
	if (rc == 0)
		rc = gm_buf_putc(out, ' ');
	if (rc == 0)
		rc = gm_put_path(out, "b/", file->path);
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	if (rc == 0)
		rc = put_modes(out, file);
	return rc < 0 ? rc : put_index(out, file);
}

static int put_text(struct gm_buf *out, const struct file *file)
{
	gm_autobuf hunks = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_line_diff_unified(&hunks, file->old_text, file->new_text);

	if (rc < 0 || !hunks.size)
		return rc;
	rc = put_side(out, "--- ", "a/", file->path, file->old_mode);
	if (rc == 0)
		rc = put_side(out, "+++ ", "b/", file->path, file->new_mode);
	return rc < 0 ? rc : gm_buf_put(out, hunks.ptr, hunks.size);
}

static int put_file(struct gm_buf *out, const struct file *file)
{
	int rc = put_header(out, file);

	if (rc < 0 || gm_oid_equal(file->old_blob, file->new_blob))
		return rc;
	return file->is_binary ? gm_put_binary_patch(out, file->old_text, file->new_text)
			       : put_text(out, file);
}

/* A file cannot turn into a link in place; that is one gone and one made. */
static bool is_replaced(const struct gm_record_delta *delta)
{
	return delta->status == 'M' &&
		(delta->old_mode & GM_MODE_TYPE) != (delta->new_mode & GM_MODE_TYPE);
}

static int put_removal(struct gm_buf *out, const struct file *whole, bool is_binary)
{
	const struct file file = {whole->path, whole->old_mode, 0, whole->old_blob,
		&gm_oid_zero, whole->old_text, no_text, is_binary};

	return put_file(out, &file);
}

static int put_creation(struct gm_buf *out, const struct file *whole, bool is_binary)
{
	const struct file file = {whole->path, 0, whole->new_mode, &gm_oid_zero,
		whole->new_blob, no_text, whole->new_text, is_binary};

	return put_file(out, &file);
}

int gm_put_patch(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides)
{
	const struct gm_delta_side *a = &sides->old_side, *b = &sides->new_side;
	const struct file file = {delta->path, delta->old_mode, delta->new_mode,
		&delta->old_blob, &delta->new_blob, text_of(&a->bytes),
		text_of(&b->bytes), a->is_binary || b->is_binary};

	if (!is_replaced(delta))
		return put_file(out, &file);
	int rc = put_removal(out, &file, a->is_binary);
	return rc < 0 ? rc : put_creation(out, &file, b->is_binary);
}
