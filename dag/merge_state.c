#include "dag/merge_state.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "dag/stage_file.h"

/* Some files that settle conflicts, as hexadecimal digits at worst. */
#define FILE_MAX ((size_t)256 << 20)

static const char *const take_names[] = {
	[GM_TAKE_OURS] = "ours",
	[GM_TAKE_THEIRS] = "theirs",
	[GM_TAKE_BYTES] = "file",
};
#define N_TAKES (sizeof(take_names) / sizeof(*take_names))

static void settlement_dispose(struct gm_settlement *settlement)
{
	gm_free(settlement->name);
	gm_buf_dispose(&settlement->bytes);
}

void gm_merge_state_dispose(struct gm_merge_state *state)
{
	for (size_t i = 0; i < state->n; i++)
		settlement_dispose(&state->settlements[i]);
	gm_free(state->settlements);
	gm_free(state->ref);
	gm_free(state->name);
	gm_free(state->message);
	*state = (struct gm_merge_state)GM_MERGE_STATE_INIT;
}

static struct gm_settlement *find(const struct gm_merge_state *state, const char *name)
{
	for (size_t i = 0; i < state->n; i++)
		if (!strcmp(state->settlements[i].name, name))
			return &state->settlements[i];
	return NULL;
}

int gm_merge_state_settle(struct gm_merge_state *state, const struct gm_settlement *how)
{
	struct gm_settlement *old = find(state, how->name);
	struct gm_settlement made = *how;

	if (strlen(how->name) > GM_MERGE_MAX_NAME)
		return gm_error(
			GM_ETOOBIG, "a path is over %zu bytes", GM_MERGE_MAX_NAME);
	if (how->bytes.size > GM_MERGE_MAX_FILE)
		return gm_error(GM_ETOOBIG, "the file for '%s' is over %zu bytes",
			how->name, GM_MERGE_MAX_FILE);
	made.bytes = (struct gm_buf)GM_BUF_INIT(GM_MERGE_MAX_FILE);
	made.name = gm_strdup(how->name);
	int rc = made.name
		? gm_buf_put(&made.bytes, gm_buf_str(&how->bytes), how->bytes.size)
		: GM_ENOMEM;
	if (rc == 0 && !old)
		rc = gm_grow(&state->settlements, &state->cap, state->n + 1,
			sizeof(*state->settlements));
	if (rc < 0) {
		settlement_dispose(&made);
		return rc;
	}
	if (!old)
		old = &state->settlements[state->n++];
	else
		settlement_dispose(old);
	*old = made;
	return 0;
}

int gm_merge_state_ref(struct gm_buf *out, const char *ref)
{
	bool is_branch = !strncmp(ref, "refs/heads/", 11);

	return gm_buf_printf(out, "%s%s", GM_MERGE_REFS, is_branch ? ref + 11 : ref);
}

int gm_merge_state_file(struct gm_buf *out, const char *ref)
{
	int rc = gm_buf_puts(out, "merge/");

	return rc < 0 ? rc : gm_stage_file_name(out, ref);
}

static int put_path(struct gm_buf *out, const struct gm_repo *repo, const char *ref)
{
	int rc = gm_repo_path(out, repo, "");

	return rc < 0 ? rc : gm_merge_state_file(out, ref);
}

static int put_hex(struct gm_buf *out, const char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	int rc = gm_buf_reserve(out, 2 * size);

	for (size_t i = 0; rc == 0 && i < size; i++) {
		rc = gm_buf_putc(out, digits[(unsigned char)bytes[i] >> 4]);
		if (rc == 0)
			rc = gm_buf_putc(out, digits[(unsigned char)bytes[i] & 15]);
	}
	return rc;
}

/* JSON holds text; other bytes become hexadecimal digits under `KEY-hex`. */
static int set_bytes(json_t *object, const char *key, const char *bytes, size_t size)
{
	gm_autobuf hex = GM_BUF_INIT(FILE_MAX);

	if (gm_utf8_valid(bytes, size))
		return gm_json_set_string(object, key, bytes);
	gm_autofree char *other = gm_format("%s-hex", key);
	int rc = other ? put_hex(&hex, bytes, size) : GM_ENOMEM;
	return rc < 0 ? rc : gm_json_set_string(object, other, gm_buf_str(&hex));
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, hex);
}

