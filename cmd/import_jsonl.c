#include "cmd/import_jsonl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"

#define CHUNK ((size_t)256 << 10)

/* The longest line that is looked at: text of the largest size, each byte escaped. */
static size_t max_line(size_t max_content)
{
	return max_content * 6 + ((size_t)1 << 20);
}

struct lines {
	const struct gm_jsonl_source *source;
	char *chunk;
	size_t at, size;
	struct gm_buf line;
	size_t number;
	bool too_long; /* the line is over the ceiling; its rest was passed over */
};

static int fill(struct lines *lines)
{
	for (;;) {
		ssize_t n = read(lines->source->fd, lines->chunk, CHUNK);
		if (n >= 0) {
			lines->at = 0;
			lines->size = (size_t)n;
			return 0;
		}
		if (errno != EINTR)
			return gm_error_errno("cannot read '%s'", lines->source->name);
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
}

/* 1 with the next line in `lines->line`, 0 at the end. */
static int next_line(struct lines *lines)
{
	bool any = false;

	gm_buf_reset(&lines->line);
	lines->too_long = false;
	for (;;) {
		if (lines->at == lines->size) {
			int rc = fill(lines);
			if (rc < 0)
				return rc;
			if (!lines->size)
				break;
		}
		any = true;
		const char *start = lines->chunk + lines->at;
		const char *end = memchr(start, '\n', lines->size - lines->at);
		size_t size = end ? (size_t)(end - start) : lines->size - lines->at;
		int rc = lines->too_long ? 0 : gm_buf_put(&lines->line, start, size);
		if (rc == GM_ETOOBIG)
			lines->too_long = true;
		else if (rc < 0)
			return rc;
		lines->at += size + (end != NULL);
		if (end)
			break;
	}
	lines->number += any;
	return any;
}

static bool is_blank(const struct gm_buf *line)
{
	return strspn(gm_buf_str(line), " \t\r") == line->size;
}

/*
 * What a line without an id is called: its place in its conversation, or its key, else all
 * that it says.
 */
static int name_line(
	struct gm_buf *out, const json_t *object, const struct gm_record *record)
{
	if (record->key)
		return gm_buf_printf(out, "key\n%s", record->key);
	if (record->session && record->seq >= 0)
		return gm_buf_printf(out, "message\n%s\n%lld\n%s\n%s", record->session,
			(long long)record->seq, record->role ? record->role : "",
			record->agent ? record->agent : "");
	int rc = gm_buf_puts(out, "line\n");
	return rc < 0 ? rc : gm_json_dump(out, object, true);
}

static int take_line(struct gm_import *import, const struct lines *lines)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *object = NULL;
	bool parsed = false;
	int rc = lines->too_long
		? gm_error(GM_ETOOBIG, "the line is longer than %zu bytes",
			  lines->line.max)
		: gm_json_parse(&object, gm_buf_str(&lines->line), lines->line.size);

	if (rc == 0 && !json_is_object(object))
		rc = gm_error(GM_EINVALID, "not a JSON object");
	if (rc == 0)
		rc = gm_record_from_json(&record, object);
	if (rc == 0 && !record.content)
		rc = gm_error(GM_EINVALID, "'content' is missing");
	if (rc == 0 && !record.id[0])
		rc = name_line(&name, object, &record);
	parsed = rc == 0;
	if (rc == 0)
		rc = gm_import_put(
			import, &record, gm_buf_str(&name), lines->source->modified);
	if (rc != GM_EINVALID && rc != GM_ETOOBIG && rc != GM_EEXISTS)
		return rc;
	if (!parsed)
		gm_import_reject(import);
	return rc;
}

static int tell_rejected(const struct lines *lines)
{
	gm_autobuf reason = GM_BUF_INIT(GM_BUF_TEXT);
	const char *message = gm_error_last()->message;
	int rc = gm_put_safe(&reason, message, strlen(message));

	if (rc == 0)
		(void)fprintf(
			stderr, "line %zu: %s\n", lines->number, gm_buf_str(&reason));
	return rc;
}

static int take_all(struct gm_import *import, struct lines *lines)
{
	int rc;

	while ((rc = next_line(lines)) > 0) {
		rc = gm_interrupted();
		if (rc < 0)
			return rc;
		if (!lines->too_long && is_blank(&lines->line))
			continue;
		rc = take_line(import, lines);
		if (rc == GM_EINVALID || rc == GM_ETOOBIG || rc == GM_EEXISTS)
			rc = tell_rejected(lines);
		if (rc < 0)
			return rc;
		gm_progress_update(lines->source->progress, lines->number);
	}
	return rc;
}

int gm_import_jsonl(struct gm_import *import, struct gm_call *call,
	const struct gm_jsonl_source *source)
{
	size_t max_content;
	int rc = gm_repo_max_content(&max_content, call->repo);

	if (rc < 0)
		return rc;
	gm_autofree char *chunk = gm_malloc(CHUNK);
	struct lines lines = {.source = source,
		.chunk = chunk,
		.line = GM_BUF_INIT(max_line(max_content))};
	rc = chunk ? take_all(import, &lines) : GM_ENOMEM;
	gm_progress_finish(source->progress, lines.number);
	gm_buf_dispose(&lines.line);
	return rc;
}
