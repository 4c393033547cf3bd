#include "sync/scope_guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/interrupt.h"
#include "base/yaml.h"

#define TELL_EVERY 1000

/* How many digits of a commit are shown. */
#define DIGITS 7

struct guard {
	struct gm_strv *exceeding;
	const struct gm_outgoing *outgoing;
	enum gm_scope allowed;
	size_t n; /* that exceed it */
};

/* How many bytes there are before the line `---` that ends front matter. */
static size_t find_end(const char *text, size_t size)
{
	const char *at = text;

	while ((at = memmem(at, size - (size_t)(at - text), "\n---", 4))) {
		size_t end = (size_t)(at - text) + 4;
		while (end < size && memchr(" \t\r", text[end], 3))
			end++;
		if (end == size || text[end] == '\n')
			return (size_t)(at - text);
		at++;
	}
	return size;
}

/* The lines between the marks, or behind the first one when there is no other. */
static bool find_front_matter(
	const char **out, size_t *size_out, const struct gm_buf *blob)
{
	const char *text = gm_buf_str(blob);
	size_t size = blob->size;

	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		size -= 3;
	}
	if (size < 4 || memcmp(text, "---", 3) != 0 || !memchr(" \t\r\n", text[3], 4))
		return false;
	*out = text + 3;
	*size_out = find_end(*out, size - 3);
	return true;
}

/* Whether it might say what its scope is; a key can be written with escapes, too. */
static bool may_tell_scope(const char *front_matter, size_t size)
{
	return memmem(front_matter, size, "scope", 5) || memchr(front_matter, '\\', size);
}

/* Whether both words are there, however they stand to each other. */
static bool speaks_of_private(const char *front_matter, size_t size)
{
	static const char word[] = "private";
	const size_t n = sizeof(word) - 1;

	if (!memmem(front_matter, size, "scope", 5))
		return false;
	for (size_t at = 0; at + n <= size; at++)
		if (!strncasecmp(front_matter + at, word, n))
			return true;
	return false;
}

/* What is no memory but has front matter. Where we cannot read it, doubts keep it here. */
static int is_marked_private(const char *front_matter, size_t size)
{
	gm_autojson *fields = NULL;
	int rc = size > GM_RECORD_MAX_FRONT_MATTER
		? GM_EINVALID
		: gm_yaml_parse(&fields, front_matter, size);
	const json_t *scope = json_object_get(fields, "scope");

	if (rc == GM_ENOMEM)
		return rc;
	if (json_is_string(scope))
		return !strcasecmp(json_string_value(scope), "private");
	if (rc == 0 && json_is_object(fields) && !scope)
		return 0;
	return speaks_of_private(front_matter, size);
}

/* 1 with the scope of what must not be sent, or 0. */
static int exceeds(
	enum gm_scope *out, const struct guard *guard, const struct gm_buf *blob)
{
	gm_autorecord record = GM_RECORD_INIT;
	const char *front_matter;
	size_t size;

	if (!find_front_matter(&front_matter, &size, blob))
		return 0;
	if (guard->allowed <= GM_SCOPE_SHARED && !may_tell_scope(front_matter, size))
		return 0;
	int rc = gm_record_decode(&record, gm_buf_str(blob), blob->size);
	*out = record.scope;
	if (rc == 0)
		return record.scope < guard->allowed;
	if (rc != GM_EINVALID)
		return rc;
	*out = GM_SCOPE_PRIVATE;
	return is_marked_private(front_matter, size);
}

static int name_it(struct guard *guard, size_t at,
	const struct gm_outgoing_object *object, enum gm_scope scope)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];

	if (guard->n++ >= GM_SCOPE_GUARD_NAMED)
		return 0;
	int rc = gm_outgoing_path(&name, guard->outgoing, at);
	gm_oid_format(hex, object->commit ? object->commit : object->oid);
	if (rc == 0 && object->commit)
		rc = gm_buf_printf(&name, " (%s, in commit %.*s)", gm_scope_name(scope),
			DIGITS, hex);
	else if (rc == 0)
		rc = gm_buf_printf(&name, "%.*s (%s)", DIGITS, hex, gm_scope_name(scope));
	return rc < 0 ? rc : gm_strv_add(guard->exceeding, gm_buf_str(&name));
}

static int look(
	struct guard *guard, struct gm_buf *blob, struct gm_store *store, size_t at)
{
	struct gm_outgoing_object object;
	enum gm_object_type type;
	enum gm_scope scope = GM_SCOPE_PRIVATE;

	gm_outgoing_at(&object, guard->outgoing, at);
	if (object.type != GM_OBJECT_BLOB)
		return 0;
	int rc = gm_store_read_once(blob, &type, store, object.oid, NULL, NULL);
	if (rc == 0)
		rc = exceeds(&scope, guard, blob);
	return rc <= 0 ? rc : name_it(guard, at, &object, scope);
}

static int tell_rest(struct guard *guard)
{
	char text[64];

	if (guard->n <= GM_SCOPE_GUARD_NAMED)
		return 0;
	(void)snprintf(text, sizeof(text), "and %zu more",
		guard->n - GM_SCOPE_GUARD_NAMED); /* it has room */
	return gm_strv_add(guard->exceeding, text);
}

int gm_scope_guard(struct gm_strv *exceeding_out, struct gm_store *store,
	const struct gm_outgoing *outgoing, enum gm_scope allowed,
	gm_outgoing_progress_fn progress, void *payload)
{
	struct guard guard = {exceeding_out, outgoing, allowed, 0};
	gm_autobuf blob = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	size_t n = allowed == GM_SCOPE_PRIVATE ? 0 : gm_outgoing_n(outgoing);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = look(&guard, &blob, store, i);
		if (rc == 0 && i % TELL_EVERY == TELL_EVERY - 1) {
			rc = gm_interrupted();
			if (rc == 0 && progress)
				rc = progress(i + 1, payload);
		}
	}
	if (rc == 0)
		rc = tell_rest(&guard);
	return rc == 0 && guard.n ? GM_ENO : rc;
}
