/*
 * An expectation: a question, and the memories that must be among the first that `recall` finds.
 *
 * Each is a file of its own in `expect/` (gitmem-expect(1), "FILES"), called by its question, so
 * that those of several branches merge, and the same one is the same file everywhere.
 */
#ifndef GM_CMD_EXPECTATION_H
#define GM_CMD_EXPECTATION_H

#include "base/json.h"
#include "dag/stage.h"

#define GM_EXPECT_FOLDER "expect"
#define GM_EXPECT_TOP_DEFAULT 3
#define GM_EXPECT_TOP_MAX 1000

/* In bytes, and memories that one expectation may name. */
#define GM_EXPECT_QUESTION_MAX ((size_t)4096)
#define GM_EXPECT_MUST_MAX ((size_t)100)

struct gm_expectation {
	char *question; /* one line, in NFC */
	size_t top;
	struct gm_strv must; /* a set of ids */
};

#define GM_EXPECTATION_INIT                             \
	{                                               \
		.question = NULL, .must = GM_STRV_INIT, \
	}
#define gm_autoexpectation gm_cleanup(gm_expectation_dispose) struct gm_expectation
void gm_expectation_dispose(struct gm_expectation *expectation);

/* Set the question, its white space made single blanks. GM_EINVALID with the reason. */
int gm_expectation_set_question(struct gm_expectation *out, const char *question);

/* Append the file, equal bytes for what is equal. Makes a set of `must`. */
int gm_expectation_encode(struct gm_buf *out, struct gm_expectation *expectation);

/* Read one from a file; GM_EINVALID with the line. `out` must be empty. */
int gm_expectation_decode(struct gm_expectation *out, const char *data, size_t size);

/* Append its path: what is left of the question as a name, and a hash of it. */
int gm_expectation_path(struct gm_buf *out, const struct gm_expectation *expectation);

/* A file in the folder. */
struct gm_expectation_file {
	char *path;
	struct gm_expectation expectation;
	char *fault; /* why it is none; NULL: it is one */
};

struct gm_expectations {
	struct gm_expectation_file *items; /* by path */
	size_t n;
	size_t cap;
};

#define GM_EXPECTATIONS_INIT                    \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autoexpectations gm_cleanup(gm_expectations_dispose) struct gm_expectations
void gm_expectations_dispose(struct gm_expectations *list);

/* All of a tree with what is staged on it (NULL: nothing). `out` must be empty. */
int gm_expectations_read(struct gm_expectations *out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage);

/*
 * The one that is meant by its path, its name (the file's, without `.txt`), its question, or a
 * unique beginning or end of the name of at least four characters. GM_ENOTFOUND, GM_EAMBIGUOUS.
 */
int gm_expectations_find(
	size_t *out, const struct gm_expectations *list, const char *name);

/* `name, path, question, top, must`; the last three are null for one that is none. */
int gm_expectation_json(json_t **out, const struct gm_expectation_file *file);

/* Append the name of a file at a path. */
int gm_expectation_name(struct gm_buf *out, const char *path);

#endif
