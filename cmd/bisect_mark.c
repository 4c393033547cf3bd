#include "cmd/bisect.h"

#include <string.h>

#include "dag/range.h"
#include "dag/walk.h"

void gm_bisect_marking_dispose(struct gm_bisect_marking *marking)
{
	gm_lock_release(marking->lock);
	gm_bisection_dispose(&marking->known);
	gm_oid_list_dispose(&marking->commits);
}

static int ask(struct gm_bisect_answer *out, struct gm_call *call,
	const struct gm_bisection *known)
{
	const struct gm_bisect_question question = {.bad = known->bad,
		.good = &known->good,
		.skipped = &known->skipped,
		.paths = &known->paths,
		.first_parent = known->first_parent,
		.related = known->related};

	return gm_bisect_ask(out, gm_repo_store(call->repo), &question);
}

/* Note what is tested next, and that merge bases need not be looked at again. */
static int note_answer(struct gm_call *call, const struct gm_bisection *known,
	const struct gm_bisect_answer *answer)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	bool is_test =
		answer->status == GM_BISECT_TEST || answer->status == GM_BISECT_TEST_BASE;
	bool is_related = known->good.n && answer->status != GM_BISECT_TEST_BASE &&
		answer->status != GM_BISECT_BAD_BASE;
	int rc = gm_call_lock(&lock, call);

	if (rc == 0 && is_related && !known->related)
		rc = gm_bisection_set_related(call->repo, true);
	if (rc == 0 && is_test)
		rc = gm_bisection_set_head(call->repo, lock, &answer->commit);
	return rc < 0 ? rc : gm_bisect_log_answer(call->repo, known, answer);
}

/* With everybody else free to go on: to find the answer takes what it takes. */
static int step(enum gm_bisect_status *status_out, struct gm_call *call,
	const struct gm_bisection *known)
{
	gm_autobisectanswer answer = GM_BISECT_ANSWER_INIT;
	int rc = ask(&answer, call, known);

	if (rc == 0)
		rc = note_answer(call, known, &answer);
	if (rc < 0)
		return rc;
	*status_out = answer.status;
	return gm_bisect_tell(call, known, &answer);
}

/* Something is still to be said before there is something to test. */
static int wait(struct gm_call *call, const struct gm_bisection *known)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	if (rc == 0)
		rc = gm_bisect_log_waiting(call->repo, known);
	return rc < 0 ? rc : gm_bisect_tell_waiting(call, known);
}

/* Read the state anew and tell how it stands. */
int gm_bisect_go_on(enum gm_bisect_status *status_out, struct gm_call *call)
{
	gm_autobisection known = GM_BISECTION_INIT;
	int rc = gm_bisect_read(&known, call);

	if (rc < 0)
		return rc;
	if (gm_oid_is_zero(&known.bad) || !known.good.n)
		return wait(call, &known);
	return step(status_out, call, &known);
}

int gm_bisect_next(struct gm_call *call)
{
	gm_autobisection known = GM_BISECTION_INIT;
	enum gm_bisect_status status;
	int rc = gm_bisect_read(&known, call);

	if (rc < 0)
		return rc;
	if (gm_oid_is_zero(&known.bad)) {
		rc = gm_error(GM_ERROR, "no %s revision is known yet", known.term_bad);
		gm_error_hint("'gitmem bisect %s' names one", known.term_bad);
		return rc;
	}
	if (!known.good.n)
		gm_warn("bisecting only with a %s commit", known.term_bad);
	return step(&status, call, &known);
}

static bool is_usual(const char *word)
{
	static const char *const words[] = {"skip", "good", "bad", "old", "new"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* "good" and "bad" until somebody says "old" or "new", or chose words. */
static int settle_terms(struct gm_bisect_marking *marking)
{
	struct gm_bisection *known = &marking->known;
	bool is_modern = !strcmp(marking->word, "old") || !strcmp(marking->word, "new");

	if (known->has_terms || !is_usual(marking->word) ||
		!strcmp(marking->word, "skip"))
		return 0;
	gm_free(known->term_bad);
	gm_free(known->term_good);
	known->term_bad = gm_strdup(is_modern ? "new" : "bad");
	known->term_good = gm_strdup(is_modern ? "old" : "good");
	if (!known->term_bad || !known->term_good)
		return GM_ENOMEM;
	return gm_bisection_settle_terms(
		marking->call->repo, known->term_bad, known->term_good);
}

static int check_word(const struct gm_bisect_marking *marking)
{
	const struct gm_bisection *known = &marking->known;

	if (!strcmp(marking->word, "skip") || !strcmp(marking->word, known->term_bad) ||
		!strcmp(marking->word, known->term_good))
		return 0;
	return gm_error(GM_EUSAGE,
		"'%s' is no subcommand, and none of the terms '%s' and '%s'",
		marking->word, known->term_bad, known->term_good);
}

/* What is meant when no revision is named: the commit under test, or HEAD before there is one. */
static int add_current(struct gm_bisect_marking *marking)
{
	struct gm_bisection *known = &marking->known;
	gm_autohead head = GM_HEAD_INIT;

	if (!gm_oid_is_zero(&known->head))
		return gm_oid_list_add(&marking->commits, &known->head);
	if (known->good.n && !gm_oid_is_zero(&known->bad)) {
		int rc = gm_error(GM_ERROR, "no commit is under test");
		gm_error_hint("'gitmem bisect next' chooses one");
		return rc;
	}
	int rc = gm_call_head(&head, marking->call);
	if (rc == 0 && !head.exists)
		rc = gm_error(GM_ENOTFOUND, "branch '%s' has no commit yet",
			head.branch ? head.branch : head.ref);
	return rc < 0 ? rc : gm_oid_list_add(&marking->commits, &head.commit);
}

static int add_range(struct gm_bisect_marking *marking, const struct gm_range *range)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_call *call = marking->call;
	struct gm_oid left, right;
	int rc = gm_walk_new(&walk, gm_repo_store(call->repo), false);

	if (range->symmetric)
		return gm_error(GM_EUSAGE, "skip takes A..B, not A...B");
	if (rc == 0)
		rc = gm_revision_commit(&left, call->repo, range->left, call->branch);
	if (rc == 0)
		rc = gm_revision_commit(&right, call->repo, range->right, call->branch);
	if (rc == 0)
		rc = gm_walk_hide(walk, &left);
	if (rc == 0)
		rc = gm_walk_push(walk, &right);
	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0)
		rc = gm_oid_list_add(&marking->commits, &commit.oid);
	return rc;
}

