/*
 * What becomes of a repository that is packed anew or repaired after a power cut.
 */
#ifndef GM_TESTS_POWERCUT_SETTLE_H
#define GM_TESTS_POWERCUT_SETTLE_H

#include "tests/powercut/judge.h"

/*
 * `gitmem repack` on `DIR/.gitmem` leaves nothing of what a conversion began, and all that there
 * is; so does converting it to the other layout then. NULL when it is so, else what is wrong;
 * gm_free().
 */
char *settle_fault(const struct judge *judge, const char *dir);

/* The same for `gitmem fsck --repair`, after which fsck finds nothing. */
char *repair_fault(const struct judge *judge, const char *dir);

/* NULL when the settings keep stock git away from segments, else what is wrong; gm_free(). */
char *mark_fault(struct gm_repo *repo);

/*
 * Run the judge's program with `arguments`, up to NULL, in `dir`, and return its exit code. `out`
 * gets what it says; gm_free().
 */
int ask_program(char **out, const struct judge *judge, const char *dir,
	const char *const *arguments);

#endif
