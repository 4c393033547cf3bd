/*
 * Where our own program for endpoints is.
 */
#ifndef GM_INDEX_EMBEDDING_PROGRAM_H
#define GM_INDEX_EMBEDDING_PROGRAM_H

#include "base/buf.h"

/*
 * Append the path of gitmem-embed: in the folder $GITMEM_EXEC_PATH, where it is installed beside
 * the running gitmem (../libexec/gitmem), or in the build folder. GM_ENOTFOUND.
 */
int gm_embedding_program(struct gm_buf *out);

#endif
