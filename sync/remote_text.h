/*
 * What a remote tells people (band 2 of gitprotocol-pack(5), "Packfile Data"): shown on standard
 * error, each line after "remote: ", made safe for a terminal. Lines may come in pieces; one that
 * ends in a carriage return is drawn over on a terminal, as git does.
 */
#ifndef GM_SYNC_REMOTE_TEXT_H
#define GM_SYNC_REMOTE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct gm_remote_text {
	struct gm_buf line; /* not shown yet */
	bool is_quiet;      /* nothing is shown */
};

#define GM_REMOTE_TEXT_INIT(quiet)                             \
	{                                                      \
		.line = GM_BUF_INIT(4096), .is_quiet = (quiet) \
	}

/* Show the lines that are whole. */
void gm_remote_text_put(struct gm_remote_text *text, const char *bytes, size_t size);

/* Show what is left, and forget it all. */
void gm_remote_text_dispose(struct gm_remote_text *text);

#endif
