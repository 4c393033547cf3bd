#include "base/options.h"

#include <string.h>

#include "tests/unit/support.h"

/* Where the options of the table below go. */
struct values {
	bool quiet, stat, status, no_wait;
	const char *message;
	const char *color;
	struct gm_strv tags;
	size_t limit, size, lines;
};

struct run {
	struct values values;
	struct gm_options_result result;
};

#define N_OPTIONS 11

static void make_table(struct gm_option out[N_OPTIONS], struct values *values)
{
	const struct gm_option table[N_OPTIONS] = {
		{GM_OPTION_BOOL, 'q', "quiet", &values->quiet, NULL, "say less", NULL, 0},
		{GM_OPTION_BOOL, 's', "stat", &values->stat, NULL, "show counts", NULL,
			0},
		{GM_OPTION_BOOL, 0, "status", &values->status, NULL, "show status", NULL,
			0},
		{GM_OPTION_BOOL, 0, "no-wait", &values->no_wait, NULL, NULL, NULL, 0},
		{GM_OPTION_STRING, 'm', "message", &values->message, "MSG", "a message",
			NULL, 0},
		{GM_OPTION_STRV, 't', "tag", &values->tags, "TAG", "a tag", NULL, 0},
		{GM_OPTION_CHOICE, 0, "color", &values->color, NULL,
			"when to colour the text that is written", "auto|always|never",
			0},
		{GM_OPTION_SIZE, 'n', NULL, &values->limit, "N", "how many", NULL, 0},
		{GM_OPTION_OPTIONAL_SIZE, 'l', "lines", &values->lines, "N", NULL, NULL,
			0},
		{GM_OPTION_SIZE, 0, "size-of-everything", &values->size, "BYTES",
			"how large", NULL, 0},
		GM_OPTION_TABLE_END,
	};

	memcpy(out, table, sizeof(table));
}

/* Parse the words of `line`, which are parted by single blanks. */
static int parse(struct run *out, char *line, bool stop_at_argument)
{
	struct gm_option table[N_OPTIONS];
	char *argv[16];
	int argc = 0;

	*out = (struct run){.values = {.limit = 77}};
	make_table(table, &out->values);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return gm_options_parse(&out->result, table, argc, argv, stop_at_argument);
}

static void dispose(struct run *run)
{
	gm_strv_dispose(&run->values.tags);
	gm_options_result_dispose(&run->result);
}

static void check_rest(const struct run *run, const char *want)
{
	gm_autobuf rest = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < run->result.n_rest; i++)
		must(gm_buf_printf(&rest, "%s|", run->result.rest[i]));
	assert_string_equal(gm_buf_str(&rest), want);
	assert_null(run->result.rest[run->result.n_rest]);
}

static void check_refused(const char *words, const char *message)
{
	struct run run;
	gm_autofree char *line = gm_strdup(words);

	assert_int_equal(parse(&run, line, false), GM_EUSAGE);
	assert_string_equal(gm_error_last()->message, message);
	assert_null(run.result.rest);
	dispose(&run);
}

static void options_may_stand_between_arguments(void **state)
{
	char line[] = "a -q b --message hi c";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_true(run.values.quiet);
	assert_string_equal(run.values.message, "hi");
	check_rest(&run, "a|b|c|");
	assert_int_equal(run.result.n_before_dashes, 3);
	assert_int_equal(run.values.limit, 77);
	dispose(&run);
}

