#include "cmd/bisect.h"

#include <string.h>

#include "cmd/commit_json.h"
#include "cmd/commit_text.h"
#include "cmd/text.h"
#include "dag/record_superseding.h"

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int gm_bisect_put_commit(
	struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *commit)
{
	gm_autocommit read = GM_COMMIT_INIT;
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	int rc = gm_commit_read(&read, gm_repo_store(repo), commit);

	gm_oid_format(hex, commit);
	if (rc == 0)
		rc = gm_commit_subject(&subject, read.message);
	if (rc == 0)
		rc = gm_buf_printf(out, "[%s] ", hex);
	if (rc == 0)
		rc = gm_put_safe(out, gm_buf_str(&subject), subject.size);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_bisect_log_commit(
	struct gm_repo *repo, const char *word, const struct gm_oid *commit)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_printf(&line, "# %s: ", word);

	if (rc == 0)
		rc = gm_bisect_put_commit(&line, repo, commit);
	return rc < 0 ? rc : gm_bisection_add_log(repo, gm_buf_str(&line));
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

static int set_oids(json_t *object, const char *key, const struct gm_oid_list *list)
{
	gm_autojson *array = gm_json_array();
	char hex[GM_OID_HEX];
	int rc = array ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		gm_oid_format(hex, &list->items[i]);
		rc = gm_json_append(array, gm_json_string(hex));
	}
	return rc < 0 ? rc : gm_json_set(object, key, gm_steal(&array));
}

/* What every object says: how it stands, and what is known. */
static int begin_json(
	json_t **out, const char *status, const struct gm_bisection *bisection)
{
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_string(object, "status", status);

	if (rc == 0)
		rc = gm_json_set_string(object, "term_bad", bisection->term_bad);
	if (rc == 0)
		rc = gm_json_set_string(object, "term_good", bisection->term_good);
	if (rc == 0)
		rc = set_oid(object, "bad", &bisection->bad);
	if (rc == 0)
		rc = set_oids(object, "good", &bisection->good);
	if (rc == 0)
		rc = set_oids(object, "skipped", &bisection->skipped);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int put_waiting(struct gm_buf *out, const struct gm_bisection *bisection)
{
	size_t n = bisection->good.n;

	if (!gm_oid_is_zero(&bisection->bad))
		return gm_buf_printf(out,
			"status: waiting for %s commit(s), %s commit known\n",
			bisection->term_good, bisection->term_bad);
	if (n)
		return gm_buf_printf(out,
			"status: waiting for %s commit, %zu %s commit%s known\n",
			bisection->term_bad, n, bisection->term_good, plural(n));
	return gm_buf_printf(out, "status: waiting for both %s and %s commits\n",
		bisection->term_good, bisection->term_bad);
}

int gm_bisect_log_waiting(struct gm_repo *repo, const struct gm_bisection *bisection)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&line, "# ");

	if (rc == 0)
		rc = put_waiting(&line, bisection);
	return rc < 0 ? rc : gm_bisection_add_log(repo, gm_buf_str(&line));
}

int gm_bisect_tell_waiting(struct gm_call *call, const struct gm_bisection *bisection)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	json_t *object = NULL;
	int rc;

	if (call->json) {
		rc = begin_json(&object, "waiting", bisection);
		return rc < 0 ? rc : gm_print_json(object);
	}
	rc = put_waiting(&text, bisection);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

static int tell_test(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer)
{
	bool is_base = answer->status == GM_BISECT_TEST_BASE;
	gm_autojson *object = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc;

	if (!call->json) {
		rc = is_base
			? gm_buf_puts(&text, "Bisecting: a merge base must be tested\n")
			: gm_buf_printf(&text,
				  "Bisecting: %zu revision%s left to test after "
				  "this (roughly %zu step%s)\n",
				  answer->left, plural(answer->left), answer->steps,
				  plural(answer->steps));
		if (rc == 0)
			rc = gm_bisect_put_commit(&text, call->repo, &answer->commit);
		return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
	}
	rc = begin_json(&object, is_base ? "testing-merge-base" : "testing", bisection);
	if (rc == 0)
		rc = set_oid(object, "commit", &answer->commit);
	if (rc == 0 && !is_base)
		rc = gm_json_set_int(object, "left", (long long)answer->left);
	if (rc == 0 && !is_base)
		rc = gm_json_set_int(object, "steps", (long long)answer->steps);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_found_json(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_commit *commit)
{
	gm_autojson *object = NULL;
	json_t *found = NULL;
	int rc = begin_json(&object, "found", bisection);

	if (rc == 0)
		rc = set_oid(object, "commit", &commit->oid);
	if (rc == 0)
		rc = gm_commit_json(&found, call->repo, commit);
	if (rc == 0)
		rc = gm_json_set(object, "found", found);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_found_text(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_commit *commit)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	char hex[GM_OID_HEX];
	int rc = gm_commit_changes(&deltas, call->repo, commit);

	gm_oid_format(hex, &commit->oid);
	if (rc == 0)
		rc = gm_find_superseding(&deltas, gm_repo_store(call->repo));
	if (rc == 0)
		rc = gm_buf_printf(
			&text, "%s is the first %s commit\n", hex, bisection->term_bad);
	if (rc == 0)
		rc = gm_put_commit(&text, call->repo, commit, call->colored, false);
	if (rc == 0 && deltas.n)
		rc = gm_buf_putc(&text, '\n');
	if (rc == 0)
		rc = gm_put_stat(&text, &deltas, call->colored);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

static int tell_found(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, gm_repo_store(call->repo), &answer->commit);

	if (rc < 0)
		return rc;
	return call->json ? print_found_json(call, bisection, &commit)
			  : print_found_text(call, bisection, &commit);
}

static int log_candidates(struct gm_repo *repo, const struct gm_bisection *bisection,
	const struct gm_oid_list *candidates)
{
	gm_autofree char *word =
		gm_format("possible first %s commit", bisection->term_bad);
	int rc = word
		? gm_bisection_add_log(repo, "# only skipped commits left to test\n")
		: GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < candidates->n; i++)
		rc = gm_bisect_log_commit(repo, word, &candidates->items[i]);
	return rc;
}

