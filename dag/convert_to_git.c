#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "dag/convert_internal.h"
#include "dag/pack_list.h"
#include "objstore/own_objects.h"
#include "objstore/pack_build.h"
#include "objstore/store_layout.h"

/* How often others may add objects while we are at it. */
#define ROUNDS_MAX 10

/* Packs in the making. */
struct packing {
	struct gm_conversion *conversion;
	struct gm_pack_list now;  /* what is in the segments */
	struct gm_pack_list done; /* what is in packs, too */
	bool *chosen;             /* of `now` */
	struct gm_pack_keep *keeps;
	size_t n_keeps;
	size_t cap_keeps;
	struct gm_progress progress;
};

static void dispose(struct packing *packing)
{
	gm_pack_list_dispose(&packing->now);
	gm_pack_list_dispose(&packing->done);
	gm_free(packing->chosen);
	for (size_t i = 0; i < packing->n_keeps; i++)
		gm_pack_keep_release(&packing->keeps[i]);
	gm_free(packing->keeps);
}

static int add(const struct gm_oid *oid, void *payload)
{
	return gm_pack_list_add(payload, oid);
}

/* The place in a sorted list; `list->n` when it is not there. */
static size_t find(const struct gm_pack_list *list, const struct gm_oid *oid)
{
	size_t low = 0;
	size_t high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = gm_oid_compare(&list->oids[middle], oid);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return list->n;
}

static bool choose(const struct gm_oid *oid, void *payload)
{
	struct packing *packing = payload;
	size_t at = find(&packing->now, oid);

	if (at == packing->now.n || packing->chosen[at] ||
		find(&packing->done, oid) < packing->done.n)
		return false;
	packing->chosen[at] = true;
	return true;
}

static int compare(const void *a, const void *b)
{
	return gm_oid_compare(a, b);
}

/* What is in the segments now. */
static int look(struct packing *packing)
{
	gm_pack_list_dispose(&packing->now);
	gm_free(packing->chosen);
	packing->chosen = NULL;
	int rc = gm_store_each_segmented(packing->conversion->store, add, &packing->now);
	if (rc < 0)
		return rc;
	if (packing->now.n)
		qsort(packing->now.oids, packing->now.n, sizeof(*packing->now.oids),
			compare);
	packing->chosen = gm_calloc(packing->now.n, sizeof(bool));
	return packing->chosen ? 0 : GM_ENOMEM;
}

static int choose_needed(struct gm_pack_list *out, struct packing *packing)
{
	gm_cleanup(gm_reachable_free_p) struct gm_reachable *reachable = NULL;
	int rc = gm_reachable_new(&reachable, packing->conversion->store);

	if (rc == 0)
		rc = gm_reachable_add_roots(reachable, packing->conversion->repo);
	if (rc == 0)
		rc = gm_reachable_walk(reachable, NULL);
	if (rc == 0)
		rc = gm_reachable_arrange(reachable);
	return rc < 0 ? rc
		      : gm_pack_list_fill(out, reachable, gm_reachable_n(reachable),
				choose, packing);
}

/* What nothing leads to. */
static int choose_rest(struct gm_pack_list *out, struct packing *packing)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < packing->now.n; i++)
		if (choose(&packing->now.oids[i], packing))
			rc = gm_pack_list_add(out, &packing->now.oids[i]);
	return rc;
}

static int show(size_t done, void *payload)
{
	gm_progress_update(payload, done);
	return 0;
}

