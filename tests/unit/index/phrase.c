#include "tests/unit/index/postings.h"

#include "index/phrase.h"

struct world {
	struct corpus corpus;
	struct model model;
	struct gm_posting_segment *segment;
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	corpus_make(&world->corpus, 700, 77);
	model_make(&world->model, &world->corpus, 1, NULL);
	world->segment = corpus_segment(&world->corpus, 9, 0, world->corpus.n);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	gm_posting_segment_free(world->segment);
	model_dispose(&world->model);
	corpus_dispose(&world->corpus);
	free(world);
	return 0;
}

/* Whether a term of the model is one that the word may be. */
static bool is_word(
	const struct found *found, char field, const struct gm_query_word *word)
{
	size_t size = strlen(found->term + 1);

	if (found->term[0] != field)
		return false;
	if (word->prefix)
		return size >= word->sizes[0] &&
			!memcmp(found->term + 1, word->terms[0], word->sizes[0]);
	for (size_t i = 0; i < word->n; i++)
		if (size == word->sizes[i] &&
			!memcmp(found->term + 1, word->terms[i], size))
			return true;
	return false;
}

#define MAX_PLACES 512

/* Which words stand at each place of each row, a bit for each word. */
static void look(uint32_t (*places)[MAX_PLACES], const struct world *world, char field,
	const struct gm_query_word *words, size_t n)
{
	for (size_t i = 0; i < world->model.n; i++) {
		const struct found *found = &world->model.items[i];
		for (size_t k = 0; k < n; k++)
			for (uint32_t p = 0;
				is_word(found, field, &words[k]) && p < found->n_places;
				p++)
				places[found->row][found->places[p]] |= 1u << k;
	}
}

static bool has_phrase(const uint32_t places[MAX_PLACES], size_t n)
{
	for (size_t at = 0; at + n <= MAX_PLACES; at++) {
		size_t k = 0;
		while (k < n && places[at + k] >> k & 1)
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static size_t check_phrase(
	const struct world *world, const struct gm_query_word *words, size_t n)
{
	gm_autobitmap rows = GM_BITMAP_INIT;
	uint32_t(*content)[MAX_PLACES] = calloc(world->corpus.n, sizeof(*content));
	uint32_t(*names)[MAX_PLACES] = calloc(world->corpus.n, sizeof(*names));

	look(content, world, 'c', words, n);
	look(names, world, 'n', words, n);
	must(gm_phrase_find(&rows, world->segment, words, n));
	for (size_t row = 0; row < world->corpus.n; row++)
		assert_int_equal(gm_bitmap_test(&rows, 9 + (int64_t)row),
			has_phrase(content[row], n) || has_phrase(names[row], n));
	free(content);
	free(names);
	return gm_bitmap_count(&rows);
}

static void add_term(struct gm_query_word *word, const char *text)
{
	word->sizes[word->n] = strlen(text);
	memcpy(word->terms[word->n++], text, strlen(text));
}

static void phrases_are_found_where_they_are(void **state)
{
	struct random random = {5};
	size_t n_found = 0;

	for (size_t i = 0; i < 60; i++) {
		struct gm_query_word words[4] = {{0}};
		size_t n = 1 + random_below(&random, 4);
		char text[16];
		for (size_t k = 0; k < n; k++) {
			for (uint32_t t = random_below(&random, 3) + 1; t; t--) {
				(void)snprintf(text, sizeof(text), "w%uq",
					random_below(&random, n > 2 ? 6 : 30));
				add_term(&words[k], text);
			}
		}
		n_found += check_phrase(*state, words, n);
	}
	assert_in_range(n_found, 1000, 60 * 700 / 2);
}

static void the_last_word_may_be_a_beginning(void **state)
{
	struct gm_query_word words[2] = {{0}};

	add_term(&words[0], "w1q");
	add_term(&words[1], "w2");
	words[1].prefix = true;
	assert_in_range(check_phrase(*state, words, 2), 50, 699);
	assert_in_range(check_phrase(*state, words + 1, 1), 50, 699);
	words[1].sizes[0] = 1;
	assert_in_range(check_phrase(*state, words, 2), 50, 699);
}

static void names_have_phrases_of_their_own(void **state)
{
	struct gm_query_word words[3] = {{0}};

	add_term(&words[0], "note");
	add_term(&words[1], "w1q");
	add_term(&words[2], "w2q");
	assert_in_range(check_phrase(*state, words, 3), 200, 500);
	/* The last word of a key and the first of a tag are no neighbours. */
	words[1] = words[2];
	words[2].n = 0;
	add_term(&words[2], "b");
	assert_int_equal(check_phrase(*state, words + 1, 2), 0);
}

static void a_word_that_is_nowhere_is_in_no_phrase(void **state)
{
	const struct world *world = *state;
	struct gm_query_word words[2] = {{0}};
	gm_autobitmap rows = GM_BITMAP_INIT;

	must(gm_phrase_find(&rows, world->segment, words, 0));
	assert_int_equal(gm_bitmap_count(&rows), 0);
	add_term(&words[0], "w0q");
	add_term(&words[1], "never");
	assert_int_equal(check_phrase(*state, words, 2), 0);
	assert_int_equal(check_phrase(*state, words + 1, 1), 0);
	words[1].n = 0;
	assert_int_equal(check_phrase(*state, words, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phrases_are_found_where_they_are),
		cmocka_unit_test(the_last_word_may_be_a_beginning),
		cmocka_unit_test(names_have_phrases_of_their_own),
		cmocka_unit_test(a_word_that_is_nowhere_is_in_no_phrase),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
