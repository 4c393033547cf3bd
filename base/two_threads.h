/*
 * Work in two halves, the second one on a thread of its own. Results must not depend on that.
 */
#ifndef GM_BASE_TWO_THREADS_H
#define GM_BASE_TWO_THREADS_H

/*
 * Call `run` with both payloads and return when both calls have ended; one after the other when
 * no thread can be started. Only the call with `first`, on the caller's thread, may report errors.
 */
void gm_run_on_two_threads(void (*run)(void *), void *first, void *second);

#endif
