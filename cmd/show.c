#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/revision_hint.h"
#include "cmd/show_object.h"
#include "cmd/text.h"
#include "dag/tree.h"

/* Where a name is looked up: what the next commit would hold, or the revision in $GITMEM_AT. */
struct place {
	struct gm_moment moment;
	struct gm_head head;
	struct gm_stage *stage;
	struct gm_view view;
};

static void place_dispose(struct place *place)
{
	gm_view_dispose(&place->view);
	gm_stage_free(place->stage);
	gm_head_dispose(&place->head);
}

static int place_open(struct place *place, struct gm_call *call)
{
	const char *at = getenv("GITMEM_AT");
	bool is_past = at && *at;
	int rc = gm_call_head_and_stage(&place->head, &place->stage, call);

	if (rc < 0)
		return rc;
	place->moment = (struct gm_moment){.tree = place->head.tree,
		.commit = place->head.commit,
		.time = gm_time_now()};
	if (is_past)
		rc = gm_call_moment(&place->moment, call, at);
	place->view.tree = place->moment.tree;
	place->view.stage = is_past ? NULL : place->stage;
	return rc;
}

static bool is_no_revision(int rc)
{
	return rc == GM_ENOTFOUND || rc == GM_EINVALID;
}

static bool is_full_id(const char *name)
{
	uint8_t uuid[GM_UUID_SIZE];

	return strlen(name) == GM_UUID_TEXT - 1 &&
		gm_uuid_parse(uuid, name, strlen(name));
}

/* The colon that ends the revision of REV:PATH; one inside braces belongs to a time. */
static const char *find_colon(const char *name)
{
	int depth = 0;

	for (; *name; name++) {
		depth += (*name == '{') - (*name == '}');
		if (*name == ':' && depth <= 0)
			return name;
	}
	return NULL;
}

/* REV:PATH or REV:ID, with `moment` that of REV. */
static int show_in_tree(struct gm_show *show, const struct gm_moment *moment,
	const char *rest, const char *name)
{
	gm_autoview view = GM_VIEW_INIT(show->call);
	gm_automemory memory = GM_MEMORY_INIT;
	size_t size = strlen(rest);
	bool must_be_folder = size > 1 && rest[size - 1] == '/';
	gm_autofree char *path = gm_strndup(rest, size - must_be_folder);
	struct gm_oid oid;
	unsigned mode = 0;
	int rc = path ? gm_tree_lookup(&oid, &mode, gm_repo_store(show->call->repo),
				&moment->tree, path)
		      : GM_ENOMEM;

	if (rc == 0 && must_be_folder && (mode & GM_MODE_TYPE) != GM_MODE_TREE)
		rc = GM_ENOTFOUND;
	if (rc == 0)
		return *rest ? gm_show_path(show, &oid, rest, moment, name)
			     : gm_show_object(show, &moment->tree, name);
	if (!is_no_revision(rc))
		return rc;
	view.tree = moment->tree;
	rc = gm_memory_find(&memory, &view, rest);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "no memory or file '%s' in '%.*s'", rest,
			(int)(strlen(name) - strlen(rest) - 1), name);
	if (rc < 0)
		return rc;
	memory.commit = moment->commit;
	return gm_show_memory(show, &view, moment, &memory);
}

/* 1 when the name was REV:REST and is shown, 0 when what stands before the colon is no revision. */
static int show_colon(struct gm_show *show, const char *name)
{
	const char *colon = find_colon(name);
	gm_autofree char *text = colon ? gm_strndup(name, (size_t)(colon - name)) : NULL;
	struct gm_moment moment;

	if (!colon || colon == name)
		return 0;
	if (!text)
		return GM_ENOMEM;
	int rc = gm_call_moment(&moment, show->call, text);
	if (rc < 0)
		return is_no_revision(rc) ? 0 : rc;
	rc = show_in_tree(show, &moment, colon + 1, name);
	return rc < 0 ? rc : 1;
}

static int ambiguous(const char *name, const struct gm_memory *memory)
{
	gm_autobuf which = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_printf(&which,
		memory->path ? "the memory %s at %s" : "several memories",
		memory->record.id, memory->path);

	if (rc < 0)
		return rc;
	rc = gm_error(GM_EAMBIGUOUS, "'%s' is a revision and also %s", name,
		gm_buf_str(&which));
	if (memory->path)
		gm_error_hint("'%s' names the memory, 'refs/heads/%s' a branch",
			memory->record.id, name);
	return rc;
}

static int no_memory_or_revision(const char *name, const struct gm_error *why)
{
	bool tells = why->code != GM_OK && gm_is_only_revision(name);
	int rc = tells ? gm_error(why->code, "%s", why->message)
		       : gm_error(GM_ENOTFOUND, "no memory or revision '%s'", name);

	gm_error_unknown(tells ? why->unknown : name);
	return rc;
}

/* Revisions come first; a name that fits both kinds of thing is not guessed at. */
static int show_name(struct gm_show *show, struct place *place, const char *name)
{
	gm_automemory memory = GM_MEMORY_INIT;
	struct gm_error why = {.code = GM_OK};
	struct gm_oid oid;
	int revision = GM_ENOTFOUND;

	if (!is_full_id(name))
		revision = gm_revision_parse(
			&oid, show->call->repo, name, show->call->branch);
	if (revision < 0 && !is_no_revision(revision) && revision != GM_EAMBIGUOUS)
		return revision;
	if (revision < 0)
		why = *gm_error_last();
	int rc = gm_memory_find(&memory, &place->view, name);
	bool fits = rc == 0 || rc == GM_EAMBIGUOUS;
	if (fits && !is_no_revision(revision))
		return ambiguous(name, &memory);
	if (revision == 0)
		return gm_show_object(show, &oid, name);
	if (revision == GM_EAMBIGUOUS)
		return gm_error(GM_EAMBIGUOUS, "%s", why.message);
	if (rc == GM_ENOTFOUND)
		return no_memory_or_revision(name, &why);
	return rc < 0 ? rc : gm_show_memory(show, &place->view, &place->moment, &memory);
}

static int show_head(struct gm_show *show, const struct place *place)
{
	if (!place->head.exists)
		return gm_error(GM_ENOTFOUND, "branch '%s' has no commit yet",
			place->head.branch ? place->head.branch : place->head.ref);
	return gm_show_object(show, &place->head.commit, "HEAD");
}

static int run(struct gm_call *call, const struct gm_options_result *args)
{
	gm_cleanup(place_dispose) struct place place = {
		.head = GM_HEAD_INIT, .stage = NULL, .view = GM_VIEW_INIT(call)};
	struct gm_show show = {call, gm_output_is_terminal(), false};
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = place_open(&place, call);
	if (rc == 0)
		rc = gm_call_page(call);
	if (rc == 0 && !args->n_rest)
		rc = show_head(&show, &place);
	for (size_t i = 0; rc == 0 && i < args->n_rest; i++) {
		rc = show_colon(&show, args->rest[i]);
		if (rc == 0)
			rc = show_name(&show, &place, args->rest[i]);
		else if (rc > 0)
			rc = 0;
	}
	return rc;
}

int gm_cmd_show(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"show [<options>] [<revision> | <memory> | <revision>:<path>]...", NULL};
	static const struct gm_option table[] = {GM_OPTION_TABLE_END};
	gm_autoargs args = GM_ARGS_INIT;
	const struct gm_usage usage = {
		.command = "show",
		.synopsis = synopsis,
		.summary = "Show a commit with what it changed, or a memory.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};
	int rc = gm_command_parse(&args, call, &usage, argc, argv);

	return rc ? rc : run(call, &args);
}
