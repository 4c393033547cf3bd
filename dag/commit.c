#include "dag/commit.h"

#include <string.h>

/* The largest commit or tag we read, in bytes; real ones have a few hundred. */
#define MAX_SIZE ((size_t)64 << 20)

#define MAX_TAGS 32

/* The bytes that are still to be read. */
struct cursor {
	const char *at;
	const char *end;
};

struct line {
	const char *text;
	size_t size;
};

void gm_commit_dispose(struct gm_commit *commit)
{
	gm_free(commit->parents);
	gm_free(commit->extra);
	gm_free(commit->message);
	gm_signature_dispose(&commit->author);
	gm_signature_dispose(&commit->committer);
	commit->parents = NULL;
	commit->n_parents = 0;
	commit->extra = NULL;
	commit->extra_size = 0;
	commit->message = NULL;
}

/* The line at the cursor; false when it does not end in a newline. */
static bool peek_line(struct line *out, const struct cursor *cursor)
{
	const char *newline =
		memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));

	if (!newline)
		return false;
	out->text = cursor->at;
	out->size = (size_t)(newline - cursor->at);
	return true;
}

/* Take the line at the cursor when its keyword is `keyword`; `out` is what follows that. */
static bool take_header(struct line *out, struct cursor *cursor, const char *keyword)
{
	size_t size = strlen(keyword);
	struct line line;

	if (!peek_line(&line, cursor) || line.size <= size || line.text[size] != ' ' ||
		memcmp(line.text, keyword, size) != 0)
		return false;
	cursor->at += line.size + 1;
	out->text = line.text + size + 1;
	out->size = line.size - size - 1;
	return true;
}

static bool take_oid(struct gm_oid *out, struct cursor *cursor, const char *keyword)
{
	struct line line;

	return take_header(&line, cursor, keyword) &&
		gm_oid_parse(out, line.text, line.size);
}

static int take_parents(struct gm_commit *out, struct cursor *cursor)
{
	struct line line;
	size_t cap = 0;

	while (take_header(&line, cursor, "parent")) {
		int rc = gm_grow(
			&out->parents, &cap, out->n_parents + 1, sizeof(*out->parents));
		if (rc < 0)
			return rc;
		if (!gm_oid_parse(&out->parents[out->n_parents], line.text, line.size))
			return gm_error(GM_EMISMATCH, "bad 'parent' line in a commit");
		out->n_parents++;
	}
	return 0;
}

static int take_signature(
	struct gm_signature *out, struct cursor *cursor, const char *keyword)
{
	struct line line;

	if (!take_header(&line, cursor, keyword))
		return gm_error(GM_EMISMATCH, "no '%s' line in a commit", keyword);
	return gm_signature_parse(out, line.text, line.size);
}

/* Headers up to the empty line; without one there is no message. */
static int take_extra(struct gm_commit *out, struct cursor *cursor)
{
	const char *start = cursor->at;
	struct line line;

	while (peek_line(&line, cursor) && line.size)
		cursor->at += line.size + 1;
	bool is_whole = peek_line(&line, cursor);
	if (!is_whole)
		cursor->at = cursor->end;
	out->extra_size = (size_t)(cursor->at - start);
	cursor->at += is_whole;
	if (!out->extra_size)
		return 0;
	out->extra = gm_strndup(start, out->extra_size);
	return out->extra ? 0 : GM_ENOMEM;
}

int gm_commit_parse(struct gm_commit *out, const char *data, size_t size)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct cursor cursor = {.at = data, .end = data + size};
	int rc;

	if (!take_oid(&commit.tree, &cursor, "tree"))
		return gm_error(GM_EMISMATCH, "no 'tree' line in a commit");
	rc = take_parents(&commit, &cursor);
	if (rc == 0)
		rc = take_signature(&commit.author, &cursor, "author");
	if (rc == 0)
		rc = take_signature(&commit.committer, &cursor, "committer");
	if (rc == 0)
		rc = take_extra(&commit, &cursor);
	if (rc < 0)
		return rc;
	commit.message = gm_strndup(cursor.at, (size_t)(cursor.end - cursor.at));
	if (!commit.message)
		return GM_ENOMEM;
	commit.oid = out->oid;
	gm_commit_dispose(out);
	*out = commit;
	commit = (struct gm_commit)GM_COMMIT_INIT;
	return 0;
}

int gm_commit_read(
	struct gm_commit *out, struct gm_store *store, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(MAX_SIZE);
	char hex[GM_OID_HEX];
	struct gm_oid wanted = *oid; /* may lie inside `out` */
	int rc = gm_store_read_type(&data, store, &wanted, GM_OBJECT_COMMIT);

	if (rc < 0)
		return rc;
	rc = gm_commit_parse(out, gm_buf_str(&data), data.size);
	if (rc < 0) {
		gm_oid_format(hex, &wanted);
		return gm_error_prefix("commit '%s' is broken", hex);
	}
	out->oid = wanted;
	return 0;
}

int gm_commit_parent_error(
	int rc, const struct gm_oid *commit, const struct gm_oid *parent)
{
	char commit_hex[GM_OID_HEX];
	char parent_hex[GM_OID_HEX];

	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	gm_oid_format(commit_hex, commit);
	gm_oid_format(parent_hex, parent);
	return gm_error(rc == GM_ENOTFOUND ? GM_EMISMATCH : (enum gm_errcode)rc,
		"cannot read parent '%s' of commit '%s': %s", parent_hex, commit_hex,
		gm_error_last()->message);
}

