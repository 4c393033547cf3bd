#include <stdint.h>
#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/write.h"
#include "dag/path_rule.h"

struct restore_options {
	const char *from;
	const char *message;
	bool staged;
	bool commit;
	bool no_verify;
};

/* A memory as it was, and where it is now. */
struct restored {
	struct gm_memory memory; /* with the place it is to have */
	char *now;               /* NULL: it is not there */
	struct gm_oid blob;      /* its bytes now */
};

struct restore {
	struct gm_call *call;
	struct gm_writer writer;
	struct gm_view source;
	struct gm_oid from; /* the commit or tree that `--from` names */
	struct restored *items;
	size_t n;
	struct gm_changes changes;
	struct gm_transaction_result result;
};

static void restore_dispose(struct restore *restore)
{
	for (size_t i = 0; i < restore->n; i++) {
		gm_memory_dispose(&restore->items[i].memory);
		gm_free(restore->items[i].now);
	}
	gm_free(restore->items);
	gm_view_dispose(&restore->source);
	gm_changes_dispose(&restore->changes);
	gm_transaction_result_dispose(&restore->result);
	gm_writer_dispose(&restore->writer);
}

static int find_path(struct gm_memory *out, struct gm_view *view, const char *name)
{
	gm_autofree char *path = NULL;
	int rc = gm_memory_locate(&path, view, name);

	return rc < 0 ? rc : gm_memory_find_path(out, view, path);
}

/* By the name it had then, else by the one it has now. */
static int find_source(struct gm_memory *out, struct restore *restore, const char *name,
	const char *revision)
{
	gm_automemory now = GM_MEMORY_INIT;
	int rc = find_path(out, &restore->source, name);

	if (rc != GM_ENOTFOUND)
		return rc;
	rc = find_path(&now, &restore->writer.view, name);
	if (rc == 0)
		rc = find_path(out, &restore->source, now.record.id);
	return rc == GM_ENOTFOUND
		? gm_error(GM_ENOTFOUND, "no memory '%s' in '%s'", name, revision)
		: rc;
}

/* The path rule's place; a record that is beyond our limits stays where it was. */
static int set_place(struct gm_memory *memory)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_copy(&record, &memory->record);

	if (rc < 0)
		return rc;
	rc = gm_record_normalise(&record, GM_BUF_LARGE);
	if (rc == GM_EINVALID || rc == GM_ETOOBIG)
		return 0;
	if (rc == 0)
		rc = gm_record_path(&path, &record);
	return rc < 0 ? rc : gm_record_set_text(&memory->path, gm_buf_str(&path));
}

/* What is there of the memory now; one that is damaged counts as gone. */
static int find_now(struct restored *item, struct gm_view *view)
{
	gm_automemory now = GM_MEMORY_INIT;
	int rc = find_path(&now, view, item->memory.record.id);

	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH)
		return 0;
	if (rc < 0)
		return rc;
	item->now = gm_steal(&now.path);
	item->blob = now.blob;
	return 0;
}

static int add_item(struct restore *restore, struct gm_memory *memory)
{
	struct restored *item = &restore->items[restore->n];

	for (size_t i = 0; i < restore->n; i++)
		if (!strcmp(restore->items[i].memory.record.id, memory->record.id))
			return 0;
	*item = (struct restored){.memory = *memory};
	*memory = (struct gm_memory)GM_MEMORY_INIT;
	restore->n++;
	int rc = set_place(&item->memory);
	return rc < 0 ? rc : find_now(item, &restore->writer.view);
}

static int find_all(struct restore *restore, const struct gm_options_result *args,
	const char *revision)
{
	int rc = 0;

	restore->items = gm_calloc(args->n_rest, sizeof(*restore->items));
	if (!restore->items)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < args->n_rest; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		rc = find_source(&memory, restore, args->rest[i], revision);
		if (rc == 0)
			rc = add_item(restore, &memory);
	}
	return rc;
}

static bool is_same(const struct restored *item)
{
	return item->now && !strcmp(item->now, item->memory.path) &&
		gm_oid_equal(&item->blob, &item->memory.blob);
}

/* What is brought back stands, whatever its place was when something was staged there. */
static int put(struct restore *restore, const char *path, struct gm_buf *bytes)
{
	int rc = gm_changes_put_file(&restore->changes, &restore->writer, path, bytes);

	return rc < 0 ? rc : gm_changes_base_now(&restore->changes, &restore->writer);
}

/* Those that move leave their places first: two may have changed theirs. */
static int remove_moved(struct restore *restore)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < restore->n; i++) {
		const struct restored *item = &restore->items[i];
		if (item->now && strcmp(item->now, item->memory.path) != 0)
			rc = put(restore, item->now, NULL);
	}
	return rc;
}

/* The place must be free, or hold what cannot be read any more. */
static int check_place(struct restore *restore, const struct restored *item)
{
	const struct gm_memory *memory = &item->memory;
	gm_automemory there = GM_MEMORY_INIT;

	if (item->now && !strcmp(item->now, memory->path))
		return 0;
	if (gm_memory_find_path(&there, &restore->writer.view, memory->path) ==
		GM_EMISMATCH)
		return 0;
	int rc = gm_changes_check_free(
		&restore->changes, &restore->writer, memory->path, NULL);
	if (rc == GM_EEXISTS)
		gm_error_hint("'gitmem rm' or 'gitmem edit --key' makes room for it");
	return rc;
}

