#include "cmd/fsck_records.h"

#include <stdint.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "dag/path_rule.h"
#include "dag/record_diff.h"
#include "dag/tree.h"

struct folder {
	struct gm_oid tree;
	char *path;
};

/* One tip while it is walked. Each tree is read once, wherever it stands. */
struct tip {
	struct gm_fsck_records *records;
	const char *ref; /* as people write it */
	struct folder *folders;
	size_t n;
	size_t cap;
	struct gm_strv paths; /* that `trees` and `ids` give numbers of */
	struct gm_map trees;
	struct gm_map ids;
	size_t n_memories;
	bool whole; /* an index sees just what we see */
};

void gm_fsck_records_dispose(struct gm_fsck_records *records)
{
	for (size_t i = 0; i < records->n_blobs; i++) {
		gm_free(records->blobs[i].path);
		gm_free(records->blobs[i].fault);
	}
	gm_free(records->blobs);
	gm_free(records->tips);
	gm_map_dispose(&records->numbers);
	gm_map_dispose(&records->told);
	*records = (struct gm_fsck_records){.blobs = NULL};
}

static void hash_text(struct gm_sha1 *sha1, const char *text)
{
	gm_sha1_update(sha1, text, strlen(text) + 1);
}

/* Tell something about a file, once for all branches that have it so. */
static int tell(const struct tip *tip, const char *path, const char *message)
{
	struct gm_fsck_records *records = tip->records;
	uint8_t key[GM_SHA1_SIZE];
	struct gm_sha1 sha1;

	gm_sha1_init(&sha1);
	hash_text(&sha1, path);
	hash_text(&sha1, message);
	gm_sha1_final(key, &sha1);
	if (gm_map_get(NULL, &records->told, key))
		return 0;
	gm_autofree char *subject = gm_format("%s:%s", tip->ref, path);
	int rc = subject ? gm_map_put(&records->told, key, 1) : GM_ENOMEM;
	return rc < 0 ? rc
		      : gm_faults_add(records->faults, GM_SEVERITY_WARNING, "memory",
				subject, "%s", message);
}

static int fill_blob(struct gm_fsck_blob *blob, struct gm_fsck_records *records,
	const struct gm_oid *oid)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_read(&record, gm_repo_store(records->repo), oid);

	if (rc == GM_EINVALID) {
		blob->fault = gm_format(
			"it is a file, not a memory: %s", gm_error_last()->message);
		return blob->fault ? 0 : GM_ENOMEM;
	}
	if (rc < 0)
		return gm_faults_must_stop(rc) ? rc : 0;
	rc = gm_record_path(&path, &record);
	blob->path = rc < 0 ? NULL : gm_buf_detach(&path);
	if (!blob->path)
		return rc < 0 ? rc : GM_ENOMEM;
	memcpy(blob->id, record.id, sizeof(blob->id));
	records->n_memories++;
	return 0;
}

/* What is known of a blob, which is read when it comes first. */
static int get_blob(
	size_t *out, struct gm_fsck_records *records, const struct gm_oid *oid)
{
	uint64_t number;

	if (gm_map_get(&number, &records->numbers, oid)) {
		*out = (size_t)number;
		return 0;
	}
	int rc = gm_grow(&records->blobs, &records->cap_blobs, records->n_blobs + 1,
		sizeof(*records->blobs));
	if (rc < 0)
		return rc;
	struct gm_fsck_blob *blob = &records->blobs[records->n_blobs];
	*blob = (struct gm_fsck_blob){.path = NULL};
	*out = records->n_blobs++;
	if (gm_fsck_objects_is_good(records->objects, oid))
		rc = fill_blob(blob, records, oid);
	gm_progress_update(&records->progress, records->n_blobs);
	return rc < 0 ? rc : gm_map_put(&records->numbers, oid, *out);
}

/* Keep `path` under a number, in one of the tip's maps. */
static int remember(
	struct tip *tip, struct gm_map *map, const void *key, const char *path)
{
	int rc = gm_strv_add(&tip->paths, path);

	return rc < 0 ? rc : gm_map_put(map, key, tip->paths.n - 1);
}

static int check_id(struct tip *tip, const char *path, const struct gm_fsck_blob *blob)
{
	uint8_t id[GM_UUID_SIZE];
	uint64_t first;

	if (!gm_uuid_parse(id, blob->id, strlen(blob->id)))
		return 0; /* a record that was read has one */
	if (!gm_map_get(&first, &tip->ids, id))
		return remember(tip, &tip->ids, id, path);
	gm_autofree char *message = gm_format(
		"its id %s is also that of '%s'", blob->id, tip->paths.items[first]);
	return message ? tell(tip, path, message) : GM_ENOMEM;
}

