#include "dag/revision_range.h"

#include <string.h>

#include "dag/range.h"
#include "dag/revision.h"

/* How many common ancestors of A...B are looked for at first; there are rarely two. */
#define FEW_BASES 16

/* All that resolving an argument needs. */
struct argument {
	struct gm_revision_range *range;
	struct gm_repo *repo;
	const char *text;
	const char *branch;
};

void gm_revision_range_dispose(struct gm_revision_range *range)
{
	gm_free(range->items);
	range->items = NULL;
	range->n = range->cap = 0;
}

int gm_revision_range_add_commit(
	struct gm_revision_range *range, const struct gm_oid *commit, bool hidden)
{
	struct gm_oid oid = *commit; /* may lie in the range */
	int rc = gm_grow(&range->items, &range->cap, range->n + 1, sizeof(*range->items));

	if (rc == 0)
		range->items[range->n++] =
			(struct gm_revision_tip){.oid = oid, .hidden = hidden};
	return rc;
}

static int resolve(struct gm_oid *out, const struct argument *argument, const char *text)
{
	return gm_revision_commit(out, argument->repo, text, argument->branch);
}

static int add(const struct argument *argument, const char *text, bool hidden)
{
	struct gm_oid oid;
	int rc = resolve(&oid, argument, text);

	return rc < 0 ? rc : gm_revision_range_add_commit(argument->range, &oid, hidden);
}

/* All best common ancestors, however many. */
static int find_bases(struct gm_oid **out, size_t *n_out, struct gm_store *store,
	const struct gm_oid *a, const struct gm_oid *b)
{
	for (size_t max = FEW_BASES;; max *= 8) {
		gm_autofree struct gm_oid *bases = gm_calloc(max, sizeof(*bases));
		int n = bases ? gm_merge_bases(bases, max, store, a, b) : GM_ENOMEM;
		if (n < 0)
			return n;
		if ((size_t)n < max) {
			*out = gm_steal(&bases);
			*n_out = (size_t)n;
			return 0;
		}
	}
}

static int add_symmetric(const struct argument *argument, const struct gm_range *range)
{
	gm_autofree struct gm_oid *bases = NULL;
	struct gm_oid left, right;
	size_t n = 0;
	int rc = resolve(&left, argument, range->left);

	if (rc == 0)
		rc = resolve(&right, argument, range->right);
	if (rc == 0)
		rc = find_bases(&bases, &n, gm_repo_store(argument->repo), &left, &right);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_revision_range_add_commit(argument->range, &bases[i], true);
	if (rc == 0)
		rc = gm_revision_range_add_commit(argument->range, &left, false);
	return rc < 0 ? rc : gm_revision_range_add_commit(argument->range, &right, false);
}

static int add_dotted(const struct argument *argument, const struct gm_range *range)
{
	struct gm_oid left, right;

	if (range->symmetric)
		return add_symmetric(argument, range);
	int rc = resolve(&left, argument, range->left);
	if (rc == 0)
		rc = resolve(&right, argument, range->right);
	if (rc == 0)
		rc = gm_revision_range_add_commit(argument->range, &left, true);
	return rc < 0 ? rc : gm_revision_range_add_commit(argument->range, &right, false);
}

/* The parents of a commit: all, or the `only`-th. GM_ENOTFOUND when there is no such one. */
static int add_parents(
	const struct argument *argument, const char *text, size_t only, bool hidden)
{
	struct gm_store *store = gm_repo_store(argument->repo);
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autocommit parent = GM_COMMIT_INIT;
	struct gm_oid oid;
	int rc = resolve(&oid, argument, text);

	if (rc == 0)
		rc = gm_commit_read(&commit, store, &oid);
	if (rc == 0 && only > commit.n_parents)
		return gm_error(GM_ENOTFOUND, "'%s' has %zu parent%s", text,
			commit.n_parents, commit.n_parents == 1 ? "" : "s");
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++) {
		if (only && only != i + 1)
			continue;
		rc = gm_commit_read_parent(&parent, store, &commit, i);
		if (rc == 0)
			rc = gm_revision_range_add_commit(
				argument->range, &parent.oid, hidden);
	}
	return rc;
}

