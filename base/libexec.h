/*
 * Where our own programs are that do what gitmem itself is not linked for.
 */
#ifndef GM_BASE_LIBEXEC_H
#define GM_BASE_LIBEXEC_H

#include "base/buf.h"

/*
 * Append the path of a program ("gitmem-embed"): in the folder $GITMEM_EXEC_PATH, where it is
 * installed beside the running gitmem (../libexec/gitmem), or in the folder of the build that is
 * named `built_in`. GM_ENOTFOUND, in a build without it because `library` was not there.
 */
int gm_libexec_find(
	struct gm_buf *out, const char *name, const char *built_in, const char *library);

#endif
