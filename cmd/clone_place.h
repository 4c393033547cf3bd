/*
 * Where a clone comes to be: made in a folder of its own beside, and put in its place when it is
 * whole. One that is stopped leaves nothing; what one leaves that is killed nobody sees, and the
 * next clone into the same place removes it.
 */
#ifndef GM_CMD_CLONE_PLACE_H
#define GM_CMD_CLONE_PLACE_H

#include <stdbool.h>

#include "base/buf.h"

struct gm_clone_place {
	char *dir;    /* that the user named */
	char *target; /* the repository's folder, in the end */
	char *gitdir; /* the same while it is made */
	char *work;   /* holds that; NULL: nothing was made */
	int work_fd;  /* locked, so that nobody takes it for litter */
	bool made_dir;
};

#define GM_CLONE_PLACE_INIT                  \
	{                                    \
		.work = NULL, .work_fd = -1, \
	}
#define gm_autocloneplace gm_cleanup(gm_clone_place_dispose) struct gm_clone_place

/*
 * Append the name of the folder that a clone of `url` goes to, as git chooses it. GM_EUSAGE when
 * nothing comes of it.
 */
int gm_clone_guess_dir(struct gm_buf *out, const char *url, bool is_bare);

/*
 * Prepare for a clone in `dir`: in its folder `.gitmem`, or, when bare, in place of itself.
 * GM_EEXISTS when it is there and not empty.
 */
int gm_clone_place_prepare(struct gm_clone_place *out, const char *dir, bool is_bare);

/* The same for the folder `.gitmem` among the files of a project. GM_EEXISTS when it is there. */
int gm_clone_place_prepare_among(struct gm_clone_place *out, const char *dir);

/* Put it in its place, durably. Nobody may have it open. */
int gm_clone_place_finish(struct gm_clone_place *place);

/* Remove what was made, unless it is finished. */
void gm_clone_place_dispose(struct gm_clone_place *place);

#endif
