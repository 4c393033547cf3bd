#include "index/lsa.h"

#include <string.h>

#include "index/kernels.h"
#include "index/lsa_model.h"

int gm_lsa_open(struct gm_lsa **out, const char *path)
{
	gm_cleanup(gm_lsa_free_p) struct gm_lsa *lsa = gm_calloc(1, sizeof(*lsa));

	if (!lsa)
		return GM_ENOMEM;
	int rc = gm_mapping_open(&lsa->mapping, path);
	if (rc < 0)
		return rc;
	lsa->mapped = true;
	rc = gm_lsa_set_bytes(lsa, lsa->mapping.ptr, lsa->mapping.size);
	if (rc < 0)
		return gm_error(rc, "'%s' is damaged, or no model of ours", path);
	*out = gm_steal(&lsa);
	return 0;
}

int gm_lsa_take(struct gm_lsa **out, struct gm_buf *bytes)
{
	gm_cleanup(gm_lsa_free_p) struct gm_lsa *lsa = gm_calloc(1, sizeof(*lsa));

	if (!lsa)
		return GM_ENOMEM;
	int rc = gm_lsa_set_bytes(lsa, gm_buf_str(bytes), bytes->size);
	if (rc < 0)
		return gm_error(rc, "a model is damaged, or none of ours");
	lsa->bytes = *bytes;
	*bytes = (struct gm_buf)GM_BUF_INIT(bytes->max);
	*out = gm_steal(&lsa);
	return 0;
}

void gm_lsa_free(struct gm_lsa *lsa)
{
	if (!lsa)
		return;
	if (lsa->mapped)
		gm_mapping_dispose(&lsa->mapping);
	gm_buf_dispose(&lsa->bytes);
	gm_free(lsa);
}

const uint8_t *gm_lsa_model(const struct gm_lsa *lsa)
{
	return lsa->id;
}

size_t gm_lsa_dims(const struct gm_lsa *lsa)
{
	return lsa->dims;
}

size_t gm_lsa_learned(const struct gm_lsa *lsa)
{
	return lsa->learned;
}

uint32_t gm_lsa_find(const struct gm_lsa *lsa, const char *text, size_t size)
{
	uint64_t hash = gm_lsa_hash(text, size);
	size_t low = 0;
	size_t high = lsa->n_terms;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lsa->hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lsa->n_terms && lsa->hashes[low] == hash ? (uint32_t)low
							      : GM_LSA_UNKNOWN;
}

void gm_lsa_add(float *sum, const struct gm_lsa *lsa, uint32_t term, float weight)
{
	lsa->dense->add_nibbles(sum, weight * lsa->factors[term],
		lsa->codes + term * (lsa->dims / 2), lsa->dims);
}

int gm_lsa_encode_query(
	float *out, const struct gm_lsa *lsa, const struct gm_lsa_term *terms, size_t n)
{
	memset(out, 0, lsa->dims * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		uint32_t term = gm_lsa_find(lsa, terms[i].text, terms[i].size);

		if (term != GM_LSA_UNKNOWN)
			gm_lsa_add(out, lsa, term, terms[i].weight);
	}
	float square = gm_kernels()->dot(out, out, lsa->dims);
	if (square > 0 && square <= 1e30F) {
		float length = __builtin_sqrtf(square);

		for (size_t k = 0; k < lsa->dims; k++)
			out[k] /= length;
		return 1;
	}
	memset(out, 0, lsa->dims * sizeof(*out));
	return 0;
}
