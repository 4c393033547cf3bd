#include "dag/line_classes.h"

#include <stdlib.h>
#include <string.h>

/* One of several equal lines, and who has them. */
struct class
{
	uint64_t hash;
	struct gm_text text;
	bool in_old, in_new;
};

/*
 * Classes by hash. Text that was made to collide takes too many steps; there is another way for
 * that.
 */
struct table {
	uint32_t *slots; /* 1 and the index of a class; 0: free */
	size_t mask;
	struct class *classes;
	size_t n;
	size_t steps_left;
};

/* Any number that equal lines share. */
static uint64_t hash_line(struct gm_text line)
{
	uint64_t hash = line.size;

	for (size_t at = 0; at < line.size; at += 8) {
		size_t rest = line.size - at;
		uint64_t word = 0;
		memcpy(&word, line.ptr + at, rest < 8 ? rest : 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

/* The number of the line's class, made when it is the first of its kind; 0: out of steps. */
static uint32_t find_class(struct table *table, struct gm_text line)
{
	uint64_t hash = hash_line(line);

	for (size_t i = hash & table->mask; table->steps_left;
		i = (i + 1) & table->mask) {
		table->steps_left--;
		if (!table->slots[i]) {
			table->classes[table->n++] =
				(struct class){.hash = hash, .text = line};
			table->slots[i] = (uint32_t)table->n;
			return (uint32_t)table->n;
		}
		const struct class *class = &table->classes[table->slots[i] - 1];
		if (class->hash == hash && gm_text_equal(class->text, line))
			return table->slots[i];
	}
	return 0;
}

static bool enter(struct table *table, struct gm_line_list *list, bool is_new)
{
	for (size_t i = 0; i < list->n; i++) {
		uint32_t class = find_class(table, list->lines[i]);
		if (!class)
			return false;
		list->classes[i] = class;
		table->classes[class - 1].in_old |= !is_new;
		table->classes[class - 1].in_new |= is_new;
	}
	return true;
}

static void drop_unshared(const struct table *table, struct gm_line_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct class *class = &table->classes[list->classes[i] - 1];
		if (!class->in_old || !class->in_new)
			list->classes[i] = 0;
	}
}

/* 1 when it took too many steps. */
static int classify_by_hash(struct gm_line_list *old_list, struct gm_line_list *new_list)
{
	size_t n = old_list->n + new_list->n;
	size_t cap = 16;

	while (cap < 2 * n)
		cap *= 2;
	gm_autofree uint32_t *slots = gm_calloc(cap, sizeof(*slots));
	gm_autofree struct class *classes = gm_malloc((n + 1) * sizeof(*classes));
	struct table table = {slots, cap - 1, classes, 0, 16 * n + 64};
	if (!slots || !classes)
		return GM_ENOMEM;
	if (!enter(&table, old_list, false) || !enter(&table, new_list, true))
		return 1;
	drop_unshared(&table, old_list);
	drop_unshared(&table, new_list);
	return 0;
}

struct sorted_line {
	struct gm_text text;
	uint32_t *class_out;
	bool is_new;
};

static int compare_lines(const void *left, const void *right)
{
	const struct sorted_line *a = left, *b = right;

	if (a->text.size != b->text.size)
		return a->text.size < b->text.size ? -1 : 1;
	return memcmp(a->text.ptr, b->text.ptr, a->text.size);
}

/* Give a run of equal lines its class: 0 when only one text has it. */
static void name_run(struct sorted_line *run, size_t n, uint32_t number)
{
	bool in_old = false, in_new = false;

	for (size_t i = 0; i < n; i++) {
		in_old |= !run[i].is_new;
		in_new |= run[i].is_new;
	}
	for (size_t i = 0; i < n; i++)
		*run[i].class_out = in_old && in_new ? number : 0;
}

static void put_list(struct sorted_line *out, struct gm_line_list *list, bool is_new)
{
	for (size_t i = 0; i < list->n; i++)
		out[i] = (struct sorted_line){list->lines[i], &list->classes[i], is_new};
}

/* Slower, and not to be made slow. */
static int classify_by_sorting(
	struct gm_line_list *old_list, struct gm_line_list *new_list)
{
	size_t n = old_list->n + new_list->n;
	gm_autofree struct sorted_line *sorted = gm_calloc(n, sizeof(*sorted));
	uint32_t number = 0;

	if (!sorted)
		return GM_ENOMEM;
	put_list(sorted, old_list, false);
	put_list(sorted + old_list->n, new_list, true);
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_lines);
	for (size_t start = 0, end; start < n; start = end) {
		end = start + 1;
		while (end < n && compare_lines(&sorted[start], &sorted[end]) == 0)
			end++;
		name_run(sorted + start, end - start, ++number);
	}
	return 0;
}

int gm_line_classes(struct gm_line_list *old_list, struct gm_line_list *new_list)
{
	int rc = classify_by_hash(old_list, new_list);

	return rc > 0 ? classify_by_sorting(old_list, new_list) : rc;
}
