#include "cmd/exit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cmd/revision_hint.h"
#include "dag/commit_graph_write.h"

enum {
	EXIT_DONE = 0,
	EXIT_NO = 1,
	EXIT_FAILED = 128,
	EXIT_USAGE = 129,
};

static void print_json_error(const struct gm_error *error)
{
	gm_autojson *outer = gm_json_object();
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	json_t *inner = gm_json_object();
	int rc = outer && inner ? 0 : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(inner, "code", gm_error_name(error->code));
	if (rc == 0)
		rc = gm_json_set_string(inner, "message", error->message);
	if (rc == 0 && error->hint[0])
		rc = gm_json_set_string(inner, "hint", error->hint);
	if (rc < 0)
		json_decref(inner);
	else
		rc = gm_json_set(outer, "error", inner);
	if (rc == 0)
		rc = gm_json_dump(&line, outer, false);
	if (rc == 0)
		(void)fprintf(stderr, "%s\n", gm_buf_str(&line));
	else
		(void)fputs("{\"error\":{\"code\":\"out-of-memory\","
			    "\"message\":\"out of memory\"}}\n",
			stderr);
}

/* The message may quote bytes of others: on a terminal they must stay text. */
static void print_error(const struct gm_call *call)
{
	struct gm_error error = *gm_error_last();
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	if (call->json) {
		print_json_error(&error);
		return;
	}
	if (gm_put_safe(&text, error.message, strlen(error.message)) == 0)
		(void)fprintf(stderr, "error: %s\n", gm_buf_str(&text));
	else
		(void)fputs("error: out of memory\n", stderr);
	gm_buf_reset(&text);
	if (error.hint[0] && gm_put_safe(&text, error.hint, strlen(error.hint)) == 0)
		(void)fprintf(stderr, "hint: %s\n", gm_buf_str(&text));
}

static int exit_code(int rc)
{
	if (rc >= 0)
		return EXIT_DONE;
	if (rc == GM_ENO)
		return EXIT_NO;
	return rc == GM_EUSAGE ? EXIT_USAGE : EXIT_FAILED;
}

/* What could not be written is not done, except when the reader has simply gone away. */
static int flush_stdout(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return gm_output_failed();
}

/* The reader has gone: end as every filter does. A pager may be left at any time. */
static int end_without_reader(bool paged)
{
	if (paged)
		return EXIT_DONE;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)raise(SIGPIPE);
	return EXIT_FAILED;
}

/* What the user can do about it, where the place of the failure cannot know. */
static void add_hint(struct gm_call *call, int rc)
{
	if (gm_error_last()->hint[0])
		return;
	if (rc == GM_ENOSPC)
		gm_error_hint(
			"the index in '.gitmem/recall' may be removed to make room: "
			"it is made anew");
	else if (rc == GM_ELOCKED)
		gm_error_hint("try again when it has ended; a file '*.lock' that a dead "
			      "program left may be removed");
	else if (rc == GM_EACCESS && call->repo &&
		access(gm_repo_dir(call->repo), W_OK) < 0)
		gm_error_hint("the repository is read-only for you");
	else if (rc == GM_ENOTFOUND && *gm_error_last()->unknown && call->repo)
		gm_hint_unknown(call, gm_error_last()->unknown);
	else if (rc == GM_EUSAGE && call->command)
		gm_error_hint("'gitmem %s -h' shows the usage", call->command->name);
	else if (rc == GM_EMISMATCH)
		gm_error_hint("'gitmem fsck' tells what is damaged");
}

/* Output that could not be written makes a failure of a call that had none. */
static int flush_output(int rc)
{
	struct gm_error kept = *gm_error_last();
	int flushed = flush_stdout();

	if (rc >= 0)
		return flushed < 0 ? flushed : rc;
	(void)gm_error((enum gm_errcode)rc, "%s", kept.message);
	gm_error_hint("%s", kept.hint);
	gm_error_unknown(kept.unknown);
	return rc;
}

int gm_exit(struct gm_call *call, int rc)
{
	bool paged = call->pager.pid != 0;

	if (rc != GM_EINTERRUPTED)
		rc = flush_output(rc);
	gm_pager_finish(&call->pager);
	/* "no" speaks only when it has something to say. */
	if (rc < 0 && rc != GM_EPIPE && gm_error_last()->message[0]) {
		add_hint(call, rc);
		print_error(call);
	}
	/* Everything is said and done, and no lock held: what fails here the next one sees to. */
	if (rc >= 0 && call->repo)
		(void)gm_store_settle(gm_repo_store(call->repo));
	if (rc >= 0 && call->repo && !gm_oid_is_zero(&call->committed))
		gm_commit_graph_upkeep(call->repo, &call->committed);
	gm_repo_free(call->repo);
	call->repo = NULL;
	gm_strv_dispose(&call->directories);
	if (rc == GM_EINTERRUPTED)
		gm_interrupt_raise();
	return rc == GM_EPIPE ? end_without_reader(paged) : exit_code(rc);
}
