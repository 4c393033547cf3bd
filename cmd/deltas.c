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
