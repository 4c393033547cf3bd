/*
 * Refspecs: which ref goes where, `[+]SOURCE[:TARGET]` (git-fetch(1), <refspec>).
 */
#ifndef GM_SYNC_REFSPEC_H
#define GM_SYNC_REFSPEC_H

#include <stdbool.h>

#include "base/buf.h"

struct gm_refspec {
	char *source; /* may be "" (delete, with push) */
	char *target; /* NULL: there was no ":"; "" where nothing was behind it */
	bool is_forced;
	bool is_pattern; /* one "*" on each side */
};

#define GM_REFSPEC_INIT                        \
	{                                      \
		.source = NULL, .target = NULL \
	}
#define gm_autorefspec gm_cleanup(gm_refspec_dispose) struct gm_refspec
void gm_refspec_dispose(struct gm_refspec *spec);

/*
 * `out` must be fresh. GM_EINVALID: more than one "*" on a side, one on one side only, or a side
 * that could name no ref. Short names and revisions ("main", "HEAD~1") are let through.
 */
int gm_refspec_parse(struct gm_refspec *out, const char *text);

/* Append what `name` becomes, and return 1; 0 when it is none of the source. */
int gm_refspec_map(struct gm_buf *out, const struct gm_refspec *spec, const char *name);

/* The other way: append the source that becomes `name`. */
int gm_refspec_map_back(
	struct gm_buf *out, const struct gm_refspec *spec, const char *name);

/* Whether `name` is one of the source. */
bool gm_refspec_matches(const struct gm_refspec *spec, const char *name);

#endif
