#include "tests/unit/index/world.h"

static void the_best_match_comes_first(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "The editor is vim. We talked about many other things too.");
	world_add(&world, 2, "vim vim vim");
	world_add(&world, 3, "Lunch was good.");
	world_add(&world, 4, "A dog barked.");
	world_add(&world, 5, "A cat slept.");
	world_select(&world);
	assert_recall(&world, "vim", NULL, "2 1");
	assert_recall(&world, "which editor, vim?", NULL, "1 2");
	assert_recall(&world, "giraffe", NULL, "");
	world_close(&world);
}

static void words_are_stemmed_and_folded(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "She was running through Z\xc3\xbcrich");
	world_add(&world, 2, "r\xc3\xa9sum\xc3\xa9 of the meeting");
	world_add(&world, 3,
		"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 "
		"\xd0\xbc\xd0\xb8\xd1\x80");
	world_select(&world);
	assert_recall(&world, "runs", NULL, "1");
	assert_recall(&world, "ZURICH", NULL, "1");
	assert_recall(&world, "re\xcc\x81sume meetings", NULL, "2");
	assert_recall(
		&world, "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", NULL, "3");
	world_close(&world);
}

static void words_are_found_in_the_language_they_were_written_in(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "Die Rechnungen gehen seit Mai als Datei an die Behörden");
	world_add(&world, 2, "The invoices are sent to the office by mail");
	world_add(&world, 3, "L'entrepôt reçoit les camions le matin");
	world_add(&world, 4, "das Foerderband in der Halle ist nicht in Ordnung");
	world_select(&world);
	assert_recall(&world, "Wohin geht die Rechnung für eine Behoerde?", NULL, "1");
	assert_recall(&world, "invoice", NULL, "2");
	assert_recall(&world, "quand le camion arrive-t-il", NULL, "3");
	assert_recall(&world, "Förderbänder", NULL, "4");
	assert_recall(&world, "Halle", NULL, "4");
	world_close(&world);
}

static void code_is_found_by_its_parts(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "upload_with_retry() never returns");
	world_add(&world, 2, "the retry of an upload, with care");
	world_add(&world, 3, "broken since 9f3c2e1b04d07ab5c4e1 in v4.2.1");
	world_add(&world, 4, "see internal/httpx/client.go");
	world_select(&world);
	assert_recall(&world, "uploadWithRetry", NULL, "1 2");
	assert_recall(&world, "retry", NULL, "2 1");
	assert_recall(&world, "9f3c2e1b", NULL, "3");
	assert_recall(&world, "4.2.1", NULL, "3");
	assert_recall(&world, "httpx", NULL, "4");
	world_close(&world);
}

static void scripts_without_blanks_are_found(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "苏州供应商");
	world_add(&world, 2, "熱い茶");
	world_select(&world);
	assert_recall(&world, "供应商", NULL, "1");
	assert_recall(&world, "茶", NULL, "2");
	assert_recall(&world, "商", NULL, "1");
	assert_recall(&world, "苏", NULL, "1");
	world_close(&world);
}

static void keys_and_tags_are_searched(void **state)
{
	struct world world;
	struct gm_record keyed = world_record(1, "vim");
	struct gm_record tagged = world_record(2, "something else");

	(void)state;
	world_open(&world);
	must(gm_record_set_text(&keyed.key, "user/favourite_editor.name"));
	must(gm_strv_add(&tagged.tags, "release-plan"));
	world_put(&world, &keyed);
	world_put(&world, &tagged);
	world_add(&world, 3, "The plan mentions no editor of note, it is a longer text");
	world_add(&world, 4, "nothing");
	world_add(&world, 5, "nothing again");
	world_add(&world, 6, "nothing at all");
	world_select(&world);
	assert_recall(&world, "favourite", NULL, "1");
	assert_recall(&world, "name", NULL, "1");
	assert_recall(&world, "editor", NULL, "1 3");
	assert_recall(&world, "plan", NULL, "2 3");
	world_close(&world);
}

static void ties_go_to_the_newer_memory_then_by_id(void **state)
{
	struct world world;
	struct gm_record twin = world_record(7, "same words");

	(void)state;
	world_open(&world);
	twin.created = WORLD_START + 3 * 60 * GM_TIME_SECOND;
	world_add(&world, 1, "same words");
	world_add(&world, 3, "same words");
	world_add(&world, 2, "same words");
	world_put(&world, &twin);
	world_add(&world, 9, "others");
	world_select(&world);
	assert_recall(&world, "words", NULL, "3 7 2 1");
	gm_autohits hits = GM_HITS_INIT;
	world_recall(&hits, &world, "words", NULL, 2);
	check_hits(&hits, "3 7", __LINE__);
	assert_true(hits.items[0].score > 0);
	assert_true(hits.items[0].score == hits.items[1].score);
	world_close(&world);
}

static void scores_fall_and_k_is_kept(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;
	char text[256];

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(text, sizeof(text), "x %.*s", (int)(160 - i * 4),
			"tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea "
			"tea tea tea tea tea tea tea tea tea tea tea tea tea tea tea "
			"tea tea tea tea tea tea tea tea tea tea");
		world_add(&world, i, text);
		(void)snprintf(text, sizeof(text), "coffee %u", i);
		world_add(&world, 100 + i, text);
	}
	world_select(&world);
	world_recall(&hits, &world, "tea", NULL, 12);
	check_hits(&hits, "0 1 2 3 4 5 6 7 8 9 10 11", __LINE__);
	for (size_t i = 1; i < hits.n; i++)
		assert_true(hits.items[i - 1].score >= hits.items[i].score);
	world_recall(&hits, &world, "tea", NULL, 1000);
	assert_int_equal(hits.n, 40);
	world_close(&world);
}

