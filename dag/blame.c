#include "dag/blame.h"

#include <string.h>

#include "dag/blame_internal.h"

static void walk_dispose(struct gm_blame_walk *walk)
{
	for (size_t i = 0; i < walk->cap_origins; i++) {
		while (walk->origins[i]) {
			struct gm_blame_origin *next = walk->origins[i]->next;
			gm_blame_origin_free(walk->origins[i]);
			walk->origins[i] = next;
		}
	}
	gm_free(walk->origins);
	gm_walk_queue_dispose(&walk->queue);
	gm_graph_dispose(&walk->graph);
	gm_strv_dispose(&walk->fields);
	gm_version_dispose(&walk->last);
	gm_free(walk->field_guilt);
	gm_free(walk->line_guilt);
	gm_buf_dispose(&walk->tree);
	gm_blame_slot_reset(&walk->slots[0]);
	gm_blame_slot_reset(&walk->slots[1]);
}

void gm_blame_dispose(struct gm_blame *blame)
{
	gm_buf_dispose(&blame->bytes);
	json_decref(blame->record);
	gm_strv_dispose(&blame->paths);
	gm_free(blame->parts);
	*blame = (struct gm_blame)GM_BLAME_INIT;
}

/* Everything in the last version is under suspicion. */
static int suspect_all(struct gm_blame_walk *walk, struct gm_suspects *suspects)
{
	const struct gm_blame_span all = {0, 0, walk->last.lines.n};
	int rc = all.n ? gm_suspects_add_span(suspects, &all) : 0;

	for (size_t i = 0; rc == 0 && i < walk->fields.n; i++)
		rc = gm_suspects_add_field(suspects, i);
	return rc;
}

static int name_fields(struct gm_blame_walk *walk)
{
	const char *name;
	json_t *value;

	json_object_foreach(walk->last.record, name, value)
	{
		if (!strcmp(name, "content"))
			continue;
		int rc = gm_strv_add(&walk->fields, name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int begin(struct gm_blame_walk *walk)
{
	int rc = name_fields(walk);

	if (rc < 0)
		return rc;
	walk->field_guilt = gm_calloc(walk->fields.n, sizeof(*walk->field_guilt));
	walk->line_guilt = gm_calloc(walk->last.lines.n, sizeof(*walk->line_guilt));
	return walk->field_guilt && walk->line_guilt ? 0 : GM_ENOMEM;
}

static int start_at_stage(
	struct gm_blame_walk *walk, size_t path, const struct gm_change *change)
{
	struct gm_blame_origin origin = {
		.node = GM_BLAME_STAGED, .path = path, .place = {.blob = change->blob}};
	int rc = gm_version_read_staged(&walk->last, walk->store, change);

	if (rc == 0)
		rc = begin(walk);
	if (rc == 0)
		rc = suspect_all(walk, &origin.suspects);
	if (rc == 0)
		rc = gm_blame_settle(walk, &origin);
	gm_suspects_dispose(&origin.suspects);
	return rc;
}

static int start_at_commit(struct gm_blame_walk *walk, size_t path)
{
	struct gm_place place = GM_PLACE_INIT;
	struct gm_blame_origin *origin;
	size_t node;
	int rc = gm_graph_add(&node, &walk->graph, &walk->request->commit);

	if (rc == 0)
		rc = gm_place_find(&place, walk->store, &walk->tree,
			&walk->graph.nodes[node].tree, walk->request->path, NULL);
	if (rc == 0 && !place.mode)
		rc = gm_error(GM_ENOTFOUND, "there is no '%s'", walk->request->path);
	if (rc == 0)
		rc = gm_version_read(
			&walk->last, walk->store, &place.blob, walk->request->path);
	if (rc == 0)
		rc = begin(walk);
	if (rc == 0)
		rc = gm_blame_find_origin(&origin, walk, node, path, &place);
	gm_place_dispose(&place);
	return rc < 0 ? rc : suspect_all(walk, &origin->suspects);
}

static int start(struct gm_blame_walk *walk)
{
	const struct gm_blame_request *request = walk->request;
	const struct gm_change *change =
		request->stage ? gm_stage_find(request->stage, request->path) : NULL;
	size_t path;
	int rc = gm_blame_number_path(&path, walk, request->path);

	if (rc < 0)
		return rc;
	if (change && !gm_oid_is_zero(&change->blob))
		return start_at_stage(walk, path, change);
	if (change || gm_oid_is_zero(&request->commit))
		return gm_error(GM_ENOTFOUND, "there is no '%s'", request->path);
	return start_at_commit(walk, path);
}

static void set_guilt(struct gm_blame_part *part, const struct gm_blame_walk *walk,
	const struct gm_blame_guilt *guilt)
{
	part->path = walk->paths->items[guilt->path];
	part->file_line = guilt->line + 1;
	if (guilt->node == GM_BLAME_STAGED)
		return;
	const struct gm_node *node = &walk->graph.nodes[guilt->node];
	part->commit = node->oid;
	part->is_boundary = !node->n_parents;
}

static struct gm_text without_newline(struct gm_text line)
{
	if (line.size && line.ptr[line.size - 1] == '\n')
		line.size--;
	return line;
}

static int finish(struct gm_blame *out, struct gm_blame_walk *walk)
{
	struct gm_version *last = &walk->last;
	size_t n_lines = last->lines.n - last->content_line;

	out->parts = gm_calloc(walk->fields.n + n_lines, sizeof(*out->parts));
	if (!out->parts)
		return GM_ENOMEM;
	for (size_t i = 0; i < walk->fields.n; i++) {
		struct gm_blame_part *part = &out->parts[out->n++];
		part->value = json_object_get(last->record, walk->fields.items[i]);
		part->field = json_object_iter_key(
			json_object_iter_at(last->record, walk->fields.items[i]));
		set_guilt(part, walk, &walk->field_guilt[i]);
	}
	for (size_t i = 0; i < n_lines; i++) {
		struct gm_blame_part *part = &out->parts[out->n++];
		size_t line = last->content_line + i;
		part->line = i + 1;
		part->text = without_newline(last->lines.items[line]);
		set_guilt(part, walk, &walk->line_guilt[line]);
	}
	out->bytes = last->bytes;
	last->bytes = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	out->record = gm_steal(&last->record);
	return 0;
}

int gm_blame_file(struct gm_blame *out, struct gm_store *store,
	const struct gm_blame_request *request)
{
	gm_cleanup(walk_dispose) struct gm_blame_walk walk = {
		.store = store,
		.request = request,
		.graph = GM_GRAPH_INIT(store, 0),
		.queue = GM_WALK_QUEUE_INIT,
		.paths = &out->paths,
		.last = GM_VERSION_INIT,
		.tree = GM_BUF_INIT(GM_BUF_LARGE),
		.slots = {{.version = GM_VERSION_INIT}, {.version = GM_VERSION_INIT}},
	};
	int rc = start(&walk);

	if (rc == 0)
		rc = gm_blame_settle_all(&walk);
	if (rc == 0)
		rc = finish(out, &walk);
	if (rc < 0)
		gm_blame_dispose(out);
	return rc;
}
