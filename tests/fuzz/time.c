/* What parses is a time of the years 1 to 9999 whose text parses back to it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(gm_time time)
{
	char text[GM_TIME_TEXT];
	struct gm_date date;
	gm_time back = 0;

	gm_time_date(&date, time);
	gm_time_format(text, time);
	if (date.year < 1 || date.year > 9999 || gm_time_parse(&back, text) < 0 ||
		back != time)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autofree char *text = gm_strndup((const char *)data, size);
	gm_time time = GM_TIME_NONE;
	gm_time same = GM_TIME_NONE;

	if (!text)
		abort();
	if (gm_time_parse(&time, text) == 0) {
		check(time);
		if (gm_time_parse_approxidate(&same, text, 0) < 0 || same != time)
			abort();
	}
	if (gm_time_parse_approxidate(&time, text, INT64_C(1774963210500000)) == 0)
		check(time);
	return 0;
}
