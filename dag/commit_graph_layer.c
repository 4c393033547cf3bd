#include "dag/commit_graph_layer.h"

#include <string.h>

#include "objstore/crc32c.h"
#include "objstore/pack_index.h"

#define FANOUT_SIZE (256 * 4)

/* More than git and we write; others are passed over anyway. */
#define CHUNKS_MAX 32

enum { UNSEEN, GOOD, DAMAGED };

static uint32_t n_blocks(const struct gm_graph_layer *layer)
{
	return (layer->n + GM_GRAPH_BLOCK - 1) / GM_GRAPH_BLOCK;
}

static void set_chunk(
	struct gm_graph_layer *layer, const uint8_t *name, size_t from, size_t to)
{
	const struct {
		const char *name;
		struct gm_graph_chunk *chunk;
	} known[] = {
		{GM_GRAPH_FANOUT, &layer->fanout},
		{GM_GRAPH_OIDS, &layer->oids},
		{GM_GRAPH_ROWS, &layer->rows},
		{GM_GRAPH_EDGES, &layer->edges},
		{GM_GRAPH_BLOOM_ENDS, &layer->bloom_ends},
		{GM_GRAPH_BLOOMS, &layer->blooms},
		{GM_GRAPH_BASES, &layer->bases},
		{GM_GRAPH_SUMS, &layer->sums},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!memcmp(name, known[i].name, 4))
			*known[i].chunk = (struct gm_graph_chunk){
				layer->file.ptr + from, to - from};
}

static bool offset_of(size_t *out, const struct gm_graph_layer *layer, unsigned entry)
{
	const uint8_t *at = layer->file.ptr + GM_GRAPH_HEADER_SIZE +
		(size_t)entry * GM_GRAPH_CHUNK_ENTRY_SIZE + 4;
	uint64_t offset = (uint64_t)gm_be32(at) << 32 | gm_be32(at + 4);

	*out = (size_t)offset;
	return offset <= layer->file.size - GM_OID_SIZE;
}

/* The table of chunks: they follow each other, and one without a name ends the last. */
static bool read_chunks(struct gm_graph_layer *layer, unsigned n)
{
	size_t end = GM_GRAPH_HEADER_SIZE + (size_t)(n + 1) * GM_GRAPH_CHUNK_ENTRY_SIZE;
	size_t from, to;

	if (end > layer->file.size - GM_OID_SIZE || !offset_of(&from, layer, 0) ||
		from < end)
		return false;
	for (unsigned i = 0; i < n; i++, from = to) {
		if (!offset_of(&to, layer, i + 1) || to < from)
			return false;
		set_chunk(layer,
			layer->file.ptr + GM_GRAPH_HEADER_SIZE +
				(size_t)i * GM_GRAPH_CHUNK_ENTRY_SIZE,
			from, to);
	}
	return true;
}

/* Filters of another making are no use to us, as if there were none. */
static void check_blooms(struct gm_graph_layer *layer)
{
	const uint8_t *header = layer->blooms.ptr;

	if (layer->bloom_ends.size == (size_t)layer->n * 4 &&
		layer->blooms.size >= GM_GRAPH_BLOOM_HEADER_SIZE &&
		gm_be32(header) == GM_BLOOM_VERSION &&
		gm_be32(header + 4) == GM_BLOOM_HASHES &&
		gm_be32(header + 8) == GM_BLOOM_BITS)
		return;
	layer->blooms = layer->bloom_ends = (struct gm_graph_chunk){NULL, 0};
}

static bool check_frame(struct gm_graph_layer *layer)
{
	const uint8_t *header = layer->file.ptr;

	if (layer->file.size < GM_GRAPH_HEADER_SIZE + GM_OID_SIZE ||
		memcmp(header, "CGPH\1\1", 6) != 0 || header[6] > CHUNKS_MAX ||
		!read_chunks(layer, header[6]) || layer->fanout.size != FANOUT_SIZE)
		return false;
	layer->n_bases = header[7];
	layer->n = gm_be32(layer->fanout.ptr + FANOUT_SIZE - 4);
	if (layer->n >= GM_GRAPH_MAX ||
		layer->oids.size != (size_t)layer->n * GM_OID_SIZE ||
		layer->rows.size != (size_t)layer->n * GM_GRAPH_ROW_SIZE ||
		layer->bases.size != (size_t)layer->n_bases * GM_OID_SIZE)
		return false;
	check_blooms(layer);
	if (layer->sums.size != ((size_t)n_blocks(layer) + 1) * 4)
		layer->sums.ptr = NULL;
	return true;
}

