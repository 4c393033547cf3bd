/*
 * Two writers change a few memories at random, both beginning from the same commit. The first
 * commits; what the second did is laid on that. Nothing may fail and nothing may get lost.
 */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "dag/record_diff.h"
#include "dag/transaction.h"
#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/memory_repo.h"

#define SEED 20261125u
#define CASES 3500
#define N_BASE 8
#define MOST 24

/* The memories of a tree, as one of the writers sees them. */
struct memories {
	struct gm_record items[MOST];
	size_t n;
};

struct trial {
	unsigned number;
	unsigned seed;
	unsigned lines; /* so many were written */
	unsigned added;
	char *ref;
	struct gm_oid tip;
	struct memories base, first, second, result;
};

static unsigned pick(struct trial *trial, unsigned n)
{
	return (unsigned)rand_r(&trial->seed) % n;
}

static void memories_reset(struct memories *list)
{
	for (size_t i = 0; i < list->n; i++)
		gm_record_dispose(&list->items[i]);
	list->n = 0;
}

static struct gm_record *memories_add(struct memories *list)
{
	assert_true(list->n < MOST);
	list->items[list->n] = (struct gm_record)GM_RECORD_INIT;
	return &list->items[list->n++];
}

static void memories_copy(struct memories *out, const struct memories *from)
{
	for (size_t i = 0; i < from->n; i++)
		must(gm_record_copy(memories_add(out), &from->items[i]));
}

static struct gm_record *find_id(struct memories *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

static void path_of(char out[256], const struct gm_record *record)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_record_path(&path, record));
	assert_true(path.size < 256);
	memcpy(out, path.ptr, path.size + 1);
}

static struct gm_record *find_path(struct memories *list, const char *path)
{
	char other[256];

	for (size_t i = 0; i < list->n; i++) {
		path_of(other, &list->items[i]);
		if (!strcmp(other, path))
			return &list->items[i];
	}
	return NULL;
}

static bool same(const struct gm_record *a, const struct gm_record *b)
{
	gm_autobuf one = GM_BUF_INIT(GM_BUF_TEXT), two = GM_BUF_INIT(GM_BUF_TEXT);

	memory_text(&one, a);
	memory_text(&two, b);
	return !strcmp(one.ptr, two.ptr);
}

/* Both or none; a folder may be spelled one way only. */
static bool looks_alike(const char *a, const char *b)
{
	size_t common = 0;

	while (a[common] &&
		tolower((unsigned char)a[common]) == tolower((unsigned char)b[common]))
		common++;
	while (common && (a[common] || b[common]) && a[common - 1] != '/')
		common--;
	return (!a[common] && !b[common]) || strncmp(a, b, common) != 0;
}

static bool is_free(const struct memories *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].key && looks_alike(list->items[i].key, key))
			return false;
	return true;
}

static const char *pick_key(struct trial *trial, const struct memories *list)
{
	static const char *const keys[] = {
		"a", "A", "b", "c", "d", "user/x", "user/y", "USER/x", "Caf\u00e9"};
	const char *key = keys[pick(trial, sizeof(keys) / sizeof(*keys))];

	return pick(trial, 3) && is_free(list, key) ? key : NULL;
}

static void put_line(struct gm_buf *out, struct trial *trial, const char *who)
{
	must(gm_buf_printf(out, "%s %u.%u\n", who, trial->number, trial->lines++));
}

static void add_memory(struct trial *trial, struct memories *list, const char *who)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	const char *key = pick_key(trial, list);

	for (unsigned n = 1 + pick(trial, 6); n; n--)
		put_line(&text, trial, who);
	/* Any order of ids among those that are there. */
	unsigned id = trial->added++ * 8 + pick(trial, 8);
	make_memory(memories_add(list), 1 + id, key, text.ptr, 0);
}

static void edit_lines(struct trial *trial, struct gm_record *record, const char *who)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	for (const char *line = record->content; *line;) {
		size_t size = strcspn(line, "\n") + 1;
		unsigned dice = pick(trial, 8);
		if (dice < 2)
			put_line(&text, trial, who);
		if (dice)
			must(gm_buf_put(&text, line, size));
		line += size;
	}
	if (!text.size || pick(trial, 4) == 0)
		put_line(&text, trial, who);
	must(gm_record_set_content(record, text.ptr, text.size));
}

static void edit_fields(struct trial *trial, struct gm_record *record, const char *who)
{
	if (pick(trial, 2))
		record->importance = pick(trial, 11) / 10.0;
	if (pick(trial, 2))
		must(gm_strv_add(&record->tags, who));
	if (pick(trial, 3) == 0)
		gm_strv_dispose(&record->tags);
}

