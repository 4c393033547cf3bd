#include "dag/refs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/refs_internal.h"

/* More than any file of a ref we accept, in bytes. */
#define MAX_FILE 2048

#define MAX_STEPS 5

int gm_refs_open(struct gm_refs **out, const char *gitdir)
{
	gm_cleanup(gm_refs_free_p) struct gm_refs *refs = gm_calloc(1, sizeof(*refs));

	if (!refs)
		return GM_ENOMEM;
	refs->gitdir = gm_strdup(gitdir);
	if (!refs->gitdir)
		return GM_ENOMEM;
	*out = gm_steal(&refs);
	return 0;
}

void gm_refs_free(struct gm_refs *refs)
{
	if (!refs)
		return;
	gm_free(refs->gitdir);
	gm_free(refs);
}

void gm_refs_on_broken(struct gm_refs *refs, gm_ref_broken_fn broken, void *payload)
{
	refs->broken = broken;
	refs->broken_payload = payload;
}

/* Read the start of a file; 1, or 0 when there is none (a folder is none). */
static int read_start(char *out, size_t *size_out, size_t max, const char *path)
{
	/* Without O_NONBLOCK a pipe in its place would hold us up for ever. */
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, out, max)) < 0 && errno == EINTR)
		continue;
	if (n >= 0) {
		*size_out = (size_t)n;
		return 1;
	}
	if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR ||
		errno == ENAMETOOLONG)
		return 0;
	return gm_error_errno("cannot read '%s'", path);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* "ref: NAME" or an id; blanks may follow. */
static int parse_loose(struct gm_loose_ref *out, char *text, size_t size)
{
	out->target = NULL;
	if (size >= 4 && !memcmp(text, "ref:", 4)) {
		char *start = text + 4;
		while (size && is_space(text[size - 1]))
			size--;
		text[size] = '\0';
		while (is_space(*start))
			start++;
		if (strlen(text) != size || gm_ref_check_name(start) < 0)
			return GM_EMISMATCH;
		out->target = gm_strdup(start);
		return out->target ? 1 : GM_ENOMEM;
	}
	if (size < GM_OID_HEX - 1 || !gm_oid_parse(&out->oid, text, GM_OID_HEX - 1) ||
		(size >= GM_OID_HEX && !is_space(text[GM_OID_HEX - 1])))
		return GM_EMISMATCH;
	return 1;
}

int gm_loose_ref_read(
	struct gm_loose_ref *out, const struct gm_refs *refs, const char *name)
{
	gm_autofree char *path = gm_path_join(refs->gitdir, name);
	char text[MAX_FILE];
	size_t size = 0;

	if (!path)
		return GM_ENOMEM;
	int rc = read_start(text, &size, sizeof(text), path);
	if (rc <= 0)
		return rc;
	rc = size < sizeof(text) ? parse_loose(out, text, size) : GM_EMISMATCH;
	return rc == GM_EMISMATCH ? gm_error(rc, "ref file '%s' is broken", path) : rc;
}

/* Follow `*name` until it is not symbolic: 1 with the id, 0 when it does not exist. */
static int resolve(struct gm_oid *out, char **name, const struct gm_refs *refs)
{
	for (int steps = 0; steps <= MAX_STEPS; steps++) {
		struct gm_loose_ref loose = {.target = NULL};
		int rc = gm_refs_read_one(&loose, refs, *name);
		if (!loose.target) {
			if (rc > 0)
				*out = loose.oid;
			return rc;
		}
		gm_free(*name);
		*name = loose.target;
	}
	return gm_error(GM_EMISMATCH,
		"symbolic refs lead nowhere: more than %d steps to '%s'", MAX_STEPS,
		*name);
}

int gm_ref_read(struct gm_oid *out, struct gm_buf *name_out, struct gm_refs *refs,
	const char *name)
{
	gm_autofree char *last = NULL;
	struct gm_oid oid;

	if (gm_ref_check_name(name) < 0)
		return gm_error(GM_ENOTFOUND, "there is no ref '%s'", name);
	last = gm_strdup(name);
	if (!last)
		return GM_ENOMEM;
	int found = resolve(&oid, &last, refs);
	if (found < 0)
		return found;
	int rc = name_out ? gm_buf_puts(name_out, last) : 0;
	if (rc < 0)
		return rc;
	if (!found)
		return gm_error(GM_ENOTFOUND, "there is no ref '%s'", last);
	*out = oid;
	return 0;
}

int gm_ref_read_symbolic(struct gm_buf *out, struct gm_refs *refs, const char *name)
{
	struct gm_loose_ref loose = {.target = NULL};
	gm_autofree char *target = NULL;
	int rc = gm_ref_check_name(name) < 0 ? 0 : gm_refs_read_one(&loose, refs, name);

	if (rc < 0)
		return rc;
	target = loose.target;
	if (!target)
		return gm_error(GM_ENOTFOUND, "'%s' is not a symbolic ref", name);
	return gm_buf_puts(out, target);
}
