#include "cmd/import.h"

#include <string.h>

#include "cmd/import_history.h"
#include "cmd/import_state.h"
#include "crypto/hash.h"
#include "dag/commit_names.h"
#include "dag/path_rule.h"
#include "dag/record_merge.h"

struct gm_import {
	struct gm_call *call;
	struct gm_import_state *state;
	struct gm_import_history *history;
	struct gm_import_counts counts;
	size_t max_content;
	gm_time now;
	struct gm_writer writer; /* holds the lock from the start only when staging */
	bool stage;
	struct gm_head head; /* what the import is made on */
	struct gm_oid start;
};

void gm_import_free(struct gm_import *import)
{
	if (!import)
		return;
	gm_import_history_free(import->history);
	gm_import_state_free(import->state);
	gm_writer_dispose(&import->writer);
	gm_head_dispose(&import->head);
	gm_free(import);
}

static struct gm_oid tip_of(const struct gm_import *import)
{
	return import->head.exists ? import->head.commit : import->start;
}

static int read_head(struct gm_import *import)
{
	int rc = 0;

	if (import->stage)
		rc = gm_writer_begin(&import->writer, import->call, false);
	return rc < 0
		? rc
		: gm_call_head_to_write(&import->head, &import->start, import->call);
}

int gm_import_begin(struct gm_import **out, struct gm_call *call, bool stage)
{
	gm_cleanup(gm_import_free_p) struct gm_import *import =
		gm_calloc(1, sizeof(*import));
	int rc = import ? gm_call_open(call) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	import->call = call;
	import->stage = stage;
	rc = gm_repo_max_content(&import->max_content, call->repo);
	if (rc == 0)
		rc = gm_call_now(&import->now);
	if (rc == 0)
		rc = read_head(import);
	if (rc < 0)
		return rc;
	struct gm_oid tip = tip_of(import);
	rc = gm_import_state_new(&import->state, call, &import->head.tree,
		stage ? import->writer.stage : NULL);
	if (rc == 0)
		rc = gm_import_history_new(&import->history, call->repo, &tip);
	if (rc < 0)
		return rc;
	*out = gm_steal(&import);
	return 0;
}

const struct gm_import_counts *gm_import_counts(const struct gm_import *import)
{
	return &import->counts;
}

void gm_import_reject(struct gm_import *import)
{
	import->counts.read++;
	import->counts.rejected++;
}

/* A name-based UUID (RFC 9562, version 8): the same source gives the same id everywhere. */
static void id_of_name(char out[GM_UUID_TEXT], const char *name)
{
	static const char space[] = "gitmem import";
	uint8_t digest[GM_SHA256_SIZE];
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, space, sizeof(space)); /* with its NUL */
	gm_sha256_update(&sha256, name, strlen(name));
	gm_sha256_final(digest, &sha256);
	gm_uuid_from_digest(out, digest);
}

/* Give the record an id and find the memory that it is about, if there is one. */
static int identify(struct gm_memory *old, struct gm_import *import,
	struct gm_record *record, const char *name, gm_time fallback_created)
{
	bool named = record->id[0];
	bool dated = record->created != GM_TIME_NONE;
	char owner[GM_UUID_TEXT] = "";
	int rc;

	if (!named)
		id_of_name(record->id, name);
	if (!dated)
		record->created = fallback_created;
	rc = gm_record_normalise(record, import->max_content);
	if (rc == 0 && record->scope == GM_SCOPE_PRIVATE)
		rc = gm_error(GM_EINVALID, "private memories cannot be stored yet");
	if (rc == 0 && record->key)
		rc = gm_import_state_key_owner(owner, import->state, record->key);
	if (rc < 0)
		return rc;
	if (*owner && named && strcmp(owner, record->id))
		return gm_error(GM_EEXISTS, "the key '%s' belongs to another memory",
			record->key);
	if (*owner)
		memcpy(record->id, owner, GM_UUID_TEXT);
	rc = gm_import_state_find(old, import->state, record);
	if (rc > 0)
		record->created = old->record.created;
	return rc < 0 ? rc : 0;
}

static int blob_of(struct gm_oid *out, const struct gm_record *record)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_record_encode(&bytes, record);

	if (rc == 0)
		gm_object_hash(out, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	return rc;
}

