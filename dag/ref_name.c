#include <string.h>

#include "dag/refs.h"

/* A name with its `.lock` must fit where the system takes a path, and in the lock's note. */
#define MAX_NAME 1024

static bool is_forbidden(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c) != NULL;
}

/* Whether this may stand between two slashes. */
static bool component_is_good(const char *text, size_t size)
{
	if (!size || text[0] == '.')
		return false;
	if (size >= 5 && !memcmp(text + size - 5, ".lock", 5))
		return false;
	for (size_t i = 0; i < size; i++) {
		bool last = i + 1 == size;
		if (is_forbidden(text[i]))
			return false;
		if (!last && text[i] == '.' && text[i + 1] == '.')
			return false;
		if (!last && text[i] == '@' && text[i + 1] == '{')
			return false;
	}
	return true;
}

/* "HEAD", "ORIG_HEAD": the only names outside `refs/`, lest other files be taken for refs. */
static bool is_pseudo_ref(const char *name)
{
	return *name && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(name);
}

static bool name_is_good(const char *name)
{
	size_t size = strlen(name);

	if (is_pseudo_ref(name))
		return size <= MAX_NAME;
	if (strncmp(name, "refs/", 5) != 0 || size > MAX_NAME || name[size - 1] == '.')
		return false;
	for (const char *at = name;;) {
		size_t n = strcspn(at, "/");
		if (!component_is_good(at, n))
			return false;
		if (!at[n])
			return true;
		at += n + 1;
	}
}

int gm_ref_check_name(const char *name)
{
	if (name_is_good(name))
		return 0;
	return gm_error(GM_EINVALID, "'%s' is not a valid ref name", name);
}
