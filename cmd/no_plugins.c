/*
 * gitmem is one static executable and loads no code at run time. SQLite could, for extensions
 * that we never use; the linker leads its dlopen(3) here (ld(1), --wrap), where it is refused.
 */
#include <stddef.h>

void *__wrap_dlopen(const char *file, int mode);

void *__wrap_dlopen(const char *file, int mode)
{
	(void)file;
	(void)mode;
	return NULL;
}