/* The N of `^-N`; false when that is none. */
static bool parse_parent(size_t *out, const char *digits)
{
	size_t n = 0;

	if (!*digits) {
		*out = 1;
		return true;
	}
	if (strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 6)
		return false;
	for (; *digits; digits++)
		n = n * 10 + (size_t)(*digits - '0');
	*out = n;
	return n > 0;
}

/* `^@`, `^!`, `^-` and `^-N` at the end: the part before it, without a leading `^` too. */
struct marked {
	char *name;
	char mark; /* '@', '!' or '-'; 0: none */
	size_t parent;
	bool negated;
};

static void dispose_marked(struct marked *marked)
{
	gm_free(marked->name);
}

static int split_mark(struct marked *out, const char *text)
{
	out->negated = *text == '^';
	text += out->negated;
	size_t size = strlen(text);
	const char *dash = strstr(text, "^-");
	const char *last = size > 2 ? text + size - 2 : text;
	if (dash && dash > text && parse_parent(&out->parent, dash + 2)) {
		out->mark = '-';
		size = (size_t)(dash - text);
	} else if (last > text && *last == '^' && strchr("@!", last[1])) {
		out->mark = last[1];
		size -= 2;
	}
	out->name = gm_strndup(text, size);
	return out->name ? 0 : GM_ENOMEM;
}

static int add_single(const struct argument *argument, const char *text)
{
	gm_cleanup(dispose_marked) struct marked marked = {.name = NULL};
	int rc = *text == ':' ? 0 : split_mark(&marked, text);

	if (rc < 0)
		return rc;
	if (!marked.name)
		return add(argument, text, false);
	if (marked.mark == '@')
		return add_parents(argument, marked.name, 0, marked.negated);
	if (marked.mark)
		rc = add_parents(argument, marked.name, marked.parent, !marked.negated);
	return rc < 0 ? rc : add(argument, marked.name, marked.negated);
}

int gm_revision_range_add(struct gm_revision_range *range, struct gm_repo *repo,
	const char *text, const char *branch)
{
	const struct argument argument = {
		.range = range, .repo = repo, .text = text, .branch = branch};
	gm_autorange dotted = GM_RANGE_INIT;
	size_t n = range->n;
	int rc = gm_range_split(&dotted, text);

	if (rc <= 0)
		return rc < 0 ? rc : add_single(&argument, text);
	rc = add_dotted(&argument, &dotted);
	if (rc != GM_ENOTFOUND && rc != GM_EINVALID)
		return rc;
	/* Two dots may as well stand in a path or in a text. */
	if (strchr(text, ':') || strstr(text, "^{/")) {
		range->n = n;
		int single = add_single(&argument, text);
		if (single == 0)
			return 0;
	}
	return rc;
}

struct refs {
	struct gm_revision_range *range;
	struct gm_store *store;
};

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct refs *refs = payload;
	struct gm_oid commit;
	enum gm_object_type type;
	int rc = gm_object_peel(&commit, &type, refs->store, oid);

	if (rc < 0)
		return gm_error_prefix("the ref '%s' is broken", name);
	return type == GM_OBJECT_COMMIT
		? gm_revision_range_add_commit(refs->range, &commit, false)
		: 0;
}

int gm_revision_range_add_refs(
	struct gm_revision_range *range, struct gm_repo *repo, const char *prefix)
{
	struct refs refs = {.range = range, .store = gm_repo_store(repo)};

	return gm_refs_each(gm_repo_refs(repo), prefix, add_ref, &refs);
}

int gm_revision_range_push(const struct gm_revision_range *range, struct gm_walk *walk)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < range->n; i++)
		rc = range->items[i].hidden ? gm_walk_hide(walk, &range->items[i].oid)
					    : gm_walk_push(walk, &range->items[i].oid);
	return rc;
}
