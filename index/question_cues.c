#include "index/question_cues.h"

#include <string.h>

#include "index/language.h"

/* Longer words tell us nothing here. */
#define WORD_MAX 10

/* The word that makes a question one for a time stands among so many first ones. */
#define FIRST_WORDS 3

static const char *const months[] = {"january", "february", "march", "april", "may",
	"june", "july", "august", "september", "october", "november", "december"};

/* What they are called in German, French, Spanish, Italian, Portuguese and Dutch. */
static const char *const other_months[12][7] = {
	{"januar", "janvier", "enero", "gennaio", "janeiro", "januari"},
	{"februar", "février", "febrero", "febbraio", "fevereiro", "februari"},
	{"märz", "mars", "marzo", "março", "maart"},
	{"avril", "abril", "aprile"},
	{"mai", "mayo", "maggio", "maio", "mei"},
	{"juni", "juin", "junio", "giugno", "junho"},
	{"juli", "juillet", "julio", "luglio", "julho"},
	{"août", "agosto", "augustus"},
	{"septembre", "septiembre", "settembre", "setembro"},
	{"oktober", "octobre", "octubre", "ottobre", "outubro"},
	{"novembre", "noviembre", "novembro"},
	{"dezember", "décembre", "diciembre", "dicembre", "dezembro"},
};

struct reader {
	struct gm_question_cues *cues;
	size_t n; /* words so far */
	bool what;
	bool number;       /* the word before was one */
	unsigned doubtful; /* a bit of the month that it may have been */
	char before[WORD_MAX + 1];
	bool date; /* a month or a year was named, so that small numbers are days */
	uint32_t days;
};

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/* The number that a word begins with, maybe with "st", "nd", "rd" or "th" behind; else -1. */
static int number_of(const char *word)
{
	static const char *const endings[] = {"", "st", "nd", "rd", "th", NULL};
	int number = 0;
	size_t n = 0;

	for (; word[n] >= '0' && word[n] <= '9' && n < 5; n++)
		number = number * 10 + (word[n] - '0');
	return n && is_one_of(word + n, endings) ? number : -1;
}

static void take_year(struct gm_question_cues *cues, int year)
{
	for (unsigned i = 0; i < cues->n_years; i++)
		if (cues->years[i] == year)
			return;
	if (cues->n_years < GM_QUESTION_MAX_YEARS)
		cues->years[cues->n_years++] = year;
}

/* "may" and "march" are verbs, too: a number is beside the month, or a word that leads to it. */
static bool is_month(const struct reader *reader, const char *word, bool capital)
{
	static const char *const leading[] = {"in", "of", "on", "last", "this", "next",
		"since", "until", "till", "before", "after", "during", "early", "late",
		"by", "and", "or", "from", "to", "around", NULL};

	if (strcmp(word, "may") != 0 && strcmp(word, "march") != 0)
		return true;
	return reader->number || (capital && is_one_of(reader->before, leading));
}

static void take_month(struct reader *reader, const char *word, bool capital)
{
	unsigned month = 0;
	bool sure = false;

	for (unsigned i = 0; i < 12 && !month; i++)
		if (!strcmp(word, months[i])) {
			month = 1U << i;
			sure = is_month(reader, word, capital);
		} else if (is_one_of(word, other_months[i])) {
			month = 1U << i;
			sure = reader->number;
		}
	reader->doubtful = sure ? 0 : month;
	if (!sure)
		return;
	reader->cues->months |= (uint16_t)month;
	reader->date = true;
}

static void take_number(struct reader *reader, const char *word, int number)
{
	if (reader->doubtful) {
		reader->cues->months |= (uint16_t)reader->doubtful;
		reader->date = true;
	}
	if (number >= 1 && number <= 31)
		reader->days |= UINT32_C(1) << number;
	if (number < 1970 || number > 2099 || strlen(word) != 4)
		return;
	take_year(reader->cues, number);
	reader->date = true;
}

