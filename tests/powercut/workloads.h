/*
 * What is done to a repository while its changes are traced: lines of shell, one
 * acknowledgement after each. A workload is run in both layouts.
 */
#ifndef GM_TESTS_POWERCUT_WORKLOADS_H
#define GM_TESTS_POWERCUT_WORKLOADS_H

#include <stdbool.h>

struct workload {
	const char *name;
	const char *const *lines; /* up to NULL; "$L" is the layout, "$O" the other one */
	unsigned share;           /* of the samples, in proportion to the others */
	const char *setup;        /* done before, whole and durable; NULL: nothing is */
	bool packs_anew; /* each object counts, and `gitmem repack` is to settle */
	bool repairs;    /* what is damaged, and `fsck --repair` is to settle */
	bool clones;     /* the first line makes the repository, whole or not at all */
};

/* NULL when there is none of this name. */
const struct workload *workload_find(const char *name);

/* How many of `n` samples of all workloads, in both layouts, are its own. */
unsigned workload_samples(const struct workload *workload, unsigned n);

#endif
