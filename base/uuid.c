#include "base/uuid.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"

/* Where the hyphens stand in the text. */
static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* The value of a digit; 16 and more for what is none. */
static unsigned hex_value(char c)
{
	unsigned digit = (unsigned char)c - (unsigned)'0';
	unsigned letter = ((unsigned char)c | 0x20u) - (unsigned)'a';

	return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

bool gm_uuid_parse(uint8_t out[GM_UUID_SIZE], const char *text, size_t size)
{
	uint8_t uuid[GM_UUID_SIZE];
	size_t n = 0;

	if (size != GM_UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < size;) {
		if (is_hyphen_place(i)) {
			if (text[i++] != '-')
				return false;
			continue;
		}
		unsigned high = hex_value(text[i]);
		unsigned low = hex_value(text[i + 1]);
		if (high > 15 || low > 15)
			return false;
		uuid[n++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	memcpy(out, uuid, sizeof(uuid));
	return true;
}

void gm_uuid_format(char out[GM_UUID_TEXT], const uint8_t uuid[GM_UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < GM_UUID_SIZE; i++) {
		if (is_hyphen_place(at))
			out[at++] = '-';
		out[at++] = digits[uuid[i] >> 4];
		out[at++] = digits[uuid[i] & 15];
	}
	out[at] = '\0';
}

static void set_version(uint8_t uuid[GM_UUID_SIZE], unsigned version)
{
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | version << 4);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/*
 * A number of 42 bits that only grows, from a random start in the lower half and by random
 * steps. One counter for all times keeps the ids of any millisecond in order, also when
 * times come mixed; the random steps part a forked child from its parent.
 */
static uint64_t next_count(uint64_t start, unsigned step)
{
	static _Atomic uint64_t count;
	uint64_t unset = 0;

	(void)atomic_compare_exchange_strong(
		&count, &unset, (start & ((UINT64_C(1) << 41) - 1)) | 1);
	return atomic_fetch_add(&count, 1 + (step & 0xff)) & ((UINT64_C(1) << 42) - 1);
}

int gm_uuid_new(char out[GM_UUID_TEXT], gm_time time)
{
	uint8_t random[16];
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t start;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return gm_error_errno("cannot get random bytes");
	memcpy(&start, random, sizeof(start));
	uint64_t count = next_count(start, random[8]);
	uint64_t ms = time > 0 ? (uint64_t)time / 1000 : 0;
	uint64_t high = ms << 16 | count >> 30;
	uint32_t middle = (uint32_t)(count & 0x3fffffff);
	for (int i = 0; i < 8; i++)
		uuid[i] = (uint8_t)(high >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		uuid[8 + i] = (uint8_t)(middle >> (24 - 8 * i));
	memcpy(uuid + 12, random + 9, 4);
	set_version(uuid, 7);
	gm_uuid_format(out, uuid);
	return 0;
}

void gm_uuid_from_digest(char out[GM_UUID_TEXT], const uint8_t *digest)
{
	uint8_t uuid[GM_UUID_SIZE];

	memcpy(uuid, digest, sizeof(uuid));
	set_version(uuid, 8);
	gm_uuid_format(out, uuid);
}

gm_time gm_uuid_time(const char *text)
{
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t ms = 0;

	if (!gm_uuid_parse(uuid, text, strlen(text)))
		return GM_TIME_NONE;
	if (uuid[6] >> 4 != 7 || uuid[8] >> 6 != 2)
		return GM_TIME_NONE;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | uuid[i];
	return (gm_time)(ms * 1000);
}
