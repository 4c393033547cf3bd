#include "tests/unit/support.h"

#include "index/label.h"
#include "index/schema.h"

static struct gm_database *open_empty(void)
{
	struct gm_database *database;

	must(gm_database_open(&database, NULL, GM_DATABASE_MEMORY));
	must(gm_schema_make(database));
	return database;
}

static void a_name_keeps_its_number(void **state)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = open_empty();
	uint32_t one, two, again;
	(void)state;

	must(gm_label_give(&one, database, "s-1"));
	must(gm_label_give(&two, database, "S-1"));
	must(gm_label_give(&again, database, "s-1"));
	assert_int_not_equal(one, 0);
	assert_int_not_equal(one, two);
	assert_int_equal(one, again);
}

static void no_name_is_zero(void **state)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = open_empty();
	uint32_t number = 7;
	(void)state;

	must(gm_label_give(&number, database, NULL));
	assert_int_equal(number, 0);
	number = 7;
	must(gm_label_give(&number, database, ""));
	assert_int_equal(number, 0);
	assert_int_equal(gm_label_find(&number, database, NULL), 0);
	assert_int_equal(gm_label_find(&number, database, ""), 0);
}

static void a_name_never_given_a_number_is_not_found(void **state)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = open_empty();
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	uint32_t number = 7;
	(void)state;

	assert_int_equal(gm_label_find(&number, database, "claude-code"), 0);
	assert_int_equal(number, 7);
	assert_int_equal(gm_label_text(&text, database, 1), 0);
	assert_int_equal(gm_label_text(&text, database, 0), 0);
}

static void a_number_leads_back_to_its_name(void **state)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = open_empty();
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	uint32_t number;
	(void)state;

	must(gm_label_give(&number, database, "claude-code"));
	assert_int_equal(gm_label_text(&text, database, number), 1);
	assert_string_equal(gm_buf_str(&text), "claude-code");
}

static void a_number_beyond_32_bits_is_damage(void **state)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = open_empty();
	uint32_t number = 7;
	(void)state;

	must(gm_database_exec(
		database, "INSERT INTO label (number, text) VALUES (4294967296, 'x')"));
	assert_int_equal(gm_label_find(&number, database, "x"), GM_EMISMATCH);
	assert_true(gm_database_damaged(database));
	assert_int_equal(gm_label_give(&number, database, "y"), GM_EMISMATCH);
	assert_int_equal(number, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_keeps_its_number),
		cmocka_unit_test(no_name_is_zero),
		cmocka_unit_test(a_name_never_given_a_number_is_not_found),
		cmocka_unit_test(a_number_leads_back_to_its_name),
		cmocka_unit_test(a_number_beyond_32_bits_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
