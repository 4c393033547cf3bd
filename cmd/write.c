#include "cmd/write.h"

#include <string.h>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "cmd/commit_json.h"
#include "cmd/hooks.h"
#include "cmd/memory_options.h"
#include "dag/path_rule.h"

/* A commit of more changes than this leaves the index to the next reader. */
#define INDEX_FOLLOW_MAX ((size_t)500)

/* So many changes may wait for the next reader of the index, on average. */
#define INDEX_FOLLOW_EVERY ((size_t)32)

void gm_writer_dispose(struct gm_writer *writer)
{
	gm_view_dispose(&writer->view);
	gm_stage_free(writer->stage);
	gm_head_dispose(&writer->head);
	gm_lock_release(writer->lock);
	writer->stage = NULL;
	writer->lock = NULL;
}

static void give_view(struct gm_writer *writer)
{
	writer->view = (struct gm_view)GM_VIEW_INIT(writer->call);
	writer->view.tree = writer->head.tree;
	writer->view.stage = writer->stage;
}

int gm_writer_begin(struct gm_writer *out, struct gm_call *call, bool without_stage)
{
	gm_autowriter writer = GM_WRITER_INIT;
	int rc = gm_call_open(call);

	writer.call = call;
	if (rc == 0)
		rc = gm_call_lock(&writer.lock, call);
	if (rc == 0)
		rc = gm_call_head_to_write(&writer.head, &writer.start, call);
	if (rc == 0 && !without_stage)
		rc = gm_stage_load(&writer.stage, call->repo, writer.head.ref);
	if (rc < 0)
		return rc;
	give_view(&writer);
	*out = writer;
	writer = (struct gm_writer)GM_WRITER_INIT;
	return 0;
}

/* What it was before the lock was let go may have changed since. */
static int begin_again(struct gm_writer *writer)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_lock(&writer->lock, writer->call);

	if (rc == 0)
		rc = gm_head_read(&head, writer->call->repo, writer->head.branch);
	if (rc == 0 && strcmp(head.ref, writer->head.ref) != 0)
		rc = gm_error(GM_EMODIFIED, "HEAD was moved to '%s' meanwhile", head.ref);
	if (rc == 0 && writer->stage)
		rc = gm_stage_load(&stage, writer->call->repo, head.ref);
	if (rc < 0)
		return rc;
	if (!head.exists)
		head.tree = writer->head.tree;
	gm_view_dispose(&writer->view);
	gm_head_dispose(&writer->head);
	gm_stage_free(writer->stage);
	writer->head = head;
	head = (struct gm_head)GM_HEAD_INIT;
	writer->stage = gm_steal(&stage);
	give_view(writer);
	return 0;
}

int gm_writer_pause(struct gm_writer *writer,
	int (*unlocked)(struct gm_writer *writer, void *payload), void *payload)
{
	gm_lock_release(writer->lock);
	writer->lock = NULL;
	int rc = unlocked(writer, payload);
	return rc < 0 ? rc : begin_again(writer);
}

int gm_writer_stage(struct gm_writer *writer, struct gm_changes *changes)
{
	int rc = gm_stage_append(writer->call->repo, writer->lock, writer->head.ref,
		writer->stage, changes->items, changes->n);

	if (rc == 0)
		gm_interrupt_ignore();
	return rc;
}

static bool has_path(const struct gm_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->n; i++)
		if (!strcmp(changes->items[i].path, path))
			return true;
	return false;
}

static int replace_staged(struct gm_writer *writer, const struct gm_changes *changes)
{
	size_t n = 0, n_staged = gm_stage_size(writer->stage);
	gm_autofree struct gm_change *all =
		gm_calloc(n_staged + changes->n + 1, sizeof(*all));

	if (!all)
		return GM_ENOMEM;
	for (size_t i = 0; i < n_staged; i++)
		if (!has_path(changes, gm_stage_at(writer->stage, i)->path))
			all[n++] = *gm_stage_at(writer->stage, i);
	for (size_t i = 0; i < changes->n; i++)
		if (!gm_oid_equal(&changes->items[i].base, &changes->items[i].blob))
			all[n++] = changes->items[i];
	return gm_stage_replace(
		writer->call->repo, writer->lock, writer->head.ref, all, n);
}

