/*
 * The trace of a process's changes to files (base/seam.h): what a test needs to know what a
 * power cut could have left at any instant.
 *
 * The file is a sequence of events, each followed by the bytes it speaks of, in the byte order
 * of the machine. Files and folders are named by numbers made of device and inode; a name
 * stands in a folder. Processes append to the same file; the order of events is that of the
 * changes as long as one runs at a time.
 */
#ifndef GM_BASE_TRACE_H
#define GM_BASE_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum gm_trace_kind {
	GM_TRACE_CREATE = 1, /* `value`: mode; bytes: name in `folder` */
	GM_TRACE_MKDIR,      /* the same */
	GM_TRACE_LINK,       /* bytes: the new name in `folder` */
	GM_TRACE_RENAME,     /* bytes: name in `folder`, NUL, name in `to_folder` */
	GM_TRACE_UNLINK,     /* bytes: name in `folder`; of a folder, too */
	GM_TRACE_WRITE,      /* `value`: offset; bytes: what was written */
	GM_TRACE_TRUNCATE,   /* `value`: size */
	GM_TRACE_CHMOD,      /* `value`: mode */
	GM_TRACE_FSYNC,      /* of a file or a folder */
	GM_TRACE_FDATASYNC,  /* without the mode */
	GM_TRACE_MARK,       /* bytes: the test's own */
};

struct gm_trace_event {
	uint64_t kind;
	uint64_t file;
	uint64_t folder;
	uint64_t to_folder;
	uint64_t value;
	uint64_t size; /* of the bytes that follow */
};

/* The number of a file. */
static inline uint64_t gm_trace_number(const struct stat *st)
{
	return (uint64_t)st->st_dev << 48 ^ (uint64_t)st->st_ino;
}

#ifdef GM_FAULT_INJECTION
/* Append an event; nothing happens without GITMEM_TRACE. errno stays what it is. */
void gm_trace_add(const struct gm_trace_event *event, const void *bytes);

bool gm_trace_is_on(void);
#endif

#endif
