#include "cmd/hooks.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "cmd/message.h"

/* What is handed to a hook in a file; one that nobody removed is litter after a day. */
#define FILE_PREFIX "HOOK_"
#define FILE_SECONDS 86400

/* How often pre-commit is asked about a stage that does not stay as it was shown. */
#define MAX_ROUNDS 8

static int find(enum gm_hook_presence *out, struct gm_call *call, const char *name)
{
	int rc = gm_hook_find(out, call->repo, name);

	if (rc == 0 && *out == GM_HOOK_IGNORED)
		gm_talk(call,
			"hint: the hook '%s' was ignored because it is not set as "
			"executable",
			name);
	return rc;
}

int gm_call_hook(
	struct gm_call *call, const char *name, const struct gm_hook_options *options)
{
	gm_autofree const char **variables = NULL;
	gm_autofree char *branch = NULL;
	enum gm_hook_presence found;
	size_t n = 0;
	int rc = find(&found, call, name);

	if (rc < 0 || found != GM_HOOK_PRESENT)
		return rc;
	while (options->variables && options->variables[n])
		n++;
	variables = gm_calloc(n + 2, sizeof(*variables));
	if (call->branch)
		branch = gm_format("GITMEM_BRANCH=%s", call->branch);
	if (!variables || (call->branch && !branch))
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		variables[i] = options->variables[i];
	variables[n] = branch;
	struct gm_hook_options all = *options;
	all.variables = variables;
	return gm_hook_run_with(call->repo, name, &all);
}

void gm_call_hook_after(struct gm_call *call, const char *name, const char *const *args)
{
	const struct gm_hook_options options = {.args = args};

	if (gm_call_hook(call, name, &options) < 0)
		gm_warn("%s", gm_error_last()->message);
}

static int remove_old(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	if (!strncmp(name, FILE_PREFIX, strlen(FILE_PREFIX)) && lstat(path, &st) == 0 &&
		S_ISREG(st.st_mode) && st.st_mtime < time(NULL) - FILE_SECONDS)
		(void)gm_unlink(path); /* the next gc tries again */
	return 0;
}

void gm_hooks_tidy(struct gm_call *call)
{
	/* What stays is litter and does no harm. */
	(void)gm_dir_each(gm_repo_dir(call->repo), remove_old,
		(char *)(uintptr_t)gm_repo_dir(call->repo));
}

/* A file for a hook, which goes away again. */
static int put_file(struct gm_tempfile *out, struct gm_call *call, const char *prefix,
	const struct gm_buf *bytes)
{
	int rc = gm_tempfile_open(out, gm_repo_dir(call->repo), prefix, 0600);

	return rc < 0 ? rc
		      : gm_write_all(out->fd, gm_buf_str(bytes), bytes->size, out->path);
}

/* What the hook left; an equal message keeps its form. */
static int take_message(
	struct gm_buf *message, const struct gm_buf *given, const struct gm_buf *left)
{
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_TEXT);

	if (left->size == given->size && !memcmp(left->ptr, given->ptr, left->size))
		return 0;
	if (left->size && memchr(left->ptr, '\0', left->size))
		return gm_error(GM_EINVALID, "the message holds a zero byte");
	int rc = gm_message_clean(&clean, gm_buf_str(left), false);
	if (rc == 0 && !clean.size)
		rc = gm_error(GM_ENO, "the message is empty: nothing was committed");
	if (rc < 0)
		return rc;
	gm_buf_reset(message);
	return gm_buf_put(message, clean.ptr, clean.size);
}

static int ask_about_message(struct gm_buf *message, struct gm_call *call)
{
	gm_autotempfile file = GM_TEMPFILE_INIT;
	gm_autobuf given = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf left = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&given, gm_buf_str(message));

	if (rc == 0 && given.size && given.ptr[given.size - 1] != '\n')
		rc = gm_buf_putc(&given, '\n');
	if (rc == 0)
		rc = put_file(&file, call, FILE_PREFIX "MSG_", &given);
	if (rc < 0)
		return rc;
	const char *const args[] = {file.path, NULL};
	const struct gm_hook_options options = {.args = args};
	rc = gm_call_hook(call, "commit-msg", &options);
	if (rc == 0)
		rc = gm_file_read(&left, file.path);
	return rc < 0 ? rc : take_message(message, &given, &left);
}

int gm_call_commit_msg(struct gm_buf *message, struct gm_call *call)
{
	enum gm_hook_presence found;
	int rc = find(&found, call, "commit-msg");

	return rc < 0 || found != GM_HOOK_PRESENT ? rc : ask_about_message(message, call);
}

/* What the hooks are asked about. */
struct verification {
	const char *ref;
	struct gm_buf *message;
	const struct gm_changes *shown; /* NULL: the stage as it is */
};

static int ask_about_changes(
	struct gm_call *call, const struct verification *verification)
{
	const struct gm_changes *shown = verification->shown;
	gm_autotempfile file = GM_TEMPFILE_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *variable = NULL;
	int rc = gm_stage_encode(&bytes, verification->ref, shown->items, shown->n);

	if (rc == 0)
		rc = put_file(&file, call, FILE_PREFIX "STAGE_", &bytes);
	if (rc == 0) {
		variable = gm_format("%s=%s", GM_STAGE_VARIABLE, file.path);
		rc = variable ? 0 : GM_ENOMEM;
	}
	if (rc < 0)
		return rc;
	const char *const variables[] = {variable, NULL};
	const struct gm_hook_options options = {.variables = variables};
	return gm_call_hook(call, "pre-commit", &options);
}

