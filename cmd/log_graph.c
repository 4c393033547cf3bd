#include "cmd/log_graph.h"

#include <string.h>

#include "base/buf.h"

/*
 * Lane j is drawn in column 2j, an edge that moves between two lanes in the column between
 * them.
 */

#define NO_LANE SIZE_MAX

/* A line of history below the commit's row, on its way to its lane. */
struct edge {
	struct gm_oid oid;
	size_t at;     /* the lane it is at now */
	size_t target; /* the lane it is to be in; never to the right */
};

struct edges {
	struct edge *items;
	size_t n;
	size_t cap;
};

/* What the commit does to the lanes. */
struct step {
	size_t lane; /* the commit's own */
	const struct gm_oid *parents;
	size_t n_parents;
	bool joins_left;  /* the first parent goes to a lane on the left at once */
	bool joins_right; /* the last parent is the next lane */
	size_t n_opened;  /* lanes that the rows need more than there were */
};

static void dispose_edges(struct edges *edges)
{
	gm_free(edges->items);
}

void gm_log_graph_dispose(struct gm_log_graph *graph)
{
	gm_free(graph->lanes.items);
	gm_strv_dispose(&graph->rows);
	*graph = (struct gm_log_graph)GM_LOG_GRAPH_INIT;
}

static size_t find_lane(const struct gm_lanes *lanes, const struct gm_oid *oid)
{
	for (size_t i = 0; i < lanes->n; i++)
		if (gm_oid_equal(&lanes->items[i], oid))
			return i;
	return NO_LANE;
}

static int add_lane(struct gm_lanes *lanes, const struct gm_oid *oid)
{
	int rc = gm_grow(&lanes->items, &lanes->cap, lanes->n + 1, sizeof(*lanes->items));

	if (rc == 0)
		lanes->items[lanes->n++] = *oid;
	return rc;
}

/* A row of blanks. */
static char *new_row(const struct gm_log_graph *graph)
{
	char *row = gm_malloc(graph->width + 1);

	if (row) {
		memset(row, ' ', graph->width);
		row[graph->width] = '\0';
	}
	return row;
}

static void draw_lanes(char *row, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		row[2 * i] = '|';
}

/* How a lane on the right of the commit is drawn in its row. */
static char lane_mark(const struct gm_log_graph *graph, const struct step *step,
	const struct edges *edges, size_t lane)
{
	const struct edge *edge = &edges->items[step->n_parents + lane -
		1]; /* the commit has none itself */
	const char *above = graph->rows.n ? graph->rows.items[graph->rows.n - 1] : "";

	if (graph->goes_on)
		return '|';
	/* What the row above pushes aside, or draws near, and the next one too, slants on. */
	if (step->n_opened == 1 && graph->ends_in_fan && lane > graph->fan_lane)
		return '\\';
	if (!step->n_opened && !graph->ends_in_fan && strlen(above) > 2 * lane + 1 &&
		above[2 * lane + 1] == '/' && edge->target < lane)
		return '/';
	return '|';
}

static int add_commit_row(struct gm_strv *rows, const struct gm_log_graph *graph,
	const struct step *step, const struct edges *edges)
{
	gm_autofree char *row = new_row(graph);

	if (!row)
		return GM_ENOMEM;
	draw_lanes(row, 0, step->lane);
	row[2 * step->lane] = '*';
	for (size_t i = step->lane + 1; i < graph->lanes.n; i++)
		row[2 * i] = lane_mark(graph, step, edges, i);
	return gm_strv_add(rows, row);
}

/* The row in which parent number `nth` (from 1) and those behind it leave to the right. */
static int add_fan_row(struct gm_strv *rows, const struct gm_log_graph *graph,
	const struct step *step, size_t nth)
{
	gm_autofree char *row = new_row(graph);
	size_t from = step->lane + nth - 1;
	bool joins = nth > step->n_opened;

	if (!row)
		return GM_ENOMEM;
	draw_lanes(row, 0, from + 1);
	row[2 * from + 1] = '\\';
	for (size_t i = step->lane + 1; i < graph->lanes.n; i++)
		row[2 * (i + nth - 1) + (joins ? 0 : 1)] = joins ? '|' : '\\';
	return gm_strv_add(rows, row);
}

static int add_fan_rows(
	struct gm_strv *rows, const struct gm_log_graph *graph, const struct step *step)
{
	size_t n = step->n_opened + step->joins_right;
	int rc = 0;

	for (size_t i = 1; rc == 0 && i <= n; i++)
		rc = add_fan_row(rows, graph, step, i);
	return rc;
}

/* Move an edge one lane nearer to its target; false when it is there. */
static bool draw_move(char *row, struct edge *edge)
{
	if (edge->at == edge->target) {
		row[2 * edge->at] = '|';
		return false;
	}
	row[2 * edge->at - 1] = '/';
	edge->at--;
	return true;
}

/* The row in which the first parent leaves to the left, and nothing else moves. */
static int add_left_row(struct gm_strv *rows, const struct gm_log_graph *graph,
	const struct step *step, struct edges *edges)
{
	gm_autofree char *row = new_row(graph);

	if (!row)
		return GM_ENOMEM;
	for (size_t i = 0; i < edges->n; i++)
		if (i != step->lane)
			row[2 * edges->items[i].at] = '|';
	(void)draw_move(row, &edges->items[step->lane]);
	return gm_strv_add(rows, row);
}

