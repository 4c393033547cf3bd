#include <stdint.h>
#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/expire.h"
#include "cmd/text.h"
#include "dag/reflog_expire.h"
#include "dag/revision_name.h"

struct listing {
	struct gm_call *call;
	const char *name; /* as the entries are to be called: NAME@{0} */
	size_t limit;     /* SIZE_MAX: none */
	size_t n;
};

static int give(json_t *object, const struct listing *listing,
	const struct gm_reflog_entry *entry)
{
	gm_autofree char *selector = gm_format("%s@{%zu}", listing->name, listing->n);
	char hex[GM_OID_HEX], time[GM_TIME_TEXT];
	int rc = selector ? gm_json_set_string(object, "selector", selector) : GM_ENOMEM;

	gm_oid_format(hex, &entry->new_oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", hex);
	gm_oid_format(hex, &entry->old_oid);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "previous", gm_oid_is_zero(&entry->old_oid) ? NULL : hex);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", entry->who.name);
	if (rc == 0)
		rc = gm_json_set_string(object, "email", entry->who.mail);
	gm_time_format(time, entry->who.time);
	if (rc == 0)
		rc = gm_json_set_string(object, "time", time);
	return rc < 0 ? rc : gm_json_set_string(object, "message", entry->message);
}

static int print_json(const struct listing *listing, const struct gm_reflog_entry *entry)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? give(object, listing, entry) : GM_ENOMEM;

	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* "1a2b3c4 HEAD@{0}: commit: subject" */
static int print_text(const struct listing *listing, const struct gm_reflog_entry *entry)
{
	struct gm_call *call = listing->call;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&line, gm_color(call->colored, GM_COLOR_COMMIT));

	if (rc == 0)
		rc = gm_abbreviate(&line, gm_repo_store(call->repo), &entry->new_oid);
	if (rc == 0)
		rc = gm_buf_printf(&line,
			"%s %s@{%zu}: ", gm_color(call->colored, GM_COLOR_RESET),
			listing->name, listing->n);
	if (rc == 0)
		rc = gm_puts_safe(&line, entry->message);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int print_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct listing *listing = payload;
	int rc = gm_interrupted();

	if (rc == 0 && listing->n == listing->limit)
		return 1;
	if (rc == 0)
		rc = listing->call->json ? print_json(listing, entry)
					 : print_text(listing, entry);
	listing->n++;
	return rc;
}

static bool is_head(const char *name)
{
	return !strcmp(name, "HEAD") || !strcmp(name, "@");
}

/* The full name of the ref whose log is meant. HEAD has one also where its branch is unborn. */
static int find_log(struct gm_buf *out, struct gm_call *call, const char *name)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid oid;

	if (!is_head(name))
		return gm_revision_find_ref(
			&oid, out, &target, call->repo, name, call->branch);
	if (!call->branch)
		return gm_buf_puts(out, "HEAD");
	int rc = gm_call_head(&head, call);
	return rc < 0 ? rc : gm_buf_puts(out, head.ref);
}

static int show(struct gm_call *call, const char *name, size_t limit)
{
	struct listing listing = {.call = call, .name = name, .limit = limit};
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = find_log(&ref, call, name);
	if (rc == 0 && is_head(name))
		listing.name = call->branch ? call->branch : "HEAD";
	if (rc == 0)
		rc = gm_call_page(call);
	if (rc == 0)
		rc = gm_ref_log_each(gm_repo_refs(call->repo), gm_buf_str(&ref),
			print_entry, &listing);
	return rc < 0 ? rc : 0;
}

struct expire_options {
	const char *expire;
	const char *expire_unreachable;
	bool all;
	bool is_dry;
};

static int take_times(struct gm_reflog_expire_options *out, struct gm_call *call,
	const struct expire_options *options)
{
	int rc = options->expire
		? gm_parse_expire(&out->expire, "--expire", options->expire)
		: gm_config_expire(&out->expire, call, "gc.reflogExpire", "90.days.ago");

	if (rc < 0)
		return rc;
	return options->expire_unreachable
		? gm_parse_expire(&out->expire_unreachable, "--expire-unreachable",
			  options->expire_unreachable)
		: gm_config_expire(&out->expire_unreachable, call,
			  "gc.reflogExpireUnreachable", "30.days.ago");
}

