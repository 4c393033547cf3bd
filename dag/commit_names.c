#include "dag/commit_names.h"

#include <string.h>

#define KEYWORD "gitmem-names sha256"

static bool begins(const char *text, size_t size, const char *word)
{
	size_t n = strlen(word);

	return size >= n && !memcmp(text, word, n);
}

/* The size of the header at `text`: its line, and those that continue it. */
static size_t header_size(const char *text, size_t size)
{
	size_t at = 0;

	do {
		const char *newline = memchr(text + at, '\n', size - at);
		at = newline ? (size_t)(newline - text) + 1 : size;
	} while (at < size && text[at] == ' ');
	return at;
}

/* Another algorithm is another header, which we know nothing of. */
static bool is_names(const char *header, size_t size)
{
	size_t n = strlen(KEYWORD);

	return begins(header, size, KEYWORD) &&
		(size == n || header[n] == ' ' || header[n] == '\n');
}

/* The values of the header and its size; NULL when there is none, `*n_out` counts them. */
static const char *find_names(
	size_t *size_out, size_t *n_out, const struct gm_commit *commit)
{
	const char *found = NULL;

	*n_out = 0;
	for (size_t at = 0; at < commit->extra_size;) {
		const char *header = commit->extra + at;
		size_t size = header_size(header, commit->extra_size - at);
		at += size;
		if (!is_names(header, size) || (*n_out)++)
			continue;
		found = header + strlen(KEYWORD);
		*size_out = size - strlen(KEYWORD);
	}
	return found;
}

static int compare_name(enum gm_commit_names *out, const char *text,
	const struct gm_oid *oid, struct gm_store *store)
{
	uint8_t name[GM_SHA256_SIZE];
	char hex[GM_SHA256_HEX];
	int rc = gm_store_sha256(name, store, oid);

	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH || rc == GM_EINVALID) {
		*out = GM_COMMIT_NAMES_UNKNOWN;
		return 0;
	}
	if (rc < 0)
		return rc;
	gm_sha256_format(hex, name);
	if (*text != ' ' || memcmp(text + 1, hex, GM_SHA256_HEX - 1) != 0)
		*out = GM_COMMIT_NAMES_WRONG;
	return 0;
}

int gm_commit_names_check(
	enum gm_commit_names *out, const struct gm_commit *commit, struct gm_store *store)
{
	enum gm_commit_names names = GM_COMMIT_NAMES_RIGHT;
	size_t size, n;
	const char *text = find_names(&size, &n, commit);
	int rc = 0;

	if (!text) {
		*out = GM_COMMIT_NAMES_ABSENT;
		return 0;
	}
	/* Counted in whole names first, so that all that is read below is there. */
	if (n > 1 || size / GM_SHA256_HEX != commit->n_parents + 1 ||
		size % GM_SHA256_HEX != 1 || text[size - 1] != '\n')
		names = GM_COMMIT_NAMES_WRONG;
	for (size_t i = 0;
		rc == 0 && names != GM_COMMIT_NAMES_WRONG && i <= commit->n_parents; i++)
		rc = compare_name(&names, text + i * GM_SHA256_HEX,
			i ? &commit->parents[i - 1] : &commit->tree, store);
	if (rc == 0)
		*out = names;
	return rc;
}

static int put_name(struct gm_buf *out, struct gm_batch *batch, const struct gm_oid *oid)
{
	uint8_t name[GM_SHA256_SIZE];
	char hex[GM_SHA256_HEX];
	int rc = gm_batch_sha256(name, batch, oid);

	if (rc < 0)
		return rc;
	gm_sha256_format(hex, name);
	return gm_buf_printf(out, " %s", hex);
}

/* Append the header; nothing when a name is not known. */
static int put_names(
	struct gm_buf *out, struct gm_batch *batch, const struct gm_commit *commit)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_buf_puts(&line, KEYWORD);

	if (rc == 0)
		rc = put_name(&line, batch, &commit->tree);
	for (size_t i = 0; rc == 0 && i < commit->n_parents; i++)
		rc = put_name(&line, batch, &commit->parents[i]);
	if (rc == 0)
		rc = gm_buf_putc(&line, '\n');
	if (rc == 0)
		rc = gm_buf_put(out, line.ptr, line.size);
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* Behind what may continue the line before, and behind `encoding`. */
static size_t names_place(const char *extra, size_t size)
{
	size_t at = size && *extra == ' ' ? header_size(extra, size) : 0;

	if (size && begins(extra + at, size - at, "encoding "))
		at += header_size(extra + at, size - at);
	return at;
}

/* All further headers of the new commit. */
static int make_extra(
	struct gm_buf *out, struct gm_batch *batch, const struct gm_commit *commit)
{
	size_t at = names_place(commit->extra, commit->extra_size);
	int rc = at ? gm_buf_put(out, commit->extra, at) : 0;

	/* It was cut off there. */
	if (rc == 0 && at && commit->extra[at - 1] != '\n')
		rc = gm_buf_putc(out, '\n');
	if (rc == 0)
		rc = put_names(out, batch, commit);
	while (rc == 0 && at < commit->extra_size) {
		const char *header = commit->extra + at;
		size_t size = header_size(header, commit->extra_size - at);
		at += size;
		if (!is_names(header, size))
			rc = gm_buf_put(out, header, size);
	}
	return rc;
}

int gm_commit_write(
	struct gm_oid *out, struct gm_batch *batch, const struct gm_commit *commit)
{
	gm_autobuf extra = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_commit named = *commit;
	int rc = make_extra(&extra, batch, commit);

	named.extra = extra.ptr;
	named.extra_size = extra.size;
	if (rc == 0)
		rc = gm_commit_format(&bytes, &named);
	return rc < 0 ? rc
		      : gm_batch_write_based(out, batch, GM_OBJECT_COMMIT, bytes.ptr,
				bytes.size, commit->n_parents ? commit->parents : NULL);
}
