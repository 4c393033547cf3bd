/*
 * Random records for property tests: every field, every kind of character, all reproducible
 * from a seed.
 */
#ifndef GM_TESTS_UNIT_DAG_RANDOM_RECORD_H
#define GM_TESTS_UNIT_DAG_RANDOM_RECORD_H

#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "dag/record.h"

/* Pieces that text is made of: words, what YAML could misread, and odd characters. */
static const char *const random_pieces[] = {"a", "editor", "-", ":", ": ", " #", "'",
	"\"", "\\", "~", "null", "true", "No", "off", "1", "0.50", "1e3", "0x1f",
	"2026-01-02", "12:30", "@", "/", "_", ".", "...", "---", "[", "]", "{", "}", ",",
	"&a", "*a", "!t", "|", ">", "%", "`", " ", "<<", "=", "?", "caf\u00e9", "e\u0301",
	"\u65e5\u672c", "\U0001f600", "\u200d", "\u202e", "\u2028x", "\ufeff", "\ufdd0",
	"\uffff", "\U0010ffff", "\u00a0", "\u00ad"};
static const char *const random_controls[] = {
	"\n", "\t", "\r", "\b", "\x01", "\x1b", "\x7f", "\xc2\x85"};

static inline unsigned pick(unsigned *seed, unsigned n)
{
	return (unsigned)rand_r(seed) % n;
}

#define pick_of(seed, list) ((list)[pick((seed), sizeof(list) / sizeof(*(list)))])

/* Text of one to `n` pieces; `controls` may be in it. */
static inline void random_text(
	struct gm_buf *out, unsigned *seed, unsigned n, bool controls)
{
	gm_buf_reset(out);
	for (unsigned left = 1 + pick(seed, n); left; left--) {
		if (controls && pick(seed, 4) == 0)
			must(gm_buf_puts(out, pick_of(seed, random_controls)));
		else
			must(gm_buf_puts(out, pick_of(seed, random_pieces)));
	}
}

/* A word: no line separators in it. */
static inline void random_word(struct gm_buf *out, unsigned *seed)
{
	do
		random_text(out, seed, 4, false);
	while (strstr(out->ptr, "\u2028"));
}

static inline void random_id(char out[GM_UUID_TEXT], unsigned *seed)
{
	uint8_t uuid[GM_UUID_SIZE];

	for (int i = 0; i < GM_UUID_SIZE; i++)
		uuid[i] = (uint8_t)pick(seed, 256);
	gm_uuid_format(out, uuid);
}

static inline gm_time random_time(unsigned *seed)
{
	gm_time seconds = INT64_C(1700000000) + pick(seed, 100000000);

	return seconds * GM_TIME_SECOND + (pick(seed, 2) ? pick(seed, 1000000) : 0);
}

static inline json_t *random_json(unsigned *seed, int depth)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	json_t *made;

	switch (pick(seed, depth ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(pick(seed, 2));
	case 2:
		return json_integer((json_int_t)pick(seed, 100000) - 50000);
	case 3:
		return json_real((double)pick(seed, 100000) / 1024 - 3.7);
	case 6:
		made = json_object();
		for (unsigned n = pick(seed, 4); n; n--) {
			random_word(&text, seed);
			must(gm_json_set(
				made, gm_buf_str(&text), random_json(seed, depth - 1)));
		}
		return made;
	case 7:
		made = json_array();
		for (unsigned n = pick(seed, 4); n; n--)
			must(gm_json_append(made, random_json(seed, depth - 1)));
		return made;
	default:
		random_text(&text, seed, 5, true);
		return gm_json_string(gm_buf_str(&text));
	}
}

static inline void random_field(char **field, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	random_word(&text, seed);
	must(gm_record_set_text(field, pick(seed, 2) ? gm_buf_str(&text) : NULL));
}

static inline void random_tags(struct gm_strv *out, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	gm_strv_dispose(out);
	for (unsigned n = pick(seed, 4); n; n--) {
		random_word(&text, seed);
		must(gm_strv_add(out, gm_buf_str(&text)));
	}
}

static inline void random_content(struct gm_record *record, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT), piece = GM_BUF_INIT(GM_BUF_TEXT);

	for (unsigned n = pick(seed, 12); n; n--) {
		random_text(&piece, seed, 6, true);
		must(gm_buf_puts(&text, gm_buf_str(&piece)));
		must(gm_buf_puts(&text, pick(seed, 5) ? "\n" : "\n---\n"));
	}
	if (text.size && pick(seed, 2))
		text.size--;
	must(gm_record_set_content(record, gm_buf_str(&text), text.size));
}

static inline void random_extra(json_t **out, unsigned *seed, int depth)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	json_decref(*out);
	*out = json_object();
	for (unsigned n = pick(seed, 4); n; n--) {
		random_word(&text, seed);
		must(gm_json_set(*out, gm_buf_str(&text), random_json(seed, depth)));
	}
}

static inline void random_details(struct gm_record *record, unsigned *seed)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	record->importance = pick(seed, 2) ? 0.5 : (double)pick(seed, 1001) / 1000;
	record->scope = (enum gm_scope)pick(seed, 3);
	record->valid_from = pick(seed, 3) ? GM_TIME_NONE : random_time(seed);
	record->valid_until = pick(seed, 3) ? GM_TIME_NONE : random_time(seed);
	record->conflicts_with[0] = '\0';
	if (pick(seed, 4) == 0)
		random_id(record->conflicts_with, seed);
	json_decref(record->source);
	record->source = NULL;
	random_text(&text, seed, 5, true);
	if (pick(seed, 2))
		record->source = gm_json_string(gm_buf_str(&text));
	else
		random_extra(&record->source, seed, 5);
}

/* A normalised record with anything in it. */
static inline void random_record(struct gm_record *record, unsigned *seed)
{
	char id[GM_UUID_TEXT];

	random_id(record->id, seed);
	record->type = (enum gm_record_type)pick(seed, 4);
	must(gm_record_set_text(
		&record->key, pick(seed, 3) ? NULL : "user/e\u0301ditor"));
	random_field(&record->agent, seed);
	random_field(&record->session, seed);
	random_field(&record->role, seed);
	record->seq = pick(seed, 2) ? -1 : (int64_t)pick(seed, 100);
	record->created = random_time(seed);
	record->updated = pick(seed, 2) ? GM_TIME_NONE : random_time(seed);
	random_tags(&record->tags, seed);
	gm_strv_dispose(&record->supersedes);
	for (unsigned n = pick(seed, 3); n; n--) {
		random_id(id, seed);
		must(gm_strv_add(&record->supersedes, id));
	}
	random_details(record, seed);
	random_extra(&record->extra, seed, 6);
	random_content(record, seed);
	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
}

#endif
