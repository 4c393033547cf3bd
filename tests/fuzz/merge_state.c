/* Any bytes as the file of a merge that waits: refused with a reason, or taken whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/merge_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	int rc = gm_merge_state_parse(&state, (const char *)data, size);

	if (rc < 0) {
		if (rc != GM_EINVALID || state.ref)
			abort();
		return 0;
	}
	if (!state.ref || !*state.ref || !state.name || !state.message)
		abort();
	for (size_t i = 0; i < state.n; i++)
		if (!*state.settlements[i].name)
			abort();
	return 0;
}
