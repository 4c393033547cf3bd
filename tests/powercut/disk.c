#include "tests/powercut/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/powercut/file_data.h"

#define NO_FILE UINT64_MAX

/* What `folder` has under `name`; `file` is NO_FILE when it is gone. */
struct entry {
	uint64_t folder;
	const char *name;
	size_t name_size;
	uint64_t file;
	size_t order; /* the number of the change that made it so */
};

struct entries {
	struct entry *items;
	size_t n;
	size_t cap;
};

/* Changes of names that happen together: one, or the two of a rename. */
struct change {
	struct entry parts[2];
	size_t n_parts;
};

struct changes {
	struct change *items;
	size_t n;
	size_t cap;
};

struct node {
	uint64_t number;
	bool is_folder;
	struct file_data data;
	unsigned mode;
	unsigned flushed_mode;
	size_t mode_order; /* the number of the change of it */
};

struct disk {
	const struct trace *trace;
	size_t at;
	uint64_t root;
	struct node *nodes;
	size_t n_nodes;
	size_t cap_nodes;
	struct entries flushed;
	struct changes pending;
};

static void *grown(void *items, size_t *cap, size_t n, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 64;
	items = realloc(items, *cap * size);
	if (!items)
		abort();
	return items;
}

void trace_read(struct trace *out, const char *path)
{
	size_t cap = 0;

	*out = (struct trace){.text = GM_BUF_INIT(GM_BUF_LARGE)};
	out->text.max = SIZE_MAX / 2;
	if (gm_file_read(&out->text, path) < 0)
		abort();
	for (size_t at = 0; at < out->text.size;) {
		out->items = grown(out->items, &cap, out->n, sizeof(*out->items));
		struct trace_item *item = &out->items[out->n++];
		if (out->text.size - at < sizeof(item->event))
			abort();
		memcpy(&item->event, out->text.ptr + at, sizeof(item->event));
		at += sizeof(item->event);
		if (out->text.size - at < item->event.size)
			abort();
		item->bytes = out->text.ptr + at;
		at += item->event.size;
	}
}

void trace_dispose(struct trace *trace)
{
	gm_buf_dispose(&trace->text);
	free(trace->items);
}

static struct node *find_node(const struct disk *disk, uint64_t number)
{
	/* Newest first: a number may be used again. */
	for (size_t i = disk->n_nodes; i > 0; i--)
		if (disk->nodes[i - 1].number == number)
			return &disk->nodes[i - 1];
	return NULL;
}

static void add_node(struct disk *disk, uint64_t number, bool is_folder, unsigned mode)
{
	disk->nodes =
		grown(disk->nodes, &disk->cap_nodes, disk->n_nodes, sizeof(*disk->nodes));
	disk->nodes[disk->n_nodes++] = (struct node){.number = number,
		.is_folder = is_folder,
		.mode = mode,
		.flushed_mode = mode};
}

struct disk *disk_new(const struct trace *trace, uint64_t root)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		abort();
	disk->trace = trace;
	disk->root = root;
	add_node(disk, root, true, 0777);
	return disk;
}

void disk_free(struct disk *disk)
{
	for (size_t i = 0; i < disk->n_nodes; i++)
		file_data_dispose(&disk->nodes[i].data);
	free(disk->nodes);
	free(disk->flushed.items);
	free(disk->pending.items);
	free(disk);
}

static struct entry *find_entry(const struct entries *entries, const struct entry *like)
{
	for (size_t i = 0; i < entries->n; i++)
		if (entries->items[i].folder == like->folder &&
			entries->items[i].name_size == like->name_size &&
			!memcmp(entries->items[i].name, like->name, like->name_size))
			return &entries->items[i];
	return NULL;
}

/* What is newer stays. */
static void apply_part(struct entries *entries, const struct entry *part)
{
	struct entry *entry = find_entry(entries, part);

	if (entry && entry->order > part->order)
		return;
	if (entry) {
		*entry = *part;
		return;
	}
	entries->items =
		grown(entries->items, &entries->cap, entries->n, sizeof(*entries->items));
	entries->items[entries->n++] = *part;
}

static void apply_change(struct entries *entries, const struct change *change)
{
	for (size_t i = 0; i < change->n_parts; i++)
		apply_part(entries, &change->parts[i]);
}

