#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "base/strv.h"
#include "dag/repair_internal.h"
#include "objstore/rescue.h"

/* Where the new store is made. With `ready` in it, what is in there may be the old one. */
#define WORKSHOP "rescue"

#define LOCK_PAUSE_NS 10000000
#define LOCK_TRIES_MAX 1000

int gm_repair_kept_name(char **out, const struct gm_repair *repair, const char *name)
{
	for (unsigned i = 1; i < 1000; i++) {
		char number[16] = "";
		if (i > 1)
			(void)snprintf(number, sizeof(number), "-%u", i);
		gm_autofree char *path = gm_format("%s/%s.damaged-%s%s", repair->gitdir,
			name, repair->stamp, number);
		if (!path)
			return GM_ENOMEM;
		if (gm_path_exists(path))
			continue;
		*out = gm_steal(&path);
		return 0;
	}
	return gm_error(GM_EEXISTS, "no name is left to keep '%s' under", name);
}

int gm_repair_tell_file(const struct gm_repair *repair, const char *name,
	const char *kept, const char *message)
{
	const struct gm_repair_note note = {.kind = GM_REPAIR_FILE,
		.subject = name,
		.message = message,
		.kept = kept};

	return repair->tell(&note, repair->payload);
}

static char *path_of(const struct gm_repair *repair, const char *name)
{
	return gm_path_join(repair->gitdir, name);
}

static int remove_file(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);

	return path ? gm_unlink(path) : GM_ENOMEM;
}

/* A store is a folder of files. */
static int remove_store(char *dir)
{
	int rc = gm_dir_each(dir, remove_file, dir);

	if (rc < 0)
		return rc;
	return gm_sys_rmdir(dir) < 0 && errno != ENOENT
		? gm_error_errno("cannot remove '%s'", dir)
		: 0;
}

static int keep_store(const struct gm_repair *repair, char **kept_out)
{
	gm_autofree char *made = path_of(repair, WORKSHOP "/store");
	gm_autofree char *kept = NULL;
	int rc = made ? gm_repair_kept_name(&kept, repair, "store") : GM_ENOMEM;

	if (rc < 0 || !gm_path_exists(made))
		return rc;
	rc = gm_rename(made, kept);
	if (rc == 0)
		*kept_out = gm_steal(&kept);
	return rc;
}

/* With what a power cut left of files in the making. */
static int close_workshop(const struct gm_repair *repair)
{
	gm_autofree char *dir = path_of(repair, WORKSHOP);
	int rc = dir ? remove_store(dir) : GM_ENOMEM;

	return rc < 0 ? rc : gm_fsync_dir(repair->gitdir);
}

/* What a repair left that was killed: the old store, if it came that far, else litter. */
static int clear_workshop(const struct gm_repair *repair)
{
	gm_autofree char *ready = path_of(repair, WORKSHOP "/ready");
	gm_autofree char *made = path_of(repair, WORKSHOP "/store");
	gm_autofree char *kept = NULL;

	if (!ready || !made)
		return GM_ENOMEM;
	int rc = gm_path_exists(ready) ? keep_store(repair, &kept) : remove_store(made);
	if (rc == 0 && kept)
		rc = gm_fsync_dir(repair->gitdir);
	if (rc == 0 && kept)
		rc = gm_repair_tell_file(repair, "store", kept,
			"an earlier repair was cut short; what it left is kept");
	return rc < 0 ? rc : close_workshop(repair);
}

static int note_kept(const char *name, void *payload)
{
	return strncmp(name, "store.damaged-", 14) ? 0 : gm_strv_add(payload, name);
}

/* The store that is there; where there is none, the latest that a repair put away. */
static int find_source(char **out, const struct gm_repair *repair)
{
	gm_autofree char *store = path_of(repair, "store");
	gm_autostrv kept = GM_STRV_INIT;

	if (!store)
		return GM_ENOMEM;
	if (!gm_path_exists(store)) {
		int rc = gm_dir_each(repair->gitdir, note_kept, &kept);
		if (rc < 0)
			return rc;
		gm_strv_make_set(&kept);
		if (kept.n) {
			gm_free(store);
			store = path_of(repair, kept.items[kept.n - 1]);
		}
	}
	*out = gm_steal(&store);
	return *out ? 0 : GM_ENOMEM;
}

/* The locks of a store: of whoever changes it, of batches on their way, of gc. */
enum { LOCKS_N = 3 };
static const char *const lock_names[LOCKS_N] = {"upkeep", "batches", "lock"};

struct locks {
	int fds[LOCKS_N];
};

static void locks_dispose(struct locks *locks)
{
	for (size_t i = 0; i < LOCKS_N; i++)
		gm_close_p(&locks->fds[i]);
}

/* A batch may wait for the repository lock that we hold: waiting for it has to end. */
static int take_lock(int *fd_out, const char *path)
{
	gm_autoclose int fd =
		gm_sys_open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return gm_error_errno("cannot lock '%s'", path);
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return gm_error_errno("cannot lock '%s'", path);
		if (tries == LOCK_TRIES_MAX)
			return gm_error(GM_ELOCKED,
				"another process is writing to the store; '%s' is held",
				path);
		(void)nanosleep(&pause, NULL); /* a signal ends it early */
	}
	*fd_out = fd;
	fd = -1;
	return 0;
}

