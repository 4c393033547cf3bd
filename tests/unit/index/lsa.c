#include "tests/unit/index/learning.h"

#include <stdlib.h>

#define gm_autolesson gm_cleanup(lesson_dispose) struct lesson
#define gm_autolsa gm_cleanup(gm_lsa_free_p) struct gm_lsa

static double between(const struct gm_lsa *lsa, const char *a, const char *b)
{
	float v[GM_LSA_MAX_DIMS];
	float w[GM_LSA_MAX_DIMS];
	double sum = 0;

	assert_int_equal(encode(v, lsa, a), 1);
	assert_int_equal(encode(w, lsa, b), 1);
	for (size_t k = 0; k < gm_lsa_dims(lsa); k++)
		sum += (double)v[k] * w[k];
	return sum;
}

/*
 * The mean cosine of a word of kind `a` and one of kind `b`, of the same subject or of different
 * ones: there is a direction for each subject and hardly one more.
 */
static double mean(const struct gm_lsa *lsa, char a, char b, unsigned apart)
{
	char x[8];
	char y[8];
	double sum = 0;

	for (unsigned i = 0; i < 63; i++)
		sum += between(lsa, word(x, a, i), word(y, b, (i + apart) % 63));
	return sum / 63;
}

static void words_of_the_same_company_are_near(void **state)
{
	gm_autolesson lesson;

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 126, 63);
	gm_autolsa *lsa = learn(&lesson);
	/* These two are never in one memory, but with the same words. */
	assert_true(mean(lsa, 'v', 'w', 0) > 0.8);
	assert_true(mean(lsa, 'v', 'k', 0) > 0.9);
	assert_true(mean(lsa, 'v', 'w', 1) < 0.05);
	assert_true(mean(lsa, 'v', 'k', 7) < 0.05);
}

static void a_question_is_near_its_answer(void **state)
{
	gm_autolesson lesson;
	gm_autolesson apart;
	char a[8];

	(void)state;
	lesson_begin(&lesson);
	lesson_begin(&apart);
	for (uint32_t i = 0; i < 126; i++) {
		word(a, i % 2 ? 'v' : 'w', i / 2);
		add_memory(&lesson, a, 1 + i / 2, GM_SCOPE_SHARED);
		add_memory(&apart, a, 1 + i, GM_SCOPE_SHARED);
	}
	gm_autolsa *lsa = learn(&lesson);
	assert_true(mean(lsa, 'v', 'w', 0) > 0.9);
	assert_true(mean(lsa, 'v', 'w', 1) < 0.05);
	gm_autolsa *other = learn(&apart);
	assert_true(mean(other, 'v', 'w', 0) < 0.05);
}

static void private_and_forgotten_memories_leave_nothing(void **state)
{
	gm_autolesson lesson;
	char term[8];

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 36, 6);
	add_memory(&lesson, "my password is swordfish", 0, GM_SCOPE_PRIVATE);
	add_memory(&lesson, "swordfish again", 0, GM_SCOPE_PRIVATE);
	add_memory(&lesson, "zanzibar was forgotten", 0, GM_SCOPE_SHARED);
	gm_bitmap_clear(&lesson.alive, lesson.rows);
	gm_autolsa *lsa = learn(&lesson);
	assert_false(knows(lsa, "swordfish"));
	assert_false(knows(lsa, "password"));
	assert_false(knows(lsa, "zanzibar"));
	assert_true(knows(lsa, word(term, 'k', 0)));
	assert_int_equal(gm_lsa_learned(lsa), 36);
}

static void stop_words_and_written_forms_are_not_learned(void **state)
{
	gm_autolesson lesson;

	(void)state;
	lesson_begin(&lesson);
	for (size_t i = 0; i < 32; i++)
		add_memory(&lesson,
			i % 2 ? "They were deploying the services."
			      : "A service was deployed.",
			0, GM_SCOPE_SHARED);
	gm_autolsa *lsa = learn(&lesson);
	assert_true(knows(lsa, "deploi"));
	assert_true(knows(lsa, "servic"));
	assert_false(knows(lsa, "deploying"));
	assert_false(knows(lsa, "services"));
	assert_false(knows(lsa, "the"));
	assert_false(knows(lsa, "were"));
	float v[GM_LSA_MAX_DIMS];
	assert_int_equal(encode(v, lsa, "the unheard of"), 0);
	assert_true(v[0] == 0 && v[gm_lsa_dims(lsa) - 1] == 0);
}

