/*
 * `expect run`: ask the questions, and tell which answers are not what was expected.
 */
#ifndef GM_CMD_EXPECT_RUN_H
#define GM_CMD_EXPECT_RUN_H

#include "cmd/expectation.h"
#include "cmd/memory.h"

/*
 * Ask all of the list at the revision `at` (of --at; NULL: as gm_call_moment()) and print the
 * report. GM_ENO when an answer is not as expected, else GM_EINVALID when there was a file that
 * is no expectation or cannot be asked.
 */
int gm_expect_run(
	struct gm_call *call, const struct gm_expectations *list, const char *at);

#endif
