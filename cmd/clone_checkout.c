#include "cmd/clone_checkout.h"

#include <string.h>

#include "dag/upstream.h"

#define HEADS "refs/heads/"
#define ATTACHED_HEADS "refs/gitmem/heads/"

static const struct gm_fetched_ref *find_ref(
	const struct gm_fetch_result *fetched, const char *remote_ref)
{
	for (size_t i = 0; i < fetched->n; i++) {
		const struct gm_fetched_ref *ref = &fetched->refs[i];
		if (ref->remote_ref && ref->local_ref &&
			!strcmp(ref->remote_ref, remote_ref))
			return ref;
	}
	return NULL;
}

/* The only branch there is; NULL when there are others. */
static const char *find_single(const struct gm_fetch_result *fetched, const char *heads)
{
	const char *found = NULL;

	for (size_t i = 0; i < fetched->n; i++) {
		const char *name = fetched->refs[i].remote_ref;
		if (!name || strncmp(name, heads, strlen(heads)) != 0)
			continue;
		if (found)
			return NULL;
		found = name;
	}
	return found;
}

/* The remote does not say which one it is on. */
static const char *guess_ref(const struct gm_fetch_result *fetched)
{
	const char *single = find_single(fetched, HEADS);

	if (single)
		return single;
	return !find_ref(fetched, HEADS "main") && find_ref(fetched, HEADS "master")
		? HEADS "master"
		: HEADS "main";
}

/* The HEAD there is that of the project, which says nothing about its memory. */
static const char *guess_attached(const struct gm_fetch_result *fetched)
{
	const char *single = find_single(fetched, ATTACHED_HEADS);

	return single ? single : ATTACHED_HEADS "main";
}

/* A HEAD that leads to a tag, or anywhere else, is nothing to be on. */
static bool is_on_branch(const struct gm_fetch_result *fetched)
{
	return fetched->head && !strncmp(fetched->head, HEADS, strlen(HEADS));
}

/* The full name at the remote. */
static int choose_ref(struct gm_buf *out, const struct gm_clone_request *request,
	const struct gm_remote *remote, const struct gm_fetch_result *fetched)
{
	gm_autobuf named = GM_BUF_INIT(GM_BUF_PATH);

	if (!request->branch && remote->is_attached)
		return gm_buf_puts(out, guess_attached(fetched));
	if (!request->branch)
		return gm_buf_puts(
			out, is_on_branch(fetched) ? fetched->head : guess_ref(fetched));
	int rc = gm_branch_check_name(request->branch);
	gm_autofree char *ref = gm_format(HEADS "%s", request->branch);
	if (rc == 0)
		rc = ref ? gm_remote_ref_of(&named, remote, ref) : GM_ENOMEM;
	if (rc < 0)
		return rc;
	if (!find_ref(fetched, gm_buf_str(&named)))
		return gm_error(GM_ENOTFOUND, "Remote branch %s not found in upstream %s",
			request->branch, request->remote);
	return gm_buf_puts(out, gm_buf_str(&named));
}

static int set_head(
	struct gm_call *call, struct gm_lock *lock, const char *name, const char *target)
{
	return gm_ref_set_symbolic(
		gm_repo_refs(call->repo), lock, name, target, NULL, NULL);
}

/* refs/remotes/NAME/HEAD, so that the remote's name stands for the branch it is on. */
static int set_remote_head(struct gm_call *call, struct gm_lock *lock,
	const struct gm_remote *remote, const struct gm_fetch_result *fetched)
{
	const struct gm_fetched_ref *ref =
		fetched->head ? find_ref(fetched, fetched->head) : NULL;
	gm_autofree char *name = gm_format("refs/remotes/%s/HEAD", remote->name);

	if (!name)
		return GM_ENOMEM;
	if (!ref || strncmp(ref->local_ref, "refs/remotes/", 13) != 0)
		return 0;
	return set_head(call, lock, name, ref->local_ref);
}

/* The branch starts where the remote's is; HEAD leads there already. */
static int make_branch(struct gm_call *call, struct gm_lock *lock, const char *branch,
	const struct gm_fetched_ref *ref, const char *url)
{
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	gm_autofree char *message = gm_format("clone: from %s", url);
	struct gm_ref_update update = {.name = branch,
		.new_oid = ref->new_oid,
		.who = &committer,
		.message = message};
	int rc = message ? gm_call_signatures(&author, &committer, call) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_ref_update(gm_repo_refs(call->repo), lock, &update);
	return rc < 0 || strncmp(ref->local_ref, "refs/remotes/", 13) != 0
		? rc
		: gm_upstream_set(call->repo, branch + strlen(HEADS), ref->local_ref);
}

static int check_out(struct gm_clone_result *out, struct gm_call *call,
	const struct gm_clone_request *request, const struct gm_fetched_ref *ref,
	const char *branch)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	if (rc == 0)
		rc = set_head(call, lock, "HEAD", branch);
	if (rc == 0 && ref)
		out->commit = ref->new_oid;
	if (rc == 0 && ref && !request->is_bare)
		rc = make_branch(call, lock, branch, ref, out->url);
	return rc;
}

static int follow_remote_head(struct gm_call *call, const struct gm_remote *remote,
	const struct gm_fetch_result *fetched)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	return rc < 0 ? rc : set_remote_head(call, lock, remote, fetched);
}

int gm_clone_checkout(struct gm_clone_result *out, struct gm_call *call,
	const struct gm_clone_request *request, const struct gm_remote *remote,
	const struct gm_fetch_result *fetched)
{
	gm_autobuf remote_ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf branch = GM_BUF_INIT(GM_BUF_PATH);
	int rc = choose_ref(&remote_ref, request, remote, fetched);

	if (rc == 0)
		rc = gm_remote_local_ref(&branch, remote, gm_buf_str(&remote_ref));
	if (rc < 0)
		return rc;
	const struct gm_fetched_ref *ref = find_ref(fetched, gm_buf_str(&remote_ref));
	if (!ref && !fetched->is_empty && (!remote->is_attached || fetched->n))
		gm_warn("remote HEAD refers to nonexistent ref, unable to checkout");
	rc = check_out(out, call, request, ref, gm_buf_str(&branch));
	if (rc == 0 && !request->is_bare && !remote->is_attached)
		rc = follow_remote_head(call, remote, fetched);
	if (rc < 0)
		return rc;
	out->branch = gm_strdup(gm_buf_str(&branch) + strlen(HEADS));
	return out->branch ? 0 : GM_ENOMEM;
}
