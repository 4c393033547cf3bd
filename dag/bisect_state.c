#include "dag/bisect_state.h"

#include <string.h>

#include "base/file.h"
#include "base/shell_quote.h"
#include "dag/ref_list.h"

#define REFS "refs/bisect/"
#define SKIP "skip"

#define FILE_START "BISECT_START"
#define FILE_TERMS "BISECT_TERMS"
#define FILE_NAMES "BISECT_NAMES"
#define FILE_FIRST_PARENT "BISECT_FIRST_PARENT"
#define FILE_LOG "BISECT_LOG"
#define FILE_RELATED "BISECT_ANCESTORS_OK"

void gm_bisection_dispose(struct gm_bisection *bisection)
{
	gm_free(bisection->term_bad);
	gm_free(bisection->term_good);
	gm_oid_list_dispose(&bisection->good);
	gm_oid_list_dispose(&bisection->skipped);
	gm_strv_dispose(&bisection->paths);
	*bisection = (struct gm_bisection)GM_BISECTION_INIT;
}

/* 1, or 0 when there is no such file. */
static int read_file(struct gm_buf *out, struct gm_repo *repo, const char *name)
{
	gm_autofree char *path = gm_path_join(gm_repo_dir(repo), name);
	int rc = path ? gm_file_read(out, path) : GM_ENOMEM;

	return rc == GM_ENOTFOUND ? 0 : rc < 0 ? rc : 1;
}

static int write_file(struct gm_repo *repo, const char *name, const struct gm_buf *text)
{
	gm_autofree char *path = gm_path_join(gm_repo_dir(repo), name);

	return path ? gm_file_write(path, gm_buf_str(text), text->size) : GM_ENOMEM;
}

static int remove_file(struct gm_repo *repo, const char *name)
{
	gm_autofree char *path = gm_path_join(gm_repo_dir(repo), name);

	return path ? gm_unlink(path) : GM_ENOMEM;
}

static int read_terms(struct gm_bisection *out, struct gm_repo *repo)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	int found = read_file(&text, repo, FILE_TERMS);

	if (found < 0)
		return found;
	const char *bad = found ? gm_buf_str(&text) : "bad\ngood\n";
	size_t size = strcspn(bad, "\n");
	const char *good = bad + size + (bad[size] == '\n');
	out->has_terms = found;
	out->term_bad = gm_strndup(bad, size);
	out->term_good = gm_strndup(good, strcspn(good, "\n"));
	if (!out->term_bad || !out->term_good)
		return GM_ENOMEM;
	return gm_bisect_check_terms(out->term_bad, out->term_good);
}

static int read_paths(struct gm_bisection *out, struct gm_repo *repo)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int found = read_file(&text, repo, FILE_NAMES);

	if (found <= 0)
		return found;
	int rc = gm_shell_split(&out->paths, gm_buf_str(&text));
	return rc < 0 ? gm_error_prefix("'%s' is broken", FILE_NAMES) : 0;
}

static int read_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct gm_bisection *bisection = payload;
	size_t size = strlen(bisection->term_good);

	name += strlen(REFS);
	if (!strcmp(name, bisection->term_bad)) {
		bisection->bad = *oid;
		return 0;
	}
	if (!strncmp(name, bisection->term_good, size) && name[size] == '-')
		return gm_oid_list_add(&bisection->good, oid);
	if (!strncmp(name, SKIP "-", strlen(SKIP "-")))
		return gm_oid_list_add(&bisection->skipped, oid);
	return 0;
}

static int read_head(struct gm_bisection *out, struct gm_repo *repo)
{
	int rc = gm_ref_read(&out->head, NULL, gm_repo_refs(repo), GM_BISECT_HEAD);

	if (rc != GM_ENOTFOUND)
		return rc;
	out->head = gm_oid_zero;
	return 0;
}

/* Whether there is such a file, whatever is in it. */
static int read_mark(bool *out, struct gm_repo *repo, const char *name)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	int rc = read_file(&text, repo, name);

	*out = rc > 0;
	return rc < 0 ? rc : 0;
}

