#include "dag/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "dag/stage_file.h"
#include "dag/stage_journal.h"

/* A journal that is mostly outdated changes is written anew beyond this size. */
#define COMPACT_SIZE ((size_t)1 << 20)

struct gm_stage {
	struct gm_buf bytes; /* of the journal; the contents of changes lie in it */
	size_t whole_size;   /* of the journal's whole groups */
	size_t live_size;    /* of the contents that count */
	struct gm_change *changes;
	size_t n;
	size_t cap;
};

/* Read and not mapped: a writer may cut a torn end off at any time. */
static int read_journal(struct gm_stage *stage, const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return gm_error(GM_EMISMATCH, "'%s' is not a file", path);
	if ((unsigned long long)st.st_size >= GM_BUF_LARGE)
		return gm_error(
			GM_ETOOBIG, "'%s' is larger than %zu bytes", path, GM_BUF_LARGE);
	int rc = gm_buf_reserve(&stage->bytes, (size_t)st.st_size + 1);
	return rc < 0 ? rc : gm_file_read_fd(&stage->bytes, fd, path);
}

static int collect(const struct gm_change *change, void *payload)
{
	struct gm_stage *stage = payload;
	int rc = gm_grow(&stage->changes, &stage->cap, stage->n + 1, sizeof(*change));

	if (rc < 0)
		return rc;
	struct gm_change *copy = &stage->changes[stage->n];
	*copy = *change;
	copy->path = gm_strdup(change->path);
	if (!copy->path)
		return GM_ENOMEM;
	stage->n++;
	return 0;
}

static void free_path(const struct gm_change *change)
{
	gm_free((char *)(uintptr_t)change->path);
}

/* A change and its place in the journal. */
struct ranked {
	struct gm_change change;
	size_t rank;
};

static int by_path(const void *a, const void *b)
{
	const struct ranked *x = a;
	const struct ranked *y = b;
	int order = strcmp(x->change.path, y->change.path);

	if (order)
		return order;
	return x->rank < y->rank ? -1 : 1;
}

static bool is_nothing(const struct gm_change *change)
{
	return gm_oid_equal(&change->base, &change->blob);
}

/* One change of the first `n` in the list, which are those of one path. */
static struct gm_change fold_path(const struct ranked *list, size_t n)
{
	struct gm_change all = list[0].change;

	for (size_t i = 1; i < n; i++) {
		const struct gm_change *next = &list[i].change;
		/* What was taken back is forgotten: the next one stands on its own. */
		if (is_nothing(&all)) {
			all.base = next->base;
			all.tip = next->tip;
		}
		all.blob = next->blob;
		all.data = next->data;
		all.size = next->size;
		free_path(&list[i].change);
	}
	return all;
}

/* Keep one change a path: what it began with, and what it came to. */
static int fold(struct gm_stage *stage)
{
	gm_autofree struct ranked *list = gm_calloc(stage->n, sizeof(*list));
	size_t kept = 0, next;

	if (!list)
		return GM_ENOMEM;
	for (size_t i = 0; i < stage->n; i++)
		list[i] = (struct ranked){stage->changes[i], i};
	qsort(list, stage->n, sizeof(*list), by_path);
	for (size_t i = 0; i < stage->n; i = next) {
		next = i + 1;
		while (next < stage->n &&
			!strcmp(list[next].change.path, list[i].change.path))
			next++;
		struct gm_change change = fold_path(list + i, next - i);
		if (is_nothing(&change)) {
			free_path(&change);
			continue;
		}
		stage->live_size += change.size + strlen(change.path) + 128;
		stage->changes[kept++] = change;
	}
	stage->n = kept;
	return 0;
}

int gm_stage_load_file(struct gm_stage **out, const char *path, const char *ref)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = gm_calloc(1, sizeof(*stage));
	int rc = GM_ENOMEM;

	if (stage) {
		stage->bytes = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
		rc = read_journal(stage, path);
	}
	if (rc == 0 && stage->bytes.size)
		rc = gm_journal_each(&stage->whole_size, stage->bytes.ptr,
			stage->bytes.size, ref, collect, stage);
	if (rc == GM_EMISMATCH || rc == GM_EINVALID)
		return gm_error_prefix("cannot read the stage '%s'", path);
	if (rc == 0)
		rc = fold(stage);
	if (rc < 0)
		return rc;
	*out = gm_steal(&stage);
	return 0;
}

