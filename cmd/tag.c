#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "cmd/commands.h"
#include "cmd/editor.h"
#include "cmd/message.h"
#include "cmd/tag_change.h"
#include "cmd/tag_object.h"
#include "cmd/text.h"

/* How wide names are before the lines of -n, as git's. */
#define NAME_COLUMNS ((size_t)15)

struct tag_options {
	bool annotate;
	bool drop;
	bool force;
	bool list;
	size_t lines; /* of the message, to be listed */
	struct gm_strv messages;
};

struct listing {
	struct gm_call *call;
	const struct gm_options_result *patterns;
	size_t lines;
};

/* What a tag is: the object it names, and the tag object if there is one. */
struct tag {
	const char *name;
	struct gm_oid oid;
	enum gm_object_type type;
	struct gm_oid target; /* behind all tag objects */
	enum gm_object_type target_type;
	struct gm_tag_object object;
};

static int read_tag(struct tag *out, struct gm_store *store)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	size_t size;
	int rc = gm_store_read_header(&out->type, &size, store, &out->oid);

	if (rc == 0)
		rc = gm_object_peel(&out->target, &out->target_type, store, &out->oid);
	if (rc < 0 || out->type != GM_OBJECT_TAG)
		return rc;
	rc = gm_store_read_type(&bytes, store, &out->oid, GM_OBJECT_TAG);
	return rc < 0 ? rc : gm_tag_object_parse(&out->object, bytes.ptr, bytes.size);
}

static int give_tag(json_t *object, const struct tag *tag)
{
	static const char *const taken[] = {"tagger", "message"};
	gm_autojson *shown = NULL;
	char hex[GM_OID_HEX];
	bool annotated = tag->type == GM_OBJECT_TAG;
	int rc = gm_json_set_string(object, "name", tag->name);

	gm_oid_format(hex, &tag->oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "object", hex);
	if (rc == 0)
		rc = gm_json_set_string(object, "type", gm_object_type_name(tag->type));
	gm_oid_format(hex, &tag->target);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit",
			tag->target_type == GM_OBJECT_COMMIT ? hex : NULL);
	if (rc == 0 && annotated)
		rc = gm_tag_json(&shown, &tag->object);
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		json_t *value = shown ? json_incref(json_object_get(shown, taken[i]))
				      : json_null();
		rc = gm_json_set(object, taken[i], value);
	}
	return rc;
}

static int print_json(const struct tag *tag)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? give_tag(object, tag) : GM_ENOMEM;

	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* The first lines of a message, those behind the first one indented. */
static int put_lines(struct gm_buf *out, const char *message, size_t n)
{
	int rc = 0;

	message += strspn(message, "\n");
	for (size_t i = 0; rc == 0 && i < n && *message; i++) {
		size_t size = strcspn(message, "\n");
		rc = i ? gm_buf_puts(out, "\n    ") : 0;
		if (rc == 0)
			rc = gm_put_safe(out, message, size);
		message += size + (message[size] == '\n');
	}
	return rc;
}

static int put_message(
	struct gm_buf *out, const struct tag *tag, struct gm_store *store, size_t lines)
{
	gm_autocommit commit = GM_COMMIT_INIT;

	if (tag->type == GM_OBJECT_TAG)
		return put_lines(out, tag->object.message, lines);
	if (tag->type != GM_OBJECT_COMMIT)
		return 0;
	int rc = gm_commit_read(&commit, store, &tag->oid);
	return rc < 0 ? rc : put_lines(out, commit.message, lines);
}

static int print_lines(const struct listing *listing, const struct tag *tag)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);
	size_t width = gm_utf8_width(tag->name, strlen(tag->name));
	int rc = gm_puts_safe(&line, tag->name);

	if (rc == 0)
		rc = gm_buf_printf(&line, "%*s ",
			width < NAME_COLUMNS ? (int)(NAME_COLUMNS - width) : 0, "");
	if (rc == 0)
		rc = put_message(
			&line, tag, gm_repo_store(listing->call->repo), listing->lines);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static bool is_wanted(const struct listing *listing, const char *name)
{
	const struct gm_options_result *patterns = listing->patterns;

	for (size_t i = 0; i < patterns->n_rest; i++)
		if (fnmatch(patterns->rest[i], name, 0) == 0)
			return true;
	return !patterns->n_rest;
}

