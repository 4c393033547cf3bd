#include "dag/ref_logs.h"

#include <string.h>

int gm_ref_logs_add(struct gm_ref_logs *logs, const char *ref)
{
	if (!gm_reflog_is_kept(ref))
		return 0;
	for (size_t i = 0; i < logs->n; i++)
		if (!strcmp(logs->items[i].ref, ref))
			return 0;
	if (logs->n == GM_REF_LOGS_MAX)
		return gm_error(
			GM_ETOOBIG, "too many symbolic refs, the last is '%s'", ref);
	struct gm_ref_log *log = &logs->items[logs->n];
	*log = (struct gm_ref_log){.ref = gm_strdup(ref), .held = GM_REF_LOCK_INIT};
	if (!log->ref)
		return GM_ENOMEM;
	logs->n++;
	return 0;
}

int gm_ref_logs_add_way(struct gm_ref_logs *logs, struct gm_refs *refs, const char *name,
	const char *target)
{
	gm_autofree char *at = gm_strdup(name);

	if (!at)
		return GM_ENOMEM;
	for (int steps = 0; steps < GM_REF_LINKS_MAX && strcmp(at, target) != 0;
		steps++) {
		gm_autobuf next = GM_BUF_INIT(GM_BUF_PATH);
		int rc = gm_ref_logs_add(logs, at);
		if (rc == 0)
			rc = gm_ref_read_symbolic(&next, refs, at);
		if (rc < 0)
			return rc;
		gm_free(at);
		at = gm_strdup(gm_buf_str(&next));
		if (!at)
			return GM_ENOMEM;
	}
	return 0;
}

int gm_ref_logs_put_locks(
	struct gm_buf *out, const struct gm_ref_logs *logs, const char *target)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < logs->n; i++)
		if (strcmp(logs->items[i].ref, target) != 0)
			rc = gm_buf_printf(out, " %s.lock", logs->items[i].ref);
	return rc;
}

int gm_ref_logs_lock(struct gm_ref_logs *logs, const struct gm_refs *refs,
	struct gm_lock *lock, const char *target)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < logs->n; i++) {
		struct gm_ref_log *log = &logs->items[i];
		if (strcmp(log->ref, target) != 0)
			rc = gm_ref_lock_take(&log->held, refs, lock, log->ref);
	}
	return rc;
}

static void undo(const struct gm_ref_logs *logs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gm_reflog_go_back(&logs->items[i].mark);
}

int gm_ref_logs_write(
	struct gm_ref_logs *logs, const char *gitdir, const struct gm_reflog_entry *entry)
{
	for (size_t i = 0; i < logs->n; i++) {
		struct gm_ref_log *log = &logs->items[i];
		int rc = gm_reflog_mark(&log->mark, gitdir, log->ref);
		if (rc == 0)
			rc = gm_reflog_append(gitdir, log->ref, &entry->old_oid,
				&entry->new_oid, &entry->who, entry->message);
		if (rc < 0) {
			undo(logs, i);
			return rc;
		}
	}
	return 0;
}

void gm_ref_logs_undo(const struct gm_ref_logs *logs)
{
	undo(logs, logs->n);
}

void gm_ref_logs_dispose(struct gm_ref_logs *logs)
{
	for (size_t i = 0; i < logs->n; i++) {
		gm_ref_lock_dispose(&logs->items[i].held);
		gm_reflog_mark_dispose(&logs->items[i].mark);
		gm_free(logs->items[i].ref);
	}
	logs->n = 0;
}
