#include "sync/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <git2/indexer.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/two_threads.h"
#include "objstore/incoming_folder.h"
#include "objstore/pack_scan.h"
#include "sync/libgit2.h"

#define MAX_BYTES ((size_t)4 << 30)
#define MAX_OBJECTS ((size_t)20000000)

/* Disk space is asked for in steps of this size. */
#define RESERVE_STEP ((uint64_t)1 << 20)

/* A smaller piece is not worth a second thread. */
#define ALONE_MAX ((size_t)16 << 10)

struct gm_incoming {
	struct gm_repo *repo;
	struct gm_incoming_folder folder;
	char *pack_dir;
	char *pack; /* NULL until it has arrived */
	struct gm_store *store;
	const struct gm_oid *wants;
	size_t n_wants;
	size_t max_bytes;
	size_t max_objects;
	uint64_t bytes;
	size_t n;
};

struct writepack {
	git_odb_writepack parent;
	struct gm_incoming *incoming;
	git_indexer *indexer;
	struct gm_pack_scan *scan;
	int fd; /* the file that the indexer writes; -1: not known */
	uint64_t reserved;
	git_indexer_progress_cb progress;
	void *payload;
};

static int read_limits(struct gm_incoming *incoming)
{
	const struct gm_config *config = gm_repo_config(incoming->repo);
	int rc;

	incoming->max_bytes = MAX_BYTES;
	incoming->max_objects = MAX_OBJECTS;
	rc = gm_config_get_size(&incoming->max_bytes, config, "fetch.maxInputSize");
	return rc < 0
		? rc
		: gm_config_get_size(&incoming->max_objects, config, "fetch.maxObjects");
}

int gm_incoming_new(struct gm_incoming **out, struct gm_repo *repo)
{
	gm_cleanup(gm_incoming_free_p) struct gm_incoming *incoming =
		gm_calloc(1, sizeof(*incoming));
	gm_autobuf objects = GM_BUF_INIT(GM_BUF_PATH);

	if (!incoming)
		return GM_ENOMEM;
	incoming->repo = repo;
	incoming->folder = (struct gm_incoming_folder)GM_INCOMING_FOLDER_INIT;
	int rc = read_limits(incoming);
	if (rc == 0)
		rc = gm_repo_path(&objects, repo, "objects");
	if (rc == 0)
		rc = gm_incoming_folders_sweep(gm_buf_str(&objects));
	if (rc == 0)
		rc = gm_incoming_folder_make(&incoming->folder, gm_buf_str(&objects));
	if (rc < 0)
		return rc;
	incoming->pack_dir = gm_path_join(incoming->folder.path, "pack");
	if (!incoming->pack_dir)
		return GM_ENOMEM;
	*out = gm_steal(&incoming);
	return 0;
}

void gm_incoming_free(struct gm_incoming *incoming)
{
	if (!incoming)
		return;
	gm_store_free(incoming->store);
	gm_incoming_folder_remove(&incoming->folder);
	gm_free(incoming->pack_dir);
	gm_free(incoming->pack);
	gm_free(incoming);
}

/* What went wrong in the indexer. */
static int translate(int rc)
{
	int error = errno;
	const git_error *last = git_error_last();

	if (rc == GIT_EUSER)
		return GIT_EUSER;
	if (last && last->klass == GIT_ERROR_NOMEMORY)
		(void)gm_error(GM_ENOMEM, "out of memory while indexing what arrived");
	else if (last && last->klass == GIT_ERROR_OS)
		(void)gm_error(error == ENOSPC ? GM_ENOSPC : GM_ERROR,
			"cannot store what arrived: %s", last->message);
	else
		(void)gm_error(GM_EMISMATCH, "what arrived is damaged: %s",
			last ? last->message : "no reason given");
	return gm_libgit2_callback_failed();
}

static int check_bounds(const struct writepack *writing, size_t size)
{
	const struct gm_incoming *incoming = writing->incoming;
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	if (size > incoming->max_bytes || incoming->bytes > incoming->max_bytes - size)
		return gm_error(GM_ETOOBIG,
			"more than %zu bytes arrive (fetch.maxInputSize)",
			incoming->max_bytes);
	return 0;
}

/*
 * The indexer writes through a mapping, where a full disk is a SIGBUS: so room is made first.
 * Not every file system can; there we take our chance.
 */
static int reserve(struct writepack *writing, size_t size)
{
	uint64_t need = writing->incoming->bytes + size;

	if (writing->fd < 0 || need <= writing->reserved)
		return 0;
	need += RESERVE_STEP;
	if (fallocate(writing->fd, FALLOC_FL_KEEP_SIZE, (off_t)writing->reserved,
		    (off_t)(need - writing->reserved)) < 0 &&
		errno == ENOSPC)
		return gm_error_errno("cannot store what arrived");
	writing->reserved = need;
	return 0;
}

/* A piece of the pack is indexed while it is looked at. */
struct half {
	struct writepack *writing;
	const void *data;
	size_t size;
	git_indexer_progress *stats; /* NULL: it is looked at */
	int rc;
	struct gm_error error;
};

static void run_half(void *payload)
{
	struct half *half = payload;
	struct writepack *writing = half->writing;

	if (half->stats) {
		half->rc = git_indexer_append(
			writing->indexer, half->data, half->size, half->stats);
		return;
	}
	half->rc = gm_pack_scan_put(writing->scan, half->data, half->size);
	if (half->rc < 0)
		half->error = *gm_error_last();
}

