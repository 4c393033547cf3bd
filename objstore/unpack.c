#include "objstore/unpack.h"

#include <string.h>

#include "base/interrupt.h"
#include "objstore/delta.h"
#include "objstore/loose.h"

/*
 * What one read may inflate and copy on its way: a small hostile pack could keep us for hours.
 * A chain as git makes it (50 deltas) may lead to an object of 40 MB.
 */
#define WORK_MAX ((uint64_t)2 << 30)

/*
 * What bases and deltas on the way may be larger than the object is allowed to be: git makes no
 * delta of an object from a base 32 times its size.
 */
#define BASE_MAX ((size_t)64 << 20)

/* What is wanted itself is kept as a base for others up to this size. */
#define RESULT_MAX ((size_t)256 << 10)

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

#define KEY_SIZE (sizeof(struct gm_pack *) + sizeof(uint64_t))

static void make_key(uint8_t out[KEY_SIZE], struct place place)
{
	memcpy(out, &place.pack, sizeof(place.pack));
	memcpy(out + sizeof(place.pack), &place.offset, sizeof(place.offset));
}

static const struct gm_cache_slot *cached_base(
	const struct gm_store *store, struct place place)
{
	uint8_t key[KEY_SIZE];

	make_key(key, place);
	return gm_cache_get(&store->bases, key, sizeof(key));
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
static int follow(struct chain *chain, const struct gm_cache_slot **cached_out,
	struct gm_store *store, struct place place)
{
	for (;;) {
		chain->base = place;
		if (!place.pack)
			return gm_loose_read(&chain->whole, &chain->type, &store->inflate,
				store->path.ptr);
		*cached_out = cached_base(store, place);
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
			return gm_pack_entry_inflate(
				&chain->whole, &store->inflate, entry);
		}
		rc = find_base(&place, store, place.pack, entry);
		if (rc < 0)
			return rc;
	}
}

/* Keep the base for the next chain that passes here. */
static void keep_base(struct chain *chain, struct gm_store *store)
{
	uint8_t key[KEY_SIZE];

	if (chain->base.pack) {
		make_key(key, chain->base);
		gm_cache_put(&store->bases, key, sizeof(key), chain->type, &chain->whole);
	} else {
		gm_buf_dispose(&chain->whole);
	}
}

/*
 * Keep a copy of what was wanted, which is likely the base of what is wanted next. Without memory
 * for it that takes longer.
 */
static void keep_result(const struct gm_buf *out, enum gm_object_type type,
	struct gm_store *store, struct place place)
{
	gm_autobuf copy = GM_BUF_INIT(RESULT_MAX);
	uint8_t key[KEY_SIZE];

	if (out->size > RESULT_MAX || gm_buf_put(&copy, out->ptr, out->size) < 0)
		return;
	make_key(key, place);
	gm_cache_put(&store->bases, key, sizeof(key), type, &copy);
}

/* Apply the deltas, the last of the chain first; the first one's result goes to `out`. */
static int apply(struct gm_buf *out, struct chain *chain,
	const struct gm_cache_slot *cached, struct gm_store *store)
{
	size_t max = chain->whole.max;
	gm_autobuf delta = GM_BUF_INIT(max);
	gm_autobuf next = GM_BUF_INIT(max);
	const char *base = cached ? cached->data : chain->whole.ptr;
	size_t base_size = cached ? cached->size : chain->whole.size;
	uint64_t work = base_size;

	for (size_t i = chain->n; i-- > 0;) {
		const struct link *link = &chain->links[i];
		int rc = gm_interrupted();
		if (rc == 0)
			rc = gm_pack_entry_inflate(&delta, &store->inflate, &link->entry);
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
		next = (struct gm_buf)GM_BUF_INIT(max);
		chain->base = link->place;
		base = chain->whole.ptr;
		base_size = chain->whole.size;
	}
	return 0;
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

static int unpack_delta(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, struct place place)
{
	struct chain chain = {
		.whole = GM_BUF_INIT(out->max > BASE_MAX ? out->max : BASE_MAX)};
	const struct gm_cache_slot *cached = NULL;
	int rc = follow(&chain, &cached, store, place);

	if (rc == 0 && chain.n) {
		rc = apply(out, &chain, cached, store);
		if (rc == 0)
			keep_result(out, chain.type, store, place);
	} else if (rc == 0) {
		rc = gm_buf_put(out, cached->data, cached->size);
	}
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
	size_t size;

	gm_buf_reset(out);
	int rc = gm_pack_entry(&entry, pack, offset);
	if (rc == 0 && entry.kind == GM_PACK_ENTRY_WHOLE) {
		*type_out = entry.type;
		rc = gm_pack_entry_inflate(out, &store->inflate, &entry);
	} else if (rc == 0) {
		/* What does not fit is not worth the way to its base. */
		rc = result_size(&size, store, &entry);
		if (rc == 0)
			rc = gm_buf_reserve(out, size);
		if (rc == 0)
			rc = unpack_delta(out, type_out, store, place);
	}
	if (rc < 0)
		gm_buf_reset(out);
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
	if (size_out && entry.kind != GM_PACK_ENTRY_WHOLE)
		rc = result_size(size_out, store, &entry);
	else if (size_out)
		*size_out = entry.size;
	return rc < 0 ? rc : base_type(type_out, store, pack, entry);
}
