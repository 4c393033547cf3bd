#include "dag/reachable.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "dag/object_set.h"
#include "dag/tree.h"

/* Flags in the set. */
enum {
	MAY_LACK = 1 << 0, /* it need not exist */
	LACKING = 1 << 1,  /* it does not */
};

/* What is mapped is given back to the system after so many objects, as it counts as ours. */
#define FORGET_EVERY 2000

/* A commit that was found, until its tree is walked. */
struct commit {
	gm_time time;
	struct gm_oid tree;
	uint32_t number;
};

/* A folder that the walk is in. */
struct level {
	struct gm_buf data;
	size_t at;
	uint32_t path;
};

struct start {
	struct gm_oid oid;
	bool may_lack;
};

struct gm_reachable {
	struct gm_store *store;
	struct gm_object_set set;
	struct start *starts; /* not followed yet */
	size_t n_starts;
	size_t cap_starts;
	struct commit *commits;
	size_t n_commits; /* whose trees are to be walked */
	size_t cap_commits;
	uint32_t *pending; /* commits and tags to be read */
	size_t n_pending;
	size_t cap_pending;
	struct level levels[GM_TREE_MAX_DEPTH + 1];
	size_t depth;
	struct gm_buf data;
	uint32_t n_dated; /* commits that have their place in time */
	uint32_t *order;  /* NULL until arranged */
	size_t n_order;
	bool may_lack; /* of what is being followed */
	size_t n_read;
	struct gm_progress *progress;
};

int gm_reachable_new(struct gm_reachable **out, struct gm_store *store)
{
	struct gm_reachable *reachable = gm_calloc(1, sizeof(*reachable));

	if (!reachable)
		return GM_ENOMEM;
	reachable->store = store;
	reachable->data.max = GM_OBJECT_MAX_SIZE;
	for (size_t i = 0; i <= GM_TREE_MAX_DEPTH; i++)
		reachable->levels[i].data.max = GM_OBJECT_MAX_SIZE;
	*out = reachable;
	return 0;
}

void gm_reachable_free(struct gm_reachable *reachable)
{
	if (!reachable)
		return;
	gm_object_set_dispose(&reachable->set);
	for (size_t i = 0; i <= GM_TREE_MAX_DEPTH; i++)
		gm_buf_dispose(&reachable->levels[i].data);
	gm_buf_dispose(&reachable->data);
	gm_free(reachable->starts);
	gm_free(reachable->commits);
	gm_free(reachable->pending);
	gm_free(reachable->order);
	gm_free(reachable);
}

int gm_reachable_add(
	struct gm_reachable *reachable, const struct gm_oid *oid, bool may_lack)
{
	if (gm_oid_is_zero(oid))
		return 0;
	int rc = gm_grow(&reachable->starts, &reachable->cap_starts,
		reachable->n_starts + 1, sizeof(*reachable->starts));
	if (rc == 0)
		reachable->starts[reachable->n_starts++] = (struct start){*oid, may_lack};
	return rc;
}

/* Note an object: 1 when it is new, 0 when it is known, or an error. */
static int note(uint32_t *number_out, struct gm_reachable *reachable,
	const struct gm_oid *oid, enum gm_object_type type)
{
	char hex[GM_OID_HEX];
	int rc = gm_object_set_add(number_out, &reachable->set, oid);

	if (rc < 0)
		return rc;
	struct gm_object_item *item = &reachable->set.items[*number_out];
	gm_oid_format(hex, oid);
	if (rc == 0 && item->type != type)
		return gm_error(GM_EMISMATCH, "object '%s' is named as a %s and as a %s",
			hex, gm_object_type_name((enum gm_object_type)item->type),
			gm_object_type_name(type));
	if (rc == 0)
		return item->flags & LACKING && !reachable->may_lack
			? gm_error(GM_ENOTFOUND, "object '%s' does not exist", hex)
			: 0;
	item->type = (uint8_t)type;
	item->flags = reachable->may_lack ? MAY_LACK : 0;
	if (reachable->progress)
		gm_progress_update(reachable->progress, reachable->set.n);
	return 1;
}

/* Read what was noted: 1, or 0 when it does not exist and need not. */
static int load(struct gm_buf *out, struct gm_reachable *reachable, uint32_t number)
{
	struct gm_object_item *item = &reachable->set.items[number];
	int rc = gm_store_read_type(
		out, reachable->store, &item->oid, (enum gm_object_type)item->type);

	if (++reachable->n_read % FORGET_EVERY == 0)
		gm_store_forget_pages(reachable->store);
	if (rc == 0)
		return 1;
	bool is_empty_tree = gm_oid_equal(&item->oid, &gm_oid_empty_tree);
	if (rc != GM_ENOTFOUND || (!reachable->may_lack && !is_empty_tree))
		return rc;
	item->flags |= is_empty_tree ? MAY_LACK : MAY_LACK | LACKING;
	return 0;
}

/* Numbers stand for paths: equal ones for equal paths, and seldom for others. */
static uint32_t path_below(uint32_t path, const char *name, size_t size)
{
	uint32_t hash = (path ^ 0x2f) * 0x01000193u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)name[i]) * 0x01000193u;
	return hash ^ hash >> 15;
}

