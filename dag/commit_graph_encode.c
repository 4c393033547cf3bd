#include "dag/commit_graph_encode.h"

#include <string.h>

#include "objstore/crc32c.h"
#include "objstore/pack_index.h"

#define CHUNKS_MAX 8

struct encoding {
	const struct gm_gather *gather;
	size_t n_bases;
	size_t n_edges;
	struct gm_buf *out;
	struct gm_graph_layer layer; /* where the parts are, for their checksums */
};

/* A part of the file, and who writes it. */
struct part {
	const char *name;
	size_t size;
	int (*put)(struct encoding *encoding);
	struct gm_graph_chunk *chunk; /* of the layer; may be NULL */
};

static int put32(struct gm_buf *out, uint32_t value)
{
	uint8_t bytes[4];

	gm_put_be32(bytes, value);
	return gm_buf_put(out, bytes, sizeof(bytes));
}

static const struct gm_gathered *item_at(const struct encoding *encoding, size_t at)
{
	return &encoding->gather->items[encoding->gather->order[at]];
}

static int put_fanout(struct encoding *encoding)
{
	size_t at = 0;
	int rc = 0;

	for (unsigned byte = 0; rc == 0 && byte < 256; byte++) {
		while (at < encoding->gather->n &&
			item_at(encoding, at)->oid.bytes[0] <= byte)
			at++;
		rc = put32(encoding->out, (uint32_t)at);
	}
	return rc;
}

static int put_oids(struct encoding *encoding)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < encoding->gather->n; i++)
		rc = gm_buf_put(
			encoding->out, item_at(encoding, i)->oid.bytes, GM_OID_SIZE);
	return rc;
}

/* The position of a parent in the graph to be. */
static uint32_t parent_at(
	const struct encoding *encoding, const struct gm_gathered *item, uint32_t p)
{
	const struct gm_gather *gather = encoding->gather;
	uint32_t parent = gather->parents[item->parents + p];

	return parent < gather->below ? parent
				      : gather->items[parent - gather->below].position;
}

static int put_rows(struct encoding *encoding)
{
	uint32_t edges = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < encoding->gather->n; i++) {
		const struct gm_gathered *item = item_at(encoding, i);
		uint32_t first = GM_GRAPH_NO_PARENT, second = GM_GRAPH_NO_PARENT;
		if (item->n_parents)
			first = parent_at(encoding, item, 0);
		if (item->n_parents == 2)
			second = parent_at(encoding, item, 1);
		if (item->n_parents > 2) {
			second = GM_GRAPH_MORE | edges;
			edges += item->n_parents - 1;
		}
		rc = gm_buf_put(encoding->out, item->tree.bytes, GM_OID_SIZE);
		if (rc == 0)
			rc = put32(encoding->out, first);
		if (rc == 0)
			rc = put32(encoding->out, second);
		if (rc == 0)
			rc = put32(encoding->out,
				item->level << 2 |
					(uint32_t)((uint64_t)item->date >> 32));
		if (rc == 0)
			rc = put32(encoding->out, (uint32_t)item->date);
	}
	return rc;
}

static int put_edges(struct encoding *encoding)
{
	int rc = 0;

	for (size_t i = 0; i < encoding->gather->n; i++) {
		const struct gm_gathered *item = item_at(encoding, i);
		for (uint32_t p = 1; item->n_parents > 2 && p < item->n_parents; p++) {
			uint32_t edge = parent_at(encoding, item, p);
			if (p + 1 == item->n_parents)
				edge |= GM_GRAPH_LAST;
			rc = put32(encoding->out, edge);
			if (rc < 0)
				return rc;
		}
	}
	return rc;
}

static int put_bloom_ends(struct encoding *encoding)
{
	uint32_t end = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < encoding->gather->n; i++) {
		end += item_at(encoding, i)->bloom_size;
		rc = put32(encoding->out, end);
	}
	return rc;
}

static int put_blooms(struct encoding *encoding)
{
	int rc = put32(encoding->out, GM_BLOOM_VERSION);

	if (rc == 0)
		rc = put32(encoding->out, GM_BLOOM_HASHES);
	if (rc == 0)
		rc = put32(encoding->out, GM_BLOOM_BITS);
	for (size_t i = 0; rc == 0 && i < encoding->gather->n; i++) {
		const struct gm_gathered *item = item_at(encoding, i);
		rc = gm_buf_put(encoding->out, encoding->gather->blooms.ptr + item->bloom,
			item->bloom_size);
	}
	return rc;
}

static int put_bases(struct encoding *encoding)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < encoding->n_bases; i++) {
		const struct gm_mapping *file = &encoding->gather->old->layers[i]->file;
		rc = gm_buf_put(
			encoding->out, file->ptr + file->size - GM_OID_SIZE, GM_OID_SIZE);
	}
	return rc;
}