int gm_writer_restage(struct gm_writer *writer, struct gm_changes *changes)
{
	bool meets = false;

	for (size_t i = 0; !meets && i < changes->n; i++)
		meets = gm_stage_find(writer->stage, changes->items[i].path) != NULL;
	if (!meets)
		return gm_writer_stage(writer, changes);
	int rc = replace_staged(writer, changes);
	if (rc == 0)
		gm_interrupt_ignore();
	return rc;
}

void gm_writer_end(struct gm_writer *writer, const struct gm_oid *tree)
{
	gm_cleanup(gm_index_free_p) struct gm_index *index = NULL;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	/* Among many writers nobody would ever look at the index that each of them brings on. */
	bool is_crowded = gm_lock_was_taken(writer->lock);

	gm_lock_release(writer->lock);
	writer->lock = NULL;
	if (!tree || is_crowded)
		return;
	int rc = gm_repo_path(&dir, writer->call->repo, "recall");
	if (rc == 0)
		rc = gm_index_open(&index, NULL, gm_buf_str(&dir),
			gm_repo_store(writer->call->repo));
	if (rc == 0)
		rc = gm_index_follow(index, tree, &writer->head.tree, INDEX_FOLLOW_MAX);
	/* What was done stands: this costs the next reader some time only. */
	if (rc < 0 && writer->call->verbose)
		gm_warn("the recall index waits for the next recall: %s",
			gm_error_last()->message);
}

int gm_check_message(const char *message, bool commit)
{
	if (!message)
		return 0;
	if (!commit)
		return gm_error(GM_EUSAGE, "--message needs --commit");
	return gm_text_is_blank(message, strlen(message))
		? gm_error(GM_EUSAGE, "--message: an empty message")
		: 0;
}

static int prepare(struct gm_transaction_options *options, struct gm_buf *subject,
	struct gm_signature *author, struct gm_signature *committer,
	struct gm_writer *writer, const struct gm_change *changes, size_t n,
	const struct gm_commit_request *request)
{
	const char *message = request->message ? request->message : "";
	int rc = gm_call_signatures(author, committer, writer->call);

	if (rc == 0 && !gm_utf8_valid(message, strlen(message)))
		rc = gm_error(GM_EINVALID, "the message is not valid UTF-8");
	if (rc == 0 && !request->message)
		rc = gm_generated_subject(subject, writer, changes, n);
	*options = (struct gm_transaction_options){
		.ref = writer->head.ref,
		.start = writer->start,
		.author = request->author ? request->author : author,
		.committer = committer,
		.message = request->message ? request->message : gm_buf_str(subject),
		.reflog_action = request->reflog_action,
		.allow_empty = request->allow_empty,
		.merged = request->merged,
	};
	return rc;
}

/* Committing what is committed changes nothing, so a stage that stays does no harm. */
static void tidy_stage(struct gm_writer *writer, const struct gm_commit_request *request)
{
	struct gm_repo *repo = writer->call->repo;
	int rc = 0;

	if (request->clear_stage)
		rc = gm_stage_clear(repo, writer->lock, writer->head.ref);
	else if (request->dropped)
		rc = gm_stage_drop(repo, writer->lock, writer->head.ref,
			request->dropped->items, request->dropped->n);
	if (rc < 0)
		gm_warn("committed, but the stage could not be cleared: %s",
			gm_error_last()->message);
}

/* What met other writers' changes. Paths may be of others. */
static void tell_notes(
	const struct gm_writer *writer, const struct gm_transaction_result *result)
{
	for (size_t i = 0; i < result->n_notes; i++) {
		const struct gm_transaction_note *note = &result->notes[i];
		gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);
		if (gm_put_safe(&path, note->path, strlen(note->path)) == 0)
			gm_talk(writer->call, "%s: %s", gm_buf_str(&path), note->text);
	}
}

