#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/fault.h"

/* Larger pages are fine with it, too. */
#define PAGE 4096u
#define HUGE_PAGE ((size_t)2 << 20)

static void *no_memory(size_t size)
{
	(void)gm_error(GM_ENOMEM, "out of memory (%zu bytes wanted)", size);
	return NULL;
}

void *gm_malloc(size_t size)
{
	void *ptr = gm_fault_hit(GM_FAULT_ALLOC) ? NULL : malloc(size ? size : 1);

	return ptr ? ptr : no_memory(size);
}

void *gm_calloc(size_t n, size_t size)
{
	void *ptr =
		gm_fault_hit(GM_FAULT_ALLOC) ? NULL : calloc(n ? n : 1, size ? size : 1);

	return ptr ? ptr : no_memory(n * size);
}

void *gm_realloc(void *old, size_t size)
{
	void *ptr = gm_fault_hit(GM_FAULT_ALLOC) ? NULL : realloc(old, size ? size : 1);

	return ptr ? ptr : no_memory(size);
}

char *gm_strndup(const char *text, size_t size)
{
	char *copy = gm_malloc(size + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

char *gm_strdup(const char *text)
{
	return gm_strndup(text, strlen(text));
}

void gm_free(void *ptr)
{
	free(ptr);
}

void gm_free_p(void *ptr_to_ptr)
{
	void *ptr;

	memcpy(&ptr, ptr_to_ptr, sizeof(ptr));
	free(ptr);
}

int gm_grow(void *array, size_t *cap, size_t need, size_t size)
{
	void *ptr;

	if (need <= *cap)
		return 0;
	size_t wanted = *cap + *cap / 2;
	if (wanted < need)
		wanted = need;
	if (wanted < 8)
		wanted = 8;
	if (wanted > SIZE_MAX / 2 / size)
		return gm_error(GM_ENOMEM, "out of memory (%zu elements wanted)", wanted);
	memcpy(&ptr, array, sizeof(ptr));
	ptr = gm_realloc(ptr, wanted * size);
	if (!ptr)
		return GM_ENOMEM;
	memcpy(array, &ptr, sizeof(ptr));
	*cap = wanted;
	return 0;
}

/* Advise on the whole pages of a block. */
static void advise(void *ptr, size_t size, int advice)
{
	const uintptr_t from = ((uintptr_t)ptr + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	const uintptr_t to = ((uintptr_t)ptr + size) & ~(uintptr_t)(PAGE - 1);

	if (from < to)
		(void)madvise((void *)from, to - from, advice);
}

void gm_populate(void *ptr, size_t size)
{
	advise(ptr, size, MADV_POPULATE_WRITE);
}

void gm_prefer_huge_pages(void *ptr, size_t size)
{
	if (size >= HUGE_PAGE)
		advise(ptr, size, MADV_HUGEPAGE);
}
