/*
 * Taking the index of a repository over into one that was made out of it on the same machine.
 */
#ifndef GM_INDEX_CLONE_H
#define GM_INDEX_CLONE_H

/*
 * Make the index in the folder `dir`, which has none and nobody else uses, what the one in
 * `from_dir` is at this moment: its files never change, and are linked. 1 when it is; 0, and
 * `dir` is empty, when there is none, or it is another user's, is damaged or changes all the
 * time: then it is made by whoever needs it.
 */
int gm_index_clone(const char *dir, const char *from_dir);

#endif
