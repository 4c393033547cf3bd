#include <stdio.h>
#include <string.h>

#include "base/strv.h"
#include "dag/repair_internal.h"

#define KEEP_BELOW "refs/gitmem/rescue/"

struct moving {
	const struct gm_repair *repair;
	struct gm_repo *repo;
	struct gm_lock *lock;
	const struct gm_signature *who;
	struct gm_history history;
};

/* What a ref needs of a commit. */
typedef int (*needs_fn)(struct gm_history *history, const struct gm_oid *commit);

/* 1 when what a ref names can be used: a commit that has what is needed, or anything else. */
static int is_usable(struct moving *moving, const struct gm_oid *oid, needs_fn needs)
{
	struct gm_oid peeled;
	enum gm_object_type type;
	int rc = gm_object_peel(&peeled, &type, gm_repo_store(moving->repo), oid);

	if (rc < 0)
		return gm_repair_must_stop(rc) ? rc : 0;
	return type == GM_OBJECT_COMMIT ? needs(&moving->history, &peeled) : 1;
}

struct search {
	struct moving *moving;
	needs_fn needs;
	struct gm_oid found;
	bool has_found;
};

static int try_id(struct search *search, const struct gm_oid *oid)
{
	int rc = gm_oid_is_zero(oid) ? 0 : is_usable(search->moving, oid, search->needs);

	if (rc <= 0)
		return rc;
	search->found = *oid;
	search->has_found = true;
	return 1;
}

static int try_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct search *search = payload;
	int rc = try_id(search, &entry->new_oid);

	return rc ? rc : try_id(search, &entry->old_oid);
}

static int find_entry(struct search *search, const char *name, needs_fn needs)
{
	search->needs = needs;
	int rc = gm_ref_log_each(
		gm_repo_refs(search->moving->repo), name, try_entry, search);

	return gm_repair_must_stop(rc) ? rc : 0;
}

/*
 * The newest entry of the log whose history is whole. Where there is none it is better to have
 * the tip without its history than nothing.
 */
static int find_place(struct search *search, const char *name, const struct gm_oid *old)
{
	int rc = find_entry(search, name, gm_history_is_whole);

	if (rc < 0 || search->has_found)
		return rc;
	rc = is_usable(search->moving, old, gm_history_has_tip);
	if (rc > 0) {
		search->found = *old;
		search->has_found = true;
	}
	return rc == 0 ? find_entry(search, name, gm_history_has_tip) : rc < 0 ? rc : 0;
}

/* A name for what the ref was; one that has the same value already is taken. */
static int kept_ref(struct gm_buf *out, struct moving *moving, const char *name,
	const struct gm_oid *old)
{
	struct gm_oid oid;

	for (unsigned i = 1; i < 1000; i++) {
		gm_buf_reset(out);
		int rc = gm_buf_printf(out, KEEP_BELOW "%s",
			strncmp(name, "refs/", 5) ? name : name + 5);
		if (rc == 0 && i > 1)
			rc = gm_buf_printf(out, "-%u", i);
		if (rc == 0)
			rc = gm_ref_read(
				&oid, NULL, gm_repo_refs(moving->repo), gm_buf_str(out));
		if (rc != 0 || gm_oid_equal(&oid, old))
			return rc;
	}
	return gm_error(GM_EEXISTS, "no name is left to keep '%s' under", name);
}

static int keep_old(struct gm_buf *out, struct moving *moving, const char *name,
	const struct gm_oid *old)
{
	struct gm_ref_update update = {
		.new_oid = *old, .who = moving->who, .message = "fsck --repair: kept"};
	int exists = gm_store_exists(gm_repo_store(moving->repo), old);

	if (exists <= 0)
		return gm_repair_must_stop(exists) ? exists : 0;
	int rc = kept_ref(out, moving, name, old);
	if (rc != GM_ENOTFOUND)
		return rc;
	update.name = gm_buf_str(out);
	return gm_ref_update(gm_repo_refs(moving->repo), moving->lock, &update);
}

static int tell(const struct moving *moving, const char *name, const char *kept,
	const struct gm_oid *old, const struct gm_oid *new)
{
	char from[GM_OID_HEX];
	char to[GM_OID_HEX];

	gm_oid_format(from, old);
	gm_oid_format(to, new);
	gm_autofree char *text = gm_oid_is_zero(new)
		? gm_format("it was removed: what it led to (%s) is not whole", from)
		: gm_format("it was moved from %s to %s", from, to);
	const struct gm_repair_note note = {.kind = GM_REPAIR_REF,
		.subject = name,
		.message = text,
		.kept = kept,
		.is_loss = true};
	return text ? moving->repair->tell(&note, moving->repair->payload) : GM_ENOMEM;
}

