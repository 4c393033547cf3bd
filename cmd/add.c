#include <string.h>

#include "cmd/commands.h"
#include "cmd/memory_options.h"
#include "cmd/write.h"

struct add_options {
	struct gm_memory_options memory;
	const char *file;
	const char *id;
	const char *message;
	bool commit;
	bool no_verify;
};

/* What an assignment to a key starts from, or a new memory. */
static int begin_record(struct gm_record *out, struct gm_memory *old,
	struct gm_writer *writer, const struct add_options *options)
{
	gm_autobuf agent = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = GM_ENOTFOUND;

	if (options->memory.key)
		rc = gm_memory_find_key(old, &writer->view, options->memory.key);
	if (rc == 0)
		return gm_record_copy(out, &old->record);
	if (rc != GM_ENOTFOUND)
		return rc;
	rc = gm_call_now(&out->created);
	if (rc == 0)
		rc = gm_call_agent(&agent, writer->call);
	if (rc == 0)
		rc = gm_record_set_text(&out->agent, gm_buf_str(&agent));
	if (options->memory.session && *options->memory.session)
		out->type = GM_RECORD_EPISODIC;
	return rc;
}

/* The id that was asked for; a memory that exists keeps its own. */
static int set_id(struct gm_record *record, const struct gm_memory *old,
	struct gm_writer *writer, const char *text)
{
	gm_automemory other = GM_MEMORY_INIT;
	uint8_t uuid[GM_UUID_SIZE];
	char id[GM_UUID_TEXT];

	if (!text)
		return old->path ? 0 : gm_uuid_new(record->id, record->created);
	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return gm_error(GM_EUSAGE, "--id: '%s' is not a UUID", text);
	gm_uuid_format(id, uuid);
	if (old->path)
		return !strcmp(id, record->id)
			? 0
			: gm_error(GM_EEXISTS, "the key '%s' belongs to another memory",
				  record->key);
	memcpy(record->id, id, GM_UUID_TEXT);
	int rc = gm_memory_find_id(&other, &writer->view, record->id);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0) {
		rc = gm_error(GM_EEXISTS, "a memory with the id '%s' exists", record->id);
		gm_error_hint("'gitmem edit' changes it");
	}
	return rc;
}

static int set_created(
	struct gm_record *record, const struct gm_memory *old, const char *text)
{
	gm_time created;

	if (!text)
		return 0;
	int rc = gm_parse_time_option(&created, "--created", text);
	if (rc < 0)
		return rc;
	if (old->path && created != old->record.created)
		return gm_error(GM_EINVALID,
			"'%s' exists, and its creation time never changes",
			old->record.key);
	record->created = created;
	return 0;
}

static int make_record(struct gm_record *out, struct gm_memory *old,
	struct gm_writer *writer, const struct add_options *options,
	const struct gm_buf *content)
{
	int rc = begin_record(out, old, writer, options);

	if (rc == 0)
		rc = set_created(out, old, options->memory.created);
	if (rc == 0)
		rc = set_id(out, old, writer, options->id);
	if (rc == 0)
		rc = gm_memory_options_apply(out, &options->memory, &writer->view, false);
	if (rc == 0)
		rc = gm_record_set_content(out, gm_buf_str(content), content->size);
	return rc;
}

static int run(struct gm_call *call, const struct add_options *options,
	const struct gm_buf *content)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_automemory old = GM_MEMORY_INIT;
	gm_autorecord record = GM_RECORD_INIT;
	int rc = gm_writer_begin(&writer, call, false);

	writer.no_verify = options->no_verify;
	if (rc == 0)
		rc = make_record(&record, &old, &writer, options, content);
	if (rc == 0)
		rc = gm_changes_put_edited(
			&changes, &writer, &record, old.path ? &old : NULL);
	if (rc == 0 && !options->commit)
		rc = gm_writer_stage(&writer, &changes);
	else if (rc == 0)
		rc = gm_writer_commit_at_once(&result, &writer, &changes,
			old.path ? &old : NULL, options->message);
	if (rc < 0)
		return rc;
	if (!call->json)
		return gm_print("%s\n", record.id);
	return gm_print_written(&writer, &changes, &record, &old, &result);
}

int gm_cmd_add(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"add [<options>] <text>...", "add [<options>] (- | --file <file>)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_automemory_options memory = GM_MEMORY_OPTIONS_INIT;
	struct add_options options = {0};
	struct gm_option table[GM_MEMORY_OPTIONS + 6] = {
		{GM_OPTION_STRING, 'F', "file", &options.file, "FILE",
			"take the text from a file", NULL, GM_COMPLETE_FILE},
		{GM_OPTION_STRING, 0, "id", &options.id, "UUID", "the id to give it",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'c', "commit", &options.commit, NULL,
			"commit this memory, and only it, at once", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the commit's message (with -c)", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg (with -c)", NULL,
			GM_COMPLETE_NONE},
	};
	const struct gm_usage usage = {
		.command = "add",
		.synopsis = synopsis,
		.summary = "Remember something: stage a new memory, or assign to a key.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	gm_memory_options_fill(table + 5, &memory);
	table[GM_MEMORY_OPTIONS + 5] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	if (!options.file == !args.n_rest)
		return gm_error(GM_EUSAGE,
			options.file ? "a text and --file were both given"
				     : "the text is missing (\"-\" reads it "
				       "from standard input)");
	if (memory.key && !*memory.key)
		return gm_error(GM_EUSAGE, "--key: an empty key");
	rc = gm_check_message(options.message, options.commit);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	gm_autobuf content = GM_BUF_INIT(GM_BUF_LARGE);
	rc = gm_read_content(&content, call, args.rest, args.n_rest, options.file);
	if (rc == 0 && !content.size)
		rc = gm_error(GM_EINVALID, "the text is empty");
	if (rc < 0)
		return rc;
	options.memory = memory;
	return run(call, &options, &content);
}
