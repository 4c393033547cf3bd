#include <string.h>

#include "objstore/compact_internal.h"

/* Samples of each class, and how many bytes of contents are worth one of dictionary. */
#define SAMPLES_MAX ((size_t)20000)
#define SAMPLES_BYTES ((size_t)16 << 20)
#define SHARE ((size_t)24)
#define SIZE_MIN ((size_t)2 << 10)

/* Samples lie anywhere, and each brings pages around it, which count as ours, into memory. */
#define FORGET_EVERY 500

/* So many samples tell whether a new dictionary is worth its bytes. */
#define TRIED_MAX 1000

/* The live objects of one class, evenly. */
struct sampling {
	struct gm_samples samples;
	size_t n;     /* of the class */
	uint64_t raw; /* bytes of those looked at */
	size_t n_looked;
};

static void count_class(
	struct sampling *out, const struct gm_compact *compact, enum gm_object_type class)
{
	struct gm_compact_item item;

	for (size_t i = 0; i < compact->live.n; i++) {
		compact->live.at(&item, i, compact->live.payload);
		out->n += item.type == class;
	}
}

static int sample(
	struct sampling *sampling, struct gm_compact *compact, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = gm_segments_read(&data, &type, compact->segments, oid);

	/* Elsewhere, or damaged: whoever copies it will say so. */
	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH)
		return 0;
	sampling->raw += data.size;
	if (++sampling->n_looked % FORGET_EVERY == 0)
		gm_store_forget_pages(compact->store);
	return rc < 0 ? rc : gm_samples_add(&sampling->samples, data.ptr, data.size);
}

static int take_samples(
	struct sampling *out, struct gm_compact *compact, enum gm_object_type class)
{
	struct gm_compact_item item;
	size_t step;
	size_t at = 0;
	int rc = 0;

	count_class(out, compact, class);
	step = 1 + out->n / SAMPLES_MAX;
	for (size_t i = 0; rc == 0 && i < compact->live.n; i++) {
		compact->live.at(&item, i, compact->live.payload);
		if (item.type == class && at++ % step == 0 &&
			!gm_samples_full(&out->samples))
			rc = sample(out, compact, item.oid);
	}
	gm_store_forget_pages(compact->store);
	return rc;
}

static int free_slot(unsigned *out, const struct gm_compact *compact)
{
	const struct gm_manifest *manifests[] = {&compact->snapshot, &compact->learned};
	bool used[GM_DICTIONARY_SLOTS] = {false};

	for (size_t m = 0; m < 2; m++)
		for (size_t i = 0; i < manifests[m]->n_dictionaries; i++)
			used[manifests[m]->dictionaries[i].slot] = true;
	for (*out = GM_DICTIONARY_SLOT_GC; *out < GM_DICTIONARY_SLOTS; (*out)++)
		if (!used[*out])
			return 1;
	return 0;
}

/* What earlier ones use for this class: that of gc, else that of writers. */
static int use_known(struct gm_compact *compact, enum gm_object_type class)
{
	const struct gm_manifest *manifest = &compact->snapshot;
	const struct gm_manifest_dictionary *found = NULL;

	for (size_t i = 0; i < manifest->n_dictionaries; i++) {
		const struct gm_manifest_dictionary *it = &manifest->dictionaries[i];
		if (it->class == class &&
			(!found || it->slot >= GM_DICTIONARY_SLOT_GC ||
				found->slot < GM_DICTIONARY_SLOT_GC))
			found = it;
	}
	return found ? gm_dictionary_open(&compact->effort.dictionaries[class],
			       compact->segments->dir, found)
		     : 0;
}

/* What some of the samples take with a dictionary, or without one. */
static int try_dictionary(size_t *out, struct gm_compact *compact,
	const struct gm_samples *samples, struct gm_dictionary *dictionary)
{
	const struct gm_codec_help help = {dictionary, NULL, 0};
	gm_autobuf packed = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	size_t step = 1 + samples->n / TRIED_MAX;
	const char *at = samples->bytes.ptr;
	int rc = 0;

	*out = 0;
	for (size_t i = 0; rc == 0 && i < samples->n; at += samples->sizes[i++]) {
		if (i % step)
			continue;
		gm_buf_reset(&packed);
		rc = gm_codec_compress(&packed, &compact->segments->codec, at,
			samples->sizes[i], samples->sizes[i], compact->effort.level,
			&help);
		*out += rc == 0 ? packed.size : samples->sizes[i];
		rc = rc == GM_ENO ? 0 : rc;
	}
	return rc;
}

/* 1 when the new one takes off more than it takes itself. */
static int is_worth_it(struct gm_compact *compact, const struct sampling *sampling,
	struct gm_dictionary *known, struct gm_dictionary *fresh, size_t size)
{
	const struct gm_samples *samples = &sampling->samples;
	size_t with_known = 0;
	size_t with_fresh = 0;
	size_t n = samples->n / (1 + samples->n / TRIED_MAX);
	int rc = try_dictionary(&with_known, compact, samples, known);

	if (rc == 0)
		rc = try_dictionary(&with_fresh, compact, samples, fresh);
	if (rc < 0 || with_known <= with_fresh || !n)
		return rc;
	return (with_known - with_fresh) * (sampling->n / n) > size;
}

static int train(struct gm_compact *compact, enum gm_object_type class,
	const struct sampling *sampling)
{
	gm_cleanup(gm_dictionary_free_p) struct gm_dictionary *fresh = NULL;
	uint64_t all =
		sampling->n_looked ? sampling->raw / sampling->n_looked * sampling->n : 0;
	size_t size = all / SHARE < GM_COMPACT_DICTIONARY_SIZE
		? (size_t)all / SHARE
		: GM_COMPACT_DICTIONARY_SIZE;
	struct gm_dictionary **best = &compact->effort.dictionaries[class];
	struct gm_manifest_dictionary line;
	unsigned slot;

	if (size < SIZE_MIN || !free_slot(&slot, compact))
		return 0;
	int rc = gm_dictionary_train(
		&line, compact->segments->dir, class, &sampling->samples, size);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	line.slot = slot;
	rc = gm_dictionary_open(&fresh, compact->segments->dir, &line);
	if (rc == 0)
		rc = is_worth_it(compact, sampling, *best, fresh, size);
	if (rc <= 0) {
		gm_compact_remove_new(compact, line.file);
		return rc;
	}
	gm_dictionary_free(*best);
	*best = gm_steal(&fresh);
	return gm_manifest_add_dictionary(&compact->learned, &line);
}

static int learn_class(struct gm_compact *compact, enum gm_object_type class)
{
	struct sampling sampling = {.samples = GM_SAMPLES_INIT};
	sampling.samples.max = SAMPLES_MAX;
	sampling.samples.bytes.max = SAMPLES_BYTES;
	int rc = take_samples(&sampling, compact, class);

	if (rc == 0)
		rc = train(compact, class, &sampling);
	gm_samples_dispose(&sampling.samples);
	return rc;
}

/*
 * New ones only when everything is written anew: an old one stays as long as it is used. Trees
 * stand on each other, and hold little else than ids: they need none.
 */
int gm_compact_learn(struct gm_compact *compact)
{
	static const enum gm_object_type classes[] = {
		GM_OBJECT_BLOB, GM_OBJECT_COMMIT, GM_OBJECT_TREE};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 3; i++) {
		rc = use_known(compact, classes[i]);
		if (rc == 0 && compact->is_full && classes[i] != GM_OBJECT_TREE)
			rc = learn_class(compact, classes[i]);
	}
	return rc;
}
