#include "dag/arrived.h"
#include "dag/commit.h"
#include "dag/object_set.h"
#include "dag/reachable.h"
#include "dag/tree.h"
#include "dag/walk.h"

/* Flags of the set. */
#define HAS_ARRIVED 1
#define IS_NAMED 2 /* by what has arrived, or a tip */

/* Of a tree's entry that is a commit of another repository. */
#define MODE_COMMIT 0160000u

struct check {
	const struct gm_arrived *arrived;
	struct gm_object_set set;
	struct gm_buf data;
	size_t n; /* that arrived */
	size_t done;
};

static struct gm_store *store_of(const struct check *check)
{
	return gm_repo_store(check->arrived->repo);
}

static int progress(struct check *check)
{
	const struct gm_arrived *arrived = check->arrived;

	check->done++;
	return arrived->progress
		? arrived->progress(check->done, check->n, arrived->payload)
		: 0;
}

static int refuse(const struct gm_oid *oid, const char *what)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_error(
		GM_EMISMATCH, "what arrived is not sound: object '%s' %s", hex, what);
}

/* What is broken in an object that was read; other errors stay. */
static int broken(int rc, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	if (rc != GM_EMISMATCH && rc != GM_EINVALID && rc != GM_ETOOBIG)
		return rc;
	gm_oid_format(hex, oid);
	(void)gm_error_prefix("what arrived is not sound: object '%s'", hex);
	return gm_error(GM_EMISMATCH, "%s", gm_error_last()->message);
}

/* Note an object and its type, GM_OBJECT_NONE for any. */
static int note(struct check *check, const struct gm_oid *oid, enum gm_object_type type,
	uint8_t flag)
{
	uint32_t number;
	int rc = gm_object_set_add(&number, &check->set, oid);

	if (rc < 0)
		return rc;
	struct gm_object_item *item = &check->set.items[number];
	if (type != GM_OBJECT_NONE && item->type != GM_OBJECT_NONE && item->type != type)
		return refuse(oid, "is not of the type it is named as");
	if (type != GM_OBJECT_NONE)
		item->type = (uint8_t)type;
	item->flags |= flag;
	return 0;
}

static int check_tree(struct check *check)
{
	const char *data = gm_buf_str(&check->data);
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = gm_tree_check(data, check->data.size);

	while (rc == 0 && gm_tree_next(&entry, &at, data, check->data.size) > 0) {
		/* A commit of another repository need not be in this one. */
		if ((entry.mode & GM_MODE_TYPE) == MODE_COMMIT)
			continue;
		rc = note(check, &entry.oid,
			gm_tree_entry_is_folder(&entry) ? GM_OBJECT_TREE : GM_OBJECT_BLOB,
			IS_NAMED);
	}
	return rc;
}

static int check_commit(struct check *check)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_parse(&commit, gm_buf_str(&check->data), check->data.size);

	if (rc == 0)
		rc = note(check, &commit.tree, GM_OBJECT_TREE, IS_NAMED);
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = note(check, &commit.parents[i], GM_OBJECT_COMMIT, IS_NAMED);
	return rc;
}

static int check_tag(struct check *check, const struct gm_oid *oid)
{
	struct gm_oid target;
	enum gm_object_type type;
	int rc = gm_tag_target(&target, &type, check->arrived->objects, oid);

	return rc < 0 ? rc : note(check, &target, type, IS_NAMED);
}

static int check_contents(
	struct check *check, const struct gm_oid *oid, enum gm_object_type type)
{
	int rc = gm_store_read_type(&check->data, check->arrived->objects, oid, type);

	if (rc < 0)
		return rc;
	switch (type) {
	case GM_OBJECT_TREE:
		return check_tree(check);
	case GM_OBJECT_COMMIT:
		return check_commit(check);
	case GM_OBJECT_TAG:
		return check_tag(check, oid);
	case GM_OBJECT_BLOB:
	case GM_OBJECT_NONE:
	default:
		return 0;
	}
}

/* The contents of blobs are nobody's business here. */
static int check_object(const struct gm_oid *oid, struct check *check)
{
	enum gm_object_type type;
	int rc = gm_store_read_header(&type, NULL, check->arrived->objects, oid);

	if (rc == 0)
		rc = note(check, oid, type, HAS_ARRIVED);
	if (rc == 0 && type != GM_OBJECT_BLOB)
		rc = check_contents(check, oid, type);
	if (rc < 0)
		return broken(rc, oid);
	return progress(check);
}

static int note_arrived(const struct gm_oid *oid, void *payload)
{
	return note(payload, oid, GM_OBJECT_NONE, HAS_ARRIVED);
}

