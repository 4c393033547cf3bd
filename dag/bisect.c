#include "dag/bisect.h"

#include <string.h>

#include "dag/bisect_weigh.h"
#include "dag/merge_base.h"
#include "dag/walk.h"

void gm_bisect_answer_dispose(struct gm_bisect_answer *answer)
{
	gm_oid_list_dispose(&answer->candidates);
	gm_oid_list_dispose(&answer->skipped_bases);
}

static void take(struct gm_bisect_answer *out, enum gm_bisect_status status,
	const struct gm_oid *commit)
{
	out->status = status;
	out->commit = *commit;
}

/* 1 when every good commit is an ancestor of the bad one. */
static int are_ancestors(
	struct gm_store *store, const struct gm_bisect_question *question)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);

	if (rc == 0)
		rc = gm_walk_hide(walk, &question->bad);
	for (size_t i = 0; rc == 0 && i < question->good->n; i++)
		rc = gm_walk_push(walk, &question->good->items[i]);
	if (rc == 0)
		rc = gm_walk_next(&commit, walk);
	return rc < 0 ? rc : rc == 0;
}

static int find_bases(size_t **out, size_t *n_out, struct gm_graph *graph,
	const struct gm_bisect_question *question)
{
	size_t n = question->good->n;
	gm_autofree size_t *good = gm_calloc(n, sizeof(*good));
	size_t bad;

	if (!good)
		return GM_ENOMEM;
	int rc = gm_graph_add(&bad, graph, &question->bad);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_graph_add(&good[i], graph, &question->good->items[i]);
	return rc < 0 ? rc : gm_graph_merge_bases_many(out, n_out, graph, bad, good, n);
}

/*
 * Good commits that are no ancestors of the bad one say nothing of a merge base: were it bad,
 * what makes commits bad would lie before it, or have been repaired. 1 when that is the answer.
 */
static int check_bases(struct gm_bisect_answer *out, struct gm_store *store,
	const struct gm_bisect_question *question)
{
	gm_autograph graph = GM_GRAPH_INIT(store, 0);
	gm_autofree size_t *bases = NULL;
	size_t n = 0;
	int rc = find_bases(&bases, &n, &graph, question);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct gm_oid *base = &graph.nodes[bases[i]].oid;
		if (gm_oid_equal(base, &question->bad)) {
			take(out, GM_BISECT_BAD_BASE, base);
			return 1;
		}
		if (gm_oid_list_contains(question->good, base))
			continue;
		if (!gm_oid_list_contains(question->skipped, base)) {
			take(out, GM_BISECT_TEST_BASE, base);
			return 1;
		}
		rc = gm_oid_list_add(&out->skipped_bases, base);
	}
	return rc;
}

static int check_relation(struct gm_bisect_answer *out, struct gm_store *store,
	const struct gm_bisect_question *question)
{
	if (question->related || !question->good->n)
		return 0;
	int rc = are_ancestors(store, question);
	if (rc < 0)
		return rc;
	return rc ? 0 : check_bases(out, store, question);
}

static int weigh(struct gm_bisect_choices *out, struct gm_store *store,
	const struct gm_bisect_question *question)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	struct gm_graph *graph;
	const size_t *nodes;
	size_t n;
	int rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);

	if (rc == 0)
		rc = gm_walk_push(walk, &question->bad);
	for (size_t i = 0; rc == 0 && i < question->good->n; i++)
		rc = gm_walk_hide(walk, &question->good->items[i]);
	if (rc == 0)
		rc = gm_walk_limit_paths(walk,
			(const char *const *)question->paths->items, question->paths->n);
	if (rc == 0 && question->first_parent)
		gm_walk_first_parent(walk);
	if (rc == 0)
		rc = gm_walk_nodes(&graph, &nodes, &n, walk);
	unsigned flags = (question->skipped->n ? GM_WEIGH_ALL : 0) |
		(question->first_parent ? GM_WEIGH_FIRST_PARENT : 0);
	return rc < 0 ? rc : gm_bisect_weigh(out, graph, nodes, n, flags);
}

