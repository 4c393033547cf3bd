#include "cmd/deltas.h"

#include "cmd/content_text.h"
#include "cmd/patch.h"
#include "cmd/record_text.h"
#include "cmd/text.h"
#include "dag/reworded.h"

int gm_call_find_reworded(struct gm_call *call, struct gm_record_deltas *deltas,
	const struct gm_stage *stage)
{
	int rc = gm_find_reworded(deltas, gm_repo_store(call->repo), stage);

	if (rc > 0)
		gm_talk(call, "too much came and went to look for reworded memories");
	return rc < 0 ? rc : 0;
}

static int print_delta(struct gm_call *call, const struct gm_record_delta *delta,
	const struct gm_stage *stage, bool follows)
{
	gm_autosides sides = GM_DELTA_SIDES_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_delta_sides_read(&sides, call->repo, stage, delta);

	if (rc == 0 && follows)
		rc = gm_buf_putc(&text, '\n');
	if (rc == 0)
		rc = gm_put_record_text(&text, delta, &sides, call->colored);
	return rc < 0 ? rc : gm_print_bytes(text.ptr, text.size);
}

int gm_print_deltas(struct gm_call *call, const struct gm_record_deltas *deltas,
	const struct gm_stage *stage, bool follows)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < deltas->n; i++) {
		struct gm_record_delta delta = deltas->items[i];
		if (delta.reworded && delta.status == 'D')
			continue;
		if (delta.reworded)
			delta = gm_delta_join(&delta);
		rc = print_delta(call, &delta, stage, follows);
		follows = true;
	}
	return rc;
}

static struct gm_record_delta going(const struct gm_record_delta *moved)
{
	struct gm_record_delta delta = *moved;

	delta.status = 'D';
	delta.path = delta.old_path;
	delta.old_path = NULL;
	delta.new_blob = gm_oid_zero;
	delta.new_mode = 0;
	return delta;
}

static struct gm_record_delta coming(const struct gm_record_delta *moved)
{
	struct gm_record_delta delta = *moved;

	delta.status = 'A';
	delta.old_path = NULL;
	delta.old_blob = gm_oid_zero;
	delta.old_mode = 0;
	return delta;
}

int gm_deltas_split_moves(struct gm_record_delta **out, size_t *n_out,
	const struct gm_record_deltas *deltas)
{
	struct gm_record_delta *items = gm_calloc(2 * deltas->n + 1, sizeof(*items));
	size_t n = 0;

	if (!items)
		return GM_ENOMEM;
	for (size_t i = 0; i < deltas->n; i++)
		if (deltas->items[i].old_path)
			items[n++] = going(&deltas->items[i]);
	for (size_t i = 0; i < deltas->n; i++)
		items[n++] = deltas->items[i].old_path ? coming(&deltas->items[i])
						       : deltas->items[i];
	*out = items;
	*n_out = n;
	return 0;
}

int gm_put_delta_patch(struct gm_buf *out, struct gm_call *call,
	const struct gm_record_delta *delta, const struct gm_stage *stage, bool terminal)
{
	gm_autosides sides = GM_DELTA_SIDES_INIT;
	gm_autobuf patch = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_delta_sides_read(&sides, call->repo, stage, delta);

	if (rc == 0 && !terminal && !call->colored)
		return gm_put_patch(out, delta, &sides);
	if (rc == 0)
		rc = gm_put_patch(&patch, delta, &sides);
	return rc < 0 ? rc : gm_put_patch_colored(out, &patch, call->colored);
}
