#include "objstore/rescue_git.h"

#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/strv.h"
#include "objstore/internal.h"
#include "objstore/loose.h"

struct search {
	struct gm_store *store;
	const char *dir;
	const char *kept;
	struct gm_strv files; /* loose ones that are damaged, below `dir` */
	struct gm_strv packs; /* damaged ones, without the ending */
	struct gm_oid *oids;
	size_t n;
	size_t cap;
};

/* The path of a pack's file without its ending; NULL when it is none. */
static char *pack_base(const char *path)
{
	const char *dot = strrchr(path, '.');
	bool is_pack = dot && (!strcmp(dot, ".pack") || !strcmp(dot, ".idx"));

	return is_pack ? gm_strndup(path, (size_t)(dot - path)) : NULL;
}

/* Folders that others borrow from are not ours to mend. */
static int note_fault(const char *subject, const char *fault, void *payload)
{
	struct search *search = payload;
	size_t size = strlen(search->dir);

	(void)fault;
	if (strncmp(subject, search->dir, size) != 0 || subject[size] != '/')
		return 0;
	gm_autofree char *base = pack_base(subject);
	if (base)
		return gm_strv_add(&search->packs, base);
	return gm_is_dir(subject) ? 0 : gm_strv_add(&search->files, subject + size + 1);
}

static int add_object(const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	int rc = gm_grow(
		&search->oids, &search->cap, search->n + 1, sizeof(*search->oids));

	if (rc == 0)
		search->oids[search->n++] = *oid;
	return rc;
}

/* Wherever there is a copy of an object that cannot be read, that one is damaged. */
static int note_broken(struct search *search, const struct gm_oid *oid)
{
	struct gm_source *source = search->store->sources[0];
	size_t size = strlen(search->dir);
	uint64_t offset;
	int rc = gm_loose_path(&search->store->path, search->dir, oid);

	if (rc == 0 && gm_path_exists(search->store->path.ptr))
		rc = gm_strv_add(&search->files, search->store->path.ptr + size + 1);
	for (size_t i = 0; rc == 0 && i < source->n_packs; i++)
		if (gm_pack_find(&offset, source->packs[i], oid) == 0)
			rc = gm_strv_add(&search->packs, source->packs[i]->base);
	return rc;
}

static int read_all(struct search *search)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = gm_store_each(search->store, add_object, search);

	for (size_t i = 0; rc == 0 && i < search->n; i++) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = gm_store_read(&data, &type, search->store, &search->oids[i]);
		if (rc < 0 && !gm_source_is_final(rc))
			rc = note_broken(search, &search->oids[i]);
	}
	return rc;
}

static int move_file(size_t *n_out, const struct search *search, const char *name)
{
	gm_autofree char *from = gm_path_join(search->dir, name);
	gm_autofree char *to = gm_path_join(search->kept, name);
	int rc = from && to ? 0 : GM_ENOMEM;

	if (rc < 0 || !gm_path_exists(from))
		return rc;
	rc = gm_mkdirs_for(to);
	if (rc == 0)
		rc = gm_rename(from, to);
	*n_out += rc == 0;
	return rc;
}

static int move_pack(size_t *n_out, const struct search *search, const char *base)
{
	static const char *const endings[] = {
		"idx", "rev", "bitmap", "mtimes", "keep", "pack"};
	const char *name = base + strlen(search->dir) + 1;
	int rc = gm_rescue_pack(search->dir, base);

	for (size_t i = 0; rc == 0 && i < sizeof(endings) / sizeof(*endings); i++) {
		gm_autofree char *file = gm_format("%s.%s", name, endings[i]);
		rc = file ? move_file(n_out, search, file) : GM_ENOMEM;
	}
	return rc;
}

static int rescue(size_t *n_out, struct search *search)
{
	int rc = gm_store_check(search->store, note_fault, search);

	if (rc == 0)
		rc = read_all(search);
	gm_strv_make_set(&search->files);
	gm_strv_make_set(&search->packs);
	for (size_t i = 0; rc == 0 && i < search->files.n; i++)
		rc = move_file(n_out, search, search->files.items[i]);
	for (size_t i = 0; rc == 0 && i < search->packs.n; i++)
		rc = move_pack(n_out, search, search->packs.items[i]);
	return rc;
}

int gm_rescue_git(size_t *n_out, const char *dir, const char *kept)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	size_t n = 0;
	int rc = gm_store_open(&store, dir);
	struct search search = {.store = store, .dir = dir, .kept = kept};

	if (rc == 0)
		rc = rescue(&n, &search);
	gm_strv_dispose(&search.files);
	gm_strv_dispose(&search.packs);
	gm_free(search.oids);
	if (rc == 0)
		*n_out = n;
	return rc;
}
