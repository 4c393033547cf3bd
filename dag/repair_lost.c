#include <string.h>

#include "base/interrupt.h"
#include "dag/repair_internal.h"
#include "dag/tree.h"

/* An object that is named, and on which way. */
struct link {
	struct gm_oid oid;
	enum gm_object_type type; /* GM_OBJECT_NONE: any */
	struct gm_oid commit;     /* zero: none on the way */
	char *path;               /* in its tree; "" for the tree itself */
};

struct search {
	const struct gm_repair *repair;
	struct gm_store *store;
	struct gm_map seen;
	struct link *links;
	size_t n;
	size_t cap;
};

static int push(struct search *search, const struct gm_oid *oid, enum gm_object_type type,
	const struct gm_oid *commit, const char *path)
{
	if (gm_map_get(NULL, &search->seen, oid))
		return 0;
	gm_autofree char *copy = gm_strdup(path);
	int rc = copy ? gm_grow(&search->links, &search->cap, search->n + 1,
				sizeof(*search->links))
		      : GM_ENOMEM;
	if (rc == 0)
		search->links[search->n++] =
			(struct link){*oid, type, *commit, gm_steal(&copy)};
	return rc;
}

static int tell(const struct search *search, const struct link *link)
{
	char hex[GM_OID_HEX];
	char commit[GM_OID_HEX];
	bool has_commit = !gm_oid_is_zero(&link->commit);
	const struct gm_repair_note note = {.kind = GM_REPAIR_LOST,
		.subject = hex,
		.message = "nothing whole is left of it",
		.type = link->type == GM_OBJECT_NONE ? "object"
						     : gm_object_type_name(link->type),
		.path = *link->path ? link->path : NULL,
		.commit = has_commit ? commit : NULL};

	gm_oid_format(hex, &link->oid);
	gm_oid_format(commit, &link->commit);
	return search->repair->tell(&note, search->repair->payload);
}

/* The tree comes off the pile before the parents: what it has is told of the newest. */
static int follow_commit(struct search *search, const struct link *link)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, search->store, &link->oid);

	for (size_t i = commit.n_parents; rc == 0 && i-- > 0;)
		rc = push(search, &commit.parents[i], GM_OBJECT_COMMIT, &link->oid, "");
	return rc < 0 ? rc : push(search, &commit.tree, GM_OBJECT_TREE, &link->oid, "");
}

static int follow_tree(struct search *search, const struct link *link)
{
	gm_autobuf tree = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = gm_tree_read(&tree, search->store, &link->oid);

	while (rc == 0 &&
		(rc = gm_tree_next(&entry, &at, gm_buf_str(&tree), tree.size)) > 0) {
		gm_autofree char *path = gm_format("%s%s%.*s", link->path,
			*link->path ? "/" : "", (int)entry.name_size, entry.name);
		unsigned mode = entry.mode & GM_MODE_TYPE;
		rc = !path ? GM_ENOMEM
			: mode == 0160000
			? 0
			: push(search, &entry.oid,
				  mode == GM_MODE_TREE ? GM_OBJECT_TREE : GM_OBJECT_BLOB,
				  &link->commit, path);
	}
	return rc;
}

/* What a tag or another ref leads to, and what it is. */
static int follow_any(struct search *search, struct link *link)
{
	struct gm_oid peeled;
	enum gm_object_type type;
	int rc = gm_object_peel(&peeled, &type, search->store, &link->oid);

	if (rc < 0)
		return rc;
	if (gm_oid_equal(&peeled, &link->oid)) {
		link->type = type;
		return 0;
	}
	return push(search, &peeled, type, &link->commit, link->path);
}

static int visit(struct search *search, struct link *link)
{
	int rc = 0;

	if (gm_map_get(NULL, &search->seen, &link->oid) ||
		gm_oid_equal(&link->oid, &gm_oid_empty_tree))
		return 0;
	int exists = gm_store_exists(search->store, &link->oid);
	if (gm_repair_must_stop(exists))
		return exists;
	if (exists > 0 && link->type == GM_OBJECT_NONE)
		rc = follow_any(search, link);
	if (rc == 0)
		rc = gm_map_put(&search->seen, &link->oid, 1);
	if (rc == 0 && exists > 0 && link->type == GM_OBJECT_COMMIT)
		rc = follow_commit(search, link);
	else if (rc == 0 && exists > 0 && link->type == GM_OBJECT_TREE)
		rc = follow_tree(search, link);
	if (gm_repair_must_stop(rc))
		return rc;
	return exists <= 0 || rc < 0 ? tell(search, link) : 0;
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	enum gm_object_type type =
		strncmp(name, "refs/heads/", 11) ? GM_OBJECT_NONE : GM_OBJECT_COMMIT;

	return push(search, oid, type, &gm_oid_zero, "");
}

int gm_repair_tell_lost(const struct gm_repair *repair, struct gm_repo *repo)
{
	struct search search = {.repair = repair,
		.store = gm_repo_store(repo),
		.seen = GM_MAP_INIT(GM_OID_SIZE)};
	int rc = gm_refs_each(gm_repo_refs(repo), "refs/", add_ref, &search);

	while (rc == 0 && search.n) {
		struct link link = search.links[--search.n];
		rc = gm_interrupted();
		if (rc == 0)
			rc = visit(&search, &link);
		gm_free(link.path);
	}
	while (search.n)
		gm_free(search.links[--search.n].path);
	gm_free(search.links);
	gm_map_dispose(&search.seen);
	return rc;
}
