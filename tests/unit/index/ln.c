#include "tests/unit/support.h"

#include <math.h>

#include "index/ln.h"

static void it_is_the_logarithm(void **state)
{
	(void)state;
	assert_true(gm_ln(1) == 0);
	for (double x = 0x1p-1060; x < 0x1p1020; x *= 1.37) {
		double expect = log(x);

		assert_true(fabs(gm_ln(x) - expect) <= 4e-16 * fabs(expect) + 1e-17);
	}
	for (int i = 1; i < 2000; i++) {
		double x = 0.5 + i * 1e-3;

		assert_true(fabs(gm_ln(x) - log(x)) < 3e-16);
	}
}

static void it_is_the_same_everywhere(void **state)
{
	(void)state;
	assert_true(gm_ln(3) == 0x1.193ea7aad030ap+0);
	assert_true(gm_ln(1.25) == 0x1.c8ff7c79a9a21p-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_logarithm),
		cmocka_unit_test(it_is_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
