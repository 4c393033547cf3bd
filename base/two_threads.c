#include "base/two_threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

struct half {
	void (*run)(void *);
	void *payload;
};

static void *run_half(void *payload)
{
	const struct half *half = payload;

	half->run(half->payload);
	return NULL;
}

/* Signals are the other threads' business. */
static bool start(pthread_t *out, struct half *half)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(out, NULL, run_half, half);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

void gm_run_on_two_threads(void (*run)(void *), void *first, void *second)
{
	struct half half = {run, second};
	pthread_t thread;
	bool started = start(&thread, &half);

	run(first);
	if (started)
		(void)pthread_join(thread, NULL); /* it was started, and ends */
	else
		run(second);
}
