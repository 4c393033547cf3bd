/*
 * A program that makes vectors, spoken to over pipes, one line each way:
 *
 *     it reads    ["a text", "another"]         a JSON array of texts
 *     it writes   [[0.1, -0.2], [0.3, 0.4]]     a vector for each, or null: none
 *     or          {"error": "what is wrong"}, and "away": true when that is nothing about
 *                 these texts, so that asking for others is of no use
 *
 * and so on until its standard input ends. gitmem-embed speaks like this for endpoints, and a
 * user's command is asked to. What it writes to standard error is kept for messages: the last
 * line of it.
 *
 * It runs in a process group of its own, which is killed when it does not answer in time and
 * when it is no longer needed. SIGPIPE must be ignored.
 */
#ifndef GM_INDEX_EMBEDDING_PROCESS_H
#define GM_INDEX_EMBEDDING_PROCESS_H

#include <stddef.h>

#include "base/buf.h"

struct gm_embedding_process;

/*
 * Start `argv` (found along PATH) in the folder `dir`. That it cannot run shows in its answer.
 * Messages call it `name`.
 */
int gm_embedding_process_start(struct gm_embedding_process **out, const char *name,
	const char *const *argv, const char *dir);
void gm_embedding_process_free(struct gm_embedding_process *process);
GM_DEFINE_CLEANUP(struct gm_embedding_process, gm_embedding_process_free)

/*
 * Send a line and replace the contents of `answer` by the line that comes back, both without
 * their newline. GM_ERROR, with what it said, when it ends, is silent for `timeout_ms`, or
 * answers with more than `answer` may hold: it is of no use any more then. GM_EINTERRUPTED.
 */
int gm_embedding_process_ask(struct gm_buf *answer, struct gm_embedding_process *process,
	const char *line, size_t size, size_t timeout_ms);

#endif
