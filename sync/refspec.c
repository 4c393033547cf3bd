#include "sync/refspec.h"

#include <string.h>

void gm_refspec_dispose(struct gm_refspec *spec)
{
	gm_free(spec->source);
	gm_free(spec->target);
}

/* A side may be empty, a name or a revision; nothing that no ref's name can have in it. */
static bool is_side(const char *side)
{
	const char *star = strchr(side, '*');

	if (star && strchr(star + 1, '*'))
		return false;
	for (const char *c = side; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("?[\\", *c))
			return false;
	return *side != '-' && !strstr(side, "..") && !strstr(side, "//");
}

static int split(struct gm_refspec *out, const char *text)
{
	const char *colon = strrchr(text, ':');

	out->source = colon ? gm_strndup(text, (size_t)(colon - text)) : gm_strdup(text);
	if (!out->source)
		return GM_ENOMEM;
	if (!colon)
		return 0;
	out->target = gm_strdup(colon + 1);
	return out->target ? 0 : GM_ENOMEM;
}

static bool is_valid(struct gm_refspec *spec)
{
	bool stars = strchr(spec->source, '*') != NULL;

	if (!is_side(spec->source) || (spec->target && !is_side(spec->target)))
		return false;
	if (spec->target && *spec->target && stars != (strchr(spec->target, '*') != NULL))
		return false;
	spec->is_pattern = stars;
	return true;
}

int gm_refspec_parse(struct gm_refspec *out, const char *text)
{
	struct gm_refspec spec = {.is_forced = *text == '+'};
	int rc = split(&spec, text + spec.is_forced);

	if (rc == 0 && !is_valid(&spec))
		rc = gm_error(GM_EINVALID, "invalid refspec '%s'", text);
	if (rc < 0) {
		gm_refspec_dispose(&spec);
		return rc;
	}
	*out = spec;
	return 0;
}

/* Whether `name` fits; what stands for the star is then in `star_out`, "" without one. */
static bool match(
	const char **star_out, size_t *size_out, const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t before = star ? (size_t)(star - pattern) : 0;
	size_t after = star ? strlen(star + 1) : 0;
	size_t size = strlen(name);

	*star_out = name + before;
	*size_out = 0;
	if (!star)
		return strcmp(pattern, name) == 0;
	if (size < before + after || strncmp(pattern, name, before) != 0 ||
		strcmp(star + 1, name + size - after) != 0)
		return false;
	*size_out = size - before - after;
	return true;
}

static int map(struct gm_buf *out, const char *from, const char *to, const char *name)
{
	const char *rest;
	const char *star = to ? strchr(to, '*') : NULL;
	size_t size;

	if (!to || !*to || !match(&rest, &size, from, name))
		return 0;
	int rc = gm_buf_put(out, to, star ? (size_t)(star - to) : strlen(to));
	if (rc == 0 && star)
		rc = gm_buf_put(out, rest, size);
	if (rc == 0 && star)
		rc = gm_buf_puts(out, star + 1);
	return rc < 0 ? rc : 1;
}

int gm_refspec_map(struct gm_buf *out, const struct gm_refspec *spec, const char *name)
{
	return map(out, spec->source, spec->target, name);
}

int gm_refspec_map_back(
	struct gm_buf *out, const struct gm_refspec *spec, const char *name)
{
	return spec->target ? map(out, spec->target, spec->source, name) : 0;
}

bool gm_refspec_matches(const struct gm_refspec *spec, const char *name)
{
	const char *rest;
	size_t size;

	return match(&rest, &size, spec->source, name);
}
