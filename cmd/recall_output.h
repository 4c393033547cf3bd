/*
 * The answer of `recall`, for people or for programs.
 */
#ifndef GM_CMD_RECALL_OUTPUT_H
#define GM_CMD_RECALL_OUTPUT_H

#include "cmd/recall_text.h"

struct gm_recall_output {
	struct gm_call *call; /* its `json` asks for JSON Lines */
	bool ids;             /* the full ids and nothing else */
	const char *format;   /* as recall_format.h has it; NULL: none */
	bool nul;             /* ids and formats end in NUL instead of a newline */
	bool all;             /* tell how they stand */
	bool explain;
	bool raw; /* nobody looks at it, so control characters may stay what they are */
	const char *query; /* of several; NULL: there is only this one */
	size_t columns;
};

/* GM_EUSAGE unless the ways that were asked for go together and the format can be read. */
int gm_recall_output_check(const struct gm_recall_output *output);

/*
 * Print the hits, best first; how many were printed goes to `n_out`. What is damaged is left
 * out and told. `standing` is looked at with `all` only.
 */
int gm_recall_print(size_t *n_out, const struct gm_recall_output *output,
	const struct gm_hits *hits, const struct gm_standing *standing);

/* What ends an ids' or a format's line. */
int gm_recall_print_end(const struct gm_recall_output *output);

#endif
