#include <string.h>

#include "base/hole.h"
#include "dag/stage_file.h"
#include "dag/stage_journal.h"

/* "end SUM", the last line of a group. */
#define END_SIZE (sizeof("end ") - 1 + GM_OID_HEX)

static bool begins_with(const char *data, size_t size, const char *start)
{
	size_t n = strlen(start);

	return !memcmp(data, start, size < n ? size : n);
}

/* It may be damaged itself, and then the sum tells that all of the group was written. */
static bool ends_a_group(const char *data, size_t size)
{
	char hex[GM_OID_HEX];
	struct gm_sha1 sha1;
	struct gm_oid sum;

	if (size <= END_SIZE)
		return false;
	const char *line = data + size - END_SIZE;
	if (line[END_SIZE - 1] == '\n' && !memcmp(line, "end ", 4) &&
		(line[-1] == '\n' || gm_oid_parse(&sum, line + 4, GM_OID_HEX - 1)))
		return true;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, data, size - END_SIZE);
	gm_sha1_final(sum.bytes, &sha1);
	gm_oid_format(hex, &sum);
	return !memcmp(line + 4, hex, GM_OID_HEX - 1);
}

/*
 * What stands behind the whole groups. A write that was cut short leaves the beginning of a
 * group, or zeros where a power cut came before the bytes; anything else is damage.
 */
static bool is_unfinished(const char *data, size_t whole, size_t data_size)
{
	const char *tail = data + whole;
	size_t size = data_size - whole;
	bool first = !whole;

	if (gm_has_hole(data, whole, data_size, data_size))
		return true;
	if (!size || !tail[0])
		return true;
	if (first)
		return begins_with(tail, size, "gitmem-stage 1 ") &&
			!memchr(tail, '\n', size);
	return begins_with(tail, size, "group ") && !ends_a_group(tail, size);
}

/* A journal under the name of another ref is one that nobody looks at. */
static int check_name(const char *data, size_t size, const char *file)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_journal_ref(&ref, data, size);

	if (rc <= 0)
		return rc;
	rc = gm_stage_file_name(&wanted, gm_buf_str(&ref));
	if (rc < 0 || !strcmp(gm_buf_str(&wanted), file))
		return rc;
	return gm_error(GM_EMISMATCH, "it is the stage of '%s' and belongs in 'stage/%s'",
		gm_buf_str(&ref), gm_buf_str(&wanted));
}

int gm_journal_check(const char *data, size_t size, const char *file)
{
	size_t whole = 0;
	int rc = gm_journal_each(&whole, data, size, NULL, NULL, NULL);

	if (rc < 0)
		return rc;
	return is_unfinished(data, whole, size)
		? check_name(data, size, file)
		: gm_error(GM_EMISMATCH, "damaged at byte %zu", whole);
}
