#include "index/cues.h"

#include <stdbool.h>
#include <string.h>

#include "index/checksum.h"

#define SIMHASH_BITS 64

/* Numbers, names of versions and the like make memories differ that are alike otherwise. */
#define WEIGHT_OF_DIGITS 4

/* A sentence of so few words without a question mark says nothing: "Good to hear!" */
#define FRAGMENT_WORDS 3

/* Longer words are no words of time. */
#define TIME_WORD_MAX 9

/* Sorted. */
static const char time_words[][TIME_WORD_MAX + 1] = {"afternoon", "ago", "april",
	"august", "christmas", "date", "day", "days", "december", "earlier", "evening",
	"february", "friday", "january", "july", "june", "last", "lately", "march", "may",
	"monday", "month", "months", "morning", "next", "night", "november", "october",
	"recently", "saturday", "september", "since", "soon", "spring", "summer",
	"sunday", "thursday", "today", "tomorrow", "tonight", "tuesday", "wednesday",
	"week", "weekend", "weeks", "winter", "year", "years", "yesterday"};

/* Of words whose hash has a bit. Small numbers are counted eight at a time, a byte each. */
struct counts {
	uint64_t small[8];    /* byte i of number k is for bit 8 * i + k */
	uint32_t small_limit; /* what none of them is above */
	uint32_t full[SIMHASH_BITS];
};

struct scan {
	struct counts counts;
	uint32_t weight;
	unsigned capitals;
	bool time;
	size_t words; /* of the sentence */
	bool asks;    /* the sentence before ended with a question mark */
	bool says;    /* one was no question */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_ascii_word(char c)
{
	return (unsigned)((c | 0x20) - 'a') < 26 || is_digit(c) || c == '_';
}

/* UTF-8 that begins so is punctuation, a symbol or a picture. */
static bool is_symbol(char c)
{
	return c == '\xe2' || c == '\xf0';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_year(const char *word, size_t size)
{
	return size == 4 && (!memcmp(word, "19", 2) || !memcmp(word, "20", 2)) &&
		is_digit(word[2]) && is_digit(word[3]);
}

static bool is_time_word(const char *word, size_t size)
{
	size_t from = 0;
	size_t to = sizeof(time_words) / sizeof(*time_words);
	char text[TIME_WORD_MAX + 1] = "";

	if (size > TIME_WORD_MAX)
		return false;
	if (is_year(word, size))
		return true;
	for (size_t i = 0; i < size; i++)
		text[i] = lower(word[i]);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = text[0] - time_words[middle][0];
		if (order == 0)
			order = strcmp(text, time_words[middle]);
		if (order == 0)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}

/* FNV-1a alone hardly moves its high bits for short words. */
static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd); /* the finaliser of MurmurHash3 */
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

static void fill_counts(struct counts *counts)
{
	for (unsigned i = 0; i < SIMHASH_BITS; i++)
		counts->full[i] += (uint32_t)(counts->small[i % 8] >> (i & ~7U) & 0xff);
	memset(counts->small, 0, sizeof(counts->small));
	counts->small_limit = 0;
}

static void count_bits(struct counts *counts, uint64_t hash, uint32_t weight)
{
	if (counts->small_limit + weight > 0xff)
		fill_counts(counts);
	counts->small_limit += weight;
	for (unsigned k = 0; k < 8; k++)
		counts->small[k] += (hash >> k & UINT64_C(0x0101010101010101)) * weight;
}

static void add_to_simhash(struct scan *scan, const char *word, size_t size)
{
	uint64_t hash = GM_CHECKSUM_INIT;
	uint32_t weight = 1;

	for (size_t i = 0; i < size; i++) {
		hash = gm_checksum_byte(hash, (uint8_t)lower(word[i]));
		if (is_digit(word[i]))
			weight = WEIGHT_OF_DIGITS;
	}
	count_bits(&scan->counts, mix(hash), weight);
	scan->weight += weight;
}

static uint64_t simhash(struct scan *scan)
{
	uint64_t hash = 0;

	fill_counts(&scan->counts);
	for (unsigned i = 0; i < SIMHASH_BITS; i++)
		hash |= (uint64_t)(scan->counts.full[i] > scan->weight / 2) << i;
	return hash;
}

/* A capital behind a word of small letters, or a comma, begins no sentence. */
static bool is_capitalised(const char *text, size_t at, size_t size)
{
	if (at < 2 || size < 2 || text[at - 1] != ' ')
		return false;
	return text[at] >= 'A' && text[at] <= 'Z' && text[at + 1] >= 'a' &&
		text[at + 1] <= 'z' &&
		((text[at - 2] >= 'a' && text[at - 2] <= 'z') || text[at - 2] == ',');
}

static void take_word(
	struct scan *scan, const char *text, size_t at, size_t size, bool english)
{
	add_to_simhash(scan, text + at, size);
	if (scan->capitals < GM_CUES_CAPITALS && is_capitalised(text, at, size))
		scan->capitals++;
	if (english && !scan->time)
		scan->time = is_time_word(text + at, size);
	scan->words++;
}

static void end_sentence(struct scan *scan, bool asks)
{
	if (!scan->words)
		return;
	scan->asks = asks;
	scan->says |= !asks && scan->words > FRAGMENT_WORDS;
	scan->words = 0;
}

/* The size of a mark that ends a sentence, 0 for others; `asks_out` for a question mark. */
static size_t sentence_mark(bool *asks_out, const char *at, size_t size)
{
	static const char *const wide[] = {
		"\xef\xbc\x9f", "\xd8\x9f", "\xe3\x80\x82", "\xef\xbc\x81"};

	*asks_out = *at == '?';
	if (*at == '\n')
		return 1;
	if (*at == '?' || *at == '!' || *at == '.') /* not those in names and numbers */
		return size == 1 || !is_ascii_word(at[1]);
	if (!(*at & 0x80))
		return 0;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		size_t n = strlen(wide[i]);
		*asks_out = i < 2;
		if (size >= n && !memcmp(at, wide[i], n))
			return n;
	}
	return 0;
}

