#include "tests/unit/objstore/git_repo.h"

/* A store `DIR/o` with "one" loose and "two" in a pack. */
static struct gm_store *make_store(const char *dir)
{
	assert_int_equal(
		shell(NULL, dir,
			"git init -q --bare o && cd o && printf two | git hash-object -w "
			"--stdin |"
			"git pack-objects -q objects/pack/pack && git prune-packed -q &&"
			"printf one | git hash-object -w --stdin"),
		0);
	return git_repo_open(dir, "o/objects");
}

static struct gm_oid oid_of(const char *text)
{
	struct gm_oid oid;

	gm_object_hash(&oid, GM_OBJECT_BLOB, text, strlen(text));
	return oid;
}

static void what_is_no_folder_cannot_be_opened(void **state)
{
	char *dir = scratch_new();
	gm_autofree char *file = gm_path_join(dir, "file");
	gm_autofree char *none = gm_path_join(dir, "none");
	struct gm_store *store;

	(void)state;
	scratch_write(dir, "file", "", 0);
	assert_int_equal(gm_store_open(&store, file), GM_ENOTFOUND);
	assert_int_equal(gm_store_open(&store, none), GM_ENOTFOUND);
	scratch_remove(dir);
}

static void objects_are_found_wherever_they_lie(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	struct gm_oid two = oid_of("two");
	gm_autobuf data = GM_BUF_INIT(100);
	enum gm_object_type type;
	size_t size;

	(void)state;
	for (int i = 0; i < 2; i++) {
		must(gm_store_read(&data, &type, store, &two));
		assert_string_equal(gm_buf_str(&data), "two");
		must(gm_store_read(&data, &type, store, &one));
		assert_string_equal(gm_buf_str(&data), "one");
		must(gm_store_read_header(&type, &size, store, &two));
		assert_int_equal(size, 3);
		assert_int_equal(type, GM_OBJECT_BLOB);
		assert_int_equal(gm_store_exists(store, &one), 1);
	}
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_absent_object_is_named_in_the_error(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid three = oid_of("three");
	gm_autobuf data = GM_BUF_INIT(100);
	enum gm_object_type type;
	char hex[GM_OID_HEX];
	size_t size;

	(void)state;
	gm_oid_format(hex, &three);
	assert_int_equal(gm_store_exists(store, &three), 0);
	assert_int_equal(gm_store_read(&data, &type, store, &three), GM_ENOTFOUND);
	assert_non_null(strstr(gm_error_last()->message, hex));
	gm_error_clear();
	assert_int_equal(gm_store_read_header(&type, &size, store, &three), GM_ENOTFOUND);
	assert_non_null(strstr(gm_error_last()->message, hex));
	gm_store_free(store);
	scratch_remove(dir);
}

static void the_type_that_is_asked_for_must_be_there(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	gm_autobuf data = GM_BUF_INIT(100);

	(void)state;
	must(gm_store_read_type(&data, store, &one, GM_OBJECT_BLOB));
	assert_string_equal(gm_buf_str(&data), "one");
	assert_int_equal(
		gm_store_read_type(&data, store, &one, GM_OBJECT_COMMIT), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, "is a blob, not a commit"));
	assert_int_equal(data.size, 0);
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_object_over_the_ceiling_of_the_buffer_is_too_big(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	struct gm_oid two = oid_of("two");
	gm_autobuf data = GM_BUF_INIT(2);
	enum gm_object_type type;

	(void)state;
	assert_int_equal(gm_store_read(&data, &type, store, &one), GM_ETOOBIG);
	assert_int_equal(gm_store_read(&data, &type, store, &two), GM_ETOOBIG);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_damaged_object_is_an_error_that_says_so(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	gm_autobuf data = GM_BUF_INIT(100);
	enum gm_object_type type;
	char hex[GM_OID_HEX];

	(void)state;
	gm_oid_format(hex, &one);
	gm_autofree char *command = gm_format("cd o/objects/%.2s && chmod u+w * && "
					      "head -c 10 %s > t && cat t > %s && rm t",
		hex, hex + 2, hex + 2);
	assert_int_equal(shell(NULL, dir, command), 0);
	assert_int_equal(gm_store_read(&data, &type, store, &one), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, hex));
	assert_non_null(strstr(gm_error_last()->message, "truncated"));
	assert_int_equal(data.size, 0);
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_object_under_another_name_is_refused(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	gm_autobuf data = GM_BUF_INIT(100);
	enum gm_object_type type;
	char hex[GM_OID_HEX];

	(void)state;
	gm_oid_format(hex, &one);
	one.bytes[19] ^= 1;
	gm_autofree char *command = gm_format(
		"cd o/objects/%.2s && mv %s %.37s%c", hex, hex + 2, hex + 2, hex[39] ^ 1);
	assert_int_equal(shell(NULL, dir, command), 0);
	assert_int_equal(gm_store_read(&data, &type, store, &one), GM_EMISMATCH);
	assert_non_null(strstr(gm_error_last()->message, hex));
	gm_store_free(store);
	scratch_remove(dir);
}

static int count(const struct gm_oid *oid, void *payload)
{
	(void)oid;
	return ++*(int *)payload == 1000 ? 77 : 0;
}

static int count_prefix(struct gm_store *store, const char *prefix)
{
	int n = 0;

	must(gm_store_each_prefix(store, prefix, strlen(prefix), count, &n));
	return n;
}

static void objects_are_found_by_the_beginning_of_their_ids(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	char one[GM_OID_HEX];
	char two[GM_OID_HEX];
	struct gm_oid oid = oid_of("one");
	int n = 0;

	(void)state;
	gm_oid_format(one, &oid);
	oid = oid_of("two");
	gm_oid_format(two, &oid);
	for (size_t size = 3; size <= 40; size++) {
		char prefix[GM_OID_HEX] = "";
		memcpy(prefix, one, size);
		assert_int_equal(count_prefix(store, prefix), 1);
		memcpy(prefix, two, size);
		for (size_t i = 0; i < size; i++)
			if (prefix[i] >= 'a')
				prefix[i] = (char)(prefix[i] - 'a' + 'A');
		assert_int_equal(count_prefix(store, prefix), 1);
		prefix[size - 1] = prefix[size - 1] == '0' ? '1' : '0';
		assert_int_equal(count_prefix(store, prefix), 0);
	}
	assert_int_equal(gm_store_each_prefix(store, "xy", 2, count, &n), GM_EINVALID);
	assert_int_equal(gm_store_each_prefix(store, "", 0, count, &n), GM_EINVALID);
	assert_int_equal(n, 0);
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_object_in_two_places_is_reported_once(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	int n = 0;

	(void)state;
	assert_int_equal(shell(NULL, dir,
				 "cd o && printf 'one' | git hash-object --stdin |"
				 "git pack-objects -q objects/pack/pack"),
		0);
	must(gm_store_each(store, count, &n));
	assert_int_equal(n, 2);
	gm_store_free(store);
	scratch_remove(dir);
}

static void an_index_that_cannot_be_used_hides_no_object(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid two = oid_of("two");
	char hex[GM_OID_HEX];
	int n = 0;

	(void)state;
	scratch_write(dir, "o/objects/pack/pack-junk.idx", "", 0);
	scratch_write(dir, "o/objects/pack/pack-0junk.idx", "junk", 4);
	/* Nor does a file where a folder should be. */
	scratch_write(dir, "o/objects/00", "", 0);
	must(gm_store_each(store, count, &n));
	assert_int_equal(n, 2);
	gm_oid_format(hex, &two);
	hex[7] = '\0';
	assert_int_equal(count_prefix(store, hex), 1);
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_tree_that_is_kept_is_read_as_any_other(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	gm_autobuf data = GM_BUF_INIT(100);
	gm_autobuf small = GM_BUF_INIT(9);
	enum gm_object_type type = GM_OBJECT_NONE;
	gm_autobuf hex = GM_BUF_INIT(100);
	struct gm_oid tree;

	(void)state;
	assert_int_equal(shell(&hex, dir,
				 "cd o && printf '100644 blob %s\\tname\\n' "
				 "$(printf one | git hash-object --stdin) | git mktree"),
		0);
	assert_true(gm_oid_parse(&tree, hex.ptr, GM_OID_HEX - 1));
	must(gm_store_read(&data, &type, store, &tree));
	assert_int_equal(type, GM_OBJECT_TREE);
	size_t size = data.size;
	must(gm_store_read(&data, &type, store, &tree));
	assert_int_equal(data.size, size);
	type = GM_OBJECT_NONE;
	gm_error_clear();
	assert_int_equal(gm_store_read(&small, &type, store, &tree), GM_ETOOBIG);
	assert_int_equal(type, GM_OBJECT_NONE);
	assert_int_equal(small.size, 0);
	hex.ptr[GM_OID_HEX - 1] = '\0';
	assert_non_null(strstr(gm_error_last()->message, hex.ptr));
	gm_store_free(store);
	scratch_remove(dir);
}

static void a_callback_can_end_the_walk(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	int n = 999;

	(void)state;
	assert_int_equal(gm_store_each(store, count, &n), 77);
	assert_int_equal(n, 1000);
	gm_store_free(store);
	scratch_remove(dir);
}

struct faults {
	int n;
	char last[2048];
};

static int note(const char *subject, const char *fault, void *payload)
{
	struct faults *faults = payload;

	faults->n++;
	(void)snprintf(faults->last, sizeof(faults->last), "%s: %s", subject, fault);
	return 0;
}

/* Change something; the check must say so with `words`, or say nothing when NULL. */
static void assert_fault(const char *change, const char *words)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct faults faults = {.n = 0};

	assert_int_equal(shell(NULL, dir, change), 0);
	must(gm_store_check(store, note, &faults));
	assert_int_equal(faults.n, words != NULL);
	if (words && !strstr(faults.last, words))
		fail_msg("'%s' does not contain '%s'", faults.last, words);
	gm_store_free(store);
	scratch_remove(dir);
}

static void the_check_names_what_is_wrong(void **state)
{
	(void)state;
	assert_fault(":", NULL);
	assert_fault(
		"cd o/objects && mkdir ab && : > ab/cd", "this is no name of an object");
	assert_fault("cd o/objects && mkdir ab && : > "
		     "ab/ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFAB",
		"this is no name of an object");
	assert_fault("rm o/objects/pack/*.pack", "its pack is missing");
	assert_fault("cd o/objects/pack && mv *.idx x.idx && cp *.pack y.pack && "
		     "mv y.pack x.pack && chmod u+w x.pack && truncate -s 10 x.pack",
		"the pack is truncated");
	assert_fault("cd o/objects/pack && cp *.pack x.pack && touch -d '2 hours ago' *",
		"x.pack: its index is missing");
	/* It is being removed. */
	assert_fault("cd o/objects/pack && cp *.pack x.pack && : >tmp_idx_gone_x && "
		     "touch -d '2 hours ago' *",
		NULL);
	assert_fault("cd o/objects && : > ab", "ab: cannot read folder");
	assert_fault("cd o/objects/pack && chmod u+w *.idx && truncate -s 100 *.idx",
		"a pack index is damaged");
}

static void litter_is_no_fault(void **state)
{
	(void)state;
	assert_fault("cd o/objects && : > tmp_obj_abcdef && : > pack/tmp_pack_abcdef &&"
		     ": > pack/tmp_idx_abcdef && mkdir -p 00 && : > 00/tmp_obj_abcdef",
		NULL);
	/* A writer at work, between its two renames. */
	assert_fault("cd o/objects/pack && cp *.pack pack-x.pack", NULL);
}

static void a_folder_that_may_not_be_written_is_read(void **state)
{
	char *dir = scratch_new();
	struct gm_store *store = make_store(dir);
	struct gm_oid one = oid_of("one");
	gm_autobuf data = GM_BUF_INIT(100);
	enum gm_object_type type;

	(void)state;
	assert_int_equal(shell(NULL, dir, "chmod -R a-w o"), 0);
	must(gm_store_read(&data, &type, store, &one));
	git_repo_assert_sound(store);
	gm_store_free(store);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_folder_cannot_be_opened),
		cmocka_unit_test(objects_are_found_wherever_they_lie),
		cmocka_unit_test(an_absent_object_is_named_in_the_error),
		cmocka_unit_test(the_type_that_is_asked_for_must_be_there),
		cmocka_unit_test(an_object_over_the_ceiling_of_the_buffer_is_too_big),
		cmocka_unit_test(a_damaged_object_is_an_error_that_says_so),
		cmocka_unit_test(an_object_under_another_name_is_refused),
		cmocka_unit_test(objects_are_found_by_the_beginning_of_their_ids),
		cmocka_unit_test(an_object_in_two_places_is_reported_once),
		cmocka_unit_test(an_index_that_cannot_be_used_hides_no_object),
		cmocka_unit_test(a_tree_that_is_kept_is_read_as_any_other),
		cmocka_unit_test(a_callback_can_end_the_walk),
		cmocka_unit_test(the_check_names_what_is_wrong),
		cmocka_unit_test(litter_is_no_fault),
		cmocka_unit_test(a_folder_that_may_not_be_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
