#include <string.h>

#include "cmd/commands.h"
#include "cmd/editor.h"
#include "cmd/memory_options.h"
#include "cmd/write.h"

struct edit_options {
	const char *name;
	struct gm_memory_options memory;
	const char *content;
	const char *file;
	struct gm_buf text; /* what --content or --file give */
	const char *message;
	bool commit;
};

/* What a person made of a memory in the editor, and what it was when they began. */
struct edited {
	struct gm_edit_file file;
	struct gm_oid began_with;
	struct gm_record record;
};

static void edited_dispose(struct edited *edited)
{
	gm_edit_file_dispose(&edited->file);
	gm_record_dispose(&edited->record);
}

static bool wants_editor(const struct edit_options *options)
{
	return gm_memory_options_empty(&options->memory) && !options->content &&
		!options->file;
}

/* What never changes stays; everything else is as the person left it. */
static int decode_edited(
	struct edited *edited, const struct gm_memory *memory, const struct gm_buf *text)
{
	int rc = gm_record_decode(&edited->record, gm_buf_str(text), text->size);

	if (rc < 0)
		return gm_error_prefix("the edited text is no memory");
	if (strcmp(edited->record.id, memory->record.id) ||
		edited->record.created != memory->record.created)
		return gm_error(
			GM_EINVALID, "'id' and 'created' of a memory never change");
	if (gm_text_is_blank(edited->record.content, edited->record.content_size) &&
		!gm_text_is_blank(memory->record.content, memory->record.content_size))
		return gm_error(GM_EINVALID, "the text is empty");
	if (edited->record.scope == GM_SCOPE_PRIVATE)
		return gm_error(GM_EINVALID, "private memories cannot be stored yet");
	return 0;
}

/* Without the lock: an editor may stay open for an afternoon. */
static int edit_in_editor(
	struct edited *edited, struct gm_call *call, const struct edit_options *options)
{
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autohead head = GM_HEAD_INIT;
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_call_head_and_stage(&head, &stage, call);

	if (rc < 0)
		return rc;
	view.tree = head.tree;
	view.stage = stage;
	rc = gm_memory_find(&memory, &view, options->name);
	edited->began_with = memory.blob;
	if (rc == 0)
		rc = gm_record_encode(&text, &memory.record);
	if (rc == 0)
		rc = gm_edit_text(&edited->file, &text, call);
	return rc < 0 ? rc : decode_edited(edited, &memory, &text);
}

static int take_edited(struct gm_record *record, const struct edited *edited,
	const struct gm_memory *old)
{
	if (gm_oid_equal(&edited->began_with, &old->blob))
		return gm_record_copy(record, &edited->record);
	return gm_error(
		GM_EMODIFIED, "the memory was changed by another process meanwhile");
}

static int take_options(struct gm_record *record, struct gm_writer *writer,
	const struct edit_options *options, const struct gm_memory *old)
{
	int rc = gm_record_copy(record, &old->record);

	if (rc == 0)
		rc = gm_memory_options_apply(
			record, &options->memory, &writer->view, true);
	if (rc < 0 || (!options->content && !options->file))
		return rc;
	return gm_record_set_content(
		record, gm_buf_str(&options->text), options->text.size);
}

static int run(struct gm_call *call, const struct edit_options *options)
{
	gm_cleanup(edited_dispose) struct edited edited = {
		.file = GM_EDIT_FILE_INIT, .record = GM_RECORD_INIT};
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_automemory old = GM_MEMORY_INIT;
	gm_autorecord record = GM_RECORD_INIT;
	int rc = wants_editor(options) ? edit_in_editor(&edited, call, options) : 0;

	if (rc == 0)
		rc = gm_writer_begin(&writer, call, false);
	if (rc == 0)
		rc = gm_memory_find(&old, &writer.view, options->name);
	if (rc == 0)
		rc = edited.file.path ? take_edited(&record, &edited, &old)
				      : take_options(&record, &writer, options, &old);
	if (rc == 0)
		rc = gm_changes_put_edited(&changes, &writer, &record, &old);
	if (rc == 0)
		rc = options->commit ? gm_writer_commit_at_once(&result, &writer,
					       &changes, &old, options->message)
				     : gm_writer_stage(&writer, &changes);
	if (rc < 0) {
		gm_edit_file_hint(&edited.file);
		return rc;
	}
	gm_edit_file_remove(&edited.file);
	if (!call->json)
		return 0;
	return gm_print_written(&writer, &changes, &record, &old, &result);
}

int gm_cmd_edit(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"edit [<options>] <memory>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_automemory_options memory = GM_MEMORY_OPTIONS_INIT;
	struct edit_options options = {0};
	struct gm_option table[GM_MEMORY_OPTIONS + 5] = {
		{GM_OPTION_STRING, 0, "content", &options.content, "TEXT",
			"the new text (\"-\" reads it from standard input)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'F', "file", &options.file, "FILE",
			"take the text from a file", NULL, GM_COMPLETE_FILE},
		{GM_OPTION_BOOL, 'c', "commit", &options.commit, NULL,
			"commit this change, and only it, at once", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the commit's message (with -c)", NULL, GM_COMPLETE_NONE},
	};
	const struct gm_usage usage = {
		.command = "edit",
		.synopsis = synopsis,
		.summary = "Change a memory; without options, in an editor.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};

	gm_memory_options_fill(table + 4, &memory);
	table[GM_MEMORY_OPTIONS + 4] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, 1);
	if (rc < 0)
		return rc;
	if (memory.created)
		return gm_error(GM_EUSAGE, "the creation time of a memory never changes");
	if (options.content && options.file)
		return gm_error(GM_EUSAGE, "--content and --file were both given");
	rc = gm_check_message(options.message, options.commit);
	if (rc < 0)
		return rc;
	options.name = args.rest[0];
	options.memory = memory;
	options.text = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	rc = gm_call_open(call);
	/* Before the lock is taken: who feeds our standard input may take his time. */
	if (rc == 0 && (options.content || options.file))
		rc = gm_read_content(
			&options.text, call, &options.content, 1, options.file);
	if (rc == 0)
		rc = run(call, &options);
	gm_buf_dispose(&options.text);
	return rc;
}
