#include "sync/advertisement.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dag/refs.h"

/* No remote has more abilities, nor do we look at more objects besides its refs. */
#define MAX_CAPABILITIES 1024
#define MAX_HAVES 100000

/* What is put together while lines come in. */
struct gathering {
	struct gm_advertisement ad;
	size_t refs_cap;
	size_t haves_cap;
	size_t n_bytes;
	bool has_first;      /* the line that carries the capabilities came */
	bool is_last_usable; /* the last ref was taken, so that a peeled value belongs to it */
};

static int not_understood(const struct gm_pkt *pkt)
{
	return gm_error(
		GM_EINVALID, "the remote advertises what is no ref: '%.100s'", pkt->data);
}

static int check_object_format(const char *capability)
{
	static const char key[] = "object-format=";

	if (strncmp(capability, key, sizeof(key) - 1) != 0 ||
		strcmp(capability + sizeof(key) - 1, "sha1") == 0)
		return 0;
	return gm_error(GM_EINVALID,
		"the remote names its objects by '%.40s', which is not spoken here, but "
		"sha1",
		capability + sizeof(key) - 1);
}

static int add_capability(struct gathering *all, char *capability)
{
	static const char symref[] = "symref=HEAD:";
	int rc = check_object_format(capability);

	if (rc == 0 && all->ad.capabilities.n >= MAX_CAPABILITIES)
		rc = gm_error(GM_ETOOBIG, "the remote advertises too many capabilities");
	if (rc == 0)
		rc = gm_strv_add(&all->ad.capabilities, capability);
	if (rc < 0 || all->ad.head_target ||
		strncmp(capability, symref, sizeof(symref) - 1) != 0)
		return rc;
	const char *target = capability + sizeof(symref) - 1;
	if (gm_ref_check_name(target) < 0)
		return 0; /* a name that is none leads nowhere */
	all->ad.head_target = gm_strdup(target);
	return all->ad.head_target ? 0 : GM_ENOMEM;
}

/* What stands behind the NUL of the first line. */
static int add_capabilities(struct gathering *all, const char *text, size_t size)
{
	gm_autofree char *copy = gm_strndup(text, size);
	char *at = copy;
	int rc = copy ? 0 : GM_ENOMEM;

	for (char *word; rc == 0 && (word = strsep(&at, " ")) != NULL;)
		if (*word)
			rc = add_capability(all, word);
	return rc;
}

static int add_have(struct gathering *all, const struct gm_oid *oid)
{
	if (all->ad.n_haves >= MAX_HAVES)
		return 0; /* knowing fewer of them only costs bytes */
	int rc = gm_grow(
		&all->ad.haves, &all->haves_cap, all->ad.n_haves + 1, sizeof(*oid));
	if (rc == 0)
		all->ad.haves[all->ad.n_haves++] = *oid;
	return rc;
}

static int add_ref(struct gathering *all, const struct gm_oid *oid, const char *name)
{
	all->is_last_usable = gm_ref_check_name(name) == 0;
	if (!all->is_last_usable) {
		all->ad.n_unusable++;
		return 0;
	}
	if (all->ad.n >= GM_ADVERTISEMENT_MAX_REFS)
		return gm_error(GM_ETOOBIG, "the remote advertises over %d refs",
			GM_ADVERTISEMENT_MAX_REFS);
	int rc = gm_grow(
		&all->ad.refs, &all->refs_cap, all->ad.n + 1, sizeof(*all->ad.refs));
	if (rc < 0)
		return rc;
	struct gm_advertised_ref *ref = &all->ad.refs[all->ad.n];
	*ref = (struct gm_advertised_ref){.name = gm_strdup(name), .oid = *oid};
	if (!ref->name)
		return GM_ENOMEM;
	all->ad.n++;
	return 0;
}

/* The value of the tag in the line before. */
static int add_peeled(
	struct gathering *all, const struct gm_oid *oid, const char *name, size_t size)
{
	if (!all->is_last_usable)
		return 0;
	struct gm_advertised_ref *ref = all->ad.n ? &all->ad.refs[all->ad.n - 1] : NULL;
	if (ref && strlen(ref->name) == size && memcmp(ref->name, name, size) == 0)
		ref->peeled = *oid;
	return 0;
}

static int add_line(struct gathering *all, const struct gm_pkt *pkt)
{
	struct gm_oid oid;
	const char *name = pkt->data + GM_OID_HEX;

	if (pkt->size < GM_OID_HEX + 1 || pkt->data[GM_OID_HEX - 1] != ' ' ||
		!gm_oid_parse(&oid, pkt->data, GM_OID_HEX - 1))
		return not_understood(pkt);
	size_t size = strlen(name);
	bool has_more = GM_OID_HEX + size < pkt->size;
	if (has_more && all->has_first)
		return not_understood(pkt);
	int rc = has_more ? add_capabilities(all, name + size + 1,
				    pkt->size - GM_OID_HEX - size - 1)
			  : 0;
	if (rc < 0)
		return rc;
	bool is_placeholder = !all->has_first && gm_oid_is_zero(&oid) &&
		strcmp(name, "capabilities^{}") == 0;
	all->has_first = true;
	if (is_placeholder)
		return 0;
	if (strcmp(name, ".have") == 0)
		return add_have(all, &oid);
	if (size > 3 && strcmp(name + size - 3, "^{}") == 0)
		return add_peeled(all, &oid, name, size - 3);
	return add_ref(all, &oid, name);
}

