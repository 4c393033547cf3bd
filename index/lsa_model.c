#include "index/lsa_model.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "index/bitmap.h"
#include "index/checksum.h"

struct header {
	char magic[8];
	uint32_t byte_order;
	uint32_t dims;
	uint64_t n_terms;
	uint64_t learned;
	uint8_t id[GM_LSA_MODEL_SIZE]; /* SHA-256 of all bytes, with zeros here */
};

_Static_assert(sizeof(struct header) == 64, "what follows is aligned");

static const char magic[8] = "gmlsa 1";
#define BYTE_ORDER_MARK 0x01020304

/* More than we ever write; keeps sizes within bounds. */
#define MAX_TERMS ((uint64_t)1 << 24)

/* Codes go from -7 to 7. */
#define MOST_CODE 7

uint64_t gm_lsa_hash(const char *text, size_t size)
{
	return gm_checksum(GM_CHECKSUM_INIT, text, size);
}

static size_t term_size(size_t dims)
{
	return sizeof(uint64_t) + sizeof(float) + dims / 2;
}

int gm_lsa_set_bytes(struct gm_lsa *lsa, const void *bytes, size_t size)
{
	struct header header;
	const uint8_t *at = bytes;

	if (size < sizeof(header))
		return GM_EMISMATCH;
	memcpy(&header, bytes, sizeof(header));
	if (memcmp(header.magic, magic, sizeof(magic)) != 0 ||
		header.byte_order != BYTE_ORDER_MARK || !header.dims ||
		header.dims > GM_LSA_MAX_DIMS || header.dims % GM_DENSE_LANES ||
		header.n_terms > MAX_TERMS || header.learned > GM_BITMAP_MAX_ROW ||
		size != sizeof(header) + header.n_terms * term_size(header.dims))
		return GM_EMISMATCH;
	lsa->dims = header.dims;
	lsa->n_terms = header.n_terms;
	lsa->learned = header.learned;
	memcpy(lsa->id, header.id, sizeof(lsa->id));
	at += sizeof(header);
	lsa->hashes = (const void *)at;
	at += lsa->n_terms * sizeof(*lsa->hashes);
	lsa->factors = (const void *)at;
	lsa->codes = at + lsa->n_terms * sizeof(*lsa->factors);
	lsa->dense = gm_dense();
	return 0;
}

struct named {
	uint64_t hash;
	size_t term;
};

static int by_hash(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

/* Codes of a direction, and what they are to be multiplied by. */
static float quantise(uint8_t *codes, const float *direction, size_t dims)
{
	float most = 0;

	for (size_t k = 0; k < dims; k++) {
		float size = direction[k] < 0 ? -direction[k] : direction[k];

		most = size > most ? size : most;
	}
	for (size_t k = 0; k < dims; k++) {
		float value = most > 0 ? direction[k] / most * MOST_CODE : 0;
		int code = (int)(value < 0 ? value - 0.5F : value + 0.5F) + 8;

		if (k < dims / 2)
			codes[k] = (uint8_t)code;
		else
			codes[k - dims / 2] |= (uint8_t)(code << 4);
	}
	return most / MOST_CODE;
}

/* Everything behind the header, which is small enough to be made in memory. */
static int put_terms(struct gm_buf *out, const struct gm_lsa_learned *learned)
{
	size_t n = learned->n_terms;
	size_t dims = learned->dims;
	gm_autofree struct named *named = gm_calloc(n, sizeof(*named));
	gm_autofree uint64_t *hashes = gm_calloc(n, sizeof(*hashes));
	gm_autofree float *factors = gm_calloc(n, sizeof(*factors));
	gm_autofree uint8_t *codes = gm_calloc(n, dims / 2);

	if (!named || !hashes || !factors || !codes)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		named[i] = (struct named){learned->hashes[i], i};
	if (n)
		qsort(named, n, sizeof(*named), by_hash);
	for (size_t i = 0; i < n; i++) {
		size_t term = named[i].term;

		hashes[i] = named[i].hash;
		factors[i] = learned->weights[term] *
			quantise(codes + i * (dims / 2),
				learned->directions + term * dims, dims);
	}
	int rc = gm_buf_put(out, hashes, n * sizeof(*hashes));
	if (rc == 0)
		rc = gm_buf_put(out, factors, n * sizeof(*factors));
	return rc < 0 ? rc : gm_buf_put(out, codes, n * (dims / 2));
}

static void set_id(struct header *header, const struct gm_buf *terms)
{
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	gm_sha256_update(&sha256, header, sizeof(*header));
	gm_sha256_update(&sha256, gm_buf_str(terms), terms->size);
	gm_sha256_final(header->id, &sha256);
}

int gm_lsa_write(struct gm_segment_sink *sink, const struct gm_lsa_learned *learned)
{
	gm_autobuf terms = GM_BUF_INIT(GM_BUF_LARGE);
	struct header header = {
		.byte_order = BYTE_ORDER_MARK,
		.dims = (uint32_t)learned->dims,
		.n_terms = learned->n_terms,
		.learned = learned->learned,
	};
	int rc = put_terms(&terms, learned);

	if (rc < 0)
		return rc;
	memcpy(header.magic, magic, sizeof(magic));
	set_id(&header, &terms);
	rc = gm_segment_sink_put(sink, &header, sizeof(header));
	if (rc == 0)
		rc = gm_segment_sink_put(sink, gm_buf_str(&terms), terms.size);
	return rc < 0 ? rc : gm_segment_sink_finish(sink, NULL);
}