static void explain_names_the_words_that_matched(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;
	struct gm_record record = world_record(1, "She likes painting sunsets");

	(void)state;
	world_open(&world);
	must(gm_strv_add(&record.tags, "hobby"));
	world_put(&world, &record);
	world_add(&world, 2, "The hobbies of others");
	world_select(&world);
	world_recall(&hits, &world, "What Hobbies, paint or Dance?", NULL, 5);
	assert_int_equal(hits.n, 2);
	assert_int_equal(hits.items[0].words.n, 2);
	assert_string_equal(hits.items[0].words.items[0], "Hobbies");
	assert_string_equal(hits.items[0].words.items[1], "paint");
	assert_int_equal(hits.items[1].words.n, 1);
	assert_string_equal(hits.items[1].words.items[0], "Hobbies");
	const struct gm_recall_options options = GM_RECALL_OPTIONS_INIT;
	must(gm_index_recall(&hits, world.index, "paint", &options));
	assert_int_equal(hits.items[0].words.n, 0);
	world_close(&world);
}

static void an_explained_query_of_64_words_names_the_last(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;
	gm_autobuf query = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	world_open(&world);
	world_add(&world, 1, "w63x");
	world_add(&world, 2, "w64x");
	world_select(&world);
	for (unsigned i = 0; i < 70; i++)
		must(gm_buf_printf(&query, "w%ux ", i));
	world_recall(&hits, &world, query.ptr, NULL, 5);
	check_hits(&hits, "1", __LINE__);
	assert_int_equal(hits.items[0].words.n, 1);
	assert_string_equal(hits.items[0].words.items[0], "w63x");
	world_close(&world);
}

static void a_query_is_never_syntax_of_the_database(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "x marks the spot");
	world_add(&world, 2, "near and far");
	world_add(&world, 3, "content of a box");
	world_select(&world);
	assert_recall(&world, "AND OR NEAR( \"x * --q :", NULL, "2 1");
	assert_recall(&world, "names:far", NULL, "2");
	assert_recall(&world, "{content} : \"far", NULL, "3 2");
	gm_autohits hits = GM_HITS_INIT;
	const struct gm_recall_options options = GM_RECALL_OPTIONS_INIT;
	assert_int_equal(
		gm_index_recall(&hits, world.index, "* - :", &options), GM_EUSAGE);
	world_close(&world);
}

static void phrases_must_be_there_and_words_behind_a_dash_must_not(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "the staging host has redis");
	world_add(&world, 2, "a host of the staging area");
	world_add(&world, 3, "a box");
	world_select(&world);
	assert_recall(&world, "box \"staging host\"", NULL, "1");
	assert_recall(&world, "\"host of the staging\"", NULL, "2");
	assert_recall(&world, "\"host staging\"", NULL, "");
	assert_recall(&world, "host -redis", NULL, "2");
	assert_recall(&world, "host -\"staging area\"", NULL, "1");
	world_close(&world);
}

static void a_query_of_100_kb_is_answered(void **state)
{
	struct world world;
	gm_autobuf query = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	world_open(&world);
	world_add(&world, 1, "needle in the haystack");
	world_select(&world);
	must(gm_buf_puts(&query, "needle "));
	for (unsigned i = 0; query.size < 100000; i++)
		must(gm_buf_printf(&query, "word%u \x01\x1f ", i));
	assert_recall(&world, query.ptr, NULL, "1");
	world_close(&world);
}

static void nothing_is_recalled_from_an_empty_tree(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_select(&world);
	assert_recall(&world, "anything", NULL, "");
	must(gm_index_select(world.index, &gm_oid_empty_tree, NULL, NULL));
	assert_recall(&world, "anything", NULL, "");
	assert_list(&world, NULL, "");
	world_close(&world);
}

static void filters_narrow_a_recall(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;
	struct gm_record old = world_record(1, "tea in the morning");
	struct gm_record new = world_record(2, "tea in the evening and more words");

	(void)state;
	world_open(&world);
	must(gm_record_set_text(&old.agent, "ada"));
	must(gm_record_set_text(&new.agent, "bob"));
	must(gm_strv_add(&new.supersedes, old.id));
	world_put(&world, &old);
	world_put(&world, &new);
	world_add(&world, 3, "coffee");
	world_add(&world, 4, "water");
	world_add(&world, 5, "milk");
	world_select(&world);
	assert_recall(&world, "tea", &filter, "2 1");
	filter.agent = "bob";
	assert_recall(&world, "tea", &filter, "2");
	filter.agent = NULL;
	filter.hide_stale = true;
	filter.now = WORLD_START;
	assert_recall(&world, "tea", &filter, "2");
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_match_comes_first),
		cmocka_unit_test(words_are_stemmed_and_folded),
		cmocka_unit_test(words_are_found_in_the_language_they_were_written_in),
		cmocka_unit_test(code_is_found_by_its_parts),
		cmocka_unit_test(scripts_without_blanks_are_found),
		cmocka_unit_test(keys_and_tags_are_searched),
		cmocka_unit_test(ties_go_to_the_newer_memory_then_by_id),
		cmocka_unit_test(scores_fall_and_k_is_kept),
		cmocka_unit_test(explain_names_the_words_that_matched),
		cmocka_unit_test(an_explained_query_of_64_words_names_the_last),
		cmocka_unit_test(a_query_is_never_syntax_of_the_database),
		cmocka_unit_test(phrases_must_be_there_and_words_behind_a_dash_must_not),
		cmocka_unit_test(a_query_of_100_kb_is_answered),
		cmocka_unit_test(nothing_is_recalled_from_an_empty_tree),
		cmocka_unit_test(filters_narrow_a_recall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
