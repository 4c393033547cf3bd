/*
 * A look at a pack as it streams by (gitformat-pack(5)), before anybody makes objects of it: what
 * each entry says of its size is true, and within bounds, also of what a delta makes. So a small
 * pack cannot have its reader take memory without end.
 */
#ifndef GM_OBJSTORE_PACK_SCAN_H
#define GM_OBJSTORE_PACK_SCAN_H

#include <stddef.h>

#include "base/mem.h"

struct gm_pack_scan;

/* No object may be, or say that it is, larger than `max_size` bytes. gm_pack_scan_free(). */
int gm_pack_scan_new(struct gm_pack_scan **out, size_t max_size);
void gm_pack_scan_free(struct gm_pack_scan *scan);
GM_DEFINE_CLEANUP(struct gm_pack_scan, gm_pack_scan_free)

/*
 * The next bytes of the pack. GM_EMISMATCH when it is damaged, GM_ETOOBIG for an object that is
 * too large. Checksums, and what the objects are, are for others to see to.
 */
int gm_pack_scan_put(struct gm_pack_scan *scan, const void *data, size_t size);

/* GM_EMISMATCH when the pack has not come to its end. */
int gm_pack_scan_end(const struct gm_pack_scan *scan);

/* How many objects the pack says it has; 0 before that is known. */
size_t gm_pack_scan_n(const struct gm_pack_scan *scan);

#endif
