/*
 * What the words of a question tell of its answer: in English whether it is a time, or somebody
 * or something with a name, and in some more languages the parts of dates in it.
 */
#ifndef GM_INDEX_QUESTION_CUES_H
#define GM_INDEX_QUESTION_CUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

#define GM_QUESTION_MAX_YEARS 4

struct gm_question_cues {
	bool english; /* its language, as far as it shows */
	bool when;    /* it asks for a time */
	bool who;     /* for a person, a place or a name */
	uint16_t months;
	uint32_t days;
	int years[GM_QUESTION_MAX_YEARS];
	unsigned n_years;
	unsigned n_dates; /* months, days and years */
};

void gm_question_cues_read(struct gm_question_cues *out, const char *text, size_t size);

/* Which share of the parts of dates in the question `time` has: 0 to 1. */
double gm_question_cues_date(const struct gm_question_cues *cues, gm_time time);

#endif
