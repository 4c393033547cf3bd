#include <inttypes.h>
#include <string.h>

#include "cmd/commands.h"
#include "objstore/count.h"

#define KILOBYTE 1024

struct counts {
	struct gm_segments_count segments;
	struct gm_git_count git;
	struct gm_strv alternates;
	uint64_t n;   /* of objects in segments */
	uint64_t raw; /* their bytes */
	uint64_t stored;
	uint64_t size; /* of the files of the segment store */
};

/* The rows of what is told of segments, as text and as JSON. */
struct class_row {
	const char *name;
	enum gm_object_type type;
};

static const struct class_row classes[] = {{"blob", GM_OBJECT_BLOB},
	{"tree", GM_OBJECT_TREE}, {"commit", GM_OBJECT_COMMIT}, {"tag", GM_OBJECT_TAG}};

/* By enum gm_encoding. */
static const char *const encodings[GM_COUNT_ENCODINGS] = {
	"raw", "zstd", "dictionary", "prefix"};

#define N_FILES 7

struct file_row {
	const char *name;
	const struct gm_file_count *count;
};

static void list_files(
	struct file_row out[N_FILES], const struct gm_segments_count *count)
{
	const struct file_row rows[N_FILES] = {{"segments", &count->segments},
		{"indexes", &count->indexes}, {"dictionaries", &count->dictionaries},
		{"refs", &count->ref_files}, {"logs", &count->log_files},
		{"torn", &count->torn}, {"litter", &count->litter}};

	memcpy(out, rows, sizeof(rows));
}

static int warn_of_garbage(const char *path, const char *fault, void *payload)
{
	const struct gm_call *call = payload;

	if (call->verbose)
		gm_warn("%s: %s", fault, path);
	return 0;
}

static int count(struct counts *out, struct gm_call *call)
{
	struct gm_store *store = gm_repo_store(call->repo);
	struct file_row files[N_FILES];
	int rc = gm_store_count_segments(&out->segments, store);

	if (rc == 0)
		rc = gm_store_count_git(&out->git, store, warn_of_garbage, call);
	if (rc == 0)
		rc = gm_store_alternates(&out->alternates, store);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		const struct gm_record_count *row =
			&out->segments.classes[classes[i].type];
		out->n += row->n;
		out->raw += row->raw;
		out->stored += row->stored;
	}
	list_files(files, &out->segments);
	for (size_t i = 0; i < N_FILES; i++)
		out->size += files[i].count->size;
	return 0;
}

static int print_record_row(const char *name, const struct gm_record_count *row)
{
	if (!row->raw)
		return gm_print("%-14s %10" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", name,
			row->n, row->raw, row->stored);
	return gm_print("%-14s %10" PRIu64 " %14" PRIu64 " %14" PRIu64 " %6.3f\n", name,
		row->n, row->raw, row->stored, (double)row->stored / (double)row->raw);
}

static int print_records(const struct counts *counts)
{
	const struct gm_segments_count *segments = &counts->segments;
	const struct gm_record_count all = {counts->n, counts->raw, counts->stored};
	int rc = gm_print(
		"%-14s %10s %14s %14s %6s\n", "", "objects", "raw", "stored", "ratio");

	for (size_t i = 0; rc == 0 && i < sizeof(classes) / sizeof(*classes); i++)
		rc = print_record_row(
			classes[i].name, &segments->classes[classes[i].type]);
	if (rc == 0)
		rc = print_record_row("all", &all);
	if (rc == 0)
		rc = gm_print("\n");
	for (size_t i = 0; rc == 0 && i < GM_COUNT_ENCODINGS; i++)
		rc = print_record_row(encodings[i], &segments->encodings[i]);
	if (rc == 0)
		rc = gm_print("\n");
	if (rc == 0)
		rc = print_record_row("older copies", &segments->outdated);
	if (rc == 0)
		rc = print_record_row("ref updates", &segments->refs);
	return rc;
}

static int print_segments(const struct counts *counts)
{
	struct file_row files[N_FILES];
	int rc = print_records(counts);

	if (rc == 0)
		rc = gm_print("\n%-14s %10s %14s\n", "", "files", "size");
	list_files(files, &counts->segments);
	for (size_t i = 0; rc == 0 && i < N_FILES; i++)
		rc = gm_print("%-14s %10" PRIu64 " %14" PRIu64 "\n", files[i].name,
			files[i].count->n, files[i].count->size);
	if (rc == 0 && counts->segments.damaged)
		rc = gm_print("%-14s %10s %14" PRIu64 "\n", "damaged", "",
			counts->segments.damaged);
	return rc;
}

/* To the letter what git count-objects -v prints. */
static int print_git(const struct counts *counts)
{
	const struct gm_git_count *git = &counts->git;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {{"count", git->loose.n}, {"size", git->loose.size / KILOBYTE},
		{"in-pack", git->n_packed}, {"packs", git->packs.n},
		{"size-pack", git->packs.size / KILOBYTE},
		{"prune-packable", git->n_prunable}, {"garbage", git->garbage.n},
		{"size-garbage", git->garbage.size / KILOBYTE}};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(*rows); i++)
		rc = gm_print("%s: %" PRIu64 "\n", rows[i].name, rows[i].value);
	for (size_t i = 0; rc == 0 && i < counts->alternates.n; i++) {
		gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
		const char *path = counts->alternates.items[i];
		rc = gm_put_safe(&safe, path, strlen(path));
		if (rc == 0)
			rc = gm_print("alternate: %s\n", gm_buf_str(&safe));
	}
	return rc;
}

