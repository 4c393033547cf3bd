#include "objstore/segment_log_filter.h"

#include <string.h>

#include "base/map.h"
#include "objstore/segment_ref_table.h"

struct filter {
	struct gm_buf *out;
	gm_store_reflog_fn keep;
	void *payload;
	struct gm_map last; /* hash of a ref's name -> the number of its last update */
	uint64_t number;
};

static void hash_name(uint8_t key[GM_SHA1_SIZE], const char *name)
{
	struct gm_sha1 sha1;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, name, strlen(name));
	gm_sha1_final(key, &sha1);
}

/* An update as it stands in the file, with its size in front, and what it says. */
struct update {
	const uint8_t *bytes;
	size_t size;
	struct gm_ref_change change;
};

static int note_last(struct filter *filter, const struct update *update)
{
	uint8_t key[GM_SHA1_SIZE];

	if (update->change.is_log_only)
		return 0;
	hash_name(key, update->change.name);
	return gm_map_put(&filter->last, key, filter->number);
}

static bool is_last(const struct filter *filter, const struct gm_ref_change *change)
{
	uint8_t key[GM_SHA1_SIZE];
	uint64_t number;

	hash_name(key, change->name);
	return !change->is_log_only && gm_map_get(&number, &filter->last, key) &&
		number == filter->number;
}

static int put_kept(struct filter *filter, const struct update *update)
{
	struct gm_ref_change change = update->change;
	int rc = change.who ? filter->keep(&change, filter->payload) : 1;

	if (rc > 0)
		return gm_buf_put(filter->out, update->bytes, update->size);
	if (rc < 0 || !is_last(filter, &change))
		return rc;
	change.who = NULL;
	return gm_change_append(filter->out, &change);
}

static int each_update(struct filter *filter, const struct gm_buf *all,
	int (*each)(struct filter *filter, const struct update *update))
{
	const uint8_t *at = (const uint8_t *)all->ptr;
	const uint8_t *end = at + all->size;
	int rc = 0;

	for (filter->number = 0; rc == 0 && at < end; filter->number++) {
		gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
		struct update update = {.bytes = at};
		const uint8_t *bytes;
		size_t size;
		if (!gm_change_next(&bytes, &size, &at, end))
			return gm_error(GM_EMISMATCH, "a log of refs is damaged");
		update.size = (size_t)(at - update.bytes);
		rc = gm_ref_change_parse(&update.change, &texts, bytes, size);
		if (rc == 0)
			rc = each(filter, &update);
	}
	return rc;
}

int gm_segment_log_filter(struct gm_buf *out, const struct gm_buf *all,
	gm_store_reflog_fn keep, void *payload)
{
	struct filter filter = {.out = out,
		.keep = keep,
		.payload = payload,
		.last = GM_MAP_INIT(GM_SHA1_SIZE)};
	int rc = all->size ? each_update(&filter, all, note_last) : 0;

	if (rc == 0 && all->size)
		rc = each_update(&filter, all, put_kept);
	gm_map_dispose(&filter.last);
	return rc;
}
