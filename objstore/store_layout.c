#include "objstore/store_layout.h"

#include <fcntl.h>

#include "base/file.h"
#include "objstore/internal.h"
#include "objstore/segments_write.h"

static int has_manifest(const char *gitdir)
{
	gm_autofree char *path = gm_path_join(gitdir, GM_STORE_DIR "/manifest");

	return path ? gm_path_exists(path) : GM_ENOMEM;
}

static int enter(struct gm_store *store)
{
	int rc = gm_segments_open(&store->segments, store->gitdir);

	if (rc < 0)
		return rc;
	gm_store_set_flushed(store, store->is_flushed);
	gm_store_set_waiting(
		store, store->command, store->waiting, store->waiting_payload);
	return 1;
}

static int leave(struct gm_store *store)
{
	int rc = gm_grow(&store->retired, &store->cap_retired, store->n_retired + 1,
		sizeof(struct gm_segments *));

	if (rc < 0)
		return rc;
	store->retired[store->n_retired++] = gm_steal(&store->segments);
	return 1;
}

int gm_store_follow(struct gm_store *store)
{
	int has = store->gitdir ? has_manifest(store->gitdir) : 0;

	if (has < 0 || !store->gitdir || !has == !store->segments)
		return has < 0 ? has : 0;
	return has ? enter(store) : leave(store);
}

int gm_store_set_repository(struct gm_store *store, const char *gitdir)
{
	gm_free(store->gitdir);
	store->gitdir = gm_strdup(gitdir);
	return store->gitdir ? 0 : GM_ENOMEM;
}

int gm_store_segments_have(struct gm_store *store, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;

	if (!store->segments)
		return 0;
	int rc = gm_segments_read(&data, &type, store->segments, oid);
	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH)
		return 0;
	return rc < 0 ? rc : 1;
}

static int give_up(struct gm_store *store)
{
	gm_autofree char *from = gm_path_join(store->gitdir, GM_STORE_DIR);
	gm_autofree char *to = gm_path_join(store->gitdir, GM_STORE_OLD_DIR);

	if (!from || !to)
		return GM_ENOMEM;
	int rc = gm_rename(from, to);
	return rc < 0 ? rc : gm_fsync_dir(store->gitdir);
}

int gm_store_leave_segments(
	struct gm_store *store, int (*check)(void *payload), void *payload)
{
	struct gm_segments *segments = store->segments;
	int rc = gm_segments_lock(segments);

	if (rc < 0)
		return rc;
	rc = check(payload);
	if (rc == 0)
		rc = give_up(store);
	gm_segments_unlock(segments);
	int followed = rc == 0 ? gm_store_follow(store) : 0;
	return followed < 0 ? followed : rc;
}

static int flush_file(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);
	gm_autoclose int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (!path)
		return GM_ENOMEM;
	return fd < 0 ? gm_error_errno("cannot flush '%s'", path) : gm_fsync(fd, path);
}

int gm_store_flush_segments(const char *gitdir)
{
	gm_autofree char *dir = gm_path_join(gitdir, GM_STORE_DIR);

	if (!dir)
		return GM_ENOMEM;
	int rc = gm_dir_each(dir, flush_file, dir);
	return rc < 0 ? rc : gm_fsync_dir(dir);
}
