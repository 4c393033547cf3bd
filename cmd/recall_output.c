#include "cmd/recall_output.h"

#include <math.h>

#include "cmd/recall_format.h"
#include "cmd/text.h"

/* The keys of gitmem(1), "JSON", that a line of recall has in any case. */
static const char *const memory_keys[] = {"id", "path", "key", "type", "content",
	"created", "tags", "agent", "session", "role", "scope", "blob", NULL};

static const char *const format_keys[] = {"query", "rank", "score", "id", "path", "key",
	"type", "content", "created", "tags", "agent", "session", "role", "scope", "blob",
	NULL};

int gm_recall_output_check(const struct gm_recall_output *output)
{
	if (output->ids + (output->format != NULL) + output->call->json > 1)
		return gm_error(
			GM_EUSAGE, "--ids, --format and --json exclude each other");
	if (output->nul && !output->ids && !output->format)
		return gm_error(GM_EUSAGE, "-0 needs --ids or --format");
	return output->format ? gm_recall_format_check(output->format, format_keys) : 0;
}

static int set_texts(json_t *object, const char *name, const struct gm_strv *texts)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < texts->n; i++)
		rc = gm_json_append(list, gm_json_string(texts->items[i]));
	return rc < 0 ? rc : gm_json_set(object, name, gm_steal(&list));
}

/* Scores are single floats; the digits behind those are noise. */
static json_t *rounded(double number)
{
	return json_real(round(number * 1e6) / 1e6);
}

static int add_term(json_t *list, const struct gm_hit_term *term)
{
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_string(object, "name", term->name);

	if (rc == 0)
		rc = gm_json_set(object, "weight", rounded(term->weight));
	if (rc == 0)
		rc = gm_json_set(object, "value", rounded(term->value));
	return rc < 0 ? rc : gm_json_append(list, gm_steal(&object));
}

static int set_why(json_t *object, const struct gm_hit *hit)
{
	gm_autojson *why = gm_json_object();
	gm_autojson *terms = gm_json_array();
	int rc = why && terms ? 0 : GM_ENOMEM;

	if (rc == 0)
		rc = set_texts(why, "words", &hit->words);
	for (size_t i = 0; rc == 0 && i < hit->n_terms; i++)
		rc = add_term(terms, &hit->terms[i]);
	if (rc == 0)
		rc = gm_json_set(why, "terms", gm_steal(&terms));
	if (rc == 0)
		rc = set_texts(why, "duplicates", &hit->duplicates);
	return rc < 0 ? rc : gm_json_set(object, "why", gm_steal(&why));
}

static int hit_json(json_t **out, const struct gm_recall_output *output, size_t rank,
	const struct gm_hit *hit, const struct gm_memory *memory)
{
	gm_autojson *object = gm_json_object();
	gm_autojson *whole = NULL;
	int rc = gm_memory_json(&whole, output->call->repo, memory);

	if (rc == 0 && output->query)
		rc = gm_json_set_string(object, "query", output->query);
	if (rc == 0)
		rc = gm_json_set_int(object, "rank", (long long)rank);
	if (rc == 0)
		rc = gm_json_set(object, "score", rounded(hit->score));
	for (size_t i = 0; rc == 0 && memory_keys[i]; i++) {
		json_t *value = json_object_get(whole, memory_keys[i]);
		rc = gm_json_set(
			object, memory_keys[i], value ? json_incref(value) : json_null());
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int print_json(const struct gm_recall_output *output, size_t rank,
	const struct gm_hit *hit, const struct gm_memory *memory,
	const struct gm_standing *standing)
{
	gm_autojson *object = NULL;
	int rc = hit_json(&object, output, rank, hit, memory);

	if (rc == 0 && output->all)
		rc = gm_set_standing(object, standing, &memory->record);
	if (rc == 0 && output->explain)
		rc = set_why(object, hit);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

int gm_recall_print_end(const struct gm_recall_output *output)
{
	return gm_print_bytes(output->nul ? "" : "\n", 1);
}

static int print_format(const struct gm_recall_output *output, size_t rank,
	const struct gm_hit *hit, const struct gm_memory *memory)
{
	gm_autojson *object = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = hit_json(&object, output, rank, hit, memory);

	if (rc == 0)
		rc = gm_recall_format_put(&text, output->format, object);
	if (rc == 0)
		rc = gm_print_file(gm_buf_str(&text), text.size, !output->raw);
	return rc < 0 ? rc : gm_recall_print_end(output);
}

static int print_hit(const struct gm_recall_output *output, size_t rank,
	const struct gm_hit *hit, const struct gm_memory *memory,
	const struct gm_standing *standing)
{
	const struct gm_recall_text text = {
		output->all ? standing : NULL, output->explain, output->columns};

	if (output->call->json)
		return print_json(output, rank, hit, memory, standing);
	if (output->format)
		return print_format(output, rank, hit, memory);
	if (!output->ids)
		return gm_recall_print_text(
			output->call, &text, rank, hit, &memory->record);
	int rc = gm_print("%s", memory->record.id);
	return rc < 0 ? rc : gm_recall_print_end(output);
}

int gm_recall_print(size_t *n_out, const struct gm_recall_output *output,
	const struct gm_hits *hits, const struct gm_standing *standing)
{
	size_t rank = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hits->n; i++) {
		const struct gm_hit *hit = &hits->items[i];
		gm_automemory memory = GM_MEMORY_INIT;
		rc = gm_memory_read(&memory, output->call->repo, hit->path, &hit->blob);
		if (rc == GM_EMISMATCH || rc == GM_ENOTFOUND) {
			gm_warn("'%s' is left out: %s", hit->path,
				gm_error_last()->message);
			rc = 0;
			continue;
		}
		if (rc == 0)
			rc = print_hit(output, ++rank, hit, &memory, standing);
	}
	*n_out = rank;
	return rc;
}
