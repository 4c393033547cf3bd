#include <string.h>

#include "base/interrupt.h"
#include "sync/libgit2.h"
#include "sync/service_failure.h"
#include "sync/smart_internal.h"

struct subtransport {
	git_smart_subtransport parent;
	struct gm_connection *connection;
	bool is_first;
	struct stream *stream; /* the one that is open; of whoever asked for it */
};

/* First the advertisement, then what comes over the connection. */
struct stream {
	git_smart_subtransport_stream parent;
	struct gm_connection *connection;
	struct gm_buf text;
	size_t at;
	git_smart_subtransport_stream
		*request; /* over http: one request and its answer */
};

static struct subtransport *owner_of(struct stream *stream)
{
	return (struct subtransport *)stream->parent.subtransport;
}

/* Only without side-bands does a fetch end with the connection. */
static int read_on(size_t *out, struct gm_connection *connection, char *data, size_t size)
{
	int rc = gm_connection_read(out, connection, data, size);

	if (rc == 0 && !*out &&
		gm_advertisement_capability(&connection->advertisement, "side-band-64k"))
		rc = gm_connection_hung_up(connection);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int stream_read(
	git_smart_subtransport_stream *parent, char *data, size_t size, size_t *out)
{
	struct stream *stream = (struct stream *)parent;
	size_t left = stream->text.size - stream->at;

	*out = 0;
	if (gm_interrupted() < 0)
		return gm_libgit2_callback_failed();
	if (left) {
		*out = left < size ? left : size;
		memcpy(data, stream->text.ptr + stream->at, *out);
		stream->at += *out;
		return 0;
	}
	if (!stream->request && stream->connection->is_rpc)
		return 0; /* the advertisement's own request has ended */
	if (!stream->request)
		return read_on(out, stream->connection, data, size);
	int rc = stream->request->read(stream->request, data, size, out);
	if (rc < 0)
		return rc;
	rc = gm_connection_beat(stream->connection, 0, *out);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int stream_write(
	git_smart_subtransport_stream *parent, const char *data, size_t size)
{
	struct stream *stream = (struct stream *)parent;

	if (gm_interrupted() < 0)
		return gm_libgit2_callback_failed();
	if (stream->request)
		return stream->request->write(stream->request, data, size);
	/* The transport that only connected says goodbye: not its business. */
	if (owner_of(stream)->is_first)
		return 0;
	int rc = gm_connection_write(stream->connection, data, size);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static void stream_free(git_smart_subtransport_stream *parent)
{
	struct stream *stream = (struct stream *)parent;

	if (!stream)
		return;
	if (owner_of(stream)->stream == stream)
		owner_of(stream)->stream = NULL;
	if (stream->request)
		stream->request->free(stream->request);
	gm_buf_dispose(&stream->text);
	gm_free(stream);
}

static struct stream *stream_new(struct subtransport *subtransport)
{
	struct stream *stream = gm_calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->parent =
		(git_smart_subtransport_stream){.subtransport = &subtransport->parent,
			.read = stream_read,
			.write = stream_write,
			.free = stream_free};
	stream->connection = subtransport->connection;
	stream->text = (struct gm_buf)GM_BUF_INIT(2 * GM_ADVERTISEMENT_MAX_SIZE);
	return stream;
}

/* What libgit2's own subtransport gives, as gm_pkt_read_fn. */
static int read_inner(size_t *out, void *data, size_t size, void *payload)
{
	struct gm_smart *smart = payload;
	int rc = smart->stream->read(smart->stream, data, size, out);

	smart->is_broken = rc < 0;
	if (rc < 0)
		return gm_smart_failure(rc, smart);
	rc = gm_interrupted();
	return gm_connection_beat(smart->connection, rc, *out);
}

/* Read what the remote advertises before libgit2 sees any of it. */
static int read_advertisement(
	struct gm_connection *connection, const char *url, git_smart_service_t service)
{
	struct gm_smart *smart = connection->smart;
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = NULL;
	int rc = smart->inner->action(&smart->stream, smart->inner, url, service);

	if (rc < 0) {
		smart->stream = NULL; /* libgit2 leaves one behind that it has freed */
		return gm_smart_failure(rc, smart);
	}
	rc = gm_pkt_reader_new(&reader, "the remote", read_inner, smart);
	if (rc == 0)
		rc = gm_advertisement_read(&connection->advertisement, reader);
	if (rc < 0 && !smart->is_broken)
		rc = gm_service_failure(rc, &connection->url, connection->shown, "");
	return rc;
}

static int start_over(git_smart_subtransport_stream **out,
	struct subtransport *subtransport, const char *url, git_smart_service_t service)
{
	struct gm_connection *connection = subtransport->connection;
	struct stream *stream;
	int rc =
		subtransport->is_first ? read_advertisement(connection, url, service) : 0;

	if (rc < 0)
		return rc;
	stream = stream_new(subtransport);
	if (!stream)
		return GM_ENOMEM;
	rc = gm_smart_put_advertisement(&stream->text, connection);
	if (rc < 0) {
		stream_free(&stream->parent);
		return rc;
	}
	subtransport->stream = stream;
	*out = &stream->parent;
	return 0;
}

static int start_request(
	git_smart_subtransport_stream **out, struct subtransport *subtransport)
{
	struct stream *stream = stream_new(subtransport);

	if (!stream)
		return GM_ENOMEM;
	int rc = gm_smart_request(&stream->request, subtransport->connection->smart);
	if (rc < 0) {
		stream_free(&stream->parent);
		return rc;
	}
	subtransport->stream = stream;
	*out = &stream->parent;
	return 0;
}

static int action(git_smart_subtransport_stream **out, git_smart_subtransport *parent,
	const char *url, git_smart_service_t service)
{
	struct subtransport *subtransport = (struct subtransport *)parent;
	int rc;

	switch (service) {
	case GIT_SERVICE_UPLOADPACK_LS:
	case GIT_SERVICE_RECEIVEPACK_LS:
		rc = start_over(out, subtransport, url, service);
		break;
	case GIT_SERVICE_UPLOADPACK:
	case GIT_SERVICE_RECEIVEPACK:
	default:
		if (!subtransport->connection->is_rpc && subtransport->stream) {
			*out = &subtransport->stream->parent;
			return 0;
		}
		rc = start_request(out, subtransport);
		break;
	}
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int close_subtransport(git_smart_subtransport *parent)
{
	struct subtransport *subtransport = (struct subtransport *)parent;
	git_smart_subtransport *inner =
		subtransport->is_first ? subtransport->connection->smart->inner : NULL;

	return inner ? inner->close(inner) : 0;
}

static void free_subtransport(git_smart_subtransport *parent)
{
	struct subtransport *subtransport = (struct subtransport *)parent;

	if (subtransport->is_first && subtransport->connection->smart->inner) {
		git_smart_subtransport *inner =
			gm_steal(&subtransport->connection->smart->inner);
		inner->free(inner);
	}
	gm_free(subtransport);
}

int gm_smart_subtransport_new(
	git_smart_subtransport **out, struct gm_connection *connection, bool is_first)
{
	struct subtransport *subtransport = gm_calloc(1, sizeof(*subtransport));

	if (!subtransport)
		return GM_ENOMEM;
	subtransport->parent = (git_smart_subtransport){
		.action = action, .close = close_subtransport, .free = free_subtransport};
	subtransport->connection = connection;
	subtransport->is_first = is_first;
	*out = &subtransport->parent;
	return 0;
}
