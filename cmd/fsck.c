#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/fsck_files.h"
#include "cmd/fsck_merges.h"
#include "cmd/fsck_records.h"
#include "cmd/fsck_refs.h"
#include "cmd/fsck_repair.h"
#include "dag/commit_graph_check.h"
#include "index/index.h"

/* Everything one check works on. */
struct check {
	struct gm_call *call;
	struct gm_faults faults;
	struct gm_fsck_objects objects;
	struct gm_fsck_records records;
	struct gm_strv branches;
	bool index_is_bad;
	bool graph_is_bad;
	bool is_closed; /* the repository cannot be opened */
	size_t n_store; /* faults of the store itself */
	size_t n_strays;
};

/* The folder that means to be the repository; GM_ENOTFOUND when there is none. */
static int find_folder(struct gm_buf *out)
{
	const char *given = getenv("GITMEM_DIR");

	if (!given || !*given)
		return gm_repo_discover(out, ".");
	return gm_is_dir(given) ? gm_buf_puts(out, given) : GM_ENOTFOUND;
}

/* 1 when it is open; 0 when it cannot be opened, which is a fault. */
static int open_repository(struct check *check)
{
	gm_autobuf culprit = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_call_open(check->call);
	struct gm_error error = *gm_error_last();

	if (rc == 0)
		return 1;
	if (gm_faults_must_stop(rc) || find_folder(&culprit) < 0) {
		(void)gm_error((enum gm_errcode)rc, "%s", error.message);
		gm_error_hint("%s", error.hint);
		return rc;
	}
	check->is_closed = true;
	/* Its settings; any other file is named by the message. */
	if (rc == GM_EINVALID && gm_buf_puts(&culprit, "/config") < 0)
		return GM_ENOMEM;
	return gm_faults_add(&check->faults, GM_SEVERITY_ERROR, "repository",
		gm_buf_str(&culprit), "%s", error.message);
}

static int report_file(const char *subject, const char *fault, void *payload)
{
	struct check *check = payload;

	check->n_store++;
	return gm_faults_add(
		&check->faults, GM_SEVERITY_ERROR, "file", subject, "%s", fault);
}

static int report_stray(const char *subject, const char *fault, void *payload)
{
	struct check *check = payload;

	check->n_strays++;
	return gm_faults_add(
		&check->faults, GM_SEVERITY_WARNING, "file", subject, "%s", fault);
}

static int report_graph(const char *subject, const char *fault, void *payload)
{
	struct check *check = payload;

	check->graph_is_bad = true;
	return gm_faults_add(
		&check->faults, GM_SEVERITY_WARNING, "file", subject, "%s", fault);
}

static int report_index(const char *subject, const char *fault, void *payload)
{
	struct check *check = payload;

	check->index_is_bad = true;
	return gm_faults_add(
		&check->faults, GM_SEVERITY_WARNING, "index", subject, "%s", fault);
}

/* What the index holds of a tip must be what is there. */
static int compare_view(
	struct check *check, struct gm_index *index, const struct gm_fsck_tip *tip)
{
	char fault[128];
	char hex[GM_OID_HEX];
	size_t n = 0;
	int rc = gm_index_has(index, &tip->tree, &n);

	if (rc <= 0 || tip->n_memories == SIZE_MAX || n == tip->n_memories)
		return rc < 0 ? rc : 0;
	gm_oid_format(hex, &tip->tree);
	(void)snprintf(fault, sizeof(fault), "of tree %s it holds %zu memories, not %zu",
		hex, n, tip->n_memories);
	return report_index("recall/index.db", fault, check);
}

static int check_open_index(struct check *check, const char *dir)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	bool rebuilt = false;
	int rc = gm_index_open(&index, &rebuilt, dir, gm_repo_store(check->call->repo));

	if (rc == 0 && rebuilt)
		return report_index("recall/index.db",
			"it was damaged or of another version, and is empty now", check);
	if (rc == 0)
		rc = gm_index_check(index, report_index, check);
	for (size_t i = 0; rc == 0 && i < check->records.n_tips; i++)
		rc = compare_view(check, index, &check->records.tips[i]);
	return rc;
}

/* Without an index there is nothing to check: the next reader makes one. */
static int check_index(struct check *check)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&dir, check->call->repo, "recall");

	if (rc == 0)
		rc = gm_repo_path(&file, check->call->repo, "recall/index.db");
	if (rc < 0 || !gm_path_exists(gm_buf_str(&file)))
		return rc;
	rc = check_open_index(check, gm_buf_str(&dir));
	if (rc < 0) {
		check->index_is_bad = true;
		rc = gm_faults_add_error(&check->faults, GM_SEVERITY_WARNING, "index",
			"recall/index.db", rc);
	}
	if (rc == 0 && check->index_is_bad)
		gm_talk(check->call, "hint: 'gitmem reindex' makes the index anew");
	return rc;
}

/* What is wrong in it is not used, or makes nothing worse than slow. */
static int check_graph(struct check *check)
{
	int rc = gm_commit_graph_check(
		gm_repo_store(check->call->repo), report_graph, check);

	if (rc == 0 && check->graph_is_bad)
		gm_talk(check->call, "hint: 'gitmem gc' makes the commit graph anew");
	return rc;
}

