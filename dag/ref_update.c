#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/packed_refs.h"
#include "dag/reflog.h"
#include "dag/refs_internal.h"

#define MAX_LOGS 3

/* A reflog that tells of the change, and where it ended before. */
struct log {
	const char *ref;
	struct gm_reflog_mark mark;
};

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
	bool is_head; /* HEAD points here */
	bool is_new;  /* it had no file of its own */
	struct log logs[MAX_LOGS];
	size_t n_logs;
	struct gm_ref_lock held;
	struct gm_ref_lock held_head;
};

/* Which locks are about to be made, for who comes after us should we be killed. */
static int note_locks(struct change *change)
{
	gm_autofree char *note = gm_format("%s.lock%s%s", change->target,
		change->is_head ? " HEAD.lock" : "",
		gm_oid_is_zero(&change->new_oid) ? " packed-refs.lock" : "");

	gm_ref_lock_sweep(change->refs, change->lock);
	return note ? gm_lock_set_note(change->lock, note) : GM_ENOMEM;
}

static void add_log(struct change *change, const char *ref)
{
	if (!change->who || !gm_reflog_is_kept(ref))
		return;
	for (size_t i = 0; i < change->n_logs; i++)
		if (!strcmp(change->logs[i].ref, ref))
			return;
	change->logs[change->n_logs++] = (struct log){.ref = ref};
}

static void undo_logs(const struct change *change, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gm_reflog_go_back(&change->logs[i].mark);
}

static int write_logs(struct change *change)
{
	const char *gitdir = change->refs->gitdir;

	for (size_t i = 0; i < change->n_logs; i++) {
		struct log *log = &change->logs[i];
		int rc = gm_reflog_mark(&log->mark, gitdir, log->ref);
		if (rc == 0)
			rc = gm_reflog_append(gitdir, log->ref, &change->old_oid,
				&change->new_oid, change->who, change->message);
		if (rc < 0) {
			undo_logs(change, i);
			return rc;
		}
	}
	return 0;
}

/* Flush the folder of the ref; those above it too when its file, or even they, are new. */
static int flush_folders(const struct change *change)
{
	const char *gitdir = change->refs->gitdir;
	gm_autofree char *path = gm_path_join(gitdir, change->target);
	size_t top = strlen(gitdir) + strlen("/refs");
	int rc = path ? 0 : GM_ENOMEM;

	while (rc == 0) {
		*strrchr(path, '/') = '\0';
		rc = gm_fsync_dir(path);
		if (!change->is_new || strlen(path) <= top)
			break;
	}
	/* Stock git has packed the ref already, and removed the folder. */
	return rc == GM_ENOTFOUND ? gm_fsync_dir(gitdir) : rc;
}

static int in_the_way(const char *other, const char *name)
{
	return gm_error(GM_EEXISTS, "ref '%s' exists; cannot make '%s'", other, name);
}

/* Refs whose names are folders on the way to `name`; with files they kept us from locking. */
static int check_above(const struct gm_packed_refs *packed, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		gm_autofree char *above = gm_strndup(name, (size_t)(slash - name));
		struct gm_oid oid;
		int rc = above ? gm_packed_refs_find(&oid, packed, above) : GM_ENOMEM;
		if (rc)
			return rc < 0 ? rc : in_the_way(above, name);
	}
	return 0;
}

static int refs_below(const char *name)
{
	return gm_error(
		GM_EEXISTS, "refs below '%s/' exist; cannot make '%s'", name, name);
}

/* Refs for which `name` is a folder on the way. */
static int check_below(const struct gm_packed_refs *packed, const char *name)
{
	gm_autofree char *below = gm_format("%s/", name);
	int rc = below ? gm_packed_refs_has(packed, below) : GM_ENOMEM;

	return rc > 0 ? refs_below(name) : rc;
}