static int put_back(struct restore *restore, const struct restored *item)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = check_place(restore, item);

	if (rc == 0)
		rc = gm_store_read_type(&bytes, gm_repo_store(restore->call->repo),
			&item->memory.blob, GM_OBJECT_BLOB);
	if (rc < 0)
		return rc;
	gm_changes_forget(&restore->changes, item->memory.path);
	return put(restore, item->memory.path, &bytes);
}

/* What is as it was may still wait on the stage, and be made on what is there no more. */
static int put_all(struct restore *restore)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < restore->n; i++) {
		const struct restored *item = &restore->items[i];
		if (!is_same(item) ||
			gm_stage_find(restore->writer.stage, item->memory.path))
			rc = put_back(restore, item);
	}
	return rc;
}

static int commit(struct restore *restore, const char *message)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n = restore->n;
	int rc = gm_buf_printf(
		&text, "restore %zu %s from ", n, n == 1 ? "memory" : "memories");

	if (rc == 0)
		rc = gm_abbreviate(
			&text, gm_repo_store(restore->call->repo), &restore->from);
	return rc < 0
		? rc
		: gm_writer_commit_at_once(&restore->result, &restore->writer,
			  &restore->changes, NULL, message ? message : gm_buf_str(&text));
}

static int print_all(struct restore *restore)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < restore->n; i++) {
		struct gm_memory *memory = &restore->items[i].memory;
		json_t *json = NULL;
		if (restore->result.committed)
			memory->commit = restore->result.commit;
		rc = gm_memory_json(&json, restore->call->repo, memory);
		if (rc == 0)
			rc = gm_print_json(json);
	}
	return rc;
}

static int restore_from(struct gm_call *call, const struct restore_options *options,
	const struct gm_options_result *args)
{
	gm_cleanup(restore_dispose) struct restore restore = {.call = call,
		.writer = GM_WRITER_INIT,
		.source = GM_VIEW_INIT(call),
		.changes = GM_CHANGES_INIT,
		.result = GM_TRANSACTION_RESULT_INIT};
	int rc = gm_writer_begin(&restore.writer, call, false);

	restore.writer.no_verify = options->no_verify;
	if (rc == 0)
		rc = gm_revision_parse(
			&restore.from, call->repo, options->from, call->branch);
	if (rc == 0)
		rc = gm_revision_tree(
			&restore.source.tree, call->repo, options->from, call->branch);
	if (rc == 0)
		rc = find_all(&restore, args, options->from);
	if (rc == 0)
		rc = remove_moved(&restore);
	if (rc == 0)
		rc = put_all(&restore);
	if (rc == 0 && restore.changes.n)
		rc = options->commit
			? commit(&restore, options->message)
			: gm_writer_restage(&restore.writer, &restore.changes);
	return rc < 0 || !call->json ? rc : print_all(&restore);
}

/* A memory of the stage, or one whose removal is staged. */
static int find_staged(struct gm_memory *out, struct gm_writer *writer, const char *name)
{
	gm_autoview committed = GM_VIEW_INIT(writer->call);
	int rc = find_path(out, &writer->view, name);

	if (rc != GM_ENOTFOUND)
		return rc;
	committed.tree = writer->head.tree;
	return find_path(out, &committed, name);
}

/* What is staged of another memory goes only when that is named as well. */
static int check_named(const struct gm_changes *changes, const struct gm_strv *ids)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct gm_change *change = &changes->items[i];
		gm_autorecord record = GM_RECORD_INIT;
		if (!change->data ||
			gm_record_decode(&record, change->data, change->size) < 0 ||
			gm_strv_contains(ids, record.id))
			continue;
		int rc = gm_error(GM_ERROR,
			"it is staged together with '%s', which has its place or had it",
			change->path);
		gm_error_hint("name both");
		return rc;
	}
	return 0;
}

static int restore_staged(struct gm_call *call, const struct gm_options_result *args)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autostrv ids = GM_STRV_INIT;
	int rc = gm_writer_begin(&writer, call, false);

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		rc = find_staged(&memory, &writer, args->rest[i]);
		if (rc == 0)
			rc = gm_strv_add(&ids, memory.record.id);
		if (rc == 0)
			rc = gm_changes_join_staged(&changes, &writer, memory.path);
	}
	if (rc == 0)
		rc = check_named(&changes, &ids);
	if (rc == 0 && changes.n)
		rc = gm_stage_drop(call->repo, writer.lock, writer.head.ref,
			changes.items, changes.n);
	if (rc == 0)
		gm_interrupt_ignore();
	return rc;
}

static int check_options(const struct restore_options *options)
{
	if (!options->from && !options->staged)
		return gm_error(GM_EUSAGE, "--from or --staged is missing");
	if (options->from && options->staged)
		return gm_error(GM_EUSAGE, "--from and --staged exclude each other");
	if (options->staged && options->commit)
		return gm_error(GM_EUSAGE, "--staged and --commit exclude each other");
	return gm_check_message(options->message, options->commit);
}

int gm_cmd_restore(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"restore --from <revision> [-c [-m <msg>] [--no-verify]] <memory>...",
		"restore --staged <memory>...", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct restore_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 0, "from", &options.from, "REV",
			"bring the memories back as they were then", NULL,
			GM_COMPLETE_REVISION},
		{GM_OPTION_BOOL, 0, "staged", &options.staged, NULL,
			"forget what is staged of the memories", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'c', "commit", &options.commit, NULL,
			"commit them, and only them, at once", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the commit's message (with -c)", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg (with -c)", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "restore",
		.synopsis = synopsis,
		.summary = "Bring memories back as they were.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	if (rc == 0)
		rc = check_options(&options);
	if (rc < 0)
		return rc;
	return options.staged ? restore_staged(call, &args)
			      : restore_from(call, &options, &args);
}
