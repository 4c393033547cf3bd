/*
 * What must be true of a repository after a power cut, whatever was lost.
 */
#ifndef GM_TESTS_POWERCUT_JUDGE_H
#define GM_TESTS_POWERCUT_JUDGE_H

#include <stdbool.h>

#include "dag/repository.h"

struct judge {
	enum gm_layout layout;
	const char *program; /* gitmem(1), whose fsck is asked, too; NULL: it is not */
	bool may_be_damaged; /* fsck may find faults, though nothing may be lost */
	bool repairs;        /* each object counts, and `fsck --repair` is to settle */
	bool packs_anew;     /* each object counts, and `gitmem repack` is to settle */
	bool clones;         /* it is made elsewhere, and is whole or not there */
	unsigned long n_objects; /* read so far */
};

/*
 * Judge the repository `DIR/.gitmem`: it opens, or can be made when none was acknowledged; it
 * holds what was acknowledged (`before`, `after`: tests/powercut/view.h), all objects can be
 * read, nothing is damaged, and the next writer goes on. NULL when it is so, else what is
 * wrong; gm_free().
 */
char *judge_state(
	struct judge *judge, const char *dir, const char *before, const char *after);

#endif
