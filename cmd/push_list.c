#include "cmd/push_list.h"

#include <string.h>

#include "dag/upstream.h"
#include "sync/refspec.h"

#define HEADS "refs/heads/"
#define TAGS "refs/tags/"

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

void gm_push_list_dispose(struct gm_push_list *list)
{
	gm_free(list->items);
	gm_strv_dispose(&list->texts);
	list->items = NULL;
	list->n = list->cap = 0;
}

static int keep_text(const char **out, struct gm_push_list *list, const char *text)
{
	int rc = gm_strv_add(&list->texts, text);

	if (rc == 0)
		*out = list->texts.items[list->texts.n - 1];
	return rc;
}

static bool has(const struct gm_push_list *list, const struct gm_push_update *update)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].remote_ref, update->remote_ref) &&
			gm_oid_equal(&list->items[i].oid, &update->oid))
			return true;
	return false;
}

int gm_push_list_add(struct gm_push_list *list, const char *local,
	const struct gm_oid *oid, const char *remote_ref)
{
	struct gm_push_update update = {
		.local = local, .oid = *oid, .remote_ref = remote_ref};

	if (has(list, &update))
		return 0;
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));
	if (rc == 0 && local)
		rc = keep_text(&update.local, list, local);
	if (rc == 0)
		rc = keep_text(&update.remote_ref, list, remote_ref);
	if (rc == 0)
		list->items[list->n++] = update;
	return rc;
}

/* Add one that goes to what is called `name` here, or is named as it is there. */
static int add_mapped(struct gm_push_list *list, const struct gm_remote *remote,
	const char *local, const struct gm_oid *oid, const char *name)
{
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	bool is_own = begins_with(name, HEADS) || begins_with(name, TAGS);
	bool is_full = !remote->is_attached || begins_with(name, "refs/gitmem/heads/") ||
		begins_with(name, "refs/gitmem/tags/");
	int rc = is_own || !is_full ? gm_remote_ref_of(&remote_ref, remote, name)
				    : gm_buf_puts(&remote_ref, name);

	return rc < 0 ? rc : gm_push_list_add(list, local, oid, gm_buf_str(&remote_ref));
}

/* The ref of the remote that a branch follows; empty when it follows none of this remote. */
static int read_followed(struct gm_buf *out, struct gm_call *call,
	const struct gm_remote *remote, const char *branch)
{
	const struct gm_config *config = gm_repo_config(call->repo);
	gm_autofree char *remote_key = gm_format("branch.%s.remote", branch);
	gm_autofree char *merge_key = gm_format("branch.%s.merge", branch);

	if (!remote_key || !merge_key)
		return GM_ENOMEM;
	const char *name = gm_config_get(config, remote_key);
	const char *merge = gm_config_get(config, merge_key);
	if (!remote->name || !name || !merge || strcmp(name, remote->name) != 0 ||
		!begins_with(merge, HEADS))
		return 0;
	return gm_buf_puts(out, merge);
}

int gm_push_list_branch(
	struct gm_push_list *list, struct gm_call *call, const struct gm_remote *remote)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf followed = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_call_head(&head, call);

	if (rc < 0)
		return rc;
	if (!head.branch) {
		rc = gm_error(GM_ENOTFOUND, "HEAD is on no branch");
		gm_error_hint("say where it is to go: "
			      "'gitmem push REMOTE HEAD:NAME'");
		return rc;
	}
	if (!head.exists)
		return gm_error(
			GM_ENOTFOUND, "the branch '%s' has no commit yet", head.branch);
	rc = read_followed(&followed, call, remote, head.branch);
	if (rc < 0)
		return rc;
	return add_mapped(list, remote, head.ref, &head.commit,
		followed.size ? gm_buf_str(&followed) : head.ref);
}

/* Refs to be added, as gm_refs_each() comes by. */
struct adding {
	struct gm_push_list *list;
	const struct gm_remote *remote;
	const struct gm_refspec *spec; /* NULL: to the same name */
};

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	const struct adding *adding = payload;
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	int rc;

	if (!adding->spec)
		return add_mapped(adding->list, adding->remote, name, oid, name);
	rc = gm_refspec_map(&target, adding->spec, name);
	return rc <= 0 ? rc
		       : add_mapped(adding->list, adding->remote, name, oid,
				 gm_buf_str(&target));
}

int gm_push_list_all(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *prefix)
{
	struct adding adding = {.list = list, .remote = remote};

	return gm_refs_each(gm_repo_refs(call->repo), prefix, add_ref, &adding);
}

/* What the left side of a refspec names. */
struct source {
	struct gm_buf ref; /* its full name; empty: a revision that is no ref */
	struct gm_oid oid;
};

#define gm_autosource gm_cleanup(source_dispose) struct source

static void source_dispose(struct source *source)
{
	gm_buf_dispose(&source->ref);
}

/* 1 when there is such a ref, 0 when there is none, or that is no name of one. */
static int try_ref(
	struct gm_oid *out, struct gm_call *call, const char *prefix, const char *name)
{
	gm_autofree char *ref = gm_format("%s%s", prefix, name);
	int rc = ref ? gm_ref_check_name(ref) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_ref_read(out, NULL, gm_repo_refs(call->repo), ref);
	if (rc == GM_ENOTFOUND || rc == GM_EINVALID)
		return 0;
	return rc < 0 ? rc : 1;
}

static int find_head(struct source *out, struct gm_call *call)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head(&head, call);

	if (rc == 0 && !head.exists)
		rc = gm_error(
			GM_ENOTFOUND, "the branch '%s' has no commit yet", head.branch);
	if (rc < 0)
		return rc;
	out->oid = head.commit;
	return head.branch ? gm_buf_puts(&out->ref, head.ref) : 0;
}

