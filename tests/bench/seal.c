/*
 * How long writers hold the lock of a segment store:
 *
 *   bench-seal DIR [SEALS [WRITERS]]
 *
 * DIR, which must not exist, is made and left behind. WRITERS processes (1) commit batches of
 * memories, each durable, until SEALS segments (200) were sealed. Printed are the times from
 * getting an exclusive flock(2) to giving it back, by what was done meanwhile: no more than an
 * append, or a manifest was written (a seal, a merge, a dictionary).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "objstore/internal.h"

#define PER_BATCH 50

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

/* What this process saw. The one lock that is held at a time is that of the store. */
static struct {
	const char *dir;
	double since;
	ino_t manifest;
	ino_t lock;
	FILE *out;
} seen;

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static ino_t inode_of(const char *name)
{
	struct stat st;
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/store/%s", seen.dir, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

int __wrap_flock(int fd, int operation)
{
	struct stat st;
	bool is_lock = seen.dir && fstat(fd, &st) == 0 && st.st_ino == inode_of("lock");

	if (is_lock && operation == LOCK_UN)
		(void)fprintf(seen.out, "%d %.3f\n",
			seen.manifest != inode_of("manifest"), now_ms() - seen.since);
	int rc = __real_flock(fd, operation);
	if (is_lock && rc == 0 && operation != LOCK_UN) {
		seen.manifest = inode_of("manifest");
		seen.since = now_ms();
	}
	return rc;
}

static void must(int rc)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "%s\n", gm_error_last()->message);
	exit(1);
}

static size_t make_text(char out[1024], unsigned writer, unsigned number)
{
	unsigned x = (writer << 24 | number) * 2654435761u + 1;
	int n = snprintf(out, 1024, "---\nid: %u-%u\ntype: fact\n---\n", writer, number);

	while (n < 420) {
		x = x * 1664525 + 1013904223;
		n += snprintf(out + n, 1024 - (size_t)n, "word%u ", (x >> 16) % 3000);
	}
	return (size_t)n;
}

static void write_batch(struct gm_store *store, unsigned writer, unsigned from)
{
	struct gm_batch *batch;
	struct gm_oid oid;
	char text[1024];

	must(gm_batch_begin(&batch, store));
	for (unsigned i = from; i < from + PER_BATCH; i++)
		must(gm_batch_write(
			&oid, batch, GM_OBJECT_BLOB, text, make_text(text, writer, i)));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
	must(gm_store_settle(store));
}

static void run_writer(const char *dir, unsigned writer, size_t seals)
{
	struct gm_store *store;

	must(gm_store_open(&store, dir));
	for (unsigned i = 0; store->segments->manifest.n_segments < seals; i += PER_BATCH)
		write_batch(store, writer, i);
	gm_store_free(store);
	(void)fclose(seen.out);
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static void show(const char *path, int kind, const char *what)
{
	size_t n = 0;
	size_t cap = 0;
	double *times = NULL;
	double ms;
	int found;
	FILE *in = fopen(path, "r");

	while (in && fscanf(in, "%d %lf", &found, &ms) == 2) {
		if (found != kind)
			continue;
		must(gm_grow(&times, &cap, n + 1, sizeof(*times)));
		times[n++] = ms;
	}
	if (in)
		(void)fclose(in);
	if (!n)
		return;
	qsort(times, n, sizeof(*times), compare);
	(void)printf("%-28s %7zu holds, median %.2f ms, p99 %.2f ms, max %.2f ms\n", what,
		n, times[n / 2], times[n * 99 / 100], times[n - 1]);
	gm_free(times);
}

int main(int argc, char **argv)
{
	size_t seals = argc > 2 ? strtoul(argv[2], NULL, 10) : 200;
	unsigned writers = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
	char path[4096];

	if (argc < 2)
		return 129;
	must(gm_mkdirs(argv[1]));
	must(gm_store_create(argv[1]));
	(void)snprintf(path, sizeof(path), "%s/holds", argv[1]);
	seen.dir = argv[1];
	for (unsigned i = 0; i < writers; i++) {
		if (fork() == 0) {
			seen.out = fopen(path, "a");
			if (!seen.out)
				return 1;
			run_writer(argv[1], i, seals);
			return 0;
		}
	}
	while (wait(NULL) > 0)
		continue;
	show(path, 0, "append");
	show(path, 1, "with a new manifest");
	return 0;
}
