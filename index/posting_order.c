#include "index/posting_order.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

int gm_posting_order_compare(const struct gm_document *documents, uint32_t a, uint32_t b)
{
	const struct gm_document *one = &documents[a];
	const struct gm_document *other = &documents[b];

	if (one->session != other->session)
		return one->session < other->session ? -1 : 1;
	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	if (one->seq != other->seq)
		return one->seq < other->seq ? -1 : 1;
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b, void *payload)
{
	return gm_posting_order_compare(
		payload, *(const uint32_t *)a, *(const uint32_t *)b);
}

int gm_posting_order(uint32_t **out, const struct gm_document *documents, size_t n)
{
	uint32_t *order = gm_malloc(n * sizeof(*order));

	if (!order)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, n, sizeof(*order), compare, (void *)(uintptr_t)documents);
	*out = order;
	return 0;
}
