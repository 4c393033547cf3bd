#include "cmd/log_show.h"

#include <string.h>

#include "cmd/commit_json.h"
#include "cmd/commit_text.h"
#include "cmd/deltas.h"
#include "cmd/text.h"
#include "dag/record_superseding.h"

void gm_log_show_dispose(struct gm_log_show *show)
{
	gm_log_graph_dispose(&show->drawing);
	gm_log_parents_dispose(&show->parents);
}

/* Print the text with a row of the drawing before each line, and then the rows left. */
static int print_beside_drawing(
	struct gm_log_show *show, const char *text, const char *end)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	while (rc == 0 && (text < end || gm_log_graph_is_pending(&show->drawing))) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((newline ? newline : end) - text);
		rc = gm_log_graph_row(&out, &show->drawing);
		if (rc == 0)
			rc = gm_buf_put(&out, text, size);
		if (rc == 0)
			rc = gm_buf_putc(&out, '\n');
		text += size + (newline != NULL);
	}
	return rc < 0 ? rc : gm_print_bytes(out.ptr, out.size);
}

static int advance_drawing(struct gm_log_show *show, const struct gm_commit *commit)
{
	struct gm_oids parents = {NULL, 0, 0};
	int rc = gm_log_parents_of(&parents, &show->parents, commit);

	if (rc == 0)
		rc = gm_log_graph_commit(
			&show->drawing, &commit->oid, parents.items, parents.n);
	gm_free(parents.items);
	return rc;
}

/* Whether a change is of what the log is limited to. */
static bool is_meant(const struct gm_log_show *show, const struct gm_record_delta *delta)
{
	return !show->names->paths.n || gm_walk_is_followed(show->walk, delta->id) ||
		gm_names_match_place(show->names, delta->path) ||
		(delta->old_path && gm_names_match_place(show->names, delta->old_path));
}

/* Move what is not meant behind the end of the list. */
static void leave_out(const struct gm_log_show *show, struct gm_record_deltas *deltas)
{
	size_t n = 0;

	for (size_t i = 0; i < deltas->n; i++) {
		struct gm_record_delta delta = deltas->items[i];
		if (!is_meant(show, &delta))
			continue;
		deltas->items[i] = deltas->items[n];
		deltas->items[n++] = delta;
	}
	deltas->n = n;
}

static int put_patch(struct gm_buf *out, const struct gm_log_show *show,
	const struct gm_record_deltas *deltas)
{
	gm_autofree struct gm_record_delta *files = NULL;
	size_t n = 0;
	int rc = gm_deltas_split_moves(&files, &n, deltas);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_put_delta_patch(out, show->call, &files[i], NULL, show->terminal);
	return rc;
}

static int put_changes(
	struct gm_buf *out, struct gm_log_show *show, struct gm_record_deltas *deltas)
{
	int rc = deltas->n && !show->oneline ? gm_buf_putc(out, '\n') : 0;

	if (rc == 0 && show->stat)
		rc = gm_find_superseding(deltas, gm_repo_store(show->call->repo));
	if (rc == 0 && show->stat)
		rc = gm_put_stat(out, deltas, show->call->colored);
	if (rc == 0 && deltas->n && show->stat && show->patch)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 || !show->patch ? rc : put_patch(out, show, deltas);
}

static int put_limited_changes(
	struct gm_buf *out, struct gm_log_show *show, const struct gm_commit *commit)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	int rc = gm_commit_changes(&deltas, show->call->repo, commit);
	size_t n = deltas.n;

	if (rc < 0)
		return rc;
	leave_out(show, &deltas);
	rc = put_changes(out, show, &deltas);
	deltas.n = n;
	return rc;
}

static int print_text(struct gm_log_show *show, const struct gm_commit *commit)
{
	static const char blank[] = "\n";
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	const struct gm_call *call = show->call;
	int rc = 0;

	if (show->n_shown && !show->oneline)
		rc = show->graph ? print_beside_drawing(show, blank, blank + 1)
				 : gm_print_bytes(blank, 1);
	if (rc == 0)
		rc = show->oneline
			? gm_put_commit_oneline(&text, call->repo, commit, call->colored)
			: gm_put_commit(&text, call->repo, commit, call->colored,
				  call->verbose);
	if (rc == 0 && (show->stat || show->patch))
		rc = put_limited_changes(&text, show, commit);
	if (rc == 0 && show->graph)
		rc = advance_drawing(show, commit);
	if (rc < 0)
		return rc;
	return show->graph ? print_beside_drawing(show, text.ptr, text.ptr + text.size)
			   : gm_print_bytes(text.ptr, text.size);
}

int gm_log_show_commit(struct gm_log_show *show, const struct gm_commit *commit)
{
	json_t *json = NULL;
	int rc;

	if (show->call->json) {
		rc = gm_commit_json(&json, show->call->repo, commit);
		if (rc == 0)
			rc = gm_print_json(json);
	} else {
		rc = print_text(show, commit);
	}
	show->n_shown++;
	return rc;
}
