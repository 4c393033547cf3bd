#include "embed/endpoint.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/interrupt.h"
#include "embed/reply.h"

#define TRIES 4
#define FIRST_PAUSE_MS 250
#define MAX_PAUSE_MS 10000
#define CONNECT_TIMEOUT_MS 5000

/* 2,048 texts of 4,096 numbers. */
#define MAX_REPLY ((size_t)256 << 20)

struct gm_endpoint {
	const struct gm_endpoint_options *options;
	CURL *curl;
	struct curl_slist *headers;
	char *url;
	char why[CURL_ERROR_SIZE];
};

void gm_endpoint_free(struct gm_endpoint *endpoint)
{
	if (!endpoint)
		return;
	curl_easy_cleanup(endpoint->curl);
	/* One of them holds the key. */
	for (struct curl_slist *at = endpoint->headers; at; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(endpoint->headers);
	gm_free(endpoint->url);
	gm_free(endpoint);
}

static bool is_loopback(const char *host)
{
	return !strcasecmp(host, "localhost") || !strncmp(host, "127.", 4) ||
		!strcmp(host, "[::1]");
}

/* What the URL says of where it leads. */
struct place {
	bool loopback;
	bool encrypted;
};

static int look_at_url(struct place *out, const char *text)
{
	CURLU *url = curl_url();
	char *host = NULL;
	char *scheme = NULL;
	int rc = url ? 0 : GM_ENOMEM;

	if (rc == 0 &&
		(curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) ||
			curl_url_get(url, CURLUPART_HOST, &host, 0) ||
			curl_url_get(url, CURLUPART_SCHEME, &scheme, 0)))
		rc = gm_error(GM_EINVALID, "'%s' is no URL", text);
	if (rc == 0) {
		out->loopback = is_loopback(host);
		out->encrypted = !strcmp(scheme, "https");
	}
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(url);
	return rc;
}

static int add_header(struct gm_endpoint *endpoint, const char *text)
{
	struct curl_slist *more = curl_slist_append(endpoint->headers, text);

	if (!more)
		return GM_ENOMEM;
	endpoint->headers = more;
	return 0;
}

static int add_headers(struct gm_endpoint *endpoint)
{
	const struct gm_key *key = endpoint->options->key;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = add_header(endpoint, "Content-Type: application/json");

	/* Waiting for leave to send costs a second where it is not known. */
	if (rc == 0)
		rc = add_header(endpoint, "Expect:");
	if (rc < 0 || !key->text[0])
		return rc;
	rc = gm_buf_printf(&line, "Authorization: Bearer %s", key->text);
	if (rc == 0)
		rc = add_header(endpoint, gm_buf_str(&line));
	if (line.ptr)
		explicit_bzero(line.ptr, line.cap);
	return rc;
}

static int configure(struct gm_endpoint *endpoint, const struct place *place)
{
	CURL *curl = endpoint->curl;
	bool failed = curl_easy_setopt(curl, CURLOPT_URL, endpoint->url) ||
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, endpoint->headers) ||
		curl_easy_setopt(curl, CURLOPT_USERAGENT, "gitmem/" GM_VERSION) ||
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, endpoint->why) ||
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) ||
		/* A redirection could carry the key and the texts to somebody else. */
		curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) ||
		curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ||
		curl_easy_setopt(
			curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS) ||
		curl_easy_setopt(
			curl, CURLOPT_TIMEOUT_MS, (long)endpoint->options->timeout_ms);

	if (!failed && place->loopback)
		failed = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	return failed ? gm_error(GM_ERROR, "libcurl lacks what we need") : 0;
}

static char *join_url(const char *base)
{
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	return gm_format("%.*s/embeddings", (int)n, base);
}

int gm_endpoint_new(struct gm_endpoint **out, const struct gm_endpoint_options *options)
{
	gm_cleanup(gm_endpoint_free_p) struct gm_endpoint *endpoint =
		gm_calloc(1, sizeof(*endpoint));
	struct place place = {0};

	if (!endpoint)
		return GM_ENOMEM;
	endpoint->options = options;
	int rc = look_at_url(&place, options->url);
	if (rc < 0)
		return rc;
	if (options->key->text[0] && !place.encrypted && !place.loopback)
		return gm_error(GM_EINVALID,
			"the key is not sent to '%s': use https, or a server on this "
			"machine",
			options->url);
	endpoint->url = join_url(options->url);
	endpoint->curl = curl_easy_init();
	if (!endpoint->url || !endpoint->curl)
		return GM_ENOMEM;
	rc = add_headers(endpoint);
	if (rc == 0)
		rc = configure(endpoint, &place);
	if (rc < 0)
		return rc;
	*out = gm_steal(&endpoint);
	return 0;
}

