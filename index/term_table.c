#include "index/term_table.h"

#include <string.h>
#include <sys/random.h>

#include "index/short_hash.h"

static uint32_t hash_of(uint64_t seed, enum gm_field field, const char *text, size_t size)
{
	return (uint32_t)gm_short_hash(seed + (uint64_t)field, text, size);
}

static void put_slot(struct gm_term_slot *slots, size_t n, uint32_t hash, uint32_t number)
{
	size_t at = hash & (n - 1);

	while (slots[at].number)
		at = (at + 1) & (n - 1);
	slots[at] = (struct gm_term_slot){hash, number};
}

static int widen(struct gm_term_table *table, size_t n)
{
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

int gm_term_table_reserve(struct gm_term_table *table, size_t n, size_t size)
{
	size_t n_slots = table->n_slots ? table->n_slots : 64;
	int rc = gm_grow(&table->entries, &table->cap, n, sizeof(*table->entries));

	while (n_slots < n * 2)
		n_slots *= 2;
	if (rc == 0 && n_slots > table->n_slots)
		rc = widen(table, n_slots);
	return rc < 0 ? rc : gm_buf_reserve(&table->texts, size);
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
		int rc = widen(table, table->n_slots ? table->n_slots * 2 : 64);
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

void gm_term_table_dispose(struct gm_term_table *table)
{
	gm_buf_dispose(&table->texts);
	gm_free(table->entries);
	gm_free(table->slots);
}