static void change_one(struct trial *trial, struct memories *list, const char *who)
{
	size_t i = pick(trial, (unsigned)list->n);
	struct gm_record *record = &list->items[i];
	unsigned what = pick(trial, 6);

	if (what == 0) {
		gm_record_dispose(record);
		*record = list->items[--list->n];
		return;
	}
	if (what < 3)
		must(gm_record_set_text(&record->key, pick_key(trial, list)));
	if (what > 1)
		edit_lines(trial, record, who);
	if (what > 3)
		edit_fields(trial, record, who);
	record->updated = record->created + (1 + pick(trial, 1000)) * GM_TIME_SECOND;
	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
}

static void write_at_random(struct trial *trial, struct memories *list, const char *who)
{
	for (unsigned n = 1 + pick(trial, 6); n; n--) {
		if (!list->n || pick(trial, 4) == 0)
			add_memory(trial, list, who);
		else
			change_one(trial, list, who);
	}
}

/* What the stage would hold: path by path. */
static void list_changes(
	struct change_list *out, struct memories *from, struct memories *to)
{
	gm_autobuf old_text = GM_BUF_INIT(GM_BUF_TEXT),
		   new_text = GM_BUF_INIT(GM_BUF_TEXT);
	char path[256];

	for (size_t i = 0; i < from->n; i++) {
		path_of(path, &from->items[i]);
		struct gm_record *now = find_path(to, path);
		if (now && same(now, &from->items[i]))
			continue;
		memory_text(&old_text, &from->items[i]);
		if (now)
			memory_text(&new_text, now);
		change_file(out, path, old_text.ptr, now ? new_text.ptr : NULL);
	}
	for (size_t i = 0; i < to->n; i++) {
		path_of(path, &to->items[i]);
		if (find_path(from, path))
			continue;
		memory_text(&new_text, &to->items[i]);
		change_file(out, path, NULL, new_text.ptr);
	}
}

static void dump(const char *title, const struct memories *list)
{
	char path[256];

	print_message("# --- %s\n", title);
	for (size_t i = 0; i < list->n; i++) {
		const struct gm_record *record = &list->items[i];
		path_of(path, record);
		print_message("# %s %s (%lld)%s%s\n", record->id + 33, path,
			record->updated == GM_TIME_NONE
				? 0LL
				: (long long)((record->updated - record->created) /
					  GM_TIME_SECOND),
			*record->conflicts_with ? " conflicts with " : "",
			*record->conflicts_with ? record->conflicts_with + 33 : "");
		for (const char *line = record->content; *line;) {
			size_t size = strcspn(line, "\n");
			print_message("#     %.*s\n", (int)size, line);
			line += size + (line[size] == '\n');
		}
	}
}

static void expect(bool fine, struct trial *trial, const char *what, const char *about)
{
	if (fine)
		return;
	dump("base", &trial->base);
	dump("the first", &trial->first);
	dump("the second", &trial->second);
	dump("result", &trial->result);
	fail_msg("case %u: %s: %s", trial->number, what, about);
}

/* Commit changes that were made on `tip`; true when that changed anything. */
static bool commit(struct memory_repo *world, struct trial *trial,
	struct change_list *list, const struct gm_oid *tip)
{
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	const struct gm_transaction_options options = {.ref = trial->ref,
		.author = &world->who,
		.committer = &world->who,
		.message = "m",
		.reflog_action = "commit"};

	for (size_t i = 0; i < list->n; i++)
		list->items[i].tip = *tip;
	int rc = gm_transaction_commit(
		&result, world->repo, world->lock, list->items, list->n, &options);
	expect(rc == 0, trial, "failed", gm_error_last()->message);
	trial->tip = result.commit;
	return result.committed;
}

static struct gm_oid tree_of(struct memory_repo *world, const struct gm_oid *tip)
{
	gm_autocommit read = GM_COMMIT_INIT;

	must(gm_commit_read(&read, gm_repo_store(world->repo), tip));
	return read.tree;
}

struct reading {
	struct memory_repo *world;
	struct trial *trial;
};

static int read_file(const char *path, const struct gm_tree_entry *entry, void *payload)
{
	struct reading *reading = payload;
	struct gm_record *record = memories_add(&reading->trial->result);
	char own[256];

	must(gm_record_read(record, gm_repo_store(reading->world->repo), &entry->oid));
	path_of(own, record);
	expect(!strcmp(own, path), reading->trial, "not at its own path", path);
	return 0;
}

static void read_result(struct memory_repo *world, struct trial *trial)
{
	struct reading reading = {world, trial};
	gm_autocommit tip = GM_COMMIT_INIT;

	must(gm_commit_read(&tip, gm_repo_store(world->repo), &trial->tip));
	must(gm_tree_each(gm_repo_store(world->repo), &tip.tree, read_file, &reading));
}

