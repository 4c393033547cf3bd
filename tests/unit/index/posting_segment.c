#include "tests/unit/index/postings.h"

#include "base/file.h"

static void a_segment_has_what_its_memories_have(void **state)
{
	static const size_t sizes[] = {1, 2, 127, 128, 129, 300, 900};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct corpus corpus;
		struct model model;
		corpus_make(&corpus, sizes[i], i + 1);
		model_make(&model, &corpus, 1, NULL);
		struct gm_posting_segment *segment =
			corpus_segment(&corpus, 7, 0, corpus.n);
		assert_int_equal(gm_posting_segment_first(segment), 7);
		assert_int_equal(gm_posting_segment_rows(segment), sizes[i]);
		check_terms_of(segment, &model);
		gm_posting_segment_free(segment);
		model_dispose(&model);
		corpus_dispose(&corpus);
	}
}

static void terms_that_are_not_there_are_not_found(void **state)
{
	static const char *const words[] = {
		"", "w", "w0", "w0q0", "w0qq", "z", "\xff", "0"};
	struct corpus corpus;
	struct gm_posting_list list;
	char long_word[5000];

	(void)state;
	corpus_make(&corpus, 200, 1);
	struct gm_posting_segment *segment = corpus_segment(&corpus, 1, 0, corpus.n);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_int_equal(gm_posting_segment_find(&list, segment, GM_FIELD_CONTENT,
					 words[i], strlen(words[i])),
			0);
	memset(long_word, 'w', sizeof(long_word));
	for (size_t size = 4090; size < sizeof(long_word); size++)
		assert_int_equal(gm_posting_segment_find(
					 &list, segment, GM_FIELD_TAG, long_word, size),
			0);
	assert_int_equal(
		gm_posting_segment_find(&list, segment, GM_FIELD_AGENT, "w0q", 3), 0);
	assert_int_equal(
		gm_posting_segment_find(&list, segment, GM_FIELD_AGENT, "w3q", 3), 1);
	gm_posting_segment_free(segment);
	corpus_dispose(&corpus);
}

struct count {
	const char *prefix;
	size_t n;
	size_t stop_at;
};

static int count_term(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct count *count = payload;

	assert_true(size >= strlen(count->prefix));
	assert_memory_equal(text, count->prefix, strlen(count->prefix));
	assert_true(list->df > 0);
	return ++count->n == count->stop_at ? 42 : 0;
}

static void terms_with_a_prefix_are_all_found(void **state)
{
	static const char *const prefixes[] = {
		"w", "w1", "w12", "w12q", "w12qq", "x", ""};
	struct corpus corpus;
	struct model model;

	(void)state;
	corpus_make(&corpus, 500, 3);
	model_make(&model, &corpus, 1, NULL);
	struct gm_posting_segment *segment = corpus_segment(&corpus, 1, 0, corpus.n);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		struct count count = {prefixes[i], 0, 0};
		size_t expect = 0;
		size_t size = strlen(prefixes[i]);
		for (size_t k = 0; k < model.n; k++)
			expect += model.items[k].term[0] == 'c' &&
				!strncmp(model.items[k].term + 1, prefixes[i], size) &&
				(!k ||
					strcmp(model.items[k].term,
						model.items[k - 1].term) != 0);
		must(gm_posting_segment_prefix(segment, GM_FIELD_CONTENT, prefixes[i],
			size, count_term, &count));
		assert_int_equal(count.n, expect);
	}
	struct count stopped = {"w", 0, 5};
	assert_int_equal(gm_posting_segment_prefix(
				 segment, GM_FIELD_CONTENT, "w", 1, count_term, &stopped),
		42);
	assert_int_equal(stopped.n, 5);
	gm_posting_segment_free(segment);
	model_dispose(&model);
	corpus_dispose(&corpus);
}

static void documents_and_totals_are_those_of_the_memories(void **state)
{
	struct corpus corpus;
	struct gm_posting_totals totals;
	struct gm_posting_totals expect = {.documents = 0};
	bool sessions[5] = {false};

	(void)state;
	corpus_make(&corpus, 300, 5);
	struct gm_posting_segment *segment = corpus_segment(&corpus, 1, 0, corpus.n);
	const struct gm_document *documents = gm_posting_segment_documents(segment);
	const struct gm_measure *measures = gm_posting_segment_measures(segment);
	for (size_t i = 0; i < corpus.n; i++) {
		struct gm_document document = {.flags = GM_DOCUMENT_NONE};
		if (corpus.rows[i].size)
			must(gm_analysed_parse(&document, corpus.rows[i].ptr,
				corpus.rows[i].size, NULL, NULL));
		assert_memory_equal(&documents[i], &document, sizeof(document));
		assert_int_equal(measures[i].session, document.session);
		assert_int_equal(
			measures[i].length, document.length + document.names_length);
		expect.documents += corpus.rows[i].size > 0;
		expect.length += document.length;
		expect.names_length += document.names_length;
		if (!document.session)
			continue;
		expect.session_length += document.length + document.names_length;
		expect.sessions += !sessions[document.session];
		sessions[document.session] = true;
	}
	gm_posting_segment_totals(&totals, segment);
	assert_int_equal(totals.documents, expect.documents);
	assert_int_equal(totals.length, expect.length);
	assert_int_equal(totals.names_length, expect.names_length);
	assert_int_equal(totals.session_length, expect.session_length);
	assert_int_equal(totals.sessions, expect.sessions);
	assert_in_range(totals.documents, 200, 299);
	gm_posting_segment_free(segment);
	corpus_dispose(&corpus);
}