/* Rows in which all edges move, until they are where they belong. */
static int add_move_rows(
	struct gm_strv *rows, const struct gm_log_graph *graph, struct edges *edges)
{
	for (;;) {
		gm_autofree char *row = new_row(graph);
		bool moved = false;
		if (!row)
			return GM_ENOMEM;
		for (size_t i = 0; i < edges->n; i++)
			moved = draw_move(row, &edges->items[i]) || moved;
		if (!moved)
			return 0;
		int rc = gm_strv_add(rows, row);
		if (rc < 0)
			return rc;
	}
}

/* One edge more, into the lane of its commit, which is opened when there is none. */
static int add_edge(
	struct edges *edges, struct gm_lanes *lanes, const struct gm_oid *oid, size_t at)
{
	int rc = gm_grow(&edges->items, &edges->cap, edges->n + 1, sizeof(*edges->items));
	size_t target = find_lane(lanes, oid);

	if (rc == 0 && target == NO_LANE) {
		target = lanes->n;
		rc = add_lane(lanes, oid);
	}
	if (rc == 0)
		edges->items[edges->n++] = (struct edge){*oid, at, target};
	return rc;
}

/* The edges as they are below the fan, and the lanes they are to end in. */
static int plan_edges(struct edges *edges, struct gm_lanes *lanes,
	const struct gm_log_graph *graph, const struct step *step)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < step->lane; i++)
		rc = add_edge(edges, lanes, &graph->lanes.items[i], i);
	for (size_t i = 0; rc == 0 && i < step->n_parents; i++) {
		size_t at = step->lane + i - (step->joins_left && i);
		rc = add_edge(edges, lanes, &step->parents[i], at);
	}
	for (size_t i = step->lane + 1; rc == 0 && i < graph->lanes.n; i++)
		rc = add_edge(edges, lanes, &graph->lanes.items[i], i + step->n_opened);
	return rc;
}

static int begin_step(struct step *out, struct gm_log_graph *graph,
	const struct gm_oid *commit, const struct gm_oid *parents, size_t n_parents)
{
	struct step step = {
		find_lane(&graph->lanes, commit), parents, n_parents, false, false, 0};

	if (step.lane == NO_LANE) {
		step.lane = graph->lanes.n;
		int rc = add_lane(&graph->lanes, commit);
		if (rc < 0)
			return rc;
	}
	size_t next = step.lane + 1;
	step.joins_left =
		n_parents == 2 && find_lane(&graph->lanes, &parents[0]) < step.lane;
	step.joins_right = n_parents > 1 && !step.joins_left && next < graph->lanes.n &&
		gm_oid_equal(&graph->lanes.items[next], &parents[n_parents - 1]);
	if (n_parents > 1)
		step.n_opened = n_parents - 1 - step.joins_left - step.joins_right;
	*out = step;
	return 0;
}

/* All rows of the commit. */
static int add_rows(struct gm_strv *rows, const struct gm_log_graph *graph,
	const struct step *step, struct edges *edges)
{
	int rc = add_commit_row(rows, graph, step, edges);

	if (rc == 0)
		rc = add_fan_rows(rows, graph, step);
	if (rc == 0 && step->joins_left)
		rc = add_left_row(rows, graph, step, edges);
	return rc < 0 ? rc : add_move_rows(rows, graph, edges);
}

int gm_log_graph_commit(struct gm_log_graph *graph, const struct gm_oid *commit,
	const struct gm_oid *parents, size_t n_parents)
{
	gm_cleanup(dispose_edges) struct edges edges = {NULL, 0, 0};
	gm_autostrv rows = GM_STRV_INIT;
	struct gm_lanes lanes = {NULL, 0, 0};
	struct step step;
	int rc = begin_step(&step, graph, commit, parents, n_parents);

	if (rc < 0)
		return rc;
	graph->width = 2 * (graph->lanes.n + step.n_opened);
	rc = plan_edges(&edges, &lanes, graph, &step);
	if (rc == 0)
		rc = add_rows(&rows, graph, &step, &edges);
	gm_free(graph->lanes.items);
	graph->lanes = lanes;
	gm_strv_dispose(&graph->rows);
	graph->rows = rows;
	rows = (struct gm_strv)GM_STRV_INIT;
	graph->n_given = 0;
	graph->fan_lane = step.lane;
	graph->ends_in_fan = step.n_opened && graph->rows.n == 1 + step.n_opened;
	graph->goes_on = false;
	return rc;
}

bool gm_log_graph_is_pending(const struct gm_log_graph *graph)
{
	return graph->n_given < graph->rows.n;
}

int gm_log_graph_row(struct gm_buf *out, struct gm_log_graph *graph)
{
	if (gm_log_graph_is_pending(graph))
		return gm_buf_puts(out, graph->rows.items[graph->n_given++]);
	graph->goes_on = true;
	gm_autofree char *row = new_row(graph);
	if (!row)
		return GM_ENOMEM;
	draw_lanes(row, 0, graph->lanes.n);
	return gm_buf_puts(out, row);
}