/* The square root as git reckons it, in single precision: its choices hang on it. */
static int64_t square_root(int64_t value)
{
	float x = (float)value;
	float step;

	if (!value)
		return 0;
	do {
		float y = (x + (float)value / x) / 2;
		step = y > x ? y - x : x - y;
		x = y;
	} while (step >= 0.5f);
	return (int64_t)x;
}

/*
 * The best commit cannot be tested, nor perhaps those beside it: go some way off, by a number
 * that looks random and is the same every time.
 */
static size_t skip_away(size_t n)
{
	const int64_t modulo = 32768;
	uint32_t seed = (uint32_t)n * UINT32_C(1103515245) + 12345;
	int64_t number = (seed / 65536) % modulo;

	return (size_t)((int64_t)n * number / modulo * square_root(number) /
		square_root(modulo));
}

/* Drop the skipped ones from the choices; they go to the candidates. */
static int drop_skipped(struct gm_bisect_answer *out, struct gm_bisect_choices *choices,
	const struct gm_oid_list *skipped)
{
	size_t kept = 0;

	for (size_t i = 0; i < choices->n; i++) {
		if (!gm_oid_list_contains(skipped, &choices->items[i].oid)) {
			choices->items[kept++] = choices->items[i];
			continue;
		}
		int rc = gm_oid_list_add(&out->candidates, &choices->items[i].oid);
		if (rc < 0)
			return rc;
	}
	choices->n = kept;
	return 0;
}

static int choose(struct gm_bisect_choice *chosen, struct gm_bisect_answer *out,
	struct gm_bisect_choices *choices, const struct gm_bisect_question *question)
{
	*chosen = choices->items[0];
	if (!gm_oid_list_contains(question->skipped, &chosen->oid))
		return 0;
	int rc = drop_skipped(out, choices, question->skipped);
	if (rc < 0 || !choices->n)
		return rc;
	size_t at = skip_away(choices->n);
	at = at < choices->n ? at : 0;
	if (at && gm_oid_equal(&choices->items[at].oid, &question->bad))
		at--;
	*chosen = choices->items[at];
	return 0;
}

static size_t estimate_steps(size_t n)
{
	size_t bits = 0;

	if (n < 3)
		return 0;
	while (n >> (bits + 1))
		bits++;
	size_t power = (size_t)1 << bits;
	return power < 3 * (n - power) ? bits : bits - 1;
}

static int answer(struct gm_bisect_answer *out, struct gm_bisect_choices *choices,
	const struct gm_bisect_question *question)
{
	struct gm_bisect_choice chosen;

	if (!choices->n_all) {
		take(out, choices->n_range ? GM_BISECT_NOTHING : GM_BISECT_BAD_IS_GOOD,
			&question->bad);
		return 0;
	}
	out->left = choices->n_all - choices->items[0].reaches;
	out->left -= out->left > 0;
	out->steps = estimate_steps(choices->n_all);
	int rc = choose(&chosen, out, choices, question);
	if (rc < 0)
		return rc;
	bool is_bad = choices->n && gm_oid_equal(&chosen.oid, &question->bad);
	if (is_bad && out->candidates.n)
		rc = gm_oid_list_add(&out->candidates, &question->bad);
	take(out,
		out->candidates.n && (is_bad || !choices->n) ? GM_BISECT_ONLY_SKIPPED
			: is_bad                             ? GM_BISECT_FOUND
							     : GM_BISECT_TEST,
		&chosen.oid);
	return rc;
}

int gm_bisect_ask(struct gm_bisect_answer *out, struct gm_store *store,
	const struct gm_bisect_question *question)
{
	gm_cleanup(gm_bisect_choices_dispose) struct gm_bisect_choices choices =
		GM_BISECT_CHOICES_INIT;
	int rc = check_relation(out, store, question);

	if (rc)
		return rc < 0 ? rc : 0;
	rc = weigh(&choices, store, question);
	return rc < 0 ? rc : answer(out, &choices, question);
}
