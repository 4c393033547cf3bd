#include "tests/unit/support.h"

#include <stdio.h>

#include "tests/unit/dag/random_record.h"

#define SEED 20260104u
#define CASES 5000

static void encode(struct gm_buf *out, const struct gm_record *record)
{
	gm_buf_reset(out);
	must(gm_record_encode(out, record));
}

static void assert_same_record(const struct gm_record *a, const struct gm_record *b)
{
	gm_autojson *a_json = NULL, *b_json = NULL;

	must(gm_record_to_json(&a_json, a));
	must(gm_record_to_json(&b_json, b));
	assert_true(json_equal(a_json, b_json));
}

static void any_record_decodes_to_itself(void **state)
{
	unsigned seed = SEED;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
		gm_autobuf first = GM_BUF_INIT(GM_BUF_TEXT),
			   second = GM_BUF_INIT(GM_BUF_TEXT);

		random_record(&record, &seed);
		encode(&first, &record);
		must(gm_record_decode(&back, first.ptr, first.size));
		assert_same_record(&record, &back);
		encode(&second, &back);
		assert_int_equal(first.size, second.size);
		assert_memory_equal(first.ptr, second.ptr, first.size);
	}
}

static void any_record_survives_json(void **state)
{
	unsigned seed = SEED + 1;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
		gm_autobuf first = GM_BUF_INIT(GM_BUF_TEXT),
			   second = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autojson *json = NULL, *again = NULL;

		random_record(&record, &seed);
		must(gm_record_to_json(&json, &record));
		must(gm_json_dump(&text, json, false));
		must(gm_json_parse(&again, text.ptr, text.size));
		must(gm_record_from_json(&back, again));
		must(gm_record_normalise(&back, GM_RECORD_MAX_CONTENT));
		encode(&first, &record);
		encode(&second, &back);
		assert_string_equal(first.ptr, second.ptr);
	}
}

static void a_copy_has_the_same_bytes(void **state)
{
	unsigned seed = SEED + 2;

	(void)state;
	for (int i = 0; i < 500; i++) {
		gm_autorecord record = GM_RECORD_INIT, copy = GM_RECORD_INIT;
		gm_autobuf first = GM_BUF_INIT(GM_BUF_TEXT),
			   second = GM_BUF_INIT(GM_BUF_TEXT);

		random_record(&record, &seed);
		must(gm_record_copy(&copy, &record));
		encode(&first, &record);
		gm_record_dispose(&record);
		encode(&second, &copy);
		assert_string_equal(first.ptr, second.ptr);
	}
}

/* Bytes are changed, dropped or doubled: whatever still decodes must be stable from then on. */
static void damage(struct gm_buf *buf, unsigned *seed)
{
	for (unsigned n = 1 + pick(seed, 3); n && buf->size; n--) {
		size_t at = pick(seed, (unsigned)buf->size);

		if (pick(seed, 2))
			buf->ptr[at] = "\n:-\"#\\ 0a\x80"[pick(seed, 10)];
		else
			buf->size = pick(seed, 20) ? buf->size : at;
	}
}

static void a_damaged_record_fails_or_is_stable(void **state)
{
	unsigned seed = SEED + 3;
	int accepted = 0;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
		gm_autobuf first = GM_BUF_INIT(GM_BUF_TEXT),
			   second = GM_BUF_INIT(GM_BUF_TEXT);

		random_record(&record, &seed);
		encode(&first, &record);
		damage(&first, &seed);
		int rc = gm_record_decode(&back, first.ptr, first.size);
		if (rc < 0) {
			assert_int_equal(rc, GM_EINVALID);
			continue;
		}
		accepted++;
		encode(&first, &back);
		must(gm_record_decode(&record, first.ptr, first.size));
		encode(&second, &record);
		assert_string_equal(first.ptr, second.ptr);
	}
	assert_in_range(accepted, CASES / 10, CASES - CASES / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_record_decodes_to_itself),
		cmocka_unit_test(any_record_survives_json),
		cmocka_unit_test(a_copy_has_the_same_bytes),
		cmocka_unit_test(a_damaged_record_fails_or_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
