#include "tests/unit/index/shelf.h"

#include <math.h>

#include "index/fusion.h"
#include "index/ranking.h"
#include "index/vector_segment.h"

struct asking {
	struct gm_question question;
	struct gm_agent_words agents;
	struct gm_ranking_request request;
};

static void ask(struct gm_ranking *out, struct asking *asking, struct shelf *shelf,
	const char *query)
{
	memset(asking, 0, sizeof(*asking));
	must(gm_question_parse(&asking->question, shelf->stemmer, 0, query));
	asking->agents.question = &asking->question;
	asking->request = (struct gm_ranking_request){
		.segments = &shelf->segments,
		.view = &shelf->view,
		.wanted = &shelf->view,
		.question = &asking->question,
		.agents = &asking->agents,
		.n_labels = 100,
		.k = 10,
	};
	must(gm_ranking_make(out, &asking->request));
}

static void asking_dispose(struct asking *asking)
{
	gm_question_dispose(&asking->question);
	gm_agent_words_dispose(&asking->agents);
}

/* Compare what was found, as "3 1 2": rows, best first. */
static void check_rows(const struct gm_ranking *ranking, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < ranking->candidates.n; i++)
		must(gm_buf_printf(&found, "%s%lld", i ? " " : "",
			(long long)gm_ordinal_row(&ranking->ordinals,
				ranking->candidates.items[i].ordinal)));
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: found '%s', not '%s'", line, gm_buf_str(&found),
			expect);
}

static void check_answer(
	struct shelf *shelf, const char *query, const char *expect, int line)
{
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;

	ask(&ranking, &asking, shelf, query);
	check_rows(&ranking, expect, line);
	asking_dispose(&asking);
}

#define assert_answer(shelf, query, expect) check_answer(shelf, query, expect, __LINE__)

#define BESIDES \
	" and a few more words that make this text as long as all of the others are"

static void a_better_match_is_first_and_others_are_not_found(void **state)
{
	static const struct shelf_memory memories[] = {
		{"the port of the database" BESIDES, NULL, 0, 1},
		{"the port of the web server" BESIDES, NULL, 0, 2},
		{"nothing of that kind" BESIDES, NULL, 0, 3},
		{"the database and its port, port 5432" BESIDES, NULL, 0, 4},
	};
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 4, 2);
	assert_answer(&shelf, "database port", "4 1 2");
	assert_answer(&shelf, "giraffe", "");
	shelf_close(&shelf);
}

static void equal_memories_are_ranked_by_time(void **state)
{
	static const struct shelf_memory memories[] = {
		{"same words", NULL, 0, 2},
		{"same words", NULL, 0, 3},
		{"same words", NULL, 0, 1},
	};
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 3, 1);
	assert_answer(&shelf, "words", "2 1 3");
	shelf_close(&shelf);
}

static void the_answer_to_a_matching_question_is_preferred(void **state)
{
	static const struct shelf_memory memories[] = {
		{"Which instrument do you play?" BESIDES, NULL, 1, 1},
		{"I play the cello" BESIDES, NULL, 2, 2},
		{"Which instrument do you play, and since when?", NULL, 1, 3},
		{"I play at home" BESIDES, NULL, 1, 4},
		{"What else?" BESIDES, NULL, 2, 5},
	};
	struct shelf shelf;
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 5, 1);
	ask(&ranking, &asking, &shelf, "instrument play");
	for (size_t i = 0; i < ranking.candidates.n; i++) {
		const struct gm_candidate *candidate = &ranking.candidates.items[i];
		int64_t row = gm_ordinal_row(&ranking.ordinals, candidate->ordinal);
		bool asked = candidate->features[GM_FEATURE_ASKED] > 0;
		assert_int_equal(asked, row == 4);
	}
	asking_dispose(&asking);
	shelf_close(&shelf);
}

static void a_time_asked_for_prefers_memories_that_tell_one(void **state)
{
	static const struct shelf_memory memories[] = {
		{"Then we moved the whole database" BESIDES, NULL, 0, 2},
		{"We moved the database last Tuesday" BESIDES, NULL, 0, 1},
	};
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 2, 1);
	assert_answer(&shelf, "When did we move the database?", "2 1");
	assert_answer(&shelf, "Did we move the database?", "1 2");
	shelf_close(&shelf);
}