int gm_graph_layer_open(struct gm_graph_layer **out, const char *path)
{
	gm_cleanup(gm_graph_layer_free_p) struct gm_graph_layer *layer =
		gm_calloc(1, sizeof(*layer));

	if (!layer)
		return GM_ENOMEM;
	layer->file.fd = -1;
	int rc = gm_mapping_open(&layer->file, path);
	if (rc < 0)
		return rc;
	if (!check_frame(layer))
		return gm_error(GM_EMISMATCH, "'%s' is no commit graph", path);
	layer->blocks = gm_calloc((size_t)n_blocks(layer) + 1, 1);
	if (!layer->blocks)
		return GM_ENOMEM;
	if (!layer->sums.ptr) {
		int state = gm_graph_layer_is_whole(layer) ? GOOD : DAMAGED;
		memset(layer->blocks, state, (size_t)n_blocks(layer) + 1);
	}
	*out = gm_steal(&layer);
	return 0;
}

void gm_graph_layer_free(struct gm_graph_layer *layer)
{
	if (!layer)
		return;
	gm_mapping_dispose(&layer->file);
	gm_free(layer->blocks);
	gm_free(layer);
}

bool gm_graph_layer_is_whole(const struct gm_graph_layer *layer)
{
	const size_t body = layer->file.size - GM_OID_SIZE;
	uint8_t name[GM_SHA1_SIZE];
	struct gm_sha1 sha1;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, layer->file.ptr, body);
	gm_sha1_final(name, &sha1);
	return !memcmp(name, layer->file.ptr + body, GM_OID_SIZE);
}

static size_t bloom_end(const struct gm_graph_layer *layer, uint32_t at)
{
	return at ? gm_be32(layer->bloom_ends.ptr + (size_t)(at - 1) * 4) : 0;
}

/* The filters of some commits, one behind the other. */
static bool bloom_range(struct gm_graph_chunk *out, const struct gm_graph_layer *layer,
	uint32_t from, uint32_t to)
{
	size_t start = bloom_end(layer, from);
	size_t end = bloom_end(layer, to);

	if (start > end || end > layer->blooms.size - GM_GRAPH_BLOOM_HEADER_SIZE)
		return false;
	out->ptr = layer->blooms.ptr + GM_GRAPH_BLOOM_HEADER_SIZE + start;
	out->size = end - start;
	return true;
}

bool gm_graph_layer_bloom(
	struct gm_graph_chunk *out, const struct gm_graph_layer *layer, uint32_t at)
{
	return layer->blooms.ptr && bloom_range(out, layer, at, at + 1);
}

static uint32_t sum_part(
	uint32_t crc, const struct gm_graph_chunk *chunk, size_t from, size_t size)
{
	return gm_crc32c(crc, chunk->ptr + from, size);
}

bool gm_graph_block_sum(uint32_t *out, const struct gm_graph_layer *layer, uint32_t block)
{
	const uint32_t from = block * GM_GRAPH_BLOCK;
	const uint32_t to =
		layer->n - from < GM_GRAPH_BLOCK ? layer->n : from + GM_GRAPH_BLOCK;
	const size_t n = to - from;
	struct gm_graph_chunk blooms;
	uint32_t crc =
		sum_part(0, &layer->oids, (size_t)from * GM_OID_SIZE, n * GM_OID_SIZE);

	crc = sum_part(crc, &layer->rows, (size_t)from * GM_GRAPH_ROW_SIZE,
		n * GM_GRAPH_ROW_SIZE);
	if (layer->blooms.ptr) {
		if (!bloom_range(&blooms, layer, from, to))
			return false;
		crc = sum_part(crc, &layer->bloom_ends, (size_t)from * 4, n * 4);
		crc = sum_part(crc, &blooms, 0, blooms.size);
	}
	*out = crc;
	return true;
}

static uint8_t judge_block(const struct gm_graph_layer *layer, uint32_t block)
{
	uint32_t sum;

	if (gm_graph_block_sum(&sum, layer, block) &&
		sum == gm_be32(layer->sums.ptr + (size_t)block * 4))
		return GOOD;
	return DAMAGED;
}

bool gm_graph_layer_is_good(struct gm_graph_layer *layer, uint32_t at)
{
	const uint32_t block = at / GM_GRAPH_BLOCK;

	if (layer->blocks[block] == UNSEEN)
		layer->blocks[block] = judge_block(layer, block);
	return layer->blocks[block] == GOOD;
}

bool gm_graph_layer_edges_are_good(struct gm_graph_layer *layer)
{
	const uint32_t last = n_blocks(layer);

	if (layer->blocks[last] == UNSEEN)
		layer->blocks[last] = sum_part(0, &layer->edges, 0, layer->edges.size) ==
				gm_be32(layer->sums.ptr + (size_t)last * 4)
			? GOOD
			: DAMAGED;
	return layer->blocks[last] == GOOD;
}
