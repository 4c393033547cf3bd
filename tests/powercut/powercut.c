/*
 * A simulated power cut: a workload is run and its changes to files traced; then what may be
 * on the disk (tests/powercut/disk.h) at every flush, and at random instants, is judged.
 *
 * powercut WORKLOAD LAYOUT [SAMPLES [SEED [ONLY]]]
 * The shell finds gitmem(1) in $GITMEM. SAMPLES are of all workloads together. ONLY is the
 * number of one sample, whose files are kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/powercut/disk.h"
#include "tests/powercut/judge.h"
#include "tests/powercut/seed.h"
#include "tests/powercut/view.h"
#include "tests/powercut/workloads.h"

#define FAULTS_SHOWN 5
#define FSCK_EVERY 8
#define SAMPLE_SHARE 5 /* one in so many */

struct run {
	const struct workload *workload;
	const char *layout;
	uint64_t seed;
	char *base;  /* holds all the rest */
	char *live;  /* where the workload is run */
	char *state; /* what a cut left */
	char *trace_path;
	struct trace trace;
	uint64_t root;
	size_t start; /* the first event that a cut may come before */
	struct judge judge;
	const char *program;
	bool is_thorough;
	bool keeps; /* the state that is judged */
	unsigned n_tests;
	unsigned n_failed;
	unsigned n_judged;
	unsigned n_faults;
};

static void *need(void *pointer)
{
	if (!pointer) {
		perror("powercut");
		exit(1);
	}
	return pointer;
}

