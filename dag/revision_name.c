#include "dag/revision_name.h"

#include <string.h>
#include <strings.h>

#include "dag/revision_log.h"
#include "dag/upstream.h"

/* A short ref name may stand between these, in Git's order of looking. */
static const struct {
	const char *before;
	const char *after;
} rules[] = {
	{"", ""},
	{"refs/", ""},
	{"refs/tags/", ""},
	{"refs/heads/", ""},
	{"refs/remotes/", ""},
	{"refs/remotes/", "/HEAD"},
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

/* A name cut up: `main@{1}` is the ref `main` with the selector `1`. */
struct parts {
	char *ref;
	char *selector; /* NULL: none */
};

static void dispose_parts(struct parts *parts)
{
	gm_free(parts->ref);
	gm_free(parts->selector);
}

static bool is_head(const char *name)
{
	return strcmp(name, "HEAD") == 0 || strcmp(name, "@") == 0;
}

static int unknown(const char *name)
{
	int rc = gm_error(GM_ENOTFOUND, "unknown revision '%s'", name);

	gm_error_unknown(name);
	return rc;
}

static int split(struct parts *out, const char *name)
{
	size_t size = strlen(name);
	size_t at = size;

	if (size >= 4 && name[size - 1] == '}')
		for (at = size - 3; at > 0; at--)
			if (name[at - 1] == '@' && name[at] == '{')
				break;
	/* Now `at` is where the brace stands, 0 when there is none. */
	bool selects = at && at < size;
	out->ref = gm_strndup(name, selects ? at - 1 : size);
	if (!out->ref)
		return GM_ENOMEM;
	if (!selects)
		return 0;
	out->selector = gm_strndup(name + at + 1, size - at - 2);
	return out->selector ? 0 : GM_ENOMEM;
}

static bool is_upstream(const char *selector)
{
	return strcasecmp(selector, "u") == 0 || strcasecmp(selector, "upstream") == 0;
}

/* `@{-2}`: false when the selector is something else. */
static bool parse_previous(size_t *out, const char *selector)
{
	size_t size = strlen(selector);
	size_t n = 0;

	if (size < 2 || size > 8 || selector[0] != '-' ||
		strspn(selector + 1, "0123456789") != size - 1)
		return false;
	for (const char *digit = selector + 1; *digit; digit++)
		n = n * 10 + (size_t)(*digit - '0');
	*out = n;
	return n > 0;
}

static int expand(struct gm_buf *out, size_t rule, const char *name)
{
	gm_buf_reset(out);
	return gm_buf_printf(out, "%s%s%s", rules[rule].before, name, rules[rule].after);
}

/*
 * Read the ref that `name` is by one rule. GM_ENOTFOUND when there is none, or when the rule
 * makes no ref name of it.
 */
static int read_by_rule(struct gm_oid *out, struct gm_buf *name_out,
	struct gm_buf *target_out, struct gm_repo *repo, const char *name, size_t rule)
{
	int rc = expand(name_out, rule, name);

	if (rc == 0 && gm_ref_check_name(gm_buf_str(name_out)) < 0)
		return unknown(name);
	gm_buf_reset(target_out);
	if (rc == 0)
		rc = gm_ref_read(
			out, target_out, gm_repo_refs(repo), gm_buf_str(name_out));
	return rc;
}

static int read_head(struct gm_oid *out, struct gm_buf *name_out,
	struct gm_buf *target_out, struct gm_repo *repo, const char *branch)
{
	int rc = branch ? gm_buf_printf(name_out, "refs/heads/%s", branch)
			: gm_buf_puts(name_out, "HEAD");

	if (rc == 0)
		rc = gm_ref_read(
			out, target_out, gm_repo_refs(repo), gm_buf_str(name_out));
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_ENOTFOUND, "'HEAD' has no commit yet");
	return rc;
}

/* The ref that the branch before `@{upstream}` follows. */
static int find_upstream(
	struct gm_buf *out, struct gm_repo *repo, const char *name, const char *branch)
{
	gm_cleanup(dispose_parts) struct parts parts = {.ref = NULL};
	gm_autobuf previous = GM_BUF_INIT(GM_BUF_PATH);
	size_t n;
	int rc = split(&parts, name);

