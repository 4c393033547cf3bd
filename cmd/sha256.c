#include "cmd/sha256.h"

#include "dag/short_id.h"

/* 1 when it is known, else 0. */
static int find(char out[GM_SHA256_HEX], struct gm_repo *repo, const struct gm_oid *oid)
{
	uint8_t name[GM_SHA256_SIZE];
	int rc = gm_store_sha256(name, gm_repo_store(repo), oid);

	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0)
		return 0;
	gm_sha256_format(out, name);
	return 1;
}

int gm_set_sha256(json_t *object, struct gm_repo *repo, const struct gm_oid *oid)
{
	char hex[GM_SHA256_HEX];
	int rc = find(hex, repo, oid);

	return rc < 0 ? rc : gm_json_set_string(object, "sha256", rc ? hex : NULL);
}

int gm_put_sha256(struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *oid)
{
	char hex[GM_SHA256_HEX];
	int rc = find(hex, repo, oid);

	return rc <= 0 ? rc : gm_buf_printf(out, "Name:   " GM_SHA256_PREFIX "%s\n", hex);
}