static int check_packed(const struct gm_refs *refs, const char *name)
{
	struct gm_packed_refs packed;
	int rc = gm_packed_refs_open(&packed, refs->gitdir);

	if (rc < 0)
		return rc;
	rc = check_above(&packed, name);
	if (rc == 0)
		rc = check_below(&packed, name);
	gm_packed_refs_dispose(&packed);
	return rc;
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
		return refs_below(change->target);
	change->is_new = !gm_path_exists(path);
	return 0;
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

/*
 * With the lock file written: first the logs, then the rename, so that a ref never moves
 * unseen; a log may tell of a move that a power cut undid.
 */
static int finish(struct change *change)
{
	int rc = 0;

	if (change->n_logs && change->is_head)
		rc = gm_ref_lock_take(
			&change->held_head, change->refs, change->lock, "HEAD");
	if (rc == 0)
		rc = write_logs(change);
	if (rc < 0)
		return rc;
	rc = gm_ref_lock_commit(&change->held);
	if (rc < 0) {
		undo_logs(change, change->n_logs);
		return rc;
	}
	return flush_folders(change);
}

static int write_ref(struct change *change, const char *text, bool exists)
{
	int rc = exists ? 0 : check_packed(change->refs, change->target);

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

/*
 * Take the ref out of packed-refs. Its lock is taken in any case: a `git pack-refs` that read
 * the ref's file and has not written yet would bring the ref back.
 */
static int remove_packed(struct change *change)
{
	gm_autoref_lock held = GM_REF_LOCK_INIT;
	gm_autobuf rest = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_packed_refs packed;
	struct gm_oid oid;
	int rc = gm_ref_lock_take(&held, change->refs, change->lock, "packed-refs");

	if (rc == 0)
		rc = gm_packed_refs_open(&packed, change->refs->gitdir);
	if (rc < 0)
		return rc;
	int found = gm_packed_refs_find(&oid, &packed, change->target);
	rc = found > 0 ? gm_packed_refs_without(&rest, &packed, change->target) : found;
	gm_packed_refs_dispose(&packed);
	if (rc < 0 || !found)
		return rc;
	rc = gm_ref_lock_write(&held, gm_buf_str(&rest), rest.size);
	if (rc == 0)
		rc = gm_ref_lock_commit(&held);
	return rc < 0 ? rc : gm_fsync_dir(change->refs->gitdir);
}

/* Packed first: the file hides what is packed, so the ref has one value until it has none. */
static int remove_ref(struct change *change)
{
	const char *gitdir = change->refs->gitdir;
	gm_autofree char *path = gm_path_join(gitdir, change->target);
	int rc = path ? 0 : GM_ENOMEM;

	if (rc == 0 && change->is_head && change->n_logs)
		rc = gm_ref_lock_take(
			&change->held_head, change->refs, change->lock, "HEAD");
	if (rc == 0)
		rc = write_logs(change);
	if (rc < 0)
		return rc;
	rc = remove_packed(change);
	/* Before the ref: a log without one could stand in the way of other logs for ever. */
	if (rc == 0)
		rc = gm_reflog_remove(gitdir, change->target);
	if (rc == 0)
		rc = gm_unlink(path);
	if (rc < 0) {
		undo_logs(change, change->n_logs);
		return rc;
	}
	return flush_folders(change);
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
	rc = gm_ref_read_symbolic(&head, change->refs, "HEAD");
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	change->is_head = !strcmp(gm_buf_str(&head), change->target);
	/* The log of a ref that is removed goes with it. */
	if (!gm_oid_is_zero(&change->new_oid))
		add_log(change, change->target);
	if (strcmp(change->name, change->target) != 0)
		add_log(change, change->name);
	if (change->is_head)
		add_log(change, "HEAD");
	return note_locks(change);
}

static int make_change(struct change *change)
{
	int rc = prepare(change);

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
	gm_ref_lock_dispose(&change->held_head);
	gm_ref_lock_dispose(&change->held);
	if (change->target)
		gm_ref_folders_prune(change->refs->gitdir, change->target);
	(void)gm_lock_set_note(change->lock, ""); /* one that stays does no harm */
	for (size_t i = 0; i < change->n_logs; i++)
		gm_reflog_mark_dispose(&change->logs[i].mark);
	gm_free(change->target);
}

int gm_ref_update(
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_ref_update *update)
{
	struct change change = {.refs = refs,
		.lock = lock,
		.name = update->name,
		.old_oid = update->old_oid,
		.new_oid = update->new_oid,
		.who = update->who,
		.message = update->message ? update->message : "",
		.held = GM_REF_LOCK_INIT,
		.held_head = GM_REF_LOCK_INIT};
	int rc = make_change(&change);

	end_change(&change);
	return rc;
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
	if (!gm_oid_is_zero(&change->new_oid))
		add_log(change, change->name);
	rc = note_locks(change);
	if (rc == 0)
		rc = gm_ref_lock_take(
			&change->held, change->refs, change->lock, change->target);
	return rc < 0 ? rc : write_ref(change, text, gm_path_exists(path));
}

int gm_ref_set_symbolic(struct gm_refs *refs, struct gm_lock *lock, const char *name,
	const char *target, const struct gm_signature *who, const char *message)
{
	struct change change = {.refs = refs,
		.lock = lock,
		.name = name,
		.who = who,
		.message = message ? message : "",
		.held = GM_REF_LOCK_INIT,
		.held_head = GM_REF_LOCK_INIT};
	int rc = gm_ref_check_name(name);

	if (rc == 0)
		rc = gm_ref_check_name(target);
	if (rc == 0 && (strncmp(target, "refs/", 5) != 0 || !strcmp(name, target)))
		rc = gm_error(GM_EINVALID, "'%s' cannot point to '%s'", name, target);
	if (rc < 0)
		return rc;
	rc = make_symbolic(&change, target);
	end_change(&change);
	return rc;
}
