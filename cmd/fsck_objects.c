#include "cmd/fsck_objects.h"

#include <string.h>

#include "base/interrupt.h"
#include "cmd/fsck_names.h"
#include "dag/tree.h"

/* What is known of an object, beside its type in the lowest bits. */
enum {
	STATE_TYPE = 7,
	STATE_BROKEN = 1 << 3,  /* damaged, and told */
	STATE_MISSING = 1 << 4, /* not there, and told */
	STATE_REACHED = 1 << 5,
};

/* Who names an object. Made into text only when there is something to tell. */
struct origin {
	enum gm_severity severity; /* of what is missing */
	const char *text;
	const struct gm_tree_entry *entry; /* of the tree that `text` names, else NULL */
};

struct id_list {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

void gm_fsck_objects_dispose(struct gm_fsck_objects *objects)
{
	gm_map_dispose(&objects->states);
	gm_buf_dispose(&objects->data);
	gm_free(objects->links);
	objects->links = NULL;
}

static int broken(struct gm_fsck_objects *objects, const struct gm_oid *oid, int rc)
{
	char hex[GM_OID_HEX];

	objects->n_broken++;
	gm_oid_format(hex, oid);
	return gm_faults_add_error(objects->faults, GM_SEVERITY_ERROR, "object", hex, rc);
}

/* The line `KEYWORD VALUE` at the start of `*at`, which is moved behind it. */
static bool take_line(
	const char **value_out, size_t *size_out, const char **at, const char *keyword)
{
	size_t size = strlen(keyword);
	const char *newline = strchr(*at, '\n');

	if (!newline || strncmp(*at, keyword, size) != 0 || (*at)[size] != ' ')
		return false;
	*value_out = *at + size + 1;
	*size_out = (size_t)(newline - *value_out);
	*at = newline + 1;
	return true;
}

/* What a tag names (git-mktag(1)). */
static int parse_tag(struct gm_fsck_link *out, const struct gm_buf *data)
{
	const char *at = gm_buf_str(data);
	const char *value;
	size_t size;

	if (!take_line(&value, &size, &at, "object") ||
		!gm_oid_parse(&out->oid, value, size))
		return gm_error(GM_EMISMATCH, "no 'object' line in a tag");
	if (!take_line(&value, &size, &at, "type"))
		return gm_error(GM_EMISMATCH, "no 'type' line in a tag");
	out->type = gm_object_type_parse(value, size);
	if (out->type == GM_OBJECT_NONE)
		return gm_error(GM_EMISMATCH, "unknown type in a tag");
	if (!take_line(&value, &size, &at, "tag"))
		return gm_error(GM_EMISMATCH, "no 'tag' line in a tag");
	return 0;
}

/* Whether the bytes make an object of their type. */
static int check_shape(const struct gm_buf *data, enum gm_object_type type)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_fsck_link link;

	switch (type) {
	case GM_OBJECT_COMMIT:
		return gm_commit_parse(&commit, gm_buf_str(data), data->size);
	case GM_OBJECT_TREE:
		return gm_tree_check(gm_buf_str(data), data->size);
	case GM_OBJECT_TAG:
		return parse_tag(&link, data);
	case GM_OBJECT_BLOB:
	case GM_OBJECT_NONE:
		break;
	}
	return 0;
}

/* Read one object and keep what came out; one that is not there leaves no state. */
static int check_object(struct gm_fsck_objects *objects, const struct gm_oid *oid)
{
	enum gm_object_type type = GM_OBJECT_NONE;
	uint64_t state = 0;
	int rc = gm_store_read(&objects->data, &type, objects->store, oid);

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = check_shape(&objects->data, type);
	if (rc == 0)
		rc = gm_store_check_sha256(objects->store, oid, type,
			gm_buf_str(&objects->data), objects->data.size);
	if (rc < 0) {
		rc = broken(objects, oid, rc);
		state = STATE_BROKEN;
	}
	objects->n_read++;
	return rc < 0 ? rc : gm_map_put(&objects->states, oid, state | (uint64_t)type);
}

