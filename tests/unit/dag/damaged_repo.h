/*
 * A small repository that is damaged and repaired, time and again: what it holds is known, so
 * that every answer can be told from a wrong one.
 */
#ifndef GM_TESTS_UNIT_DAG_DAMAGED_REPO_H
#define GM_TESTS_UNIT_DAG_DAMAGED_REPO_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "dag/repair.h"
#include "dag/repair_internal.h"
#include "dag/stage_journal.h"
#include "dag/tree.h"
#include "objstore/internal.h"
#include "objstore/segments_write.h"

#define COMMITS_MAX 16
#define MAIN "refs/heads/main"

struct damaged_repo {
	char *dir; /* holds `sound` and `hurt`, each a repository's folder */
	char *sound;
	char *hurt;
	enum gm_layout layout;
	struct gm_oid commits[COMMITS_MAX];
	size_t n_commits;
	size_t n_first; /* files in the first one; each that follows has one more */
	struct damaged_repo *other; /* one that was made apart; NULL until it is needed */
};

static inline size_t file_text(char out[600], unsigned i)
{
	unsigned x = i * 2654435761u + 1;
	int n = snprintf(out, 600, "---\nid: %08x\ntype: semantic\n---\n", x);

	for (unsigned k = 0; k < 12 + i % 9; k++) {
		static const char *const words[] = {"deploy ", "on ", "friday ", "never ",
			"the ", "agent ", "tabs ", "spaces "};
		x = x * 1664525 + 1013904223;
		n += snprintf(out + n, 600 - (size_t)n, "%s", words[x >> 29]);
	}
	return (size_t)n;
}

/* Commit files `from` to `to - 1`. */
static inline void commit_files(struct damaged_repo *world, struct gm_repo *repo,
	struct gm_lock *lock, unsigned from, unsigned to)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autohead head = GM_HEAD_INIT;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autosignature who = GM_SIGNATURE_INIT;
	struct gm_tree_change *changes = calloc(to - from, sizeof(*changes));
	struct gm_commit commit = {.message = (char *)(uintptr_t) "more"};
	char text[600];

	must(gm_signature_set(&who, "A U Thor", "author@example.com",
		(1767323045 + from) * GM_TIME_SECOND, 0));
	must(gm_head_read(&head, repo, NULL));
	must(gm_batch_begin(&batch, gm_repo_store(repo)));
	for (unsigned i = from; i < to; i++) {
		struct gm_tree_change *change = &changes[i - from];
		change->path = gm_format("memories/2026/01-%02u/%08x.md", i % 3 + 1, i);
		must(gm_batch_write(
			&change->oid, batch, GM_OBJECT_BLOB, text, file_text(text, i)));
	}
	must(gm_tree_update(&commit.tree, batch, &head.tree, changes, to - from));
	commit.author = commit.committer = who;
	commit.parents = head.exists ? &head.commit : NULL;
	commit.n_parents = head.exists;
	must(gm_commit_format(&data, &commit));
	struct gm_ref_update update = {.name = MAIN,
		.old_oid = head.commit,
		.who = &who,
		.message = "commit: more"};
	must(gm_batch_write(
		&update.new_oid, batch, GM_OBJECT_COMMIT, data.ptr, data.size));
	must(gm_ref_update_with(gm_repo_refs(repo), lock, batch, &update));
	world->commits[world->n_commits++] = update.new_oid;
	for (unsigned i = 0; i < to - from; i++)
		gm_free((char *)(uintptr_t)changes[i].path);
	free(changes);
}

static inline void seal(struct gm_repo *repo)
{
	struct gm_segments *segments = gm_repo_store(repo)->segments;

	if (!segments)
		return;
	must(gm_segments_lock(segments));
	must(gm_segments_seal(segments));
	gm_segments_unlock(segments);
}

static inline void stage_file(
	struct gm_repo *repo, struct gm_lock *lock, const char *path)
{
	struct gm_change change = {.path = path, .data = path, .size = strlen(path)};

	gm_object_hash(&change.blob, GM_OBJECT_BLOB, path, change.size);
	must(gm_stage_append(repo, lock, MAIN, NULL, &change, 1));
}

