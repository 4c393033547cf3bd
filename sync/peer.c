#include "sync/peer.h"

#include <string.h>

#include "dag/commit.h"
#include "sync/peer_copy.h"
#include "sync/peer_ref.h"

bool gm_peer_ref_is_hidden(const char *name)
{
	static const char *const travel[] = {"refs/gitmem/heads/", "refs/gitmem/tags/"};

	for (size_t i = 0; i < sizeof(travel) / sizeof(*travel); i++)
		if (!strncmp(name, travel[i], strlen(travel[i])))
			return false;
	return !strncmp(name, "refs/gitmem/", 12) || !strncmp(name, "refs/bisect/", 12);
}

struct advertising {
	struct gm_advertisement *out;
	struct gm_store *store;
	size_t cap;
	size_t cap_haves;
};

static int add_have(struct advertising *advertising, const struct gm_oid *oid)
{
	struct gm_advertisement *out = advertising->out;
	int rc = gm_grow(&out->haves, &advertising->cap_haves, out->n_haves + 1,
		sizeof(*out->haves));

	if (rc == 0)
		out->haves[out->n_haves++] = *oid;
	return rc;
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct advertising *advertising = payload;
	struct gm_advertisement *out = advertising->out;
	struct gm_advertised_ref ref = {.oid = *oid, .peeled = gm_oid_zero};
	enum gm_object_type type;
	size_t size;

	if (gm_peer_ref_is_hidden(name))
		return add_have(advertising, oid);
	int rc = gm_store_read_header(&type, &size, advertising->store, oid);
	if (rc == 0 && type == GM_OBJECT_TAG)
		rc = gm_object_peel(&ref.peeled, &type, advertising->store, oid);
	if (rc < 0)
		return gm_error_prefix("%s", name);
	rc = gm_grow(&out->refs, &advertising->cap, out->n + 1, sizeof(*out->refs));
	if (rc < 0)
		return rc;
	ref.name = gm_strdup(name);
	if (!ref.name)
		return GM_ENOMEM;
	out->refs[out->n++] = ref;
	return 0;
}

/* It is the first by name. */
static int add_head(struct advertising *advertising, struct gm_refs *refs)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_ref_read_symbolic(&target, refs, "HEAD");

	if (rc == 0)
		advertising->out->head_target = gm_strdup(gm_buf_str(&target));
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == 0 && !advertising->out->head_target)
		return GM_ENOMEM;
	rc = gm_ref_read(&oid, NULL, refs, "HEAD");
	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : add_ref("HEAD", &oid, advertising);
}

int gm_peer_advertise(struct gm_advertisement *out, struct gm_repo *peer)
{
	gm_autoadvertisement advertisement = GM_ADVERTISEMENT_INIT;
	struct advertising advertising = {
		.out = &advertisement, .store = gm_repo_store(peer)};
	int rc = add_head(&advertising, gm_repo_refs(peer));

	if (rc == 0)
		rc = gm_refs_each(gm_repo_refs(peer), "refs/", add_ref, &advertising);
	if (rc < 0)
		return rc;
	*out = advertisement;
	advertisement = (struct gm_advertisement)GM_ADVERTISEMENT_INIT;
	return 0;
}

static int add_have_of(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	return gm_outgoing_have(payload, oid);
}

int gm_peer_fetch(struct gm_batch **batch_out, struct gm_peer_copied *out,
	struct gm_repo *repo, struct gm_repo *peer, const struct gm_oid *wants, size_t n,
	const struct gm_peer_options *options)
{
	gm_cleanup(gm_outgoing_free_p) struct gm_outgoing *outgoing = NULL;
	int rc = gm_outgoing_new(&outgoing, gm_repo_store(peer));

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_outgoing_want(outgoing, &wants[i]);
	if (rc == 0)
		rc = gm_refs_each(gm_repo_refs(repo), "refs/", add_have_of, outgoing);
	if (rc == 0)
		rc = gm_outgoing_walk(outgoing, NULL, NULL);
	if (rc < 0)
		return rc;
	return gm_peer_copy(batch_out, out, gm_repo_store(repo), gm_repo_store(peer),
		outgoing, options);
}
