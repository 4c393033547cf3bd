/*
 * The bands that share one answer (gitprotocol-pack(5), "Packfile Data"): the data, in band 1, is
 * read through this; what is for people, in band 2, is shown on the way, and band 3 is the error
 * that ends it.
 */
#ifndef GM_SYNC_SIDE_BAND_H
#define GM_SYNC_SIDE_BAND_H

#include "sync/pkt_line.h"
#include "sync/remote_text.h"

/* Begin with GM_SIDE_BAND_INIT; `outer` is lent. */
struct gm_side_band {
	struct gm_pkt_reader *outer;
	struct gm_remote_text text;
	const char *data; /* of band 1, not read yet; inside the last line of `outer` */
	size_t size;
	bool is_ended;
};

#define GM_SIDE_BAND_INIT(outer_, is_quiet)                                 \
	{                                                                   \
		.outer = (outer_), .text = GM_REMOTE_TEXT_INIT((is_quiet)), \
		.data = NULL, .size = 0, .is_ended = false                  \
	}
#define gm_autosideband gm_cleanup(gm_side_band_dispose) struct gm_side_band
void gm_side_band_dispose(struct gm_side_band *band);

/*
 * A gm_pkt_read_fn of the data; a struct gm_side_band is the payload. GM_ERROR with the remote's
 * words when it gives up, GM_EINVALID for what is no band.
 */
int gm_side_band_read(size_t *out, void *data, size_t size, void *payload);

/* Read on to the end, for what is still told to people. More data are GM_EINVALID. */
int gm_side_band_finish(struct gm_side_band *band);

#endif