	if (rc == 0 && parts.selector && !*parts.ref &&
		parse_previous(&n, parts.selector)) {
		rc = gm_revision_log_previous(&previous, gm_repo_refs(repo), n);
		name = gm_buf_str(&previous);
	}
	if (rc < 0)
		return rc;
	return gm_upstream_of(out, repo, !*name || is_head(name) ? branch : name);
}

/*
 * For `@{-2}` append the branch or id HEAD was at then, for `@{u}` the ref that is followed;
 * for another name, the name itself.
 */
static int substitute(
	struct gm_buf *out, struct gm_repo *repo, const char *name, const char *branch)
{
	gm_cleanup(dispose_parts) struct parts parts = {.ref = NULL};
	size_t n;
	int rc = split(&parts, name);

	if (rc < 0)
		return rc;
	if (parts.selector && is_upstream(parts.selector))
		return find_upstream(out, repo, parts.ref, branch);
	if (parts.selector && !*parts.ref && parse_previous(&n, parts.selector))
		return gm_revision_log_previous(out, gm_repo_refs(repo), n);
	return gm_buf_puts(out, name);
}

int gm_revision_find_ref(struct gm_oid *out, struct gm_buf *name_out,
	struct gm_buf *target_out, struct gm_repo *repo, const char *name,
	const char *branch)
{
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf candidate = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);

	if (is_head(name))
		return read_head(out, name_out, target_out, repo, branch);
	int rc = substitute(&wanted, repo, name, branch);
	if (rc < 0)
		return rc;
	rc = GM_ENOTFOUND;
	for (size_t rule = 0; rc == GM_ENOTFOUND && rule < N_RULES; rule++)
		rc = read_by_rule(
			out, &candidate, &target, repo, gm_buf_str(&wanted), rule);
	if (rc == GM_ENOTFOUND)
		return unknown(name);
	if (rc == 0)
		rc = gm_buf_puts(name_out, gm_buf_str(&candidate));
	return rc < 0 ? rc : gm_buf_puts(target_out, gm_buf_str(&target));
}

/* A ref, else a short id. */
static int resolve_plain(struct gm_oid *out, struct gm_repo *repo, const char *name,
	const char *branch, enum gm_revision_hint hint)
{
	gm_autobuf full = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_revision_find_ref(out, &full, &target, repo, name, branch);

	if (rc != GM_ENOTFOUND || is_head(name))
		return rc;
	const char *described = gm_short_id_described(name);
	rc = GM_ENOTFOUND;
	if (described)
		rc = gm_short_id_resolve(
			out, gm_repo_store(repo), described, GM_HINT_COMMITTISH);
	if (rc == GM_ENOTFOUND)
		rc = gm_short_id_resolve(out, gm_repo_store(repo), name, hint);
	return rc == GM_ENOTFOUND ? unknown(name) : rc;
}

/*
 * Look into the log of the ref itself, else of what it points to. Returns 1 when there is a
 * log, 0 when there is none.
 */
static int search_logs(struct gm_oid *out, struct gm_repo *repo, const char *ref,
	const char *target, const char *selector)
{
	int rc = gm_revision_log_find(out, gm_repo_refs(repo), ref, selector);

	if (rc == 0 && strcmp(ref, target) != 0)
		rc = gm_revision_log_find(out, gm_repo_refs(repo), target, selector);
	return rc;
}

/* `@{...}`: the log of the branch we are on, not that of HEAD. Returns 1, as those below. */
static int resolve_own_log(struct gm_oid *out, struct gm_repo *repo, const char *selector,
	const char *branch)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid now;
	int rc = read_head(&now, &name, &target, repo, branch);

	if (rc == 0)
		rc = gm_revision_log_find(
			out, gm_repo_refs(repo), gm_buf_str(&target), selector);
	if (rc == 0 && strcmp(selector, "0") == 0) {
		*out = now;
		return 1;
	}
	if (rc == 0)
		return gm_error(
			GM_ENOTFOUND, "there is no log of '%s'", gm_buf_str(&target));
	return rc;
}

