#include <string.h>

#include "base/interrupt.h"
#include "sync/libgit2.h"
#include "sync/smart_internal.h"
#include "sync/smart_proxy.h"

/* "http://ada:secret@host/x" without what stands before the "@": it is given when asked for. */
static char *without_account(const struct gm_connection *connection)
{
	const char *text = connection->url_text;
	const char *rest = strstr(text, "://");

	if (!rest || !connection->is_rpc)
		return gm_strdup(text);
	rest += 3;
	size_t size = strcspn(rest, "/?#");
	const char *at = memrchr(rest, '@', size);
	return gm_format("%.*s%s", (int)(rest - text), text, at ? at + 1 : rest);
}

/* As git_smart_subtransport_cb: ours, around libgit2's. */
static int make_subtransport(
	git_smart_subtransport **out, git_transport *owner, void *connection_ptr)
{
	struct gm_connection *connection = connection_ptr;
	struct gm_smart *smart = connection->smart;
	int rc;

	switch (connection->url.transport) {
	case GM_TRANSPORT_GIT:
		rc = git_smart_subtransport_git(&smart->inner, owner, NULL);
		break;
	case GM_TRANSPORT_SSH:
		rc = git_smart_subtransport_ssh(&smart->inner, owner, NULL);
		break;
	case GM_TRANSPORT_HTTP:
	case GM_TRANSPORT_HTTPS:
	case GM_TRANSPORT_PATH:
	default:
		rc = git_smart_subtransport_http(&smart->inner, owner, NULL);
		break;
	}
	if (rc < 0)
		return rc;
	rc = gm_smart_subtransport_new(out, connection, true);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int make_transport(git_transport **out, git_remote *owner, void *smart_ptr)
{
	struct gm_smart *smart = smart_ptr;
	git_smart_subtransport_definition definition = {.callback = make_subtransport,
		.rpc = smart->connection->is_rpc,
		.param = smart->connection};

	return git_transport_smart(out, owner, &definition);
}

static int connect_first(struct gm_smart *smart)
{
	git_remote_connect_options options;
	bool is_push = smart->connection->options.service == GM_RECEIVE_PACK;
	gm_autobuf proxy = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_smart_proxy(
		&proxy, &smart->connection->url, smart->connection->options.config);

	if (rc < 0)
		return rc;
	rc = git_remote_connect_options_init(
		&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	if (rc < 0)
		return gm_libgit2_error(rc, "cannot use libgit2");
	if (proxy.size) {
		options.proxy_opts.type = GIT_PROXY_SPECIFIED;
		options.proxy_opts.url = proxy.ptr;
	}
	options.callbacks.transport = make_transport;
	options.callbacks.credentials = gm_smart_credentials;
	options.callbacks.payload = smart;
	options.follow_redirects = smart->is_elsewhere ? GIT_REMOTE_REDIRECT_INITIAL
						       : GIT_REMOTE_REDIRECT_NONE;
	rc = git_remote_connect_ext(smart->remote,
		is_push ? GIT_DIRECTION_PUSH : GIT_DIRECTION_FETCH, &options);
	return rc < 0 ? gm_smart_failure(rc, smart) : 0;
}

static void close_stream(struct gm_smart *smart)
{
	git_smart_subtransport_stream *stream = gm_steal(&smart->stream);

	if (stream)
		stream->free(stream);
}

/* Another try on a remote of its own. */
static int try_to_connect(struct gm_smart *smart)
{
	close_stream(smart);
	git_remote_free(smart->remote);
	smart->remote = NULL;
	int rc = git_remote_create_detached(&smart->remote, smart->url);
	return rc < 0 ? gm_libgit2_error(rc, "cannot use '%s'", smart->connection->shown)
		      : connect_first(smart);
}

/*
 * To another place on the same host we follow at once, to another host only without credentials.
 */
static int find_and_connect(struct gm_smart *smart)
{
	int rc = try_to_connect(smart);

	if (rc == GM_ERROR && smart->is_redirected) {
		gm_credential_dispose(&smart->credential); /* nobody has refused it */
		smart->is_elsewhere = true;
		rc = try_to_connect(smart);
	}
	return rc;
}

int gm_connection_open_smart(struct gm_connection *connection)
{
	struct gm_smart *smart = gm_calloc(1, sizeof(*smart));

	if (!smart)
		return GM_ENOMEM;
	connection->smart = smart;
	smart->connection = connection;
	connection->is_rpc = connection->url.transport == GM_TRANSPORT_HTTP ||
		connection->url.transport == GM_TRANSPORT_HTTPS;
	smart->url = without_account(connection);
	int rc = smart->url ? gm_libgit2_start() : GM_ENOMEM;
	if (rc == 0 && connection->url.transport == GM_TRANSPORT_HTTPS)
		rc = gm_libgit2_trust(connection->options.config);
	if (rc == 0)
		rc = find_and_connect(smart);
	if (smart->credential.source != GM_CREDENTIAL_NONE && rc == 0)
		gm_credential_tell(&smart->credential, &connection->url, true);
	return rc;
}

void gm_smart_free(struct gm_smart *smart)
{
	if (!smart)
		return;
	close_stream(
		smart); /* libgit2's own subtransports insist on its being gone first */
	git_remote_free(smart->remote);
	gm_credential_dispose(&smart->credential);
	gm_free(smart->url);
	gm_free(smart);
}

int gm_smart_request(git_smart_subtransport_stream **out, struct gm_smart *smart)
{
	int rc;

	close_stream(smart);
	rc = smart->inner->action(out, smart->inner, smart->url,
		smart->connection->options.service == GM_RECEIVE_PACK
			? GIT_SERVICE_RECEIVEPACK
			: GIT_SERVICE_UPLOADPACK);
	if (rc < 0)
		*out = NULL;
	return rc < 0 ? gm_smart_failure(rc, smart) : 0;
}

int gm_smart_write(struct gm_smart *smart, const void *data, size_t size)
{
	int rc = gm_interrupted();

	if (rc == 0 && smart->connection->is_rpc &&
		(!smart->is_request || smart->is_answering))
		rc = gm_smart_request(&smart->stream, smart);
	if (rc < 0)
		return rc;
	smart->is_request = true;
	smart->is_answering = false;
	rc = smart->stream->write(smart->stream, data, size);
	return rc < 0 ? gm_smart_failure(rc, smart) : 0;
}

int gm_smart_read(size_t *out, struct gm_smart *smart, void *data, size_t size)
{
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	smart->is_answering = true;
	rc = smart->stream->read(smart->stream, data, size, out);
	return rc < 0 ? gm_smart_failure(rc, smart) : 0;
}
