/*
 * Points in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
 */
#ifndef GM_BASE_TIME_H
#define GM_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t gm_time;

#define GM_TIME_NONE INT64_MIN /* no time given */
#define GM_TIME_SECOND INT64_C(1000000)

/* Enough for the longest text gm_time_format() writes, NUL included. */
#define GM_TIME_TEXT 32

/* Now, from the system's clock. */
gm_time gm_time_now(void);

/*
 * RFC 3339 date-time ("2026-01-02T03:04:05.678+02:00"; a space for the T and lower case are
 * taken too), or a plain date, which is midnight UTC. Years 0001 to 9999; digits beyond
 * microseconds are cut. GM_EINVALID otherwise, also for a day that does not exist.
 */
int gm_time_parse(gm_time *out, const char *text);

/*
 * What gm_time_parse() takes, and what people type: "now", "today", "yesterday", "noon",
 * "2 weeks ago", "2.weeks.ago", "tomorrow", "in 3 days", "next month", "@1767323045",
 * "1767323045 +0000". Relative to `now`, in UTC.
 */
int gm_time_parse_approxidate(gm_time *out, const char *text, gm_time now);

/* RFC 3339 in UTC: "2026-01-02T03:04:05Z", with as many digits of a fraction as it has. */
void gm_time_format(char out[GM_TIME_TEXT], gm_time time);

/* The calendar in UTC. */
struct gm_date {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int weekday; /* 0 is Sunday */
};

void gm_time_date(struct gm_date *out, gm_time time);

/* Write the last `n` digits of a number, zeros in front, without a NUL. Returns their end. */
char *gm_put_digits(char *at, unsigned value, size_t n);

/* Git's way in `log`: "Fri Jan 2 03:04:05 2026 +0000", shifted by the zone. */
void gm_time_format_git(char out[48], gm_time time, int zone_minutes);

/* The local zone's offset at `time`, in minutes east of UTC. */
int gm_time_zone(gm_time time);

#endif
