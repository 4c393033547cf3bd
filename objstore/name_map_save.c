#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/name_map_internal.h"

/* The most that is rewritten on the way, in entries: some 4 MB. */
#define MERGE_MAX ((size_t)70000)

/* Beyond this nothing is added to the log: who should have shortened it could not. */
#define RECENT_STUCK (64 * GM_NAME_RECENT_MAX * (off_t)GM_NAME_ENTRY_SIZE)

/* Who has much to save waits so long for another one who does. */
#define LOCK_TRIES 20
#define LOCK_WAIT_NS 10000000

/* Entries of a file in the making. */
struct entries {
	struct gm_name_entry *items;
	size_t n;
	size_t cap;
};

static int add_entry(struct entries *entries, const struct gm_name_entry *entry)
{
	int rc = gm_grow(
		&entries->items, &entries->cap, entries->n + 1, sizeof(*entries->items));

	if (rc == 0)
		entries->items[entries->n++] = *entry;
	return rc;
}

static int add_file(struct entries *entries, const struct gm_name_map_file *file)
{
	struct gm_name_entry entry;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < file->n; i++)
		if (gm_name_map_file_entry(&entry, file, i))
			rc = add_entry(entries, &entry);
	return rc;
}

/* The log and all that is in memory, and files that are not much larger, the newest first. */
static int gather(struct entries *out, size_t *n_left_out, const struct gm_name_map *map,
	bool is_bulk)
{
	size_t left = map->n_files;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < map->names.n; i++)
		rc = add_entry(out, &map->names.items[i]);
	while (rc == 0 && left) {
		const struct gm_name_map_file *file = map->files[left - 1];
		if (file->n / 2 >= out->n || (!is_bulk && file->n + out->n > MERGE_MAX))
			break;
		rc = add_file(out, file);
		left--;
	}
	*n_left_out = left;
	return rc;
}

static bool is_listed(const struct gm_name_map *map, uint32_t number)
{
	for (size_t i = 0; i < map->n_files; i++)
		if (map->files[i]->number == number)
			return true;
	return false;
}

/* The lock is held: what nobody can use, and what a writer left that was killed. */
static int remove_litter(const char *name, void *payload)
{
	const struct gm_name_map *map = payload;
	uint32_t number;
	bool is_litter = !strncmp(name, "tmp-", 4) ||
		(gm_name_map_file_number(&number, name) && !is_listed(map, number));
	gm_autofree char *path = is_litter ? gm_path_join(map->dir, name) : NULL;

	if (path)
		(void)gm_unlink(path);
	return 0;
}

static int merge(struct gm_name_map *map, bool is_bulk)
{
	struct entries entries = {.items = NULL};
	size_t left;

	/* Others go on with a new log. One may be left by a writer that was killed. */
	if (!gm_path_exists(map->old_path) && gm_path_exists(map->recent_path))
		(void)gm_rename(map->recent_path, map->old_path);
	int rc = gm_name_map_reload(map);
	if (rc < 0)
		return rc;
	(void)gm_dir_each(map->dir, remove_litter, map);
	rc = gather(&entries, &left, map, is_bulk);
	uint32_t number = map->n_files ? map->files[map->n_files - 1]->number + 1 : 1;
	if (rc == 0)
		rc = gm_name_map_file_write(map->dir, number, entries.items, entries.n);
	gm_free(entries.items);
	for (size_t i = left; rc == 0 && i < map->n_files; i++) {
		gm_autofree char *path =
			gm_format("%s/map-%08u", map->dir, map->files[i]->number);
		rc = path ? gm_unlink(path) : GM_ENOMEM;
	}
	if (rc == 0)
		rc = gm_unlink(map->old_path);
	if (rc < 0)
		return rc;
	map->n_saved = map->names.n;
	return gm_name_map_reload(map);
}

/* False when another one has it. */
static bool lock(int fd, bool may_wait)
{
	const struct timespec wait = {.tv_nsec = LOCK_WAIT_NS};

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (!may_wait || i == LOCK_TRIES)
			return false;
		(void)nanosleep(&wait, NULL);
	}
	return true;
}

static int merge_alone(struct gm_name_map *map, bool is_bulk)
{
	gm_autofree char *path = gm_path_join(map->dir, "lock");

	if (!path)
		return GM_ENOMEM;
	gm_autoclose int fd = gm_sys_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	return fd >= 0 && lock(fd, is_bulk) ? merge(map, is_bulk) : GM_ENO;
}

static int put_unsaved(struct gm_buf *out, const struct gm_name_map *map)
{
	uint8_t bytes[GM_NAME_ENTRY_SIZE];
	int rc = 0;

	for (size_t i = map->n_saved; rc == 0 && i < map->names.n; i++) {
		gm_name_entry_put(bytes, &map->names.items[i]);
		rc = gm_buf_put(out, bytes, sizeof(bytes));
	}
	return rc;
}

/* 1 when the log is long enough to be made a file of. */
static int append(struct gm_name_map *map)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = put_unsaved(&bytes, map);
	struct stat st;

	if (rc < 0)
		return rc;
	gm_autoclose int fd = gm_sys_open(
		map->recent_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot write '%s'", map->recent_path);
	if (st.st_size < RECENT_STUCK)
		rc = gm_write_all(fd, bytes.ptr, bytes.size, map->recent_path);
	if (rc < 0)
		return rc;
	if (st.st_ino == map->recent_inode && (size_t)st.st_size == map->recent_size)
		map->recent_size += bytes.size;
	return (size_t)st.st_size + bytes.size >=
		GM_NAME_RECENT_MAX * (size_t)GM_NAME_ENTRY_SIZE;
}

void gm_name_map_save(struct gm_name_map *map)
{
	size_t n = map->names.n - map->n_saved;
	bool is_bulk = n > GM_NAME_RECENT_MAX;
	int rc = 1;

	if (!n)
		return;
	if (!map->modified.tv_sec)                  /* it was not there */
		(void)gm_sys_mkdir(map->dir, 0777); /* if not, nothing below works */
	if (!is_bulk)
		rc = append(map);
	if (rc == 0 || (rc > 0 && !is_bulk))
		map->n_saved = map->names.n;
	/* When it fails the log stays long, or the names are tried to be saved again. */
	if (rc > 0)
		(void)merge_alone(map, is_bulk);
}
