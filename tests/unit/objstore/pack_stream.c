#include "objstore/pack_stream.h"

#include "tests/unit/objstore/git_repo.h"

#define VERSIONS_MAX 1300

struct sent {
	struct gm_oid oids[VERSIONS_MAX];
	struct gm_pack_item items[VERSIONS_MAX];
	size_t n;
	FILE *pack;
	size_t told;
	int code; /* what writing returns */
};

static int write_pack(const void *data, size_t size, void *payload)
{
	struct sent *sent = payload;

	if (sent->code < 0)
		return sent->code;
	assert_int_equal(fwrite(data, 1, size, sent->pack), size);
	return 0;
}

static int tell(size_t done, void *payload)
{
	struct sent *sent = payload;

	assert_true(done > sent->told && done <= sent->n);
	sent->told = done;
	return 0;
}

/* Send the items to `DIR/pack`. */
static int send(struct sent *sent, const char *dir, struct gm_store *store, bool is_thin,
	bool ofs_deltas)
{
	gm_autofree char *path = gm_path_join(dir, "pack");
	const struct gm_pack_stream_options options = {.is_thin = is_thin,
		.ofs_deltas = ofs_deltas,
		.progress = tell,
		.payload = sent};
	uint64_t size = 0;

	sent->pack = fopen(path, "wb");
	assert_non_null(sent->pack);
	sent->told = 0;
	int rc = gm_pack_stream(
		&size, store, sent->items, sent->n, &options, write_pack, sent);
	if (rc == 0) {
		assert_int_equal(ftell(sent->pack), size);
		assert_int_equal(sent->told, sent->n);
	}
	assert_int_equal(fclose(sent->pack), 0);
	return rc;
}

/* The ids that a command prints, each with the one before it as its base. */
static void list(struct sent *out, const char *dir, const char *command)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	const char *at;

	out->n = 0;
	assert_int_equal(shell(&text, dir, command), 0);
	for (at = gm_buf_str(&text); *at; at = strchr(at, '\n') + 1) {
		size_t i = out->n++;
		assert_true(i < VERSIONS_MAX);
		assert_true(gm_oid_parse(&out->oids[i], at, GM_OID_HEX - 1));
		out->items[i] = (struct gm_pack_item){.oid = &out->oids[i],
			.base = i ? &out->oids[i - 1] : NULL,
			.base_at = i ? i - 1 : GM_PACK_ITEM_NONE};
	}
	assert_true(out->n > 0);
}

static struct sent *sent_new(void)
{
	struct sent *sent = calloc(1, sizeof(*sent));

	assert_non_null(sent);
	return sent;
}

/* All of a repository, whatever stands behind what: bases of another type are no good. */
static const char list_all[] =
	"git -C r cat-file --batch-all-objects --batch-check | sort -k2 | cut -d' ' -f1";

