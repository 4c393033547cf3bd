/* Bytes of a tree object: what passes the check can be stepped through and is in order. */
#include "dag/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct gm_tree_entry entry, previous = {.name = NULL};
	size_t at = 0;
	int rc;

	int good = gm_tree_check(bytes, size) == 0;
	while ((rc = gm_tree_next(&entry, &at, bytes, size)) > 0) {
		if (good && previous.name &&
			gm_tree_entry_compare(&previous, &entry) >= 0)
			abort();
		previous = entry;
	}
	if (good && rc < 0)
		abort();
	return 0;
}