/* Whether two are the same, but for an `updated` that the source does not have. */
static int is_same(const struct gm_record *incoming, const struct gm_record *other)
{
	gm_autorecord copy = GM_RECORD_INIT;
	struct gm_oid a, b;
	int rc = gm_record_copy(&copy, incoming);

	if (copy.updated == GM_TIME_NONE)
		copy.updated = other->updated;
	copy.created = other->created;
	if (rc == 0)
		rc = blob_of(&a, &copy);
	if (rc == 0)
		rc = blob_of(&b, other);
	return rc < 0 ? rc : gm_oid_equal(&a, &b);
}

/* 1 with what the last import said of this memory, 0 when there was none. */
static int last_import(struct gm_memory *out, struct gm_import *import, const char *id)
{
	struct gm_oid blob;
	int rc = gm_import_history_find(&blob, import->history, id);

	if (rc <= 0)
		return rc;
	rc = gm_import_state_read(out, import->state, id, &blob);
	return rc == GM_EINVALID ? 0 : rc < 0 ? rc : 1;
}

static int put_record(
	struct gm_import *import, struct gm_record *record, const struct gm_memory *old)
{
	int rc = gm_record_normalise(record, import->max_content);

	return rc < 0 ? rc : gm_import_state_put(import->state, record, old);
}

/* The loser of a conflict; one that is there already stays. */
static int put_sibling(struct gm_import *import, struct gm_record *sibling)
{
	gm_automemory there = GM_MEMORY_INIT;
	int rc = gm_import_state_find(&there, import->state, sibling);

	return rc ? rc < 0 ? rc : 0 : put_record(import, sibling, NULL);
}

static int put_merged(struct gm_import *import, struct gm_record *record,
	const struct gm_memory *old, const struct gm_record *base)
{
	gm_autorecordmerge merge = GM_RECORD_MERGE_INIT;
	struct gm_oid said, merged;
	int rc = blob_of(&said, record);
	const struct gm_record_merge_input input = {.base = base,
		.ours = &old->record,
		.theirs = record,
		.ours_blob = &old->blob,
		.theirs_blob = &said};

	if (rc == 0)
		rc = gm_record_merge(&merge, &input);
	if (rc == 0)
		rc = blob_of(&merged, &merge.merged);
	if (rc < 0)
		return rc;
	if (gm_oid_equal(&merged, &old->blob) && !merge.has_sibling) {
		import->counts.unchanged++;
		return gm_import_state_keep(import->state, old);
	}
	import->counts.updated++;
	rc = put_record(import, &merge.merged, old);
	if (rc == 0 && merge.has_sibling)
		rc = put_sibling(import, &merge.sibling);
	if (rc == 0 && !gm_oid_equal(&merged, &said))
		rc = gm_import_state_note_source(import->state, &merge.merged, record);
	return rc;
}

/* Whether the branch has had exactly this: an older state of it, as from a backup. */
static int is_old_version(struct gm_import *import, const struct gm_record *record)
{
	struct gm_oid blob;
	int rc = blob_of(&blob, record);

	return rc < 0 ? rc : gm_import_history_had(import->history, &blob);
}

/* The memory exists, and the source says something else than it. */
static int put_changed(
	struct gm_import *import, struct gm_record *record, const struct gm_memory *old)
{
	gm_automemory last = GM_MEMORY_INIT;
	gm_time edited = old->record.updated;
	int known = last_import(&last, import, record->id);
	int same = known;

	if (known >= 0)
		same = known ? is_same(record, &last.record)
			     : is_old_version(import, record);
	if (same < 0)
		return same;
	if (same) {
		import->counts.unchanged++;
		return gm_import_state_keep(import->state, old);
	}
	bool outdated = edited != GM_TIME_NONE &&
		(record->updated == GM_TIME_NONE || record->updated < edited);
	if (record->updated == GM_TIME_NONE)
		record->updated = import->now;
	if (known || outdated)
		return put_merged(import, record, old, known ? &last.record : NULL);
	import->counts.updated++;
	return put_record(import, record, old);
}

/* An earlier line of this import has put it. */
static int put_again(
	struct gm_import *import, struct gm_record *record, const struct gm_oid *there)
{
	struct gm_oid blob;
	int rc = blob_of(&blob, record);

	if (rc < 0)
		return rc;
	if (gm_oid_equal(&blob, there)) {
		import->counts.unchanged++;
		return 0;
	}
	import->counts.updated++;
	return put_record(import, record, NULL);
}

