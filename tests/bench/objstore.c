/*
 * How long the object store takes, in microseconds for each object:
 *
 *   bench-objstore DIR [N]
 *
 * DIR, which must not exist, is made and left behind with N objects (100000) of some 450
 * bytes in one pack and eight loose ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "objstore/store.h"

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(int rc)
{
	if (rc == 0)
		return;
	(void)fprintf(stderr, "%s\n", gm_error_last()->message);
	exit(1);
}

static void show(const char *what, double us, size_t n)
{
	(void)printf("%-40s %10.2f us (%zu objects, %.1f ms)\n", what, us / (double)n, n,
		us / 1e3);
}

/* Text that compresses about as well as prose does. */
static size_t make_text(char out[1024], size_t number)
{
	static const char *const words[] = {"the", "memory", "of", "an", "agent", "is",
		"a", "record", "with", "front", "matter", "prefers", "tabs", "over",
		"spaces", "and", "build", "fails", "when", "cache", "stale", "user",
		"deploys", "on", "Friday", "never", "again", "because"};
	uint64_t state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
	size_t n = (size_t)snprintf(
		out, 1024, "---\nid: %016llx\n---\n", (unsigned long long)state);

	while (n < 440) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
		n += (size_t)snprintf(out + n, 1024 - n, "%s ",
			words[(state >> 33) % (sizeof(words) / sizeof(*words))]);
	}
	return n;
}

static void write_objects(
	struct gm_oid *oids, struct gm_store *store, size_t from, size_t n)
{
	struct gm_batch *batch;
	char text[1024];

	must(gm_batch_begin(&batch, store));
	for (size_t i = 0; i < n; i++)
		must(gm_batch_write(&oids[i], batch, GM_OBJECT_BLOB, text,
			make_text(text, from + i)));
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
}

static void read_objects(struct gm_store *store, const struct gm_oid *oids, size_t n)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	enum gm_object_type type;

	for (size_t i = 0; i < n; i++)
		must(gm_store_read(&data, &type, store, &oids[i]));
}

int main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
	struct gm_oid *oids = calloc(n + 16, sizeof(*oids));
	struct gm_store *store;

	if (argc < 2 || !n || !oids) {
		(void)fprintf(stderr, "usage: bench-objstore DIR [N]\n");
		return 129;
	}
	must(gm_mkdirs(argv[1]));
	must(gm_store_open(&store, argv[1]));
	double start = now_us();
	write_objects(oids, store, 0, n);
	show("batch write into one pack", now_us() - start, n);
	start = now_us();
	write_objects(oids + n, store, n, 8);
	show("batch write of loose objects", now_us() - start, 8);
	gm_store_free(store);

	start = now_us();
	must(gm_store_open(&store, argv[1]));
	read_objects(store, oids + n, 8);
	show("open and read loose objects", now_us() - start, 8);
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = ((size_t)rand() << 16 ^ (size_t)rand()) % (i + 1);
		struct gm_oid swap = oids[i];
		oids[i] = oids[k];
		oids[k] = swap;
	}
	start = now_us();
	read_objects(store, oids, n);
	show("random reads from the pack", now_us() - start, n);
	start = now_us();
	for (size_t i = 0; i < n; i++) {
		oids[i].bytes[7] ^= 0x55;
		must(gm_store_exists(store, &oids[i]));
	}
	show("looking for what is not there", now_us() - start, n);
	gm_store_free(store);
	free(oids);
	return 0;
}
