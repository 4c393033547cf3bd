#include <string.h>

#include "base/strv.h"
#include "dag/refs_internal.h"

struct filter {
	struct gm_refs *refs;
	struct gm_lock *lock;
	const char *
		ref; /* whose log it is; with segments the only one that is meant, or NULL */
	gm_ref_log_keep_fn keep;
	void *payload;
};

static int keep_line(const struct gm_reflog_entry *entry, void *payload)
{
	const struct filter *filter = payload;

	return filter->keep(filter->ref, entry, filter->payload);
}

/* Stock git appends to a log while it holds the lock of its ref. */
static int filter_file(struct filter *filter)
{
	gm_autofree char *note = gm_format("%s.lock", filter->ref);
	gm_autoref_lock held = GM_REF_LOCK_INIT;

	if (!note)
		return GM_ENOMEM;
	gm_ref_lock_sweep(filter->refs, filter->lock);
	int rc = gm_lock_set_note(filter->lock, note);
	if (rc == 0)
		rc = gm_ref_lock_take(&held, filter->refs, filter->lock, filter->ref);
	if (rc == 0)
		rc = gm_reflog_filter(
			filter->refs->gitdir, filter->ref, keep_line, filter);
	gm_ref_lock_dispose(&held);
	(void)gm_lock_set_note(filter->lock, ""); /* one that stays does no harm */
	return rc;
}

static int add_name(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)oid;
	return gm_strv_add(payload, name);
}

static int filter_files(struct filter *filter)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_strv_add(&names, "HEAD");

	if (filter->ref)
		return filter_file(filter);
	if (rc == 0)
		rc = gm_refs_each(filter->refs, "refs/", add_name, &names);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		filter->ref = names.items[i];
		rc = filter_file(filter);
	}
	return rc;
}

static int keep_change(const struct gm_ref_change *change, void *payload)
{
	const struct filter *filter = payload;
	struct gm_reflog_entry entry = {.old_oid = change->old_oid,
		.new_oid = change->new_oid,
		.message = change->message};

	if (filter->ref && strcmp(filter->ref, change->name) != 0)
		return 1;
	entry.who.time = change->when * GM_TIME_SECOND;
	return filter->keep(change->name, &entry, filter->payload);
}

int gm_ref_logs_filter(struct gm_refs *refs, struct gm_lock *lock, const char *ref,
	gm_ref_log_keep_fn keep, void *payload)
{
	struct filter filter = {refs, lock, ref, keep, payload};

	return refs->store && gm_store_has_segments(refs->store)
		? gm_store_reflogs_filter(refs->store, keep_change, &filter)
		: filter_files(&filter);
}
