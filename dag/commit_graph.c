#include "dag/commit_graph.h"

#include <string.h>

#include "base/file.h"
#include "dag/commit_graph_layer.h"
#include "objstore/pack_index.h"

void gm_commit_graph_free(struct gm_commit_graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->n_layers; i++)
		gm_graph_layer_free(graph->layers[i]);
	gm_free(graph->layers);
	gm_free(graph);
}

/* A layer must have been made for just those that are below it. */
static bool fits(const struct gm_commit_graph *graph, const struct gm_graph_layer *layer)
{
	if (layer->n_bases != graph->n_layers || layer->n > GM_GRAPH_MAX - graph->n)
		return false;
	for (size_t i = 0; i < graph->n_layers; i++) {
		const struct gm_mapping *file = &graph->layers[i]->file;
		if (memcmp(layer->bases.ptr + i * GM_OID_SIZE,
			    file->ptr + file->size - GM_OID_SIZE, GM_OID_SIZE) != 0)
			return false;
	}
	return true;
}

static int add_layer(
	struct gm_commit_graph *graph, struct gm_store *store, const char *name)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_cleanup(gm_graph_layer_free_p) struct gm_graph_layer *layer = NULL;
	int rc = gm_store_derived_path(&path, store, name);

	if (rc == 0)
		rc = gm_graph_layer_open(&layer, gm_buf_str(&path));
	if (rc < 0)
		return rc;
	if (!fits(graph, layer))
		return gm_error(GM_EMISMATCH, "'%s' does not fit what is below it",
			gm_buf_str(&path));
	layer->below = graph->n;
	graph->n += layer->n;
	graph->layers[graph->n_layers++] = gm_steal(&layer);
	return 0;
}

/* A file that lists the names of the layers, the lowest first. */
static int add_chain(struct gm_commit_graph *graph, struct gm_store *store)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf chain = GM_BUF_INIT(GM_GRAPH_MAX_LAYERS * (size_t)GM_OID_HEX);
	int rc = gm_store_derived_path(&path, store, GM_GRAPH_CHAIN);

	if (rc == 0)
		rc = gm_file_read(&chain, gm_buf_str(&path));
	for (size_t at = 0; rc == 0 && at < chain.size; at += GM_OID_HEX) {
		gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
		struct gm_oid oid;
		if (chain.size - at < GM_OID_HEX ||
			chain.ptr[at + GM_OID_HEX - 1] != '\n' ||
			!gm_oid_parse(&oid, chain.ptr + at, GM_OID_HEX - 1))
			return gm_error(GM_EMISMATCH, "'%s' is no list of commit graphs",
				gm_buf_str(&path));
		rc = gm_buf_printf(
			&name, "%s/graph-%.40s.graph", GM_GRAPH_DIR, chain.ptr + at);
		if (rc == 0)
			rc = add_layer(graph, store, gm_buf_str(&name));
		if (rc == GM_ENOTFOUND)
			rc = gm_error(GM_EMISMATCH, "'%s' names '%s', which is not there",
				gm_buf_str(&path), gm_buf_str(&name));
	}
	return rc;
}

static int open_once(struct gm_commit_graph **out, struct gm_store *store)
{
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *graph =
		gm_calloc(1, sizeof(*graph));

	if (!graph)
		return GM_ENOMEM;
	graph->layers = gm_calloc(GM_GRAPH_MAX_LAYERS, sizeof(struct gm_graph_layer *));
	if (!graph->layers)
		return GM_ENOMEM;
	int rc = add_layer(graph, store, GM_GRAPH_SINGLE);
	graph->is_single = rc == 0;
	if (rc == GM_ENOTFOUND)
		rc = add_chain(graph, store);
	if (rc < 0)
		return rc;
	*out = gm_steal(&graph);
	return 0;
}

/* Of a chain that is replaced just now, a layer may be gone. */
int gm_commit_graph_open_checked(struct gm_commit_graph **out, struct gm_store *store)
{
	int rc = open_once(out, store);

	return rc == GM_EMISMATCH ? open_once(out, store) : rc;
}

int gm_commit_graph_open(struct gm_commit_graph **out, struct gm_store *store)
{
	int rc = gm_commit_graph_open_checked(out, store);

	return rc < 0 && rc != GM_ENOMEM ? GM_ENOTFOUND : rc;
}

size_t gm_commit_graph_n(const struct gm_commit_graph *graph)
{
	return graph->n;
}

struct gm_graph_layer *gm_commit_graph_layer(
	const struct gm_commit_graph *graph, uint32_t position)
{
	size_t i = graph->n_layers - 1;

	while (position < graph->layers[i]->below)
		i--;
	return graph->layers[i];
}

