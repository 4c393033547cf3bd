#include <string.h>

#include "dag/ref_logs.h"

static int read_ref(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name)
{
	struct gm_ref_value value;
	int rc = gm_store_ref_read(&value, refs->store, name);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	out->oid = value.oid;
	out->target = value.target ? gm_strdup(value.target) : NULL;
	return value.target && !out->target ? GM_ENOMEM : 1;
}

struct listing {
	struct gm_refs *refs;
	gm_ref_each_fn each;
	void *payload;
};

static int list_ref(const char *name, const struct gm_ref_value *value, void *payload)
{
	const struct listing *list = payload;
	struct gm_oid oid = value->oid;
	int rc = strncmp(name, "refs/", 5) != 0 ? GM_ENOTFOUND : 0;

	if (rc == 0 && value->target)
		rc = gm_ref_read(&oid, NULL, list->refs, name);
	/* HEAD, or symbolic and leading nowhere. */
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == GM_EMISMATCH && list->refs->broken) {
		list->refs->broken(name, list->refs->broken_payload);
		return 0;
	}
	return rc < 0 ? rc : list->each(name, &oid, list->payload);
}

static int each_ref(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload)
{
	struct listing list = {refs, each, payload};

	return gm_store_refs_each(refs->store, prefix, list_ref, &list);
}

struct looking_below {
	const char *name;
	const struct gm_ref_group *group;
};

static int refuse_below(const char *name, const struct gm_ref_value *value, void *payload)
{
	const struct looking_below *looking = payload;

	(void)value;
	return gm_ref_group_removes(looking->group, name)
		? 0
		: gm_ref_refuse_below(looking->name);
}

/*
 * No name may be a folder on the way to another: in Git's files both could not be. What the
 * group (may be NULL) removes does not count.
 */
static int check_collision(
	const struct gm_refs *refs, const char *name, const struct gm_ref_group *group)
{
	gm_autofree char *below = gm_format("%s/", name);
	struct looking_below looking = {name, group};
	struct gm_ref_value value;

	if (!below)
		return GM_ENOMEM;
	for (char *slash = strchr(below, '/'); slash[1]; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int rc = gm_ref_group_removes(group, below)
			? GM_ENOTFOUND
			: gm_store_ref_read(&value, refs->store, below);
		if (rc == 0)
			return gm_error(GM_EEXISTS, "'%s' exists; cannot create '%s'",
				below, name);
		if (rc != GM_ENOTFOUND)
			return rc;
		*slash = '/';
	}
	return gm_store_refs_each(refs->store, below, refuse_below, &looking);
}

/* One change, and what the logs tell of it. */
struct change {
	struct gm_refs *refs;
	struct gm_batch *batch;
	const struct gm_signature *who;
	struct gm_ref_change change;
	struct gm_buf target; /* what changes, when a symbolic ref leads there */
	struct gm_buf who_text;
	struct gm_buf message;
	struct gm_ref_logs logs;
};

#define CHANGE_INIT(refs_, who_)                                                    \
	{                                                                           \
		.refs = (refs_), .who = (who_), .target = GM_BUF_INIT(GM_BUF_PATH), \
		.who_text = GM_BUF_INIT(GM_BUF_TEXT),                               \
		.message = GM_BUF_INIT(GM_BUF_TEXT)                                 \
	}

static void change_dispose(struct change *change)
{
	gm_ref_logs_dispose(&change->logs);
	gm_buf_dispose(&change->target);
	gm_buf_dispose(&change->who_text);
	gm_buf_dispose(&change->message);
}

/* What an entry of a log says besides the ids. */
static int prepare_entry(struct change *change, const char *message)
{
	const struct gm_signature *who = change->who;
	int rc = gm_buf_printf(&change->who_text, "%s <%s>", who->name, who->mail);

	if (rc == 0)
		rc = gm_reflog_put_message(&change->message, message ? message : "");
	if (rc < 0)
		return rc;
	change->change.when = who->time > 0 ? who->time / GM_TIME_SECOND : 0;
	change->change.tz_minutes = who->zone_minutes;
	change->change.message = gm_buf_str(&change->message) + !!change->message.size;
	return 0;
}

