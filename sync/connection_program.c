#include "base/strv.h"
#include "sync/connection_internal.h"
#include "sync/service_command.h"
#include "sync/service_failure.h"

static int start(struct gm_connection *connection)
{
	gm_cleanup(gm_strv_dispose) struct gm_strv words = GM_STRV_INIT;
	bool is_push = connection->options.service == GM_RECEIVE_PACK;
	int rc = gm_service_command(&words, &connection->url,
		is_push ? "receive-pack" : "upload-pack", connection->options.config);

	if (rc == 0)
		rc = gm_grow(&words.items, &words.cap, words.n + 1, sizeof(*words.items));
	if (rc < 0)
		return rc;
	words.items[words.n] = NULL;
	rc = gm_subprocess_start(
		&connection->process, (const char *const *)words.items, NULL);
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'%s' is needed to talk to '%s'", words.items[0],
			connection->shown);
	return rc;
}

int gm_connection_open_program(struct gm_connection *connection)
{
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = NULL;
	int rc = start(connection);

	if (rc == 0)
		rc = gm_pkt_reader_new(
			&reader, "the remote", gm_connection_read_pkt, connection);
	if (rc < 0)
		return rc;
	rc = gm_advertisement_read(&connection->advertisement, reader);
	if (rc < 0)
		return gm_service_failure(rc, &connection->url, connection->shown,
			gm_subprocess_complaint(connection->process));
	gm_subprocess_show(connection->process, &connection->text);
	return 0;
}
