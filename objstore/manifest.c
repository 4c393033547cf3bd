#include "objstore/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objstore/crc32c.h"

#define VERSION 1
#define FIELDS_MAX 6
#define LINE_MAX_SIZE 200

void gm_manifest_dispose(struct gm_manifest *manifest)
{
	gm_free(manifest->segments);
	gm_free(manifest->indexes);
	gm_free(manifest->dictionaries);
	gm_free(manifest->logs);
	*manifest = (struct gm_manifest){.generation = 0};
}

int gm_manifest_add_segment(
	struct gm_manifest *manifest, uint64_t number, uint64_t id, uint64_t size)
{
	size_t at = manifest->n_segments;
	int rc = gm_grow(&manifest->segments, &manifest->cap_segments, at + 1,
		sizeof(*manifest->segments));

	if (rc < 0)
		return rc;
	for (; at && manifest->segments[at - 1].number > number; at--)
		manifest->segments[at] = manifest->segments[at - 1];
	manifest->segments[at] = (struct gm_manifest_segment){number, id, size};
	manifest->n_segments++;
	return 0;
}

int gm_manifest_add_index(
	struct gm_manifest *manifest, const struct gm_manifest_index *index)
{
	int rc = gm_grow(&manifest->indexes, &manifest->cap_indexes,
		manifest->n_indexes + 1, sizeof(*manifest->indexes));

	if (rc == 0)
		manifest->indexes[manifest->n_indexes++] = *index;
	return rc;
}

int gm_manifest_add_dictionary(
	struct gm_manifest *manifest, const struct gm_manifest_dictionary *dictionary)
{
	int rc = gm_grow(&manifest->dictionaries, &manifest->cap_dictionaries,
		manifest->n_dictionaries + 1, sizeof(*manifest->dictionaries));

	if (rc == 0)
		manifest->dictionaries[manifest->n_dictionaries++] = *dictionary;
	return rc;
}

int gm_manifest_add_log(struct gm_manifest *manifest, const char *file)
{
	int rc = gm_grow(&manifest->logs, &manifest->cap_logs, manifest->n_logs + 1,
		sizeof(*manifest->logs));

	if (rc == 0)
		(void)snprintf(manifest->logs[manifest->n_logs++], GM_STORE_NAME_MAX,
			"%s", file);
	return rc;
}

const struct gm_manifest_segment *gm_manifest_segment(
	const struct gm_manifest *manifest, uint64_t number)
{
	size_t low = 0;
	size_t high = manifest->n_segments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (manifest->segments[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < manifest->n_segments && manifest->segments[low].number == number
		? &manifest->segments[low]
		: NULL;
}

int gm_manifest_copy(struct gm_manifest *out, const struct gm_manifest *from)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_manifest_format(&text, from);

	return rc < 0 ? rc : gm_manifest_parse(out, text.ptr, text.size);
}

static int put_lists(struct gm_buf *out, const struct gm_manifest *manifest)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < manifest->n_segments; i++)
		rc = gm_buf_printf(out,
			"segment %" PRIu64 " %016" PRIx64 " %" PRIu64 "\n",
			manifest->segments[i].number, manifest->segments[i].id,
			manifest->segments[i].size);
	for (size_t i = 0; rc == 0 && i < manifest->n_indexes; i++)
		rc = gm_buf_printf(out, "index %s %" PRIu64 "-%" PRIu64 " %" PRIu64 "\n",
			manifest->indexes[i].file, manifest->indexes[i].first,
			manifest->indexes[i].last, manifest->indexes[i].n);
	for (size_t i = 0; rc == 0 && i < manifest->n_dictionaries; i++)
		rc = gm_buf_printf(out, "dict %u %s %s %08" PRIx32 "\n",
			manifest->dictionaries[i].slot, manifest->dictionaries[i].file,
			gm_object_type_name(manifest->dictionaries[i].class),
			manifest->dictionaries[i].crc);
	if (rc == 0 && *manifest->refs)
		rc = gm_buf_printf(out, "refs %s\n", manifest->refs);
	for (size_t i = 0; rc == 0 && i < manifest->n_logs; i++)
		rc = gm_buf_printf(out, "log %s\n", manifest->logs[i]);
	return rc;
}

