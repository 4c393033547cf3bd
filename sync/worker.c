#include "sync/worker.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "dag/tracked.h"
#include "sync/message.h"
#include "sync/worker_internal.h"

/* How often we tell that work goes on. */
#define TELL_MS 200

struct gm_worker {
	char *gitdir;           /* NULL: none */
	struct gm_repo *repo;   /* NULL: not opened yet */
	struct gm_config *user; /* the settings when there is no repository */
	bool is_quiet;
	size_t bytes; /* that moved and were not told of yet */
	int64_t told_ms;
	const char *title; /* of the progress that was told last */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(
		CLOCK_MONOTONIC_COARSE, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_user_settings(struct gm_worker *worker)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_config_new(&worker->user);

	if (rc < 0)
		return rc;
	rc = gm_global_config_path(&path);
	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : gm_config_add_file(worker->user, gm_buf_str(&path), NULL);
}

/* A command that came with a project, and that nobody here wrote, is never run. */
static int check_own(struct gm_repo *repo)
{
	bool is_tracked = false;
	int rc = gm_config_get(gm_repo_config(repo), "core.sshCommand")
		? gm_repo_is_tracked(&is_tracked, repo)
		: 0;

	if (rc == 0 && is_tracked)
		rc = gm_error(GM_EACCESS,
			"core.sshCommand is not run: '%s' is a part of the project "
			"around it, as git checked it out",
			gm_repo_dir(repo));
	return rc;
}

int gm_worker_new(struct gm_worker **out, const char *gitdir, bool is_quiet)
{
	gm_cleanup(gm_worker_free_p) struct gm_worker *worker =
		gm_calloc(1, sizeof(*worker));
	int rc;

	if (!worker)
		return GM_ENOMEM;
	worker->is_quiet = is_quiet;
	if (gitdir) {
		worker->gitdir = gm_strdup(gitdir);
		rc = worker->gitdir ? gm_repo_open(&worker->repo, gitdir) : GM_ENOMEM;
		if (rc == 0)
			rc = check_own(worker->repo);
	} else {
		rc = read_user_settings(worker);
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&worker);
	return 0;
}

void gm_worker_free(struct gm_worker *worker)
{
	if (!worker)
		return;
	gm_repo_free(worker->repo);
	gm_config_free(worker->user);
	gm_free(worker->gitdir);
	gm_free(worker);
}

void gm_worker_reset(struct gm_worker *worker)
{
	worker->bytes = 0;
	worker->told_ms = 0;
	worker->title = NULL;
}

int gm_worker_repo(struct gm_repo **out, struct gm_worker *worker)
{
	if (!worker->repo)
		return gm_error(GM_ENOTFOUND, "there is no repository");
	*out = worker->repo;
	return 0;
}

const struct gm_config *gm_worker_config(const struct gm_worker *worker)
{
	return worker->repo ? gm_repo_config(worker->repo) : worker->user;
}

bool gm_worker_is_quiet(const struct gm_worker *worker)
{
	return worker->is_quiet;
}

static int write_all(const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(STDOUT_FILENO, bytes, size);
		if (n < 0 && errno != EINTR)
			return gm_error(GM_EPIPE, "gitmem has gone");
		if (n < 0)
			continue;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int gm_worker_send(const json_t *message)
{
	gm_autobuf line = GM_BUF_INIT(GM_SYNC_MESSAGE_MAX);
	int rc = gm_json_dump(&line, message, false);

	if (rc == 0)
		rc = gm_buf_putc(&line, '\n');
	return rc < 0 ? rc : write_all(line.ptr, line.size);
}

/* Whether it is time to tell of something; a title of its own is told at once. */
static bool is_time(struct gm_worker *worker, const char *title)
{
	int64_t now = now_ms();

	if (now - worker->told_ms < TELL_MS && (!title || title == worker->title))
		return false;
	worker->told_ms = now;
	return true;
}

int gm_worker_beat(struct gm_worker *worker, size_t bytes)
{
	char line[64];
	int rc = gm_interrupted();

	worker->bytes += bytes;
	if (rc < 0 || !is_time(worker, NULL))
		return rc;
	int size = snprintf(line, sizeof(line), "{\"bytes\":%zu}\n", worker->bytes);
	worker->bytes = 0;
	return write_all(line, (size_t)size);
}

int gm_worker_beat_fn(size_t bytes, void *worker)
{
	return gm_worker_beat(worker, bytes);
}

static json_t *progress_message(const char *title, uint64_t done, uint64_t total)
{
	gm_autojson *message = gm_json_object();
	gm_autojson *progress = gm_json_object();
	int rc = message && progress ? gm_json_set_string(progress, "title", title)
				     : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_int(progress, "done", (long long)done);
	if (rc == 0)
		rc = gm_json_set_int(progress, "total", (long long)total);
	if (rc == 0)
		rc = gm_json_set(message, "progress", gm_steal(&progress));
	return rc < 0 ? NULL : gm_steal(&message);
}

int gm_worker_progress(
	struct gm_worker *worker, const char *title, uint64_t done, uint64_t total)
{
	int rc = gm_interrupted();

	if (rc < 0 || (!is_time(worker, title) && done != total))
		return rc;
	worker->title = title;
	gm_autojson *message = progress_message(title, done, total);
	return message ? gm_worker_send(message) : GM_ENOMEM;
}
