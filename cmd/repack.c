#include <string.h>

#include "cmd/commands.h"
#include "dag/convert.h"
#include "dag/gc.h"
#include "dag/git_gc.h"

struct request {
	struct gm_call *call;
	const char *layout; /* "git" or "zstd"; NULL: as it is */
	bool dry_run;
};

static const char *layout_name(const struct gm_call *call)
{
	return gm_store_has_segments(gm_repo_store(call->repo)) ? "zstd" : "git";
}

static int count_object(const struct gm_oid *oid, void *payload)
{
	(void)oid;
	++*(size_t *)payload;
	return 0;
}

static int tell_converted(
	const struct request *request, const struct gm_convert_result *result)
{
	if (!request->call->json) {
		gm_talk(request->call, "%s %zu objects and %zu refs to the %s layout",
			request->dry_run ? "would convert" : "converted",
			result->n_objects, result->n_refs, request->layout);
		return 0;
	}
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "layout", request->layout)
			: GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_bool(object, "converted", !request->dry_run);
	if (rc == 0)
		rc = gm_json_set_int(object, "objects", (long long)result->n_objects);
	if (rc == 0)
		rc = gm_json_set_int(object, "refs", (long long)result->n_refs);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int count_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	return count_object(oid, payload);
}

static int convert(const struct request *request)
{
	struct gm_call *call = request->call;
	struct gm_convert_result result = {.n_objects = 0};
	enum gm_layout layout =
		!strcmp(request->layout, "zstd") ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT;
	int rc;

	if (request->dry_run) {
		result.n_refs = 1; /* HEAD */
		rc = gm_store_each(
			gm_repo_store(call->repo), count_object, &result.n_objects);
		if (rc == 0)
			rc = gm_refs_each(gm_repo_refs(call->repo), "refs/", count_ref,
				&result.n_refs);
		return rc < 0 ? rc : tell_converted(request, &result);
	}
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	rc = gm_call_lock(&lock, call);
	if (rc == 0)
		rc = gm_convert(
			&result, call->repo, lock, layout, gm_call_progress(call));
	return rc < 0 ? rc : tell_converted(request, &result);
}

static int set_numbers(json_t *object, const struct gm_git_gc_result *result)
{
	const struct {
		const char *name;
		unsigned long long value;
	} numbers[] = {{"objects", result->n_packed},
		{"unreachable", result->n_unreachable}, {"packs", result->n_packs},
		{"loose", result->n_loose}, {"bytes_before", result->bytes_before},
		{"bytes_after", result->bytes_after}};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(numbers) / sizeof(*numbers); i++)
		rc = gm_json_set_int(
			object, numbers[i].name, (long long)numbers[i].value);
	return rc;
}

static int tell_packed(
	const struct request *request, const struct gm_git_gc_result *result)
{
	if (!request->call->json) {
		if (request->dry_run)
			gm_talk(request->call, "would pack %zu objects",
				result->n_packed);
		else
			gm_talk(request->call,
				"packed %zu objects into %llu bytes; before, all had "
				"%llu",
				result->n_packed, (unsigned long long)result->bytes_after,
				(unsigned long long)result->bytes_before);
		return 0;
	}
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_json_set_string(object, "layout", layout_name(request->call))
			: GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_bool(object, "converted", false);
	if (rc == 0)
		rc = set_numbers(object, result);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* Take away what a conversion left that was stopped. */
static int settle(struct gm_call *call)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	return rc < 0 ? rc : gm_convert_settle(call->repo, lock);
}

static int lock(struct gm_lock **out, void *payload)
{
	return gm_call_lock(out, payload);
}

static int pack_git(const struct request *request)
{
	struct gm_call *call = request->call;
	struct gm_git_gc_result result;
	const struct gm_git_gc_options options = {.dry_run = request->dry_run,
		.progress = gm_call_progress(call),
		.lock = lock,
		.payload = call};

	int rc = gm_git_gc(&result, call->repo, &options);
	return rc < 0 ? rc : tell_packed(request, &result);
}

/* As gc does it, but nothing goes. */
static int pack_segments(const struct request *request)
{
	struct gm_call *call = request->call;
	struct gm_gc_result result;
	const struct gm_gc_options options = {.expire = GM_TIME_NONE,
		.is_dry = request->dry_run,
		.progress = gm_call_progress(call)};
	int rc = gm_gc(&result, call->repo, &options);

	if (rc < 0)
		return rc;
	const struct gm_compact_stats *stats = &result.stats;
	const struct gm_git_gc_result told = {.n_packed = stats->n_rewrite,
		.n_unreachable = stats->n_unreachable,
		.bytes_before = stats->bytes_before,
		.bytes_after = stats->bytes_after || request->dry_run
			? stats->bytes_after
			: stats->bytes_before};
	return tell_packed(request, &told);
}

static int pack(const struct request *request)
{
	int rc = request->dry_run ? 0 : settle(request->call);

	if (rc < 0)
		return rc;
	return gm_store_has_segments(gm_repo_store(request->call->repo))
		? pack_segments(request)
		: pack_git(request);
}

int gm_cmd_repack(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"repack [--object-store <layout>] [-n] [--progress]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct request request = {.call = call};
	const struct gm_option table[] = {
		{GM_OPTION_CHOICE, 0, "object-store", &request.layout, "LAYOUT",
			"convert the repository to this layout", "zstd|git",
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'n', "dry-run", &request.dry_run, NULL,
			"only say what would be done", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "repack",
		.synopsis = synopsis,
		.summary = "Store everything anew in less room, or in another layout.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	if (request.layout && strcmp(request.layout, layout_name(call)) != 0)
		return convert(&request);
	return pack(&request);
}
