/*
 * The fault seam: lets a test make the n-th allocation, write or fsync of a process fail.
 *
 * Compiled in with the build option `fault_injection`; otherwise it costs nothing. The
 * environment says what fails: GITMEM_FAULT=alloc:7 the 7th allocation, write:3 the 3rd
 * write, fsync:1 the 1st flush, rename:2 the 2nd rename; with a trailing `+` that one and
 * all later ones. After the command, GITMEM_FAULT_REPORT=FILE is written with `hit` or
 * `missed`, so that a sweep knows when it is through. With alloc:0 none fails, and the report
 * is how many there were.
 */
#ifndef GM_BASE_FAULT_H
#define GM_BASE_FAULT_H

#include <stdbool.h>

enum gm_fault {
	GM_FAULT_ALLOC,
	GM_FAULT_WRITE,
	GM_FAULT_FSYNC,
	GM_FAULT_RENAME,
	GM_FAULT_N,
};

#ifdef GM_FAULT_INJECTION
/* True when this call is to fail; errno is set to ENOMEM, ENOSPC or EIO. */
bool gm_fault_hit(enum gm_fault kind);
#else
static inline bool gm_fault_hit(enum gm_fault kind)
{
	(void)kind;
	return false;
}
#endif

#endif
