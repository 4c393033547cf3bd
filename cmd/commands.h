/*
 * The commands, one function and one file each; the table in cmd/table.c names them.
 *
 * Each gets the arguments behind its name and returns an error code, or GM_COMMAND_DONE.
 */
#ifndef GM_CMD_COMMANDS_H
#define GM_CMD_COMMANDS_H

#include "cmd/command.h"

int gm_cmd_add(struct gm_call *call, int argc, char **argv);
int gm_cmd_bisect(struct gm_call *call, int argc, char **argv);
int gm_cmd_blame(struct gm_call *call, int argc, char **argv);
int gm_cmd_branch(struct gm_call *call, int argc, char **argv);
int gm_cmd_cherry_pick(struct gm_call *call, int argc, char **argv);
int gm_cmd_clone(struct gm_call *call, int argc, char **argv);
int gm_cmd_commit(struct gm_call *call, int argc, char **argv);
int gm_cmd_completion(struct gm_call *call, int argc, char **argv);
int gm_cmd_config(struct gm_call *call, int argc, char **argv);
int gm_cmd_count_objects(struct gm_call *call, int argc, char **argv);
int gm_cmd_diff(struct gm_call *call, int argc, char **argv);
int gm_cmd_edit(struct gm_call *call, int argc, char **argv);
int gm_cmd_expect(struct gm_call *call, int argc, char **argv);
int gm_cmd_export(struct gm_call *call, int argc, char **argv);
int gm_cmd_fetch(struct gm_call *call, int argc, char **argv);
int gm_cmd_fork(struct gm_call *call, int argc, char **argv);
int gm_cmd_fsck(struct gm_call *call, int argc, char **argv);
int gm_cmd_gc(struct gm_call *call, int argc, char **argv);
int gm_cmd_help(struct gm_call *call, int argc, char **argv);
int gm_cmd_hook(struct gm_call *call, int argc, char **argv);
int gm_cmd_import(struct gm_call *call, int argc, char **argv);
int gm_cmd_init(struct gm_call *call, int argc, char **argv);
int gm_cmd_list(struct gm_call *call, int argc, char **argv);
int gm_cmd_log(struct gm_call *call, int argc, char **argv);
int gm_cmd_ls_remote(struct gm_call *call, int argc, char **argv);
int gm_cmd_merge(struct gm_call *call, int argc, char **argv);
int gm_cmd_merge_base(struct gm_call *call, int argc, char **argv);
int gm_cmd_merge_driver(struct gm_call *call, int argc, char **argv);
int gm_cmd_push(struct gm_call *call, int argc, char **argv);
int gm_cmd_pull(struct gm_call *call, int argc, char **argv);
int gm_cmd_recall(struct gm_call *call, int argc, char **argv);
int gm_cmd_reflog(struct gm_call *call, int argc, char **argv);
int gm_cmd_reindex(struct gm_call *call, int argc, char **argv);
int gm_cmd_remote(struct gm_call *call, int argc, char **argv);
int gm_cmd_repack(struct gm_call *call, int argc, char **argv);
int gm_cmd_reset(struct gm_call *call, int argc, char **argv);
int gm_cmd_resolve(struct gm_call *call, int argc, char **argv);
int gm_cmd_restore(struct gm_call *call, int argc, char **argv);
int gm_cmd_revert(struct gm_call *call, int argc, char **argv);
int gm_cmd_rm(struct gm_call *call, int argc, char **argv);
int gm_cmd_show(struct gm_call *call, int argc, char **argv);
int gm_cmd_status(struct gm_call *call, int argc, char **argv);
int gm_cmd_switch(struct gm_call *call, int argc, char **argv);
int gm_cmd_sync(struct gm_call *call, int argc, char **argv);
int gm_cmd_tag(struct gm_call *call, int argc, char **argv);
int gm_cmd_version(struct gm_call *call, int argc, char **argv);

#endif
