/*
 * Commits as text, the way git shows them.
 */
#ifndef GM_CMD_COMMIT_TEXT_H
#define GM_CMD_COMMIT_TEXT_H

#include "cmd/command.h"
#include "dag/record_diff.h"

/*
 * Append what `git log` shows of a commit: id, merge, author, date, the message indented; with
 * `named` its name in SHA-256, too.
 */
int gm_put_commit(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_commit *commit, bool colored, bool named);

/* Append one line: short id and subject. */
int gm_put_commit_oneline(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_commit *commit, bool colored);

/* Append "Author: NAME <MAIL>" and "Date:   ...", with this word for "Author". */
int gm_put_person(struct gm_buf *out, const char *word, const struct gm_signature *who);

/* Append a message, each line indented by four blanks. */
int gm_put_message(struct gm_buf *out, const char *message);

/* Append a line for each delta and one that counts them; nothing when there are none. */
int gm_put_stat(struct gm_buf *out, const struct gm_record_deltas *deltas, bool colored);

#endif
