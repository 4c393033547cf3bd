#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "dag/packed_refs.h"
#include "dag/ref_logs.h"

/* One change of a ref while it is made. */
struct change {
	struct gm_refs *refs;
	struct gm_lock *lock;
	const char *name; /* what the caller named */
	char *target;     /* the same when it is not symbolic, else what it leads to */
	struct gm_oid old_oid;
	struct gm_oid new_oid;
	const struct gm_signature *who;
	const char *message;
	char *old_text; /* the file that brings the old value back; NULL: removing it does */
	bool is_new;    /* it had no file of its own */
	bool is_broken; /* it had one that cannot be read */
	struct gm_ref_logs logs;
	struct gm_ref_lock held;
};

/* Which locks are about to be made, for who comes after us should we be killed. */
static int note_locks(struct change *change)
{
	gm_autobuf note = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_buf_printf(&note, "%s.lock", change->target);

	if (rc == 0)
		rc = gm_ref_logs_put_locks(&note, &change->logs, change->target);
	if (rc == 0 && gm_oid_is_zero(&change->new_oid))
		rc = gm_buf_puts(&note, " packed-refs.lock");
	gm_ref_lock_sweep(change->refs, change->lock);
	return rc < 0 ? rc : gm_lock_set_note(change->lock, gm_buf_str(&note));
}

static int lock_logs(struct change *change)
{
	return gm_ref_logs_lock(
		&change->logs, change->refs, change->lock, change->target);
}

static int write_logs(struct change *change)
{
	struct gm_reflog_entry entry = {.old_oid = change->old_oid,
		.new_oid = change->new_oid,
		.message = change->message};

	if (change->who)
		entry.who = *change->who; /* lent */
	return gm_ref_logs_write(&change->logs, change->refs->gitdir, &entry);
}

/* The folder of the ref's file, which holds our lock. */
struct folder {
	char *path;
	int fd;
};

#define FOLDER_INIT                    \
	{                              \
		.path = NULL, .fd = -1 \
	}

static void close_folder(struct folder *folder)
{
	gm_close_p(&folder->fd);
	gm_free(folder->path);
}

/*
 * Open the folder before the ref moves, so that little can fail afterwards. When the file, or
 * even folders, are new, those above are flushed.
 */