/*
 * To open the index takes as long as the commit, and the next reader opens it anyway. So the
 * index is brought on once in so many changes, told by the id of the commit: no reader has to
 * catch up with more than takes some milliseconds.
 */
static bool is_followed(const struct gm_transaction_result *result,
	const struct gm_commit_request *request, size_t n)
{
	const size_t turn = result->commit.bytes[GM_OID_SIZE - 1] % INDEX_FOLLOW_EVERY;

	return result->committed && (request->tree || turn < n);
}

int gm_writer_commit(struct gm_transaction_result *out, struct gm_writer *writer,
	const struct gm_change *changes, size_t n,
	const struct gm_commit_request *request)
{
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	struct gm_transaction_options options;
	int rc = prepare(
		&options, &subject, &author, &committer, writer, changes, n, request);

	if (rc == 0)
		rc = request->tree
			? gm_transaction_commit_tree(out, writer->call->repo,
				  writer->lock, &request->base, request->tree, &options)
			: gm_transaction_commit(out, writer->call->repo, writer->lock,
				  changes, n, &options);
	if (rc < 0)
		return rc;
	gm_interrupt_ignore();
	if (out->committed)
		writer->call->committed = out->commit;
	tidy_stage(writer, request);
	gm_writer_end(writer, is_followed(out, request, n) ? &out->tree : NULL);
	tell_notes(writer, out);
	if (out->committed)
		gm_call_hook_after(writer->call, "post-commit", NULL);
	return 0;
}

static int print_summary(struct gm_call *call, const struct gm_head *head,
	const struct gm_transaction_result *result, const struct gm_commit *commit)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	size_t count[3] = {0};
	int rc = gm_commit_changes(&deltas, call->repo, commit);

	if (rc == 0)
		rc = gm_buf_printf(&line, "[%s%s ",
			head->branch ? head->branch : "detached HEAD",
			gm_oid_is_zero(&result->parent) ? " (root-commit)" : "");
	if (rc == 0)
		rc = gm_abbreviate(&line, gm_repo_store(call->repo), &result->commit);
	if (rc == 0)
		rc = gm_commit_subject(&subject, commit->message);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < deltas.n; i++)
		count[deltas.items[i].status == 'A'             ? 0
				: deltas.items[i].status == 'M' ? 1
								: 2]++;
	return gm_print("%s] %s\n %zu added, %zu changed, %zu removed\n",
		gm_buf_str(&line), gm_buf_str(&subject), count[0], count[1], count[2]);
}

int gm_print_commit(struct gm_call *call, const struct gm_head *head,
	const struct gm_transaction_result *result)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	json_t *json = NULL;
	int rc = gm_commit_read(&commit, gm_repo_store(call->repo), &result->commit);

	if (rc < 0)
		return rc;
	if (!call->json)
		return call->quiet ? 0 : print_summary(call, head, result, &commit);
	rc = gm_commit_json(&json, call->repo, &commit);
	return rc < 0 ? rc : gm_print_json(json);
}

/* The new file of the record; NULL when it stays what it was. */
static const struct gm_change *find_written(
	const struct gm_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->n; i++)
		if (changes->items[i].data && !strcmp(changes->items[i].path, path))
			return &changes->items[i];
	return NULL;
}

int gm_print_written(struct gm_writer *writer, const struct gm_changes *changes,
	const struct gm_record *record, const struct gm_memory *old,
	const struct gm_transaction_result *result)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	json_t *json = NULL;
	int rc = gm_record_copy(&memory.record, record);

	if (rc == 0)
		rc = gm_record_path(&path, record);
	if (rc < 0)
		return rc;
	const struct gm_change *written = find_written(changes, gm_buf_str(&path));
	memory.path = gm_strdup(written ? written->path : old->path);
	memory.blob = written ? written->blob : old->blob;
	if (result->committed)
		memory.commit = result->commit;
	if (!memory.path)
		return GM_ENOMEM;
	if (rc == 0)
		rc = gm_memory_json(&json, writer->call->repo, &memory);
	return rc < 0 ? rc : gm_print_json(json);
}
