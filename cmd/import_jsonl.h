/*
 * Reading JSON Lines: one memory a line, with the keys of gitmem(1), "JSON".
 */
#ifndef GM_CMD_IMPORT_JSONL_H
#define GM_CMD_IMPORT_JSONL_H

#include "cmd/import.h"

struct gm_jsonl_source {
	int fd;
	const char *name; /* for messages */
	gm_time modified; /* the file's time: when a line has no `created` */
	struct gm_progress *progress;
};

/*
 * Take every line in. Bad ones are told on stderr by number and counted as rejected. Ends
 * early only on errors of reading or writing, or when interrupted.
 */
int gm_import_jsonl(struct gm_import *import, struct gm_call *call,
	const struct gm_jsonl_source *source);

#endif
