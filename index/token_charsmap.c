#include "index/token_charsmap.h"

#include <stdint.h>
#include <string.h>

#include "base/unicode_text.h"
#include "base/utf8.h"

#define MAX_GRAPHEME 6

struct gm_charsmap {
	struct gm_buf bytes;
	size_t n_units;
	const char *texts;
	size_t texts_size;
};

/* The six bits that a digit of base 64 stands for; -1: it is none. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int decode_base64(struct gm_buf *out, const char *text, size_t size)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	int rc = gm_buf_reserve(out, size / 4 * 3 + 3);

	while (size && text[size - 1] == '=')
		size--;
	for (size_t i = 0; i < size && rc == 0; i++) {
		int value = digit_value(text[i]);
		if (value < 0)
			return gm_error(GM_EINVALID,
				"the character map of the tokenizer is not in base 64");
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		rc = gm_buf_putc(out, (char)(bits >> n_bits));
	}
	return rc;
}

static uint32_t read_u32(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		(uint32_t)bytes[3] << 24;
}

int gm_charsmap_new(struct gm_charsmap **out, const char *text, size_t size)
{
	gm_cleanup(gm_charsmap_free_p) struct gm_charsmap *map =
		gm_calloc(1, sizeof(*map));

	if (!map)
		return GM_ENOMEM;
	map->bytes = (struct gm_buf)GM_BUF_INIT((size_t)16 << 20);
	int rc = decode_base64(&map->bytes, text, size);
	if (rc < 0)
		return rc;
	size_t trie = map->bytes.size >= 4 ? read_u32(map->bytes.ptr) : SIZE_MAX;
	if (trie > map->bytes.size || trie + 4 > map->bytes.size || trie % 4)
		return gm_error(
			GM_EINVALID, "the character map of the tokenizer is cut off");
	map->n_units = trie / 4;
	map->texts = map->bytes.ptr + 4 + trie;
	map->texts_size = map->bytes.size - 4 - trie;
	*out = gm_steal(&map);
	return 0;
}

void gm_charsmap_free(struct gm_charsmap *map)
{
	if (!map)
		return;
	gm_buf_dispose(&map->bytes);
	gm_free(map);
}

static bool unit_at(uint32_t *out, const struct gm_charsmap *map, size_t at)
{
	if (at >= map->n_units)
		return false;
	*out = read_u32(map->bytes.ptr + 4 + at * 4);
	return true;
}

static size_t unit_offset(uint32_t unit)
{
	return (size_t)(unit >> 10) << ((unit & (1U << 9)) >> 6);
}

/* The replacement of the shortest beginning of `text` that has one; NULL: none has. */
static const char *find(const struct gm_charsmap *map, const char *text, size_t size)
{
	uint32_t unit;
	uint32_t leaf;
	size_t at = 0;

	if (!unit_at(&unit, map, at))
		return NULL;
	at ^= unit_offset(unit);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		at ^= c;
		if (!c || !unit_at(&unit, map, at) || (unit & 0x800000ffU) != c)
			return NULL;
		at ^= unit_offset(unit);
		if (!(unit >> 8 & 1))
			continue;
		if (!unit_at(&leaf, map, at))
			return NULL;
		size_t place = leaf & 0x7fffffffU;
		return place < map->texts_size ? map->texts + place : NULL;
	}
	return NULL;
}

/* The texts end where the bytes do, and the buffer has a NUL there. */
static int put(struct gm_buf *out, const struct gm_charsmap *map, const char *text,
	size_t size, bool *found_out)
{
	const char *replacement = find(map, text, size);

	*found_out = replacement != NULL;
	if (!replacement)
		return 0;
	return gm_utf8_replace(out, replacement, strlen(replacement));
}

static int put_code_points(
	struct gm_buf *out, const struct gm_charsmap *map, const char *text, size_t size)
{
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0;) {
		size_t n;
		bool found;
		(void)gm_utf8_decode(&n, text + i);
		rc = put(out, map, text + i, n, &found);
		if (rc == 0 && !found)
			rc = gm_buf_put(out, text + i, n);
		i += n;
	}
	return rc;
}

int gm_charsmap_apply(
	struct gm_buf *out, const struct gm_charsmap *map, const char *text, size_t size)
{
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0;) {
		size_t n = gm_unicode_grapheme(text + i, size - i);
		bool found = false;
		if (n < MAX_GRAPHEME)
			rc = put(out, map, text + i, n, &found);
		if (rc == 0 && !found)
			rc = put_code_points(out, map, text + i, n);
		i += n;
	}
	return rc;
}