static int check_file(
	struct tip *tip, const char *path, const struct gm_tree_entry *entry)
{
	size_t number;

	if (!gm_path_may_be_record(path))
		return 0;
	if ((entry->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE))
		return tell(tip, path, "it is no plain file");
	int rc = get_blob(&number, tip->records, &entry->oid);
	if (rc < 0)
		return rc;
	const struct gm_fsck_blob *blob = &tip->records->blobs[number];
	if (!blob->path) {
		tip->whole = tip->whole && blob->fault;
		return blob->fault ? tell(tip, path, blob->fault) : 0;
	}
	tip->n_memories++;
	if (strcmp(blob->path, path) != 0) {
		gm_autofree char *message = gm_format("its place is '%s'", blob->path);
		rc = message ? tell(tip, path, message) : GM_ENOMEM;
	}
	return rc < 0 ? rc : check_id(tip, path, blob);
}

static int add_folder(struct tip *tip, const struct gm_oid *tree, const char *path)
{
	uint64_t first;

	if (gm_map_get(&first, &tip->trees, tree)) {
		gm_autofree char *message =
			gm_format("this folder holds just what '%s' holds",
				tip->paths.items[first]);
		tip->whole = false;
		return message ? tell(tip, path, message) : GM_ENOMEM;
	}
	int rc = remember(tip, &tip->trees, tree, path);
	if (rc == 0)
		rc = gm_grow(&tip->folders, &tip->cap, tip->n + 1, sizeof(*tip->folders));
	if (rc < 0)
		return rc;
	struct folder *folder = &tip->folders[tip->n];
	folder->tree = *tree;
	folder->path = gm_strdup(path);
	if (!folder->path)
		return GM_ENOMEM;
	tip->n++;
	return 0;
}

/* The names of one folder by what is left of them when a file system folds them. */
struct alike {
	struct gm_map names; /* to the place in the tree */
	struct gm_buf folded;
};

static int check_alike(const struct tip *tip, struct alike *alike,
	const struct gm_buf *tree, size_t at, const char *path,
	const struct gm_tree_entry *entry)
{
	uint8_t key[GM_SHA1_SIZE];
	struct gm_tree_entry other;
	struct gm_sha1 sha1;
	uint64_t first;

	gm_buf_reset(&alike->folded);
	int rc = gm_utf8_fold(&alike->folded, entry->name, entry->name_size);
	if (rc < 0)
		return gm_faults_must_stop(rc) ? rc : 0;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, gm_buf_str(&alike->folded), alike->folded.size);
	gm_sha1_final(key, &sha1);
	if (!gm_map_get(&first, &alike->names, key))
		return gm_map_put(&alike->names, key, at);
	size_t place = (size_t)first;
	rc = gm_tree_next(&other, &place, gm_buf_str(tree), tree->size);
	if (rc <= 0)
		return rc;
	gm_autofree char *message =
		gm_format("some file systems take it for '%.*s' beside it",
			(int)other.name_size, other.name);
	return message ? tell(tip, path, message) : GM_ENOMEM;
}

static int check_entry(
	struct tip *tip, const char *path, const struct gm_tree_entry *entry)
{
	if (gm_tree_entry_is_folder(entry))
		return add_folder(tip, &entry->oid, path);
	return check_file(tip, path, entry);
}

static int check_entries(struct tip *tip, const char *folder, const struct gm_buf *tree)
{
	struct alike alike = {
		.names = GM_MAP_INIT(GM_SHA1_SIZE), .folded = GM_BUF_INIT(GM_BUF_TEXT)};
	struct gm_tree_entry entry;
	size_t start = 0;
	size_t at = 0;
	int rc;

	while ((rc = gm_tree_next(&entry, &at, gm_buf_str(tree), tree->size)) > 0) {
		gm_autofree char *path =
			gm_format("%s/%.*s", folder, (int)entry.name_size, entry.name);
		rc = path ? check_entry(tip, path, &entry) : GM_ENOMEM;
		if (rc == 0 && !strncmp(folder, "keys", 4))
			rc = check_alike(tip, &alike, tree, start, path, &entry);
		if (rc < 0)
			break;
		start = at;
	}
	gm_map_dispose(&alike.names);
	gm_buf_dispose(&alike.folded);
	return rc;
}

