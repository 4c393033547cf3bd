#include "objstore/delta_encode.h"

#include "objstore/delta.h"
#include "objstore/pack_write.h"
#include "tests/unit/objstore/git_repo.h"

/* A small generator of our own, so that a failure comes again. */
static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Bytes of few kinds repeat themselves a lot. */
static void put_random(struct gm_buf *out, uint32_t *state, size_t n)
{
	uint32_t kinds = 1 + next(state) % 256;

	for (size_t i = 0; i < n; i++)
		must(gm_buf_putc(out, (char)(next(state) % kinds)));
}

/* What an editor might make of the base: pieces of it, from anywhere, and new ones. */
static void put_edited(struct gm_buf *out, const struct gm_buf *base, uint32_t *state)
{
	unsigned pieces = next(state) % 12;

	for (unsigned i = 0; i < pieces; i++) {
		size_t at = base->size ? next(state) % base->size : 0;
		size_t n = base->size ? next(state) % (base->size - at + 1) : 0;
		if (next(state) % 3)
			must(gm_buf_put(out, gm_buf_str(base) + at, n));
		else
			put_random(out, state, next(state) % 300);
	}
}

static void encode(
	struct gm_buf *delta, const struct gm_buf *base, const struct gm_buf *target)
{
	gm_cleanup(gm_delta_index_free_p) struct gm_delta_index *index = NULL;

	must(gm_delta_index_new(&index, gm_buf_str(base), base->size));
	must(gm_delta_encode(delta, index, gm_buf_str(target), target->size, delta->max));
}

static void assert_makes(const struct gm_buf *delta, const struct gm_buf *base,
	const struct gm_buf *target)
{
	gm_autobuf made = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_delta_apply(
		&made, gm_buf_str(base), base->size, delta->ptr, delta->size));
	assert_int_equal(made.size, target->size);
	assert_memory_equal(gm_buf_str(&made), gm_buf_str(target), target->size);
}

static void a_delta_makes_the_target_whatever_the_pair(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);
		put_random(&base, &seed, next(&seed) % 2000);
		if (i % 4)
			put_edited(&target, &base, &seed);
		else
			put_random(&target, &seed, next(&seed) % 2000);
		encode(&delta, &base, &target);
		assert_makes(&delta, &base, &target);
	}
}

static void versions_make_each_other(void **state)
{
	uint32_t seed = 11;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);
		put_random(&base, &seed, next(&seed) % 3000);
		size_t at = base.size ? next(&seed) % base.size : 0;
		size_t gone = next(&seed) % (base.size - at + 1);
		must(gm_buf_put(&target, gm_buf_str(&base), at));
		put_edited(&target, &base, &seed);
		must(gm_buf_put(
			&target, gm_buf_str(&base) + at + gone, base.size - at - gone));
		must(gm_delta_between(&delta, gm_buf_str(&base), base.size,
			gm_buf_str(&target), target.size, delta.max));
		assert_makes(&delta, &base, &target);
	}
}

/* An entry more in a folder: two sizes, a copy, what is inserted, a copy. */
static void one_change_takes_a_few_bytes(void **state)
{
	uint32_t seed = 13;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	for (int i = 0; i < 12000; i++)
		must(gm_buf_putc(&base, (char)next(&seed)));
	must(gm_buf_put(&target, base.ptr, 5000));
	must(gm_buf_puts(&target, "what is new"));
	must(gm_buf_put(&target, base.ptr + 5000, 7000));
	must(gm_delta_between(&delta, base.ptr, base.size, target.ptr, target.size, 28));
	assert_makes(&delta, &base, &target);
	assert_int_equal(gm_delta_between(&delta, base.ptr, base.size, target.ptr,
				 target.size, delta.size - 1),
		GM_ENO);
}

static void copies_are_found_far_away_and_of_any_length(void **state)
{
	uint32_t seed = 9;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	for (int i = 0; i < 0x30000; i++)
		must(gm_buf_putc(&base, (char)next(&seed)));
	must(gm_buf_put(&target, base.ptr + 0x10000, 0x20000));
	must(gm_buf_put(&target, base.ptr, 0x10000));
	must(gm_buf_put(&target, base.ptr + 0x2ff00, 0x100));
	encode(&delta, &base, &target);
	assert_makes(&delta, &base, &target);
	assert_true(delta.size < 48);
}

