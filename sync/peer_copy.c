#include "sync/peer_copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "dag/commit.h"
#include "dag/object_set.h"
#include "dag/tree.h"

/* How many objects are written before they are put in place, which bounds the memory needed. */
#define BATCH_MAX 200000

struct item {
	uint32_t at;    /* in the outgoing ones */
	uint32_t depth; /* of a tree: how many folders it is in */
};

struct copying {
	struct gm_store *from;
	struct gm_store *to;
	const struct gm_outgoing *outgoing;
	const struct gm_peer_options *options;
	struct gm_object_set set; /* all that is outgoing */
	struct item *items;       /* in the order in which they are written */
	size_t n;
	struct gm_batch *batch;
	struct gm_peer_copied copied;
};

static void copying_dispose(struct copying *copying)
{
	gm_object_set_dispose(&copying->set);
	gm_free(copying->items);
	gm_batch_free(copying->batch);
}

static int depth_of(
	uint32_t *out, struct gm_buf *path, const struct copying *copying, size_t at)
{
	gm_buf_reset(path);
	int rc = gm_outgoing_path(path, copying->outgoing, at);

	*out = path->size != 0;
	for (size_t i = 0; rc == 0 && i < path->size; i++)
		*out += path->ptr[i] == '/';
	return rc;
}

static int compare_depths(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;

	if (x->depth != y->depth)
		return x->depth > y->depth ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void add_type(struct copying *copying, enum gm_object_type type, bool backwards)
{
	size_t n = gm_outgoing_n(copying->outgoing);

	for (size_t i = 0; i < n; i++) {
		struct gm_outgoing_object object;
		size_t at = backwards ? n - 1 - i : i;
		gm_outgoing_at(&object, copying->outgoing, at);
		if (object.type == type)
			copying->items[copying->n++] = (struct item){.at = (uint32_t)at};
	}
}

/*
 * What is named comes before what names it, so that SHA-256 names are known when they are
 * needed; and a version of a path before the next one.
 */
static int arrange(struct copying *copying)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	copying->items =
		gm_calloc(gm_outgoing_n(copying->outgoing) + 1, sizeof(struct item));
	if (!copying->items)
		return GM_ENOMEM;
	add_type(copying, GM_OBJECT_BLOB, false);
	size_t trees = copying->n;
	add_type(copying, GM_OBJECT_TREE, false);
	for (size_t i = trees; rc == 0 && i < copying->n; i++)
		rc = depth_of(
			&copying->items[i].depth, &path, copying, copying->items[i].at);
	qsort(copying->items + trees, copying->n - trees, sizeof(struct item),
		compare_depths);
	add_type(copying, GM_OBJECT_COMMIT, true);
	add_type(copying, GM_OBJECT_TAG, true);
	return rc;
}

static int fill_set(struct copying *copying)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < gm_outgoing_n(copying->outgoing); i++) {
		struct gm_outgoing_object object;
		uint32_t number;
		gm_outgoing_at(&object, copying->outgoing, i);
		rc = gm_object_set_add(&number, &copying->set, object.oid);
	}
	return rc < 0 ? rc : 0;
}

static int expect(struct copying *copying, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	if (gm_object_set_find(&copying->set, oid) != GM_OBJECT_SET_NONE ||
		gm_oid_equal(oid, &gm_oid_empty_tree))
		return 0;
	int rc = gm_store_exists(copying->to, oid);
	if (rc)
		return rc < 0 ? rc : 0;
	gm_oid_format(hex, oid);
	return gm_error(GM_EMISMATCH, "object '%s' is missing", hex);
}

static int check_tree(struct copying *copying, const struct gm_buf *data)
{
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = gm_tree_check(gm_buf_str(data), data->size);

	if (rc < 0)
		return rc;
	while ((rc = gm_tree_next(&entry, &at, gm_buf_str(data), data->size)) > 0) {
		if ((entry.mode & GM_MODE_TYPE) == 0160000)
			continue; /* a commit of another repository */
		rc = expect(copying, &entry.oid);
		if (rc < 0)
			break;
	}
	return rc;
}

static int check_commit(struct copying *copying, const struct gm_buf *data)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_parse(&commit, gm_buf_str(data), data->size);

	if (rc == 0)
		rc = expect(copying, &commit.tree);
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = expect(copying, &commit.parents[i]);
	return rc;
}

static int check_tag(struct copying *copying, const struct gm_oid *oid)
{
	enum gm_object_type type;
	struct gm_oid target;
	int rc = gm_tag_target(&target, &type, copying->from, oid);

	return rc < 0 ? rc : expect(copying, &target);
}

static int check(struct copying *copying, const struct gm_outgoing_object *object,
	const struct gm_buf *data)
{
	char hex[GM_OID_HEX];
	int rc = 0;

	if (object->type == GM_OBJECT_TREE)
		rc = check_tree(copying, data);
	else if (object->type == GM_OBJECT_COMMIT)
		rc = check_commit(copying, data);
	else if (object->type == GM_OBJECT_TAG)
		rc = check_tag(copying, object->oid);
	if (rc >= 0)
		return 0;
	gm_oid_format(hex, object->oid);
	return gm_error_prefix("%s '%s'", gm_object_type_name(object->type), hex);
}

static int commit_batch(struct copying *copying, size_t done)
{
	if (done % BATCH_MAX && done != copying->n)
		return 0;
	return gm_batch_commit(copying->batch);
}

static int tell(const struct copying *copying, size_t done, size_t bytes)
{
	const struct gm_peer_options *options = copying->options;

	if (!options || !options->beat)
		return 0;
	return options->beat(done, copying->n, bytes, options->payload);
}

static int copy_object(struct copying *copying, struct gm_buf *data, size_t i)
{
	struct gm_outgoing_object object;
	struct gm_oid written;
	enum gm_object_type type;
	int rc = gm_interrupted();

	gm_outgoing_at(&object, copying->outgoing, copying->items[i].at);
	if (rc == 0)
		rc = gm_store_read_once(
			data, &type, copying->from, object.oid, NULL, NULL);
	if (rc == 0 && type != object.type)
		rc = gm_error(
			GM_EMISMATCH, "an object is not of the type it is named as");
	if (rc == 0)
		rc = check(copying, &object, data);
	if (rc == 0)
		rc = gm_batch_write_based(&written, copying->batch, type,
			gm_buf_str(data), data->size, object.base);
	if (rc < 0)
		return rc;
	copying->copied.n_objects++;
	copying->copied.bytes += data->size;
	rc = commit_batch(copying, i + 1);
	return rc < 0 ? rc : tell(copying, i + 1, data->size);
}

static int copy_all(struct copying *copying)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = fill_set(copying);

	if (rc == 0)
		rc = arrange(copying);
	if (rc == 0)
		rc = gm_batch_begin(&copying->batch, copying->to);
	for (size_t i = 0; rc == 0 && i < copying->n; i++)
		rc = copy_object(copying, &data, i);
	return rc;
}

int gm_peer_copy(struct gm_batch **batch_out, struct gm_peer_copied *out,
	struct gm_store *to, struct gm_store *from, const struct gm_outgoing *outgoing,
	const struct gm_peer_options *options)
{
	gm_cleanup(copying_dispose) struct copying copying = {
		.from = from, .to = to, .outgoing = outgoing, .options = options};
	int rc = copy_all(&copying);

	if (rc < 0)
		return rc;
	*out = copying.copied;
	*batch_out = gm_steal(&copying.batch);
	return 0;
}
