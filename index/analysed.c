#include "index/analysed.h"

#include <string.h>

#include "index/analyser.h"
#include "index/cues.h"
#include "index/term_table.h"
#include "index/varint.h"

#define NONE UINT32_MAX

/* Memories are rarely longer. */
#define USUAL_SIZE 2000

struct place {
	uint32_t at;
	uint32_t next; /* of the same term; NONE: it is the last */
};

struct tally {
	uint32_t tf;
	uint32_t first; /* place; NONE: it has none */
	uint32_t last;
};

/* What was found of one memory. */
struct analysis {
	struct gm_term_table terms;
	struct tally *tallies; /* one for each term */
	size_t tallies_cap;
	struct place *places;
	size_t n_places;
	size_t places_cap;
	enum gm_field field; /* of the text that is analysed */
	uint32_t next;       /* the place behind the last word */
	uint32_t words;
};

#define ANALYSIS_INIT                        \
	{                                    \
		.terms = GM_TERM_TABLE_INIT, \
	}

static void analysis_dispose(struct analysis *analysis)
{
	gm_term_table_dispose(&analysis->terms);
	gm_free(analysis->tallies);
	gm_free(analysis->places);
}

/* A word may be its own part or form: it is at a place only once. */
static int add_place(struct analysis *analysis, struct tally *tally, uint32_t at)
{
	uint32_t number = (uint32_t)analysis->n_places;

	if (tally->last != NONE && analysis->places[tally->last].at == at)
		return 0;
	int rc = gm_grow(&analysis->places, &analysis->places_cap, analysis->n_places + 1,
		sizeof(*analysis->places));
	if (rc < 0)
		return rc;
	analysis->places[analysis->n_places++] = (struct place){at, NONE};
	if (tally->last == NONE)
		tally->first = number;
	else
		analysis->places[tally->last].next = number;
	tally->last = number;
	tally->tf++;
	return 0;
}

static int tally_of(
	struct tally **out, struct analysis *analysis, const char *text, size_t size)
{
	uint32_t number;
	int rc =
		gm_term_table_add(&number, &analysis->terms, analysis->field, text, size);

	if (rc < 0)
		return rc;
	if (rc == 1) {
		rc = gm_grow(&analysis->tallies, &analysis->tallies_cap,
			analysis->terms.n, sizeof(*analysis->tallies));
		if (rc < 0)
			return rc;
		analysis->tallies[number] = (struct tally){0, NONE, NONE};
	}
	*out = &analysis->tallies[number];
	return 0;
}

static int put_term(const struct gm_term *term, void *payload)
{
	struct analysis *analysis = payload;
	struct tally *tally;
	int rc = tally_of(&tally, analysis, term->text, term->size);

	if (rc < 0)
		return rc;
	if (!term->again || !analysis->next) {
		analysis->next++;
		analysis->words++;
	}
	if (gm_field_has_places(analysis->field))
		return add_place(analysis, tally, analysis->next - 1);
	tally->tf++;
	return 0;
}

static void begin_field(struct analysis *analysis, enum gm_field field)
{
	analysis->field = field;
	analysis->next = 0;
	analysis->words = 0;
}

static int put_whole(struct analysis *analysis, enum gm_field field, const char *text)
{
	struct tally *tally;
	size_t size = text ? strlen(text) : 0;

	if (!size || size > GM_ANALYSED_MAX_TERM)
		return 0;
	begin_field(analysis, field);
	int rc = tally_of(&tally, analysis, text, size);
	if (rc == 0)
		tally->tf++;
	return rc;
}

static int put_text(struct analysis *analysis, struct gm_stemmer *stemmer,
	enum gm_language language, const char *text)
{
	if (!text)
		return 0;
	/* A phrase is not to be found across two names. */
	if (analysis->next)
		analysis->next++;
	return gm_analyse(stemmer, language, text, strlen(text), put_term, analysis);
}

static int put_names(struct gm_document *document, struct analysis *analysis,
	const struct gm_record *record, struct gm_stemmer *stemmer)
{
	enum gm_language language = (enum gm_language)document->language;

	begin_field(analysis, GM_FIELD_NAMES);
	int rc = put_text(analysis, stemmer, language, record->key);
	for (size_t i = 0; i < record->tags.n && rc == 0; i++)
		rc = put_text(analysis, stemmer, language, record->tags.items[i]);
	document->names_length =
		(uint16_t)(analysis->words < UINT16_MAX ? analysis->words : UINT16_MAX);
	return rc;
}

/* Make room for the usual number of terms, or else it is made step by step, over and over. */
static int reserve(struct analysis *analysis, size_t size)
{
	size_t n = 16 + (size < USUAL_SIZE ? size : USUAL_SIZE) / 5;
	int rc = gm_term_table_reserve(&analysis->terms, n, n * 8);

	if (rc == 0)
		rc = gm_grow(&analysis->tallies, &analysis->tallies_cap, n,
			sizeof(*analysis->tallies));
	return rc < 0 ? rc
		      : gm_grow(&analysis->places, &analysis->places_cap, n + n / 2,
				sizeof(*analysis->places));
}

static int put_content(struct gm_document *document, struct analysis *analysis,
	const struct gm_record *record, struct gm_stemmer *stemmer)
{
	size_t size = record->content_size < GM_ANALYSED_MAX_CONTENT
		? record->content_size
		: GM_ANALYSED_MAX_CONTENT;
	enum gm_language language;

	if (!record->content)
		return 0;
	begin_field(analysis, GM_FIELD_CONTENT);
	int rc = gm_analyse_guessing(
		&language, stemmer, record->content, size, put_term, analysis);
	if (rc < 0)
		return rc;
	document->language = (uint8_t)language;
	document->length = analysis->words;
	gm_cues_of_text(document, record->content, size, language);
	return 0;
}

