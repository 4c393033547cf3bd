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
	bool no_verify;
};

/* What a person made of a memory in the editor, and what it was when they began. */
struct edited {
	struct gm_edit_file file;
	struct gm_memory began_with;
	struct gm_record record;
	bool is_changed;
	struct gm_record_merge merge; /* with what others made of it meanwhile */
};

#define EDITED_INIT                                                      \
	{                                                                \
		.file = GM_EDIT_FILE_INIT, .began_with = GM_MEMORY_INIT, \
		.record = GM_RECORD_INIT, .merge = GM_RECORD_MERGE_INIT, \
	}

static void edited_dispose(struct edited *edited)
{
	gm_edit_file_dispose(&edited->file);
	gm_memory_dispose(&edited->began_with);
	gm_record_dispose(&edited->record);
	gm_record_merge_dispose(&edited->merge);
}

static bool wants_editor(const struct edit_options *options)
{
	return gm_memory_options_empty(&options->memory) && !options->content &&
		!options->file;
}

/* What never changes stays; everything else is as the person left it. */
static int decode_edited(struct edited *edited, const struct gm_buf *text)
{
	const struct gm_memory *memory = &edited->began_with;
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
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autostrv fields = GM_STRV_INIT;
	int rc = gm_call_head_and_stage(&head, &stage, call);

	if (rc < 0)
		return rc;
	view.tree = head.tree;
	view.stage = stage;
	rc = gm_memory_find(&edited->began_with, &view, options->name);
	if (rc == 0)
		rc = gm_record_encode(&text, &edited->began_with.record);
	if (rc == 0)
		rc = gm_edit_text(&edited->file, &text, call);
	if (rc == 0)
		rc = decode_edited(edited, &text);
	if (rc == 0)
		rc = gm_record_changed_fields(
			&fields, &edited->began_with.record, &edited->record);
	edited->is_changed = rc < 0 || fields.n;
	return rc;
}

/* The blob that a record makes, edited now. */
static int put_stamp(struct gm_oid *out, struct gm_record *record)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_call_now(&record->updated);

	if (rc == 0)
		rc = gm_record_normalise(record, SIZE_MAX);
	if (rc == 0)
		rc = gm_record_encode(&bytes, record);
	if (rc == 0)
		gm_object_hash(out, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	return rc;
}

/* What others made of the memory meanwhile must not get lost, nor what the person did. */
static int take_edited(
	struct gm_record *record, struct edited *edited, const struct gm_memory *old)
{
	struct gm_oid blob;

	if (!old->path || gm_oid_equal(&edited->began_with.blob, &old->blob))
		return gm_record_copy(record, &edited->record);
	if (!edited->is_changed)
		return gm_record_copy(record, &old->record);
	int rc = put_stamp(&blob, &edited->record);
	const struct gm_record_merge_input input = {
		.base = &edited->began_with.record,
		.ours = &edited->record,
		.theirs = &old->record,
		.ours_blob = &blob,
		.theirs_blob = &old->blob,
	};
	if (rc == 0)
		rc = gm_record_merge(&edited->merge, &input);
	return rc < 0 ? rc : gm_record_copy(record, &edited->merge.merged);
}

/* One text of two that do not merge, unless it is there already. */
static int put_sibling(
	struct gm_changes *changes, struct gm_writer *writer, struct edited *edited)
{
	gm_automemory there = GM_MEMORY_INIT;

	if (!edited->merge.has_sibling)
		return 0;
	int rc = gm_memory_find_id(&there, &writer->view, edited->merge.sibling.id);
	return rc == GM_ENOTFOUND
		? gm_changes_put(changes, writer, &edited->merge.sibling, NULL)
		: rc;
}

/* What somebody wrote is not lost when it cannot be taken. */
static void keep_text(struct edited *edited)
{
	if (!edited->is_changed)
		gm_edit_file_remove(&edited->file);
	gm_edit_file_hint(&edited->file);
}

static void tell_meanwhile(const struct gm_call *call, const struct edited *edited,
	const struct gm_memory *old)
{
	if (!edited->file.path || !edited->is_changed ||
		(old->path && gm_oid_equal(&edited->began_with.blob, &old->blob)))
		return;
	if (!old->path)
		gm_talk(call, "it was removed meanwhile, and is back");
	else
		gm_talk(call, "merged with what another process made of it meanwhile");
	if (edited->merge.has_sibling)
		gm_talk(call, "the texts did not merge: %s holds the other one",
			gm_short_id(edited->merge.sibling.id));
}

/* One that was edited is found by its id, or not at all when it was removed meanwhile. */
static int find_old(struct gm_memory *out, struct gm_writer *writer,
	const struct edit_options *options, const struct edited *edited)
{
	if (!edited->file.path)
		return gm_memory_find(out, &writer->view, options->name);
	int rc = gm_memory_find_id(out, &writer->view, edited->record.id);
	return rc == GM_ENOTFOUND && edited->is_changed ? 0 : rc;
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
	gm_cleanup(edited_dispose) struct edited edited = EDITED_INIT;
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_automemory old = GM_MEMORY_INIT;
	gm_autorecord record = GM_RECORD_INIT;
	int rc = wants_editor(options) ? edit_in_editor(&edited, call, options) : 0;

	if (rc == 0)
		rc = gm_writer_begin(&writer, call, false);
	writer.no_verify = options->no_verify;
	if (rc == 0)
		rc = find_old(&old, &writer, options, &edited);
	const struct gm_memory *before = old.path ? &old : NULL;
	if (rc == 0)
		rc = edited.file.path ? take_edited(&record, &edited, &old)
				      : take_options(&record, &writer, options, &old);
	if (rc == 0)
		rc = gm_changes_put_edited(&changes, &writer, &record, before);
	if (rc == 0)
		rc = put_sibling(&changes, &writer, &edited);
	if (rc == 0)
		rc = options->commit ? gm_writer_commit_at_once(&result, &writer,
					       &changes, before, options->message)
				     : gm_writer_stage(&writer, &changes);
	if (rc < 0) {
		keep_text(&edited);
		return rc;
	}
	tell_meanwhile(call, &edited, &old);
	gm_edit_file_remove(&edited.file);
	if (!call->json)
		return 0;
	return gm_print_written(&writer, &changes, &record, before, &result);
}

int gm_cmd_edit(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"edit [<options>] <memory>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_automemory_options memory = GM_MEMORY_OPTIONS_INIT;
	struct edit_options options = {0};
	struct gm_option table[GM_MEMORY_OPTIONS + 6] = {
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
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg (with -c)", NULL,
			GM_COMPLETE_NONE},
	};
	const struct gm_usage usage = {
		.command = "edit",
		.synopsis = synopsis,
		.summary = "Change a memory; without options, in an editor.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};

	gm_memory_options_fill(table + 5, &memory);
	table[GM_MEMORY_OPTIONS + 5] = (struct gm_option)GM_OPTION_TABLE_END;
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
