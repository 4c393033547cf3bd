#include "sync/libgit2.h"
#include "sync/smart_internal.h"

static int make_subtransport(
	git_smart_subtransport **out, git_transport *owner, void *connection)
{
	(void)owner;
	return gm_smart_subtransport_new(out, connection, false) < 0
		? gm_libgit2_callback_failed()
		: 0;
}

static int make_transport(git_transport **out, git_remote *owner, void *connection_ptr)
{
	struct gm_connection *connection = connection_ptr;
	git_smart_subtransport_definition definition = {.callback = make_subtransport,
		.rpc = connection->is_rpc,
		.param = connection};

	return git_transport_smart(out, owner, &definition);
}

int gm_connection_remote(
	git_remote **out, struct gm_connection *connection, git_repository *repo)
{
	git_remote_connect_options options;
	git_remote *remote = NULL;
	int rc = gm_libgit2_start();

	if (rc < 0)
		return rc;
	/* The URL is not looked at: our transport is connected already. */
	rc = git_remote_create_anonymous(&remote, repo, "git://connected.invalid/");
	if (rc == 0)
		rc = git_remote_connect_options_init(
			&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	if (rc < 0)
		return gm_libgit2_error(rc, "cannot use libgit2");
	options.callbacks.transport = make_transport;
	options.callbacks.payload = connection;
	rc = git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options);
	if (rc < 0) {
		rc = gm_libgit2_error(rc, "cannot fetch from '%s'", connection->shown);
		git_remote_free(remote);
		return rc;
	}
	*out = remote;
	return 0;
}
