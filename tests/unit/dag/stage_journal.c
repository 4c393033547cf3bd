#include "dag/stage_journal.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#define MOST 64

#define REF "refs/heads/main"
#define HEADER "gitmem-stage 1 " REF "\n"
#define HEADER_SIZE (sizeof(HEADER) - 1)

/* Changes as a reader got them. */
struct list {
	struct gm_change items[MOST];
	size_t n;
	size_t stop_at; /* the callback fails at this one; 0: never */
};

static void list_dispose(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free((char *)(uintptr_t)list->items[i].path);
	list->n = 0;
}

static int collect(const struct gm_change *change, void *payload)
{
	struct list *list = payload;

	if (list->stop_at && list->n + 1 == list->stop_at)
		return gm_error(GM_EINTERRUPTED, "stopped");
	assert_true(list->n < MOST);
	list->items[list->n] = *change;
	list->items[list->n++].path = strdup(change->path);
	return 0;
}

static struct gm_oid oid_of(unsigned char byte)
{
	struct gm_oid oid;

	memset(oid.bytes, byte, sizeof(oid.bytes));
	return oid;
}

static struct gm_change put(const char *path, const char *data, size_t size)
{
	struct gm_change change = {.path = path,
		.base = oid_of(1),
		.tip = oid_of(2),
		.data = data,
		.size = size};

	gm_object_hash(&change.blob, GM_OBJECT_BLOB, data, size);
	return change;
}

#define PUT(path, text) put(path, text, sizeof(text) - 1)

static struct gm_change removal(const char *path)
{
	return (struct gm_change){.path = path, .base = oid_of(3), .tip = oid_of(2)};
}

static void add_group(struct gm_buf *journal, const struct gm_change *changes, size_t n)
{
	if (!journal->size)
		must(gm_journal_put_header(journal, REF));
	must(gm_journal_put_group(journal, journal->size, changes, n));
}

/* Read from a copy of just this size, so that ASan sees a step too far. */
static int read_journal(
	struct list *out, size_t *whole_out, const char *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	int rc = gm_journal_each(whole_out, copy, size, REF, collect, out);
	for (size_t i = 0; i < out->n; i++)
		/* Back into the caller's bytes. */
		if (out->items[i].data)
			out->items[i].data =
				data + ((const char *)out->items[i].data - copy);
	free(copy);
	return rc;
}

static void assert_change(const struct gm_change *is, const struct gm_change *wanted)
{
	assert_string_equal(is->path, wanted->path);
	assert_true(gm_oid_equal(&is->base, &wanted->base));
	assert_true(gm_oid_equal(&is->tip, &wanted->tip));
	assert_true(gm_oid_equal(&is->blob, &wanted->blob));
	assert_int_equal(!is->data, !wanted->data);
	assert_int_equal(is->size, wanted->size);
	if (is->data)
		assert_memory_equal(is->data, wanted->data, wanted->size);
}

/* Three groups; `ends` gets the size of the journal up to each, the header's first. */
static size_t make_sample(struct gm_buf *out, size_t ends[4], struct gm_change all[6])
{
	struct gm_change changes[] = {
		PUT("memories/2026/01-02/a/x.md", "one\nend\n"),
		removal("keys/old name.md"),
		PUT("keys/binary.md", "\0\n\xff group \0 end\n"),
		PUT("keys/empty.md", ""),
		removal("keys/a\nb.md"),
		PUT("keys/last.md", "\ngroup \nput no newline"),
	};

	changes[4].tip = oid_of(9);
	changes[5].tip = gm_oid_zero;
	changes[5].base = gm_oid_zero;
	memcpy(all, changes, sizeof(changes));
	must(gm_journal_put_header(out, REF));
	ends[0] = out->size;
	add_group(out, changes, 2);
	ends[1] = out->size;
	add_group(out, changes + 2, 1);
	ends[2] = out->size;
	add_group(out, changes + 3, 3);
	ends[3] = out->size;
	return 6;
}

static const size_t sample_counts[] = {0, 2, 3, 6};

