/*
 * pkt-lines: the frames of Git's protocol (gitprotocol-common(5), "pkt-line Format"). Four
 * hexadecimal digits tell the size of a line, themselves among it; "0000" is a flush.
 */
#ifndef GM_SYNC_PKT_LINE_H
#define GM_SYNC_PKT_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What one line may hold (gitprotocol-common(5)), and with its size in front. */
#define GM_PKT_MAX_DATA 65516
#define GM_PKT_MAX 65520

/* Bytes of a peer, up to `size` of them; `*out` is 0 at their end. Returns 0 or an error. */
typedef int (*gm_pkt_read_fn)(size_t *out, void *data, size_t size, void *payload);

enum gm_pkt_kind {
	GM_PKT_DATA,
	GM_PKT_FLUSH,
	GM_PKT_END, /* of the bytes, where a line could have begun */
};

struct gm_pkt {
	enum gm_pkt_kind kind;
	const char
		*data; /* lent until the next line; ends in a NUL that is not counted */
	size_t size;   /* without the newline that a line of text ends in */
};

struct gm_pkt_reader;

/* Lines of what `read` gives; `name` is for messages ("the remote"). */
int gm_pkt_reader_new(
	struct gm_pkt_reader **out, const char *name, gm_pkt_read_fn read, void *payload);
void gm_pkt_reader_free(struct gm_pkt_reader *reader);
GM_DEFINE_CLEANUP(struct gm_pkt_reader, gm_pkt_reader_free)

/*
 * The next line, without a newline at its end. GM_EINVALID for what is none, or ends in the middle
 * of one.
 */
int gm_pkt_read(struct gm_pkt *out, struct gm_pkt_reader *reader);

/*
 * The same where it is no text: a newline at its end stays (side-band packets,
 * gitprotocol-pack(5)).
 */
int gm_pkt_read_raw(struct gm_pkt *out, struct gm_pkt_reader *reader);

/* Append a line; GM_ETOOBIG over GM_PKT_MAX_DATA. */
int gm_pkt_put(struct gm_buf *out, const void *data, size_t size);
int gm_pkt_printf(struct gm_buf *out, const char *fmt, ...) GM_PRINTF(2, 3);
int gm_pkt_put_flush(struct gm_buf *out);

#endif
