/*
 * Where commands run the hooks of a repository (dag/hook.h, gitmem-sync(7)): pre-commit and
 * commit-msg before a commit, post-commit and post-merge afterwards.
 *
 * They run without the lock: what is to be committed is worked out first, shown to them, and
 * laid on the branch as it is then.
 */
#ifndef GM_CMD_HOOKS_H
#define GM_CMD_HOOKS_H

#include "cmd/write.h"
#include "dag/hook.h"

/*
 * Run a hook of the repository with what `options` say; a call for another branch than HEAD's
 * is one for the gitmem that the hook calls, too. One that may not be executed is told.
 */
int gm_call_hook(
	struct gm_call *call, const char *name, const struct gm_hook_options *options);

/* Run a hook after something was done: when it says no, that is told and changes nothing. */
void gm_call_hook_after(struct gm_call *call, const char *name, const char *const *args);

/* Remove what a call that was killed left for a hook, once that is old: for gc. */
void gm_hooks_tidy(struct gm_call *call);

/* Let commit-msg look at a message, which it may change. GM_ENO when it refuses, or empties it. */
int gm_call_commit_msg(struct gm_buf *message, struct gm_call *call);

/*
 * Before the whole stage is committed, under the lock, which is let go meanwhile: `message` gets
 * what the message is to be, and the request is made to say so. What the hook stages goes along;
 * it is called again for that, and for what others staged.
 */
int gm_verify_stage(struct gm_buf *message, struct gm_writer *writer,
	struct gm_commit_request *request);

/*
 * The same before changes are committed at once: `show` gives those, with what is staged of
 * them. GM_EMODIFIED when that was changed meanwhile.
 */
typedef int (*gm_verify_shown_fn)(
	struct gm_changes *out, struct gm_writer *writer, void *payload);
int gm_verify_changes(struct gm_buf *message, struct gm_writer *writer,
	struct gm_commit_request *request, gm_verify_shown_fn show, void *payload);

#endif
