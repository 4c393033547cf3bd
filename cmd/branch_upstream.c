#include "cmd/branch_upstream.h"

#include <string.h>

#include "cmd/text.h"

/* The branch that is meant, which must be one and exist. */
static int read_branch(struct gm_head *out, struct gm_call *call, const char *branch)
{
	int rc = gm_head_read(out, call->repo, branch ? branch : call->branch);

	if (rc == 0 && !out->branch)
		return gm_error(GM_ERROR, "HEAD is on no branch");
	if (rc == 0 && !out->exists && branch)
		return gm_error(GM_ENOTFOUND, "branch '%s' does not exist", branch);
	return rc;
}

static int follow(struct gm_call *call, const struct gm_head *head, const char *ref)
{
	if (!strcmp(head->ref, ref)) {
		gm_warn("branch '%s' is not made to follow itself", head->branch);
		return 0;
	}
	int rc = gm_upstream_set(call->repo, head->branch, ref);
	if (rc == 0)
		gm_talk(call, "branch '%s' set up to track '%s'.", head->branch,
			gm_upstream_name(ref));
	return rc;
}

int gm_branch_follow(struct gm_call *call, const char *branch, const char *name)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = read_branch(&head, call, branch);

	if (rc == 0)
		rc = gm_upstream_find(&ref, call->repo, name);
	return rc < 0 ? rc : follow(call, &head, gm_buf_str(&ref));
}

int gm_branch_unfollow(struct gm_call *call, const char *branch)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = read_branch(&head, call, branch);

	if (rc == 0)
		rc = gm_upstream_ref(&ref, gm_repo_config(call->repo), head.branch);
	if (rc == 0 && !ref.size)
		return gm_error(GM_ENOTFOUND, "branch '%s' follows none", head.branch);
	return rc < 0 ? rc : gm_upstream_set(call->repo, head.branch, NULL);
}

int gm_branch_follow_start(
	struct gm_call *call, const char *branch, const char *revision, int track)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autohead current = GM_HEAD_INIT;
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);

	if (!track || (track < 0 && !revision))
		return 0;
	int rc = gm_head_read(&head, call->repo, branch);
	if (rc == 0)
		rc = gm_head_read(&current, call->repo, call->branch);
	if (rc < 0)
		return rc;
	if (!revision || !strcmp(revision, "HEAD") || !strcmp(revision, "@"))
		rc = current.branch ? gm_buf_puts(&ref, current.ref) : GM_ENOTFOUND;
	else
		rc = gm_upstream_find(&ref, call->repo, revision);
	bool is_remote = !strncmp(gm_buf_str(&ref), "refs/remotes/", 13);
	if (rc == GM_ENOTFOUND && track > 0)
		return gm_error(GM_ENOTFOUND,
			"'%s' is no branch, so '%s' cannot follow it",
			revision ? revision : "HEAD", branch);
	if (rc == GM_ENOTFOUND || (rc == 0 && track < 0 && !is_remote))
		return 0;
	return rc < 0 ? rc : follow(call, &head, gm_buf_str(&ref));
}

/* Branches of remotes with a name. */
struct search {
	const char *name;
	struct gm_strv found;
};

static int match(const char *ref, const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	const char *slash = strchr(ref + strlen("refs/remotes/"), '/');

	(void)oid;
	if (!slash || strcmp(slash + 1, search->name) != 0)
		return 0;
	return gm_strv_add(&search->found, ref);
}

int gm_find_remote_branch(struct gm_buf *out, struct gm_repo *repo, const char *name)
{
	struct search search = {.name = name, .found = GM_STRV_INIT};
	int rc = gm_refs_each(gm_repo_refs(repo), "refs/remotes/", match, &search);

	if (rc == 0 && search.found.n == 1)
		rc = gm_buf_puts(out, search.found.items[0]);
	gm_strv_dispose(&search.found);
	return rc;
}

/* "ahead 1, behind 2", "gone"; nothing when the two are at one commit. */
static int put_distance(struct gm_buf *out, const struct gm_tracking *tracking)
{
	if (tracking->is_gone)
		return gm_buf_puts(out, "gone");
	int rc = tracking->ahead ? gm_buf_printf(out, "ahead %zu", tracking->ahead) : 0;
	if (rc == 0 && tracking->behind)
		rc = gm_buf_printf(out, "%sbehind %zu", tracking->ahead ? ", " : "",
			tracking->behind);
	return rc;
}

int gm_put_tracking(struct gm_buf *out, const struct gm_tracking *tracking, bool named)
{
	gm_autobuf distance = GM_BUF_INIT(GM_BUF_PATH);
	int rc = tracking->ref.size ? put_distance(&distance, tracking) : 0;

	if (rc < 0 || !tracking->ref.size || (!named && !distance.size))
		return rc;
	rc = gm_buf_putc(out, '[');
	if (rc == 0 && named)
		rc = gm_puts_safe(out, gm_upstream_name(gm_buf_str(&tracking->ref)));
	if (rc == 0 && named && distance.size)
		rc = gm_buf_puts(out, ": ");
	if (rc == 0)
		rc = gm_buf_puts(out, gm_buf_str(&distance));
	return rc < 0 ? rc : gm_buf_puts(out, "] ");
}

static json_t *number(const struct gm_tracking *tracking, size_t n)
{
	return tracking->ref.size && !tracking->is_gone ? json_integer((json_int_t)n)
							: json_null();
}

int gm_set_tracking(json_t *object, const struct gm_tracking *tracking)
{
	const char *ref = gm_buf_str(&tracking->ref);
	int rc = gm_json_set_string(
		object, "upstream", *ref ? gm_upstream_name(ref) : NULL);

	if (rc == 0)
		rc = gm_json_set(object, "ahead", number(tracking, tracking->ahead));
	if (rc == 0)
		rc = gm_json_set(object, "behind", number(tracking, tracking->behind));
	return rc;
}
