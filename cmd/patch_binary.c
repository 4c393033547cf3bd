#include "cmd/patch_binary.h"

#include <stdint.h>

#include "objstore/zstream.h"

/* Bytes in a line; more would not fit the letter that tells how many there are. */
#define PER_LINE 52

static const char digits[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	"!#$%&()*+-;<=>?@^_`{|}~";

/* Four bytes, those that are missing taken for zeros, are five digits. */
static int put_group(struct gm_buf *out, const uint8_t *bytes, size_t n)
{
	uint32_t number = 0;
	char text[5];

	for (size_t i = 0; i < 4; i++)
		number = number << 8 | (i < n ? bytes[i] : 0);
	for (size_t i = 5; i-- > 0; number /= 85)
		text[i] = digits[number % 85];
	return gm_buf_put(out, text, sizeof(text));
}

static int put_line(struct gm_buf *out, const uint8_t *bytes, size_t n)
{
	int rc = gm_buf_putc(out, (char)(n <= 26 ? 'A' + n - 1 : 'a' + n - 27));

	for (size_t i = 0; rc == 0 && i < n; i += 4)
		rc = put_group(out, bytes + i, n - i);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int collect(const void *data, size_t size, void *payload)
{
	return gm_buf_put(payload, data, size);
}

static int deflate_all(struct gm_buf *out, struct gm_text bytes)
{
	struct gm_deflate stream = {.level = 0};
	int rc = gm_deflate_start(&stream);

	if (rc == 0)
		rc = gm_deflate_write(&stream, bytes.ptr, bytes.size, true, collect, out);
	gm_deflate_dispose(&stream);
	return rc;
}

static int put_literal(struct gm_buf *out, struct gm_text bytes)
{
	gm_autobuf packed = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = deflate_all(&packed, bytes);

	if (rc == 0)
		rc = gm_buf_printf(out, "literal %zu\n", bytes.size);
	for (size_t at = 0; rc == 0 && at < packed.size; at += PER_LINE) {
		size_t rest = packed.size - at;
		rc = put_line(out, (const uint8_t *)packed.ptr + at,
			rest < PER_LINE ? rest : PER_LINE);
	}
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_put_binary_patch(
	struct gm_buf *out, struct gm_text old_bytes, struct gm_text new_bytes)
{
	int rc = gm_buf_puts(out, "GIT binary patch\n");

	if (rc == 0)
		rc = put_literal(out, new_bytes);
	return rc < 0 ? rc : put_literal(out, old_bytes);
}
