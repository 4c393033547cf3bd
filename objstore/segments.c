#include "objstore/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/segment_io.h"
#include "objstore/segment_refs.h"
#include "objstore/source.h"

#define MANIFEST_MAX ((size_t)64 << 20)
#define RELOADS_MAX 10

/* What the cache of bases may hold, in bytes. */
#define BASES_MAX ((size_t)16 << 20)

static char *manifest_path(const struct gm_segments *segments)
{
	return gm_path_join(segments->dir, "manifest");
}

int gm_segments_begin(const char *dir, struct gm_manifest *manifest)
{
	gm_autoclose int fd = -1;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *path = gm_path_join(dir, "manifest");

	if (!path)
		return GM_ENOMEM;
	int rc = gm_segment_create(&fd, &manifest->active, &manifest->active_id, dir);
	if (rc == 0)
		rc = gm_fdatasync(fd, dir);
	/* Its name, too, before anything names it. */
	if (rc == 0)
		rc = gm_fsync_dir(dir);
	if (rc == 0)
		rc = gm_manifest_format(&text, manifest);
	return rc < 0 ? rc : gm_file_write(path, text.ptr, text.size);
}

int gm_segments_create(const char *gitdir)
{
	gm_autofree char *dir = gm_path_join(gitdir, "store");
	gm_autofree char *path = gm_path_join(gitdir, "store/manifest");
	gm_automanifest manifest = {.active = 1};

	if (!dir || !path)
		return GM_ENOMEM;
	if (gm_path_exists(path))
		return gm_error(GM_EEXISTS, "'%s' exists already", path);
	int rc = gm_mkdirs(dir);
	if (rc == 0)
		rc = gm_fsync_dir(gitdir);
	return rc < 0 ? rc : gm_segments_begin(dir, &manifest);
}

static void drop_files(struct gm_segments *segments)
{
	for (size_t i = 0; segments->sealed && i < segments->manifest.n_segments; i++)
		gm_segment_free(segments->sealed[i]);
	for (size_t i = 0; segments->indexes && i < segments->manifest.n_indexes; i++)
		gm_segment_index_free(segments->indexes[i]);
	gm_free(segments->sealed);
	gm_free(segments->indexes);
	gm_tail_free(segments->tail);
	segments->sealed = NULL;
	segments->indexes = NULL;
	segments->tail = NULL;
	gm_free(segments->fault);
	segments->fault = NULL;
}

void gm_segments_free(struct gm_segments *segments)
{
	if (!segments)
		return;
	drop_files(segments);
	gm_manifest_dispose(&segments->manifest);
	for (size_t i = 0; i < GM_DICTIONARY_SLOTS; i++)
		gm_dictionary_free(segments->dictionaries[i]);
	gm_codec_dispose(&segments->codec);
	gm_cache_dispose(&segments->bases);
	gm_map_dispose(&segments->names);
	gm_free(segments->name_list);
	gm_ref_table_free(segments->refs);
	gm_close_p(&segments->manifest_fd);
	gm_lock_release(segments->lock);
	gm_close_p(&segments->upkeep_fd);
	gm_close_p(&segments->batches_fd);
	gm_free(segments->dir);
	gm_free(segments);
}

static int own_fault(const struct gm_segments *segments)
{
	return segments->fault ? gm_error(segments->fault_code, "%s", segments->fault)
			       : 0;
}

int gm_segments_fault(struct gm_segments *segments)
{
	int rc = own_fault(segments);

	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		rc = gm_segment_index_check(segments->indexes[i]);
	return rc;
}

int gm_segments_fault_of(struct gm_segments *segments, unsigned first, unsigned last)
{
	int rc = own_fault(segments);

	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		rc = gm_segment_index_check_names(segments->indexes[i], first, last);
	return rc;
}

/* What is broken must not keep us from what is whole: remember it, and go on. */
static int note_fault(struct gm_segments *segments, int rc)
{
	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	if (segments->fault)
		return 0;
	segments->fault = gm_strdup(gm_error_last()->message);
	segments->fault_code = rc == GM_ENOTFOUND ? GM_EMISMATCH : rc;
	return segments->fault ? 0 : GM_ENOMEM;
}

static int open_index(struct gm_segments *segments, struct gm_segments *old, size_t at)
{
	const char *file = segments->manifest.indexes[at].file;

	for (size_t i = 0; i < old->manifest.n_indexes; i++) {
		struct gm_segment_index *index = old->indexes[i];
		if (!index || strcmp(index->file, file) != 0)
			continue;
		segments->indexes[at] = gm_steal(&old->indexes[i]);
		return 0;
	}
	return gm_segment_index_open(&segments->indexes[at], segments->dir, file);
}

static int open_tail(struct gm_segments *segments, struct gm_segments *old)
{
	const struct gm_manifest *manifest = &segments->manifest;

	if (old->tail && old->tail->number == manifest->active &&
		old->tail->id == manifest->active_id) {
		segments->tail = gm_steal(&old->tail);
		int rc = gm_tail_refresh(segments->tail);
		if (rc < 0)
			gm_tail_free(gm_steal(&segments->tail));
		return rc;
	}
	return gm_tail_open(
		&segments->tail, segments->dir, manifest->active, manifest->active_id);
}