static void take_kind(struct reader *reader, const char *word)
{
	static const char *const units[] = {"date", "year", "month", NULL};
	static const char *const names[] = {"who", "where", "which", NULL};
	struct gm_question_cues *cues = reader->cues;

	if (reader->n < FIRST_WORDS && !strcmp(word, "when"))
		cues->when = true;
	if (reader->n < 2 && !strcmp(word, "what"))
		reader->what = true;
	if (reader->what && is_one_of(word, units))
		cues->when = true;
	if ((reader->n == 0 && is_one_of(word, names)) || !strcmp(word, "name"))
		cues->who = true;
}

static void take_word(struct reader *reader, const char *text, size_t size)
{
	char word[WORD_MAX + 1] = "";

	for (size_t i = 0; i < size && size <= WORD_MAX; i++)
		word[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20)
							   : text[i];
	/* "25 de mayo de 2023" */
	if (!strcmp(word, "de")) {
		reader->n++;
		return;
	}
	take_kind(reader, word);
	int number = number_of(word);
	if (number >= 0)
		take_number(reader, word, number);
	else
		take_month(reader, word, *text >= 'A' && *text <= 'Z');
	reader->number = number >= 0;
	memcpy(reader->before, word, sizeof(word));
	reader->n++;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z') || c & 0x80;
}

/* A number of exactly `n` digits, or -1. */
static int digits(const char *text, size_t size, size_t n)
{
	int number = 0;

	if (size < n || (size > n && text[n] >= '0' && text[n] <= '9'))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/* "2026-06-18", "2026/06/18", "2026-06": its length, or 0 when there is none. */
static size_t take_iso_date(struct reader *reader, const char *text, size_t size)
{
	int year = digits(text, size, 4);

	if (year < 1970 || year > 2099 || size < 7 || (text[4] != '-' && text[4] != '/'))
		return 0;
	int month = digits(text + 5, size - 5, 2);
	if (month < 1 || month > 12)
		return 0;
	int day = size > 7 && text[7] == text[4] ? digits(text + 8, size - 8, 2) : 0;
	if (day < 0 || day > 31 ||
		(!day && (text[4] == '/' || (size > 7 && is_word(text[7])))))
		return 0;
	take_year(reader->cues, year);
	reader->cues->months |= (uint16_t)(1U << (month - 1));
	if (day)
		reader->days |= UINT32_C(1) << day;
	reader->date = true;
	reader->n++;
	return day ? 10 : 7;
}

void gm_question_cues_read(struct gm_question_cues *out, const char *text, size_t size)
{
	struct reader reader = {.cues = out};
	enum gm_language language = gm_language_guess(text, size);

	memset(out, 0, sizeof(*out));
	out->english = language == GM_LANGUAGE_EN || language == GM_LANGUAGE_NONE;
	for (size_t at = 0; at < size;) {
		size_t end = at + take_iso_date(&reader, text + at, size - at);
		if (end > at) {
			at = end;
			continue;
		}
		while (end < size && is_word(text[end]))
			end++;
		if (end > at)
			take_word(&reader, text + at, end - at);
		at = end + 1;
	}
	if (reader.date)
		out->days = reader.days;
	if (!out->english)
		out->when = out->who = false;
	out->n_dates = (unsigned)__builtin_popcount(out->months) +
		(unsigned)__builtin_popcount(out->days) + out->n_years;
}

double gm_question_cues_date(const struct gm_question_cues *cues, gm_time time)
{
	struct gm_date date;
	unsigned n = 0;

	if (!cues->n_dates)
		return 0;
	gm_time_date(&date, time);
	n += cues->months >> (date.month - 1) & 1;
	n += cues->days >> date.day & 1;
	for (unsigned i = 0; i < cues->n_years; i++)
		n += cues->years[i] == date.year;
	return (double)n / cues->n_dates;
}
