#include "cmd/blame_output.h"

#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "cmd/commit_json.h"
#include "cmd/record_text.h"
#include "cmd/text.h"
#include "dag/commit.h"

/* As git says it. */
#define STAGED_AGENT "Not Committed Yet"

/* The commits that a blame names, each read once. */
struct output {
	struct gm_call *call;
	struct gm_map numbers;
	struct gm_commit *commits;
	size_t n;
	size_t cap;
	gm_time now;        /* the time of what is staged */
	size_t id_width;    /* digits of a commit's id */
	size_t agent_width; /* columns of the widest of each */
	size_t signer_width;
	size_t place_width;
};

static void output_dispose(struct output *output)
{
	for (size_t i = 0; i < output->n; i++)
		gm_commit_dispose(&output->commits[i]);
	gm_free(output->commits);
	gm_map_dispose(&output->numbers);
}

/* The commit of a part, or NULL when it is staged. */
static const struct gm_commit *commit_of(
	const struct output *output, const struct gm_blame_part *part)
{
	uint64_t number;

	if (!gm_map_get(&number, &output->numbers, &part->commit))
		return NULL;
	return &output->commits[number];
}

static int read_commit(struct output *output, const struct gm_oid *oid)
{
	struct gm_commit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, gm_repo_store(output->call->repo), oid);

	if (rc == 0)
		rc = gm_grow(&output->commits, &output->cap, output->n + 1,
			sizeof(*output->commits));
	if (rc == 0)
		rc = gm_map_put(&output->numbers, oid, output->n);
	if (rc < 0) {
		gm_commit_dispose(&commit);
		return rc;
	}
	output->commits[output->n++] = commit;
	return 0;
}

static int read_commits(struct output *output, const struct gm_blame *blame)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < blame->n; i++) {
		const struct gm_oid *oid = &blame->parts[i].commit;
		if (!gm_oid_is_zero(oid) && !gm_map_get(NULL, &output->numbers, oid))
			rc = read_commit(output, oid);
	}
	return rc;
}

/* The signer, or what is known of a signature without one; "" when there is none. */
static const char *signer_of(const struct gm_commit *commit)
{
	struct gm_commit_trust trust = gm_commit_trust(commit);

	if (trust.signer)
		return trust.signer;
	return strcmp(trust.status, "none") ? trust.status : "";
}

/* What stands in the last column: the field, or the number of the line. */
static const char *place_of(char number[24], const struct gm_blame_part *part)
{
	if (part->field)
		return part->field;
	(void)snprintf(number, 24, "%zu", part->line);
	return number;
}

static void widen(size_t *width, const char *text)
{
	size_t columns = gm_utf8_width(text, strlen(text));

	if (columns > *width)
		*width = columns;
}

static int measure(struct output *output, const struct gm_blame *blame)
{
	gm_autobuf id = GM_BUF_INIT(GM_BUF_PATH);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < output->n; i++) {
		const struct gm_commit *commit = &output->commits[i];
		gm_buf_reset(&id);
		rc = gm_abbreviate(&id, gm_repo_store(output->call->repo), &commit->oid);
		if (id.size > output->id_width)
			output->id_width = id.size;
		widen(&output->agent_width, commit->author.name);
		widen(&output->signer_width, signer_of(commit));
	}
	/* A boundary has a mark before its id, and one digit less. */
	output->id_width = output->id_width < 7 ? 8 : output->id_width + 1;
	for (size_t i = 0; i < blame->n; i++) {
		char number[24];
		widen(&output->place_width, place_of(number, &blame->parts[i]));
		if (gm_oid_is_zero(&blame->parts[i].commit))
			widen(&output->agent_width, STAGED_AGENT);
	}
	return rc;
}

static int put_padded(struct gm_buf *out, const char *text, size_t width)
{
	size_t columns = gm_utf8_width(text, strlen(text));
	int rc = gm_puts_safe(out, text);

	for (; rc == 0 && columns < width; columns++)
		rc = gm_buf_putc(out, ' ');
	return rc;
}

static int put_id(
	struct gm_buf *out, const struct output *output, const struct gm_blame_part *part)
{
	bool colored = output->call->colored;
	char hex[GM_OID_HEX];

	gm_oid_format(hex, &part->commit);
	return gm_buf_printf(out, "%s%s%.*s%s (", gm_color(colored, GM_COLOR_COMMIT),
		part->is_boundary ? "^" : "", (int)(output->id_width - part->is_boundary),
		hex, gm_color(colored, GM_COLOR_RESET));
}

static int put_who(
	struct gm_buf *out, const struct output *output, const struct gm_commit *commit)
{
	char time[GM_TIME_TEXT];
	int rc = put_padded(
		out, commit ? commit->author.name : STAGED_AGENT, output->agent_width);

