#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/crc32c.h"
#include "objstore/rescue_internal.h"
#include "objstore/source.h"

/* By how many records a dictionary is tried. */
#define TRIALS 8

/* A dictionary is no larger. */
#define DICTIONARY_MAX ((size_t)1 << 20)

int gm_rescue_record(struct gm_copy *out, const struct gm_rescue *rescue,
	const struct gm_rescue_copy *copy)
{
	const struct gm_rescue_file *file = &rescue->files[copy->file];

	out->segment_id = file->id;
	out->offset = copy->offset;
	int rc = gm_record_parse(&out->record, file->map + copy->offset,
		file->size - (size_t)copy->offset, file->id, copy->offset);
	return rc == GM_EMISMATCH ? gm_error(rc, "'%s' is damaged at byte %llu",
					    file->path, (unsigned long long)copy->offset)
				  : rc;
}

/* The latest copy that is whole; the latest one when that is not known of any. */
static int find_base(struct gm_copy *out, void *payload, const struct gm_oid *oid)
{
	struct gm_rescue *rescue = payload;
	uint64_t at;

	if (!gm_map_get(&at, &rescue->by_oid, oid))
		return GM_ENOTFOUND;
	const struct gm_rescue_copy *latest = &rescue->copies[at];
	const struct gm_rescue_copy *copy = latest;
	while (!copy->is_whole && copy->before)
		copy = &rescue->copies[copy->before - 1];
	return gm_rescue_record(out, rescue, copy->is_whole ? copy : latest);
}

struct gm_base_finder gm_rescue_finder(struct gm_rescue *rescue)
{
	return (struct gm_base_finder){find_base, rescue};
}

int gm_rescue_decode(
	struct gm_buf *out, struct gm_rescue *rescue, const struct gm_rescue_copy *copy)
{
	const struct gm_base_finder finder = gm_rescue_finder(rescue);
	struct gm_copy stored;
	int rc = gm_rescue_record(&stored, rescue, copy);

	if (rc == 0)
		rc = gm_segments_decode(out, &rescue->view, &stored, &finder);
	return rc < 0
		? rc
		: gm_object_verify(&copy->oid, (enum gm_object_type)stored.record.class,
			  out->ptr, out->size);
}

/* The number of the slot whose dictionary the copy needs, or -1. */
static int slot_of(const struct gm_rescue *rescue, const struct gm_rescue_copy *copy)
{
	struct gm_copy stored;

	if (gm_rescue_record(&stored, rescue, copy) < 0 ||
		stored.record.encoding != GM_ENCODING_DICTIONARY ||
		!stored.record.stored_size ||
		stored.record.payload[0] >= GM_DICTIONARY_SLOTS)
		return -1;
	return stored.record.payload[0];
}

/* Put a dictionary into the slot, in the place of the one that is there. */
static int set_slot(struct gm_rescue *rescue, unsigned slot,
	const struct gm_manifest_dictionary *line)
{
	struct gm_manifest *manifest = &rescue->view.manifest;
	struct gm_manifest_dictionary entry = *line;

	entry.slot = slot;
	gm_dictionary_free(gm_steal(&rescue->view.dictionaries[slot]));
	for (size_t i = 0; i < manifest->n_dictionaries; i++) {
		if (manifest->dictionaries[i].slot != slot)
			continue;
		manifest->dictionaries[i] = entry;
		return 0;
	}
	return gm_manifest_add_dictionary(manifest, &entry);
}

static void clear_slot(struct gm_rescue *rescue, unsigned slot)
{
	struct gm_manifest *manifest = &rescue->view.manifest;

	gm_dictionary_free(gm_steal(&rescue->view.dictionaries[slot]));
	for (size_t i = 0; i < manifest->n_dictionaries; i++)
		if (manifest->dictionaries[i].slot == slot)
			manifest->dictionaries[i] =
				manifest->dictionaries[--manifest->n_dictionaries];
}

