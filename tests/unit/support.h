/*
 * What unit tests share: a scratch folder, files in it, and running stock git as the judge.
 *
 * Everything here fails the running test instead of returning an error.
 */
#ifndef GM_TESTS_UNIT_SUPPORT_H
#define GM_TESTS_UNIT_SUPPORT_H

/* cmocka.h needs these before it, in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

/* A new folder below $TMPDIR (or the system's own place). free() it after scratch_remove(). */
char *scratch_new(void);

/* Remove the folder with all that is in it, and free the name. */
void scratch_remove(char *dir);

/* Write a file `DIR/NAME`, making the folders on the way. */
void scratch_write(const char *dir, const char *name, const void *data, size_t size);

/* Read a file `DIR/NAME` behind the contents of `out`. */
void scratch_read(struct gm_buf *out, const char *dir, const char *name);

/*
 * True when a sample is enough, for another build tries all (GITMEM_TEST_SAMPLE=1).
 */
bool test_is_sampled(void);

/* How many of `all` random cases are tried. */
unsigned test_cases(unsigned all);

/* Which fault of a sweep comes after the one at `at`: `step` further, or more in a sample. */
int test_fault_after(int at, int step);

/*
 * Run a shell command in `dir` with an empty HOME, fixed dates and names, and no GIT_*
 * of ours; what it prints replaces the contents of `out` (may be NULL). Returns its exit code.
 */
int shell(struct gm_buf *out, const char *dir, const char *command);

/* A call that must succeed; the message of the error is shown when it does not. */
#define must(call) must_((call), #call, __FILE__, __LINE__)
void must_(int rc, const char *call, const char *file, int line);

#endif
