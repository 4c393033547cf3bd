#include "sync/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* A lone user name of this length is taken for a token, which is a password. */
#define TOKEN_SIZE 20

static const struct {
	const char *name;
	enum gm_transport transport;
} schemes[] = {
	{"ssh", GM_TRANSPORT_SSH},
	{"git+ssh", GM_TRANSPORT_SSH},
	{"ssh+git", GM_TRANSPORT_SSH},
	{"git", GM_TRANSPORT_GIT},
	{"http", GM_TRANSPORT_HTTP},
	{"https", GM_TRANSPORT_HTTPS},
	{"file", GM_TRANSPORT_PATH},
};

void gm_url_dispose(struct gm_url *url)
{
	gm_free(url->user);
	gm_free(url->password);
	gm_free(url->host);
	gm_free(url->port);
	gm_free(url->path);
}

static int refuse(const char *why)
{
	return gm_error(GM_EINVALID, "%s", why);
}

/* The length of a scheme with "://" behind it; 0 when it is no URL. */
static size_t scheme_size(const char *text)
{
	size_t size = 0;

	if (!isalpha((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[size]) ||
		(text[size] && strchr("+-.", text[size])))
		size++;
	return strncmp(text + size, "://", 3) == 0 ? size : 0;
}

static bool has_control(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (iscntrl((unsigned char)text[i]))
			return true;
	return false;
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* A copy without %XX. What it hides is looked at like everything else. */
static int decode(char **out, const char *text, size_t size)
{
	gm_autofree char *copy = gm_malloc(size + 1);
	size_t n = 0;

	if (!copy)
		return GM_ENOMEM;
	for (size_t i = 0; i < size; i++) {
		int high = i + 2 < size && text[i] == '%' ? hex_value(text[i + 1]) : -1;
		int low = high >= 0 ? hex_value(text[i + 2]) : -1;
		copy[n++] = low >= 0 ? (char)(high << 4 | low) : text[i];
		i += low >= 0 ? 2 : 0;
	}
	copy[n] = '\0';
	if (has_control(copy, n))
		return refuse("it has a control character in it");
	*out = gm_steal(&copy);
	return 0;
}

static int copy(char **out, const char *text, size_t size)
{
	*out = gm_strndup(text, size);
	return *out ? 0 : GM_ENOMEM;
}

/* memrchr(3), which sanitizers make gcc complain of. */
static const char *last_of(const char *text, size_t size, char c)
{
	while (size && text[size - 1] != c)
		size--;
	return size ? text + size - 1 : NULL;
}

static int take_port(struct gm_url *out, const char *text, size_t size)
{
	if (!size)
		return 0;
	if (size > 5 || strspn(text, "0123456789") < size)
		return refuse("the port is no number");
	return copy(&out->port, text, size);
}

/* `host`, `host:port`, `[host]`, `[host]:port`. */
static int take_host(struct gm_url *out, const char *text, size_t size)
{
	size_t host = size;
	const char *rest = NULL;
	bool has_brackets = size && *text == '[';

	if (has_brackets) {
		const char *end = memchr(text, ']', size);
		if (!end)
			return refuse("a bracket is not closed");
		text++;
		host = (size_t)(end - text);
		size -= 1;
		if (host + 1 < size && end[1] != ':')
			return refuse(
				"nothing but a port stands behind a host in brackets");
		rest = host + 1 < size ? end + 1 : NULL;
	} else {
		rest = memchr(text, ':', size);
		host = rest ? (size_t)(rest - text) : size;
	}
	if (!host)
		return refuse("it names no host");
	if (*text == '-')
		return refuse("a host cannot begin with '-'");
	for (size_t i = 0; i < host; i++)
		if (!isalnum((unsigned char)text[i]) &&
			!strchr(has_brackets ? ".-_:%" : ".-_", text[i]) &&
			!((unsigned char)text[i] & 0x80))
			return refuse(
				"the host has a character in it that it cannot have");
	int rc = copy(&out->host, text, host);
	if (rc < 0 || !rest)
		return rc;
	return take_port(out, rest + 1, (size_t)(text + size - rest - 1));
}

static int take_user(struct gm_url *out, const char *text, size_t size)
{
	const char *colon = memchr(text, ':', size);
	int rc = decode(&out->user, text, colon ? (size_t)(colon - text) : size);

	if (rc == 0 && colon)
		rc = decode(&out->password, colon + 1, (size_t)(text + size - colon - 1));
	if (rc == 0 && *out->user == '-')
		rc = refuse("a user cannot begin with '-'");
	return rc;
}

/* `[user[:password]@]host[:port]` */
static int take_authority(struct gm_url *out, const char *text, size_t size)
{
	const char *at = last_of(text, size, '@');

	if (at) {
		/* Who reads the first and who the last would send a password elsewhere. */
		if (out->transport != GM_TRANSPORT_SSH &&
			memchr(text, '@', (size_t)(at - text)))
			return refuse("it has more than one '@' before the host");
		int rc = take_user(out, text, (size_t)(at - text));
		if (rc < 0)
			return rc;
		size -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	return take_host(out, text, size);
}

/* Programs get it as an argument. */
static int check_path(const struct gm_url *url)
{
	if (!*url->path)
		return refuse("it names no path");
	if (*url->path == '-' && url->transport == GM_TRANSPORT_SSH)
		return refuse("a path cannot begin with '-'");
	return 0;
}

static int parse_url(struct gm_url *out, const char *scheme, size_t size)
{
	const char *authority = scheme + size + 3;
	size_t length = strcspn(authority, "/?#");
	const char *path = authority + length;
	size_t i = 0;
	int rc = 0;

	while (i < sizeof(schemes) / sizeof(*schemes) &&
		(strlen(schemes[i].name) != size ||
			strncasecmp(schemes[i].name, scheme, size) != 0))
		i++;
	if (i == sizeof(schemes) / sizeof(*schemes))
		return gm_error(GM_EINVALID, "there is no way to reach '%.*s://'",
			(int)(size < 32 ? size : 32), scheme);
	out->transport = schemes[i].transport;
	if (out->transport != GM_TRANSPORT_PATH)
		rc = take_authority(out, authority, length);
	if (rc < 0)
		return rc;
	if (out->transport == GM_TRANSPORT_HTTP || out->transport == GM_TRANSPORT_HTTPS)
		return *path ? copy(&out->path, path, strlen(path))
			     : copy(&out->path, "/", 1);
	if (out->transport == GM_TRANSPORT_SSH && path[0] == '/' && path[1] == '~')
		path++;
	return decode(&out->path, path, strlen(path));
}

/* Where the path of `host:path` begins; NULL when it is a path as a whole. */
static const char *scp_path(const char *text)
{
	const char *bracket = *text == '[' ? text : strstr(text, "@[");
	const char *colon;

	if (bracket && strcspn(text, "/:") > (size_t)(bracket - text)) {
		colon = strstr(bracket, "]:");
		return colon ? colon + 2 : NULL;
	}
	colon = strchr(text, ':');
	return colon && strcspn(text, "/") > (size_t)(colon - text) ? colon + 1 : NULL;
}

static int parse_scp(struct gm_url *out, const char *text, const char *path)
{
	size_t size = (size_t)(path - 1 - text);
	const char *at = last_of(text, size, '@');
	const char *host = at ? at + 1 : text;
	size_t host_size = size - (size_t)(host - text);
	int rc = 0;

	out->transport = GM_TRANSPORT_SSH;
	if (*path == ':')
		return refuse("helpers of transports are not run");
	if (at)
		rc = copy(&out->user, text, (size_t)(at - text));
	if (rc == 0 && at && *out->user == '-')
		rc = refuse("a user cannot begin with '-'");
	/* `[host:port]:path` is git's own way to give a port. */
	if (host_size > 2 && *host == '[') {
		const char *colon = memchr(host, ':', host_size);
		if (colon && colon == last_of(host, host_size, ':')) {
			host++;
			host_size -= 2;
		}
	}
	if (rc == 0)
		rc = take_host(out, host, host_size);
	if (rc == 0 && path[0] == '/' && path[1] == '~')
		path++;
	return rc < 0 ? rc : copy(&out->path, path, strlen(path));
}

static int parse(struct gm_url *out, const char *text)
{
	size_t size = scheme_size(text);
	const char *path = size ? NULL : scp_path(text);

	if (!*text)
		return refuse("it is empty");
	if (has_control(text, strlen(text)))
		return refuse("it has a control character in it");
	if (size)
		return parse_url(out, text, size);
	if (path)
		return parse_scp(out, text, path);
	out->transport = GM_TRANSPORT_PATH;
	return copy(&out->path, text, strlen(text));
}

int gm_url_parse(struct gm_url *out, const char *text)
{
	struct gm_url url = GM_URL_INIT;
	gm_autobuf shown = GM_BUF_INIT(GM_BUF_PATH);
	int rc = parse(&url, text);

	if (rc == 0)
		rc = check_path(&url);
	if (rc == 0) {
		*out = url;
		return 0;
	}
	gm_url_dispose(&url);
	struct gm_error why = *gm_error_last();
	if (rc != GM_EINVALID || gm_url_show(&shown, text) < 0)
		return rc;
	return gm_error(rc, "'%s' is no URL or path of a repository: %s",
		gm_buf_str(&shown), why.message);
}

int gm_url_show(struct gm_buf *out, const char *text)
{
	size_t scheme = scheme_size(text);
	const char *user = text + scheme + 3;
	const char *at = scheme ? last_of(user, strcspn(user, "/?#"), '@') : NULL;

	/* A password that was not encoded may have any character in it. */
	if (scheme && strchr(user, '@') &&
		(!at || memchr(user, ':', strcspn(user, "/?#@"))))
		at = strrchr(user, '@');
	if (!at)
		return gm_buf_puts(out, text);
	const char *colon = memchr(user, ':', (size_t)(at - user));
	const char *end = colon ? colon + 1 : user;
	bool is_web = tolower((unsigned char)*text) == 'h';
	if (!colon && (!is_web || at - user < TOKEN_SIZE))
		return gm_buf_puts(out, text);
	return gm_buf_printf(out, "%.*s***%s", (int)(end - text), text, at);
}

static const char *port_of(const struct gm_url *url)
{
	static const char *const usual[] = {
		[GM_TRANSPORT_PATH] = "",
		[GM_TRANSPORT_SSH] = "22",
		[GM_TRANSPORT_GIT] = "9418",
		[GM_TRANSPORT_HTTP] = "80",
		[GM_TRANSPORT_HTTPS] = "443",
	};

	return url->port ? url->port : usual[url->transport];
}

bool gm_url_same_origin(const struct gm_url *a, const struct gm_url *b)
{
	return a->transport == b->transport && a->host && b->host &&
		strcasecmp(a->host, b->host) == 0 && strcmp(port_of(a), port_of(b)) == 0;
}
