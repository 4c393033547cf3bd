#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

#include "sync/push_report.h"
#include "sync/side_band.h"

/* Three refs on their way, and one that is up to date. */
static void make_plan(struct gm_push_result *out)
{
	static const char *const names[] = {
		"refs/heads/main", "refs/heads/a", "refs/tags/v1", "refs/heads/same"};
	static const enum gm_pushed kinds[] = {GM_PUSHED_FAST_FORWARD, GM_PUSHED_NEW,
		GM_PUSHED_DELETED, GM_PUSHED_UP_TO_DATE};

	*out = (struct gm_push_result)GM_PUSH_RESULT_INIT;
	out->refs = gm_calloc(4, sizeof(*out->refs));
	assert_non_null(out->refs);
	for (out->n = 0; out->n < 4; out->n++) {
		out->refs[out->n].remote_ref = gm_strdup(names[out->n]);
		out->refs[out->n].kind = kinds[out->n];
	}
}

/* Bytes that come a few at a time. */
struct peer {
	const char *bytes;
	size_t left;
	size_t step;
};

static int read_peer(size_t *out, void *data, size_t size, void *payload)
{
	struct peer *peer = payload;
	size_t n = size < peer->step ? size : peer->step;

	n = n < peer->left ? n : peer->left;
	memcpy(data, peer->bytes, n);
	peer->bytes += n;
	peer->left -= n;
	*out = n;
	return 0;
}

/* Lines as the remote reports them, "" is a flush. */
static void put_lines(struct gm_buf *out, const char *const *lines)
{
	for (; *lines; lines++)
		if (**lines)
			must(gm_pkt_put(out, *lines, strlen(*lines)));
		else
			must(gm_pkt_put_flush(out));
}

static int read_report(
	struct gm_push_result *plan, const struct gm_buf *bytes, size_t step)
{
	struct peer peer = {.bytes = bytes->ptr, .left = bytes->size, .step = step};
	struct gm_pkt_reader *reader = NULL;

	must(gm_pkt_reader_new(&reader, "the remote", read_peer, &peer));
	int rc = gm_push_report_read(plan, reader);
	gm_pkt_reader_free(reader);
	return rc;
}

static int report(struct gm_push_result *plan, const char *const *lines)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	make_plan(plan);
	put_lines(&bytes, lines);
	return read_report(plan, &bytes, 3);
}