/* Note a tree, and step into it if it is new. */
static int enter_tree(
	struct gm_reachable *reachable, const struct gm_oid *oid, uint32_t path)
{
	uint32_t number;
	int rc = note(&number, reachable, oid, GM_OBJECT_TREE);

	if (rc <= 0)
		return rc;
	if (reachable->depth > GM_TREE_MAX_DEPTH)
		return gm_error(GM_ETOOBIG, "folders are nested more than %d deep",
			GM_TREE_MAX_DEPTH);
	reachable->set.items[number].path = path;
	struct level *level = &reachable->levels[reachable->depth];
	rc = load(&level->data, reachable, number);
	if (rc <= 0)
		return rc;
	level->at = 0;
	level->path = path;
	reachable->depth++;
	return 0;
}

static int follow_entry(struct gm_reachable *reachable, const struct gm_tree_entry *entry,
	uint32_t folder)
{
	unsigned type = entry->mode & GM_MODE_TYPE;
	uint32_t path = path_below(folder, entry->name, entry->name_size);
	uint32_t number;

	if (type == 0160000) /* a commit of another repository */
		return 0;
	if (type == GM_MODE_TREE)
		return enter_tree(reachable, &entry->oid, path);
	int rc = note(&number, reachable, &entry->oid, GM_OBJECT_BLOB);
	if (rc > 0)
		reachable->set.items[number].path = path;
	return rc < 0 ? rc : 0;
}

static int walk_tree(struct gm_reachable *reachable, const struct gm_oid *root)
{
	struct gm_tree_entry entry;

	reachable->depth = 0;
	int rc = enter_tree(reachable, root, 0);
	while (rc == 0 && reachable->depth) {
		struct level *level = &reachable->levels[reachable->depth - 1];
		int more = gm_tree_next(
			&entry, &level->at, gm_buf_str(&level->data), level->data.size);
		if (more < 0)
			rc = more;
		else if (more)
			rc = follow_entry(reachable, &entry, level->path);
		else
			reachable->depth--;
	}
	return rc < 0 ? rc : gm_interrupted();
}

/* A commit or a tag is read later, so that nothing has to recurse. */
static int defer(struct gm_reachable *reachable, const struct gm_oid *oid,
	enum gm_object_type type)
{
	uint32_t number;
	int rc = note(&number, reachable, oid, type);

	if (rc <= 0)
		return rc;
	rc = gm_grow(&reachable->pending, &reachable->cap_pending,
		reachable->n_pending + 1, sizeof(*reachable->pending));
	if (rc == 0)
		reachable->pending[reachable->n_pending++] = number;
	return rc;
}

static int follow(struct gm_reachable *reachable, const struct gm_oid *oid,
	enum gm_object_type type)
{
	uint32_t number;

	switch (type) {
	case GM_OBJECT_COMMIT:
	case GM_OBJECT_TAG:
		return defer(reachable, oid, type);
	case GM_OBJECT_TREE:
		return walk_tree(reachable, oid);
	case GM_OBJECT_BLOB:
	case GM_OBJECT_NONE:
		break;
	}
	int rc = note(&number, reachable, oid, GM_OBJECT_BLOB);
	return rc < 0 ? rc : 0;
}

static int read_commit(struct gm_reachable *reachable, uint32_t number)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = load(&reachable->data, reachable, number);

	if (rc <= 0)
		return rc;
	rc = gm_commit_parse(&commit, gm_buf_str(&reachable->data), reachable->data.size);
	if (rc == 0)
		rc = gm_grow(&reachable->commits, &reachable->cap_commits,
			reachable->n_commits + 1, sizeof(*reachable->commits));
	if (rc < 0)
		return rc;
	reachable->commits[reachable->n_commits++] =
		(struct commit){commit.committer.time, commit.tree, number};
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = defer(reachable, &commit.parents[i], GM_OBJECT_COMMIT);
	return rc;
}

static int read_tag(struct gm_reachable *reachable, uint32_t number)
{
	const struct gm_oid oid = reachable->set.items[number].oid;
	enum gm_object_type type;
	struct gm_oid target;
	int rc = gm_tag_target(&target, &type, reachable->store, &oid);

	if (rc == GM_ENOTFOUND && reachable->may_lack) {
		reachable->set.items[number].flags |= LACKING;
		return 0;
	}
	return rc < 0 ? rc : follow(reachable, &target, type);
}

