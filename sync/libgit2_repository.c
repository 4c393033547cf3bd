#include "sync/libgit2_repository.h"

#include <git2/sys/config.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/refdb_backend.h>
#include <git2/sys/repository.h>

#include "sync/libgit2.h"
#include "sync/odb_backend.h"
#include "sync/refdb_backend.h"

static int failed(int rc)
{
	return gm_libgit2_error(rc, "cannot prepare the repository for libgit2");
}

static int set_objects(
	git_repository *made, struct gm_repo *repo, struct gm_incoming *incoming)
{
	git_odb_backend *backend;
	git_odb *odb;
	int rc = git_odb_new(&odb);

	if (rc < 0)
		return failed(rc);
	rc = gm_odb_backend_new(&backend, gm_repo_store(repo), incoming);
	if (rc == 0) {
		rc = git_odb_add_backend(odb, backend, 1);
		if (rc < 0)
			backend->free(backend);
		else
			rc = git_repository_set_odb(made, odb);
		rc = rc < 0 ? failed(rc) : 0;
	}
	git_odb_free(odb);
	return rc;
}

static int set_refs(git_repository *made, struct gm_repo *repo)
{
	git_refdb_backend *backend;
	git_refdb *refdb;
	int rc = git_refdb_new(&refdb, made);

	if (rc < 0)
		return failed(rc);
	rc = gm_refdb_backend_new(&backend, repo);
	if (rc == 0) {
		rc = git_refdb_set_backend(refdb, backend);
		if (rc < 0)
			backend->free(backend);
		else
			rc = git_repository_set_refdb(made, refdb);
		rc = rc < 0 ? failed(rc) : 0;
	}
	git_refdb_free(refdb);
	return rc;
}

/* libgit2 would look for files of the user's, and crash when memory runs out meanwhile. */
static int set_settings(git_repository *made)
{
	git_config *config;
	int rc = git_config_new(&config);

	if (rc == 0) {
		rc = git_repository_set_config(made, config);
		git_config_free(config);
	}
	return rc < 0 ? failed(rc) : 0;
}

int gm_libgit2_repository(
	git_repository **out, struct gm_repo *repo, struct gm_incoming *incoming)
{
	git_repository *made;
	int rc = git_repository_new(&made);

	if (rc < 0)
		return failed(rc);
	rc = set_settings(made);
	if (rc == 0)
		rc = set_objects(made, repo, incoming);
	if (rc == 0)
		rc = set_refs(made, repo);
	if (rc < 0) {
		git_repository_free(made);
		return rc;
	}
	*out = made;
	return 0;
}
