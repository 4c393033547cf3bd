#include "cmd/content_text.h"

#include <string.h>

#include "cmd/text.h"
#include "dag/word_diff.h"

static const char *line_color(char mark)
{
	switch (mark) {
	case '+':
		return GM_COLOR_NEW;
	case '-':
		return GM_COLOR_OLD;
	case '@':
		return GM_COLOR_HUNK;
	default:
		return "";
	}
}

/* One line, which may end in a newline, in the colour `code` ("": none). */
static int put_line(struct gm_buf *out, const char *indent, const char *code, char mark,
	struct gm_text line)
{
	int rc = gm_buf_puts(out, code);

	if (line.size && line.ptr[line.size - 1] == '\n')
		line.size--;
	if (rc == 0 && (mark || line.size))
		rc = gm_buf_puts(out, indent);
	if (rc == 0 && mark)
		rc = gm_buf_putc(out, mark);
	if (rc == 0)
		rc = gm_put_line_safe(out, line.ptr, line.size);
	return rc < 0 ? rc : gm_buf_printf(out, "%s\n", *code ? GM_COLOR_RESET : "");
}

/* A word diff on its way out. */
struct words {
	struct gm_buf *out;
	bool colored;
	bool inside; /* of a line */
	bool told;   /* something */
};

/* How a stretch of this kind is set off from its surroundings. */
static void choose_marks(const char **start_out, const char **end_out,
	enum gm_word_kind kind, bool colored)
{
	const char *color = kind == GM_WORDS_OLD ? GM_COLOR_OLD
		: kind == GM_WORDS_NEW           ? GM_COLOR_NEW
		: kind == GM_WORDS_PLACE         ? GM_COLOR_HUNK
						 : "";

	*start_out = colored           ? color
		: kind == GM_WORDS_OLD ? "[-"
		: kind == GM_WORDS_NEW ? "{+"
				       : "";
	*end_out = colored             ? (*color ? GM_COLOR_RESET : "")
		: kind == GM_WORDS_OLD ? "-]"
		: kind == GM_WORDS_NEW ? "+}"
				       : "";
}

/* Words of one line. An empty line gets nothing, not even blanks. */
static int put_words_of_line(
	struct words *words, enum gm_word_kind kind, const char *text, size_t size)
{
	const char *start, *end;
	int rc = 0;

	if (!size)
		return 0;
	choose_marks(&start, &end, kind, words->colored);
	if (!words->inside)
		rc = gm_buf_puts(words->out, GM_DELTA_INDENT);
	words->inside = true;
	if (rc == 0)
		rc = gm_buf_puts(words->out, start);
	if (rc == 0)
		rc = gm_put_line_safe(words->out, text, size);
	return rc < 0 ? rc : gm_buf_puts(words->out, end);
}

static int end_line(struct words *words)
{
	words->inside = false;
	return gm_buf_putc(words->out, '\n');
}

/* That a change is in the first lines goes without saying. */
static bool is_first_place(struct gm_text line)
{
	return line.size > 5 && !memcmp(line.ptr, "@@ -", 4) &&
		strchr("01", line.ptr[4]) && strchr(" ,", line.ptr[5]);
}

static int put_words(enum gm_word_kind kind, struct gm_text text, void *payload)
{
	struct words *words = payload;
	bool first = !words->told;
	int rc = 0;

	words->told = true;
	if (kind == GM_WORDS_PLACE && first && is_first_place(text))
		return 0;
	while (rc == 0 && text.size) {
		const char *newline = memchr(text.ptr, '\n', text.size);
		size_t size = newline ? (size_t)(newline - text.ptr) : text.size;
		rc = put_words_of_line(words, kind, text.ptr, size);
		if (rc == 0 && newline)
			rc = end_line(words);
		size += newline != NULL;
		text.ptr += size;
		text.size -= size;
	}
	return rc;
}

/* The text of a side. How its last line ends is no difference that people look for. */
static int put_side_text(struct gm_buf *out, const struct gm_delta_side *side)
{
	const char *text = side->is_record ? side->record.content : side->bytes.ptr;
	size_t size = side->is_record ? side->record.content_size : side->bytes.size;

	if (!size)
		return 0;
	int rc = gm_buf_put(out, text, size);
	return rc < 0 || text[size - 1] == '\n' ? rc : gm_buf_putc(out, '\n');
}

static int put_changed(
	struct gm_buf *out, const struct gm_delta_sides *sides, bool colored)
{
	gm_autobuf old_text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf new_text = GM_BUF_INIT(GM_BUF_LARGE);
	struct words words = {.out = out, .colored = colored};
	int rc = put_side_text(&old_text, &sides->old_side);

	if (rc == 0)
		rc = put_side_text(&new_text, &sides->new_side);
	if (rc == 0)
		rc = gm_word_diff((struct gm_text){gm_buf_str(&old_text), old_text.size},
			(struct gm_text){gm_buf_str(&new_text), new_text.size}, put_words,
			&words);
	/* A line whose end is gone was the last one. */
	return rc == 0 && words.inside ? end_line(&words) : rc;
}

static int put_whole(
	struct gm_buf *out, const struct gm_delta_side *side, char mark, bool colored)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autolines lines = GM_LINES_INIT;
	int rc = put_side_text(&text, side);

	if (rc == 0)
		rc = gm_lines_split(
			&lines, (struct gm_text){gm_buf_str(&text), text.size});
	for (size_t i = 0; rc == 0 && i < lines.n; i++)
		rc = put_line(out, GM_DELTA_INDENT, gm_color(colored, line_color(mark)),
			mark, lines.items[i]);
	return rc;
}

int gm_put_content_text(
	struct gm_buf *out, const struct gm_delta_sides *sides, bool colored)
{
	if (sides->old_side.is_binary || sides->new_side.is_binary)
		return gm_buf_puts(out, GM_DELTA_INDENT "(binary)\n");
	if (!sides->old_side.exists)
		return put_whole(out, &sides->new_side, '+', colored);
	if (!sides->new_side.exists)
		return put_whole(out, &sides->old_side, '-', colored);
	return put_changed(out, sides, colored);
}

int gm_put_patch_colored(struct gm_buf *out, const struct gm_buf *patch, bool colored)
{
	gm_autolines lines = GM_LINES_INIT;
	bool header = true;
	int rc = gm_lines_split(&lines, (struct gm_text){gm_buf_str(patch), patch->size});

	for (size_t i = 0; rc == 0 && i < lines.n; i++) {
		const struct gm_text line = lines.items[i];
		/* Inside a hunk no line begins with a letter. */
		header = line.ptr[0] == 'd' || (header && line.ptr[0] != '@');
		const char *code = header ? GM_COLOR_HEADER : line_color(line.ptr[0]);
		rc = put_line(out, "", gm_color(colored, code), '\0', line);
	}
	return rc;
}
