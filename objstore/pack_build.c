#include "objstore/pack_build.h"

#include <string.h>

#include "base/interrupt.h"
#include "objstore/delta_encode.h"
#include "objstore/pack_write.h"

/* As git: how many objects are tried as bases, and how long a chain may be. */
#define WINDOW 10
#define DEPTH_MAX 50

/* What the window may hold, in bytes; an index takes about as much as its base. */
#define WINDOW_BYTES ((size_t)32 << 20)

/* Smaller ones are not worth a delta, larger ones not the time. */
#define DELTA_MIN 50
#define DELTA_MAX ((size_t)8 << 20)

/* An object that others may be deltas of. */
struct candidate {
	struct gm_buf data;
	struct gm_delta_index *index; /* NULL until needed */
	enum gm_object_type type;
	size_t number; /* in the pack */
	unsigned depth;
};

struct building {
	struct gm_store *store;
	struct gm_pack_writer *writer;
	struct candidate window[WINDOW + 1]; /* oldest first */
	size_t n;
	size_t bytes;
	struct gm_buf delta; /* the best so far */
	struct gm_buf trial;
};

static void drop_candidate(struct building *building, size_t at)
{
	struct candidate *candidate = &building->window[at];

	building->bytes -= candidate->data.size;
	gm_delta_index_free(candidate->index);
	gm_buf_dispose(&candidate->data);
	building->n--;
	memmove(candidate, candidate + 1, (building->n - at) * sizeof(*candidate));
}

static void dispose(struct building *building)
{
	while (building->n)
		drop_candidate(building, building->n - 1);
	gm_buf_dispose(&building->delta);
	gm_buf_dispose(&building->trial);
	gm_pack_writer_free(building->writer);
}

/* A base that was good stays longer. */
static void move_to_end(struct building *building, size_t at)
{
	struct candidate moved = building->window[at];

	memmove(&building->window[at], &building->window[at + 1],
		(building->n - 1 - at) * sizeof(moved));
	building->window[building->n - 1] = moved;
}

static void add_candidate(struct building *building, const struct candidate *candidate)
{
	building->window[building->n++] = *candidate;
	building->bytes += candidate->data.size;
	while (building->n > WINDOW ||
		(building->n > 1 && building->bytes > WINDOW_BYTES))
		drop_candidate(building, 0);
}

/*
 * The most a delta may have to be worth it. As git does, a longer chain must save more, and the
 * first delta halves the object.
 */
static size_t limit(const struct building *building, const struct candidate *base,
	const struct candidate *target, size_t best_depth)
{
	size_t max = building->delta.size ? building->delta.size - 1
					  : target->data.size / 2 - GM_OID_SIZE;

	return max * (DEPTH_MAX - base->depth) / (DEPTH_MAX + 1 - best_depth);
}

static int try_base(size_t *max, struct building *building, struct candidate *base,
	const struct candidate *target, size_t best_depth)
{
	int rc = 0;

	if (base->type != target->type || base->depth >= DEPTH_MAX ||
		target->data.size < base->data.size / 32)
		return GM_ENO;
	*max = limit(building, base, target, best_depth);
	/* What the base lacks must be inserted. */
	if (target->data.size > base->data.size &&
		target->data.size - base->data.size > *max)
		return GM_ENO;
	if (!base->index)
		rc = gm_delta_index_new(&base->index, base->data.ptr, base->data.size);
	return rc < 0 ? rc
		      : gm_delta_encode(&building->trial, base->index, target->data.ptr,
				target->data.size, *max);
}

/* The place of the best base in the window; `building->n` when it is better written whole. */
static int find_base(
	size_t *out, struct building *building, const struct candidate *target)
{
	size_t best = building->n;
	size_t best_depth = 1;

	gm_buf_reset(&building->delta);
	for (size_t i = building->n; i-- > 0;) {
		size_t max;
		int rc = try_base(
			&max, building, &building->window[i], target, best_depth);
		if (rc == GM_ENO)
			continue;
		if (rc < 0)
			return rc;
		struct gm_buf swapped = building->delta;
		building->delta = building->trial;
		building->trial = swapped;
		best = i;
		best_depth = building->window[i].depth + 1;
	}
	*out = best;
	return 0;
}

/* Write it whole or as a delta; in the second case its base is the newest candidate then. */
static int write_object(
	struct building *building, const struct gm_oid *oid, struct candidate *target)
{
	size_t at = building->n;
	int rc = 0;

	target->number = gm_pack_writer_n(building->writer);
	if (target->data.size >= DELTA_MIN && target->data.size <= DELTA_MAX)
		rc = find_base(&at, building, target);
	if (rc < 0)
		return rc;
	if (at == building->n)
		return gm_pack_writer_add(building->writer, oid, target->type,
			gm_buf_str(&target->data), target->data.size);
	move_to_end(building, at);
	const struct candidate *base = &building->window[building->n - 1];
	target->depth = base->depth + 1;
	return gm_pack_writer_add_delta(building->writer, oid, base->number,
		building->delta.ptr, building->delta.size);
}

static int add_object(struct building *building, const struct gm_oid *oid)
{
	struct candidate target = {.data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_store_read(&target.data, &target.type, building->store, oid);
	if (rc == 0)
		rc = write_object(building, oid, &target);
	if (rc < 0 || target.data.size < DELTA_MIN || target.data.size > DELTA_MAX)
		gm_buf_dispose(&target.data);
	else
		add_candidate(building, &target);
	return rc;
}

static int build(struct gm_pack_keep *keep_out, char **base_out,
	struct building *building, const struct gm_oid *oids, size_t n,
	const struct gm_pack_build_options *options)
{
	int rc = gm_pack_writer_open(&building->writer, options->objects_dir);

	if (rc == 0)
		gm_pack_writer_squeeze(building->writer);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = add_object(building, &oids[i]);
		if (rc == 0 && options->progress)
			rc = options->progress(i + 1, options->payload);
	}
	if (rc < 0)
		return rc;
	gm_autopackkeep keep = GM_PACK_KEEP_INIT;
	rc = gm_pack_writer_finish(&keep, building->writer);
	if (rc < 0)
		return rc;
	*base_out = gm_strdup(gm_pack_writer_base(building->writer));
	if (!*base_out)
		return GM_ENOMEM;
	*keep_out = keep;
	keep = (struct gm_pack_keep)GM_PACK_KEEP_INIT;
	return 0;
}

int gm_pack_build(struct gm_pack_keep *keep_out, char **base_out, struct gm_store *store,
	const struct gm_oid *oids, size_t n, const struct gm_pack_build_options *options)
{
	struct building building = {.store = store,
		.delta = GM_BUF_INIT(DELTA_MAX),
		.trial = GM_BUF_INIT(DELTA_MAX)};

	if (!n) {
		*base_out = NULL;
		return 0;
	}
	int rc = build(keep_out, base_out, &building, oids, n, options);
	dispose(&building);
	return rc;
}
