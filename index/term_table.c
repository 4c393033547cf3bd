#include "index/term_table.h"

#include <string.h>
#include <sys/random.h>

__extension__ typedef unsigned __int128 wide;

static uint64_t fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* No step may have a factor that is known outside, or colliding terms could be chosen. */
static uint32_t hash_of(uint64_t seed, enum gm_field field, const char *text, size_t size)
{
	uint64_t factor = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	uint64_t h = seed ^ ((uint64_t)size << 8 | (uint64_t)field);
	uint64_t word;

	for (; size >= sizeof(word); text += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = fold(h ^ word, factor);
	}
	word = 0;
	for (; size; size--)
		word = word << 8 | (uint8_t)text[size - 1];
	return (uint32_t)fold(h ^ word, factor);
}

static void put_slot(struct gm_term_slot *slots, size_t n, uint32_t hash, uint32_t number)
{
	size_t at = hash & (n - 1);

	while (slots[at].number)
		at = (at + 1) & (n - 1);
	slots[at] = (struct gm_term_slot){hash, number};
}

static int widen(struct gm_term_table *table)
{
	size_t n = table->n_slots ? table->n_slots * 2 : 128;
	struct gm_term_slot *slots = gm_calloc(n, sizeof(*slots));

	if (!slots)
		return GM_ENOMEM;
	if (!table->n_slots &&
		getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uint64_t)(uintptr_t)slots;
	for (size_t i = 0; i < table->n_slots; i++)
		if (table->slots[i].number)
			put_slot(slots, n, table->slots[i].hash, table->slots[i].number);
	gm_free(table->slots);
	table->slots = slots;
	table->n_slots = n;
	return 0;
}

static int append(struct gm_term_table *table, uint32_t hash, enum gm_field field,
	const char *text, size_t size)
{
	struct gm_term_entry entry = {(uint32_t)table->texts.size, (uint32_t)size + 1};
	int rc = gm_grow(
		&table->entries, &table->cap, table->n + 1, sizeof(*table->entries));

	if (rc == 0)
		rc = gm_buf_reserve(&table->texts, size + 1);
	if (rc < 0)
		return rc;
	table->texts.ptr[table->texts.size] = (char)field;
	memcpy(table->texts.ptr + table->texts.size + 1, text, size);
	table->texts.size += size + 1;
	table->entries[table->n++] = entry;
	put_slot(table->slots, table->n_slots, hash, (uint32_t)table->n);
	return 1;
}

int gm_term_table_add(uint32_t *out, struct gm_term_table *table, enum gm_field field,
	const char *text, size_t size)
{
	if (table->n * 2 >= table->n_slots) {
		int rc = widen(table);
		if (rc < 0)
			return rc;
	}
	uint32_t hash = hash_of(table->seed, field, text, size);
	for (size_t at = hash & (table->n_slots - 1); table->slots[at].number;
		at = (at + 1) & (table->n_slots - 1)) {
		const struct gm_term_slot *slot = &table->slots[at];
		const struct gm_term_entry *entry = &table->entries[slot->number - 1];
		const char *there = table->texts.ptr + entry->text;
		if (slot->hash == hash && entry->size == size + 1 &&
			*there == (char)field && !memcmp(there + 1, text, size)) {
			*out = slot->number - 1;
			return 0;
		}
	}
	*out = (uint32_t)table->n;
	return append(table, hash, field, text, size);
}

const char *gm_term_table_text(
	size_t *size_out, const struct gm_term_table *table, uint32_t number)
{
	*size_out = table->entries[number].size;
	return table->texts.ptr + table->entries[number].text;
}

size_t gm_term_table_size(const struct gm_term_table *table)
{
	return table->texts.cap + table->cap * sizeof(*table->entries) +
		table->n_slots * sizeof(*table->slots);
}

void gm_term_table_dispose(struct gm_term_table *table)
{
	gm_buf_dispose(&table->texts);
	gm_free(table->entries);
	gm_free(table->slots);
}
