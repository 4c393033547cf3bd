/*
 * What a bisection knows so far, kept as git keeps it: `refs/bisect/bad`, `refs/bisect/good-ID`
 * and `refs/bisect/skip-ID`, BISECT_HEAD for the commit under test, and the files BISECT_START,
 * BISECT_TERMS, BISECT_NAMES, BISECT_FIRST_PARENT, BISECT_LOG and BISECT_ANCESTORS_OK beside them.
 * One to a repository. It stays on this machine.
 *
 * Changes are made with the repository lock held.
 */
#ifndef GM_DAG_BISECT_STATE_H
#define GM_DAG_BISECT_STATE_H

#include "dag/bisect.h"
#include "dag/repository.h"

struct gm_bisection {
	bool is_started;
	char *term_bad; /* "bad", or what it is called here */
	char *term_good;
	bool has_terms;    /* they are settled */
	struct gm_oid bad; /* zero: not known */
	struct gm_oid_list good;
	struct gm_oid_list skipped;
	struct gm_oid head;   /* under test; zero: none */
	struct gm_strv paths; /* only commits that change a file here are looked at */
	bool first_parent;    /* as in struct gm_bisect_question */
	bool related;         /* the same */
};

#define GM_BISECTION_INIT                                                      \
	{                                                                      \
		.term_bad = NULL, .term_good = NULL, .good = GM_OID_LIST_INIT, \
		.skipped = GM_OID_LIST_INIT, .paths = GM_STRV_INIT,            \
	}
#define gm_autobisection gm_cleanup(gm_bisection_dispose) struct gm_bisection
void gm_bisection_dispose(struct gm_bisection *bisection);

/* Read it into `out`, which must be fresh. Fine when there is none: it is not started then. */
int gm_bisection_read(struct gm_bisection *out, struct gm_repo *repo);

/*
 * GM_EINVALID unless a word may be what good or bad is called: it is no subcommand, can be part
 * of a ref's name, and does not turn the usual words around.
 */
int gm_bisect_check_terms(const char *term_bad, const char *term_good);

/*
 * Begin anew, forgetting an earlier one. `start` is the branch or commit HEAD is on; terms that
 * are NULL are not settled yet. gm_bisection_open() ends what begins here: only then is it
 * started, so that one cut short is none.
 */
int gm_bisection_begin(struct gm_repo *repo, struct gm_lock *lock, const char *term_bad,
	const char *term_good, const struct gm_strv *paths, bool first_parent);
int gm_bisection_open(struct gm_repo *repo, const char *start);

int gm_bisection_settle_terms(
	struct gm_repo *repo, const char *term_bad, const char *term_good);

/* Note what a commit is: `word` is one of the terms, or "skip". */
int gm_bisection_mark(struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_bisection *bisection, const char *word,
	const struct gm_oid *commit);

/* Set the commit under test. */
int gm_bisection_set_head(
	struct gm_repo *repo, struct gm_lock *lock, const struct gm_oid *commit);

int gm_bisection_set_related(struct gm_repo *repo, bool related);

/* The log, one line for each thing that was told or found; empty when there is none. */
int gm_bisection_add_log(struct gm_repo *repo, const char *text);
int gm_bisection_read_log(struct gm_buf *out, struct gm_repo *repo);

/* Forget all of it. */
int gm_bisection_end(struct gm_repo *repo, struct gm_lock *lock);

#endif