int gm_bisect_add_revision(struct gm_bisect_marking *marking, const char *text)
{
	gm_autorange range = GM_RANGE_INIT;
	struct gm_call *call = marking->call;
	struct gm_oid commit;
	int rc = strcmp(marking->word, "skip") ? 0 : gm_range_split(&range, text);

	if (rc < 0)
		return rc;
	if (rc)
		return add_range(marking, &range);
	rc = gm_revision_commit(&commit, call->repo, text, call->branch);
	return rc < 0 ? rc : gm_oid_list_add(&marking->commits, &commit);
}

static int log_mark(struct gm_repo *repo, const char *word, const struct gm_oid *commit)
{
	char hex[GM_OID_HEX];
	int rc = gm_bisect_log_commit(repo, word, commit);

	gm_oid_format(hex, commit);
	gm_autofree char *line = gm_format("gitmem bisect %s %s\n", word, hex);
	if (!line)
		return GM_ENOMEM;
	return rc < 0 ? rc : gm_bisection_add_log(repo, line);
}

/* A commit that was not asked for may have another merge base with the rest. */
static int note_marks(struct gm_bisect_marking *marking)
{
	const struct gm_bisection *known = &marking->known;
	struct gm_repo *repo = marking->call->repo;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < marking->commits.n; i++) {
		const struct gm_oid *commit = &marking->commits.items[i];
		rc = gm_bisection_mark(repo, marking->lock, known, marking->word, commit);
		if (rc == 0)
			rc = log_mark(repo, marking->word, commit);
		if (rc == 0 && !gm_oid_equal(commit, &known->head))
			rc = gm_bisection_set_related(repo, false);
	}
	return rc;
}

static int begin_marking(struct gm_bisect_marking *marking)
{
	int rc = gm_call_lock(&marking->lock, marking->call);

	if (rc == 0)
		rc = gm_bisect_read(&marking->known, marking->call);
	if (rc == GM_ENOTFOUND && !is_usual(marking->word))
		return gm_error(GM_EUSAGE, "'%s' is no subcommand", marking->word);
	if (rc == 0)
		rc = settle_terms(marking);
	return rc < 0 ? rc : check_word(marking);
}

static int end_marking(struct gm_bisect_marking *marking)
{
	int rc = note_marks(marking);

	gm_lock_release(gm_steal(&marking->lock));
	return rc;
}

int gm_bisect_mark(
	struct gm_call *call, const char *word, const char *const *revisions, size_t n)
{
	gm_automarking marking = GM_BISECT_MARKING_INIT(call, word);
	enum gm_bisect_status status;
	int rc = begin_marking(&marking);

	if (rc == 0 && n > 1 && !strcmp(word, marking.known.term_bad))
		rc = gm_error(GM_EUSAGE, "'gitmem bisect %s' takes one revision", word);
	if (rc == 0 && !n)
		rc = add_current(&marking);
	/* All are looked up before any is noted. */
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_bisect_add_revision(&marking, revisions[i]);
	if (rc == 0)
		rc = end_marking(&marking);
	return rc < 0 ? rc : gm_bisect_go_on(&status, call);
}

int gm_bisect_mark_commit(enum gm_bisect_status *status_out, struct gm_call *call,
	const char *word, const struct gm_oid *commit)
{
	gm_automarking marking = GM_BISECT_MARKING_INIT(call, word);
	int rc = begin_marking(&marking);

	if (rc == 0)
		rc = gm_oid_list_add(&marking.commits, commit);
	if (rc == 0)
		rc = end_marking(&marking);
	return rc < 0 ? rc : gm_bisect_go_on(status_out, call);
}