static int find_logs(struct change *change, const char *name, const char *target)
{
	gm_autobuf head = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, &head, change->refs, "HEAD");

	if (rc < 0 && rc != GM_ENOTFOUND && rc != GM_EMISMATCH)
		return rc;
	/* The log of a ref that is removed goes with it. */
	rc = gm_oid_is_zero(&change->change.new_oid)
		? 0
		: gm_ref_logs_add(&change->logs, target);
	if (rc == 0)
		rc = gm_ref_logs_add_way(&change->logs, change->refs, name, target);
	if (rc == 0 && !strcmp(gm_buf_str(&head), target))
		rc = gm_ref_logs_add_way(&change->logs, change->refs, "HEAD", target);
	return rc;
}

/* The change with its own log, if that is kept, and the entries of other refs' logs. */
static int queue(struct change *change)
{
	struct gm_ref_change entry = change->change;
	const char *who = gm_buf_str(&change->who_text);

	for (size_t i = 0; i < change->logs.n; i++)
		if (!strcmp(change->logs.items[i].ref, entry.name))
			entry.who = who;
	int rc = gm_batch_ref_update(change->batch, &entry);
	for (size_t i = 0; rc == 0 && i < change->logs.n; i++) {
		if (!strcmp(change->logs.items[i].ref, change->change.name))
			continue;
		entry.name = change->logs.items[i].ref;
		entry.target = NULL;
		entry.is_log_only = true;
		entry.who = who;
		rc = gm_batch_ref_update(change->batch, &entry);
	}
	return rc;
}

static int commit_change(struct change *change, struct gm_batch *batch)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *own = NULL;
	int rc = batch ? 0 : gm_batch_begin(&own, change->refs->store);

	change->batch = batch ? batch : own;
	if (rc == 0)
		rc = queue(change);
	return rc < 0 ? rc : gm_batch_commit(change->batch);
}

/* Find what is to change; it must be at its old id. */
static int prepare(struct change *change, const struct gm_ref_update *update,
	const struct gm_ref_group *group)
{
	char is[GM_OID_HEX], wanted[GM_OID_HEX];
	struct gm_oid oid;
	int rc = gm_ref_check_name(update->name);

	if (rc == 0)
		rc = gm_ref_read(&oid, &change->target, change->refs, update->name);
	if (rc == GM_ENOTFOUND)
		oid = gm_oid_zero;
	else if (rc < 0)
		return rc;
	change->change = (struct gm_ref_change){.name = gm_buf_str(&change->target),
		.old_oid = update->old_oid,
		.new_oid = update->new_oid};
	if (!gm_oid_equal(&oid, &update->old_oid)) {
		gm_oid_format(is, &oid);
		gm_oid_format(wanted, &update->old_oid);
		return gm_error(GM_EMODIFIED, "'%s' is at %.10s, not at %.10s",
			change->change.name, is, wanted);
	}
	if (gm_oid_is_zero(&oid) && !gm_oid_is_zero(&update->new_oid))
		rc = check_collision(change->refs, change->change.name, group);
	if ((rc < 0 && rc != GM_ENOTFOUND) || !change->who)
		return rc;
	rc = find_logs(change, update->name, change->change.name);
	return rc < 0 ? rc : prepare_entry(change, update->message);
}

static int update_ref(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *update)
{
	gm_cleanup(change_dispose) struct change change = CHANGE_INIT(refs, update->who);
	int rc = prepare(&change, update, NULL);

	(void)lock; /* the store has its own, inside of it */
	if (rc < 0)
		return rc;
	if (gm_oid_is_zero(&update->old_oid) && gm_oid_is_zero(&update->new_oid))
		return batch ? gm_batch_commit(batch) : 0;
	return commit_change(&change, batch);
}

