#include "cmd/merge_report.h"

#include <string.h>

#include "base/utf8.h"
#include "cmd/commit_text.h"
#include "cmd/memory.h"
#include "cmd/text.h"

/* A value that gave way is shown this far, in columns. */
#define LOST_COLUMNS 60

static const char *color_of(enum gm_merge_what what)
{
	if (what == GM_MERGE_CONFLICT)
		return GM_COLOR_OLD;
	return what == GM_MERGE_MERGED || what == GM_MERGE_KEPT ? GM_COLOR_HUNK
								: GM_COLOR_NEW;
}

static int put_lost(struct gm_buf *out, const json_t *lost)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_json_dump(&text, lost, true);

	if (rc == 0)
		rc = gm_put_safe(&safe, gm_buf_str(&text), text.size);
	if (rc < 0)
		return rc;
	size_t size = gm_utf8_fit(gm_buf_str(&safe), safe.size, LOST_COLUMNS);
	return gm_buf_printf(out, ", gave way: %.*s%s", (int)size, gm_buf_str(&safe),
		size < safe.size ? "..." : "");
}

static int put_field(struct gm_buf *out, const struct gm_merge_decision *decision)
{
	int rc = gm_buf_puts(out, "    ");

	if (rc == 0)
		rc = gm_puts_safe(out, decision->field);
	if (rc == 0)
		rc = gm_buf_printf(out, ": %s", gm_merge_what_name(decision->what));
	if (rc == 0 && decision->lost)
		rc = put_lost(out, decision->lost);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* Where the version that gave way is now. */
static int put_sibling(struct gm_buf *out, const struct gm_merge_entry *entry)
{
	int rc = gm_buf_puts(out, "    the other one is kept as ");

	if (rc == 0 && *entry->sibling)
		rc = gm_buf_printf(out, "%s ", gm_short_id(entry->sibling));
	if (rc == 0)
		rc = gm_puts_safe(out, entry->sibling_path);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_put_decision(struct gm_buf *out, const struct gm_merge_entry *entry, bool colored)
{
	int rc = gm_buf_printf(out, " %s%-8s%s %-8s ",
		gm_color(colored, color_of(entry->what)), gm_merge_what_name(entry->what),
		gm_color(colored, GM_COLOR_RESET), gm_short_id(entry->id));

	if (rc == 0)
		rc = gm_puts_safe(out, entry->path);
	if (rc == 0 && entry->resolved)
		rc = gm_buf_puts(out, " (settled)");
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	for (size_t i = 0; rc == 0 && i < entry->n_fields; i++)
		/* Of two times the later; nobody misses the other. */
		if (strcmp(entry->fields[i].field, "updated") != 0)
			rc = put_field(out, &entry->fields[i]);
	if (rc == 0 && entry->sibling_path)
		rc = put_sibling(out, entry);
	if (rc < 0 || !entry->note)
		return rc;
	rc = gm_buf_puts(out, "    ");
	if (rc == 0)
		rc = gm_puts_safe(out, entry->note);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* In a fast-forward nothing was decided: what comes is told as git tells it. */
static int print_forward(struct gm_call *call, const struct gm_merge *merge)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_record_diff(&deltas, gm_repo_store(call->repo), &merge->tip_tree,
		&merge->theirs_tree);

	if (rc == 0)
		rc = gm_put_stat(&text, &deltas, call->colored);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

/* Whether it is left as the branch has it, which may have removed it before. */
static bool is_as_ours(const struct gm_merge_entry *entry)
{
	return entry->what == GM_MERGE_OURS || entry->what == GM_MERGE_SAME ||
		(entry->what == GM_MERGE_REMOVED && gm_oid_is_zero(&entry->ours));
}

static bool is_worth_a_line(
	const struct gm_call *call, const struct gm_merge_entry *entry)
{
	return call->verbose || entry->note || entry->resolved || entry->sibling_path ||
		!is_as_ours(entry);
}

struct gm_merge_entry gm_decision_unsettled(const struct gm_merge_entry *entry)
{
	struct gm_merge_entry unsettled = *entry;

	unsettled.merged = gm_oid_zero;
	unsettled.sibling[0] = '\0';
	unsettled.sibling_path = NULL;
	return unsettled;
}

/* As it is to be shown. */
static struct gm_merge_entry shown(const struct gm_merge_entry *entry, bool waits)
{
	return waits && entry->what == GM_MERGE_CONFLICT ? gm_decision_unsettled(entry)
							 : *entry;
}

int gm_print_decisions(struct gm_call *call, const struct gm_merge *merge, bool waits)
{
	int rc = 0;

	if (call->quiet || merge->kind == GM_MERGE_UP_TO_DATE)
		return 0;
	if (merge->kind == GM_MERGE_FAST_FORWARD)
		return print_forward(call, merge);
	for (size_t i = 0; rc == 0 && i < merge->trees.n; i++) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
		const struct gm_merge_entry entry =
			shown(&merge->trees.entries[i], waits);
		if (!is_worth_a_line(call, &entry))
			continue;
		rc = gm_put_decision(&text, &entry, call->colored);
		if (rc == 0)
			rc = gm_print("%s", gm_buf_str(&text));
	}
	return rc;
}

static int set_blob(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

static int field_json(json_t **out, const struct gm_merge_decision *decision)
{
	gm_autojson *object = gm_json_object();
	int rc =
		object ? gm_json_set_string(object, "field", decision->field) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(
			object, "what", gm_merge_what_name(decision->what));
	if (rc == 0 && decision->lost)
		rc = gm_json_set(object, "lost", json_incref(decision->lost));
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int set_fields(json_t *object, const struct gm_merge_entry *entry)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < entry->n_fields; i++) {
		json_t *item = NULL;
		rc = field_json(&item, &entry->fields[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	return rc < 0 ? rc : gm_json_set(object, "fields", gm_steal(&list));
}

static int set_what(json_t *object, const char *id, const char *path, const char *what)
{
	int rc = gm_json_set_string(object, "id", *id ? id : NULL);

	if (rc == 0)
		rc = gm_json_set_string(object, "path", path);
	return rc < 0 ? rc : gm_json_set_string(object, "what", what);
}

static int set_blobs(json_t *object, const struct gm_oid *base, const struct gm_oid *ours,
	const struct gm_oid *theirs, const struct gm_oid *merged)
{
	int rc = set_blob(object, "base", base);

	if (rc == 0)
		rc = set_blob(object, "ours", ours);
	if (rc == 0)
		rc = set_blob(object, "theirs", theirs);
	return rc < 0 ? rc : set_blob(object, "merged", merged);
}

int gm_decision_json(json_t **out, const struct gm_merge_entry *entry)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? set_what(object, entry->id, entry->path,
				  gm_merge_what_name(entry->what))
			: GM_ENOMEM;

	if (rc == 0)
		rc = set_blobs(object, &entry->base, &entry->ours, &entry->theirs,
			&entry->merged);
	if (rc == 0 && entry->n_fields)
		rc = set_fields(object, entry);
	if (rc == 0 && *entry->sibling)
		rc = gm_json_set_string(object, "sibling", entry->sibling);
	if (rc == 0 && entry->sibling_path)
		rc = gm_json_set_string(object, "sibling_path", entry->sibling_path);
	if (rc == 0 && entry->resolved)
		rc = gm_json_set_bool(object, "settled", true);
	if (rc == 0 && entry->note)
		rc = gm_json_set_string(object, "note", entry->note);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int forward_json(json_t **out, const struct gm_record_delta *delta)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? set_what(object, delta->id, delta->path,
				  delta->status == 'D' ? "removed" : "theirs")
			: GM_ENOMEM;

	if (rc == 0)
		rc = set_blobs(object, &delta->old_blob, &delta->old_blob,
			&delta->new_blob, &delta->new_blob);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int add_forward(json_t *list, struct gm_repo *repo, const struct gm_merge *merge)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	int rc = gm_record_diff(
		&deltas, gm_repo_store(repo), &merge->tip_tree, &merge->theirs_tree);

	for (size_t i = 0; rc == 0 && i < deltas.n; i++) {
		json_t *item = NULL;
		rc = forward_json(&item, &deltas.items[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	return rc;
}

int gm_decisions_json(
	json_t **out, struct gm_repo *repo, const struct gm_merge *merge, bool waits)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	if (rc == 0 && merge->kind == GM_MERGE_FAST_FORWARD)
		rc = add_forward(list, repo, merge);
	for (size_t i = 0; rc == 0 && i < merge->trees.n; i++) {
		const struct gm_merge_entry entry =
			shown(&merge->trees.entries[i], waits);
		json_t *item = NULL;
		rc = gm_decision_json(&item, &entry);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&list);
	return 0;
}