static int open_folder(struct folder *out, const struct change *change)
{
	const char *gitdir = change->refs->gitdir;
	gm_autofree char *above = gm_path_join(gitdir, change->target);
	size_t top = strlen(gitdir) + strlen("/refs");

	out->path = above ? gm_path_dir(above) : NULL;
	if (!out->path)
		return GM_ENOMEM;
	out->fd = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->fd < 0)
		return gm_error_errno("cannot open folder '%s'", out->path);
	*strrchr(above, '/') = '\0';
	while (change->is_new && strlen(above) > top) {
		*strrchr(above, '/') = '\0';
		int rc = gm_fsync_dir(above);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Keep what would bring the old value back. */
static int remember_old(struct change *change)
{
	struct gm_loose_ref loose = {.target = NULL};
	gm_autofree char *target = NULL;
	char hex[GM_OID_HEX];
	int rc = gm_loose_ref_read(&loose, change->refs, change->target);

	target = loose.target;
	change->is_new = rc == 0;
	change->is_broken = rc == GM_EMISMATCH;
	if (rc < 0)
		return change->is_broken ? 0 : rc;
	/* One that is packed gets a file: stock git may pack the new value any time. */
	if (!rc && gm_oid_is_zero(&change->old_oid))
		return 0;
	gm_oid_format(hex, rc ? &loose.oid : &change->old_oid);
	change->old_text =
		gm_format("%s%s\n", target ? "ref: " : "", target ? target : hex);
	return change->old_text ? 0 : GM_ENOMEM;
}

/* Nothing may stand where the file is to go but empty folders, which are removed. */
static int make_room(struct change *change)
{
	gm_autofree char *path = gm_path_join(change->refs->gitdir, change->target);
	int rc = path ? 0 : GM_ENOMEM;

	if (rc < 0)
		return rc;
	if (gm_is_dir(path))
		gm_ref_folders_remove_empty(path);
	if (gm_is_dir(path))
		return gm_ref_refuse_below(change->target);
	return remember_old(change);
}

/* The value under the lock: it can no longer change. */
static int compare_old(struct change *change)
{
	char is[GM_OID_HEX], wanted[GM_OID_HEX];
	struct gm_oid oid = gm_oid_zero;
	int rc = gm_ref_read(&oid, NULL, change->refs, change->target);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (gm_oid_equal(&oid, &change->old_oid))
		return 0;
	gm_oid_format(is, &oid);
	gm_oid_format(wanted, &change->old_oid);
	return gm_error(GM_EMODIFIED, "'%s' is at %.10s, not at %.10s", change->target,
		is, wanted);
}

/* The id a ref leads to, zero when to none. A broken one is no hindrance: it is replaced. */
static int read_or_zero(struct gm_oid *out, struct gm_refs *refs, const char *name)
{
	int rc = gm_ref_read(out, NULL, refs, name);

	if (rc == 0 || (rc != GM_ENOTFOUND && rc != GM_EMISMATCH))
		return rc;
	*out = gm_oid_zero;
	return 0;
}

static int put_old_text(struct change *change)
{
	const char *text = change->old_text;
	int rc = gm_write_all(change->held.fd, text, strlen(text), change->held.path);

	if (rc < 0)
		return rc;
	/* Flushing has just failed; what is seen counts now. */
	(void)gm_fsync(change->held.fd, change->held.path);
	return gm_ref_lock_commit(&change->held);
}

/* Bring the old value back after the ref has moved. */
static int put_back(struct change *change)
{
	gm_autofree char *path = gm_path_join(change->refs->gitdir, change->target);
	struct gm_oid oid;
	int rc = path && !change->is_broken ? 0 : GM_ERROR;

	if (rc == 0 && !change->held.path)
		rc = gm_ref_lock_take(
			&change->held, change->refs, change->lock, change->target);
	if (rc == 0)
		rc = read_or_zero(&oid, change->refs, change->target);
	if (rc < 0)
		return rc;
	if (gm_oid_is_zero(&change->new_oid) && gm_oid_equal(&oid, &change->old_oid))
		return 0;
	/* Others may go on from the new value. */
	if (!gm_oid_equal(&oid, &change->new_oid))
		return GM_EMODIFIED;
	if (change->old_text)
		return put_old_text(change);
	rc = gm_unlink(path);
	if (rc == 0)
		rc = read_or_zero(&oid, change->refs, change->target);
	return rc < 0 || gm_oid_is_zero(&oid) ? rc : GM_EMODIFIED;
}

/* The ref moved, but what had to follow failed. */
static int take_back(struct change *change, const struct folder *folder)
{
	const struct gm_error error = *gm_error_last();

	if (put_back(change) < 0)
		return gm_error(error.code, "%s; '%s' has changed nevertheless",
			error.message, change->target);
	(void)gm_fsync(folder->fd, folder->path); /* it has failed before */
	gm_ref_logs_undo(&change->logs);
	return gm_error(error.code, "%s", error.message);
}

/*
 * With the lock file written: first the logs, then the rename, so that a ref never moves
 * unseen; a log may tell of a move that a power cut undid.
 */
static int finish(struct change *change)
{
	gm_cleanup(close_folder) struct folder folder = FOLDER_INIT;
	int rc = open_folder(&folder, change);

	if (rc == 0)
		rc = lock_logs(change);
	if (rc == 0)
		rc = write_logs(change);
	if (rc < 0)
		return rc;
	rc = gm_ref_lock_commit(&change->held);
	if (rc < 0) {
		gm_ref_logs_undo(&change->logs);
		return rc;
	}
	rc = gm_fsync(folder.fd, folder.path);
	return rc < 0 ? take_back(change, &folder) : 0;
}

static int write_ref(struct change *change, const char *text, bool exists)
{
	int rc = exists ? 0 : gm_ref_check_packed(change->refs, change->target);

	if (rc == 0)
		rc = make_room(change);
	if (rc == 0)
		rc = gm_ref_lock_write(&change->held, text, strlen(text));
	return rc < 0 ? rc : finish(change);
}

static int write_oid(struct change *change)
{
	char text[GM_OID_HEX + 1];

	gm_oid_format(text, &change->new_oid);
	memcpy(text + GM_OID_HEX - 1, "\n", 2);
	return write_ref(change, text, !gm_oid_is_zero(&change->old_oid));
}

/* Take the ref out of packed-refs, whose lock is held. */
static int remove_packed(const struct change *change)
{
	gm_autofree char *path = gm_path_join(change->refs->gitdir, "packed-refs");
	gm_autobuf rest = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_packed_refs packed;
	struct gm_oid oid;
	int rc = path ? gm_packed_refs_open(&packed, change->refs->gitdir) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	int found = gm_packed_refs_find(&oid, &packed, change->target);
	rc = found > 0 ? gm_packed_refs_without(&rest, &packed, change->target) : found;
	gm_packed_refs_dispose(&packed);
	if (rc < 0 || !found)
		return rc;
	return gm_file_write(path, gm_buf_str(&rest), rest.size);
}

/* Packed first: the file hides what is packed, so the ref has one value until it has none. */
static int remove_files(const struct change *change, const struct folder *folder)
{
	const char *gitdir = change->refs->gitdir;
	gm_autofree char *path = gm_path_join(gitdir, change->target);
	int rc = path ? remove_packed(change) : GM_ENOMEM;

	/* Before the ref: a log without one could stand in the way of other logs for ever. */
	if (rc == 0)
		rc = gm_reflog_remove(gitdir, change->target);
	if (rc == 0)
		rc = gm_unlink(path);
	return rc < 0 ? rc : gm_fsync(folder->fd, folder->path);
}

/*
 * The lock of packed-refs is held until the ref's file is gone, also when the ref is not in
 * there: a `git pack-refs` that reads the file meanwhile would bring the ref back.
 */
static int remove_ref(struct change *change)
{
	gm_autoref_lock packed = GM_REF_LOCK_INIT;
	gm_cleanup(close_folder) struct folder folder = FOLDER_INIT;
	int rc = remember_old(change);

	if (rc == 0)
		rc = open_folder(&folder, change);
	if (rc == 0)
		rc = lock_logs(change);
	if (rc == 0)
		rc = gm_ref_lock_take(&packed, change->refs, change->lock, "packed-refs");
	if (rc == 0)
		rc = write_logs(change);
	if (rc < 0)
		return rc;
	rc = remove_files(change, &folder);
	return rc < 0 ? take_back(change, &folder) : 0;
}

static int add_logs(struct change *change, bool is_head)
{
	/* The log of a ref that is removed goes with it. */
	int rc = gm_oid_is_zero(&change->new_oid)
		? 0
		: gm_ref_logs_add(&change->logs, change->target);

	if (rc == 0)
		rc = gm_ref_logs_add_way(
			&change->logs, change->refs, change->name, change->target);
	if (rc == 0 && is_head)
		rc = gm_ref_logs_add_way(
			&change->logs, change->refs, "HEAD", change->target);
	return rc;
}

/* Find the ref that is to change, and the logs that are to tell of it. */
static int prepare(struct change *change)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf head = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_ref_check_name(change->name);

	if (rc == 0)
		rc = gm_ref_read(&oid, &target, change->refs, change->name);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	change->target = gm_strdup(gm_buf_str(&target));
	if (!change->target)
		return GM_ENOMEM;
	rc = gm_ref_read(&oid, &head, change->refs, "HEAD");
	if (rc < 0 && rc != GM_ENOTFOUND && rc != GM_EMISMATCH)
		return rc;
	bool is_head = !strcmp(gm_buf_str(&head), change->target);
	return change->who ? add_logs(change, is_head) : 0;
}

