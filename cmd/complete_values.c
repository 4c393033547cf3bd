#include "cmd/complete_values.h"

#include <string.h>

#include "cmd/memory.h"

/* More than anybody would look through. */
#define MAX_VALUES ((size_t)500)

/* Fewer characters of an id fit far too many memories. */
#define MIN_ID_SIZE ((size_t)4)

struct listing {
	struct gm_strv *out;
	const char *text;
	size_t skip; /* of a ref's name: "refs/heads/" */
};

static bool begins_with(const char *value, const char *text)
{
	return !strncmp(value, text, strlen(text));
}

static int add(struct gm_strv *out, const char *value, const char *text)
{
	return begins_with(value, text) ? gm_strv_add(out, value) : 0;
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	const struct listing *listing = payload;

	(void)oid;
	return add(listing->out, name + listing->skip, listing->text);
}

static int add_refs(
	struct gm_strv *out, struct gm_call *call, const char *folder, const char *text)
{
	struct listing listing = {.out = out, .text = text, .skip = strlen(folder)};

	return gm_refs_each(gm_repo_refs(call->repo), folder, add_ref, &listing);
}

/* Behind the `..` or `...` of a range the second revision begins. */
static const char *second_of_range(const char *text)
{
	const char *dots = strstr(text, "..");

	if (!dots)
		return text;
	return dots + strspn(dots, ".");
}

static int add_revisions(struct gm_strv *out, struct gm_call *call, const char *text)
{
	const char *last = second_of_range(text);
	gm_autostrv names = GM_STRV_INIT;
	int rc = add(&names, "HEAD", last);

	if (rc == 0)
		rc = add_refs(&names, call, "refs/heads/", last);
	if (rc == 0)
		rc = add_refs(&names, call, "refs/tags/", last);
	if (rc == 0)
		rc = add_refs(&names, call, "refs/remotes/", last);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		gm_autofree char *word =
			gm_format("%.*s%s", (int)(last - text), text, names.items[i]);
		rc = word ? gm_strv_add(out, word) : GM_ENOMEM;
	}
	return rc;
}

static int add_ids(struct gm_strv *out, struct gm_index *index, const char *text)
{
	gm_autohits hits = GM_HITS_INIT;
	int rc = strlen(text) < MIN_ID_SIZE
		? 0
		: gm_index_find_id(&hits, index, text, MAX_VALUES);

	for (size_t i = 0; rc == 0 && i < hits.n; i++)
		rc = add(out, hits.items[i].id, text);
	return rc;
}

static int add_from_index(struct gm_strv *out, struct gm_call *call,
	enum gm_complete kind, const char *text)
{
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autohead head = GM_HEAD_INIT;
	struct gm_index *index;
	int rc = gm_call_head(&head, call);

	if (rc < 0)
		return rc;
	view.tree = head.tree;
	rc = gm_view_index(&index, &view);
	if (rc == 0 && kind == GM_COMPLETE_TAG)
		return gm_index_tags(out, index, text, MAX_VALUES);
	if (rc == 0)
		rc = gm_index_keys(out, index, text, MAX_VALUES);
	return rc == 0 && kind == GM_COMPLETE_MEMORY ? add_ids(out, index, text) : rc;
}

static int add_setting(const char *name, const char *value, void *payload)
{
	const struct listing *listing = payload;

	(void)value;
	return gm_strv_contains(listing->out, name)
		? 0
		: add(listing->out, name, listing->text);
}

static int add_settings(struct gm_strv *out, struct gm_call *call, const char *text)
{
	static const char *const known[] = {"memory.maxsize", "user.email", "user.name"};
	struct listing listing = {.out = out, .text = text};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(known) / sizeof(*known); i++)
		rc = add(out, known[i], text);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc
		      : gm_config_each(gm_repo_config(call->repo), add_setting, &listing);
}

static int add_commands(struct gm_strv *out, const char *text)
{
	int rc = 0;

	for (const struct gm_command *command = gm_commands; rc == 0 && command->name;
		command++)
		rc = add(out, command->name, text);
	return rc;
}

int gm_complete_values(struct gm_strv *out, struct gm_call *call, enum gm_complete kind,
	const char *text)
{
	int rc;

	switch (kind) {
	case GM_COMPLETE_BRANCH:
		rc = gm_call_open(call);
		return rc < 0 ? rc : add_refs(out, call, "refs/heads/", text);
	case GM_COMPLETE_REVISION:
		rc = gm_call_open(call);
		return rc < 0 ? rc : add_revisions(out, call, text);
	case GM_COMPLETE_MEMORY:
	case GM_COMPLETE_KEY:
	case GM_COMPLETE_TAG:
		rc = gm_call_open(call);
		return rc < 0 ? rc : add_from_index(out, call, kind, text);
	case GM_COMPLETE_CONFIG:
		return add_settings(out, call, text);
	case GM_COMPLETE_COMMAND:
		return add_commands(out, text);
	case GM_COMPLETE_NONE:
	case GM_COMPLETE_FILE:
	case GM_COMPLETE_DIR:
		break;
	}
	return 0;
}
