#include "dag/revision_suffix.h"

#include <string.h>

#include "base/interrupt.h"
#include "dag/commit.h"
#include "dag/revision_text.h"

enum step_kind {
	STEP_PARENT,   /* ^N */
	STEP_ANCESTOR, /* ~N */
	STEP_TYPE,     /* ^{TYPE} */
	STEP_NO_TAG,   /* ^{} */
	STEP_OBJECT,   /* ^{object} */
	STEP_TEXT,     /* ^{/TEXT} */
};

struct step {
	enum step_kind kind;
	size_t n;
	enum gm_object_type type;
	const char *pattern; /* STEP_TEXT */
	size_t pattern_size;
};

/* The number at `*at`, 1 when there is none; too big a one stays too big. */
static size_t take_number(const char **at)
{
	size_t n = 0;
	const char *digit = *at;

	for (; *digit >= '0' && *digit <= '9'; digit++)
		if (n <= GM_REVISION_MAX_STEPS)
			n = n * 10 + (size_t)(*digit - '0');
	if (digit == *at)
		n = 1;
	*at = digit;
	return n;
}

/* What stands between braces. */
static int parse_braces(struct step *out, const char *word, size_t size, const char *text)
{
	out->type = gm_object_type_parse(word, size);
	out->kind = STEP_TYPE;
	if (out->type != GM_OBJECT_NONE)
		return 0;
	out->kind = size ? STEP_OBJECT : STEP_NO_TAG;
	if (!size || (size == 6 && memcmp(word, "object", 6) == 0))
		return 0;
	return gm_error(GM_EINVALID, "unknown type in '%s'", text);
}

/* Where `^{...}` closes; a text may have braces of its own inside. NULL when it does not. */
static const char *find_end(const char *suffix)
{
	const char *end = strchr(suffix, '}');

	while (suffix[2] == '/' && end && end[1] && !strchr("^~", end[1]))
		end = strchr(end + 1, '}');
	return end;
}

static int parse_step(struct step *out, const char *word, size_t size, const char *text)
{
	if (*word != '/')
		return parse_braces(out, word, size, text);
	out->kind = STEP_TEXT;
	out->pattern = word + 1;
	out->pattern_size = size - 1;
	return 0;
}

/* Take one step from `*at`: 1, 0 at the end, GM_EINVALID. */
static int take_step(struct step *out, const char **at, const char *text)
{
	const char *suffix = *at;
	int rc = 0;

	if (!*suffix)
		return 0;
	if (*suffix != '^' && *suffix != '~')
		return gm_error(GM_EINVALID, "unknown form of revision: '%s'", text);
	if (suffix[0] == '^' && suffix[1] == '{') {
		const char *end = find_end(suffix);
		if (!end)
			return gm_error(GM_EINVALID, "missing '}' in '%s'", text);
		rc = parse_step(out, suffix + 2, (size_t)(end - suffix) - 2, text);
		*at = end + 1;
	} else {
		out->kind = *suffix == '^' ? STEP_PARENT : STEP_ANCESTOR;
		*at = suffix + 1;
		out->n = take_number(at);
	}
	return rc < 0 ? rc : 1;
}

enum gm_revision_hint gm_revision_suffix_hint(const char *suffix)
{
	struct step step = {.n = 0};

	if (take_step(&step, &suffix, suffix) <= 0)
		return GM_HINT_ANY;
	switch (step.kind) {
	case STEP_PARENT:
	case STEP_ANCESTOR:
	case STEP_TEXT:
		return GM_HINT_COMMITTISH;
	case STEP_TYPE:
		if (step.type == GM_OBJECT_COMMIT)
			return GM_HINT_COMMITTISH;
		return step.type == GM_OBJECT_TREE ? GM_HINT_TREEISH : GM_HINT_ANY;
	case STEP_NO_TAG:
	case STEP_OBJECT:
		break;
	}
	return GM_HINT_ANY;
}

static int wrong_type(
	enum gm_object_type type, enum gm_object_type wanted, const char *text)
{
	return gm_error(GM_ERROR, "'%s' is a %s, not a %s", text,
		gm_object_type_name(type), gm_object_type_name(wanted));
}

