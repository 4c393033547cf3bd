#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "dag/repair_internal.h"
#include "dag/repository_format.h"

#define LINES_MAX 2000

static bool has_store(const char *gitdir)
{
	gm_autofree char *store = gm_path_join(gitdir, "store");

	return store && gm_is_dir(store);
}

/* Read settings; an error when they cannot be, or are not those of a repository. */
static int read_settings(struct gm_config **out, const char *path)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	int rc = gm_config_new(&config);

	if (rc == 0)
		rc = gm_config_add_file(config, path, NULL);
	if (rc == 0)
		*out = gm_steal(&config);
	return rc;
}

static int note_kept_store(const char *name, void *payload)
{
	if (!strncmp(name, "store.damaged-", 14))
		*(bool *)payload = true;
	return 0;
}

int gm_repair_layout(enum gm_layout *out, const char *gitdir)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(gitdir, "config");
	bool was_kept = false;
	int rc = path ? read_settings(&config, path) : GM_ENOMEM;

	if (rc == GM_ENOMEM)
		return rc;
	*out = GM_LAYOUT_GIT;
	if (rc == 0 && gm_repo_format_has_segments(config)) {
		*out = GM_LAYOUT_SEGMENTS;
		return 0;
	}
	/* Settings that say nothing of a layout have lost it. */
	if (rc == 0 && gm_repo_format_is_stated(config))
		return 0;
	rc = gm_dir_each(gitdir, note_kept_store, &was_kept);
	if (rc == 0 && (was_kept || has_store(gitdir)))
		*out = GM_LAYOUT_SEGMENTS;
	return rc;
}

/* Whether these bytes can be read as settings, together with what was kept before them. */
static int can_be_read(const struct gm_repair *repair, const struct gm_buf *text)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	int rc = gm_tempfile_open(&temp, repair->gitdir, "tmp_config_", 0600);

	if (rc == 0)
		rc = gm_write_all(temp.fd, text->ptr, text->size, temp.path);
	if (rc < 0)
		return rc;
	rc = read_settings(&config, temp.path);
	if (rc == 0)
		rc = gm_repo_format_check(config);
	return rc == GM_EINVALID ? 0 : rc < 0 ? rc : 1;
}

/* Line by line, leaving out what cannot be read, and sections that state the format. */
static int keep_lines(
	struct gm_buf *out, const struct gm_repair *repair, const struct gm_buf *text)
{
	const char *at = gm_buf_str(text);
	const char *end = at + text->size;
	bool is_of_format = true; /* nothing stands before the first section */

	for (size_t n = 0; at < end && n < LINES_MAX; n++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((newline ? newline + 1 : end) - at);
		size_t before = out->size;
		if (*at == '[')
			is_of_format = !strncmp(at, "[core]", 6) ||
				!strncmp(at, "[extensions]", 12);
		int rc = is_of_format ? 0 : gm_buf_put(out, at, size);
		if (rc == 0 && !is_of_format && !newline)
			rc = gm_buf_putc(out, '\n');
		if (rc == 0 && !is_of_format)
			rc = can_be_read(repair, out);
		if (rc < 0)
			return rc;
		if (rc == 0)
			out->size = before;
		at += size;
	}
	return 0;
}

struct extensions {
	bool has_ours;
	bool has_others;
};

static int note_extension(const char *name, const char *value, void *payload)
{
	struct extensions *extensions = payload;

	if (strncasecmp(name, "extensions.", 11) != 0)
		return 0;
	if (!strcasecmp(name + 11, "gitmem"))
		extensions->has_ours = !strcmp(value, "1");
	else
		extensions->has_others = true;
	return 0;
}

/* Another extension beside ours is a newer one; one in the place of ours is a damaged word. */
static bool are_newer(const struct gm_config *config)
{
	struct extensions extensions = {false, false};

	(void)gm_config_each(config, note_extension, &extensions); /* it only notes */
	return extensions.has_ours && extensions.has_others;
}

static int rewrite(
	const struct gm_repair *repair, enum gm_layout layout, const char *path)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf fresh = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *kept = NULL;
	int rc = gm_buf_puts(&fresh, gm_repo_config_text(layout));

	if (rc == 0 && gm_path_exists(path)) {
		rc = gm_file_read(&text, path);
		if (rc == 0)
			rc = keep_lines(&fresh, repair, &text);
		if (rc == 0)
			rc = gm_repair_kept_name(&kept, repair, "config");
		if (rc == 0)
			rc = gm_file_write(kept, text.ptr, text.size);
	}
	if (rc == 0)
		rc = gm_file_write(path, fresh.ptr, fresh.size);
	return rc < 0 ? rc
		      : gm_repair_tell_file(repair, "config", kept,
				"the settings were damaged; the lines that can be read "
				"are there again");
}

int gm_repair_settings(const struct gm_repair *repair, enum gm_layout layout)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(repair->gitdir, "config");
	int rc = path ? read_settings(&config, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_repo_format_check(config);
	if (gm_repair_must_stop(rc) || (rc < 0 && config && are_newer(config)))
		return rc;
	if (rc == 0 && gm_path_exists(path) &&
		(gm_repo_format_is_stated(config) || !has_store(repair->gitdir)) &&
		gm_repo_format_has_segments(config) == (layout == GM_LAYOUT_SEGMENTS))
		return 0;
	rc = rewrite(repair, layout, path);
	return rc < 0 ? rc : 1;
}