static int put_record(struct gm_document *document, struct analysis *analysis,
	const struct gm_record *record, struct gm_stemmer *stemmer)
{
	int rc = put_content(document, analysis, record, stemmer);

	if (rc == 0)
		rc = put_names(document, analysis, record, stemmer);
	begin_field(analysis, GM_FIELD_AGENT);
	if (rc == 0)
		rc = put_text(analysis, stemmer, (enum gm_language)document->language,
			record->agent);
	if (rc == 0)
		rc = put_whole(analysis, GM_FIELD_KEY, record->key);
	for (size_t i = 0; i < record->tags.n && rc == 0; i++)
		rc = put_whole(analysis, GM_FIELD_TAG, record->tags.items[i]);
	return rc;
}

static struct gm_document document_of(
	const struct gm_record *record, uint32_t session, uint32_t agent)
{
	double importance = record->importance;
	int64_t seq = record->seq < INT32_MAX ? record->seq : INT32_MAX;
	struct gm_document document = {
		.created = record->created,
		.session = session,
		.agent = agent,
		.seq = (int32_t)(seq < 0 ? -1 : seq),
		.flags = record->scope == GM_SCOPE_PRIVATE ? GM_DOCUMENT_PRIVATE : 0,
		.type = (uint8_t)record->type,
	};

	if (importance > 0)
		document.importance =
			(uint8_t)(importance < 1 ? importance * 100 + .5 : 100);
	return document;
}

static uint8_t *write_places(
	uint8_t *at, const struct analysis *analysis, const struct tally *tally)
{
	uint32_t next = 0;

	for (uint32_t i = tally->first; i != NONE; i = analysis->places[i].next) {
		at = gm_leb128_put(at, analysis->places[i].at - next);
		next = analysis->places[i].at + 1;
	}
	return at;
}

static int write_term(
	struct gm_buf *out, const struct analysis *analysis, uint32_t number)
{
	const struct tally *tally = &analysis->tallies[number];
	size_t size;
	const char *text = gm_term_table_text(&size, &analysis->terms, number);
	int rc = gm_buf_reserve(
		out, size + 2 * GM_LEB128_MAX + (size_t)tally->tf * GM_LEB128_MAX);

	if (rc < 0)
		return rc;
	uint8_t *at = (uint8_t *)out->ptr + out->size;
	at = gm_leb128_put(at, size);
	memcpy(at, text, size);
	at = gm_leb128_put(at + size, tally->tf);
	at = write_places(at, analysis, tally);
	out->size = (size_t)((char *)at - out->ptr);
	*at = '\0';
	return 0;
}

int gm_analysed_make(struct gm_buf *out, const struct gm_record *record, uint32_t session,
	uint32_t agent, struct gm_stemmer *stemmer)
{
	gm_cleanup(analysis_dispose) struct analysis analysis = ANALYSIS_INIT;
	struct gm_document document = document_of(record, session, agent);
	size_t before = out->size;
	int rc = reserve(&analysis, record->content_size);

	if (rc == 0)
		rc = put_record(&document, &analysis, record, stemmer);
	if (rc == 0)
		rc = gm_buf_put(out, &document, sizeof(document));
	for (uint32_t i = 0; i < analysis.terms.n && rc == 0; i++)
		rc = write_term(out, &analysis, i);
	if (rc < 0)
		out->size = before;
	return rc;
}

static bool is_field(uint8_t field)
{
	return field == GM_FIELD_AGENT || field == GM_FIELD_CONTENT ||
		field == GM_FIELD_KEY || field == GM_FIELD_NAMES || field == GM_FIELD_TAG;
}

/* Read the term at `at`; where it ends is returned, NULL when it is damaged. */
static const uint8_t *parse_term(
	struct gm_analysed_term *out, const uint8_t *at, const uint8_t *end)
{
	uint64_t size;
	uint64_t tf;

	at = gm_leb128_get(&size, at, end);
	if (!at || size < 2 || size > GM_ANALYSED_MAX_TERM + 1 ||
		size > (size_t)(end - at) || !is_field(*at))
		return NULL;
	out->field = (enum gm_field) * at;
	out->text = (const char *)at + 1;
	out->size = (size_t)size - 1;
	at = gm_leb128_get(&tf, at + size, end);
	if (!at || !tf || tf > INT32_MAX)
		return NULL;
	out->tf = (uint32_t)tf;
	out->places = NULL;
	out->places_size = 0;
	if (!gm_field_has_places(out->field))
		return at;
	out->places = at;
	at = gm_leb128_skip(at, end, tf);
	if (at)
		out->places_size = (size_t)(at - out->places);
	return at;
}

static int damaged(void)
{
	return gm_error(GM_EMISMATCH, "recall index: an analysed memory is damaged");
}

int gm_analysed_parse(struct gm_document *out, const void *data, size_t size,
	gm_analysed_term_fn fn, void *payload)
{
	const uint8_t *at = data;
	const uint8_t *end = at + size;
	int rc = 0;

	if (size < sizeof(*out))
		return damaged();
	memcpy(out, at, sizeof(*out));
	at += sizeof(*out);
	while (fn && at < end && rc == 0) {
		struct gm_analysed_term term;
		at = parse_term(&term, at, end);
		if (!at)
			return damaged();
		rc = fn(&term, payload);
	}
	return rc;
}
