#include "objstore/names.h"

#include <string.h>

struct rewrite {
	struct gm_buf out;
	gm_name_lookup_fn lookup;
	void *payload;
	bool is_unknown; /* a name was */
};

/* The name of what `oid` names, or zeros when it is not known. */
static int look_up(
	uint8_t out[GM_SHA256_SIZE], struct rewrite *rewrite, const void *oid_bytes)
{
	struct gm_oid oid;

	memcpy(oid.bytes, oid_bytes, GM_OID_SIZE);
	int rc = rewrite->lookup(out, &oid, rewrite->payload);
	if (rc != GM_ENOTFOUND)
		return rc;
	memset(out, 0, GM_SHA256_SIZE);
	rewrite->is_unknown = true;
	return 0;
}

static int broken(enum gm_object_type type)
{
	return gm_error(GM_EINVALID, "a %s is broken", gm_object_type_name(type));
}

/* `MODE SP NAME NUL OID`, each. */
static int rewrite_tree(struct rewrite *rewrite, const char *at, const char *end)
{
	int rc = 0;

	while (rc == 0 && at < end) {
		uint8_t name[GM_SHA256_SIZE];
		const char *oid = memchr(at, '\0', (size_t)(end - at));
		if (!oid || end - ++oid < GM_OID_SIZE)
			return broken(GM_OBJECT_TREE);
		rc = look_up(name, rewrite, oid);
		if (rc == 0)
			rc = gm_buf_put(&rewrite->out, at, (size_t)(oid - at));
		if (rc == 0)
			rc = gm_buf_put(&rewrite->out, name, sizeof(name));
		at = oid + GM_OID_SIZE;
	}
	return rc;
}

static int put_hex(struct rewrite *rewrite, const struct gm_oid *oid)
{
	uint8_t name[GM_SHA256_SIZE];
	char hex[GM_SHA256_HEX];
	int rc = look_up(name, rewrite, oid->bytes);

	if (rc < 0)
		return rc;
	gm_sha256_format(hex, name);
	return gm_buf_puts(&rewrite->out, hex);
}

/* A line `WORD OID`: false when it is another one. */
static bool is_line(struct gm_oid *out, const char *line, size_t size, const char *word)
{
	size_t n = strlen(word);

	return size == n + GM_OID_HEX - 1 && !memcmp(line, word, n) &&
		gm_oid_parse(out, line + n, GM_OID_HEX - 1);
}

/* Which headers a line of a commit or tag belongs to. */
enum place {
	PLACE_FIRST,
	PLACE_PARENTS, /* right behind the tree, or another parent */
	PLACE_REST,
};

/* What stands before the id in a line that names an object; NULL: it is another line. */
static const char *match_line(struct gm_oid *out, enum gm_object_type type,
	enum place place, const char *line, size_t size)
{
	static const char mergetag[] = "mergetag object ";
	const char *word = type == GM_OBJECT_TAG ? "object " : "tree ";

	if (place == PLACE_PARENTS && type == GM_OBJECT_COMMIT)
		word = "parent ";
	if (place != PLACE_REST && is_line(out, line, size, word))
		return word;
	return type == GM_OBJECT_COMMIT && is_line(out, line, size, mergetag) ? mergetag
									      : NULL;
}

/*
 * The headers of a commit or tag: those that name objects, and the tags that a merge embeds,
 * are rewritten; signatures and whatever else stand as they are.
 */
static int rewrite_headers(struct rewrite *rewrite, enum gm_object_type type,
	const char *at, const char *end)
{
	enum place place = PLACE_FIRST;
	int rc = 0;

	while (rc == 0 && at < end && *at != '\n') {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = newline ? (size_t)(newline - at) : (size_t)(end - at);
		struct gm_oid oid;
		const char *word = match_line(&oid, type, place, at, size);
		if (word)
			rc = gm_buf_puts(&rewrite->out, word);
		if (rc == 0)
			rc = word ? put_hex(rewrite, &oid)
				  : gm_buf_put(&rewrite->out, at, size);
		if (rc == 0 && newline)
			rc = gm_buf_putc(&rewrite->out, '\n');
		place = word && type == GM_OBJECT_COMMIT && place != PLACE_REST
			? PLACE_PARENTS
			: PLACE_REST;
		at += size + (newline ? 1 : 0);
	}
	return rc < 0 ? rc : gm_buf_put(&rewrite->out, at, (size_t)(end - at));
}

int gm_names_compute(uint8_t out[GM_SHA256_SIZE], enum gm_object_type type,
	const void *data, size_t size, gm_name_lookup_fn lookup, void *payload)
{
	struct rewrite rewrite = {GM_BUF_INIT(GM_BUF_LARGE * 3), lookup, payload, false};
	const char *at = data;

	if (type == GM_OBJECT_BLOB || !size) {
		gm_object_hash_sha256(out, type, data, size);
		return 0;
	}
	int rc = gm_buf_reserve(&rewrite.out, size + size / 2);
	if (rc == 0)
		rc = type == GM_OBJECT_TREE
			? rewrite_tree(&rewrite, at, at + size)
			: rewrite_headers(&rewrite, type, at, at + size);
	if (rc == 0 && rewrite.is_unknown)
		rc = GM_ENOTFOUND;
	if (rc == 0)
		gm_object_hash_sha256(out, type, rewrite.out.ptr, rewrite.out.size);
	gm_buf_dispose(&rewrite.out);
	return rc;
}
