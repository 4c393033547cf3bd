#include "dag/revision_text.h"

#include <string.h>

#include "base/pattern.h"
#include "dag/walk.h"

struct wanted {
	struct gm_pattern pattern;
	bool inverted;
};

static void dispose_wanted(struct wanted *wanted)
{
	gm_pattern_dispose(&wanted->pattern);
}

static int parse(struct wanted *out, const char *text, const char *revision)
{
	if (*text == '!') {
		if (text[1] != '!' && text[1] != '-')
			return gm_error(GM_EINVALID,
				"unknown form of revision: '%s' ('!' goes on with '!' or "
				"'-')",
				revision);
		out->inverted = text[1] == '-';
		text += out->inverted ? 2 : 1;
	}
	return gm_pattern_compile(&out->pattern, text, GM_PATTERN_EXTENDED);
}

static int search(struct gm_oid *out, struct gm_walk *walk, const struct wanted *wanted,
	const char *revision)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc;

	while ((rc = gm_walk_next(&commit, walk)) > 0)
		if (gm_pattern_match(&wanted->pattern, commit.message,
			    strlen(commit.message)) != wanted->inverted) {
			*out = commit.oid;
			return 0;
		}
	if (rc < 0)
		return rc;
	return gm_error(GM_ENOTFOUND, "no commit has a message as in '%s'", revision);
}

int gm_revision_find_text(struct gm_oid *out, struct gm_store *store,
	const struct gm_oid *start, const char *text, const char *revision)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_cleanup(dispose_wanted) struct wanted wanted = {.pattern = GM_PATTERN_INIT};
	int rc = parse(&wanted, text, revision);

	if (rc == 0)
		rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);
	if (rc == 0)
		rc = gm_walk_push(walk, start);
	return rc < 0 ? rc : search(out, walk, &wanted, revision);
}

struct tips {
	struct gm_store *store;
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

static void dispose_tips(struct tips *tips)
{
	gm_free(tips->items);
}

static int add_tip(const char *name, const struct gm_oid *oid, void *payload)
{
	struct tips *tips = payload;
	struct gm_oid commit;
	enum gm_object_type type;
	int rc = gm_object_peel(&commit, &type, tips->store, oid);

	(void)name;
	/* A broken ref, or one to something else, is no reason to find nothing. */
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		return 0;
	rc = gm_grow(&tips->items, &tips->cap, tips->n + 1, sizeof(*tips->items));
	if (rc == 0)
		tips->items[tips->n++] = commit;
	return rc;
}

int gm_revision_find_text_anywhere(struct gm_oid *out, struct gm_store *store,
	struct gm_refs *refs, const struct gm_oid *head, const char *text,
	const char *revision)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_cleanup(dispose_wanted) struct wanted wanted = {.pattern = GM_PATTERN_INIT};
	gm_cleanup(dispose_tips) struct tips tips = {.store = store};
	int rc = parse(&wanted, text, revision);

	if (rc == 0)
		rc = gm_refs_each(refs, "refs/", add_tip, &tips);
	if (rc == 0 && head)
		rc = add_tip("HEAD", head, &tips);
	if (rc == 0)
		rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);
	/* Of equal dates git takes the last ref first. */
	for (size_t i = tips.n; rc == 0 && i-- > 0;)
		rc = gm_walk_push(walk, &tips.items[i]);
	return rc < 0 ? rc : search(out, walk, &wanted, revision);
}
