#include <inttypes.h>
#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/expire.h"
#include "cmd/gc_git.h"
#include "cmd/gc_index.h"
#include "cmd/hooks.h"
#include "cmd/learning.h"
#include "dag/commit_graph_write.h"
#include "dag/gc.h"
#include "dag/reflog_expire.h"
#include "dag/rescue_ref.h"

/* As Git's gc.pruneExpire. */
#define EXPIRE_DEFAULT "2.weeks.ago"

/* As Git's gc.reflogExpire: what sync left behind is in no log of ours. */
#define RESCUE_EXPIRE_DEFAULT "90.days.ago"

struct gc_options {
	const char *prune; /* NULL unless it was given */
	bool is_dry;
};

static int find_expire(
	gm_time *out, struct gm_call *call, const struct gc_options *options)
{
	return options->prune
		? gm_parse_expire(out, "--prune", options->prune)
		: gm_config_expire(out, call, "gc.pruneExpire", EXPIRE_DEFAULT);
}

/*
 * Logs are kept for ever unless somebody said otherwise: they are the way back to what was left
 * behind.
 */
static int expire_reflogs(struct gm_call *call, bool is_dry)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	struct gm_reflog_expire_options how = {.ref = NULL};
	struct gm_reflog_expire_result result;
	int rc = gm_config_expire(&how.expire, call, "gc.reflogExpire", "never");

	if (rc == 0)
		rc = gm_config_expire(&how.expire_unreachable, call,
			"gc.reflogExpireUnreachable", "never");
	if (rc < 0 || is_dry ||
		(how.expire == GM_TIME_NONE && how.expire_unreachable == GM_TIME_NONE))
		return rc;
	rc = gm_call_lock(&lock, call);
	return rc < 0 ? rc : gm_reflogs_expire(&result, call->repo, lock, &how);
}

/* What sync put aside, in reach until it is old; `*n_out` is how much. */
static int expire_rescued(size_t *n_out, struct gm_call *call, bool is_dry)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	struct gm_refs *refs = gm_repo_refs(call->repo);
	gm_time expire;
	int rc =
		gm_config_expire(&expire, call, "gc.rescueExpire", RESCUE_EXPIRE_DEFAULT);

	if (rc == 0)
		rc = gm_rescue_refs_expire(n_out, refs, NULL, expire);
	if (rc < 0 || is_dry || !*n_out)
		return rc;
	rc = gm_call_lock(&lock, call);
	return rc < 0 ? rc : gm_rescue_refs_expire(n_out, refs, lock, expire);
}

static int give(json_t *object, const struct gm_gc_result *result, bool is_dry)
{
	const struct gm_compact_stats *stats = &result->stats;
	int rc = gm_json_set_bool(object, "dry_run", is_dry);

	if (rc == 0)
		rc = gm_json_set_int(object, "objects", (long long)result->n_live);
	if (rc == 0)
		rc = gm_json_set_int(object, "packed", (long long)stats->n_rewrite);
	if (rc == 0)
		rc = gm_json_set_int(object, "kept", (long long)stats->n_unreachable);
	if (rc == 0)
		rc = gm_json_set_int(object, "pruned", (long long)stats->n_drop);
	if (rc == 0)
		rc = gm_json_set_int(
			object, "pruned_bytes", (long long)stats->drop_bytes);
	if (rc == 0)
		rc = gm_json_set_int(
			object, "bytes_before", (long long)stats->bytes_before);
	if (rc == 0 && stats->bytes_after)
		rc = gm_json_set_int(
			object, "bytes_after", (long long)stats->bytes_after);
	if (rc == 0 && !is_dry)
		rc = gm_json_set_int(object, "locked_us", (long long)stats->lock_us);
	return rc;
}