int gm_commit_read_parent(struct gm_commit *out, struct gm_store *store,
	const struct gm_commit *commit, size_t i)
{
	struct gm_oid child = commit->oid; /* may be `out` */
	struct gm_oid parent = commit->parents[i];
	int rc = gm_commit_read(out, store, &parent);

	return rc < 0 ? gm_commit_parent_error(rc, &child, &parent) : 0;
}

static int put_oid(struct gm_buf *out, const char *keyword, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_buf_printf(out, "%s %s\n", keyword, hex);
}

static int put_signature(
	struct gm_buf *out, const char *keyword, const struct gm_signature *signature)
{
	int rc = gm_buf_printf(out, "%s ", keyword);

	if (rc == 0)
		rc = gm_signature_format(out, signature);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_commit_format(struct gm_buf *out, const struct gm_commit *commit)
{
	size_t size = strlen(commit->message);
	int rc = put_oid(out, "tree", &commit->tree);

	for (size_t i = 0; i < commit->n_parents && rc == 0; i++)
		rc = put_oid(out, "parent", &commit->parents[i]);
	if (rc == 0)
		rc = put_signature(out, "author", &commit->author);
	if (rc == 0)
		rc = put_signature(out, "committer", &commit->committer);
	if (rc == 0 && commit->extra_size)
		rc = gm_buf_put(out, commit->extra, commit->extra_size);
	if (rc == 0 && out->ptr[out->size - 1] != '\n')
		rc = gm_buf_putc(out, '\n');
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	if (rc == 0)
		rc = gm_buf_put(out, commit->message, size);
	if (rc == 0 && size && commit->message[size - 1] != '\n')
		rc = gm_buf_putc(out, '\n');
	return rc;
}

bool gm_commit_is_signed(const struct gm_commit *commit)
{
	struct line line;

	if (!commit->extra)
		return false;
	struct cursor cursor = {commit->extra, commit->extra + commit->extra_size};
	while (peek_line(&line, &cursor)) {
		if (take_header(&line, &cursor, "gpgsig") ||
			take_header(&line, &cursor, "gpgsig-sha256"))
			return true;
		cursor.at += line.size + 1;
	}
	return false;
}

/* The next line without blanks at its end; false at the end of the text. */
static bool next_line(struct line *out, const char **at)
{
	if (!**at)
		return false;
	out->text = *at;
	out->size = strcspn(*at, "\n");
	*at += out->size + ((*at)[out->size] == '\n');
	while (out->size && strchr(" \t\r\n", out->text[out->size - 1]))
		out->size--;
	return true;
}

int gm_commit_subject(struct gm_buf *out, const char *message)
{
	const char *at = message;
	bool more;
	struct line line;

	do
		more = next_line(&line, &at);
	while (more && !line.size);
	for (bool first = true; more && line.size; more = next_line(&line, &at)) {
		int rc = first ? 0 : gm_buf_putc(out, ' ');
		if (rc == 0)
			rc = gm_buf_put(out, line.text, line.size);
		if (rc < 0)
			return rc;
		first = false;
	}
	return 0;
}

/* "object ID", "type TYPE", then the rest. */
int gm_tag_target(struct gm_oid *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(MAX_SIZE);
	char hex[GM_OID_HEX];
	struct line line;
	struct gm_oid target;
	int rc = gm_store_read_type(&data, store, oid, GM_OBJECT_TAG);

	if (rc < 0)
		return rc;
	struct cursor cursor = {
		.at = gm_buf_str(&data), .end = gm_buf_str(&data) + data.size};
	gm_oid_format(hex, oid);
	if (!take_oid(&target, &cursor, "object") || !take_header(&line, &cursor, "type"))
		return gm_error(GM_EMISMATCH, "tag '%s' is broken", hex);
	*type_out = gm_object_type_parse(line.text, line.size);
	if (*type_out == GM_OBJECT_NONE)
		return gm_error(GM_EMISMATCH, "tag '%s' is broken", hex);
	*out = target;
	return 0;
}

int gm_object_peel(struct gm_oid *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	enum gm_object_type promised = GM_OBJECT_NONE;
	struct gm_oid at = *oid;

	for (int tags = 0; tags <= MAX_TAGS; tags++) {
		enum gm_object_type type;
		size_t size;
		char hex[GM_OID_HEX];

		int rc = gm_store_read_header(&type, &size, store, &at);
		if (rc < 0)
			return rc;
		gm_oid_format(hex, &at);
		if (promised != GM_OBJECT_NONE && promised != type)
			return gm_error(GM_EMISMATCH,
				"object '%s' is not the %s its tag says", hex,
				gm_object_type_name(promised));
		if (type != GM_OBJECT_TAG) {
			*out = at;
			*type_out = type;
			return 0;
		}
		rc = gm_tag_target(&at, &promised, store, &at);
		if (rc < 0)
			return rc;
	}
	return gm_error(GM_EMISMATCH, "chain of more than %d tags", MAX_TAGS);
}
