#include "objstore/loose.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* Compress `data` as a loose object's file would be. */
static void compress_to(struct gm_buf *out, const void *data, size_t size)
{
	uLongf n = compressBound(size);

	gm_buf_reset(out);
	must(gm_buf_reserve(out, n));
	assert_int_equal(compress((Bytef *)out->ptr, &n, data, size), Z_OK);
	out->size = n;
}

/* Decode a file whose inflated bytes are `text`, `size` of them. */
static int decode(
	struct gm_buf *out, enum gm_object_type *type, const char *text, size_t size)
{
	gm_autobuf file = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_inflate inflate = {.ready = false};

	compress_to(&file, text, size);
	int rc = gm_loose_decode(out, type, &inflate, file.ptr, file.size);
	gm_inflate_dispose(&inflate);
	return rc;
}

/* The code for a file that inflates to the literal `text` (its last NUL is no part of it). */
#define code_of(text) code_of_(text, sizeof(text) - 1)

static int code_of_(const char *text, size_t size)
{
	gm_autobuf out = GM_BUF_INIT(1000);
	enum gm_object_type type = GM_OBJECT_NONE;
	int rc = decode(&out, &type, text, size);

	if (rc < 0) {
		assert_int_equal(out.size, 0);
		assert_int_equal(type, GM_OBJECT_NONE);
	}
	return rc;
}

static void an_object_is_decoded(void **state)
{
	gm_autobuf out = GM_BUF_INIT(1000);
	enum gm_object_type type;

	(void)state;
	must(decode(&out, &type, "blob 5\0hello", 12));
	assert_string_equal(gm_buf_str(&out), "hello");
	assert_int_equal(type, GM_OBJECT_BLOB);
	must(decode(&out, &type, "tree 0", 7));
	assert_int_equal(out.size, 0);
	assert_int_equal(type, GM_OBJECT_TREE);
}

static void sizes_that_lie_are_refused(void **state)
{
	(void)state;
	assert_int_equal(code_of("blob 4\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 6\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 0\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 39\0"
				 "0123456789012345678901234567890123456789"),
		GM_EMISMATCH);
	assert_int_equal(code_of("blob 41\0"
				 "0123456789012345678901234567890123456789"),
		GM_EMISMATCH);
	/* No file this short can hold that much; nothing is allocated for it. */
	assert_int_equal(code_of("blob 1073741824\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 18446744073709551615\0hello"), GM_EMISMATCH);
}