/* A tag itself is not followed. */
static int check_tag(struct gm_oid *out, struct gm_store *store, const struct gm_oid *oid,
	const char *text)
{
	enum gm_object_type type;
	size_t size;
	int rc = gm_store_read_header(&type, &size, store, oid);

	if (rc < 0)
		return rc;
	if (type != GM_OBJECT_TAG)
		return wrong_type(type, GM_OBJECT_TAG, text);
	*out = *oid;
	return 0;
}

int gm_revision_peel(struct gm_oid *out, struct gm_store *store, const struct gm_oid *oid,
	enum gm_object_type type, const char *text)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	enum gm_object_type found;
	struct gm_oid peeled;

	if (type == GM_OBJECT_TAG)
		return check_tag(out, store, oid, text);
	int rc = gm_object_peel(&peeled, &found, store, oid);
	if (rc < 0)
		return rc;
	if (found == GM_OBJECT_COMMIT && type == GM_OBJECT_TREE) {
		rc = gm_commit_read(&commit, store, &peeled);
		if (rc < 0)
			return rc;
		peeled = commit.tree;
		found = GM_OBJECT_TREE;
	}
	if (found != type)
		return wrong_type(found, type, text);
	*out = peeled;
	return 0;
}

/* Go from a commit that was read to its n-th parent; 0 is the commit itself. */
static int go_to_parent(
	struct gm_commit *commit, struct gm_store *store, size_t n, const char *text)
{
	char hex[GM_OID_HEX];

	if (!n)
		return 0;
	if (n > commit->n_parents) {
		gm_oid_format(hex, &commit->oid);
		return gm_error(GM_ENOTFOUND,
			"unknown revision '%s': '%s' has %zu parent%s", text, hex,
			commit->n_parents, commit->n_parents == 1 ? "" : "s");
	}
	return gm_commit_read_parent(commit, store, commit, n - 1);
}

/* Go to the n-th parent, or back by n first parents. */
static int go(struct gm_oid *oid, struct gm_store *store, const struct step *step,
	const char *text)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, store, oid);

	if (rc == 0 && step->kind == STEP_PARENT)
		rc = go_to_parent(&commit, store, step->n, text);
	for (size_t n = step->n; rc == 0 && step->kind == STEP_ANCESTOR && n; n--) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = go_to_parent(&commit, store, 1, text);
	}
	if (rc == 0)
		*oid = commit.oid;
	return rc;
}

/* The empty text is in every message. */
static int go_to_text(struct gm_oid *oid, struct gm_store *store, const struct step *step,
	const char *text)
{
	gm_autofree char *pattern = gm_strndup(step->pattern, step->pattern_size);
	struct gm_oid start = *oid;

	if (!pattern)
		return GM_ENOMEM;
	return *pattern ? gm_revision_find_text(oid, store, &start, pattern, text) : 0;
}

static int apply(struct gm_oid *oid, struct gm_store *store, const struct step *step,
	size_t *steps, const char *text)
{
	enum gm_object_type type;
	int rc;

	switch (step->kind) {
	case STEP_OBJECT:
		return 0;
	case STEP_NO_TAG:
		return gm_object_peel(oid, &type, store, oid);
	case STEP_TYPE:
		return gm_revision_peel(oid, store, oid, step->type, text);
	case STEP_PARENT:
	case STEP_ANCESTOR:
	case STEP_TEXT:
		break;
	}
	rc = gm_revision_peel(oid, store, oid, GM_OBJECT_COMMIT, text);
	if (rc == 0 && step->kind == STEP_TEXT)
		return go_to_text(oid, store, step, text);
	if (rc == 0 && step->kind == STEP_ANCESTOR &&
		step->n > GM_REVISION_MAX_STEPS - *steps)
		return gm_error(GM_ETOOBIG, "'%s' goes back more than %d commits", text,
			GM_REVISION_MAX_STEPS);
	*steps += step->kind == STEP_ANCESTOR ? step->n : 0;
	return rc < 0 ? rc : go(oid, store, step, text);
}

int gm_revision_suffix(
	struct gm_oid *oid, struct gm_store *store, const char *suffix, const char *text)
{
	struct gm_oid at = *oid;
	struct step step = {.kind = STEP_OBJECT};
	size_t steps = 0;
	int rc;

	while ((rc = take_step(&step, &suffix, text)) > 0) {
		rc = apply(&at, store, &step, &steps, text);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		*oid = at;
	return rc;
}
