/*
 * One file of a commit graph. A graph is a chain of them, each on top of the ones before it.
 */
#ifndef GM_DAG_COMMIT_GRAPH_LAYER_H
#define GM_DAG_COMMIT_GRAPH_LAYER_H

#include "base/mapping.h"
#include "dag/bloom.h"
#include "dag/commit_graph.h"

/* Where it is, seen from gm_store_derived_path(). */
#define GM_GRAPH_SINGLE "commit-graph" /* stock git's, alone; comes before a chain */
#define GM_GRAPH_DIR "commit-graphs"
#define GM_GRAPH_CHAIN GM_GRAPH_DIR "/commit-graph-chain"
#define GM_GRAPH_LOCK GM_GRAPH_DIR "/lock"

/* More layers than any writer makes: git and we halve their number as it grows. */
#define GM_GRAPH_MAX_LAYERS 64

/* The number of a commit is less than this. */
#define GM_GRAPH_MAX 0x70000000u
#define GM_GRAPH_NO_PARENT 0x70000000u
#define GM_GRAPH_MORE 0x80000000u /* in the second parent: a list in "EDGE" */
#define GM_GRAPH_LAST 0x80000000u /* in such a list: the last one */

/* Dates have 34 bits, levels 30. */
#define GM_GRAPH_MAX_DATE (((int64_t)1 << 34) - 1)
#define GM_GRAPH_MAX_LEVEL 0x3fffffffu

#define GM_GRAPH_ROW_SIZE 36
#define GM_GRAPH_HEADER_SIZE 8
#define GM_GRAPH_CHUNK_ENTRY_SIZE 12
#define GM_GRAPH_BLOOM_HEADER_SIZE 12

/* The names of the parts. */
#define GM_GRAPH_FANOUT "OIDF"
#define GM_GRAPH_OIDS "OIDL"
#define GM_GRAPH_ROWS "CDAT"
#define GM_GRAPH_EDGES "EDGE"
#define GM_GRAPH_BLOOM_ENDS "BIDX"
#define GM_GRAPH_BLOOMS "BDAT"
#define GM_GRAPH_BASES "BASE"
#define GM_GRAPH_SUMS "GMCR" /* ours, which git passes over: see gm_graph_block_sum() */

/* How many commits share a checksum. */
#define GM_GRAPH_BLOCK 64

/* A part of a file; NULL when there is none. */
struct gm_graph_chunk {
	const uint8_t *ptr;
	size_t size;
};

struct gm_graph_layer {
	struct gm_mapping file;
	uint32_t n;
	uint32_t below;   /* commits in the layers before it */
	uint32_t n_bases; /* layers that it was made for */
	struct gm_graph_chunk fanout, oids, rows, edges, bloom_ends, blooms, bases, sums;
	uint8_t *
		blocks; /* whether each is good, as far as it was looked at; "EDGE" is last */
};

/*
 * Open a file and look at its frame. GM_ENOTFOUND, without a message; GM_EMISMATCH when it is
 * not a graph that we can read. Its rows are not looked at.
 */
int gm_graph_layer_open(struct gm_graph_layer **out, const char *path);
void gm_graph_layer_free(struct gm_graph_layer *layer);
GM_DEFINE_CLEANUP(struct gm_graph_layer, gm_graph_layer_free)

/* Compare the file with the checksum at its end, which is also its name in a chain. */
bool gm_graph_layer_is_whole(const struct gm_graph_layer *layer);

/* Whether the block that a commit of the layer is in can be used. */
bool gm_graph_layer_is_good(struct gm_graph_layer *layer, uint32_t at);
bool gm_graph_layer_edges_are_good(struct gm_graph_layer *layer);

/*
 * The checksum of a block (CRC-32C): of its ids, rows, ends of filters, filters. The last one
 * of a file is that of "EDGE". False when the ends lead out of the filters.
 */
bool gm_graph_block_sum(
	uint32_t *out, const struct gm_graph_layer *layer, uint32_t block);

/* Where the filter of a commit is. False when its end leads out of the filters. */
bool gm_graph_layer_bloom(
	struct gm_graph_chunk *out, const struct gm_graph_layer *layer, uint32_t at);

struct gm_commit_graph {
	struct gm_graph_layer **layers;
	size_t n_layers;
	uint32_t n;
	bool is_single; /* stock git's one file */
};

/* gm_commit_graph_open() that tells what is wrong: GM_ENOTFOUND, GM_EMISMATCH. */
int gm_commit_graph_open_checked(struct gm_commit_graph **out, struct gm_store *store);

/* The layer of a position. */
struct gm_graph_layer *gm_commit_graph_layer(
	const struct gm_commit_graph *graph, uint32_t position);

#endif
