#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/error.h"

#define DAY_SECONDS 86400
#define DAY_US (DAY_SECONDS * GM_TIME_SECOND)
#define DAYS_IN_400_YEARS 146097

gm_time gm_time_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	return (gm_time)now.tv_sec * GM_TIME_SECOND + now.tv_nsec / 1000;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0001-01-01 to the first of January of `year`, which is positive. */
static int64_t days_before_year(int64_t year)
{
	int64_t past = year - 1;

	return past * 365 + past / 4 - past / 100 + past / 400;
}

/* Days from 1970-01-01 to the day; `day` may lie outside its month. */
static int64_t days_to(int64_t year, int month, int64_t day)
{
	int64_t days = days_before_year(year) - days_before_year(1970);

	for (int i = 1; i < month; i++)
		days += days_in_month(year, i);
	return days + day - 1;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void gm_time_date(struct gm_date *out, gm_time time)
{
	int64_t seconds = floor_div(time, GM_TIME_SECOND);
	int64_t days = floor_div(seconds, DAY_SECONDS);
	int rest = (int)(seconds - days * DAY_SECONDS);
	int64_t since_year_1 = days + days_before_year(1970);
	int64_t cycle = floor_div(since_year_1, DAYS_IN_400_YEARS);
	int64_t left = since_year_1 - cycle * DAYS_IN_400_YEARS;
	int64_t year = left / 366 + 1;
	int month = 1;

	while (days_before_year(year + 1) <= left)
		year++;
	left -= days_before_year(year);
	for (; left >= days_in_month(year, month); month++)
		left -= days_in_month(year, month);
	out->year = (int)(year + cycle * 400);
	out->month = month;
	out->day = (int)left + 1;
	out->hour = rest / 3600;
	out->minute = rest / 60 % 60;
	out->second = rest % 60;
	out->weekday = (int)(((days + 4) % 7 + 7) % 7);
}

char *gm_put_digits(char *at, unsigned value, size_t n)
{
	for (size_t i = n; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + n;
}

/* Behind the seconds: nothing, or a dot and as few digits as tell all. */
static char *put_fraction(char *at, unsigned fraction)
{
	size_t width = 6;

	if (!fraction)
		return at;
	for (; fraction % 10 == 0; width--)
		fraction /= 10;
	*at++ = '.';
	return gm_put_digits(at, fraction, width);
}

static char *put_year(char *at, int year)
{
	if (year >= 0 && year <= 9999)
		return gm_put_digits(at, (unsigned)year, 4);
	return at + snprintf(at, 12, "%04d", year);
}

void gm_time_format(char out[GM_TIME_TEXT], gm_time time)
{
	int64_t fraction = (time % GM_TIME_SECOND + GM_TIME_SECOND) % GM_TIME_SECOND;
	struct gm_date date;

	gm_time_date(&date, time);
	const struct {
		char before;
		int value;
	} parts[] = {{'-', date.month}, {'-', date.day}, {'T', date.hour},
		{':', date.minute}, {':', date.second}};
	char *at = put_year(out, date.year);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		*at++ = parts[i].before;
		at = gm_put_digits(at, (unsigned)parts[i].value, 2);
	}
	at = put_fraction(at, (unsigned)fraction);
	*at++ = 'Z';
	*at = '\0';
}

void gm_time_format_git(char out[48], gm_time time, int zone_minutes)
{
	static const char weekdays[7][4] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct gm_date date;
	gm_time shifted;
	int zone = zone_minutes < 0 ? -zone_minutes : zone_minutes;
	char text[128];

	if (__builtin_add_overflow(time, zone_minutes * 60 * GM_TIME_SECOND, &shifted))
		shifted = time;
	gm_time_date(&date, shifted);
	(void)snprintf(text, sizeof(text), "%s %s %d %02d:%02d:%02d %d %c%02d%02d",
		weekdays[date.weekday], months[date.month - 1], date.day, date.hour,
		date.minute, date.second, date.year, zone_minutes < 0 ? '-' : '+',
		zone / 60, zone % 60);
	(void)snprintf(out, 48, "%.47s", text);
}

int gm_time_zone(gm_time time)
{
	time_t seconds = (time_t)floor_div(time, GM_TIME_SECOND);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return 0;
	return (int)(local.tm_gmtoff / 60);
}

static bool in_range(gm_time time)
{
	return time >= days_to(1, 1, 1) * DAY_US && time < days_to(10000, 1, 1) * DAY_US;
}

/* Exactly `n` digits. */
static bool take_number(int *out, const char **at, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		char c = (*at)[i];
		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*at += n;
	*out = value;
	return true;
}

static bool take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* "2026-01-02" into microseconds. */
static bool take_date(gm_time *out, const char **at)
{
	int year, month, day;

	if (!take_number(&year, at, 4) || !take_char(at, '-') ||
		!take_number(&month, at, 2) || !take_char(at, '-') ||
		!take_number(&day, at, 2))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
		day > days_in_month(year, month))
		return false;
	*out = days_to(year, month, day) * DAY_US;
	return true;
}

