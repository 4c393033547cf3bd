#include "sync/advertisement.h"

#include <string.h>

#include "tests/unit/support.h"

#define A "1111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222"
#define C "3333333333333333333333333333333333333333"
#define ZERO "0000000000000000000000000000000000000000"

struct peer {
	const char *text;
	size_t size;
};

static int speak(size_t *out, void *data, size_t size, void *payload)
{
	struct peer *peer = payload;
	size_t n = peer->size < size ? peer->size : size;

	memcpy(data, peer->text, n);
	peer->text += n;
	peer->size -= n;
	*out = n;
	return 0;
}

static int parse(struct gm_advertisement *out, const struct gm_buf *text)
{
	struct peer peer = {gm_buf_str(text), text->size};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = NULL;

	must(gm_pkt_reader_new(&reader, "the remote", speak, &peer));
	return gm_advertisement_read(out, reader);
}

/* Lines up to a NULL, a "\\0" in one stands for a NUL; then a flush. */
static int parse_lines(struct gm_advertisement *out, const char *const *lines)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	for (; *lines; lines++) {
		gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
		const char *nul = strstr(*lines, "\\0");
		must(gm_buf_put(
			&line, *lines, nul ? (size_t)(nul - *lines) : strlen(*lines)));
		if (nul) {
			must(gm_buf_putc(&line, '\0'));
			must(gm_buf_puts(&line, nul + 2));
		}
		must(gm_buf_putc(&line, '\n'));
		must(gm_pkt_put(&text, line.ptr, line.size));
	}
	must(gm_pkt_put_flush(&text));
	return parse(out, &text);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void refs_come_sorted_and_with_what_tags_lead_to(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;
	struct gm_oid oid;

	(void)state;
	must(parse_lines(&ad,
		LINES(A " HEAD\\0side-band-64k symref=HEAD:refs/heads/main "
			"agent=git/2.39",
			A " refs/tags/v1", B " refs/tags/v1^{}", A " refs/heads/main",
			C " refs/heads/a")));
	assert_int_equal(ad.n, 4);
	assert_string_equal(ad.refs[0].name, "HEAD");
	assert_string_equal(ad.refs[1].name, "refs/heads/a");
	assert_string_equal(ad.refs[2].name, "refs/heads/main");
	assert_string_equal(ad.refs[3].name, "refs/tags/v1");
	assert_true(gm_oid_parse(&oid, B, 40));
	assert_true(gm_oid_equal(&ad.refs[3].peeled, &oid));
	assert_true(gm_oid_is_zero(&ad.refs[2].peeled));
	assert_string_equal(ad.head_target, "refs/heads/main");
	assert_false(ad.is_shallow);
	assert_ptr_equal(gm_advertisement_find(&ad, "refs/heads/main"), &ad.refs[2]);
	assert_null(gm_advertisement_find(&ad, "refs/heads/mai"));
}

static void capabilities_are_found_by_their_whole_name(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;

	(void)state;
	must(parse_lines(&ad,
		LINES(A " refs/heads/a\\0multi_ack_detailed  agent=git/2.39 atomic")));
	assert_string_equal(gm_advertisement_capability(&ad, "agent"), "git/2.39");
	assert_string_equal(gm_advertisement_capability(&ad, "atomic"), "");
	assert_null(gm_advertisement_capability(&ad, "multi_ack"));
	assert_null(gm_advertisement_capability(&ad, "agent=git"));
}

static void a_remote_without_refs_still_has_capabilities(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;

	(void)state;
	must(parse_lines(&ad, LINES(ZERO " capabilities^{}\\0report-status atomic")));
	assert_int_equal(ad.n, 0);
	assert_null(gm_advertisement_find(&ad, "HEAD"));
	assert_non_null(gm_advertisement_capability(&ad, "atomic"));
}

static void nothing_but_a_flush_is_an_empty_remote(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_pkt_put_flush(&text));
	must(parse(&ad, &text));
	assert_int_equal(ad.n, 0);
}

static void over_http_the_service_stands_before_it(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_pkt_printf(&text, "# service=git-upload-pack\n"));
	must(gm_pkt_put_flush(&text));
	must(gm_pkt_printf(&text, A " refs/heads/a\n"));
	must(gm_pkt_put_flush(&text));
	must(parse(&ad, &text));
	assert_int_equal(ad.n, 1);
}

static void shallow_lines_other_objects_and_versions_are_understood(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;

	(void)state;
	must(parse_lines(&ad,
		LINES("version 1", A " refs/heads/a\\0 atomic", B " .have", C " .have",
			"shallow " A)));
	assert_int_equal(ad.n, 1);
	assert_int_equal(ad.n_haves, 2);
	assert_true(ad.is_shallow);
}

