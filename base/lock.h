/*
 * The repository lock: an flock(2) on one file, so that a killed process leaves nothing that
 * blocks. The holder writes who it is into the file, for those who wait.
 */
#ifndef GM_BASE_LOCK_H
#define GM_BASE_LOCK_H

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
 * A note that outlives us when we are killed: one line of at most 4096 bytes, which the next
 * holder reads with gm_lock_note(). "" clears it.
 */
int gm_lock_set_note(struct gm_lock *lock, const char *note);

/* The note the previous holder left when it did not release the lock itself; "" otherwise. Lent. */
const char *gm_lock_note(const struct gm_lock *lock);

/* Clear the note and let go. NULL is fine. */
void gm_lock_release(struct gm_lock *lock);

GM_DEFINE_CLEANUP(struct gm_lock, gm_lock_release)

#endif
