/*
 * A memory record: Markdown with YAML front matter, byte-stable, so that equal memories are
 * one blob. The format is described in gitmem-format(5), "RECORD".
 */
#ifndef GM_DAG_RECORD_H
#define GM_DAG_RECORD_H

#include "base/json.h"
#include "base/strv.h"
#include "base/time.h"
#include "base/uuid.h"
#include "objstore/oid.h"

/* Limits of a record, in bytes unless said otherwise. */
#define GM_RECORD_MAX_FRONT_MATTER ((size_t)64 << 10)
#define GM_RECORD_MAX_WORD ((size_t)1024)       /* agent, session, role, one tag */
#define GM_RECORD_MAX_TAGS ((size_t)256)        /* tags, and superseded ids */
#define GM_RECORD_MAX_CONTENT ((size_t)1 << 20) /* default of memory.maxSize */

enum gm_record_type {
	GM_RECORD_EPISODIC,
	GM_RECORD_SEMANTIC,
	GM_RECORD_PROCEDURAL,
	GM_RECORD_STATE,
};

enum gm_scope {
	GM_SCOPE_PRIVATE,
	GM_SCOPE_SHARED,
	GM_SCOPE_GLOBAL,
};

#define GM_IMPORTANCE_DEFAULT 0.5

struct gm_record {
	char id[GM_UUID_TEXT];
	enum gm_record_type type;
	char *key;     /* NULL: none; NFC */
	char *agent;   /* NULL: unknown */
	char *session; /* NULL: no message of a conversation */
	char *role;
	int64_t seq; /* -1: none */
	gm_time created;
	gm_time updated; /* GM_TIME_NONE: never edited */
	double importance;
	struct gm_strv tags; /* a set */
	enum gm_scope scope;
	struct gm_strv supersedes; /* a set of ids */
	gm_time valid_from;
	gm_time valid_until;
	char conflicts_with[GM_UUID_TEXT]; /* "": none */
	json_t *source;                    /* NULL, a string, or an object */
	json_t *extra; /* NULL, or an object of the keys we do not know */
	char *content;
	size_t content_size;
};

#define GM_RECORD_INIT                                                          \
	{                                                                       \
		.type = GM_RECORD_SEMANTIC, .seq = -1, .created = GM_TIME_NONE, \
		.updated = GM_TIME_NONE, .importance = GM_IMPORTANCE_DEFAULT,   \
		.scope = GM_SCOPE_SHARED, .valid_from = GM_TIME_NONE,           \
		.valid_until = GM_TIME_NONE                                     \
	}
#define gm_autorecord gm_cleanup(gm_record_dispose) struct gm_record

void gm_record_dispose(struct gm_record *record);
int gm_record_copy(struct gm_record *out, const struct gm_record *from);

/* Replace a string field by a copy of `text`, or by nothing when it is NULL. */
int gm_record_set_text(char **field, const char *text);
int gm_record_set_content(struct gm_record *record, const char *content, size_t size);

/* "episodic" ...; the parsers return false for an unknown word. */
const char *gm_record_type_name(enum gm_record_type type);
bool gm_record_type_parse(enum gm_record_type *out, const char *name);
const char *gm_scope_name(enum gm_scope scope);
bool gm_scope_parse(enum gm_scope *out, const char *name);

/*
 * Check every field against its rules and put sets into their normal form: what passes can be
 * encoded, and decodes to itself. GM_EINVALID or GM_ETOOBIG with the field and reason.
 * `max_content` is the limit for the content in bytes.
 */
int gm_record_normalise(struct gm_record *record, size_t max_content);

/* Append the one byte form of a normalised record. */
int gm_record_encode(struct gm_buf *out, const struct gm_record *record);

/*
 * Read a record, in normal form or as a person wrote it. GM_EINVALID when the bytes are no
 * record (the file is then just a file). `out` must be initialised; it is replaced.
 */
int gm_record_decode(struct gm_record *out, const char *data, size_t size);

/* Where in the bytes of a record its content begins. GM_EINVALID when there is none. */
int gm_record_content_start(size_t *out, const char *data, size_t size);

/*
 * The JSON of a memory with the keys of gitmem(1), "JSON". gm_record_from_json() ignores
 * the keys we only ever compute (path, blob, sha256, commit), and leaves `id` "",
 * `created` GM_TIME_NONE and `content` NULL when they are not given; JSON null is not given.
 * Unknown keys are kept in `extra`. GM_EINVALID names a key whose value has a wrong type.
 */
int gm_record_to_json(json_t **out, const struct gm_record *record);
int gm_record_from_json(struct gm_record *out, json_t *object);

#endif
