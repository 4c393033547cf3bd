/*
 * Removing a folder with all that is in it.
 */
#ifndef GM_BASE_REMOVE_TREE_H
#define GM_BASE_REMOVE_TREE_H

/*
 * Best effort, for what nobody needs any more: what cannot be removed stays. Symbolic links are
 * removed, not followed; what lies more than 64 folders deep stays. Needs no memory.
 */
void gm_remove_tree(const char *path);

#endif
