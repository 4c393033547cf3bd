/*
 * Commit the memories of a JSONL file, so many at a time, each commit durable, as a process
 * that keeps a repository open does:
 *
 *   bench-commits GITDIR JSONL PER-COMMIT
 *
 * Memories must have `id`, `created` and `content`, and be new to the repository.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/path_rule.h"
#include "dag/transaction.h"

static void must(int rc)
{
	if (rc >= 0)
		return;
	(void)fprintf(stderr, "%s\n", gm_error_last()->message);
	exit(1);
}

static void make_change(struct gm_change *out, const char *line, size_t size)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *object = NULL;

	must(gm_json_parse(&object, line, size));
	must(gm_record_from_json(&record, object));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	must(gm_record_path(&path, &record));
	must(gm_record_encode(&bytes, &record));
	*out = (struct gm_change){.size = bytes.size};
	gm_object_hash(&out->blob, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	out->path = gm_buf_detach(&path);
	out->data = gm_buf_detach(&bytes);
}

static void free_change(const struct gm_change *change)
{
	free((void *)(uintptr_t)
			change->path); /* ours, though lent to the commit as const */
	gm_free((void *)(uintptr_t)change->data);
}

static void commit(struct gm_repo *repo, struct gm_change *changes, size_t n,
	const struct gm_signature *who)
{
	gm_autohead head = GM_HEAD_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	const struct gm_transaction_options options = {.ref = "refs/heads/main",
		.author = who,
		.committer = who,
		.message = "some memories\n",
		.reflog_action = "commit"};
	struct gm_lock *lock = NULL;

	must(gm_repo_lock(&lock, repo, "bench-commits", NULL, NULL));
	must(gm_head_read(&head, repo, NULL));
	for (size_t i = 0; i < n; i++)
		changes[i].tip = head.commit;
	must(gm_transaction_commit(&result, repo, lock, changes, n, &options));
	gm_lock_release(lock);
	if (!result.committed) {
		(void)fprintf(stderr, "nothing was new\n");
		exit(1);
	}
}

static size_t commit_all(struct gm_repo *repo, FILE *in, size_t per_commit)
{
	gm_autofree struct gm_change *changes = gm_calloc(per_commit, sizeof(*changes));
	gm_autosignature who = GM_SIGNATURE_INIT;
	char *line = NULL;
	size_t cap = 0, n = 0, commits = 0;
	ssize_t size;

	must(changes ? 0 : GM_ENOMEM);
	must(gm_signature_set(&who, "bench", "bench@localhost", 0, 0));
	do {
		size = getline(&line, &cap, in);
		if (size > 0)
			make_change(&changes[n++], line, (size_t)size);
		if (n == per_commit || (size <= 0 && n)) {
			who.time += GM_TIME_SECOND;
			commit(repo, changes, n, &who);
			commits++;
			while (n)
				free_change(&changes[--n]);
		}
	} while (size > 0);
	free(line);
	return commits;
}

int main(int argc, char **argv)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	size_t per_commit = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	FILE *in = per_commit ? fopen(argv[2], "re") : NULL;

	if (!in) {
		(void)fprintf(stderr, "usage: bench-commits GITDIR JSONL PER-COMMIT\n");
		return 129;
	}
	must(gm_repo_open(&repo, argv[1]));
	(void)printf("%zu commits\n", commit_all(repo, in, per_commit));
	(void)fclose(in);
	return 0;
}
