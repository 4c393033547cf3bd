#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

#include "dag/path_rule.h"
#include "dag/record_diff.h"
#include "dag/repository.h"

#define ID_A "01890a5d-ac96-774b-bcce-b302099a8057"
#define ID_B "01890a5d-ac96-774b-bcce-b302099a8058"
#define ID_C "01890a5d-ac96-774b-bcce-b302099a8059"
#define PATH_A "memories/2026/01-02/a/" ID_A ".md"

/* Two trees under construction. */
struct fixture {
	char *dir;
	struct gm_repo *repo;
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_oid old_tree;
	struct gm_oid new_tree;
	struct gm_record_deltas deltas;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	bool created;

	assert_non_null(f);
	f->dir = scratch_new();
	gm_autofree char *gitdir = gm_format("%s/r", f->dir);
	must(gm_repo_init(&created, gitdir, "main", GM_LAYOUT_GIT));
	must(gm_repo_open(&f->repo, gitdir));
	f->store = gm_repo_store(f->repo);
	must(gm_batch_begin(&f->batch, f->store));
	f->old_tree = f->new_tree = gm_oid_empty_tree;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	gm_record_deltas_dispose(&f->deltas);
	gm_batch_free(f->batch);
	gm_repo_free(f->repo);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

/* The bytes of a record of this id, key (may be NULL) and content. */
static void encode(
	struct gm_buf *out, const char *id, const char *key, const char *content)
{
	gm_autorecord record = GM_RECORD_INIT;

	strcpy(record.id, id);
	must(gm_record_set_text(&record.key, key));
	must(gm_time_parse(&record.created, "2026-01-02"));
	must(gm_record_set_content(&record, content, strlen(content)));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	must(gm_record_encode(out, &record));
}

static void put_oid(struct fixture *f, struct gm_oid *tree, const char *path,
	unsigned mode, const struct gm_oid *oid)
{
	struct gm_tree_change change = {.path = path, .mode = mode, .oid = *oid};

	must(gm_tree_update(tree, f->batch, tree, &change, 1));
}

static void put_file(
	struct fixture *f, struct gm_oid *tree, const char *path, const char *data)
{
	struct gm_oid oid;

	must(gm_batch_write(&oid, f->batch, GM_OBJECT_BLOB, data, strlen(data)));
	put_oid(f, tree, path, GM_MODE_FILE, &oid);
}

static void put_record(struct fixture *f, struct gm_oid *tree, const char *path,
	const char *id, const char *content)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);

	encode(&data, id, NULL, content);
	put_file(f, tree, path, gm_buf_str(&data));
}

static void diff(struct fixture *f)
{
	must(gm_batch_commit(f->batch));
	must(gm_record_diff(&f->deltas, f->store, &f->old_tree, &f->new_tree));
}

static void assert_delta(const struct fixture *f, size_t i, char status, const char *id,
	const char *path, const char *old_path)
{
	const struct gm_record_delta *delta = &f->deltas.items[i];

	assert_true(i < f->deltas.n);
	assert_int_equal(delta->status, status);
	assert_string_equal(delta->id, id);
	assert_string_equal(delta->path, path);
	if (old_path)
		assert_string_equal(delta->old_path, old_path);
	else
		assert_null(delta->old_path);
	assert_int_equal(!delta->old_mode, gm_oid_is_zero(&delta->old_blob));
	assert_int_equal(!delta->new_mode, gm_oid_is_zero(&delta->new_blob));
	assert_int_equal(!delta->old_mode, status == 'A');
	assert_int_equal(!delta->new_mode, status == 'D');
}

static void records_are_added_changed_and_removed_in_path_order(void **state)
{
	struct fixture *f = *state;

	put_record(f, &f->old_tree, "keys/a.md", ID_A, "one");
	put_record(f, &f->old_tree, "keys/b.md", ID_B, "two");
	put_record(f, &f->new_tree, "keys/b.md", ID_B, "three");
	put_record(f, &f->new_tree, "keys/a/b.md", ID_C, "four");
	diff(f);
	assert_int_equal(f->deltas.n, 3);
	assert_delta(f, 0, 'D', ID_A, "keys/a.md", NULL);
	assert_delta(f, 1, 'A', ID_C, "keys/a/b.md", NULL);
	assert_delta(f, 2, 'M', ID_B, "keys/b.md", NULL);
}

static void a_record_at_a_new_path_is_one_change(void **state)
{
	struct fixture *f = *state;

	put_record(f, &f->old_tree, PATH_A, ID_A, "one");
	put_record(f, &f->old_tree, "keys/b.md", ID_B, "two");
	put_record(f, &f->new_tree, "keys/a.md", ID_A, "changed");
	put_record(f, &f->new_tree, "keys/c.md", ID_B, "two");
	diff(f);
	assert_int_equal(f->deltas.n, 2);
	assert_delta(f, 0, 'M', ID_A, "keys/a.md", PATH_A);
	assert_delta(f, 1, 'M', ID_B, "keys/c.md", "keys/b.md");
	assert_true(
		gm_oid_equal(&f->deltas.items[1].old_blob, &f->deltas.items[1].new_blob));
}

