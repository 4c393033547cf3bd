#include "cmd/merge_waiting.h"

#include "base/utf8.h"
#include "cmd/merge_report.h"
#include "cmd/text.h"
#include "dag/record_diff.h"

void gm_waiting_merge_dispose(struct gm_waiting_merge *waiting)
{
	gm_merge_dispose(&waiting->merge);
	gm_merge_state_dispose(&waiting->state);
}

int gm_put_head_name(struct gm_buf *out, const struct gm_head *head)
{
	return head->branch ? gm_buf_printf(out, "branch '%s'", head->branch)
			    : gm_buf_puts(out, "the detached HEAD");
}

int gm_waiting_merge_read(
	struct gm_waiting_merge *out, struct gm_call *call, const struct gm_head *head)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_merge_state_read(&out->state, call->repo, head->ref);

	if (rc == GM_EMISMATCH)
		gm_error_hint("'gitmem merge --abort' gives it up");
	if (rc != GM_ENOTFOUND)
		return rc;
	rc = gm_put_head_name(&name, head);
	return rc < 0 ? rc
		      : gm_error(GM_ENOTFOUND, "no merge waits on %s", gm_buf_str(&name));
}

int gm_waiting_merge_plan(struct gm_waiting_merge *waiting, struct gm_call *call,
	const struct gm_oid *start, bool settled)
{
	const struct gm_merge_state *state = &waiting->state;

	waiting->options = (struct gm_merge_options){.ref = state->ref,
		.start = *start,
		.theirs = state->theirs,
		.strategy = GM_STRATEGY_MANUAL,
		.settlements = state->settlements,
		.n_settlements = settled ? state->n : 0,
		.allow_unrelated = state->allow_unrelated};
	gm_merge_dispose(&waiting->merge);
	return gm_merge_plan(&waiting->merge, call->repo, &waiting->options);
}

int gm_unsettled(const struct gm_merge *merge, bool is_dry)
{
	size_t n = merge->trees.n_conflicts;
	const char *have = n == 1 ? " has" : "s have";

	if (is_dry)
		return gm_error(GM_ENO,
			"the merge would wait: %zu conflict%s to be settled", n, have);
	int rc = gm_error(
		GM_ENO, "the merge waits: %zu conflict%s to be settled", n, have);
	gm_error_hint("'gitmem resolve ID --take ours|theirs|FILE' settles one, 'gitmem "
		      "merge --continue' concludes the merge, '--abort' gives it up");
	return rc;
}

void gm_warn_stale(const struct gm_waiting_merge *waiting)
{
	for (size_t i = 0; waiting->merge.stale && i < waiting->options.n_settlements;
		i++)
		if (waiting->merge.stale[i])
			gm_warn("'%s' was changed since it was settled, and has to be "
				"settled again",
				waiting->options.settlements[i].name);
}

/* The merge that waits on `head`, computed: 1; 0 when none waits. */
static int look(
	struct gm_waiting_merge *out, struct gm_call *call, const struct gm_head *head)
{
	struct gm_oid start = gm_oid_zero;
	int rc = gm_waiting_merge_read(out, call, head);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	if (!head->exists) {
		gm_autohead beginning = GM_HEAD_INIT;
		rc = gm_head_read(&beginning, call->repo, NULL);
		start = beginning.commit;
	}
	if (rc == 0)
		rc = gm_waiting_merge_plan(out, call, &start, true);
	return rc < 0 ? rc : 1;
}

static int put_state(struct gm_buf *out, const struct gm_waiting_merge *waiting)
{
	size_t n = waiting->merge.trees.n_conflicts;
	int rc = gm_buf_puts(out, "A merge of '");

	if (rc == 0)
		rc = gm_puts_safe(out, waiting->state.name);
	if (rc < 0)
		return rc;
	if (!n)
		return gm_buf_puts(out,
			"' waits: all conflicts are settled\n"
			"  (\"gitmem merge --continue\" concludes it)\n");
	return gm_buf_printf(out,
		"' waits: %zu conflict%s to be settled\n"
		"  (\"gitmem list --conflicts\" shows, \"gitmem resolve\" settles them,\n"
		"  \"gitmem merge --abort\" gives the merge up)\n",
		n, n == 1 ? " has" : "s have");
}