static bool take_fraction(gm_time *out, const char **at)
{
	gm_time unit = GM_TIME_SECOND / 10;
	gm_time fraction = 0;

	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
		fraction += (**at - '0') * unit;
	*out = fraction;
	return true;
}

/* "03:04:05.678"; seconds may be missing when `loose`. A leap second is the next second. */
static bool take_clock(gm_time *out, const char **at, bool loose)
{
	int hour, minute;
	int second = 0;
	gm_time fraction = 0;

	if (!take_number(&hour, at, 2) || !take_char(at, ':') ||
		!take_number(&minute, at, 2))
		return false;
	if (take_char(at, ':')) {
		if (!take_number(&second, at, 2))
			return false;
		if (take_char(at, '.') && !take_fraction(&fraction, at))
			return false;
	} else if (!loose) {
		return false;
	}
	if (hour > 23 || minute > 59 || second > (minute == 59 ? 60 : 59))
		return false;
	*out = (hour * 3600 + minute * 60 + second) * GM_TIME_SECOND + fraction;
	return true;
}

/* "Z" or "+02:00" into what to add to UTC; the colon may be missing when `loose`. */
static bool take_zone(gm_time *out, const char **at, bool loose)
{
	int hours, minutes;
	int sign = **at == '-' ? -1 : 1;

	if (**at == 'Z' || **at == 'z') {
		(*at)++;
		*out = 0;
		return true;
	}
	if (!take_char(at, '+') && !take_char(at, '-'))
		return false;
	if (!take_number(&hours, at, 2))
		return false;
	if (!take_char(at, ':') && !loose)
		return false;
	if (!take_number(&minutes, at, 2) || hours > 23 || minutes > 59)
		return false;
	*out = sign * (hours * 3600 + minutes * 60) * GM_TIME_SECOND;
	return true;
}

/* A date, or a date and a time; `loose` also takes git's "2026-01-02 03:04 +0200". */
static bool parse_calendar(gm_time *out, const char *text, bool loose)
{
	gm_time date, clock, zone = 0;

	if (!take_date(&date, &text))
		return false;
	if (!*text) {
		*out = date;
		return true;
	}
	if (!take_char(&text, 'T') && !take_char(&text, 't') && !take_char(&text, ' '))
		return false;
	if (!take_clock(&clock, &text, loose))
		return false;
	if (loose)
		(void)take_char(&text, ' ');
	if (!(loose && !*text) && !take_zone(&zone, &text, loose))
		return false;
	gm_time time = date + clock - zone;
	if (*text || !in_range(time))
		return false;
	*out = time;
	return true;
}

int gm_time_parse(gm_time *out, const char *text)
{
	if (!parse_calendar(out, text, false))
		return gm_error(GM_EINVALID, "not an RFC 3339 time: '%s'", text);
	return 0;
}

/* "@1767323045", "1767323045 +0000": the zone says nothing about the instant. */
static bool parse_epoch(gm_time *out, const char *text)
{
	bool marked = take_char(&text, '@');
	int64_t seconds = 0;
	int digits = 0;
	gm_time zone;

	for (; *text >= '0' && *text <= '9' && digits < 12; text++, digits++)
		seconds = seconds * 10 + (*text - '0');
	if (!digits)
		return false;
	if (take_char(&text, ' ')) {
		if (!take_zone(&zone, &text, true))
			return false;
		marked = true;
	}
	/* Like git: a shorter number alone could be a year or a day. */
	if (*text || (!marked && digits < 9) || !in_range(seconds * GM_TIME_SECOND))
		return false;
	*out = seconds * GM_TIME_SECOND;
	return true;
}

