#include "sync/side_band.h"

#include <string.h>

enum {
	BAND_DATA = 1,
	BAND_TEXT = 2,
	BAND_ERROR = 3,
};

void gm_side_band_dispose(struct gm_side_band *band)
{
	gm_remote_text_dispose(&band->text);
}

/* One line of all bands. */
static int read_line(struct gm_side_band *band)
{
	struct gm_pkt pkt;
	int rc = gm_pkt_read_raw(&pkt, band->outer);

	if (rc < 0)
		return rc;
	if (pkt.kind != GM_PKT_DATA) {
		band->is_ended = true;
		return pkt.kind == GM_PKT_FLUSH
			? 0
			: gm_error(GM_EINVALID, "the remote ended before its answer did");
	}
	const char *data = pkt.data + 1;
	size_t size = pkt.size ? pkt.size - 1 : 0;
	switch (pkt.size ? pkt.data[0] : 0) {
	case BAND_DATA:
		band->data = data;
		band->size = size;
		return 0;
	case BAND_TEXT:
		gm_remote_text_put(&band->text, data, size);
		return 0;
	case BAND_ERROR:
		while (size && data[size - 1] == '\n')
			size--;
		return gm_error(GM_ERROR, "the remote gave up: %.*s", (int)size, data);
	default:
		return gm_error(GM_EINVALID, "the remote's answer is not in bands");
	}
}

int gm_side_band_read(size_t *out, void *data, size_t size, void *payload)
{
	struct gm_side_band *band = payload;
	int rc = 0;

	while (rc == 0 && !band->size && !band->is_ended)
		rc = read_line(band);
	if (rc < 0)
		return rc;
	if (size > band->size)
		size = band->size;
	if (size)
		memcpy(data, band->data, size);
	band->data += size;
	band->size -= size;
	*out = size;
	return 0;
}

int gm_side_band_finish(struct gm_side_band *band)
{
	int rc = 0;

	while (rc == 0 && !band->size && !band->is_ended)
		rc = read_line(band);
	if (rc == 0 && band->size)
		rc = gm_error(GM_EINVALID, "the remote says more than an answer");
	return rc;
}