static void what_was_put_is_read_back(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct list list = {.n = 0};
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	size_t n = make_sample(&journal, ends, all);
	must(read_journal(&list, &whole, journal.ptr, journal.size));
	assert_int_equal(whole, journal.size);
	assert_int_equal(list.n, n);
	for (size_t i = 0; i < n; i++)
		assert_change(&list.items[i], &all[i]);
	list_dispose(&list);
}

static void a_journal_is_read_without_a_callback(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	make_sample(&journal, ends, all);
	must(gm_journal_each(&whole, journal.ptr, journal.size, REF, NULL, NULL));
	assert_int_equal(whole, ends[3]);
}

static void the_error_of_the_callback_ends_the_reading(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct list list = {.stop_at = 4};
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	make_sample(&journal, ends, all);
	int rc = read_journal(&list, &whole, journal.ptr, journal.size);
	assert_int_equal(rc, GM_EINTERRUPTED);
	assert_int_equal(list.n, 3);
	list_dispose(&list);
}

static void a_journal_cut_anywhere_keeps_its_whole_groups(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	make_sample(&journal, ends, all);
	for (size_t size = 0; size <= journal.size; size++) {
		struct list list = {.n = 0};
		size_t group = 0;

		must(read_journal(&list, &whole, journal.ptr, size));
		while (group < 3 && ends[group + 1] <= size)
			group++;
		assert_int_equal(whole, size < ends[0] ? 0 : ends[group]);
		assert_int_equal(list.n, size < ends[0] ? 0 : sample_counts[group]);
		for (size_t i = 0; i < list.n; i++)
			assert_change(&list.items[i], &all[i]);
		list_dispose(&list);
	}
}

/* What is there after a journal was cut anywhere is what a next group is put behind. */
static void a_group_behind_a_cut_tail_is_read(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	const struct gm_change more = PUT("keys/more.md", "more\n");
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	make_sample(&journal, ends, all);
	for (size_t size = 0; size <= ends[3]; size++) {
		gm_autobuf copy = GM_BUF_INIT(GM_BUF_TEXT);
		struct list list = {.n = 0};

		must(gm_journal_each(&whole, journal.ptr, size, REF, NULL, NULL));
		must(gm_buf_put(&copy, journal.ptr, whole));
		add_group(&copy, &more, 1);
		must(read_journal(&list, &whole, copy.ptr, copy.size));
		assert_int_equal(whole, copy.size);
		assert_change(&list.items[list.n - 1], &more);
		list_dispose(&list);
	}
}

/* Nothing is read that was not written, and no whole group gets lost behind a broken one. */
static void assert_damage_is_seen(const struct gm_buf *journal, const size_t ends[4],
	const struct gm_change *all, size_t at)
{
	struct list list = {.n = 0};
	size_t whole;
	int rc = read_journal(&list, &whole, journal->ptr, journal->size);

	assert_true(rc == 0 || rc == GM_EMISMATCH || (rc == GM_EINVALID && at < ends[0]));
	if (rc == 0) {
		assert_true(at >= ends[2]);
		assert_int_equal(list.n, sample_counts[2]);
		assert_int_equal(whole, ends[2]);
	}
	for (size_t i = 0; i < list.n; i++)
		assert_change(&list.items[i], &all[i]);
	list_dispose(&list);
}

static void a_flipped_bit_is_damage_or_a_torn_tail(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_change all[6];
	size_t ends[4];

	(void)state;
	make_sample(&journal, ends, all);
	for (size_t at = 0; at < journal.size; at++)
		for (int bit = 0; bit < 8; bit++) {
			journal.ptr[at] ^= (char)(1 << bit);
			assert_damage_is_seen(&journal, ends, all, at);
			journal.ptr[at] ^= (char)(1 << bit);
		}
}

