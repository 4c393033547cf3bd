/* A table of what we did and what another writer, who came first, did to one memory. */
#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/story.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

/* A deed on memory 1, whose lines are "one", "two", "three", by us or by them. */
static void do_deed(struct change_list *out, const char *deed,
	const struct gm_record *memory, bool ours)
{
	gm_autorecord new = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH), text = GM_BUF_INIT(GM_BUF_TEXT);
	const char *key = memory->key;

	if (strstr(deed, "move"))
		key = ours ? "our" : "their";
	if (strstr(deed, "unkey"))
		key = NULL;
	must(gm_record_path(&path, memory));
	memory_text(&text, memory);
	make_memory(&new, 1, key,
		!strstr(deed, "edit")         ? "one\ntwo\nthree"
			: strstr(deed, "all") ? (ours ? "OUR\nown" : "THEIR\nown")
			: ours                ? "ONE\ntwo\nthree"
					      : "one\ntwo\nTHREE",
		strstr(deed, "late") ? 30
			: ours       ? 10
				     : 20);
	if (strstr(deed, "remake"))
		make_memory(&new, 9, key, "new", 0);
	if (strstr(deed, "break"))
		change_file(out, path.ptr, text.ptr, "broken");
	else if (!strstr(deed, "nothing"))
		change_memory(out, memory, strstr(deed, "remove") ? NULL : &new);
}

struct row {
	const char *ours;
	const char *theirs;
	const char *wanted;
	const char *notes;
};

static void check_table(
	struct memory_repo *world, const char *key, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autostory story = {.before = {.n = 0}};
		gm_autorecord memory = GM_RECORD_INIT;
		gm_autofree char *title =
			gm_format("we %s, they %s", rows[i].ours, rows[i].theirs);

		make_memory(&memory, 1, key, "one\ntwo\nthree", 0);
		change_memory(&story.before, NULL, &memory);
		change_file(&story.before, "README", NULL, "text");
		do_deed(&story.theirs, rows[i].theirs, &memory, false);
		do_deed(&story.ours, rows[i].ours, &memory, true);
		change_file(&story.theirs, "other", NULL, "file");
		gm_autofree char *wanted =
			gm_format("README = text\n%sother = file\n", rows[i].wanted);
		assert_story(world, &story, title, wanted, rows[i].notes);
	}
	assert_repo_sound(world);
}

static void we_come_second_to_a_keyed_memory(void **state)
{
	static const struct row rows[] = {
		{"edit", "edit", "a 1: ONE|two|THREE\n", MERGED},
		{"edit", "edit all", "a 1: THEIR|own\nsibling of 1: ONE|two|three\n",
			SIBLING MERGED},
		{"edit", "move", "their 1: ONE|two|three\n", MERGED},
		{"edit", "move edit", "their 1: ONE|two|THREE\n", MERGED},
		{"edit", "unkey", "1: ONE|two|three\n", MERGED},
		{"edit", "remove", "a 1: ONE|two|three\n", REMOVED},
		{"edit", "break", "keys/a.md = broken\n1: ONE|two|three\n",
			REPLACED IN_PLACE},
		{"edit", "remake", "a 9: new\n1: ONE|two|three\n", REPLACED TAKEN},
		{"edit all", "edit", "a 1: one|two|THREE\nsibling of 1: OUR|own\n",
			SIBLING MERGED},
		{"edit all", "edit all", "a 1: THEIR|own\nsibling of 1: OUR|own\n",
			SIBLING MERGED},
		{"move", "edit", "our 1: one|two|THREE\n", MERGED},
		{"move", "edit all", "our 1: THEIR|own\n", MERGED},
		{"move", "move", "their 1: one|two|three\n", MERGED},
		{"move", "move edit", "their 1: one|two|THREE\n", MERGED},
		{"move", "unkey", "1: one|two|three\n", MERGED},
		{"move", "remove", "our 1: one|two|three\n", REMOVED},
		{"move", "break", "keys/a.md = broken\nour 1: one|two|three\n", REPLACED},
		{"move", "remake", "a 9: new\nour 1: one|two|three\n", REPLACED},
		{"move late", "edit", "our 1: one|two|THREE\n", MERGED},
		{"move late", "edit all", "our 1: THEIR|own\n", MERGED},
		{"move late", "move", "our 1: one|two|three\n", MERGED},
		{"move late", "move edit", "our 1: one|two|THREE\n", MERGED},
		{"move late", "unkey", "our 1: one|two|three\n", MERGED},
		{"move late", "remove", "our 1: one|two|three\n", REMOVED},
		{"move late", "break", "keys/a.md = broken\nour 1: one|two|three\n",
			REPLACED},
		{"move late", "remake", "a 9: new\nour 1: one|two|three\n", REPLACED},
		{"move edit", "edit", "our 1: ONE|two|THREE\n", MERGED},
		{"move edit", "edit all",
			"our 1: THEIR|own\nsibling of 1: ONE|two|three\n",
			SIBLING MERGED},
		{"move edit", "move", "their 1: ONE|two|three\n", MERGED},
		{"move edit", "move edit", "their 1: ONE|two|THREE\n", MERGED},
		{"move edit", "remove", "our 1: ONE|two|three\n", REMOVED},
		{"unkey", "edit", "1: one|two|THREE\n", MERGED},
		{"unkey", "edit all", "1: THEIR|own\n", MERGED},
		{"unkey", "move", "their 1: one|two|three\n", MERGED},
		{"unkey", "move edit", "their 1: one|two|THREE\n", MERGED},
		{"unkey", "unkey", "1: one|two|three\n", MERGED},
		{"unkey", "remove", "1: one|two|three\n", REMOVED},
		{"unkey", "break", "keys/a.md = broken\n1: one|two|three\n", REPLACED},
		{"unkey", "remake", "a 9: new\n1: one|two|three\n", REPLACED},
		{"remove", "edit", "a 1: one|two|THREE\n", CHANGED},
		{"remove", "edit all", "a 1: THEIR|own\n", CHANGED},
		{"remove", "move", "their 1: one|two|three\n", CHANGED},
		{"remove", "move edit", "their 1: one|two|THREE\n", CHANGED},
		{"remove", "unkey", "1: one|two|three\n", CHANGED},
		{"remove", "break", "keys/a.md = broken\n", CHANGED},
		{"remove", "remake", "a 9: new\n", ""},
		{"remove", "remove", "", ""},
		{"nothing", "edit", "a 1: one|two|THREE\n", ""},
	};

	check_table(*state, "a", rows, sizeof(rows) / sizeof(*rows));
}