/* A memory in no session that matches best is first, whatever sessions there are. */
static void memories_in_no_session_are_not_behind_all_sessions(void **state)
{
	static const struct shelf_memory memories[] = {
		{"the retry policy is three times" BESIDES, NULL, 0, 1},
		{"we spoke of the policy" BESIDES, NULL, 1, 2},
		{"policy or no policy, times change" BESIDES, NULL, 1, 3},
		{"three cheers" BESIDES, NULL, 1, 4},
	};
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 4, 1);
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	ask(&ranking, &asking, &shelf, "retry policy three");
	assert_int_equal(
		gm_ordinal_row(&ranking.ordinals, ranking.candidates.items[0].ordinal),
		1);
	asking_dispose(&asking);
	shelf_close(&shelf);
}

static void a_score_is_the_sum_of_its_terms(void **state)
{
	static const struct shelf_memory memories[] = {
		{"Who is there? Anna of Paris" BESIDES, NULL, 1, 1},
		{"Anna of Paris, in May" BESIDES, "people/anna", 1, 2},
		{"Anna" BESIDES, NULL, 0, 3},
	};
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 3, 1);
	ask(&ranking, &asking, &shelf, "Who is Anna of Paris?");
	assert_int_equal(ranking.candidates.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct gm_candidate *candidate = &ranking.candidates.items[i];
		double sum = 0;
		for (unsigned j = 0; j < GM_FEATURES; j++) {
			assert_non_null(gm_feature_name((enum gm_feature)j));
			assert_true(isfinite(candidate->features[j]));
			sum += (double)ranking.weights[j] *
				(double)candidate->features[j];
		}
		assert_true(fabs(sum - (double)candidate->score) < 1e-4);
		assert_true(!i || candidate[-1].score >= candidate->score);
	}
	asking_dispose(&asking);
	shelf_close(&shelf);
}

static void what_is_preferred_decides_between_equals(void **state)
{
	static const struct shelf_memory memories[] = {
		{"the port is 8080" BESIDES, NULL, 1, 1},
		{"the port was 8081" BESIDES " and it is more of a port", NULL, 1,
			400 * 86400 * GM_TIME_SECOND},
	};
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 2, 1);
	ask(&ranking, &asking, &shelf, "port 8080");
	check_rows(&ranking, "1 2", __LINE__);
	float least = ranking.candidates.items[1].score;
	gm_ranking_dispose(&ranking);
	ranking = (struct gm_ranking)GM_RANKING_INIT;
	asking.request.prefer = GM_RECALL_PREFER_RECENT;
	must(gm_ranking_make(&ranking, &asking.request));
	for (size_t i = 0; i < 2; i++) {
		const struct gm_candidate *candidate = &ranking.candidates.items[i];
		if (candidate->ordinal == 1)
			assert_true(candidate->score > least + 0.4F);
	}
	asking_dispose(&asking);
	shelf_close(&shelf);
}

/* More memories than are all looked at: the best are found, and what is beside them. */
static void of_many_memories_the_best_are_found(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	for (unsigned i = 0; i < 5000; i++) {
		gm_buf_reset(&text);
		must(gm_buf_printf(
			&text, "memory %u of tea %s", i, i == 1234 ? "needle" : "hay"));
		shelf_put(&shelf, &(struct shelf_memory){text.ptr, NULL, 0, i});
	}
	shelf_seal(&shelf);
	ask(&ranking, &asking, &shelf, "tea needle");
	assert_int_equal(ranking.candidates.n, 200);
	assert_int_equal(
		gm_ordinal_row(&ranking.ordinals, ranking.candidates.items[0].ordinal),
		1235);
	for (size_t i = 1; i < 200; i++) /* of equal ones the newest */
		assert_int_equal(ranking.candidates.items[i].ordinal, 5000 - i);
	asking_dispose(&asking);
	shelf_close(&shelf);
}

#define DIMS 8

/* Vectors for the only segment of a shelf: each points along the axis that `axes` says. */
static void give_vectors(struct shelf *shelf, const unsigned *axes, size_t n)
{
	static const uint8_t model[GM_VECTOR_MODEL_SIZE] = {1};
	struct gm_vector_builder *builder;
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	must(gm_vector_builder_new(&builder, model, DIMS, 1, n));
	for (size_t i = 0; i < n; i++) {
		float vector[DIMS] = {0};
		vector[axes[i]] = 1;
		assert_true(gm_vector_builder_set(builder, i, vector));
	}
	must(gm_vector_builder_finish(builder, &sink));
	gm_vector_builder_free(builder);
	must(gm_vector_segment_take(&shelf->vectors[0], &sink.bytes));
}