static int check_all(struct check *check)
{
	struct gm_repo *repo = check->call->repo;
	int rc;

	check->objects = (struct gm_fsck_objects)GM_FSCK_OBJECTS_INIT(
		gm_repo_store(repo), &check->faults);
	check->records =
		(struct gm_fsck_records)GM_FSCK_RECORDS_INIT(repo, &check->objects);
	rc = gm_store_check(gm_repo_store(repo), report_file, check);
	if (rc == 0)
		rc = gm_store_each_stray(gm_repo_store(repo), report_stray, check);
	if (rc < 0)
		rc = gm_faults_add_error(
			&check->faults, GM_SEVERITY_ERROR, "file", "objects", rc);
	if (rc == 0)
		rc = gm_fsck_objects_read(&check->objects);
	if (rc == 0)
		rc = gm_fsck_refs(&check->branches, repo, &check->objects);
	if (rc == 0)
		rc = gm_fsck_leftovers(&check->faults, repo);
	if (rc == 0)
		rc = gm_fsck_stages(&check->faults, repo);
	if (rc == 0)
		rc = gm_fsck_merges(repo, &check->objects);
	if (rc == 0)
		rc = gm_fsck_reflogs(repo, &check->objects);
	if (rc == 0)
		rc = gm_fsck_records(&check->records, &check->branches);
	if (rc == 0)
		rc = check_graph(check);
	return rc < 0 ? rc : check_index(check);
}

static int print_json(struct check *check, struct gm_fsck_repair *repair)
{
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_int(object, "objects", (long long)check->objects.n_read);

	if (rc == 0)
		rc = gm_json_set_int(
			object, "memories", (long long)check->records.n_memories);
	if (rc == 0)
		rc = gm_faults_give(object, "errors", &check->faults, GM_SEVERITY_ERROR);
	if (rc == 0)
		rc = gm_faults_give(
			object, "warnings", &check->faults, GM_SEVERITY_WARNING);
	if (rc == 0 && repair)
		rc = gm_fsck_repair_give(object, repair);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int conclude(struct check *check, struct gm_fsck_repair *repair)
{
	const size_t *n = check->faults.n;
	int rc = check->call->json ? print_json(check, repair) : 0;

	if (rc < 0)
		return rc;
	if (check->call->verbose)
		gm_talk(check->call, "%zu objects, %zu memories", check->objects.n_read,
			check->records.n_memories);
	if (!n[GM_SEVERITY_ERROR] && repair && repair->has_losses)
		return gm_error(GM_ENO,
			"the repository is whole again, but not all could be saved");
	if (!n[GM_SEVERITY_ERROR])
		return 0;
	return gm_error(GM_ENO, "the repository is damaged: %zu error%s, %zu warning%s",
		n[GM_SEVERITY_ERROR], n[GM_SEVERITY_ERROR] == 1 ? "" : "s",
		n[GM_SEVERITY_WARNING], n[GM_SEVERITY_WARNING] == 1 ? "" : "s");
}

static void check_dispose(struct check *check)
{
	gm_fsck_records_dispose(&check->records);
	gm_fsck_objects_dispose(&check->objects);
	gm_faults_dispose(&check->faults);
	gm_strv_dispose(&check->branches);
}

static int check_repository(struct check *check)
{
	int rc = open_repository(check);

	return rc > 0 ? check_all(check) : rc;
}

/* A file that nobody names may hold what is missing. */
static struct gm_fsck_needs needs_of(const struct check *check)
{
	return (struct gm_fsck_needs){.settings = check->is_closed,
		.store = check->n_store || check->objects.n_broken ||
			(check->objects.n_missing && check->n_strays)};
}

/* What was found is told, then what is done, then what is found after that. */
static int repair_and_check(struct check *check, struct gm_fsck_repair *repair)
{
	const struct gm_fsck_needs needs = needs_of(check);
	struct gm_call *call = check->call;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	int rc = find_folder(&dir);

	check_dispose(check);
	*check = (struct check){.call = call, .faults = GM_FAULTS_INIT(call)};
	if (rc == 0)
		rc = gm_fsck_repair(repair, gm_buf_str(&dir), &needs);
	return rc < 0 ? rc : check_repository(check);
}

/* When the repository had to be opened first, the rest of the damage is seen after that. */
#define ROUNDS_MAX 3

static int run_repair(struct gm_call *call)
{
	struct check check = {.call = call, .faults = GM_FAULTS_INIT(call)};
	struct gm_fsck_repair repair = GM_FSCK_REPAIR_INIT(call);
	int rc = check_repository(&check);

	if (rc == 0 && !check.faults.n[GM_SEVERITY_ERROR])
		gm_talk(call, "there is nothing to repair");
	for (int round = 0;
		rc == 0 && check.faults.n[GM_SEVERITY_ERROR] && round < ROUNDS_MAX;
		round++) {
		size_t n_done = repair.n_done;
		rc = repair_and_check(&check, &repair);
		if (repair.n_done == n_done)
			break;
	}
	if (rc == 0)
		rc = gm_fsck_repair_print(&repair);
	if (rc == 0)
		rc = conclude(&check, &repair);
	gm_fsck_repair_dispose(&repair);
	check_dispose(&check);
	return rc;
}

static int run(struct gm_call *call)
{
	struct check check = {.call = call, .faults = GM_FAULTS_INIT(call)};
	int rc = check_repository(&check);

	if (rc == 0)
		rc = conclude(&check, NULL);
	check_dispose(&check);
	return rc;
}

int gm_cmd_fsck(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"fsck [--repair] [--progress]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool repair = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "repair", &repair, NULL,
			"save what is whole, and list what is lost", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "fsck",
		.synopsis = synopsis,
		.summary = "Check that everything in the repository is whole, and repair "
			   "it.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc < 0)
		return rc;
	return repair ? run_repair(call) : run(call);
}
