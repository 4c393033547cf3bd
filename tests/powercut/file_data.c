#include "tests/powercut/file_data.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR 512
#define PAGE 4096

static void must_have(bool fine)
{
	if (!fine)
		abort();
}

static void resize(char **bytes, size_t *cap, size_t *size_at, size_t size)
{
	if (size > *cap) {
		size_t larger = size + size / 2 + PAGE;
		*bytes = realloc(*bytes, larger);
		must_have(*bytes != NULL);
		*cap = larger;
	}
	if (size > *size_at)
		memset(*bytes + *size_at, 0, size - *size_at);
	*size_at = size;
}

void file_data_dispose(struct file_data *data)
{
	free(data->now);
	free(data->flushed);
	free(data->writes);
}

static void add_write(
	struct file_data *data, size_t offset, const char *bytes, size_t size)
{
	if (data->n == data->cap_writes) {
		data->cap_writes = data->cap_writes ? data->cap_writes * 2 : 8;
		data->writes =
			realloc(data->writes, data->cap_writes * sizeof(*data->writes));
		must_have(data->writes != NULL);
	}
	data->writes[data->n++] = (struct file_write){offset, bytes, size};
}

static void apply(char **bytes, size_t *cap, size_t *size, const struct file_write *write)
{
	if (!write->bytes) {
		resize(bytes, cap, size, write->offset);
		return;
	}
	if (write->offset + write->size > *size)
		resize(bytes, cap, size, write->offset + write->size);
	if (write->size)
		memcpy(*bytes + write->offset, write->bytes, write->size);
}

void file_data_write(
	struct file_data *data, size_t offset, const char *bytes, size_t size)
{
	add_write(data, offset, bytes, size);
	apply(&data->now, &data->cap, &data->size, &data->writes[data->n - 1]);
}

void file_data_resize(struct file_data *data, size_t size)
{
	add_write(data, size, NULL, 0);
	apply(&data->now, &data->cap, &data->size, &data->writes[data->n - 1]);
}

void file_data_flush(struct file_data *data)
{
	for (size_t i = 0; i < data->n; i++)
		apply(&data->flushed, &data->flushed_cap, &data->flushed_size,
			&data->writes[i]);
	data->n = 0;
}

static void put(struct gm_buf *out, const char *bytes, size_t size)
{
	gm_buf_reset(out);
	must_have(gm_buf_put(out, size ? bytes : "", size) == 0);
}

/* The writes in their order, the last of them torn at any byte. */
static void cut_in_order(
	struct gm_buf *out, const struct file_data *data, struct rng *rng)
{
	char *bytes = NULL;
	size_t cap = 0;
	size_t size = 0;
	size_t last = rng_below(rng, data->n);

	resize(&bytes, &cap, &size, data->flushed_size);
	if (size)
		memcpy(bytes, data->flushed, size);
	for (size_t i = 0; i < last; i++)
		apply(&bytes, &cap, &size, &data->writes[i]);
	struct file_write torn = data->writes[last];
	torn.size = rng_below(rng, torn.size + 1);
	apply(&bytes, &cap, &size, &torn);
	put(out, bytes, size);
	free(bytes);
}

/* Any size that the file has had, or one in between. */
static size_t cut_size(const struct file_data *data, struct rng *rng)
{
	size_t least = data->flushed_size;
	size_t most = data->flushed_size;
	size_t size = data->flushed_size;

	for (size_t i = 0; i < data->n; i++) {
		const struct file_write *write = &data->writes[i];
		size_t end = write->offset + write->size;
		size = !write->bytes || end > size ? end : size;
		least = size < least ? size : least;
		most = size > most ? size : most;
	}
	switch (rng_below(rng, 4)) {
	case 0:
		return data->flushed_size;
	case 1:
		return least + rng_below(rng, most - least + 1);
	default:
		return data->size;
	}
}

/* Each block as it was flushed, or as it is now, or never written at all. */
static void cut_blocks(
	struct gm_buf *out, const struct file_data *data, enum cut cut, struct rng *rng)
{
	size_t block = rng_below(rng, 2) ? SECTOR : PAGE;
	size_t size = cut_size(data, rng);
	bool has_rubbish = cut == CUT_RUBBISH;

	gm_buf_reset(out);
	must_have(gm_buf_reserve(out, size) == 0);
	for (size_t at = 0; at < size; at += block) {
		char bytes[PAGE] = {0};
		size_t n = size - at < block ? size - at : block;
		bool is_new = rng_below(rng, 2);
		const char *from = is_new ? data->now : data->flushed;
		size_t there = is_new ? data->size : data->flushed_size;
		size_t have = at >= there ? 0 : there - at < n ? there - at : n;
		if (!have && has_rubbish)
			for (size_t i = 0; i < n; i++)
				bytes[i] = (char)rng_next(rng);
		if (have)
			memcpy(bytes, from + at, have);
		must_have(gm_buf_put(out, bytes, n) == 0);
	}
}

void file_data_cut(
	struct gm_buf *out, const struct file_data *data, enum cut cut, struct rng *rng)
{
	uint64_t way = cut >= CUT_RANDOM && data->n ? rng_below(rng, 8) : 8;

	if (cut == CUT_NOTHING || way == 0)
		put(out, data->flushed, data->flushed_size);
	else if (way <= 2)
		cut_in_order(out, data, rng);
	else if (way <= 6)
		cut_blocks(out, data, cut, rng);
	else
		put(out, data->now, data->size);
}
