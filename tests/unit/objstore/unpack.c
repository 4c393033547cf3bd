/*
 * Packs that git would not write: made here by hand.
 */
#include "objstore/unpack.h"

#include "objstore/pack_write.h"
#include "tests/unit/objstore/git_repo.h"

#define ENTRIES 6000

struct made_pack {
	struct gm_buf bytes;
	struct gm_pack_record records[ENTRIES];
	size_t n;
};

static struct made_pack *pack_begin(void)
{
	struct made_pack *pack = calloc(1, sizeof(*pack));

	assert_non_null(pack);
	pack->bytes.max = GM_BUF_LARGE;
	must(gm_buf_put(&pack->bytes, "PACK\0\0\0\2\0\0\0\0", 12));
	return pack;
}

/* Add an entry: its code, what stands before the data, the data, and the id it shall have. */
static void pack_add(struct made_pack *pack, unsigned code, const void *before,
	size_t before_size, const void *data, size_t size, const struct gm_oid *oid)
{
	uLongf n = compressBound(size);
	struct gm_pack_record *record = &pack->records[pack->n++];

	record->oid = *oid;
	record->offset = pack->bytes.size;
	size_t more = size >> 4;
	must(gm_buf_putc(
		&pack->bytes, (char)((more ? 0x80 : 0) | code << 4 | (size & 15))));
	for (; more; more >>= 7)
		must(gm_buf_putc(
			&pack->bytes, (char)((more & 0x7f) | (more > 0x7f ? 0x80 : 0))));
	must(gm_buf_put(&pack->bytes, before, before_size));
	must(gm_buf_reserve(&pack->bytes, n));
	assert_int_equal(
		compress((Bytef *)pack->bytes.ptr + pack->bytes.size, &n, data, size),
		Z_OK);
	pack->bytes.size += n;
	record->crc = (uint32_t)crc32(0, (const Bytef *)pack->bytes.ptr + record->offset,
		(uInt)(pack->bytes.size - record->offset));
}

static int by_oid(const void *a, const void *b)
{
	const struct gm_pack_record *x = a;
	const struct gm_pack_record *y = b;

	return gm_oid_compare(&x->oid, &y->oid);
}

/* Write it and its index to `DIR/pack/pack-NAME.*`. */
static void pack_end(struct made_pack *pack, const char *dir, const char *name)
{
	gm_autofree char *pack_name = gm_format("pack/pack-%s.pack", name);
	gm_autofree char *index_path = gm_format("%s/pack/pack-%s.idx", dir, name);
	uint8_t checksum[GM_SHA1_SIZE];
	struct gm_sha1 sha1;

	pack->bytes.ptr[10] = (char)(pack->n >> 8);
	pack->bytes.ptr[11] = (char)pack->n;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, pack->bytes.ptr, pack->bytes.size);
	gm_sha1_final(checksum, &sha1);
	must(gm_buf_put(&pack->bytes, checksum, sizeof(checksum)));
	scratch_write(dir, pack_name, pack->bytes.ptr, pack->bytes.size);
	qsort(pack->records, pack->n, sizeof(*pack->records), by_oid);
	must(gm_file_write(index_path, "", 0));
	FILE *file = fopen(index_path, "we");
	assert_non_null(file);
	must(gm_pack_index_write(
		fileno(file), "index", pack->records, pack->n, checksum));
	assert_int_equal(fclose(file), 0);
	gm_buf_dispose(&pack->bytes);
	free(pack);
}

/* A delta that turns N bytes of base into the same and one `x` more. */
static size_t grow_delta(uint8_t out[16], size_t n)
{
	size_t at = 0;

	for (size_t i = n; at == 0 || i; i >>= 7)
		out[at++] = (uint8_t)((i & 0x7f) | (i > 0x7f ? 0x80 : 0));
	for (size_t i = n + 1; i; i >>= 7)
		out[at++] = (uint8_t)((i & 0x7f) | (i > 0x7f ? 0x80 : 0));
	if (n) {
		out[at++] = 0xb0;
		out[at++] = (uint8_t)n;
		out[at++] = (uint8_t)(n >> 8);
	}
	out[at++] = 1;
	out[at++] = 'x';
	return at;
}

/* The id of a blob of `n` times `x`. */
static struct gm_oid oid_of(size_t n)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid oid;

	for (size_t i = 0; i < n; i++)
		must(gm_buf_putc(&data, 'x'));
	gm_object_hash(&oid, GM_OBJECT_BLOB, gm_buf_str(&data), n);
	return oid;
}

