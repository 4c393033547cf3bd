/*
 * A polite stop: SIGINT, SIGTERM and SIGHUP set a flag that long work looks at, so that it
 * unwinds, removes its temporary files and leaves nothing locked. A second signal ends the
 * process at once.
 */
#ifndef GM_BASE_INTERRUPT_H
#define GM_BASE_INTERRUPT_H

/* Install the handlers. Called once, at the start of the process. */
void gm_interrupt_catch(void);

/* 0, or GM_EINTERRUPTED with the error set when a signal came. */
int gm_interrupted(void);

/*
 * The work is done and what comes is only telling of it: from here on a signal no longer
 * counts, so that nobody is told of a failure that was none.
 */
void gm_interrupt_ignore(void);

/* All was told, and what comes may be given up: a signal counts again. */
void gm_interrupt_heed(void);

/* End the process as the signal that came, so that the caller sees it; returns if none came. */
void gm_interrupt_raise(void);

#endif
