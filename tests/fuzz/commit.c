/* Bytes of a commit object: what is read can be written, and is then read the same. */
#include "dag/commit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autocommit again = GM_COMMIT_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_commit_parse(&commit, (const char *)data, size) < 0)
		return 0;
	if (gm_commit_subject(&subject, commit.message) < 0 ||
		gm_commit_format(&bytes, &commit) < 0 ||
		gm_commit_parse(&again, bytes.ptr, bytes.size) < 0)
		abort();
	if (commit.n_parents != again.n_parents ||
		strncmp(commit.message, again.message, strlen(commit.message)) != 0)
		abort();
	return 0;
}
