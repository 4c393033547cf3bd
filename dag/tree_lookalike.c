#include "dag/tree.h"

#include <string.h>

#include "base/utf8.h"

/* What names are looked alike with: the folded form of the wanted one. */
struct lookalike {
	struct gm_buf folded;
	struct gm_buf scratch;
};

static bool is_ascii(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static bool equals_lower_case(const char *name, const char *folded, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c =
			name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
		if (c != folded[i])
			return false;
	}
	return true;
}

/* 1 or 0. Names in ASCII, which are nearly all, are compared without folding them. */
static int looks_alike(struct lookalike *wanted, const char *name, size_t size)
{
	const char *folded = gm_buf_str(&wanted->folded);

	if (is_ascii(name, size))
		return size == wanted->folded.size &&
			equals_lower_case(name, folded, size);
	gm_buf_reset(&wanted->scratch);
	int rc = gm_utf8_fold(&wanted->scratch, name, size);
	if (rc == GM_EINVALID)
		return 0;
	if (rc < 0)
		return rc;
	return wanted->scratch.size == wanted->folded.size &&
		!memcmp(gm_buf_str(&wanted->scratch), folded, wanted->folded.size);
}

static int find_alike(struct gm_tree_entry *out, const struct gm_buf *tree,
	struct lookalike *wanted, const char *name, size_t size)
{
	size_t at = 0;
	int rc = gm_utf8_fold(&wanted->folded, name, size);

	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	while ((rc = gm_tree_next(out, &at, gm_buf_str(tree), tree->size)) > 0) {
		rc = looks_alike(wanted, out->name, out->name_size);
		if (rc)
			break;
	}
	return rc;
}

int gm_tree_find_lookalike(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *root, const char *path)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_LARGE);
	struct lookalike wanted = {
		.folded = GM_BUF_INIT(GM_BUF_TEXT), .scratch = GM_BUF_INIT(GM_BUF_TEXT)};
	struct gm_tree_entry entry = {.mode = GM_MODE_TREE};
	const char *at = path;
	size_t size = strcspn(at, "/");
	int rc = gm_tree_read(&tree, store, root);

	while (rc == 0 && (rc = gm_tree_find(&entry, &tree, at, size)) > 0) {
		if (!at[size] || !gm_tree_entry_is_folder(&entry))
			return 0;
		at += size + 1;
		size = strcspn(at, "/");
		rc = gm_tree_read(&tree, store, &entry.oid);
	}
	if (rc == 0)
		rc = find_alike(&entry, &tree, &wanted, at, size);
	gm_buf_dispose(&wanted.folded);
	gm_buf_dispose(&wanted.scratch);
	if (rc <= 0)
		return rc;
	rc = gm_buf_put(out, path, (size_t)(at - path));
	if (rc == 0)
		rc = gm_buf_put(out, entry.name, entry.name_size);
	return rc < 0 ? rc : 1;
}