/*
 * `n_first` files, from number `from` on, in the first commit; then sealed, more commits, sealed,
 * and more.
 */
static inline struct damaged_repo *damaged_repo_new(
	enum gm_layout layout, unsigned from, unsigned n_first)
{
	struct damaged_repo *world = calloc(1, sizeof(*world));
	struct gm_repo *repo = NULL;
	struct gm_lock *lock = NULL;
	bool created;
	unsigned n = from + n_first;

	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	world->dir = scratch_new();
	(void)setenv("HOME", world->dir, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	world->sound = gm_path_join(world->dir, "sound");
	world->hurt = gm_path_join(world->dir, "hurt");
	world->layout = layout;
	world->n_first = n_first;
	must(gm_repo_init(&created, world->sound, "main", layout));
	must(gm_repo_open(&repo, world->sound));
	must(gm_repo_lock(&lock, repo, "test", NULL, NULL));
	commit_files(world, repo, lock, from, n);
	for (unsigned i = 0; i < 2; i++, n++)
		commit_files(world, repo, lock, n, n + 1);
	seal(repo);
	commit_files(world, repo, lock, n, n + 1);
	n++;
	seal(repo);
	for (unsigned i = 0; i < 3; i++, n++)
		commit_files(world, repo, lock, n, n + 1);
	stage_file(repo, lock, "memories/2026/01-05/a.md");
	stage_file(repo, lock, "memories/2026/01-05/b.md");
	gm_lock_release(lock);
	gm_repo_free(repo);
	return world;
}

static inline void damaged_repo_free(struct damaged_repo *world)
{
	if (world->other)
		damaged_repo_free(world->other);
	scratch_remove(world->dir);
	gm_free(world->sound);
	gm_free(world->hurt);
	free(world);
}

/* Begin anew with a sound copy. */
static inline void heal(struct damaged_repo *world)
{
	assert_int_equal(shell(NULL, world->dir, "rm -rf hurt && cp -R sound hurt"), 0);
}

/* What an examination found. */
struct findings {
	size_t faults;
	size_t warnings;
	size_t lost;   /* files that should be there and cannot be read */
	size_t commit; /* the number of the one that main is at, plus 1; 0: none */
	size_t staged;
	bool is_closed;
};

static inline int count_finding(const char *subject, const char *fault, void *payload)
{
	assert_true(*subject && *fault);
	++*(size_t *)payload;
	return 0;
}

struct listing {
	struct gm_store *store;
	struct findings *findings;
	size_t n;
};

static inline int examine_file(
	const char *path, const struct gm_tree_entry *entry, void *payload)
{
	struct listing *list = payload;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	char text[600];
	unsigned i = (unsigned)strtoul(strrchr(path, '/') + 1, NULL, 16);
	size_t size = file_text(text, i);

	list->n++;
	if (gm_store_read_type(&data, list->store, &entry->oid, GM_OBJECT_BLOB) < 0) {
		list->findings->lost++;
		list->findings->faults++;
		return 0;
	}
	assert_int_equal(data.size, size);
	assert_memory_equal(data.ptr, text, size);
	return 0;
}

static inline int examine_object(const struct gm_oid *oid, void *payload)
{
	struct listing *list = payload;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;

	if (gm_store_read(&data, &type, list->store, oid) < 0 ||
		gm_store_check_sha256(
			list->store, oid, type, gm_buf_str(&data), data.size) < 0)
		list->findings->faults++;
	return 0;
}

/* fsck warns of what only a log leads to, when that is gone. */
static inline int examine_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct listing *list = payload;

	list->findings->warnings += gm_store_exists(list->store, &entry->new_oid) <= 0;
	return 0;
}

static inline void broken_ref(const char *name, void *payload)
{
	(void)name;
	++*(size_t *)payload;
}

static inline int examine_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct listing *list = payload;

	if (strncmp(name, "refs/gitmem/rescue/", 19) != 0 &&
		gm_store_exists(list->store, oid) <= 0)
		list->findings->faults++;
	return 0;
}

/* The tip of main, if it can be read: that of one of our commits, with all its files. */
static inline void examine_head(
	struct findings *out, struct gm_repo *repo, const struct damaged_repo *world)
{
	struct listing list = {gm_repo_store(repo), out, 0};
	struct gm_history history = GM_HISTORY_INIT(gm_repo_store(repo));
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_head_read(&head, repo, "main");

