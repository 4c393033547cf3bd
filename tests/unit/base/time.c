#include "base/time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/support.h"

/* 2026-03-31T13:20:10.5Z, a Tuesday in a month longer than the one before. */
#define NOW INT64_C(1774963210500000)

static void check_parse(const char *text, const char *want)
{
	char shown[GM_TIME_TEXT];
	gm_time time = 0;

	must(gm_time_parse(&time, text));
	gm_time_format(shown, time);
	assert_string_equal(shown, want);
}

static void check_approxidate(const char *text, const char *want)
{
	char shown[GM_TIME_TEXT];
	gm_time time = 0;

	must(gm_time_parse_approxidate(&time, text, NOW));
	gm_time_format(shown, time);
	assert_string_equal(shown, want);
}

static void rfc_3339_times_parse(void **state)
{
	(void)state;
	check_parse("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z");
	check_parse("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z");
	check_parse("2026-01-02 03:04:05+00:00", "2026-01-02T03:04:05Z");
	check_parse("2026-01-02T03:04:05.678+02:00", "2026-01-02T01:04:05.678Z");
	check_parse("2026-01-01T00:00:00-23:59", "2026-01-01T23:59:00Z");
	check_parse("1969-12-31T23:59:59.75Z", "1969-12-31T23:59:59.75Z");
	check_parse("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
	check_parse("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
}

static void a_plain_date_is_midnight(void **state)
{
	(void)state;
	check_parse("2026-11-25", "2026-11-25T00:00:00Z");
}

static void digits_beyond_microseconds_are_cut(void **state)
{
	(void)state;
	check_parse("2026-01-02T03:04:05.1234567899Z", "2026-01-02T03:04:05.123456Z");
	check_parse("2026-01-02T03:04:05.0000009Z", "2026-01-02T03:04:05Z");
	check_parse("2026-01-02T03:04:05.120000Z", "2026-01-02T03:04:05.12Z");
}

static void a_leap_second_is_the_next_second(void **state)
{
	(void)state;
	check_parse("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
}

static void leap_days_follow_the_calendar(void **state)
{
	gm_time time;

	(void)state;
	check_parse("2024-02-29", "2024-02-29T00:00:00Z");
	check_parse("2000-02-29", "2000-02-29T00:00:00Z");
	assert_int_equal(gm_time_parse(&time, "2023-02-29"), GM_EINVALID);
	assert_int_equal(gm_time_parse(&time, "1900-02-29"), GM_EINVALID);
}

static void times_that_are_not_are_refused(void **state)
{
	static const char *const bad[] = {"", " ", "2026", "2026-1-2", "2026-00-01",
		"2026-13-01", "2026-01-00", "2026-04-31", "0000-01-01", "2026-01-02T",
		"2026-01-02T03:04Z", "2026-01-02T03:04:05", "2026-01-02T24:00:00Z",
		"2026-01-02T03:60:00Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:60Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z",
		"2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+02", "2026-01-02T03:04:05Zx", " 2026-01-02",
		"2026-01-02 ", "+026-01-02", "2026-01-02T03:04:05 Z",
		"0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "now"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		gm_time time = 42;
		assert_int_equal(gm_time_parse(&time, bad[i]), GM_EINVALID);
		assert_int_equal(time, 42);
	}
}

static void formatting_and_parsing_agree_over_all_years(void **state)
{
	(void)state;
	for (gm_time time = INT64_C(-62135596800000000);
		time < INT64_C(253402300800000000);
		time += INT64_C(86400000000) * 97 + 12345678) {
		char shown[GM_TIME_TEXT];
		gm_time back = 0;
		gm_time_format(shown, time);
		must(gm_time_parse(&back, shown));
		assert_true(back == time);
	}
}

static void the_calendar_agrees_with_the_system(void **state)
{
	(void)state;
	for (int64_t second = INT64_C(-62135596800); second < INT64_C(253402300800);
		second += 86400 * 31 + 3601) {
		time_t system_time = (time_t)second;
		struct tm tm;
		struct gm_date date;
		assert_non_null(gmtime_r(&system_time, &tm));
		gm_time_date(&date, second * GM_TIME_SECOND);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.hour, tm.tm_hour);
		assert_int_equal(date.minute, tm.tm_min);
		assert_int_equal(date.second, tm.tm_sec);
		assert_int_equal(date.weekday, tm.tm_wday);
	}
}

static void times_beyond_all_years_still_format(void **state)
{
	char shown[GM_TIME_TEXT];

	(void)state;
	gm_time_format(shown, GM_TIME_NONE);
	assert_string_equal(shown, "-290308-12-21T19:59:05.224192Z");
	gm_time_format(shown, INT64_MAX);
	assert_string_equal(shown, "294247-01-10T04:00:54.775807Z");
}

static void people_type_words(void **state)
{
	(void)state;
	check_approxidate("now", "2026-03-31T13:20:10.5Z");
	check_approxidate("today", "2026-03-31T00:00:00Z");
	check_approxidate("Yesterday", "2026-03-30T13:20:10.5Z");
	check_approxidate("noon", "2026-03-31T12:00:00Z");
	check_approxidate("midnight", "2026-03-31T00:00:00Z");
}

static void noon_is_the_one_that_was(void **state)
{
	char shown[GM_TIME_TEXT];
	gm_time time;

	(void)state;
	must(gm_time_parse_approxidate(&time, "noon", NOW - 2 * 3600 * GM_TIME_SECOND));
	gm_time_format(shown, time);
	assert_string_equal(shown, "2026-03-30T12:00:00Z");
}

static void people_count_back(void **state)
{
	(void)state;
	check_approxidate("tomorrow", "2026-04-01T13:20:10.5Z");
	check_approxidate("in 2 weeks", "2026-04-14T13:20:10.5Z");
	check_approxidate("in 1 year 2 days", "2027-04-02T13:20:10.5Z");
	check_approxidate("next week", "2026-04-07T13:20:10.5Z");
	check_approxidate("10 seconds ago", "2026-03-31T13:20:00.5Z");
	check_approxidate("1 minute ago", "2026-03-31T13:19:10.5Z");
	check_approxidate("36 hours ago", "2026-03-30T01:20:10.5Z");
	check_approxidate("3 days ago", "2026-03-28T13:20:10.5Z");
	check_approxidate("2.weeks.ago", "2026-03-17T13:20:10.5Z");
	check_approxidate("2 Weeks", "2026-03-17T13:20:10.5Z");
	check_approxidate("a year ago", "2025-03-31T13:20:10.5Z");
	check_approxidate("1 year 2 days ago", "2025-03-29T13:20:10.5Z");
	check_approxidate("last week", "2026-03-24T13:20:10.5Z");
	check_approxidate("last.month", "2026-03-03T13:20:10.5Z");
	check_approxidate("last year", "2025-03-31T13:20:10.5Z");
	check_approxidate("15 months ago", "2024-12-31T13:20:10.5Z");
}

static void git_times_parse(void **state)
{
	(void)state;
	check_approxidate("@1767323045", "2026-01-02T03:04:05Z");
	check_approxidate("@0", "1970-01-01T00:00:00Z");
	check_approxidate("1767323045 +0000", "2026-01-02T03:04:05Z");
	check_approxidate("1767323045 -0730", "2026-01-02T03:04:05Z");
	check_approxidate("1767323045", "2026-01-02T03:04:05Z");
	check_approxidate("2026-01-02 03:04:05 +0200", "2026-01-02T01:04:05Z");
	check_approxidate("2026-01-02 03:04", "2026-01-02T03:04:00Z");
	check_approxidate("2026-01-02T03:04:05", "2026-01-02T03:04:05Z");
	check_approxidate("2026-01-02", "2026-01-02T00:00:00Z");
}

static void words_that_say_no_time_are_refused(void **state)
{
	static const char *const bad[] = {"", " ", ".", "soon", "2", "12345",
		"2 weeks later", "weeks ago", "ago", "2 fortnights ago", "last",
		"-1 day ago", "2 weeks ago x", "99999999999 days ago",
		"999999999 years ago", "999999999 weeks ago", "@", "@99999999999999",
		"9432615634763", "@1767323045x", "1767323045 +00", "2026-02-30",
		"today today", "@-1", "2026-01-02 03"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		gm_time time = 42;
		if (gm_time_parse_approxidate(&time, bad[i], NOW) != GM_EINVALID)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(time, 42);
	}
}

/* Stock git is asked for the same time, with its clock set to ours. */
static void check_like_git(const char *dir, const char *text, gm_time now)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command =
		gm_format("GIT_TEST_DATE_NOW=%lld TZ=UTC git rev-parse "
			  "--since='%s'",
			(long long)(now / GM_TIME_SECOND), text);
	gm_time time = 0;

	assert_int_equal(shell(&out, dir, command), 0);
	gm_autofree char *want = gm_strdup(gm_buf_str(&out));
	must(gm_time_parse_approxidate(&time, text, now));
	gm_autofree char *have =
		gm_format("--max-age=%lld\n", (long long)(time / GM_TIME_SECOND));
	if (strcmp(have, want) != 0)
		fail_msg("'%s': %s is not git's %s", text, have, want);
}

static void git_understands_the_same(void **state)
{
	static const char *const texts[] = {"now", "yesterday", "noon", "midnight",
		"5 seconds ago", "5.minutes.ago", "5 hours ago", "2 days ago",
		"2 weeks ago", "1 month ago", "13 months ago", "2 years ago", "last week",
		"last month", "1 year 2 months ago", "1767323045 +0000",
		"2026-01-02 03:04:05 +0200", "2026-01-02T03:04:05Z"};
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q"), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		check_like_git(dir, texts[i], NOW / GM_TIME_SECOND * GM_TIME_SECOND);
		check_like_git(
			dir, texts[i], INT64_C(1709164800000000) + 3600 * GM_TIME_SECOND);
	}
	scratch_remove(dir);
}

