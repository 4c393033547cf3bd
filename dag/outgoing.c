#include "dag/outgoing.h"

#include <stdlib.h>
#include <string.h>

#include "dag/outgoing_internal.h"

int gm_outgoing_new(struct gm_outgoing **out, struct gm_store *store)
{
	struct gm_outgoing *outgoing = gm_calloc(1, sizeof(*outgoing));

	if (!outgoing)
		return GM_ENOMEM;
	outgoing->store = store;
	*out = outgoing;
	return 0;
}

void gm_outgoing_free(struct gm_outgoing *outgoing)
{
	if (!outgoing)
		return;
	gm_walk_free(outgoing->walk);
	gm_oid_list_dispose(&outgoing->wants);
	gm_oid_list_dispose(&outgoing->haves);
	gm_oid_list_dispose(&outgoing->loose);
	gm_object_set_dispose(&outgoing->set);
	gm_buf_dispose(&outgoing->names);
	gm_free(outgoing->paths);
	gm_free(outgoing->outside);
	gm_free(outgoing->commits);
	gm_free(outgoing->order);
	gm_free(outgoing->places);
	gm_free(outgoing);
}

int gm_outgoing_want(struct gm_outgoing *outgoing, const struct gm_oid *oid)
{
	enum gm_object_type type;
	struct gm_oid target;

	if (gm_oid_is_zero(oid))
		return 0;
	int rc = gm_object_peel(&target, &type, outgoing->store, oid);
	if (rc == 0 && type == GM_OBJECT_COMMIT)
		rc = gm_oid_list_add(&outgoing->wants, &target);
	if (rc == 0 && !(type == GM_OBJECT_COMMIT && gm_oid_equal(oid, &target)))
		rc = gm_oid_list_add(&outgoing->loose, oid);
	return rc;
}

int gm_outgoing_have(struct gm_outgoing *outgoing, const struct gm_oid *oid)
{
	enum gm_object_type type;
	struct gm_oid target;
	int exists = gm_oid_is_zero(oid) ? 0 : gm_store_exists(outgoing->store, oid);

	if (exists <= 0)
		return exists;
	int rc = gm_object_peel(&target, &type, outgoing->store, oid);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0 && type == GM_OBJECT_COMMIT)
		rc = gm_oid_list_add(&outgoing->haves, &target);
	return rc;
}

static unsigned rank_of(const struct gm_object_item *item)
{
	static const uint8_t ranks[] = {4, 0, 2, 3, 1};

	return ranks[item->type];
}

/* Commits with the newest first; of trees and blobs the versions of a path together. */
static int compare_numbers(const void *a, const void *b, void *payload)
{
	const struct gm_outgoing *outgoing = payload;
	uint32_t i = *(const uint32_t *)a;
	uint32_t k = *(const uint32_t *)b;
	const struct gm_object_item *x = &outgoing->set.items[i];
	const struct gm_object_item *y = &outgoing->set.items[k];
	int order = (int)rank_of(x) - (int)rank_of(y);

	if (order == 0 && x->type == GM_OBJECT_COMMIT)
		return (i < k) - (i > k);
	if (order == 0)
		order = (x->path > y->path) - (x->path < y->path);
	return order ? order : (i > k) - (i < k);
}

static int arrange(struct gm_outgoing *outgoing)
{
	size_t n = outgoing->set.n;

	outgoing->order = gm_malloc(n * sizeof(*outgoing->order));
	outgoing->places = gm_malloc(n * sizeof(*outgoing->places));
	if (!outgoing->order || !outgoing->places)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		outgoing->order[i] = (uint32_t)i;
	qsort_r(outgoing->order, n, sizeof(*outgoing->order), compare_numbers, outgoing);
	for (size_t i = 0; i < n; i++)
		outgoing->places[outgoing->order[i]] = (uint32_t)i;
	return 0;
}

int gm_outgoing_walk(
	struct gm_outgoing *outgoing, gm_outgoing_progress_fn progress, void *payload)
{
	int rc = gm_outgoing_collect(outgoing, progress, payload);

	if (rc < 0 || !outgoing->set.n)
		return rc;
	return arrange(outgoing);
}

size_t gm_outgoing_n(const struct gm_outgoing *outgoing)
{
	return outgoing->set.n;
}

/* The commit that brought a number: the last one up to it. */
static const struct gm_oid *commit_of(const struct gm_outgoing *outgoing, uint32_t number)
{
	size_t from = 0;
	size_t to = outgoing->n_commits;

	if (number >= outgoing->end_of_commits)
		return NULL;
	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;
		if (outgoing->commits[middle] <= number)
			from = middle;
		else
			to = middle;
	}
	return &outgoing->set.items[outgoing->commits[from]].oid;
}

/* The base; of one that stands further behind, as it was met at another path too, none. */
static void set_base(
	struct gm_outgoing_object *out, const struct gm_outgoing *outgoing, size_t at)
{
	const struct gm_object_item *item = &outgoing->set.items[outgoing->order[at]];

	if (item->previous == GM_OBJECT_SET_NONE)
		return;
	if (item->flags & GM_OUTGOING_BASE_OUTSIDE) {
		out->base = &outgoing->outside[item->previous];
	} else if (outgoing->places[item->previous] < at) {
		out->base = &outgoing->set.items[item->previous].oid;
		out->base_at = outgoing->places[item->previous];
	}
}

void gm_outgoing_at(
	struct gm_outgoing_object *out, const struct gm_outgoing *outgoing, size_t at)
{
	uint32_t number = outgoing->order[at];
	const struct gm_object_item *item = &outgoing->set.items[number];
	bool is_content = item->type == GM_OBJECT_TREE || item->type == GM_OBJECT_BLOB;

	*out = (struct gm_outgoing_object){.oid = &item->oid,
		.type = (enum gm_object_type)item->type,
		.commit = is_content ? commit_of(outgoing, number) : NULL,
		.base_at = GM_PACK_ITEM_NONE};
	set_base(out, outgoing, at);
}

int gm_outgoing_path(struct gm_buf *out, const struct gm_outgoing *outgoing, size_t at)
{
	uint32_t chain[GM_TREE_MAX_DEPTH + 1];
	uint32_t path = outgoing->set.items[outgoing->order[at]].path;
	size_t n = 0;
	int rc = 0;

	for (; path && n <= GM_TREE_MAX_DEPTH; path = outgoing->paths[path].folder)
		chain[n++] = path;
	while (rc == 0 && n-- > 0) {
		rc = gm_buf_puts(
			out, outgoing->names.ptr + outgoing->paths[chain[n]].name);
		if (rc == 0 && n)
			rc = gm_buf_putc(out, '/');
	}
	return rc;
}

int gm_outgoing_stream(uint64_t *size_out, const struct gm_outgoing *outgoing,
	const struct gm_pack_stream_options *options, gm_sink_fn write, void *payload)
{
	gm_autofree struct gm_pack_item *items = NULL;
	size_t n = outgoing->set.n;

	if (n) {
		items = gm_malloc(n * sizeof(*items));
		if (!items)
			return GM_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		struct gm_outgoing_object object;
		gm_outgoing_at(&object, outgoing, i);
		items[i] = (struct gm_pack_item){object.oid, object.base, object.base_at};
	}
	return gm_pack_stream(
		size_out, outgoing->store, items, n, options, write, payload);
}
