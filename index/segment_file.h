/*
 * The files of segments, in the folder of the index: immutable, under random names that are
 * never used again, so that who has one open may go on with it whatever happens to the folder.
 * An index in memory keeps the bytes in its tables instead.
 *
 * They are not flushed to the device: a power cut may take what was written last. So the
 * manifest holds the size and a checksum of each, and a mark of how the file looked when it was
 * last found to be right: its inode, times, and the start of the machine. A file that looks
 * otherwise (the repository was copied, a byte was changed, the machine restarted) is
 * read whole before it is used.
 */
#ifndef GM_INDEX_SEGMENT_FILE_H
#define GM_INDEX_SEGMENT_FILE_H

#include "base/file.h"
#include "index/manifest.h"
#include "index/segment_sink.h"

/* A file being made. Write into the sink, which the caller of the writer may finish. */
struct gm_segment_file {
	struct gm_database *database;
	struct gm_tempfile temp;
	struct gm_segment_sink sink;
};

#define GM_SEGMENT_FILE_INIT                                                    \
	{                                                                       \
		.database = NULL, .temp = GM_TEMPFILE_INIT, .sink = {.fd = -1 } \
	}
#define gm_autosegmentfile gm_cleanup(gm_segment_file_dispose) struct gm_segment_file

/* Must not move until it is disposed of. Needs no transaction. */
int gm_segment_file_begin(struct gm_segment_file *out, struct gm_database *database);
void gm_segment_file_dispose(struct gm_segment_file *file);

/*
 * Give it its name, which ends in `kind` ("postings"), and enter it, inside a transaction that
 * writes and that names it in the manifest, too.
 */
int gm_segment_file_keep(
	char name_out[GM_SEGMENT_NAME], struct gm_segment_file *file, const char *kind);

/*
 * Find a file that the manifest names, and make sure that its bytes are those that were written.
 * What is in a file is told by `path_out` (gm_free), what is in memory is put into `bytes`, which
 * must be empty, and `*path_out` is NULL then. GM_ENOTFOUND, without a message, when the file
 * is not there; damage when it is another one.
 */
int gm_segment_file_find(char **path_out, struct gm_buf *bytes,
	struct gm_database *database, const char *name);

/* The same, reading the whole file in any case. */
int gm_segment_file_check(struct gm_database *database, const char *name);

/*
 * Note which files were found to be right, so that the next process need not read them. Not in
 * a transaction; does nothing when somebody else is writing.
 */
void gm_segment_file_note_seen(struct gm_database *database);

/*
 * Remove the files that the manifest does not name, inside a transaction that writes and has not
 * changed the manifest yet. Does nothing when nobody has changed it since the last time. What
 * cannot be removed is left to the next.
 */
int gm_segment_file_sweep(struct gm_database *database);

/* The same in any case, with the files that others are just making: they will try again. */
int gm_segment_file_sweep_all(struct gm_database *database);

/*
 * Note what a failure with a segment means for the index: bytes that are wrong are damage, and a
 * file that cannot be written makes the index unusable for now. Returns `rc`.
 */
int gm_segment_file_failed(struct gm_database *database, int rc);

/* Whether a file of this name is one of those that stand in the folder of the index. */
bool gm_segment_file_is_one(const char *name);

#endif
