#include "index/token_vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define MAX_PIECES ((size_t)4 << 20)

void gm_vocabulary_dispose(struct gm_vocabulary *vocabulary)
{
	gm_buf_dispose(&vocabulary->texts);
	gm_free(vocabulary->pieces);
	gm_free(vocabulary->starts);
	*vocabulary = (struct gm_vocabulary)GM_VOCABULARY_INIT;
}

int gm_vocabulary_add(struct gm_vocabulary *vocabulary, const char *text, size_t size,
	uint32_t id, double score)
{
	if (!size)
		return 0;
	if (vocabulary->n == MAX_PIECES)
		return gm_error(GM_ETOOBIG, "the tokenizer has too many pieces");
	int rc = gm_grow(&vocabulary->pieces, &vocabulary->cap, vocabulary->n + 1,
		sizeof(*vocabulary->pieces));
	if (rc < 0)
		return rc;
	vocabulary->pieces[vocabulary->n] = (struct gm_piece){
		.at = (uint32_t)vocabulary->texts.size,
		.size = (uint32_t)size,
		.id = id,
		.score = score,
	};
	rc = gm_buf_put(&vocabulary->texts, text, size);
	vocabulary->n += rc == 0;
	return rc;
}

/* By their bytes; of equal ones the one added first, which has the lower place, comes first. */
static int compare(const void *a, const void *b, void *texts)
{
	const struct gm_piece *x = a;
	const struct gm_piece *y = b;
	const char *text = texts;
	int order =
		memcmp(text + x->at, text + y->at, x->size < y->size ? x->size : y->size);

	if (order)
		return order;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static bool equal(const struct gm_vocabulary *vocabulary, const struct gm_piece *a,
	const struct gm_piece *b)
{
	return a->size == b->size &&
		!memcmp(vocabulary->texts.ptr + a->at, vocabulary->texts.ptr + b->at,
			a->size);
}

static unsigned char byte_of(
	const struct gm_vocabulary *vocabulary, size_t i, size_t depth)
{
	return (unsigned char)vocabulary->texts.ptr[vocabulary->pieces[i].at + depth];
}

int gm_vocabulary_finish(struct gm_vocabulary *vocabulary)
{
	struct gm_piece *pieces = vocabulary->pieces;
	size_t n = 0;

	vocabulary->starts = gm_calloc(257, sizeof(*vocabulary->starts));
	if (!vocabulary->starts)
		return GM_ENOMEM;
	if (vocabulary->n)
		qsort_r(pieces, vocabulary->n, sizeof(*pieces), compare,
			vocabulary->texts.ptr);
	for (size_t i = 0; i < vocabulary->n; i++)
		if (i + 1 == vocabulary->n ||
			!equal(vocabulary, &pieces[i], &pieces[i + 1]))
			pieces[n++] = pieces[i];
	vocabulary->n = n;
	for (size_t i = 0; i < n; i++)
		vocabulary->starts[byte_of(vocabulary, i, 0) + 1]++;
	for (size_t byte = 0; byte < 256; byte++)
		vocabulary->starts[byte + 1] += vocabulary->starts[byte];
	return 0;
}

/* The first of the pieces from `low` on whose byte at `depth` is not below `byte`. */
static size_t lower_bound(const struct gm_vocabulary *vocabulary, size_t low, size_t high,
	size_t depth, unsigned byte)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (byte_of(vocabulary, middle, depth) < byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool gm_vocabulary_step(const struct gm_piece **out, struct gm_vocabulary_walk *walk,
	const struct gm_vocabulary *vocabulary, char byte)
{
	unsigned value = (unsigned char)byte;

	*out = NULL;
	if (!walk->depth) {
		walk->low = vocabulary->starts[value];
		walk->high = vocabulary->starts[value + 1];
	} else {
		/* The piece that ended before this byte is the shortest, and so the first. */
		walk->low += vocabulary->pieces[walk->low].size == walk->depth;
		walk->low = lower_bound(
			vocabulary, walk->low, walk->high, walk->depth, value);
		walk->high = lower_bound(
			vocabulary, walk->low, walk->high, walk->depth, value + 1);
	}
	walk->depth++;
	if (walk->low == walk->high)
		return false;
	if (vocabulary->pieces[walk->low].size == walk->depth)
		*out = &vocabulary->pieces[walk->low];
	return true;
}

const struct gm_piece *gm_vocabulary_find(
	const struct gm_vocabulary *vocabulary, const char *text, size_t size)
{
	struct gm_vocabulary_walk walk = {0};
	const struct gm_piece *found = NULL;

	for (size_t i = 0; i < size; i++)
		if (!gm_vocabulary_step(&found, &walk, vocabulary, text[i]))
			return NULL;
	return found;
}
