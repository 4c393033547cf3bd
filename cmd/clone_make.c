#include "cmd/clone_make.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cmd/clone_checkout.h"
#include "cmd/clone_place.h"
#include "cmd/fork_point.h"
#include "cmd/layout.h"
#include "dag/convert.h"
#include "index/clone.h"
#include "objstore/store_clone.h"
#include "sync/peer.h"
#include "sync/process.h"
#include "sync/project.h"
#include "sync/url.h"

/* A clone in the making. */
struct cloning {
	struct gm_call *call;
	const struct gm_clone_request *request;
	struct gm_clone_result *result;
	struct gm_buf url; /* as it will be remembered */
	enum gm_layout layout;
	struct gm_repo *peer; /* a gitmem repository on this machine; NULL: it is none */
	struct gm_project project; /* around us, for one that is attached */
	struct gm_clone_place place;
};

static void cloning_dispose(struct cloning *cloning)
{
	gm_buf_dispose(&cloning->url);
	gm_repo_free(cloning->peer);
	gm_project_dispose(&cloning->project);
	gm_clone_place_dispose(&cloning->place);
}

void gm_clone_result_dispose(struct gm_clone_result *result)
{
	gm_free(result->url);
	gm_free(result->branch);
	*result = (struct gm_clone_result)GM_CLONE_RESULT_INIT;
}

/* A path holds wherever it is used from; where it is that of a bare repository `.git` may lack. */
static int resolve_path(struct gm_buf *out, const char *text)
{
	gm_autofree char *with_end = gm_format("%s.git", text);
	char path[PATH_MAX];

	if (!with_end)
		return GM_ENOMEM;
	if (!realpath(text, path) && !realpath(with_end, path))
		return gm_error(GM_ENOTFOUND, "repository '%s' does not exist", text);
	return gm_buf_puts(out, path);
}

/* What the project calls so. */
static int resolve_attached(struct cloning *cloning)
{
	int rc = gm_project_find(&cloning->project, ".");

	if (rc == GM_ENOTFOUND)
		gm_error_hint("clone the project first, and call this in its folder");
	return rc < 0 ? rc
		      : gm_project_url(&cloning->url, &cloning->project,
				cloning->request->remote, false);
}

static int resolve_named(struct cloning *cloning)
{
	gm_autourl parsed = GM_URL_INIT;
	const char *text = cloning->request->url;
	int rc = gm_url_parse(&parsed, text);

	if (rc < 0)
		return rc;
	return parsed.transport == GM_TRANSPORT_PATH && !strstr(text, "://")
		? resolve_path(&cloning->url, text)
		: gm_buf_puts(&cloning->url, text);
}

static int resolve_url(struct cloning *cloning)
{
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	int rc = cloning->request->is_attached ? resolve_attached(cloning)
					       : resolve_named(cloning);

	if (rc == 0)
		rc = gm_url_show(&shown, gm_buf_str(&cloning->url));
	if (rc < 0)
		return rc;
	cloning->result->url = gm_buf_detach(&shown);
	return cloning->result->url ? 0 : GM_ENOMEM;
}

static int find_peer(struct cloning *cloning)
{
	gm_autobuf gitdir = GM_BUF_INIT(GM_BUF_PATH);
	int found = gm_peer_find(&gitdir, gm_buf_str(&cloning->url));

	return found > 0 ? gm_repo_open(&cloning->peer, gm_buf_str(&gitdir)) : found;
}

/* That of the peer, whose files can be linked then, unless another one is wanted. */
static int choose_layout(struct cloning *cloning)
{
	cloning->layout = GM_LAYOUT_SEGMENTS;
	if (cloning->peer && !gm_store_has_segments(gm_repo_store(cloning->peer)))
		cloning->layout = GM_LAYOUT_GIT;
	if (!cloning->request->layout)
		return gm_layout_default(&cloning->layout);
	(void)gm_layout_find(&cloning->layout, cloning->request->layout);
	return 0;
}

