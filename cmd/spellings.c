#include "cmd/spellings.h"

#include <string.h>

#include "base/utf8.h"
#include "objstore/object.h"

void gm_spellings_dispose(struct gm_spellings *spellings)
{
	gm_map_dispose(&spellings->folded);
}

/* The first `size` bytes of `path`: as they may be seen, and as they are spelled. */
static int fold_prefix(
	struct gm_oid *folded_out, uint64_t *spelling_out, const char *path, size_t size)
{
	gm_autobuf folded = GM_BUF_INIT(GM_BUF_PATH * 4);
	struct gm_oid spelling;
	int rc = gm_utf8_fold(&folded, path, size);

	if (rc < 0)
		return rc;
	gm_object_hash(folded_out, GM_OBJECT_BLOB, gm_buf_str(&folded), folded.size);
	gm_object_hash(&spelling, GM_OBJECT_BLOB, path, size);
	memcpy(spelling_out, spelling.bytes, sizeof(*spelling_out));
	return 0;
}

/* The next longer beginning of `path` that names a folder, or all of it. */
static size_t next_prefix(const char *path, size_t size)
{
	return size + 1 + strcspn(path + size + 1, "/");
}

int gm_spellings_check(const struct gm_spellings *spellings, const char *path)
{
	for (size_t size = strcspn(path, "/");; size = next_prefix(path, size)) {
		struct gm_oid folded;
		uint64_t known, mine;
		int rc = fold_prefix(&folded, &mine, path, size);
		if (rc < 0)
			return rc;
		if (gm_map_get(&known, &spellings->folded, &folded) && known != mine)
			return gm_error(GM_EEXISTS,
				"'%s' looks like another key on some file systems", path);
		if (!path[size])
			return 0;
	}
}

int gm_spellings_note(struct gm_spellings *spellings, const char *path)
{
	for (size_t size = strcspn(path, "/");; size = next_prefix(path, size)) {
		struct gm_oid folded;
		uint64_t mine;
		int rc = fold_prefix(&folded, &mine, path, size);
		if (rc == 0)
			rc = gm_map_put(&spellings->folded, &folded, mine);
		if (rc < 0 || !path[size])
			return rc;
	}
}
