#include "tests/powercut/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/trace.h"

struct seed {
	FILE *trace;
	const char *dir;
	uint64_t folder;
};

static void fail(const char *path)
{
	perror(path);
	exit(1);
}

static void put(const struct seed *seed, struct gm_trace_event event, const char *bytes)
{
	if (fwrite(&event, sizeof(event), 1, seed->trace) != 1 ||
		fwrite(bytes, 1, event.size, seed->trace) != event.size)
		fail("trace");
}

static void put_folder(FILE *trace, const char *dir);

static void put_data(const struct seed *seed, const char *path, uint64_t file)
{
	struct gm_buf data = GM_BUF_INIT(SIZE_MAX / 2);

	if (gm_file_read(&data, path) < 0)
		fail(path);
	put(seed,
		(struct gm_trace_event){
			.kind = GM_TRACE_WRITE, .file = file, .size = data.size},
		gm_buf_str(&data));
	put(seed, (struct gm_trace_event){.kind = GM_TRACE_FSYNC, .file = file}, "");
	gm_buf_dispose(&data);
}

static int put_entry(const char *name, void *payload)
{
	const struct seed *seed = payload;
	gm_autofree char *path = gm_path_join(seed->dir, name);
	struct stat st;

	if (!path || lstat(path, &st) < 0)
		fail(seed->dir);
	put(seed,
		(struct gm_trace_event){
			.kind = S_ISDIR(st.st_mode) ? GM_TRACE_MKDIR : GM_TRACE_CREATE,
			.file = gm_trace_number(&st),
			.folder = seed->folder,
			.value = st.st_mode & 0777,
			.size = strlen(name)},
		name);
	if (S_ISDIR(st.st_mode))
		put_folder(seed->trace, path);
	else
		put_data(seed, path, gm_trace_number(&st));
	return 0;
}

static void put_folder(FILE *trace, const char *dir)
{
	struct seed seed = {trace, dir, 0};
	struct stat st;

	if (stat(dir, &st) < 0)
		fail(dir);
	seed.folder = gm_trace_number(&st);
	if (gm_dir_each(dir, put_entry, &seed) < 0)
		fail(dir);
	put(&seed, (struct gm_trace_event){.kind = GM_TRACE_FSYNC, .file = seed.folder},
		"");
}

void seed_trace(const char *path, const char *dir)
{
	FILE *trace = fopen(path, "a");

	if (!trace)
		fail(path);
	put_folder(trace, dir);
	if (fclose(trace) != 0)
		fail(path);
}
