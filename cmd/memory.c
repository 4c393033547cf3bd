#include "cmd/memory.h"

#include <string.h>

#include "base/utf8.h"

const char *gm_short_id(const char *id)
{
	size_t size = strlen(id);

	return size > 8 ? id + size - 8 : id;
}

static int set_hex(json_t *object, const char *key, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char text[GM_SHA256_SIZE * 2 + 1];

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * size] = '\0';
	return gm_json_set_string(object, key, text);
}

/* Git's SHA-256 name of the bytes that the record has as a file. */
static int set_sha256(
	json_t *object, const struct gm_memory *memory, struct gm_repo *repo)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	uint8_t name[GM_SHA256_SIZE];
	struct gm_oid oid;
	int rc = gm_record_encode(&bytes, &memory->record);

	if (rc < 0)
		return rc;
	gm_object_hash(&oid, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	/* A file as a person wrote it has other bytes than the record we make of it. */
	if (!gm_oid_equal(&oid, &memory->blob))
		rc = gm_store_read_type(
			&bytes, gm_repo_store(repo), &memory->blob, GM_OBJECT_BLOB);
	if (rc < 0)
		return rc;
	gm_object_hash_sha256(name, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	return set_hex(object, "sha256", name, sizeof(name));
}

int gm_memory_json(json_t **out, struct gm_repo *repo, const struct gm_memory *memory)
{
	gm_autojson *object = NULL;
	int rc = gm_record_to_json(&object, &memory->record);

	if (rc == 0)
		rc = gm_json_set_string(object, "path", memory->path);
	if (rc == 0)
		rc = set_hex(object, "blob", memory->blob.bytes, GM_OID_SIZE);
	if (rc == 0)
		rc = set_sha256(object, memory, repo);
	if (rc == 0 && !gm_oid_is_zero(&memory->commit))
		rc = set_hex(object, "commit", memory->commit.bytes, GM_OID_SIZE);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

int gm_memory_line(struct gm_buf *out, const struct gm_memory *memory, const char *note,
	size_t columns, bool colored)
{
	const struct gm_record *record = &memory->record;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	size_t room = columns;
	int rc = gm_buf_printf(out, "%s%s%s %-10s ", colored ? "\033[33m" : "",
		gm_short_id(record->id), colored ? "\033[m" : "",
		gm_record_type_name(record->type));

	room = columns > 20 ? columns - 20 : columns;
	if (rc == 0 && record->key) {
		rc = gm_put_safe(&text, record->key, strlen(record->key));
		if (rc == 0)
			rc = gm_buf_printf(out, "%s%s%s: ", colored ? "\033[36m" : "",
				gm_buf_str(&text), colored ? "\033[m" : "");
		size_t width = gm_utf8_width(gm_buf_str(&text), text.size) + 2;
		room = room > width ? room - width : room;
		gm_buf_reset(&text);
	}
	if (rc == 0 && *note)
		rc = gm_buf_printf(out, "[%s] ", note);
	if (*note)
		room = room > strlen(note) + 3 ? room - strlen(note) - 3 : 0;
	size_t shown = record->content_size;
	if (columns && shown > 4 * columns)
		shown = gm_utf8_fit(record->content, 4 * columns, room);
	if (rc == 0)
		rc = gm_put_safe(&text, record->content, shown);
	if (rc == 0)
		rc = gm_buf_put(out, gm_buf_str(&text),
			columns ? gm_utf8_fit(gm_buf_str(&text), text.size, room)
				: text.size);
	return rc;
}
