#include "base/hole.h"

static bool is_zero(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

bool gm_has_hole(const void *data, size_t from, size_t to, size_t size)
{
	while (from < to) {
		size_t end = from - from % GM_HOLE_BLOCK + GM_HOLE_BLOCK;
		if (end > size)
			end = size;
		if (is_zero((const char *)data + from, end - from))
			return true;
		from = end;
	}
	return false;
}