/* The dictionaries that are whole, as lines without a slot. */
static int list_dictionaries(struct gm_manifest *out, const struct gm_rescue *rescue)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rescue->names.n; i++) {
		const char *name = rescue->names.items[i];
		struct gm_manifest_dictionary line = {.class = GM_OBJECT_BLOB};
		gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *dictionary = NULL;
		gm_autofree char *path = gm_path_join(rescue->dir, name);
		gm_autobuf bytes = GM_BUF_INIT(DICTIONARY_MAX);
		if (!path)
			return GM_ENOMEM;
		if (strncmp(name, "dict-", 5) != 0 || strlen(name) >= sizeof(line.file))
			continue;
		memcpy(line.file, name, strlen(name) + 1);
		rc = gm_file_read(&bytes, path);
		line.crc = gm_crc32c(0, bytes.ptr, bytes.size);
		if (rc == 0)
			rc = gm_dictionary_open(&dictionary, rescue->dir, &line);
		if (rc == 0)
			rc = gm_dictionary_check(dictionary, name);
		if (rc == 0)
			rc = gm_manifest_add_dictionary(out, &line);
		else if (!gm_source_is_final(rc))
			rc = 0; /* it is lost, and what needs it too */
	}
	return rc;
}

/* How many of some records that need the slot can be decoded. */
static int try_slot(struct gm_rescue *rescue, const size_t trials[], size_t n)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int n_whole = 0;

	for (size_t i = 0; i < n; i++) {
		int rc = gm_rescue_decode(&data, rescue, &rescue->copies[trials[i]]);
		if (gm_source_is_final(rc))
			return rc;
		n_whole += rc == 0;
	}
	return n_whole;
}

/* The one that serves most: by chance a record or two need nothing of theirs. */
static int find_dictionary(struct gm_rescue *rescue, unsigned slot,
	const struct gm_manifest *known, const size_t trials[], size_t n)
{
	const struct gm_manifest_dictionary *best = NULL;
	int most = 0;

	for (size_t i = 0; i < known->n_dictionaries && most < (int)n; i++) {
		int rc = set_slot(rescue, slot, &known->dictionaries[i]);
		if (rc == 0)
			rc = try_slot(rescue, trials, n);
		if (rc < 0)
			return rc;
		if (rc > most) {
			most = rc;
			best = &known->dictionaries[i];
		}
	}
	clear_slot(rescue, slot);
	return best ? set_slot(rescue, slot, best) : 0;
}

int gm_rescue_find_dictionaries(struct gm_rescue *rescue)
{
	gm_automanifest known = {.generation = 0};
	size_t trials[TRIALS];
	int rc = list_dictionaries(&known, rescue);

	if (!known.n_dictionaries)
		return rc;
	for (unsigned slot = 0; rc == 0 && slot < GM_DICTIONARY_SLOTS; slot++) {
		size_t n = 0;
		for (size_t i = 0; i < rescue->n_copies && n < TRIALS; i++)
			if (slot_of(rescue, &rescue->copies[i]) == (int)slot)
				trials[n++] = i;
		if (n)
			rc = find_dictionary(rescue, slot, &known, trials, n);
	}
	return rc;
}

/* Decoding everything and writing it. */
struct writing {
	struct gm_rescue *rescue;
	struct gm_batch *batch;
	struct gm_map written;
	size_t n;
	size_t n_before; /* when this pass began */
};

static int write_copy(struct writing *writing, struct gm_rescue_copy *copy)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_rescue *rescue = writing->rescue;
	struct gm_copy stored;
	struct gm_oid base;
	struct gm_oid oid;
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_rescue_decode(&data, rescue, copy);
	if (rc == 0)
		rc = gm_rescue_record(&stored, rescue, copy);
	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	if (stored.record.base)
		memcpy(base.bytes, stored.record.base, GM_OID_SIZE);
	copy->is_whole = true;
	rc = gm_batch_write_based(&oid, writing->batch,
		(enum gm_object_type)stored.record.class, data.ptr, data.size,
		stored.record.base ? &base : NULL);
	if (rc == 0)
		rc = gm_map_put(&writing->written, &copy->oid, 1);
	writing->n += rc == 0;
	return rc;
}

