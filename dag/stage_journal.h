/*
 * The bytes of a stage's journal (gitmem-format(5), "STAGE"): a first line, then groups of
 * changes that were made together.
 */
#ifndef GM_DAG_STAGE_JOURNAL_H
#define GM_DAG_STAGE_JOURNAL_H

#include "dag/stage.h"

/* Append the first line of the journal of `ref`. */
int gm_journal_put_header(struct gm_buf *out, const char *ref);

/*
 * Append the ref that the first line names: 1, or 0 when that line was not written whole.
 * GM_EMISMATCH and GM_EINVALID as below.
 */
int gm_journal_ref(struct gm_buf *out, const char *data, size_t size);

/*
 * Append one group, which is to stand at offset `at` of the journal. Each change that sets a
 * file has its bytes. GM_EINVALID for a path that is empty or over 4096 bytes.
 */
int gm_journal_put_group(
	struct gm_buf *out, size_t at, const struct gm_change *changes, size_t n);

/*
 * Step through the journal of `ref` (NULL: of any): `each` (may be NULL) gets every change,
 * its path lent for the time of the call, its data lent by `data`. `*whole_out` is the size of
 * the part that is made of whole groups; what lies behind was torn by a crash.
 * GM_EMISMATCH when a whole group stands behind a broken one: that is damage, and so is what
 * looks so much like groups that nobody can tell. Also when it is the journal of another ref.
 * GM_EINVALID for a format that is newer than we are.
 */
typedef int (*gm_journal_each_fn)(const struct gm_change *change, void *payload);
int gm_journal_each(size_t *whole_out, const char *data, size_t size, const char *ref,
	gm_journal_each_fn each, void *payload);

/*
 * Check the journal in the file `file` of the folder of stages: GM_EMISMATCH says what is wrong
 * with it. Stricter than reading: what stands behind the whole groups must be what a write
 * that was cut short leaves, the beginning of a group or zeros.
 */
int gm_journal_check(const char *data, size_t size, const char *file);

/*
 * Put what is whole of a damaged journal into a new one of `ref`, whose bytes replace `out`;
 * `n_out` is how many changes that are.
 */
int gm_journal_salvage(struct gm_buf *out, size_t *n_out, const char *data, size_t size,
	const char *ref);

#endif
