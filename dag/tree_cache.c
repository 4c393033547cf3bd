#include "dag/tree_cache.h"

#include <string.h>

/* A year of days with sixteen folders each is 5,840 trees; a few hundred serve any one day. */
#define SLOTS 512

struct slot {
	struct gm_oid oid;
	struct gm_buf bytes;
	size_t *starts; /* where each entry begins, in the order of the tree */
	size_t n;
	size_t cap;
	bool full;
};

struct gm_tree_cache {
	struct gm_batch *batch;
	struct slot slots[SLOTS];
};

int gm_tree_cache_new(struct gm_tree_cache **out, struct gm_batch *batch)
{
	struct gm_tree_cache *cache = gm_calloc(1, sizeof(*cache));

	if (!cache)
		return GM_ENOMEM;
	cache->batch = batch;
	for (size_t i = 0; i < SLOTS; i++)
		cache->slots[i].bytes = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	*out = cache;
	return 0;
}

void gm_tree_cache_free(struct gm_tree_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		gm_buf_dispose(&cache->slots[i].bytes);
		gm_free(cache->slots[i].starts);
	}
	gm_free(cache);
}

static int note_starts(struct slot *slot)
{
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = 0;

	slot->n = 0;
	while (rc == 0 && at < slot->bytes.size) {
		rc = gm_grow(
			&slot->starts, &slot->cap, slot->n + 1, sizeof(*slot->starts));
		if (rc < 0)
			break;
		slot->starts[slot->n++] = at;
		rc = gm_tree_next(&entry, &at, slot->bytes.ptr, slot->bytes.size);
		rc = rc < 0 ? rc : 0;
	}
	return rc;
}

/* The slot with a tree, lent until the next call. */
static int read_tree(
	const struct slot **out, struct gm_tree_cache *cache, const struct gm_oid *oid)
{
	struct slot *slot = &cache->slots[(oid->bytes[0] | oid->bytes[1] << 8) % SLOTS];

	if (!slot->full || !gm_oid_equal(&slot->oid, oid)) {
		slot->full = false;
		int rc = gm_tree_read_batch(&slot->bytes, cache->batch, oid);
		if (rc == 0)
			rc = note_starts(slot);
		if (rc < 0)
			return rc;
		slot->full = true;
		slot->oid = *oid;
	}
	*out = slot;
	return 0;
}

/* 1 with the entry that has the name and, being a folder or not, the place of `wanted`. */
static int search(struct gm_tree_entry *out, const struct slot *slot,
	const struct gm_tree_entry *wanted)
{
	size_t low = 0, high = slot->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t at = slot->starts[middle];
		int rc = gm_tree_next(out, &at, slot->bytes.ptr, slot->bytes.size);
		if (rc < 0)
			return rc;
		int order = gm_tree_entry_compare(out, wanted);
		if (!order)
			return 1;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* 1 with the entry called `name`, 0 when there is none. */
static int find_entry(struct gm_tree_entry *out, const struct slot *slot,
	const char *name, size_t name_size)
{
	struct gm_tree_entry wanted = {
		.mode = GM_MODE_FILE, .name = name, .name_size = name_size};
	int rc = search(out, slot, &wanted);

	if (rc)
		return rc;
	wanted.mode = GM_MODE_TREE;
	return search(out, slot, &wanted);
}

int gm_tree_cache_lookup(struct gm_oid *oid_out, unsigned *mode_out,
	struct gm_tree_cache *cache, const struct gm_oid *root, const char *path)
{
	struct gm_oid tree = *root;

	if (gm_oid_is_zero(&tree) || gm_oid_equal(&tree, &gm_oid_empty_tree))
		return 0;
	for (;;) {
		size_t size = strcspn(path, "/");
		const struct slot *slot = NULL;
		struct gm_tree_entry entry;
		int rc = read_tree(&slot, cache, &tree);
		if (rc == 0)
			rc = find_entry(&entry, slot, path, size);
		if (rc <= 0)
			return rc;
		if (!path[size]) {
			*oid_out = entry.oid;
			*mode_out = entry.mode;
			return 1;
		}
		if ((entry.mode & GM_MODE_TYPE) != GM_MODE_TREE)
			return gm_error(GM_EEXISTS, "a file is in the way of '%s'", path);
		tree = entry.oid;
		path += size + 1;
	}
}