/* 1 when it is the name of a branch or a tag, 0 when it is not. */
static int find_short(struct source *out, struct gm_call *call, const char *name)
{
	struct gm_oid tag;
	int is_branch = try_ref(&out->oid, call, HEADS, name);
	int is_tag = is_branch < 0 ? 0 : try_ref(&tag, call, TAGS, name);

	if (is_branch < 0 || is_tag < 0)
		return is_branch < 0 ? is_branch : is_tag;
	if (is_branch && is_tag)
		return gm_error(GM_EAMBIGUOUS, "'%s' is a branch and a tag", name);
	if (!is_branch && !is_tag)
		return 0;
	if (is_tag)
		out->oid = tag;
	int rc = gm_buf_printf(&out->ref, "%s%s", is_tag ? TAGS : HEADS, name);
	return rc < 0 ? rc : 1;
}

static int find_source(struct source *out, struct gm_call *call, const char *name)
{
	int rc = 0;

	if (!strcmp(name, "HEAD") || !strcmp(name, "@"))
		return find_head(out, call);
	if (begins_with(name, "refs/"))
		rc = try_ref(&out->oid, call, "", name);
	if (rc > 0)
		return gm_buf_puts(&out->ref, name);
	if (rc == 0)
		rc = find_short(out, call, name);
	if (rc)
		return rc < 0 ? rc : 0;
	return gm_revision_parse(&out->oid, call->repo, name, call->branch);
}

/* The full name, as if it were here, of what is to get it. */
static int put_target(struct gm_buf *out, const struct source *source, const char *name,
	const char *target)
{
	const char *ref = gm_buf_str(&source->ref);

	if (target && begins_with(target, "refs/"))
		return gm_buf_puts(out, target);
	if (!target && *ref)
		return gm_buf_puts(out, ref);
	if (target && begins_with(ref, TAGS))
		return gm_buf_printf(out, TAGS "%s", target);
	if (target && begins_with(ref, HEADS))
		return gm_buf_printf(out, HEADS "%s", target);
	int rc = gm_error(GM_ENOTFOUND, "'%s' is no branch or tag", name);
	gm_error_hint("say what it is to become: '%s:refs/heads/NAME'", name);
	return rc;
}

/* `name` is sent to `target`, NULL: to where its own name stands. */
static int add_one(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *name, const char *target)
{
	gm_autosource source = {.ref = GM_BUF_INIT(GM_BUF_PATH)};
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = find_source(&source, call, name);

	if (rc == 0)
		rc = put_target(&ref, &source, name, target);
	if (rc < 0)
		return rc;
	return add_mapped(list, remote, source.ref.size ? gm_buf_str(&source.ref) : name,
		&source.oid, gm_buf_str(&ref));
}

static int add_pattern(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *refspec)
{
	gm_autorefspec spec = GM_REFSPEC_INIT;
	struct adding adding = {.list = list, .remote = remote, .spec = &spec};
	int rc = gm_refspec_parse(&spec, refspec);

	return rc < 0 ? rc
		      : gm_refs_each(gm_repo_refs(call->repo), "refs/", add_ref, &adding);
}

int gm_push_list_refspec(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *refspec)
{
	const char *colon = strrchr(refspec, ':');

	if (*refspec == '+') {
		int rc = gm_error(GM_EUSAGE, "'%s' would force", refspec);
		gm_error_hint(
			"leave the '+' away: what the remote has is merged then, and "
			"nothing is lost");
		return rc;
	}
	if (strchr(refspec, '*'))
		return add_pattern(list, call, remote, refspec);
	if (!*refspec || (colon && !colon[1]))
		return gm_error(
			GM_EUSAGE, "'%s' does not say what is to go where", refspec);
	if (!colon)
		return add_one(list, call, remote, refspec, NULL);
	gm_autofree char *source = gm_strndup(refspec, (size_t)(colon - refspec));
	return source ? add_one(list, call, remote, source, colon + 1) : GM_ENOMEM;
}

/* Which ref of the remote is meant by a name of a branch or a tag: 1, or 0 when it is not there. */
static int add_removal(struct gm_push_list *list, const struct gm_remote *remote,
	const struct gm_remote_refs *refs, const char *prefix, const char *name)
{
	gm_autofree char *ref = gm_format("%s%s", prefix, name);
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = ref ? gm_remote_ref_of(&remote_ref, remote, ref) : GM_ENOMEM;

	if (rc < 0 || !gm_remote_refs_find(refs, gm_buf_str(&remote_ref)))
		return rc;
	rc = gm_push_list_add(list, NULL, &gm_oid_zero, gm_buf_str(&remote_ref));
	return rc < 0 ? rc : 1;
}

int gm_push_list_delete(struct gm_push_list *list, const struct gm_remote *remote,
	const struct gm_remote_refs *refs, const char *name)
{
	static const char *const prefixes[] = {HEADS, TAGS};
	size_t n_before = list->n;
	int rc = 0;

	if (begins_with(name, "refs/"))
		rc = add_mapped(list, remote, NULL, &gm_oid_zero, name);
	else
		for (size_t i = 0; rc >= 0 && i < 2; i++)
			rc = add_removal(list, remote, refs, prefixes[i], name);
	if (rc < 0)
		return rc;
	if (list->n > n_before + 1)
		return gm_error(
			GM_EAMBIGUOUS, "the remote has a branch '%s', and a tag", name);
	if (list->n == n_before)
		return gm_error(
			GM_ENOTFOUND, "the remote has no branch or tag '%s'", name);
	return 0;
}
