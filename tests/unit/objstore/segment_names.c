/*
 * SHA-256 names, judged by a repository that stock git makes of the same history with
 * --object-format=sha256.
 */
#include "tests/unit/objstore/git_repo.h"

#include "objstore/internal.h"
#include "objstore/names.h"
#include "objstore/segments_write.h"

/* A history with merges, nested folders, links, executables and annotated tags. */
static const char history[] =
	"git init -q -b main r && cd r && git config user.name T && git config "
	"user.email t@e &&"
	" for i in 1 2 3 4 5 6; do mkdir -p d/e$i && echo $i > d/e$i/f && ln -sf f "
	"d/e$i/l &&"
	" echo $i > x && chmod +x x && git add -A && git commit -q -m \"commit $i\"; "
	"done &&"
	" git checkout -q -b side HEAD~3 && echo s > s && git add s && git commit -q -m "
	"side &&"
	" git tag -a -m 'a tag' t1 && git checkout -q main &&"
	" git merge -q --no-ff -m 'merge side' side && git tag -a -m 'of a merge' t2 &&"
	" git commit -q --allow-empty -m '' --allow-empty-message && cd .. &&"
	" git init -q --object-format=sha256 -b main s && (cd r && git fast-export --all"
	" --reencode=no --signed-tags=verbatim) | (cd s && git fast-import --quiet)";

static void parse_hex(uint8_t out[GM_SHA256_SIZE], const char *hex)
{
	for (size_t i = 0; i < GM_SHA256_SIZE; i++) {
		unsigned value;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
		out[i] = (uint8_t)value;
	}
}

/* What a revision is called in both repositories. */
static void names_of(struct gm_oid *oid, uint8_t sha256[GM_SHA256_SIZE], const char *dir,
	const char *revision)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command = gm_format("cd r && git rev-parse '%s'", revision);
	gm_autofree char *command256 = gm_format("cd s && git rev-parse '%s'", revision);

	assert_int_equal(shell(&out, dir, command), 0);
	assert_true(gm_oid_parse(oid, out.ptr, 40));
	assert_int_equal(shell(&out, dir, command256), 0);
	assert_int_equal(out.size, 65);
	parse_hex(sha256, out.ptr);
}

static const char *const revisions[] = {"main", "main^", "main^^2", "main~4", "side",
	"t1", "t2", "main^{tree}", "main:d", "main:d/e3", "main:d/e3/f", "main:x",
	"side^{tree}"};

static void assert_names(struct gm_store *store, const char *dir)
{
	for (size_t i = 0; i < sizeof(revisions) / sizeof(*revisions); i++) {
		uint8_t expected[GM_SHA256_SIZE];
		uint8_t found[GM_SHA256_SIZE];
		struct gm_oid oid;
		names_of(&oid, expected, dir, revisions[i]);
		must(gm_store_sha256(found, store, &oid));
		assert_memory_equal(found, expected, sizeof(found));
	}
}

/* What `git rev-list --objects` lists backwards is written in an order that names can follow. */
static void copy_history(
	struct gm_store *to, struct gm_store *from, const char *dir, unsigned per_batch)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_batch *batch;
	unsigned n = 0;

	assert_int_equal(
		shell(&list, dir,
			"cd r && for t in blob tree commit tag; do"
			" git rev-list --objects --all --reverse --topo-order |"
			" cut -c1-40 | git cat-file "
			"--batch-check='%(objecttype) %(objectname) %(objectsize)' |"
			" sort -s -k1,1 | grep ^$t | "
			" if test $t = tree; then sort -s -n -k3; else cat; fi |"
			" cut -d' ' -f2; done"),
		0);
	must(gm_batch_begin(&batch, to));
	for (const char *at = list.ptr; at < list.ptr + list.size; at += 41) {
		enum gm_object_type type;
		struct gm_oid oid;
		assert_true(gm_oid_parse(&oid, at, 40));
		must(gm_store_read(&data, &type, from, &oid));
		must(gm_batch_write(&oid, batch, type, data.ptr, data.size));
		if (++n % per_batch == 0)
			must(gm_batch_commit(batch));
	}
	must(gm_batch_commit(batch));
	gm_batch_free(batch);
}