/* Not on the branch: new, or removed since it was imported. */
static int put_absent(struct gm_import *import, struct gm_record *record)
{
	gm_automemory last = GM_MEMORY_INIT;
	struct gm_oid there;
	int rc = gm_import_state_now(&there, import->state, record->id);

	if (rc)
		return rc < 0 ? rc : put_again(import, record, &there);
	rc = last_import(&last, import, record->id);
	if (rc > 0)
		rc = is_same(record, &last.record);
	if (rc < 0)
		return rc;
	if (rc) {
		import->counts.unchanged++;
		return 0;
	}
	import->counts.added++;
	return put_record(import, record, NULL);
}

static int put_identified(
	struct gm_import *import, struct gm_record *record, const struct gm_memory *old)
{
	if (!old->path)
		return put_absent(import, record);
	int same = is_same(record, &old->record);
	if (same < 0)
		return same;
	if (!same)
		return put_changed(import, record, old);
	import->counts.unchanged++;
	return gm_import_state_keep(import->state, old);
}

int gm_import_put(struct gm_import *import, struct gm_record *record, const char *name,
	gm_time fallback_created)
{
	gm_automemory old = GM_MEMORY_INIT;
	struct gm_import_counts before = import->counts;
	int rc = identify(&old, import, record, name, fallback_created);

	import->counts.read++;
	if (rc == 0)
		rc = put_identified(import, record, &old);
	if (rc == GM_EINVALID || rc == GM_ETOOBIG || rc == GM_EEXISTS) {
		import->counts = before;
		gm_import_reject(import);
	}
	return rc;
}

static int make_message(
	struct gm_buf *out, const struct gm_import *import, const char *message)
{
	size_t n = import->counts.added + import->counts.updated;

	if (message)
		return gm_buf_puts(out, message);
	return gm_buf_printf(out, "import %zu %s", n, n == 1 ? "memory" : "memories");
}

static int add_trailer(struct gm_buf *message)
{
	return gm_buf_printf(message, "\n\n%s", GM_IMPORT_TRAILER);
}

/*
 * What the source says, where it was merged with what people made of it, as a commit of its
 * own beside the branch: the next import compares with this, and not with the merged memory.
 */
static int commit_source(
	struct gm_oid *out, struct gm_import *import, const struct gm_oid *tree)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	gm_autobuf message = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid parent = tip_of(import);
	int rc = gm_call_signatures(&author, &committer, import->call);

	if (rc == 0)
		rc = gm_buf_puts(&message, "the source of an import");
	if (rc == 0)
		rc = add_trailer(&message);
	if (rc < 0)
		return rc;
	const struct gm_commit commit = {.tree = *tree,
		.parents = &parent,
		.n_parents = 1,
		.author = author,
		.committer = committer,
		.message = message.ptr};
	rc = gm_batch_begin(&batch, gm_repo_store(import->call->repo));
	if (rc == 0)
		rc = gm_commit_write(out, batch, &commit);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

static int commit_tree(
	struct gm_oid *commit_out, struct gm_import *import, const char *message)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid tree, source_tree, source;
	int rc = gm_import_state_tree(&tree, &source_tree, import->state);

	if (rc < 0 || gm_oid_equal(&tree, &import->head.tree))
		return rc;
	bool beside = !gm_oid_equal(&tree, &source_tree);
	rc = make_message(&text, import, message);
	if (rc == 0)
		rc = beside ? commit_source(&source, import, &source_tree)
			    : add_trailer(&text);
	if (rc == 0)
		rc = gm_writer_begin(&writer, import->call, true);
	if (rc < 0)
		return rc;
	const struct gm_commit_request request = {.message = gm_buf_str(&text),
		.reflog_action = "import",
		.tree = &tree,
		.base = tip_of(import),
		.merged = beside ? &source : NULL};
	rc = gm_writer_commit(&result, &writer, NULL, 0, &request);
	if (rc == 0 && result.committed)
		*commit_out = result.commit;
	return rc;
}

int gm_import_finish(
	struct gm_oid *commit_out, struct gm_import *import, const char *message)
{
	gm_autochanges changes = GM_CHANGES_INIT;

	*commit_out = gm_oid_zero;
	if (!import->stage)
		return commit_tree(commit_out, import, message);
	int rc = gm_import_state_changes(&changes, import->state, &import->writer);
	return rc < 0 ? rc : gm_writer_stage(&import->writer, &changes);
}