static int lock_store(struct locks *locks, const struct gm_repair *repair)
{
	gm_autofree char *store = path_of(repair, "store");
	int rc = store ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < LOCKS_N && gm_is_dir(store); i++) {
		gm_autofree char *path = gm_path_join(store, lock_names[i]);
		rc = path ? take_lock(&locks->fds[i], path) : GM_ENOMEM;
	}
	return rc;
}

/* Processes that have a lock file open go on to exclude one another by it. */
static int hand_over(const struct gm_repair *repair, const char *name)
{
	gm_autofree char *old = gm_format("%s/store/%s", repair->gitdir, name);
	gm_autofree char *new =
		gm_format("%s/" WORKSHOP "/store/%s", repair->gitdir, name);

	if (!old || !new)
		return GM_ENOMEM;
	if (!gm_path_exists(old))
		return 0;
	int rc = gm_unlink(new);
	if (rc == 0 && gm_sys_link(old, new) < 0)
		return gm_error_errno("cannot link '%s'", new);
	return rc;
}

static int hand_over_locks(const struct gm_repair *repair)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LOCKS_N; i++)
		rc = hand_over(repair, lock_names[i]);
	return rc;
}

static int tell_lost(const struct gm_oid *oid, enum gm_object_type type,
	const char *fault, void *payload)
{
	const struct gm_repair *repair = payload;
	char hex[GM_OID_HEX];
	const struct gm_repair_note note = {.kind = GM_REPAIR_LOST,
		.subject = hex,
		.message = fault,
		.type = type == GM_OBJECT_NONE ? "object" : gm_object_type_name(type)};

	gm_oid_format(hex, oid);
	return repair->tell(&note, repair->payload);
}

static int fill(bool *lacks_newest, const struct gm_repair *repair, const char *source,
	struct gm_store *store)
{
	gm_cleanup(gm_rescue_free_p) struct gm_rescue *rescue = NULL;
	size_t n = 0;
	int rc = gm_rescue_open(&rescue, source);

	if (rc == 0)
		rc = gm_rescue_objects(
			&n, rescue, store, tell_lost, (void *)(uintptr_t)repair);
	if (rc < 0)
		return rc;
	*lacks_newest = gm_rescue_lacks_newest(rescue);
	return gm_rescue_refs(rescue, store);
}

static int make_store(
	bool *lacks_newest, const struct gm_repair *repair, const char *source)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_autofree char *dir = path_of(repair, WORKSHOP);
	gm_autofree char *ready = path_of(repair, WORKSHOP "/ready");
	int rc = dir && ready ? gm_mkdirs(dir) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_store_create(dir);
	if (rc == 0)
		rc = gm_store_open(&store, dir);
	if (rc == 0)
		rc = fill(lacks_newest, repair, source, store);
	if (rc == 0)
		rc = hand_over_locks(repair);
	return rc < 0 ? rc : gm_file_write(ready, "", 0);
}

/* In one step where the file system can; else there is no store for an instant. */
static int put_in_place(const struct gm_repair *repair)
{
	gm_autofree char *made = path_of(repair, WORKSHOP "/store");
	gm_autofree char *store = path_of(repair, "store");
	gm_autofree char *kept = NULL;

	if (!made || !store)
		return GM_ENOMEM;
	if (!gm_path_exists(store))
		return gm_rename(made, store);
	if (gm_fault_hit(GM_FAULT_RENAME))
		return gm_error_errno("cannot rename '%s'", store);
	if (gm_sys_exchange(made, store) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return gm_error_errno("cannot rename '%s' to '%s'", made, store);
	int rc = gm_repair_kept_name(&kept, repair, "store");
	if (rc == 0)
		rc = gm_rename(store, kept);
	return rc < 0 ? rc : gm_rename(made, store);
}

static int tell_store(const struct gm_repair *repair, const char *kept, bool lacks_newest)
{
	const struct gm_repair_note note = {.kind = GM_REPAIR_FILE,
		.subject = "store",
		.message = lacks_newest
			? "what is whole was put into a new store; the newest segment, "
			  "and all that was in it alone, is lost"
			: "what is whole was put into a new store",
		.kept = kept,
		.is_loss = lacks_newest};

	return repair->tell(&note, repair->payload);
}

int gm_repair_segments(const struct gm_repair *repair)
{
	gm_cleanup(locks_dispose) struct locks locks = {.fds = {-1, -1, -1}};
	gm_autofree char *source = NULL;
	gm_autofree char *kept = NULL;
	bool lacks_newest = false;
	int rc = clear_workshop(repair);

	if (rc == 0)
		rc = lock_store(&locks, repair);
	if (rc == 0)
		rc = find_source(&source, repair);
	if (rc == 0)
		rc = make_store(&lacks_newest, repair, source);
	if (rc == 0)
		rc = put_in_place(repair);
	if (rc == 0)
		rc = gm_fsync_dir(repair->gitdir);
	if (rc == 0)
		rc = keep_store(repair, &kept);
	/* Without what says that it is the old one, it would be taken for litter. */
	if (rc == 0)
		rc = gm_fsync_dir(repair->gitdir);
	if (rc == 0)
		rc = close_workshop(repair);
	return rc < 0 ? rc : tell_store(repair, kept, lacks_newest);
}
