#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mapping.h"
#include "objstore/name_map_internal.h"

/* Nobody lets the log grow that far. In bytes. */
#define RECENT_SIZE_MAX ((size_t)4 << 20)

/* So many are kept in memory before they are saved. */
#define UNSAVED_MAX ((size_t)1 << 17)

/* Files come and go while they are listed; so often it is tried. */
#define TRIES_MAX 4

int gm_name_map_open(struct gm_name_map **out, const char *dir)
{
	gm_cleanup(gm_name_map_free_p) struct gm_name_map *map =
		gm_calloc(1, sizeof(*map));

	if (!map)
		return GM_ENOMEM;
	map->names = (struct gm_name_list)GM_NAME_LIST_INIT;
	map->dir = gm_strdup(dir);
	map->recent_path = gm_path_join(dir, "recent");
	map->old_path = gm_path_join(dir, "recent-old");
	if (!map->dir || !map->recent_path || !map->old_path)
		return GM_ENOMEM;
	*out = gm_steal(&map);
	return 0;
}

static void drop_files(struct gm_name_map *map)
{
	for (size_t i = 0; i < map->n_files; i++)
		gm_name_map_file_free(map->files[i]);
	map->n_files = 0;
}

void gm_name_map_free(struct gm_name_map *map)
{
	if (!map)
		return;
	drop_files(map);
	gm_free(map->files);
	gm_name_list_dispose(&map->names);
	gm_free(map->recent_path);
	gm_free(map->old_path);
	gm_free(map->dir);
	gm_free(map);
}

struct listing {
	struct gm_name_map *map;
	bool is_lost; /* a file went away */
};

static int add_file(const char *name, void *payload)
{
	struct listing *listing = payload;
	struct gm_name_map *map = listing->map;
	uint32_t number;

	if (!gm_name_map_file_number(&number, name))
		return 0;
	int rc = gm_grow(&map->files, &map->cap_files, map->n_files + 1,
		sizeof(struct gm_name_map_file *));
	if (rc == 0)
		rc = gm_name_map_file_open(&map->files[map->n_files], map->dir, number);
	map->n_files += rc == 0;
	listing->is_lost = listing->is_lost || rc == GM_ENOTFOUND;
	return rc == GM_ENOMEM ? rc : 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct gm_name_map_file *const *x = a, *const *y = b;

	return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static int list_files(struct gm_name_map *map)
{
	struct listing listing = {map, true};
	int rc = 0;

	for (int i = 0; rc == 0 && listing.is_lost && i < TRIES_MAX; i++) {
		listing.is_lost = false;
		drop_files(map);
		rc = gm_dir_each(map->dir, add_file, &listing);
		rc = rc == GM_ENOMEM ? rc : 0;
	}
	if (map->n_files)
		qsort(map->files, map->n_files, sizeof(struct gm_name_map_file *),
			compare_files);
	return rc;
}

/* What a writer was killed in the middle of is stepped over, byte by byte. */
static int take_entries(struct gm_name_map *map, const uint8_t *bytes, size_t size)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && size - at >= GM_NAME_ENTRY_SIZE) {
		struct gm_name_entry entry;
		if (!gm_name_entry_get(&entry, bytes + at)) {
			at++;
			continue;
		}
		rc = gm_name_list_add(&map->names, &entry.oid, entry.sha256);
		at += GM_NAME_ENTRY_SIZE;
	}
	return rc;
}

/* `st` tells what was read, if anything was. */
static int read_log(struct gm_name_map *map, struct stat *st, const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
		return 0;
	size_t size = (size_t)st->st_size;
	if (!size || size > RECENT_SIZE_MAX)
		return 0;
	gm_autofree uint8_t *bytes = gm_malloc(size);
	if (!bytes)
		return GM_ENOMEM;
	ssize_t n = pread(fd, bytes, size, 0);
	return n > 0 ? take_entries(map, bytes, (size_t)n) : 0;
}

