#include <string.h>

#include "base/strv.h"
#include "dag/commit.h"
#include "sync/peer.h"
#include "sync/peer_copy.h"
#include "sync/peer_ref.h"

static int refuse(struct gm_peer_command *command, int rc, const char *reason)
{
	gm_free(command->reason);
	command->rc = rc;
	command->reason = gm_strdup(reason);
	return command->reason ? 0 : GM_ENOMEM;
}

/* What no peer does, whatever its refs are; in the words of git-receive-pack. */
static const char *find_objection(const struct gm_peer_command *command,
	struct gm_repo *peer, const char *head_target)
{
	enum gm_object_type type = GM_OBJECT_NONE;
	size_t size;

	if (strncmp(command->ref, "refs/", 5) != 0 || gm_ref_check_name(command->ref) < 0)
		return "funny refname";
	if (gm_peer_ref_is_hidden(command->ref))
		return "deny updating a hidden ref";
	if (gm_oid_is_zero(&command->new_oid))
		return strcmp(command->ref, head_target)
			? NULL
			: "deletion of the current branch prohibited";
	if (gm_store_read_header(&type, &size, gm_repo_store(peer), &command->new_oid) <
		0)
		return "missing necessary objects";
	if (!strncmp(command->ref, "refs/heads/", 11) && type != GM_OBJECT_COMMIT)
		return "a branch must be a commit";
	return NULL;
}

/* Whether the ref is where it must be. The lock is held. */
static int compare(struct gm_peer_command *command, struct gm_repo *peer)
{
	struct gm_oid now;
	int rc = gm_ref_read(&now, NULL, gm_repo_refs(peer), command->ref);

	if (rc == GM_ENOTFOUND)
		now = gm_oid_zero;
	else if (rc < 0)
		return refuse(command, rc, "failed to read the ref");
	return gm_oid_equal(&now, &command->old_oid)
		? 0
		: refuse(command, GM_EMODIFIED, "failed to update ref");
}

static int judge(const struct gm_peer_push *push, struct gm_repo *peer)
{
	gm_autobuf head = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_ref_read_symbolic(&head, gm_repo_refs(peer), "HEAD");

	if (rc == GM_ENOTFOUND)
		rc = 0;
	for (size_t i = 0; rc == 0 && i < push->n; i++) {
		struct gm_peer_command *command = &push->commands[i];
		const char *objection = find_objection(command, peer, gm_buf_str(&head));
		command->rc = 0;
		rc = objection ? refuse(command, GM_EACCESS, objection)
			       : compare(command, peer);
	}
	return rc;
}

static bool is_any_refused(const struct gm_peer_push *push)
{
	for (size_t i = 0; i < push->n; i++)
		if (push->commands[i].rc)
			return true;
	return false;
}

static int refuse_rest(const struct gm_peer_push *push)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < push->n; i++)
		if (!push->commands[i].rc)
			rc = refuse(&push->commands[i], GM_EACCESS, "atomic push failed");
	return rc;
}

static struct gm_ref_update make_update(
	const struct gm_peer_push *push, const struct gm_peer_command *command)
{
	return (struct gm_ref_update){.name = command->ref,
		.old_oid = command->old_oid,
		.new_oid = command->new_oid,
		.who = push->who,
		.message = push->message};
}

static int update_at_once(
	const struct gm_peer_push *push, struct gm_repo *peer, struct gm_lock *lock)
{
	gm_autofree struct gm_ref_update *updates =
		gm_calloc(push->n + 1, sizeof(*updates));
	size_t n = 0;

	if (!updates)
		return GM_ENOMEM;
	for (size_t i = 0; i < push->n; i++)
		if (!push->commands[i].rc)
			updates[n++] = make_update(push, &push->commands[i]);
	return n ? gm_ref_update_all(gm_repo_refs(peer), lock, updates, n, NULL) : 0;
}

/* One that is where it should be already was changed along with others. */
static int update_alone(const struct gm_peer_push *push, struct gm_peer_command *command,
	struct gm_repo *peer, struct gm_lock *lock)
{
	const struct gm_ref_update update = make_update(push, command);
	struct gm_oid now = gm_oid_zero;
	int rc = gm_ref_read(&now, NULL, gm_repo_refs(peer), command->ref);

	if ((rc == 0 || rc == GM_ENOTFOUND) && gm_oid_equal(&now, &command->new_oid))
		return 0;
	if (push->is_atomic)
		return refuse(command, GM_EACCESS, "atomic push failed");
	rc = gm_ref_update(gm_repo_refs(peer), lock, &update);
	if (rc == 0 || rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	return refuse(command, rc, "failed to update ref");
}

static int update_refs(
	const struct gm_peer_push *push, struct gm_repo *peer, struct gm_lock *lock)
{
	int rc = judge(push, peer);

	if (rc == 0 && push->is_atomic && is_any_refused(push))
		return refuse_rest(push);
	if (rc == 0)
		rc = update_at_once(push, peer, lock);
	if (rc == 0 || rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	/* One of them is in the way of all. */
	rc = 0;
	for (size_t i = 0; rc == 0 && i < push->n; i++)
		if (!push->commands[i].rc)
			rc = update_alone(push, &push->commands[i], peer, lock);
	return rc;
}

static int copy_objects(struct gm_batch **batch_out, struct gm_peer_copied *out,
	struct gm_repo *peer, struct gm_repo *repo, const struct gm_peer_push *push,
	const struct gm_peer_options *options)
{
	if (!push->outgoing || !gm_outgoing_n(push->outgoing))
		return 0;
	return gm_peer_copy(batch_out, out, gm_repo_store(peer), gm_repo_store(repo),
		push->outgoing, options);
}

int gm_peer_push(struct gm_peer_copied *out, struct gm_repo *peer, struct gm_repo *repo,
	const struct gm_peer_push *push, const struct gm_peer_options *options)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	struct gm_peer_copied copied = {.n_objects = 0};
	int rc = copy_objects(&batch, &copied, peer, repo, push, options);

	if (rc == 0)
		rc = gm_repo_lock(&lock, peer, "gitmem push", NULL, NULL);
	if (rc == 0)
		rc = update_refs(push, peer, lock);
	if (rc < 0)
		return rc;
	gm_lock_release(gm_steal(&lock));
	gm_batch_free(gm_steal(&batch));
	*out = copied;
	(void)gm_store_settle(gm_repo_store(peer)); /* the next writer sees to the rest */
	return 0;
}