static void what_is_reported_as_done_stays_as_planned(void **state)
{
	static const char *const lines[] = {"unpack ok\n", "ok refs/heads/main\n",
		"ok refs/tags/v1\n", "ok refs/heads/a\n", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	assert_int_equal(plan.refs[0].kind, GM_PUSHED_FAST_FORWARD);
	assert_int_equal(plan.refs[1].kind, GM_PUSHED_NEW);
	assert_int_equal(plan.refs[2].kind, GM_PUSHED_DELETED);
	assert_int_equal(plan.refs[3].kind, GM_PUSHED_UP_TO_DATE);
	for (size_t i = 0; i < plan.n; i++)
		assert_null(plan.refs[i].reason);
}

static void a_ref_that_has_moved_is_behind_and_another_refusal_is_for_good(void **state)
{
	static const char *const lines[] = {"unpack ok",
		"ng refs/heads/main failed to update ref",
		"ng refs/heads/a hook declined", "ok refs/tags/v1", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	assert_int_equal(plan.refs[0].kind, GM_PUSHED_BEHIND);
	assert_true(plan.refs[0].is_remote_reason);
	assert_string_equal(plan.refs[0].reason, "failed to update ref");
	assert_int_equal(plan.refs[1].kind, GM_PUSHED_REJECTED);
	assert_string_equal(plan.refs[1].reason, "hook declined");
	assert_int_equal(plan.refs[2].kind, GM_PUSHED_DELETED);
}

static void a_removal_that_fails_is_never_behind(void **state)
{
	static const char *const lines[] = {"unpack ok", "ok refs/heads/main",
		"ok refs/heads/a", "ng refs/tags/v1 failed to update ref", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	assert_int_equal(plan.refs[2].kind, GM_PUSHED_REJECTED);
}

static void what_is_not_reported_is_not_taken_for_done(void **state)
{
	static const char *const lines[] = {
		"unpack ok", "ok refs/heads/main", "ok refs/heads/x", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	assert_int_equal(plan.refs[0].kind, GM_PUSHED_FAST_FORWARD);
	assert_int_equal(plan.refs[1].kind, GM_PUSHED_REJECTED);
	assert_string_equal(plan.refs[1].reason, "remote failed to report status");
	assert_int_equal(plan.refs[2].kind, GM_PUSHED_REJECTED);
	assert_int_equal(plan.refs[3].kind, GM_PUSHED_UP_TO_DATE);
}

static void a_pack_that_could_not_be_unpacked_leaves_nothing_done(void **state)
{
	static const char *const lines[] = {"unpack index-pack abnormal exit",
		"ng refs/heads/main unpacker error", "ok refs/heads/a",
		"ng refs/tags/v1 unpacker error", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(plan.refs[i].kind, GM_PUSHED_REJECTED);
		assert_string_equal(
			plan.refs[i].reason, "unpacker error: index-pack abnormal exit");
	}
}

static void the_first_word_on_a_ref_counts(void **state)
{
	static const char *const lines[] = {"unpack ok", "ng refs/heads/main no",
		"ok refs/heads/main", "ok refs/heads/a", "ok refs/tags/v1", "", NULL};
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;

	(void)state;
	must(report(&plan, lines));
	assert_int_equal(plan.refs[0].kind, GM_PUSHED_REJECTED);
	assert_string_equal(plan.refs[0].reason, "no");
}

static void what_is_no_report_is_refused(void **state)
{
	static const char *const none[] = {"", NULL};
	static const char *const other[] = {"ok refs/heads/main", "", NULL};
	static const char *const odd[] = {"unpack ok", "maybe refs/heads/main", "", NULL};
	const char *const *const all[] = {none, other, odd};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		gm_autopushresult plan = GM_PUSH_RESULT_INIT;
		assert_int_equal(report(&plan, all[i]), GM_EINVALID);
	}
}

static void a_report_that_breaks_off_anywhere_is_refused(void **state)
{
	static const char *const lines[] = {"unpack ok", "ok refs/heads/main",
		"ok refs/heads/a", "ok refs/tags/v1", "", NULL};
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	put_lines(&bytes, lines);
	for (size_t size = 0; size < bytes.size; size++) {
		gm_autopushresult plan = GM_PUSH_RESULT_INIT;
		const struct gm_buf part = {.ptr = bytes.ptr, .size = size};
		make_plan(&plan);
		assert_int_equal(read_report(&plan, &part, 7), GM_EINVALID);
	}
}

/* One packet of a band. */
static void put_band(struct gm_buf *out, char band, const void *data, size_t size)
{
	gm_autobuf line = GM_BUF_INIT(GM_PKT_MAX_DATA);

	must(gm_buf_putc(&line, band));
	must(gm_buf_put(&line, data, size));
	must(gm_pkt_put(out, line.ptr, line.size));
}

struct banded {
	struct peer peer;
	struct gm_pkt_reader *outer;
	struct gm_side_band band;
	struct gm_pkt_reader *inner;
};

static void banded_open(struct banded *out, const struct gm_buf *bytes)
{
	out->peer = (struct peer){.bytes = bytes->ptr, .left = bytes->size, .step = 5};
	out->outer = out->inner = NULL;
	must(gm_pkt_reader_new(&out->outer, "the remote", read_peer, &out->peer));
	out->band = (struct gm_side_band)GM_SIDE_BAND_INIT(out->outer, true);
	must(gm_pkt_reader_new(&out->inner, "the remote", gm_side_band_read, &out->band));
}

static void banded_close(struct banded *banded)
{
	gm_pkt_reader_free(banded->inner);
	gm_side_band_dispose(&banded->band);
	gm_pkt_reader_free(banded->outer);
}

static void a_report_in_pieces_of_a_band_is_read_whole(void **state)
{
	static const char *const lines[] = {"unpack ok", "ok refs/heads/main",
		"ok refs/heads/a", "ok refs/tags/v1", "", NULL};
	gm_autobuf report_bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;
	struct banded banded;

	(void)state;
	put_lines(&report_bytes, lines);
	put_band(&bytes, 2, "Resolving deltas\n", 17);
	for (size_t at = 0; at < report_bytes.size; at += 6) {
		size_t left = report_bytes.size - at;
		put_band(&bytes, 1, report_bytes.ptr + at, left < 6 ? left : 6);
		put_band(&bytes, 2, "still here\r", 11);
	}
	must(gm_pkt_put_flush(&bytes));
	make_plan(&plan);
	banded_open(&banded, &bytes);
	must(gm_push_report_read(&plan, banded.inner));
	must(gm_side_band_finish(&banded.band));
	assert_int_equal(plan.refs[0].kind, GM_PUSHED_FAST_FORWARD);
	assert_int_equal(plan.refs[1].kind, GM_PUSHED_NEW);
	banded_close(&banded);
}

static void the_band_of_errors_ends_it_with_the_remotes_words(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autopushresult plan = GM_PUSH_RESULT_INIT;
	struct banded banded;

	(void)state;
	put_band(&bytes, 3, "out of ink\n", 11);
	make_plan(&plan);
	banded_open(&banded, &bytes);
	assert_int_equal(gm_push_report_read(&plan, banded.inner), GM_ERROR);
	assert_non_null(strstr(gm_error_last()->message, "out of ink"));
	banded_close(&banded);
}

static void what_is_in_no_band_or_ends_early_is_refused(void **state)
{
	gm_autobuf odd = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf early = GM_BUF_INIT(GM_BUF_TEXT);
	const struct gm_buf *const all[] = {&odd, &early};

	(void)state;
	put_band(&odd, 9, "x", 1);
	put_band(&early, 1, "000eunp", 7);
	for (size_t i = 0; i < 2; i++) {
		gm_autopushresult plan = GM_PUSH_RESULT_INIT;
		struct banded banded;
		make_plan(&plan);
		banded_open(&banded, all[i]);
		assert_int_equal(gm_push_report_read(&plan, banded.inner), GM_EINVALID);
		banded_close(&banded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_reported_as_done_stays_as_planned),
		cmocka_unit_test(
			a_ref_that_has_moved_is_behind_and_another_refusal_is_for_good),
		cmocka_unit_test(a_removal_that_fails_is_never_behind),
		cmocka_unit_test(what_is_not_reported_is_not_taken_for_done),
		cmocka_unit_test(a_pack_that_could_not_be_unpacked_leaves_nothing_done),
		cmocka_unit_test(the_first_word_on_a_ref_counts),
		cmocka_unit_test(what_is_no_report_is_refused),
		cmocka_unit_test(a_report_that_breaks_off_anywhere_is_refused),
		cmocka_unit_test(a_report_in_pieces_of_a_band_is_read_whole),
		cmocka_unit_test(the_band_of_errors_ends_it_with_the_remotes_words),
		cmocka_unit_test(what_is_in_no_band_or_ends_early_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
