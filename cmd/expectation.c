#include "cmd/expectation.h"

#include <string.h>

#include "base/utf8.h"
#include "base/uuid.h"
#include "crypto/hash.h"

/* Of the question so many characters become the name, and of its hash so many bytes. */
#define NAME_LETTERS 40
#define NAME_HASH 4

void gm_expectation_dispose(struct gm_expectation *expectation)
{
	gm_free(expectation->question);
	gm_strv_dispose(&expectation->must);
	*expectation = (struct gm_expectation)GM_EXPECTATION_INIT;
}

/* Append it with one blank for each stretch of white space inside. */
static int put_words(struct gm_buf *out, const char *text)
{
	static const char white[] = " \t\r\n";
	int rc = 0;

	while (rc == 0 && *(text += strspn(text, white))) {
		size_t size = strcspn(text, white);
		rc = out->size ? gm_buf_putc(out, ' ') : 0;
		if (rc == 0)
			rc = gm_buf_put(out, text, size);
		text += size;
	}
	return rc;
}

static bool has_control(const char *text)
{
	size_t size;

	for (; *text; text += size)
		if (gm_utf8_is_control(gm_utf8_decode(&size, text)))
			return true;
	return false;
}

int gm_expectation_set_question(struct gm_expectation *out, const char *question)
{
	gm_autobuf nfc = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf words = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = 0;

	if (strnlen(question, GM_EXPECT_QUESTION_MAX + 1) > GM_EXPECT_QUESTION_MAX)
		return gm_error(GM_EINVALID, "the question is longer than %zu bytes",
			GM_EXPECT_QUESTION_MAX);
	if (!gm_utf8_valid(question, strlen(question)))
		return gm_error(GM_EINVALID, "the question is not valid UTF-8");
	rc = gm_utf8_nfc(&nfc, question, strlen(question));
	if (rc == 0)
		rc = put_words(&words, gm_buf_str(&nfc));
	if (rc < 0)
		return rc;
	if (!words.size)
		return gm_error(GM_EINVALID, "the question is empty");
	if (has_control(gm_buf_str(&words)))
		return gm_error(GM_EINVALID, "the question has a control character");
	gm_free(out->question);
	out->question = gm_buf_detach(&words);
	return out->question ? 0 : GM_ENOMEM;
}

int gm_expectation_encode(struct gm_buf *out, struct gm_expectation *expectation)
{
	int rc = gm_buf_printf(
		out, "question: %s\ntop: %zu\n", expectation->question, expectation->top);

	gm_strv_make_set(&expectation->must);
	for (size_t i = 0; rc == 0 && i < expectation->must.n; i++)
		rc = gm_buf_printf(out, "must: %s\n", expectation->must.items[i]);
	return rc;
}

static int set_top(struct gm_expectation *out, const char *text)
{
	size_t top = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || at - text > 3)
			return gm_error(GM_EINVALID, "'%.20s' is no number", text);
		top = top * 10 + (size_t)(*at - '0');
	}
	if (!top || top > GM_EXPECT_TOP_MAX)
		return gm_error(
			GM_EINVALID, "top is not between 1 and %d", GM_EXPECT_TOP_MAX);
	out->top = top;
	return 0;
}

static int add_must(struct gm_expectation *out, const char *text)
{
	uint8_t uuid[GM_UUID_SIZE];
	char id[GM_UUID_TEXT];

	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return gm_error(GM_EINVALID, "'%.40s' is no id", text);
	if (out->must.n == GM_EXPECT_MUST_MAX)
		return gm_error(
			GM_EINVALID, "there are more than %zu ids", GM_EXPECT_MUST_MAX);
	gm_uuid_format(id, uuid);
	return gm_strv_contains(&out->must, id) ? 0 : gm_strv_add(&out->must, id);
}

static int twice(const char *key)
{
	return gm_error(GM_EINVALID, "a second %s", key);
}

/* One line, "key: value". */
static int decode_line(struct gm_expectation *out, const char *line)
{
	const char *colon = strstr(line, ": ");
	size_t size = colon ? (size_t)(colon - line) : 0;

	if (size == 8 && !strncmp(line, "question", size))
		return out->question ? twice("question")
				     : gm_expectation_set_question(out, colon + 2);
	if (size == 3 && !strncmp(line, "top", size))
		return out->top ? twice("top") : set_top(out, colon + 2);
	if (size == 4 && !strncmp(line, "must", size))
		return add_must(out, colon + 2);
	return gm_error(GM_EINVALID, "'%.40s' is none of question, top and must", line);
}

static int check_whole(struct gm_expectation *expectation)
{
	if (!expectation->question)
		return gm_error(GM_EINVALID, "there is no question");
	if (!expectation->must.n)
		return gm_error(GM_EINVALID, "it names no memory");
	if (!expectation->top)
		expectation->top = GM_EXPECT_TOP_DEFAULT;
	gm_strv_make_set(&expectation->must);
	return 0;
}

int gm_expectation_decode(struct gm_expectation *out, const char *data, size_t size)
{
	gm_autoexpectation found = GM_EXPECTATION_INIT;
	gm_autofree char *text = gm_strndup(data, size);
	size_t number = 0;
	int rc = text ? 0 : GM_ENOMEM;

	if (rc == 0 && !gm_utf8_valid(data, size))
		return gm_error(GM_EINVALID, "it is not valid UTF-8");
	for (char *line = text; rc == 0 && *line;) {
		char *end = line + strcspn(line, "\n");
		char *next = end + (*end == '\n');
		*end = '\0';
		number++;
		rc = decode_line(&found, line);
		if (rc == GM_EINVALID)
			gm_error_prefix("line %zu", number);
		line = next;
	}
	if (rc == 0)
		rc = check_whole(&found);
	if (rc < 0)
		return rc;
	*out = found;
	found = (struct gm_expectation)GM_EXPECTATION_INIT;
	return 0;
}

/* Letters and digits of ASCII, in lower case; all else is a dash between them. */
static int put_slug(struct gm_buf *out, const char *text)
{
	size_t letters = 0;
	bool gap = false;
	int rc = 0;

	for (; *text && rc == 0 && letters < NAME_LETTERS; text++) {
		char c = (char)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
			gap = letters > 0;
			continue;
		}
		rc = gap ? gm_buf_putc(out, '-') : 0;
		if (rc == 0)
			rc = gm_buf_putc(out, c);
		letters += 1 + gap;
		gap = false;
	}
	return rc < 0 || letters ? rc : gm_buf_puts(out, "question");
}

int gm_expectation_path(struct gm_buf *out, const struct gm_expectation *expectation)
{
	const char *question = expectation->question;
	uint8_t digest[GM_SHA1_SIZE];
	struct gm_sha1 sha1;
	int rc = gm_buf_puts(out, GM_EXPECT_FOLDER "/");

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, question, strlen(question));
	gm_sha1_final(digest, &sha1);
	if (rc == 0)
		rc = put_slug(out, question);
	if (rc == 0)
		rc = gm_buf_putc(out, '-');
	for (size_t i = 0; rc == 0 && i < NAME_HASH; i++)
		rc = gm_buf_printf(out, "%02x", digest[i]);
	return rc < 0 ? rc : gm_buf_puts(out, ".txt");
}
