#include "tests/unit/index/world.h"

#include "index/fingerprint.h"

/* A number of the index file, by a connection of its own. */
static int64_t ask_file(struct world *world, const char *sql)
{
	gm_autofree char *path = gm_path_join(world->recall, "index.db");
	struct gm_database *database;
	int64_t number = -1;

	must(gm_database_open(&database, path, GM_DATABASE_WRITE));
	must(gm_database_number(&number, database, sql));
	gm_database_free(database);
	return number;
}

static void change_file(struct world *world, const char *sql)
{
	gm_autofree char *path = gm_path_join(world->recall, "index.db");
	struct gm_database *database;

	must(gm_database_open(&database, path, GM_DATABASE_WRITE));
	must(gm_database_exec(database, sql));
	gm_database_free(database);
}

/* Let the index be one whose words were made by other stemmers. */
static void forge(struct world *world, const char *language)
{
	gm_autofree char *sql = gm_format(
		"UPDATE analysis SET fingerprint = 1 WHERE language = '%s'", language);

	gm_index_free(world->index);
	world->index = NULL;
	change_file(world, sql);
	world_open_index(world);
}

static bool is_forged(struct world *world, const char *language)
{
	gm_autofree char *sql = gm_format(
		"SELECT fingerprint = 1 FROM analysis WHERE language = '%s'", language);

	return ask_file(world, sql);
}

static void an_index_of_other_stemmers_is_made_anew_when_asked(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "running through the park");
	world_select(&world);
	forge(&world, "en");
	world_select(&world);
	assert_true(is_forged(&world, "en"));
	assert_recall(&world, "runs", NULL, "1");
	assert_false(is_forged(&world, "en"));
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void an_index_of_other_stemmers_is_not_added_to(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "running through the park");
	world_select(&world);
	forge(&world, "en");
	world_add(&world, 2, "they run through the rain");
	world_select(&world);
	assert_false(is_forged(&world, "en"));
	assert_recall(&world, "runs", NULL, "2 1");
	world_close(&world);
}

static void only_languages_in_use_count(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "running through the park");
	world_select(&world);
	forge(&world, "de");
	world_select(&world);
	assert_recall(&world, "runs", NULL, "1");
	assert_true(is_forged(&world, "de"));
	world_add(&world, 2, "Die Rechnungen gehen nicht an die Behörden");
	world_select(&world);
	assert_false(is_forged(&world, "de"));
	assert_recall(&world, "Rechnung", NULL, "2");
	world_close(&world);
}

static void the_languages_of_memories_are_known(void **state)
{
	struct world world;
	gm_autofree char *path = NULL;
	struct gm_database *database;
	unsigned languages = 0;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "vim");
	world_add(&world, 2, "Die Rechnungen gehen nicht an die Behörden");
	world_add(&world, 3, "the invoices");
	world_add(&world, 4, "苏州供应商");
	world_add(&world, 5, "Das Band steht und die Halle ist leer");
	world_select(&world);
	path = gm_path_join(world.recall, "index.db");
	must(gm_database_open(&database, path, GM_DATABASE_READ));
	must(gm_fingerprint_languages(&languages, database));
	assert_int_equal(languages,
		GM_LANGUAGE_BIT(GM_LANGUAGE_EN) | GM_LANGUAGE_BIT(GM_LANGUAGE_DE) |
			GM_LANGUAGE_BIT(GM_LANGUAGE_ZH));
	gm_database_free(database);
	assert_int_equal(ask_file(&world, "SELECT count(*) FROM analysis WHERE used"), 3);
	world_close(&world);
}

static void a_language_nobody_knows_is_damage(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "running through the park");
	world_select(&world);
	change_file(&world,
		"UPDATE analysis SET language = 'xx', used = 1 WHERE language = 'it'");
	assert_recall(&world, "runs", NULL, "1");
	assert_int_equal(
		ask_file(&world, "SELECT count(*) FROM analysis WHERE language = 'xx'"),
		0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_of_other_stemmers_is_made_anew_when_asked),
		cmocka_unit_test(an_index_of_other_stemmers_is_not_added_to),
		cmocka_unit_test(only_languages_in_use_count),
		cmocka_unit_test(the_languages_of_memories_are_known),
		cmocka_unit_test(a_language_nobody_knows_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
