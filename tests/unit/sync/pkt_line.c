#include "sync/pkt_line.h"

#include <string.h>

#include "tests/unit/support.h"

/* A peer that says `text`, `step` bytes at a time. */
struct peer {
	const char *text;
	size_t size;
	size_t step;
	int fails; /* what is returned at the end; 0: it just ends */
};

static int speak(size_t *out, void *data, size_t size, void *payload)
{
	struct peer *peer = payload;
	size_t n = peer->size < peer->step ? peer->size : peer->step;

	if (!n && peer->fails)
		return gm_error(peer->fails, "broken");
	n = n < size ? n : size;
	memcpy(data, peer->text, n);
	peer->text += n;
	peer->size -= n;
	*out = n;
	return 0;
}

static struct gm_pkt_reader *reader_of(struct peer *peer)
{
	struct gm_pkt_reader *reader = NULL;

	must(gm_pkt_reader_new(&reader, "the peer", speak, peer));
	return reader;
}

static void lines_come_whole_however_they_are_cut(void **state)
{
	static const char text[] = "0009done\n0000"
				   "0005x"
				   "0004"
				   "0006ab";

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct peer peer = {text, sizeof(text) - 1, step, 0};
		gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader =
			reader_of(&peer);
		struct gm_pkt pkt;

		must(gm_pkt_read(&pkt, reader));
		assert_int_equal(pkt.kind, GM_PKT_DATA);
		assert_int_equal(pkt.size, 4);
		assert_string_equal(pkt.data, "done");
		must(gm_pkt_read(&pkt, reader));
		assert_int_equal(pkt.kind, GM_PKT_FLUSH);
		must(gm_pkt_read(&pkt, reader));
		assert_string_equal(pkt.data, "x");
		must(gm_pkt_read(&pkt, reader));
		assert_int_equal(pkt.kind, GM_PKT_DATA);
		assert_int_equal(pkt.size, 0);
		must(gm_pkt_read(&pkt, reader));
		assert_string_equal(pkt.data, "ab");
		must(gm_pkt_read(&pkt, reader));
		assert_int_equal(pkt.kind, GM_PKT_END);
	}
}

static void bytes_that_are_no_text_stay_as_they_are(void **state)
{
	static const char text[] = "0009\001a\0b\n";
	struct peer peer = {text, sizeof(text) - 1, 100, 0};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = reader_of(&peer);
	struct gm_pkt pkt;

	(void)state;
	must(gm_pkt_read_raw(&pkt, reader));
	assert_int_equal(pkt.size, 5);
	assert_memory_equal(pkt.data, "\001a\0b\n", 5);
}

static void check_refused(const char *text, const char *why)
{
	struct peer peer = {text, strlen(text), 3, 0};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = reader_of(&peer);
	struct gm_pkt pkt;

	assert_int_equal(gm_pkt_read(&pkt, reader), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, why));
}

static void what_is_no_line_is_refused(void **state)
{
	(void)state;
	check_refused(
		"HTTP/1.1 400 Bad Request", "does not speak git's protocol: 'HTTP'");
	check_refused("0003", "does not speak git's protocol");
	check_refused("0001", "does not speak git's protocol");
	check_refused("-001", "does not speak git's protocol");
	check_refused("0x05", "does not speak git's protocol");
	check_refused("fff1", "does not speak git's protocol");
	check_refused("ffff", "does not speak git's protocol");
	check_refused("000", "in the middle of a line");
	check_refused("0009don", "in the middle of a line");
	check_refused("fff0", "in the middle of a line");
}

static void a_failure_of_the_peer_is_passed_on(void **state)
{
	struct peer peer = {"0009do", 6, 100, GM_EINTERRUPTED};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = reader_of(&peer);
	struct gm_pkt pkt;

	(void)state;
	assert_int_equal(gm_pkt_read(&pkt, reader), GM_EINTERRUPTED);
}

static void the_longest_line_is_written_and_read(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	static char longest[GM_PKT_MAX_DATA + 1];
	struct gm_pkt pkt;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	must(gm_pkt_put(&out, longest, GM_PKT_MAX_DATA));
	assert_memory_equal(out.ptr, "fff0", 4);
	struct peer peer = {out.ptr, out.size, 1000, 0};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = reader_of(&peer);
	must(gm_pkt_read(&pkt, reader));
	assert_int_equal(pkt.size, GM_PKT_MAX_DATA);
	assert_memory_equal(pkt.data, longest, GM_PKT_MAX_DATA);
	assert_int_equal(gm_pkt_put(&out, longest, sizeof(longest)), GM_ETOOBIG);
}

static void lines_are_written_as_git_writes_them(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf small = GM_BUF_INIT(8);

	(void)state;
	must(gm_pkt_printf(&out, "want %s\n", "abc"));
	must(gm_pkt_put_flush(&out));
	must(gm_pkt_put(&out, "", 0));
	assert_string_equal(out.ptr, "000dwant abc\n00000004");
	assert_int_equal(gm_pkt_put(&small, "too much", 8), GM_ETOOBIG);
	assert_int_equal(small.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_are_cut),
		cmocka_unit_test(bytes_that_are_no_text_stay_as_they_are),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(a_failure_of_the_peer_is_passed_on),
		cmocka_unit_test(the_longest_line_is_written_and_read),
		cmocka_unit_test(lines_are_written_as_git_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