/* Entries 1 to `n`, each a delta that names the one before as its base; 0 is a blob "". */
static void add_chain(struct made_pack *pack, size_t from, size_t n)
{
	struct gm_oid before = oid_of(from ? from - 1 : 0);

	for (size_t i = from; i < n; i++) {
		struct gm_oid oid = oid_of(i);
		uint8_t delta[16];
		if (i == 0)
			pack_add(pack, GM_OBJECT_BLOB, "", 0, "", 0, &oid);
		else
			pack_add(pack, 7, before.bytes, GM_OID_SIZE, delta,
				grow_delta(delta, i - 1), &oid);
		before = oid;
	}
}

static int read_code(struct gm_store *store, struct gm_oid oid)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;
	enum gm_object_type head_type;
	size_t size;
	int rc = gm_store_read(&data, &type, store, &oid);

	if (rc == 0) {
		must(gm_store_read_header(&head_type, &size, store, &oid));
		assert_int_equal(head_type, GM_OBJECT_BLOB);
		assert_int_equal(size, data.size);
	}
	return rc;
}

static void a_chain_as_long_as_git_makes_is_read_and_a_longer_one_refused(void **state)
{
	char *dir = scratch_new();
	struct made_pack *pack = pack_begin();
	struct gm_store *store;
	size_t size;
	enum gm_object_type type;

	(void)state;
	add_chain(pack, 0, GM_DELTA_CHAIN_MAX + 100);
	pack_end(pack, dir, "long");
	must(gm_store_open(&store, dir));
	struct gm_oid oid = oid_of(GM_DELTA_CHAIN_MAX + 50);
	assert_int_equal(read_code(store, oid), GM_EMISMATCH);
	assert_int_equal(gm_store_read_header(&type, &size, store, &oid), GM_EMISMATCH);
	must(read_code(store, oid_of(GM_DELTA_CHAIN_MAX - 1)));
	must(read_code(store, oid_of(1)));
	git_repo_assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

/* Nothing on the way to it is worth a look; nor are there other packs to look for. */
static void a_delta_that_makes_too_much_is_refused_at_once(void **state)
{
	char *dir = scratch_new();
	struct made_pack *pack = pack_begin();
	struct gm_oid oid = oid_of(1);
	struct gm_oid missing = oid_of(2);
	struct gm_store *store;

	(void)state;
	/* One byte becomes 2 MB. */
	pack_add(pack, 7, missing.bytes, GM_OID_SIZE, "\1\200\200\200\1\220\1", 7, &oid);
	pack_end(pack, dir, "large");
	must(gm_store_open(&store, dir));
	assert_int_equal(read_code(store, oid), GM_ETOOBIG);
	assert_false(store->alternates_read);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_base_far_larger_than_the_object_may_be_is_refused(void **state)
{
	char *dir = scratch_new();
	struct made_pack *pack = pack_begin();
	size_t size = ((size_t)64 << 20) + 1;
	char *zeros = calloc(1, size);
	struct gm_oid small = oid_of(1);
	struct gm_oid large = oid_of(2);
	struct gm_store *store;

	(void)state;
	assert_non_null(zeros);
	pack_add(pack, GM_OBJECT_BLOB, "", 0, zeros, size, &large);
	pack_add(pack, 7, large.bytes, GM_OID_SIZE, "\201\200\200\40\1\1x", 7, &small);
	pack_end(pack, dir, "large");
	must(gm_store_open(&store, dir));
	assert_int_equal(read_code(store, small), GM_ETOOBIG);
	gm_store_free(store);
	free(zeros);
	scratch_remove(dir);
}

static void bases_that_go_in_circles_are_refused(void **state)
{
	char *dir = scratch_new();
	struct made_pack *pack = pack_begin();
	struct gm_oid a = oid_of(1);
	struct gm_oid b = oid_of(2);
	struct gm_oid self = oid_of(3);
	struct gm_store *store;
	enum gm_object_type type;
	size_t size;

	(void)state;
	pack_add(pack, 7, b.bytes, GM_OID_SIZE, "\1\1\220\1", 4, &a);
	pack_add(pack, 7, a.bytes, GM_OID_SIZE, "\1\1\220\1", 4, &b);
	pack_add(pack, 7, self.bytes, GM_OID_SIZE, "\1\1\220\1", 4, &self);
	pack_end(pack, dir, "circle");
	must(gm_store_open(&store, dir));
	assert_int_equal(read_code(store, a), GM_EMISMATCH);
	assert_int_equal(read_code(store, b), GM_EMISMATCH);
	assert_int_equal(read_code(store, self), GM_EMISMATCH);
	assert_int_equal(gm_store_read_header(&type, &size, store, &a), GM_EMISMATCH);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_base_may_be_in_another_pack_or_loose(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_oid oid;

	(void)state;
	struct made_pack *pack = pack_begin();
	add_chain(pack, 10, 20);
	pack_end(pack, dir, "aa");
	pack = pack_begin();
	add_chain(pack, 5, 10);
	pack_end(pack, dir, "bb");
	must(gm_store_open(&store, dir));
	assert_int_equal(read_code(store, oid_of(19)), GM_EMISMATCH);
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "xxxx", 4));
	must(gm_batch_commit(batch));
	for (size_t i = 19; i > 3; i--)
		must(read_code(store, oid_of(i)));
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_distance_that_leaves_the_pack_is_refused(void **state)
{
	static const char *const distances[] = {"\0", "\x0c", "\x7f", "\xff\xff\xff\x7f",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"};
	struct gm_store *store;
	struct gm_oid oid = oid_of(1);

	(void)state;
	for (size_t i = 0; i < sizeof(distances) / sizeof(*distances); i++) {
		char *dir = scratch_new();
		struct made_pack *pack = pack_begin();
		pack_add(pack, 6, distances[i], i ? strlen(distances[i]) : 1,
			"\1\1\220\1", 4, &oid);
		pack_end(pack, dir, "away");
		must(gm_store_open(&store, dir));
		assert_int_equal(read_code(store, oid), GM_EMISMATCH);
		gm_store_free(store);
		scratch_remove(dir);
	}
}

/* Another object stands where the index says: the name does not fit what is there. */
static void a_wrong_object_is_never_given_out(void **state)
{
	char *dir = scratch_new();
	struct made_pack *pack = pack_begin();
	struct gm_oid claimed = oid_of(2);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type = GM_OBJECT_NONE;
	struct gm_store *store;

	(void)state;
	pack_add(pack, GM_OBJECT_BLOB, "", 0, "yy", 2, &claimed);
	pack_end(pack, dir, "wrong");
	must(gm_store_open(&store, dir));
	assert_int_equal(gm_store_read(&data, &type, store, &claimed), GM_EMISMATCH);
	assert_int_equal(data.size, 0);
	assert_int_equal(type, GM_OBJECT_NONE);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_good_copy_beside_a_bad_one_is_found(void **state)
{
	char *dir = scratch_new();
	struct gm_oid oid = oid_of(2);
	struct gm_store *store;
	struct gm_batch *batch;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct made_pack *pack = pack_begin();
		pack_add(pack, GM_OBJECT_BLOB, "", 0, i ? "xx" : "yy", 2, &oid);
		pack_end(pack, dir, i ? "zz" : "aa");
	}
	must(gm_store_open(&store, dir));
	must(read_code(store, oid));
	gm_store_free(store);

	/* And a loose one beside a bad one in a pack. */
	assert_int_equal(shell(NULL, dir, "rm pack/pack-zz.*"), 0);
	must(gm_store_open(&store, dir));
	assert_int_equal(read_code(store, oid), GM_EMISMATCH);
	must(gm_batch_begin(&batch, store));
	must(gm_batch_write(&oid, batch, GM_OBJECT_BLOB, "xx", 2));
	must(gm_batch_commit(batch));
	must(read_code(store, oid));
	gm_batch_free(batch);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_chain_as_long_as_git_makes_is_read_and_a_longer_one_refused),
		cmocka_unit_test(a_delta_that_makes_too_much_is_refused_at_once),
		cmocka_unit_test(a_base_far_larger_than_the_object_may_be_is_refused),
		cmocka_unit_test(bases_that_go_in_circles_are_refused),
		cmocka_unit_test(a_base_may_be_in_another_pack_or_loose),
		cmocka_unit_test(a_distance_that_leaves_the_pack_is_refused),
		cmocka_unit_test(a_wrong_object_is_never_given_out),
		cmocka_unit_test(a_good_copy_beside_a_bad_one_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