static void too_little_is_not_learned_from(void **state)
{
	gm_autolesson lesson;
	gm_autolesson empty;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 31, 6);
	assert_int_equal(train(&bytes, &lesson), GM_ENO);
	lesson_begin(&empty);
	for (size_t i = 0; i < 40; i++)
		add_memory(&empty, "and it is the", 0, GM_SCOPE_SHARED);
	assert_int_equal(train(&bytes, &empty), GM_ENO);
	assert_int_equal(bytes.size, 0);
	assert_false(gm_lsa_due(NULL, 31));
	assert_true(gm_lsa_due(NULL, 32));
}

static void a_model_is_due_when_the_repository_changed_much(void **state)
{
	gm_autolesson lesson;

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 100, 6);
	gm_autolsa *lsa = learn(&lesson);
	assert_int_equal(gm_lsa_learned(lsa), 100);
	assert_false(gm_lsa_due(lsa, 100));
	assert_false(gm_lsa_due(lsa, 125));
	assert_true(gm_lsa_due(lsa, 126));
	assert_false(gm_lsa_due(lsa, 50));
	assert_true(gm_lsa_due(lsa, 49));
}

static void learning_is_deterministic_on_every_level(void **state)
{
	gm_autolesson lesson;
	gm_autobuf first = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf second = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf plain = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 50, 6);
	end_segment(&lesson);
	add_pairs(&lesson, 50, 6);
	must(train(&first, &lesson));
	must(train(&second, &lesson));
	assert_int_equal(setenv("GITMEM_KERNELS", "scalar", 1), 0);
	must(train(&plain, &lesson));
	assert_int_equal(unsetenv("GITMEM_KERNELS"), 0);
	assert_int_equal(first.size, second.size);
	assert_int_equal(first.size, plain.size);
	assert_memory_equal(gm_buf_str(&first), gm_buf_str(&second), first.size);
	assert_memory_equal(gm_buf_str(&first), gm_buf_str(&plain), first.size);
}

static void dimensions_grow_with_the_repository(void **state)
{
	static const struct {
		size_t n;
		size_t dims;
	} cases[] = {{255, 64}, {256, 128}, {2047, 128}, {2048, 256}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gm_autolesson lesson;

		lesson_begin(&lesson);
		add_pairs(&lesson, cases[i].n, 6);
		gm_autolsa *lsa = learn(&lesson);
		assert_int_equal(gm_lsa_dims(lsa), cases[i].dims);
	}
}

/* Half of the words of a large repository are there once. */
static void words_of_one_memory_are_learned_when_memories_are_few(void **state)
{
	gm_autolesson lesson;

	(void)state;
	lesson_begin(&lesson);
	add_pairs(&lesson, 2046, 60);
	add_memory(&lesson, "An aardvark.", 0, GM_SCOPE_SHARED);
	gm_autolsa *few = learn(&lesson);
	assert_true(knows(few, "aardvark"));
	add_memory(&lesson, "An armadillo.", 0, GM_SCOPE_SHARED);
	gm_autolsa *many = learn(&lesson);
	assert_false(knows(many, "aardvark"));
	assert_true(knows(many, "kzbbx"));
}

/* Of millions of words a part is enough, and whole sessions are taken or none of them. */
static void a_sample_of_many_words_is_learned_from(void **state)
{
	gm_autolesson lesson;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	lesson_begin(&lesson);
	for (size_t i = 0; i < 30000; i++)
		must(gm_buf_puts(&text, "be at "));
	for (uint32_t i = 0; i < 90; i++) {
		gm_autobuf content = GM_BUF_INIT(GM_BUF_LARGE);

		must(gm_buf_printf(
			&content, "x%um ax%um common %s", i / 2, i, gm_buf_str(&text)));
		add_memory(&lesson, gm_buf_str(&content), 1 + i / 2, GM_SCOPE_SHARED);
	}
	gm_autolsa *lsa = learn(&lesson);
	assert_int_equal(gm_lsa_learned(lsa), 90);
	assert_true(knows(lsa, "common"));
	/* That of each session has two memories, or is not known. */
	size_t known = 0;
	for (unsigned i = 0; i < 45; i++) {
		char term[16];

		(void)snprintf(term, sizeof(term), "x%um", i);
		known += knows(lsa, term);
	}
	assert_in_range(known, 20, 44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_the_same_company_are_near),
		cmocka_unit_test(a_question_is_near_its_answer),
		cmocka_unit_test(private_and_forgotten_memories_leave_nothing),
		cmocka_unit_test(stop_words_and_written_forms_are_not_learned),
		cmocka_unit_test(too_little_is_not_learned_from),
		cmocka_unit_test(a_model_is_due_when_the_repository_changed_much),
		cmocka_unit_test(learning_is_deterministic_on_every_level),
		cmocka_unit_test(dimensions_grow_with_the_repository),
		cmocka_unit_test(words_of_one_memory_are_learned_when_memories_are_few),
		cmocka_unit_test(a_sample_of_many_words_is_learned_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