/* What the scan says comes first: it knows what is wrong. */
static int judge(const struct half *scan, const struct half *index)
{
	size_t max = scan->writing->incoming->max_objects;
	int rc = 0;

	if (gm_pack_scan_n(scan->writing->scan) > max)
		rc = gm_error(GM_ETOOBIG,
			"more than %zu objects arrive (fetch.maxObjects)", max);
	else if (scan->rc < 0)
		rc = gm_error((enum gm_errcode)scan->rc, "%s", scan->error.message);
	if (rc < 0)
		return gm_libgit2_callback_failed();
	return index->rc < 0 ? translate(index->rc) : 0;
}

static int append(git_odb_writepack *parent, const void *data, size_t size,
	git_indexer_progress *stats)
{
	struct writepack *writing = (struct writepack *)parent;
	struct half index = {writing, data, size, stats, 0, {.code = GM_OK}};
	struct half scan = {writing, data, size, NULL, 0, {.code = GM_OK}};
	int rc = check_bounds(writing, size);

	if (rc == 0)
		rc = reserve(writing, size);
	if (rc < 0)
		return gm_libgit2_callback_failed();
	/* Deltas are put together in the end, when all of it has been looked at. */
	if (size >= ALONE_MAX) {
		gm_run_on_two_threads(run_half, &index, &scan);
	} else {
		run_half(&scan);
		if (scan.rc == 0)
			run_half(&index);
	}
	rc = judge(&scan, &index);
	if (rc < 0)
		return rc;
	writing->incoming->bytes += size;
	return 0;
}

static int commit(git_odb_writepack *parent, git_indexer_progress *stats)
{
	struct writepack *writing = (struct writepack *)parent;
	struct gm_incoming *incoming = writing->incoming;
	int rc = gm_pack_scan_end(writing->scan);

	if (rc < 0)
		return gm_libgit2_callback_failed();
	incoming->n = gm_pack_scan_n(writing->scan);
	rc = git_indexer_commit(writing->indexer, stats);
	if (rc < 0)
		return translate(rc);
	incoming->pack = gm_format(
		"%s/pack-%s", incoming->pack_dir, git_indexer_name(writing->indexer));
	return incoming->pack ? 0 : gm_libgit2_callback_failed();
}

static void free_writing(git_odb_writepack *parent)
{
	struct writepack *writing = (struct writepack *)parent;

	git_indexer_free(writing->indexer);
	gm_pack_scan_free(writing->scan);
	gm_close_p(&writing->fd);
	gm_free(writing);
}

static int open_first(const char *name, void *payload)
{
	struct writepack *writing = payload;
	gm_autofree char *path = gm_path_join(writing->incoming->pack_dir, name);

	if (!path)
		return GM_ENOMEM;
	writing->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return 1;
}

static int start(struct writepack *writing, git_odb *odb)
{
	git_indexer_options options = {.version = GIT_INDEXER_OPTIONS_VERSION};
	int rc = gm_mkdirs(writing->incoming->pack_dir);

	if (rc == 0)
		rc = gm_pack_scan_new(&writing->scan, GM_OBJECT_MAX_SIZE);
	if (rc < 0)
		return gm_libgit2_callback_failed();
	options.progress_cb = writing->progress;
	options.progress_cb_payload = writing->payload;
	rc = git_indexer_new(
		&writing->indexer, writing->incoming->pack_dir, 0444, odb, &options);
	if (rc < 0)
		return translate(rc);
	rc = gm_dir_each(writing->incoming->pack_dir, open_first, writing);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

int gm_incoming_writepack(git_odb_writepack **out, struct gm_incoming *incoming,
	git_odb_backend *backend, git_odb *odb, git_indexer_progress_cb progress,
	void *payload)
{
	struct writepack *writing = gm_calloc(1, sizeof(*writing));

	if (!writing)
		return gm_libgit2_callback_failed();
	*writing = (struct writepack){.parent = {.backend = backend,
					      .append = append,
					      .commit = commit,
					      .free = free_writing},
		.incoming = incoming,
		.fd = -1,
		.progress = progress,
		.payload = payload};
	int rc = start(writing, odb);
	if (rc < 0) {
		free_writing(&writing->parent);
		return rc;
	}
	*out = &writing->parent;
	return 0;
}

void gm_incoming_want(struct gm_incoming *incoming, const struct gm_oid *oids, size_t n)
{
	incoming->wants = oids;
	incoming->n_wants = n;
}

bool gm_incoming_wants(const struct gm_incoming *incoming, const struct gm_oid *oid)
{
	for (size_t i = 0; i < incoming->n_wants; i++)
		if (gm_oid_equal(&incoming->wants[i], oid))
			return true;
	return false;
}

int gm_incoming_open(struct gm_incoming *incoming)
{
	if (!incoming->pack || incoming->store)
		return 0;
	int rc = gm_store_open(&incoming->store, incoming->folder.path);
	return rc < 0
		? rc
		: gm_store_borrow(gm_repo_store(incoming->repo), incoming->folder.path);
}

struct gm_store *gm_incoming_store(struct gm_incoming *incoming)
{
	return incoming->store;
}

const char *gm_incoming_pack(const struct gm_incoming *incoming)
{
	return incoming->pack;
}

size_t gm_incoming_n(const struct gm_incoming *incoming)
{
	return incoming->n;
}

uint64_t gm_incoming_bytes(const struct gm_incoming *incoming)
{
	return incoming->bytes;
}
