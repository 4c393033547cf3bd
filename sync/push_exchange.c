#include "sync/push_exchange.h"

#include "sync/push_commands.h"
#include "sync/push_report.h"
#include "sync/side_band.h"

/* Small writes are collected up to this. */
#define CHUNK ((size_t)64 << 10)

struct sending {
	struct gm_connection *connection;
	struct gm_buf bytes;
};

static void sending_dispose(struct sending *sending)
{
	gm_buf_dispose(&sending->bytes);
}

static int send_all(struct sending *sending)
{
	int rc = sending->bytes.size ? gm_connection_write(sending->connection,
					       sending->bytes.ptr, sending->bytes.size)
				     : 0;

	gm_buf_reset(&sending->bytes);
	return rc;
}

/* A gm_sink_fn. */
static int send_some(const void *data, size_t size, void *payload)
{
	struct sending *sending = payload;
	int rc = 0;

	if (sending->bytes.size + size > CHUNK)
		rc = send_all(sending);
	if (rc == 0 && size > CHUNK)
		return gm_connection_write(sending->connection, data, size);
	return rc < 0 ? rc : gm_buf_put(&sending->bytes, data, size);
}

static int send_commands(
	const struct gm_push_exchange *exchange, struct gm_connection *connection)
{
	gm_autobuf commands = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_push_put_commands(&commands, exchange->plan,
		gm_connection_advertisement(connection), exchange->is_atomic,
		exchange->is_quiet);

	return rc < 0 ? rc : gm_connection_write(connection, commands.ptr, commands.size);
}

/* A remote that has not all of its history may lack what a delta would be of. */
static int send_pack(
	const struct gm_push_exchange *exchange, struct gm_connection *connection)
{
	gm_cleanup(sending_dispose) struct sending sending = {
		.connection = connection, .bytes = GM_BUF_INIT(2 * CHUNK)};
	const struct gm_advertisement *advertisement =
		gm_connection_advertisement(connection);
	const struct gm_pack_stream_options options = {
		.is_thin = !advertisement->is_shallow &&
			!gm_advertisement_capability(advertisement, "no-thin"),
		.ofs_deltas =
			gm_advertisement_capability(advertisement, "ofs-delta") != NULL,
		.progress = exchange->progress,
		.payload = exchange->payload};
	int rc = gm_outgoing_stream(&exchange->plan->bytes, exchange->outgoing, &options,
		send_some, &sending);

	exchange->plan->n_objects = gm_outgoing_n(exchange->outgoing);
	return rc < 0 ? rc : send_all(&sending);
}

static int read_banded(
	const struct gm_push_exchange *exchange, struct gm_pkt_reader *reader)
{
	gm_autosideband band = GM_SIDE_BAND_INIT(reader, exchange->is_quiet);
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *inner = NULL;
	int rc = gm_pkt_reader_new(&inner, "the remote", gm_side_band_read, &band);

	if (rc == 0)
		rc = gm_push_report_read(exchange->plan, inner);
	return rc < 0 ? rc : gm_side_band_finish(&band);
}

static int read_report(
	const struct gm_push_exchange *exchange, struct gm_connection *connection)
{
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = NULL;
	int rc = gm_pkt_reader_new(
		&reader, "the remote", gm_connection_read_pkt, connection);

	if (rc < 0)
		return rc;
	return gm_push_has_bands(gm_connection_advertisement(connection))
		? read_banded(exchange, reader)
		: gm_push_report_read(exchange->plan, reader);
}

/* A remote that stops listening may have said why: its words are better than ours. */
int gm_push_exchange(
	const struct gm_push_exchange *exchange, struct gm_connection *connection)
{
	int rc = send_commands(exchange, connection);

	if (rc == 0 && exchange->outgoing)
		rc = send_pack(exchange, connection);
	if (rc < 0 && rc != GM_EPIPE)
		return rc;
	return read_report(exchange, connection);
}
