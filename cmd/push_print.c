#include "cmd/push_print.h"

#include <string.h>

#include "cmd/merge_print.h"
#include "cmd/pull_merge.h"
#include "dag/revision.h"
#include "sync/url.h"

/* How wide git makes the column of what was done. */
#define WIDTH 17

void gm_push_told_dispose(struct gm_push_told *told)
{
	json_decref(told->merges);
	told->merges = NULL;
}

/* "main" for a branch, "v1" for a tag, anything else in full. */
static const char *short_name(const char *ref)
{
	static const char *const prefixes[] = {
		"refs/heads/", "refs/tags/", "refs/remotes/"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(ref, prefixes[i], strlen(prefixes[i])))
			return ref + strlen(prefixes[i]);
	return ref;
}

static bool is_refused(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	return ref->kind == GM_PUSHED_REJECTED ||
		(ref->kind == GM_PUSHED_BEHIND && !told->dry_run);
}

/* What was done, as it stands in git's column: "[new branch]", "1a2b3c4..5d6e7f8". */
static int put_summary(struct gm_buf *out, const struct gm_push_told *told,
	const struct gm_pushed_ref *ref)
{
	struct gm_store *store = gm_repo_store(told->call->repo);
	int rc;

	switch (ref->kind) {
	case GM_PUSHED_UP_TO_DATE:
		return gm_buf_puts(out, "[up to date]");
	case GM_PUSHED_NEW:
		return gm_buf_puts(out,
			strstr(ref->remote_ref, "/tags/")            ? "[new tag]"
				: strstr(ref->remote_ref, "/heads/") ? "[new branch]"
								     : "[new reference]");
	case GM_PUSHED_FAST_FORWARD:
		rc = gm_abbreviate(out, store, &ref->old_oid);
		if (rc == 0)
			rc = gm_buf_puts(out, "..");
		return rc < 0 ? rc : gm_abbreviate(out, store, &ref->new_oid);
	case GM_PUSHED_DELETED:
		return gm_buf_puts(out, "[deleted]");
	case GM_PUSHED_RESTORED:
		return gm_buf_puts(out, "[restored]");
	case GM_PUSHED_BEHIND:
		if (told->dry_run)
			return gm_buf_puts(out, "[to be merged]");
		break;
	case GM_PUSHED_REJECTED:
		break;
	}
	return gm_buf_puts(
		out, ref->is_remote_reason ? "[remote rejected]" : "[rejected]");
}

static char mark_of(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	if (is_refused(told, ref))
		return '!';
	return ref->kind == GM_PUSHED_UP_TO_DATE      ? '='
		: ref->kind == GM_PUSHED_FAST_FORWARD ? ' '
		: ref->kind == GM_PUSHED_DELETED      ? '-'
						      : '*';
}

/* " * [new branch]      main -> main" */
static int print_ref(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	gm_autobuf summary = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = put_summary(&summary, told, ref);

	if (rc == 0)
		rc = gm_buf_printf(&line, " %c %-*s ", mark_of(told, ref), WIDTH,
			gm_buf_str(&summary));
	if (rc == 0 && ref->local)
		rc = gm_buf_printf(&line, "%s -> ", short_name(ref->local));
	if (rc == 0)
		rc = gm_buf_puts(&line, short_name(ref->remote_ref));
	if (rc == 0 && ref->reason)
		rc = gm_buf_printf(&line, " (%s)", ref->reason);
	if (rc == 0)
		rc = gm_put_safe(&safe, gm_buf_str(&line), line.size);
	if (rc == 0)
		(void)fprintf(stderr, "%s\n", gm_buf_str(&safe));
	return rc;
}

/* Refs that stay as they were are for who wants to know everything. */
static bool is_shown(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	if (!ref->remote_ref)
		return false;
	if (told->call->quiet)
		return is_refused(told, ref);
	return ref->kind != GM_PUSHED_UP_TO_DATE || told->call->verbose;
}

