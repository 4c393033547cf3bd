#include "dag/path_rule.h"

#include <string.h>

#include "base/utf8.h"
#include "crypto/hash.h"

#define KEY_MAX ((size_t)1000)
#define COMPONENT_MAX ((size_t)252) /* with ".md" 255, the limit of common file systems */
#define DEPTH_MAX 64                /* components; trees are read 128 deep */

static const char memories_prefix[] = "memories/";
static const char keys_prefix[] = "keys/";
static const char suffix[] = ".md";

/* "2026/01-31/", then a digit of the id's hash and a slash. */
static int put_folders(struct gm_buf *out, const struct gm_record *record)
{
	uint8_t digest[GM_SHA1_SIZE];
	struct gm_sha1 sha1;
	struct gm_date date;
	char text[16];

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, record->id, strlen(record->id));
	gm_sha1_final(digest, &sha1);
	gm_time_date(&date, record->created);
	char *at = gm_put_digits(text, (unsigned)date.year, 4);
	*at++ = '/';
	at = gm_put_digits(at, (unsigned)date.month, 2);
	*at++ = '-';
	at = gm_put_digits(at, (unsigned)date.day, 2);
	*at++ = '/';
	*at++ = "0123456789abcdef"[digest[0] >> 4];
	*at++ = '/';
	return gm_buf_put(out, text, (size_t)(at - text));
}

int gm_record_path(struct gm_buf *out, const struct gm_record *record)
{
	int rc = gm_buf_reserve(out, 64);

	if (rc == 0)
		rc = gm_buf_puts(out, record->key ? keys_prefix : memories_prefix);
	if (rc == 0 && !record->key)
		rc = put_folders(out, record);
	if (rc == 0)
		rc = gm_buf_puts(out, record->key ? record->key : record->id);
	return rc < 0 ? rc : gm_buf_puts(out, suffix);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_suffix(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* Behind the last slash. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool gm_path_may_be_record(const char *path)
{
	if (!has_prefix(path, memories_prefix) && !has_prefix(path, keys_prefix))
		return false;
	return has_suffix(path, suffix) && strlen(base_name(path)) > strlen(suffix);
}

bool gm_path_id(char out[GM_UUID_TEXT], const char *path)
{
	const char *name = base_name(path);
	uint8_t uuid[GM_UUID_SIZE];

	if (!has_prefix(path, memories_prefix) || !has_suffix(name, suffix))
		return false;
	if (!gm_uuid_parse(uuid, name, strlen(name) - strlen(suffix)))
		return false;
	gm_uuid_format(out, uuid);
	return true;
}

/*
 * Characters that cannot be seen, or make others look as if they stood elsewhere. The two
 * joiners U+200C and U+200D are no part of it: some languages, and emoji, are spelled with them.
 */
static bool is_invisible(uint32_t code_point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0xad, 0xad},
		{0x200b, 0x200b},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f},
		{0xfdd0, 0xfdef},
		{0xfeff, 0xfeff},
		{0xfff9, 0xfffb},
		{0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return gm_utf8_is_control(code_point) || (code_point & 0xfffe) == 0xfffe;
}

static bool has_invisible(const char *text)
{
	while (*text) {
		size_t size;

		if (is_invisible(gm_utf8_decode(&size, text)))
			return true;
		text += size;
	}
	return false;
}

static bool equals_one_of(const char *text, size_t size, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == size && memcmp(*words, text, size) == 0)
			return true;
	return false;
}

/*
 * An 8.3 name that NTFS may have made for `.git` or a file of Git's: `git~1`, `gitmod~2`,
 * `gi7eba~1`. Git also counts shorter ones, down to `~1000000`.
 */
static bool is_short_git_name(const char *folded)
{
	size_t stem = strcspn(folded, "~");

	if (stem > 6 || folded[stem] != '~' || folded[stem + 1] < '0' ||
		folded[stem + 1] > '9')
		return false;
	return strncmp(folded, "gi", stem < 2 ? stem : 2) == 0;
}

