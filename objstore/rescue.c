#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/rescue_internal.h"
#include "objstore/segment_flip.h"
#include "objstore/source.h"

/* What the cache of bases may hold, in bytes. */
#define BASES_MAX ((size_t)16 << 20)

bool gm_rescue_number(uint64_t *out, const char *name, const char *kind)
{
	static const char digits[] = "0123456789";
	size_t size = strlen(kind);
	const char *at = name + size + 1;

	if (strncmp(name, kind, size) != 0 || name[size] != '-')
		return false;
	size_t n = strspn(at, digits);
	bool is_merged =
		n && at[n] == '-' && at[n + 1] && !at[n + 1 + strspn(at + n + 1, digits)];
	if (!n || (at[n] && !is_merged))
		return false;
	*out = strtoull(at, NULL, 10);
	return *out <= GM_SEGMENT_NUMBER_MAX;
}

/* What the walk through one file gathers. */
struct walk {
	struct gm_rescue *rescue;
	size_t file;
	size_t group;     /* where the group began that is walked through */
	size_t n_changes; /* those before it; the rest may be dropped */
	bool is_broken;   /* it is damaged, and something sound follows */
	size_t n_sound;
};

static int add_copy(struct gm_rescue *rescue, size_t file, const struct gm_record *record,
	uint64_t at)
{
	uint64_t before;
	int rc = gm_grow(&rescue->copies, &rescue->cap_copies, rescue->n_copies + 1,
		sizeof(*rescue->copies));

	if (rc < 0)
		return rc;
	struct gm_rescue_copy *copy = &rescue->copies[rescue->n_copies];
	*copy = (struct gm_rescue_copy){.file = file, .offset = at};
	memcpy(copy->oid.bytes, record->oid, GM_OID_SIZE);
	if (gm_map_get(&before, &rescue->by_oid, &copy->oid))
		copy->before = (size_t)before + 1;
	return gm_map_put(&rescue->by_oid, &copy->oid, rescue->n_copies++);
}

static int add_change(
	struct gm_rescue *rescue, size_t file, const struct gm_record *record)
{
	int rc = gm_grow(&rescue->changes, &rescue->cap_changes, rescue->n_changes + 1,
		sizeof(*rescue->changes));

	if (rc == 0)
		rescue->changes[rescue->n_changes++] = (struct gm_rescue_change){
			rescue->files[file].number, record->payload, record->stored_size};
	return rc;
}

static int take_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct walk *walk = payload;

	walk->n_sound++;
	if (gm_record_is_object(record))
		return add_copy(walk->rescue, walk->file, record, offset);
	if (record->class == GM_RECORD_REF)
		return add_change(walk->rescue, walk->file, record);
	if (record->class != GM_RECORD_GROUP_END)
		return 0;
	walk->n_changes = walk->rescue->n_changes;
	walk->group = (size_t)offset + record->size;
	walk->is_broken = false;
	return 0;
}

static int note_damage(uint64_t from, uint64_t to, void *payload)
{
	struct walk *walk = payload;
	const struct gm_rescue_file *file = &walk->rescue->files[walk->file];

	walk->is_broken = walk->is_broken || to < file->size;
	if (walk->is_broken)
		return 0;
	size_t at;
	size_t next;
	int rc = gm_segment_flipped_group(
		&at, &next, file->map, walk->group, file->size, file->id);
	walk->is_broken = rc > 0 && at == from;
	return rc < 0 ? rc : 0;
}

/* Updates of refs at the end, in a group that was not finished, never came to be. */
static int walk_file(size_t *n_out, struct gm_rescue *rescue, size_t at, uint64_t id)
{
	struct gm_rescue_file *file = &rescue->files[at];
	struct walk walk = {.rescue = rescue,
		.file = at,
		.group = GM_SEGMENT_HEADER_SIZE,
		.n_changes = rescue->n_changes};
	const struct gm_segment_walk how = {take_record, note_damage, &walk};

	file->id = id;
	int rc = gm_segment_walk(
		file->map, GM_SEGMENT_HEADER_SIZE, file->size, file->id, &how);
	if (rc == GM_EINVALID)
		return gm_error_prefix("'%s'", file->path);
	if (!walk.is_broken)
		rescue->n_changes = walk.n_changes;
	*n_out = walk.n_sound;
	return rc;
}

/* What the manifest says of this number: 1 with the id, 0 when it names no such segment. */
static int named_id(uint64_t *out, const struct gm_rescue *rescue, uint64_t number)
{
	const struct gm_manifest_segment *line =
		gm_manifest_segment(&rescue->manifest, number);

	if (!line && number != rescue->manifest.active)
		return 0;
	*out = line ? line->id : rescue->manifest.active_id;
	return 1;
}

/* Of a file whose header is damaged the manifest may know the id, or what is left of it. */
static int walk_with_damaged_header(struct gm_rescue *rescue, size_t at)
{
	const struct gm_rescue_file *file = &rescue->files[at];
	uint64_t id;
	size_t n = 0;
	int rc = 0;

	if (named_id(&id, rescue, file->number))
		rc = walk_file(&n, rescue, at, id);
	return rc == 0 && !n ? walk_file(&n, rescue, at, gm_le64(file->map + 8)) : rc;
}

/*
 * One that stands in the place of another came from somewhere else. What nobody names may hold
 * objects that are of use, but its refs were never ours.
 */