static int read_pending(struct gm_reachable *reachable)
{
	int rc = 0;

	while (rc == 0 && reachable->n_pending) {
		uint32_t number = reachable->pending[--reachable->n_pending];
		bool is_tag = reachable->set.items[number].type == GM_OBJECT_TAG;
		rc = is_tag ? read_tag(reachable, number)
			    : read_commit(reachable, number);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

static int compare_commits(const void *a, const void *b)
{
	const struct commit *x = a;
	const struct commit *y = b;
	int order = (x->time > y->time) - (x->time < y->time);

	/* Parents are found behind their children. */
	return order ? order : (x->number < y->number) - (x->number > y->number);
}

/* The trees of the commits that were found, the oldest first. */
static int walk_commits(struct gm_reachable *reachable)
{
	struct commit *commits = reachable->commits;
	int rc = 0;

	if (reachable->n_commits)
		qsort(commits, reachable->n_commits, sizeof(*commits), compare_commits);
	for (size_t i = 0; rc == 0 && i < reachable->n_commits; i++) {
		reachable->set.items[commits[i].number].path = reachable->n_dated++;
		rc = walk_tree(reachable, &commits[i].tree);
	}
	reachable->n_commits = 0;
	return rc;
}

static int follow_start(struct gm_reachable *reachable, const struct gm_oid *oid)
{
	enum gm_object_type type;
	size_t size;
	int rc = gm_store_read_header(&type, &size, reachable->store, oid);

	if (rc == GM_ENOTFOUND &&
		(reachable->may_lack || gm_oid_equal(oid, &gm_oid_empty_tree)))
		return 0;
	return rc < 0 ? rc : follow(reachable, oid, type);
}

static int follow_starts(struct gm_reachable *reachable, bool may_lack)
{
	int rc = 0;

	reachable->may_lack = may_lack;
	for (size_t i = 0; rc == 0 && i < reachable->n_starts; i++)
		if (reachable->starts[i].may_lack == may_lack)
			rc = follow_start(reachable, &reachable->starts[i].oid);
	if (rc == 0)
		rc = read_pending(reachable);
	return rc < 0 ? rc : walk_commits(reachable);
}

/* What must be there goes first, so that only what nothing else leads to may lack. */
int gm_reachable_walk(struct gm_reachable *reachable, struct gm_progress *progress)
{
	reachable->progress = progress;
	int rc = follow_starts(reachable, false);
	if (rc == 0)
		rc = follow_starts(reachable, true);
	reachable->n_starts = 0;
	reachable->progress = NULL;
	gm_store_forget_pages(reachable->store);
	return rc;
}

size_t gm_reachable_n(const struct gm_reachable *reachable)
{
	return reachable->set.n;
}

bool gm_reachable_has(const struct gm_reachable *reachable, const struct gm_oid *oid)
{
	return gm_object_set_find(&reachable->set, oid) != GM_OBJECT_SET_NONE;
}

static unsigned rank_of(const struct gm_object_item *item)
{
	static const uint8_t ranks[] = {4, 0, 2, 3, 1};

	return ranks[item->type];
}

static int compare_items(const void *a, const void *b, void *payload)
{
	const struct gm_reachable *reachable = payload;
	uint32_t i = *(const uint32_t *)a;
	uint32_t k = *(const uint32_t *)b;
	const struct gm_object_item *x = &reachable->set.items[i];
	const struct gm_object_item *y = &reachable->set.items[k];
	int order = (int)rank_of(x) - (int)rank_of(y);

	if (order == 0)
		order = (x->path > y->path) - (x->path < y->path);
	return order ? order : (i > k) - (i < k);
}

/* Versions of a path stand together: link them, and let them share the number of the first. */
static void link_versions(struct gm_reachable *reachable)
{
	struct gm_object_item *items = reachable->set.items;
	uint32_t path = 0;
	uint32_t leader = 0;

	for (size_t i = 0; i < reachable->n_order; i++) {
		struct gm_object_item *item = &items[reachable->order[i]];
		const struct gm_object_item *last =
			i ? &items[reachable->order[i - 1]] : NULL;
		bool same = last && last->type == item->type &&
			(item->type == GM_OBJECT_COMMIT || item->path == path);
		path = item->path;
		if (same)
			item->previous = reachable->order[i - 1];
		else
			leader = reachable->order[i];
		if (item->type != GM_OBJECT_COMMIT)
			item->path = leader;
	}
}

int gm_reachable_arrange(struct gm_reachable *reachable)
{
	size_t n = reachable->set.n;

	reachable->order = gm_malloc(n * sizeof(*reachable->order));
	if (!reachable->order)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		reachable->order[i] = (uint32_t)i;
	reachable->n_order = n;
	qsort_r(reachable->order, n, sizeof(*reachable->order), compare_items, reachable);
	link_versions(reachable);
	qsort_r(reachable->order, n, sizeof(*reachable->order), compare_items, reachable);
	return 0;
}

void gm_reachable_at(
	struct gm_reachable_object *out, const struct gm_reachable *reachable, size_t at)
{
	bool ordered = at < reachable->n_order;
	const struct gm_object_item *items = reachable->set.items;
	const struct gm_object_item *item =
		&items[ordered ? reachable->order[at] : (uint32_t)at];

	*out = (struct gm_reachable_object){.oid = &item->oid,
		.type = (enum gm_object_type)item->type,
		.may_lack = item->flags & MAY_LACK,
		.path = ordered ? item->path : UINT32_MAX,
		.previous = ordered && item->previous != GM_OBJECT_SET_NONE
			? &items[item->previous].oid
			: NULL};
}
