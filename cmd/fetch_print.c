#include "cmd/fetch_print.h"

#include <string.h>

#include "dag/revision.h"
#include "sync/url.h"

/* How wide git makes the columns: what was done, and the remote's name at least. */
#define SUMMARY_WIDTH 17
#define NAME_WIDTH 10

/* A longer name does not move all the others. */
#define NAME_WIDTH_MAX 40

const char *gm_short_ref(const char *ref)
{
	static const char *const prefixes[] = {"refs/heads/", "refs/tags/",
		"refs/remotes/", "refs/gitmem/heads/", "refs/gitmem/tags/"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(ref, prefixes[i], strlen(prefixes[i])))
			return ref + strlen(prefixes[i]);
	return ref;
}

static bool is_tag(const struct gm_fetched_ref *ref)
{
	const char *name = ref->remote_ref ? ref->remote_ref : ref->local_ref;

	return name && strstr(name, "/tags/");
}

static int put_move(struct gm_buf *out, struct gm_store *store,
	const struct gm_fetched_ref *ref, const char *between)
{
	int rc = gm_abbreviate(out, store, &ref->old_oid);

	if (rc == 0)
		rc = gm_buf_puts(out, between);
	return rc < 0 ? rc : gm_abbreviate(out, store, &ref->new_oid);
}

/* What was done: "[new branch]", "1a2b3c4..5d6e7f8". */
static int put_summary(
	struct gm_buf *out, struct gm_store *store, const struct gm_fetched_ref *ref)
{
	/* One that has no place here goes nowhere, and is only told by its kind, as by git. */
	if (!ref->local_ref && ref->kind != GM_FETCHED_REJECTED)
		return gm_buf_puts(out, is_tag(ref) ? "tag" : "branch");
	switch (ref->kind) {
	case GM_FETCHED_UP_TO_DATE:
		return gm_buf_puts(out, "[up to date]");
	case GM_FETCHED_NEW:
		return gm_buf_puts(out, is_tag(ref) ? "[new tag]" : "[new branch]");
	case GM_FETCHED_FAST_FORWARD:
		return put_move(out, store, ref, "..");
	case GM_FETCHED_FORCED:
		return is_tag(ref) ? gm_buf_puts(out, "[tag update]")
				   : put_move(out, store, ref, "...");
	case GM_FETCHED_PRUNED:
		return gm_buf_puts(out, "[deleted]");
	case GM_FETCHED_REJECTED:
		break;
	}
	return gm_buf_puts(out, "[rejected]");
}

static char mark_of(const struct gm_fetched_ref *ref)
{
	static const char marks[] = {
		[GM_FETCHED_UP_TO_DATE] = '=',
		[GM_FETCHED_NEW] = '*',
		[GM_FETCHED_FAST_FORWARD] = ' ',
		[GM_FETCHED_FORCED] = '+',
		[GM_FETCHED_PRUNED] = '-',
		[GM_FETCHED_REJECTED] = '!',
	};

	if (ref->kind == GM_FETCHED_FORCED && is_tag(ref))
		return 't';
	return !ref->local_ref && ref->kind != GM_FETCHED_REJECTED ? '*'
								   : marks[ref->kind];
}

static const char *remote_name(const struct gm_fetched_ref *ref)
{
	return ref->remote_ref ? gm_short_ref(ref->remote_ref) : "(none)";
}

static int put_reason(struct gm_buf *out, const struct gm_fetched_ref *ref)
{
	if (ref->reason)
		return gm_buf_printf(out, "  (%s)", ref->reason);
	return ref->kind == GM_FETCHED_FORCED && !is_tag(ref)
		? gm_buf_puts(out, "  (forced update)")
		: 0;
}

/* Names are the remote's. */
static int print_line(const struct gm_buf *line)
{
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_put_safe(&safe, gm_buf_str(line), line->size);

	if (rc == 0)
		(void)fprintf(stderr, "%s\n", gm_buf_str(&safe));
	return rc;
}

/* " * [new branch]      main       -> origin/main" */
static int print_ref(
	struct gm_store *store, const struct gm_fetched_ref *ref, size_t name_width)
{
	gm_autobuf summary = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = put_summary(&summary, store, ref);

	if (rc == 0)
		rc = gm_buf_printf(&line, " %c %-*s %-*s -> %s", mark_of(ref),
			SUMMARY_WIDTH, gm_buf_str(&summary), (int)name_width,
			remote_name(ref),
			ref->local_ref ? gm_short_ref(ref->local_ref) : "FETCH_HEAD");
	if (rc == 0)
		rc = put_reason(&line, ref);
	if (rc == 0)
		rc = print_line(&line);
	gm_buf_reset(&line);
	if (rc == 0 && ref->rescue_ref)
		rc = gm_buf_printf(&line, "   kept: %s", ref->rescue_ref);
	return rc < 0 || !line.size ? rc : print_line(&line);
}

static bool is_shown(const struct gm_call *call, const struct gm_fetched_ref *ref)
{
	if (call->quiet)
		return ref->kind == GM_FETCHED_REJECTED;
	return ref->kind != GM_FETCHED_UP_TO_DATE || call->verbose;
}

static size_t find_width(const struct gm_call *call, const struct gm_fetch_result *result)
{
	size_t width = NAME_WIDTH;

	for (size_t i = 0; i < result->n; i++) {
		size_t size = strlen(remote_name(&result->refs[i]));
		if (size > width && size <= NAME_WIDTH_MAX &&
			is_shown(call, &result->refs[i]))
			width = size;
	}
	return width;
}

static int find_any(const char *ref, const struct gm_oid *oid, void *payload)
{
	(void)ref;
	(void)oid;
	(void)payload;
	return GM_EEXISTS;
}

/* Nothing of ours goes with it, but somebody may have to look after the remote. */
static int warn_of_emptied(struct gm_call *call, const struct gm_remote *remote)
{
	gm_autofree char *tracked =
		remote->name ? gm_format("refs/remotes/%s/", remote->name) : NULL;

	if (!tracked)
		return remote->name ? GM_ENOMEM : 0;
	int rc = gm_refs_each(gm_repo_refs(call->repo), tracked, find_any, NULL);
	if (rc != GM_EEXISTS)
		return rc;
	gm_warn("'%s' is empty, and was not before; what it had is still here",
		remote->name);
	return 0;
}

int gm_fetch_print(struct gm_call *call, const struct gm_remote *remote,
	const struct gm_fetch_result *result)
{
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	const size_t width = find_width(call, result);
	bool is_begun = false;
	int rc = gm_url_show(&url, remote->given_url);

	if (rc == 0 && result->is_empty)
		rc = warn_of_emptied(call, remote);
	for (size_t i = 0; rc == 0 && i < result->n; i++) {
		if (!is_shown(call, &result->refs[i]))
			continue;
		if (!is_begun)
			(void)fprintf(stderr, "From %s\n", gm_buf_str(&url));
		is_begun = true;
		rc = print_ref(gm_repo_store(call->repo), &result->refs[i], width);
	}
	return rc;
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

int gm_fetched_json(json_t **out, const struct gm_fetched_ref *ref)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "remote_ref", ref->remote_ref)
			: GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "local_ref", ref->local_ref);
	if (rc == 0)
		rc = set_oid(object, "old", &ref->old_oid);
	if (rc == 0)
		rc = set_oid(object, "new", &ref->new_oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "status", gm_fetched_name(ref->kind));
	if (rc == 0)
		rc = gm_json_set_string(object, "rescue", ref->rescue_ref);
	if (rc == 0)
		rc = gm_json_set_string(object, "reason", ref->reason);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}
