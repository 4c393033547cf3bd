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

/*
 * The headers of a commit or tag: those that name objects, and the tags that a merge embeds,
 * are rewritten; signatures and whatever else stand as they are.
 */
static int rewrite_headers(struct rewrite *rewrite, const char *at, const char *end)
{
	static const char *const words[] = {
		"tree ", "parent ", "object ", "mergetag object "};
	int rc = 0;

	while (rc == 0 && at < end && *at != '\n') {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = newline ? (size_t)(newline - at) : (size_t)(end - at);
		struct gm_oid oid;
		size_t i = 0;
		while (i < 4 && !is_line(&oid, at, size, words[i]))
			i++;
		if (i < 4)
			rc = gm_buf_puts(&rewrite->out, words[i]);
		if (rc == 0)
			rc = i < 4 ? put_hex(rewrite, &oid)
				   : gm_buf_put(&rewrite->out, at, size);
		if (rc == 0 && newline)
			rc = gm_buf_putc(&rewrite->out, '\n');
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
		rc = type == GM_OBJECT_TREE ? rewrite_tree(&rewrite, at, at + size)
					    : rewrite_headers(&rewrite, at, at + size);
	if (rc == 0 && rewrite.is_unknown)
		rc = GM_ENOTFOUND;
	if (rc == 0)
		gm_object_hash_sha256(out, type, rewrite.out.ptr, rewrite.out.size);
	gm_buf_dispose(&rewrite.out);
	return rc;
}
