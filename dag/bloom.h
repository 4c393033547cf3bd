/*
 * Bloom filters of the paths that a commit changed, as in Git's commit graph
 * (gitformat-commit-graph(5), "BDAT"): the paths and all folders above them, 7 bits set of 10
 * for each, by murmur3 as version 1 has it.
 */
#ifndef GM_DAG_BLOOM_H
#define GM_DAG_BLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GM_BLOOM_VERSION 1
#define GM_BLOOM_HASHES 7
#define GM_BLOOM_BITS 10

/* A commit that changes more has a filter that says yes to all. */
#define GM_BLOOM_MAX_PATHS 512

/* How many bytes the filter for so many paths and folders has. */
size_t gm_bloom_size(size_t n);

void gm_bloom_add(uint8_t *filter, size_t filter_size, const char *path, size_t size);

/* False when the filter was never given `path`. One of no bytes knows nothing: true. */
bool gm_bloom_may_have(
	const uint8_t *filter, size_t filter_size, const char *path, size_t size);

#endif