static int print_tag(const char *ref, const struct gm_oid *oid, void *payload)
{
	const struct listing *listing = payload;
	struct gm_call *call = listing->call;
	struct tag tag = {.name = ref + strlen("refs/tags/"),
		.oid = *oid,
		.object = GM_TAG_OBJECT_INIT};

	if (!is_wanted(listing, tag.name))
		return 0;
	if (!call->json && !listing->lines)
		return gm_print("%s\n", tag.name);
	int rc = read_tag(&tag, gm_repo_store(call->repo));
	if (rc == 0)
		rc = call->json ? print_json(&tag) : print_lines(listing, &tag);
	else
		rc = gm_error_prefix("%s", ref);
	gm_tag_object_dispose(&tag.object);
	return rc;
}

static int list_tags(
	struct gm_call *call, const struct gm_options_result *patterns, size_t lines)
{
	struct listing listing = {call, patterns, lines};
	int rc = gm_call_page(call);

	return rc < 0 ? rc
		      : gm_refs_each(gm_repo_refs(call->repo), "refs/tags/", print_tag,
				&listing);
}

static const char edit_help[] =
	"\n# The message of the tag. Lines that begin with '#' are left out;\n"
	"# an empty message makes no tag.\n";

static int edit_message(
	struct gm_buf *message, struct gm_edit_file *file, struct gm_call *call)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&text, edit_help);

	if (rc == 0)
		rc = gm_edit_text(file, &text, call);
	return rc < 0 ? rc : gm_message_clean(message, gm_buf_str(&text), true);
}

static int create(struct gm_call *call, const struct tag_options *options,
	const struct gm_options_result *args)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf message = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoeditfile file = GM_EDIT_FILE_INIT;
	struct gm_tag_request request = {.name = args->rest[0],
		.revision = args->n_rest == 2 ? args->rest[1] : NULL,
		.force = options->force};
	int rc = gm_message_join(&text, &options->messages);

	if (rc == 0 && options->messages.n)
		rc = gm_message_clean(&message, gm_buf_str(&text), false);
	else if (rc == 0 && options->annotate)
		rc = edit_message(&message, &file, call);
	if (rc == 0 && options->annotate && !options->messages.n && !message.size) {
		gm_edit_file_remove(&file);
		rc = gm_error(GM_ENO, "the message is empty: no tag was made");
	}
	if (options->annotate || options->messages.n)
		request.message = gm_buf_str(&message);
	if (rc == 0)
		rc = gm_tag_create(call, &request);
	if (rc < 0)
		gm_edit_file_hint(&file);
	else
		gm_edit_file_remove(&file);
	return rc;
}

static int check_options(
	const struct tag_options *options, const struct gm_options_result *args)
{
	bool creates = options->annotate || options->force || options->messages.n;
	bool lists = options->list || options->lines;

	if (creates + options->drop + lists > 1)
		return gm_error(GM_EUSAGE,
			"making, deleting and listing tags exclude each other");
	if (lists)
		return 0;
	return gm_command_expect_args(
		args, creates || options->drop ? 1 : 0, options->drop ? SIZE_MAX : 2);
}

static int run(struct gm_call *call, const struct tag_options *options,
	const struct gm_options_result *args)
{
	int rc = check_options(options, args);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	if (options->drop)
		return gm_tags_delete(call, args->rest, args->n_rest);
	if (options->list || options->lines || !args->n_rest)
		return list_tags(call, args, options->lines);
	return create(call, options, args);
}

int gm_cmd_tag(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"tag [-n[<n>]] [-l [<pattern>...]]",
		"tag [-a] [-f] [-m <msg>]... <name> [<revision>]", "tag -d <name>...",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct tag_options options = {.messages = GM_STRV_INIT};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'l', "list", &options.list, NULL,
			"list the tags whose names fit one of the patterns", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_OPTIONAL_SIZE, 'n', NULL, &options.lines, "N",
			"list so many lines of the message, too", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'a', "annotate", &options.annotate, NULL,
			"make a tag with a message, a date and a name", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRV, 'm', "message", &options.messages, "MSG",
			"its message, paragraph by paragraph (implies -a)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'f', "force", &options.force, NULL,
			"let a tag of this name give way", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'd', "delete", &options.drop, NULL, "delete tags", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "tag",
		.synopsis = synopsis,
		.summary = "List, make or delete tags.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc == 0)
		rc = run(call, &options, &args);
	gm_strv_dispose(&options.messages);
	return rc;
}
