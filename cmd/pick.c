#include "cmd/pick.h"

#include <string.h>

#include "base/interrupt.h"
#include "cmd/editor.h"
#include "cmd/merge_report.h"
#include "cmd/message.h"
#include "cmd/pick_message.h"
#include "cmd/pick_range.h"
#include "cmd/pick_stage.h"
#include "cmd/write.h"
#include "dag/tree_merge.h"

struct pick {
	struct gm_call *call;
	const struct gm_pick_options *options;
	struct gm_tree_merge_options merging;
	size_t n_done;
};

/* A commit, and the change that is to be made because of it. */
struct source {
	struct gm_commit commit;
	const struct gm_oid *parent; /* NULL: the commit is a root */
	struct gm_oid from, to;      /* trees */
};

#define SOURCE_INIT                                      \
	{                                                \
		.commit = GM_COMMIT_INIT, .parent = NULL \
	}

static void source_dispose(struct source *source)
{
	gm_commit_dispose(&source->commit);
}

static enum gm_merge_strategy strategy_of(const char *name)
{
	if (!name || !strcmp(name, "auto"))
		return GM_STRATEGY_AUTO;
	return !strcmp(name, "ours") ? GM_STRATEGY_OURS : GM_STRATEGY_THEIRS;
}

/* The parent that counts. A merge has none unless one was named. */
static int choose_parent(struct source *source, const struct pick *pick)
{
	const struct gm_commit *commit = &source->commit;
	bool named = pick->options->mainline != SIZE_MAX;
	size_t mainline = named ? pick->options->mainline : 1;
	char hex[GM_OID_HEX];
	int rc;

	gm_oid_format(hex, &commit->oid);
	if (commit->n_parents > 1 && !named) {
		rc = gm_error(GM_ERROR, "commit %s is a merge, and no -m was given", hex);
		gm_error_hint("-m 1 takes what it changed on the branch it was made on");
		return rc;
	}
	if (mainline > (commit->n_parents ? commit->n_parents : 1))
		return gm_error(
			GM_ERROR, "commit %s does not have parent %zu", hex, mainline);
	if (commit->n_parents)
		source->parent = &commit->parents[mainline - 1];
	return 0;
}

static int read_source(
	struct source *out, const struct pick *pick, const struct gm_oid *oid)
{
	struct gm_store *store = gm_repo_store(pick->call->repo);
	gm_autocommit parent = GM_COMMIT_INIT;
	int rc = gm_commit_read(&out->commit, store, oid);

	parent.tree = gm_oid_empty_tree;
	if (rc == 0)
		rc = choose_parent(out, pick);
	if (rc == 0 && out->parent)
		rc = gm_commit_read(&parent, store, out->parent);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "%s", gm_error_last()->message);
	out->from = pick->options->is_revert ? out->commit.tree : parent.tree;
	out->to = pick->options->is_revert ? parent.tree : out->commit.tree;
	return rc;
}

static int put_message(
	struct gm_buf *out, const struct pick *pick, const struct source *source)
{
	if (!pick->options->is_revert)
		return gm_put_picked_message(
			out, &source->commit, pick->options->tells_origin);
	return gm_put_revert_message(out, &source->commit,
		source->commit.n_parents > 1 ? source->parent : NULL);
}

/* What differs only because the branch has gone on since is none of our business. */
static bool concerns(const struct gm_merge_entry *entry)
{
	return entry->what != GM_MERGE_OURS || entry->note || entry->sibling_path;
}

static int give(json_t *object, const struct source *source,
	const struct gm_tree_merge *merge, const struct gm_transaction_result *result)
{
	gm_autojson *decisions = gm_json_array();
	char hex[GM_OID_HEX];
	int rc = decisions ? 0 : GM_ENOMEM;

	gm_oid_format(hex, &source->commit.oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "source", hex);
	gm_oid_format(hex, &result->commit);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", result->committed ? hex : NULL);
	if (rc == 0)
		rc = gm_json_set_int(object, "conflicts", (long long)merge->n_conflicts);
	for (size_t i = 0; rc == 0 && i < merge->n; i++) {
		json_t *decision = NULL;
		if (!concerns(&merge->entries[i]))
			continue;
		rc = gm_decision_json(&decision, &merge->entries[i]);
		if (rc == 0)
			rc = gm_json_append(decisions, decision);
	}
	return rc < 0 ? rc : gm_json_set(object, "decisions", gm_steal(&decisions));
}