/* Both lists are sorted by number. */
static void take_sealed(struct gm_segments *segments, struct gm_segments *old)
{
	size_t k = 0;

	for (size_t i = 0; i < segments->manifest.n_segments; i++) {
		const struct gm_manifest_segment *what = &segments->manifest.segments[i];
		while (k < old->manifest.n_segments &&
			old->manifest.segments[k].number < what->number)
			k++;
		if (k < old->manifest.n_segments && old->sealed[k] &&
			old->sealed[k]->id == what->id &&
			old->sealed[k]->size == what->size)
			segments->sealed[i] = gm_steal(&old->sealed[k]);
	}
}

/*
 * Open what the manifest names; `*gone` is set when something does not exist, which a newer
 * manifest may explain.
 */
static int open_files(struct gm_segments *segments, struct gm_segments *old, bool *gone)
{
	const struct gm_manifest *manifest = &segments->manifest;

	segments->sealed = gm_calloc(manifest->n_segments, sizeof(*segments->sealed));
	segments->indexes = gm_calloc(manifest->n_indexes, sizeof(*segments->indexes));
	if (!segments->sealed || !segments->indexes)
		return GM_ENOMEM;
	int rc = open_tail(segments, old);
	*gone = rc == GM_ENOTFOUND;
	rc = note_fault(segments, rc < 0 ? rc : 0);
	for (size_t i = 0; rc == 0 && i < manifest->n_indexes; i++) {
		rc = open_index(segments, old, i);
		*gone = *gone || rc == GM_ENOTFOUND;
		rc = note_fault(segments, rc);
	}
	take_sealed(segments, old);
	return rc;
}

static void drop_dictionaries(
	struct gm_segments *segments, const struct gm_manifest *manifest)
{
	for (unsigned slot = 0; slot < GM_DICTIONARY_SLOTS; slot++) {
		const char *before = NULL;
		const char *now = NULL;
		if (!segments->dictionaries[slot])
			continue;
		for (size_t i = 0; i < segments->manifest.n_dictionaries; i++)
			if (segments->manifest.dictionaries[i].slot == slot)
				before = segments->manifest.dictionaries[i].file;
		for (size_t i = 0; i < manifest->n_dictionaries; i++)
			if (manifest->dictionaries[i].slot == slot)
				now = manifest->dictionaries[i].file;
		if (before && now && !strcmp(before, now))
			continue;
		gm_dictionary_free(gm_steal(&segments->dictionaries[slot]));
	}
}

/* Put what was opened in place of what there was. */
static void adopt(struct gm_segments *segments, struct gm_segments *fresh)
{
	drop_dictionaries(segments, &fresh->manifest);
	drop_files(segments);
	gm_manifest_dispose(&segments->manifest);
	gm_close_p(&segments->manifest_fd);
	segments->manifest_fd = fresh->manifest_fd;
	segments->manifest = fresh->manifest;
	segments->sealed = fresh->sealed;
	segments->indexes = fresh->indexes;
	segments->tail = fresh->tail;
	segments->fault = fresh->fault;
	segments->fault_code = fresh->fault_code;
	segments->inode = fresh->inode;
	segments->size = fresh->size;
	segments->modified = fresh->modified;
}

static bool is_same(const struct gm_segments *segments, const struct stat *st)
{
	return segments->inode == st->st_ino && segments->size == st->st_size &&
		segments->modified.tv_sec == st->st_mtim.tv_sec &&
		segments->modified.tv_nsec == st->st_mtim.tv_nsec;
}

static int stat_manifest(struct stat *st, const char *path)
{
	if (stat(path, st) == 0)
		return 0;
	return errno == ENOENT ? GM_ENOTFOUND : gm_error_errno("cannot read '%s'", path);
}