static int read_logs(struct gm_name_map *map)
{
	struct stat st = {.st_ino = 0}, old;
	int rc = read_log(map, &st, map->recent_path);

	map->recent_inode = st.st_ino;
	map->recent_size = (size_t)st.st_size;
	return rc < 0 ? rc : read_log(map, &old, map->old_path);
}

/* The names that were not saved, in a list of their own. */
static int split_unsaved(struct gm_name_list *out, const struct gm_name_map *map)
{
	int rc = 0;

	for (size_t i = map->n_saved; rc == 0 && i < map->names.n; i++)
		rc = gm_name_list_add(
			out, &map->names.items[i].oid, map->names.items[i].sha256);
	return rc;
}

/* When a file was last added to the folder or taken away. */
static struct timespec modified(const struct gm_name_map *map)
{
	struct stat st;

	return stat(map->dir, &st) == 0 ? st.st_mtim : (struct timespec){.tv_sec = 0};
}

int gm_name_map_reload(struct gm_name_map *map)
{
	gm_autonamelist unsaved = GM_NAME_LIST_INIT;
	int rc = split_unsaved(&unsaved, map);

	if (rc < 0)
		return rc;
	gm_name_list_dispose(&map->names);
	map->n_saved = 0;
	map->modified = modified(map);
	/* In the order in which names move on: at worst they are seen twice. */
	rc = read_logs(map);
	map->n_saved = map->names.n;
	if (rc == 0)
		rc = list_files(map);
	for (size_t i = 0; i < unsaved.n; i++) {
		int added = gm_name_list_add(
			&map->names, &unsaved.items[i].oid, unsaved.items[i].sha256);
		rc = rc < 0 ? rc : added;
	}
	map->is_read = rc == 0;
	return rc;
}

static int find_in_files(uint8_t out[GM_SHA256_SIZE], const struct gm_name_map *map,
	const struct gm_oid *oid)
{
	int rc = GM_ENOTFOUND;

	for (size_t i = map->n_files; rc == GM_ENOTFOUND && i-- > 0;)
		rc = gm_name_map_file_find(out, map->files[i], oid);
	return rc;
}

int gm_name_map_find(
	uint8_t out[GM_SHA256_SIZE], struct gm_name_map *map, const struct gm_oid *oid)
{
	int rc = map->is_read ? 0 : gm_name_map_reload(map);

	if (rc == 0)
		rc = gm_name_list_find(out, &map->names, oid);
	return rc == GM_ENOTFOUND ? find_in_files(out, map, oid) : rc;
}

int gm_name_map_each_sha256(struct gm_name_map *map, const uint8_t sha256[GM_SHA256_SIZE],
	gm_name_map_each_fn each, void *payload)
{
	int rc = map->is_read ? 0 : gm_name_map_reload(map);

	for (size_t i = 0; rc == 0 && i < map->names.n; i++)
		if (!memcmp(map->names.items[i].sha256, sha256, GM_SHA256_SIZE))
			rc = each(&map->names.items[i].oid, payload);
	for (size_t i = 0; rc == 0 && i < map->n_files; i++) {
		struct gm_oid oid;
		if (gm_name_map_file_find_sha256(&oid, map->files[i], sha256) == 0)
			rc = each(&oid, payload);
	}
	return rc;
}

int gm_name_map_add(struct gm_name_map *map, const struct gm_oid *oid,
	const uint8_t sha256[GM_SHA256_SIZE])
{
	int rc = gm_name_list_add(&map->names, oid, sha256);

	if (rc == 0 && (map->names.n - map->n_saved) % UNSAVED_MAX == UNSAVED_MAX - 1)
		gm_name_map_save(map);
	return rc;
}

int gm_name_map_refresh(struct gm_name_map *map)
{
	struct stat st = {.st_ino = 0};
	struct timespec now = modified(map);

	(void)stat(map->recent_path, &st); /* there may be none */
	if (map->is_read && st.st_ino == map->recent_inode &&
		(size_t)st.st_size == map->recent_size &&
		now.tv_sec == map->modified.tv_sec &&
		now.tv_nsec == map->modified.tv_nsec)
		return 0;
	return gm_name_map_reload(map);
}
