#include "tests/unit/support.h"

#include <string.h>

#include "dag/line_diff.h"
#include "dag/record_merge.h"
#include "objstore/object.h"
#include "tests/unit/dag/random_record.h"

#define SEED 20260105u
#define CASES 5000

static void encode(
	struct gm_buf *out, struct gm_oid *blob_out, const struct gm_record *record)
{
	gm_buf_reset(out);
	must(gm_record_encode(out, record));
	gm_object_hash(blob_out, GM_OBJECT_BLOB, out->ptr, out->size);
}

static void merge(struct gm_record_merge *out, const struct gm_record *base,
	const struct gm_record *ours, const struct gm_record *theirs)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid our_blob, their_blob;

	encode(&bytes, &our_blob, ours);
	encode(&bytes, &their_blob, theirs);
	must(gm_record_merge(out,
		&(struct gm_record_merge_input){
			base, ours, theirs, &our_blob, &their_blob, GM_FAVOUR_NONE}));
}

static void assert_same(const struct gm_record *a, const struct gm_record *b)
{
	gm_autobuf a_bytes = GM_BUF_INIT(GM_BUF_LARGE),
		   b_bytes = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_record_encode(&a_bytes, a));
	must(gm_record_encode(&b_bytes, b));
	assert_string_equal(a_bytes.ptr, b_bytes.ptr);
}

/* Lines of the old content, some gone, some new. */
static void edit_content(struct gm_record *record, const char *mark, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autolines lines = GM_LINES_INIT;

	must(gm_lines_split(
		&lines, (struct gm_text){record->content, record->content_size}));
	for (size_t i = 0; i < lines.n; i++) {
		unsigned dice = pick(seed, 12);

		if (dice == 0)
			must(gm_buf_printf(&text, "%s %u\n", mark, pick(seed, 1000)));
		if (dice > 1)
			must(gm_buf_put(&text, lines.items[i].ptr, lines.items[i].size));
	}
	if (pick(seed, 4) == 0)
		must(gm_buf_printf(&text, "\n%s at the end", mark));
	must(gm_record_set_content(record, gm_buf_str(&text), text.size));
}

/* Change each group of fields with some chance, in place. */
static void edit(struct gm_record *record, const char *mark, unsigned *seed)
{
	if (pick(seed, 2))
		edit_content(record, mark, seed);
	if (pick(seed, 3) == 0)
		random_tags(&record->tags, seed);
	if (pick(seed, 3) == 0)
		random_details(record, seed);
	if (pick(seed, 3) == 0)
		random_extra(&record->extra, seed, 3);
	if (pick(seed, 3) == 0)
		random_field(&record->agent, seed);
	if (pick(seed, 4) == 0)
		must(gm_record_set_text(&record->key, pick(seed, 2) ? mark : NULL));
	if (pick(seed, 8) == 0)
		record->type = (enum gm_record_type)pick(seed, 4);
	if (pick(seed, 2))
		record->updated = pick(seed, 5) ? random_time(seed) : GM_TIME_NONE;
	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
}

static void make_base(struct gm_record *record, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	random_record(record, seed);
	for (unsigned i = 0, n = pick(seed, 10); i < n; i++)
		must(gm_buf_printf(&text, "line %u\n", pick(seed, 2) ? i : 0));
	must(gm_record_set_content(record, gm_buf_str(&text), text.size));
}

/* A base, two edits of it; in some cases the sides have no base, or not even one id. */
static bool make_case(struct gm_record *base, struct gm_record *ours,
	struct gm_record *theirs, unsigned *seed)
{
	bool with_base = pick(seed, 5) > 0;

	make_base(base, seed);
	must(gm_record_copy(ours, base));
	must(gm_record_copy(theirs, base));
	edit(ours, "ours", seed);
	edit(theirs, "theirs", seed);
	if (!with_base && pick(seed, 2)) {
		random_id(theirs->id, seed);
		theirs->created = random_time(seed);
		must(gm_record_normalise(theirs, GM_RECORD_MAX_CONTENT));
	}
	return with_base;
}

static enum gm_merge_what swapped(enum gm_merge_what what)
{
	if (what == GM_MERGE_OURS)
		return GM_MERGE_THEIRS;
	return what == GM_MERGE_THEIRS ? GM_MERGE_OURS : what;
}

static void assert_mirrored(
	const struct gm_record_merge *a, const struct gm_record_merge *b)
{
	assert_same(&a->merged, &b->merged);
	assert_int_equal(a->has_sibling, b->has_sibling);
	if (a->has_sibling)
		assert_same(&a->sibling, &b->sibling);
	assert_int_equal(a->n_decisions, b->n_decisions);
	for (size_t i = 0; i < a->n_decisions; i++) {
		const struct gm_merge_decision *one = &a->decisions[i],
					       *two = &b->decisions[i];

		assert_string_equal(one->field, two->field);
		assert_int_equal(one->what, swapped(two->what));
		assert_true(one->lost ? json_equal(one->lost, two->lost) : !two->lost);
	}
}