static int read_manifest(struct gm_segments *fresh, const char *path)
{
	gm_autobuf text = GM_BUF_INIT(MANIFEST_MAX);
	struct stat st;
	size_t size;
	int rc = gm_open_regular(&fresh->manifest_fd, &size, path);

	if (rc < 0)
		return rc;
	/* Looked at before it is read: what comes between is seen the next time. */
	if (fstat(fresh->manifest_fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", path);
	fresh->inode = st.st_ino;
	fresh->size = st.st_size;
	fresh->modified = st.st_mtim;
	rc = gm_file_read_fd(&text, fresh->manifest_fd, path);
	return rc < 0 ? rc
		      : gm_manifest_parse(&fresh->manifest, gm_buf_str(&text), text.size);
}

/* One attempt, which takes over the open files of the present state if it succeeds. */
static int load_once(struct gm_segments *segments, const char *path, bool *gone)
{
	struct gm_segments fresh = {.dir = segments->dir, .manifest_fd = -1};
	int rc = read_manifest(&fresh, path);

	if (rc == 0)
		rc = open_files(&fresh, segments, gone);
	if (rc < 0) {
		drop_files(&fresh);
		gm_manifest_dispose(&fresh.manifest);
		gm_close_p(&fresh.manifest_fd);
		return rc;
	}
	adopt(segments, &fresh);
	return 0;
}

static int load(struct gm_segments *segments)
{
	gm_autofree char *path = manifest_path(segments);
	struct stat st;
	int rc = 0;

	if (!path)
		return GM_ENOMEM;
	for (int tries = 0; tries < RELOADS_MAX; tries++) {
		bool gone = false;
		rc = load_once(segments, path, &gone);
		if (rc < 0 || !gone)
			return rc;
		if (stat_manifest(&st, path) == 0 && is_same(segments, &st))
			return 0;
	}
	return rc;
}

int gm_segments_open(struct gm_segments **out, const char *gitdir)
{
	gm_cleanup(gm_segments_free_p) struct gm_segments *segments =
		gm_calloc(1, sizeof(*segments));

	if (!segments)
		return GM_ENOMEM;
	segments->manifest_fd = -1;
	segments->upkeep_fd = segments->batches_fd = -1;
	segments->is_flushed = true;
	segments->bases.max = BASES_MAX;
	segments->names = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	segments->dir = gm_path_join(gitdir, "store");
	gm_autofree char *path = gm_path_join(gitdir, "store/manifest");
	if (!segments->dir || !path)
		return GM_ENOMEM;
	if (!gm_path_exists(path))
		return gm_path_exists(segments->dir)
			? gm_error(GM_EMISMATCH, "'%s' is missing", path)
			: GM_ENOTFOUND;
	int rc = load(segments);
	if (rc < 0)
		return rc;
	*out = gm_steal(&segments);
	return 0;
}

bool gm_segments_is_current(const struct gm_segments *segments)
{
	gm_autofree char *path = manifest_path(segments);
	struct stat st;

	return path && stat(path, &st) == 0 && is_same(segments, &st);
}

int gm_segments_refresh(struct gm_segments *segments)
{
	gm_autofree char *path = manifest_path(segments);
	struct stat st;
	int rc = path ? stat_manifest(&st, path) : GM_ENOMEM;

	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "'%s' is missing", path);
	if (rc < 0)
		return rc;
	if (is_same(segments, &st))
		/* Nobody else appends as long as a group of ours is open. */
		return segments->tail && !segments->open_from
			? gm_tail_refresh(segments->tail)
			: 0;
	rc = load(segments);
	return rc < 0 ? rc : 1;
}

int gm_segments_retry(struct gm_segments *segments, int rc, int *tries)
{
	const struct gm_error seen = *gm_error_last();

	if (rc >= 0 || gm_source_is_final(rc) || ++*tries > RELOADS_MAX)
		return 0;
	int changed = gm_segments_refresh(segments);
	if (changed == 0 && rc != GM_ENOTFOUND)
		(void)gm_error((enum gm_errcode)rc, "%s", seen.message);
	return changed;
}

/* What has gone is damage, unless a newer manifest explains it: gm_segments_retry(). */
int gm_segments_sealed(struct gm_segment **out, struct gm_segments *segments, size_t at)
{
	const struct gm_manifest_segment *what = &segments->manifest.segments[at];
	int rc = 0;

	if (!segments->sealed[at])
		rc = gm_segment_open(&segments->sealed[at], segments->dir, what->number,
			what->id, what->size);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "%s", gm_error_last()->message);
	if (rc == 0)
		*out = segments->sealed[at];
	return rc;
}

static int dictionary_of(struct gm_dictionary **out, struct gm_segments *segments,
	const struct gm_manifest_dictionary *what)
{
	struct gm_dictionary **slot = &segments->dictionaries[what->slot];
	int rc = *slot ? 0 : gm_dictionary_open(slot, segments->dir, what);

	if (rc == GM_ENOTFOUND)
		return gm_error(
			GM_EMISMATCH, "the dictionary '%s' is missing", what->file);
	*out = *slot;
	return rc;
}

int gm_segments_dictionary_at(
	struct gm_dictionary **out, struct gm_segments *segments, unsigned slot)
{
	for (size_t i = 0; i < segments->manifest.n_dictionaries; i++)
		if (segments->manifest.dictionaries[i].slot == slot)
			return dictionary_of(
				out, segments, &segments->manifest.dictionaries[i]);
	return gm_error(GM_EMISMATCH, "there is no dictionary number %u", slot);
}

/*
 * The latest one of the class for writers. Those of gc are not for them: it takes one away when it
 * has written anew what it wrote with it.
 */
int gm_segments_dictionary(struct gm_dictionary **out, struct gm_segments *segments,
	enum gm_object_type class)
{
	const struct gm_manifest *manifest = &segments->manifest;

	*out = NULL;
	for (size_t i = manifest->n_dictionaries; i-- > 0;)
		if (manifest->dictionaries[i].class == class &&
			manifest->dictionaries[i].slot < GM_DICTIONARY_SLOT_GC)
			return dictionary_of(out, segments, &manifest->dictionaries[i]);
	return 0;
}
