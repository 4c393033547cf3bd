#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "base/error.h"

/* Set by a signal handler: the one kind of state that has to be global. */
static volatile sig_atomic_t signal_seen;
static volatile sig_atomic_t work_is_done;

static void note_signal(int number)
{
	signal_seen = number;
}

void gm_interrupt_catch(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {
		.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		struct sigaction old;
		/* One that our parent made us ignore (nohup) stays ignored. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(caught[i], &action, NULL); /* cannot fail for these */
	}
}

int gm_interrupted(void)
{
	if (!signal_seen || work_is_done)
		return 0;
	return gm_error(GM_EINTERRUPTED, "interrupted");
}

void gm_interrupt_ignore(void)
{
	work_is_done = 1;
}

void gm_interrupt_heed(void)
{
	work_is_done = 0;
}

void gm_interrupt_raise(void)
{
	int number = signal_seen;

	if (!number || work_is_done)
		return;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}
