#include <stdlib.h>
#include <string.h>

#include "dag/blame_internal.h"
#include "dag/path_rule.h"

void gm_version_dispose(struct gm_version *version)
{
	gm_buf_dispose(&version->bytes);
	gm_lines_dispose(&version->lines);
	json_decref(version->record);
	version->record = NULL;
}

/* What the bytes are: lines, and a record if they may be one. */
static int look_into(struct gm_version *version, const char *path)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autolines head = GM_LINES_INIT;
	const struct gm_buf *bytes = &version->bytes;
	size_t start;
	int rc = gm_lines_split(
		&version->lines, (struct gm_text){gm_buf_str(bytes), bytes->size});

	if (rc < 0 || !gm_path_may_be_record(path))
		return rc;
	rc = gm_record_decode(&record, gm_buf_str(bytes), bytes->size);
	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	rc = gm_record_content_start(&start, gm_buf_str(bytes), bytes->size);
	if (rc == 0)
		rc = gm_lines_split(&head, (struct gm_text){gm_buf_str(bytes), start});
	/* The content is in the lines. */
	gm_free(gm_steal(&record.content));
	record.content_size = 0;
	if (rc == 0)
		rc = gm_record_to_json(&version->record, &record);
	version->content_line = head.n;
	memcpy(version->id, record.id, sizeof(version->id));
	return rc;
}

int gm_version_read(struct gm_version *out, struct gm_store *store,
	const struct gm_oid *blob, const char *path)
{
	int rc = gm_store_read_type(&out->bytes, store, blob, GM_OBJECT_BLOB);

	return rc < 0 ? rc : look_into(out, path);
}

int gm_version_read_staged(
	struct gm_version *out, struct gm_store *store, const struct gm_change *change)
{
	if (!change->data)
		return gm_version_read(out, store, &change->blob, change->path);
	int rc = gm_buf_put(&out->bytes, change->data, change->size);
	return rc < 0 ? rc : look_into(out, change->path);
}

void gm_suspects_dispose(struct gm_suspects *suspects)
{
	gm_free(suspects->spans);
	gm_free(suspects->fields);
	*suspects = (struct gm_suspects){.spans = NULL};
}

int gm_suspects_add_span(struct gm_suspects *suspects, const struct gm_blame_span *span)
{
	int rc = gm_grow(&suspects->spans, &suspects->cap_spans, suspects->n_spans + 1,
		sizeof(*suspects->spans));

	if (rc == 0)
		suspects->spans[suspects->n_spans++] = *span;
	return rc;
}

int gm_suspects_add_field(struct gm_suspects *suspects, size_t field)
{
	int rc = gm_grow(&suspects->fields, &suspects->cap_fields, suspects->n_fields + 1,
		sizeof(*suspects->fields));

	if (rc == 0)
		suspects->fields[suspects->n_fields++] = field;
	return rc;
}

int gm_suspects_move(struct gm_suspects *to, struct gm_suspects *from)
{
	int rc = 0;

	if (!to->n_spans && !to->n_fields) {
		gm_suspects_dispose(to);
		*to = *from;
		*from = (struct gm_suspects){.spans = NULL};
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < from->n_spans; i++)
		rc = gm_suspects_add_span(to, &from->spans[i]);
	for (size_t i = 0; rc == 0 && i < from->n_fields; i++)
		rc = gm_suspects_add_field(to, from->fields[i]);
	from->n_spans = from->n_fields = 0;
	return rc;
}

static int compare_spans(const void *left, const void *right)
{
	const struct gm_blame_span *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* The first hunk from `at` on that does not end before new line `line`. */
static size_t skip_hunks(const struct gm_hunks *hunks, size_t at, size_t line)
{
	while (at < hunks->n &&
		hunks->items[at].new_start + hunks->items[at].new_n <= line)
		at++;
	return at;
}

/* A span is cut where hunks begin and end; none before `at` touches it. */
static int pass_span(struct gm_suspects *to, struct gm_suspects *kept,
	struct gm_blame_span span, const struct gm_hunks *hunks, size_t at)
{
	int rc = 0;

	while (rc == 0 && span.n) {
		struct gm_blame_span part = span;
		at = skip_hunks(hunks, at, span.start);
		const struct gm_hunk *hunk = at < hunks->n ? &hunks->items[at] : NULL;
		const struct gm_hunk *last = at ? &hunks->items[at - 1] : NULL;
		bool is_new = hunk && hunk->new_start <= span.start;
		size_t end = is_new ? hunk->new_start + hunk->new_n
			: hunk      ? hunk->new_start
				    : span.start + span.n;
		if (part.n > end - span.start)
			part.n = end - span.start;
		span.start += part.n;
		span.last += part.n;
		span.n -= part.n;
		if (!is_new && last)
			part.start = part.start + last->old_start + last->old_n -
				(last->new_start + last->new_n);
		rc = gm_suspects_add_span(is_new ? kept : to, &part);
	}
	return rc;
}

static int pass_lines(struct gm_suspects *to, struct gm_suspects *kept,
	struct gm_suspects *from, const struct gm_version *parent,
	const struct gm_version *child)
{
	gm_autohunks hunks = GM_HUNKS_INIT;
	size_t at = 0;
	int rc = gm_line_diff(&hunks, &parent->lines, &child->lines);

	if (from->n_spans)
		qsort(from->spans, from->n_spans, sizeof(*from->spans), compare_spans);
	/* Two may begin at one line: a merge can have it twice. */
	for (size_t i = 0; rc == 0 && i < from->n_spans; i++) {
		at = skip_hunks(&hunks, at, from->spans[i].start);
		rc = pass_span(to, kept, from->spans[i], &hunks, at);
	}
	return rc;
}

static int pass_fields(struct gm_suspects *to, struct gm_suspects *kept,
	const struct gm_suspects *from, const struct gm_version *parent,
	const struct gm_version *child, const struct gm_strv *names)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < from->n_fields; i++) {
		const char *name = names->items[from->fields[i]];
		json_t *ours = json_object_get(child->record, name);
		json_t *theirs = json_object_get(parent->record, name);
		bool same = ours && theirs && json_equal(ours, theirs);
		rc = gm_suspects_add_field(same ? to : kept, from->fields[i]);
	}
	return rc;
}

int gm_suspects_pass(struct gm_suspects *to, struct gm_suspects *from,
	const struct gm_version *parent, const struct gm_version *child,
	const struct gm_strv *names)
{
	gm_cleanup(gm_suspects_dispose) struct gm_suspects kept = {.spans = NULL};
	int rc = pass_lines(to, &kept, from, parent, child);

	if (rc == 0)
		rc = pass_fields(to, &kept, from, parent, child, names);
	if (rc < 0)
		return rc;
	gm_suspects_dispose(from);
	*from = kept;
	kept = (struct gm_suspects){.spans = NULL};
	return 0;
}
