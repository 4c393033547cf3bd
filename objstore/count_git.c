#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/count.h"
#include "objstore/internal.h"

#define BLOCK_SIZE 512

struct counting {
	struct gm_git_count *out;
	struct gm_store *store;
	const struct gm_source *source;
	const char *dir;         /* the folder that is looked at */
	unsigned number;         /* of a folder of loose objects */
	struct gm_strv of_packs; /* names in a folder of packs */
	gm_store_report_fn garbage;
	void *payload;
};

static int add_garbage(struct counting *counting, const char *name, const char *fault)
{
	gm_autofree char *path = gm_path_join(counting->dir, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	counting->out->garbage.n++;
	if (stat(path, &st) == 0)
		counting->out->garbage.size += (uint64_t)st.st_size;
	return counting->garbage(path, fault, counting->payload);
}

/* 1 when a pack has it, also a borrowed one. Packs that cannot be used have nothing. */
static int is_packed(const struct gm_store *store, const struct gm_oid *oid)
{
	uint32_t at;

	for (size_t i = 0; i < store->n_sources; i++)
		for (size_t k = 0; k < store->sources[i]->n_packs; k++) {
			struct gm_pack *pack = store->sources[i]->packs[k];
			int rc = gm_pack_open_index(pack);
			if (gm_source_is_final(rc))
				return rc;
			if (rc == 0 && gm_pack_index_find(&at, &pack->index, oid))
				return 1;
		}
	return 0;
}

static bool parse_name(struct gm_oid *out, unsigned folder, const char *name)
{
	char hex[GM_OID_HEX];

	if (strlen(name) != GM_OID_HEX - 3)
		return false;
	(void)snprintf(hex, sizeof(hex), "%02x", folder);
	memcpy(hex + 2, name, sizeof(hex) - 2);
	return gm_oid_parse(out, hex, sizeof(hex) - 1);
}

static int count_loose(const char *name, void *payload)
{
	struct counting *counting = payload;
	struct gm_oid oid;
	struct stat st;

	if (!parse_name(&oid, counting->number, name))
		return add_garbage(counting, name, "garbage found");
	gm_autofree char *path = gm_path_join(counting->dir, name);
	if (!path)
		return GM_ENOMEM;
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return add_garbage(counting, name, "garbage found");
	counting->out->loose.n++;
	counting->out->loose.size += (uint64_t)st.st_blocks * BLOCK_SIZE;
	int rc = is_packed(counting->store, &oid);
	if (rc > 0)
		counting->out->n_prunable++;
	return rc < 0 ? rc : 0;
}

static int count_all_loose(struct counting *counting)
{
	int rc = 0;

	for (unsigned number = 0; rc == 0 && number < 256; number++) {
		gm_autofree char *dir =
			gm_format("%s/%02x", counting->source->dir, number);
		if (!dir)
			return GM_ENOMEM;
		counting->dir = dir;
		counting->number = number;
		rc = gm_dir_each(dir, count_loose, counting);
		if (rc == GM_ENOTFOUND)
			rc = 0;
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

static int count_pack(struct gm_git_count *out, struct gm_pack *pack)
{
	gm_autofree char *path = gm_format("%s.pack", pack->base);
	struct stat st;
	int rc = path ? gm_pack_open_index(pack) : GM_ENOMEM;

	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	out->packs.n++;
	out->packs.size += (uint64_t)st.st_size + pack->index.size;
	out->n_packed += pack->index.n;
	return 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name);
	size_t n = strlen(suffix);

	return size >= n && !strcmp(name + size - n, suffix);
}

/* What belongs to packs is looked at together; other names but those of Git are garbage. */
static int sort_out(const char *name, void *payload)
{
	static const char *const suffixes[] = {
		".idx", ".rev", ".pack", ".bitmap", ".keep", ".promisor", ".mtimes"};
	static const char multi[] = "multi-pack-index";
	struct counting *counting = payload;

	if (!strcmp(name, multi) ||
		(!strncmp(name, multi, sizeof(multi) - 1) && has_suffix(name, ".rev")))
		return 0;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (has_suffix(name, suffixes[i]))
			return gm_strv_add(&counting->of_packs, name);
	return add_garbage(counting, name, "garbage found");
}

#define SEEN_PACK 1u
#define SEEN_INDEX 2u

/* The files of one pack, from `first` to `last`: garbage unless pack and index are both there. */
static int judge_pack(struct counting *counting, size_t first, size_t last)
{
	static const char *const faults[] = {"no corresponding .idx or .pack",
		"no corresponding .idx", "no corresponding .pack"};
	unsigned seen = 0;
	int rc = 0;

	for (size_t i = first; i < last; i++) {
		const char *name = counting->of_packs.items[i];
		seen |= has_suffix(name, ".pack") ? SEEN_PACK : 0;
		seen |= has_suffix(name, ".idx") ? SEEN_INDEX : 0;
	}
	for (; rc == 0 && seen != (SEEN_PACK | SEEN_INDEX) && first < last; first++)
		rc = add_garbage(counting, counting->of_packs.items[first], faults[seen]);
	return rc;
}

static int judge_packs(struct counting *counting)
{
	struct gm_strv *names = &counting->of_packs;
	size_t first = 0;
	int rc = 0;

	gm_strv_make_set(names);
	for (size_t i = 1; rc == 0 && i <= names->n; i++) {
		const char *name = names->items[first];
		size_t base = (size_t)(strrchr(name, '.') - name) + 1;
		if (i < names->n && !strncmp(names->items[i], name, base))
			continue;
		rc = judge_pack(counting, first, i);
		first = i;
	}
	return rc;
}

static int look_at_packs(struct counting *counting, const struct gm_source *source)
{
	counting->dir = source->pack_dir;
	int rc = gm_dir_each(source->pack_dir, sort_out, counting);

	if (rc == GM_ENOTFOUND)
		rc = 0;
	if (rc == 0)
		rc = judge_packs(counting);
	gm_strv_dispose(&counting->of_packs);
	counting->of_packs = (struct gm_strv)GM_STRV_INIT;
	return rc;
}

int gm_store_count_git(struct gm_git_count *out, struct gm_store *store,
	gm_store_report_fn garbage, void *payload)
{
	struct gm_git_count count = {.n_packed = 0};
	struct counting counting = {.out = &count,
		.store = store,
		.of_packs = GM_STRV_INIT,
		.garbage = garbage,
		.payload = payload};
	int rc = gm_store_refresh(store);

	/* A segment store may lack the folder. */
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++)
		rc = look_at_packs(&counting, store->sources[i]);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++) {
		const struct gm_source *source = store->sources[i];
		if (source->depth)
			continue;
		counting.source = source;
		rc = count_all_loose(&counting);
		for (size_t k = 0; rc == 0 && k < source->n_packs; k++)
			rc = count_pack(&count, source->packs[k]);
	}
	if (rc == 0)
		*out = count;
	return rc;
}

int gm_store_alternates(struct gm_strv *out, struct gm_store *store)
{
	int rc = gm_store_read_alternates(store);

	for (size_t i = 0; rc == 0 && i < store->n_sources; i++) {
		char path[PATH_MAX];
		if (store->sources[i]->depth && realpath(store->sources[i]->dir, path))
			rc = gm_strv_add(out, path);
	}
	return rc;
}
