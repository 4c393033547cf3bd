#include "dag/reworded.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "dag/word_diff.h"

/* git's diff.renameLimit. */
#define MAX_MEMORIES 1000

/* All texts together, in bytes; and the steps of all comparisons, some tenths of a second. */
#define MAX_BYTES ((size_t)16 << 20)
#define MAX_STEPS (UINT64_C(1) << 27)

#define MIN_SIMILARITY 60

/* The words of a content, each by its hash, sorted. */
struct word {
	uint64_t hash;
	uint32_t size; /* in bytes */
};

struct memory {
	struct gm_record_delta *delta;
	struct word *words;
	size_t n;
	uint64_t bytes; /* of all words */
};

struct memories {
	struct memory *items;
	size_t n;
};

struct pair {
	unsigned similarity;
	uint16_t removed, added;
};

struct pairs {
	struct pair *items;
	size_t n;
	size_t cap;
};

struct search {
	struct gm_store *store;
	const struct gm_stage *stage;
	struct memories removed, added;
	struct pairs pairs;
	size_t bytes_left;
};

static void memories_dispose(struct memories *list)
{
	for (size_t i = 0; i < list->n; i++)
		gm_free(list->items[i].words);
	gm_free(list->items);
}

static void search_dispose(struct search *search)
{
	memories_dispose(&search->removed);
	memories_dispose(&search->added);
	gm_free(search->pairs.items);
}

/* FNV-1a. Texts made to collide can only be called alike. */
static uint64_t hash_word(struct gm_text word)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < word.size; i++)
		hash = (hash ^ (unsigned char)word.ptr[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static int compare_words(const void *left, const void *right)
{
	const struct word *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->size > b->size) - (a->size < b->size);
}

static int set_words(struct memory *memory, const struct gm_record *record)
{
	gm_autolines words = GM_LINES_INIT;
	int rc = gm_words_split(
		&words, (struct gm_text){record->content, record->content_size});

	if (rc < 0)
		return rc;
	memory->words = gm_calloc(words.n, sizeof(*memory->words));
	if (!memory->words)
		return GM_ENOMEM;
	memory->n = words.n;
	for (size_t i = 0; i < words.n; i++) {
		memory->words[i].hash = hash_word(words.items[i]);
		memory->words[i].size = (uint32_t)words.items[i].size;
		memory->bytes += words.items[i].size;
	}
	qsort(memory->words, memory->n, sizeof(*memory->words), compare_words);
	return 0;
}

static int read_record(struct gm_record *out, const struct search *search,
	const struct gm_record_delta *delta)
{
	const struct gm_change *change = NULL;

	if (delta->status == 'D')
		return gm_record_read(out, search->store, &delta->old_blob);
	if (search->stage)
		change = gm_stage_find(search->stage, delta->path);
	if (change && change->data)
		return gm_record_decode(out, change->data, change->size);
	return gm_record_read(out, search->store, &delta->new_blob);
}

/* 1 when there is too much to read. */
static int read_memory(struct memory *memory, struct search *search)
{
	gm_autorecord record = GM_RECORD_INIT;
	int rc = read_record(&record, search, memory->delta);

	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0 || !record.content_size)
		return 0;
	if (record.content_size > search->bytes_left)
		return 1;
	search->bytes_left -= record.content_size;
	return set_words(memory, &record);
}

static bool may_be_reworded(const struct gm_record_delta *delta, char status)
{
	return delta->status == status && *delta->id;
}

static size_t count(const struct gm_record_deltas *deltas, char status)
{
	size_t n = 0;

	for (size_t i = 0; i < deltas->n; i++)
		n += may_be_reworded(&deltas->items[i], status);
	return n;
}

static int collect(
	struct memories *out, struct gm_record_deltas *deltas, char status, size_t n)
{
	out->items = gm_calloc(n, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (size_t i = 0; i < deltas->n; i++)
		if (may_be_reworded(&deltas->items[i], status))
			out->items[out->n++].delta = &deltas->items[i];
	return 0;
}

static int read_all(struct search *search, struct memories *list)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = read_memory(&list->items[i], search);
	}
	return rc;
}

static uint64_t count_words(const struct memories *list)
{
	uint64_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->items[i].n;
	return n;
}

/* In percent. Two of such different size are not even compared. */
static unsigned similarity(const struct memory *a, const struct memory *b)
{
	uint64_t longer = a->bytes > b->bytes ? a->bytes : b->bytes;
	uint64_t shorter = a->bytes > b->bytes ? b->bytes : a->bytes;
	uint64_t common = 0;
	size_t i = 0, j = 0;

	if (!shorter || shorter * 100 < longer * MIN_SIMILARITY)
		return 0;
	while (i < a->n && j < b->n) {
		int order = compare_words(&a->words[i], &b->words[j]);
		if (order == 0)
			common += a->words[i].size;
		i += order <= 0;
		j += order >= 0;
	}
	return (unsigned)(common * 100 / longer);
}

static int compare_all(struct search *search)
{
	struct pairs *pairs = &search->pairs;

	for (size_t i = 0; i < search->removed.n; i++) {
		for (size_t j = 0; j < search->added.n; j++) {
			struct pair pair = {similarity(&search->removed.items[i],
						    &search->added.items[j]),
				(uint16_t)i, (uint16_t)j};
			if (pair.similarity < MIN_SIMILARITY)
				continue;
			int rc = gm_grow(&pairs->items, &pairs->cap, pairs->n + 1,
				sizeof(*pairs->items));
			if (rc < 0)
				return rc;
			pairs->items[pairs->n++] = pair;
		}
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int compare_pairs(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->similarity != b->similarity)
		return a->similarity > b->similarity ? -1 : 1;
	if (a->removed != b->removed)
		return a->removed < b->removed ? -1 : 1;
	return (a->added > b->added) - (a->added < b->added);
}

static void join_best(struct search *search)
{
	struct pairs *pairs = &search->pairs;

	if (pairs->n)
		qsort(pairs->items, pairs->n, sizeof(*pairs->items), compare_pairs);
	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *pair = &pairs->items[i];
		struct gm_record_delta *old = search->removed.items[pair->removed].delta;
		struct gm_record_delta *new = search->added.items[pair->added].delta;
		if (old->reworded || new->reworded)
			continue;
		old->reworded = new;
		new->reworded = old;
		old->similarity = new->similarity = pair->similarity;
	}
}

int gm_find_reworded(struct gm_record_deltas *deltas, struct gm_store *store,
	const struct gm_stage *stage)
{
	gm_cleanup(search_dispose) struct search search = {
		.store = store, .stage = stage, .bytes_left = MAX_BYTES};
	size_t n_removed = count(deltas, 'D'), n_added = count(deltas, 'A');

	if (!n_removed || !n_added)
		return 0;
	if (n_removed > MAX_MEMORIES || n_added > MAX_MEMORIES)
		return 1;
	int rc = collect(&search.removed, deltas, 'D', n_removed);
	if (rc == 0)
		rc = collect(&search.added, deltas, 'A', n_added);
	if (rc == 0)
		rc = read_all(&search, &search.removed);
	if (rc == 0)
		rc = read_all(&search, &search.added);
	if (rc)
		return rc;
	if (search.removed.n * count_words(&search.added) +
			search.added.n * count_words(&search.removed) >
		MAX_STEPS)
		return 1;
	rc = compare_all(&search);
	if (rc == 0)
		join_best(&search);
	return rc;
}
