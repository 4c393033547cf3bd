/*
 * Memory: allocations that report GM_ENOMEM and take part in the fault seam, and owned
 * locals that clean themselves up.
 */
#ifndef GM_BASE_MEM_H
#define GM_BASE_MEM_H

#include <stddef.h>

/* NULL with GM_ENOMEM set when there is no memory. A size of 0 is fine and freeable. */
void *gm_malloc(size_t size);
void *gm_calloc(size_t n, size_t size);
void *gm_realloc(void *ptr, size_t size);
char *gm_strdup(const char *text);
char *gm_strndup(const char *text, size_t size);
void gm_free(void *ptr);

/*
 * Make room for at least `need` elements of `size` bytes in `*array` (capacity `*cap`),
 * growing by half. `array` is a pointer to the array pointer.
 */
int gm_grow(void *array, size_t *cap, size_t need, size_t size);

/*
 * All of a block is about to be written: have the system give it its pages in one go, which costs
 * a fraction of one fault for each. Only a hint.
 */
void gm_populate(void *ptr, size_t size);

/*
 * Much of a large block is about to be written, here and there: have the system use huge pages
 * where it can, each of which saves hundreds of faults. Only a hint; small blocks are left alone.
 */
void gm_prefer_huge_pages(void *ptr, size_t size);

/* Hand the value of an owned local over and forget it: `*out = gm_steal(&thing);` */
#define gm_steal(ptr)                                \
	__extension__({                              \
		__typeof__(*(ptr)) stolen_ = *(ptr); \
		*(ptr) = NULL;                       \
		stolen_;                             \
	})

void gm_free_p(void *ptr_to_ptr);

#define gm_cleanup(function) __attribute__((cleanup(function)))
#define gm_autofree gm_cleanup(gm_free_p)

/* Defines `free_function_p(type **)` for gm_cleanup(). */
#define GM_DEFINE_CLEANUP(type, free_function)           \
	static inline void free_function##_p(type **ptr) \
	{                                                \
		free_function(*ptr);                     \
	}

#endif
