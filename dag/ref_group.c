#include "dag/ref_group.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool contains(const char *const *names, size_t n, const char *name)
{
	return n && bsearch(&name, names, n, sizeof(*names), compare);
}

static int refuse_twice(const char *const *names, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!strcmp(names[i - 1], names[i]))
			return gm_error(
				GM_EINVALID, "'%s' cannot change twice", names[i]);
	return 0;
}

/* Names that are set and a folder on the path of others that are. */
static int refuse_folders(const struct gm_ref_group *group)
{
	for (size_t i = 0; i < group->n_set; i++) {
		gm_autofree char *name = gm_strdup(group->set[i]);
		if (!name)
			return GM_ENOMEM;
		for (char *slash = strrchr(name, '/'); slash;
			slash = strrchr(name, '/')) {
			*slash = '\0';
			if (contains(group->set, group->n_set, name))
				return gm_error(GM_EEXISTS,
					"'%s' and '%s' cannot both be", name,
					group->set[i]);
		}
	}
	return 0;
}

static int check(const struct gm_ref_group *group)
{
	int rc = refuse_twice(group->removed, group->n_removed);

	if (rc == 0)
		rc = refuse_twice(group->set, group->n_set);
	for (size_t i = 0; rc == 0 && i < group->n_set; i++)
		if (gm_ref_group_removes(group, group->set[i]))
			rc = gm_error(
				GM_EINVALID, "'%s' cannot change twice", group->set[i]);
	return rc < 0 ? rc : refuse_folders(group);
}

int gm_ref_group_read(
	struct gm_ref_group *out, const struct gm_ref_update *updates, size_t n)
{
	gm_autorefgroup group = {.removed = gm_calloc(n, sizeof(*group.removed)),
		.set = gm_calloc(n, sizeof(*group.set)),
		.n = n};

	if (!group.removed || !group.set)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (gm_oid_is_zero(&updates[i].new_oid))
			group.removed[group.n_removed++] = updates[i].name;
		else
			group.set[group.n_set++] = updates[i].name;
	}
	qsort(group.removed, group.n_removed, sizeof(*group.removed), compare);
	qsort(group.set, group.n_set, sizeof(*group.set), compare);
	int rc = check(&group);
	if (rc < 0)
		return rc;
	*out = group;
	group = (struct gm_ref_group){.removed = NULL};
	return 0;
}

void gm_ref_group_dispose(struct gm_ref_group *group)
{
	gm_free(group->removed);
	gm_free(group->set);
}

bool gm_ref_group_removes(const struct gm_ref_group *group, const char *name)
{
	return group && contains(group->removed, group->n_removed, name);
}