static uint32_t n_blocks(const struct encoding *encoding)
{
	return (uint32_t)((encoding->gather->n + GM_GRAPH_BLOCK - 1) / GM_GRAPH_BLOCK);
}

/* Comes last: the other parts stand in the buffer. */
static int put_sums(struct encoding *encoding)
{
	const struct gm_graph_layer *layer = &encoding->layer;
	int rc = 0;

	for (uint32_t block = 0; rc == 0 && block < n_blocks(encoding); block++) {
		uint32_t sum;
		if (!gm_graph_block_sum(&sum, layer, block))
			return gm_error(GM_ETOOBIG, "too much for a commit graph");
		rc = put32(encoding->out, sum);
	}
	return rc < 0
		? rc
		: put32(encoding->out, gm_crc32c(0, layer->edges.ptr, layer->edges.size));
}

static int put_table(
	struct gm_buf *out, const struct part *parts, size_t n, size_t n_bases)
{
	size_t offset = GM_GRAPH_HEADER_SIZE + (n + 1) * GM_GRAPH_CHUNK_ENTRY_SIZE;
	int rc = gm_buf_put(out, "CGPH\1\1", 6);

	if (rc == 0)
		rc = gm_buf_putc(out, (char)n);
	if (rc == 0)
		rc = gm_buf_putc(out, (char)n_bases);
	for (size_t i = 0; rc == 0 && i <= n; i++) {
		rc = gm_buf_put(out, i < n ? parts[i].name : "\0\0\0\0", 4);
		if (rc == 0)
			rc = put32(out, (uint32_t)((uint64_t)offset >> 32));
		if (rc == 0)
			rc = put32(out, (uint32_t)offset);
		offset += i < n ? parts[i].size : 0;
	}
	return rc;
}

/* The parts that are not empty, in order; how many. */
static size_t plan(struct part out[CHUNKS_MAX], struct encoding *encoding)
{
	const struct gm_gather *gather = encoding->gather;
	struct gm_graph_layer *layer = &encoding->layer;
	const struct part all[CHUNKS_MAX] = {
		{GM_GRAPH_FANOUT, (size_t)256 * 4, put_fanout, &layer->fanout},
		{GM_GRAPH_OIDS, gather->n * GM_OID_SIZE, put_oids, &layer->oids},
		{GM_GRAPH_ROWS, gather->n * GM_GRAPH_ROW_SIZE, put_rows, &layer->rows},
		{GM_GRAPH_EDGES, encoding->n_edges * 4, put_edges, &layer->edges},
		{GM_GRAPH_BLOOM_ENDS, gather->n * 4, put_bloom_ends, &layer->bloom_ends},
		{GM_GRAPH_BLOOMS, GM_GRAPH_BLOOM_HEADER_SIZE + gather->blooms.size,
			put_blooms, &layer->blooms},
		{GM_GRAPH_BASES, encoding->n_bases * GM_OID_SIZE, put_bases,
			&layer->bases},
		{GM_GRAPH_SUMS, ((size_t)n_blocks(encoding) + 1) * 4, put_sums, NULL},
	};
	size_t n = 0;

	for (size_t i = 0; i < CHUNKS_MAX; i++)
		if (all[i].size)
			out[n++] = all[i];
	return n;
}

static size_t count_edges(const struct gm_gather *gather)
{
	size_t n = 0;

	for (size_t i = 0; i < gather->n; i++)
		if (gather->items[i].n_parents > 2)
			n += gather->items[i].n_parents - 1;
	return n;
}

static int put_part(struct encoding *encoding, const struct part *part)
{
	const size_t start = encoding->out->size;
	int rc = part->put(encoding);

	if (rc < 0 || !part->chunk)
		return rc;
	/* There is room for all of it: the bytes do not move any more. */
	part->chunk->ptr = (const uint8_t *)encoding->out->ptr + start;
	part->chunk->size = encoding->out->size - start;
	return 0;
}

int gm_graph_encode(struct gm_buf *out, struct gm_oid *name_out,
	const struct gm_gather *gather, size_t n_bases)
{
	struct encoding encoding = {.gather = gather,
		.n_bases = n_bases,
		.n_edges = count_edges(gather),
		.out = out,
		.layer = {.n = (uint32_t)gather->n}};
	struct part parts[CHUNKS_MAX];
	const size_t n = plan(parts, &encoding);
	size_t size =
		GM_GRAPH_HEADER_SIZE + (n + 1) * GM_GRAPH_CHUNK_ENTRY_SIZE + GM_OID_SIZE;
	struct gm_sha1 sha1;

	for (size_t i = 0; i < n; i++)
		size += parts[i].size;
	int rc = gm_buf_reserve(out, size);
	if (rc == 0)
		rc = put_table(out, parts, n, n_bases);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_part(&encoding, &parts[i]);
	if (rc < 0)
		return rc;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, out->ptr, out->size);
	gm_sha1_final(name_out->bytes, &sha1);
	return gm_buf_put(out, name_out->bytes, GM_OID_SIZE);
}
