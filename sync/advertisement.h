/*
 * What a remote says first: its refs and what it can do (gitprotocol-pack(5), "Reference
 * Discovery"; version 0 of the protocol, and 1, which differs by a line). All of it is hostile
 * and bounded.
 */
#ifndef GM_SYNC_ADVERTISEMENT_H
#define GM_SYNC_ADVERTISEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "objstore/oid.h"
#include "sync/pkt_line.h"

/* More refs, or more bytes of them, are refused. */
#define GM_ADVERTISEMENT_MAX_REFS 1000000
#define GM_ADVERTISEMENT_MAX_SIZE ((size_t)128 << 20)

struct gm_advertised_ref {
	char *name; /* "HEAD", or as git-check-ref-format(1) has it */
	struct gm_oid oid;
	struct gm_oid peeled; /* what an annotated tag leads to; zero: `oid` is no tag */
};

struct gm_advertisement {
	struct gm_advertised_ref *refs; /* sorted by name, bytewise; each name once */
	size_t n;
	char *head_target; /* the ref that HEAD leads to ("refs/heads/main"); NULL: not told */
	struct gm_oid *haves; /* objects it has besides (".have"): no refs of its own */
	size_t n_haves;
	size_t n_unusable; /* refs that were passed over, as Git allows no such name */
	struct gm_strv capabilities;
	bool is_shallow; /* it has not all of its history */
};

#define GM_ADVERTISEMENT_INIT        \
	{                            \
		.refs = NULL, .n = 0 \
	}
#define gm_autoadvertisement gm_cleanup(gm_advertisement_dispose) struct gm_advertisement

/*
 * Read one. GM_EINVALID for what is none, GM_ETOOBIG over a limit, GM_ERROR with its words when
 * the remote says no, GM_ENOTFOUND when it says nothing at all.
 */
int gm_advertisement_read(struct gm_advertisement *out, struct gm_pkt_reader *reader);
void gm_advertisement_dispose(struct gm_advertisement *advertisement);

/* NULL when there is no ref of this name. Lent. */
const struct gm_advertised_ref *gm_advertisement_find(
	const struct gm_advertisement *advertisement, const char *name);

/*
 * The value of a capability ("agent", "object-format"), "" for one without a value ("atomic"),
 * NULL when the remote has it not. Lent.
 */
const char *gm_advertisement_capability(
	const struct gm_advertisement *advertisement, const char *name);

#endif
