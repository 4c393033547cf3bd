/*
 * The contents of one file of the simulated disk (tests/powercut/disk.h): as they were flushed,
 * and what was done since.
 */
#ifndef GM_TESTS_POWERCUT_FILE_DATA_H
#define GM_TESTS_POWERCUT_FILE_DATA_H

#include "tests/powercut/disk.h"

struct file_data {
	char *now;
	size_t size;
	size_t cap;
	char *flushed;
	size_t flushed_size;
	size_t flushed_cap;
	struct file_write {
		size_t offset; /* the new size, when `bytes` is NULL */
		const char *bytes;
		size_t size;
	} * writes; /* since then */
	size_t n;
	size_t cap_writes;
};

void file_data_dispose(struct file_data *data);

/* `bytes` are lent, for as long as the file lives. */
void file_data_write(
	struct file_data *data, size_t offset, const char *bytes, size_t size);
void file_data_resize(struct file_data *data, size_t size);
void file_data_flush(struct file_data *data);

/* What a power cut may leave. */
void file_data_cut(
	struct gm_buf *out, const struct file_data *data, enum cut cut, struct rng *rng);

#endif