static void another_record_at_the_same_path_is_another_memory(void **state)
{
	struct fixture *f = *state;

	put_record(f, &f->old_tree, "keys/a.md", ID_A, "one");
	put_record(f, &f->old_tree, "keys/b.md", ID_B, "two");
	put_record(f, &f->new_tree, "keys/a.md", ID_C, "three");
	put_record(f, &f->new_tree, "keys/b.md", ID_A, "one");
	diff(f);
	assert_int_equal(f->deltas.n, 3);
	assert_delta(f, 0, 'A', ID_C, "keys/a.md", NULL);
	assert_delta(f, 1, 'D', ID_B, "keys/b.md", NULL);
	assert_delta(f, 2, 'M', ID_A, "keys/b.md", "keys/a.md");
}

static void a_second_copy_of_an_id_is_paired_once(void **state)
{
	struct fixture *f = *state;

	put_record(f, &f->old_tree, "keys/z.md", ID_A, "one");
	put_record(f, &f->new_tree, "keys/a.md", ID_A, "one");
	put_record(f, &f->new_tree, "keys/b.md", ID_A, "two");
	diff(f);
	assert_int_equal(f->deltas.n, 2);
	assert_delta(f, 0, 'M', ID_A, "keys/a.md", "keys/z.md");
	assert_delta(f, 1, 'A', ID_A, "keys/b.md", NULL);
}

static void files_that_are_no_records_have_no_id(void **state)
{
	struct fixture *f = *state;
	struct gm_oid blob;

	put_file(f, &f->old_tree, "keys/a.md", "just a note\n");
	put_record(f, &f->new_tree, "README.md", ID_A, "not under keys/");
	put_record(f, &f->new_tree, "keys/b.txt", ID_A, "no Markdown");
	must(gm_batch_write(&blob, f->batch, GM_OBJECT_BLOB, "a.md", 4));
	put_oid(f, &f->new_tree, "keys/c.md", 0120000, &blob);
	diff(f);
	assert_int_equal(f->deltas.n, 4);
	assert_delta(f, 0, 'A', "", "README.md", NULL);
	assert_delta(f, 1, 'D', "", "keys/a.md", NULL);
	assert_delta(f, 2, 'A', "", "keys/b.txt", NULL);
	assert_delta(f, 3, 'A', "", "keys/c.md", NULL);
}

static void a_record_that_becomes_a_plain_file_is_changed(void **state)
{
	struct fixture *f = *state;

	put_record(f, &f->old_tree, "keys/a.md", ID_A, "one");
	put_file(f, &f->new_tree, "keys/a.md", "---\nid: [broken\n");
	diff(f);
	assert_int_equal(f->deltas.n, 1);
	assert_delta(f, 0, 'M', ID_A, "keys/a.md", NULL);
}

static void the_name_of_a_file_gives_its_id_without_reading_it(void **state)
{
	struct fixture *f = *state;
	struct gm_oid missing = {.bytes = {1}};

	put_oid(f, &f->new_tree, PATH_A, GM_MODE_FILE, &missing);
	diff(f);
	assert_int_equal(f->deltas.n, 1);
	assert_delta(f, 0, 'A', ID_A, PATH_A, NULL);
}

static void a_blob_that_cannot_be_read_does_not_stop_the_comparison(void **state)
{
	struct fixture *f = *state;
	struct gm_oid missing = {.bytes = {1}};

	put_oid(f, &f->new_tree, "keys/a.md", GM_MODE_FILE, &missing);
	put_oid(f, &f->new_tree, "keys/c.md", GM_MODE_FILE, &f->new_tree);
	put_record(f, &f->new_tree, "keys/b.md", ID_B, "two");
	diff(f);
	assert_int_equal(f->deltas.n, 3);
	assert_delta(f, 0, 'A', "", "keys/a.md", NULL);
	assert_delta(f, 1, 'A', ID_B, "keys/b.md", NULL);
	assert_delta(f, 2, 'A', "", "keys/c.md", NULL);
}

static void a_missing_tree_is_an_error_and_leaves_the_result_alone(void **state)
{
	struct fixture *f = *state;
	struct gm_oid missing = {.bytes = {1}};

	put_record(f, &f->new_tree, "keys/a.md", ID_A, "one");
	diff(f);
	assert_true(gm_record_diff(&f->deltas, f->store, &f->new_tree, &missing) < 0);
	assert_int_equal(f->deltas.n, 1);
}

static void stage(struct fixture *f, const char *path, const char *data)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	struct gm_change change = {.path = path, .data = data};

	if (data) {
		change.size = strlen(data);
		gm_object_hash(&change.blob, GM_OBJECT_BLOB, data, change.size);
	} else {
		/* What it was is not looked at, but a removal must be one. */
		change.base = (struct gm_oid){.bytes = {1}};
	}
	must(gm_repo_lock(&lock, f->repo, "test", NULL, NULL));
	must(gm_stage_append(f->repo, lock, "refs/heads/main", NULL, &change, 1));
}