/* Calendar months back; a day that is not in that month runs over into the next, as in git. */
static bool back_months(gm_time *time, int64_t n)
{
	struct gm_date date;
	gm_time in_day = *time - floor_div(*time, DAY_US) * DAY_US;

	gm_time_date(&date, *time);
	int64_t month = (int64_t)date.year * 12 + date.month - 1 - n;
	if (month < 12 || month >= 10000 * 12)
		return false;
	*time = days_to(month / 12, (int)(month % 12) + 1, date.day) * DAY_US + in_day;
	return true;
}

static bool back_seconds(gm_time *time, int64_t n, int64_t seconds)
{
	gm_time span;

	return !__builtin_mul_overflow(n, seconds * GM_TIME_SECOND, &span) &&
		!__builtin_sub_overflow(*time, span, time);
}

static bool back(gm_time *time, int64_t n, const char *unit)
{
	static const struct {
		const char *name;
		int seconds, months;
	} units[] = {
		{"second", 1, 0},
		{"minute", 60, 0},
		{"hour", 3600, 0},
		{"day", DAY_SECONDS, 0},
		{"week", 7 * DAY_SECONDS, 0},
		{"month", 0, 1},
		{"year", 0, 12},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t size = strlen(units[i].name);
		if (strncasecmp(unit, units[i].name, size) != 0)
			continue;
		if (unit[size] && strcasecmp(unit + size, "s") != 0)
			continue;
		if (units[i].months)
			return back_months(time, n * units[i].months);
		return back_seconds(time, n, units[i].seconds);
	}
	return false;
}

/* The next word, ended by blanks, dots or the end of the text; false when none is left. */
static bool next_word(char out[16], const char **at)
{
	*at += strspn(*at, " .");
	size_t size = strcspn(*at, " .");
	if (!size || size > 15)
		return false;
	memcpy(out, *at, size);
	out[size] = '\0';
	*at += size;
	return true;
}

/* A count: digits, "a", "an", or the "last" of "last week". */
static bool parse_count(int64_t *out, const char *word)
{
	if (!strcasecmp(word, "a") || !strcasecmp(word, "an") ||
		!strcasecmp(word, "last")) {
		*out = 1;
		return true;
	}
	size_t size = strlen(word);
	if (size > 9 || strspn(word, "0123456789") != size)
		return false;
	*out = 0;
	for (; *word; word++)
		*out = *out * 10 + (*word - '0');
	return true;
}

/* "2 weeks ago", "1.year.2.months.ago", "last month"; "in 2 weeks", "next month". */
static bool parse_span(gm_time *out, const char *text, gm_time now)
{
	char word[16];
	int64_t n;
	bool any = false;
	bool ahead = !strncasecmp(text, "in ", 3) || !strncasecmp(text, "in.", 3);

	if (ahead)
		text += 3;
	while (next_word(word, &text)) {
		bool next = !any && !ahead && !strcasecmp(word, "next");
		if (any && !ahead && !strcasecmp(word, "ago"))
			break;
		if (next)
			n = 1;
		else if (!parse_count(&n, word))
			return false;
		if (!next_word(word, &text) || !back(&now, ahead || next ? -n : n, word))
			return false;
		any = true;
	}
	text += strspn(text, " .");
	if (!any || *text || !in_range(now))
		return false;
	*out = now;
	return true;
}

static bool parse_word(gm_time *out, const char *text, gm_time now)
{
	gm_time today = floor_div(now, DAY_US) * DAY_US;
	gm_time noon = today + DAY_US / 2;

	if (!strcasecmp(text, "now"))
		*out = now;
	else if (!strcasecmp(text, "today") || !strcasecmp(text, "midnight"))
		*out = today;
	else if (!strcasecmp(text, "yesterday"))
		*out = now - DAY_US;
	else if (!strcasecmp(text, "tomorrow"))
		*out = now + DAY_US;
	else if (!strcasecmp(text, "noon"))
		*out = noon <= now ? noon
				   : noon - DAY_US; /* the one that was, as in git */
	else
		return false;
	return true;
}

int gm_time_parse_approxidate(gm_time *out, const char *text, gm_time now)
{
	if (parse_calendar(out, text, true) || parse_epoch(out, text) ||
		parse_word(out, text, now) || parse_span(out, text, now))
		return 0;
	return gm_error(GM_EINVALID, "cannot understand the date '%s'", text);
}