static void a_number_that_may_be_left_out_stands_right_behind_its_letter(void **state)
{
	static const struct {
		const char *words;
		size_t lines;
		const char *rest;
	} cases[] = {{"-l a", 1, "a|"}, {"-l 5", 1, "5|"}, {"-l5 a", 5, "a|"},
		{"-l12", 12, ""}, {"-lq", 1, ""}, {"-ql3", 3, ""}, {"--lines x", 1, "x|"},
		{"--lines=7", 7, ""}, {"a", 0, "a|"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gm_autofree char *line = gm_strdup(cases[i].words);
		struct run run;
		must(parse(&run, line, false));
		assert_int_equal(run.values.lines, cases[i].lines);
		assert_int_equal(run.values.quiet, strchr(cases[i].words, 'q') != NULL);
		check_rest(&run, cases[i].rest);
		dispose(&run);
	}
	check_refused("-l5x", "option '-l' needs a number, not '5x'");
	check_refused("--lines=", "option '--lines' needs a number, not ''");
}

static void two_dashes_end_the_options(void **state)
{
	char line[] = "a -q -- -s -- b";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_true(run.values.quiet);
	assert_false(run.values.stat);
	check_rest(&run, "a|-s|--|b|");
	assert_int_equal(run.result.n_before_dashes, 1);
	dispose(&run);
}

static void the_first_argument_can_end_the_options(void **state)
{
	char line[] = "-q log -s -- x";
	struct run run;

	(void)state;
	must(parse(&run, line, true));
	assert_true(run.values.quiet);
	assert_false(run.values.stat);
	check_rest(&run, "log|-s|--|x|");
	assert_int_equal(run.result.n_before_dashes, 4);
	dispose(&run);
}

static void values_stand_behind_a_sign_or_in_the_next_argument(void **state)
{
	char line[] = "--message=a=b --tag x --tag= -ty -t z -n5 --size-of-everything=10";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_string_equal(run.values.message, "a=b");
	assert_int_equal(run.values.tags.n, 4);
	assert_string_equal(run.values.tags.items[0], "x");
	assert_string_equal(run.values.tags.items[1], "");
	assert_string_equal(run.values.tags.items[2], "y");
	assert_string_equal(run.values.tags.items[3], "z");
	assert_int_equal(run.values.limit, 5);
	assert_int_equal(run.values.size, 10);
	dispose(&run);
}

static void a_value_may_look_like_an_option(void **state)
{
	char line[] = "-m -q --tag --";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_string_equal(run.values.message, "-q");
	assert_false(run.values.quiet);
	assert_string_equal(run.values.tags.items[0], "--");
	dispose(&run);
}

static void short_flags_may_be_bundled(void **state)
{
	char line[] = "-qsn3 -";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_true(run.values.quiet);
	assert_true(run.values.stat);
	assert_int_equal(run.values.limit, 3);
	check_rest(&run, "-|");
	dispose(&run);
}

static void a_number_alone_is_the_limit(void **state)
{
	char line[] = "-15 x";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_int_equal(run.values.limit, 15);
	check_rest(&run, "x|");
	dispose(&run);
}

static void a_number_needs_an_option_that_takes_it(void **state)
{
	const struct gm_option none[] = {GM_OPTION_TABLE_END};
	char number[] = "-5";
	char *argv[] = {number};
	struct gm_options_result result = {.rest = NULL};

	(void)state;
	assert_int_equal(gm_options_parse(&result, none, 1, argv, false), GM_EUSAGE);
	assert_string_equal(gm_error_last()->message, "unknown option '-5'");
}

static void flags_can_be_taken_back(void **state)
{
	char line[] = "-q --no-quiet --no-wait";
	char shortened[] = "-q --no-qui";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_false(run.values.quiet);
	assert_true(run.values.no_wait);
	dispose(&run);
	must(parse(&run, shortened, false));
	assert_false(run.values.quiet);
	dispose(&run);
}

static void long_options_may_be_shortened(void **state)
{
	char line[] = "--qu --mess=x --siz 4 --col never --no-w";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_true(run.values.quiet);
	assert_string_equal(run.values.message, "x");
	assert_int_equal(run.values.size, 4);
	assert_string_equal(run.values.color, "never");
	assert_true(run.values.no_wait);
	dispose(&run);
}

static void a_whole_name_wins_over_a_longer_one(void **state)
{
	char line[] = "--stat";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_true(run.values.stat);
	assert_false(run.values.status);
	dispose(&run);
}

static void a_beginning_of_two_names_is_ambiguous(void **state)
{
	(void)state;
	check_refused("--sta", "ambiguous option '--sta' (could be --stat or --status)");
	check_refused("--no-sta",
		"ambiguous option '--no-sta' (could be --no-stat or --no-status)");
}

static void unknown_options_are_named(void **state)
{
	(void)state;
	check_refused("--x", "unknown option '--x'");
	check_refused("--x=5", "unknown option '--x'");
	check_refused("-x", "unknown option '-x'");
	check_refused("-qx", "unknown option '-x'");
	check_refused("--no-message", "unknown option '--no-message'");
	check_refused("--quietly", "unknown option '--quietly'");
	check_refused("--no-n", "unknown option '--no-n'");
	check_refused("-5x", "option '-n' needs a number, not '5x'");
}

static void values_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	check_refused("--message", "option '--message' needs a value");
	check_refused("a -qm", "option '-m' needs a value");
	check_refused("--mess", "option '--message' needs a value");
	check_refused("--quiet=yes", "option '--quiet' takes no value");
	check_refused("--no-quiet=1", "option '--no-quiet' takes no value");
	check_refused("-n x", "option '-n' needs a number, not 'x'");
	check_refused("-n -1", "option '-n' needs a number, not '-1'");
	check_refused("--size-of-everything=",
		"option '--size-of-everything' needs a number, "
		"not ''");
	check_refused("-n 18446744073709551616",
		"option '-n' needs a number, not '18446744073709551616'");
	check_refused("--color=al",
		"option '--color' needs one of auto|always|never, not 'al'");
	check_refused("--color=auto|always",
		"option '--color' needs one of auto|always|never, not 'auto|always'");
}

