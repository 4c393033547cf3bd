/*
 * Which lines of two texts are equal: each gets a number that equal ones share.
 */
#ifndef GM_DAG_LINE_CLASSES_H
#define GM_DAG_LINE_CLASSES_H

#include <stdint.h>

#include "dag/line_diff.h"

/* The lines of one text, and room for as many numbers. */
struct gm_line_list {
	const struct gm_text *lines;
	uint32_t *classes;
	size_t n;
};

/*
 * Set the classes of all lines: above 0, and 0 for a line that the other text lacks. Time is
 * bounded for any text.
 */
int gm_line_classes(struct gm_line_list *old_list, struct gm_line_list *new_list);

#endif