static void stage_record(
	struct fixture *f, const char *path, const char *id, const char *content)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);

	encode(&data, id, NULL, content);
	stage(f, path, gm_buf_str(&data));
}

static void a_stage_is_compared_by_the_bytes_it_carries(void **state)
{
	struct fixture *f = *state;
	gm_cleanup(gm_stage_free_p) struct gm_stage *changes = NULL;

	put_record(f, &f->old_tree, "keys/a.md", ID_A, "one");
	put_record(f, &f->old_tree, "keys/b.md", ID_B, "two");
	put_record(f, &f->old_tree, "keys/same.md", ID_B, "same");
	must(gm_batch_commit(f->batch));
	stage(f, "keys/a.md", NULL);
	stage_record(f, "keys/b.md", ID_B, "changed");
	stage_record(f, "keys/same.md", ID_B, "same");
	stage_record(f, "keys/moved.md", ID_A, "one");
	stage_record(f, "keys/z.md", ID_C, "new");
	stage(f, "keys/gone-already.md", NULL);
	must(gm_stage_load(&changes, f->repo, "refs/heads/main"));
	must(gm_record_diff_stage(&f->deltas, f->store, &f->old_tree, changes));
	assert_int_equal(f->deltas.n, 3);
	assert_delta(f, 0, 'M', ID_B, "keys/b.md", NULL);
	assert_delta(f, 1, 'M', ID_A, "keys/moved.md", "keys/a.md");
	assert_delta(f, 2, 'A', ID_C, "keys/z.md", NULL);
}

static void a_blob_that_is_no_record_is_refused(void **state)
{
	struct fixture *f = *state;
	gm_autorecord record = GM_RECORD_INIT;
	struct gm_oid blob;

	must(gm_batch_write(&blob, f->batch, GM_OBJECT_BLOB, "text\n", 5));
	must(gm_batch_commit(f->batch));
	assert_int_equal(gm_record_read(&record, f->store, &blob), GM_EINVALID);
	assert_int_equal(gm_record_read(&record, f->store, &gm_oid_zero), GM_ENOTFOUND);
}

static void decode_json(struct gm_record *out, const char *text)
{
	json_t *object = NULL;

	must(gm_json_parse(&object, text, strlen(text)));
	must(gm_record_from_json(out, object));
	json_decref(object);
}

static void assert_fields(const char *a_text, const char *b_text, const char *expected)
{
	gm_autorecord a = GM_RECORD_INIT, b = GM_RECORD_INIT;
	gm_autostrv fields = GM_STRV_INIT;
	gm_autobuf joined = GM_BUF_INIT(GM_BUF_TEXT);

	decode_json(&a, a_text);
	decode_json(&b, b_text);
	must(gm_strv_add(&fields, "from before"));
	must(gm_record_changed_fields(&fields, &a, &b));
	for (size_t i = 0; i < fields.n; i++)
		must(gm_buf_printf(&joined, "%s%s", i ? " " : "", fields.items[i]));
	assert_string_equal(gm_buf_str(&joined), expected);
}

static void changed_fields_are_named_in_the_order_of_the_format(void **state)
{
	(void)state;
	assert_fields(
		"{\"content\":\"a\",\"zeta\":1}", "{\"content\":\"a\",\"zeta\":1}", "");
	assert_fields("{\"content\":\"a\"}",
		"{\"content\":\"b\",\"zeta\":1,\"alpha\":[],\"type\":\"state\",\"key\":"
		"\"k\","
		"\"tags\":[\"t\"],\"importance\":0.75,\"source\":{\"tool\":\"x\"},"
		"\"scope\":\"global\",\"valid_until\":\"2026-01-02\"}",
		"type key importance tags scope valid_until source alpha zeta content");
	assert_fields("{\"content\":\"a\",\"x\":1,\"y\":1}",
		"{\"content\":\"a\",\"y\":2}", "x y");
	assert_fields(
		"{\"content\":\"a\",\"source\":\"s\"}", "{\"content\":\"a\"}", "source");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_are_added_changed_and_removed_in_path_order),
		TEST(a_record_at_a_new_path_is_one_change),
		TEST(another_record_at_the_same_path_is_another_memory),
		TEST(a_second_copy_of_an_id_is_paired_once),
		TEST(files_that_are_no_records_have_no_id),
		TEST(a_record_that_becomes_a_plain_file_is_changed),
		TEST(the_name_of_a_file_gives_its_id_without_reading_it),
		TEST(a_blob_that_cannot_be_read_does_not_stop_the_comparison),
		TEST(a_missing_tree_is_an_error_and_leaves_the_result_alone),
		TEST(a_stage_is_compared_by_the_bytes_it_carries),
		TEST(a_blob_that_is_no_record_is_refused),
		cmocka_unit_test(changed_fields_are_named_in_the_order_of_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