	if (rc == 0)
		rc = gm_buf_putc(out, ' ');
	if (rc == 0 && output->signer_width)
		rc = put_padded(
			out, commit ? signer_of(commit) : "", output->signer_width);
	if (rc == 0 && output->signer_width)
		rc = gm_buf_putc(out, ' ');
	gm_time_format(time, commit ? commit->author.time : output->now);
	return rc < 0 ? rc : gm_buf_puts(out, time);
}

static int put_part(
	struct gm_buf *out, const struct output *output, const struct gm_blame_part *part)
{
	gm_autobuf value = GM_BUF_INIT(GM_BUF_LARGE);
	char number[24];
	const char *place = place_of(number, part);
	size_t columns = gm_utf8_width(place, strlen(place));
	int rc = put_id(out, output, part);

	if (rc == 0)
		rc = put_who(out, output, commit_of(output, part));
	for (columns = output->place_width - columns + 1; rc == 0 && columns; columns--)
		rc = gm_buf_putc(out, ' ');
	if (rc == 0)
		rc = gm_puts_safe(out, place);
	if (rc == 0)
		rc = gm_buf_puts(out, ") ");
	if (rc == 0 && part->field)
		rc = gm_put_value(&value, part->value);
	if (rc == 0 && part->field)
		return gm_put_safe(out, gm_buf_str(&value), value.size);
	return rc < 0 ? rc : gm_put_line_safe(out, part->text.ptr, part->text.size);
}

static int print_text(struct output *output, const struct gm_blame *blame)
{
	int rc = measure(output, blame);

	for (size_t i = 0; rc == 0 && i < blame->n; i++) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
		rc = put_part(&text, output, &blame->parts[i]);
		if (rc == 0)
			rc = gm_buf_putc(&text, '\n');
		if (rc == 0)
			rc = gm_print_bytes(text.ptr, text.size);
	}
	return rc;
}

static int set_place(json_t *object, const struct gm_blame_part *part, bool is_record)
{
	int rc = gm_json_set_string(object, "field",
		part->field         ? part->field
			: is_record ? "content"
				    : NULL);

	if (rc < 0)
		return rc;
	return part->field ? gm_json_set_string(object, "line", NULL)
			   : gm_json_set_int(object, "line", (long long)part->line);
}

/* Null where it is staged. */
static int set_commit(json_t *object, const struct gm_commit *commit)
{
	char hex[GM_OID_HEX], time[GM_TIME_TEXT];

	if (commit) {
		gm_oid_format(hex, &commit->oid);
		gm_time_format(time, commit->author.time);
	}
	int rc = gm_json_set_string(object, "commit", commit ? hex : NULL);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "agent", commit ? commit->author.name : NULL);
	if (rc == 0)
		rc = gm_json_set_string(object, "time", commit ? time : NULL);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "signer", commit ? gm_commit_trust(commit).signer : NULL);
	return rc;
}

static int set_text(json_t *object, const struct gm_blame_part *part)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = part->field ? gm_put_value(&text, part->value)
			     : gm_buf_put(&text, part->text.ptr, part->text.size);

	return rc < 0 ? rc : gm_json_set_string(object, "text", gm_buf_str(&text));
}

static int set_value(json_t *object, const struct gm_blame_part *part)
{
	json_t *copy = json_deep_copy(part->value);

	return copy ? gm_json_set(object, "value", copy)
		    : gm_error(GM_ENOMEM, "out of memory");
}

static int print_json(
	const struct output *output, const struct gm_blame_part *part, bool is_record)
{
	gm_autojson *object = gm_json_object();
	const struct gm_commit *commit = commit_of(output, part);
	int rc = set_place(object, part, is_record);

	if (rc == 0)
		rc = set_commit(object, commit);
	if (rc == 0)
		rc = set_text(object, part);
	if (rc == 0 && part->field)
		rc = set_value(object, part);
	if (rc == 0 && commit)
		rc = gm_set_signature(object, commit);
	if (rc == 0)
		rc = gm_json_set_string(object, "path", part->path);
	if (rc == 0 && !part->field)
		rc = gm_json_set_int(object, "file_line", (long long)part->file_line);
	if (rc == 0)
		rc = gm_json_set_bool(object, "boundary", part->is_boundary);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

int gm_print_blame(struct gm_call *call, const struct gm_blame *blame)
{
	gm_cleanup(output_dispose) struct output output = {
		.call = call, .numbers = GM_MAP_INIT(GM_OID_SIZE)};
	int rc = gm_call_now(&output.now);

	output.now -= output.now % GM_TIME_SECOND;
	if (rc == 0)
		rc = read_commits(&output, blame);
	if (rc == 0 && !call->json)
		return print_text(&output, blame);
	for (size_t i = 0; rc == 0 && i < blame->n; i++)
		rc = print_json(&output, &blame->parts[i], blame->record != NULL);
	return rc;
}
