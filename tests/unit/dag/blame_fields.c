/*
 * Fields against what blame is by definition, over random histories of a record that is edited,
 * moved by its key, removed, brought back and merged, beside another one that takes its places.
 */
#include "dag/blame.h"

#include "tests/unit/dag/memory_repo.h"

#include "dag/commit.h"
#include "dag/tree.h"

#define SEED 20261126u
#define HISTORIES 150
#define COMMITS 30

static const char *const names[] = {"id", "type", "key", "agent", "session", "role",
	"created", "importance", "scope"};
#define N_NAMES (sizeof(names) / sizeof(*names))

struct state {
	bool exists;
	bool has_other; /* the other record is at keys/b.md unless this one is */
	int key;        /* 0: none */
	int agent, session, importance, scope;
	char path[128];
	struct gm_oid blob;
	json_t *json;
};

struct history {
	struct state states[COMMITS];
	struct gm_oid oids[COMMITS];
	size_t n_parents[COMMITS];
	size_t parents[COMMITS][3];
};

static const char *const keys[] = {NULL, "a", "b", "c/d"};
static const char *const words[] = {NULL, "one", "two"};

static void put_state(struct state *state, struct gm_oid *tree, struct gm_batch *batch)
{
	gm_autorecord record = GM_RECORD_INIT, other = GM_RECORD_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT), path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf other_path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_tree_change changes[2];
	size_t n = 0;

	*tree = gm_oid_empty_tree;
	if (state->has_other) {
		bool gives_way = state->exists && state->key == 2;
		make_memory(&other, 2, gives_way ? NULL : "b", "another one", 0);
		must(gm_record_encode(&bytes, &other));
		must(gm_record_path(&other_path, &other));
		changes[n] = (struct gm_tree_change){.path = gm_buf_str(&other_path)};
		must(gm_batch_write(
			&changes[n++].oid, batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size));
		gm_buf_reset(&bytes);
	}
	if (state->exists) {
		make_memory(&record, 1, keys[state->key], "content", 0);
		must(gm_record_set_text(&record.agent, words[state->agent]));
		must(gm_record_set_text(&record.session, words[state->session]));
		record.role = record.session ? strdup("user") : NULL;
		record.importance = state->importance / 10.0;
		record.scope = (enum gm_scope)state->scope;
		must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
		must(gm_record_encode(&bytes, &record));
		must(gm_record_path(&path, &record));
		(void)snprintf(state->path, sizeof(state->path), "%s", gm_buf_str(&path));
		changes[n] = (struct gm_tree_change){.path = state->path};
		must(gm_batch_write(
			&state->blob, batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size));
		changes[n++].oid = state->blob;
		must(gm_record_to_json(&state->json, &record));
	}
	must(gm_tree_update(tree, batch, NULL, changes, n));
}

static void change_state(struct state *state, unsigned *seed)
{
	switch (rand_r(seed) % 9) {
	case 0:
	case 1:
		state->key = rand_r(seed) % 4;
		break;
	case 2:
		state->agent = rand_r(seed) % 3;
		break;
	case 3:
		state->session = rand_r(seed) % 3;
		break;
	case 4:
		state->importance = 3 + rand_r(seed) % 4;
		break;
	case 5:
		state->scope = rand_r(seed) % 3;
		break;
	case 6:
		state->exists = rand_r(seed) % 4 != 0;
		break;
	case 7:
		state->has_other = !state->has_other;
		break;
	default:
		break;
	}
}

/* A merge takes each field from one of the two. */
static void mix_states(struct state *state, const struct state *other, unsigned *seed)
{
	state->key = rand_r(seed) % 2 ? state->key : other->key;
	state->agent = rand_r(seed) % 2 ? state->agent : other->agent;
	state->session = rand_r(seed) % 2 ? state->session : other->session;
	state->importance = rand_r(seed) % 2 ? state->importance : other->importance;
	state->scope = rand_r(seed) % 2 ? state->scope : other->scope;
	state->exists = state->exists || other->exists;
}

static void make_state(struct history *history, size_t i, unsigned *seed)
{
	struct state *state = &history->states[i];

	if (!i || rand_r(seed) % 20 == 0) {
		*state = (struct state){.exists = rand_r(seed) % 4 != 0, .importance = 5};
		return;
	}
	size_t first = i - 1 - (size_t)rand_r(seed) % (i < 4 ? i : 4);
	history->parents[i][history->n_parents[i]++] = first;
	*state = history->states[first];
	for (int more = rand_r(seed) % 4; more >= 2; more--) {
		size_t other = (size_t)rand_r(seed) % i;
		history->parents[i][history->n_parents[i]++] = other;
		mix_states(state, &history->states[other], seed);
	}
	for (int edits = rand_r(seed) % 3; edits > 0; edits--)
		change_state(state, seed);
	/* Or else it became one with this record, and would be followed, too. */
	for (size_t p = 0; history->n_parents[i] > 1 && p < history->n_parents[i]; p++)
		state->has_other = state->has_other ||
			history->states[history->parents[i][p]].has_other;
}

