#include "tests/unit/index/world.h"

#include <math.h>

/* A memory of an agent, in a session when that is not NULL. */
static void add(struct world *world, unsigned n, const char *agent, const char *session,
	const char *text)
{
	struct gm_record record = world_record(n, text);

	must(gm_record_set_text(&record.agent, agent));
	if (session)
		must(gm_record_set_text(&record.session, session));
	world_put(world, &record);
}

static double term_of(const struct gm_hit *hit, const char *name)
{
	for (size_t i = 0; i < hit->n_terms; i++)
		if (!strcmp(hit->terms[i].name, name))
			return hit->terms[i].weight * hit->terms[i].value;
	return 0;
}

static void the_terms_of_a_score_add_up_to_it(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	add(&world, 1, "Ada", "a", "Which port does the staging server listen on?");
	add(&world, 2, "Bob", "a", "It is 8080, since last week.");
	add(&world, 3, "Bob", "b", "The server of the tests has another port.");
	add(&world, 4, "Bob", NULL, "Ports below 1024 are for root.");
	world_select(&world);
	world_recall(
		&hits, &world, "When did Bob say which port the server has?", NULL, 9);
	assert_int_equal(hits.n, 4);
	for (size_t i = 0; i < hits.n; i++) {
		double sum = 0;
		for (size_t j = 0; j < hits.items[i].n_terms; j++) {
			const struct gm_hit_term *term = &hits.items[i].terms[j];
			assert_true(term->weight != 0 && term->value != 0);
			sum += term->weight * term->value;
		}
		assert_true(hits.items[i].n_terms > 2);
		assert_true(fabs(sum - hits.items[i].score) < 1e-4);
	}
	world_close(&world);
}

static void the_name_of_an_agent_prefers_what_it_said(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	add(&world, 1, "Ada", "a", "I would like to learn the cello one day.");
	add(&world, 2, "Bob", "a", "Ada, I would like to learn the drums one day.");
	world_select(&world);
	assert_recall(&world, "What would Ada like to learn?", NULL, "1 2");
	world_recall(&hits, &world, "What would Ada like to learn?", NULL, 9);
	assert_true(term_of(&hits.items[0], "agent") > 0);
	assert_true(term_of(&hits.items[1], "agent") == 0);
	assert_int_equal(hits.items[1].words.n, 3);
	world_close(&world);
}

static void an_agent_with_an_ordinary_name_hides_no_word(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	add(&world, 1, "reviewer", NULL, "Pull requests have at most 400 lines.");
	add(&world, 2, "claude-code", NULL, "The reviewer of migrations is Priya.");
	add(&world, 3, "claude-code", NULL, "Generated code lives in gen/.");
	world_select(&world);
	assert_recall(&world, "who is the reviewer of migrations", NULL, "2");
	assert_recall(&world, "where is generated code", NULL, "3");
	assert_recall(&world, "Ada", NULL, "");
	assert_recall(&world, "Reviewer", NULL, "2");
	world_close(&world);
}

#define LONG_TEXT                                                                \
	"The nightly job copies the customer table to the warehouse and checks " \
	"the number of lines against the source"

static void of_near_duplicates_one_is_found(void **state)
{
	const struct gm_recall_options options = {.k = 10, .explain = true};
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	world_add(&world, 1, LONG_TEXT ".");
	world_add(&world, 2, LONG_TEXT "!");
	world_add(&world, 3, LONG_TEXT " at 3.");
	world_add(&world, 4, LONG_TEXT " at 4.");
	world_add(&world, 5, "short job");
	world_add(&world, 6, "short job");
	world_select(&world);
	must(gm_index_recall(&hits, world.index, "job", &options));
	check_hits(&hits, "6 5 4 3 2", __LINE__);
	assert_int_equal(hits.items[4].duplicates.n, 1);
	assert_string_equal(hits.items[4].duplicates.items[0] + 24, "000000000001");
	assert_int_equal(hits.items[0].duplicates.n, 0);
	assert_recall(&world, "job", NULL, "6 5 4 3 2 1");
	world_close(&world);
}

static void what_is_in_conflict_is_not_left_out(void **state)
{
	const struct gm_recall_options options = {.k = 10};
	struct gm_record sibling = world_record(2, LONG_TEXT "!");
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	world_add(&world, 1, LONG_TEXT ".");
	(void)world_id(sibling.conflicts_with, 1);
	world_put(&world, &sibling);
	world_select(&world);
	must(gm_index_recall(&hits, world.index, "job", &options));
	check_hits(&hits, "2 1", __LINE__);
	world_close(&world);
}

/* Only what is in the view may stand beside a memory; a filter leaves it there. */
static void what_stands_beside_a_memory_is_of_the_view(void **state)
{
	struct gm_filter filter = GM_FILTER_INIT;
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	add(&world, 1, "ada", "a", "Which port does the staging server listen on?");
	add(&world, 2, "bob", "a", "It listens on 8080, as always.");
	world_select(&world);
	filter.agent = "bob";
	world_recall(&hits, &world, "port it listens on", &filter, 9);
	check_hits(&hits, "2", __LINE__);
	assert_true(term_of(&hits.items[0], "asked") > 0);
	world_remove(&world, 1);
	world_select(&world);
	world_recall(&hits, &world, "port it listens on", &filter, 9);
	check_hits(&hits, "2", __LINE__);
	assert_true(term_of(&hits.items[0], "asked") == 0);
	world_close(&world);
}

static void what_is_important_may_be_preferred(void **state)
{
	struct gm_recall_options options = {.k = 10, .explain = true};
	struct gm_record record = world_record(1, "the port of the server is 8080");
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	record.importance = 1;
	world_put(&world, &record);
	world_add(&world, 2, "the port of the server is not known");
	world_select(&world);
	must(gm_index_recall(&hits, world.index, "server port", &options));
	check_hits(&hits, "2 1", __LINE__);
	assert_true(term_of(&hits.items[0], "important") == 0);
	options.prefer = GM_RECALL_PREFER_IMPORTANT;
	must(gm_index_recall(&hits, world.index, "server port", &options));
	check_hits(&hits, "1 2", __LINE__);
	assert_true(term_of(&hits.items[0], "important") > 0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terms_of_a_score_add_up_to_it),
		cmocka_unit_test(the_name_of_an_agent_prefers_what_it_said),
		cmocka_unit_test(an_agent_with_an_ordinary_name_hides_no_word),
		cmocka_unit_test(of_near_duplicates_one_is_found),
		cmocka_unit_test(what_is_in_conflict_is_not_left_out),
		cmocka_unit_test(what_stands_beside_a_memory_is_of_the_view),
		cmocka_unit_test(what_is_important_may_be_preferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
