#include "objstore/zstream.h"

#include <string.h>

#include "tests/unit/support.h"

static int collect(const void *data, size_t size, void *payload)
{
	return gm_buf_put(payload, data, size);
}

static int refuse(const void *data, size_t size, void *payload)
{
	(void)data;
	(void)size;
	(void)payload;
	return gm_error(GM_ENOSPC, "full");
}

/* Noise of `size` bytes, compressed in two pieces. */
static void make(struct gm_buf *plain, struct gm_buf *packed, size_t size)
{
	struct gm_deflate deflate = {.ready = false};
	unsigned x = 5;

	for (size_t i = 0; i < size; i++, x = x * 1664525 + 1013904223)
		must(gm_buf_putc(plain, (char)(x >> 24)));
	must(gm_deflate_start(&deflate));
	must(gm_deflate_write(
		&deflate, gm_buf_str(plain), size / 3, false, collect, packed));
	must(gm_deflate_write(&deflate, gm_buf_str(plain) + size / 3, size - size / 3,
		true, collect, packed));
	gm_deflate_dispose(&deflate);
}

static void what_was_compressed_comes_back(void **state)
{
	static const size_t sizes[] = {0, 1, 3, 450, 65536, 200000};
	struct gm_inflate inflate = {.ready = false};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		gm_autobuf plain = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf packed = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf back = GM_BUF_INIT(GM_BUF_TEXT);
		make(&plain, &packed, sizes[i]);
		must(gm_buf_reserve(&back, sizes[i] + 1));
		must(gm_inflate_start(&inflate, packed.ptr, packed.size));
		must(gm_inflate_rest(&inflate, back.ptr, sizes[i]));
		assert_memory_equal(back.ptr, gm_buf_str(&plain), sizes[i]);
		assert_int_equal(gm_inflate_used(&inflate), packed.size);
		/* One byte more or less is a lie. */
		must(gm_inflate_start(&inflate, packed.ptr, packed.size));
		assert_int_equal(
			gm_inflate_rest(&inflate, back.ptr, sizes[i] + 1), GM_EMISMATCH);
		if (!sizes[i])
			continue;
		must(gm_inflate_start(&inflate, packed.ptr, packed.size));
		assert_int_equal(
			gm_inflate_rest(&inflate, back.ptr, sizes[i] - 1), GM_EMISMATCH);
	}
	gm_inflate_dispose(&inflate);
}

static void input_that_ends_early_ends_the_work(void **state)
{
	struct gm_inflate inflate = {.ready = false};
	gm_autobuf plain = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf packed = GM_BUF_INIT(GM_BUF_TEXT);
	char out[1001];
	size_t n;

	(void)state;
	make(&plain, &packed, 1000);
	for (size_t size = 0; size < packed.size; size++) {
		must(gm_inflate_start(&inflate, packed.ptr, size));
		must(gm_inflate_some(&n, &inflate, out, sizeof(out)));
		assert_true(n <= size);
		assert_false(inflate.done);
		must(gm_inflate_some(&n, &inflate, out, sizeof(out)));
		assert_int_equal(n, 0);
		must(gm_inflate_start(&inflate, packed.ptr, size));
		assert_int_equal(gm_inflate_rest(&inflate, out, 1000), GM_EMISMATCH);
	}
	gm_inflate_dispose(&inflate);
}

static void a_preset_dictionary_is_refused(void **state)
{
	struct gm_inflate inflate = {.ready = false};
	char out[11];

	(void)state;
	/* The flag FDICT of RFC 1950. */
	must(gm_inflate_start(&inflate, "\x78\xbb\1\2\3\4\0\0\0\0", 10));
	assert_int_equal(gm_inflate_rest(&inflate, out, 10), GM_EMISMATCH);
	gm_inflate_dispose(&inflate);
}

static void a_sink_that_refuses_ends_the_work(void **state)
{
	struct gm_deflate deflate = {.ready = false};

	(void)state;
	must(gm_deflate_start(&deflate));
	assert_int_equal(
		gm_deflate_write(&deflate, "abc", 3, true, refuse, NULL), GM_ENOSPC);
	gm_deflate_dispose(&deflate);
}

/* Also of what does not get smaller, and of nothing. */
static void one_step_is_enough_when_there_is_room(void **state)
{
	struct gm_deflate deflate = {.strategy = Z_HUFFMAN_ONLY};
	struct gm_inflate inflate = {.ready = false};
	char in[5000], out[6000], back[5001];
	size_t packed, n;
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++) {
		seed = seed * 1664525 + 1013904223;
		in[i] = (char)(seed >> 24);
	}
	for (size_t size = 0; size <= sizeof(in); size += 500) {
		must(gm_deflate_all(&packed, &deflate, out, in, size));
		assert_true(packed <= gm_deflate_bound(size));
		assert_true(gm_deflate_bound(size) <= sizeof(out));
		must(gm_inflate_start(&inflate, out, packed));
		must(gm_inflate_some(&n, &inflate, back, sizeof(back)));
		assert_int_equal(n, size);
		assert_memory_equal(back, in, size);
	}
	gm_inflate_dispose(&inflate);
	gm_deflate_dispose(&deflate);
}

static void sizes_no_input_can_have_are_known(void **state)
{
	(void)state;
	assert_true(gm_inflate_impossible((size_t)1 << 30, 1000));
	assert_false(gm_inflate_impossible(1000000, 1000));
	assert_false(gm_inflate_impossible(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_compressed_comes_back),
		cmocka_unit_test(input_that_ends_early_ends_the_work),
		cmocka_unit_test(a_preset_dictionary_is_refused),
		cmocka_unit_test(a_sink_that_refuses_ends_the_work),
		cmocka_unit_test(one_step_is_enough_when_there_is_room),
		cmocka_unit_test(sizes_no_input_can_have_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
