#include <string.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/memory.h"
#include "cmd/memory_options.h"
#include "cmd/merge_waiting.h"
#include "cmd/write.h"
#include "dag/path_rule.h"

/* Shorter beginnings and ends of ids are not taken for one. */
#define MIN_PART ((size_t)4)

static bool has_part(const char *id, const char *part)
{
	size_t size = strlen(part), id_size = strlen(id);

	return size >= MIN_PART && size <= id_size &&
		(!strncmp(id, part, size) || !strcmp(id + id_size - size, part));
}

static bool has_key(const char *path, const char *key)
{
	size_t size = strlen(key);

	return !strncmp(path, "keys/", 5) && !strncmp(path + 5, key, size) &&
		!strcmp(path + 5 + size, ".md");
}

/* The ways to name a memory, in the order of gitmem(1). */
static bool is_named(const struct gm_merge_entry *entry, const char *name, int way)
{
	switch (way) {
	case 0:
		return has_key(entry->path, name);
	case 1:
		return !strcmp(entry->id, name);
	case 2:
		return !strcmp(entry->path, name);
	default:
		return has_part(entry->id, name);
	}
}

/* The one conflict that is meant. `*out` stays NULL when there is none. */
static int find_by(const struct gm_merge_entry **out, const struct gm_tree_merge *trees,
	const char *name, int way)
{
	for (size_t i = 0; i < trees->n; i++) {
		const struct gm_merge_entry *entry = &trees->entries[i];
		if (entry->what != GM_MERGE_CONFLICT || !is_named(entry, name, way))
			continue;
		if (*out)
			return gm_error(GM_EAMBIGUOUS,
				"'%s' could be '%s' (%s) or '%s' (%s)", name, (*out)->id,
				(*out)->path, entry->id, entry->path);
		*out = entry;
	}
	return 0;
}

static int find_conflict(const struct gm_merge_entry **out,
	const struct gm_tree_merge *trees, const char *name)
{
	int rc = 0;

	*out = NULL;
	for (int way = 0; rc == 0 && !*out && way < 4; way++)
		rc = find_by(out, trees, name, way);
	if (rc < 0 || *out)
		return rc;
	rc = gm_error(GM_ENOTFOUND, "no conflict is about '%s'", name);
	gm_error_hint("'gitmem list --conflicts' lists them");
	return rc;
}

/* What a person wrote without front matter is the text of the memory, the rest is as merged. */
static int read_text(struct gm_record *out, const struct gm_waiting_merge *waiting,
	const struct gm_merge_entry *entry, const struct gm_buf *text)
{
	/* The newline that ends a file is not part of what was said, as for `add`. */
	bool ends = text->size && text->ptr[text->size - 1] == '\n';
	gm_autobuf merged = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type;
	gm_time now;
	int rc = gm_batch_read(&merged, &type, waiting->merge.batch, &entry->merged);

	if (rc == 0)
		rc = gm_record_decode(out, gm_buf_str(&merged), merged.size);
	if (rc == 0)
		rc = gm_record_set_content(out, gm_buf_str(text), text->size - ends);
	if (rc == 0)
		rc = gm_call_now(&now);
	if (rc < 0)
		return rc;
	if (out->updated == GM_TIME_NONE || out->updated < now)
		out->updated = now;
	return 0;
}

/* The file becomes the one byte form of the memory it is to be. */
static int make_record(struct gm_buf *bytes, struct gm_call *call,
	const struct gm_waiting_merge *waiting, const struct gm_merge_entry *entry,
	const char *file)
{
	gm_autorecord record = GM_RECORD_INIT;
	size_t max = 0;
	int rc = bytes->size >= 4 && !memcmp(bytes->ptr, "---\n", 4)
		? gm_record_decode(&record, bytes->ptr, bytes->size)
		: read_text(&record, waiting, entry, bytes);

	if (rc == GM_EINVALID)
		return gm_error_prefix("'%s' is no memory", file);
	if (rc == 0 && strcmp(record.id, entry->id) != 0)
		return gm_error(GM_EINVALID, "'%s' is the memory '%s', not '%s'", file,
			record.id, entry->id);
	/* As elsewhere a text does not go by an empty file, which a failed program leaves. */
	if (rc == 0 && gm_text_is_blank(record.content, record.content_size))
		return gm_error(GM_EINVALID, "the text is empty");
	if (rc == 0)
		rc = gm_repo_max_content(&max, call->repo);
	if (rc == 0)
		rc = gm_record_normalise(&record, max);
	if (rc < 0)
		return rc;
	gm_buf_reset(bytes);
	return gm_record_encode(bytes, &record);
}