int gm_manifest_format(struct gm_buf *out, const struct gm_manifest *manifest)
{
	size_t before = out->size;
	int rc = gm_buf_printf(out,
		"gitmem-store %d\ngeneration %" PRIu64 "\nactive %" PRIu64 " %016" PRIx64
		"\n",
		VERSION, manifest->generation, manifest->active, manifest->active_id);

	if (rc == 0)
		rc = put_lists(out, manifest);
	if (rc < 0)
		return rc;
	return gm_buf_printf(out, "crc %08" PRIx32 "\n",
		gm_crc32c(0, out->ptr + before, out->size - before));
}

static int damaged(void)
{
	return gm_error(GM_EMISMATCH, "the manifest of the store is damaged");
}

static bool get_number(uint64_t *out, const char *text, int base)
{
	char *end;

	if (*text == '-' || *text == '+' || !*text)
		return false;
	*out = strtoull(text, &end, base);
	return !*end;
}

/* Names of files are ours: letters, digits and a dash, so that none leads elsewhere. */
static bool get_file(char out[GM_STORE_NAME_MAX], const char *text)
{
	size_t size = strlen(text);

	if (!size || size >= GM_STORE_NAME_MAX ||
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != size)
		return false;
	memcpy(out, text, size + 1);
	return true;
}

static int read_segment(struct gm_manifest *out, char **fields, size_t n)
{
	uint64_t number;
	uint64_t id;
	uint64_t size;

	if (n != 4 || !get_number(&number, fields[1], 10) ||
		!get_number(&id, fields[2], 16) || !get_number(&size, fields[3], 10) ||
		number > GM_SEGMENT_NUMBER_MAX || size > GM_SEGMENT_SIZE_MAX ||
		gm_manifest_segment(out, number))
		return damaged();
	return gm_manifest_add_segment(out, number, id, size);
}

static int read_index(struct gm_manifest *out, char **fields, size_t n)
{
	struct gm_manifest_index index;
	char *dash = n == 4 ? strchr(fields[2], '-') : NULL;

	if (!dash)
		return damaged();
	*dash = '\0';
	if (!get_file(index.file, fields[1]) ||
		!get_number(&index.first, fields[2], 10) ||
		!get_number(&index.last, dash + 1, 10) ||
		!get_number(&index.n, fields[3], 10))
		return damaged();
	return gm_manifest_add_index(out, &index);
}

static int read_dictionary(struct gm_manifest *out, char **fields, size_t n)
{
	struct gm_manifest_dictionary dictionary;
	uint64_t slot;
	uint64_t crc;

	if (n != 5 || !get_number(&slot, fields[1], 10) ||
		!get_file(dictionary.file, fields[2]) ||
		!get_number(&crc, fields[4], 16) || slot >= GM_DICTIONARY_SLOTS ||
		crc > UINT32_MAX)
		return damaged();
	dictionary.slot = (unsigned)slot;
	dictionary.crc = (uint32_t)crc;
	dictionary.class = gm_object_type_parse(fields[3], strlen(fields[3]));
	if (dictionary.class == GM_OBJECT_NONE)
		return damaged();
	return gm_manifest_add_dictionary(out, &dictionary);
}

static int read_file(struct gm_manifest *out, char **fields, size_t n)
{
	char file[GM_STORE_NAME_MAX];

	if (n != 2 || !get_file(file, fields[1]))
		return damaged();
	if (!strcmp(fields[0], "log"))
		return gm_manifest_add_log(out, file);
	memcpy(out->refs, file, sizeof(file));
	return 0;
}

