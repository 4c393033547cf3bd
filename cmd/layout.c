#include "cmd/layout.h"

#include <string.h>

#include "base/config.h"

static const char *const layout_names[] = {
	[GM_LAYOUT_GIT] = "git",
	[GM_LAYOUT_SEGMENTS] = "zstd",
};

const char *gm_layout_name(enum gm_layout layout)
{
	return layout_names[layout];
}

bool gm_layout_find(enum gm_layout *out, const char *name)
{
	for (size_t i = 0; i < sizeof(layout_names) / sizeof(*layout_names); i++)
		if (!strcmp(name, layout_names[i])) {
			*out = (enum gm_layout)i;
			return true;
		}
	return false;
}

int gm_layout_default(enum gm_layout *out)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_global_config_path(&path);

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_config_new(&config);
	if (rc == 0)
		rc = gm_config_add_file(config, gm_buf_str(&path), "init.");
	const char *name = rc < 0 ? NULL : gm_config_get(config, "init.objectStore");
	if (name && !gm_layout_find(out, name))
		return gm_error(GM_EINVALID,
			"'init.objectStore' is '%s', which is neither 'zstd' nor 'git'",
			name);
	return rc;
}