	if (rc == 0 && head.exists) {
		for (size_t i = 0; i < world->n_commits; i++)
			if (gm_oid_equal(&world->commits[i], &head.commit))
				out->commit = i + 1;
		assert_true(out->commit > 0);
		if (gm_history_is_whole(&history, &head.commit) <= 0)
			out->faults++;
		rc = gm_tree_each(gm_repo_store(repo), &head.tree, examine_file, &list);
		if (rc == 0)
			assert_int_equal(list.n, world->n_first + out->commit - 1);
	}
	out->faults += rc < 0;
	gm_history_dispose(&history);
}

static inline void examine_stage(struct findings *out, struct gm_repo *repo)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	DIR *dir;
	const struct dirent *entry;
	gm_autofree char *folder = gm_path_join(gm_repo_dir(repo), "stage");

	if (gm_stage_load(&stage, repo, MAIN) == 0)
		out->staged = gm_stage_size(stage);
	else
		out->faults++;
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		gm_buf_reset(&data);
		scratch_read(&data, folder, entry->d_name);
		if (gm_journal_check(gm_buf_str(&data), data.size, entry->d_name) < 0)
			out->faults++;
	}
	if (dir)
		(void)closedir(dir);
}

static inline struct findings examine(const struct damaged_repo *world)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	struct findings out = {0};
	struct listing list = {.findings = &out};

	if (gm_repo_open(&repo, world->hurt) < 0) {
		assert_true(*gm_error_last()->message);
		return (struct findings){.faults = 1, .is_closed = true};
	}
	list.store = gm_repo_store(repo);
	must(gm_store_check(list.store, count_finding, &out.faults));
	out.faults += gm_store_each(list.store, examine_object, &list) < 0;
	gm_refs_on_broken(gm_repo_refs(repo), broken_ref, &out.faults);
	out.faults += gm_refs_each(gm_repo_refs(repo), "refs/", examine_ref, &list) < 0;
	out.faults += gm_ref_log_each(gm_repo_refs(repo), MAIN, examine_entry, &list) < 0;
	out.faults +=
		gm_ref_log_each(gm_repo_refs(repo), "HEAD", examine_entry, &list) < 0;
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	out.faults += gm_ref_read_symbolic(&target, gm_repo_refs(repo), "HEAD") < 0 ||
		strncmp(gm_buf_str(&target), "refs/heads/", 11) != 0;
	examine_head(&out, repo, world);
	examine_stage(&out, repo);
	return out;
}

static inline int take_note(const struct gm_repair_note *note, void *payload)
{
	size_t *counts = payload;

	assert_true(*note->subject && *note->message);
	counts[note->kind]++;
	return 0;
}

/* As the command does it, but all of it every time. */
static inline void repair(const struct damaged_repo *world, size_t counts[3])
{
	const struct gm_repair how = {.gitdir = world->hurt,
		.stamp = "20260102T030405Z",
		.tell = take_note,
		.payload = counts};
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *path = gm_path_join(world->hurt, "lock");
	gm_autosignature who = GM_SIGNATURE_INIT;
	enum gm_layout layout;

	must(gm_signature_set(&who, "A U Thor", "author@example.com",
		INT64_C(1767323045) * GM_TIME_SECOND, 0));
	must(gm_lock_acquire(&lock, path, "fsck --repair", NULL, NULL));
	must(gm_repair_layout(&layout, world->hurt));
	assert_int_equal(layout, world->layout);
	assert_true(gm_repair_settings(&how, layout) >= 0);
	if (layout == GM_LAYOUT_SEGMENTS)
		must(gm_repair_segments(&how));
	must(gm_repair_skeleton(&how, layout));
	must(gm_repair_objects(&how));
	if (layout == GM_LAYOUT_GIT)
		must(gm_repair_ref_files(&how));
	must(gm_repo_open(&repo, world->hurt));
	must(gm_repair_refs(&how, repo, lock, &who));
	must(gm_repair_stages(&how, repo));
	must(gm_repair_tell_lost(&how, repo));
}

#endif