static int add_id(const struct gm_oid *oid, void *payload)
{
	struct id_list *list = payload;
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = *oid;
	return rc;
}

int gm_fsck_objects_read(struct gm_fsck_objects *objects)
{
	struct id_list list = {.items = NULL};
	struct gm_progress progress;
	int rc = gm_store_each(objects->store, add_id, &list);

	/* What is broken of the store was told when that was checked. */
	if (rc < 0 && !objects->faults->n[GM_SEVERITY_ERROR])
		rc = gm_faults_add_error(
			objects->faults, GM_SEVERITY_ERROR, "file", "objects", rc);
	if (rc < 0 && !gm_faults_must_stop(rc))
		rc = 0;
	gm_progress_start(&progress, "Checking objects", list.n,
		gm_call_progress(objects->faults->call));
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = check_object(objects, &list.items[i]);
		gm_progress_update(&progress, i + 1);
	}
	gm_progress_finish(&progress, objects->n_read);
	gm_free(list.items);
	return rc;
}

static bool look_up(
	uint64_t *out, const struct gm_fsck_objects *objects, const struct gm_oid *oid)
{
	*out = 0;
	return gm_map_get(out, &objects->states, oid);
}

bool gm_fsck_objects_is_good(
	const struct gm_fsck_objects *objects, const struct gm_oid *oid)
{
	uint64_t state;

	return look_up(&state, objects, oid) && !(state & (STATE_BROKEN | STATE_MISSING));
}

/* The empty tree need not be stored. */
static bool needs_no_object(const struct gm_oid *oid, enum gm_object_type type)
{
	return (type == GM_OBJECT_TREE || type == GM_OBJECT_NONE) &&
		gm_oid_equal(oid, &gm_oid_empty_tree);
}

static int put_origin(struct gm_buf *out, const struct origin *from)
{
	if (!from->entry)
		return gm_buf_puts(out, from->text);
	return gm_buf_printf(out, "%s, as '%.*s',", from->text,
		(int)from->entry->name_size, from->entry->name);
}

static int tell_missing(struct gm_fsck_objects *objects, enum gm_object_type type,
	const struct gm_oid *oid, const struct origin *from)
{
	gm_autobuf origin = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	int rc = put_origin(&origin, from);

	objects->n_missing++;
	gm_oid_format(hex, oid);
	if (rc == 0)
		rc = gm_faults_add(objects->faults, from->severity, "object", hex,
			"this %s is missing; %s names it",
			type == GM_OBJECT_NONE ? "object" : gm_object_type_name(type),
			gm_buf_str(&origin));
	return rc < 0 ? rc : gm_map_put(&objects->states, oid, STATE_MISSING);
}

static int tell_wrong_type(struct gm_fsck_objects *objects, enum gm_object_type type,
	const struct gm_fsck_link *found, const struct origin *from)
{
	gm_autobuf origin = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	int rc = put_origin(&origin, from);

	gm_oid_format(hex, &found->oid);
	return rc < 0 ? rc
		      : gm_faults_add(objects->faults, from->severity, "object", hex,
				"it is a %s, but %s names it as a %s",
				gm_object_type_name(found->type), gm_buf_str(&origin),
				gm_object_type_name(type));
}

static int push(struct gm_fsck_objects *objects, const struct gm_fsck_link *link)
{
	int rc = gm_grow(&objects->links, &objects->cap_links, objects->n_links + 1,
		sizeof(*objects->links));

	if (rc == 0)
		objects->links[objects->n_links++] = *link;
	return rc;
}