int gm_bisect_log_answer(struct gm_repo *repo, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer)
{
	if (answer->status == GM_BISECT_ONLY_SKIPPED)
		return log_candidates(repo, bisection, &answer->candidates);
	if (answer->status != GM_BISECT_FOUND)
		return 0;
	gm_autofree char *word = gm_format("first %s commit", bisection->term_bad);
	return word ? gm_bisect_log_commit(repo, word, &answer->commit) : GM_ENOMEM;
}

static int print_candidates(
	const struct gm_bisection *bisection, const struct gm_oid_list *candidates)
{
	char hex[GM_OID_HEX];
	int rc = gm_print("There are only 'skip'ped commits left to test.\n"
			  "The first %s commit could be any of:\n",
		bisection->term_bad);

	for (size_t i = 0; rc == 0 && i < candidates->n; i++) {
		gm_oid_format(hex, &candidates->items[i]);
		rc = gm_print("%s\n", hex);
	}
	return rc < 0 ? rc : gm_print("We cannot bisect more!\n");
}

static int tell_only_skipped(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer)
{
	gm_autojson *object = NULL;
	int rc;

	if (!call->json) {
		rc = print_candidates(bisection, &answer->candidates);
	} else {
		rc = begin_json(&object, "only-skipped", bisection);
		if (rc == 0)
			rc = set_oids(object, "candidates", &answer->candidates);
		if (rc == 0)
			rc = gm_print_json(gm_steal(&object));
	}
	return rc < 0 ? rc : gm_error(GM_ENO, "%s", "");
}

/* The ids of the good commits, with blanks between. */
static int put_good(struct gm_buf *out, const struct gm_bisection *bisection)
{
	char hex[GM_OID_HEX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < bisection->good.n; i++) {
		gm_oid_format(hex, &bisection->good.items[i]);
		rc = gm_buf_printf(out, "%s%s", i ? " " : "", hex);
	}
	return rc;
}

static int tell_bad_base(
	const struct gm_bisection *bisection, const struct gm_bisect_answer *answer)
{
	gm_autobuf good = GM_BUF_INIT(GM_BUF_LARGE);
	const char *term = bisection->term_bad;
	char hex[GM_OID_HEX];
	int rc = put_good(&good, bisection);

	if (rc < 0)
		return rc;
	gm_oid_format(hex, &answer->commit);
	if (gm_oid_equal(&bisection->head, &answer->commit)) {
		rc = gm_error(GM_ENO, "the merge base %s is %s", hex, term);
		gm_error_hint("what was %s was changed between %s and [%.300s]", term,
			hex, gm_buf_str(&good));
		return rc;
	}
	rc = gm_error(GM_ERROR, "some %s revisions are not ancestors of the %s one",
		bisection->term_good, term);
	gm_error_hint("perhaps %s and %s are mixed up", bisection->term_good, term);
	return rc;
}

static void warn_skipped_bases(
	const struct gm_bisection *bisection, const struct gm_bisect_answer *answer)
{
	char hex[GM_OID_HEX];

	for (size_t i = 0; i < answer->skipped_bases.n; i++) {
		gm_oid_format(hex, &answer->skipped_bases.items[i]);
		gm_warn("the merge base %s is skipped: the first %s commit may lie "
			"before it",
			hex, bisection->term_bad);
	}
}

int gm_bisect_tell(struct gm_call *call, const struct gm_bisection *bisection,
	const struct gm_bisect_answer *answer)
{
	char hex[GM_OID_HEX];
	int rc;

	warn_skipped_bases(bisection, answer);
	switch (answer->status) {
	case GM_BISECT_TEST:
	case GM_BISECT_TEST_BASE:
		return tell_test(call, bisection, answer);
	case GM_BISECT_FOUND:
		return tell_found(call, bisection, answer);
	case GM_BISECT_ONLY_SKIPPED:
		return tell_only_skipped(call, bisection, answer);
	case GM_BISECT_BAD_BASE:
		return tell_bad_base(bisection, answer);
	case GM_BISECT_BAD_IS_GOOD:
		gm_oid_format(hex, &answer->commit);
		return gm_error(GM_ERROR, "%s was both %s and %s", hex,
			bisection->term_good, bisection->term_bad);
	case GM_BISECT_NOTHING:
		break;
	}
	rc = gm_error(GM_ENO, "no testable commit was found");
	gm_error_hint("perhaps what stands behind '--' is not what was meant");
	return rc;
}
