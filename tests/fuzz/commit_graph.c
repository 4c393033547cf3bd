/*
 * One file of a commit graph, with its checksum made right: every commit in it is looked up,
 * its row and parents are followed, its filter is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/commit_graph_layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More rows than this are no different ones. */
#define ROWS_MAX 1000

static const char *file(void)
{
	static char dir[] = "/tmp/fuzz-XXXXXX";
	static char path[64];

	if (!*path && mkdtemp(dir))
		(void)snprintf(path, sizeof(path), "%s/graph", dir);
	return path;
}

static int write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *out = fopen(path, "w");
	uint8_t name[GM_SHA1_SIZE];
	struct gm_sha1 sha1;

	if (!out)
		return -1;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, "CGPH\1\1", 6);
	gm_sha1_update(&sha1, data, size);
	gm_sha1_final(name, &sha1);
	(void)fwrite("CGPH\1\1", 1, 6, out);
	(void)fwrite(data, 1, size, out);
	(void)fwrite(name, 1, sizeof(name), out);
	return fclose(out);
}

static void look(struct gm_commit_graph *graph, uint32_t position)
{
	struct gm_commit_graph_row row;
	struct gm_oid oid;
	uint32_t found;

	gm_commit_graph_oid(&oid, graph, position);
	if (gm_commit_graph_find(&found, graph, &oid) && found >= graph->n)
		__builtin_trap();
	(void)gm_commit_graph_may_change(graph, position, "memories/2026/01-02/a.md");
	if (!gm_commit_graph_row(&row, graph, position))
		return;
	for (size_t i = 0; i < row.n_parents; i++)
		if (gm_commit_graph_parent(&row, i) >= graph->n)
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_graph_layer_free_p) struct gm_graph_layer *layer = NULL;
	const char *path = file();

	if (!*path || write_file(path, data, size) < 0 ||
		gm_graph_layer_open(&layer, path) < 0)
		return 0;
	struct gm_commit_graph graph = {.layers = &layer, .n_layers = 1, .n = layer->n};
	(void)gm_graph_layer_is_whole(layer);
	for (uint32_t i = 0; i < layer->n && i < ROWS_MAX; i++)
		if (gm_graph_layer_is_good(layer, i))
			look(&graph, i);
	return 0;
}
