#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "index/embedding.h"

#define DEFAULT_BATCH 64
#define MAX_BATCH 2048
#define DEFAULT_TIMEOUT_MS 2000
#define MAX_TIMEOUT_MS 600000

static const char *const kinds[] = {
	[GM_EMBEDDING_LSA] = "lsa",
	[GM_EMBEDDING_NONE] = "none",
	[GM_EMBEDDING_STATIC] = "static",
	[GM_EMBEDDING_ENDPOINT] = "endpoint",
	[GM_EMBEDDING_COMMAND] = "command",
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

const char *gm_embedding_kind_name(enum gm_embedding_kind kind)
{
	return kinds[kind];
}

static int parse_kind(enum gm_embedding_kind *out, const char *value)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (strcmp(kinds[i], value) != 0)
			continue;
		*out = (enum gm_embedding_kind)i;
		return 0;
	}
	return gm_error(GM_EINVALID,
		"'recall.embedding' is 'lsa', 'static', 'endpoint', 'command' or 'none', "
		"not '%s'",
		value);
}

/* No blanks and no password: what is in it ends up in lists of processes and in messages. */
static int check_url(const char *url)
{
	bool http = !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
	const char *host = http ? strchr(url, ':') + 3 : url;
	size_t size = strcspn(host, "/?#");

	if (!http || !size || url[strcspn(url, " \t\r\n\"\\?#")])
		return gm_error(GM_EINVALID,
			"'recall.embeddingUrl' is like 'http://localhost:11434/v1', not "
			"'%s'",
			url);
	if (memchr(host, '@', size))
		return gm_error(GM_EINVALID,
			"'recall.embeddingUrl' must have no name and password in it");
	return 0;
}

static int check_boolean(const char *name, const char *value)
{
	if (!strcmp(value, "true") || !strcmp(value, "false"))
		return 0;
	return gm_error(GM_EINVALID, "'%s' is 'true' or 'false', not '%s'", name, value);
}

static int check_number(const char *name, const char *value, size_t least, size_t most)
{
	size_t number = 0;

	for (const char *at = value; *at; at++) {
		if (*at < '0' || *at > '9' || number > most) {
			number = most + 1;
			break;
		}
		number = number * 10 + (size_t)(*at - '0');
	}
	if (*value && number >= least && number <= most)
		return 0;
	return gm_error(GM_EINVALID, "'%s' is a number from %zu to %zu, not '%s'", name,
		least, most, value);
}

int gm_embedding_check_setting(const char *name, const char *value)
{
	enum gm_embedding_kind kind;

	if (!strcasecmp(name, "recall.embedding"))
		return parse_kind(&kind, value);
	if (!strcasecmp(name, "recall.embeddingUrl"))
		return check_url(value);
	if (!strcasecmp(name, "recall.embeddingPrivate"))
		return check_boolean(name, value);
	if (!strcasecmp(name, "recall.embeddingDimensions"))
		return check_number(name, value, 0, GM_EMBEDDING_MAX_DIMS);
	if (!strcasecmp(name, "recall.embeddingBatch"))
		return check_number(name, value, 1, MAX_BATCH);
	if (!strcasecmp(name, "recall.embeddingTimeout"))
		return check_number(name, value, 1, MAX_TIMEOUT_MS);
	return 0;
}

/* A text; NULL when it is not set. */
static int get(const char **out, const struct gm_config *config, const char *name)
{
	const char *value = gm_config_get(config, name);
	int rc = value ? gm_embedding_check_setting(name, value) : 0;

	if (rc == 0 && value && *value)
		*out = value;
	return rc;
}

static int get_number(size_t *out, const struct gm_config *config, const char *name)
{
	const char *value = NULL;
	int rc = get(&value, config, name);

	if (rc < 0 || !value)
		return rc;
	*out = 0;
	for (; *value; value++)
		*out = *out * 10 + (size_t)(*value - '0');
	return 0;
}

/* What each kind cannot do without. */
static int check_complete(const struct gm_embedding_settings *settings)
{
	const char *missing = NULL;

	if (settings->kind == GM_EMBEDDING_STATIC && !settings->model)
		missing = "recall.embeddingModel";
	if (settings->kind == GM_EMBEDDING_ENDPOINT && !settings->model)
		missing = "recall.embeddingModel";
	if (settings->kind == GM_EMBEDDING_ENDPOINT && !settings->url)
		missing = "recall.embeddingUrl";
	if (settings->kind == GM_EMBEDDING_COMMAND && !settings->command)
		missing = "recall.embeddingCommand";
	if (!missing)
		return 0;
	return gm_error(GM_EINVALID, "'recall.embedding' is '%s', but '%s' is not set",
		kinds[settings->kind], missing);
}

static int read_texts(
	struct gm_embedding_settings *settings, const struct gm_config *config)
{
	const struct {
		const char *name;
		const char **to;
	} texts[] = {
		{"recall.embeddingModel", &settings->model},
		{"recall.embeddingUrl", &settings->url},
		{"recall.embeddingCommand", &settings->command},
		{"recall.embeddingKeyFile", &settings->key_file},
		{"recall.embeddingKeyVariable", &settings->key_variable},
		{"recall.embeddingQueryPrefix", &settings->query_prefix},
		{"recall.embeddingTextPrefix", &settings->text_prefix},
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && rc == 0; i++)
		rc = get(texts[i].to, config, texts[i].name);
	return rc;
}

static int read_numbers(
	struct gm_embedding_settings *settings, const struct gm_config *config)
{
	const char *private = NULL;
	int rc = get_number(&settings->dims, config, "recall.embeddingDimensions");

	if (rc == 0)
		rc = get_number(&settings->batch, config, "recall.embeddingBatch");
	if (rc == 0)
		rc = get_number(&settings->timeout_ms, config, "recall.embeddingTimeout");
	if (rc == 0)
		rc = get(&private, config, "recall.embeddingPrivate");
	settings->private = private && !strcmp(private, "true");
	return rc;
}

int gm_embedding_settings_read(
	struct gm_embedding_settings *out, const struct gm_config *config)
{
	struct gm_embedding_settings settings = {
		.query_prefix = "",
		.text_prefix = "",
		.batch = DEFAULT_BATCH,
		.timeout_ms = DEFAULT_TIMEOUT_MS,
	};
	const char *kind = NULL;
	int rc = get(&kind, config, "recall.embedding");

	if (rc == 0 && kind)
		rc = parse_kind(&settings.kind, kind);
	if (rc == 0)
		rc = read_texts(&settings, config);
	if (rc == 0)
		rc = read_numbers(&settings, config);
	if (rc == 0)
		rc = check_complete(&settings);
	if (rc == 0)
		*out = settings;
	return rc;
}
