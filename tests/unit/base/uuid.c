#include "base/uuid.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#define NOW INT64_C(1767323045678901)

static void the_canonical_form_parses_in_either_case(void **state)
{
	static const char text[] = "019B7CA4-9b2e-7001-8abc-0123456789aB";
	uint8_t uuid[GM_UUID_SIZE];
	char back[GM_UUID_TEXT];

	(void)state;
	assert_true(gm_uuid_parse(uuid, text, 36));
	assert_int_equal(uuid[0], 0x01);
	assert_int_equal(uuid[15], 0xab);
	gm_uuid_format(back, uuid);
	assert_string_equal(back, "019b7ca4-9b2e-7001-8abc-0123456789ab");
}

static void other_forms_are_refused(void **state)
{
	static const char *const bad[] = {"", "019b7ca49b2e70018abc0123456789ab",
		"{019b7ca4-9b2e-7001-8abc-0123456789ab}",
		"019b7ca4-9b2e-7001-8abc-0123456789a",
		"019b7ca4-9b2e-7001-8abc-0123456789abc",
		"019b7ca4-9b2e-7001-8abc_0123456789ab",
		"019b7ca4-9b2e-7001-8abc-0123456789ag",
		"019b7ca49-b2e-7001-8abc-0123456789ab",
		"-19b7ca4-9b2e-7001-8abc-0123456789ab",
		"019b7ca4-9b2e-7001-8abc-0123456789 b"};
	uint8_t uuid[GM_UUID_SIZE] = {42};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(gm_uuid_parse(uuid, bad[i], strlen(bad[i])));
	assert_int_equal(uuid[0], 42);
}

static void a_new_id_begins_with_its_time(void **state)
{
	char text[GM_UUID_TEXT];
	uint8_t uuid[GM_UUID_SIZE];

	(void)state;
	must(gm_uuid_new(text, NOW));
	assert_true(gm_uuid_parse(uuid, text, strlen(text)));
	assert_int_equal(uuid[6] >> 4, 7);
	assert_int_equal(uuid[8] >> 6, 2);
	assert_true(gm_uuid_time(text) == NOW / 1000 * 1000);
	assert_memory_equal(text, "019b7ca9-", 9);
}

static void ids_of_one_millisecond_increase(void **state)
{
	char last[GM_UUID_TEXT];
	char next[GM_UUID_TEXT];

	(void)state;
	must(gm_uuid_new(last, NOW));
	for (int i = 0; i < 20000; i++) {
		must(gm_uuid_new(next, NOW));
		assert_true(strcmp(next, last) > 0);
		memcpy(last, next, sizeof(last));
	}
}

static void ids_of_one_millisecond_increase_when_times_come_mixed(void **state)
{
	char last[2][GM_UUID_TEXT] = {"", ""};
	char next[GM_UUID_TEXT];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		must(gm_uuid_new(next, NOW + i % 2 * 1000));
		assert_true(strcmp(next, last[i % 2]) > 0);
		memcpy(last[i % 2], next, sizeof(next));
	}
}

#define N_THREADS 4
#define N_IDS 2000

static void *make_ids(void *payload)
{
	char(*ids)[GM_UUID_TEXT] = payload;

	for (int i = 0; i < N_IDS; i++)
		if (gm_uuid_new(ids[i], NOW) < 0)
			ids[i][0] = '\0';
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void threads_never_get_the_same_id(void **state)
{
	static char ids[N_THREADS * N_IDS][GM_UUID_TEXT];
	pthread_t threads[N_THREADS];

	(void)state;
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, make_ids, ids[i * N_IDS]), 0);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	qsort(ids, N_THREADS * N_IDS, GM_UUID_TEXT, compare);
	assert_int_equal(strlen(ids[0]), 36);
	for (int i = 1; i < N_THREADS * N_IDS; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

static void times_before_1970_count_as_1970(void **state)
{
	char text[GM_UUID_TEXT];

	(void)state;
	must(gm_uuid_new(text, -1));
	assert_true(gm_uuid_time(text) == 0);
	must(gm_uuid_new(text, GM_TIME_NONE));
	assert_true(gm_uuid_time(text) == 0);
}

static void a_digest_makes_a_version_8_id(void **state)
{
	uint8_t digest[32];
	char text[GM_UUID_TEXT];

	(void)state;
	memset(digest, 0xff, sizeof(digest));
	gm_uuid_from_digest(text, digest);
	assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

static void only_version_7_holds_a_time(void **state)
{
	(void)state;
	assert_true(gm_uuid_time("ffffffff-ffff-8fff-bfff-ffffffffffff") == GM_TIME_NONE);
	assert_true(gm_uuid_time("019b7ca4-9b2e-7001-0abc-0123456789ab") == GM_TIME_NONE);
	assert_true(gm_uuid_time("no id") == GM_TIME_NONE);
	assert_true(gm_uuid_time("ffffffff-ffff-7fff-bfff-ffffffffffff") ==
		INT64_C(281474976710655000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_canonical_form_parses_in_either_case),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(a_new_id_begins_with_its_time),
		cmocka_unit_test(ids_of_one_millisecond_increase),
		cmocka_unit_test(ids_of_one_millisecond_increase_when_times_come_mixed),
		cmocka_unit_test(threads_never_get_the_same_id),
		cmocka_unit_test(times_before_1970_count_as_1970),
		cmocka_unit_test(a_digest_makes_a_version_8_id),
		cmocka_unit_test(only_version_7_holds_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
