/*
 * What the files that make up the command bisect share.
 */
#ifndef GM_CMD_BISECT_H
#define GM_CMD_BISECT_H

#include "cmd/command.h"
#include "dag/bisect_state.h"

/* The options of the first call of a bisection. */
struct gm_bisect_options {
	const char *bad; /* a term; NULL: the usual word */
	const char *good;
	bool first_parent;
};

/* Begin: the arguments are [BAD [GOOD...]], and names of memories behind `--`. */
int gm_bisect_start(struct gm_call *call, const struct gm_options_result *args,
	const struct gm_bisect_options *options);

/*
 * Say what commits are, by `word` ("good", "bad", a term of this bisection, "skip"), and tell
 * what to test next. Without revisions the commit under test is meant.
 */
int gm_bisect_mark(
	struct gm_call *call, const char *word, const char *const *revisions, size_t n);

/* The same for one commit; `status_out` gets what came of it. */
int gm_bisect_mark_commit(enum gm_bisect_status *status_out, struct gm_call *call,
	const char *word, const struct gm_oid *commit);

/* Tell what to test next, also when no good commit is known yet. */
int gm_bisect_next(struct gm_call *call);

/* Test commit after commit by a command, until the first bad one is found. */
int gm_bisect_run(struct gm_call *call, char *const *command, size_t n);

int gm_bisect_log(struct gm_call *call);
int gm_bisect_replay(struct gm_call *call, const char *file);
int gm_bisect_reset(struct gm_call *call);

/* What is told about commits in one call. */
struct gm_bisect_marking {
	struct gm_call *call;
	struct gm_lock *lock;
	struct gm_bisection known;
	const char *word; /* a term, or "skip" */
	struct gm_oid_list commits;
};

#define GM_BISECT_MARKING_INIT(call_, word_)                               \
	{                                                                  \
		.call = (call_), .lock = NULL, .known = GM_BISECTION_INIT, \
		.word = (word_), .commits = GM_OID_LIST_INIT,              \
	}
#define gm_automarking gm_cleanup(gm_bisect_marking_dispose) struct gm_bisect_marking
void gm_bisect_marking_dispose(struct gm_bisect_marking *marking);

/* Add the commit that a revision names; for "skip" all those of a range. */
int gm_bisect_add_revision(struct gm_bisect_marking *marking, const char *text);

/* Read the state anew and tell how it stands; `status_out` is set when it was asked for. */
int gm_bisect_go_on(enum gm_bisect_status *status_out, struct gm_call *call);

/* Read the state; GM_ENOTFOUND, with a hint, when there is no bisection. */
int gm_bisect_read(struct gm_bisection *out, struct gm_call *call);

/* Append "[ID] subject" and a newline. */
int gm_bisect_put_commit(
	struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *commit);

/* Add "# WORD: [ID] subject" to the log. The lock is held. */
int gm_bisect_log_commit(
	struct gm_repo *repo, const char *word, const struct gm_oid *commit);

/* Add to the log what was found out. The lock is held. */
int gm_bisect_log_waiting(struct gm_repo *repo, const struct gm_bisection *bisection);
int gm_bisect_log_answer(struct gm_repo *repo, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer);

/* Tell that something is still to be said before there is something to test. */
int gm_bisect_tell_waiting(struct gm_call *call, const struct gm_bisection *bisection);

/*
 * Tell an answer. What it is an error for is returned: GM_ENO, with or without a message, when
 * bisecting leads nowhere.
 */
int gm_bisect_tell(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer);

#endif