static void flush_folder(struct disk *disk, uint64_t folder)
{
	size_t kept = 0;

	for (size_t i = 0; i < disk->pending.n; i++) {
		const struct change *change = &disk->pending.items[i];
		if (change->parts[0].folder == folder ||
			change->parts[change->n_parts - 1].folder == folder)
			apply_change(&disk->flushed, change);
		else
			disk->pending.items[kept++] = *change;
	}
	disk->pending.n = kept;
}

static struct change *add_change(struct disk *disk)
{
	disk->pending.items = grown(disk->pending.items, &disk->pending.cap,
		disk->pending.n, sizeof(*disk->pending.items));
	disk->pending.items[disk->pending.n] = (struct change){.n_parts = 0};
	return &disk->pending.items[disk->pending.n++];
}

static void name_changed(struct disk *disk, const struct trace_item *item, uint64_t file)
{
	struct change *change = add_change(disk);

	change->n_parts = 1;
	change->parts[0] = (struct entry){
		item->event.folder, item->bytes, item->event.size, file, disk->at};
}

/* A name that a rename tells of: the old one, or the new one. */
static struct entry name_of(const struct trace_item *item, bool is_new)
{
	size_t size = strnlen(item->bytes, item->event.size);

	if (size == item->event.size)
		abort();
	return is_new ? (struct entry){.folder = item->event.to_folder,
				.name = item->bytes + size + 1,
				.name_size = item->event.size - size - 1}
		      : (struct entry){.folder = item->event.folder,
				.name = item->bytes,
				.name_size = size};
}

static bool is_same_name(const struct entry *a, const struct entry *b)
{
	return a->folder == b->folder && a->name_size == b->name_size &&
		!memcmp(a->name, b->name, a->name_size);
}

/* Two files that are exchanged are told of as a rename there and, next, one back. */
static bool is_exchange(const struct trace *trace, size_t at)
{
	const struct trace_item *there = &trace->items[at];

	if (at + 1 >= trace->n || there[0].event.kind != GM_TRACE_RENAME ||
		there[1].event.kind != GM_TRACE_RENAME)
		return false;
	struct entry from[] = {name_of(&there[0], false), name_of(&there[1], false)};
	struct entry to[] = {name_of(&there[0], true), name_of(&there[1], true)};
	return is_same_name(&from[0], &to[1]) && is_same_name(&from[1], &to[0]);
}

static void renamed(struct disk *disk, const struct trace_item *item)
{
	bool is_back = disk->at && is_exchange(disk->trace, disk->at - 1);

	/* Neither is seen alone. */
	if (is_exchange(disk->trace, disk->at))
		return;
	struct change *change = add_change(disk);
	change->n_parts = 2;
	change->parts[0] = name_of(item, false);
	change->parts[0].file = is_back ? item[-1].event.file : NO_FILE;
	change->parts[1] = name_of(item, true);
	change->parts[1].file = item->event.file;
	change->parts[0].order = change->parts[1].order = disk->at;
}

static void flushed(struct disk *disk, struct node *node, bool with_mode)
{
	if (node->is_folder)
		flush_folder(disk, node->number);
	else
		file_data_flush(&node->data);
	if (with_mode)
		node->flushed_mode = node->mode;
}

/* What happens elsewhere on the machine is no business of ours. */
static bool is_ours(const struct disk *disk, const struct gm_trace_event *event)
{
	switch (event->kind) {
	case GM_TRACE_CREATE:
	case GM_TRACE_MKDIR:
	case GM_TRACE_LINK:
	case GM_TRACE_UNLINK:
		return find_node(disk, event->folder) != NULL;
	case GM_TRACE_MARK:
		return false;
	default:
		return find_node(disk, event->file) != NULL;
	}
}

static void happen(struct disk *disk, const struct trace_item *item)
{
	const struct gm_trace_event *event = &item->event;
	struct node *node = find_node(disk, event->file);

	switch ((enum gm_trace_kind)event->kind) {
	case GM_TRACE_CREATE:
	case GM_TRACE_MKDIR:
		add_node(disk, event->file, event->kind == GM_TRACE_MKDIR,
			(unsigned)event->value);
		name_changed(disk, item, event->file);
		break;
	case GM_TRACE_LINK:
		name_changed(disk, item, event->file);
		break;
	case GM_TRACE_UNLINK:
		name_changed(disk, item, NO_FILE);
		break;
	case GM_TRACE_RENAME:
		renamed(disk, item);
		break;
	case GM_TRACE_WRITE:
		file_data_write(&node->data, event->value, item->bytes, event->size);
		break;
	case GM_TRACE_TRUNCATE:
		file_data_resize(&node->data, event->value);
		break;
	case GM_TRACE_CHMOD:
		node->mode = (unsigned)event->value;
		node->mode_order = disk->at;
		break;
	case GM_TRACE_FSYNC:
	case GM_TRACE_FDATASYNC:
		flushed(disk, node, event->kind == GM_TRACE_FSYNC);
		break;
	case GM_TRACE_MARK:
		break;
	}
}

