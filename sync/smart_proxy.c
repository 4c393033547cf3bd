#include "sync/smart_proxy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *first_set(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);
		if (value && *value)
			return value;
	}
	return NULL;
}

/* A name in the list stands for itself and for what is below it; "*" for all. */
static bool covers(const char *name, const char *host)
{
	name += *name == '.';
	size_t name_size = strlen(name);
	size_t host_size = strlen(host);

	if (strcmp(name, "*") == 0)
		return true;
	if (!name_size || name_size > host_size ||
		strcasecmp(host + host_size - name_size, name) != 0)
		return false;
	return name_size == host_size || host[host_size - name_size - 1] == '.';
}

static int is_direct(const char *host)
{
	static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
	const char *list = first_set(names);
	gm_autofree char *copy = gm_strdup(list ? list : "");
	char *at = copy;
	bool found = false;

	if (!copy)
		return GM_ENOMEM;
	for (char *name; !found && (name = strsep(&at, ", \t")) != NULL;)
		found = covers(name, host);
	return found;
}

int gm_smart_proxy(
	struct gm_buf *out, const struct gm_url *url, const struct gm_config *config)
{
	static const char *const names[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	const char *proxy = gm_config_get(config, "http.proxy");

	if (url->transport != GM_TRANSPORT_HTTPS)
		return 0;
	if (proxy)
		return gm_buf_puts(out, proxy);
	proxy = first_set(names);
	int rc = proxy ? is_direct(url->host) : 0;
	if (rc != 0 || !proxy)
		return rc < 0 ? rc : 0;
	return gm_buf_printf(out, "%s%s", strstr(proxy, "://") ? "" : "http://", proxy);
}