static int read_file(struct gm_settlement *out, struct gm_call *call,
	const struct gm_waiting_merge *waiting, const struct gm_merge_entry *entry,
	const char *file)
{
	bool is_stdin = !strcmp(file, "-");
	int rc = is_stdin ? gm_file_read_fd(&out->bytes, 0, "standard input")
			  : gm_file_read_any(&out->bytes, file);

	return rc < 0 || !*entry->id
		? rc
		: make_record(&out->bytes, call, waiting, entry, file);
}

static int settle(struct gm_waiting_merge *waiting, struct gm_call *call,
	const struct gm_merge_entry *entry, const char *take)
{
	struct gm_settlement how = {
		.name = *entry->id ? (char *)(uintptr_t)entry->id : entry->path,
		.take = GM_TAKE_BYTES,
		.bytes = GM_BUF_INIT(GM_MERGE_MAX_FILE),
		.ours = entry->ours,
		.theirs = entry->theirs};
	int rc = 0;

	if (!strcmp(take, "ours"))
		how.take = GM_TAKE_OURS;
	else if (!strcmp(take, "theirs"))
		how.take = GM_TAKE_THEIRS;
	else
		rc = read_file(&how, call, waiting, entry, take);
	if (rc == 0)
		rc = gm_merge_state_settle(&waiting->state, &how);
	gm_buf_dispose(&how.bytes);
	return rc;
}

static int tell(struct gm_call *call, const char *id, const char *path, size_t n_left)
{
	gm_autojson *object = NULL;
	int rc;

	if (!call->json) {
		if (n_left)
			gm_talk(call, "%zu conflict%s left", n_left,
				n_left == 1 ? " is" : "s are");
		else
			gm_talk(call,
				"all is settled: 'gitmem merge --continue' "
				"concludes the merge");
		return 0;
	}
	object = gm_json_object();
	rc = object ? gm_json_set_string(object, "id", *id ? id : NULL) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_string(object, "path", path);
	if (rc == 0)
		rc = gm_json_set_int(object, "conflicts", (long long)n_left);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int run(struct gm_call *call, const char *name, const char *take)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	const struct gm_merge_entry *entry = NULL;
	gm_autofree char *path = NULL;
	char id[GM_UUID_TEXT];
	int rc = gm_writer_begin(&writer, call, true);

	if (rc == 0)
		rc = gm_waiting_merge_read(&waiting, call, &writer.head);
	if (rc == 0)
		rc = gm_waiting_merge_plan(&waiting, call, &writer.start, false);
	if (rc == 0)
		rc = find_conflict(&entry, &waiting.merge.trees, name);
	if (rc == 0)
		rc = settle(&waiting, call, entry, take);
	if (rc < 0)
		return rc;
	memcpy(id, entry->id, sizeof(id));
	path = gm_strdup(entry->path);
	rc = path ? gm_waiting_merge_plan(&waiting, call, &writer.start, true)
		  : GM_ENOMEM;
	if (rc == 0)
		rc = gm_merge_state_write(call->repo, writer.lock, &waiting.state);
	return rc < 0 ? rc : tell(call, id, path, waiting.merge.trees.n_conflicts);
}

int gm_cmd_resolve(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"resolve <id> --take (ours | theirs | <file>)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	const char *take = NULL;
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 't', "take", &take, "WHOSE",
			"ours, theirs, or a file with what it is to become", NULL,
			GM_COMPLETE_FILE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "resolve",
		.synopsis = synopsis,
		.summary = "Settle a conflict of the merge that waits.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, 1);
	if (rc == 0 && (!take || !*take))
		rc = gm_error(GM_EUSAGE, "--take is missing");
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc : run(call, args.rest[0], take);
}
