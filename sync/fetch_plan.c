#include "sync/fetch_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/remote.h"

static void item_dispose(struct gm_fetch_item *item)
{
	gm_free(item->remote_ref);
	gm_free(item->local_ref);
}

void gm_fetch_plan_dispose(struct gm_fetch_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		item_dispose(&plan->items[i]);
	gm_free(plan->items);
}

/* The texts are copied; either may be NULL. */
static int add(struct gm_fetch_plan *plan, const char *remote_ref, const char *local_ref,
	const struct gm_fetch_item *more)
{
	int rc = gm_grow(&plan->items, &plan->cap, plan->n + 1, sizeof(*plan->items));
	struct gm_fetch_item item = *more;

	if (rc < 0)
		return rc;
	item.remote_ref = remote_ref ? gm_strdup(remote_ref) : NULL;
	item.local_ref = local_ref ? gm_strdup(local_ref) : NULL;
	plan->items[plan->n++] = item;
	return (remote_ref && !item.remote_ref) || (local_ref && !item.local_ref)
		? GM_ENOMEM
		: 0;
}

/* Where tags are at the remote. */
static const char *tags_at(const struct gm_remote *remote)
{
	return remote->is_attached ? "refs/gitmem/tags/" : "refs/tags/";
}

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Every ref of the remote that the pattern fits. */
static int plan_pattern(struct gm_fetch_plan *plan,
	const struct gm_fetch_planning *planning, const struct gm_refspec *spec)
{
	gm_autobuf local = GM_BUF_INIT(GM_BUF_PATH);
	int rc = 0;

	plan->is_tracking = true;
	for (size_t i = 0; rc == 0 && i < planning->advertisement->n; i++) {
		const struct gm_advertised_ref *ref = &planning->advertisement->refs[i];
		gm_buf_reset(&local);
		rc = gm_refspec_map(&local, spec, ref->name);
		if (rc <= 0)
			continue;
		const struct gm_fetch_item item = {
			.oid = ref->oid, .is_forced = spec->is_forced};
		rc = add(plan, ref->name, gm_buf_str(&local), &item);
	}
	return rc < 0 ? rc : 0;
}

/* The remote's ref that a short name stands for, as gitrevisions(7) has it; NULL: none. */
static const struct gm_advertised_ref *find_source(
	const struct gm_fetch_planning *planning, const char *name)
{
	static const char *const ways[] = {"%s", "refs/%s", "refs/tags/%s",
		"refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"};
	static const char *const attached[] = {
		"refs/gitmem/heads/%s", "refs/gitmem/tags/%s", "refs/gitmem/%s"};
	bool is_attached = planning->request->remote->is_attached;
	const char *const *at = is_attached ? attached : ways;
	size_t n = is_attached ? 3 : 6;

	for (size_t i = 0; i < n; i++) {
		const char *place = strchr(at[i], '%');
		gm_autofree char *full = gm_format(
			"%.*s%s%s", (int)(place - at[i]), at[i], name, place + 2);
		const struct gm_advertised_ref *ref = full
			? gm_advertisement_find(planning->advertisement, full)
			: NULL;
		if (ref)
			return ref;
	}
	return is_attached ? gm_advertisement_find(planning->advertisement, name) : NULL;
}

/* What a target stands for: a full name, or that of a branch. */
static int put_target(struct gm_buf *out, const char *target)
{
	if (begins_with(target, "refs/"))
		return gm_buf_puts(out, target);
	if (begins_with(target, "heads/") || begins_with(target, "tags/") ||
		begins_with(target, "remotes/"))
		return gm_buf_printf(out, "refs/%s", target);
	return gm_buf_printf(out, "refs/heads/%s", target);
}

