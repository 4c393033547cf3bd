/*
 * What the tests of changing refs share: a repository with three commits, its lock, and a
 * short way to move a ref.
 */
#ifndef GM_TESTS_UNIT_DAG_REF_SUPPORT_H
#define GM_TESTS_UNIT_DAG_REF_SUPPORT_H

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/reflog.h"
#include "dag/refs.h"
#include "tests/unit/support.h"

struct ref_repo {
	char *dir;
	struct gm_refs *refs;
	struct gm_lock *lock;
	struct gm_signature who;
	struct gm_oid commits[4]; /* [0] is zero: no commit */
};

static inline void ref_repo_lock(struct ref_repo *repo)
{
	gm_autofree char *path = gm_path_join(repo->dir, "lock");

	must(gm_lock_acquire(&repo->lock, path, "test", NULL, NULL));
}

static inline int ref_repo_setup(void **state)
{
	struct ref_repo *repo = calloc(1, sizeof(*repo));
	gm_autobuf ids = GM_BUF_INIT(GM_BUF_TEXT);

	repo->dir = scratch_new();
	assert_int_equal(shell(&ids, repo->dir,
				 "git init -q --bare -b main . &&"
				 " git config core.logAllRefUpdates true &&"
				 " for m in one two three; do git commit-tree -m $m"
				 " $(git hash-object -w -t tree /dev/null); done"),
		0);
	for (size_t i = 0; i < 3; i++)
		assert_true(gm_oid_parse(&repo->commits[i + 1], ids.ptr + i * 41, 40));
	must(gm_refs_open(&repo->refs, repo->dir));
	must(gm_signature_set(
		&repo->who, "W. Ho", "who@example.com", 1767323045 * GM_TIME_SECOND, 60));
	ref_repo_lock(repo);
	*state = repo;
	return 0;
}

static inline int ref_repo_teardown(void **state)
{
	struct ref_repo *repo = *state;

	gm_lock_release(repo->lock);
	gm_refs_free(repo->refs);
	gm_signature_dispose(&repo->who);
	scratch_remove(repo->dir);
	free(repo);
	return 0;
}

/* Move a ref from one of the commits to another; 0 is no commit. */
static inline int ref_move(
	struct ref_repo *repo, const char *name, int from, int to, const char *message)
{
	struct gm_ref_update update = {.name = name,
		.old_oid = repo->commits[from],
		.new_oid = repo->commits[to],
		.who = &repo->who,
		.message = message};

	return gm_ref_update(repo->refs, repo->lock, &update);
}

/* What a shell command prints must be `wanted`. */
static inline void assert_prints(
	struct ref_repo *repo, const char *command, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	if (shell(&text, repo->dir, command) != 0)
		fail_msg("'%s' failed: %s", command, gm_buf_str(&text));
	assert_string_equal(gm_buf_str(&text), wanted);
}

/* In git's eyes the ref is at one of the commits, or missing for 0; ours must say the same. */
static inline void assert_ref(struct ref_repo *repo, const char *name, int commit)
{
	char hex[GM_OID_HEX];
	struct gm_oid oid;
	gm_autofree char *command =
		gm_format("git rev-parse --verify -q %s || echo none", name);

	gm_oid_format(hex, &repo->commits[commit]);
	gm_autofree char *wanted = gm_format("%s\n", commit ? hex : "none");
	assert_prints(repo, command, wanted);
	int rc = gm_ref_read(&oid, NULL, repo->refs, name);
	assert_int_equal(rc, commit ? 0 : GM_ENOTFOUND);
	if (commit)
		assert_true(gm_oid_equal(&oid, &repo->commits[commit]));
}

/* No lock or temporary file may stay behind, and git must find nothing wrong. */
static inline void assert_clean(struct ref_repo *repo)
{
	assert_prints(repo, "find . -name '*.lock'; find . -name 'tmp_*'", "");
	assert_prints(repo,
		"git fsck --strict --no-dangling 2>&1 | grep -v '^notice'; true", "");
}

#endif
