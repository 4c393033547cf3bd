/*
 * The proxy for http(s): http.proxy, else the variables that curl and git read.
 */
#ifndef GM_SYNC_SMART_PROXY_H
#define GM_SYNC_SMART_PROXY_H

#include "base/buf.h"
#include "base/config.h"
#include "sync/url.h"

/*
 * Append its URL, nothing when there is none: http.proxy ("" for none), then $https_proxy or
 * $http_proxy, $all_proxy; none for hosts that $no_proxy lists.
 */
int gm_smart_proxy(
	struct gm_buf *out, const struct gm_url *url, const struct gm_config *config);

#endif
