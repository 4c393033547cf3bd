/*
 * The proxy for https: http.proxy, else the variables that curl and git read. For plain http
 * libgit2 1.5 makes no use of one.
 */
#ifndef GM_SYNC_SMART_PROXY_H
#define GM_SYNC_SMART_PROXY_H

#include "base/buf.h"
#include "base/config.h"
#include "sync/url.h"

/*
 * Append its URL, nothing when there is none: http.proxy ("" for none), then $https_proxy or
 * $all_proxy; none for hosts that $no_proxy lists.
 */
int gm_smart_proxy(
	struct gm_buf *out, const struct gm_url *url, const struct gm_config *config);

#endif