int gm_stage_load(struct gm_stage **out, const struct gm_repo *repo, const char *ref)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_stage_file_path(&path, repo, ref);

	return rc < 0 ? rc : gm_stage_load_file(out, gm_buf_str(&path), ref);
}

void gm_stage_free(struct gm_stage *stage)
{
	if (!stage)
		return;
	for (size_t i = 0; i < stage->n; i++)
		free_path(&stage->changes[i]);
	gm_free(stage->changes);
	gm_buf_dispose(&stage->bytes);
	gm_free(stage);
}

size_t gm_stage_size(const struct gm_stage *stage)
{
	return stage->n;
}

const struct gm_change *gm_stage_at(const struct gm_stage *stage, size_t i)
{
	return &stage->changes[i];
}

const struct gm_change *gm_stage_changes(const struct gm_stage *stage)
{
	return stage->changes;
}

static int path_against(const void *key, const void *item)
{
	return strcmp(key, ((const struct gm_change *)item)->path);
}

const struct gm_change *gm_stage_find(const struct gm_stage *stage, const char *path)
{
	return stage->n ? bsearch(path, stage->changes, stage->n, sizeof(*stage->changes),
				  path_against)
			: NULL;
}

bool gm_stage_equal(const struct gm_stage *a, const struct gm_stage *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = !strcmp(a->changes[i].path, b->changes[i].path) &&
			gm_oid_equal(&a->changes[i].base, &b->changes[i].base) &&
			gm_oid_equal(&a->changes[i].blob, &b->changes[i].blob);
	return equal;
}

int gm_stage_encode(
	struct gm_buf *out, const char *ref, const struct gm_change *changes, size_t n)
{
	int rc = gm_journal_put_header(out, ref);

	return rc < 0 || !n ? rc : gm_journal_put_group(out, out->size, changes, n);
}

static int flush_folder(const struct gm_repo *repo)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&dir, repo, "stage");

	return rc < 0 ? rc : gm_fsync_dir(gm_buf_str(&dir));
}

/* Write behind the whole groups; what a crash left there, or a failure of ours, goes. */
static int write_tail(const struct gm_repo *repo, const char *path, size_t whole_size,
	const struct gm_buf *tail)
{
	gm_autoclose int fd =
		gm_sys_open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return gm_error_errno("cannot write '%s'", path);
	if (gm_sys_ftruncate(fd, (off_t)whole_size) < 0 ||
		lseek(fd, (off_t)whole_size, SEEK_SET) < 0)
		return gm_error_errno("cannot write '%s'", path);
	/* First the name, so that no group ever stands in a file that may vanish. */
	int rc = whole_size ? 0 : flush_folder(repo);
	if (rc == 0)
		rc = gm_write_all(fd, tail->ptr, tail->size, path);
	if (rc == 0)
		rc = gm_fsync(fd, path);
	if (rc < 0 && gm_sys_ftruncate(fd, (off_t)whole_size) < 0)
		return rc; /* the torn end is passed over by readers */
	return rc;
}

static int remove_file(const struct gm_repo *repo, const char *path)
{
	if (!gm_path_exists(path))
		return 0;
	int rc = gm_unlink(path);
	return rc < 0 ? rc : flush_folder(repo);
}

/* Write a journal of these changes alone in the place of what is there. */
static int rewrite(const struct gm_repo *repo, const char *path, const char *ref,
	const struct gm_change *changes, size_t n)
{
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);

	if (!n)
		return remove_file(repo, path);
	int rc = gm_stage_encode(&all, ref, changes, n);
	return rc < 0 ? rc : gm_file_write(path, all.ptr, all.size);
}

/* What a stage comes to with `changes`. The contents are lent by both. */
static int put_together(struct gm_stage *out, const struct gm_stage *stage,
	const struct gm_change *changes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < stage->n; i++)
		rc = collect(&stage->changes[i], out);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = collect(&changes[i], out);
	return rc < 0 ? rc : fold(out);
}

/* Replace the journal by what it comes to with `changes`. */
static int rewrite_with(const struct gm_repo *repo, const char *path, const char *ref,
	const struct gm_stage *stage, const struct gm_change *changes, size_t n)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *all = gm_calloc(1, sizeof(*all));
	int rc = all ? put_together(all, stage, changes, n) : GM_ENOMEM;

	return rc < 0 ? rc : rewrite(repo, path, ref, all->changes, all->n);
}