static size_t take_reply(char *data, size_t size, size_t n, void *payload)
{
	struct gm_buf *reply = payload;

	return gm_buf_put(reply, data, size * n) < 0 ? 0 : size * n;
}

static int make_request(
	struct gm_buf *out, const struct gm_endpoint *endpoint, json_t *texts)
{
	const struct gm_endpoint_options *options = endpoint->options;
	gm_autojson *body = gm_json_object();
	int rc = gm_json_set_string(body, "model", options->model);

	if (rc == 0)
		rc = gm_json_set(body, "input", json_incref(texts));
	if (rc == 0 && options->dims)
		rc = gm_json_set_int(body, "dimensions", (long long)options->dims);
	return rc < 0 ? rc : gm_json_dump(out, body, false);
}

/* How one attempt went. */
struct attempt {
	CURLcode code;
	long status;   /* of HTTP; 0: it did not come to that */
	long pause_ms; /* what the server asks for; 0: nothing */
};

static int try_once(struct attempt *out, struct gm_buf *reply,
	struct gm_endpoint *endpoint, const struct gm_buf *request)
{
	CURL *curl = endpoint->curl;
	curl_off_t seconds = 0;

	gm_buf_reset(reply);
	endpoint->why[0] = '\0';
	*out = (struct attempt){0};
	if (curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->size) ||
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->ptr) ||
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply) ||
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply))
		return gm_error(GM_ERROR, "libcurl lacks what we need");
	out->code = curl_easy_perform(curl);
	if (out->code)
		return 0;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
	(void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
	out->pause_ms =
		seconds > MAX_PAUSE_MS / 1000 ? MAX_PAUSE_MS + 1 : (long)seconds * 1000;
	return 0;
}

/* Whether the same may work in a moment. Where nobody listens it does not. */
static bool may_pass(const struct attempt *attempt)
{
	if (attempt->code)
		return attempt->code == CURLE_GOT_NOTHING ||
			attempt->code == CURLE_SEND_ERROR ||
			attempt->code == CURLE_RECV_ERROR ||
			attempt->code == CURLE_PARTIAL_FILE;
	return attempt->pause_ms <= MAX_PAUSE_MS &&
		(attempt->status == 429 || attempt->status == 500 ||
			attempt->status == 502 || attempt->status == 503 ||
			attempt->status == 504);
}

static int pause_for(long ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&time, NULL); /* a signal ends it early */
	return gm_interrupted();
}

/* It is the texts' fault when the server says that it is, or may be. */
static int refused(const struct gm_endpoint *endpoint, const struct attempt *attempt,
	const struct gm_buf *reply)
{
	gm_autobuf reason = GM_BUF_INIT(GM_BUF_TEXT);
	bool texts = attempt->status == 400 || attempt->status == 413 ||
		attempt->status == 422 || attempt->status == 500;

	if (attempt->code == CURLE_WRITE_ERROR)
		return gm_error(GM_EINVALID, "the endpoint's answer is too long");
	if (attempt->code)
		return gm_error(GM_ERROR, "cannot reach '%s': %s", endpoint->url,
			endpoint->why[0] ? endpoint->why
					 : curl_easy_strerror(attempt->code));
	int rc = gm_reply_reason(&reason, gm_buf_str(reply), reply->size);
	if (rc < 0)
		return rc;
	return gm_error(texts ? GM_EINVALID : GM_ERROR, "'%s' answers %ld%s%s",
		endpoint->url, attempt->status, reason.size ? ": " : "",
		gm_buf_str(&reason));
}

int gm_endpoint_ask(json_t **out, struct gm_endpoint *endpoint, json_t *texts)
{
	gm_autobuf request = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf reply = GM_BUF_INIT(MAX_REPLY);
	struct attempt attempt = {0};
	long pause_ms = FIRST_PAUSE_MS;
	int rc = make_request(&request, endpoint, texts);

	for (int tries = 1; rc == 0; tries++) {
		rc = try_once(&attempt, &reply, endpoint, &request);
		if (rc < 0 || tries == TRIES || !may_pass(&attempt))
			break;
		rc = pause_for(attempt.pause_ms ? attempt.pause_ms : pause_ms);
		pause_ms *= 2;
	}
	if (rc < 0)
		return rc;
	if (attempt.code || attempt.status != 200)
		return refused(endpoint, &attempt, &reply);
	return gm_reply_read(out, gm_buf_str(&reply), reply.size, json_array_size(texts));
}
