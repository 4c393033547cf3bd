/*
 * Repositories made by stock git, and comparing what we read from them with what git reads.
 */
#ifndef GM_TESTS_UNIT_OBJSTORE_GIT_REPO_H
#define GM_TESTS_UNIT_OBJSTORE_GIT_REPO_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "objstore/store.h"

/*
 * A history of 12 commits whose files grow and change, so that packs of it have deltas; those
 * of `blocks` make a chain, as each version is likest to the one before.
 */
static const char git_repo_script[] =
	"git init -q -b main r && cd r && i=0 && mkdir ../parts &&"
	" for b in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 900 /dev/urandom > "
	"../parts/$b; "
	"done;"
	" while [ $i -lt 12 ]; do i=$((i+1));"
	" head -c 900 /dev/urandom > ../parts/$i; cat ../parts/* > blocks;"
	" seq 1 300 | sed \"s/^$((i*7))$/changed $i/\" > numbers;"
	" mkdir -p d/$((i%3)) && seq $i $((i+40)) > d/$((i%3))/f$i;"
	" head -c $((i*2000)) /dev/urandom > noise; : > empty;"
	" git add . && git commit -q -m \"commit $i\" && git tag -a -m \"tag $i\" v$i; "
	"done";

/* Make `DIR/r` by the script above, then run `more` in it (may be NULL). */
static inline void git_repo_make(const char *dir, const char *more)
{
	gm_autofree char *command =
		gm_format("(%s) && cd r && %s", git_repo_script, more ? more : ":");

	assert_non_null(command);
	assert_int_equal(shell(NULL, dir, command), 0);
}

static inline struct gm_store *git_repo_open(const char *dir, const char *objects)
{
	gm_autofree char *path = gm_path_join(dir, objects);
	struct gm_store *store;

	assert_non_null(path);
	must(gm_store_open(&store, path));
	return store;
}

static inline int git_repo_count(const struct gm_oid *oid, void *payload)
{
	(void)oid;
	++*(size_t *)payload;
	return 0;
}

/* One object of `git cat-file --batch`: "OID TYPE SIZE\nCONTENT\n". Returns what follows. */
static inline const char *git_repo_compare(struct gm_store *store, const char *at)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type;
	enum gm_object_type head_type;
	struct gm_oid oid;
	size_t head_size;
	char *end;

	assert_true(gm_oid_parse(&oid, at, 40));
	const char *name = at + 41;
	const char *space = strchr(name, ' ');
	size_t size = strtoul(space + 1, &end, 10);
	must(gm_store_read(&data, &type, store, &oid));
	assert_int_equal(type, gm_object_type_parse(name, (size_t)(space - name)));
	assert_int_equal(data.size, size);
	assert_memory_equal(data.ptr, end + 1, size);
	must(gm_store_read_header(&head_type, &head_size, store, &oid));
	assert_int_equal(head_type, type);
	assert_int_equal(head_size, size);
	assert_int_equal(gm_store_exists(store, &oid), 1);
	return end + 1 + size + 1;
}

/* All objects that git sees in the repository `dir`, and no others, are in the store. */
static inline void git_repo_assert_same(struct gm_store *store, const char *dir)
{
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n = 0;
	size_t counted = 0;

	assert_int_equal(
		shell(&all, dir, "git cat-file --batch-all-objects --batch 2>/dev/null"),
		0);
	for (const char *at = all.ptr; at < all.ptr + all.size; n++)
		at = git_repo_compare(store, at);
	assert_true(n > 0);
	must(gm_store_each(store, git_repo_count, &counted));
	assert_int_equal(counted, n);
}

static inline int git_repo_no_fault(const char *subject, const char *fault, void *payload)
{
	(void)payload;
	fail_msg("%s: %s", subject, fault);
	return 0;
}

/* The store finds no fault in itself. */
static inline void git_repo_assert_sound(struct gm_store *store)
{
	must(gm_store_check(store, git_repo_no_fault, NULL));
}

#endif
