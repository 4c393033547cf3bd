/*
 * Packs that stream by: good ones of stock git in pieces of any size, and bad ones.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "objstore/object.h"
#include "objstore/pack_scan.h"
#include "tests/unit/support.h"

#define MANY ((size_t)1 << 30)

struct world {
	char *dir;
	struct gm_buf pack; /* of stock git, with deltas of both kinds */
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->dir = scratch_new();
	world->pack = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	assert_int_equal(shell(NULL, world->dir,
				 "git init -q . && for i in 1 2 3 4 5; do"
				 " seq 1 $((i * 300)) >f && git add f &&"
				 " git commit -q -m $i && git tag -a -m t t$i; done &&"
				 " git rev-list --objects --all | cut -d' ' -f1 |"
				 " git pack-objects -q --no-reuse-delta --stdout >p1"),
		0);
	scratch_read(&world->pack, world->dir, "p1");
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_buf_dispose(&world->pack);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

static int scan(size_t *n_out, const struct gm_buf *pack, size_t step, size_t max_size)
{
	gm_cleanup(gm_pack_scan_free_p) struct gm_pack_scan *scan = NULL;
	int rc = 0;

	must(gm_pack_scan_new(&scan, max_size));
	for (size_t at = 0; rc == 0 && at < pack->size; at += step)
		rc = gm_pack_scan_put(scan, pack->ptr + at,
			pack->size - at < step ? pack->size - at : step);
	if (rc == 0)
		rc = gm_pack_scan_end(scan);
	*n_out = gm_pack_scan_n(scan);
	return rc;
}

static void a_good_pack_passes_in_pieces_of_any_size(void **state)
{
	static const size_t steps[] = {1, 2, 7, 100, 65536};
	const struct world *world = *state;
	size_t n;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		must(scan(&n, &world->pack, steps[i], MANY));
		assert_int_equal(n, 20); /* 5 each of commit, tree, blob, tag */
	}
}

static void a_pack_that_ends_anywhere_is_refused(void **state)
{
	const struct world *world = *state;
	size_t n;

	for (size_t size = 0; size < world->pack.size; size++) {
		const struct gm_buf cut = {.ptr = world->pack.ptr, .size = size};
		assert_int_equal(scan(&n, &cut, 4096, MANY), GM_EMISMATCH);
	}
}

static void a_pack_with_something_behind_it_is_refused(void **state)
{
	struct world *world = *state;
	size_t n;

	must(gm_buf_putc(&world->pack, 'x'));
	assert_int_equal(scan(&n, &world->pack, 4096, MANY), GM_EMISMATCH);
	world->pack.size--;
}

static void an_object_over_the_limit_is_refused(void **state)
{
	const struct world *world = *state;
	size_t n;

	/* `seq 1 1500` has 6393 bytes. */
	must(scan(&n, &world->pack, 4096, 6393));
	assert_int_equal(scan(&n, &world->pack, 4096, 6392), GM_ETOOBIG);
}

static void a_changed_byte_is_no_crash(void **state)
{
	const struct world *world = *state;
	size_t n, refused = 0;

	for (size_t at = 0; at + 20 < world->pack.size; at++) {
		char was = world->pack.ptr[at];
		world->pack.ptr[at] = (char)(was ^ 0x55);
		int rc = scan(&n, &world->pack, 4096, MANY);
		assert_true(rc == 0 || rc == GM_EMISMATCH || rc == GM_ETOOBIG);
		refused += rc < 0;
		world->pack.ptr[at] = was;
	}
	assert_true(refused > world->pack.size / 2);
}

/* A pack of one entry: its head, then `data` compressed. */
static void forge(struct gm_buf *out, const void *head, size_t head_size,
	const void *data, size_t size)
{
	uint8_t packed[1024];
	uLongf packed_size = sizeof(packed);

	assert_int_equal(compress(packed, &packed_size, data, size), Z_OK);
	gm_buf_reset(out);
	must(gm_buf_put(out, "PACK\0\0\0\2\0\0\0\1", 12));
	must(gm_buf_put(out, head, head_size));
	must(gm_buf_put(out, packed, packed_size));
	must(gm_buf_put(out, "12345678901234567890", 20));
}

static void a_delta_that_would_make_too_much_is_refused(void **state)
{
	/* REF_DELTA of 8 bytes; base of 1 byte; result of 2^35 bytes, or of 2. */
	static const char head[] = "\x78xxxxxxxxxxxxxxxxxxxx";
	static const char much[] = "\x01\x80\x80\x80\x80\x80\x01\x90";
	static const char little[] = "\x01\x02\x02xx\x00\x00\x00";
	gm_autobuf pack = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n;

	(void)state;
	forge(&pack, head, 21, much, 8);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_ETOOBIG);
	assert_int_equal(scan(&n, &pack, 1, MANY), GM_ETOOBIG);
	forge(&pack, head, 21, little, 8);
	must(scan(&n, &pack, 1, MANY));
}

static void an_entry_that_lies_about_its_size_is_refused(void **state)
{
	gm_autobuf pack = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n;

	(void)state;
	forge(&pack, "\x35", 1, "12345", 5);
	must(scan(&n, &pack, 4096, MANY));
	forge(&pack, "\x34", 1, "12345", 5);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_EMISMATCH);
	forge(&pack, "\x36", 1, "12345", 5);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_EMISMATCH);
	/* A size that has no end, and types that do not exist. */
	forge(&pack, "\xb5\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, "12345", 5);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_EMISMATCH);
	forge(&pack, "\x55", 1, "12345", 5);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_EMISMATCH);
	forge(&pack, "\x05", 1, "12345", 5);
	assert_int_equal(scan(&n, &pack, 4096, MANY), GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_pack_passes_in_pieces_of_any_size),
		cmocka_unit_test(a_pack_that_ends_anywhere_is_refused),
		cmocka_unit_test(a_pack_with_something_behind_it_is_refused),
		cmocka_unit_test(an_object_over_the_limit_is_refused),
		cmocka_unit_test(a_changed_byte_is_no_crash),
		cmocka_unit_test(a_delta_that_would_make_too_much_is_refused),
		cmocka_unit_test(an_entry_that_lies_about_its_size_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
