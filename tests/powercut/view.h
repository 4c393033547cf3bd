/*
 * What a repository holds, as lines `KEY TAB VALUE` in order: every ref, HEAD, what is staged,
 * merges that wait, the settings, less what they say of the layout; reflogs and objects if
 * asked for. What was acknowledged is such a view.
 */
#ifndef GM_TESTS_POWERCUT_VIEW_H
#define GM_TESTS_POWERCUT_VIEW_H

#include "dag/repository.h"

enum view_flags {
	VIEW_LOGS = 1 << 0,
	VIEW_OBJECTS = 1 << 1, /* each one, which is read whole */
};

/*
 * What is promised: with segments the reflogs, whose files in Git's layout are not flushed, a
 * notebook; and objects if asked for.
 */
unsigned view_flags(struct gm_repo *repo, bool with_objects);

/* Append the view of an open repository. */
int view_take(struct gm_buf *out, struct gm_repo *repo, unsigned flags);

/*
 * NULL when what `now` shows can be found between two acknowledged views (`before` NULL: there
 * was none yet): each line is that of one of them, and what is not staged any more is
 * committed. Else what is wrong; gm_free().
 */
char *view_fault(const char *now, const char *before, const char *after);

/* Read all that the refs lead to. `n_out` is how many objects that are. */
int view_read_objects(size_t *n_out, struct gm_repo *repo);

#endif
