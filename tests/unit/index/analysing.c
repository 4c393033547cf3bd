#include "tests/unit/index/world.h"

#include "index/analysed.h"
#include "index/analysing.h"

/* Some texts are longer than others, so that the threads wait for each other in turn. */
static struct gm_record make_record(unsigned n)
{
	struct gm_record record = world_record(n, "");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	for (unsigned i = 0; i < n * 7 % 90; i++)
		must(gm_buf_printf(&text, "word%u running ", n * 31 + i % 5));
	must(gm_record_set_content(&record, gm_buf_str(&text), text.size));
	return record;
}

static void take(struct gm_analysing *analysing, unsigned n, struct gm_stemmer *stemmer)
{
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autorecord record = make_record(n);
	const struct gm_buf *found;

	must(gm_analysed_make(&expected, &record, n, 2 * n, stemmer));
	must(gm_analysing_take(&found, analysing));
	assert_int_equal(found->size, expected.size);
	assert_memory_equal(found->ptr, expected.ptr, expected.size);
}

static void put(struct gm_analysing *analysing, unsigned n)
{
	struct gm_record record = make_record(n);

	gm_analysing_put(analysing, &record, n, 2 * n);
	assert_null(record.content);
	gm_record_dispose(&record);
}

static void memories_come_out_as_they_were_put_in(void **state)
{
	struct gm_analysing *analysing;
	struct gm_stemmer *stemmer;
	unsigned taken = 0;

	(void)state;
	must(gm_stemmer_new(&stemmer));
	must(gm_analysing_new(&analysing));
	for (unsigned n = 0; n < 1000; n++) {
		put(analysing, n);
		while (gm_analysing_waiting(analysing) > (n % 2 ? 100 : 127))
			take(analysing, taken++, stemmer);
	}
	assert_int_equal(gm_analysing_waiting(analysing), 1000 - taken);
	while (taken < 1000)
		take(analysing, taken++, stemmer);
	assert_int_equal(gm_analysing_waiting(analysing), 0);
	gm_analysing_free(analysing);
	gm_stemmer_free(stemmer);
}

static void one_alone_is_not_waited_for_in_vain(void **state)
{
	struct gm_analysing *analysing;
	struct gm_stemmer *stemmer;

	(void)state;
	must(gm_stemmer_new(&stemmer));
	must(gm_analysing_new(&analysing));
	for (unsigned n = 0; n < 50; n++) {
		put(analysing, n);
		take(analysing, n, stemmer);
	}
	gm_analysing_free(analysing);
	gm_stemmer_free(stemmer);
}

static void what_is_on_its_way_can_be_given_up(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 100; n++) {
		struct gm_analysing *analysing;

		must(gm_analysing_new(&analysing));
		for (unsigned i = 0; i < n; i++)
			put(analysing, i);
		gm_analysing_free(analysing);
	}
	assert_int_equal(gm_analysing_waiting(NULL), 0);
	gm_analysing_free(NULL);
}

static void many_at_once_are_all_found(void **state)
{
	static const unsigned many = 2500;
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	for (unsigned n = 0; n < many; n++) {
		struct gm_record record = make_record(n);
		world_put(&world, &record);
	}
	world_select(&world);
	must(gm_index_check(world.index, world_no_fault, NULL));
	must(gm_index_list(&hits, world.index, NULL, 0));
	assert_int_equal(hits.n, many);
	for (unsigned n = many - 3; n < many; n++) {
		char query[32];
		(void)snprintf(query, sizeof(query), "word%u", n * 31);
		world_recall(&hits, &world, query, NULL, 1);
		assert_int_equal(hits.n, n * 7 % 90 > 0);
		if (hits.n)
			assert_int_equal(strtoul(hits.items[0].id + 24, NULL, 16), n);
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memories_come_out_as_they_were_put_in),
		cmocka_unit_test(one_alone_is_not_waited_for_in_vain),
		cmocka_unit_test(what_is_on_its_way_can_be_given_up),
		cmocka_unit_test(many_at_once_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