static int resolve_head_log(struct gm_oid *out, struct gm_repo *repo,
	const char *selector, const char *branch)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid now;
	int rc = read_head(&now, &name, &target, repo, branch);

	if (rc == 0)
		rc = search_logs(
			out, repo, gm_buf_str(&name), gm_buf_str(&target), selector);
	return rc == 0 ? gm_error(GM_ENOTFOUND, "there is no log of 'HEAD'") : rc;
}

/* `REF@{...}`: of the refs of that name, the first one that has a log. */
static int resolve_ref_log(struct gm_oid *out, struct gm_repo *repo, const char *name,
	const char *selector, const char *branch)
{
	gm_autobuf wanted = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf full = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid now;
	int rc = substitute(&wanted, repo, name, branch);

	for (size_t rule = 0; rc == 0 && rule < N_RULES; rule++) {
		rc = read_by_rule(&now, &full, &target, repo, gm_buf_str(&wanted), rule);
		if (rc == 0)
			rc = search_logs(out, repo, gm_buf_str(&full),
				gm_buf_str(&target), selector);
		else if (rc == GM_ENOTFOUND)
			rc = 0;
	}
	return rc == 0 ? gm_error(GM_ENOTFOUND, "there is no log of '%s'", name) : rc;
}

static int resolve_previous(struct gm_oid *out, struct gm_repo *repo, size_t n)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_revision_log_previous(&name, gm_repo_refs(repo), n);

	if (rc == 0 && !gm_oid_parse(out, gm_buf_str(&name), name.size))
		rc = resolve_plain(out, repo, gm_buf_str(&name), NULL, GM_HINT_ANY);
	return rc < 0 ? rc : 1;
}

static int resolve_upstream(
	struct gm_oid *out, struct gm_repo *repo, const char *name, const char *branch)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = find_upstream(&ref, repo, name, branch);

	if (rc == 0)
		rc = gm_ref_read(out, NULL, gm_repo_refs(repo), gm_buf_str(&ref));
	if (rc == GM_ENOTFOUND && ref.size)
		return gm_error(GM_ENOTFOUND, "the upstream '%s' does not exist",
			gm_upstream_name(gm_buf_str(&ref)));
	return rc;
}

static int resolve_selector(struct gm_oid *out, struct gm_repo *repo,
	const struct parts *parts, const char *branch)
{
	size_t n;

	if (is_upstream(parts->selector))
		return resolve_upstream(out, repo, parts->ref, branch);
	if (strcasecmp(parts->selector, "push") == 0)
		return gm_error(GM_EINVALID,
			"'@{push}' is not known: '@{upstream}' is where a branch is "
			"pushed");
	if (parts->selector[0] == '-') {
		if (*parts->ref || !parse_previous(&n, parts->selector))
			return gm_error(GM_ENOTFOUND, "unknown revision '%s@{%s}'",
				parts->ref, parts->selector);
		return resolve_previous(out, repo, n);
	}
	if (!*parts->ref)
		return resolve_own_log(out, repo, parts->selector, branch);
	if (is_head(parts->ref))
		return resolve_head_log(out, repo, parts->selector, branch);
	return resolve_ref_log(out, repo, parts->ref, parts->selector, branch);
}

static int resolve_full_id(struct gm_oid *out, struct gm_repo *repo,
	const struct gm_oid *oid, const char *name)
{
	int rc = gm_store_exists(gm_repo_store(repo), oid);

	if (rc < 0)
		return rc;
	if (!rc)
		return gm_error(GM_ENOTFOUND, "no object has the id '%s'", name);
	*out = *oid;
	return 0;
}

int gm_revision_name(struct gm_oid *out, struct gm_repo *repo, const char *name,
	const char *branch, enum gm_revision_hint hint)
{
	gm_cleanup(dispose_parts) struct parts parts = {.ref = NULL};
	struct gm_oid oid;

	if (gm_oid_parse(&oid, name, strlen(name)))
		return resolve_full_id(out, repo, &oid, name);
	int rc = split(&parts, name);
	if (rc == 0)
		rc = parts.selector ? resolve_selector(&oid, repo, &parts, branch)
				    : resolve_plain(&oid, repo, name, branch, hint);
	if (rc < 0)
		return rc;
	*out = oid;
	return 0;
}