/* Whether contents go that somebody may have wanted to be gone. */
static bool takes_away(
	const struct gm_stage *stage, const struct gm_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct gm_change *staged = gm_stage_find(stage, changes[i].path);
		if (staged && staged->data &&
			(!changes[i].data ||
				gm_oid_equal(&staged->base, &changes[i].blob)))
			return true;
	}
	return false;
}

/* What is to be written behind the whole groups. */
static int put_tail(struct gm_buf *out, const struct gm_stage *stage, const char *ref,
	const struct gm_change *changes, size_t n)
{
	int rc = stage->whole_size ? 0 : gm_journal_put_header(out, ref);

	if (rc == 0)
		rc = gm_journal_put_group(out, stage->whole_size + out->size, changes, n);
	if (rc == GM_ETOOBIG ||
		(rc == 0 && out->size >= GM_BUF_LARGE - stage->whole_size))
		return gm_error(GM_ETOOBIG, "the stage would be larger than %zu bytes",
			GM_BUF_LARGE);
	return rc;
}

static int append(const struct gm_repo *repo, const char *path, const char *ref,
	const struct gm_stage *stage, const struct gm_change *changes, size_t n)
{
	gm_autobuf tail = GM_BUF_INIT(GM_BUF_LARGE);

	if (takes_away(stage, changes, n))
		return rewrite_with(repo, path, ref, stage, changes, n);
	int rc = put_tail(&tail, stage, ref, changes, n);
	if (rc == 0)
		rc = write_tail(repo, path, stage->whole_size, &tail);
	if (rc == 0 && stage->whole_size + tail.size > COMPACT_SIZE &&
		stage->live_size < stage->whole_size / 3)
		/* What was appended is safe already: a failure here only costs room. */
		(void)rewrite_with(repo, path, ref, stage, changes, n);
	return rc;
}

int gm_stage_append(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_stage *loaded, const struct gm_change *changes, size_t n)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_stage_file_path(&path, repo, ref);

	(void)lock; /* only its holder may call */
	if (!n)
		return 0;
	if (rc == 0 && !loaded) {
		rc = gm_stage_load_file(&stage, gm_buf_str(&path), ref);
		loaded = stage;
	}
	return rc < 0 ? rc : append(repo, gm_buf_str(&path), ref, loaded, changes, n);
}

int gm_stage_replace(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_change *changes, size_t n)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_stage_file_path(&path, repo, ref);

	(void)lock; /* only its holder may call */
	return rc < 0 ? rc : rewrite(repo, gm_buf_str(&path), ref, changes, n);
}

static bool names_path(const struct gm_change *changes, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(changes[i].path, path))
			return true;
	return false;
}

int gm_stage_drop(struct gm_repo *repo, struct gm_lock *lock, const char *ref,
	const struct gm_change *changes, size_t n)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autofree struct gm_change *kept = NULL;
	size_t n_kept = 0;
	int rc = gm_stage_load(&stage, repo, ref);

	if (rc < 0)
		return rc;
	kept = gm_calloc(stage->n + 1, sizeof(*kept));
	if (!kept)
		return GM_ENOMEM;
	for (size_t i = 0; i < stage->n; i++)
		if (!names_path(changes, n, stage->changes[i].path))
			kept[n_kept++] = stage->changes[i];
	return n_kept == stage->n ? 0 : gm_stage_replace(repo, lock, ref, kept, n_kept);
}

int gm_stage_clear(struct gm_repo *repo, struct gm_lock *lock, const char *ref)
{
	return gm_stage_replace(repo, lock, ref, NULL, 0);
}

static bool has_file(const struct gm_repo *repo, const char *ref)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	return gm_stage_file_path(&path, repo, ref) == 0 &&
		gm_path_exists(gm_buf_str(&path));
}

int gm_stage_rename(
	struct gm_repo *repo, struct gm_lock *lock, const char *from, const char *to)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	int rc = gm_stage_load(&stage, repo, from);

	if (rc < 0 || !stage->n)
		return rc < 0 ? rc : gm_stage_clear(repo, lock, from);
	rc = gm_stage_replace(repo, lock, to, stage->changes, stage->n);
	if (rc == 0)
		rc = gm_stage_clear(repo, lock, from);
	/* One branch has the changes, never two. */
	if (rc < 0 && has_file(repo, from))
		(void)gm_stage_clear(repo, lock, to);
	return rc;
}
