/*
 * UUIDs (RFC 9562), in their canonical text: 36 lower-case characters.
 */
#ifndef GM_BASE_UUID_H
#define GM_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

#define GM_UUID_SIZE 16
#define GM_UUID_TEXT 37 /* with the NUL */

/*
 * Parse the 8-4-4-4-12 form, either case, any version. False when `text` is not one.
 */
bool gm_uuid_parse(uint8_t out[GM_UUID_SIZE], const char *text, size_t size);

void gm_uuid_format(char out[GM_UUID_TEXT], const uint8_t uuid[GM_UUID_SIZE]);

/*
 * A version 7 UUID for `time` (milliseconds in front, then random bits). Within one process
 * the ids of one millisecond still increase. GM_ERROR when the system has no randomness.
 */
int gm_uuid_new(char out[GM_UUID_TEXT], gm_time time);

/* Version 8 (custom) from the first 16 bytes of a digest of at least that size. */
void gm_uuid_from_digest(char out[GM_UUID_TEXT], const uint8_t *digest);

/* The time inside a version 7 UUID, GM_TIME_NONE for any other. */
gm_time gm_uuid_time(const char *text);

#endif
