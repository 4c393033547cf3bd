#include "base/config_syntax.h"

#include <string.h>

struct scan {
	const char *text;
	size_t size;
	size_t at;
	size_t before; /* where the character read last begins */
	const char *path;
	struct gm_buf name;
	size_t section_size; /* how much of `name` is the section and its dot */
	struct gm_buf value;
};

static bool is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_key_char(int c)
{
	return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(int c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The next character; the end of the text reads as an end of line, any number of times. */
static int next_char(struct scan *scan)
{
	scan->before = scan->at;
	if (scan->at == scan->size)
		return '\n';
	int c = (unsigned char)scan->text[scan->at++];
	if (c == '\r' && scan->at < scan->size && scan->text[scan->at] == '\n') {
		scan->at++;
		return '\n';
	}
	return c;
}

static bool at_end(const struct scan *scan)
{
	return scan->before == scan->size;
}

static int bad_line(const struct scan *scan)
{
	size_t line = 1;

	for (size_t i = 0; i < scan->before; i++)
		line += scan->text[i] == '\n';
	return gm_error(GM_EINVALID, "bad config line %zu in '%s'", line, scan->path);
}

/* The `"subsection"]` of a header whose section was read; `c` is the blank behind that. */
static int read_subsection(struct scan *scan, int c)
{
	while (c == ' ' || c == '\t' || c == '\r')
		c = next_char(scan);
	if (c != '"')
		return bad_line(scan);
	int rc = gm_buf_putc(&scan->name, '.');
	while (rc == 0) {
		c = next_char(scan);
		if (c == '"')
			break;
		if (c == '\\')
			c = next_char(scan);
		if (c == '\n')
			return bad_line(scan);
		rc = gm_buf_putc(&scan->name, (char)c);
	}
	if (rc == 0 && next_char(scan) != ']')
		return bad_line(scan);
	return rc;
}

static int read_section(struct scan *scan, struct gm_config_item *item)
{
	int rc = 0;

	item->is_section = true;
	gm_buf_reset(&scan->name);
	while (rc == 0) {
		int c = next_char(scan);
		if (c == ']')
			break;
		if (at_end(scan))
			return bad_line(scan);
		if (is_blank(c)) {
			rc = read_subsection(scan, c);
			break;
		}
		if (!is_key_char(c) && c != '.')
			return bad_line(scan);
		rc = gm_buf_putc(&scan->name, lower(c));
	}
	if (rc == 0 && !scan->name.size)
		return bad_line(scan);
	item->end = scan->at;
	return rc;
}

/* What stands for the character behind a backslash; 0 when nothing does. */
static char unescape(int c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'n':
		return '\n';
	case '\\':
	case '"':
		return (char)c;
	default:
		return 0;
	}
}

static int put_blanks(struct gm_buf *out, size_t *n)
{
	int rc = 0;

	for (; rc == 0 && *n; (*n)--)
		rc = gm_buf_putc(out, ' ');
	return rc;
}

/* One character of a value, the first of an escape, or a quote. */
static int take_value_char(struct scan *scan, int c, bool *quoted)
{
	if (c == '"') {
		*quoted = !*quoted;
		return 0;
	}
	if (c == '\\') {
		c = next_char(scan);
		if (c == '\n')
			return 0;
		c = unescape(c);
		if (!c)
			return bad_line(scan);
	}
	return gm_buf_putc(&scan->value, (char)c);
}

static int skip_comment(struct scan *scan)
{
	while (next_char(scan) != '\n')
		;
	return 0;
}

static int read_value(struct scan *scan, struct gm_config_item *item)
{
	bool quoted = false;
	size_t blanks = 0;

	gm_buf_reset(&scan->value);
	item->value_start = item->value_end = scan->at;
	for (;;) {
		int c = next_char(scan);
		item->end = scan->before;
		if (c == '\n')
			return quoted ? bad_line(scan) : 0;
		if (!quoted && (c == ';' || c == '#'))
			return skip_comment(scan);
		if (!quoted && is_blank(c)) {
			blanks += scan->value.size > 0;
			continue;
		}
		int rc = put_blanks(&scan->value, &blanks);
		if (rc == 0)
			rc = take_value_char(scan, c, &quoted);
		if (rc < 0)
			return rc;
		item->value_end = scan->at;
	}
}

/* A key that begins with `c`, and its value. */
static int read_entry(struct scan *scan, struct gm_config_item *item, int c)
{
	int rc = 0;

	scan->name.size = scan->section_size;
	for (; rc == 0 && is_key_char(c); c = next_char(scan))
		rc = gm_buf_putc(&scan->name, lower(c));
	if (rc < 0)
		return rc;
	item->value_start = item->value_end = scan->before;
	while (c == ' ' || c == '\t')
		c = next_char(scan);
	item->end = scan->before;
	if (c == '\n')
		return 0;
	if (c != '=')
		return bad_line(scan);
	rc = read_value(scan, item);
	item->value = gm_buf_str(&scan->value);
	return rc;
}

static int read_items(struct scan *scan, gm_config_item_fn each, void *payload)
{
	for (;;) {
		struct gm_config_item item = {.is_section = false};
		int c = next_char(scan);
		int rc = 0;
		item.start = scan->before;
		if (at_end(scan))
			return 0;
		if (is_blank(c))
			continue;
		if (c == '#' || c == ';') {
			(void)skip_comment(scan); /* always 0 */
			continue;
		}
		if (c == '[')
			rc = read_section(scan, &item);
		else if (is_alpha(c))
			rc = read_entry(scan, &item, c);
		else
			return bad_line(scan);
		item.name = gm_buf_str(&scan->name);
		if (rc == 0)
			rc = each(&item, payload);
		if (rc == 0 && item.is_section) {
			rc = gm_buf_putc(&scan->name, '.');
			scan->section_size = scan->name.size;
		}
		if (rc < 0)
			return rc;
	}
}

int gm_config_scan(const char *text, size_t size, const char *path,
	gm_config_item_fn each, void *payload)
{
	struct scan scan = {.text = text,
		.size = size,
		.path = path,
		.name = GM_BUF_INIT(GM_CONFIG_MAX_SIZE),
		.value = GM_BUF_INIT(GM_CONFIG_MAX_SIZE)};
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	int rc;

	if (nul) {
		scan.before = (size_t)(nul - text);
		rc = bad_line(&scan);
	} else {
		if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
			scan.at = 3;
		rc = read_items(&scan, each, payload);
	}
	gm_buf_dispose(&scan.name);
	gm_buf_dispose(&scan.value);
	return rc;
}

bool gm_config_same_name(const char *stored, const char *name)
{
	const char *first = strchr(name, '.');
	const char *last = strrchr(name, '.');

	if (strlen(stored) != strlen(name))
		return false;
	for (size_t i = 0; name[i]; i++) {
		bool exact = first && name + i > first && name + i < last;
		if (stored[i] != (exact ? name[i] : lower((unsigned char)name[i])))
			return false;
	}
	return true;
}

int gm_config_put_value(struct gm_buf *out, const char *value)
{
	size_t size = strlen(value);
	bool quote = size &&
		(value[0] == ' ' || value[size - 1] == ' ' || strpbrk(value, ";#\r"));
	int rc = quote ? gm_buf_putc(out, '"') : 0;

	for (; rc == 0 && *value; value++) {
		switch (*value) {
		case '\n':
			rc = gm_buf_puts(out, "\\n");
			break;
		case '\t':
			rc = gm_buf_puts(out, "\\t");
			break;
		case '"':
		case '\\':
			rc = gm_buf_printf(out, "\\%c", *value);
			break;
		default:
			rc = gm_buf_putc(out, *value);
		}
	}
	return rc == 0 && quote ? gm_buf_putc(out, '"') : rc;
}