void disk_advance(struct disk *disk, size_t end)
{
	for (; disk->at < end; disk->at++)
		if (is_ours(disk, &disk->trace->items[disk->at].event))
			happen(disk, &disk->trace->items[disk->at]);
}

/*
 * The names as they may be: what was flushed, and some of what was not. Gives the number of the
 * first change that is lost.
 */
static size_t cut_names(
	struct entries *out, const struct disk *disk, enum cut cut, struct rng *rng)
{
	size_t lost = SIZE_MAX;
	size_t first = cut == CUT_ALL_KEPT ? disk->pending.n : 0;
	bool any = false;

	for (size_t i = 0; i < disk->flushed.n; i++)
		apply_part(out, &disk->flushed.items[i]);
	if (cut >= CUT_RANDOM) {
		first = rng_below(rng, disk->pending.n + 1);
		any = rng_below(rng, 2);
	}
	for (size_t i = 0; i < disk->pending.n; i++)
		if (any ? rng_below(rng, 2) : i < first)
			apply_change(out, &disk->pending.items[i]);
		else if (lost == SIZE_MAX)
			lost = disk->pending.items[i].parts[0].order;
	return lost;
}

struct making {
	const struct disk *disk;
	const struct entries *entries;
	char **made; /* the path of each file that has been made, as it may have two */
	size_t lost; /* no change of a mode behind this one came true */
	enum cut cut;
	struct rng *rng;
};

static void make_file(
	const struct making *making, const char *path, const struct node *node)
{
	struct gm_buf data = GM_BUF_INIT(SIZE_MAX / 2);
	enum cut cut = making->cut;
	bool old_mode = cut == CUT_NOTHING || node->mode_order > making->lost ||
		(cut >= CUT_RANDOM && rng_below(making->rng, 2));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	file_data_cut(&data, &node->data, cut, making->rng);
	if (fd < 0 || fchmod(fd, old_mode ? node->flushed_mode : node->mode) < 0 ||
		write(fd, gm_buf_str(&data), data.size) != (ssize_t)data.size ||
		close(fd) < 0)
		abort();
	gm_buf_dispose(&data);
}

/* Each file has one content, whatever names it has. */
static void make_name(const struct making *making, char **path, const struct node *node)
{
	char **made = &making->made[node - making->disk->nodes];

	if (!*made)
		make_file(making, *path, node);
	else if (link(*made, *path) < 0)
		abort();
	if (!*made)
		*made = gm_steal(path);
}

static void make_folder(const struct making *making, const char *path, uint64_t folder);

static void make_below(const struct making *making, const char *path, uint64_t folder)
{
	if (mkdir(path, 0777) < 0)
		abort();
	make_folder(making, path, folder);
}

static void make_folder(const struct making *making, const char *path, uint64_t folder)
{
	for (size_t i = 0; i < making->entries->n; i++) {
		const struct entry *entry = &making->entries->items[i];
		const struct node *node =
			entry->folder == folder && entry->file != NO_FILE
			? find_node(making->disk, entry->file)
			: NULL;
		if (!node)
			continue;
		gm_autofree char *below =
			gm_format("%s/%.*s", path, (int)entry->name_size, entry->name);
		if (!below)
			abort();
		if (node->is_folder)
			make_below(making, below, node->number);
		else
			make_name(making, &below, node);
	}
}

void disk_cut(const struct disk *disk, const char *path, enum cut cut, struct rng *rng)
{
	struct entries entries = {.n = 0};
	char **made = calloc(disk->n_nodes, sizeof(*made));
	struct making making = {disk, &entries, made, SIZE_MAX, cut, rng};

	if (!made)
		abort();
	making.lost = cut_names(&entries, disk, cut, rng);
	make_folder(&making, path, disk->root);
	for (size_t i = 0; i < disk->n_nodes; i++)
		gm_free(made[i]);
	free(made);
	free(entries.items);
}