/* Check one of many changes, and with a batch add it to that. */
static int queue_update(struct gm_refs *refs, struct gm_batch *batch,
	const struct gm_ref_update *update, const struct gm_ref_group *group)
{
	gm_cleanup(change_dispose) struct change change = CHANGE_INIT(refs, update->who);
	int rc = prepare(&change, update, group);

	change.batch = batch;
	if (rc < 0 || !batch || gm_oid_equal(&update->old_oid, &update->new_oid))
		return rc;
	return queue(&change);
}

static int queue_all(struct gm_refs *refs, struct gm_batch *batch,
	const struct gm_ref_update *updates, const struct gm_ref_group *group,
	size_t *failed_out)
{
	for (size_t i = 0; i < group->n; i++) {
		int rc = queue_update(refs, batch, &updates[i], group);
		if (rc < 0) {
			*failed_out = i;
			return rc;
		}
	}
	return 0;
}

/* All are checked before the first is queued: a batch that was given stays as it was. */
static int update_all(struct gm_refs *refs, struct gm_lock *lock, struct gm_batch *batch,
	const struct gm_ref_update *updates, const struct gm_ref_group *group,
	size_t *failed_out)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *own = NULL;
	int rc = queue_all(refs, NULL, updates, group, failed_out);

	(void)lock; /* the store has its own, inside of it */
	if (rc == 0 && !batch)
		rc = gm_batch_begin(&own, refs->store);
	if (rc == 0)
		rc = queue_all(refs, batch ? batch : own, updates, group, failed_out);
	return rc < 0 ? rc : gm_batch_commit(batch ? batch : own);
}

static int read_or_zero(struct gm_oid *out, struct gm_refs *refs, const char *name)
{
	int rc = gm_ref_read(out, NULL, refs, name);

	if (rc == 0 || (rc != GM_ENOTFOUND && rc != GM_EMISMATCH))
		return rc;
	*out = gm_oid_zero;
	return 0;
}

static int set_symbolic(struct gm_refs *refs, struct gm_lock *lock, const char *name,
	const char *target, const struct gm_signature *who, const char *message)
{
	gm_cleanup(change_dispose) struct change change = CHANGE_INIT(refs, who);
	int rc = check_collision(refs, name, NULL);

	(void)lock;
	change.change = (struct gm_ref_change){.name = name, .target = target};
	if (rc == 0)
		rc = read_or_zero(&change.change.old_oid, refs, name);
	if (rc == 0)
		rc = read_or_zero(&change.change.new_oid, refs, target);
	/* As in git, going to a branch without a commit leaves no trace. */
	if (rc == 0 && who && !gm_oid_is_zero(&change.change.new_oid)) {
		rc = gm_ref_logs_add(&change.logs, name);
		if (rc == 0)
			rc = prepare_entry(&change, message);
	}
	return rc < 0 ? rc : commit_change(&change, NULL);
}

struct reading {
	gm_reflog_each_fn each;
	void *payload;
};

static int read_entry(const struct gm_ref_change *change, void *payload)
{
	const struct reading *reading = payload;
	gm_autosignature who = GM_SIGNATURE_INIT;
	struct gm_reflog_entry entry = {.old_oid = change->old_oid,
		.new_oid = change->new_oid,
		.message = change->message};
	int rc = gm_signature_parse(&who, change->who, strlen(change->who));

	if (rc < 0)
		return rc;
	if (change->when > 0 && change->when <= INT64_MAX / GM_TIME_SECOND)
		who.time = change->when * GM_TIME_SECOND;
	who.zone_minutes = change->tz_minutes;
	entry.who = who; /* lent */
	return reading->each(&entry, reading->payload);
}

static int log_each(
	struct gm_refs *refs, const char *ref, gm_reflog_each_fn each, void *payload)
{
	struct reading reading = {each, payload};