/* A base may stand behind what needs it: go on for as long as that helps. */
static int write_all(struct writing *writing)
{
	struct gm_rescue *rescue = writing->rescue;
	int rc = 0;

	do {
		writing->n_before = writing->n;
		for (size_t i = 0; rc == 0 && i < rescue->n_copies; i++)
			if (!gm_map_get(NULL, &writing->written, &rescue->copies[i].oid))
				rc = write_copy(writing, &rescue->copies[i]);
	} while (rc == 0 && writing->n > writing->n_before);
	return rc;
}

/* The objects that an index names, when it is whole and the store's own. */
static int tell_indexed(const struct writing *writing, struct gm_map *told,
	const char *file, gm_rescue_lost_fn lost, void *payload)
{
	gm_cleanup(gm_segment_index_free_p) struct gm_segment_index *index = NULL;
	struct gm_index_entry entry;
	int rc = gm_segment_index_open(&index, writing->rescue->dir, file);

	if (rc == 0)
		rc = gm_segment_index_check(index);
	if (rc < 0)
		return gm_source_is_final(rc) || rc == GM_EINVALID ? rc : 0;
	for (uint32_t i = 0; rc == 0 && i < index->n; i++) {
		gm_segment_index_entry(&entry, index, i);
		if (gm_map_get(NULL, &writing->written, &entry.oid) ||
			gm_map_get(NULL, told, &entry.oid))
			continue;
		rc = gm_map_put(told, &entry.oid, 1);
		if (rc == 0)
			rc = lost(&entry.oid, GM_OBJECT_NONE,
				"its record is damaged or missing", payload);
	}
	return rc;
}

static int tell_copies(const struct writing *writing, struct gm_map *told,
	gm_rescue_lost_fn lost, void *payload)
{
	struct gm_rescue *rescue = writing->rescue;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_copy stored;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rescue->n_copies; i++) {
		const struct gm_rescue_copy *copy = &rescue->copies[i];
		if (gm_map_get(NULL, &writing->written, &copy->oid) ||
			gm_map_get(NULL, told, &copy->oid))
			continue;
		rc = gm_map_put(told, &copy->oid, 1);
		if (rc < 0 || gm_rescue_record(&stored, rescue, copy) < 0)
			continue;
		int why = gm_rescue_decode(&data, rescue, copy);
		if (gm_source_is_final(why))
			return why;
		rc = lost(&copy->oid, (enum gm_object_type)stored.record.class,
			gm_error_last()->message, payload);
	}
	return rc;
}

static int tell_lost(const struct writing *writing, gm_rescue_lost_fn lost, void *payload)
{
	const struct gm_rescue *rescue = writing->rescue;
	gm_automap told = GM_MAP_INIT(GM_OID_SIZE);
	uint64_t number;
	int rc = tell_copies(writing, &told, lost, payload);

	if (rescue->has_manifest) {
		for (size_t i = 0; rc == 0 && i < rescue->manifest.n_indexes; i++)
			rc = tell_indexed(writing, &told,
				rescue->manifest.indexes[i].file, lost, payload);
		return rc;
	}
	for (size_t i = 0; rc == 0 && i < rescue->names.n; i++)
		if (gm_rescue_number(&number, rescue->names.items[i], "idx"))
			rc = tell_indexed(
				writing, &told, rescue->names.items[i], lost, payload);
	return rc;
}

int gm_rescue_objects(size_t *n_out, struct gm_rescue *rescue, struct gm_store *store,
	gm_rescue_lost_fn lost, void *payload)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct writing writing = {.rescue = rescue, .written = GM_MAP_INIT(GM_OID_SIZE)};
	int rc = gm_batch_begin(&batch, store);

	writing.batch = batch;
	if (rc == 0)
		rc = write_all(&writing);
	if (rc == 0)
		rc = gm_batch_commit(batch);
	if (rc == 0)
		rc = tell_lost(&writing, lost, payload);
	gm_map_dispose(&writing.written);
	*n_out = writing.n;
	return rc;
}
