#include "objstore/segments_upkeep.h"

static bool has_dictionary(const struct gm_manifest *manifest, enum gm_object_type class)
{
	for (size_t i = 0; i < manifest->n_dictionaries; i++)
		if (manifest->dictionaries[i].class == class &&
			manifest->dictionaries[i].slot < GM_DICTIONARY_SLOT_GC)
			return true;
	return false;
}

static int add_dictionary(
	struct gm_manifest *next, struct gm_manifest_dictionary *dictionary)
{
	bool used[GM_DICTIONARY_SLOTS] = {false};
	unsigned slot = 0;

	for (size_t i = 0; i < next->n_dictionaries; i++)
		used[next->dictionaries[i].slot] = true;
	while (slot < GM_DICTIONARY_SLOT_GC && used[slot])
		slot++;
	if (slot == GM_DICTIONARY_SLOT_GC)
		return GM_ENO;
	dictionary->slot = slot;
	return gm_manifest_add_dictionary(next, dictionary);
}

static int sample_record(struct gm_samples *samples, struct gm_segments *segments,
	const struct gm_copy *copy)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = gm_segments_decode_stored(&data, segments, copy);

	/* What cannot be read is no sample. */
	if (rc == GM_EMISMATCH)
		return 0;
	return rc < 0 ? rc : gm_samples_add(samples, data.ptr, data.size);
}

struct sampling {
	struct gm_samples *samples;
	struct gm_segments *segments;
	enum gm_object_type class;
	uint64_t segment_id;
};

static int sample_one(const struct gm_record *record, uint64_t offset, void *payload)
{
	const struct sampling *sampling = payload;
	const struct gm_copy copy = {*record, sampling->segment_id, offset};

	if (record->class != (unsigned)sampling->class ||
		gm_samples_full(sampling->samples))
		return 0;
	return sample_record(sampling->samples, sampling->segments, &copy);
}

/* The active segment as it was read, and a few before it, as long as there are not enough. */
static int gather_samples(struct gm_samples *samples, struct gm_segments *segments,
	enum gm_object_type class)
{
	struct sampling sampling = {samples, segments, class, segments->tail->id};
	const struct gm_segment_walk walk = {sample_one, NULL, &sampling};
	size_t n = segments->manifest.n_segments;
	int rc = gm_segment_walk((const uint8_t *)segments->tail->bytes.ptr,
		GM_SEGMENT_HEADER_SIZE, segments->tail->bytes.size, segments->tail->id,
		&walk);

	for (size_t i = 0; rc == 0 && i < n && i < 4; i++) {
		struct gm_segment *segment;
		if (samples->n >= GM_DICTIONARY_SAMPLES_MIN)
			break;
		rc = gm_segments_sealed(&segment, segments, n - 1 - i);
		if (rc == GM_EMISMATCH || rc == GM_EINVALID) {
			rc = 0;
			continue;
		}
		if (rc < 0)
			break;
		sampling.segment_id = segment->id;
		rc = gm_segment_walk(segment->map, GM_SEGMENT_HEADER_SIZE, segment->size,
			segment->id, &walk);
	}
	return rc;
}

/* Trained without the lock; another one may have been faster. */
static int add_trained(
	struct gm_segments *segments, struct gm_manifest_dictionary *dictionary)
{
	gm_automanifest next = {.generation = 0};

	if (has_dictionary(&segments->manifest, dictionary->class))
		return 0;
	int rc = gm_manifest_copy(&next, &segments->manifest);
	if (rc == 0)
		rc = add_dictionary(&next, dictionary);
	return rc < 0 ? rc : gm_segments_write_manifest(segments, &next);
}

int gm_segments_learn(struct gm_segments *segments, enum gm_object_type class,
	const struct gm_samples *samples)
{
	struct gm_manifest_dictionary dictionary;

	if (has_dictionary(&segments->manifest, class))
		return 0;
	int rc = gm_dictionary_train(
		&dictionary, segments->dir, class, samples, GM_DICTIONARY_SIZE);
	if (rc == 0)
		rc = gm_segments_flush(segments);
	if (rc == 0)
		rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	rc = add_trained(segments, &dictionary);
	gm_segments_unlock(segments);
	return rc == GM_ENO ? 0 : rc;
}

static const enum gm_object_type classes[] = {
	GM_OBJECT_BLOB, GM_OBJECT_COMMIT, GM_OBJECT_TREE};

#define N_CLASSES (sizeof(classes) / sizeof(*classes))

bool gm_segments_can_learn(const struct gm_segments *segments)
{
	for (size_t i = 0; i < N_CLASSES; i++)
		if (!has_dictionary(&segments->manifest, classes[i]))
			return segments->tail != NULL;
	return false;
}

int gm_segments_learn_all(struct gm_segments *segments)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_CLASSES; i++) {
		struct gm_samples samples = GM_SAMPLES_INIT;
		if (has_dictionary(&segments->manifest, classes[i]))
			continue;
		rc = gather_samples(&samples, segments, classes[i]);
		if (rc == 0)
			rc = gm_segments_learn(segments, classes[i], &samples);
		gm_samples_dispose(&samples);
	}
	return rc;
}
