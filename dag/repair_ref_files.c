#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "base/strv.h"
#include "dag/packed_refs.h"
#include "dag/repair_internal.h"

/* Move a file below the repository to where damaged ones are kept, under the same name. */
static int put_away(const struct gm_repair *repair, const char *name, const char *message)
{
	gm_autofree char *from = gm_path_join(repair->gitdir, name);
	gm_autofree char *to =
		gm_format("%s/refs.damaged-%s/%s", repair->gitdir, repair->stamp, name);
	int rc = from && to ? gm_mkdirs_for(to) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_rename(from, to);
	return rc < 0 ? rc : gm_repair_tell_file(repair, name, to, message);
}

static int repair_head(const struct gm_repair *repair, struct gm_refs *refs)
{
	static const char text[] = "ref: refs/heads/main\n";
	gm_autofree char *path = gm_path_join(repair->gitdir, "HEAD");
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;

	if (!path)
		return GM_ENOMEM;
	int rc = gm_ref_read_symbolic(&target, refs, "HEAD");
	if (rc == 0 && !strncmp(gm_buf_str(&target), "refs/heads/", 11))
		return 0;
	if (rc == GM_ENOTFOUND)
		rc = gm_ref_read(&oid, NULL, refs, "HEAD");
	if (rc == 0 && !target.size)
		return 0;
	if (gm_repair_must_stop(rc))
		return rc;
	rc = put_away(repair, "HEAD", "it could not be read");
	return rc < 0 ? rc : gm_file_write(path, text, sizeof(text) - 1);
}

static int keep_good_lines(struct gm_buf *out, bool *is_broken, const char *text)
{
	bool was_good = true;
	int rc = 0;

	for (const char *at = text; rc == 0 && *at;) {
		const char *newline = strchr(at, '\n');
		size_t size = newline ? (size_t)(newline - at) + 1 : strlen(at);
		struct gm_packed_refs packed;
		struct gm_packed_ref ref;
		gm_packed_refs_set(&packed, at, size);
		size_t place = packed.start;
		/* What a tag leads to stands behind it. */
		if (*at != '^')
			was_good = *at == '#' ||
				gm_packed_refs_next(&ref, &place, &packed) > 0;
		if (was_good)
			rc = gm_buf_put(out, at, size);
		*is_broken = *is_broken || !was_good;
		at += size;
	}
	return rc;
}

/* A line that is none costs the refs of that line, which their logs may know. */
static int repair_packed(const struct gm_repair *repair)
{
	gm_autofree char *path = gm_path_join(repair->gitdir, "packed-refs");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf good = GM_BUF_INIT(GM_BUF_LARGE);
	bool is_broken = false;

	if (!path)
		return GM_ENOMEM;
	int rc = gm_file_read(&text, path);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = keep_good_lines(&good, &is_broken, gm_buf_str(&text));
	if (rc < 0 || (!is_broken && strlen(gm_buf_str(&text)) == text.size))
		return rc;
	rc = put_away(repair, "packed-refs", "lines in it could not be read");
	return rc < 0 ? rc : gm_file_write(path, good.ptr, good.size);
}

static void note_broken(const char *name, void *payload)
{
	/* Without memory for it the ref stays broken, and a check says so. */
	(void)gm_strv_add(payload, name);
}

static int pass_over(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	(void)oid;
	(void)payload;
	return 0;
}

static int ignore_entry(const struct gm_reflog_entry *entry, void *payload)
{
	(void)entry;
	(void)payload;
	return 0;
}

/* Whether a log with just this line can be read. */
static int is_good_line(int fd, const char *line, size_t size)
{
	if (gm_sys_ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return gm_error_errno("cannot write a temporary file");
	int rc = gm_write_all(fd, line, size, "a temporary file");
	if (rc == 0)
		rc = gm_reflog_each_fd(fd, "a line", ignore_entry, NULL);
	return gm_repair_must_stop(rc) ? rc : rc == 0;
}

static int keep_good_entries(
	struct gm_buf *out, const char *dir, const struct gm_buf *log)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	const char *at = gm_buf_str(log);
	const char *end = at + log->size;
	int rc = gm_tempfile_open(&temp, dir, "tmp_log_", 0600);

	while (rc == 0 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t size = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
		int good = newline ? is_good_line(temp.fd, at, size) : 0;
		rc = good > 0 ? gm_buf_put(out, at, size) : good;
		at += size;
	}
	return rc;
}

