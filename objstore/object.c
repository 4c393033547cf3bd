#include "objstore/object.h"

#include <string.h>

#include "base/error.h"

static const char *const type_names[] = {
	[GM_OBJECT_NONE] = "none",
	[GM_OBJECT_COMMIT] = "commit",
	[GM_OBJECT_TREE] = "tree",
	[GM_OBJECT_BLOB] = "blob",
	[GM_OBJECT_TAG] = "tag",
};

const char *gm_object_type_name(enum gm_object_type type)
{
	return type_names[type];
}

enum gm_object_type gm_object_type_parse(const char *name, size_t size)
{
	for (int type = GM_OBJECT_COMMIT; type <= GM_OBJECT_TAG; type++)
		if (strlen(type_names[type]) == size &&
			!memcmp(type_names[type], name, size))
			return (enum gm_object_type)type;
	return GM_OBJECT_NONE;
}

size_t gm_object_header(
	char out[GM_OBJECT_HEADER_MAX], enum gm_object_type type, size_t size)
{
	const char *name = gm_object_type_name(type);
	size_t n = strlen(name);
	char digits[20];
	size_t n_digits = 0;

	do {
		digits[n_digits++] = (char)('0' + size % 10);
		size /= 10;
	} while (size);
	memcpy(out, name, n);
	out[n++] = ' ';
	while (n_digits)
		out[n++] = digits[--n_digits];
	out[n++] = '\0';
	return n;
}

void gm_object_hash(
	struct gm_oid *out, enum gm_object_type type, const void *data, size_t size)
{
	char header[GM_OBJECT_HEADER_MAX];
	struct gm_sha1 sha1;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, header, gm_object_header(header, type, size));
	gm_sha1_update(&sha1, data, size);
	gm_sha1_final(out->bytes, &sha1);
}

int gm_object_verify(
	const struct gm_oid *oid, enum gm_object_type type, const void *data, size_t size)
{
	char hex[GM_OID_HEX];
	struct gm_oid found;

	gm_object_hash(&found, type, data, size);
	if (gm_oid_equal(&found, oid))
		return 0;
	gm_oid_format(hex, &found);
	return gm_error(GM_EMISMATCH, "its contents hash to '%s'", hex);
}

void gm_object_hash_sha256(uint8_t out[GM_SHA256_SIZE], enum gm_object_type type,
	const void *data, size_t size)
{
	char header[GM_OBJECT_HEADER_MAX];
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, header, gm_object_header(header, type, size));
	gm_sha256_update(&sha256, data, size);
	gm_sha256_final(out, &sha256);
}