	return gm_store_reflog_each(refs->store, ref, read_entry, &reading);
}

/* The entries of a log, newest first. */
struct entries {
	struct gm_ref_change *items; /* their texts are gm_free() */
	size_t n;
	size_t cap;
};

static char *text_of(const char *lent)
{
	return (char *)(uintptr_t)lent;
}

static void entries_dispose(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		gm_free(text_of(entries->items[i].who));
		gm_free(text_of(entries->items[i].message));
	}
	gm_free(entries->items);
}

static int keep_entry(const struct gm_ref_change *change, void *payload)
{
	struct entries *entries = payload;
	int rc = gm_grow(
		&entries->items, &entries->cap, entries->n + 1, sizeof(*entries->items));

	if (rc < 0)
		return rc;
	struct gm_ref_change *entry = &entries->items[entries->n++];
	*entry = *change;
	entry->target = NULL;
	entry->is_log_only = true;
	entry->who = gm_strdup(change->who);
	entry->message = gm_strdup(change->message);
	return entry->who && entry->message ? 0 : GM_ENOMEM;
}

/* The log as it was, under its new name. */
static int queue_log(struct gm_batch *batch, struct entries *entries, const char *name)
{
	int rc = 0;

	for (size_t i = entries->n; rc == 0 && i-- > 0;) {
		entries->items[i].name = name;
		rc = gm_batch_ref_update(batch, &entries->items[i]);
	}
	return rc;
}

/* The new ref with an entry of its log, HEAD, and the end of the old one. */
static int queue_names(struct gm_batch *batch, const struct gm_ref_renaming *renaming)
{
	gm_cleanup(change_dispose) struct change change =
		CHANGE_INIT(NULL, renaming->who);
	const struct gm_ref_change make = {
		.name = renaming->to, .new_oid = renaming->oid};
	const struct gm_ref_change head = {.name = "HEAD", .target = renaming->to};
	const struct gm_ref_change drop = {
		.name = renaming->from, .old_oid = renaming->oid};
	int rc = prepare_entry(&change, renaming->message);
	struct gm_ref_change *entry = &change.change;

	entry->name = renaming->to;
	entry->old_oid = entry->new_oid = renaming->oid;
	entry->who = gm_buf_str(&change.who_text);
	entry->is_log_only = true;
	if (rc == 0)
		rc = gm_batch_ref_update(batch, &make);
	if (rc == 0)
		rc = gm_batch_ref_update(batch, entry);
	if (rc == 0 && renaming->moves_head)
		rc = gm_batch_ref_update(batch, &head);
	return rc < 0 ? rc : gm_batch_ref_update(batch, &drop);
}

static int check_free(const struct gm_refs *refs, const char *name)
{
	struct gm_ref_value value;
	int rc = gm_store_ref_read(&value, refs->store, name);

	if (rc == 0)
		return gm_error(GM_EEXISTS, "'%s' exists already", name);
	return rc == GM_ENOTFOUND ? check_collision(refs, name, NULL) : rc;
}

static int rename_ref(struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_ref_renaming *renaming)
{
	gm_cleanup(entries_dispose) struct entries entries = {.n = 0};
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	int rc = check_free(refs, renaming->to);

	(void)lock; /* the store has its own, inside of it */
	if (rc == 0)
		rc = gm_store_reflog_each(
			refs->store, renaming->from, keep_entry, &entries);
	if (rc == 0)
		rc = gm_batch_begin(&batch, refs->store);
	if (rc == 0)
		rc = queue_log(batch, &entries, renaming->to);
	if (rc == 0)
		rc = queue_names(batch, renaming);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

const struct gm_ref_backend gm_ref_segments = {
	.read = read_ref,
	.each = each_ref,
	.update = update_ref,
	.update_all = update_all,
	.set_symbolic = set_symbolic,
	.log_each = log_each,
	.rename = rename_ref,
};
