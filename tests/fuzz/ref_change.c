/*
 * Updates of refs as records, ref tables and logs hold them: one by one, and a file of them.
 */
#include <string.h>

#include "objstore/segment_ref_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(
	const struct gm_ref_change *change, const uint8_t *data, size_t size)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	/* There is one way only to write each of them. */
	if (gm_ref_change_put(&bytes, change) == 0 &&
		(bytes.size != size || memcmp(bytes.ptr, data, size) != 0))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_ref_table_free_p) struct gm_ref_table *table =
		gm_calloc(1, sizeof(*table));
	gm_autobuf texts = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf file = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_ref_change change;

	if (!table)
		return 0;
	if (gm_ref_change_parse(&change, &texts, data, size) == 0)
		read_again(&change, data, size);
	if (gm_buf_put(&file, data, size) == 0 && size)
		(void)gm_ref_table_apply_all(table, &file);
	for (size_t i = 1; i < table->n; i++)
		if (strcmp(table->rows[i - 1].name, table->rows[i].name) >= 0)
			__builtin_trap();
	return 0;
}
