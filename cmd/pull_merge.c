#include "cmd/pull_merge.h"

#include <string.h>

#include "base/interrupt.h"
#include "dag/upstream.h"
#include "sync/remote.h"
#include "sync/url.h"

/* What a ref of a remote is called: "branch 'main'". */
static int put_name(struct gm_buf *out, const char *ref)
{
	static const struct {
		const char *prefix, *name;
	} kinds[] = {
		{"refs/heads/", "branch "},
		{"refs/gitmem/heads/", "branch "},
		{"refs/tags/", "tag "},
		{"refs/gitmem/tags/", "tag "},
		{"refs/", ""},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(ref, kinds[i].prefix, strlen(kinds[i].prefix)))
			return gm_buf_printf(out, "%s'%s'", kinds[i].name,
				ref + strlen(kinds[i].prefix));
	return gm_buf_printf(out, "'%s'", ref);
}

/* What comes behind the user, whose name and password are nobody's business. */
static const char *skip_user(const char *text, const char *end)
{
	for (const char *at = end; at > text; at--)
		if (at[-1] == '@')
			return at;
	return text;
}

/* The last part of a path, whatever slashes are behind it. */
static const char *last_part(const char *path)
{
	size_t size = strlen(path);

	while (size > 0 && path[size - 1] == '/')
		size--;
	while (size > 0 && path[size - 1] != '/')
		size--;
	return path + size;
}

/* A URL without the user. */
static int put_url(struct gm_buf *out, const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	int rc = gm_buf_put(out, url, (size_t)(host - url));

	if (rc < 0)
		return rc;
	return gm_buf_puts(
		out, skip_user(host, host + strcspn(host, scheme ? "/" : ":/")));
}

/*
 * Where it came from, as git writes it in messages: no user, no slashes at the end, no ".git".
 * What folders are called on this machine does not go into a history that others read: of a
 * path it is the name of the remote or, when it has none, that of the last folder.
 */
static int put_place(struct gm_buf *out, const struct gm_remote *remote)
{
	gm_autourl url = GM_URL_INIT;
	const size_t start = out->size;
	int rc = gm_url_parse(&url, remote->url);

	if (rc < 0)
		return rc;
	if (url.transport != GM_TRANSPORT_PATH)
		rc = put_url(out, remote->url);
	else if (remote->name)
		return gm_buf_puts(out, remote->name);
	else
		rc = gm_buf_puts(out, last_part(remote->url));
	if (rc < 0)
		return rc;
	while (out->size > start + 1 && out->ptr[out->size - 1] == '/')
		out->ptr[--out->size] = '\0';
	if (out->size > start + 4 && !memcmp(out->ptr + out->size - 4, ".git", 4))
		out->ptr[out->size -= 4] = '\0';
	return 0;
}

/* "Merge branch 'main' of PLACE into dev", as git's pull says (git-fmt-merge-msg(1)). */
static int put_message(struct gm_buf *out, const struct gm_pull_request *request,
	const struct gm_head *head)
{
	const char *into = head->branch ? head->branch : "HEAD";
	int rc = gm_buf_puts(out, "Merge ");

	if (rc == 0)
		rc = put_name(out, request->remote_ref);
	if (rc == 0)
		rc = gm_buf_puts(out, " of ");
	if (rc == 0)
		rc = put_place(out, request->remote);
	if (rc == 0 && strcmp(into, "main") != 0 && strcmp(into, "master") != 0)
		rc = gm_buf_printf(out, " into %s", into);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* What a merge that waits is called: "origin/main", or what was named. */
static int put_short_name(struct gm_buf *out, const struct gm_pull_request *request)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_remote_tracking_ref(&ref, request->remote, request->remote_ref);

	if (rc < 0)
		return rc;
	if (ref.size)
		return gm_buf_puts(out, gm_upstream_name(gm_buf_str(&ref)));
	rc = put_name(out, request->remote_ref);
	if (rc == 0)
		rc = gm_buf_puts(out, " of ");
	return rc < 0 ? rc : put_place(out, request->remote);
}

static int read_head(struct gm_writer *writer, const struct gm_pull_request *request)
{
	struct gm_call *call = writer->call;

	if (!request->branch)
		return gm_call_head_to_write(&writer->head, &writer->start, call);
	return gm_head_read(&writer->head, call->repo, request->branch);
}

static int merge(struct gm_merge_job *job, const struct gm_pull_request *request)
{
	gm_autobuf message = GM_BUF_INIT(GM_MERGE_MAX_MESSAGE);
	gm_autobuf name = GM_BUF_INIT(GM_MERGE_MAX_NAME);
	enum gm_object_type type;
	struct gm_merge_request merge = {.strategy = request->strategy,
		.dry_run = request->dry_run,
		.no_ff = request->no_ff,
		.ff_only = request->ff_only,
		.allow_unrelated = request->allow_unrelated};
	int rc = read_head(&job->writer, request);

	if (rc == 0)
		rc = gm_object_peel(&merge.theirs, &type, gm_repo_store(job->call->repo),
			&request->theirs);
	if (rc == 0 && type != GM_OBJECT_COMMIT)
		rc = gm_error(GM_EINVALID, "'%s' of the remote is no commit",
			request->remote_ref);
	if (rc == 0)
		rc = put_message(&message, request, &job->writer.head);
	if (rc == 0)
		rc = put_short_name(&name, request);
	merge.message = gm_buf_str(&message);
	merge.name = gm_buf_str(&name);
	if (rc == 0)
		rc = gm_merge_job_plan(job, &merge);
	return rc < 0 || request->dry_run ? rc : gm_merge_job_make(job);
}

int gm_pull_merge(struct gm_merge_job *out, struct gm_call *call,
	const struct gm_pull_request *request)
{
	const struct gm_merge_rescue rescue = {
		.remote = request->remote->name ? request->remote->name : "",
		.remote_ref = request->remote_ref};

	out->call = call;
	out->writer.call = call;
	out->writer.no_verify = request->no_verify;
	out->action = request->action;
	out->rescue = &rescue;
	int rc = merge(out, request);
	out->rescue = NULL;
	gm_interrupt_heed();
	return rc;
}

static int set_ref(json_t *object, const char *key, const struct gm_buf *ref)
{
	return gm_json_set_string(object, key, ref->size ? gm_buf_str(ref) : NULL);
}

int gm_merge_job_rescue_json(json_t **out, const struct gm_merge_job *job)
{
	gm_autojson *object = NULL;
	int rc;

	if (!job->ours_kept.size) {
		*out = json_null();
		return 0;
	}
	object = gm_json_object();
	rc = object ? set_ref(object, "ours", &job->ours_kept) : GM_ENOMEM;
	if (rc == 0)
		rc = set_ref(object, "theirs", &job->theirs_kept);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}
