#include "objstore/unpack.h"

#include "base/interrupt.h"
#include "objstore/delta.h"
#include "objstore/loose.h"

/* What one read may inflate and copy on its way: a small hostile pack could keep us for hours. */
#define WORK_MAX ((uint64_t)32 << 30)

/* Where an object stands; without a pack it is loose, at the store's `path`. */
struct place {
	struct gm_pack *pack;
	uint64_t offset;
};

/* The deltas from the object that is wanted to the base that all rests on. */
struct chain {
	struct link {
		struct place place;
		struct gm_pack_entry entry;
	} * links;
	size_t n;
	size_t cap;
	struct place base; /* what `whole` holds */
	struct gm_buf whole;
	enum gm_object_type type;
};

struct search {
	struct place *out;
	const struct gm_oid *oid;
};

static int search_pack(struct gm_pack *pack, void *payload)
{
	struct search *search = payload;
	int rc = gm_pack_find(&search->out->offset, pack, search->oid);

	if (rc == 0)
		search->out->pack = pack;
	return rc;
}

/* A base named in a pack is mostly in that pack, but may be anywhere. */
static int search_base(struct place *out, struct gm_store *store, struct gm_pack *pack,
	const struct gm_oid *oid)
{
	struct search search = {out, oid};
	int rc = search_pack(pack, &search);

	if (rc != GM_ENOTFOUND)
		return rc;
	rc = gm_store_refresh(store);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++) {
		rc = gm_source_try_packs(store->sources[i], search_pack, &search);
		if (rc == 0)
			return 0;
		if (rc != GM_ENOTFOUND)
			return rc;
		rc = gm_loose_path(&store->path, store->sources[i]->dir, oid);
		out->pack = NULL;
		if (rc == 0 && gm_path_exists(store->path.ptr))
			return 0;
	}
	return rc < 0 ? rc : gm_error(GM_EMISMATCH, "the base of its delta is missing");
}

static int find_base(struct place *out, struct gm_store *store, struct gm_pack *pack,
	const struct gm_pack_entry *entry)
{
	if (entry->kind == GM_PACK_ENTRY_REF_DELTA)
		return search_base(out, store, pack, &entry->base);
	out->pack = pack;
	out->offset = entry->base_offset;
	return 0;
}

static int inflate_entry(
	struct gm_buf *out, struct gm_store *store, const struct gm_pack_entry *entry)
{
	gm_buf_reset(out);
	int rc = gm_buf_reserve(out, entry->size);
	if (rc < 0)
		return rc;
	rc = gm_inflate_start(&store->inflate, entry->data, entry->data_max);
	if (rc < 0)
		return rc;
	rc = gm_inflate_rest(&store->inflate, out->ptr, entry->size);
	out->size = rc < 0 ? 0 : entry->size;
	out->ptr[out->size] = '\0';
	return rc;
}

static int add_link(struct chain *chain, struct place place)
{
	if (chain->n == GM_DELTA_CHAIN_MAX)
		return gm_error(GM_EMISMATCH, "its chain of deltas is longer than %d",
			GM_DELTA_CHAIN_MAX);
	int rc = gm_grow(&chain->links, &chain->cap, chain->n + 1, sizeof(*chain->links));
	if (rc < 0)
		return rc;
	struct link *link = &chain->links[chain->n];
	link->place = place;
	rc = gm_pack_entry(&link->entry, place.pack, place.offset);
	if (rc == 0)
		chain->n++;
	return rc;
}

/*
 * Follow the deltas from `place` until something that is no delta, or that is in the cache
 * (`*cached_out`, else `chain->whole` holds it).
 */
static int follow(struct chain *chain, const struct gm_base_cache_slot **cached_out,
	struct gm_store *store, struct place place)
{
	for (;;) {
		chain->base = place;
		if (!place.pack)
			return gm_loose_read(&chain->whole, &chain->type, &store->inflate,
				store->path.ptr);
		*cached_out = gm_base_cache_get(&store->bases, place.pack, place.offset);
		if (*cached_out) {
			chain->type = (*cached_out)->type;
			return 0;
		}
		int rc = add_link(chain, place);
		if (rc < 0)
			return rc;
		const struct gm_pack_entry *entry = &chain->links[chain->n - 1].entry;
		if (entry->kind == GM_PACK_ENTRY_WHOLE) {
			chain->type = entry->type;
			chain->n--;
			return inflate_entry(&chain->whole, store, entry);
		}
		rc = find_base(&place, store, place.pack, entry);
		if (rc < 0)
			return rc;
	}
}

/* Keep the base for the next chain that passes here. */
static void keep_base(struct chain *chain, struct gm_store *store)
{
	if (chain->base.pack)
		gm_base_cache_put(&store->bases, chain->base.pack, chain->base.offset,
			chain->type, &chain->whole);
	else
		gm_buf_dispose(&chain->whole);
}

