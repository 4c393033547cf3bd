/* What a remote says first: refs that are taken have names that git allows, sorted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dag/refs.h"
#include "sync/advertisement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
	const uint8_t *data;
	size_t size;
};

static int speak(size_t *out, void *data, size_t size, void *payload)
{
	struct peer *peer = payload;
	size_t n = peer->size < size ? peer->size : size;

	if (n)
		memcpy(data, peer->data, n);
	peer->data += n;
	peer->size -= n;
	*out = n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer peer = {data, size};
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader = NULL;
	gm_autoadvertisement ad = GM_ADVERTISEMENT_INIT;

	if (gm_pkt_reader_new(&reader, "the remote", speak, &peer) < 0 ||
		gm_advertisement_read(&ad, reader) < 0)
		return 0;
	for (size_t i = 0; i < ad.n; i++)
		if (gm_ref_check_name(ad.refs[i].name) < 0 ||
			(i && strcmp(ad.refs[i - 1].name, ad.refs[i].name) >= 0))
			abort();
	return 0;
}
