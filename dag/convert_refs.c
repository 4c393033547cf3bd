#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/strv.h"
#include "dag/convert_internal.h"
#include "dag/reflog.h"
#include "dag/refs_internal.h"

/* A group takes some megabytes of changes. */
#define CHANGES_PER_GROUP 500

/* Changes of refs on their way into segments, group by group. */
struct changes {
	struct gm_store *store;
	struct gm_batch *batch; /* NULL when nothing waits */
	size_t n;
};

static int flush(struct changes *changes)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = gm_steal(&changes->batch);

	changes->n = 0;
	return batch ? gm_batch_commit(batch) : 0;
}

static int put(struct changes *changes, const struct gm_ref_change *change)
{
	int rc = 0;

	if (changes->n == CHANGES_PER_GROUP)
		rc = flush(changes);
	if (rc == 0 && !changes->batch)
		rc = gm_batch_begin(&changes->batch, changes->store);
	changes->n++;
	return rc < 0 ? rc : gm_batch_ref_update(changes->batch, change);
}

/* An error leaves what waits behind. */
static void dispose(struct changes *changes)
{
	gm_batch_free(changes->batch);
}

static bool is_same(const struct gm_ref_item *a, const struct gm_ref_item *b)
{
	if (!a || !b || !a->target != !b->target)
		return false;
	return a->target ? !strcmp(a->target, b->target) : gm_oid_equal(&a->oid, &b->oid);
}

int gm_convert_put_refs(struct gm_store *store, const struct gm_ref_list *list)
{
	gm_cleanup(dispose) struct changes changes = {.store = store};
	gm_autoref_list now = GM_REF_LIST_INIT;
	int rc = gm_ref_list_read_store(&now, store);

	for (size_t i = 0; rc == 0 && i < now.n; i++) {
		const struct gm_ref_item *item = &now.items[i];
		const struct gm_ref_change change = {
			.name = item->name, .old_oid = item->oid};
		if (!gm_ref_list_find(list, item->name))
			rc = put(&changes, &change);
	}
	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		const struct gm_ref_item *item = &list->items[i];
		const struct gm_ref_item *old = gm_ref_list_find(&now, item->name);
		const struct gm_ref_change change = {.name = item->name,
			.old_oid = old && !item->target ? old->oid : gm_oid_zero,
			.new_oid = item->target ? gm_oid_zero : item->oid,
			.target = item->target};
		if (!is_same(item, old))
			rc = put(&changes, &change);
	}
	return rc < 0 ? rc : flush(&changes);
}

/* The entries of a log, newest first. */
struct entries {
	struct gm_ref_change *items; /* their texts are gm_free() */
	size_t n;
	size_t cap;
};

static void entries_dispose(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		gm_free((char *)(uintptr_t)entries->items[i].who);
		gm_free((char *)(uintptr_t)entries->items[i].message);
	}
	gm_free(entries->items);
}

static int keep(struct entries *entries, const struct gm_ref_change *change)
{
	int rc = gm_grow(
		&entries->items, &entries->cap, entries->n + 1, sizeof(*entries->items));

	if (rc < 0)
		return rc;
	struct gm_ref_change *entry = &entries->items[entries->n++];
	*entry = *change;
	entry->who = gm_strdup(change->who);
	entry->message = gm_strdup(change->message);
	return entry->who && entry->message ? 0 : GM_ENOMEM;
}

static int keep_line(const struct gm_reflog_entry *entry, void *payload)
{
	gm_autofree char *who = gm_format("%s <%s>", entry->who.name, entry->who.mail);
	const struct gm_ref_change change = {.old_oid = entry->old_oid,
		.new_oid = entry->new_oid,
		.is_log_only = true,
		.who = who,
		.when = entry->who.time / GM_TIME_SECOND,
		.tz_minutes = entry->who.zone_minutes,
		.message = entry->message};

	return who ? keep(payload, &change) : GM_ENOMEM;
}

int gm_convert_put_log(struct gm_store *store, const char *gitdir, const char *name)
{
	gm_cleanup(dispose) struct changes changes = {.store = store};
	gm_cleanup(entries_dispose) struct entries entries = {.n = 0};
	int rc = gm_reflog_each(gitdir, name, keep_line, &entries);

	for (size_t i = entries.n; rc == 0 && i-- > 0;) {
		entries.items[i].name = name;
		rc = put(&changes, &entries.items[i]);
	}
	return rc < 0 ? rc : flush(&changes);
}

static int keep_change(const struct gm_ref_change *change, void *payload)
{
	return keep(payload, change);
}

