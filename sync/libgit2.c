#include "sync/libgit2.h"

#include <git2.h>
#include <stdlib.h>

#include "base/buf.h"

/* Neither the system's nor the user's settings of git are libgit2's business. */
static int read_no_config(void)
{
	static const git_config_level_t levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA,
		GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(levels) / sizeof(*levels); i++)
		rc = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	return rc < 0 ? gm_libgit2_error(rc, "cannot start libgit2") : 0;
}

int gm_libgit2_start(void)
{
	int n = git_libgit2_init();

	if (n < 0)
		return gm_libgit2_error(n, "cannot start libgit2");
	if (n > 1) {
		(void)git_libgit2_shutdown(); /* only counts down again */
		return 0;
	}
	(void)git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "gitmem"); /* only a name */
	return read_no_config();
}

int gm_libgit2_trust(const struct gm_config *config)
{
	const char *file = getenv("GITMEM_SSL_CAINFO");

	if (!file || !*file)
		file = gm_config_get(config, "http.sslCAInfo");
	if (!file || !*file)
		return 0;
	int rc = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
	return rc < 0 ? gm_libgit2_error(rc, "cannot use the certificates in '%s'", file)
		      : 0;
}

static enum gm_errcode code_of(int rc)
{
	switch (rc) {
	case GIT_ENOTFOUND:
		return GM_ENOTFOUND;
	case GIT_EEXISTS:
		return GM_EEXISTS;
	case GIT_EAUTH:
		return GM_EACCESS;
	case GIT_ECERTIFICATE:
	case GIT_EMISMATCH:
		return GM_EMISMATCH;
	default:
		return GM_ERROR;
	}
}

int gm_libgit2_error(int rc, const char *what, ...)
{
	const git_error *error = git_error_last(); /* may be NULL */
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int klass = error ? error->klass : GIT_ERROR_NONE;
	va_list args;

	if ((rc == GIT_EUSER || klass == GIT_ERROR_CALLBACK) && gm_error_last()->code) {
		git_error_clear();
		return gm_error_last()->code;
	}
	if (klass == GIT_ERROR_NOMEMORY) {
		git_error_clear();
		return gm_error(GM_ENOMEM, "out of memory");
	}
	va_start(args, what);
	int failed = gm_buf_vprintf(&text, what, args);
	va_end(args);
	if (failed < 0)
		return failed;
	rc = gm_error(code_of(rc), "%s: %s", gm_buf_str(&text),
		error && error->message ? error->message : "libgit2 does not say why");
	git_error_clear();
	return rc;
}

int gm_libgit2_callback_failed(void)
{
	(void)git_error_set_str(GIT_ERROR_CALLBACK, gm_error_last()->message);
	return GIT_EUSER;
}
