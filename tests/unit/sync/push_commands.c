#include "tests/unit/support.h"

#include <string.h>

#include "sync/push_commands.h"

#define ZEROS "0000000000000000000000000000000000000000"
#define ONES "0101010101010101010101010101010101010101"
#define TWOS "0202020202020202020202020202020202020202"

static struct gm_oid some_oid(uint8_t byte)
{
	struct gm_oid oid;

	memset(oid.bytes, byte, sizeof(oid.bytes));
	return oid;
}

static char *text(const char *string)
{
	return (char *)(uintptr_t)string;
}

/* One ref that moves, one that need not, one that goes. */
static void make_plan(struct gm_push_result *out, struct gm_pushed_ref refs[3])
{
	refs[0] = (struct gm_pushed_ref){
		.remote_ref = text("refs/heads/same"), .kind = GM_PUSHED_UP_TO_DATE};
	refs[1] = (struct gm_pushed_ref){.remote_ref = text("refs/heads/main"),
		.old_oid = some_oid(1),
		.new_oid = some_oid(2),
		.kind = GM_PUSHED_FAST_FORWARD};
	refs[2] = (struct gm_pushed_ref){.remote_ref = text("refs/heads/x"),
		.old_oid = some_oid(2),
		.kind = GM_PUSHED_DELETED};
	*out = (struct gm_push_result){.refs = refs, .n = 3};
}

static void advertise(struct gm_advertisement *out, const char *const *capabilities)
{
	*out = (struct gm_advertisement)GM_ADVERTISEMENT_INIT;
	for (; *capabilities; capabilities++)
		must(gm_strv_add(&out->capabilities, *capabilities));
}

static void only_what_is_sent_is_named_and_the_first_says_what_we_can(void **state)
{
	static const char *const capabilities[] = {"report-status", "delete-refs",
		"side-band-64k", "quiet", "atomic", "ofs-delta", "object-format=sha1",
		NULL};
	static const char first[] = ONES " " TWOS " refs/heads/main\0"
					 " report-status side-band-64k quiet atomic "
					 "object-format=sha1";
	static const char second[] = TWOS " " ZEROS " refs/heads/x";
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf actual = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
	struct gm_pushed_ref refs[3];
	struct gm_push_result plan;

	(void)state;
	make_plan(&plan, refs);
	advertise(&advertisement, capabilities);
	must(gm_push_check_remote(&plan, &advertisement, true));
	must(gm_push_put_commands(&actual, &plan, &advertisement, true, true));
	must(gm_pkt_put(&expected, first, sizeof(first) - 1));
	must(gm_pkt_put(&expected, second, sizeof(second) - 1));
	must(gm_pkt_put_flush(&expected));
	assert_int_equal(actual.size, expected.size);
	assert_memory_equal(actual.ptr, expected.ptr, expected.size);
	assert_true(gm_push_has_bands(&advertisement));
}

static void who_tells_its_name_is_told_ours(void **state)
{
	static const char *const capabilities[] = {"report-status", "agent=x", NULL};
	static const char wanted[] = " report-status agent=gitmem/";
	gm_autobuf actual = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
	struct gm_pushed_ref refs[3];
	struct gm_push_result plan;

	(void)state;
	make_plan(&plan, refs);
	advertise(&advertisement, capabilities);
	must(gm_push_put_commands(&actual, &plan, &advertisement, false, false));
	assert_non_null(memmem(actual.ptr, actual.size, wanted, sizeof(wanted) - 1));
}

static void nothing_is_asked_that_the_remote_cannot_do(void **state)
{
	static const char *const capabilities[] = {"report-status", NULL};
	static const char line[] = ONES " " TWOS " refs/heads/main\0 report-status";
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf actual = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
	struct gm_pushed_ref refs[3];
	struct gm_push_result plan;

	(void)state;
	make_plan(&plan, refs);
	advertise(&advertisement, capabilities);
	must(gm_push_check_remote(&plan, &advertisement, false));
	assert_int_equal(plan.refs[2].kind, GM_PUSHED_REJECTED);
	must(gm_push_put_commands(&actual, &plan, &advertisement, false, true));
	must(gm_pkt_put(&expected, line, sizeof(line) - 1));
	must(gm_pkt_put_flush(&expected));
	assert_int_equal(actual.size, expected.size);
	assert_memory_equal(actual.ptr, expected.ptr, expected.size);
	assert_false(gm_push_has_bands(&advertisement));
	gm_free(plan.refs[2].reason);
}

static void a_remote_without_what_every_push_needs_is_refused(void **state)
{
	static const char *const silent[] = {"delete-refs", NULL};
	static const char *const sha256[] = {
		"report-status", "object-format=sha256", NULL};
	static const char *const plain[] = {"report-status", "delete-refs", NULL};
	const char *const *const all[] = {silent, sha256, plain};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
		struct gm_pushed_ref refs[3];
		struct gm_push_result plan;
		make_plan(&plan, refs);
		advertise(&advertisement, all[i]);
		assert_int_equal(
			gm_push_check_remote(&plan, &advertisement, i == 2), GM_ERROR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			only_what_is_sent_is_named_and_the_first_says_what_we_can),
		cmocka_unit_test(who_tells_its_name_is_told_ours),
		cmocka_unit_test(nothing_is_asked_that_the_remote_cannot_do),
		cmocka_unit_test(a_remote_without_what_every_push_needs_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