static void bytes_in_between_are_damage(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_change all[6];
	size_t ends[4];

	(void)state;
	make_sample(&journal, ends, all);
	for (size_t at = ends[0]; at < ends[2]; at++) {
		gm_autobuf copy = GM_BUF_INIT(GM_BUF_TEXT);
		struct list list = {.n = 0};
		size_t whole;

		/* A zeroed stretch, as a file system may leave it. */
		must(gm_buf_put(&copy, journal.ptr, journal.size));
		memset(copy.ptr + at, 0, ends[2] - at > 20 ? 20 : ends[2] - at);
		int rc = read_journal(&list, &whole, copy.ptr, copy.size);
		assert_int_equal(rc, GM_EMISMATCH);
		list_dispose(&list);
	}
}

/* The text of a journal is a memory like any other; it must not be taken for groups. */
static void a_torn_group_that_holds_a_journal_is_torn(void **state)
{
	gm_autobuf inner = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_change all[6];
	size_t ends[4], whole;

	(void)state;
	make_sample(&inner, ends, all);
	const struct gm_change first = PUT("keys/first.md", "first\n");
	const struct gm_change outer = put("keys/journal.md", inner.ptr, inner.size);
	add_group(&journal, &first, 1);
	size_t wanted = journal.size;
	add_group(&journal, &outer, 1);
	for (size_t size = wanted; size < journal.size; size++) {
		must(gm_journal_each(&whole, journal.ptr, size, REF, NULL, NULL));
		assert_int_equal(whole, wanted);
	}
}

/* Each ends where the last one does, so each would have to be hashed to its end. */
static void groups_within_groups_cost_no_square(void **state)
{
	enum { FAKES = 40000, EACH = 64 };
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_LARGE);
	char zeros[GM_OID_HEX], ones[GM_OID_HEX];
	struct gm_oid one = oid_of(1);
	size_t whole;

	(void)state;
	gm_oid_format(zeros, &gm_oid_zero);
	gm_oid_format(ones, &one);
	must(gm_journal_put_header(&journal, REF));
	must(gm_buf_printf(&journal, "group %zu\nput %s %s 99999999 5\na.md",
		journal.size, zeros, ones));
	size_t end = journal.size + (size_t)FAKES * 160;
	for (int i = 0; i < FAKES; i++) {
		size_t start = journal.size + 1, room;
		must(gm_buf_printf(
			&journal, "\ngroup %zu\nput %s %s ", start, zeros, ones));
		/* The data begin behind the sizes and the path: two digits decide. */
		room = end - (journal.size + 8 + 2 + 1 + 2);
		must(gm_buf_printf(&journal, "%08zu 1\np\n", room));
	}
	while (journal.size < end)
		must(gm_buf_putc(&journal, 'x'));
	must(gm_buf_printf(&journal, "\nend %s\n", ones));
	int rc = gm_journal_each(&whole, journal.ptr, journal.size, REF, NULL, NULL);
	/* Nobody can tell, so nothing is cut off. */
	assert_int_equal(rc, GM_EMISMATCH);
}

static void a_newer_format_is_refused(void **state)
{
	static const char *const newer[] = {"gitmem-stage 2\ngroup", "gitmem-stage 10\n",
		"gitmem-stage 1\ngroup 15\n", "gitmem-stage two\n"};
	size_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(newer) / sizeof(*newer); i++) {
		int rc = gm_journal_each(
			&whole, newer[i], strlen(newer[i]), REF, NULL, NULL);
		assert_int_equal(rc, GM_EINVALID);
		assert_non_null(strstr(gm_error_last()->message, "format"));
	}
}

#define OID "0101010101010101010101010101010101010101"

/* A group with a right checksum around lines that no writer of ours makes. */
static void put_by_hand(struct gm_buf *out, const char *lines, size_t size)
{
	struct gm_sha1 sha1;
	struct gm_oid sum;
	char hex[GM_OID_HEX];

	must(gm_journal_put_header(out, REF));
	size_t start = out->size;
	must(gm_buf_printf(out, "group %zu\n", start));
	must(gm_buf_put(out, lines, size));
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, out->ptr + start, out->size - start);
	gm_sha1_final(sum.bytes, &sha1);
	gm_oid_format(hex, &sum);
	must(gm_buf_printf(out, "end %s\n", hex));
}