static int print_json(const struct gm_gc_result *result, size_t n_rescued, bool is_dry)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? give(object, result, is_dry) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_int(object, "rescue_expired", (long long)n_rescued);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int print_plan(const struct gm_gc_result *result, size_t n_rescued)
{
	const struct gm_compact_stats *stats = &result->stats;
	int rc = gm_print("would pack %zu of %zu object%s, now in %" PRIu64 " bytes\n",
		stats->n_rewrite, result->n_live, plural(result->n_live),
		stats->bytes_before);

	if (rc == 0 && stats->n_unreachable)
		rc = gm_print("would keep %zu object%s that nothing leads to\n",
			stats->n_unreachable, plural(stats->n_unreachable));
	if (rc == 0 && n_rescued)
		rc = gm_print("would forget %zu old rescue ref%s\n", n_rescued,
			plural(n_rescued));
	if (rc == 0 && stats->n_drop)
		rc = gm_print("would remove %zu object%s, %" PRIu64 " bytes\n",
			stats->n_drop, plural(stats->n_drop), stats->drop_bytes);
	return rc;
}

static void tell(
	const struct gm_call *call, const struct gm_gc_result *result, size_t n_rescued)
{
	const struct gm_compact_stats *stats = &result->stats;

	if (n_rescued)
		gm_talk(call, "forgot %zu old rescue ref%s", n_rescued,
			plural(n_rescued));
	if (!stats->bytes_after) {
		gm_talk(call, "nothing to pack: %zu object%s in %" PRIu64 " bytes",
			result->n_live, plural(result->n_live), stats->bytes_before);
		return;
	}
	gm_talk(call, "packed %zu object%s: %" PRIu64 " bytes, before %" PRIu64,
		stats->n_rewrite, plural(stats->n_rewrite), stats->bytes_after,
		stats->bytes_before);
	if (stats->n_drop)
		gm_talk(call, "removed %zu object%s that nothing led to", stats->n_drop,
			plural(stats->n_drop));
	if (stats->is_busy)
		gm_warn("nothing was removed, as somebody was writing all the time");
}

static int run(struct gm_call *call, const struct gc_options *options)
{
	struct gm_gc_options how = {
		.is_dry = options->is_dry, .progress = gm_call_progress(call)};
	struct gm_gc_result result;
	size_t n_rescued = 0;
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = find_expire(&how.expire, call, options);
	if (rc == 0)
		rc = expire_reflogs(call, options->is_dry);
	if (rc == 0)
		rc = expire_rescued(&n_rescued, call, options->is_dry);
	if (rc == 0 && gm_store_has_segments(gm_repo_store(call->repo)))
		rc = gm_gc(&result, call->repo, &how);
	else if (rc == 0)
		rc = gm_gc_git(&result, call, &how);
	/* Without one all is as right, only slower; but it must not name what is gone. */
	if (rc == 0 && !how.is_dry && gm_commit_graph_write(call->repo) < 0)
		(void)gm_commit_graph_remove(call->repo);
	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH)
		gm_error_hint("nothing was changed; 'gitmem fsck' tells what is damaged");
	if (rc == GM_ELOCKED)
		gm_error_hint("try again when it has ended");
	if (rc < 0)
		return rc;
	if (!how.is_dry) {
		gm_hooks_tidy(call);
		gm_gc_index(call);
		gm_call_tend_index(call, NULL);
	}
	gm_interrupt_ignore();
	if (call->json)
		return print_json(&result, n_rescued, how.is_dry);
	if (how.is_dry)
		return print_plan(&result, n_rescued);
	tell(call, &result, n_rescued);
	return 0;
}

int gm_cmd_gc(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"gc [--dry-run] [--prune TIME] [--progress]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gc_options options = {.prune = NULL};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'n', "dry-run", &options.is_dry, NULL,
			"only tell what would be done", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "prune", &options.prune, "TIME",
			"remove what nothing leads to and is older; now, never", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "gc",
		.synopsis = synopsis,
		.summary = "Pack the objects, and remove those that nothing leads to.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	return rc < 0 ? rc : run(call, &options);
}
