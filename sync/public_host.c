#include "sync/public_host.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const hosts[] = {"bitbucket.org", "codeberg.org", "disroot.org",
	"framagit.org", "gitea.com", "gitee.com", "github.com", "gitlab.com",
	"huggingface.co", "launchpad.net", "notabug.org", "pagure.io", "salsa.debian.org",
	"savannah.gnu.org", "sourceforge.net", "sr.ht"};

/* The host itself or one below it. */
static bool is_of(const char *host, const char *domain)
{
	size_t size = strlen(host), domain_size = strlen(domain);

	return size >= domain_size && !strcasecmp(host + size - domain_size, domain) &&
		(size == domain_size || host[size - domain_size - 1] == '.');
}

bool gm_host_is_public(const char *host)
{
	for (size_t i = 0; host && i < sizeof(hosts) / sizeof(*hosts); i++)
		if (is_of(host, hosts[i]))
			return true;
	return false;
}