static void help_stops_the_parsing(void **state)
{
	static const char *const lines[] = {
		"-q -h --nonsense", "-q --help -x", "-qh --nonsense", "-q a -h b"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		gm_autofree char *line = gm_strdup(lines[i]);
		struct run run;
		must(parse(&run, line, false));
		assert_true(run.result.help);
		assert_true(run.values.quiet);
		dispose(&run);
	}
}

static void an_option_behind_two_dashes_asks_for_no_help(void **state)
{
	char line[] = "-- -h";
	struct run run;

	(void)state;
	must(parse(&run, line, false));
	assert_false(run.result.help);
	check_rest(&run, "-h|");
	dispose(&run);
}

static void help_shows_usage_and_options_in_two_columns(void **state)
{
	static const char *const synopsis[] = {
		"log [<options>] [REV]", "log -- ID", NULL};
	struct values values;
	struct gm_option table[N_OPTIONS];
	const struct gm_usage usage = {
		"log", synopsis, "Show the history.", table, GM_COMPLETE_REVISION, NULL};
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	make_table(table, &values);
	must(gm_options_help(&out, &usage));
	assert_string_equal(gm_buf_str(&out),
		"usage: gitmem log [<options>] [REV]\n"
		"   or: gitmem log -- ID\n"
		"\n"
		"Show the history.\n"
		"\n"
		"    -q, --quiet           say less\n"
		"    -s, --stat            show counts\n"
		"    --status              show status\n"
		"    -m, --message <MSG>   a message\n"
		"    -t, --tag <TAG>       a tag\n"
		"    --color (auto|always|never)\n"
		"                          when to colour the text that is written\n"
		"    -n <N>                how many\n"
		"    --size-of-everything <BYTES>\n"
		"                          how large\n");
}

static void help_without_options_ends_with_the_summary(void **state)
{
	static const char *const synopsis[] = {"version", NULL};
	const struct gm_option none[] = {GM_OPTION_TABLE_END};
	const struct gm_usage usage = {
		"version", synopsis, "Show the version.", none, GM_COMPLETE_NONE, NULL};
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_options_help(&out, &usage));
	assert_string_equal(
		gm_buf_str(&out), "usage: gitmem version\n\nShow the version.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_between_arguments),
		cmocka_unit_test(
			a_number_that_may_be_left_out_stands_right_behind_its_letter),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(the_first_argument_can_end_the_options),
		cmocka_unit_test(values_stand_behind_a_sign_or_in_the_next_argument),
		cmocka_unit_test(a_value_may_look_like_an_option),
		cmocka_unit_test(short_flags_may_be_bundled),
		cmocka_unit_test(a_number_alone_is_the_limit),
		cmocka_unit_test(a_number_needs_an_option_that_takes_it),
		cmocka_unit_test(flags_can_be_taken_back),
		cmocka_unit_test(long_options_may_be_shortened),
		cmocka_unit_test(a_whole_name_wins_over_a_longer_one),
		cmocka_unit_test(a_beginning_of_two_names_is_ambiguous),
		cmocka_unit_test(unknown_options_are_named),
		cmocka_unit_test(values_that_do_not_fit_are_refused),
		cmocka_unit_test(help_stops_the_parsing),
		cmocka_unit_test(an_option_behind_two_dashes_asks_for_no_help),
		cmocka_unit_test(help_shows_usage_and_options_in_two_columns),
		cmocka_unit_test(help_without_options_ends_with_the_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
