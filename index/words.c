#include "index/words.h"

#include <string.h>

#include "base/unicode.h"
#include "index/characters.h"
#include "index/words_internal.h"

/* Pieces of one identifier or number; one with more has no whole. */
#define MAX_PIECES 16

/* Digits that name an object of Git's in short. */
#define SHORT_NAME 7

struct piece {
	size_t start;
	size_t end;
	enum gm_script script;
	bool ascii;
	bool letters;
	bool digits;
	bool capitals; /* of ASCII */
	char before;   /* what connects it with the piece before */
};

/* What is written without a blank: one word, or an identifier with its pieces. */
struct run {
	struct piece pieces[MAX_PIECES];
	size_t n;
	bool crowded; /* it had more pieces */
};

static size_t fold_ascii(char *out, const char *text, size_t size)
{
	if (size > GM_WORD_MAX)
		size = GM_WORD_MAX;
	for (size_t i = 0; i < size; i++)
		out[i] = (char)(text[i] | (text[i] >= 'A' && text[i] <= 'Z' ? 0x20 : 0));
	return size;
}

/* Of a very long word only the first characters are folded. */
static size_t fold_piece(
	char *out, const struct gm_word_scanner *scanner, const struct piece *piece)
{
	const char *text = scanner->text + piece->start;
	size_t size = piece->end - piece->start;

	if (piece->ascii)
		return fold_ascii(out, text, size);
	if (size > GM_WORD_MAX) {
		size = GM_WORD_MAX;
		while (((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
	}
	return gm_unicode_fold_case(out, GM_WORD_MAX, text, size);
}

/* Most words are in small letters: there is nothing to be folded. */
static bool is_folded(const struct piece *piece)
{
	return piece->ascii && !piece->capitals &&
		piece->end - piece->start <= GM_WORD_MAX;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* "tc22": each run of two or more letters, or digits. */
static void emit_parts(struct gm_word_scanner *scanner, const struct gm_word *word)
{
	size_t start = 0;

	for (size_t i = 1; i <= word->size && !scanner->rc; i++) {
		struct gm_word part = *word;
		if (i < word->size &&
			is_digit(word->text[i]) == is_digit(word->text[start]))
			continue;
		part.kind = GM_WORD_PART;
		part.digits = is_digit(word->text[start]);
		part.script = part.digits ? GM_SCRIPT_NONE : word->script;
		part.text = word->text + start;
		part.size = i - start;
		if (part.size > 1 && part.size < word->size)
			gm_word_emit(scanner, &part);
		start = i;
	}
}

/* Digits and letters mixed as only a hexadecimal name has them. */
static bool is_object_name(const struct gm_word *word)
{
	for (size_t i = 0; i < word->size; i++)
		if (!is_digit(word->text[i]) &&
			(word->text[i] < 'a' || word->text[i] > 'f'))
			return false;
	return word->size >= SHORT_NAME;
}

static void emit_piece(struct gm_word_scanner *scanner, const struct piece *piece)
{
	char text[GM_WORD_MAX];
	struct gm_word word = {
		.kind = GM_WORD_PLAIN,
		.script = piece->script,
		.ascii = piece->ascii,
		.digits = piece->digits,
		.text = text,
		.start = piece->start,
		.end = piece->end,
	};

	if (is_folded(piece)) {
		word.text = scanner->text + piece->start;
		word.size = piece->end - piece->start;
	} else {
		word.size = fold_piece(text, scanner, piece);
	}
	gm_word_emit(scanner, &word);
	if (!piece->ascii || !piece->letters || !piece->digits)
		return;
	if (!is_object_name(&word)) {
		emit_parts(scanner, &word);
	} else if (word.size > SHORT_NAME) {
		word.kind = GM_WORD_PREFIX;
		word.size = SHORT_NAME;
		gm_word_emit(scanner, &word);
	}
}

/* Numbers, versions, dates: every piece begins with a digit, but for the v of a version. */
static bool is_number(const struct gm_word_scanner *scanner, const struct run *run)
{
	const char *first = scanner->text + run->pieces[0].start;
	size_t from = (*first | 0x20) == 'v' && is_digit(first[1]) ? 1 : 0;

	for (size_t i = from; i < run->n; i++)
		if (!is_digit(scanner->text[run->pieces[i].start]))
			return false;
	return true;
}

/* "re-entry" */
static bool is_hyphened(const struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->pieces[i].digits || (i && run->pieces[i].before != '-'))
			return false;
	return true;
}

static void emit_whole(struct gm_word_scanner *scanner, const struct run *run)
{
	char text[GM_WORD_MAX];
	bool number = is_number(scanner, run);
	struct gm_word word = {
		.kind = is_hyphened(run) ? GM_WORD_JOINED : GM_WORD_WHOLE,
		.script = number ? GM_SCRIPT_NONE : GM_SCRIPT_LATIN,
		.ascii = true,
		.text = text,
		.start = run->pieces[0].start,
		.end = run->pieces[run->n - 1].end,
	};

	for (size_t i = 0; i < run->n; i++) {
		char folded[GM_WORD_MAX];
		size_t size = fold_piece(folded, scanner, &run->pieces[i]);
		size_t skip = number && size && folded[0] == 'v' ? 1 : 0;
		size_t dot = number && i && run->pieces[i].before != ',';

		if (size + dot > sizeof(text) - word.size)
			return;
		if (dot)
			text[word.size++] = '.';
		memcpy(text + word.size, folded + skip, size - skip);
		word.size += size - skip;
		word.ascii = word.ascii && run->pieces[i].ascii;
		word.digits = word.digits || run->pieces[i].digits;
		if (!number && run->pieces[i].script != GM_SCRIPT_NONE)
			word.script = run->pieces[i].script;
	}
	gm_word_emit(scanner, &word);
}

static void emit_run(struct gm_word_scanner *scanner, struct run *run)
{
	for (size_t i = 0; i < run->n && !scanner->rc; i++) {
		emit_piece(scanner, &run->pieces[i]);
		if (i == 0 && run->n > 1 && !run->crowded)
			emit_whole(scanner, run);
	}
	run->n = 0;
}

static void add_piece(
	struct gm_word_scanner *scanner, struct run *run, const struct piece *piece)
{
	if (run->n == MAX_PIECES) {
		run->crowded = true;
		emit_run(scanner, run);
	}
	run->pieces[run->n++] = *piece;
}

/*
 * Whether a new piece begins inside "fooBar" or "HTTPServer". Single letters are left where they
 * are: "iPhone", "GiB" and "URLs" are one word.
 */
static bool is_hump(const char *text, size_t start, size_t at, size_t end)
{
	if (at - start < 2 || end - at < 2 || !is_upper(text[at]))
		return false;
	if (is_lower(text[at - 1]))
		return true;
	return is_upper(text[at - 1]) && is_lower(text[at + 1]) &&
		(end - at > 2 || text[at + 1] != 's');
}

static void add_humps(
	struct gm_word_scanner *scanner, struct run *run, struct piece piece)
{
	size_t end = piece.end;

	if (piece.ascii && !piece.digits && piece.capitals)
		for (size_t at = piece.start + 2; at + 1 < end; at++) {
			if (!is_hump(scanner->text, piece.start, at, end))
				continue;
			piece.end = at;
			add_piece(scanner, run, &piece);
			piece.start = at;
			piece.before = '\0';
			piece.end = end;
		}
	add_piece(scanner, run, &piece);
}

/* Most text is ASCII, which needs no tables. */
static void read_ascii(struct gm_word_scanner *scanner, struct piece *piece)
{
	const char *at = scanner->text + scanner->at;
	const char *end = scanner->text + scanner->size;
	bool letters = false;
	bool digits = false;
	bool capitals = false;

	for (; at < end; at++) {
		bool letter = (unsigned)((*at | 0x20) - 'a') < 26;
		bool digit = (unsigned)(*at - '0') < 10;
		if (!(letter | digit))
			break;
		letters |= letter;
		digits |= digit;
		capitals |= letter & !(*at & 0x20);
	}
	if (letters && !piece->letters)
		piece->script = GM_SCRIPT_LATIN;
	piece->letters |= letters;
	piece->digits |= digits;
	piece->capitals |= capitals;
	scanner->at = (size_t)(at - scanner->text);
}

/* Read letters, digits and marks. */
static struct piece read_piece(struct gm_word_scanner *scanner)
{
	struct piece piece = {.start = scanner->at, .ascii = true};

	for (;;) {
		read_ascii(scanner, &piece);
		if (scanner->at == scanner->size || !(scanner->text[scanner->at] & 0x80))
			break;
		struct gm_char c = gm_char_at(
			scanner->text + scanner->at, scanner->size - scanner->at);
		if (c.class == GM_CHAR_SEPARATOR || c.class == GM_CHAR_UNSPACED)
			break;
		piece.ascii = false;
		piece.digits = piece.digits || c.class == GM_CHAR_DIGIT;
		if (c.class == GM_CHAR_LETTER && !piece.letters) {
			piece.letters = true;
			piece.script = c.script;
		}
		scanner->at += c.size;
	}
	piece.end = scanner->at;
	return piece;
}

/* The day of "2026-03-27T13:25": the time is a number of its own. */
static bool is_day(
	const struct gm_word_scanner *scanner, const struct run *run, struct piece *piece)
{
	const char *text = scanner->text + piece->start;

	if (run->n != 2 || piece->before != '-' || piece->end - piece->start != 5 ||
		text[2] != 'T' || !is_digit(text[0]) || !is_digit(text[3]))
		return false;
	piece->end = piece->start + 2;
	piece->letters = false;
	piece->script = GM_SCRIPT_NONE;
	return true;
}

static bool begins_word(const struct gm_word_scanner *scanner, size_t at)
{
	if (at >= scanner->size)
		return false;
	struct gm_char c = gm_char_at(scanner->text + at, scanner->size - at);
	return c.class == GM_CHAR_LETTER || c.class == GM_CHAR_DIGIT;
}

/* What holds the pieces of an identifier together; it is passed over. */
static char read_connector(struct gm_word_scanner *scanner)
{
	size_t at = scanner->at;
	char c = at < scanner->size ? scanner->text[at] : '\0';

	switch (c) {
	case '_':
		while (at < scanner->size && scanner->text[at] == '_')
			at++;
		break;
	case '-':
	case '.':
		at++;
		break;
	case ',':
	case ':':
	case '/':
		at++;
		if (at >= scanner->size || !is_digit(scanner->text[at]) ||
			!is_digit(scanner->text[at - 2]))
			return '\0';
		break;
	default:
		return '\0';
	}
	if (!begins_word(scanner, at))
		return '\0';
	scanner->at = at;
	return c;
}

static void scan_run(struct gm_word_scanner *scanner)
{
	struct run run; /* its pieces are many, and few are used */
	char before = '\0';

	run.n = 0;
	run.crowded = false;
	do {
		struct piece piece = read_piece(scanner);
		piece.before = before;
		bool day = is_day(scanner, &run, &piece);
		add_humps(scanner, &run, piece);
		if (day) {
			scanner->at = piece.end + 1;
			break;
		}
		before = read_connector(scanner);
	} while (before && !scanner->rc);
	emit_run(scanner, &run);
}

void gm_word_emit(struct gm_word_scanner *scanner, const struct gm_word *word)
{
	if (word->size && !scanner->rc)
		scanner->rc = scanner->fn(word, scanner->payload);
}

int gm_words_each(const char *text, size_t size, gm_word_fn fn, void *payload)
{
	struct gm_word_scanner scanner = {text, size, 0, fn, payload, 0};

	while (scanner.at < size && !scanner.rc) {
		struct gm_char c = gm_char_at(text + scanner.at, size - scanner.at);
		if (c.class == GM_CHAR_LETTER || c.class == GM_CHAR_DIGIT)
			scan_run(&scanner);
		else if (c.class == GM_CHAR_UNSPACED)
			gm_words_scan_unspaced(&scanner);
		else
			scanner.at += c.size;
	}
	return scanner.rc;
}

size_t gm_word_fold(char out[GM_WORD_MAX], const struct gm_word *word)
{
	if (word->ascii) {
		memcpy(out, word->text, word->size);
		return word->size;
	}
	return gm_fold_marks(out, GM_WORD_MAX, word->text, word->size, word->script);
}
