/*
 * An OpenAI-compatible endpoint for embeddings, asked over libcurl.
 */
#ifndef GM_EMBED_ENDPOINT_H
#define GM_EMBED_ENDPOINT_H

#include "base/json.h"
#include "embed/key.h"

struct gm_endpoint;

struct gm_endpoint_options {
	const char *url; /* what stands before /embeddings */
	const char *model;
	size_t dims; /* 0: what the model has */
	const struct gm_key *key;
	size_t timeout_ms; /* for one request */
};

/*
 * Nothing is sent yet. GM_EINVALID for a URL that cannot be one, or when the key would go over the
 * network in the clear. The options are lent as long as the endpoint lives.
 */
int gm_endpoint_new(struct gm_endpoint **out, const struct gm_endpoint_options *options);
void gm_endpoint_free(struct gm_endpoint *endpoint);
GM_DEFINE_CLEANUP(struct gm_endpoint, gm_endpoint_free)

/*
 * Ask for the vectors of `texts`, a JSON array of strings: a JSON array. What may be only for a
 * moment (429, 500, 502, 503, 504, a connection that breaks) is tried four times, with longer and
 * longer pauses or the pause that the server asks for. GM_EINVALID when it is these texts or the
 * answer to them that is wrong, GM_ERROR when asking for others would be of no use.
 */
int gm_endpoint_ask(json_t **out, struct gm_endpoint *endpoint, json_t *texts);

#endif