/* Apply the deltas, the last of the chain first; the first one's result goes to `out`. */
static int apply(struct gm_buf *out, struct chain *chain,
	const struct gm_base_cache_slot *cached, struct gm_store *store)
{
	gm_autobuf delta = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	gm_autobuf next = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	const char *base = cached ? cached->data : chain->whole.ptr;
	size_t base_size = cached ? cached->size : chain->whole.size;
	uint64_t work = 0;

	for (size_t i = chain->n; i-- > 0;) {
		const struct link *link = &chain->links[i];
		int rc = gm_interrupted();
		if (rc == 0)
			rc = inflate_entry(&delta, store, &link->entry);
		if (rc == 0)
			rc = gm_delta_apply(
				i ? &next : out, base, base_size, delta.ptr, delta.size);
		if (rc < 0)
			return rc;
		work += delta.size + (i ? next.size : out->size);
		if (work > WORK_MAX)
			return gm_error(
				GM_ETOOBIG, "its chain of deltas is too much work");
		keep_base(chain, store);
		chain->whole = next;
		next = (struct gm_buf)GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
		chain->base = link->place;
		base = chain->whole.ptr;
		base_size = chain->whole.size;
	}
	return 0;
}

static int unpack_delta(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, struct place place)
{
	struct chain chain = {.whole = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	const struct gm_base_cache_slot *cached = NULL;
	int rc = follow(&chain, &cached, store, place);

	if (rc == 0 && chain.n)
		rc = apply(out, &chain, cached, store);
	else if (rc == 0)
		rc = gm_buf_put(out, cached->data, cached->size);
	*type_out = chain.type;
	gm_free(chain.links);
	gm_buf_dispose(&chain.whole);
	return rc;
}

int gm_unpack(struct gm_buf *out, enum gm_object_type *type_out, struct gm_store *store,
	struct gm_pack *pack, uint64_t offset)
{
	struct gm_pack_entry entry;
	struct place place = {pack, offset};

	gm_buf_reset(out);
	int rc = gm_pack_entry(&entry, pack, offset);
	if (rc == 0 && entry.kind == GM_PACK_ENTRY_WHOLE) {
		*type_out = entry.type;
		rc = inflate_entry(out, store, &entry);
	} else if (rc == 0) {
		rc = unpack_delta(out, type_out, store, place);
	}
	if (rc < 0)
		gm_buf_reset(out);
	return rc;
}

/* The size of what a delta makes stands at its beginning. */
static int result_size(
	size_t *out, struct gm_store *store, const struct gm_pack_entry *entry)
{
	char head[GM_DELTA_HEADER_MAX];
	size_t base_size;
	size_t n;
	int rc = gm_inflate_start(&store->inflate, entry->data, entry->data_max);

	if (rc == 0)
		rc = gm_inflate_some(&n, &store->inflate, head, sizeof(head));
	if (rc == 0)
		rc = gm_delta_sizes(&base_size, out, head, n);
	if (rc == 0 && *out > GM_OBJECT_MAX_SIZE)
		rc = gm_error(
			GM_ETOOBIG, "it is larger than %zu bytes", GM_OBJECT_MAX_SIZE);
	return rc;
}

/* A delta has the type of its base. */
static int base_type(enum gm_object_type *out, struct gm_store *store,
	struct gm_pack *pack, struct gm_pack_entry entry)
{
	size_t size;

	for (int n = 0; entry.kind != GM_PACK_ENTRY_WHOLE; n++) {
		struct place place;
		int rc = find_base(&place, store, pack, &entry);
		if (rc < 0)
			return rc;
		if (!place.pack)
			return gm_loose_read_header(
				out, &size, &store->inflate, store->path.ptr);
		if (n == GM_DELTA_CHAIN_MAX)
			return gm_error(GM_EMISMATCH,
				"its chain of deltas is longer than %d",
				GM_DELTA_CHAIN_MAX);
		rc = gm_pack_entry(&entry, place.pack, place.offset);
		if (rc < 0)
			return rc;
		pack = place.pack;
	}
	*out = entry.type;
	return 0;
}

int gm_unpack_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_store *store, struct gm_pack *pack, uint64_t offset)
{
	struct gm_pack_entry entry;
	int rc = gm_pack_entry(&entry, pack, offset);

	if (rc < 0)
		return rc;
	*size_out = entry.size;
	if (entry.kind != GM_PACK_ENTRY_WHOLE) {
		rc = result_size(size_out, store, &entry);
		if (rc < 0)
			return rc;
	}
	return base_type(type_out, store, pack, entry);
}
