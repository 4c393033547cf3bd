#include <string.h>

#include "base/file.h"
#include "dag/packed_refs.h"
#include "dag/refs_internal.h"

static int in_the_way(const char *other, const char *name)
{
	return gm_error(GM_EEXISTS, "'%s' exists; cannot create '%s'", other, name);
}

int gm_ref_refuse_below_file(const struct gm_refs *refs, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		gm_autofree char *above = gm_strndup(name, (size_t)(slash - name));
		gm_autofree char *path = above ? gm_path_join(refs->gitdir, above) : NULL;
		if (!path)
			return GM_ENOMEM;
		if (gm_path_exists(path) && !gm_is_dir(path))
			return in_the_way(above, name);
	}
	return gm_error(GM_EEXISTS, "a file is in the way of '%s'", name);
}

int gm_ref_refuse_below(const char *name)
{
	return gm_error(
		GM_EEXISTS, "refs below '%s/' exist; cannot create '%s'", name, name);
}

/* Refs whose names are folders on the way to `name`. */
static int check_above(const struct gm_packed_refs *packed, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		gm_autofree char *above = gm_strndup(name, (size_t)(slash - name));
		struct gm_oid oid;
		int rc = above ? gm_packed_refs_find(&oid, packed, above) : GM_ENOMEM;
		if (rc)
			return rc < 0 ? rc : in_the_way(above, name);
	}
	return 0;
}

/* Refs for which `name` is a folder on the way. */
static int check_below(const struct gm_packed_refs *packed, const char *name)
{
	gm_autofree char *below = gm_format("%s/", name);
	int rc = below ? gm_packed_refs_has(packed, below) : GM_ENOMEM;

	return rc > 0 ? gm_ref_refuse_below(name) : rc;
}

int gm_ref_check_packed(const struct gm_refs *refs, const char *name)
{
	struct gm_packed_refs packed;
	int rc = gm_packed_refs_open(&packed, refs->gitdir);

	if (rc < 0)
		return rc;
	rc = check_above(&packed, name);
	if (rc == 0)
		rc = check_below(&packed, name);
	gm_packed_refs_dispose(&packed);
	return rc;
}