static void git_finds_all_objects_in_the_pack(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	git_repo_make(dir, NULL);
	store = git_repo_open(dir, "r/.git/objects");
	list(sent, dir, list_all);
	for (int ofs_deltas = 0; ofs_deltas < 2; ofs_deltas++) {
		must(send(sent, dir, store, false, ofs_deltas));
		assert_int_equal(
			shell(NULL, dir,
				"rm -rf b && git init -q --bare b && "
				"git -C b index-pack --strict --stdin <pack && "
				"git verify-pack -v b/objects/pack/*.idx >list && "
				"grep -q 'chain length = 2' list && "
				"for d in r b; do git -C $d cat-file "
				"--batch-all-objects --batch >$d.all; done && "
				"cmp r.all b.all"),
			0);
	}
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

static void bases_that_the_other_side_has_are_left_out(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	git_repo_make(dir, NULL);
	store = git_repo_open(dir, "r/.git/objects");
	list(sent, dir, "git -C r rev-parse main~1:blocks main:blocks");
	sent->items[0] =
		(struct gm_pack_item){&sent->oids[1], &sent->oids[0], GM_PACK_ITEM_NONE};
	sent->n = 1;
	must(send(sent, dir, store, false, true));
	assert_int_equal(shell(NULL, dir, "test $(wc -c <pack) -gt 10000"), 0);
	must(send(sent, dir, store, true, true));
	assert_int_equal(
		shell(NULL, dir,
			"test $(wc -c <pack) -lt 1500 && git init -q --bare b && "
			"git -C r cat-file blob main~1:blocks | "
			"git -C b hash-object -w --stdin && "
			"git -C b index-pack --strict --stdin --fix-thin <pack && "
			"git -C r cat-file blob main:blocks >blocks && "
			"git -C b cat-file blob $(git -C r rev-parse main:blocks) | "
			"cmp - blocks"),
		0);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

/* However long the history of a path is: no chain has over 50 deltas, few versions are whole. */
static void chains_are_short_however_long_the_history(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"git init -q r && cd r && head -c 9000 /dev/urandom >base && "
			"for i in $(seq 1 1200); do (cat base; seq $i $((i + 9))) >f$i; "
			"done && for i in $(seq 1 1200); do echo $PWD/f$i; done | "
			"git hash-object -w --stdin-paths >../ids && git repack -q -ad"),
		0);
	store = git_repo_open(dir, "r/.git/objects");
	list(sent, dir, "cat ids");
	assert_int_equal(sent->n, 1200);
	must(send(sent, dir, store, false, true));
	assert_int_equal(
		shell(NULL, dir,
			"git init -q --bare b && git -C b index-pack --strict --stdin "
			"<pack && git verify-pack -v b/objects/pack/*.idx >list && "
			"grep '^chain length' list | sed 's/.*= \\([0-9]*\\):.*/\\1/' | "
			"sort -n | tail -1 >longest && test $(cat longest) -gt 30 && "
			"test $(cat longest) -le 50 && grep -q '^non delta: 3 ' list && "
			"test $(wc -c <pack) -lt 200000"),
		0);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

/* At the beginning, in between and at the end. */
static void large_objects_keep_their_place(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"git init -q r && cd r && head -c 5000000 /dev/urandom >large && "
			"head -c 5000000 /dev/urandom >last && "
			"seq 1 1000000 >larger && seq 1 2000 | split -l 5 - small && "
			"for f in larger smalla? large smallb? last; do echo $PWD/$f; "
			"done | git hash-object -w --stdin-paths >../ids"),
		0);
	store = git_repo_open(dir, "r/.git/objects");
	list(sent, dir, "cat ids");
	must(send(sent, dir, store, false, true));
	assert_int_equal(
		shell(NULL, dir,
			"git init -q --bare b && git -C b index-pack --strict --stdin "
			"<pack && for d in r b; do git -C $d cat-file "
			"--batch-all-objects --batch >$d.all; done && cmp r.all b.all"),
		0);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

static void nothing_makes_an_empty_pack(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store = git_repo_open(dir, ".");

	(void)state;
	must(send(sent, dir, store, false, true));
	assert_int_equal(
		shell(NULL, dir,
			"git init -q --bare b && git -C b unpack-objects <pack && "
			"test $(wc -c <pack) = 32"),
		0);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

static void what_is_missing_or_damaged_ends_it(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	git_repo_make(dir, NULL);
	list(sent, dir, list_all);
	assert_int_equal(shell(NULL, dir,
				 "cd r/.git/objects && f=$(git rev-parse main:blocks | "
				 "sed 's|..|&/|') && chmod u+w $f && printf x | "
				 "dd of=$f bs=1 seek=9000 conv=notrunc 2>/dev/null"),
		0);
	store = git_repo_open(dir, "r/.git/objects");
	assert_int_equal(send(sent, dir, store, false, true), GM_EMISMATCH);
	assert_int_equal(
		shell(NULL, dir,
			"cd r/.git/objects && rm -f $(git rev-parse main:blocks | "
			"sed 's|..|&/|')"),
		0);
	assert_int_equal(send(sent, dir, store, false, true), GM_ENOTFOUND);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

static void who_writes_may_end_it(void **state)
{
	char *dir = scratch_new();
	struct sent *sent = sent_new();
	struct gm_store *store;

	(void)state;
	git_repo_make(dir, NULL);
	list(sent, dir, list_all);
	store = git_repo_open(dir, "r/.git/objects");
	sent->code = GM_ENOSPC;
	assert_int_equal(send(sent, dir, store, false, true), GM_ENOSPC);
	gm_store_free(store);
	free(sent);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(git_finds_all_objects_in_the_pack),
		cmocka_unit_test(bases_that_the_other_side_has_are_left_out),
		cmocka_unit_test(chains_are_short_however_long_the_history),
		cmocka_unit_test(large_objects_keep_their_place),
		cmocka_unit_test(nothing_makes_an_empty_pack),
		cmocka_unit_test(what_is_missing_or_damaged_ends_it),
		cmocka_unit_test(who_writes_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
