#include "index/index.h"

#include "index/internal.h"

void gm_hit_dispose(struct gm_hit *hit)
{
	gm_free(hit->path);
	gm_strv_dispose(&hit->words);
	gm_free(hit->terms);
	gm_strv_dispose(&hit->duplicates);
}

void gm_hits_dispose(struct gm_hits *hits)
{
	for (size_t i = 0; i < hits->n; i++)
		gm_hit_dispose(&hits->items[i]);
	gm_free(hits->items);
	hits->items = NULL;
	hits->n = hits->cap = 0;
}

int gm_hits_add(struct gm_hits *hits, struct gm_hit *hit)
{
	int rc = gm_grow(&hits->items, &hits->cap, hits->n + 1, sizeof(*hits->items));

	if (rc < 0) {
		gm_hit_dispose(hit);
		return rc;
	}
	hits->items[hits->n++] = *hit;
	return 0;
}