/* Ask again with a vector that points along the first axis, and in a mode. */
static void ask_by_vector(
	struct gm_ranking *out, struct asking *asking, enum gm_recall_mode mode)
{
	static const float vector[DIMS] = {1};
	struct gm_vector_query *query;

	gm_ranking_dispose(out);
	*out = (struct gm_ranking)GM_RANKING_INIT;
	must(gm_vector_query_new(&query, vector, DIMS));
	asking->request.vector = query;
	asking->request.dims = DIMS;
	asking->request.mode = mode;
	must(gm_ranking_make(out, &asking->request));
	asking->request.vector = NULL;
	gm_vector_query_free(query);
}

static void a_memory_without_the_words_is_found_by_its_vector(void **state)
{
	static const struct shelf_memory memories[] = {
		{"the port of the database" BESIDES, NULL, 0, 1},
		{"where postgres listens" BESIDES, NULL, 0, 2},
		{"tabs and spaces" BESIDES, NULL, 0, 3},
	};
	static const unsigned axes[] = {1, 0, 2};
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 3, 1);
	give_vectors(&shelf, axes, 3);
	ask(&ranking, &asking, &shelf, "database port");
	check_rows(&ranking, "1", __LINE__);
	ask_by_vector(&ranking, &asking, GM_RECALL_HYBRID);
	check_rows(&ranking, "2 1", __LINE__);
	assert_true(ranking.candidates.items[0].features[GM_FEATURE_NEAREST] == 1);
	ask_by_vector(&ranking, &asking, GM_RECALL_VECTOR);
	assert_int_equal(
		gm_ordinal_row(&ranking.ordinals, ranking.candidates.items[0].ordinal),
		2);
	assert_true(fabsf(ranking.candidates.items[0].score - 1) < .02F);
	asking_dispose(&asking);
	gm_vector_segment_free(shelf.vectors[0]);
	shelf_close(&shelf);
}

static void a_vector_is_blended_with_those_beside_it(void **state)
{
	static const struct shelf_memory memories[] = {
		{"one" BESIDES, NULL, 1, 1},
		{"two" BESIDES, NULL, 1, 2},
		{"three" BESIDES, NULL, 2, 3},
		{"four" BESIDES, NULL, 2, 4},
		{"five" BESIDES, NULL, 2, 5},
	};
	static const unsigned axes[] = {0, 1, 2, 3, 0};
	gm_autoranking ranking = GM_RANKING_INIT;
	struct asking asking;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, 5, 1);
	give_vectors(&shelf, axes, 5);
	ask(&ranking, &asking, &shelf, "unseen");
	ask_by_vector(&ranking, &asking, GM_RECALL_HYBRID);
	assert_int_equal(ranking.candidates.n, 4); /* the third is not near enough */
	for (size_t i = 0; i < 4; i++) {
		static const float expect[] = {.9578F, .4472F, 0, .2592F, .8805F};
		const struct gm_candidate *candidate = &ranking.candidates.items[i];
		float vector = candidate->features[GM_FEATURE_VECTOR];
		if (fabsf(vector - expect[candidate->ordinal]) > .02F)
			fail_msg("%u: %f", candidate->ordinal, (double)vector);
	}
	asking_dispose(&asking);
	gm_vector_segment_free(shelf.vectors[0]);
	shelf_close(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_better_match_is_first_and_others_are_not_found),
		cmocka_unit_test(equal_memories_are_ranked_by_time),
		cmocka_unit_test(the_answer_to_a_matching_question_is_preferred),
		cmocka_unit_test(a_time_asked_for_prefers_memories_that_tell_one),
		cmocka_unit_test(memories_in_no_session_are_not_behind_all_sessions),
		cmocka_unit_test(a_score_is_the_sum_of_its_terms),
		cmocka_unit_test(what_is_preferred_decides_between_equals),
		cmocka_unit_test(of_many_memories_the_best_are_found),
		cmocka_unit_test(a_memory_without_the_words_is_found_by_its_vector),
		cmocka_unit_test(a_vector_is_blended_with_those_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
