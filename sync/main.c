/*
 * gitmem-sync: speaks to remotes. gitmem starts it and asks it over pipes (sync/message.h).
 */
#include <git2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/options.h"
#include "sync/handler.h"
#include "sync/message.h"
#include "sync/worker_internal.h"

#define EXIT_FAILED 128
#define EXIT_USAGE 129

#define CHUNK 65536

static const struct {
	const char *name;
	gm_handler_fn handle;
} handlers[] = {
	{"version", gm_handle_version},
	{"ls-refs", gm_handle_ls_refs},
	{"fetch", gm_handle_fetch},
	{"push", gm_handle_push},
};

int gm_handle_version(json_t **done_out, struct gm_worker *worker, const json_t *request)
{
	gm_autojson *done = gm_json_object();
	int rc = done ? gm_json_set_string(done, "version", GM_VERSION) : GM_ENOMEM;

	(void)worker;
	(void)request;
	if (rc == 0)
		rc = gm_json_set_string(done, "libgit2", LIBGIT2_VERSION);
	if (rc == 0)
		*done_out = gm_steal(&done);
	return rc;
}

static int handle(json_t **done_out, struct gm_worker *worker, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "request"));

	for (size_t i = 0; name && i < sizeof(handlers) / sizeof(*handlers); i++)
		if (!strcmp(handlers[i].name, name))
			return handlers[i].handle(done_out, worker, request);
	return gm_error(GM_EINVALID, "there is no request '%s'", name ? name : "");
}

/* Serve one request; a failure that could be told of is none of ours. */
static int serve(struct gm_worker *worker, const char *line, size_t size)
{
	gm_autojson *request = NULL;
	gm_autojson *done = NULL;
	gm_autojson *message = NULL;
	int rc = gm_json_parse(&request, line, size);

	gm_worker_reset(worker);
	if (rc == 0)
		rc = handle(&done, worker, request);
	if (rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0) {
		rc = gm_message_of_error(&message);
	} else {
		message = gm_json_object();
		rc = message ? gm_json_set(message, "done", gm_steal(&done)) : GM_ENOMEM;
	}
	return rc < 0 ? rc : gm_worker_send(message);
}

/* 1 with a line in `line`, 0 at the end of standard input. */
static int read_line(struct gm_buf *line, struct gm_buf *rest)
{
	char *end;

	gm_buf_reset(line);
	while (!(end = rest->size ? memchr(rest->ptr, '\n', rest->size) : NULL)) {
		int rc = gm_buf_reserve(rest, CHUNK);
		if (rc < 0)
			return rc;
		ssize_t n = read(STDIN_FILENO, rest->ptr + rest->size, CHUNK);
		if (n < 0)
			rc = gm_interrupted();
		if (n <= 0)
			return rc;
		rest->size += (size_t)n;
	}
	size_t size = (size_t)(end - rest->ptr);
	int rc = gm_buf_put(line, rest->ptr, size);
	if (rc < 0)
		return rc;
	rest->size -= size + 1;
	memmove(rest->ptr, end + 1, rest->size);
	return 1;
}

static int serve_all(const char *gitdir, bool is_quiet)
{
	gm_cleanup(gm_worker_free_p) struct gm_worker *worker = NULL;
	gm_autobuf line = GM_BUF_INIT(GM_SYNC_MESSAGE_MAX);
	gm_autobuf rest = GM_BUF_INIT(GM_SYNC_MESSAGE_MAX + CHUNK);
	gm_autojson *message = NULL;
	int rc = gm_worker_new(&worker, gitdir, is_quiet);

	if (rc < 0 && gm_message_of_error(&message) == 0)
		return gm_worker_send(message);
	while (rc == 0) {
		rc = read_line(&line, &rest);
		if (rc <= 0)
			return rc;
		rc = serve(worker, line.ptr, line.size);
	}
	return rc;
}

static int parse(const char **gitdir_out, bool *quiet_out, int argc, char **argv)
{
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 0, "git-dir", gitdir_out, "DIR", "the repository",
			NULL, GM_COMPLETE_DIR},
		{GM_OPTION_BOOL, 'q', "quiet", quiet_out, NULL,
			"do not show what remotes tell", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	struct gm_options_result result;
	int rc = gm_options_parse(&result, table, argc - 1, argv + 1, false);

	if (rc < 0)
		return rc;
	if (result.help || result.n_rest)
		rc = gm_error(GM_EUSAGE, "usage: gitmem-sync [-q] [--git-dir DIR]");
	gm_options_result_dispose(&result);
	return rc;
}

int main(int argc, char **argv)
{
	const char *gitdir = NULL;
	bool is_quiet = false;

	(void)signal(SIGPIPE, SIG_IGN);
	gm_interrupt_catch();
	gm_json_setup();
	int rc = parse(&gitdir, &is_quiet, argc, argv);
	if (rc == 0)
		rc = serve_all(gitdir, is_quiet);
	if (rc == 0 || rc == GM_EPIPE)
		return 0;
	gm_interrupt_raise();
	(void)fprintf(stderr, "gitmem-sync: %s\n", gm_error_last()->message);
	return rc == GM_EUSAGE ? EXIT_USAGE : EXIT_FAILED;
}
