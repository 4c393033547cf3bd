#include "objstore/oid.h"

#include <string.h>

const struct gm_oid gm_oid_zero = {{0}};
const struct gm_oid gm_oid_empty_tree = {{0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9,
	0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04}};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool gm_oid_parse(struct gm_oid *out, const char *hex, size_t size)
{
	struct gm_oid oid;

	if (size != GM_OID_HEX - 1)
		return false;
	for (size_t i = 0; i < GM_OID_SIZE; i++) {
		int high = digit(hex[2 * i]);
		int low = digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		oid.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*out = oid;
	return true;
}

static void format(char *out, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * size] = '\0';
}

void gm_oid_format(char out[GM_OID_HEX], const struct gm_oid *oid)
{
	format(out, oid->bytes, GM_OID_SIZE);
}

void gm_sha256_format(char out[GM_SHA256_HEX], const uint8_t name[GM_SHA256_SIZE])
{
	format(out, name, GM_SHA256_SIZE);
}

int gm_oid_compare(const struct gm_oid *a, const struct gm_oid *b)
{
	return memcmp(a->bytes, b->bytes, GM_OID_SIZE);
}

bool gm_oid_equal(const struct gm_oid *a, const struct gm_oid *b)
{
	return memcmp(a->bytes, b->bytes, GM_OID_SIZE) == 0;
}

bool gm_oid_is_zero(const struct gm_oid *oid)
{
	return gm_oid_equal(oid, &gm_oid_zero);
}