/* The place of an id in a layer. A table or ids out of order only hide it. */
static bool find_in(
	uint32_t *out, const struct gm_graph_layer *layer, const struct gm_oid *oid)
{
	const uint8_t *fanout = layer->fanout.ptr + (size_t)oid->bytes[0] * 4;
	uint32_t low = oid->bytes[0] ? gm_be32(fanout - 4) : 0;
	uint32_t high = gm_be32(fanout);

	if (high > layer->n)
		return false;
	const uint8_t *oids = layer->oids.ptr;
	uint32_t at =
		low < high ? gm_oid_lower_bound(oids, GM_OID_SIZE, low, high, oid) : high;
	if (at >= high ||
		memcmp(oids + (size_t)at * GM_OID_SIZE, oid->bytes, GM_OID_SIZE) != 0)
		return false;
	*out = at;
	return true;
}

bool gm_commit_graph_find(
	uint32_t *out, struct gm_commit_graph *graph, const struct gm_oid *oid)
{
	for (size_t i = graph->n_layers; i-- > 0;) {
		struct gm_graph_layer *layer = graph->layers[i];
		uint32_t at;
		if (!find_in(&at, layer, oid))
			continue;
		*out = layer->below + at;
		return gm_graph_layer_is_good(layer, at);
	}
	return false;
}

void gm_commit_graph_oid(
	struct gm_oid *out, const struct gm_commit_graph *graph, uint32_t position)
{
	const struct gm_graph_layer *layer = gm_commit_graph_layer(graph, position);

	memcpy(out->bytes,
		layer->oids.ptr + (size_t)(position - layer->below) * GM_OID_SIZE,
		GM_OID_SIZE);
}

static bool is_good(struct gm_commit_graph *graph, uint32_t position)
{
	if (position >= graph->n)
		return false;
	struct gm_graph_layer *layer = gm_commit_graph_layer(graph, position);
	return gm_graph_layer_is_good(layer, position - layer->below);
}

/* Parents behind the first one, when there are several: a list that ends in a marked one. */
static bool take_more(struct gm_commit_graph_row *row, struct gm_commit_graph *graph,
	struct gm_graph_layer *layer, uint32_t first)
{
	size_t max = layer->edges.size / 4;

	if (!gm_graph_layer_edges_are_good(layer))
		return false;
	row->more = layer->edges.ptr + (size_t)first * 4;
	for (size_t at = first; at < max; at++) {
		uint32_t edge = gm_be32(layer->edges.ptr + at * 4);
		row->n_parents++;
		if (!is_good(graph, edge & ~GM_GRAPH_LAST))
			return false;
		if (edge & GM_GRAPH_LAST)
			return true;
	}
	return false;
}

static bool take_parents(struct gm_commit_graph_row *row, struct gm_commit_graph *graph,
	struct gm_graph_layer *layer, const uint8_t *at)
{
	row->parents[0] = gm_be32(at);
	row->parents[1] = gm_be32(at + 4);
	row->more = NULL;
	row->n_parents = row->parents[0] != GM_GRAPH_NO_PARENT;
	if (row->n_parents && !is_good(graph, row->parents[0]))
		return false;
	if (row->parents[1] == GM_GRAPH_NO_PARENT)
		return true;
	if (row->parents[1] & GM_GRAPH_MORE)
		return take_more(row, graph, layer, row->parents[1] & ~GM_GRAPH_MORE);
	row->n_parents++;
	return is_good(graph, row->parents[1]);
}

bool gm_commit_graph_row(
	struct gm_commit_graph_row *out, struct gm_commit_graph *graph, uint32_t position)
{
	struct gm_graph_layer *layer = gm_commit_graph_layer(graph, position);
	const uint8_t *at =
		layer->rows.ptr + (size_t)(position - layer->below) * GM_GRAPH_ROW_SIZE;
	uint32_t level_and_date = gm_be32(at + 28);

	memcpy(out->tree.bytes, at, GM_OID_SIZE);
	out->level = level_and_date >> 2;
	out->date = (int64_t)((uint64_t)(level_and_date & 3) << 32 | gm_be32(at + 32));
	return take_parents(out, graph, layer, at + GM_OID_SIZE);
}

uint32_t gm_commit_graph_parent(const struct gm_commit_graph_row *row, size_t i)
{
	if (i && row->more)
		return gm_be32(row->more + (i - 1) * 4) & ~GM_GRAPH_LAST;
	return row->parents[i];
}

/* A path was changed only if all folders above it were. */
bool gm_commit_graph_may_change(
	struct gm_commit_graph *graph, uint32_t position, const char *path)
{
	struct gm_graph_layer *layer = gm_commit_graph_layer(graph, position);
	struct gm_graph_chunk bloom;
	size_t size = strlen(path);

	if (!gm_graph_layer_bloom(&bloom, layer, position - layer->below))
		return true;
	while (size) {
		if (!gm_bloom_may_have(bloom.ptr, bloom.size, path, size))
			return false;
		while (size && path[--size] != '/')
			;
	}
	return true;
}
