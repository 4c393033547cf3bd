#include "dag/stage_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/stage.h"
#include "dag/stage_journal.h"

/* A longer name is cut here, and told apart by the hash of the ref. */
#define MAX_NAME ((size_t)200)

/* Enough for the first line of any journal. */
#define MAX_FIRST_LINE 4608

static int put_escaped(struct gm_buf *out, const char *name)
{
	int rc = 0;

	for (; rc == 0 && *name; name++)
		rc = *name == '/'      ? gm_buf_puts(out, "%2F")
			: *name == '%' ? gm_buf_puts(out, "%25")
				       : gm_buf_putc(out, *name);
	return rc;
}

/* A ref holds no `~`, so that no name that was cut is that of a shorter ref. */
static int cut_name(struct gm_buf *name, size_t start, const char *ref)
{
	char hex[GM_OID_HEX];
	struct gm_sha1 sha1;
	struct gm_oid sum;
	size_t size = MAX_NAME;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, ref, strlen(ref));
	gm_sha1_final(sum.bytes, &sha1);
	gm_oid_format(hex, &sum);
	/* Some file systems take whole characters only. */
	while (size && ((unsigned char)name->ptr[start + size] & 0xc0) == 0x80)
		size--;
	name->size = start + size;
	return gm_buf_printf(name, "~%s", hex);
}

int gm_stage_file_name(struct gm_buf *out, const char *ref)
{
	bool is_branch = !strncmp(ref, "refs/heads/", 11);
	size_t start = out->size;
	/* No branch has a name that is escaped like this. */
	int rc = is_branch ? 0 : gm_buf_putc(out, '%');

	if (rc == 0)
		rc = put_escaped(out, is_branch ? ref + 11 : ref);
	return rc < 0 || out->size - start <= MAX_NAME ? rc : cut_name(out, start, ref);
}

int gm_stage_file_path(struct gm_buf *out, const struct gm_repo *repo, const char *ref)
{
	int rc = gm_repo_path(out, repo, "stage/");

	return rc < 0 ? rc : gm_stage_file_name(out, ref);
}

/* The ref that a journal names: 1, or 0 for a file that names none. */
static int read_ref(struct gm_buf *out, const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char line[MAX_FIRST_LINE];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	ssize_t size = read(fd, line, sizeof(line));
	int rc = size < 0 ? 0 : gm_journal_ref(out, line, (size_t)size);
	return rc == GM_EINVALID || rc == GM_EMISMATCH ? 0 : rc;
}

static int visit(const struct gm_repo *repo, const char *name, gm_stage_each_fn each,
	void *payload)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&path, repo, "stage/");

	if (rc == 0)
		rc = gm_buf_puts(&path, name);
	if (rc == 0)
		rc = read_ref(&ref, gm_buf_str(&path));
	return rc < 0 ? rc : each(name, rc > 0 ? gm_buf_str(&ref) : NULL, payload);
}

int gm_stages_each(const struct gm_repo *repo, gm_stage_each_fn each, void *payload)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	const struct dirent *entry;
	int rc = gm_repo_path(&dir, repo, "stage");

	if (rc < 0)
		return rc;
	DIR *handle = opendir(gm_buf_str(&dir));
	if (!handle)
		return errno == ENOENT
			? 0
			: gm_error_errno("cannot read '%s'", gm_buf_str(&dir));
	while (rc == 0 && (entry = readdir(handle)))
		if (entry->d_name[0] != '.')
			rc = visit(repo, entry->d_name, each, payload);
	(void)closedir(handle); /* was only read */
	return rc;
}
