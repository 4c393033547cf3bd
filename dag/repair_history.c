#include "base/interrupt.h"
#include "dag/repair_internal.h"
#include "dag/tree.h"

enum state { STATE_OPEN = 1, STATE_WHOLE, STATE_LACKING };

void gm_history_dispose(struct gm_history *history)
{
	gm_map_dispose(&history->states);
}

bool gm_repair_must_stop(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED;
}

/* Commits or trees that wait until what they stand on is known. */
struct pile {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

static int pile_up(struct pile *pile, const struct gm_oid *oid)
{
	int rc = gm_grow(&pile->items, &pile->cap, pile->n + 1, sizeof(*pile->items));

	if (rc == 0)
		pile->items[pile->n++] = *oid;
	return rc;
}

static uint64_t state_of(const struct gm_history *history, const struct gm_oid *oid)
{
	uint64_t state = 0;

	return gm_map_get(&state, &history->states, oid) ? state : 0;
}

/* Sum up what is known of a part: what is not yet known is put on the pile. */
static int add_part(struct gm_history *history, struct pile *pile,
	const struct gm_oid *part, uint64_t *sum)
{
	uint64_t state = state_of(history, part);

	if (state == STATE_LACKING)
		*sum = STATE_LACKING;
	if (state == STATE_WHOLE || state == STATE_LACKING)
		return 0;
	/* One that stands on itself cannot be made, but this must end. */
	if (state == STATE_OPEN) {
		*sum = STATE_LACKING;
		return 0;
	}
	if (*sum != STATE_LACKING)
		*sum = STATE_OPEN;
	return pile_up(pile, part);
}

/* What a commit or tree stands on: 0 with the sum of the states in `sum`. */
typedef int (*parts_fn)(struct gm_history *history, struct pile *pile,
	const struct gm_oid *oid, uint64_t *sum);

static int parents_of(struct gm_history *history, struct pile *pile,
	const struct gm_oid *oid, uint64_t *sum)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, history->store, oid);

	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = add_part(history, pile, &commit.parents[i], sum);
	return rc;
}

static int folders_of(struct gm_history *history, struct pile *pile,
	const struct gm_oid *oid, uint64_t *sum)
{
	gm_autobuf tree = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = gm_tree_read(&tree, history->store, oid);

	while (rc == 0 &&
		(rc = gm_tree_next(&entry, &at, gm_buf_str(&tree), tree.size)) > 0)
		rc = gm_tree_entry_is_folder(&entry)
			? add_part(history, pile, &entry.oid, sum)
			: 0;
	return rc;
}

/* Look at the one on top: it is settled, or what it waits for is on top of it. */
static int look(struct gm_history *history, struct pile *pile, parts_fn parts)
{
	const struct gm_oid oid = pile->items[pile->n - 1];
	uint64_t sum = STATE_WHOLE;
	uint64_t before = state_of(history, &oid);
	size_t n = pile->n;

	if (before == STATE_WHOLE || before == STATE_LACKING) {
		pile->n--;
		return 0;
	}
	int rc = gm_interrupted();
	if (rc == 0)
		rc = parts(history, pile, &oid, &sum);
	if (gm_repair_must_stop(rc))
		return rc;
	if (rc < 0)
		sum = STATE_LACKING;
	if (sum != STATE_OPEN) {
		pile->n = n - 1;
		return gm_map_put(&history->states, &oid, sum);
	}
	return gm_map_put(&history->states, &oid, STATE_OPEN);
}

static int settle(struct gm_history *history, const struct gm_oid *oid, parts_fn parts)
{
	struct pile pile = {.items = NULL};
	int rc = pile_up(&pile, oid);

	while (rc == 0 && pile.n)
		rc = look(history, &pile, parts);
	gm_free(pile.items);
	return rc < 0 ? rc : state_of(history, oid) == STATE_WHOLE;
}

int gm_history_has_tip(struct gm_history *history, const struct gm_oid *oid)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_read(&commit, history->store, oid);

	if (rc < 0)
		return gm_repair_must_stop(rc) ? rc : 0;
	return settle(history, &commit.tree, folders_of);
}

int gm_history_is_whole(struct gm_history *history, const struct gm_oid *oid)
{
	int rc = settle(history, oid, parents_of);

	return rc <= 0 ? rc : gm_history_has_tip(history, oid);
}