static size_t whole_by_hand(const char *lines, size_t size)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	struct list list = {.n = 0};
	size_t whole;

	put_by_hand(&journal, lines, size);
	must(read_journal(&list, &whole, journal.ptr, journal.size));
	list_dispose(&list);
	return whole;
}

#define WHOLE_BY_HAND(lines) whole_by_hand(lines, sizeof(lines) - 1)

static void hostile_lines_are_no_group(void **state)
{
	(void)state;
	/* The judge of this test itself. */
	assert_true(WHOLE_BY_HAND("tip " OID "\nput " OID " " OID " 1 1\np\nx\n") >
		HEADER_SIZE);
	assert_true(WHOLE_BY_HAND("remove " OID " 1\np\n") > HEADER_SIZE);
	assert_true(WHOLE_BY_HAND("") > HEADER_SIZE);
	assert_int_equal(
		WHOLE_BY_HAND("put " OID " " OID " 18446744073709551615 1\np\nx\n"),
		HEADER_SIZE);
	assert_int_equal(
		WHOLE_BY_HAND("put " OID " " OID " 18446744073709551617 1\np\nx\n"),
		HEADER_SIZE);
	assert_int_equal(
		WHOLE_BY_HAND("put " OID " " OID " 1 18446744073709551616\np\nx\n"),
		HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID " -1 1\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID " +1 1\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID "  1 1\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID " 2 1\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID " 1 2\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " " OID " 1 0\n\nx\n"), HEADER_SIZE);
	assert_int_equal(
		WHOLE_BY_HAND("put " OID " " OID " 1 3\np\0q\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("put " OID " x" OID " 1 1\np\nx\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("remove " OID " 4097\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("remove " OID " 1\np"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("tip 01\n"), HEADER_SIZE);
	assert_int_equal(WHOLE_BY_HAND("rename " OID " 1\np\n"), HEADER_SIZE);
}

static void a_put_of_the_zero_blob_is_no_change(void **state)
{
	(void)state;
	assert_int_equal(
		WHOLE_BY_HAND("put " OID " 0000000000000000000000000000000000000000"
			      " 1 1\np\nx\n"),
		HEADER_SIZE);
}

static void paths_that_no_reader_takes_are_not_written(void **state)
{
	gm_autobuf journal = GM_BUF_INIT(GM_BUF_TEXT);
	char longest[4098];
	struct gm_change change = PUT("", "x");
	size_t whole;

	(void)state;
	must(gm_journal_put_header(&journal, REF));
	assert_int_equal(
		gm_journal_put_group(&journal, HEADER_SIZE, &change, 1), GM_EINVALID);
	memset(longest, 'p', sizeof(longest));
	longest[4097] = '\0';
	change.path = longest;
	assert_int_equal(
		gm_journal_put_group(&journal, HEADER_SIZE, &change, 1), GM_EINVALID);
	assert_int_equal(journal.size, HEADER_SIZE);
	longest[4096] = '\0';
	must(gm_journal_put_group(&journal, HEADER_SIZE, &change, 1));
	must(gm_journal_each(&whole, journal.ptr, journal.size, REF, NULL, NULL));
	assert_int_equal(whole, journal.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_read_back),
		cmocka_unit_test(a_journal_is_read_without_a_callback),
		cmocka_unit_test(the_error_of_the_callback_ends_the_reading),
		cmocka_unit_test(a_journal_cut_anywhere_keeps_its_whole_groups),
		cmocka_unit_test(a_group_behind_a_cut_tail_is_read),
		cmocka_unit_test(a_flipped_bit_is_damage_or_a_torn_tail),
		cmocka_unit_test(bytes_in_between_are_damage),
		cmocka_unit_test(a_torn_group_that_holds_a_journal_is_torn),
		cmocka_unit_test(groups_within_groups_cost_no_square),
		cmocka_unit_test(a_newer_format_is_refused),
		cmocka_unit_test(hostile_lines_are_no_group),
		cmocka_unit_test(a_put_of_the_zero_blob_is_no_change),
		cmocka_unit_test(paths_that_no_reader_takes_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
