#include "cmd/editor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

void gm_edit_file_dispose(struct gm_edit_file *file)
{
	gm_free(file->path);
	file->path = NULL;
}

void gm_edit_file_remove(struct gm_edit_file *file)
{
	if (file->path)
		(void)unlink(file->path); /* best effort: it is only litter now */
	gm_edit_file_dispose(file);
}

void gm_edit_file_hint(const struct gm_edit_file *file)
{
	if (file->path)
		gm_error_hint("what you wrote is kept in '%s'", file->path);
}

static const char *choose_editor(void)
{
	static const char *const variables[] = {"GITMEM_EDITOR", "VISUAL", "EDITOR"};
	const char *term = getenv("TERM");

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *editor = getenv(variables[i]);
		if (editor && *editor)
			return editor;
	}
	return term && *term && strcmp(term, "dumb") ? "vi" : NULL;
}

static int write_file(
	struct gm_edit_file *out, const struct gm_buf *text, struct gm_call *call)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	int rc = gm_tempfile_open(&temp, gm_repo_dir(call->repo), "EDIT_", 0600);

	if (rc == 0)
		rc = gm_write_all(temp.fd, gm_buf_str(text), text->size, temp.path);
	if (rc < 0)
		return rc;
	out->path = gm_steal(&temp.path);
	return 0;
}

static int run_editor(const char *editor, const char *path)
{
	gm_autofree char *command = gm_format("%s \"$@\"", editor);
	int status;

	if (!command)
		return GM_ENOMEM;
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot start the editor '%s'", editor);
	if (!pid) {
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGPIPE, SIG_DFL);
		(void)execlp("sh", "sh", "-c", command, editor, path, (char *)NULL);
		_exit(127);
	}
	/* Ctrl-C is the editor's while it runs. */
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	(void)sigaction(SIGINT, &ignore, &old);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)sigaction(SIGINT, &old, NULL);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return gm_error(GM_ERROR, "the editor '%s' failed", editor);
	return 0;
}

/* What the person did not touch is no loss when the editor fails. */
static void forget_untouched(struct gm_edit_file *file, const struct gm_buf *text)
{
	gm_autobuf now = GM_BUF_INIT(GM_BUF_LARGE);
	const struct gm_error why = *gm_error_last();
	int rc = gm_file_read(&now, file->path);

	if (rc == 0 && now.size == text->size &&
		!memcmp(gm_buf_str(&now), gm_buf_str(text), now.size))
		gm_edit_file_remove(file);
	(void)gm_error(why.code, "%s", why.message); /* back to the reason */
}

int gm_edit_text(struct gm_edit_file *file_out, struct gm_buf *text, struct gm_call *call)
{
	const char *editor = choose_editor();

	if (!editor) {
		int failed = gm_error(GM_ERROR, "there is no editor to open");
		gm_error_hint("set EDITOR, or give the change as options");
		return failed;
	}
	int rc = write_file(file_out, text, call);
	if (rc == 0)
		rc = run_editor(editor, file_out->path);
	if (rc < 0 && file_out->path)
		forget_untouched(file_out, text);
	if (rc == 0) {
		gm_buf_reset(text);
		rc = gm_file_read(text, file_out->path);
	}
	return rc;
}
