#include "dag/packed_refs.h"

#include <string.h>

#include "base/file.h"

#define HEX (GM_OID_HEX - 1)

void gm_packed_refs_set(struct gm_packed_refs *out, const char *data, size_t size)
{
	static const char mark[] = "# pack-refs with:";
	const char *newline = size ? memchr(data, '\n', size) : NULL;

	out->data = data ? data : "";
	out->size = size;
	out->start = 0;
	out->sorted = false;
	if (!newline || size < sizeof(mark) || memcmp(data, mark, sizeof(mark) - 1) != 0)
		return;
	out->start = (size_t)(newline - data) + 1;
	/* With its blanks, so that no other word that ends so is taken for it. */
	out->sorted = memmem(data, out->start, " sorted ", 8) != NULL;
}

int gm_packed_refs_open(struct gm_packed_refs *out, const char *gitdir)
{
	gm_autofree char *path = gm_path_join(gitdir, "packed-refs");

	if (!path)
		return GM_ENOMEM;
	int rc = gm_mapping_open(&out->mapping, path);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == GM_ENOTFOUND)
		out->mapping = (struct gm_mapping){.fd = -1};
	gm_packed_refs_set(out, (const char *)out->mapping.ptr, out->mapping.size);
	return 0;
}

void gm_packed_refs_dispose(struct gm_packed_refs *packed)
{
	gm_mapping_dispose(&packed->mapping);
}

static int broken(size_t at)
{
	return gm_error(GM_EMISMATCH, "file 'packed-refs' is broken at byte %zu", at);
}

/* Where the line at `at` ends, its newline included; 0 when it has none. */
static size_t line_end(const struct gm_packed_refs *packed, size_t at)
{
	const char *newline = memchr(packed->data + at, '\n', packed->size - at);

	return newline ? (size_t)(newline - packed->data) + 1 : 0;
}

/* "^ID": what the tag of the line before points to. */
static bool is_peeled(const struct gm_packed_refs *packed, size_t at)
{
	return at < packed->size && packed->data[at] == '^';
}

/* "ID SP NAME LF", and a peeled line behind it. */
int gm_packed_refs_next(
	struct gm_packed_ref *out, size_t *at, const struct gm_packed_refs *packed)
{
	const char *line = packed->data + *at;

	if (*at >= packed->size)
		return 0;
	size_t end = line_end(packed, *at);
	if (end - *at < HEX + 3 || !end || !gm_oid_parse(&out->oid, line, HEX) ||
		line[HEX] != ' ')
		return broken(*at);
	out->name = line + HEX + 1;
	out->name_size = end - *at - HEX - 2;
	if (memchr(out->name, '\0', out->name_size))
		return broken(*at);
	if (is_peeled(packed, end)) {
		struct gm_oid peeled;
		size_t next = line_end(packed, end);
		if (next != end + HEX + 2 ||
			!gm_oid_parse(&peeled, packed->data + end + 1, HEX))
			return broken(end);
		end = next;
	}
	*at = end;
	return 1;
}

/* As strcmp(); with `only_prefix` a name that begins with `name` is equal to it. */
static int compare(const struct gm_packed_ref *ref, const char *name, bool only_prefix)
{
	size_t size = strlen(name);
	size_t n = ref->name_size < size ? ref->name_size : size;
	int order = memcmp(ref->name, name, n);

	if (order || ref->name_size < size)
		return order ? order : -1;
	return ref->name_size > size && !only_prefix;
}

/* The start of the ref whose lines the byte at `at` lies in. */
static size_t ref_start(const struct gm_packed_refs *packed, size_t low, size_t at)
{
	for (;;) {
		const char *newline = memrchr(packed->data + low, '\n', at - low);
		at = newline ? (size_t)(newline - packed->data) + 1 : low;
		if (at == low || !is_peeled(packed, at))
			return at;
		at--;
	}
}

static int bisect(size_t *out, const struct gm_packed_refs *packed, const char *name)
{
	size_t low = packed->start;
	size_t high = packed->size;

	while (low < high) {
		struct gm_packed_ref ref;
		size_t middle = ref_start(packed, low, low + (high - low) / 2);
		size_t next = middle;
		int rc = gm_packed_refs_next(&ref, &next, packed);
		if (rc < 0)
			return rc;
		if (compare(&ref, name, false) < 0)
			low = next;
		else
			high = middle;
	}
	*out = low;
	return 0;
}

int gm_packed_refs_seek(
	size_t *out, const struct gm_packed_refs *packed, const char *prefix)
{
	*out = packed->start;
	return packed->sorted ? bisect(out, packed, prefix) : 0;
}

/* The first ref with this name, or this beginning: 1, or 0 when there is none. */
static int find(struct gm_packed_ref *out, const struct gm_packed_refs *packed,
	const char *name, bool only_prefix)
{
	size_t at;
	int rc = gm_packed_refs_seek(&at, packed, name);

	while (rc >= 0 && (rc = gm_packed_refs_next(out, &at, packed)) > 0) {
		if (!compare(out, name, only_prefix))
			return 1;
		if (packed->sorted)
			return 0;
	}
	return rc;
}

int gm_packed_refs_find(
	struct gm_oid *out, const struct gm_packed_refs *packed, const char *name)
{
	struct gm_packed_ref ref;
	int rc = find(&ref, packed, name, false);

	if (rc > 0)
		*out = ref.oid;
	return rc;
}

int gm_packed_refs_has(const struct gm_packed_refs *packed, const char *prefix)
{
	struct gm_packed_ref ref;

	return find(&ref, packed, prefix, true);
}

int gm_packed_refs_without(
	struct gm_buf *out, const struct gm_packed_refs *packed, const char *name)
{
	struct gm_packed_ref ref;
	size_t at = packed->start;
	size_t begin = at;
	int rc = gm_buf_put(out, packed->data, packed->start);

	while (rc >= 0 && (rc = gm_packed_refs_next(&ref, &at, packed)) > 0) {
		if (compare(&ref, name, false) != 0)
			rc = gm_buf_put(out, packed->data + begin, at - begin);
		begin = at;
	}
	return rc;
}
