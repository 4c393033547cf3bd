/*
 * What earlier imports brought: their commits say so in a trailer, so that every clone knows.
 * A record is compared with what its source said last time: what people changed or removed
 * since then stays theirs unless the source itself has changed.
 */
#ifndef GM_CMD_IMPORT_HISTORY_H
#define GM_CMD_IMPORT_HISTORY_H

#include "cmd/command.h"

/* The last line of the message of every import commit. */
#define GM_IMPORT_TRAILER "Imported-by: gitmem"

struct gm_import_history;

/* The imports that `tip` (zero: none) reaches. The history is read when it is first asked. */
int gm_import_history_new(
	struct gm_import_history **out, struct gm_repo *repo, const struct gm_oid *tip);
void gm_import_history_free(struct gm_import_history *history);
GM_DEFINE_CLEANUP(struct gm_import_history, gm_import_history_free)

/* 1 with what the last import with a memory of this id said of it, 0 when none had one. */
int gm_import_history_find(
	struct gm_oid *out, struct gm_import_history *history, const char *id);

/* 1 when the branch has ever had this blob, else 0: what an import brings is no news then. */
int gm_import_history_had(struct gm_import_history *history, const struct gm_oid *blob);

#endif