static void check_ids(struct trial *trial)
{
	for (size_t i = 0; i < trial->result.n; i++) {
		const struct gm_record *record = &trial->result.items[i];
		expect(find_id(&trial->result, record->id) == record, trial,
			"an id stands twice", record->id);
		for (size_t j = 0; j < i; j++)
			expect(!record->key || !trial->result.items[j].key ||
					!looks_alike(
						record->key, trial->result.items[j].key),
				trial, "keys look alike", record->key);
	}
}

static bool has_line(const struct memories *list, const char *line, size_t size)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->items[i].content;
		const char *at = text;
		while ((at = memmem(at, strlen(at), line, size))) {
			if ((at == text || at[-1] == '\n') &&
				(!at[size] || at[size] == '\n'))
				return true;
			at++;
		}
	}
	return false;
}

/* Every line a writer left that was not there before. */
static void check_lines(struct trial *trial, const struct memories *side)
{
	for (size_t i = 0; i < side->n; i++)
		for (const char *line = side->items[i].content; *line;) {
			size_t size = strcspn(line, "\n");
			gm_autofree char *copy = gm_strndup(line, size);
			expect(has_line(&trial->base, line, size) ||
					has_line(&trial->result, line, size),
				trial, "a line got lost", copy);
			line += size + (line[size] == '\n');
		}
}

/* Whether the other side put something where this record is, or where it looks alike. */
static bool is_contended(struct trial *trial, struct memories *other, const char *key)
{
	for (size_t i = 0; key && i < other->n; i++) {
		const struct gm_record *record = &other->items[i];
		struct gm_record *before = find_id(&trial->base, record->id);
		if (record->key && looks_alike(record->key, key) &&
			!(before && same(before, record)))
			return true;
	}
	return false;
}

/* What only one side touched is as that side left it. */
static void check_one_sided(
	struct trial *trial, struct memories *side, struct memories *other)
{
	for (size_t i = 0; i < trial->base.n; i++) {
		struct gm_record *base = &trial->base.items[i];
		struct gm_record *mine = find_id(side, base->id);
		struct gm_record *theirs = find_id(other, base->id);
		struct gm_record *now = find_id(&trial->result, base->id);
		if (!theirs || !same(theirs, base))
			continue;
		if (!mine) {
			expect(!now, trial, "came back", base->id);
			continue;
		}
		if (!same(mine, base) && is_contended(trial, other, mine->key))
			continue;
		expect(now && same(now, mine), trial, "not as it was left", base->id);
	}
}

static void run_trial(struct memory_repo *world, struct trial *trial)
{
	autochangelist base = {.n = 0}, first = {.n = 0}, second = {.n = 0};
	struct memories none = {.n = 0};

	while (trial->base.n < N_BASE)
		add_memory(trial, &trial->base, "base");
	memories_copy(&trial->first, &trial->base);
	memories_copy(&trial->second, &trial->base);
	write_at_random(trial, &trial->first, "first");
	write_at_random(trial, &trial->second, "second");
	list_changes(&base, &none, &trial->base);
	list_changes(&first, &trial->base, &trial->first);
	list_changes(&second, &trial->base, &trial->second);

	expect(commit(world, trial, &base, &gm_oid_zero), trial, "base",
		"nothing changed");
	struct gm_oid start = trial->tip;
	commit(world, trial, &first, &start);
	commit(world, trial, &second, &start);
	read_result(world, trial);
	check_ids(trial);
	check_lines(trial, &trial->first);
	check_lines(trial, &trial->second);
	check_one_sided(trial, &trial->first, &trial->second);
	check_one_sided(trial, &trial->second, &trial->first);
	struct gm_oid before = tree_of(world, &trial->tip);
	commit(world, trial, &second, &start);
	struct gm_oid after = tree_of(world, &trial->tip);
	expect(gm_oid_equal(&before, &after), trial, "again", "something changed");
}

static void trial_dispose(struct trial *trial)
{
	memories_reset(&trial->base);
	memories_reset(&trial->first);
	memories_reset(&trial->second);
	memories_reset(&trial->result);
	gm_free(trial->ref);
}

static void what_two_writers_did_is_all_there(void **state)
{
	struct memory_repo *world = *state;

	print_message("# seed %u\n", SEED);
	for (unsigned i = 0; i < test_cases(CASES); i++) {
		gm_cleanup(trial_dispose) struct trial trial = {
			.number = i, .seed = SEED + i};
		trial.ref = gm_format("refs/heads/c%u", i);
		run_trial(world, &trial);
		if (i % (CASES / 3) == 0)
			assert_repo_sound(world);
	}
}

/* Thousands of flushes are slow on a disk, and what they are for is not asked here. */
static int setup_in_memory(void **state)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 1);
	return memory_repo_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_two_writers_did_is_all_there,
			setup_in_memory, memory_repo_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
