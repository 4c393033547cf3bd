/*
 * What the tests of repositories, stages and transactions share: a repository of ours with its
 * lock, memories, and changes that set or remove them.
 */
#ifndef GM_TESTS_UNIT_DAG_MEMORY_REPO_H
#define GM_TESTS_UNIT_DAG_MEMORY_REPO_H

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/path_rule.h"
#include "dag/repository.h"
#include "dag/stage.h"
#include "tests/unit/support.h"

#define MAIN "refs/heads/main"

struct memory_repo {
	char *dir;            /* holds the repository `r` and an empty HOME */
	struct gm_repo *repo; /* r/.gitmem */
	struct gm_lock *lock;
	struct gm_signature who;
};

static inline void memory_repo_open(struct memory_repo *world)
{
	gm_autofree char *path = gm_path_join(world->dir, "r/.gitmem");

	must(gm_repo_open(&world->repo, path));
	must(gm_repo_lock(&world->lock, world->repo, "test", NULL, NULL));
}

static inline void memory_repo_close(struct memory_repo *world)
{
	gm_lock_release(world->lock);
	gm_repo_free(world->repo);
	world->lock = NULL;
	world->repo = NULL;
}

/*
 * GITMEM_TEST_OBJECT_STORE=zstd: as in the command tests. A test that lets stock git look at the
 * repository defines MEMORY_REPO_FOR_GIT.
 */
static inline enum gm_layout test_layout(void)
{
#ifdef MEMORY_REPO_FOR_GIT
	const char *name = NULL;
#else
	const char *name = getenv("GITMEM_TEST_OBJECT_STORE");
#endif

	return name && !strcmp(name, "zstd") ? GM_LAYOUT_SEGMENTS : GM_LAYOUT_GIT;
}

static inline int memory_repo_setup(void **state)
{
	struct memory_repo *world = calloc(1, sizeof(*world));
	bool created;

	world->dir = scratch_new();
	(void)setenv("HOME", world->dir, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	gm_autofree char *path = gm_path_join(world->dir, "r/.gitmem");
	must(gm_repo_init(&created, path, "main", test_layout()));
	memory_repo_open(world);
	must(gm_signature_set(&world->who, "A U Thor", "author@example.com",
		1767323045 * GM_TIME_SECOND, 0));
	*state = world;
	return 0;
}

static inline int memory_repo_teardown(void **state)
{
	struct memory_repo *world = *state;

	memory_repo_close(world);
	gm_signature_dispose(&world->who);
	scratch_remove(world->dir);
	free(world);
	return 0;
}

/* What a shell command in the repository's folder prints must be `wanted`. */
static inline void assert_repo_prints(
	struct memory_repo *world, const char *command, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *all = gm_format("cd r/.gitmem && %s", command);

	if (shell(&text, world->dir, all) != 0)
		fail_msg("'%s' failed: %s", command, gm_buf_str(&text));
	assert_string_equal(gm_buf_str(&text), wanted);
}

/* Stock git finds nothing wrong. */
static inline void assert_repo_sound(struct memory_repo *world)
{
	assert_repo_prints(world,
		"git --git-dir=. fsck --strict --no-dangling 2>&1 | grep -v '^notice'; "
		"true",
		"");
}

/* A normalised memory number `n`, made on 2026-01-02 and edited `edited` minutes later. */
static inline void make_memory(struct gm_record *out, unsigned n, const char *key,
	const char *content, int edited)
{
	gm_record_dispose(out);
	*out = (struct gm_record)GM_RECORD_INIT;
	gm_autofree char *id = gm_format("018f0000-0000-7000-8000-%012x", n);
	memcpy(out->id, id, GM_UUID_TEXT);
	out->created = INT64_C(1767323045) * GM_TIME_SECOND;
	if (edited)
		out->updated = out->created + edited * 60 * GM_TIME_SECOND;
	must(gm_record_set_text(&out->key, key));
	must(gm_record_set_content(out, content, strlen(content)));
	must(gm_record_normalise(out, GM_RECORD_MAX_CONTENT));
}

/* Changes with what they point to. */
struct change_list {
	struct gm_change items[64];
	size_t n;
};

static inline void change_list_reset(struct change_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free((char *)(uintptr_t)list->items[i].path);
		free((char *)(uintptr_t)list->items[i].data);
	}
	list->n = 0;
}

#define autochangelist gm_cleanup(change_list_reset) struct change_list

/* Set a file; `text` NULL removes it. `base_text` (may be NULL) is what it was. */
static inline struct gm_change *change_file(struct change_list *list, const char *path,
	const char *base_text, const char *text)
{
	assert_true(list->n < sizeof(list->items) / sizeof(*list->items));
	struct gm_change *change = &list->items[list->n++];
	*change = (struct gm_change){.path = strdup(path)};
	if (base_text)
		gm_object_hash(
			&change->base, GM_OBJECT_BLOB, base_text, strlen(base_text));
	if (text) {
		change->size = strlen(text);
		change->data = strdup(text);
		gm_object_hash(&change->blob, GM_OBJECT_BLOB, text, change->size);
	}
	return change;
}

static inline void memory_text(struct gm_buf *out, const struct gm_record *record)
{
	gm_buf_reset(out);
	must(gm_record_encode(out, record));
}

/* A memory is made (`old` NULL), changed, moved or removed (`new` NULL). */
static inline void change_memory(struct change_list *list, const struct gm_record *old,
	const struct gm_record *new)
{
	gm_autobuf old_path = GM_BUF_INIT(GM_BUF_PATH),
		   new_path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT),
		   new_text = GM_BUF_INIT(GM_BUF_TEXT);

	if (old) {
		memory_text(&old_text, old);
		must(gm_record_path(&old_path, old));
	}
	if (new) {
		memory_text(&new_text, new);
		must(gm_record_path(&new_path, new));
	}
	bool moved = old && new &&strcmp(old_path.ptr, new_path.ptr) != 0;
	if (old && (!new || moved))
		change_file(list, old_path.ptr, old_text.ptr, NULL);
	if (new)
		change_file(list, new_path.ptr, old && !moved ? old_text.ptr : NULL,
			new_text.ptr);
}

#endif