static void the_order_has_sessions_together_and_in_time(void **state)
{
	struct corpus corpus;
	size_t n_of_session[5] = {0};
	size_t n;

	(void)state;
	corpus_make(&corpus, 300, 6);
	struct gm_posting_segment *segment = corpus_segment(&corpus, 1, 0, corpus.n);
	const struct gm_document *documents = gm_posting_segment_documents(segment);
	const uint32_t *order = gm_posting_segment_order(segment);
	for (size_t i = 0; i < corpus.n; i++) {
		const struct gm_document *b = &documents[order[i]];
		n_of_session[b->session]++;
		if (!i)
			continue;
		const struct gm_document *a = &documents[order[i - 1]];
		assert_true(a->session <= b->session);
		if (a->session != b->session)
			continue;
		assert_true(a->created <= b->created);
		if (a->created == b->created)
			assert_true(a->seq < b->seq ||
				(a->seq == b->seq && order[i - 1] < order[i]));
	}
	for (uint32_t i = 0, first = 0; i < 5; i++) {
		assert_int_equal(gm_posting_segment_session(&n, segment, i), first);
		assert_int_equal(n, n_of_session[i]);
		first += (uint32_t)n;
	}
	assert_int_equal(gm_posting_segment_session(&n, segment, UINT32_MAX), 300);
	assert_int_equal(n, 0);
	gm_posting_segment_free(segment);
	corpus_dispose(&corpus);
}

static void a_file_holds_the_same_as_memory(void **state)
{
	struct corpus corpus;
	struct gm_posting_builder *builder;
	struct gm_posting_segment *opened;
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "x.postings");
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autosink sink;
	uint64_t sum;
	size_t size;
	size_t opened_size;

	(void)state;
	corpus_make(&corpus, 900, 8);
	must(gm_tempfile_open(&temp, dir, "x", 0666));
	gm_segment_sink_to_file(&sink, temp.fd, temp.path);
	must(gm_posting_builder_new(&builder, 3));
	for (size_t i = 0; i < corpus.n; i++)
		must(gm_posting_builder_add(
			builder, corpus.rows[i].ptr, corpus.rows[i].size));
	assert_int_equal(gm_posting_builder_rows(builder), 900);
	must(gm_posting_builder_finish(builder, &sink));
	must(gm_segment_sink_finish(&sink, &sum));
	must(gm_tempfile_commit(&temp, path));
	must(gm_posting_segment_open(&opened, path));
	struct gm_posting_segment *segment = corpus_segment(&corpus, 3, 0, corpus.n);
	const void *bytes = gm_posting_segment_bytes(&size, segment);
	const void *opened_bytes = gm_posting_segment_bytes(&opened_size, opened);
	assert_int_equal(size, opened_size);
	assert_memory_equal(bytes, opened_bytes, size);
	assert_true(sum == gm_file_sum_of(bytes, size));
	assert_int_equal(sink.size, size);
	gm_posting_segment_free(segment);
	gm_posting_segment_free(opened);
	assert_int_equal(gm_posting_segment_open(&opened, dir), GM_EMISMATCH);
	must(gm_unlink(path));
	assert_int_equal(gm_posting_segment_open(&opened, path), GM_ENOTFOUND);
	gm_posting_builder_free(builder);
	corpus_dispose(&corpus);
	scratch_remove(dir);
}

static void a_builder_refuses_what_is_no_memory(void **state)
{
	struct corpus corpus;
	struct gm_posting_builder *builder;
	gm_autobuf twice = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autosink sink;

	(void)state;
	corpus_make(&corpus, 1, 9);
	must(gm_buf_put(&twice, corpus.rows[0].ptr, corpus.rows[0].size));
	must(gm_buf_put(&twice, corpus.rows[0].ptr + sizeof(struct gm_document),
		corpus.rows[0].size - sizeof(struct gm_document)));
	must(gm_posting_builder_new(&builder, 1));
	assert_int_equal(
		gm_posting_builder_add(builder, twice.ptr, twice.size), GM_EMISMATCH);
	gm_posting_builder_free(builder);
	must(gm_posting_builder_new(&builder, 1));
	assert_int_equal(gm_posting_builder_add(
				 builder, twice.ptr, sizeof(struct gm_document) - 1),
		GM_EMISMATCH);
	gm_posting_builder_free(builder);
	must(gm_posting_builder_new(&builder, 1));
	gm_segment_sink_to_memory(&sink);
	assert_int_equal(gm_posting_builder_finish(builder, &sink), GM_EINVALID);
	gm_posting_builder_free(builder);
	corpus_dispose(&corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_has_what_its_memories_have),
		cmocka_unit_test(terms_that_are_not_there_are_not_found),
		cmocka_unit_test(terms_with_a_prefix_are_all_found),
		cmocka_unit_test(documents_and_totals_are_those_of_the_memories),
		cmocka_unit_test(the_order_has_sessions_together_and_in_time),
		cmocka_unit_test(a_file_holds_the_same_as_memory),
		cmocka_unit_test(a_builder_refuses_what_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
