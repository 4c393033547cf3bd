#include "sync/advertisement.h"
#include "sync/connection.h"
#include "sync/handler.h"
#include "sync/peer.h"
#include "sync/remote.h"

static json_t *row_of(const struct gm_advertised_ref *ref)
{
	gm_autojson *row = gm_json_array();
	char hex[GM_OID_HEX];
	int rc = row ? gm_json_append(row, gm_json_string(ref->name)) : GM_ENOMEM;

	gm_oid_format(hex, &ref->oid);
	if (rc == 0)
		rc = gm_json_append(row, gm_json_string(hex));
	gm_oid_format(hex, &ref->peeled);
	if (rc == 0 && !gm_oid_is_zero(&ref->peeled))
		rc = gm_json_append(row, gm_json_string(hex));
	return rc < 0 ? NULL : gm_steal(&row);
}

static int tell(json_t **done_out, const struct gm_advertisement *advertisement)
{
	gm_autojson *done = gm_json_object();
	gm_autojson *refs = gm_json_array();
	int rc = done && refs ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < advertisement->n; i++)
		rc = gm_json_append(refs, row_of(&advertisement->refs[i]));
	if (rc == 0)
		rc = gm_json_set(done, "refs", gm_steal(&refs));
	if (rc == 0 && advertisement->head_target)
		rc = gm_json_set_string(done, "head", advertisement->head_target);
	if (rc == 0)
		*done_out = gm_steal(&done);
	return rc;
}

static int ask_peer(json_t **done_out, const char *gitdir)
{
	gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
	gm_cleanup(gm_repo_free_p) struct gm_repo *peer = NULL;
	int rc = gm_repo_open(&peer, gitdir);

	if (rc == 0)
		rc = gm_peer_advertise(&advertisement, peer);
	return rc < 0 ? rc : tell(done_out, &advertisement);
}

static int ask_service(
	json_t **done_out, struct gm_worker *worker, const char *url, bool for_push)
{
	gm_cleanup(gm_connection_free_p) struct gm_connection *connection = NULL;
	const struct gm_connection_options options = {
		.url = url,
		.service = for_push ? GM_RECEIVE_PACK : GM_UPLOAD_PACK,
		.config = gm_worker_config(worker),
		.is_quiet = gm_worker_is_quiet(worker),
		.beat = gm_worker_beat_fn,
		.payload = worker,
	};
	int rc = gm_connection_open(&connection, &options);

	return rc < 0 ? rc : tell(done_out, gm_connection_advertisement(connection));
}

int gm_handle_ls_refs(json_t **done_out, struct gm_worker *worker, const json_t *request)
{
	const char *key = json_string_value(json_object_get(request, "remote"));
	bool for_push = json_is_true(json_object_get(request, "push"));
	gm_autoremote remote = GM_REMOTE_INIT;
	gm_autobuf gitdir = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_repo *repo = NULL;

	(void)gm_worker_repo(&repo, worker); /* a URL needs none */
	int rc = key ? gm_remote_read(&remote, repo, key)
		     : gm_error(GM_EINVALID, "no remote is named");
	if (rc < 0)
		return rc;
	const char *url = for_push ? remote.push_url : remote.url;
	rc = gm_peer_of_remote(&gitdir, &remote, for_push);
	if (rc < 0)
		return rc;
	return rc ? ask_peer(done_out, gm_buf_str(&gitdir))
		  : ask_service(done_out, worker, url, for_push);
}