static int ask(struct gm_writer *writer, void *payload)
{
	const struct verification *verification = payload;
	const struct gm_hook_options none = {.args = NULL};
	int rc = verification->shown ? ask_about_changes(writer->call, verification)
				     : gm_call_hook(writer->call, "pre-commit", &none);

	return rc < 0 ? rc : gm_call_commit_msg(verification->message, writer->call);
}

/* Whether there is anybody to ask. */
static int is_wanted(bool *out, struct gm_writer *writer)
{
	enum gm_hook_presence before = GM_HOOK_ABSENT, message = GM_HOOK_ABSENT;
	int rc = writer->no_verify
		? 0
		: gm_hook_find(&before, writer->call->repo, "pre-commit");

	if (rc == 0 && !writer->no_verify)
		rc = gm_hook_find(&message, writer->call->repo, "commit-msg");
	*out = before != GM_HOOK_ABSENT || message != GM_HOOK_ABSENT;
	return rc;
}

/* The message as it is before commit-msg sees it. */
static int put_message(struct gm_buf *out, struct gm_writer *writer, const char *given,
	const struct gm_change *changes, size_t n)
{
	gm_buf_reset(out);
	return given ? gm_buf_puts(out, given)
		     : gm_generated_subject(out, writer, changes, n);
}

/* One round of questions; `*same_out` tells whether the stage is as it was. */
static int verify_once(bool *same_out, struct gm_buf *message, struct gm_writer *writer,
	const char *given)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *before = NULL;
	struct verification verification = {.ref = writer->head.ref, .message = message};
	int rc = put_message(message, writer, given, gm_stage_changes(writer->stage),
		gm_stage_size(writer->stage));

	if (rc == 0)
		rc = gm_stage_load(&before, writer->call->repo, writer->head.ref);
	if (rc == 0)
		rc = gm_writer_pause(writer, ask, &verification);
	if (rc == 0)
		*same_out = gm_stage_equal(before, writer->stage);
	return rc;
}

int gm_verify_stage(struct gm_buf *message, struct gm_writer *writer,
	struct gm_commit_request *request)
{
	const char *given = request->message;
	bool is_same = false, wanted;
	int rc = is_wanted(&wanted, writer);

	if (rc < 0 || !wanted)
		return rc;
	for (size_t i = 0; rc == 0 && !is_same && i < MAX_ROUNDS; i++)
		rc = verify_once(&is_same, message, writer, given);
	if (rc == 0 && !is_same)
		rc = gm_error(GM_EMODIFIED,
			"the stage is changed each time that pre-commit looks at it");
	request->message = gm_buf_str(message);
	return rc;
}

/* Whether the same is staged at a path in both. */
static bool is_staged_alike(
	const struct gm_stage *a, const struct gm_stage *b, const char *path)
{
	const struct gm_change *x = gm_stage_find(a, path);
	const struct gm_change *y = gm_stage_find(b, path);

	return !x || !y
		? x == y
		: gm_oid_equal(&x->base, &y->base) && gm_oid_equal(&x->blob, &y->blob);
}

/* Whether what was shown is still what would be committed, and takes nothing else away. */
static bool is_as_shown(const struct gm_changes *shown, const struct gm_stage *before,
	const struct gm_changes *now, const struct gm_stage *after)
{
	bool equal = shown->n == now->n;

	for (size_t i = 0; equal && i < shown->n; i++)
		equal = !strcmp(shown->items[i].path, now->items[i].path) &&
			gm_oid_equal(&shown->items[i].blob, &now->items[i].blob) &&
			is_staged_alike(before, after, shown->items[i].path);
	return equal;
}

/* Ask about what `given` is to be the message of; GM_EMODIFIED as in the header. */
static int verify_shown(struct gm_buf *message, struct gm_writer *writer,
	const char *given, gm_verify_shown_fn show, void *payload)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autochanges shown = GM_CHANGES_INIT;
	gm_autochanges now = GM_CHANGES_INIT;
	struct verification verification = {
		.ref = writer->head.ref, .message = message, .shown = &shown};
	int rc = show(&shown, writer, payload);

	if (rc < 0 || !shown.n)
		return rc;
	rc = put_message(message, writer, given, shown.items, shown.n);
	if (rc == 0)
		rc = gm_stage_load(&stage, writer->call->repo, writer->head.ref);
	if (rc == 0)
		rc = gm_writer_pause(writer, ask, &verification);
	if (rc == 0)
		rc = show(&now, writer, payload);
	if (rc == 0 && !is_as_shown(&shown, stage, &now, writer->stage))
		rc = gm_error(GM_EMODIFIED,
			"what is staged of it was changed while the hooks looked at it");
	return rc;
}

int gm_verify_changes(struct gm_buf *message, struct gm_writer *writer,
	struct gm_commit_request *request, gm_verify_shown_fn show, void *payload)
{
	bool wanted;
	int rc = is_wanted(&wanted, writer);

	if (rc < 0 || !wanted)
		return rc;
	rc = verify_shown(message, writer, request->message, show, payload);
	if (message->size)
		request->message = gm_buf_str(message);
	return rc;
}
