#include "index/filter.h"
#include "index/row.h"

struct request {
	struct gm_hits *out;
	const struct gm_filter *filter;
	size_t limit;
};

/* Rows first and hits later, so that no other statement runs inside this one. */
struct rows {
	int64_t *items;
	size_t n;
	size_t cap;
};

static void rows_dispose(struct rows *rows)
{
	gm_free(rows->items);
}

static int find_rows(struct rows *out, struct gm_database *database,
	const struct gm_bitmap *wanted, size_t limit)
{
	gm_autostatement *statement = NULL;
	int rc = gm_filter_define_wanted(database, wanted);

	if (rc == 0)
		rc = gm_statement_get(&statement, database,
			"SELECT row FROM memory WHERE wanted(row)"
			" ORDER BY created, session, seq, id, path LIMIT ?1");
	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, limit && limit < INT32_MAX ? (int64_t)limit : -1);
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
		if (rc < 0)
			return rc;
		out->items[out->n++] = gm_column_int(statement, 0);
	}
	return rc;
}

static int list(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct request *request = payload;
	gm_autobitmap wanted = GM_BITMAP_INIT;
	gm_cleanup(rows_dispose) struct rows rows = {NULL, 0, 0};
	gm_autohits hits = GM_HITS_INIT;
	int rc = gm_filter_rows(&wanted, index, view, request->filter);

	if (rc == 0)
		rc = find_rows(&rows, index->database, &wanted, request->limit);
	for (size_t i = 0; i < rows.n && rc == 0; i++) {
		struct gm_hit hit = {.path = NULL};
		gm_time created;

		rc = gm_row_read(&hit, &created, index->database, rows.items[i]);
		if (rc == 0)
			rc = gm_hits_add(&hits, &hit);
	}
	if (rc < 0)
		return rc;
	gm_hits_dispose(request->out);
	*request->out = hits;
	hits = (struct gm_hits)GM_HITS_INIT;
	return 0;
}

int gm_index_list(struct gm_hits *out, struct gm_index *index,
	const struct gm_filter *filter, size_t limit)
{
	struct request request = {out, filter, limit};

	return gm_index_query(index, list, &request);
}
