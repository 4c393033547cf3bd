#include "sync/connection.h"

#include "sync/connection_internal.h"
#include "sync/service_command.h"
#include "sync/service_failure.h"

static bool is_program(const struct gm_connection *connection)
{
	switch (connection->url.transport) {
	case GM_TRANSPORT_PATH:
		return true;
	case GM_TRANSPORT_SSH:
		return gm_ssh_command_exists(connection->options.config);
	case GM_TRANSPORT_GIT:
	case GM_TRANSPORT_HTTP:
	case GM_TRANSPORT_HTTPS:
		break;
	}
	return false;
}

static int prepare(
	struct gm_connection *connection, const struct gm_connection_options *options)
{
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);

	connection->options = *options;
	connection->text = (struct gm_remote_text)GM_REMOTE_TEXT_INIT(options->is_quiet);
	connection->url_text = gm_strdup(options->url);
	connection->options.url = connection->url_text;
	if (!connection->url_text)
		return GM_ENOMEM;
	int rc = gm_url_show(&shown, options->url);
	if (rc == 0)
		rc = gm_url_parse(&connection->url, options->url);
	if (rc < 0)
		return rc;
	connection->shown = gm_buf_detach(&shown);
	return connection->shown ? 0 : GM_ENOMEM;
}

int gm_connection_open(
	struct gm_connection **out, const struct gm_connection_options *options)
{
	gm_cleanup(gm_connection_free_p) struct gm_connection *connection =
		gm_calloc(1, sizeof(*connection));

	if (!connection)
		return GM_ENOMEM;
	int rc = prepare(connection, options);
	if (rc == 0)
		rc = is_program(connection) ? gm_connection_open_program(connection)
					    : gm_connection_open_smart(connection);
	if (rc < 0)
		return rc;
	connection->is_open = true;
	*out = gm_steal(&connection);
	return 0;
}

/* A service that was asked nothing but its refs is told that this was all. */
static void say_goodbye(struct gm_connection *connection)
{
	if (!connection->is_open || connection->is_spoken_to || connection->is_rpc)
		return;
	(void)gm_connection_write(connection, "0000", 4); /* it is not waited for */
}

void gm_connection_free(struct gm_connection *connection)
{
	if (!connection)
		return;
	say_goodbye(connection);
	gm_subprocess_free(connection->process);
	gm_smart_free(connection->smart);
	gm_remote_text_dispose(&connection->text);
	gm_advertisement_dispose(&connection->advertisement);
	gm_url_dispose(&connection->url);
	gm_free(connection->shown);
	gm_free(connection->url_text);
	gm_free(connection);
}

const struct gm_advertisement *gm_connection_advertisement(
	const struct gm_connection *connection)
{
	return &connection->advertisement;
}

int gm_connection_beat(struct gm_connection *connection, int rc, size_t bytes)
{
	const struct gm_connection_options *options = &connection->options;

	if (rc < 0 || !options->beat)
		return rc;
	return options->beat(bytes, options->payload);
}

int gm_connection_write(struct gm_connection *connection, const void *data, size_t size)
{
	int rc = connection->process
		? gm_subprocess_write(connection->process, data, size)
		: gm_smart_write(connection->smart, data, size);

	connection->is_spoken_to = true;
	return gm_connection_beat(connection, rc, size);
}

int gm_connection_read(
	size_t *out, struct gm_connection *connection, void *data, size_t size)
{
	int rc = connection->process
		? gm_subprocess_read(out, connection->process, data, size)
		: gm_smart_read(out, connection->smart, data, size);

	return gm_connection_beat(connection, rc, rc == 0 ? *out : 0);
}

int gm_connection_hung_up(struct gm_connection *connection)
{
	int rc = gm_error(GM_ERROR, "the remote hung up");

	return gm_service_failure(rc, &connection->url, connection->shown,
		connection->process ? gm_subprocess_complaint(connection->process) : "");
}

int gm_connection_read_pkt(size_t *out, void *data, size_t size, void *connection)
{
	return gm_connection_read(out, connection, data, size);
}