/* One ref without a target is tracked where it always is. */
static int put_tracking(struct gm_buf *out, bool *is_forced,
	const struct gm_fetch_planning *planning, const char *remote_ref)
{
	const struct gm_remote *remote = planning->request->remote;

	for (size_t i = 0; i < remote->n_fetch; i++) {
		int rc = gm_refspec_map(out, &remote->fetch[i], remote_ref);
		if (rc)
			*is_forced = remote->fetch[i].is_forced;
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return 0;
}

static int plan_one(struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning,
	const struct gm_refspec *spec)
{
	const char *source = *spec->source ? spec->source : "HEAD";
	const struct gm_advertised_ref *ref = find_source(planning, source);
	struct gm_fetch_item item = {.is_forced = spec->is_forced};
	gm_autobuf local = GM_BUF_INIT(GM_BUF_PATH);
	int rc;

	if (!ref)
		return gm_error(GM_ENOTFOUND, "the remote has no ref '%s'", source);
	item.oid = ref->oid;
	if (spec->target && *spec->target)
		rc = put_target(&local, spec->target);
	else
		rc = put_tracking(&local, &item.is_forced, planning, ref->name);
	if (rc < 0)
		return rc;
	plan->is_tracking |= spec->target && *spec->target;
	return add(plan, ref->name, local.size ? local.ptr : NULL, &item);
}

static int plan_spec(struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning,
	const struct gm_refspec *spec)
{
	return spec->is_pattern ? plan_pattern(plan, planning, spec)
				: plan_one(plan, planning, spec);
}

static int plan_text(struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning,
	const char *text)
{
	gm_autorefspec spec = GM_REFSPEC_INIT;
	int rc = gm_refspec_parse(&spec, text);

	return rc < 0 ? rc : plan_spec(plan, planning, &spec);
}

/* The remote's own refspecs, where none were given. One that names what is gone is let pass. */
static int plan_remote(
	struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning)
{
	const struct gm_remote *remote = planning->request->remote;
	int rc = 0;

	if (!remote->n_fetch)
		return planning->advertisement->n ? plan_text(plan, planning, "HEAD") : 0;
	for (size_t i = 0; rc == 0 && i < remote->n_fetch; i++)
		rc = plan_spec(plan, planning, &remote->fetch[i]);
	return rc;
}

static int plan_all_tags(
	struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning)
{
	gm_autofree char *text =
		gm_format("%s*:refs/tags/*", tags_at(planning->request->remote));

	return text ? plan_text(plan, planning, text) : GM_ENOMEM;
}

static int compare_items(const void *a, const void *b)
{
	const struct gm_fetch_item *const *x = a, *const *y = b;

	return strcmp((*x)->local_ref, (*y)->local_ref);
}

static bool is_same(const struct gm_fetch_item *a, const struct gm_fetch_item *b)
{
	return a->remote_ref && b->remote_ref && !strcmp(a->remote_ref, b->remote_ref);
}

/* A ref of ours that is named twice: once is enough where it is the same, else it is refused. */
static int drop_doubles(struct gm_fetch_plan *plan)
{
	gm_autofree struct gm_fetch_item **sorted =
		gm_calloc(plan->n + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return GM_ENOMEM;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].local_ref)
			sorted[n++] = &plan->items[i];
	qsort(sorted, n, sizeof(struct gm_fetch_item *), compare_items);
	for (size_t i = 1; i < n; i++) {
		if (compare_items(&sorted[i - 1], &sorted[i]) != 0)
			continue;
		if (!is_same(sorted[i - 1], sorted[i]))
			return gm_error(GM_EINVALID,
				"cannot fetch both '%s' and '%s' to '%s'",
				sorted[i - 1]->remote_ref, sorted[i]->remote_ref,
				sorted[i]->local_ref);
		sorted[i]->is_forced |= sorted[i - 1]->is_forced;
		item_dispose(sorted[i - 1]);
		*sorted[i - 1] = (struct gm_fetch_item){.remote_ref = NULL};
	}
	n = 0;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].remote_ref)
			plan->items[n++] = plan->items[i];
	plan->n = n;
	return 0;
}

struct pruning {
	struct gm_fetch_plan *plan;
	const struct gm_fetch_planning *planning;
	const struct gm_refspec *spec;
};

static int prune_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct pruning *pruning = payload;
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	const struct gm_fetch_item item = {.is_forced = true};
	int rc = gm_refspec_map_back(&remote_ref, pruning->spec, name);

	(void)oid;
	if (rc <= 0)
		return rc;
	if (gm_advertisement_find(
		    pruning->planning->advertisement, gm_buf_str(&remote_ref)))
		return 0;
	/* "origin/HEAD" is ours, and leads to another. */
	rc = gm_ref_read_symbolic(&target, gm_repo_refs(pruning->planning->repo), name);
	if (rc == 0)
		return 0;
	return rc == GM_ENOTFOUND
		? add(pruning->plan, gm_buf_str(&remote_ref), name, &item)
		: rc;
}

static int prune_spec(struct gm_fetch_plan *plan,
	const struct gm_fetch_planning *planning, const struct gm_refspec *spec)
{
	struct pruning pruning = {plan, planning, spec};

	if (!spec->is_pattern || !spec->target || !*spec->target)
		return 0;
	gm_autofree char *prefix = gm_strndup(spec->target, strcspn(spec->target, "*"));
	return prefix
		? gm_refs_each(gm_repo_refs(planning->repo), prefix, prune_ref, &pruning)
		: GM_ENOMEM;
}

