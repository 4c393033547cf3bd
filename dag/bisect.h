/*
 * Bisection: which commit to test next, so that the first bad one is found in few steps
 * (git-bisect(1)). The choice is git's (its bisect.c), ties and skipped commits included.
 *
 * A pure question to the history: what is known so far is kept in dag/bisect_state.h.
 */
#ifndef GM_DAG_BISECT_H
#define GM_DAG_BISECT_H

#include "base/strv.h"
#include "dag/oid_list.h"
#include "objstore/store.h"

struct gm_bisect_question {
	struct gm_oid bad;
	const struct gm_oid_list *good;
	const struct gm_oid_list *skipped; /* they cannot be tested */
	const struct gm_strv
		*paths;    /* only what changes a file here is looked at; may be empty */
	bool first_parent; /* what merges brought in is not looked at */
	bool related; /* that no merge base is bad is known, and not looked at again */
};

enum gm_bisect_status {
	GM_BISECT_TEST,         /* `commit` is to be tested */
	GM_BISECT_TEST_BASE,    /* the same: a merge base, which may well be bad itself */
	GM_BISECT_FOUND,        /* `commit` is the first bad one */
	GM_BISECT_ONLY_SKIPPED, /* the first bad one is among `candidates` */
	GM_BISECT_NOTHING,      /* no commit changes a file at any of the paths */
	GM_BISECT_BAD_BASE,     /* a merge base of good and bad commits is bad */
	GM_BISECT_BAD_IS_GOOD, /* the bad commit is an ancestor of a good one, or one itself */
};

struct gm_bisect_answer {
	enum gm_bisect_status status;
	struct gm_oid commit;
	size_t left;  /* commits that are left to test after this one, or so */
	size_t steps; /* roughly */
	struct gm_oid_list candidates;
	struct gm_oid_list skipped_bases; /* merge bases of which nothing is known */
};

#define GM_BISECT_ANSWER_INIT                                                      \
	{                                                                          \
		.candidates = GM_OID_LIST_INIT, .skipped_bases = GM_OID_LIST_INIT, \
	}
#define gm_autobisectanswer gm_cleanup(gm_bisect_answer_dispose) struct gm_bisect_answer
void gm_bisect_answer_dispose(struct gm_bisect_answer *answer);

/*
 * Answer into `out`, which must be fresh. Errors are those of reading commits, and
 * GM_EINTERRUPTED.
 */
int gm_bisect_ask(struct gm_bisect_answer *out, struct gm_store *store,
	const struct gm_bisect_question *question);

#endif
