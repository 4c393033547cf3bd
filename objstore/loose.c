#include "objstore/loose.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mapping.h"

int gm_loose_path(struct gm_buf *out, const char *dir, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	gm_buf_reset(out);
	int rc = gm_buf_reserve(out, strlen(dir) + GM_OID_HEX + 1);
	if (rc < 0)
		return rc;
	/* There is room now. */
	(void)gm_buf_puts(out, dir);
	(void)gm_buf_putc(out, '/');
	(void)gm_buf_put(out, hex, 2);
	(void)gm_buf_putc(out, '/');
	return gm_buf_puts(out, hex + 2);
}

static int bad_header(void)
{
	return gm_error(GM_EMISMATCH, "its header is damaged");
}

/* Decimal without leading zeros, as Git writes it. */
static bool parse_size(size_t *out, const char *text, size_t n)
{
	size_t value = 0;

	if (!n || (n > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9' || value > (SIZE_MAX - 9) / 10)
			return false;
		value = value * 10 + (size_t)(text[i] - '0');
	}
	*out = value;
	return true;
}

/* `head` begins with a header; its length, the NUL included, goes to `*n_out`. */
static int parse_header(enum gm_object_type *type_out, size_t *size_out, size_t *n_out,
	const char *head, size_t n)
{
	const char *end = memchr(head, '\0', n);
	const char *space = end ? memchr(head, ' ', (size_t)(end - head)) : NULL;

	if (!space)
		return bad_header();
	*type_out = gm_object_type_parse(head, (size_t)(space - head));
	if (*type_out == GM_OBJECT_NONE ||
		!parse_size(size_out, space + 1, (size_t)(end - space) - 1))
		return bad_header();
	*n_out = (size_t)(end - head) + 1;
	return 0;
}

/* What the first bytes of an object say, and the contents that came along with them. */
struct beginning {
	enum gm_object_type type;
	size_t size;
	char bytes[GM_OBJECT_HEADER_MAX];
	size_t n;
	size_t n_header;
};

static int begin(
	struct beginning *out, struct gm_inflate *inflate, const void *bytes, size_t size)
{
	int rc = gm_inflate_start(inflate, bytes, size);

	if (rc < 0)
		return rc;
	rc = gm_inflate_some(&out->n, inflate, out->bytes, sizeof(out->bytes));
	if (rc < 0)
		return rc;
	rc = parse_header(&out->type, &out->size, &out->n_header, out->bytes, out->n);
	if (rc < 0)
		return rc;
	if (gm_inflate_impossible(out->size, size) || out->n - out->n_header > out->size)
		return gm_error(GM_EMISMATCH, "its size is not what it says");
	if (out->size > GM_OBJECT_MAX_SIZE)
		return gm_error(
			GM_ETOOBIG, "it is larger than %zu bytes", GM_OBJECT_MAX_SIZE);
	return 0;
}

static int decode(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_inflate *inflate, const void *bytes, size_t size)
{
	struct beginning start;
	int rc = begin(&start, inflate, bytes, size);

	if (rc < 0)
		return rc;
	rc = gm_buf_reserve(out, start.size);
	if (rc < 0)
		return rc;
	size_t n = start.n - start.n_header;
	memcpy(out->ptr, start.bytes + start.n_header, n);
	rc = gm_inflate_rest(inflate, out->ptr + n, start.size - n);
	if (rc < 0)
		return rc;
	if (gm_inflate_used(inflate) != size)
		return gm_error(GM_EMISMATCH, "garbage stands behind it");
	out->size = start.size;
	out->ptr[out->size] = '\0';
	*type_out = start.type;
	return 0;
}

int gm_loose_decode(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_inflate *inflate, const void *bytes, size_t size)
{
	gm_buf_reset(out);
	int rc = decode(out, type_out, inflate, bytes, size);
	if (rc < 0)
		gm_buf_reset(out);
	return rc;
}

int gm_loose_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_inflate *inflate, const char *path)
{
	gm_automapping file;
	int rc = gm_mapping_open(&file, path);

	if (rc < 0)
		return rc;
	return gm_loose_decode(out, type_out, inflate, file.ptr, file.size);
}

int gm_loose_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_inflate *inflate, const char *path)
{
	gm_automapping file;
	struct beginning start;
	int rc = gm_mapping_open(&file, path);

	if (rc < 0)
		return rc;
	rc = begin(&start, inflate, file.ptr, file.size);
	if (rc < 0)
		return rc;
	*type_out = start.type;
	*size_out = start.size;
	return 0;
}

/* 0 when it is; no more is inflated than the object has. */
static int check_sound(struct gm_inflate *inflate, const struct gm_mapping *file,
	const struct gm_oid *oid, size_t size)
{
	gm_autobuf data = GM_BUF_INIT(size);
	enum gm_object_type type;
	int rc = gm_loose_decode(&data, &type, inflate, file->ptr, file->size);

	return rc < 0 ? rc : gm_object_verify(oid, type, data.ptr, data.size);
}

int gm_loose_refresh(struct gm_inflate *inflate, const char *path,
	const struct gm_oid *oid, size_t size)
{
	gm_automapping file;
	int rc = gm_mapping_open(&file, path);

	if (rc == 0)
		rc = check_sound(inflate, &file, oid, size);
	if (rc < 0)
		return rc == GM_ENOMEM ? rc : 0;
	/* Its writer may not have flushed it, and we are about to build on it. */
	if (futimens(file.fd, NULL) < 0 || gm_fsync(file.fd, path) < 0)
		return 0;
	return 1;
}