/* Of the refspecs that count for this fetch. */
static int plan_pruning(
	struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning)
{
	const struct gm_fetch_request *request = planning->request;
	int rc = 0;

	for (size_t i = 0; !request->refspecs && rc == 0 && i < request->remote->n_fetch;
		i++)
		rc = prune_spec(plan, planning, &request->remote->fetch[i]);
	for (size_t i = 0; request->refspecs && rc == 0 && i < request->refspecs->n;
		i++) {
		gm_autorefspec spec = GM_REFSPEC_INIT;
		rc = gm_refspec_parse(&spec, request->refspecs->items[i]);
		if (rc == 0)
			rc = prune_spec(plan, planning, &spec);
	}
	return rc;
}

static int make(struct gm_fetch_plan *plan, const struct gm_fetch_planning *planning)
{
	const struct gm_fetch_request *request = planning->request;
	int rc = request->refspecs ? 0 : plan_remote(plan, planning);

	for (size_t i = 0; request->refspecs && rc == 0 && i < request->refspecs->n; i++)
		rc = plan_text(plan, planning, request->refspecs->items[i]);
	if (rc == 0 && request->tags == GM_FETCH_TAGS_ALL)
		rc = plan_all_tags(plan, planning);
	if (rc == 0)
		rc = drop_doubles(plan);
	return rc < 0 || !request->prune ? rc : plan_pruning(plan, planning);
}

int gm_fetch_plan_make(
	struct gm_fetch_plan *out, const struct gm_fetch_planning *planning)
{
	gm_autofetchplan plan = GM_FETCH_PLAN_INIT;
	int rc = make(&plan, planning);

	if (rc < 0)
		return rc;
	*out = plan;
	plan = (struct gm_fetch_plan)GM_FETCH_PLAN_INIT;
	return 0;
}

/* 1 when the tag is to come along. */
static int is_wanted(const struct gm_fetch_planning *planning,
	const struct gm_advertised_ref *ref, const char *local, bool with_tags)
{
	struct gm_store *store = gm_repo_store(planning->repo);
	bool is_annotated = !gm_oid_is_zero(&ref->peeled);
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, NULL, gm_repo_refs(planning->repo), local);

	if (rc != GM_ENOTFOUND)
		return rc < 0 ? rc : 0;
	rc = gm_store_exists(store, is_annotated ? &ref->peeled : &ref->oid);
	return rc <= 0 || !is_annotated || with_tags ? rc
						     : gm_store_exists(store, &ref->oid);
}

/* Names of our refs, in order; lent. */
struct names {
	const char **items;
	size_t n;
};

static void names_dispose(struct names *names)
{
	gm_free(names->items);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_planned(struct names *out, const struct gm_fetch_plan *plan)
{
	out->items = gm_calloc(plan->n + 1, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].local_ref)
			out->items[out->n++] = plan->items[i].local_ref;
	qsort(out->items, out->n, sizeof(*out->items), compare_names);
	return 0;
}

static bool contains(const struct names *names, const char *name)
{
	return bsearch(
		&name, names->items, names->n, sizeof(*names->items), compare_names);
}

int gm_fetch_plan_follow_tags(struct gm_fetch_plan *plan,
	const struct gm_fetch_planning *planning, bool with_tags)
{
	const struct gm_advertisement *advertisement = planning->advertisement;
	const char *prefix = tags_at(planning->request->remote);
	gm_cleanup(names_dispose) struct names planned = {.n = 0};

	if (planning->request->tags != GM_FETCH_TAGS_AUTO || !plan->is_tracking)
		return 0;
	int rc = list_planned(&planned, plan);
	for (size_t i = 0; rc == 0 && i < advertisement->n; i++) {
		const struct gm_advertised_ref *ref = &advertisement->refs[i];
		const struct gm_fetch_item item = {.oid = ref->oid, .is_followed = true};
		if (!begins_with(ref->name, prefix))
			continue;
		gm_autofree char *local =
			gm_format("refs/tags/%s", ref->name + strlen(prefix));
		if (!local)
			return GM_ENOMEM;
		if (gm_ref_check_name(local) < 0)
			continue;
		rc = contains(&planned, local)
			? 0
			: is_wanted(planning, ref, local, with_tags);
		if (rc > 0)
			rc = add(plan, ref->name, local, &item);
	}
	return rc;
}
