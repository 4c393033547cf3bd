#include "base/config.h"

#include <string.h>

#include "base/config_syntax.h"
#include "base/file.h"

struct setting {
	char *name;
	char *value;
};

struct gm_config {
	struct setting *settings; /* weakest first */
	size_t n;
	size_t cap;
};

int gm_config_new(struct gm_config **out)
{
	struct gm_config *config = gm_calloc(1, sizeof(*config));

	if (!config)
		return GM_ENOMEM;
	*out = config;
	return 0;
}

/* Forget all but the first `n` settings. */
static void cut_to(struct gm_config *config, size_t n)
{
	while (config->n > n) {
		config->n--;
		gm_free(config->settings[config->n].name);
		gm_free(config->settings[config->n].value);
	}
}

void gm_config_free(struct gm_config *config)
{
	if (!config)
		return;
	cut_to(config, 0);
	gm_free(config->settings);
	gm_free(config);
}

static int add_setting(struct gm_config *config, const char *name, const char *value)
{
	int rc = gm_grow(&config->settings, &config->cap, config->n + 1,
		sizeof(*config->settings));

	if (rc < 0)
		return rc;
	gm_autofree char *name_copy = gm_strdup(name);
	gm_autofree char *value_copy = gm_strdup(value);
	if (!name_copy || !value_copy)
		return GM_ENOMEM;
	config->settings[config->n++] = (struct setting){
		.name = gm_steal(&name_copy), .value = gm_steal(&value_copy)};
	return 0;
}

struct adding {
	struct gm_config *config;
	const char *only;
};

static int add_item(const struct gm_config_item *item, void *payload)
{
	const struct adding *adding = payload;

	if (item->is_section)
		return 0;
	if (adding->only && strncmp(item->name, adding->only, strlen(adding->only)) != 0)
		return 0;
	return add_setting(
		adding->config, item->name, item->value ? item->value : "true");
}

int gm_config_add_file(struct gm_config *config, const char *path, const char *only)
{
	gm_autobuf text = GM_BUF_INIT(GM_CONFIG_MAX_SIZE);
	struct adding adding = {.config = config, .only = only};
	size_t before = config->n;
	int rc = gm_file_read(&text, path);

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc < 0)
		return rc;
	rc = gm_config_scan(gm_buf_str(&text), text.size, path, add_item, &adding);
	if (rc < 0)
		cut_to(config, before);
	return rc;
}

const char *gm_config_get(const struct gm_config *config, const char *name)
{
	for (size_t i = config->n; i-- > 0;)
		if (gm_config_same_name(config->settings[i].name, name))
			return config->settings[i].value;
	return NULL;
}

/* The power of 1024 that a suffix stands for; -1 when it is none. */
static int unit_power(const char *suffix)
{
	static const char units[] = "kmg";

	if (!*suffix)
		return 0;
	const char *unit = strchr(units, *suffix | 0x20);
	return unit && *unit && !suffix[1] ? (int)(unit - units) + 1 : -1;
}

int gm_config_get_size(size_t *out, const struct gm_config *config, const char *name)
{
	const char *value = gm_config_get(config, name);
	size_t size = 0;
	bool over = false;

	if (!value)
		return 0;
	const char *at = value;
	for (; *at >= '0' && *at <= '9'; at++) {
		over |= __builtin_mul_overflow(size, 10, &size);
		over |= __builtin_add_overflow(size, *at - '0', &size);
	}
	int power = at == value ? -1 : unit_power(at);
	if (power < 0)
		return gm_error(
			GM_EINVALID, "'%s' is set to '%s', not to a size", name, value);
	for (; power; power--)
		over |= __builtin_mul_overflow(size, 1024, &size);
	if (over)
		return gm_error(GM_EINVALID, "'%s' is set to '%s', which is too large",
			name, value);
	*out = size;
	return 0;
}

int gm_config_each(const struct gm_config *config, gm_config_each_fn each, void *payload)
{
	for (size_t i = 0; i < config->n; i++) {
		int rc = each(
			config->settings[i].name, config->settings[i].value, payload);
		if (rc < 0)
			return rc;
	}
	return 0;
}
