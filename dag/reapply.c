#include "dag/reapply.h"

#include <stdlib.h>
#include <string.h>

#include "dag/reapply_file.h"
#include "dag/record_diff.h"

/*
 * One memory's change: its new file, or where its old one has gone, or both when it moved. Where
 * another memory follows at the path of the old one, both items are made of one change.
 */
struct item {
	const struct gm_change *put;
	const struct gm_change *removal;
	struct gm_oid base;    /* what it was; zero: it is new */
	char id[GM_UUID_TEXT]; /* "" for a file that is no record */
};

/* What became of a memory, to be put in its place when all that leave theirs have left. */
struct outcome {
	struct gm_oid blob;
	unsigned mode;
	char *path;
	enum gm_place_flags flags;
};

struct reapply {
	struct gm_placing placing;
	struct gm_oid tip_tree;
	struct gm_oid compared; /* the commit that `since` begins with */
	bool has_compared;
	struct gm_record_deltas since;
	struct gm_map since_ids; /* the id of a memory that is there now -> its delta */
	struct gm_tree_changes left;
	struct outcome *outcomes;
	size_t n_outcomes;
	size_t cap_outcomes;
};

static void reapply_dispose(struct reapply *re)
{
	for (size_t i = 0; i < re->n_outcomes; i++)
		gm_free(re->outcomes[i].path);
	gm_free(re->outcomes);
	gm_tree_changes_dispose(&re->left);
	gm_map_dispose(&re->since_ids);
	gm_record_deltas_dispose(&re->since);
	gm_map_dispose(&re->placing.placed);
	gm_tree_cache_free(re->placing.trees);
}

/* The blob at a path of the tip; zero when there is none. */
static int look(struct gm_oid *out, struct reapply *re, const char *path)
{
	int rc = gm_placing_look(out, &re->placing, path);

	return rc < 0 && rc != GM_EEXISTS ? rc : 0;
}

/* The tree of a commit; an empty one when we do not have it (any more). */
static int read_old_tree(
	struct gm_oid *out, struct reapply *re, const struct gm_oid *commit)
{
	gm_autocommit read = GM_COMMIT_INIT;
	int rc = gm_oid_is_zero(commit)
		? GM_ENOTFOUND
		: gm_commit_read(&read, re->placing.store, commit);

	*out = rc == 0 ? read.tree : gm_oid_empty_tree;
	return rc == GM_ENOTFOUND || rc == GM_EMISMATCH ? 0 : rc;
}

/* What has changed on the branch since `tip`, to find a memory that another writer moved. */
static int compare_since(struct reapply *re, const struct gm_oid *tip)
{
	struct gm_oid tree;

	if (re->has_compared && gm_oid_equal(&re->compared, tip))
		return 0;
	gm_map_dispose(&re->since_ids);
	re->has_compared = false;
	int rc = read_old_tree(&tree, re, tip);
	if (rc == 0)
		rc = gm_record_diff(&re->since, re->placing.store, &tree, &re->tip_tree);
	for (size_t i = 0; rc == 0 && i < re->since.n; i++) {
		const struct gm_record_delta *delta = &re->since.items[i];
		if (delta->status != 'D' && *delta->id)
			rc = gm_map_put(&re->since_ids, delta->id, i);
	}
	re->compared = *tip;
	re->has_compared = rc == 0;
	return rc;
}

/* 1 with the memory where another writer has put it, 0 when it is nowhere. */
static int find_moved(
	struct gm_side *out, struct reapply *re, const char *id, const struct gm_oid *tip)
{
	uint64_t at;
	int rc = *id ? compare_since(re, tip) : 0;

	if (rc < 0 || !*id || !gm_map_get(&at, &re->since_ids, id))
		return rc;
	const struct gm_record_delta *delta = &re->since.items[at];
	rc = gm_side_read(out, &re->placing, delta->path, &delta->new_blob);
	return rc == GM_EINVALID ? 0 : rc < 0 ? rc : 1;
}

static int leave(struct reapply *re, const char *path)
{
	return gm_tree_changes_add(&re->left, path, &gm_oid_zero);
}

static int add_outcome(struct reapply *re, const char *path, const struct gm_oid *blob,
	unsigned mode, enum gm_place_flags flags)
{
	int rc = gm_grow(&re->outcomes, &re->cap_outcomes, re->n_outcomes + 1,
		sizeof(*re->outcomes));
	char *copy = rc < 0 ? NULL : gm_strdup(path);

	if (!copy)
		return GM_ENOMEM;
	re->outcomes[re->n_outcomes++] = (struct outcome){
		.blob = *blob, .mode = mode, .path = copy, .flags = flags};
	return 0;
}