static int print_json(const struct source *source, const struct gm_tree_merge *merge,
	const struct gm_transaction_result *result)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? give(object, source, merge, result) : GM_ENOMEM;

	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* What went as it was made is in the commit for everybody to see. */
static bool is_worth_telling(
	const struct gm_call *call, const struct gm_merge_entry *entry)
{
	bool is_plain = entry->what == GM_MERGE_THEIRS || entry->what == GM_MERGE_REMOVED;

	return concerns(entry) &&
		(!is_plain || call->verbose || entry->note || entry->sibling_path);
}

static int print_text(struct gm_call *call, const struct gm_head *head,
	const struct gm_tree_merge *merge, const struct gm_transaction_result *result)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = result->committed ? gm_print_commit(call, head, result) : 0;

	for (size_t i = 0; rc == 0 && i < merge->n; i++)
		if (is_worth_telling(call, &merge->entries[i]))
			rc = gm_put_decision(&text, &merge->entries[i], call->colored);
	return rc < 0 || call->quiet || !text.size ? rc
						   : gm_print("%s", gm_buf_str(&text));
}

static int report(struct pick *pick, const struct gm_head *head,
	const struct source *source, const struct gm_tree_merge *merge,
	const struct gm_transaction_result *result)
{
	pick->n_done++;
	int rc = pick->call->json ? print_json(source, merge, result)
				  : print_text(pick->call, head, merge, result);
	if (rc == 0 && merge->n_conflicts)
		gm_talk(pick->call,
			"'gitmem list --conflicts' shows what both sides wrote");
	return rc;
}

/* Nothing is left to do: an error should nothing be done at all. */
static int tell_empty(struct pick *pick, const struct source *source, bool is_last)
{
	gm_autobuf id = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_abbreviate(&id, gm_repo_store(pick->call->repo), &source->commit.oid);

	if (rc < 0)
		return rc;
	gm_autofree char *text = pick->options->is_revert
		? gm_format("nothing is left of what %s changed", gm_buf_str(&id))
		: gm_format("what %s changed is there already", gm_buf_str(&id));
	if (!text)
		return GM_ENOMEM;
	if (is_last && !pick->n_done)
		return gm_error(GM_ENO, "%s", text);
	gm_talk(pick->call, "%s", text);
	return 0;
}

static int commit(struct gm_transaction_result *out, struct pick *pick,
	struct gm_writer *writer, const struct source *source, const struct gm_oid *tree,
	const char *message)
{
	const struct gm_head *head = &writer->head;
	const struct gm_commit_request request = {.message = message,
		.author = pick->options->is_revert ? NULL : &source->commit.author,
		.reflog_action = pick->options->is_revert ? "revert" : "cherry-pick",
		.tree = tree,
		.base = head->exists ? head->commit : writer->start};

	return gm_writer_commit(out, writer, NULL, 0, &request);
}

/* On the branch as it is under the lock. */
static int apply(
	struct pick *pick, const struct source *source, const char *message, bool is_last)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autotreemerge merge = GM_TREE_MERGE_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	int rc = gm_writer_begin(&writer, pick->call, true);

	if (rc == 0)
		rc = gm_batch_begin(&batch, gm_repo_store(pick->call->repo));
	if (rc == 0)
		rc = gm_trees_merge(&merge, batch, &source->from, &writer.head.tree,
			&source->to, &pick->merging);
	if (rc < 0)
		return rc;
	if (gm_oid_equal(&merge.tree, &writer.head.tree))
		return tell_empty(pick, source, is_last);
	/* Stock git has no object for the empty tree unless one is written. */
	if (gm_oid_equal(&merge.tree, &gm_oid_empty_tree))
		rc = gm_batch_write(&merge.tree, batch, GM_OBJECT_TREE, "", 0);
	if (rc == 0)
		rc = gm_batch_commit(batch);
	if (rc == 0)
		rc = commit(&result, pick, &writer, source, &merge.tree, message);
	return rc < 0 ? rc : report(pick, &writer.head, source, &merge, &result);
}

static const char edit_help[] =
	"\n# The message of the commit. Lines that begin with '#' are left out;\n"
	"# an empty message stops here.\n";