static void log_shows_times_as_git_does(void **state)
{
	char shown[48];

	(void)state;
	gm_time_format_git(shown, INT64_C(1767323045999999), 0);
	assert_string_equal(shown, "Fri Jan 2 03:04:05 2026 +0000");
	gm_time_format_git(shown, INT64_C(1767323045000000), -7 * 60 - 30);
	assert_string_equal(shown, "Thu Jan 1 19:34:05 2026 -0730");
	gm_time_format_git(shown, INT64_C(1767323045000000), 14 * 60);
	assert_string_equal(shown, "Fri Jan 2 17:04:05 2026 +1400");
	gm_time_format_git(shown, INT64_MAX, 14 * 60);
	assert_non_null(strstr(shown, "294247"));
}

static void the_local_zone_follows_summer_time(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	assert_int_equal(gm_time_zone(INT64_C(1767323045000000)), 60);
	assert_int_equal(gm_time_zone(INT64_C(1783000000000000)), 120);
	assert_int_equal(setenv("TZ", "<-0330>3:30", 1), 0);
	tzset();
	assert_int_equal(gm_time_zone(0), -210);
	assert_int_equal(unsetenv("TZ"), 0);
}

static void now_is_the_system_clock(void **state)
{
	time_t before = time(NULL);

	(void)state;
	gm_time now = gm_time_now();
	assert_true(now / GM_TIME_SECOND >= before - 1 &&
		now / GM_TIME_SECOND <= time(NULL) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_3339_times_parse),
		cmocka_unit_test(a_plain_date_is_midnight),
		cmocka_unit_test(digits_beyond_microseconds_are_cut),
		cmocka_unit_test(a_leap_second_is_the_next_second),
		cmocka_unit_test(leap_days_follow_the_calendar),
		cmocka_unit_test(times_that_are_not_are_refused),
		cmocka_unit_test(formatting_and_parsing_agree_over_all_years),
		cmocka_unit_test(the_calendar_agrees_with_the_system),
		cmocka_unit_test(times_beyond_all_years_still_format),
		cmocka_unit_test(people_type_words),
		cmocka_unit_test(noon_is_the_one_that_was),
		cmocka_unit_test(people_count_back),
		cmocka_unit_test(git_times_parse),
		cmocka_unit_test(words_that_say_no_time_are_refused),
		cmocka_unit_test(git_understands_the_same),
		cmocka_unit_test(log_shows_times_as_git_does),
		cmocka_unit_test(the_local_zone_follows_summer_time),
		cmocka_unit_test(now_is_the_system_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
