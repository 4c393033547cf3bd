/*
 * The bytes of a posting segment, for those who write and read them.
 *
 *     magic       8 bytes: GM_POSTING_MAGIC
 *     postings    of each term, in the order of the dictionary
 *     dictionary  the terms, sorted by their bytes (that of the field first), in blocks of 16
 *     keys        the first 8 bytes of each block's first term, as a big-endian number
 *     offsets     32 bits each: where in the dictionary each block begins
 *     documents   one struct gm_document for each row
 *     order       32 bits each, see gm_posting_segment_order()
 *     sessions    one struct gm_posting_session for each, ascending
 *     measures    one struct gm_measure for each row
 *     trailer     struct gm_posting_trailer
 *
 * Sections begin at multiples of eight. Numbers written "v" are varints.
 *
 * A dictionary's block begins with v where in the postings those of its first term begin. Then
 * for each term: v bytes shared with the term before (none for the first), v bytes that follow,
 * these, v rows that have it (df), v bytes of its postings; and, when its field has places and
 * df is at least 128, v bytes of its places at the end of those.
 *
 * Postings come in blocks of 128: a byte of bits for a row and a byte for a frequency; v bytes of
 * places, when the field has them; 128 rows, each as the distance from the lowest that could
 * follow, packed with these bits; 128 frequencies less one, packed. The last block, of fewer,
 * has for each row v: distance times two, plus one when the frequency is 1; and when it is not,
 * v frequency less two. The places are behind all blocks: of each row as many v as its frequency,
 * each as the distance from the lowest that could follow.
 */
#ifndef GM_INDEX_POSTING_FORMAT_H
#define GM_INDEX_POSTING_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "index/analysed.h"
#include "index/posting_segment.h"

/* "gmpost" and the version, in the byte order of the machine. */
#define GM_POSTING_MAGIC UINT64_C(0x676d706f73740003)

/* Terms in a block of the dictionary. */
#define GM_TERM_BLOCK 16

/* With the byte of the field. */
#define GM_TERM_MAX (GM_ANALYSED_MAX_TERM + 1)

/* What reads packed numbers may look at so many bytes behind them; the trailer is longer. */
#define GM_PACKED_SLACK 8

struct gm_posting_trailer {
	uint64_t dictionary; /* where the sections begin */
	uint64_t keys;
	uint64_t offsets;
	uint64_t documents;
	uint64_t order;
	uint64_t sessions;
	uint64_t measures;
	int64_t first;
	uint32_t rows;
	uint32_t terms;
	uint64_t length; /* of struct gm_posting_totals */
	uint64_t names_length;
	uint64_t session_length;
	uint32_t n_sessions;
	uint32_t n_documents;
	uint32_t dictionary_size; /* without what aligns the next section */
	uint32_t reserved;        /* 0 */
	uint64_t magic;
};

/* Where in the order the rows of a session begin. They end where those of the next do. */
struct gm_posting_session {
	uint32_t session; /* not 0 */
	uint32_t place;
};

/* The bits of a number that sorts as the beginning of a term does. */
static inline uint64_t gm_term_key(const char *term, size_t size)
{
	uint64_t key = 0;

	memcpy(&key, term, size < sizeof(key) ? size : sizeof(key));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(key) : key;
}

#endif