static int tell_expired(
	struct gm_call *call, const struct gm_reflog_expire_result *result, bool is_dry)
{
	size_t n = result->n_expired + result->n_kept;

	if (call->json) {
		gm_autojson *object = gm_json_object();
		int rc = gm_json_set_bool(object, "dry_run", is_dry);
		if (rc == 0)
			rc = gm_json_set_int(
				object, "expired", (long long)result->n_expired);
		if (rc == 0)
			rc = gm_json_set_int(object, "kept", (long long)result->n_kept);
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	if (is_dry)
		return gm_print(
			"would forget %zu of %zu entries\n", result->n_expired, n);
	gm_talk(call, "forgot %zu of %zu entries", result->n_expired, n);
	return 0;
}

/* Each ref by itself; none: those of all. */
static int expire_refs(struct gm_reflog_expire_result *out, struct gm_call *call,
	struct gm_lock *lock, struct gm_reflog_expire_options *how,
	const struct gm_strv *refs)
{
	int rc = refs->n ? 0 : gm_reflogs_expire(out, call->repo, lock, how);

	for (size_t i = 0; rc == 0 && i < refs->n; i++) {
		struct gm_reflog_expire_result one;
		how->ref = refs->items[i];
		rc = gm_reflogs_expire(&one, call->repo, lock, how);
		if (rc == 0)
			out->n_kept += one.n_kept;
		if (rc == 0)
			out->n_expired += one.n_expired;
	}
	return rc;
}

static int expire(struct gm_call *call, const struct expire_options *options,
	const char *const *names, size_t n)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autostrv refs = GM_STRV_INIT;
	struct gm_reflog_expire_options how = {.is_dry = options->is_dry};
	struct gm_reflog_expire_result result = {0};
	int rc = gm_call_open(call);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
		rc = find_log(&ref, call, names[i]);
		if (rc == 0)
			rc = gm_strv_add(&refs, gm_buf_str(&ref));
	}
	if (rc == 0)
		rc = take_times(&how, call, options);
	if (rc == 0)
		rc = gm_call_lock(&lock, call);
	if (rc == 0)
		rc = expire_refs(&result, call, lock, &how, &refs);
	return rc < 0 ? rc : tell_expired(call, &result, options->is_dry);
}

int gm_cmd_reflog(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"reflog [show] [-n <n>] [<ref>]",
		"reflog expire [<options>] (--all | <ref>...)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct expire_options options = {0};
	size_t limit = SIZE_MAX;
	const struct gm_option table[] = {
		{GM_OPTION_SIZE, 'n', "max-count", &limit, "N", "show so many at most",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "expire", &options.expire, "TIME",
			"forget older entries; now, never", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "expire-unreachable", &options.expire_unreachable,
			"TIME", "and those of commits that no ref leads to", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "all", &options.all, NULL, "in the logs of all refs",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "dry-run", &options.is_dry, NULL,
			"only tell how many would be forgotten", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "reflog",
		.synopsis = synopsis,
		.summary = "Show where a branch, or HEAD, has been.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	bool expires = args.n_rest && !strcmp(args.rest[0], "expire");
	size_t skipped = args.n_rest && (expires || !strcmp(args.rest[0], "show"));
	const char *const *names = args.rest + skipped;
	size_t n = args.n_rest - skipped;
	if (!expires &&
		(options.expire || options.expire_unreachable || options.all ||
			options.is_dry))
		return gm_error(GM_EUSAGE, "only 'reflog expire' takes these options");
	if (expires && (options.all ? n > 0 : n == 0))
		return gm_error(GM_EUSAGE, "either --all, or whose logs");
	if (!expires)
		rc = gm_command_expect_args(&args, 0, 1 + skipped);
	if (rc < 0)
		return rc;
	return expires ? expire(call, &options, names, n)
		       : show(call, n ? names[0] : "HEAD", limit);
}