static int print_text(
	const struct gm_push_told *told, const struct gm_push_result *result)
{
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	bool is_begun = false, is_known = true;
	int rc = gm_url_show(&url, told->remote->given_push_url);

	for (size_t i = 0; rc == 0 && i < result->n; i++) {
		/* Of what was not even tried the call's error tells. */
		is_known = is_known && result->refs[i].remote_ref;
		if (!is_shown(told, &result->refs[i]))
			continue;
		if (!is_begun)
			(void)fprintf(stderr, "To %s\n", gm_buf_str(&url));
		is_begun = true;
		rc = print_ref(told, &result->refs[i]);
	}
	if (rc == 0 && !is_begun && is_known)
		gm_talk(told->call, "Everything up-to-date");
	return rc;
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

/* What was merged into a branch before it could be pushed; an empty list when nothing was. */
static json_t *merges_of(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	json_t *merges = ref->local ? json_object_get(told->merges, ref->local) : NULL;

	return merges ? json_incref(merges) : gm_json_array();
}

int gm_pushed_json(
	json_t **out, const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	gm_autojson *object = gm_json_object();
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = object ? gm_url_show(&url, told->remote->given_push_url) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "remote", told->remote->name);
	if (rc == 0)
		rc = gm_json_set_string(object, "url", gm_buf_str(&url));
	if (rc == 0)
		rc = gm_json_set_string(object, "local", ref->local);
	if (rc == 0)
		rc = gm_json_set_string(object, "remote_ref", ref->remote_ref);
	if (rc == 0)
		rc = set_oid(object, "old", &ref->old_oid);
	if (rc == 0)
		rc = set_oid(object, "new", &ref->new_oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "status", gm_pushed_name(ref->kind));
	if (rc == 0)
		rc = gm_json_set_string(object, "reason", ref->reason);
	if (rc == 0)
		rc = gm_json_set_string(object, "tracking", ref->tracking_ref);
	if (rc == 0)
		rc = gm_json_set(object, "merges", merges_of(told, ref));
	if (rc == 0)
		rc = gm_json_set_bool(object, "dry_run", told->dry_run);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int print_json(const struct gm_push_told *told, const struct gm_pushed_ref *ref)
{
	json_t *object = NULL;
	int rc = gm_pushed_json(&object, told, ref);

	return rc < 0 ? rc : gm_print_json(object);
}

static int merge_to_json(json_t **out, const struct gm_merge_job *job)
{
	gm_autojson *object = gm_json_object();
	json_t *rescue = NULL;
	int rc = object ? gm_merge_job_json(object, job) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_merge_job_rescue_json(&rescue, job);
	if (rc == 0)
		rc = gm_json_set(object, "rescue", rescue);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int keep_merge(struct gm_push_told *told, const struct gm_merge_job *job)
{
	const char *ref = job->writer.head.ref;
	json_t *merge = NULL;
	int rc = 0;

	if (!told->merges)
		told->merges = gm_json_object();
	if (!told->merges)
		return GM_ENOMEM;
	if (!json_object_get(told->merges, ref))
		rc = gm_json_set(told->merges, ref, gm_json_array());
	if (rc == 0)
		rc = merge_to_json(&merge, job);
	return rc < 0 ? rc : gm_json_append(json_object_get(told->merges, ref), merge);
}

int gm_push_tell_merge(const struct gm_merge_job *job, void *payload)
{
	struct gm_push_told *told = payload;

	if (job->merge.merge.kind == GM_MERGE_UP_TO_DATE)
		return 0;
	if (told->call->json)
		return keep_merge(told, job);
	int rc = gm_merge_job_print(job);
	return rc < 0 ? rc : gm_merge_job_conclude(job);
}

/* The first reason that somebody can do something about. */
static void hint(const struct gm_push_told *told, const struct gm_push_result *result)
{
	for (size_t i = 0; i < result->n; i++) {
		const struct gm_pushed_ref *ref = &result->refs[i];
		if (!ref->remote_ref || !is_refused(told, ref))
			continue;
		if (ref->kind == GM_PUSHED_BEHIND && ref->is_remote_reason)
			gm_error_hint(
				"it was refused again and again though nobody moved "
				"it: may '%s' be there?",
				ref->remote_ref);
		else if (ref->kind == GM_PUSHED_BEHIND)
			gm_error_hint("the remote has what '%s' has not; once that is "
				      "fetched and merged it can be pushed",
				short_name(ref->local));
		else if (ref->reason && !strcmp(ref->reason, "already exists"))
			gm_error_hint("tags do not move; 'gitmem push --delete' removes "
				      "one from the remote");
		else if (ref->reason && !strcmp(ref->reason, "fetch first"))
			gm_error_hint("'gitmem fetch' brings what would be deleted, so "
				      "that it is not lost");
		else
			continue;
		return;
	}
}

static bool is_any_told(const struct gm_push_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		if (result->refs[i].remote_ref)
			return true;
	return false;
}

int gm_push_tell(const struct gm_push_told *told, const struct gm_push_result *result)
{
	int rc = 0;

	/* It failed before anything came of them, which is no news of being up to date. */
	if (result->n && !is_any_told(result))
		return 0;
	if (!told->call->json)
		return print_text(told, result);
	for (size_t i = 0; rc == 0 && i < result->n; i++)
		if (result->refs[i].remote_ref)
			rc = print_json(told, &result->refs[i]);
	return rc;
}

int gm_push_judge(const struct gm_push_told *told, const struct gm_push_result *result)
{
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	bool any_refused = false;

	for (size_t i = 0; i < result->n; i++)
		any_refused = any_refused ||
			(result->refs[i].remote_ref &&
				is_refused(told, &result->refs[i]));
	if (!any_refused)
		return 0;
	int rc = gm_url_show(&url, told->remote->given_push_url);
	if (rc < 0)
		return rc;
	rc = gm_error(GM_ENO, "failed to push some refs to '%s'", gm_buf_str(&url));
	hint(told, result);
	return rc;
}