static int prepare_attached(struct cloning *cloning)
{
	int rc = gm_clone_place_prepare_among(&cloning->place, cloning->project.root);

	if (rc == GM_EEXISTS)
		gm_error_hint("'gitmem remote add --attach %s' and 'gitmem pull' bring "
			      "the project's into it",
			cloning->request->remote);
	if (rc == 0 && !cloning->call->json)
		gm_talk(cloning->call, "Cloning into '%s'...", cloning->project.root);
	return rc;
}

static int prepare(struct cloning *cloning)
{
	const struct gm_clone_request *request = cloning->request;
	gm_autobuf guess = GM_BUF_INIT(GM_BUF_PATH);
	int rc = resolve_url(cloning);

	if (rc == 0 && !request->is_attached)
		rc = find_peer(cloning);
	if (rc == 0)
		rc = choose_layout(cloning);
	if (rc == 0 && request->is_attached)
		return prepare_attached(cloning);
	if (rc == 0 && !request->dir)
		rc = gm_clone_guess_dir(&guess, request->url, request->is_bare);
	if (rc < 0)
		return rc;
	const char *dir = request->dir ? request->dir : gm_buf_str(&guess);
	rc = gm_clone_place_prepare(&cloning->place, dir, request->is_bare);
	if (rc == 0 && !cloning->call->json)
		gm_talk(cloning->call, "Cloning into %s'%s'...",
			request->is_bare ? "bare repository " : "", dir);
	return rc;
}

/* Take the objects of a peer as they are; the refs say later what of them is ours. */
static int link_peer(struct cloning *cloning)
{
	gm_autobuf shallow = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_store_clone_result linked;
	int rc = gm_repo_path(&shallow, cloning->peer, "shallow");

	if (rc == 0 && gm_path_exists(gm_buf_str(&shallow)))
		return gm_error(GM_ERROR,
			"'%s' is shallow: it has not all of its history",
			cloning->result->url);
	if (rc == 0)
		rc = gm_mkdirs(cloning->place.gitdir);
	if (rc == 0)
		rc = gm_store_clone(
			&linked, cloning->place.gitdir, gm_repo_store(cloning->peer));
	if (rc < 0)
		return rc;
	cloning->result->is_linked = true;
	return linked.has_segments ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT;
}

static int reopen(struct cloning *cloning, const char *gitdir)
{
	gm_repo_free(gm_steal(&cloning->call->repo));
	return gm_repo_open(&cloning->call->repo, gitdir);
}

static int add_remote(struct cloning *cloning)
{
	const char *name = cloning->request->remote;
	gm_autobuf file = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *key = gm_format("remote.%s.url", name);
	int rc = key ? gm_remote_check_name(name) : GM_ENOMEM;

	if (rc == 0 && cloning->request->is_attached)
		return gm_remote_add_attached(cloning->call->repo, name);
	if (rc == 0 && !cloning->request->is_bare)
		rc = gm_remote_add(cloning->call->repo, name, gm_buf_str(&cloning->url));
	/* Of a bare one there are no tracking refs, as with git. */
	if (rc == 0 && cloning->request->is_bare)
		rc = gm_repo_path(&file, cloning->call->repo, "config");
	if (rc == 0 && cloning->request->is_bare)
		rc = gm_config_set_file(
			gm_buf_str(&file), key, gm_buf_str(&cloning->url));
	return rc;
}

/* So that a fork can recall at once. */
static int link_index(struct cloning *cloning)
{
	gm_autobuf to = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf from = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&to, cloning->call->repo, "recall");

	if (rc == 0)
		rc = gm_repo_path(&from, cloning->peer, "recall");
	if (rc == 0)
		rc = gm_index_clone(gm_buf_str(&to), gm_buf_str(&from));
	cloning->result->has_index = rc > 0;
	return rc < 0 ? rc : 0;
}