#define HOME "memories/2026/01-02/3/018f0000-0000-7000-8000-000000000001.md"

static void we_come_second_to_a_memory_without_a_key(void **state)
{
	static const struct row rows[] = {
		{"edit", "edit", "1: ONE|two|THREE\n", MERGED},
		{"edit", "move", "their 1: ONE|two|three\n", MERGED},
		{"edit", "move edit", "their 1: ONE|two|THREE\n", MERGED},
		{"edit", "remove", "1: ONE|two|three\n", REMOVED},
		{"edit", "break", HOME " = broken\nsibling of 1: ONE|two|three\n",
			REPLACED BESIDE},
		{"edit", "remake", "9: new\n1: ONE|two|three\n", REMOVED},
		{"move", "edit", "our 1: one|two|THREE\n", MERGED},
		{"move", "move", "their 1: one|two|three\n", MERGED},
		{"move", "move edit", "their 1: one|two|THREE\n", MERGED},
		{"move", "remove", "our 1: one|two|three\n", REMOVED},
		{"move", "break", "our 1: one|two|three\n" HOME " = broken\n", REPLACED},
		{"move", "remake", "our 1: one|two|three\n9: new\n", REMOVED},
		{"remove", "edit", "1: one|two|THREE\n", CHANGED},
		{"remove", "move", "their 1: one|two|three\n", CHANGED},
		{"remove", "move edit", "their 1: one|two|THREE\n", CHANGED},
		{"remove", "break", HOME " = broken\n", CHANGED},
		{"remove", "remake", "9: new\n", ""},
		{"remove", "remove", "", ""},
		{"nothing", "edit", "1: one|two|THREE\n", ""},
	};

	check_table(*state, NULL, rows, sizeof(rows) / sizeof(*rows));
}

static void they_did_nothing(void **state)
{
	static const struct row rows[] = {
		{"edit", "nothing", "a 1: ONE|two|three\n", ""},
		{"edit all", "nothing", "a 1: OUR|own\n", ""},
		{"move", "nothing", "our 1: one|two|three\n", ""},
		{"move edit", "nothing", "our 1: ONE|two|three\n", ""},
		{"unkey", "nothing", "1: one|two|three\n", ""},
		{"remove", "nothing", "", ""},
		{"remake", "nothing", "a 9: new\n", ""},
	};

	check_table(*state, "a", rows, sizeof(rows) / sizeof(*rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(we_come_second_to_a_keyed_memory),
		TEST(we_come_second_to_a_memory_without_a_key),
		TEST(they_did_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