static int walk_segment(struct gm_rescue *rescue, size_t at)
{
	struct gm_rescue_file *file = &rescue->files[at];
	size_t n_changes = rescue->n_changes;
	uint64_t id;
	size_t n;

	if (file->size < GM_SEGMENT_HEADER_SIZE)
		return 0;
	int rc = gm_segment_header_parse(
		&file->id, &file->number, file->map, file->size, file->path);
	if (rc == GM_EMISMATCH)
		return walk_with_damaged_header(rescue, at);
	if (rc < 0)
		return rc;
	bool is_named = named_id(&id, rescue, file->number);
	if (rescue->has_manifest && is_named && id != file->id)
		return 0;
	rc = walk_file(&n, rescue, at, file->id);
	if (rescue->has_manifest && !is_named)
		rescue->n_changes = n_changes;
	return rc;
}

/* One that is being filled belongs to a process that is alive. */
static int open_segment(struct gm_rescue *rescue, const char *name, uint64_t number)
{
	gm_autofree char *path = gm_path_join(rescue->dir, name);
	gm_autoclose int fd = -1;
	size_t size;
	int rc = path ? gm_open_regular(&fd, &size, path) : GM_ENOMEM;

	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return gm_error(GM_ELOCKED, "a process is still writing '%s'", path);
	rc = gm_grow(&rescue->files, &rescue->cap_files, rescue->n_files + 1,
		sizeof(*rescue->files));
	if (rc < 0)
		return rc;
	struct gm_rescue_file *file = &rescue->files[rescue->n_files];
	*file = (struct gm_rescue_file){.number = number, .size = size};
	if (size)
		rc = gm_map_fd(&file->map, fd, size, path);
	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	file->path = gm_steal(&path);
	rescue->n_files++;
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct gm_rescue_file *x = a;
	const struct gm_rescue_file *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Whether a file that the manifest names is there and is the one that is meant. */
static bool knows_a_file(const struct gm_rescue *rescue)
{
	uint64_t id;

	for (size_t i = 0; i < rescue->n_files; i++)
		if (named_id(&id, rescue, rescue->files[i].number) &&
			rescue->files[i].size >= GM_SEGMENT_HEADER_SIZE &&
			gm_le64(rescue->files[i].map + 8) == id)
			return true;
	return false;
}

bool gm_rescue_lacks_newest(const struct gm_rescue *rescue)
{
	bool lacks = rescue->has_manifest;

	for (size_t i = 0; i < rescue->n_files; i++)
		lacks = lacks &&
			(rescue->files[i].number != rescue->manifest.active ||
				rescue->files[i].id != rescue->manifest.active_id);
	return lacks;
}

/* One that is damaged, or is that of another store, is none. */
static int read_manifest(struct gm_rescue *rescue)
{
	gm_autofree char *path = gm_path_join(rescue->dir, "manifest");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = path ? gm_file_read(&text, path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_manifest_parse(&rescue->manifest, gm_buf_str(&text), text.size);
	if (gm_source_is_final(rc) || rc == GM_EINVALID)
		return rc;
	rescue->has_manifest = rc == 0 && knows_a_file(rescue);
	if (!rescue->has_manifest)
		gm_manifest_dispose(&rescue->manifest);
	return 0;
}

static int add_name(const char *name, void *payload)
{
	struct gm_rescue *rescue = payload;
	uint64_t number;
	int rc = gm_strv_add(&rescue->names, name);

	return rc == 0 && gm_rescue_number(&number, name, "seg")
		? open_segment(rescue, name, number)
		: rc;
}

static int scan(struct gm_rescue *rescue)
{
	int rc = gm_dir_each(rescue->dir, add_name, rescue);

	if (rc < 0)
		return rc;
	gm_strv_make_set(&rescue->names);
	if (rescue->n_files)
		qsort(rescue->files, rescue->n_files, sizeof(*rescue->files),
			compare_files);
	rc = read_manifest(rescue);
	for (size_t i = 0; rc == 0 && i < rescue->n_files; i++)
		rc = walk_segment(rescue, i);
	return rc < 0 ? rc : gm_rescue_find_dictionaries(rescue);
}

int gm_rescue_open(struct gm_rescue **out, const char *dir)
{
	gm_cleanup(gm_rescue_free_p) struct gm_rescue *rescue =
		gm_calloc(1, sizeof(*rescue));

	if (!rescue)
		return GM_ENOMEM;
	rescue->by_oid = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	rescue->view.bases.max = BASES_MAX;
	rescue->dir = gm_strdup(dir);
	rescue->view.dir = rescue->dir;
	int rc = rescue->dir ? scan(rescue) : GM_ENOMEM;
	if (rc < 0)
		return rc;
	*out = gm_steal(&rescue);
	return 0;
}

void gm_rescue_free(struct gm_rescue *rescue)
{
	if (!rescue)
		return;
	for (size_t i = 0; i < rescue->n_files; i++) {
		if (rescue->files[i].map)
			(void)munmap((void *)(uintptr_t)rescue->files[i].map,
				rescue->files[i].size); /* as mapped */
		gm_free(rescue->files[i].path);
	}
	for (size_t i = 0; i < GM_DICTIONARY_SLOTS; i++)
		gm_dictionary_free(rescue->view.dictionaries[i]);
	gm_codec_dispose(&rescue->view.codec);
	gm_cache_dispose(&rescue->view.bases);
	gm_manifest_dispose(&rescue->view.manifest);
	gm_manifest_dispose(&rescue->manifest);
	gm_strv_dispose(&rescue->names);
	gm_map_dispose(&rescue->by_oid);
	gm_free(rescue->files);
	gm_free(rescue->copies);
	gm_free(rescue->changes);
	gm_free(rescue->dir);
	gm_free(rescue);
}
