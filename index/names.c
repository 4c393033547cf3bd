#include <string.h>

#include "index/filter.h"

struct request {
	struct gm_strv *out;
	const char *prefix;
	size_t limit;
	const char *
		sql; /* the first name of ?1 or behind, before ?2, with a row that has it */
};

/*
 * Find the next name at or behind `from` that a row of the view has: 1 with the name in
 * `out`, or 0. Of a name that many rows have only the first visible one is looked at.
 */
static int next_name(struct gm_buf *out, struct gm_database *database,
	const struct gm_index_view *view, const struct request *request, const char *end)
{
	gm_autostatement *statement = NULL;
	gm_autofree char *from = gm_strdup(gm_buf_str(out));
	int rc = from ? gm_statement_get(&statement, database, request->sql) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, from);
	gm_bind_text(statement, 2, end);
	while ((rc = gm_statement_step(statement)) > 0) {
		const char *name = gm_column_text(statement, 0);
		if (!name || !gm_bitmap_test(&view->rows, gm_column_int(statement, 1)))
			continue;
		gm_buf_reset(out);
		rc = gm_buf_puts(out, name);
		return rc < 0 ? rc : 1;
	}
	return rc;
}

static int complete(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct request *request = payload;
	gm_autostrv names = GM_STRV_INIT;
	gm_autobuf at = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf end = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&at, request->prefix);

	if (rc == 0)
		rc = gm_prefix_end(&end, request->prefix);
	while (rc == 0 && (!request->limit || names.n < request->limit)) {
		rc = next_name(&at, index->database, view, request, gm_buf_str(&end));
		if (rc <= 0)
			break;
		rc = gm_strv_add(&names, gm_buf_str(&at));
		if (rc == 0) /* the least text behind it */
			rc = gm_buf_putc(&at, '\1');
	}
	if (rc < 0)
		return rc;
	gm_strv_dispose(request->out);
	*request->out = names;
	names = (struct gm_strv)GM_STRV_INIT;
	return 0;
}

int gm_index_keys(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit)
{
	struct request request = {out, prefix, limit,
		"SELECT key, row FROM memory WHERE key >= ?1 AND key < ?2 ORDER BY key"};

	return gm_index_query(index, complete, &request);
}

int gm_index_tags(
	struct gm_strv *out, struct gm_index *index, const char *prefix, size_t limit)
{
	struct request request = {out, prefix, limit,
		"SELECT tag, row FROM tag WHERE tag >= ?1 AND tag < ?2 ORDER BY tag, "
		"row"};

	return gm_index_query(index, complete, &request);
}