/* Note that `oid` is named by `from`, and remember to follow it if that is new. */
static int reach(struct gm_fsck_objects *objects, enum gm_object_type type,
	const struct gm_oid *oid, const struct origin *from)
{
	struct gm_fsck_link found = {.oid = *oid};
	uint64_t state;
	int rc = 0;

	/* Not seen before: written since the objects were listed, or not there. */
	if (!look_up(&state, objects, oid)) {
		rc = check_object(objects, oid);
		if (rc == 0 && !look_up(&state, objects, oid) &&
			needs_no_object(oid, type))
			return 0;
		if (rc == 0 && !look_up(&state, objects, oid))
			return tell_missing(objects, type, oid, from);
	}
	if (rc < 0 || state & (STATE_MISSING | STATE_BROKEN))
		return rc;
	found.type = (enum gm_object_type)(state & STATE_TYPE);
	if (type != GM_OBJECT_NONE && type != found.type)
		return tell_wrong_type(objects, type, &found, from);
	if (state & STATE_REACHED)
		return 0;
	rc = gm_map_put(&objects->states, oid, state | STATE_REACHED);
	if (rc < 0 || found.type == GM_OBJECT_BLOB)
		return rc;
	return push(objects, &found);
}

static int follow_commit(struct gm_fsck_objects *objects, const struct gm_oid *oid,
	const struct origin *from)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_parse(&commit, gm_buf_str(&objects->data), objects->data.size);

	if (rc == 0)
		rc = reach(objects, GM_OBJECT_TREE, &commit.tree, from);
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = reach(objects, GM_OBJECT_COMMIT, &commit.parents[i], from);
	commit.oid = *oid;
	return rc < 0 ? rc : gm_fsck_names(objects->faults, objects->store, &commit);
}

static int follow_entry(struct gm_fsck_objects *objects,
	const struct gm_tree_entry *entry, struct origin from)
{
	unsigned mode = entry->mode & GM_MODE_TYPE;

	/* A commit of another repository. */
	if (mode == 0160000)
		return 0;
	from.entry = entry;
	return reach(objects, mode == GM_MODE_TREE ? GM_OBJECT_TREE : GM_OBJECT_BLOB,
		&entry->oid, &from);
}

static int follow_tree(struct gm_fsck_objects *objects, const struct origin *from)
{
	gm_autobuf tree = objects->data;
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc;

	/* An object that was not read yet will be, into `data`. */
	objects->data = (struct gm_buf)GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	while ((rc = gm_tree_next(&entry, &at, gm_buf_str(&tree), tree.size)) > 0) {
		rc = follow_entry(objects, &entry, *from);
		if (rc < 0)
			break;
	}
	return rc;
}

static int follow(struct gm_fsck_objects *objects, enum gm_severity severity,
	const struct gm_fsck_link *link)
{
	char text[GM_OID_HEX + 16];
	char hex[GM_OID_HEX];
	const struct origin from = {.severity = severity, .text = text};
	struct gm_fsck_link tagged;
	int rc = gm_store_read_type(
		&objects->data, objects->store, &link->oid, link->type);

	gm_oid_format(hex, &link->oid);
	(void)snprintf(
		text, sizeof(text), "%s '%s'", gm_object_type_name(link->type), hex);
	if (rc < 0)
		return broken(objects, &link->oid, rc);
	if (link->type == GM_OBJECT_COMMIT)
		return follow_commit(objects, &link->oid, &from);
	if (link->type == GM_OBJECT_TREE)
		return follow_tree(objects, &from);
	rc = parse_tag(&tagged, &objects->data);
	return rc < 0 ? rc : reach(objects, tagged.type, &tagged.oid, &from);
}

int gm_fsck_objects_reach(struct gm_fsck_objects *objects, enum gm_severity severity,
	enum gm_object_type type, const struct gm_oid *oid, const char *from)
{
	const struct origin origin = {.severity = severity, .text = from};
	int rc = reach(objects, type, oid, &origin);

	while (rc == 0 && objects->n_links) {
		struct gm_fsck_link link = objects->links[--objects->n_links];
		rc = gm_interrupted();
		if (rc == 0)
			rc = follow(objects, severity, &link);
	}
	return rc;
}
