#include "index/embed.h"

#include <signal.h>

#include "index/internal.h"
#include "index/segments.h"
#include "index/vector_segment.h"
#include "tests/unit/index/world.h"

/* Answers each line with a vector for each text in it, and notes the line. */
#define ANSWER                                                                      \
	"while read -r line; do printf '%s\\n' \"$line\" >>asked; printf '[[1,2]';" \
	" n=$(printf %s \"$line\" | sed 's/\",\"/\\n/g' | wc -l);"                  \
	" while [ $n -gt 0 ]; do printf ',[3,4]'; n=$((n - 1)); done; echo ']'; done"

static void use(struct world *world, const char *command)
{
	const struct gm_embedding_settings settings = {
		.kind = GM_EMBEDDING_COMMAND,
		.command = command,
		.query_prefix = "",
		.text_prefix = "",
		.batch = 16,
		.timeout_ms = 60000,
	};
	struct gm_embedding *embedding;

	must(gm_embedding_new(&embedding, &settings, world->dir));
	must(gm_index_set_embedding(world->index, embedding));
}

/* How many texts with this in them the command was asked for. */
static unsigned long asked(struct world *world, const char *text)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *command = gm_format(
		"test ! -e asked || sed 's/\",\"/\\n/g' asked | grep -c '%s'", text);

	(void)shell(&out, world->dir, command);
	return strtoul(gm_buf_str(&out), NULL, 10);
}

static void add_some(struct world *world, unsigned from, unsigned to)
{
	for (unsigned n = from; n < to; n++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "text number %u", n);
		world_add(world, n, text);
	}
	world_select(world);
}

struct count {
	size_t with; /* rows that have a vector */
	size_t n;
};

static int count(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct count *out = payload;
	const struct gm_segments *segments;

	(void)view;
	must(gm_segments_get(&segments, index));
	*out = (struct count){0, segments->n_documents};
	for (size_t i = 0; i < segments->n; i++)
		if (segments->vectors[i])
			out->with += gm_vector_segment_count(segments->vectors[i]);
	return 0;
}

static void check_count(struct world *world, size_t with, size_t n, int line)
{
	struct count found;

	must(gm_index_query(world->index, count, &found));
	if (found.with != with || found.n != n)
		fail_msg("line %d: %zu of %zu", line, found.with, found.n);
}

#define assert_vectors(world, with, n) check_count(world, with, n, __LINE__)

static void all_memories_get_their_vectors(void **state)
{
	struct world world;
	struct gm_vector_state vectors;

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	add_some(&world, 0, 40);
	assert_vectors(&world, 0, 40);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 40, 40);
	assert_int_equal(asked(&world, "text number"), 40);
	gm_index_vector_state(&vectors, world.index);
	assert_int_equal(vectors.missing, 0);
	assert_true(vectors.usable);
	assert_string_equal(vectors.trouble, "");
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void nothing_is_asked_for_twice(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	for (unsigned n = 0; n < 300; n += 30) {
		add_some(&world, n, n + 30);
		assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
		assert_vectors(&world, n + 30, n + 30);
	}
	must(gm_index_reset(world.index));
	world_select(&world);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 300, 300);
	assert_int_equal(asked(&world, "text number"), 300);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void who_opens_the_index_next_has_the_vectors(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	add_some(&world, 0, 40);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	use(&world, ANSWER);
	world_select(&world);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 40, 40);
	assert_int_equal(asked(&world, "text number"), 40);
	world_close(&world);
}

static void private_memories_are_left_out(void **state)
{
	struct world world;
	struct gm_record record = world_record(7, "my secret");

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	record.scope = GM_SCOPE_PRIVATE;
	world_put(&world, &record);
	add_some(&world, 0, 5);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 5, 6);
	assert_int_equal(asked(&world, "secret"), 0);
	assert_int_equal(asked(&world, "text number"), 5);
	world_close(&world);
}

static void limits_are_kept_to(void **state)
{
	const struct gm_embed_limits few = {.n = 39};
	const struct gm_embed_limits brief = {.budget_ms = 1};
	struct world world;
	struct gm_vector_state vectors;

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	add_some(&world, 0, 40);
	assert_int_equal(gm_index_embed(world.index, &few, NULL), 0);
	assert_int_equal(asked(&world, "text number"), 0);
	gm_index_vector_state(&vectors, world.index);
	assert_int_equal(vectors.missing, 40);
	assert_false(vectors.usable);
	/* One batch at least is made in any time. */
	assert_int_equal(gm_index_embed(world.index, &brief, NULL), 0);
	assert_int_equal(asked(&world, "text number"), 16);
	gm_index_vector_state(&vectors, world.index);
	assert_int_equal(vectors.missing, 24);
	world_close(&world);
}

static void trouble_is_let_be_for_a_while(void **state)
{
	const struct gm_embed_limits limits = {.n = 100};
	struct world world;
	struct gm_vector_state vectors;

	(void)state;
	world_open(&world);
	use(&world, "echo x >>asked; exit 1");
	add_some(&world, 0, 3);
	assert_int_equal(gm_index_embed(world.index, &limits, NULL), 0);
	assert_int_equal(asked(&world, "x"), 1);
	assert_int_equal(gm_index_embed(world.index, &limits, NULL), 0);
	assert_int_equal(asked(&world, "x"), 1);
	gm_index_vector_state(&vectors, world.index);
	assert_non_null(strstr(vectors.trouble, "ended without an answer"));
	assert_recall(&world, "2", NULL, "2");
	assert_int_equal(asked(&world, "x"), 1);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 0);
	assert_int_equal(asked(&world, "x"), 2);
	world_close(&world);
}

static void another_model_begins_anew(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	use(&world, ANSWER);
	add_some(&world, 0, 40);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	use(&world, "true; " ANSWER);
	assert_vectors(&world, 0, 40);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 40, 40);
	assert_int_equal(asked(&world, "text number"), 80);
	world_close(&world);
}

static void without_an_embedding_there_are_no_vectors(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	must(gm_index_set_embedding(world.index, NULL));
	add_some(&world, 0, 3);
	assert_int_equal(gm_index_embed(world.index, NULL, NULL), 1);
	assert_vectors(&world, 0, 3);
	assert_recall(&world, "1", NULL, "1");
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_memories_get_their_vectors),
		cmocka_unit_test(nothing_is_asked_for_twice),
		cmocka_unit_test(who_opens_the_index_next_has_the_vectors),
		cmocka_unit_test(private_memories_are_left_out),
		cmocka_unit_test(limits_are_kept_to),
		cmocka_unit_test(trouble_is_let_be_for_a_while),
		cmocka_unit_test(another_model_begins_anew),
		cmocka_unit_test(without_an_embedding_there_are_no_vectors),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