static int edit_message(
	struct gm_buf *message, struct gm_edit_file *file, struct gm_call *call)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_buf_puts(message, edit_help);

	if (rc == 0)
		rc = gm_edit_text(file, message, call);
	if (rc == 0)
		rc = gm_message_clean(&text, gm_buf_str(message), true);
	if (rc == 0 && !text.size) {
		gm_edit_file_remove(file);
		rc = gm_error(GM_ENO, "the message is empty: nothing was committed");
	}
	if (rc < 0)
		return rc;
	gm_buf_reset(message);
	return gm_buf_put(message, text.ptr, text.size);
}

static int pick_one(struct pick *pick, const struct gm_oid *oid, bool is_last)
{
	gm_cleanup(source_dispose) struct source source = SOURCE_INIT;
	gm_autobuf message = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autoeditfile file = GM_EDIT_FILE_INIT;
	int rc = read_source(&source, pick, oid);

	if (rc == 0)
		rc = put_message(&message, pick, &source);
	/* Before the lock is taken: people take their time. */
	if (rc == 0 && pick->options->edit)
		rc = edit_message(&message, &file, pick->call);
	if (rc == 0)
		rc = apply(pick, &source, gm_buf_str(&message), is_last);
	if (rc < 0)
		gm_edit_file_hint(&file);
	else
		gm_edit_file_remove(&file);
	return rc;
}

/* Lay one after the other on what is seen, and stage what that comes to. */
static int pick_to_stage(struct pick *pick, const struct gm_pick_range *commits)
{
	const struct gm_transaction_result none = GM_TRANSACTION_RESULT_INIT;
	gm_cleanup(gm_pick_stage_dispose) struct gm_pick_stage stage = GM_PICK_STAGE_INIT;
	int rc = gm_pick_stage_begin(&stage, pick->call);

	for (size_t i = 0; rc == 0 && i < commits->n; i++) {
		gm_cleanup(source_dispose) struct source source = SOURCE_INIT;
		gm_autotreemerge merge = GM_TREE_MERGE_INIT;
		rc = read_source(&source, pick, &commits->items[i]);
		if (rc == 0)
			rc = gm_trees_merge(&merge, stage.batch, &source.from,
				&stage.tree, &source.to, &pick->merging);
		if (rc < 0)
			return rc;
		if (gm_oid_equal(&merge.tree, &stage.tree)) {
			rc = tell_empty(pick, &source, i + 1 == commits->n);
			continue;
		}
		stage.tree = merge.tree;
		rc = report(pick, &stage.writer.head, &source, &merge, &none);
	}
	return rc < 0 ? rc : gm_pick_stage_end(&stage);
}

/* So that a mistake is seen before anything is done. */
static int check_all(const struct pick *pick, const struct gm_pick_range *commits)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < commits->n; i++) {
		gm_cleanup(source_dispose) struct source source = SOURCE_INIT;
		rc = read_source(&source, pick, &commits->items[i]);
	}
	return rc;
}

int gm_pick_all(struct gm_call *call, const struct gm_options_result *args,
	const struct gm_pick_options *options)
{
	struct pick pick = {.call = call,
		.options = options,
		.merging = {.strategy = strategy_of(options->strategy)}};
	gm_autopickrange commits = GM_PICK_RANGE_INIT;
	int rc = options->mainline
		? gm_call_open(call)
		: gm_error(GM_EUSAGE, "--mainline: parents are counted from 1");

	if (rc == 0)
		rc = gm_pick_range_find(&commits, call, args, !options->is_revert);
	if (rc == 0)
		rc = check_all(&pick, &commits);
	if (rc == 0 && !commits.n)
		rc = gm_error(GM_ENO, "the range is empty");
	if (rc == 0 && options->no_commit)
		return pick_to_stage(&pick, &commits);
	for (size_t i = 0; rc == 0 && i < commits.n; i++) {
		rc = pick_one(&pick, &commits.items[i], i + 1 == commits.n);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

void gm_pick_options_fill(
	struct gm_option out[GM_PICK_OPTIONS], struct gm_pick_options *options)
{
	const struct gm_option table[GM_PICK_OPTIONS] = {
		{GM_OPTION_SIZE, 'm', "mainline", &options->mainline, "PARENT",
			"of a merge: which parent it is compared with, from 1", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'e', "edit", &options->edit, NULL,
			"write the message in an editor", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'n', "no-commit", &options->no_commit, NULL,
			"stage it and make no commit", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "strategy", &options->strategy, NULL,
			"whose text stands when both changed it: auto keeps both",
			"auto|ours|theirs", GM_COMPLETE_NONE},
	};

	memcpy(out, table, sizeof(table));
}