static void equal_objects_take_a_few_bytes(void **state)
{
	uint32_t seed = 3;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	put_random(&base, &seed, 40000);
	encode(&delta, &base, &base);
	assert_makes(&delta, &base, &base);
	assert_true(delta.size <= 6 + 4);
}

static void what_is_before_a_block_is_copied_too(void **state)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	must(gm_buf_puts(&base, text));
	must(gm_buf_printf(&target, "!%s", text + 1));
	encode(&delta, &base, &target);
	assert_makes(&delta, &base, &target);
	/* two sizes, one byte inserted, one copy */
	assert_int_equal(delta.size, 2 + 2 + 3);
}

static void one_that_would_be_too_large_is_none(void **state)
{
	uint32_t seed = 5;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_delta_index *index;

	(void)state;
	put_random(&base, &seed, 1000);
	put_edited(&target, &base, &seed);
	put_random(&target, &seed, 100);
	encode(&delta, &base, &target);
	size_t size = delta.size;
	must(gm_delta_index_new(&index, base.ptr, base.size));
	must(gm_delta_encode(&delta, index, target.ptr, target.size, size));
	for (size_t max = 0; max < size; max++)
		assert_int_equal(
			gm_delta_encode(&delta, index, target.ptr, target.size, max),
			GM_ENO);
	gm_delta_index_free(index);
}

/* A base that is the same block over and over must not make it slow: this ends, or times out. */
static void a_base_of_one_byte_over_and_over_is_no_trap(void **state)
{
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 4 << 20; i++) {
		must(gm_buf_putc(&base, i % 4096 ? 0 : (char)next(&seed)));
		must(gm_buf_putc(&target, i % 40 ? 0 : (char)next(&seed)));
	}
	encode(&delta, &base, &target);
	assert_makes(&delta, &base, &target);
}

#define CHAIN 30

static void git_reads_packs_of_our_deltas(void **state)
{
	char *dir = scratch_new();
	uint32_t seed = 11;
	struct gm_pack_writer *writer;
	gm_autobuf base = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	struct gm_oid oid;

	(void)state;
	must(gm_pack_writer_open(&writer, dir));
	for (size_t i = 0; i < 600; i++) {
		gm_autobuf target = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf delta = GM_BUF_INIT(GM_BUF_LARGE);
		if (base.size < 6000)
			put_edited(&target, &base, &seed);
		put_random(&target, &seed, 40 + next(&seed) % 300);
		must(gm_buf_printf(&target, "%zu", i));
		gm_object_hash(&oid, GM_OBJECT_BLOB, target.ptr, target.size);
		if (i % CHAIN) {
			encode(&delta, &base, &target);
			must(gm_pack_writer_add_delta(
				writer, &oid, i - 1, delta.ptr, delta.size));
		} else {
			must(gm_pack_writer_add(
				writer, &oid, GM_OBJECT_BLOB, target.ptr, target.size));
		}
		gm_buf_reset(&base);
		must(gm_buf_put(&base, target.ptr, target.size));
	}
	must(gm_pack_writer_finish(&keep, writer));
	gm_pack_keep_release(&keep);
	gm_pack_writer_free(writer);
	assert_int_equal(
		shell(NULL, dir,
			"git index-pack --strict -o git.idx pack/*.pack && "
			"cmp git.idx pack/*.idx && git verify-pack pack/*.idx && "
			"git verify-pack -v pack/*.idx | grep 'chain length = 29: 20 '"),
		0);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delta_makes_the_target_whatever_the_pair),
		cmocka_unit_test(versions_make_each_other),
		cmocka_unit_test(one_change_takes_a_few_bytes),
		cmocka_unit_test(copies_are_found_far_away_and_of_any_length),
		cmocka_unit_test(equal_objects_take_a_few_bytes),
		cmocka_unit_test(what_is_before_a_block_is_copied_too),
		cmocka_unit_test(one_that_would_be_too_large_is_none),
		cmocka_unit_test(a_base_of_one_byte_over_and_over_is_no_trap),
		cmocka_unit_test(git_reads_packs_of_our_deltas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