/* Both sides changed the memory: merge, and leave it in one place. */
static int merge_item(struct reapply *re, const struct gm_change *put,
	const struct gm_oid *base_blob, const struct gm_side *theirs)
{
	gm_autoside base = GM_SIDE_INIT;
	gm_autoside ours = GM_SIDE_INIT;
	gm_autoside merged = GM_SIDE_INIT;
	int rc = gm_side_read(&ours, &re->placing, put->path, &put->blob);

	if (rc < 0)
		return rc;
	if (!gm_oid_is_zero(base_blob))
		rc = gm_side_read(&base, &re->placing, put->path, base_blob);
	/* Without the old record (it was none, or is gone) the merge does without. */
	if (rc < 0 && rc != GM_EINVALID && rc != GM_ENOTFOUND)
		return rc;
	rc = gm_sides_merge(&merged, &re->placing, base.path ? &base.record : NULL, &ours,
		theirs, true);
	if (rc < 0)
		return rc;
	bool stays = !strcmp(merged.path, theirs->path);
	if (!stays)
		rc = leave(re, theirs->path);
	return rc < 0 ? rc
		      : add_outcome(re, merged.path, &merged.blob, put->mode,
				stays ? GM_PLACE_STAYS : 0);
}

static int put_as_is(
	struct reapply *re, const struct item *item, enum gm_place_flags flags)
{
	const struct gm_change *put = item->put;

	return *item->id ? add_outcome(re, put->path, &put->blob, put->mode, flags)
			 : gm_place_file(&re->placing, put);
}

/* A key that was given to a new memory on both sides makes one memory of the two. */
static int put_new(struct reapply *re, const struct item *item, const struct gm_oid *now)
{
	gm_autoside there = GM_SIDE_INIT;
	uint64_t at;
	int rc = gm_oid_is_zero(now)
		? 0
		: gm_side_read(&there, &re->placing, item->put->path, now);

	if (rc < 0 && rc != GM_EINVALID)
		return rc;
	bool joins = there.path && gm_map_get(&at, &re->since_ids, there.record.id) &&
		re->since.items[at].status == 'A';
	return put_as_is(re, item, joins ? GM_PLACE_JOINS : 0);
}

/* The memory is where it was, untouched by others: the change is made as it is. */
static int apply_untouched(struct reapply *re, const struct item *item)
{
	int rc = item->removal ? leave(re, item->removal->path) : 0;

	if (rc < 0 || !item->put)
		return rc;
	return put_as_is(re, item, item->removal ? 0 : GM_PLACE_STAYS);
}

static const struct gm_oid *tip_of(const struct item *item)
{
	return item->removal ? &item->removal->tip : &item->put->tip;
}

/* 1 with what others made of the memory, 0 when it is nowhere. */
static int find_theirs(struct gm_side *out, struct reapply *re, const struct item *item,
	const char *old_path, const struct gm_oid *now)
{
	if (!gm_oid_is_zero(now)) {
		int rc = gm_side_read(out, &re->placing, old_path, now);
		/* A file that somebody broke by hand stays, and so does our text. */
		if (rc < 0 && rc != GM_EINVALID)
			return rc;
		if (rc == 0 && !strcmp(out->record.id, item->id))
			return 1;
	}
	return find_moved(out, re, item->id, tip_of(item));
}

/* Somebody changed, moved or removed it since. */
static int apply_touched(struct reapply *re, const struct item *item,
	const char *old_path, const struct gm_oid *now)
{
	gm_autoside theirs = GM_SIDE_INIT;
	int found = find_theirs(&theirs, re, item, old_path, now);

	if (found < 0)
		return found;
	bool other_is_there = !found && theirs.path;
	if (!item->put && !found && (gm_oid_is_zero(now) || other_is_there))
		return 0;
	if (!item->put)
		return gm_placing_note(
			&re->placing, old_path, "kept: it was changed meanwhile");
	if (found)
		return merge_item(re, item->put, &item->base, &theirs);
	if (!*item->id)
		return gm_place_file(&re->placing, item->put);
	if (gm_oid_is_zero(&item->base))
		return put_new(re, item, now);
	int rc = gm_placing_note(&re->placing, item->put->path,
		gm_oid_is_zero(now) ? "kept: it was removed meanwhile"
				    : "kept: its file was replaced meanwhile");
	return rc < 0 ? rc : put_as_is(re, item, 0);
}

static int apply_item(struct reapply *re, const struct item *item)
{
	const char *old_path = item->removal ? item->removal->path : item->put->path;
	struct gm_oid now;
	int rc = look(&now, re, old_path);

	if (rc < 0)
		return rc;
	/* What is new may have been made by others too: the same import, run twice at once. */
	if (gm_oid_equal(&now, &item->base) && !gm_oid_is_zero(&now))
		return apply_untouched(re, item);
	return apply_touched(re, item, old_path, &now);
}

/* The id of the record in a blob, "" when there is none. */
static int read_id(char out[GM_UUID_TEXT], struct reapply *re, const char *path,
	const struct gm_oid *blob)
{
	gm_autoside side = GM_SIDE_INIT;
	int rc = gm_oid_is_zero(blob) ? GM_ENOTFOUND
				      : gm_side_read(&side, &re->placing, path, blob);

	out[0] = '\0';
	if (rc == 0)
		memcpy(out, side.record.id, GM_UUID_TEXT);
	return rc == GM_EINVALID || rc == GM_ENOTFOUND ? 0 : rc;
}