int gm_put_waiting_merge(
	struct gm_buf *out, struct gm_call *call, const struct gm_head *head)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	int rc = look(&waiting, call, head);

	if (rc == GM_ENOMEM || rc == 0)
		return rc;
	if (rc > 0)
		return put_state(out, &waiting);
	rc = gm_buf_puts(out, "A merge waits that cannot be made: ");
	if (rc == 0)
		rc = gm_puts_safe(out, gm_error_last()->message);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_waiting_merge_json(json_t **out, struct gm_call *call, const struct gm_head *head)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int found = object ? look(&waiting, call, head) : GM_ENOMEM;

	if (found == GM_ENOMEM)
		return found;
	if (!found) {
		*out = json_null();
		return 0;
	}
	gm_oid_format(hex, &waiting.state.theirs);
	int rc = gm_json_set_string(object, "commit", waiting.state.ref ? hex : NULL);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", waiting.state.name);
	if (rc == 0)
		rc = gm_json_set_string(object, "message", waiting.state.message);
	if (rc == 0)
		rc = gm_json_set(object, "conflicts",
			found < 0 ? json_null()
				  : json_integer(
					    (json_int_t)waiting.merge.trees.n_conflicts));
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

/* What a side says: the content of a memory, or a file. 1, or 0 when it is no text. */
static int read_text(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_merge_entry *entry, const struct gm_oid *blob)
{
	gm_autorecord record = GM_RECORD_INIT;
	int rc;

	if (!*entry->id) {
		rc = gm_store_read_type(out, gm_repo_store(repo), blob, GM_OBJECT_BLOB);
		return rc < 0 ? rc : gm_utf8_valid(gm_buf_str(out), out->size);
	}
	rc = gm_record_read(&record, gm_repo_store(repo), blob);
	if (rc == 0)
		rc = gm_buf_put(out, record.content, record.content_size);
	return rc < 0 ? rc : 1;
}

static int put_side(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_merge_entry *entry, const char *side, const struct gm_oid *blob)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc;

	if (gm_oid_is_zero(blob))
		return gm_buf_printf(out, "    %s: removed\n", side);
	rc = read_text(&text, repo, entry, blob);
	if (rc == 0)
		return gm_buf_printf(out, "    %s: no text\n", side);
	if (rc > 0)
		rc = gm_buf_printf(out, "    %s:\n", side);
	return rc < 0 ? rc
		      : gm_put_lines_safe(out, "      ", gm_buf_str(&text), text.size);
}

static int set_side(json_t *object, struct gm_repo *repo,
	const struct gm_merge_entry *entry, const char *key, const struct gm_oid *blob)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_oid_is_zero(blob) ? 0 : read_text(&text, repo, entry, blob);

	return rc < 0 ? rc
		      : gm_json_set_string(object, key, rc ? gm_buf_str(&text) : NULL);
}

static int unsettled_json(
	json_t **out, struct gm_repo *repo, const struct gm_merge_entry *entry)
{
	json_t *made = NULL;
	int rc = gm_decision_json(&made, entry);
	gm_autojson *object = made;

	if (rc == 0)
		rc = gm_json_set_bool(object, "unsettled", true);
	if (rc == 0)
		rc = set_side(object, repo, entry, "ours_text", &entry->ours);
	if (rc == 0)
		rc = set_side(object, repo, entry, "theirs_text", &entry->theirs);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int print_unsettled(struct gm_call *call, const struct gm_merge_entry *conflict)
{
	const struct gm_merge_entry entry = gm_decision_unsettled(conflict);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	json_t *json = NULL;
	int rc;

	if (call->json) {
		rc = unsettled_json(&json, call->repo, &entry);
		return rc < 0 ? rc : gm_print_json(json);
	}
	rc = gm_put_decision(&text, &entry, call->colored);
	if (rc == 0)
		rc = put_side(&text, call->repo, &entry, "ours", &entry.ours);
	if (rc == 0)
		rc = put_side(&text, call->repo, &entry, "theirs", &entry.theirs);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

int gm_print_unsettled(struct gm_call *call)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head(&head, call);

	if (rc == 0)
		rc = look(&waiting, call, &head);
	if (rc <= 0)
		return rc;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < waiting.merge.trees.n; i++)
		if (waiting.merge.trees.entries[i].what == GM_MERGE_CONFLICT)
			rc = print_unsettled(call, &waiting.merge.trees.entries[i]);
	return rc;
}
