#include "tests/unit/support.h"

#include <math.h>
#include <string.h>

#include "index/question_cues.h"

static struct gm_question_cues read_cues(const char *text)
{
	struct gm_question_cues cues;

	gm_question_cues_read(&cues, text, strlen(text));
	return cues;
}

static void questions_for_a_time_are_known(void **state)
{
	(void)state;
	assert_true(read_cues("When did she paint the lake?").when);
	assert_true(read_cues("And when was that?").when);
	assert_true(read_cues("What year did it begin?").when);
	assert_false(read_cues("What did she paint?").when);
	assert_false(read_cues("What is done when the build is red?").when);
	assert_false(read_cues("Wann war das und wer ist dabei gewesen?").when);
}

static void questions_for_a_name_are_known(void **state)
{
	(void)state;
	assert_true(read_cues("Who likes tea?").who);
	assert_true(read_cues("where does he live").who);
	assert_true(read_cues("What is the name of the dog?").who);
	assert_false(read_cues("What does she know who was there?").who);
}

static void dates_have_months_years_and_days(void **state)
{
	struct gm_question_cues cues = read_cues("What was on the 5th of June, 2023?");

	(void)state;
	assert_int_equal(cues.months, 1 << 5);
	assert_int_equal(cues.days, 1 << 5);
	assert_int_equal(cues.n_years, 1);
	assert_int_equal(cues.years[0], 2023);
	assert_int_equal(cues.n_dates, 3);
}

static void a_number_is_a_day_only_beside_a_month_or_a_year(void **state)
{
	(void)state;
	assert_int_equal(read_cues("the 3 tests of step 12").n_dates, 0);
	assert_int_equal(read_cues("port 8080 or 1800").n_dates, 0);
	assert_int_equal(read_cues("12 March").n_dates, 2);
	assert_int_equal(read_cues("Tuesday in 2024").n_dates, 1);
}

static void may_and_march_are_verbs_too(void **state)
{
	(void)state;
	assert_int_equal(read_cues("Which tables may I drop?").months, 0);
	assert_int_equal(read_cues("May I go?").months, 0);
	assert_int_equal(read_cues("What happened in May?").months, 1 << 4);
	assert_int_equal(read_cues("What happened May 7?").months, 1 << 4);
	assert_int_equal(read_cues("the 7 may meeting").months, 1 << 4);
	assert_int_equal(read_cues("they march on").months, 0);
	assert_int_equal(read_cues("since March").months, 1 << 2);
}

static void assert_date(const char *text, int month, int day)
{
	struct gm_question_cues cues = read_cues(text);

	assert_int_equal(cues.months, 1 << (month - 1));
	assert_int_equal(cues.days, day ? 1 << day : 0);
	assert_int_equal(cues.n_years, 1);
	assert_int_equal(cues.years[0], 2023);
}

static void dates_of_numbers_are_known(void **state)
{
	(void)state;
	assert_date("what was decided on 2023-05-25?", 5, 25);
	assert_date("2023/05/25", 5, 25);
	assert_date("since 2023-05-25T10:00:00Z", 5, 25);
	assert_date("what happened in 2023-05", 5, 0);
	assert_int_equal(read_cues("2023-13-01").months, 0);
	assert_int_equal(read_cues("2023-05-32").months, 0);
	assert_int_equal(read_cues("12023-05-25").months, 0);
	assert_int_equal(read_cues("2023-05x").months, 0);
	assert_int_equal(read_cues("2023/05").months, 0);
	assert_int_equal(read_cues("2023-0").months, 0);
}

static void months_of_other_languages_are_known_beside_a_number(void **state)
{
	(void)state;
	assert_date("Was war am 25. Mai 2023?", 5, 25);
	assert_date("qu'est-ce qui s'est passé le 25 août 2023", 8, 25);
	assert_date("Was war im Dezember 2023?", 12, 0);
	assert_date("el 25 de mayo de 2023", 5, 25);
	assert_int_equal(read_cues("the rover on mars").months, 0);
	assert_int_equal(read_cues("mei an mai").months, 0);
}

static void a_date_is_compared_by_its_parts(void **state)
{
	struct gm_question_cues cues = read_cues("5 June 2023");
	gm_time time;

	(void)state;
	must(gm_time_parse(&time, "2023-06-05T10:00:00Z"));
	assert_true(gm_question_cues_date(&cues, time) == 1);
	must(gm_time_parse(&time, "2022-06-05"));
	assert_true(fabs(gm_question_cues_date(&cues, time) - 2. / 3) < 1e-9);
	must(gm_time_parse(&time, "2022-05-06"));
	assert_true(gm_question_cues_date(&cues, time) == 0);
	assert_true(gm_question_cues_date(&cues, INT64_MAX) <= 1);
	assert_true(gm_question_cues_date(&cues, INT64_MIN) <= 1);
	cues = read_cues("nothing");
	assert_true(gm_question_cues_date(&cues, time) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_for_a_time_are_known),
		cmocka_unit_test(questions_for_a_name_are_known),
		cmocka_unit_test(dates_have_months_years_and_days),
		cmocka_unit_test(a_number_is_a_day_only_beside_a_month_or_a_year),
		cmocka_unit_test(may_and_march_are_verbs_too),
		cmocka_unit_test(dates_of_numbers_are_known),
		cmocka_unit_test(months_of_other_languages_are_known_beside_a_number),
		cmocka_unit_test(a_date_is_compared_by_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
