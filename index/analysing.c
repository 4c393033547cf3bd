#include "index/analysing.h"

#include <pthread.h>
#include <signal.h>

#include "index/analysed.h"

/* The thread is woken for so many, and tells that as many are done. */
#define BATCH 32

struct job {
	struct gm_record record;
	uint32_t session;
	uint32_t agent;
	struct gm_buf analysed;
};

struct gm_analysing {
	struct job jobs[GM_ANALYSING_MAX]; /* a ring */
	struct gm_stemmer *stemmer;
	size_t taken; /* of the caller's thread alone */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work;
	pthread_cond_t done;
	size_t n_put;
	size_t n_done; /* up to where the jobs are the caller's again */
	bool stop;
	struct gm_error failed; /* the first failure, which ends all */
};

static struct job *job_at(struct gm_analysing *analysing, size_t number)
{
	return &analysing->jobs[number % GM_ANALYSING_MAX];
}

static int analyse(struct gm_analysing *analysing, struct job *job)
{
	gm_buf_reset(&job->analysed);
	return gm_analysed_make(&job->analysed, &job->record, job->session, job->agent,
		analysing->stemmer);
}

/* Do the jobs from one to another; the lock is not held. */
static int do_jobs(struct gm_analysing *analysing, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; i < to && rc == 0; i++)
		rc = analyse(analysing, job_at(analysing, i));
	return rc;
}

static void *run(void *payload)
{
	struct gm_analysing *analysing = payload;

	(void)pthread_mutex_lock(&analysing->lock); /* it is a lock of ours */
	while (!analysing->stop && !analysing->failed.code) {
		size_t from = analysing->n_done;
		size_t to = analysing->n_put;

		if (from == to) {
			(void)pthread_cond_wait(&analysing->work, &analysing->lock);
			continue;
		}
		if (to - from > BATCH)
			to = from + BATCH;
		(void)pthread_mutex_unlock(&analysing->lock);
		int rc = do_jobs(analysing, from, to);
		(void)pthread_mutex_lock(&analysing->lock);
		if (rc < 0) {
			/* The message is this thread's: the caller's is given a copy. */
			analysing->failed = *gm_error_last();
			analysing->failed.code = (enum gm_errcode)rc;
		} else {
			analysing->n_done = to;
		}
		(void)pthread_cond_signal(&analysing->done);
	}
	(void)pthread_mutex_unlock(&analysing->lock);
	return NULL;
}

/* Signals are the other threads' business. */
static int start(struct gm_analysing *analysing)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&analysing->thread, NULL, run, analysing);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc ? gm_error(GM_ERROR, "no thread can be started") : 0;
}

static void dispose(struct gm_analysing *analysing)
{
	for (size_t i = 0; i < GM_ANALYSING_MAX; i++) {
		gm_record_dispose(&analysing->jobs[i].record);
		gm_buf_dispose(&analysing->jobs[i].analysed);
	}
	(void)pthread_cond_destroy(&analysing->done); /* nobody waits any more */
	(void)pthread_cond_destroy(&analysing->work);
	(void)pthread_mutex_destroy(&analysing->lock);
	gm_stemmer_free(analysing->stemmer);
	gm_free(analysing);
}

int gm_analysing_new(struct gm_analysing **out)
{
	static const struct job none = {
		.record = GM_RECORD_INIT, .analysed = GM_BUF_INIT(GM_BUF_LARGE)};
	struct gm_analysing *analysing = gm_calloc(1, sizeof(*analysing));

	if (!analysing)
		return GM_ENOMEM;
	for (size_t i = 0; i < GM_ANALYSING_MAX; i++)
		analysing->jobs[i] = none;
	(void)pthread_mutex_init(&analysing->lock, NULL); /* Linux's cannot fail */
	(void)pthread_cond_init(&analysing->work, NULL);
	(void)pthread_cond_init(&analysing->done, NULL);
	int rc = gm_stemmer_new(&analysing->stemmer);
	if (rc == 0)
		rc = start(analysing);
	if (rc < 0) {
		dispose(analysing);
		return rc;
	}
	*out = analysing;
	return 0;
}

void gm_analysing_free(struct gm_analysing *analysing)
{
	if (!analysing)
		return;
	(void)pthread_mutex_lock(&analysing->lock);
	analysing->stop = true;
	(void)pthread_cond_signal(&analysing->work);
	(void)pthread_mutex_unlock(&analysing->lock);
	(void)pthread_join(analysing->thread, NULL); /* it was started, and ends */
	dispose(analysing);
}

size_t gm_analysing_waiting(const struct gm_analysing *analysing)
{
	return analysing ? analysing->n_put - analysing->taken : 0;
}

void gm_analysing_put(struct gm_analysing *analysing, struct gm_record *record,
	uint32_t session, uint32_t agent)
{
	struct job *job = job_at(analysing, analysing->n_put);

	gm_record_dispose(&job->record);
	job->record = *record;
	*record = (struct gm_record)GM_RECORD_INIT;
	job->session = session;
	job->agent = agent;
	(void)pthread_mutex_lock(&analysing->lock);
	analysing->n_put++;
	if (analysing->n_put - analysing->n_done >= BATCH)
		(void)pthread_cond_signal(&analysing->work);
	(void)pthread_mutex_unlock(&analysing->lock);
}

/* Wait until a job is done, or never will be. */
static int wait_for(struct gm_analysing *analysing, size_t number)
{
	int rc = 0;

	(void)pthread_mutex_lock(&analysing->lock);
	while (analysing->n_done <= number && !analysing->failed.code) {
		(void)pthread_cond_signal(&analysing->work);
		(void)pthread_cond_wait(&analysing->done, &analysing->lock);
	}
	if (analysing->n_done <= number)
		rc = analysing->failed.code;
	(void)pthread_mutex_unlock(&analysing->lock);
	return rc;
}

int gm_analysing_take(const struct gm_buf **out, struct gm_analysing *analysing)
{
	int rc = wait_for(analysing, analysing->taken);

	if (rc < 0)
		return gm_error(analysing->failed.code, "%s", analysing->failed.message);
	*out = &job_at(analysing, analysing->taken)->analysed;
	analysing->taken++;
	return 0;
}