static int build(struct packing *packing, const struct gm_pack_list *list)
{
	struct gm_conversion *conversion = packing->conversion;
	const struct gm_pack_build_options options = {
		.objects_dir = gm_own_objects_dir(conversion->store),
		.progress = show,
		.payload = &packing->progress};
	gm_autofree char *base = NULL;
	int rc = gm_grow(&packing->keeps, &packing->cap_keeps, packing->n_keeps + 1,
		sizeof(*packing->keeps));

	if (rc < 0)
		return rc;
	struct gm_pack_keep *keep = &packing->keeps[packing->n_keeps];
	*keep = (struct gm_pack_keep)GM_PACK_KEEP_INIT;
	gm_progress_start(
		&packing->progress, "Converting objects", list->n, conversion->progress);
	rc = gm_pack_build(keep, &base, conversion->store, list->oids, list->n, &options);
	packing->n_keeps++;
	if (rc == 0)
		gm_progress_finish(&packing->progress, list->n);
	conversion->result->n_objects += list->n;
	return rc;
}

/* Whether all of it comes out of Git's files as its name says. */
static int verify(const struct packing *packing)
{
	gm_cleanup(gm_store_free_p) struct gm_store *git = NULL;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = gm_store_open(&git, gm_own_objects_dir(packing->conversion->store));

	for (size_t i = 0; rc == 0 && i < packing->now.n; i++) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = gm_store_read(&data, &type, git, &packing->now.oids[i]);
	}
	return rc;
}

/* Pack what is not packed yet. */
static int pack(struct packing *packing)
{
	gm_autopacklist needed = GM_PACK_LIST_INIT;
	gm_autopacklist rest = GM_PACK_LIST_INIT;
	int rc = look(packing);

	if (rc == 0)
		rc = choose_needed(&needed, packing);
	if (rc == 0)
		rc = choose_rest(&rest, packing);
	if (rc == 0)
		rc = build(packing, &needed);
	if (rc == 0)
		rc = build(packing, &rest);
	if (rc == 0)
		rc = verify(packing);
	if (rc < 0)
		return rc;
	gm_pack_list_dispose(&packing->done);
	packing->done = packing->now;
	packing->now = (struct gm_pack_list)GM_PACK_LIST_INIT;
	return 0;
}

/* With the segments' lock held: GM_EMODIFIED when something came that is in no pack. */
static int is_complete(void *payload)
{
	struct packing *packing = payload;
	int rc = look(packing);

	for (size_t i = 0; rc == 0 && i < packing->now.n; i++)
		if (find(&packing->done, &packing->now.oids[i]) == packing->done.n)
			return GM_EMODIFIED;
	return rc;
}

static int leave(struct packing *packing)
{
	int rc = GM_EMODIFIED;

	for (int rounds = 0; rc == GM_EMODIFIED && rounds < ROUNDS_MAX; rounds++) {
		rc = pack(packing);
		if (rc == 0)
			rc = gm_store_leave_segments(
				packing->conversion->store, is_complete, packing);
	}
	return rc == GM_EMODIFIED ? gm_error(rc, "others keep adding objects; try again")
				  : rc;
}

static int convert(struct packing *packing)
{
	struct gm_conversion *conversion = packing->conversion;
	gm_autoref_list list = GM_REF_LIST_INIT;
	int rc = gm_ref_list_read_store(&list, conversion->store);

	if (rc == 0)
		rc = gm_convert_write_refs(conversion->gitdir, &list, conversion->store);
	conversion->result->n_refs = list.n;
	return rc < 0 ? rc : leave(packing);
}

int gm_convert_to_git(struct gm_conversion *conversion)
{
	gm_cleanup(dispose) struct packing packing = {.conversion = conversion};
	int rc = convert(&packing);
	bool has_left = !gm_store_has_segments(conversion->store);

	if (rc == 0 && has_left)
		rc = gm_convert_drop_segments(conversion);
	if (rc < 0 && has_left)
		return gm_error_prefix("the repository is converted, but");
	return rc;
}

int gm_convert_drop_segments(struct gm_conversion *conversion)
{
	const char *gitdir = conversion->gitdir;
	int rc = gm_convert_mark(gitdir, false);

	if (rc == 0)
		rc = gm_convert_remove_folder(gitdir, GM_STORE_OLD_DIR);
	return rc < 0 ? rc : gm_convert_remove_folder(gitdir, GM_STORE_NEW_DIR);
}
