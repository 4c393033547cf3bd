/*
 * What `fsck` finds: each fault told once, as a line or for the one JSON object at the end.
 */
#ifndef GM_CMD_FSCK_FAULTS_H
#define GM_CMD_FSCK_FAULTS_H

#include "cmd/command.h"

enum gm_severity {
	GM_SEVERITY_ERROR,   /* something is lost or broken */
	GM_SEVERITY_WARNING, /* nothing is lost, but somebody should look */
	GM_SEVERITY_N,
};

struct gm_faults {
	struct gm_call *call;
	size_t n[GM_SEVERITY_N];
	json_t *lists[GM_SEVERITY_N]; /* with --json; made when first needed */
};

#define GM_FAULTS_INIT(call_)                      \
	{                                          \
		.call = (call_), .lists = { NULL } \
	}
void gm_faults_dispose(struct gm_faults *faults);

/*
 * Tell one fault. `kind` is "object", "ref", "reflog", "stage", "merge", "memory", "index",
 * "file" or "repository"; `subject` names the one concerned.
 */
int gm_faults_add(struct gm_faults *faults, enum gm_severity severity, const char *kind,
	const char *subject, const char *fmt, ...) GM_PRINTF(5, 6);

/*
 * Make a fault of the error `rc` that was set last, and return 0; but hand on what says
 * nothing about the repository: no memory, or a signal.
 */
int gm_faults_add_error(struct gm_faults *faults, enum gm_severity severity,
	const char *kind, const char *subject, int rc);

/* True for an error that says nothing about the repository. */
bool gm_faults_must_stop(int rc);

/* Move the faults of one severity into `object`, as the list `key`. */
int gm_faults_give(json_t *object, const char *key, struct gm_faults *faults,
	enum gm_severity severity);

#endif