static void names_are_those_that_git_gives_in_either_layout(void **state)
{
	char *dir = scratch_new();

	(void)state;
	assert_int_equal(shell(NULL, dir, history), 0);
	struct gm_store *from = git_repo_open(dir, "r/.git/objects");
	assert_names(from, dir);
	for (unsigned per_batch = 1; per_batch < 1000; per_batch *= 30) {
		gm_autofree char *name = gm_format("%s/z%u", dir, per_batch);
		struct gm_store *to;
		must(gm_mkdirs(name));
		must(gm_store_create(name));
		must(gm_store_open(&to, name));
		copy_history(to, from, dir, per_batch);
		assert_names(to, dir);
		must(gm_segments_lock(to->segments));
		must(gm_segments_seal(to->segments));
		gm_segments_unlock(to->segments);
		gm_store_free(to);
		must(gm_store_open(&to, name));
		assert_names(to, dir);
		git_repo_assert_sound(to);
		gm_store_free(to);
	}
	gm_store_free(from);
	scratch_remove(dir);
}

static int no_name(uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	(void)oid;
	memset(out, 0x5a, GM_SHA256_SIZE);
	++*(int *)payload;
	return GM_ENOTFOUND;
}

static void all_that_is_not_known_is_asked_for(void **state)
{
	static const char tree[] =
		"100644 a\0aaaaaaaaaaaaaaaaaaaa100644 b\0bbbbbbbbbbbbbbbbbbbb";
	uint8_t name[GM_SHA256_SIZE];
	int asked = 0;

	(void)state;
	assert_int_equal(gm_names_compute(name, GM_OBJECT_TREE, tree, sizeof(tree) - 1,
				 no_name, &asked),
		GM_ENOTFOUND);
	assert_int_equal(asked, 2);
	assert_int_equal(gm_names_compute(name, GM_OBJECT_TREE, tree, sizeof(tree) - 2,
				 no_name, &asked),
		GM_EINVALID);
}

static int fives(uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	(void)oid;
	(void)payload;
	memset(out, 0x55, GM_SHA256_SIZE);
	return 0;
}

#define SHA1 "0123456789012345678901234567890123456789"
#define FIVES "5555555555555555555555555555555555555555555555555555555555555555"

static void signatures_stay_and_embedded_tags_are_rewritten(void **state)
{
	static const char before[] =
		"tree " SHA1 "\nparent " SHA1 "\nauthor A <a> 1 +0000\n"
		"committer A <a> 1 +0000\ngpgsig -----BEGIN\n object " SHA1
		"\n -----END\n"
		"mergetag object " SHA1 "\n type commit\n tag t\n\nparent " SHA1 "\n";
	static const char after[] =
		"tree " FIVES "\nparent " FIVES "\nauthor A <a> 1 +0000\n"
		"committer A <a> 1 +0000\ngpgsig -----BEGIN\n object " SHA1
		"\n -----END\n"
		"mergetag object " FIVES "\n type commit\n tag t\n\nparent " SHA1 "\n";
	uint8_t name[GM_SHA256_SIZE];
	uint8_t expected[GM_SHA256_SIZE];

	(void)state;
	must(gm_names_compute(
		name, GM_OBJECT_COMMIT, before, sizeof(before) - 1, fives, NULL));
	gm_object_hash_sha256(expected, GM_OBJECT_COMMIT, after, sizeof(after) - 1);
	assert_memory_equal(name, expected, sizeof(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_that_git_gives_in_either_layout),
		cmocka_unit_test(all_that_is_not_known_is_asked_for),
		cmocka_unit_test(signatures_stay_and_embedded_tags_are_rewritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
