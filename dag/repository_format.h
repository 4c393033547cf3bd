/*
 * The shape of a repository's folder, and whether this program knows it
 * (gitrepository-layout(5), "core.repositoryFormatVersion" in git-config(1)).
 */
#ifndef GM_DAG_REPOSITORY_FORMAT_H
#define GM_DAG_REPOSITORY_FORMAT_H

#include "dag/repository.h"

/* What is in HEAD where it is kept in segments: for stock git to see a repository, and refuse. */
#define GM_NO_HEAD "ref: refs/heads/.invalid\n"

/* GM_ENOTFOUND unless `gitdir` has what every repository has: HEAD, objects and refs. */
int gm_repo_format_look(const char *gitdir);

/*
 * Whether the settings say what layout the repository has, and not, having lost a line,
 * something that no repository says.
 */
bool gm_repo_format_is_stated(const struct gm_config *config);

/* The settings of a new repository. */
const char *gm_repo_config_text(enum gm_layout layout);

/* Whether the settings of a repository say that it has a segment store. */
bool gm_repo_format_has_segments(const struct gm_config *config);

/*
 * While a repository is being converted, or since that was interrupted (dag/convert.h), its
 * settings say that it has segments so that stock git stays away, but what counts are Git's
 * files: true when that is so.
 */
bool gm_repo_format_is_converting(const char *gitdir);

/*
 * GM_EINVALID when the settings of a repository ask for a version or an extension that this
 * program does not have.
 */
int gm_repo_format_check(const struct gm_config *config);

#endif