/* Without blanks, and without what stands in brackets, at the end. */
static size_t size_without_note(const char *text, size_t size)
{
	while (size && (text[size - 1] == ' ' || text[size - 1] == '\n'))
		size--;
	if (!size || text[size - 1] != ']')
		return size;
	for (size_t at = size - 1; at > 0; at--)
		if (text[at] == '[')
			return at;
	return size;
}

/* Returns where the word ends. */
static size_t word_end(const char *text, size_t at, size_t size)
{
	bool asks;

	for (; at < size; at++) {
		if (is_ascii_word(text[at]))
			continue;
		if (!(text[at] & 0x80) || is_symbol(text[at]) ||
			sentence_mark(&asks, text + at, size - at))
			break;
	}
	return at;
}

static size_t separator_size(char c)
{
	return !is_symbol(c) ? 1 : c == '\xe2' ? 3 : 4;
}

static void scan_text(struct scan *scan, const char *text, size_t size, bool english)
{
	for (size_t at = 0; at < size;) {
		size_t end = word_end(text, at, size);
		bool asks;

		if (end > at) {
			take_word(scan, text, at, end - at, english);
			at = end;
			continue;
		}
		size_t mark = sentence_mark(&asks, text + at, size - at);
		if (mark)
			end_sentence(scan, asks);
		at += mark ? mark : separator_size(text[at]);
	}
	end_sentence(scan, false);
}

void gm_cues_of_text(
	struct gm_document *out, const char *text, size_t size, enum gm_language language)
{
	struct scan scan = {.weight = 0};
	bool english = language == GM_LANGUAGE_EN || language == GM_LANGUAGE_NONE;
	size_t told = size_without_note(text, size);

	scan_text(&scan, text, told, english);
	unsigned flags = out->flags &
		~(unsigned)(GM_DOCUMENT_QUESTION | GM_DOCUMENT_ONLY_ASKS |
			GM_DOCUMENT_TIME);
	if (scan.asks)
		flags |= GM_DOCUMENT_QUESTION;
	if (!scan.says && told == size)
		flags |= GM_DOCUMENT_ONLY_ASKS;
	scan_text(&scan, text + told, size - told, english);
	if (scan.time)
		flags |= GM_DOCUMENT_TIME;
	out->flags = (uint16_t)flags;
	out->capitals = (uint8_t)scan.capitals;
	out->simhash = simhash(&scan);
}
