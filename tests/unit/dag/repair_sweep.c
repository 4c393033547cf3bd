/*
 * Every byte of every file of small repositories in either layout, flipped; every file cut off
 * and taken away: never a crash, never a wrong byte, the damage is found, and after a repair the
 * repository is sound, and has all but what stood in the damaged place. GITMEM_TEST_SLOW: all
 * of it, else a sample.
 */
#include "tests/unit/dag/damaged_repo.h"

/* How many flips of a repository are tried in a usual run. */
#define SAMPLE 200

struct counts {
	size_t n;
	size_t harmless;
	size_t lossless; /* after the repair nothing was lost */
};

static void read_file(
	struct gm_buf *out, const struct damaged_repo *world, const char *name)
{
	gm_buf_reset(out);
	scratch_read(out, world->sound, name);
}

static void rewrite(const struct damaged_repo *world, const char *name, const void *bytes,
	size_t size)
{
	gm_autofree char *path = gm_path_join(world->hurt, name);

	assert_int_equal(chmod(path, 0600), 0);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static bool is_intact(const struct findings *found, const struct damaged_repo *world)
{
	return !found->faults && !found->lost && found->commit == world->n_commits &&
		found->staged == 2;
}

/* The lock files of a store are empty; HEAD has no meaning beside one; settings may say less. */
static bool may_be_harmless(const struct damaged_repo *world, const char *name)
{
	return !strcmp(name, "config") || !strcmp(name, ".gitignore") ||
		!strncmp(name, "logs/", 5) || world->layout == GM_LAYOUT_GIT ||
		!strcmp(name, "HEAD");
}

/*
 * A file that grows may end earlier after a crash, at the end of any write: what stood behind it
 * is not missed.
 */
static bool may_be_cut(const struct damaged_repo *world, const char *name, size_t size)
{
	return !strncmp(name, "stage/", 6) ||
		(world->layout == GM_LAYOUT_SEGMENTS && size > 0 &&
			!strcmp(name, "store/seg-00000003"));
}

/* What is expected of whatever damage: named, mended, and never more lost than before. */
static void judge(struct damaged_repo *world, const char *name, const char *what,
	size_t at, struct counts *counts)
{
	size_t notes[3] = {0};
	struct findings before = examine(world);
	bool intact = is_intact(&before, world);

	counts->n++;
	counts->harmless += intact;
	if (!before.faults && !before.warnings &&
		!(strcmp(what, "a flip") && may_be_cut(world, name, at)) &&
		(!intact || !may_be_harmless(world, name)))
		fail_msg("%s: %s at %zu is not named", name, what, at);
	repair(world, notes);
	struct findings after = examine(world);
	if (after.faults && !after.lost && after.commit != world->n_commits)
		fail_msg("%s: %s at %zu leaves %zu faults", name, what, at, after.faults);
	if (after.lost && !notes[GM_REPAIR_LOST])
		fail_msg("%s: %s at %zu: what is lost is not told", name, what, at);
	if (!before.is_closed && after.commit < before.commit && !notes[GM_REPAIR_REF])
		fail_msg("%s: %s at %zu: main went back unsaid", name, what, at);
	counts->lossless += is_intact(&after, world);
}

typedef void (*file_fn)(struct damaged_repo *world, const char *name,
	const struct gm_buf *bytes, size_t step, struct counts *counts);

static void flip(struct damaged_repo *world, const char *name, const struct gm_buf *bytes,
	size_t step, struct counts *counts)
{
	for (size_t at = step > bytes->size ? 0 : step / 2; at < bytes->size;
		at += step) {
		heal(world);
		bytes->ptr[at] ^= (char)(1 << at % 8);
		rewrite(world, name, bytes->ptr, bytes->size);
		bytes->ptr[at] ^= (char)(1 << at % 8);
		judge(world, name, "a flip", at, counts);
	}
}

static void each_file(
	struct damaged_repo *world, size_t sample, file_fn each, struct counts *counts)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	char *save;
	size_t total = 0;

	assert_int_equal(
		shell(&list, world->sound, "find * -type f -size +0 ! -name lock | sort"),
		0);
	gm_autofree char *copy = gm_strdup(gm_buf_str(&list));
	for (char *name = strtok_r(copy, "\n", &save); name;
		name = strtok_r(NULL, "\n", &save)) {
		read_file(&bytes, world, name);
		total += bytes.size;
	}
	size_t step = sample ? total / sample + 1 : 1;
	for (char *name = strtok_r(list.ptr, "\n", &save); name;
		name = strtok_r(NULL, "\n", &save)) {
		read_file(&bytes, world, name);
		each(world, name, &bytes, step, counts);
	}
}