/* Beside segments, only when there is something. */
static bool has_git_objects(const struct counts *counts)
{
	const struct gm_git_count *git = &counts->git;

	return git->loose.n || git->packs.n || git->garbage.n || counts->alternates.n;
}

static int print_text(const struct gm_call *call, const struct counts *counts)
{
	bool has_segments = gm_store_has_segments(gm_repo_store(call->repo));
	uint64_t n = counts->n + counts->git.loose.n;
	uint64_t size = counts->size + counts->git.loose.size;

	if (!call->verbose)
		return gm_print("%" PRIu64 " objects, %" PRIu64 " kilobytes\n", n,
			size / KILOBYTE);
	int rc = has_segments ? print_segments(counts) : 0;
	if (rc == 0 && has_segments && has_git_objects(counts))
		rc = gm_print("\n");
	return rc < 0 || (has_segments && !has_git_objects(counts)) ? rc
								    : print_git(counts);
}

static int set_number(json_t *object, const char *key, uint64_t value)
{
	return gm_json_set_int(object, key, (long long)value);
}

static int set_records(
	json_t *parent, const char *name, const struct gm_record_count *row)
{
	json_t *object = gm_json_object();
	int rc = set_number(object, "objects", row->n);

	if (rc == 0)
		rc = set_number(object, "raw", row->raw);
	if (rc == 0)
		rc = set_number(object, "stored", row->stored);
	if (rc == 0)
		return gm_json_set(parent, name, object);
	json_decref(object);
	return rc;
}

static int set_files(json_t *parent, const char *name, const struct gm_file_count *row)
{
	json_t *object = gm_json_object();
	int rc = set_number(object, "files", row->n);

	if (rc == 0)
		rc = set_number(object, "size", row->size);
	if (rc == 0)
		return gm_json_set(parent, name, object);
	json_decref(object);
	return rc;
}

/* The object is owned by `parent` from the beginning, so that nothing leaks when it fails. */
static json_t *add_object(json_t *parent, const char *name)
{
	json_t *object = gm_json_object();

	return gm_json_set(parent, name, object) < 0 ? NULL : object;
}

static int set_segments(json_t *out, const struct counts *counts)
{
	const struct gm_segments_count *segments = &counts->segments;
	const struct gm_record_count all = {counts->n, counts->raw, counts->stored};
	struct file_row files[N_FILES];
	json_t *object = add_object(out, "classes");
	int rc = object ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < sizeof(classes) / sizeof(*classes); i++)
		rc = set_records(
			object, classes[i].name, &segments->classes[classes[i].type]);
	if (rc == 0)
		rc = (object = add_object(out, "encodings")) ? 0 : GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < GM_COUNT_ENCODINGS; i++)
		rc = set_records(object, encodings[i], &segments->encodings[i]);
	if (rc == 0)
		rc = set_records(out, "all", &all);
	if (rc == 0)
		rc = set_records(out, "outdated", &segments->outdated);
	if (rc == 0)
		rc = set_records(out, "ref_updates", &segments->refs);
	if (rc == 0)
		rc = (object = add_object(out, "files")) ? 0 : GM_ENOMEM;
	list_files(files, segments);
	for (size_t i = 0; rc == 0 && i < N_FILES; i++)
		rc = set_files(object, files[i].name, files[i].count);
	if (rc == 0)
		rc = set_number(out, "size", counts->size);
	return rc < 0 ? rc : set_number(out, "damaged", segments->damaged);
}

static int set_git(json_t *out, const struct counts *counts)
{
	const struct gm_git_count *git = &counts->git;
	json_t *object = add_object(out, "git");
	json_t *list = gm_json_array();
	int rc = object ? set_files(object, "loose", &git->loose) : GM_ENOMEM;

	if (rc == 0)
		rc = set_files(object, "packs", &git->packs);
	if (rc == 0)
		rc = set_files(object, "garbage", &git->garbage);
	if (rc == 0)
		rc = set_number(object, "in_pack", git->n_packed);
	if (rc == 0)
		rc = set_number(object, "prune_packable", git->n_prunable);
	for (size_t i = 0; rc == 0 && i < counts->alternates.n; i++)
		rc = gm_json_append(list, gm_json_string(counts->alternates.items[i]));
	if (rc == 0)
		return gm_json_set(object, "alternates", list);
	json_decref(list);
	return rc;
}

static int print_json(const struct gm_call *call, const struct counts *counts)
{
	bool has_segments = gm_store_has_segments(gm_repo_store(call->repo));
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_string(object, "layout", has_segments ? "zstd" : "git");

	if (rc == 0 && has_segments)
		rc = set_segments(object, counts);
	if (rc == 0)
		rc = set_git(object, counts);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

int gm_cmd_count_objects(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"count-objects [-v]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct counts counts = {.n = 0};
	const struct gm_option table[] = {
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "count-objects",
		.synopsis = synopsis,
		.summary =
			"Tell how many objects there are, and what takes how much room.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = count(&counts, call);
	if (rc == 0)
		rc = call->json ? print_json(call, &counts) : print_text(call, &counts);
	gm_strv_dispose(&counts.alternates);
	return rc;
}
