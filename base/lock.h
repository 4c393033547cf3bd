/*
 * The repository lock: an flock(2) on one file, so that a killed process leaves nothing that
 * blocks. The holder writes who it is into the file, for those who wait.
 */
#ifndef GM_BASE_LOCK_H
#define GM_BASE_LOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

struct gm_lock;

/*
 * Called once when taking the lock lasts longer than a second; `holder` is the text the
 * holder left ("pid 123, gitmem import, since 2026-01-02T03:04:05Z"), lent.
 */
typedef void (*gm_lock_wait_fn)(const char *holder, void *payload);

/*
 * Take the lock at `path`, waiting as long as it takes. `command` names us to those who wait.
 * Returns GM_EACCESS on a read-only repository, GM_EINTERRUPTED when a signal came.
 */
int gm_lock_acquire(struct gm_lock **out, const char *path, const char *command,
	gm_lock_wait_fn waiting, void *payload);

/*
 * A note that outlives us when we are killed: one line of words, at most 4095 bytes, which the
 * next holder reads with gm_lock_note(). "" clears it.
 */
int gm_lock_set_note(struct gm_lock *lock, const char *note);

/*
 * The words of those who held the lock before us and did not release it; "" when there are
 * none. They stay in the file, behind our own, until gm_lock_keep_note(). Lent.
 */
const char *gm_lock_note(const struct gm_lock *lock);

/*
 * Say which words of gm_lock_note() are still to be dealt with; "" when none are. The file is
 * written by the next gm_lock_set_note(), or by the release.
 */
void gm_lock_keep_note(struct gm_lock *lock, const char *rest);

/* Whether another process held it when we came. */
bool gm_lock_was_taken(const struct gm_lock *lock);

/* Clear our own note and let go. NULL is fine. */
void gm_lock_release(struct gm_lock *lock);

GM_DEFINE_CLEANUP(struct gm_lock, gm_lock_release)

#endif
