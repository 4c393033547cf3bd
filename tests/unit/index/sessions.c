#include "tests/unit/index/shelf.h"

#include "index/sessions.h"

static const struct shelf_memory memories[] = {
	{"fourth tea", NULL, 1, 40},
	{"first", NULL, 1, 10},
	{"elsewhere", NULL, 2, 15},
	{"third tea tea", NULL, 1, 30},
	{"in none", NULL, 0, 5},
	{"second", NULL, 1, 20},
};

#define N (sizeof(memories) / sizeof(*memories))

struct reading {
	struct shelf shelf;
	struct gm_bm25 scores;
	struct gm_sessions sessions;
};

static void begin(struct reading *out, size_t n_segments)
{
	memset(out, 0, sizeof(*out));
	shelf_open(&out->shelf);
	shelf_fill(&out->shelf, memories, N, n_segments);
}

static void score(struct reading *reading, uint32_t n_labels)
{
	shelf_score(&reading->scores, &reading->shelf, "tea", n_labels);
	must(gm_sessions_init(&reading->sessions, &reading->shelf.ordinals,
		&reading->shelf.view, &reading->scores, n_labels));
}

static void end(struct reading *reading)
{
	gm_sessions_dispose(&reading->sessions);
	gm_bm25_dispose(&reading->scores);
	shelf_close(&reading->shelf);
}

static void members_are_in_time_over_all_segments(void **state)
{
	static const uint32_t expect[] = {1, 5, 3, 0};

	(void)state;
	for (size_t n = 1; n <= N; n++) {
		const struct gm_session *session = NULL;
		struct reading reading;
		uint32_t place = 99;

		begin(&reading, n);
		score(&reading, 3);
		assert_int_equal(
			gm_sessions_of(&session, &place, &reading.sessions, 3), 1);
		assert_int_equal(session->n, 4);
		assert_memory_equal(session->members, expect, sizeof(expect));
		assert_int_equal(place, 2);
		assert_int_equal(gm_session_beside(session, place, -2), 1);
		assert_int_equal(gm_session_beside(session, place, 1), 0);
		assert_int_equal(gm_session_beside(session, place, 2), GM_ORDINAL_NONE);
		assert_int_equal(gm_session_beside(session, place, -3), GM_ORDINAL_NONE);
		assert_true(session->best == reading.scores.scores[3]);
		assert_true(session->whole > 0);
		end(&reading);
	}
}

static void what_is_not_in_the_view_is_in_no_session(void **state)
{
	const struct gm_session *session = NULL;
	struct reading reading;
	uint32_t place = 99;

	(void)state;
	begin(&reading, 2);
	gm_bitmap_clear(&reading.shelf.view, 4);
	score(&reading, 3);
	assert_int_equal(gm_sessions_of(&session, &place, &reading.sessions, 0), 1);
	assert_int_equal(session->n, 3);
	assert_int_equal(place, 2);
	assert_int_equal(gm_session_beside(session, place, -1), 5);
	assert_true(session->best == reading.scores.scores[0]);
	end(&reading);
}

static void a_memory_may_be_in_no_session(void **state)
{
	const struct gm_session *session = NULL;
	struct reading reading;
	uint32_t place = 99;

	(void)state;
	begin(&reading, 1);
	score(&reading, 2);
	assert_int_equal(gm_sessions_of(&session, &place, &reading.sessions, 4), 0);
	assert_int_equal(gm_sessions_of(&session, &place, &reading.sessions, 2), 0);
	assert_int_equal(place, 99);
	end(&reading);
}

static void sessions_are_made_once(void **state)
{
	const struct gm_session *session = NULL;
	struct reading reading;
	uint32_t place = 0;

	(void)state;
	begin(&reading, 3);
	score(&reading, 3);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(gm_sessions_of(&session, &place, &reading.sessions, i),
			memories[i].session != 0);
	assert_int_equal(reading.sessions.n, 2);
	end(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_in_time_over_all_segments),
		cmocka_unit_test(what_is_not_in_the_view_is_in_no_session),
		cmocka_unit_test(a_memory_may_be_in_no_session),
		cmocka_unit_test(sessions_are_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