static int move(struct moving *moving, const char *name, const struct gm_oid *old)
{
	struct search search = {.moving = moving};
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_ref_update update = {.name = name,
		.old_oid = *old,
		.who = moving->who,
		.message = "fsck --repair: back to what is whole"};
	int rc = find_place(&search, name, old);

	update.new_oid = search.has_found ? search.found : gm_oid_zero;
	if (rc < 0 || gm_oid_equal(&update.old_oid, &update.new_oid))
		return rc;
	rc = keep_old(&kept, moving, name, old);
	if (rc < 0)
		return rc;
	rc = gm_ref_update(gm_repo_refs(moving->repo), moving->lock, &update);
	return rc < 0 ? rc
		      : tell(moving, name, kept.size ? gm_buf_str(&kept) : NULL, old,
				&update.new_oid);
}

struct ref {
	struct gm_oid oid;
	char *name;
};

struct refs {
	struct ref *items;
	size_t n;
	size_t cap;
};

static void refs_dispose(struct refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		gm_free(refs->items[i].name);
	gm_free(refs->items);
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct refs *refs = payload;
	gm_autofree char *copy = gm_strdup(name);
	int rc = copy
		? gm_grow(&refs->items, &refs->cap, refs->n + 1, sizeof(*refs->items))
		: GM_ENOMEM;

	if (rc == 0)
		refs->items[refs->n++] = (struct ref){*oid, gm_steal(&copy)};
	return rc;
}

/* Symbolic ones and those we keep are left alone. */
static int repair_ref(struct moving *moving, const char *name, const struct gm_oid *oid)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);

	if (!strncmp(name, KEEP_BELOW, sizeof(KEEP_BELOW) - 1) ||
		gm_ref_read_symbolic(&target, gm_repo_refs(moving->repo), name) == 0)
		return 0;
	int rc = is_usable(moving, oid, gm_history_is_whole);
	return rc == 0 ? move(moving, name, oid) : rc < 0 ? rc : 0;
}

/* A branch for HEAD to be on: main, else the first one there is. */
static int some_branch(struct gm_buf *out, const struct refs *refs)
{
	const char *name = "refs/heads/main";

	for (size_t i = refs->n; i-- > 0;)
		if (!strncmp(refs->items[i].name, "refs/heads/", 11) &&
			strcmp(name, refs->items[i].name) != 0)
			name = refs->items[i].name;
	for (size_t i = 0; i < refs->n; i++)
		if (!strcmp(refs->items[i].name, "refs/heads/main"))
			name = refs->items[i].name;
	return gm_buf_puts(out, name);
}

static int point_head(struct moving *moving, const struct refs *refs)
{
	gm_autobuf branch = GM_BUF_INIT(GM_BUF_PATH);
	int rc = some_branch(&branch, refs);

	if (rc == 0)
		rc = gm_ref_set_symbolic(gm_repo_refs(moving->repo), moving->lock, "HEAD",
			gm_buf_str(&branch), moving->who,
			"fsck --repair: back to a branch");
	if (rc < 0)
		return rc;
	const struct gm_repair_note note = {.kind = GM_REPAIR_REF,
		.subject = "HEAD",
		.message = "it could not be used, and is on a branch now"};
	return moving->repair->tell(&note, moving->repair->payload);
}

/* Symbolic as it should be, or at a commit that is whole. */
static int repair_head(struct moving *moving, const struct refs *refs)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_refs *all = gm_repo_refs(moving->repo);
	struct gm_oid oid;
	int rc = gm_ref_read_symbolic(&target, all, "HEAD");

	if (rc == 0)
		return strncmp(gm_buf_str(&target), "refs/heads/", 11)
			? point_head(moving, refs)
			: 0;
	if (rc == GM_ENOTFOUND)
		rc = gm_ref_read(&oid, NULL, all, "HEAD");
	if (rc == 0)
		rc = is_usable(moving, &oid, gm_history_is_whole);
	if (gm_repair_must_stop(rc))
		return rc;
	return rc > 0 ? 0 : point_head(moving, refs);
}

int gm_repair_refs(const struct gm_repair *repair, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_signature *who)
{
	struct moving moving = {.repair = repair,
		.repo = repo,
		.lock = lock,
		.who = who,
		.history = GM_HISTORY_INIT(gm_repo_store(repo))};
	gm_cleanup(refs_dispose) struct refs refs = {.items = NULL};
	int rc = gm_refs_each(gm_repo_refs(repo), "refs/", add_ref, &refs);

	for (size_t i = 0; rc == 0 && i < refs.n; i++)
		rc = repair_ref(&moving, refs.items[i].name, &refs.items[i].oid);
	if (rc == 0)
		rc = repair_head(&moving, &refs);
	gm_history_dispose(&moving.history);
	return rc;
}
