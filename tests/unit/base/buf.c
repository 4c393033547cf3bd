#include "base/buf.h"

#include <string.h>

#include "tests/unit/support.h"

static void an_empty_buffer_is_an_empty_string(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(10);

	(void)state;
	assert_string_equal(gm_buf_str(&buf), "");
	must(gm_buf_put(&buf, NULL, 0));
	assert_string_equal(gm_buf_str(&buf), "");
	assert_int_equal(buf.size, 0);
}

static void everything_put_in_stands_there_in_order(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(100);

	(void)state;
	must(gm_buf_puts(&buf, "ab"));
	must(gm_buf_putc(&buf, 'c'));
	must(gm_buf_put(&buf, "d\0e", 3));
	must(gm_buf_printf(&buf, "%d-%s", 7, "x"));
	assert_int_equal(buf.size, 9);
	assert_memory_equal(buf.ptr, "abcd\0e7-x", 10);
}

static void the_ceiling_can_be_reached_and_not_passed(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(5);

	(void)state;
	must(gm_buf_puts(&buf, "abcde"));
	assert_int_equal(gm_buf_putc(&buf, 'f'), GM_ETOOBIG);
	assert_int_equal(gm_buf_printf(&buf, "%d", 1), GM_ETOOBIG);
	assert_int_equal(gm_buf_reserve(&buf, SIZE_MAX), GM_ETOOBIG);
	must(gm_buf_puts(&buf, ""));
	assert_string_equal(gm_buf_str(&buf), "abcde");
	assert_int_equal(buf.size, 5);
}

static void it_grows_a_byte_at_a_time_without_asking_often(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);
	size_t grown = 0;

	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		size_t cap = buf.cap;
		must(gm_buf_putc(&buf, (char)('a' + i % 26)));
		grown += buf.cap != cap;
		assert_int_equal(buf.ptr[buf.size], '\0');
	}
	assert_true(grown < 40);
	assert_int_equal(buf.ptr[99999], 'a' + 99999 % 26);
}

static void reset_empties_and_keeps_the_memory(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(100);

	(void)state;
	gm_buf_reset(&buf);
	must(gm_buf_puts(&buf, "abc"));
	const char *before = buf.ptr;
	gm_buf_reset(&buf);
	assert_string_equal(gm_buf_str(&buf), "");
	must(gm_buf_puts(&buf, "d"));
	assert_ptr_equal(buf.ptr, before);
	assert_string_equal(gm_buf_str(&buf), "d");
}

static void detach_gives_the_bytes_away(void **state)
{
	gm_autobuf buf = GM_BUF_INIT(100);

	(void)state;
	gm_autofree char *empty = gm_buf_detach(&buf);
	assert_string_equal(empty, "");
	must(gm_buf_puts(&buf, "abc"));
	gm_autofree char *text = gm_buf_detach(&buf);
	assert_string_equal(text, "abc");
	assert_string_equal(gm_buf_str(&buf), "");
	must(gm_buf_puts(&buf, "d"));
	assert_string_equal(text, "abc");
}

static void format_makes_a_string_of_any_length(void **state)
{
	gm_autofree char *text = gm_format("%s-%03d", "x", 7);
	gm_autofree char *wide = gm_format("%5000d", 1);

	(void)state;
	assert_string_equal(text, "x-007");
	assert_int_equal(strlen(wide), 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(everything_put_in_stands_there_in_order),
		cmocka_unit_test(the_ceiling_can_be_reached_and_not_passed),
		cmocka_unit_test(it_grows_a_byte_at_a_time_without_asking_often),
		cmocka_unit_test(reset_empties_and_keeps_the_memory),
		cmocka_unit_test(detach_gives_the_bytes_away),
		cmocka_unit_test(format_makes_a_string_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
