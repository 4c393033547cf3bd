#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "dag/repository.h"
#include "sync/credential_internal.h"

/* `$XDG_CONFIG_HOME/gitmem/credentials`, or "" when there is no home. */
static int find_path(struct gm_buf *out)
{
	gm_autobuf config = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_global_config_path(&config);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	gm_autofree char *folder = gm_path_dir(gm_buf_str(&config));
	return folder ? gm_buf_printf(out, "%s/credentials", folder) : GM_ENOMEM;
}

static int check_mode(const char *path, const struct stat *st)
{
	if (!(st->st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	int rc = gm_error(GM_EACCESS, "others can read the credentials in '%s'", path);
	gm_error_hint("chmod 600 '%s'", path);
	return rc;
}

/* As git-credential-store(1) has it: by protocol, host and, where one is named, user. */
static bool fits(const struct gm_url *line, const struct gm_url *url)
{
	return gm_url_same_origin(line, url) && line->user && line->password &&
		(!url->user || strcmp(line->user, url->user) == 0);
}

static int try_line(struct gm_credential *out, const char *line, const struct gm_url *url)
{
	struct gm_url parsed = GM_URL_INIT;

	if (!*line || *line == '#' || gm_url_parse(&parsed, line) < 0)
		return 0; /* git passes such lines over as well */
	int rc = 0;
	if (fits(&parsed, url)) {
		out->source = GM_CREDENTIAL_FILE;
		out->user = gm_steal(&parsed.user);
		out->password = gm_steal(&parsed.password);
		rc = 1;
	}
	gm_url_dispose(&parsed);
	return rc;
}

int gm_credential_from_file(struct gm_credential *out, const struct gm_url *url)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct stat st;
	int rc = find_path(&path);

	if (rc < 0 || !path.size || stat(path.ptr, &st) < 0)
		return rc;
	rc = check_mode(path.ptr, &st);
	if (rc == 0)
		rc = gm_file_read(&text, path.ptr);
	char *at = text.ptr;
	for (char *line; rc == 0 && (line = strsep(&at, "\n")) != NULL;)
		rc = try_line(out, line, url);
	if (text.ptr)
		explicit_bzero(text.ptr, text.size);
	return rc;
}