static void names_that_git_refuses_are_passed_over(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;

	(void)state;
	must(parse_lines(&ad,
		LINES(A " refs/heads/../../config\\0symref=HEAD:refs/../x",
			A " refs/heads/a..b", A " refs/heads/\x01\x1b[31m",
			A " refs/heads/x.lock", A " /etc/passwd", A " refs/heads/b",
			A " refs/heads/c.lock", B " refs/heads/b^{}")));
	assert_int_equal(ad.n, 1);
	assert_string_equal(ad.refs[0].name, "refs/heads/b");
	assert_true(gm_oid_is_zero(&ad.refs[0].peeled));
	assert_int_equal(ad.n_unusable, 6);
	assert_null(ad.head_target);
}

static void check_refused(const char *const *lines, int code, const char *why)
{
	struct gm_advertisement ad = {.n = 77};

	assert_int_equal(parse_lines(&ad, lines), code);
	assert_non_null(strstr(gm_error_last()->message, why));
	assert_int_equal(ad.n, 77);
}

static void what_is_no_advertisement_is_refused(void **state)
{
	(void)state;
	check_refused(LINES("hello"), GM_EINVALID, "what is no ref: 'hello'");
	check_refused(LINES(A), GM_EINVALID, "what is no ref");
	check_refused(LINES(A " "), GM_EINVALID, "what is no ref");
	check_refused(LINES(A "\trefs/heads/a"), GM_EINVALID, "what is no ref");
	check_refused(LINES(A A " refs/heads/a"), GM_EINVALID, "what is no ref");
	check_refused(LINES(A " refs/heads/a", B " refs/heads/b\\0atomic"), GM_EINVALID,
		"what is no ref");
	check_refused(LINES(A " refs/heads/a", B " refs/heads/a"), GM_EINVALID, "twice");
	check_refused(LINES("version 2"), GM_EINVALID, "speaks version 2");
	check_refused(LINES("shallow 123"), GM_EINVALID, "what is no ref");
	check_refused(LINES(A " refs/heads/a\\0object-format=sha256"), GM_EINVALID,
		"names its objects by 'sha256'");
	check_refused(LINES("ERR no\x1b[2J such repository"), GM_ERROR,
		"the remote says: no?[2J such repository");
}

static void an_end_in_the_middle_is_told(void **state)
{
	struct gm_advertisement ad = GM_ADVERTISEMENT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(parse(&ad, &text), GM_ENOTFOUND);
	must(gm_pkt_printf(&text, A " refs/heads/a\n"));
	assert_int_equal(parse(&ad, &text), GM_EINVALID);
	assert_non_null(
		strstr(gm_error_last()->message, "hung up while it told its refs"));
}

static void numbers_are_bounded(void **state)
{
	struct gm_advertisement ad = GM_ADVERTISEMENT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	must(gm_pkt_printf(&text, A " HEAD\n"));
	for (unsigned i = 0; i < GM_ADVERTISEMENT_MAX_REFS; i++)
		must(gm_pkt_printf(&text, A " refs/heads/%u", i));
	must(gm_pkt_put_flush(&text));
	assert_int_equal(parse(&ad, &text), GM_ETOOBIG);
	gm_buf_reset(&text);
	static char caps[8000];
	for (size_t i = 0; i < sizeof(caps); i++)
		caps[i] = "a "[i % 2];
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	must(gm_buf_put(&line, A " HEAD", sizeof(A " HEAD")));
	must(gm_buf_put(&line, caps, sizeof(caps)));
	must(gm_pkt_put(&text, line.ptr, line.size));
	must(gm_pkt_put_flush(&text));
	assert_int_equal(parse(&ad, &text), GM_ETOOBIG);
}

static void what_stock_git_advertises_is_read(void **state)
{
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(
		shell(&text, dir,
			"git init -q -b main && git commit -q --allow-empty -m a && "
			"git tag -a -m t v1 && git branch x && "
			"git upload-pack --advertise-refs ."),
		0);
	must(parse(&ad, &text));
	assert_int_equal(ad.n, 4);
	assert_string_equal(ad.head_target, "refs/heads/main");
	const struct gm_advertised_ref *tag = gm_advertisement_find(&ad, "refs/tags/v1");
	const struct gm_advertised_ref *head = gm_advertisement_find(&ad, "HEAD");
	assert_non_null(tag);
	assert_non_null(head);
	assert_true(gm_oid_equal(&tag->peeled, &head->oid));
	assert_string_equal(gm_advertisement_capability(&ad, "object-format"), "sha1");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refs_come_sorted_and_with_what_tags_lead_to),
		cmocka_unit_test(capabilities_are_found_by_their_whole_name),
		cmocka_unit_test(a_remote_without_refs_still_has_capabilities),
		cmocka_unit_test(nothing_but_a_flush_is_an_empty_remote),
		cmocka_unit_test(over_http_the_service_stands_before_it),
		cmocka_unit_test(shallow_lines_other_objects_and_versions_are_understood),
		cmocka_unit_test(names_that_git_refuses_are_passed_over),
		cmocka_unit_test(what_is_no_advertisement_is_refused),
		cmocka_unit_test(an_end_in_the_middle_is_told),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(what_stock_git_advertises_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
