#include "dag/commit_graph_write.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/seam.h"
#include "dag/commit.h"
#include "dag/commit_graph_encode.h"
#include "dag/commit_graph_gather.h"

/* A short history is walked as fast without a graph. */
#define WORTH_A_GRAPH 256

/*
 * A branch is looked at after one commit in so many, told by its id; a layer is made of this
 * many commits at least, and not of more than keep a writer for a blink: gc does those.
 */
#define LOOK_EVERY 256
#define LAYER_MIN 512
#define LAYER_MAX 4096

/* A layer that has not over so many times the commits that come is made one with them. */
#define MERGE_RATIO 2

/* Nor is one of more than this, so that no writer has to wait for it: gc makes all one. */
#define MERGE_MAX 65536

#define TEMPORARY "tmp-graph-"

struct writing {
	struct gm_store *store;
	struct gm_commit_graph *old; /* NULL: none */
	size_t n_kept;               /* its layers that stay */
	char name[GM_OID_HEX];       /* of the new one */
};

static int store_path(struct gm_buf *out, const struct writing *writing, const char *name)
{
	return gm_store_derived_path(out, writing->store, name);
}

/* 1 when nobody else is writing the graph; it is our turn until `fd` is closed. */
static int take_turn(int *fd, const struct writing *writing)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = store_path(&path, writing, GM_GRAPH_LOCK);

	if (rc == 0)
		rc = gm_mkdirs_for(gm_buf_str(&path));
	if (rc < 0)
		return rc;
	*fd = gm_sys_open(
		gm_buf_str(&path), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (*fd < 0)
		return gm_error_errno("cannot lock '%s'", gm_buf_str(&path));
	return flock(*fd, LOCK_EX | LOCK_NB) == 0;
}

static int write_layer(struct writing *writing, const struct gm_gather *gather)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autotempfile file = GM_TEMPFILE_INIT;
	struct gm_oid name;
	int rc = gm_graph_encode(&bytes, &name, gather, writing->n_kept);

	if (rc == 0)
		rc = store_path(&dir, writing, GM_GRAPH_DIR);
	if (rc < 0)
		return rc;
	gm_oid_format(writing->name, &name);
	gm_autofree char *path =
		gm_format("%s/graph-%s.graph", gm_buf_str(&dir), writing->name);
	if (!path)
		return GM_ENOMEM;
	rc = gm_tempfile_open(&file, gm_buf_str(&dir), TEMPORARY, 0444);
	if (rc == 0)
		rc = gm_write_all(file.fd, bytes.ptr, bytes.size, path);
	return rc < 0 ? rc : gm_tempfile_commit(&file, path);
}

static void name_of(char out[GM_OID_HEX], const struct gm_graph_layer *layer)
{
	struct gm_oid name;

	memcpy(name.bytes, layer->file.ptr + layer->file.size - GM_OID_SIZE, GM_OID_SIZE);
	gm_oid_format(out, &name);
}

static int write_chain(const struct writing *writing)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf chain = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	int rc = store_path(&path, writing, GM_GRAPH_CHAIN);

	for (size_t i = 0; rc == 0 && i < writing->n_kept; i++) {
		name_of(hex, writing->old->layers[i]);
		rc = gm_buf_printf(&chain, "%s\n", hex);
	}
	if (rc == 0 && *writing->name)
		rc = gm_buf_printf(&chain, "%s\n", writing->name);
	return rc < 0 ? rc : gm_file_write(gm_buf_str(&path), chain.ptr, chain.size);
}

static bool is_kept(const struct writing *writing, const char *file)
{
	char hex[GM_OID_HEX];

	if (!strncmp(file, "graph-", 6) && !strncmp(file + 6, writing->name, 40) &&
		*writing->name)
		return true;
	for (size_t i = 0; i < writing->n_kept; i++) {
		name_of(hex, writing->old->layers[i]);
		if (!strncmp(file + 6, hex, 40))
			return true;
	}
	return false;
}

static int drop_layer(const char *file, void *payload)
{
	const struct writing *writing = payload;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	if (strncmp(file, TEMPORARY, strlen(TEMPORARY)) != 0 &&
		(strncmp(file, "graph-", 6) != 0 || is_kept(writing, file)))
		return 0;
	int rc = store_path(&path, writing, GM_GRAPH_DIR "/");
	if (rc == 0)
		rc = gm_buf_puts(&path, file);
	return rc < 0 ? rc : gm_unlink(gm_buf_str(&path));
}

/* Nobody names them any more, and it is our turn: what is temporary is of someone killed. */
static int drop_others(const struct writing *writing)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = store_path(&path, writing, GM_GRAPH_SINGLE);

	if (rc == 0)
		rc = gm_unlink(gm_buf_str(&path));
	gm_buf_reset(&path);
	if (rc == 0)
		rc = store_path(&path, writing, GM_GRAPH_DIR);
	return rc < 0
		? rc
		: gm_dir_each(gm_buf_str(&path), drop_layer, (void *)(uintptr_t)writing);
}

/* The one file of stock git becomes a layer of the chain, as git does it. */
static int keep_single(const struct writing *writing)
{
	gm_autobuf from = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf to = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];

	if (!writing->n_kept || !writing->old->is_single)
		return 0;
	name_of(hex, writing->old->layers[0]);
	int rc = store_path(&from, writing, GM_GRAPH_SINGLE);
	if (rc == 0)
		rc = store_path(&to, writing, GM_GRAPH_DIR "/");
	if (rc == 0)
		rc = gm_buf_printf(&to, "graph-%s.graph", hex);
	return rc < 0 ? rc : gm_rename(gm_buf_str(&from), gm_buf_str(&to));
}

