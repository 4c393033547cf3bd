/*
 * The natural logarithm, with the same result on every machine: that of the C library takes
 * other instructions where the processor has them, and differs in the last bit then.
 */
#ifndef GM_INDEX_LN_H
#define GM_INDEX_LN_H

/* Of a finite number above 0. Within a few units in the last place. */
double gm_ln(double x);

#endif