static int make_change(struct change *change)
{
	int rc = prepare(change);

	if (rc == 0)
		rc = note_locks(change);
	if (rc == 0)
		rc = gm_ref_lock_take(
			&change->held, change->refs, change->lock, change->target);
	if (rc == 0)
		rc = compare_old(change);
	if (rc < 0)
		return rc;
	if (!gm_oid_is_zero(&change->new_oid))
		return write_oid(change);
	return gm_oid_is_zero(&change->old_oid) ? 0 : remove_ref(change);
}

/* Let go and tidy up; the outcome stands whatever happens here. */
static void end_change(struct change *change)
{
	gm_ref_logs_dispose(&change->logs);
	gm_ref_lock_dispose(&change->held);
	if (change->target)
		gm_ref_folders_prune(change->refs->gitdir, change->target);
	(void)gm_lock_set_note(change->lock, ""); /* one that stays does no harm */
	gm_free(change->target);
	gm_free(change->old_text);
}

int gm_ref_files_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update)
{
	struct change change = {.refs = refs,
		.lock = lock,
		.name = update->name,
		.old_oid = update->old_oid,
		.new_oid = update->new_oid,
		.who = update->who,
		.message = update->message ? update->message : "",
		.held = GM_REF_LOCK_INIT};
	int rc = make_change(&change);

	end_change(&change);
	return rc;
}

static int make_symbolic(struct change *change, const char *target)
{
	gm_autofree char *text = gm_format("ref: %s\n", target);
	gm_autofree char *path = gm_path_join(change->refs->gitdir, change->name);
	int rc = text && path ? 0 : GM_ENOMEM;

	change->target = gm_strdup(change->name);
	if (!change->target)
		rc = GM_ENOMEM;
	if (rc == 0)
		rc = read_or_zero(&change->old_oid, change->refs, change->name);
	if (rc == 0)
		rc = read_or_zero(&change->new_oid, change->refs, target);
	if (rc < 0)
		return rc;
	/* As in git, going to a branch without a commit leaves no trace. */
	if (change->who && !gm_oid_is_zero(&change->new_oid))
		rc = gm_ref_logs_add(&change->logs, change->name);
	if (rc == 0)
		rc = note_locks(change);
	if (rc == 0)
		rc = gm_ref_lock_take(
			&change->held, change->refs, change->lock, change->target);
	return rc < 0 ? rc : write_ref(change, text, gm_path_exists(path));
}

int gm_ref_files_set_symbolic(struct gm_refs *refs, struct gm_lock *lock,
	const char *name, const char *target, const struct gm_signature *who,
	const char *message)
{
	struct change change = {.refs = refs,
		.lock = lock,
		.name = name,
		.who = who,
		.message = message ? message : "",
		.held = GM_REF_LOCK_INIT};
	int rc = make_symbolic(&change, target);

	end_change(&change);
	return rc;
}
