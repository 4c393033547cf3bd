#include "cmd/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dag/path_rule.h"

void gm_names_dispose(struct gm_names *names)
{
	gm_strv_dispose(&names->paths);
	gm_free(names->memories);
}

static int add_memory(
	struct gm_names *names, const char *id, const char *path, bool by_id)
{
	int rc = gm_grow(&names->memories, &names->cap_memories, names->n_memories + 1,
		sizeof(*names->memories));

	if (rc == 0)
		rc = gm_strv_add(&names->paths, path);
	if (rc < 0)
		return rc;
	struct gm_named_memory *memory = &names->memories[names->n_memories++];
	*memory = (struct gm_named_memory){.path = names->paths.n - 1, .by_id = by_id};
	(void)snprintf(memory->id, sizeof(memory->id), "%s", id);
	return 0;
}

/* A name as a path of a tree: "./keys/" is "keys". */
static char *plain_path(const char *name)
{
	if (!strncmp(name, "./", 2))
		name += 2;
	size_t size = strlen(name);
	while (size && name[size - 1] == '/')
		size--;
	return gm_strndup(name, size);
}

/* 1 when something is there, 0 when not. */
static int exists(struct gm_view *view, const char *path)
{
	struct gm_oid oid;
	unsigned mode;
	int rc = *path ? gm_tree_lookup(&oid, &mode, gm_repo_store(view->call->repo),
				 &view->tree, path)
		       : GM_ENOTFOUND;

	if (rc == GM_ENOTFOUND || rc == GM_EINVALID)
		return 0;
	return rc < 0 ? rc : 1;
}

/* Where a memory of this name was, if it ever was: by its key, or by the time in its id. */
static int add_guesses(struct gm_names *names, const char *name)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_record guess = GM_RECORD_INIT;
	uint8_t uuid[GM_UUID_SIZE];
	int rc = gm_key_check(name);

	if (rc == 0)
		rc = gm_buf_printf(&path, "keys/%s.md", name);
	if (rc == 0)
		rc = add_memory(names, "", gm_buf_str(&path), false);
	if (rc < 0 && rc != GM_EINVALID)
		return rc;
	if (!gm_uuid_parse(uuid, name, strlen(name)))
		return 0;
	gm_uuid_format(guess.id, uuid);
	guess.created = gm_uuid_time(guess.id);
	if (guess.created == GM_TIME_NONE)
		return 0;
	gm_buf_reset(&path);
	rc = gm_record_path(&path, &guess);
	return rc < 0 ? rc : add_memory(names, guess.id, gm_buf_str(&path), true);
}

static int add_path(struct gm_names *names, struct gm_view *view, const char *name)
{
	gm_autofree char *path = plain_path(name);

	if (!path)
		return GM_ENOMEM;
	int found = exists(view, path);
	if (found < 0)
		return found;
	int rc = *path ? gm_strv_add(&names->paths, path) : 0;
	if (rc < 0 || found)
		return rc;
	if (!names->unknown)
		names->unknown = name;
	return add_guesses(names, name);
}

/* Whether a name is an id, or its beginning or end, and so no path or key. */
static bool is_part_of(const char *name, const char *id)
{
	size_t size = strlen(name), id_size = strlen(id);

	return size <= id_size &&
		(!strncasecmp(name, id, size) || !strcasecmp(name, id + id_size - size));
}

int gm_names_add(struct gm_names *names, struct gm_view *view, const char *name)
{
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_memory_find(&memory, view, name);

	if (rc == 0)
		return add_memory(names, memory.record.id, memory.path,
			is_part_of(name, memory.record.id));
	/* A file that is no memory, or a damaged one, has a history all the same. */
	if (rc == GM_ENOTFOUND || rc == GM_EINVALID || rc == GM_EMISMATCH)
		return add_path(names, view, name);
	return rc;
}

static bool is_at_or_below(const char *path, const char *name)
{
	size_t size = strlen(name);

	return !strncmp(path, name, size) && (!path[size] || path[size] == '/');
}

bool gm_names_match(const struct gm_names *names, const char *path)
{
	for (size_t i = 0; i < names->paths.n; i++)
		if (is_at_or_below(path, names->paths.items[i]))
			return true;
	return !names->paths.n && !names->unknown;
}

bool gm_names_is_by_id(const struct gm_names *names, size_t i)
{
	for (size_t m = 0; m < names->n_memories; m++)
		if (names->memories[m].path == i)
			return names->memories[m].by_id;
	return false;
}

bool gm_names_match_place(const struct gm_names *names, const char *path)
{
	for (size_t i = 0; i < names->paths.n; i++)
		if (!gm_names_is_by_id(names, i) &&
			is_at_or_below(path, names->paths.items[i]))
			return true;
	return false;
}
