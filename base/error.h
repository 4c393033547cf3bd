/*
 * Errors: a code to act on, a message to show.
 *
 * Functions return 0 or a negative code from `enum gm_errcode`. The message is set once,
 * where the failure is seen, and travels up untouched. It is kept for each thread and lives
 * until the next error of that thread.
 */
#ifndef GM_BASE_ERROR_H
#define GM_BASE_ERROR_H

#define GM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum gm_errcode {
	GM_OK = 0,
	GM_ERROR = -1,         /* failed; no caller acts on the kind */
	GM_ENOMEM = -2,        /* out of memory */
	GM_ENOTFOUND = -3,     /* what was named does not exist */
	GM_EEXISTS = -4,       /* what was to be made exists */
	GM_EINVALID = -5,      /* data breaks a rule of its format */
	GM_EAMBIGUOUS = -6,    /* the name fits several things */
	GM_EMISMATCH = -7,     /* stored bytes are damaged or do not hash to their name */
	GM_ELOCKED = -8,       /* another process holds a lock */
	GM_EMODIFIED = -9,     /* a ref or file is not what it was expected to be */
	GM_EACCESS = -10,      /* the system refuses: permission or read-only */
	GM_ENOSPC = -11,       /* no room on the device */
	GM_ETOOBIG = -12,      /* over a limit of ours */
	GM_EINTERRUPTED = -13, /* a signal asked us to stop */
	GM_EUSAGE = -14,       /* the command line is wrong */
	GM_ENO = -15,          /* the answer is "no"; nothing failed */
	GM_EPIPE = -16,        /* whoever read our output has gone */
};

struct gm_error {
	enum gm_errcode code;
	char message[1024];
	char hint[512];    /* "" unless `cmd` has advice */
	char unknown[128]; /* the name by which nothing was found; "": none, or a long one */
};

/*
 * Set the message of this thread and return `code`. The hint is cleared. The message is one
 * line: control characters in it become `?`. The arguments may be of the last message.
 */
int gm_error(enum gm_errcode code, const char *fmt, ...) GM_PRINTF(2, 3);

/*
 * The same for a failed system call: appends `: ` and the text of `errno`, and picks the
 * code from it (ENOENT is GM_ENOTFOUND, EACCES and EROFS are GM_EACCESS, ...).
 */
int gm_error_errno(const char *fmt, ...) GM_PRINTF(1, 2);

/* Put `what: ` before the current message, keeping its code, which is returned. */
int gm_error_prefix(const char *fmt, ...) GM_PRINTF(1, 2);

/* Advice for the user, beside the current error. For `cmd/` only. */
void gm_error_hint(const char *fmt, ...) GM_PRINTF(1, 2);

/* The name that means nothing, beside the current error: `cmd/` may know one like it. */
void gm_error_unknown(const char *name);

/* The last error of this thread; code GM_OK and an empty message when there was none. */
const struct gm_error *gm_error_last(void);

void gm_error_clear(void);

/* A stable word for programs: "not-found", "usage", ... */
const char *gm_error_name(enum gm_errcode code);

#endif