/* A repository with many files takes long: of its bytes slow runs do not try all either. */
static size_t slow_sample(size_t sample)
{
	return getenv("GITMEM_TEST_SLOW") ? sample * 20 : test_cases((unsigned)sample);
}

static void sweep(enum gm_layout layout, unsigned n_files, file_fn each, const char *what,
	size_t sample)
{
	struct damaged_repo *world = damaged_repo_new(layout, 0, n_files);
	struct counts counts = {0};
	size_t notes[3] = {0};

	heal(world);
	struct findings found = examine(world);
	assert_true(is_intact(&found, world));
	repair(world, notes);
	found = examine(world);
	assert_true(is_intact(&found, world));
	assert_int_equal(notes[GM_REPAIR_LOST] + notes[GM_REPAIR_REF], 0);
	bool all = getenv("GITMEM_TEST_SLOW") && n_files < 100;
	each_file(world, all ? 0 : slow_sample(sample), each, &counts);
	printf("# %s: %zu %s, %zu of them harmless, %zu repaired without loss\n",
		layout == GM_LAYOUT_GIT ? "git" : "segments", counts.n, what,
		counts.harmless, counts.lossless);
	damaged_repo_free(world);
}

static void cut(struct damaged_repo *world, const char *name, const struct gm_buf *bytes,
	size_t step, struct counts *counts)
{
	(void)step;
	for (unsigned eighth = 0; eighth < 8; eighth++) {
		size_t size = bytes->size * eighth / 8;
		heal(world);
		rewrite(world, name, bytes->ptr, size);
		judge(world, name, "a cut", size, counts);
	}
}

static void take_away(struct damaged_repo *world, const char *name,
	const struct gm_buf *bytes, size_t step, struct counts *counts)
{
	gm_autofree char *path = gm_path_join(world->hurt, name);

	(void)bytes;
	(void)step;
	heal(world);
	assert_int_equal(unlink(path), 0);
	judge(world, name, "its absence", 0, counts);
}

/* A file of the same name of a repository that was made apart takes its place. */
static void swap(struct damaged_repo *world, const char *name, const struct gm_buf *bytes,
	size_t step, struct counts *counts)
{
	gm_autobuf theirs = GM_BUF_INIT(GM_BUF_LARGE);

	(void)step;
	if (!world->other)
		world->other = damaged_repo_new(
			world->layout, 1000, (unsigned)world->n_first + 1);
	gm_autofree char *path = gm_path_join(world->other->sound, name);
	if (!gm_path_exists(path))
		return;
	scratch_read(&theirs, world->other->sound, name);
	if (theirs.size == bytes->size && !memcmp(theirs.ptr, bytes->ptr, theirs.size))
		return;
	heal(world);
	rewrite(world, name, theirs.ptr, theirs.size);
	judge(world, name, "a swap", 0, counts);
}

static void each_flip_in_segments_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_SEGMENTS, 3, flip, "flips", SAMPLE);
}

static void each_flip_in_segments_with_dictionaries_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_SEGMENTS, 340, flip, "flips", SAMPLE / 3);
}

static void each_flip_in_files_of_git_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_GIT, 3, flip, "flips", SAMPLE / 2);
}

static void each_cut_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_SEGMENTS, 3, cut, "cuts", SAMPLE);
}

static void each_missing_file_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_SEGMENTS, 3, take_away, "missing files", SAMPLE);
	sweep(GM_LAYOUT_SEGMENTS, 340, take_away, "missing files", SAMPLE);
}

static void each_swapped_file_is_named_and_mended(void **state)
{
	(void)state;
	sweep(GM_LAYOUT_SEGMENTS, 3, swap, "swapped files", SAMPLE);
	sweep(GM_LAYOUT_SEGMENTS, 340, swap, "swapped files", SAMPLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flip_in_segments_is_named_and_mended),
		cmocka_unit_test(
			each_flip_in_segments_with_dictionaries_is_named_and_mended),
		cmocka_unit_test(each_flip_in_files_of_git_is_named_and_mended),
		cmocka_unit_test(each_cut_is_named_and_mended),
		cmocka_unit_test(each_missing_file_is_named_and_mended),
		cmocka_unit_test(each_swapped_file_is_named_and_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
