/* A tokenizer.json of anybody's, and a text behind a NUL: ids are within the count. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "index/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_tokens_free_p) struct gm_tokens *tokens = NULL;
	gm_autotokenids ids = GM_TOKEN_IDS_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t json_size = end ? (size_t)(end - data) : size;

	if (gm_tokens_new(&tokens, (const char *)data, json_size) < 0)
		return 0;
	if (end &&
		gm_utf8_replace(&text, (const char *)end + 1, size - json_size - 1) < 0)
		return 0;
	if (gm_tokens_encode(&ids, tokens, gm_buf_str(&text), text.size) < 0)
		return 0;
	for (size_t i = 0; i < ids.n; i++)
		if (ids.ids[i] >= gm_tokens_count(tokens))
			abort();
	return 0;
}