static void die(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void result(struct run *run, bool fine, const char *title)
{
	run->n_failed += !fine;
	printf("%sok %u - %s\n", fine ? "" : "not ", ++run->n_tests, title);
	(void)fflush(stdout);
}

/*
 * The workload.
 */

/* Whoever runs the test has no say in how its commands work. */
static void set_environment(const struct run *run)
{
	static const char functions[] =
		"records() { awk -v n=\"$1\" -v from=\"$2\" 'BEGIN { for (i = from; i < "
		"from + n; i++) "
		"printf \"{\\\"key\\\":\\\"k/%d/%d\\\",\\\"content\\\":\\\"memory %d of "
		"the "
		"import: whoever reads %d again, sees %d\\\"}\\n\", i % 40, i, i, i * "
		"7919, i * "
		"104729 }'; }; ";

	(void)setenv("HOME", run->base, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("GITMEM_DIR");
	(void)setenv("GITMEM_AGENT", "tester", 1);
	(void)setenv("GITMEM_AUTHOR_DATE", "2026-01-02T03:04:05Z", 1);
	(void)setenv("GITMEM_COMMITTER_DATE", "2026-01-02T03:04:05Z", 1);
	(void)setenv("POWERCUT_FUNCTIONS", functions, 1);
	(void)setenv("L", run->layout, 1);
	(void)setenv("O", strcmp(run->layout, "git") ? "git" : "zstd", 1);
	(void)umask(022);
}

static int run_line(const struct run *run, const char *line, bool traced)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		gm_autofree char *script = gm_format(
			"gitmem() { \"$GITMEM\" \"$@\"; }; %s { %s; } >>../out 2>&1",
			getenv("POWERCUT_FUNCTIONS"), line);
		if (!script || chdir(run->live) < 0 ||
			(traced && setenv("GITMEM_TRACE", run->trace_path, 1) < 0) ||
			setenv("GITMEM", run->program, 1) < 0)
			_exit(1);
		(void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("cannot run a command");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool counts_objects(const struct run *run)
{
	return run->workload->packs_anew || run->workload->repairs;
}

/* Behind all that the command did. */
static bool acknowledge(const struct run *run)
{
	gm_autofree char *gitdir = need(gm_path_join(run->live, GM_REPO_DIR));
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_trace_event event = {.kind = GM_TRACE_MARK};
	gm_autoclose int fd =
		open(run->trace_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0 || gm_repo_open(&repo, gitdir) < 0 ||
		view_take(&view, repo, view_flags(repo, counts_objects(run))) < 0)
		return false;
	event.size = view.size + 1; /* with its NUL */
	return gm_buf_put(&bytes, &event, sizeof(event)) == 0 &&
		gm_buf_put(&bytes, gm_buf_str(&view), view.size + 1) == 0 &&
		write(fd, bytes.ptr, bytes.size) == (ssize_t)bytes.size;
}

static void show_output(const struct run *run)
{
	gm_autofree char *path = need(gm_path_join(run->base, "out"));
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	if (gm_file_read(&text, path) == 0)
		for (char *save, *at = strtok_r(text.ptr, "\n", &save); at;
			at = strtok_r(NULL, "\n", &save))
			printf("#   %s\n", at);
}

static bool has_repository(const struct run *run)
{
	gm_autofree char *gitdir = need(gm_path_join(run->live, GM_REPO_DIR));

	return gm_path_exists(gitdir);
}

/* What was set up is durable: how many events that took, with the acknowledgement if any. */
static size_t count_setup(const struct run *run)
{
	struct trace trace = {.n = 0};

	trace_read(&trace, run->trace_path);
	size_t n = trace.n;
	trace_dispose(&trace);
	return n;
}

static void do_line(const struct run *run, const char *line)
{
	bool is_setup = line == run->workload->setup;
	int code = run_line(run, line, !is_setup);

	if (is_setup)
		seed_trace(run->trace_path, run->live);
	if (code == 0 && ((is_setup && !has_repository(run)) || acknowledge(run)))
		return;
	printf("# code %d, %s: %s\n", code, gm_error_last()->message, line);
	show_output(run);
	die("the workload fails");
}

static void do_workload(struct run *run)
{
	struct stat st;

	if (stat(run->live, &st) < 0)
		die("no place to work in");
	run->root = gm_trace_number(&st);
	if (run->workload->setup) {
		do_line(run, run->workload->setup);
		run->start = count_setup(run);
	}
	for (const char *const *line = run->workload->lines; *line; line++)
		do_line(run, *line);
	trace_read(&run->trace, run->trace_path);
}

/*
 * The cuts.
 */

/* What was acknowledged last before event `at`, and what is acknowledged next. */
static void acknowledged(
	const char **before, const char **after, const struct trace *trace, size_t at)
{
	*before = NULL;
	*after = NULL;
	for (size_t i = 0; i < trace->n && !*after; i++)
		if (trace->items[i].event.kind == GM_TRACE_MARK)
			*(i < at ? before : after) = trace->items[i].bytes;
	if (!*after)
		*after = *before;
}

static void judge_cut(struct run *run, const struct disk *disk, size_t at, enum cut cut,
	struct rng *rng, const char *name)
{
	const char *before;
	const char *after;

	if (mkdir(run->state, 0777) < 0)
		die("no place for what a cut leaves");
	disk_cut(disk, run->state, cut, rng);
	acknowledged(&before, &after, &run->trace, at);
	run->judge.program =
		run->is_thorough || run->n_judged % FSCK_EVERY == 0 ? run->program : NULL;
	gm_autofree char *fault = judge_state(&run->judge, run->state, before, after);
	run->n_judged++;
	if (fault && run->n_faults++ < FAULTS_SHOWN)
		printf("# %s, at event %zu of %zu: %s\n", name, at, run->trace.n, fault);
	if (!run->keeps)
		remove_tree(run->state);
}

/* True when a sample is enough, for another build tries all. */
static bool is_sampled(void)
{
	const char *value = getenv("GITMEM_TEST_SAMPLE");

	return value && *value && strcmp(value, "0") != 0;
}

static bool is_flush(const struct trace_item *item)
{
	return item->event.kind == GM_TRACE_FSYNC ||
		item->event.kind == GM_TRACE_FDATASYNC;
}

/* In front of and behind each flush, and behind all. */
static void cut_at_flushes(struct run *run, enum cut cut, const char *what)
{
	struct disk *disk = disk_new(&run->trace, run->root);
	struct rng rng = {run->seed};
	unsigned n = run->n_judged;
	size_t last = SIZE_MAX;
	size_t n_near = 0;
	size_t share = is_sampled() ? SAMPLE_SHARE : 1;

	run->n_faults = 0;
	for (size_t at = run->start; at <= run->trace.n; at++) {
		bool is_near = at == run->trace.n || is_flush(&run->trace.items[at]) ||
			(at && is_flush(&run->trace.items[at - 1]));
		if (!is_near || at == last)
			continue;
		last = at;
		if (n_near++ % share)
			continue;
		disk_advance(disk, at);
		judge_cut(run, disk, at, cut, &rng, what);
	}
	disk_free(disk);
	gm_autofree char *title = need(gm_format(
		"%s: %u cuts at flushes, %s", run->layout, run->n_judged - n, what));
	result(run, run->n_faults == 0, title);
}

struct sample {
	size_t at;
	unsigned number;
};

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a;
	const struct sample *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static struct rng rng_of(const struct run *run, unsigned number)
{
	struct rng rng = {run->seed * 1000003 + number};

	(void)rng_next(&rng);
	return rng;
}

static void cut_at_random(struct run *run, unsigned n, long only)
{
	struct disk *disk = disk_new(&run->trace, run->root);
	struct sample *samples = need(calloc(n ? n : 1, sizeof(*samples)));

	for (unsigned i = 0; i < n; i++) {
		struct rng rng = rng_of(run, i);
		size_t at = run->start + rng_below(&rng, run->trace.n + 1 - run->start);
		samples[i] = (struct sample){at, i};
	}
	qsort(samples, n, sizeof(*samples), compare_samples);
	run->n_faults = 0;
	for (unsigned i = 0; i < n; i++) {
		struct rng rng = rng_of(run, samples[i].number);
		if (only >= 0 && samples[i].number != (unsigned)only)
			continue;
		(void)rng_next(&rng);
		gm_autofree char *name = need(gm_format("sample %u", samples[i].number));
		disk_advance(disk, samples[i].at);
		/* Rubbish is not to be told from damage; but nothing may be lost for it. */
		bool has_rubbish = samples[i].number % 8 == 7;
		run->judge.may_be_damaged = has_rubbish || run->workload->repairs;
		judge_cut(run, disk, samples[i].at,
			has_rubbish ? CUT_RUBBISH : CUT_RANDOM, &rng, name);
		run->judge.may_be_damaged = run->workload->repairs;
	}
	free(samples);
	disk_free(disk);
	gm_autofree char *title = need(gm_format(
		"%s: %u random cuts, seed %" PRIu64, run->layout, n, run->seed));
	result(run, run->n_faults == 0, title);
}

static void prepare(struct run *run)
{
	const char *tmp = getenv("TMPDIR");
	const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm"
		: tmp                                     ? tmp
							  : "/tmp";

	run->base = need(gm_format("%s/gitmem-powercut-XXXXXX", place));
	need(mkdtemp(run->base));
	run->live = need(gm_path_join(run->base, "live"));
	run->state = need(gm_path_join(run->base, "state"));
	run->trace_path = need(gm_path_join(run->base, "trace"));
	if (mkdir(run->live, 0777) < 0)
		die("no place to work in");
	set_environment(run);
}

static void finish(struct run *run)
{
	if (run->keeps)
		printf("# kept: %s\n", run->base);
	else
		remove_tree(run->base);
	trace_dispose(&run->trace);
	gm_free(run->base);
	gm_free(run->live);
	gm_free(run->state);
	gm_free(run->trace_path);
}

static void judge_all(struct run *run, unsigned n, long only)
{
	size_t n_renames = 0;

	for (size_t i = 0; i < run->trace.n; i++)
		n_renames += run->trace.items[i].event.kind == GM_TRACE_RENAME;
	gm_autofree char *title = need(
		gm_format("%s, %s: the commands make %zu changes, %zu of them renames",
			run->workload->name, run->layout, run->trace.n, n_renames));
	result(run, run->trace.n > 100 && n_renames, title);
	if (only < 0) {
		cut_at_flushes(run, CUT_NOTHING, "what was not flushed lost");
		cut_at_flushes(run, CUT_ALL_KEPT, "what was not flushed kept");
	}
	cut_at_random(run, n, only);
	printf("# %u states judged, %lu objects read\n", run->n_judged,
		run->judge.n_objects);
	printf("1..%u\n", run->n_tests);
}

int main(int argc, char **argv)
{
	const char *slow = getenv("GITMEM_TEST_SLOW");
	bool is_slow = slow && *slow && strcmp(slow, "0") != 0;
	unsigned n = is_slow ? 10000 : is_sampled() ? 2000 / SAMPLE_SHARE : 2000;
	struct run run = {.seed = 20261126};

	if (argc < 3 || !workload_find(argv[1]) || !getenv("GITMEM")) {
		(void)fprintf(stderr,
			"usage: powercut WORKLOAD LAYOUT [SAMPLES [SEED [ONLY]]]\n");
		return 129;
	}
	run.workload = workload_find(argv[1]);
	run.layout = argv[2];
	run.judge.layout = strcmp(run.layout, "git") ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT;
	run.judge.packs_anew = run.workload->packs_anew;
	run.judge.repairs = run.workload->repairs;
	run.judge.clones = run.workload->clones;
	run.judge.may_be_damaged = run.workload->repairs;
	run.program = getenv("GITMEM");
	run.is_thorough = is_slow;
	if (argc > 3)
		n = (unsigned)strtoul(argv[3], NULL, 10);
	if (argc > 4)
		run.seed = strtoull(argv[4], NULL, 10);
	long only = argc > 5 ? strtol(argv[5], NULL, 10) : -1;
	run.keeps = only >= 0;
	prepare(&run);
	do_workload(&run);
	judge_all(&run, workload_samples(run.workload, n), only);
	finish(&run);
	return run.n_failed ? 1 : 0;
}
