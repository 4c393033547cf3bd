#include "sync/fetch_download.h"

#include "sync/libgit2.h"
#include "sync/libgit2_repository.h"

static int tell(const git_indexer_progress *stats, void *payload)
{
	bool receives =
		stats->received_objects < stats->total_objects || !stats->indexed_deltas;
	int rc = receives ? gm_worker_progress(payload, "Receiving objects",
				    stats->received_objects, stats->total_objects)
			  : gm_worker_progress(payload, "Resolving deltas",
				    stats->indexed_deltas, stats->total_deltas);

	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}

static int run(git_remote *remote, struct gm_worker *worker, const struct gm_strv *names)
{
	git_fetch_options options;
	const git_strarray specs = {names->items, names->n};
	int rc = git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);

	if (rc == 0) {
		options.callbacks.transfer_progress = tell;
		options.callbacks.payload = worker;
		options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
		rc = git_remote_download(remote, &specs, &options);
	}
	if (rc < 0)
		rc = gm_libgit2_error(rc, "cannot fetch");
	/* It is not our own output that nobody reads any more. */
	return rc == GM_EPIPE ? gm_error(GM_ERROR, "cannot fetch: the remote hung up")
			      : rc;
}

int gm_fetch_download(struct gm_incoming *incoming, struct gm_connection *connection,
	struct gm_repo *repo, struct gm_worker *worker, const struct gm_strv *names)
{
	git_repository *made = NULL;
	git_remote *remote = NULL;
	int rc = gm_libgit2_start();

	if (rc == 0)
		rc = gm_libgit2_repository(&made, repo, incoming);
	if (rc == 0)
		rc = gm_connection_remote(&remote, connection, made);
	if (rc == 0)
		rc = run(remote, worker, names);
	/* Hanging up may fail, too. */
	const struct gm_error error = *gm_error_last();
	git_remote_free(remote);
	git_repository_free(made);
	if (rc < 0) {
		(void)gm_error((enum gm_errcode)rc, "%s", error.message);
		gm_error_hint("%s", error.hint);
	}
	if (rc == 0 && !gm_incoming_pack(incoming))
		rc = gm_error(GM_ENOTFOUND, "the remote sent nothing of what it has");
	return rc;
}