static int repair_log(const struct gm_repair *repair, const char *ref)
{
	gm_autofree char *name = gm_format("logs/%s", ref);
	gm_autofree char *path = name ? gm_path_join(repair->gitdir, name) : NULL;
	gm_autobuf log = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf good = GM_BUF_INIT(GM_BUF_LARGE);

	if (!path)
		return GM_ENOMEM;
	int rc = gm_reflog_each(repair->gitdir, ref, ignore_entry, NULL);
	if (rc != GM_EMISMATCH)
		return gm_repair_must_stop(rc) ? rc : 0;
	rc = gm_file_read(&log, path);
	if (rc == 0)
		rc = keep_good_entries(&good, repair->gitdir, &log);
	if (rc == 0)
		rc = put_away(repair, name, "lines in it could not be read");
	return rc < 0 ? rc : gm_file_write(path, good.ptr, good.size);
}

struct folder {
	struct gm_strv *names;
	struct gm_strv *folders;
	const char *gitdir;
	const char *name; /* of the folder, below `logs/`; "" for that */
};

static int add_log(const char *file, void *payload)
{
	const struct folder *folder = payload;
	gm_autofree char *name =
		*folder->name ? gm_path_join(folder->name, file) : gm_strdup(file);
	gm_autofree char *path =
		name ? gm_format("%s/logs/%s", folder->gitdir, name) : NULL;

	if (!path)
		return GM_ENOMEM;
	if (gm_is_dir(path))
		return gm_strv_add(folder->folders, name);
	return gm_ref_check_name(name) < 0 ? 0 : gm_strv_add(folder->names, name);
}

static int list_logs(struct gm_strv *out, const char *gitdir)
{
	gm_autostrv folders = GM_STRV_INIT;
	int rc = gm_strv_add(&folders, "");

	while (rc == 0 && folders.n) {
		gm_autofree char *name = folders.items[--folders.n];
		gm_autofree char *path = gm_format("%s/logs/%s", gitdir, name);
		struct folder folder = {out, &folders, gitdir, name};
		rc = path ? gm_dir_each(path, add_log, &folder) : GM_ENOMEM;
	}
	gm_strv_make_set(out);
	return rc;
}

static int take_last(const struct gm_reflog_entry *entry, void *payload)
{
	*(struct gm_oid *)payload = entry->new_oid;
	return 1;
}

/* A ref whose log is there and says that it exists is put back where that has it. */
static int restore(const struct gm_repair *repair, struct gm_refs *refs, const char *name)
{
	gm_autofree char *path = gm_path_join(repair->gitdir, name);
	char hex[GM_OID_HEX + 1];
	struct gm_oid oid = gm_oid_zero;

	if (!path)
		return GM_ENOMEM;
	if (strncmp(name, "refs/", 5) != 0 || gm_ref_read(&oid, NULL, refs, name) == 0)
		return 0;
	oid = gm_oid_zero;
	int rc = gm_reflog_each(repair->gitdir, name, take_last, &oid);
	if (rc < 0 || gm_oid_is_zero(&oid))
		return gm_repair_must_stop(rc) ? rc : 0;
	gm_oid_format(hex, &oid);
	hex[GM_OID_HEX - 1] = '\n';
	rc = gm_mkdirs_for(path);
	if (rc == 0)
		rc = gm_file_write(path, hex, GM_OID_HEX);
	const struct gm_repair_note note = {.kind = GM_REPAIR_REF,
		.subject = name,
		.message = "it was put back where its log has it"};
	return rc < 0 ? rc : repair->tell(&note, repair->payload);
}

static int repair_names(const struct gm_repair *repair, struct gm_refs *refs)
{
	gm_autostrv broken = GM_STRV_INIT;
	gm_autostrv logs = GM_STRV_INIT;

	gm_refs_on_broken(refs, note_broken, &broken);
	int rc = gm_refs_each(refs, "refs/", pass_over, NULL);
	for (size_t i = 0; rc == 0 && i < broken.n; i++)
		rc = put_away(repair, broken.items[i], "it could not be read");
	if (rc == 0)
		rc = list_logs(&logs, repair->gitdir);
	for (size_t i = 0; rc == 0 && i < logs.n; i++) {
		rc = repair_log(repair, logs.items[i]);
		if (rc == 0)
			rc = restore(repair, refs, logs.items[i]);
	}
	return rc;
}

int gm_repair_ref_files(const struct gm_repair *repair)
{
	gm_cleanup(gm_refs_free_p) struct gm_refs *refs = NULL;
	int rc = gm_refs_open(&refs, repair->gitdir);

	if (rc == 0)
		rc = repair_packed(repair);
	if (rc == 0)
		rc = repair_head(repair, refs);
	return rc < 0 ? rc : repair_names(repair, refs);
}