static void swapping_the_sides_changes_only_the_words(void **state)
{
	unsigned seed = SEED;
	int siblings = 0;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autorecord base = GM_RECORD_INIT, ours = GM_RECORD_INIT,
			      theirs = GM_RECORD_INIT;
		gm_autorecordmerge one = GM_RECORD_MERGE_INIT, two = GM_RECORD_MERGE_INIT;
		bool with_base = make_case(&base, &ours, &theirs, &seed);

		merge(&one, with_base ? &base : NULL, &ours, &theirs);
		merge(&two, with_base ? &base : NULL, &theirs, &ours);
		assert_mirrored(&one, &two);
		siblings += one.has_sibling;
	}
	assert_in_range(siblings, CASES / 20, CASES / 2);
}

static void a_record_merged_with_itself_is_itself(void **state)
{
	unsigned seed = SEED + 1;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES / 5; i++) {
		gm_autorecord base = GM_RECORD_INIT, ours = GM_RECORD_INIT,
			      theirs = GM_RECORD_INIT;
		gm_autorecordmerge out = GM_RECORD_MERGE_INIT;
		bool with_base = make_case(&base, &ours, &theirs, &seed);

		merge(&out, with_base ? &base : NULL, &ours, &ours);
		assert_same(&out.merged, &ours);
		assert_false(out.has_sibling);
		assert_int_equal(out.n_decisions, 0);
	}
}

static void what_one_side_did_alone_is_taken_exactly(void **state)
{
	unsigned seed = SEED + 2;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES / 5; i++) {
		gm_autorecord base = GM_RECORD_INIT, side = GM_RECORD_INIT;
		gm_autorecordmerge one = GM_RECORD_MERGE_INIT, two = GM_RECORD_MERGE_INIT;

		make_base(&base, &seed);
		must(gm_record_copy(&side, &base));
		edit(&side, "side", &seed);
		merge(&one, &base, &side, &base);
		merge(&two, &base, &base, &side);
		assert_same(&one.merged, &side);
		assert_same(&two.merged, &side);
		assert_false(one.has_sibling || two.has_sibling);
	}
}

static bool has_line(const struct gm_record *record, struct gm_text wanted)
{
	gm_autolines lines = GM_LINES_INIT;
	bool found = false;

	must(gm_lines_split(
		&lines, (struct gm_text){record->content, record->content_size}));
	for (size_t i = 0; i < lines.n && !found; i++) {
		struct gm_text line = lines.items[i];

		if (line.ptr[line.size - 1] == '\n')
			line.size--;
		found = gm_text_equal(line, wanted);
	}
	return found;
}

/* Every line of a side that the base did not have stands in the merged record or the sibling. */
static void assert_no_line_lost(const struct gm_record_merge *out,
	const struct gm_record *base, const struct gm_record *side)
{
	gm_autolines lines = GM_LINES_INIT;

	must(gm_lines_split(&lines, (struct gm_text){side->content, side->content_size}));
	for (size_t i = 0; i < lines.n; i++) {
		struct gm_text line = lines.items[i];

		if (line.ptr[line.size - 1] == '\n')
			line.size--;
		if (base && has_line(base, line))
			continue;
		assert_true(has_line(&out->merged, line) ||
			(out->has_sibling && has_line(&out->sibling, line)));
	}
}

static void no_line_that_was_added_gets_lost(void **state)
{
	unsigned seed = SEED + 3;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES; i++) {
		gm_autorecord base = GM_RECORD_INIT, ours = GM_RECORD_INIT,
			      theirs = GM_RECORD_INIT;
		gm_autorecordmerge out = GM_RECORD_MERGE_INIT;
		bool with_base = make_case(&base, &ours, &theirs, &seed);

		if (ours.type == GM_RECORD_STATE && theirs.type == GM_RECORD_STATE)
			continue;
		merge(&out, with_base ? &base : NULL, &ours, &theirs);
		assert_no_line_lost(&out, with_base ? &base : NULL, &ours);
		assert_no_line_lost(&out, with_base ? &base : NULL, &theirs);
	}
}

/* Merging the result once more with either side finds nothing new to say. */
static void a_merge_that_is_repeated_is_stable(void **state)
{
	unsigned seed = SEED + 4;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < CASES / 5; i++) {
		gm_autorecord base = GM_RECORD_INIT, ours = GM_RECORD_INIT,
			      theirs = GM_RECORD_INIT;
		gm_autorecordmerge first = GM_RECORD_MERGE_INIT,
				   again = GM_RECORD_MERGE_INIT;
		bool with_base = make_case(&base, &ours, &theirs, &seed);

		merge(&first, with_base ? &base : NULL, &ours, &theirs);
		if (strcmp(ours.id, first.merged.id) != 0)
			continue;
		merge(&again, &ours, &ours, &first.merged);
		assert_same(&again.merged, &first.merged);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swapping_the_sides_changes_only_the_words),
		cmocka_unit_test(a_record_merged_with_itself_is_itself),
		cmocka_unit_test(what_one_side_did_alone_is_taken_exactly),
		cmocka_unit_test(no_line_that_was_added_gets_lost),
		cmocka_unit_test(a_merge_that_is_repeated_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
