/*
 * The further headers of a commit: kept byte for byte, judged without harm, and a new commit
 * that is made of them has the right names. Leaves one small folder behind where it runs.
 */
#include "dag/commit_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define HEAD                                              \
	"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" \
	"author A <a@b> 5 +0100\ncommitter C <c@d> 6 -0200\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *data, size_t size)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autocommit written = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type;
	enum gm_commit_names names;
	struct gm_oid oid;

	if (gm_commit_parse(&commit, data, size) < 0)
		return;
	(void)gm_commit_is_signed(&commit);
	if (gm_mkdirs("fuzz-commit-names/objects") < 0 ||
		gm_store_open(&store, "fuzz-commit-names/objects") < 0 ||
		gm_commit_names_check(&names, &commit, store) < 0 ||
		gm_batch_begin(&batch, store) < 0 ||
		gm_commit_write(&oid, batch, &commit) < 0 ||
		gm_batch_read(&bytes, &type, batch, &oid) < 0 ||
		gm_commit_parse(&written, gm_buf_str(&bytes), bytes.size) < 0 ||
		gm_commit_names_check(&names, &written, store) < 0 ||
		names != GM_COMMIT_NAMES_RIGHT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_buf_puts(&text, HEAD) == 0 && gm_buf_put(&text, data, size) == 0)
		check(gm_buf_str(&text), text.size);
	return 0;
}
