/*
 * A folder that was made without a trace, as if all of it had been made and flushed in one.
 */
#ifndef GM_TESTS_POWERCUT_SEED_H
#define GM_TESTS_POWERCUT_SEED_H

/*
 * Append events to the trace `path` that make what is in the folder `dir` and flush it. Files
 * have one name each. Ends the process when it fails.
 */
void seed_trace(const char *path, const char *dir);

#endif
