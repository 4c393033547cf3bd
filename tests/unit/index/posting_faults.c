/*
 * Every allocation and write failing while segments are made, read and merged, one after the
 * other, each in a process of its own, as the plan of the seam is read once. Empty without it.
 */
#include "tests/unit/index/postings.h"

#ifdef GM_FAULT_INJECTION

#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "index/phrase.h"

#define ROWS 150
#define MOST 10000

static int add_row(
	struct gm_posting_builder *builder, struct gm_stemmer *stemmer, unsigned row)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	char text[40];
	int size = snprintf(text, sizeof(text), "the pool of w%u", row % 3);
	int rc = gm_record_set_content(&record, text, (size_t)size);

	if (rc == 0)
		rc = gm_analysed_make(&analysed, &record, 0, 0, stemmer);
	return rc < 0 ? rc : gm_posting_builder_add(builder, analysed.ptr, analysed.size);
}

static int build(struct gm_segment_sink *sink, int64_t first)
{
	gm_cleanup(gm_stemmer_free_p) struct gm_stemmer *stemmer = NULL;
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	int rc = gm_stemmer_new(&stemmer);

	if (rc == 0)
		rc = gm_posting_builder_new(&builder, first);
	for (unsigned i = 0; i < ROWS && rc == 0; i++)
		rc = add_row(builder, stemmer, i);
	return rc < 0 ? rc : gm_posting_builder_finish(builder, sink);
}

static int build_file(struct gm_posting_segment **out, const char *dir)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autosink sink;
	int rc = gm_tempfile_open(&temp, dir, "x", 0666);

	gm_segment_sink_to_file(&sink, temp.fd, "x");
	if (rc == 0)
		rc = build(&sink, 1);
	return rc < 0 ? rc : gm_posting_segment_open(out, temp.path);
}

static int build_in_memory(struct gm_posting_segment **out)
{
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	int rc = build(&sink, 1 + ROWS);
	return rc < 0 ? rc : gm_posting_segment_take(out, &sink.bytes);
}

static int merge_and_ask(struct gm_posting_segment *const parts[2])
{
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *merged = NULL;
	struct gm_query_word words[2] = {
		{.n = 1, .sizes = {4}, .terms = {"pool"}},
		{.n = 1, .sizes = {1}, .terms = {"o"}, .prefix = true},
	};
	gm_autobitmap without = GM_BITMAP_INIT;
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_autosink sink;
	int rc = gm_bitmap_set(&without, 5);

	gm_segment_sink_to_memory(&sink);
	if (rc == 0)
		rc = gm_posting_segments_merge(&sink, parts, 2, &without);
	if (rc == 0)
		rc = gm_posting_segment_take(&merged, &sink.bytes);
	if (rc == 0)
		rc = gm_phrase_find(&rows, merged, words, 2);
	return rc < 0 ? rc : gm_bitmap_count(&rows) == 2 * ROWS - 1 ? 0 : GM_ERROR;
}

static int work(const char *dir)
{
	struct gm_posting_segment *parts[2] = {NULL, NULL};
	int rc = build_file(&parts[0], dir);

	if (rc == 0)
		rc = build_in_memory(&parts[1]);
	if (rc == 0)
		rc = merge_and_ask(parts);
	gm_posting_segment_free(parts[0]);
	gm_posting_segment_free(parts[1]);
	return rc;
}

/* What a child does: 0: all went well; 1: failed with an error; 2: failed without one. */
static int child(const char *dir)
{
	int rc = work(dir);

	if (rc == 0)
		return 0;
	return gm_error_last()->code == (enum gm_errcode)rc && *gm_error_last()->message
		? 1
		: 2;
}

static int run_child(const char *dir, const char *plan)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("GITMEM_FAULT", plan, 1);
		(void)execl("/proc/self/exe", "postings", dir, (char *)NULL);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Fail the first, the second ... until a run has none left that fails. */
static void sweep(const char *kind, const char *onwards, int step)
{
	char *dir = scratch_new();
	int failures = 0;

	for (int at = 1;; at = test_fault_after(at, step)) {
		gm_autofree char *plan = gm_format("%s:%d%s", kind, at, onwards);
		int rc = run_child(dir, plan);
		assert_true(rc == 0 || rc == 1);
		failures += rc;
		assert_true(at < MOST);
		if (rc == 0)
			break;
	}
	assert_true(failures > 0);
	scratch_remove(dir);
}

static void each_allocation_failing_fails_cleanly(void **state)
{
	(void)state;
	sweep("alloc", "", 7);
	sweep("alloc", "+", 41);
}

static void each_write_failing_fails_cleanly(void **state)
{
	(void)state;
	sweep("write", "", 1);
}

#endif

int main(int argc, char **argv)
{
#ifdef GM_FAULT_INJECTION
	if (argc == 2)
		return child(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_failing_fails_cleanly),
		cmocka_unit_test(each_write_failing_fails_cleanly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	(void)argc;
	(void)argv;
	(void)printf("1..0 # SKIP built without the fault seam\n");
	return 0;
#endif
}