static int read_numbers(struct gm_manifest *out, char **fields, size_t n)
{
	if (!strcmp(fields[0], "generation"))
		return n == 2 && get_number(&out->generation, fields[1], 10) ? 0
									     : damaged();
	if (n != 3 || !get_number(&out->active, fields[1], 10) ||
		!get_number(&out->active_id, fields[2], 16) ||
		out->active > GM_SEGMENT_NUMBER_MAX)
		return damaged();
	return 0;
}

static int read_line(struct gm_manifest *out, char *line)
{
	static const struct {
		const char *word;
		int (*read)(struct gm_manifest *out, char **fields, size_t n);
	} kinds[] = {{"generation", read_numbers}, {"active", read_numbers},
		{"segment", read_segment}, {"index", read_index},
		{"dict", read_dictionary}, {"refs", read_file}, {"log", read_file}};
	char *fields[FIELDS_MAX];
	size_t n = 0;
	char *save;

	for (char *field = strtok_r(line, " ", &save); field;
		field = strtok_r(NULL, " ", &save)) {
		if (n == FIELDS_MAX)
			return damaged();
		fields[n++] = field;
	}
	if (!n)
		return damaged();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(fields[0], kinds[i].word))
			return kinds[i].read(out, fields, n);
	if (!strncmp(fields[0], "x-", 2))
		return 0;
	return gm_error(GM_EINVALID,
		"the manifest of the store was written by a newer gitmem: '%s'",
		fields[0]);
}

/* The last line is "crc HEX", over all that stands before it. */
static int check_crc(size_t *body_out, const char *text, size_t size)
{
	const size_t line = strlen("crc 01234567\n");
	char expected[16];

	if (size < line)
		return damaged();
	*body_out = size - line;
	(void)snprintf(expected, sizeof(expected), "crc %08" PRIx32 "\n",
		gm_crc32c(0, text, *body_out));
	return memcmp(text + *body_out, expected, line) ? damaged() : 0;
}

static int check_version(const char *text, size_t size)
{
	static const char word[] = "gitmem-store ";

	if (size < sizeof(word) || memcmp(text, word, sizeof(word) - 1) != 0)
		return damaged();
	if (text[sizeof(word) - 1] != '0' + VERSION || text[sizeof(word)] != '\n')
		return gm_error(GM_EINVALID,
			"the manifest of the store was written by a newer gitmem");
	return 0;
}

int gm_manifest_parse(struct gm_manifest *out, const char *text, size_t size)
{
	size_t body = 0;
	int rc = check_crc(&body, text, size);

	if (rc == 0)
		rc = check_version(text, body);
	for (const char *at = text; rc == 0 && at < text + body;) {
		char line[LINE_MAX_SIZE];
		const char *end = memchr(at, '\n', (size_t)(text + body - at));
		if (!end || (size_t)(end - at) >= sizeof(line) ||
			memchr(at, '\0', (size_t)(end - at)))
			return damaged();
		memcpy(line, at, (size_t)(end - at));
		line[end - at] = '\0';
		if (at != text)
			rc = read_line(out, line);
		at = end + 1;
	}
	return rc;
}

bool gm_manifest_names(const struct gm_manifest *manifest, const char *file)
{
	char segment[GM_STORE_NAME_MAX];

	for (size_t i = 0; i < manifest->n_segments; i++) {
		gm_store_file_name(segment, "seg", manifest->segments[i].number);
		if (!strcmp(file, segment))
			return true;
	}
	for (size_t i = 0; i < manifest->n_indexes; i++)
		if (!strcmp(file, manifest->indexes[i].file))
			return true;
	for (size_t i = 0; i < manifest->n_dictionaries; i++)
		if (!strcmp(file, manifest->dictionaries[i].file))
			return true;
	for (size_t i = 0; i < manifest->n_logs; i++)
		if (!strcmp(file, manifest->logs[i]))
			return true;
	gm_store_file_name(segment, "seg", manifest->active);
	return !strcmp(file, segment) || !strcmp(file, manifest->refs);
}
