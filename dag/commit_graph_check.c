#include "dag/commit_graph_check.h"

#include <stdio.h>

#include "base/interrupt.h"
#include "dag/commit.h"
#include "dag/commit_graph_layer.h"

#define SUBJECT "commit-graph"
#define FAULT_MAX 256

struct check {
	struct gm_store *store;
	struct gm_commit_graph *graph;
	gm_store_report_fn report;
	void *payload;
	size_t n; /* commits that are not as it says */
};

/* The first is told; the others, which are likely of one kind with it, are counted. */
static int fault(struct check *check, const char *hex, const char *what)
{
	char text[FAULT_MAX];

	if (check->n++)
		return 0;
	(void)snprintf(text, sizeof(text), "commit '%s' %s", hex, what);
	return check->report(SUBJECT, text, check->payload);
}

/* NULL when the row's parents are those of the commit and its level follows from theirs. */
static const char *compare_parents(const struct check *check,
	const struct gm_commit_graph_row *row, const struct gm_commit *commit)
{
	uint32_t level = 0;

	if (row->n_parents != commit->n_parents)
		return "has other parents than it says";
	for (size_t i = 0; i < row->n_parents; i++) {
		const uint32_t position = gm_commit_graph_parent(row, i);
		struct gm_commit_graph_row parent;
		struct gm_oid oid;
		gm_commit_graph_oid(&oid, check->graph, position);
		if (!gm_oid_equal(&oid, &commit->parents[i]))
			return "has other parents than it says";
		if (gm_commit_graph_row(&parent, check->graph, position) &&
			parent.level > level)
			level = parent.level;
	}
	level += level < GM_GRAPH_MAX_LEVEL;
	return row->level == level ? NULL : "has another level than it says";
}

static int check_row(struct check *check, uint32_t position)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_commit_graph_row row;
	char hex[GM_OID_HEX];
	struct gm_oid oid;
	const char *what = NULL;

	gm_commit_graph_oid(&oid, check->graph, position);
	gm_oid_format(hex, &oid);
	if (!gm_commit_graph_row(&row, check->graph, position))
		return fault(check, hex, "stands in a damaged part of it");
	int rc = gm_commit_read(&commit, check->store, &oid);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0)
		return fault(check, hex, "cannot be read");
	int64_t date =
		commit.committer.time < 0 ? 0 : commit.committer.time / GM_TIME_SECOND;
	if (!gm_oid_equal(&row.tree, &commit.tree))
		what = "has another tree than it says";
	else if (row.date != date)
		what = "has another date than it says";
	else
		what = compare_parents(check, &row, &commit);
	return what ? fault(check, hex, what) : 0;
}

/* One that is out of order, or there twice, is not found. */
static int check_place(struct check *check, uint32_t position)
{
	char hex[GM_OID_HEX];
	struct gm_oid oid;
	uint32_t found;

	gm_commit_graph_oid(&oid, check->graph, position);
	gm_oid_format(hex, &oid);
	if (gm_commit_graph_find(&found, check->graph, &oid) && found == position)
		return 0;
	return fault(check, hex, "is not found in it");
}

static int check_layer(struct check *check, struct gm_graph_layer *layer)
{
	int rc = 0;

	/* What is damaged in it is not used; what a row of it says is no matter. */
	if (!gm_graph_layer_is_whole(layer))
		return check->report(
			SUBJECT, "the checksum of a layer is wrong", check->payload);
	for (uint32_t at = 0; rc == 0 && at < layer->n; at++) {
		rc = check_place(check, layer->below + at);
		if (rc == 0)
			rc = check_row(check, layer->below + at);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

static int tell_more(const struct check *check)
{
	char text[FAULT_MAX];

	if (check->n < 2)
		return 0;
	(void)snprintf(
		text, sizeof(text), "%zu more commits are not as it says", check->n - 1);
	return check->report(SUBJECT, text, check->payload);
}

int gm_commit_graph_check(
	struct gm_store *store, gm_store_report_fn report, void *payload)
{
	gm_cleanup(gm_commit_graph_free_p) struct gm_commit_graph *graph = NULL;
	int rc = gm_commit_graph_open_checked(&graph, store);
	struct check check = {store, graph, report, payload, 0};

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == GM_ENOMEM)
		return rc;
	if (rc < 0)
		return report(SUBJECT, gm_error_last()->message, payload);
	for (size_t i = 0; rc == 0 && i < graph->n_layers; i++)
		rc = check_layer(&check, graph->layers[i]);
	return rc ? rc : tell_more(&check);
}
