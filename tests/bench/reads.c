/*
 * Read the objects named on standard input, one hexadecimal id a line, each checked against
 * its name, as `git cat-file --batch` would:
 *
 *   bench-reads GITDIR <IDS
 *
 * Prints how long one took, in microseconds.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dag/repository.h"

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int read_all(size_t *n_out, size_t *bytes_out, struct gm_store *store)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_oid oid;
	char line[64];
	int rc = 0;

	while (rc == 0 && fgets(line, sizeof(line), stdin)) {
		rc = gm_oid_parse(&oid, line, strcspn(line, "\n"))
			? gm_store_read(&data, &type, store, &oid)
			: gm_error(GM_EINVALID, "no id: %s", line);
		*bytes_out += data.size;
		*n_out += rc == 0;
	}
	return rc;
}

int main(int argc, char **argv)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	double start = now_us();
	size_t bytes = 0;
	size_t n = 0;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: bench-reads GITDIR <IDS\n");
		return 129;
	}
	int rc = gm_repo_open(&repo, argv[1]);
	if (rc == 0)
		rc = read_all(&n, &bytes, gm_repo_store(repo));
	if (rc < 0) {
		(void)fprintf(stderr, "%s\n", gm_error_last()->message);
		return 1;
	}
	(void)printf("%zu objects, %zu bytes, %.2f us each\n", n, bytes,
		(now_us() - start) / (double)(n ? n : 1));
	return 0;
}
