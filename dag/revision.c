#include "dag/revision.h"

#include <string.h>

#include "dag/revision_name.h"
#include "dag/revision_suffix.h"
#include "dag/revision_text.h"
#include "dag/tree.h"

#define MAX_TEXT ((size_t)4096)

/* Where the name ends and the suffixes begin. Braces of `@{...}` may hold anything. */
static size_t name_size(const char *text)
{
	size_t i = 0;

	while (text[i] && text[i] != '^' && text[i] != '~') {
		if (text[i] == '@' && text[i + 1] == '{')
			i += strcspn(text + i, "}");
		else
			i++;
	}
	return i;
}

/* The colon of `REV:PATH`, outside braces; NULL when there is none. */
static const char *find_colon(const char *text)
{
	size_t depth = 0;

	for (; *text; text++) {
		if (*text == '{')
			depth++;
		else if (*text == '}' && depth)
			depth--;
		else if (*text == ':' && !depth)
			return text;
	}
	return NULL;
}

/* A name with suffixes, without a path. */
static int resolve_object(struct gm_oid *out, struct gm_repo *repo, const char *text,
	const char *branch, enum gm_revision_hint hint)
{
	size_t size = name_size(text);
	gm_autofree char *name = gm_strndup(text, size);
	struct gm_oid oid;

	if (!name)
		return GM_ENOMEM;
	if (text[size])
		hint = gm_revision_suffix_hint(text + size);
	int rc = gm_revision_name(&oid, repo, name, branch, hint);
	if (rc == 0)
		rc = gm_revision_suffix(&oid, gm_repo_store(repo), text + size, text);
	if (rc < 0)
		return rc;
	*out = oid;
	return 0;
}

/* Look `path` up below a tree; one slash may end the path of a folder. */
static int find_path(struct gm_oid *out, struct gm_store *store,
	const struct gm_oid *tree, const char *path, const char *revision)
{
	size_t size = strlen(path);
	bool must_be_folder = size > 1 && path[size - 1] == '/';
	gm_autofree char *trimmed = gm_strndup(path, size - must_be_folder);
	struct gm_oid oid;
	unsigned mode;

	if (!trimmed)
		return GM_ENOMEM;
	int rc = gm_tree_lookup(&oid, &mode, store, tree, trimmed);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc < 0 || (must_be_folder && (mode & GM_MODE_TYPE) != GM_MODE_TREE))
		return gm_error(GM_ENOTFOUND, "there is no '%s' in '%s'", path, revision);
	*out = oid;
	return 0;
}

static int resolve_path(struct gm_oid *out, struct gm_repo *repo, const char *text,
	const char *branch, size_t colon)
{
	gm_autofree char *revision = gm_strndup(text, colon);
	struct gm_oid oid;
	struct gm_oid tree;

	if (!revision)
		return GM_ENOMEM;
	int rc = resolve_object(&oid, repo, revision, branch, GM_HINT_TREEISH);
	if (rc == 0)
		rc = gm_revision_peel(
			&tree, gm_repo_store(repo), &oid, GM_OBJECT_TREE, revision);
	if (rc < 0)
		return rc;
	return find_path(out, gm_repo_store(repo), &tree, text + colon + 1, revision);
}

/* `:/TEXT`: all behind the slash is text. */
static int resolve_text(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch)
{
	struct gm_oid head;
	int rc = gm_revision_name(&head, repo, "HEAD", branch, GM_HINT_COMMITTISH);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	return gm_revision_find_text_anywhere(out, gm_repo_store(repo),
		gm_repo_refs(repo), rc == 0 ? &head : NULL, text + 2, text);
}

static int resolve(struct gm_oid *out, struct gm_repo *repo, const char *text,
	const char *branch, enum gm_revision_hint hint)
{
	size_t scheme = strlen(GM_SHA256_PREFIX);
	const char *colon = find_colon(
		strncmp(text, GM_SHA256_PREFIX, scheme) ? text : text + scheme);

	if (strlen(text) > MAX_TEXT)
		return gm_error(GM_EINVALID, "revision of more than %zu bytes", MAX_TEXT);
	if (text[0] == ':' && text[1] == '/' && text[2])
		return resolve_text(out, repo, text, branch);
	if (text[0] == ':')
		return gm_error(
			GM_EINVALID, "no revision before the colon of '%s'", text);
	if (colon)
		return resolve_path(out, repo, text, branch, (size_t)(colon - text));
	return resolve_object(out, repo, text, branch, hint);
}

int gm_revision_parse(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch)
{
	return resolve(out, repo, text, branch, GM_HINT_ANY);
}

int gm_revision_commit(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch)
{
	struct gm_oid oid;
	int rc = resolve(&oid, repo, text, branch, GM_HINT_COMMITTISH);

	if (rc < 0)
		return rc;
	return gm_revision_peel(out, gm_repo_store(repo), &oid, GM_OBJECT_COMMIT, text);
}

int gm_revision_tree(
	struct gm_oid *out, struct gm_repo *repo, const char *text, const char *branch)
{
	struct gm_oid oid;
	int rc = resolve(&oid, repo, text, branch, GM_HINT_TREEISH);

	if (rc < 0)
		return rc;
	return gm_revision_peel(out, gm_repo_store(repo), &oid, GM_OBJECT_TREE, text);
}