static void put_commit(struct history *history, size_t i, struct memory_repo *world,
	struct gm_batch *batch, unsigned *seed)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid parents[3];
	struct gm_commit commit = {.parents = parents,
		.n_parents = history->n_parents[i],
		.author = world->who,
		.committer = world->who,
		.message = (char *)(uintptr_t) "m"};

	history->states[i].json = NULL;
	put_state(&history->states[i], &commit.tree, batch);
	for (size_t p = 0; p < commit.n_parents; p++)
		parents[p] = history->oids[history->parents[i][p]];
	commit.committer.time += (rand_r(seed) % 100) * GM_TIME_SECOND;
	must(gm_commit_format(&bytes, &commit));
	must(gm_batch_write(
		&history->oids[i], batch, GM_OBJECT_COMMIT, bytes.ptr, bytes.size));
}

/* By definition: the very same file takes all, then the first parent with an equal value. */
static size_t find_guilty(const struct history *history, size_t i, const char *name)
{
	const struct state *state = &history->states[i];

	for (size_t p = 0; p < history->n_parents[i]; p++) {
		const struct state *parent = &history->states[history->parents[i][p]];
		if (parent->exists && gm_oid_equal(&parent->blob, &state->blob))
			return find_guilty(history, history->parents[i][p], name);
	}
	for (size_t p = 0; p < history->n_parents[i]; p++) {
		const struct state *parent = &history->states[history->parents[i][p]];
		const json_t *value = json_object_get(state->json, name);
		if (parent->exists &&
			json_equal(value, json_object_get(parent->json, name)))
			return find_guilty(history, history->parents[i][p], name);
	}
	return i;
}

static const struct gm_blame_part *find_part(
	const struct gm_blame *blame, const char *name)
{
	for (size_t i = 0; i < blame->n; i++)
		if (blame->parts[i].field && !strcmp(blame->parts[i].field, name))
			return &blame->parts[i];
	return NULL;
}

static void compare(const struct history *history, size_t i, struct gm_store *store)
{
	const struct state *state = &history->states[i];
	const struct gm_blame_request request = {history->oids[i], state->path, NULL};
	gm_autoblame blame = GM_BLAME_INIT;
	size_t found = 0;

	must(gm_blame_file(&blame, store, &request));
	for (size_t k = 0; k < N_NAMES; k++) {
		const struct gm_blame_part *part = find_part(&blame, names[k]);
		assert_int_equal(!part, !json_object_get(state->json, names[k]));
		if (!part)
			continue;
		size_t guilty = find_guilty(history, i, names[k]);
		if (!gm_oid_equal(&part->commit, &history->oids[guilty]))
			fail_msg("'%s' of commit %zu", names[k], i);
		assert_string_equal(part->path, history->states[guilty].path);
		assert_int_equal(part->is_boundary, !history->n_parents[guilty]);
		assert_true(
			json_equal(part->value, json_object_get(state->json, names[k])));
		found++;
	}
	assert_true(found >= 4);
}

static void fields_have_the_commit_that_gave_them(void **state)
{
	struct memory_repo *world = *state;
	struct gm_store *store = gm_repo_store(world->repo);
	unsigned seed = SEED;
	size_t n = 0;

	print_message("# seed %u\n", seed);
	for (size_t h = 0; h < test_cases(HISTORIES); h++) {
		gm_autofree struct history *history = gm_calloc(1, sizeof(*history));
		struct gm_batch *batch;
		must(gm_batch_begin(&batch, store));
		for (size_t i = 0; i < COMMITS; i++) {
			make_state(history, i, &seed);
			put_commit(history, i, world, batch, &seed);
		}
		must(gm_batch_commit(batch));
		gm_batch_free(batch);
		for (size_t i = 0; i < COMMITS; i++) {
			if (!history->states[i].exists || (i % 4 && i <= COMMITS - 4))
				continue;
			compare(history, i, store);
			n++;
		}
		for (size_t i = 0; i < COMMITS; i++)
			json_decref(history->states[i].json);
	}
	print_message("# %zu blames\n", n);
	assert_true(n > test_cases(500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields_have_the_commit_that_gave_them,
			memory_repo_setup, memory_repo_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
