#include "cmd/recall_text.h"

#include <string.h>

#include "base/utf8.h"
#include "cmd/text.h"

/* Of a memory's content this many lines are shown, unless -v. */
#define SHOWN_LINES 3
#define INDENT "    "
#define INDENT_COLUMNS 4

/* " word" when there is one. */
static int put_word(struct gm_buf *out, const char *before, const char *word)
{
	if (!word)
		return 0;
	int rc = gm_buf_puts(out, before);
	return rc < 0 ? rc : gm_puts_safe(out, word);
}

static int put_header(struct gm_buf *out, size_t rank, const struct gm_hit *hit,
	const struct gm_record *record, const char *note, bool colored)
{
	struct gm_date date;

	gm_time_date(&date, record->created);
	int rc = gm_buf_printf(out, "%zu. %.2f %s%s%s", rank, hit->score,
		gm_color(colored, GM_COLOR_COMMIT), gm_short_id(record->id),
		gm_color(colored, GM_COLOR_RESET));
	if (rc == 0 && record->key)
		rc = put_word(out, colored ? " " GM_COLOR_HUNK : " ", record->key);
	if (rc == 0 && record->key)
		rc = gm_buf_puts(out, gm_color(colored, GM_COLOR_RESET));
	if (rc == 0)
		rc = gm_buf_printf(
			out, " %04d-%02d-%02d", date.year, date.month, date.day);
	if (rc == 0)
		rc = put_word(out, " ", record->agent ? record->agent : record->role);
	if (rc == 0)
		rc = put_word(out, "/", record->session);
	if (rc == 0 && *note)
		rc = gm_buf_printf(out, " [%s]", note);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* "    label: text, text"; nothing without any. */
static int put_texts(struct gm_buf *out, const char *label, const struct gm_strv *texts)
{
	if (!texts->n)
		return 0;
	int rc = gm_buf_printf(out, INDENT "%s:", label);
	for (size_t i = 0; rc == 0 && i < texts->n; i++)
		rc = put_word(out, i ? ", " : " ", texts->items[i]);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* What it adds, and of what that is the product. */
static int put_term(struct gm_buf *out, bool first, const struct gm_hit_term *term)
{
	double adds = term->weight * term->value;
	const char *sign = adds < 0 ? "- " : first ? "" : "+ ";

	return gm_buf_printf(out, " %s%.2f %s (%.2f x %.2f)", sign,
		adds < 0 ? -adds : adds, term->name, term->weight, term->value);
}

static int put_why(struct gm_buf *out, const struct gm_hit *hit)
{
	int rc = put_texts(out, "matched", &hit->words);

	if (rc == 0 && hit->n_terms)
		rc = gm_buf_puts(out, INDENT "score:");
	for (size_t i = 0; rc == 0 && i < hit->n_terms; i++)
		rc = put_term(out, i == 0, &hit->terms[i]);
	if (rc == 0 && hit->n_terms)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 ? rc : put_texts(out, "nearly the same", &hit->duplicates);
}

/* How much of a content may still be shown, and whether some was not. */
struct room {
	size_t columns;
	size_t lines;
	bool cut;
};

/* How much of `text` makes a line: as many whole words as fit, or a part of a long one. */
static size_t line_size(const char *text, size_t size, size_t columns)
{
	size_t fits = gm_utf8_fit(text, size, columns);

	if (fits == size || !fits)
		return size;
	for (size_t at = fits; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return fits;
}

/* One line of the content, broken between words at the terminal's edge. */
static int put_broken(
	struct gm_buf *out, const char *line, size_t size, struct room *room)
{
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_LARGE);
	/* More than could ever be shown need not be looked at. */
	size_t most = gm_utf8_fit(line, size, room->columns * (SHOWN_LINES + 1));
	int rc = gm_put_safe(&safe, line, most);
	const char *at = gm_buf_str(&safe);
	size_t rest = safe.size;

	while (rc == 0 && room->lines && rest) {
		size_t step = line_size(at, rest, room->columns);
		rc = gm_buf_printf(out, INDENT "%.*s\n", (int)step, at);
		room->lines--;
		step += step < rest && at[step] == ' ';
		at += step;
		rest -= step;
	}
	room->cut = room->cut || rest;
	return rc;
}

/* The beginning of the content: a few lines of the terminal's width, empty ones left out. */
static int put_beginning(
	struct gm_buf *out, const struct gm_record *record, size_t columns)
{
	struct room room = {columns, SHOWN_LINES, false};
	const char *at = record->content ? record->content : "";
	int rc = 0;

	while (rc == 0 && !room.cut && *at) {
		size_t size = strcspn(at, "\n");
		rc = put_broken(out, at, size, &room);
		at += size + (at[size] == '\n');
	}
	if (rc < 0 || !room.cut)
		return rc;
	out->size--; /* the last line's newline */
	return gm_buf_puts(out, " ...\n");
}

int gm_recall_print_text(struct gm_call *call, const struct gm_recall_text *how,
	size_t rank, const struct gm_hit *hit, const struct gm_record *record)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf note = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = rank > 1 ? gm_buf_putc(&text, '\n') : 0;

	if (rc == 0 && how->standing)
		rc = gm_put_standing(&note, how->standing, record);
	if (rc == 0)
		rc = put_header(
			&text, rank, hit, record, gm_buf_str(&note), call->colored);
	if (rc == 0 && how->explain)
		rc = put_why(&text, hit);
	if (rc == 0)
		rc = call->verbose ? gm_put_lines_safe(&text, INDENT,
					     record->content ? record->content : "",
					     record->content_size)
				   : put_beginning(&text, record, how->columns);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

size_t gm_recall_text_columns(void)
{
	size_t columns = gm_terminal_columns(stdout);

	return columns > 2 * INDENT_COLUMNS ? columns - 2 * INDENT_COLUMNS
					    : INDENT_COLUMNS;
}
