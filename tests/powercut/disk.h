/*
 * A disk that is simulated from the trace of a process (base/trace.h), to see what a power cut
 * may leave.
 *
 * The model. What was flushed is there; of all else nothing can be relied on.
 * - fsync(2) and fdatasync(2) of a file make its data and size durable, fsync its mode, too.
 *   They do not make its name durable: that takes fsync of the folder, for making, renaming,
 *   linking and removing alike, and for a folder's own name in the folder above it.
 * - Data that were not flushed: each sector of 512 bytes, or page of 4096, is as it was flushed
 *   last, or new. The size is any that the file has had since, or any in between, also without
 *   the data: zeros then, or with CUT_RUBBISH what stood on the disk before, as where data are
 *   not ordered (ext4 with data=writeback). So a file that was renamed without being flushed
 *   may be empty. Or the writes come in order, and the last of them ends at any byte.
 * - Names that were not flushed: the first so many changes, as a journal has them (ext4, xfs);
 *   or any set of them, as where one file's or folder's are logged apart from the rest (btrfs).
 *   A rename happens whole or not at all. Changes of one name keep their order.
 * - Modes as flushed or as set last; the latter only where no change of a name before it is lost.
 */
#ifndef GM_TESTS_POWERCUT_DISK_H
#define GM_TESTS_POWERCUT_DISK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/trace.h"
#include "tests/powercut/random.h"

/* A trace as it was read. The bytes of events are lent by `text`. */
struct trace {
	struct gm_buf text;
	struct trace_item {
		struct gm_trace_event event;
		const char *bytes;
	} * items;
	size_t n;
};

/* Everything here ends the process when it fails: the test cannot go on. */
void trace_read(struct trace *out, const char *path);
void trace_dispose(struct trace *trace);

struct disk;

/* An empty folder with this number (gm_trace_number()). */
struct disk *disk_new(const struct trace *trace, uint64_t root);
void disk_free(struct disk *disk);

/* Let the changes happen up to event `end`, which is not among them. Never backwards. */
void disk_advance(struct disk *disk, size_t end);

enum cut {
	CUT_NOTHING, /* everything that was not flushed is lost */
	CUT_ALL_KEPT,
	CUT_RANDOM,
	CUT_RUBBISH, /* the same */
};

/* Make files and folders below `path`, an empty folder, as they may be after a power cut. */
void disk_cut(const struct disk *disk, const char *path, enum cut cut, struct rng *rng);

#endif