int gm_bisection_read(struct gm_bisection *out, struct gm_repo *repo)
{
	gm_autobuf start = GM_BUF_INIT(GM_BUF_PATH);
	int rc = read_file(&start, repo, FILE_START);

	if (rc < 0)
		return rc;
	out->is_started = rc && start.size;
	rc = read_terms(out, repo);
	if (rc < 0 || !out->is_started)
		return rc;
	rc = gm_refs_each(gm_repo_refs(repo), REFS, read_ref, out);
	if (rc == 0)
		rc = read_head(out, repo);
	if (rc == 0)
		rc = read_paths(out, repo);
	if (rc == 0)
		rc = read_mark(&out->first_parent, repo, FILE_FIRST_PARENT);
	return rc < 0 ? rc : read_mark(&out->related, repo, FILE_RELATED);
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

static int check_term(const char *term)
{
	static const char *const commands[] = {"help", "start", "skip", "next", "reset",
		"visualize", "view", "replay", "log", "run", "terms", NULL};
	gm_autofree char *name = gm_format(REFS "%s", term);

	if (!name)
		return GM_ENOMEM;
	if (is_one_of(term, commands))
		return gm_error(
			GM_EINVALID, "'%s' cannot be a term: it is a subcommand", term);
	if (gm_ref_check_name(name) < 0 || strchr(term, '/'))
		return gm_error(GM_EINVALID, "'%s' is not a valid term", term);
	return 0;
}

int gm_bisect_check_terms(const char *term_bad, const char *term_good)
{
	static const char *const usually_bad[] = {"bad", "new", NULL};
	static const char *const usually_good[] = {"good", "old", NULL};
	const char *turned = is_one_of(term_bad, usually_good) ? term_bad
		: is_one_of(term_good, usually_bad)            ? term_good
							       : NULL;
	int rc = check_term(term_bad);

	if (rc == 0)
		rc = check_term(term_good);
	if (rc < 0)
		return rc;
	if (turned)
		return gm_error(GM_EINVALID, "the meaning of the term '%s' cannot change",
			turned);
	if (!strcmp(term_bad, term_good))
		return gm_error(GM_EINVALID, "the two terms must differ");
	return 0;
}

/* Make a ref lead to a commit, or with the zero id to nothing. */
static int set_ref(struct gm_repo *repo, struct gm_lock *lock, const char *name,
	const struct gm_oid *commit)
{
	struct gm_refs *refs = gm_repo_refs(repo);
	struct gm_ref_update update = {.name = name, .new_oid = *commit};
	int rc = gm_ref_read(&update.old_oid, NULL, refs, name);

	if (rc == GM_ENOTFOUND) {
		update.old_oid = gm_oid_zero;
		rc = 0;
	}
	if (rc < 0 || gm_oid_equal(&update.old_oid, commit))
		return rc;
	return gm_ref_update(refs, lock, &update);
}

static int collect(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)oid;
	return gm_strv_add(payload, name);
}

static int remove_refs(struct gm_repo *repo, struct gm_lock *lock)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_refs_each(gm_repo_refs(repo), REFS, collect, &names);

	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = set_ref(repo, lock, names.items[i], &gm_oid_zero);
	return rc < 0 ? rc : set_ref(repo, lock, GM_BISECT_HEAD, &gm_oid_zero);
}

/* All but BISECT_START, without which the rest means nothing. */
static int remove_rest(struct gm_repo *repo, struct gm_lock *lock)
{
	static const char *const files[] = {
		FILE_TERMS, FILE_NAMES, FILE_FIRST_PARENT, FILE_LOG, FILE_RELATED};
	int rc = remove_refs(repo, lock);

	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(*files); i++)
		rc = remove_file(repo, files[i]);
	return rc;
}

int gm_bisection_end(struct gm_repo *repo, struct gm_lock *lock)
{
	int rc = remove_rest(repo, lock);

	return rc < 0 ? rc : remove_file(repo, FILE_START);
}

int gm_bisection_begin(struct gm_repo *repo, struct gm_lock *lock, const char *term_bad,
	const char *term_good, const struct gm_strv *paths, bool first_parent)
{
	const struct gm_buf nothing = GM_BUF_INIT(0);
	gm_autobuf names = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = remove_file(repo, FILE_START);

	if (rc == 0)
		rc = remove_rest(repo, lock);
	if (rc == 0)
		rc = gm_shell_quote_all(
			&names, (const char *const *)paths->items, paths->n);
	if (rc == 0)
		rc = gm_buf_putc(&names, '\n');
	if (rc == 0)
		rc = write_file(repo, FILE_NAMES, &names);
	if (rc == 0 && first_parent)
		rc = write_file(repo, FILE_FIRST_PARENT, &nothing);
	return rc < 0 || !term_bad ? rc
				   : gm_bisection_settle_terms(repo, term_bad, term_good);
}

int gm_bisection_open(struct gm_repo *repo, const char *start)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_buf_printf(&text, "%s\n", start);

	return rc < 0 ? rc : write_file(repo, FILE_START, &text);
}

int gm_bisection_settle_terms(
	struct gm_repo *repo, const char *term_bad, const char *term_good)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_buf_printf(&text, "%s\n%s\n", term_bad, term_good);

	return rc < 0 ? rc : write_file(repo, FILE_TERMS, &text);
}

int gm_bisection_mark(struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_bisection *bisection, const char *word,
	const struct gm_oid *commit)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, commit);
	bool is_bad = !strcmp(word, bisection->term_bad);
	gm_autofree char *name =
		is_bad ? gm_format(REFS "%s", word) : gm_format(REFS "%s-%s", word, hex);
	return name ? set_ref(repo, lock, name, commit) : GM_ENOMEM;
}

int gm_bisection_set_head(
	struct gm_repo *repo, struct gm_lock *lock, const struct gm_oid *commit)
{
	return set_ref(repo, lock, GM_BISECT_HEAD, commit);
}

int gm_bisection_set_related(struct gm_repo *repo, bool related)
{
	const struct gm_buf nothing = GM_BUF_INIT(0);

	return related ? write_file(repo, FILE_RELATED, &nothing)
		       : remove_file(repo, FILE_RELATED);
}

int gm_bisection_add_log(struct gm_repo *repo, const char *text)
{
	gm_autobuf log = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = read_file(&log, repo, FILE_LOG);

	if (rc >= 0)
		rc = gm_buf_puts(&log, text);
	return rc < 0 ? rc : write_file(repo, FILE_LOG, &log);
}

int gm_bisection_read_log(struct gm_buf *out, struct gm_repo *repo)
{
	int rc = read_file(out, repo, FILE_LOG);

	return rc < 0 ? rc : 0;
}