static int make_repository(struct cloning *cloning)
{
	const char *gitdir = cloning->place.gitdir;
	int layout = cloning->peer ? link_peer(cloning) : (int)cloning->layout;
	bool created;

	if (layout < 0)
		return layout;
	int rc = gm_repo_init(&created, gitdir, "main", (enum gm_layout)layout);
	if (rc == 0)
		rc = reopen(cloning, gitdir);
	if (rc == 0 && cloning->peer && !cloning->request->is_bare)
		rc = link_index(cloning);
	if (rc == 0)
		rc = add_remote(cloning);
	return rc < 0 ? rc : reopen(cloning, gitdir); /* with its settings */
}

static int fetch(struct gm_fetch_result *out, struct cloning *cloning,
	const struct gm_remote *remote)
{
	gm_cleanup(gm_sync_free_p) struct gm_sync *sync = NULL;
	gm_autostrv all = GM_STRV_INIT;
	struct gm_call *call = cloning->call;
	const struct gm_sync_options options = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};
	struct gm_fetch_request request = {.remote = remote, .tags = GM_FETCH_TAGS_ALL};
	int rc = gm_strv_add(&all, "+refs/heads/*:refs/heads/*");

	if (cloning->request->is_bare)
		request.refspecs = &all;
	if (rc == 0)
		rc = gm_sync_start(&sync, gm_repo_dir(call->repo),
			gm_repo_config(call->repo), &options);
	return rc < 0 ? rc : gm_sync_fetch(out, sync, &request);
}

static int fill(struct cloning *cloning)
{
	gm_autofetchresult fetched = GM_FETCH_RESULT_INIT;
	gm_autoremote remote = GM_REMOTE_INIT;
	int rc = gm_remote_read(&remote, cloning->call->repo, cloning->request->remote);

	if (rc == 0)
		rc = fetch(&fetched, cloning, &remote);
	if (rc < 0)
		return rc;
	if (cloning->request->is_attached && !fetched.n)
		gm_warn("there is no memory at the project's remote yet");
	else if (fetched.is_empty)
		gm_warn("You appear to have cloned an empty repository.");
	cloning->result->n_objects = fetched.n_objects;
	cloning->result->bytes = fetched.bytes;
	return gm_clone_checkout(
		cloning->result, cloning->call, cloning->request, &remote, &fetched);
}

/* Into the layout that was asked for, where that of a peer was taken over. */
static int convert(struct cloning *cloning)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	struct gm_convert_result converted = {.n_objects = 0};
	int rc = gm_call_lock(&lock, cloning->call);

	if (rc < 0)
		return rc;
	return gm_convert(&converted, cloning->call->repo, lock, cloning->layout,
		gm_call_progress(cloning->call));
}

static int finish(struct cloning *cloning)
{
	int rc = cloning->request->is_fork
		? gm_fork_point_write(cloning->call->repo, cloning->request->remote,
			  cloning->result->branch, &cloning->result->commit)
		: 0;

	gm_repo_free(gm_steal(&cloning->call->repo));
	if (rc == 0)
		rc = gm_clone_place_finish(&cloning->place);
	return rc < 0 ? rc : reopen(cloning, cloning->place.target);
}

int gm_clone_make(struct gm_clone_result *out, struct gm_call *call,
	const struct gm_clone_request *request)
{
	gm_autocloneresult result = GM_CLONE_RESULT_INIT;
	gm_cleanup(cloning_dispose) struct cloning cloning = {.call = call,
		.request = request,
		.result = &result,
		.url = GM_BUF_INIT(GM_BUF_PATH),
		.project = GM_PROJECT_INIT,
		.place = GM_CLONE_PLACE_INIT};
	int rc = prepare(&cloning);

	if (rc == 0)
		rc = make_repository(&cloning);
	if (rc == 0)
		rc = fill(&cloning);
	if (rc == 0)
		rc = convert(&cloning);
	if (rc == 0)
		rc = finish(&cloning);
	if (rc < 0) {
		gm_repo_free(gm_steal(&call->repo));
		return rc;
	}
	*out = result;
	result = (struct gm_clone_result)GM_CLONE_RESULT_INIT;
	return 0;
}