static int format_settlement(json_t **out, const struct gm_settlement *settlement)
{
	gm_autojson *object = gm_json_object();
	int rc = object
		? set_bytes(object, "name", settlement->name, strlen(settlement->name))
		: GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "take", take_names[settlement->take]);
	if (rc == 0)
		rc = set_oid(object, "ours", &settlement->ours);
	if (rc == 0)
		rc = set_oid(object, "theirs", &settlement->theirs);
	if (rc == 0 && settlement->take == GM_TAKE_BYTES)
		rc = set_bytes(object, "content", gm_buf_str(&settlement->bytes),
			settlement->bytes.size);
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int format(struct gm_buf *out, const struct gm_merge_state *state)
{
	gm_autojson *object = gm_json_object();
	json_t *list = gm_json_array();
	int rc = object && list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < state->n; i++) {
		json_t *item = NULL;
		rc = format_settlement(&item, &state->settlements[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	if (rc < 0) {
		json_decref(list);
		return rc;
	}
	rc = gm_json_set(object, "settled", list);
	if (rc == 0)
		rc = gm_json_set_int(object, "version", 1);
	if (rc == 0)
		rc = set_bytes(object, "ref", state->ref, strlen(state->ref));
	if (rc == 0)
		rc = set_oid(object, "theirs", &state->theirs);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", state->name);
	if (rc == 0)
		rc = gm_json_set_string(object, "message", state->message);
	if (rc == 0)
		rc = gm_json_set_bool(object, "allow-unrelated", state->allow_unrelated);
	if (rc == 0)
		rc = gm_json_dump(out, object, true);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int odd(const char *key)
{
	return gm_error(GM_EINVALID, "'%s' is missing or not what it should be", key);
}

/* A text without NUL. Lent. */
static int get_text(const char **out, json_t *object, const char *key, size_t max)
{
	json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (!text || json_string_length(value) != strlen(text) || strlen(text) > max)
		return odd(key);
	*out = text;
	return 0;
}

static int get_oid(struct gm_oid *out, json_t *object, const char *key)
{
	const char *text = NULL;
	int rc = get_text(&text, object, key, GM_OID_HEX);

	if (rc == 0 && !gm_oid_parse(out, text, strlen(text)))
		rc = odd(key);
	return rc;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(struct gm_buf *out, const char *hex, const char *key)
{
	size_t size = strlen(hex);
	int rc = size % 2 ? odd(key) : gm_buf_reserve(out, size / 2);

	for (size_t i = 0; rc == 0 && i < size; i += 2) {
		int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
		rc = high < 0 || low < 0
			? odd(key)
			: gm_buf_putc(out, (char)(unsigned char)(high << 4 | low));
	}
	return rc;
}

static int get_bytes(struct gm_buf *out, json_t *object, const char *key)
{
	gm_autofree char *other = gm_format("%s-hex", key);
	const char *text = NULL;

	if (!other)
		return GM_ENOMEM;
	bool is_hex = json_object_get(object, other) != NULL;
	int rc = get_text(&text, object, is_hex ? other : key, FILE_MAX);
	if (rc < 0)
		return rc;
	rc = is_hex ? parse_hex(out, text, other) : gm_buf_put(out, text, strlen(text));
	return rc == GM_ETOOBIG ? odd(key) : rc;
}

/* The same for a name, which holds no NUL. */
static int get_name(struct gm_buf *out, json_t *object, const char *key)
{
	int rc = get_bytes(out, object, key);

	if (rc == 0 && (!out->size || memchr(out->ptr, '\0', out->size)))
		rc = odd(key);
	return rc;
}

static int get_take(enum gm_resolution_take *out, json_t *object)
{
	const char *text = NULL;
	int rc = get_text(&text, object, "take", GM_BUF_PATH);

	for (size_t i = 0; rc == 0 && i < N_TAKES; i++)
		if (!strcmp(text, take_names[i])) {
			*out = (enum gm_resolution_take)i;
			return 0;
		}
	return rc < 0 ? rc : odd("take");
}

static int parse_settlement(struct gm_merge_state *state, json_t *object)
{
	gm_autobuf name = GM_BUF_INIT(GM_MERGE_MAX_NAME);
	gm_autobuf bytes = GM_BUF_INIT(GM_MERGE_MAX_FILE);
	struct gm_settlement settlement = {.take = GM_TAKE_OURS};
	int rc = get_name(&name, object, "name");

	if (rc == 0)
		rc = get_take(&settlement.take, object);
	if (rc == 0)
		rc = get_oid(&settlement.ours, object, "ours");
	if (rc == 0)
		rc = get_oid(&settlement.theirs, object, "theirs");
	if (rc == 0 && settlement.take == GM_TAKE_BYTES)
		rc = get_bytes(&bytes, object, "content");
	if (rc < 0)
		return rc;
	settlement.name = name.ptr;
	settlement.bytes = bytes;
	return gm_merge_state_settle(state, &settlement);
}

static int parse_settled(struct gm_merge_state *state, json_t *object)
{
	json_t *list = json_object_get(object, "settled");
	int rc = json_is_array(list) ? 0 : odd("settled");

	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
		rc = parse_settlement(state, json_array_get(list, i));
	return rc;
}

static int take_text(char **out, json_t *object, const char *key, size_t max)
{
	const char *text = NULL;
	int rc = get_text(&text, object, key, max);

	if (rc < 0)
		return rc;
	*out = gm_strdup(text);
	return *out ? 0 : GM_ENOMEM;
}

static int parse_object(struct gm_merge_state *state, json_t *object)
{
	gm_autobuf ref = GM_BUF_INIT(GM_MERGE_MAX_NAME);
	json_t *version = json_object_get(object, "version");
	json_t *unrelated = json_object_get(object, "allow-unrelated");
	int rc = 0;

	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return odd("version");
	if (json_integer_value(version) > 1)
		return gm_error(GM_EINVALID, "it is of a newer version of gitmem");
	state->allow_unrelated = json_is_true(unrelated);
	if (!json_is_boolean(unrelated))
		rc = odd("allow-unrelated");
	if (rc == 0)
		rc = get_name(&ref, object, "ref");
	if (rc == 0)
		rc = get_oid(&state->theirs, object, "theirs");
	if (rc == 0)
		rc = take_text(&state->name, object, "name", GM_MERGE_MAX_NAME);
	if (rc == 0)
		rc = take_text(&state->message, object, "message", GM_MERGE_MAX_MESSAGE);
	if (rc == 0)
		rc = parse_settled(state, object);
	if (rc < 0)
		return rc;
	state->ref = gm_buf_detach(&ref);
	return state->ref ? 0 : GM_ENOMEM;
}

int gm_merge_state_parse(struct gm_merge_state *out, const char *text, size_t size)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	gm_autojson *object = NULL;
	int rc = gm_json_parse(&object, text, size);

	if (rc == 0)
		rc = parse_object(&state, object);
	if (rc < 0)
		return rc;
	gm_merge_state_dispose(out);
	*out = state;
	state = (struct gm_merge_state)GM_MERGE_STATE_INIT;
	return 0;
}

int gm_merge_state_read_file(struct gm_merge_state *out, const char *path)
{
	gm_autobuf text = GM_BUF_INIT(FILE_MAX);
	int rc = gm_file_read(&text, path);

	if (rc < 0)
		return rc;
	rc = gm_merge_state_parse(out, gm_buf_str(&text), text.size);
	return rc == GM_EINVALID ? gm_error(GM_EMISMATCH, "'%s' is damaged: %s", path,
					   gm_error_last()->message)
				 : rc;
}

int gm_merge_state_read(struct gm_merge_state *out, struct gm_repo *repo, const char *ref)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = put_path(&path, repo, ref);

	if (rc == 0)
		rc = gm_merge_state_read_file(&state, gm_buf_str(&path));
	if (rc < 0)
		return rc;
	if (strcmp(state.ref, ref) != 0)
		return gm_error(GM_EMISMATCH, "'%s' is damaged: it is of '%s'",
			gm_buf_str(&path), state.ref);
	gm_merge_state_dispose(out);
	*out = state;
	state = (struct gm_merge_state)GM_MERGE_STATE_INIT;
	return 0;
}

/* Point the ref that keeps the commit of `ref` at `oid`, or remove it (zero). */
static int keep(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_oid *oid)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_ref_update update = {.new_oid = *oid};
	int rc = gm_merge_state_ref(&name, ref);

	if (rc < 0)
		return rc;
	update.name = gm_buf_str(&name);
	rc = gm_ref_read(&update.old_oid, NULL, gm_repo_refs(repo), update.name);
	if (rc == GM_ENOTFOUND) {
		update.old_oid = gm_oid_zero;
		rc = 0;
	}
	if (rc < 0 || gm_oid_equal(&update.old_oid, oid))
		return rc;
	return gm_ref_update(gm_repo_refs(repo), lock, &update);
}

int gm_merge_state_write(
	struct gm_repo *repo, struct gm_lock *lock, const struct gm_merge_state *state)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf text = GM_BUF_INIT(FILE_MAX);
	int rc = format(&text, state);

	if (rc == 0)
		rc = put_path(&path, repo, state->ref);
	if (rc == 0)
		rc = gm_mkdirs_for(gm_buf_str(&path));
	if (rc < 0)
		return rc;
	bool waits = gm_path_exists(gm_buf_str(&path));
	rc = keep(repo, lock, state->ref, &state->theirs);
	if (rc < 0)
		return rc;
	rc = gm_file_write(gm_buf_str(&path), text.ptr, text.size);
	if (rc < 0 && !waits) {
		const struct gm_error why = *gm_error_last();
		/* One that stays keeps a commit, and does no other harm. */
		(void)keep(repo, lock, state->ref, &gm_oid_zero);
		return gm_error(why.code, "%s", why.message);
	}
	return rc;
}

static int remove_file(const char *path)
{
	gm_autofree char *folder = gm_path_dir(path);
	int rc = folder ? gm_unlink(path) : GM_ENOMEM;

	return rc < 0 ? rc : gm_fsync_dir(folder);
}

/* The file goes first: without it nothing waits. */
int gm_merge_state_clear(struct gm_repo *repo, struct gm_lock *lock, const char *ref)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = put_path(&path, repo, ref);

	if (rc == 0 && gm_path_exists(gm_buf_str(&path)))
		rc = remove_file(gm_buf_str(&path));
	return rc < 0 ? rc : keep(repo, lock, ref, &gm_oid_zero);
}

int gm_merge_state_rename(
	struct gm_repo *repo, struct gm_lock *lock, const char *from, const char *to)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	int rc = gm_merge_state_read(&state, repo, from);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	gm_free(state.ref);
	state.ref = gm_strdup(to);
	rc = state.ref ? gm_merge_state_write(repo, lock, &state) : GM_ENOMEM;
	return rc < 0 ? rc : gm_merge_state_clear(repo, lock, from);
}
