#include "sync/odb_backend.h"

#include <string.h>

#include "sync/incoming.h"
#include "sync/libgit2.h"

struct backend {
	git_odb_backend parent;
	struct gm_store *store;
	struct gm_incoming *incoming;
};

static struct gm_store *store_of(git_odb_backend *parent)
{
	return ((struct backend *)parent)->store;
}

static struct gm_oid oid_of(const git_oid *id)
{
	struct gm_oid oid;

	memcpy(oid.bytes, id->id, GM_OID_SIZE);
	return oid;
}

/* The numbers of types are those of packs in both. */
static git_object_t type_of(enum gm_object_type type)
{
	return (git_object_t)type;
}

/* What is not there is no failure of ours: libgit2 goes on. */
static int answer(int rc)
{
	if (rc == GM_ENOTFOUND)
		return GIT_ENOTFOUND;
	if (rc == GM_EAMBIGUOUS)
		return GIT_EAMBIGUOUS;
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int out_of_memory(void)
{
	(void)gm_error(GM_ENOMEM, "out of memory");
	return gm_libgit2_callback_failed();
}

/* Give the bytes in memory of libgit2's. */
static int hand_over(
	void **data_out, size_t *size_out, git_odb_backend *parent, struct gm_buf *data)
{
	char *bytes = git_odb_backend_data_alloc(parent, data->size + 1);

	if (!bytes)
		return out_of_memory();
	if (data->size)
		memcpy(bytes, data->ptr, data->size);
	bytes[data->size] = '\0';
	*data_out = bytes;
	*size_out = data->size;
	return 0;
}

static int read_object(void **data_out, size_t *size_out, git_object_t *type_out,
	git_odb_backend *parent, const git_oid *id)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	const struct gm_oid oid = oid_of(id);
	enum gm_object_type type;
	int rc = gm_store_read(&data, &type, store_of(parent), &oid);

	if (rc < 0)
		return answer(rc);
	*type_out = type_of(type);
	return hand_over(data_out, size_out, parent, &data);
}

struct prefix {
	struct gm_oid oid;
	size_t n;
};

static int note_match(const struct gm_oid *oid, void *payload)
{
	struct prefix *prefix = payload;

	prefix->oid = *oid;
	/* One more would say no more. */
	return ++prefix->n > 1 ? GM_EAMBIGUOUS : 0;
}

static int find_prefix(
	struct gm_oid *out, git_odb_backend *parent, const git_oid *id, size_t digits)
{
	const struct gm_oid oid = oid_of(id);
	struct prefix prefix = {.n = 0};
	char hex[GM_OID_HEX];

	gm_oid_format(hex, &oid);
	int rc = gm_store_each_prefix(store_of(parent), hex, digits, note_match, &prefix);
	if (rc == 0 && !prefix.n)
		rc = GM_ENOTFOUND;
	*out = prefix.oid;
	return answer(rc);
}

static int exists_prefix(
	git_oid *out, git_odb_backend *parent, const git_oid *id, size_t digits)
{
	struct gm_oid oid;
	int rc = find_prefix(&oid, parent, id, digits);

	if (rc == 0)
		memcpy(out->id, oid.bytes, GM_OID_SIZE);
	return rc;
}

static int read_prefix(git_oid *out, void **data_out, size_t *size_out,
	git_object_t *type_out, git_odb_backend *parent, const git_oid *id, size_t digits)
{
	git_oid found;
	int rc = exists_prefix(&found, parent, id, digits);

	if (rc == 0)
		rc = read_object(data_out, size_out, type_out, parent, &found);
	if (rc == 0)
		*out = found;
	return rc;
}

static int read_header(size_t *size_out, git_object_t *type_out, git_odb_backend *parent,
	const git_oid *id)
{
	const struct gm_oid oid = oid_of(id);
	enum gm_object_type type;
	int rc = gm_store_read_header(&type, size_out, store_of(parent), &oid);

	if (rc == 0)
		*type_out = type_of(type);
	return answer(rc);
}

/* An error is taken for a no; whoever then reads the object finds out. */
static int exists(git_odb_backend *parent, const git_oid *id)
{
	const struct gm_incoming *incoming = ((struct backend *)parent)->incoming;
	const struct gm_oid oid = oid_of(id);

	if (incoming && gm_incoming_wants(incoming, &oid))
		return 0;
	return gm_store_exists(store_of(parent), &oid) > 0;
}

static int write_object(git_odb_backend *parent, const git_oid *id, const void *data,
	size_t size, git_object_t type)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	const struct gm_oid oid = oid_of(id);
	struct gm_oid written;
	int rc = gm_batch_begin(&batch, store_of(parent));

	if (rc == 0)
		rc = gm_batch_write(
			&written, batch, (enum gm_object_type)type, data, size);
	if (rc == 0 && !gm_oid_equal(&written, &oid))
		rc = gm_error(GM_EMISMATCH, "an object is not what its name says");
	if (rc == 0)
		rc = gm_batch_commit(batch);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

/* The store looks again by itself when something is missing. */
static int refresh(git_odb_backend *parent)
{
	(void)parent;
	return 0;
}

/* 0 when it is there: an object that is written again is refreshed by the store. */
static int freshen(git_odb_backend *parent, const git_oid *id)
{
	return exists(parent, id) ? 0 : GIT_ENOTFOUND;
}

struct listing {
	git_odb_foreach_cb each;
	void *payload;
	int stopped;
};

static int list_object(const struct gm_oid *oid, void *payload)
{
	struct listing *listing = payload;
	git_oid id;

	memcpy(id.id, oid->bytes, GM_OID_SIZE);
	listing->stopped = listing->each(&id, listing->payload);
	return listing->stopped ? GM_ERROR : 0;
}

static int each_object(git_odb_backend *parent, git_odb_foreach_cb each, void *payload)
{
	struct listing listing = {.each = each, .payload = payload};
	int rc = gm_store_each(store_of(parent), list_object, &listing);

	return listing.stopped ? listing.stopped : answer(rc);
}

static int write_pack(git_odb_writepack **out, git_odb_backend *parent, git_odb *odb,
	git_indexer_progress_cb progress, void *payload)
{
	struct backend *backend = (struct backend *)parent;

	if (!backend->incoming) {
		(void)gm_error(GM_ERROR, "no pack is expected here");
		return gm_libgit2_callback_failed();
	}
	return gm_incoming_writepack(
		out, backend->incoming, parent, odb, progress, payload);
}

static void free_backend(git_odb_backend *parent)
{
	gm_free(parent);
}

int gm_odb_backend_new(
	git_odb_backend **out, struct gm_store *store, struct gm_incoming *incoming)
{
	struct backend *backend = gm_calloc(1, sizeof(*backend));

	if (!backend)
		return GM_ENOMEM;
	backend->store = store;
	backend->incoming = incoming;
	backend->parent = (git_odb_backend){.version = GIT_ODB_BACKEND_VERSION,
		.read = read_object,
		.read_prefix = read_prefix,
		.read_header = read_header,
		.write = write_object,
		.exists = exists,
		.exists_prefix = exists_prefix,
		.refresh = refresh,
		.foreach = each_object,
		.writepack = write_pack,
		.freshen = freshen,
		.free = free_backend};
	*out = &backend->parent;
	return 0;
}