static int publish(struct writing *writing, struct gm_gather *gather)
{
	int rc = gm_gather_finish(gather);

	if (rc == 0)
		rc = write_layer(writing, gather);
	if (rc == 0)
		rc = keep_single(writing);
	if (rc == 0)
		rc = write_chain(writing);
	return rc < 0 ? rc : drop_others(writing);
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct gm_gather *gather = payload;
	enum gm_object_type type;
	struct gm_oid target;
	int rc = gm_object_peel(&target, &type, gather->store, oid);

	(void)name;
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		return rc;
	return gm_gather_add(gather, &target);
}

static int add_refs(struct gm_gather *gather, struct gm_repo *repo)
{
	struct gm_oid head;
	int rc = gm_refs_each(gm_repo_refs(repo), "refs/", add_ref, gather);

	if (rc == 0)
		rc = gm_ref_read(&head, NULL, gm_repo_refs(repo), "HEAD");
	if (rc == GM_ENOTFOUND) /* a branch to come */
		return 0;
	return rc < 0 ? rc : add_ref("HEAD", &head, gather);
}

static int remove_graph(struct writing *writing)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = store_path(&path, writing, GM_GRAPH_CHAIN);

	if (rc == 0)
		rc = gm_unlink(gm_buf_str(&path));
	return rc < 0 ? rc : drop_others(writing);
}

int gm_commit_graph_remove(struct gm_repo *repo)
{
	gm_autoclose int fd = -1;
	struct writing writing = {.store = gm_repo_store(repo)};
	int rc = take_turn(&fd, &writing);

	return rc <= 0 ? rc : remove_graph(&writing);
}

int gm_commit_graph_write(struct gm_repo *repo)
{
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *old = NULL;
	gm_autoclose int fd = -1;
	struct writing writing = {.store = gm_repo_store(repo)};
	int rc = gm_commit_graph_open_checked(&old, writing.store);

	if (rc == GM_ENOMEM)
		return rc;
	bool is_there = rc != GM_ENOTFOUND;
	gm_autogather gather = GM_GATHER_INIT(writing.store, old, false, 0, GM_GRAPH_MAX);
	rc = add_refs(&gather, repo);
	if (rc < 0 || (gather.n < WORTH_A_GRAPH && !is_there))
		return rc;
	rc = take_turn(&fd, &writing);
	if (rc <= 0)
		return rc;
	writing.old = old;
	return gather.n < WORTH_A_GRAPH ? remove_graph(&writing)
					: publish(&writing, &gather);
}

/* The layers that stay below so many new commits. */
static size_t layers_to_keep(const struct gm_commit_graph *old, size_t n)
{
	size_t kept = old ? old->n_layers : 0;

	while (kept && old->layers[kept - 1]->n <= MERGE_RATIO * n &&
		old->layers[kept - 1]->n <= MERGE_MAX)
		n += old->layers[--kept]->n;
	return kept;
}

static uint32_t n_below(const struct gm_commit_graph *old, size_t n_layers)
{
	return n_layers ? old->layers[n_layers - 1]->below + old->layers[n_layers - 1]->n
			: 0;
}

/* How many commits it lacks of those that `commit` leads to; GM_ETOOBIG: too many. */
static int count_new(size_t *out, struct gm_store *store, struct gm_commit_graph *old,
	const struct gm_oid *commit)
{
	gm_autogather gather = GM_GATHER_INIT(
		store, old, true, n_below(old, old ? old->n_layers : 0), LAYER_MAX);
	int rc = gm_gather_add(&gather, commit);

	*out = gather.n;
	return rc;
}

/* How many are new, as the graph is now; 0 when they are not worth a layer. */
static int look(size_t *out, struct gm_commit_graph **old, struct gm_store *store,
	const struct gm_oid *commit)
{
	int rc = gm_commit_graph_open(old, store);

	if (rc == 0 || rc == GM_ENOTFOUND)
		rc = count_new(out, store, *old, commit);
	if (rc == 0 && *out < LAYER_MIN)
		*out = 0;
	return rc;
}

static int add_layer(struct writing *writing, const struct gm_oid *commit, size_t n)
{
	writing->n_kept = layers_to_keep(writing->old, n);
	if (writing->n_kept + 1 > GM_GRAPH_MAX_LAYERS)
		return gm_error(GM_ETOOBIG, "too many layers for a commit graph");
	gm_autogather gather = GM_GATHER_INIT(writing->store, writing->old, true,
		n_below(writing->old, writing->n_kept), GM_GRAPH_MAX);
	int rc = gm_gather_add(&gather, commit);
	return rc < 0 ? rc : publish(writing, &gather);
}

int gm_commit_graph_extend(struct gm_repo *repo, const struct gm_oid *commit)
{
	struct gm_store *store = gm_repo_store(repo);
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *seen = NULL;
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *old = NULL;
	gm_autoclose int fd = -1;
	struct writing writing = {.store = store};
	size_t n = 0;
	int rc = look(&n, &seen, store, commit);

	if (rc < 0 || !n)
		return rc == GM_ETOOBIG ? 0 : rc;
	rc = take_turn(&fd, &writing);
	if (rc <= 0)
		return rc;
	/* Somebody may have done it meanwhile. */
	rc = look(&n, &old, store, commit);
	writing.old = old;
	return rc < 0 || !n ? rc : add_layer(&writing, commit, n);
}

void gm_commit_graph_upkeep(struct gm_repo *repo, const struct gm_oid *commit)
{
	if (commit->bytes[GM_OID_SIZE - 1] % LOOK_EVERY == 0)
		(void)gm_commit_graph_extend(repo, commit); /* it may be tried again */
}