/* What file systems take for `.git`, or stock git for a file that must not be a folder. */
static bool is_git_name(const char *folded)
{
	static const char *const names[] = {
		".git", ".gitmodules", ".gitattributes", ".gitignore", NULL};
	size_t size = strcspn(folded, ":");

	while (size && (folded[size - 1] == '.' || folded[size - 1] == ' '))
		size--;
	return equals_one_of(folded, size, names) || is_short_git_name(folded);
}

/* Windows takes these for devices whatever follows the first dot. */
static bool is_device_name(const char *folded)
{
	static const char *const names[] = {
		"con", "prn", "aux", "nul", "conin$", "conout$", NULL};
	static const char *const numbered[] = {"com", "lpt", NULL};
	size_t size = strcspn(folded, ".:");

	while (size && folded[size - 1] == ' ')
		size--;
	if (size == 4 && folded[3] >= '1' && folded[3] <= '9')
		return equals_one_of(folded, 3, numbered);
	return equals_one_of(folded, size, names);
}

/* Why a component cannot be one; NULL when it can. `folded` is what file systems compare. */
static const char *component_problem(const char *name, size_t size, const char *folded)
{
	if (!size || !*folded)
		return "has an empty component";
	if (size > COMPONENT_MAX)
		return "has a component over 252 bytes";
	if (strcmp(folded, ".") == 0 || strcmp(folded, "..") == 0)
		return "has a component '.' or '..'";
	if (name[size - 1] == '.' || name[size - 1] == ' ')
		return "has a component that ends in a dot or a space";
	if (has_suffix(folded, suffix))
		return "has a component that ends in '.md'";
	if (is_git_name(folded))
		return "has a component that looks like a file of Git's";
	if (is_device_name(folded))
		return "has a component that is a device on Windows";
	return NULL;
}

static int check_components(const char *key)
{
	gm_autobuf folded = GM_BUF_INIT(GM_BUF_PATH);
	int depth = 1;

	for (const char *name = key;; depth++) {
		size_t size = strcspn(name, "/");

		gm_buf_reset(&folded);
		int rc = gm_utf8_fold(&folded, name, size);
		if (rc < 0)
			return rc;
		const char *problem = component_problem(name, size, gm_buf_str(&folded));
		if (problem)
			return gm_error(GM_EINVALID, "key '%s' %s", key, problem);
		if (!name[size])
			break;
		name += size + 1;
	}
	if (depth > DEPTH_MAX)
		return gm_error(GM_EINVALID, "key '%s' has more than %d components", key,
			DEPTH_MAX);
	return 0;
}

static int check_nfc(const char *key)
{
	gm_autobuf normal = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_utf8_nfc(&normal, key, strlen(key));

	if (rc < 0)
		return rc;
	if (strcmp(gm_buf_str(&normal), key) != 0)
		return gm_error(GM_EINVALID, "key '%s' is not in normal form C", key);
	return 0;
}

int gm_key_check(const char *key)
{
	size_t size = strlen(key);

	if (!size)
		return gm_error(GM_EINVALID, "the key is empty");
	if (size > KEY_MAX)
		return gm_error(GM_EINVALID, "the key is over %zu bytes", KEY_MAX);
	if (!gm_utf8_valid(key, size))
		return gm_error(GM_EINVALID, "the key is not valid UTF-8");
	if (has_invisible(key))
		return gm_error(
			GM_EINVALID, "the key holds a control or invisible character");
	if (key[0] == '/')
		return gm_error(GM_EINVALID, "key '%s' begins with '/'", key);
	if (strchr(key, '\\'))
		return gm_error(GM_EINVALID, "key '%s' holds a backslash", key);
	int rc = check_nfc(key);
	return rc < 0 ? rc : check_components(key);
}
