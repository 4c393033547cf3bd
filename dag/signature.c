#include <limits.h>
#include <string.h>

#include "dag/commit.h"

/* Git never writes a larger number; what is above is no date. */
#define MAX_SECONDS (INT64_MAX / GM_TIME_SECOND)

#define MAX_ZONE 9999

void gm_signature_dispose(struct gm_signature *signature)
{
	gm_free(signature->name);
	gm_free(signature->mail);
	signature->name = NULL;
	signature->mail = NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* What Git strips from the ends of names. */
static bool is_crud(char c)
{
	return is_control(c) || strchr(" .,:;<>\"\\'", c) != NULL;
}

/* A copy without what would break the line, "" when nothing is left. */
static char *clean_copy(const char *text)
{
	size_t size = strlen(text);
	char *copy;
	size_t n = 0;

	while (size && is_crud(text[size - 1]))
		size--;
	while (size && is_crud(*text)) {
		text++;
		size--;
	}
	copy = gm_strndup(text, size);
	if (!copy)
		return NULL;
	for (size_t i = 0; i < size; i++)
		if (!is_control(text[i]) && text[i] != '<' && text[i] != '>')
			copy[n++] = text[i];
	copy[n] = '\0';
	return copy;
}

int gm_signature_set(struct gm_signature *out, const char *name, const char *mail,
	gm_time time, int zone_minutes)
{
	gm_autofree char *clean_name = NULL;
	gm_autofree char *clean_mail = NULL;

	if (time < 0)
		return gm_error(GM_EINVALID, "date before 1970 in a signature");
	if (zone_minutes <= -24 * 60 || zone_minutes >= 24 * 60)
		return gm_error(GM_EINVALID, "bad time zone of %d minutes", zone_minutes);
	clean_name = clean_copy(name);
	if (clean_name && !*clean_name) {
		gm_free(clean_name);
		clean_name = gm_strdup("unknown");
	}
	clean_mail = clean_name ? clean_copy(mail) : NULL;
	if (!clean_mail)
		return GM_ENOMEM;
	out->name = gm_steal(&clean_name);
	out->mail = gm_steal(&clean_mail);
	out->time = time - time % GM_TIME_SECOND;
	out->zone_minutes = zone_minutes;
	return 0;
}

int gm_signature_format(struct gm_buf *out, const struct gm_signature *signature)
{
	int zone = signature->zone_minutes;
	int distance = zone < 0 ? -zone : zone;
	long long seconds = signature->time > 0 ? signature->time / GM_TIME_SECOND : 0;

	return gm_buf_printf(out, "%s <%s> %lld %c%02d%02d", signature->name,
		signature->mail, seconds, zone < 0 ? '-' : '+', distance / 60,
		distance % 60);
}

/* "+0200"; as in git, minutes over 59 simply count. 0 when it is no zone. */
static int parse_zone(const char *text, const char *end)
{
	bool west = text < end && *text == '-';
	int number = 0;

	if (text == end || (*text != '+' && *text != '-'))
		return 0;
	for (text++; text < end && is_digit(*text); text++) {
		number = number * 10 + (*text - '0');
		if (number > MAX_ZONE)
			return 0;
	}
	number = number / 100 * 60 + number % 100;
	return west ? -number : number;
}

/* " 1767323045 +0200"; without a date it is 1970. */
static void parse_date(struct gm_signature *out, const char *text, const char *end)
{
	int64_t seconds = 0;

	while (text < end && is_space(*text))
		text++;
	if (text == end || !is_digit(*text))
		return;
	for (; text < end && is_digit(*text); text++) {
		if (seconds > (MAX_SECONDS - 9) / 10)
			return;
		seconds = seconds * 10 + (*text - '0');
	}
	while (text < end && is_space(*text))
		text++;
	out->time = seconds * GM_TIME_SECOND;
	out->zone_minutes = parse_zone(text, end);
}

/*
 * Git looks for the first `<`, the first `>` behind it, and the date behind the last `>`, so
 * that names with stray brackets keep their date.
 */
int gm_signature_parse(struct gm_signature *out, const char *text, size_t size)
{
	const char *end = text + size;
	const char *mail = memchr(text, '<', size);
	const char *name_end = mail ? mail : end;
	const char *mail_end = NULL;
	struct gm_signature result = {.time = 0};

	if (mail) {
		mail++;
		mail_end = memchr(mail, '>', (size_t)(end - mail));
	}
	while (name_end > text && is_space(name_end[-1]))
		name_end--;
	result.name = gm_strndup(text, (size_t)(name_end - text));
	if (!result.name)
		return GM_ENOMEM;
	result.mail = gm_strndup(
		mail_end ? mail : "", mail_end ? (size_t)(mail_end - mail) : 0);
	if (!result.mail) {
		gm_free(result.name);
		return GM_ENOMEM;
	}
	if (mail_end) {
		const char *last = memrchr(mail, '>', (size_t)(end - mail));
		parse_date(&result, last + 1, end);
	}
	*out = result;
	return 0;
}
