/*
 * The options that describe a memory, the same for `add` and `edit`.
 */
#ifndef GM_CMD_MEMORY_OPTIONS_H
#define GM_CMD_MEMORY_OPTIONS_H

#include "cmd/memory.h"

struct gm_memory_options {
	const char *type;
	const char *key;
	struct gm_strv
		tags; /* for edit: "+x" adds, "-x" removes, none of both: the new set */
	const char *importance;
	const char *scope;
	const char *session;
	const char *role;
	struct gm_strv supersedes; /* for edit: "-ID" takes one away, "" all */
	const char *created;
	const char *valid_from;
	const char *valid_until;
};

/* How many options gm_memory_options_fill() writes. */
#define GM_MEMORY_OPTIONS 11
void gm_memory_options_fill(
	struct gm_option out[GM_MEMORY_OPTIONS], struct gm_memory_options *options);

#define GM_MEMORY_OPTIONS_INIT \
	{                      \
		.type = NULL,  \
	}
#define gm_automemory_options \
	gm_cleanup(gm_memory_options_dispose) struct gm_memory_options
void gm_memory_options_dispose(struct gm_memory_options *options);

/* Whether none was given. */
bool gm_memory_options_empty(const struct gm_memory_options *options);

/*
 * Set the fields of `record` that were given. Superseded memories are looked up in `view`
 * (a full id need not exist). GM_EUSAGE for a bad value; `--scope private` is refused, since
 * private memories cannot be sealed yet. With `signed_lists`, tags and superseded memories are
 * changed as for edit. "" takes a key, a session, a role or a time away.
 */
int gm_memory_options_apply(struct gm_record *record,
	const struct gm_memory_options *options, struct gm_view *view, bool signed_lists);

/*
 * Append the text of a memory: the words of the command line joined by blanks, or the file's
 * contents, or standard input for "-". Bounded by the repository's limit; must be UTF-8, and
 * not blank.
 */
int gm_read_content(struct gm_buf *out, struct gm_call *call, const char *const *words,
	size_t n, const char *file);

/* Whether there is nothing to see in a text. */
bool gm_text_is_blank(const char *text, size_t size);

#endif