static void headers_git_would_not_write_are_refused(void **state)
{
	(void)state;
	assert_int_equal(code_of("blob 5"), GM_EMISMATCH);
	assert_int_equal(code_of("blob\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob \0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 05\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 5 \0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob -5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob +5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 0x5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blub 5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("Blob 5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of(" 5\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of("blob 99999999999999999999999\0hello"), GM_EMISMATCH);
	assert_int_equal(
		code_of("blob 00000000000000000000000000000005\0hello"), GM_EMISMATCH);
	assert_int_equal(code_of(""), GM_EMISMATCH);
}

static void an_object_over_the_ceiling_is_too_big(void **state)
{
	gm_autobuf out = GM_BUF_INIT(4);
	enum gm_object_type type;

	(void)state;
	assert_int_equal(decode(&out, &type, "blob 5\0hello", 12), GM_ETOOBIG);
	must(decode(&out, &type, "blob 4\0hell", 11));
}

static void an_object_over_our_limit_is_too_big(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT * 4);
	gm_autobuf out = GM_BUF_INIT(SIZE_MAX / 4);
	enum gm_object_type type;

	(void)state;
	must(gm_buf_printf(&text, "blob %zu", GM_OBJECT_MAX_SIZE + 1));
	must(gm_buf_putc(&text, '\0'));
	/* Noise makes the file large enough for the size to be possible. */
	for (unsigned i = 0, x = 1; i < 2000000; i++, x = x * 1664525 + 1013904223)
		must(gm_buf_putc(&text, (char)(x >> 24)));
	assert_int_equal(decode(&out, &type, text.ptr, text.size), GM_ETOOBIG);
}

static void bytes_behind_the_object_are_refused(void **state)
{
	gm_autobuf file = GM_BUF_INIT(1000);
	gm_autobuf out = GM_BUF_INIT(1000);
	struct gm_inflate inflate = {.ready = false};
	enum gm_object_type type;

	(void)state;
	compress_to(&file, "blob 5\0hello", 12);
	must(gm_loose_decode(&out, &type, &inflate, file.ptr, file.size));
	must(gm_buf_putc(&file, '\0'));
	assert_int_equal(gm_loose_decode(&out, &type, &inflate, file.ptr, file.size),
		GM_EMISMATCH);
	gm_inflate_dispose(&inflate);
}

/* libgit2 1.5.1 does not come back from some of these. */
static void every_truncation_is_refused(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf file = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_inflate inflate = {.ready = false};
	enum gm_object_type type;

	(void)state;
	must(gm_buf_puts(&text, "blob 3000"));
	must(gm_buf_putc(&text, '\0'));
	for (int i = 0; i < 3000; i++)
		must(gm_buf_putc(&text, (char)(i * i)));
	compress_to(&file, text.ptr, text.size);
	for (size_t n = 0; n < file.size; n++) {
		assert_int_equal(gm_loose_decode(&out, &type, &inflate, file.ptr, n),
			GM_EMISMATCH);
		assert_int_equal(out.size, 0);
	}
	must(gm_loose_decode(&out, &type, &inflate, file.ptr, file.size));
	assert_memory_equal(out.ptr, text.ptr + 10, 3000);
	gm_inflate_dispose(&inflate);
}

static void a_file_larger_than_a_small_one_is_read(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "object");
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_deflate deflate = {.ready = false};
	struct gm_inflate inflate = {.ready = false};
	struct gm_tempfile temp;
	enum gm_object_type type;
	size_t size;

	(void)state;
	for (unsigned i = 0, x = 7; i < 300000; i++, x = x * 1664525 + 1013904223)
		must(gm_buf_putc(&data, (char)(x >> 24)));
	must(gm_loose_write(&temp, &deflate, dir, GM_OBJECT_BLOB, data.ptr, data.size));
	must(gm_loose_publish(&temp, path));
	must(gm_loose_read(&out, &type, &inflate, path));
	assert_int_equal(out.size, data.size);
	assert_memory_equal(out.ptr, data.ptr, data.size);
	must(gm_loose_read_header(&type, &size, &inflate, path));
	assert_int_equal(size, data.size);
	gm_deflate_dispose(&deflate);
	gm_inflate_dispose(&inflate);
	scratch_remove(dir);
}

static void what_is_no_file_is_no_object(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *pipe_path = gm_path_join(dir, "pipe");
	gm_autofree char *none = gm_path_join(dir, "none/at/all");
	struct gm_inflate inflate = {.ready = false};
	gm_autobuf out = GM_BUF_INIT(1000);
	enum gm_object_type type;

	(void)state;
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(gm_loose_read(&out, &type, &inflate, pipe_path), GM_EMISMATCH);
	assert_int_equal(gm_loose_read(&out, &type, &inflate, dir), GM_EMISMATCH);
	assert_int_equal(gm_loose_read(&out, &type, &inflate, none), GM_ENOTFOUND);
	gm_inflate_dispose(&inflate);
	scratch_remove(dir);
}

static void refreshing_looks_at_the_contents(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "object");
	const struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
	gm_autobuf file = GM_BUF_INIT(1000);
	struct gm_inflate inflate = {.ready = false};
	struct gm_oid oid;
	struct stat st;

	(void)state;
	compress_to(&file, "blob 5\0hello", 12);
	must(gm_file_write(path, file.ptr, file.size));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	gm_object_hash(&oid, GM_OBJECT_BLOB, "hello", 5);
	assert_int_equal(gm_loose_refresh(&inflate, path, &oid, 5), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_mtime > 1000000);

	oid.bytes[3] ^= 1;
	assert_int_equal(gm_loose_refresh(&inflate, path, &oid, 5), 0);
	oid.bytes[3] ^= 1;
	assert_int_equal(gm_loose_refresh(&inflate, path, &oid, 4), 0);
	assert_int_equal(truncate(path, 8), 0);
	assert_int_equal(gm_loose_refresh(&inflate, path, &oid, 5), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(gm_loose_refresh(&inflate, path, &oid, 5), 0);
	gm_inflate_dispose(&inflate);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_decoded),
		cmocka_unit_test(sizes_that_lie_are_refused),
		cmocka_unit_test(headers_git_would_not_write_are_refused),
		cmocka_unit_test(an_object_over_the_ceiling_is_too_big),
		cmocka_unit_test(an_object_over_our_limit_is_too_big),
		cmocka_unit_test(bytes_behind_the_object_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_file_larger_than_a_small_one_is_read),
		cmocka_unit_test(what_is_no_file_is_no_object),
		cmocka_unit_test(refreshing_looks_at_the_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
