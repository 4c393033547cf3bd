#include "base/two_threads.h"

#include <pthread.h>

#include "tests/unit/support.h"

struct half {
	pthread_t thread;
	unsigned calls;
	unsigned sum;
};

static void count(void *payload)
{
	struct half *half = payload;

	half->thread = pthread_self();
	half->calls++;
	for (unsigned i = 0; i < 1000; i++)
		half->sum += i;
}

static void both_halves_are_done_once_and_the_first_one_here(void **state)
{
	struct half halves[2] = {{0}};

	(void)state;
	gm_run_on_two_threads(count, &halves[0], &halves[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(halves[i].calls, 1);
		assert_int_equal(halves[i].sum, 499500);
	}
	assert_true(pthread_equal(halves[0].thread, pthread_self()));
	assert_false(pthread_equal(halves[1].thread, pthread_self()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_halves_are_done_once_and_the_first_one_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