static int put_line(struct gm_buf *out, const struct gm_ref_change *entry)
{
	char old_hex[GM_OID_HEX];
	char new_hex[GM_OID_HEX];
	int zone = entry->tz_minutes;
	int distance = zone < 0 ? -zone : zone;
	const char *message = entry->message ? entry->message : "";

	gm_oid_format(old_hex, &entry->old_oid);
	gm_oid_format(new_hex, &entry->new_oid);
	return gm_buf_printf(out, "%s %s %s %lld %c%02d%02d%s%s\n", old_hex, new_hex,
		entry->who, (long long)entry->when, zone < 0 ? '-' : '+', distance / 60,
		distance % 60, *message ? "\t" : "", message);
}

static int write_file(const char *gitdir, const char *name, const struct gm_buf *text)
{
	gm_autofree char *path = gm_path_join(gitdir, name);
	int rc = path ? gm_mkdirs_for(path) : GM_ENOMEM;

	return rc < 0 ? rc : gm_file_write(path, gm_buf_str(text), text->size);
}

static int write_log(const char *gitdir, struct gm_store *store, const char *ref)
{
	gm_cleanup(entries_dispose) struct entries entries = {.n = 0};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *name = gm_format("logs/%s", ref);
	gm_autofree char *path = name ? gm_path_join(gitdir, name) : NULL;
	int rc = path ? gm_store_reflog_each(store, ref, keep_change, &entries)
		      : GM_ENOMEM;

	for (size_t i = entries.n; rc == 0 && i-- > 0;)
		rc = put_line(&text, &entries.items[i]);
	if (rc < 0)
		return rc;
	return entries.n ? write_file(gitdir, name, &text) : gm_unlink(path);
}

/* HEAD, others beside it, and symbolic refs: what `packed-refs` does not hold. */
static int write_loose(const char *gitdir, const struct gm_ref_item *item)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];

	gm_oid_format(hex, &item->oid);
	int rc = gm_buf_printf(&text, "%s%s\n", item->target ? "ref: " : "",
		item->target ? item->target : hex);
	return rc < 0 ? rc : write_file(gitdir, item->name, &text);
}

static int make_folders(const char *gitdir)
{
	static const char *const folders[] = {
		"objects/info", "objects/pack", "refs/heads", "refs/tags", "logs/refs"};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(folders) / sizeof(*folders); i++) {
		gm_autofree char *path = gm_path_join(gitdir, folders[i]);
		rc = path ? gm_mkdirs(path) : GM_ENOMEM;
	}
	return rc;
}

/* Files that an earlier conversion left, and that would count more than `packed-refs`. */
static int remove_loose(const char *gitdir)
{
	gm_autoref_list list = GM_REF_LIST_INIT;
	int rc = gm_ref_list_read_files(&list, gitdir, false);

	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		gm_autofree char *path = gm_path_join(gitdir, list.items[i].name);
		rc = path ? 0 : GM_ENOMEM;
		if (rc == 0 && list.items[i].has_file)
			rc = gm_unlink(path);
	}
	return rc;
}

/* The folders of logs, each with those below it behind it. */
struct folders {
	struct gm_strv paths;
	const char *path; /* the one that is looked at */
};

static int remove_log(const char *name, void *payload)
{
	struct folders *folders = payload;
	gm_autofree char *path = gm_path_join(folders->path, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return gm_strv_add(&folders->paths, path);
	return gm_unlink(path);
}

/* Also those that an earlier conversion left of refs that are gone since. */
static int remove_logs(const char *gitdir)
{
	struct folders folders = {.paths = GM_STRV_INIT};
	gm_autofree char *logs = gm_path_join(gitdir, "logs");
	int rc = logs ? gm_strv_add(&folders.paths, logs) : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < folders.paths.n; i++) {
		folders.path = folders.paths.items[i];
		rc = gm_dir_each(folders.path, remove_log, &folders);
	}
	gm_strv_dispose(&folders.paths);
	return rc;
}

int gm_convert_write_refs(
	const char *gitdir, const struct gm_ref_list *list, struct gm_store *store)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *refs = gm_path_join(gitdir, "refs");
	int rc = refs ? make_folders(gitdir) : GM_ENOMEM;

	if (rc == 0)
		rc = remove_loose(gitdir);
	if (rc == 0)
		rc = remove_logs(gitdir);
	/* None may come back, those that were removed earlier neither: it would count. */
	if (rc == 0)
		rc = gm_ref_folders_flush(refs);
	/* HEAD comes first: by it gm_convert_settle() sees that this was begun. */
	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		const struct gm_ref_item *item = &list->items[i];
		rc = write_log(gitdir, store, item->name);
		if (rc == 0 && (item->target || strncmp(item->name, "refs/", 5) != 0))
			rc = write_loose(gitdir, item);
	}
	if (rc == 0)
		rc = gm_ref_list_put_packed(&text, list, store);
	return rc < 0 ? rc : write_file(gitdir, "packed-refs", &text);
}
