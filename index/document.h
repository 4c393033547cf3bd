/*
 * What ranking asks of every memory, in a fixed size: an array of these, one for each row, is
 * part of a posting segment and used where it lies in the file.
 */
#ifndef GM_INDEX_DOCUMENT_H
#define GM_INDEX_DOCUMENT_H

#include <stdint.h>

enum gm_document_flags {
	GM_DOCUMENT_QUESTION = 1 << 0,  /* ends with a question mark */
	GM_DOCUMENT_ONLY_ASKS = 1 << 1, /* nothing but questions or fragments */
	GM_DOCUMENT_TIME = 1 << 2,      /* has a word of time */
	GM_DOCUMENT_PRIVATE = 1 << 3,   /* of scope private */
	GM_DOCUMENT_NONE =
		1 << 4, /* an empty row: its memory is forgotten; all else is 0 */
};

struct gm_document {
	int64_t created;
	uint64_t simhash; /* of the words of the content, for near-duplicates */
	uint32_t session; /* labels (label.h); 0: none */
	uint32_t agent;
	int32_t seq;           /* -1: none */
	uint32_t length;       /* words of the content: places, not terms */
	uint16_t names_length; /* words of key and tags */
	uint16_t flags;
	uint8_t type;       /* enum gm_record_type */
	uint8_t language;   /* enum gm_language */
	uint8_t importance; /* percent */
	uint8_t capitals;   /* words in mid-sentence that begin with one: 0 to 3 */
};

_Static_assert(sizeof(struct gm_document) == 40, "the layout of files");

/* Where a term was found. Its value begins the term in a dictionary. */
enum gm_field {
	GM_FIELD_AGENT = 'a',   /* words of the agent's name */
	GM_FIELD_CONTENT = 'c', /* of these, places are kept */
	GM_FIELD_KEY = 'k',     /* the key as a whole */
	GM_FIELD_NAMES = 'n',   /* words of key and tags; places are kept */
	GM_FIELD_TAG = 't',     /* a tag as a whole */
};

#endif
