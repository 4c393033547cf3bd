/*
 * Letting the person write: a text in their editor ($GITMEM_EDITOR, $VISUAL, $EDITOR, `vi`).
 */
#ifndef GM_CMD_EDITOR_H
#define GM_CMD_EDITOR_H

#include "cmd/command.h"

/* The file that an editor works on, in the repository's folder; one for each call. */
struct gm_edit_file {
	char *path;
};

#define GM_EDIT_FILE_INIT     \
	{                     \
		.path = NULL, \
	}
#define gm_autoeditfile gm_cleanup(gm_edit_file_dispose) struct gm_edit_file

/* Forget the file but leave it where it is: what was written must not be lost. */
void gm_edit_file_dispose(struct gm_edit_file *file);

/* Remove the file: what was written is safe elsewhere. */
void gm_edit_file_remove(struct gm_edit_file *file);

/* Add the hint that says where the text was kept, if there is any, to the current error. */
void gm_edit_file_hint(const struct gm_edit_file *file);

/*
 * Let the person edit `text`; it is replaced by what they saved. GM_ERROR when there is no
 * editor or it failed. Whatever fails from here on, the caller adds the hint.
 */
int gm_edit_text(
	struct gm_edit_file *file_out, struct gm_buf *text, struct gm_call *call);

#endif