static int take_line(struct gathering *all, const struct gm_pkt *pkt)
{
	struct gm_oid oid;

	all->n_bytes += pkt->size;
	if (all->n_bytes > GM_ADVERTISEMENT_MAX_SIZE)
		return gm_error(GM_ETOOBIG, "the remote advertises too much");
	if (strncmp(pkt->data, "ERR ", 4) == 0)
		return gm_error(GM_ERROR, "the remote says: %s", pkt->data + 4);
	if (!all->has_first && strcmp(pkt->data, "version 1") == 0)
		return 0;
	if (!all->has_first && strncmp(pkt->data, "version ", 8) == 0)
		return gm_error(GM_EINVALID,
			"the remote speaks %.20s of git's protocol only", pkt->data);
	if (strncmp(pkt->data, "shallow ", 8) == 0) {
		if (!gm_oid_parse(&oid, pkt->data + 8, pkt->size - 8))
			return not_understood(pkt);
		all->ad.is_shallow = true;
		return 0;
	}
	return add_line(all, pkt);
}

/* Over http the service stands before it (gitprotocol-http(5), "Smart Clients"). */
static int skip_service(struct gm_pkt *pkt, struct gm_pkt_reader *reader)
{
	int rc = gm_pkt_read(pkt, reader);

	if (rc < 0 || pkt->kind != GM_PKT_DATA ||
		strncmp(pkt->data, "# service=", 10) != 0)
		return rc;
	rc = gm_pkt_read(pkt, reader);
	if (rc == 0 && pkt->kind != GM_PKT_FLUSH)
		return not_understood(pkt);
	return rc < 0 ? rc : gm_pkt_read(pkt, reader);
}

static int gather(struct gathering *all, struct gm_pkt_reader *reader)
{
	struct gm_pkt pkt;
	int rc = skip_service(&pkt, reader);

	if (rc == 0 && pkt.kind == GM_PKT_END)
		return gm_error(GM_ENOTFOUND, "the remote hung up without a word");
	while (rc == 0 && pkt.kind == GM_PKT_DATA) {
		rc = take_line(all, &pkt);
		if (rc == 0)
			rc = gm_pkt_read(&pkt, reader);
	}
	if (rc == 0 && pkt.kind == GM_PKT_END)
		rc = gm_error(GM_EINVALID, "the remote hung up while it told its refs");
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct gm_advertised_ref *left = a;
	const struct gm_advertised_ref *right = b;

	return strcmp(left->name, right->name);
}

static int check_names(const struct gm_advertisement *ad)
{
	for (size_t i = 1; i < ad->n; i++)
		if (strcmp(ad->refs[i - 1].name, ad->refs[i].name) == 0)
			return gm_error(GM_EINVALID,
				"the remote advertises '%.100s' twice", ad->refs[i].name);
	return 0;
}

int gm_advertisement_read(struct gm_advertisement *out, struct gm_pkt_reader *reader)
{
	struct gathering all = {.ad = GM_ADVERTISEMENT_INIT};
	int rc = gather(&all, reader);

	if (rc == 0) {
		if (all.ad.n)
			qsort(all.ad.refs, all.ad.n, sizeof(*all.ad.refs), compare);
		rc = check_names(&all.ad);
	}
	if (rc < 0)
		gm_advertisement_dispose(&all.ad);
	else
		*out = all.ad;
	return rc;
}

void gm_advertisement_dispose(struct gm_advertisement *advertisement)
{
	for (size_t i = 0; i < advertisement->n; i++)
		gm_free(advertisement->refs[i].name);
	gm_free(advertisement->refs);
	gm_free(advertisement->head_target);
	gm_free(advertisement->haves);
	gm_strv_dispose(&advertisement->capabilities);
	*advertisement = (struct gm_advertisement)GM_ADVERTISEMENT_INIT;
}

const struct gm_advertised_ref *gm_advertisement_find(
	const struct gm_advertisement *advertisement, const char *name)
{
	struct gm_advertised_ref key = {.name = (char *)(uintptr_t)name};

	if (!advertisement->n)
		return NULL;
	return bsearch(&key, advertisement->refs, advertisement->n,
		sizeof(*advertisement->refs), compare);
}

const char *gm_advertisement_capability(
	const struct gm_advertisement *advertisement, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < advertisement->capabilities.n; i++) {
		const char *text = advertisement->capabilities.items[i];
		if (strncmp(text, name, size) != 0)
			continue;
		if (!text[size])
			return "";
		if (text[size] == '=')
			return text + size + 1;
	}
	return NULL;
}