static int check_all(struct check *check)
{
	int rc = gm_store_each(check->arrived->objects, note_arrived, check);

	check->n = check->set.n;
	for (size_t i = 0; rc == 0 && i < check->n; i++) {
		/* The set grows, and moves. */
		const struct gm_oid oid = check->set.items[i].oid;
		rc = check_object(&oid, check);
	}
	return rc;
}

/* What did not arrive must be here already. */
static int check_stored(struct check *check, struct gm_object_item *item)
{
	enum gm_object_type type;

	if ((item->flags & HAS_ARRIVED) || gm_oid_equal(&item->oid, &gm_oid_empty_tree))
		return 0;
	int rc = gm_store_read_header(&type, NULL, store_of(check), &item->oid);
	if (rc == GM_ENOTFOUND)
		return refuse(&item->oid, "is missing");
	if (rc < 0)
		return rc;
	if (item->type != GM_OBJECT_NONE && item->type != type)
		return refuse(&item->oid, "is not of the type it is named as");
	item->type = (uint8_t)type;
	return 0;
}

/* What is here already and new refs stand on. */
struct boundary {
	struct gm_store *store;
	struct gm_walk *walk;
	struct gm_reachable *reachable; /* below what no ref leads to */
	size_t n;
};

static void boundary_dispose(struct boundary *boundary)
{
	gm_walk_free(boundary->walk);
	gm_reachable_free(boundary->reachable);
}

static int push(struct boundary *boundary, const struct gm_object_item *item)
{
	struct gm_oid peeled;
	enum gm_object_type type;
	int rc = gm_reachable_add(boundary->reachable, &item->oid, false);

	if (rc == 0)
		rc = gm_object_peel(&peeled, &type, boundary->store, &item->oid);
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		return rc;
	boundary->n++;
	return gm_walk_push(boundary->walk, &peeled);
}

static int hide_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct boundary *boundary = payload;
	struct gm_oid peeled;
	enum gm_object_type type;
	int rc = gm_object_peel(&peeled, &type, boundary->store, oid);

	(void)name;
	if (rc == 0 && type == GM_OBJECT_COMMIT)
		rc = gm_walk_hide(boundary->walk, &peeled);
	/* A broken one hides nothing, and is for fsck to tell of. */
	return rc == GM_ENOTFOUND || rc == GM_EMISMATCH ? 0 : rc;
}

/* gc may have left a commit that no ref leads to without all that it leads to. */
static int check_below(struct boundary *boundary)
{
	struct gm_reachable_object object;
	int rc = gm_reachable_walk(boundary->reachable, NULL);

	for (size_t i = 0; rc == 0 && i < gm_reachable_n(boundary->reachable); i++) {
		gm_reachable_at(&object, boundary->reachable, i);
		if (object.type != GM_OBJECT_BLOB)
			continue;
		rc = gm_store_exists(boundary->store, object.oid);
		if (rc == 0)
			rc = refuse(object.oid, "is missing");
		rc = rc < 0 ? rc : 0;
	}
	return rc;
}

/* Commits that are here already are sound, with all they lead to, where a ref leads to them. */
static int check_boundary(struct check *check)
{
	gm_cleanup(boundary_dispose) struct boundary boundary = {
		.store = store_of(check)};
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_walk_new(&boundary.walk, boundary.store, GM_WALK_BY_DATE);

	if (rc == 0)
		rc = gm_reachable_new(&boundary.reachable, boundary.store);
	for (size_t i = 0; rc == 0 && i < check->set.n; i++) {
		const struct gm_object_item *item = &check->set.items[i];
		bool may_lack =
			item->type == GM_OBJECT_COMMIT || item->type == GM_OBJECT_TAG;
		if (may_lack && !(item->flags & HAS_ARRIVED))
			rc = push(&boundary, item);
	}
	if (rc == 0 && boundary.n)
		rc = gm_refs_each(
			gm_repo_refs(check->arrived->repo), "refs/", hide_ref, &boundary);
	if (rc == 0 && boundary.n)
		rc = gm_walk_next(&commit, boundary.walk);
	return rc <= 0 ? rc : check_below(&boundary);
}

static int run(struct check *check)
{
	const struct gm_arrived *arrived = check->arrived;
	int rc = arrived->objects ? check_all(check) : 0;

	for (size_t i = 0; rc == 0 && i < arrived->n_tips; i++)
		rc = note(check, &arrived->tips[i], GM_OBJECT_NONE, IS_NAMED);
	for (size_t i = 0; rc == 0 && i < check->set.n; i++)
		rc = check_stored(check, &check->set.items[i]);
	return rc < 0 ? rc : check_boundary(check);
}

int gm_arrived_check(const struct gm_arrived *arrived)
{
	struct check check = {
		.arrived = arrived, .data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	int rc = run(&check);

	gm_object_set_dispose(&check.set);
	gm_buf_dispose(&check.data);
	return rc;
}