/* Append the one or two items that a change is. */
static int add_items(
	struct item *items, size_t *n, struct reapply *re, const struct gm_change *change)
{
	struct item old = {.removal = change, .base = change->base};
	struct item new = {.put = change, .base = change->base};
	int rc = read_id(old.id, re, change->path, &change->base);

	if (rc == 0)
		rc = read_id(new.id, re, change->path, &change->blob);
	if (rc < 0)
		return rc;
	bool is_other = *old.id && *new.id &&strcmp(old.id, new.id) != 0;
	if (is_other || gm_oid_is_zero(&change->blob))
		items[(*n)++] = old;
	if (is_other)
		new.base = gm_oid_zero;
	if (!gm_oid_is_zero(&change->blob))
		items[(*n)++] = new;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;
	int order = strcmp(x->id, y->id);

	if (!order)
		order = strcmp(x->put ? x->put->path : x->removal->path,
			y->put ? y->put->path : y->removal->path);
	return order ? order : !x->put - !y->put;
}

/* So that the branch is compared with each of the commits once. */
static int by_tip(const void *a, const void *b)
{
	int order = gm_oid_compare(tip_of(a), tip_of(b));

	return order ? order : by_id(a, b);
}

/* Make one item of the removal and the new file of a memory that moved. */
static size_t pair_moves(struct item *items, size_t n)
{
	size_t kept = 0;

	qsort(items, n, sizeof(*items), by_id);
	for (size_t i = 0; i < n; i++) {
		struct item *last = kept ? &items[kept - 1] : NULL;
		if (last && *last->id && !strcmp(last->id, items[i].id) &&
			!last->put == !!items[i].put &&
			!last->removal == !!items[i].removal) {
			last->base = last->removal ? last->base : items[i].base;
			last->put = last->put ? last->put : items[i].put;
			last->removal = last->removal ? last->removal : items[i].removal;
			continue;
		}
		items[kept++] = items[i];
	}
	return kept;
}

/* Go on with a tree from which everything is gone that leaves its place. */
static int take_leave(struct reapply *re)
{
	struct gm_placing *placing = &re->placing;
	struct gm_tree_changes *left = &re->left;
	int rc = 0;

	if (!left->n)
		return 0;
	for (size_t i = 0; rc == 0 && i < left->n; i++)
		rc = gm_tree_changes_add(placing->out, left->items[i].path, &gm_oid_zero);
	if (rc == 0)
		rc = gm_tree_update(&placing->tree, placing->batch, &placing->tree,
			left->items, left->n);
	/* Lookalikes are searched in the store. */
	return rc < 0 ? rc : gm_batch_commit(placing->batch);
}

/* Those that stay where they are, or those that come. */
static int place_all(struct reapply *re, bool stay)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < re->n_outcomes; i++) {
		const struct outcome *outcome = &re->outcomes[i];
		gm_autoside side = GM_SIDE_INIT;
		if (!(outcome->flags & GM_PLACE_STAYS) == stay)
			continue;
		rc = gm_side_read(&side, &re->placing, outcome->path, &outcome->blob);
		side.mode = outcome->mode;
		if (rc == 0)
			rc = gm_place(&re->placing, &side, outcome->flags);
	}
	return rc;
}

static int apply_all(
	struct reapply *re, const struct gm_change *changes, size_t n_changes)
{
	gm_autofree struct item *items = gm_calloc(n_changes, 2 * sizeof(*items));
	int rc = items ? 0 : GM_ENOMEM;
	size_t n = 0;

	for (size_t i = 0; rc == 0 && i < n_changes; i++)
		rc = add_items(items, &n, re, &changes[i]);
	if (rc < 0)
		return rc;
	n = pair_moves(items, n);
	qsort(items, n, sizeof(*items), by_tip);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = apply_item(re, &items[i]);
	return rc;
}

int gm_reapply(struct gm_tree_changes *out, struct gm_tree_changes *lost_out,
	struct gm_transaction_result *result, struct gm_store *store,
	struct gm_batch *batch, const struct gm_oid *tip_tree,
	const struct gm_change *changes, size_t n)
{
	gm_cleanup(reapply_dispose) struct reapply re = {
		.placing = {.out = out,
			.lost = lost_out,
			.result = result,
			.store = store,
			.batch = batch,
			.tree = *tip_tree,
			.placed = GM_MAP_INIT(GM_OID_SIZE)},
		.tip_tree = *tip_tree,
		.since_ids = GM_MAP_INIT(GM_UUID_TEXT)};
	int rc = gm_tree_cache_new(&re.placing.trees, batch);

	if (rc == 0)
		rc = apply_all(&re, changes, n);
	if (rc == 0)
		rc = take_leave(&re);
	if (rc == 0)
		rc = place_all(&re, true);
	return rc < 0 ? rc : place_all(&re, false);
}
