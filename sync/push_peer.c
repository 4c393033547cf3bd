#include "sync/push_peer.h"

#include "sync/peer.h"
#include "sync/push_plan.h"
#include "sync/push_report.h"

struct commands {
	struct gm_peer_command *items;
	struct gm_pushed_ref **refs; /* whose commands they are */
	size_t n;
};

static void commands_dispose(struct commands *commands)
{
	for (size_t i = 0; i < commands->n; i++)
		gm_free(commands->items[i].reason);
	gm_free(commands->items);
	gm_free(commands->refs);
}

static int collect(struct commands *out, struct gm_push_result *plan)
{
	out->items = gm_calloc(plan->n + 1, sizeof(*out->items));
	out->refs = gm_calloc(plan->n + 1, sizeof(*out->refs));
	if (!out->items || !out->refs)
		return GM_ENOMEM;
	for (size_t i = 0; i < plan->n; i++) {
		struct gm_pushed_ref *ref = &plan->refs[i];
		if (!gm_push_is_sent(ref))
			continue;
		out->refs[out->n] = ref;
		out->items[out->n++] = (struct gm_peer_command){.ref = ref->remote_ref,
			.old_oid = ref->old_oid,
			.new_oid = ref->new_oid};
	}
	return 0;
}

static int take_reasons(struct commands *commands)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < commands->n; i++)
		if (commands->items[i].reason)
			rc = gm_push_refused_there(
				commands->refs[i], commands->items[i].reason);
	return rc;
}

static int tell(size_t done, size_t total, size_t bytes, void *payload)
{
	int rc = gm_worker_beat(payload, bytes);

	return rc < 0 ? rc : gm_worker_progress(payload, "Copying objects", done, total);
}

int gm_push_to_peer(const struct gm_push_to_peer *push, struct gm_worker *worker)
{
	gm_cleanup(commands_dispose) struct commands commands = {.n = 0};
	const struct gm_peer_options options = {.beat = tell, .payload = worker};
	struct gm_peer_copied copied = {.n_objects = 0};
	int rc = collect(&commands, push->plan);

	if (rc < 0)
		return rc;
	const struct gm_peer_push peer_push = {.commands = commands.items,
		.n = commands.n,
		.is_atomic = push->is_atomic,
		.outgoing = push->outgoing,
		.who = push->who,
		.message = "push"};
	rc = gm_peer_push(&copied, push->peer, push->repo, &peer_push, &options);
	push->plan->n_objects = copied.n_objects;
	push->plan->bytes = copied.bytes;
	return rc < 0 ? rc : take_reasons(&commands);
}
