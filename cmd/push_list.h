/*
 * What a push is to send: the refspecs of git-push(1), as refs here and there.
 */
#ifndef GM_CMD_PUSH_LIST_H
#define GM_CMD_PUSH_LIST_H

#include "cmd/command.h"
#include "sync/ls_refs.h"
#include "sync/push_request.h"
#include "sync/remote.h"

/*
 * `local` is the full name of a ref where it is one, else what was typed. The same is to go to
 * the same place only once.
 */
struct gm_push_list {
	struct gm_push_update *items; /* their texts lie in `texts` */
	size_t n;
	size_t cap;
	struct gm_strv texts;
};

#define GM_PUSH_LIST_INIT                                              \
	{                                                              \
		.items = NULL, .n = 0, .cap = 0, .texts = GM_STRV_INIT \
	}
#define gm_autopushlist gm_cleanup(gm_push_list_dispose) struct gm_push_list
void gm_push_list_dispose(struct gm_push_list *list);

/* Add one; `local` NULL, and `oid` zero, to delete. */
int gm_push_list_add(struct gm_push_list *list, const char *local,
	const struct gm_oid *oid, const char *remote_ref);

/*
 * Add the branch that the call acts on: to the branch it follows, if it follows one of this
 * remote, else to the one of its name. GM_ENOTFOUND when it has no commit or HEAD is detached.
 */
int gm_push_list_branch(
	struct gm_push_list *list, struct gm_call *call, const struct gm_remote *remote);

/* Add every ref below a prefix ("refs/heads/", "refs/tags/"), to the same name there. */
int gm_push_list_all(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *prefix);

/*
 * Add what a refspec says: `SRC`, `SRC:DST`, or a pattern. GM_EUSAGE for one that forces,
 * GM_ENOTFOUND when nothing here is called so, GM_EAMBIGUOUS when two refs are.
 */
int gm_push_list_refspec(struct gm_push_list *list, struct gm_call *call,
	const struct gm_remote *remote, const char *refspec);

/*
 * Add the removal of a branch or a tag of the remote, which has these refs. GM_ENOTFOUND,
 * GM_EAMBIGUOUS.
 */
int gm_push_list_delete(struct gm_push_list *list, const struct gm_remote *remote,
	const struct gm_remote_refs *refs, const char *name);

#endif