/* Damage of a tree was told when its object was read. */
static int read_tree(struct gm_buf *out, struct tip *tip, const struct gm_oid *oid)
{
	gm_buf_reset(out);
	if (gm_fsck_objects_is_good(tip->records->objects, oid)) {
		int rc = gm_tree_read(out, gm_repo_store(tip->records->repo), oid);
		if (rc == 0 || gm_faults_must_stop(rc))
			return rc;
	}
	tip->whole = tip->whole && gm_oid_equal(oid, &gm_oid_empty_tree);
	gm_buf_reset(out);
	return 0;
}

static int add_tops(struct tip *tip, const struct gm_oid *root)
{
	static const char *const tops[] = {"keys", "memories"};
	gm_autobuf tree = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_tree_entry entry;
	int rc = read_tree(&tree, tip, root);

	for (size_t i = 0; rc == 0 && i < sizeof(tops) / sizeof(*tops); i++) {
		rc = gm_tree_find(&entry, &tree, tops[i], strlen(tops[i]));
		if (rc > 0)
			rc = gm_tree_entry_is_folder(&entry)
				? add_folder(tip, &entry.oid, tops[i])
				: 0;
	}
	return rc;
}

static int walk(struct tip *tip, const struct gm_oid *root)
{
	gm_autobuf tree = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = add_tops(tip, root);

	while (rc == 0 && tip->n) {
		struct folder folder = tip->folders[--tip->n];
		rc = gm_interrupted();
		if (rc == 0)
			rc = read_tree(&tree, tip, &folder.tree);
		if (rc == 0)
			rc = check_entries(tip, folder.path, &tree);
		gm_free(folder.path);
	}
	return rc;
}

static int add_tip(struct gm_fsck_records *records, const struct gm_oid *root, size_t n)
{
	int rc = gm_grow(&records->tips, &records->cap_tips, records->n_tips + 1,
		sizeof(*records->tips));

	if (rc == 0)
		records->tips[records->n_tips++] =
			(struct gm_fsck_tip){.tree = *root, .n_memories = n};
	return rc;
}

static int check_tip(
	struct gm_fsck_records *records, const char *ref, const struct gm_oid *root)
{
	struct tip tip = {.records = records,
		.ref = strncmp(ref, "refs/", 5) ? ref : strchr(ref + 5, '/') + 1,
		.trees = GM_MAP_INIT(GM_OID_SIZE),
		.ids = GM_MAP_INIT(GM_UUID_SIZE),
		.whole = true};
	int rc = walk(&tip, root);

	if (rc == 0)
		rc = add_tip(records, root, tip.whole ? tip.n_memories : SIZE_MAX);
	while (tip.n)
		gm_free(tip.folders[--tip.n].path);
	gm_free(tip.folders);
	gm_strv_dispose(&tip.paths);
	gm_map_dispose(&tip.trees);
	gm_map_dispose(&tip.ids);
	return rc;
}

static bool is_known(const struct gm_fsck_records *records, const struct gm_oid *root)
{
	for (size_t i = 0; i < records->n_tips; i++)
		if (gm_oid_equal(&records->tips[i].tree, root))
			return true;
	return false;
}

static int check_branch(struct gm_fsck_records *records, const char *ref)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	enum gm_object_type type;
	struct gm_store *store = gm_repo_store(records->repo);
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, NULL, gm_repo_refs(records->repo), ref);

	if (rc == 0)
		rc = gm_object_peel(&oid, &type, store, &oid);
	if (rc == 0 && type == GM_OBJECT_COMMIT)
		rc = gm_commit_read(&commit, store, &oid);
	/* What cannot be read was told already. */
	if (rc < 0 || type != GM_OBJECT_COMMIT)
		return gm_faults_must_stop(rc) ? rc : 0;
	return is_known(records, &commit.tree) ? 0
					       : check_tip(records, ref, &commit.tree);
}

int gm_fsck_records(struct gm_fsck_records *records, const struct gm_strv *branches)
{
	int rc = 0;

	gm_progress_start(&records->progress, "Checking memories", 0,
		gm_call_progress(records->faults->call));
	for (size_t i = 0; rc == 0 && i < branches->n; i++)
		rc = check_branch(records, branches->items[i]);
	gm_progress_finish(&records->progress, records->n_blobs);
	return rc;
}
