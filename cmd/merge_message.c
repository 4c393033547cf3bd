#include "cmd/merge_message.h"

#include <string.h>

#include "cmd/tag_object.h"
#include "dag/revision_name.h"

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* What a ref is called, by where it lies. */
struct kind {
	const char *prefix;
	const char *name;
};

/* NULL for one that is called a commit. */
static const struct kind *kind_of(const char *ref)
{
	static const struct kind kinds[] = {
		{"refs/heads/", "branch"},
		{"refs/tags/", "tag"},
		{"refs/remotes/", "remote-tracking branch"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (has_prefix(ref, kinds[i].prefix))
			return &kinds[i];
	return NULL;
}

/* The length of "^^" or "~3" at the end; `*early_out` unless that stands for no step at all. */
static size_t steps_at_end(const char *name, bool *early_out)
{
	size_t size = strlen(name);
	size_t n = 0;

	while (n < size && name[size - 1 - n] == '^')
		n++;
	*early_out = true;
	const char *tilde = strrchr(name, '~');
	if (n || !tilde)
		return n;
	size_t digits = strspn(tilde + 1, "0123456789");
	if (tilde[1 + digits])
		return 0;
	*early_out = !digits || strspn(tilde + 1, "0") < digits;
	return digits + 1;
}

/* 1 for commits of a branch that lie some steps behind its tip. */
static int put_part_of_branch(struct gm_buf *out, struct gm_repo *repo, const char *name)
{
	bool is_early;
	size_t n = steps_at_end(name, &is_early);
	gm_autofree char *branch = gm_strndup(name, strlen(name) - n);
	gm_autofree char *ref = branch ? gm_format("refs/heads/%s", branch) : NULL;
	struct gm_oid oid;

	if (!ref)
		return GM_ENOMEM;
	if (!n || gm_ref_check_name(ref) < 0)
		return 0;
	int rc = gm_ref_read(&oid, NULL, gm_repo_refs(repo), ref);
	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	rc = gm_buf_printf(
		out, "Merge branch '%s'%s", branch, is_early ? " (early part)" : "");
	return rc < 0 ? rc : 1;
}

/* The message of an annotated tag without its signature; nothing for any other object. */
static int put_tag_message(
	struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *oid)
{
	gm_autotag tag = GM_TAG_OBJECT_INIT;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = gm_store_read(&data, &type, gm_repo_store(repo), oid);

	if (rc < 0 || type != GM_OBJECT_TAG)
		return rc;
	rc = gm_tag_object_parse(&tag, gm_buf_str(&data), data.size);
	if (rc < 0)
		return rc;
	char *signature = strstr(tag.message, "-----BEGIN ");
	if (signature && (signature == tag.message || signature[-1] == '\n'))
		*signature = '\0';
	return *tag.message ? gm_buf_printf(out, "\n%s", tag.message) : 0;
}

/* What follows "Merge"; `tag_out` gets the object of a tag. */
static int put_name(struct gm_buf *out, struct gm_oid *tag_out, struct gm_call *call,
	const char *name)
{
	gm_autobuf full = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_revision_find_ref(
		&oid, &full, &target, call->repo, name, call->branch);
	const struct kind *kind = rc < 0 ? NULL : kind_of(gm_buf_str(&target));

	if (kind) {
		/* `@{-1}` and `@{upstream}` are told by the names of the branches. */
		const char *shown = strstr(name, "@{")
			? gm_buf_str(&target) + strlen(kind->prefix)
			: name;
		if (!strcmp(kind->name, "tag"))
			*tag_out = oid;
		return gm_buf_printf(out, "Merge %s '%s'", kind->name, shown);
	}
	if (rc == GM_ENOMEM)
		return rc;
	rc = put_part_of_branch(out, call->repo, name);
	return rc ? rc : gm_buf_printf(out, "Merge commit '%s'", name);
}

int gm_put_merge_message(struct gm_buf *out, struct gm_call *call, const char *name,
	const struct gm_head *head)
{
	struct gm_oid tag = gm_oid_zero;
	const char *into = head->branch ? head->branch : "HEAD";
	int rc = put_name(out, &tag, call, name);

	/* As for git: those are where everything ends up. */
	if (rc >= 0 && strcmp(into, "main") != 0 && strcmp(into, "master") != 0)
		rc = gm_buf_printf(out, " into %s", into);
	if (rc >= 0)
		rc = gm_buf_putc(out, '\n');
	if (rc >= 0 && !gm_oid_is_zero(&tag))
		rc = put_tag_message(out, call->repo, &tag);
	return rc < 0 ? rc : 0;
}
