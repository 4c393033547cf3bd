#include "crypto/hash.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

static void assert_hex(const uint8_t *digest, size_t size, const char *expected)
{
	char hex[2 * GM_SHA256_SIZE + 1];

	for (size_t i = 0; i < size; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
}

static void assert_hashes(
	const void *data, size_t size, const char *sha1_hex, const char *sha256_hex)
{
	uint8_t digest[GM_SHA256_SIZE];
	struct gm_sha1 sha1;
	struct gm_sha256 sha256;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, data, size);
	gm_sha1_final(digest, &sha1);
	assert_hex(digest, GM_SHA1_SIZE, sha1_hex);
	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, data, size);
	gm_sha256_final(digest, &sha256);
	assert_hex(digest, GM_SHA256_SIZE, sha256_hex);
}

/* The examples of FIPS 180-4, and the empty message. */
static void the_published_examples_come_out_right(void **state)
{
	const char *two_blocks =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	assert_hashes("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hashes("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hashes(two_blocks, strlen(two_blocks),
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void pieces_hash_like_the_whole(void **state)
{
	char text[1000];
	uint8_t whole[GM_SHA256_SIZE];
	uint8_t pieces[GM_SHA256_SIZE];
	struct gm_sha1 sha1;
	struct gm_sha256 sha256;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (size_t step = 1; step < 130; step++) {
		gm_sha1_init(&sha1);
		gm_sha1_update(&sha1, text, sizeof(text));
		gm_sha1_final(whole, &sha1);
		gm_sha1_init(&sha1);
		gm_sha256_init(&sha256);
		for (size_t at = 0; at < sizeof(text); at += step) {
			size_t left = sizeof(text) - at;
			gm_sha1_update(&sha1, text + at, left < step ? left : step);
			gm_sha256_update(&sha256, text + at, left < step ? left : step);
		}
		gm_sha1_final(pieces, &sha1);
		assert_memory_equal(pieces, whole, GM_SHA1_SIZE);
		gm_sha256_final(pieces, &sha256);
		gm_sha256_init(&sha256);
		gm_sha256_update(&sha256, text, sizeof(text));
		gm_sha256_final(whole, &sha256);
		assert_memory_equal(pieces, whole, GM_SHA256_SIZE);
	}
}

static void a_file_hashes_as_the_system_tools_say(void **state)
{
	char *dir = scratch_new();
	gm_autobuf said = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	char sha1_hex[41];
	char sha256_hex[65];

	(void)state;
	for (int i = 0; i < 100000; i++)
		must(gm_buf_putc(&data, (char)(i * i)));
	scratch_write(dir, "data", data.ptr, data.size);
	assert_int_equal(shell(&said, dir, "sha1sum data"), 0);
	(void)snprintf(sha1_hex, sizeof(sha1_hex), "%.40s", gm_buf_str(&said));
	assert_int_equal(shell(&said, dir, "sha256sum data"), 0);
	(void)snprintf(sha256_hex, sizeof(sha256_hex), "%.64s", gm_buf_str(&said));
	assert_hashes(data.ptr, data.size, sha1_hex, sha256_hex);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_examples_come_out_right),
		cmocka_unit_test(pieces_hash_like_the_whole),
		cmocka_unit_test(a_file_hashes_as_the_system_tools_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
