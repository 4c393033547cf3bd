#include "tests/powercut/workloads.h"

#include <stddef.h>
#include <string.h>

static const char *const adds[] = {
	"gitmem init --object-store $L",
	"gitmem add -c 'the first memory'",
	"gitmem add -c --key user/editor --tag a 'Maya edits in Helix'",
	"gitmem add -c --session s --role user 'Which shell does she use?'",
	"gitmem edit -c user/editor --content 'Maya edits in Vim'",
	"gitmem add -c --key user/shell 'She uses fish'",
	"gitmem rm -c user/shell",
	"gitmem add -c --key a/b/c/d 'a memory that lies deep'",
	"gitmem edit -c user/editor --tag b --tag c",
	"gitmem edit -c user/editor --key user/tools/editor",
	"gitmem config memory.maxSize 2m",
	"gitmem add -c \"$(head -c 30000 /dev/zero | tr '\\0' x)\"",
	"gitmem add -c 'one more'",
	"gitmem add -c 'and another'",
	NULL,
};

static const char *const stages[] = {
	"gitmem init --object-store $L",
	"gitmem add --key one 'staged on nothing'",
	"gitmem add --key two 'so is this'",
	"gitmem commit -m first",
	"gitmem add --key three text",
	"gitmem edit one --content changed",
	"gitmem rm two",
	"gitmem edit three --content 'changed before it was committed'",
	"gitmem commit -m second",
	"gitmem rm three",
	"gitmem add --key four 'text again'",
	"gitmem add -c --key five 'beside what is staged'",
	"gitmem commit -m third",
	"records 20 0 | gitmem import jsonl --no-commit -",
	"gitmem commit -m fourth",
	NULL,
};

static const char *const branches[] = {
	"gitmem init --object-store $L",
	"gitmem add -c --key k 'on main'",
	"gitmem branch one",
	"gitmem branch agent/two",
	"gitmem branch -m one agent/one",
	"gitmem --branch agent/two add -c 'on two'",
	"gitmem switch agent/two",
	"gitmem add --key staged 'staged on two'",
	"gitmem branch -m agent/two two",
	"gitmem switch -c three",
	"gitmem add -c --key k3 'on three'",
	"gitmem branch -D agent/one",
	"gitmem switch main",
	"gitmem branch -D three",
	"gitmem branch two/below 2>err || gitmem branch below",
	"gitmem branch -m below two-below",
	"gitmem add -c 'on main again'",
	NULL,
};

/* What waits is settled or given up, and commits are taken back and come again. */
static const char *const histories[] = {
	"gitmem init --object-store $L",
	"gitmem add -c --key k 'one'; gitmem branch other",
	"gitmem --branch other edit -c k --content 'theirs'",
	"gitmem edit -c k --content 'ours'",
	"gitmem add --key staged 'staged while a merge waits'",
	"gitmem merge -s manual other || test $? = 1",
	"gitmem add -c 'the tip moves'",
	"gitmem resolve k --take theirs",
	"gitmem merge --continue",
	"gitmem --branch other edit -c k --content 'theirs again'",
	"gitmem edit -c k --content 'ours again'",
	"gitmem merge -s manual other || test $? = 1",
	"gitmem branch -m main trunk",
	"gitmem branch -m trunk main",
	"gitmem merge --abort",
	"gitmem merge other",
	"gitmem reset --soft HEAD~1",
	"gitmem commit -m 'all of it at once'",
	"gitmem tag -m noted v1",
	"gitmem tag -f v1 HEAD~1",
	"gitmem revert HEAD",
	"gitmem cherry-pick HEAD~1",
	"gitmem add --key kept 'for the rescue'",
	"gitmem reset --hard HEAD~1",
	"gitmem restore -c k --from HEAD~1 || test $? = 1",
	"gitmem branch -f other HEAD",
	"gitmem branch -M other third",
	"gitmem bisect start HEAD HEAD~3",
	"gitmem bisect good",
	"gitmem bisect reset",
	"gitmem reflog expire --expire=now --all",
	"gitmem add -c 'at the end'",
	NULL,
};

/* Large batches become packs, or segments of their own. */
static const char *const imports[] = {
	"gitmem init --object-store $L",
	"records 90 0 | gitmem import jsonl -",
	"records 1500 1000 | gitmem import jsonl -",
	"gitmem add -c 'between two imports'",
	"records 1500 2000 | gitmem import jsonl -",
	"records 120 5000 | gitmem import jsonl -",
	"gitmem add -c 'after them'",
	NULL,
};

/* Enough small batches that active segments are sealed, dictionaries trained, indexes merged. */
static const char *const seals[] = {
	"gitmem init --object-store $L",
	"records 700 0 | gitmem import jsonl -",
	"records 700 1000 | gitmem import jsonl -",
	"records 600 2000 | gitmem import jsonl -",
	"gitmem add -c 1",
	"gitmem add -c 2",
	"records 700 3000 | gitmem import jsonl -",
	"gitmem add -c 3",
	"gitmem add -c 4",
	"records 700 4000 | gitmem import jsonl -",
	"records 800 5000 | gitmem import jsonl -",
	"gitmem branch beside",
	"gitmem add -c 5",
	"gitmem add -c 6",
	NULL,
};

/* What is not needed any more goes, what is is written anew. */
static const char *const upkeep[] = {
	"gitmem init --object-store $L",
	"records 400 0 | gitmem import jsonl -",
	"gitmem branch gone",
	"gitmem --branch gone add -c 'on a branch that goes'",
	"gitmem add --key staged 'staged before gc'",
	"gitmem branch -D gone",
	"gitmem gc",
	"gitmem commit -m 'staged before gc'",
	"gitmem add -c 'after gc'",
	"records 400 200 | gitmem import jsonl -",
	"gitmem gc --prune=now",
	"gitmem gc",
	"gitmem add -c 'at the end'",
	NULL,
};

/* Something of everything that stock git and we make, some of it in packs. */
#define EVERYTHING                                                                      \
	"stock() { git --git-dir=.gitmem -c user.name=T -c user.email=t@example.com "   \
	"\"$@\"; }; set -e; gitmem init --object-store git; "                           \
	"for i in 1 2 3 4 5 6 7 8; do gitmem add -c --key k/$((i % 3)) \"memory $i\"; " \
	"done; "                                                                        \
	"gitmem branch other; gitmem --branch other add -c 'only there'; "              \
	"stock repack -q -d; "                                                          \
	"gitmem branch gone; gitmem --branch gone add -c 'nothing leads here'; "        \
	"gitmem branch -D gone; "                                                       \
	"echo 'nor here' | stock hash-object -w --stdin >lost; "                        \
	"stock pack-objects -q .gitmem/objects/pack/pack <lost; rm lost; "              \
	"gitmem add -c 'loose again'; "                                                 \
	"gitmem --branch other add 'staged on other'; gitmem add --key staged 'not "    \
	"yet'; "                                                                        \
	"stock tag -a -m 'a tag' v1 main; stock tag light main~3; "                     \
	"stock pack-refs --all; stock update-ref refs/notes/x main~2; "                 \
	"stock symbolic-ref refs/remotes/origin/HEAD refs/heads/other; "                \
	"test $L = git || gitmem repack --object-store zstd"

static const char *const conversions[] = {
	"gitmem repack --object-store $O",
	"gitmem add -c 'after the conversion'",
	"gitmem add --key staged-too 'staged after it'",
	"gitmem branch between",
	"gitmem repack --object-store $L",
	"gitmem commit -m 'what was staged'",
	"gitmem branch -D between",
	"gitmem repack --object-store $O",
	"gitmem add -c 'at the end'",
	NULL,
};

/* With and without throwing away what nothing leads to. */
static const char *const packings[] = {
	"gitmem repack",
	"gitmem add -c 'after repack'",
	"gitmem gc",
	"records 60 0 | gitmem import jsonl -",
	"gitmem branch gone",
	"gitmem --branch gone add -c 'on a branch that goes'",
	"gitmem branch -D gone",
	"gitmem repack",
	"gitmem branch -D other",
	"gitmem add --key late 'staged late'",
	"gitmem gc --prune=now",
	"gitmem commit -m 'what was staged'",
	"gitmem repack",
	"gitmem add -c 'at the end'",
	NULL,
};

/* Of the last byte of each index, on which nothing but its checksum hangs. */
#define DAMAGE                                                              \
	"; test $L = git || gitmem repack; set -- .gitmem/store/idx-*; "    \
	"test $L = zstd || set -- .gitmem/objects/pack/*.idx; "             \
	"for i; do chmod u+w $i; printf '\\125\\252' | "                    \
	"dd of=$i conv=notrunc bs=1 seek=$(($(stat -c %s $i) - 2)); done; " \
	"if gitmem fsck; then false; else test $? = 1; fi"

static const char *const repairs[] = {
	"gitmem fsck --repair",
	"gitmem fsck",
	"gitmem add -c 'after the repair'",
	NULL,
};

/* Another repository beside the one that comes to be. */
#define PEER                                                                            \
	"set -e; mkdir peer; cd peer; gitmem init --object-store $L; "                  \
	"for i in 1 2 3 4 5 6 7 8; do gitmem add -c --key k/$((i % 3)) \"memory $i\"; " \
	"done; gitmem gc; gitmem tag v1; gitmem branch other; "                         \
	"gitmem --branch other add -c 'only there'; gitmem add -c 'not sealed yet'"

static const char *const clones[] = {
	"gitmem clone --bare peer .gitmem",
	"gitmem add -c 'after the clone'",
	"gitmem -C peer add -c --key k/1 'changed there'",
	"gitmem -C peer gc --prune=now",
	"gitmem add -c --key k/2 'changed here'",
	"gitmem gc --prune=now",
	"gitmem add -c 'at the end'",
	NULL,
};

static const struct workload workloads[] = {
	{"adds", adds, 3, NULL, false, false, false},
	{"stages", stages, 3, NULL, false, false, false},
	{"branches", branches, 3, NULL, false, false, false},
	{"histories", histories, 3, NULL, false, false, false},
	{"imports", imports, 2, NULL, false, false, false},
	{"seals", seals, 2, NULL, false, false, false},
	{"upkeep", upkeep, 2, NULL, false, false, false},
	{"conversions", conversions, 2, EVERYTHING, true, false, false},
	{"repairs", repairs, 1, EVERYTHING DAMAGE, false, true, false},
	{"packings", packings, 2, EVERYTHING, true, false, false},
	{"clones", clones, 2, PEER, false, false, true},
};

const struct workload *workload_find(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
		if (!strcmp(workloads[i].name, name))
			return &workloads[i];
	return NULL;
}

unsigned workload_samples(const struct workload *workload, unsigned n)
{
	unsigned shares = 0;

	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
		shares += 2 * workloads[i].share;
	return (n * workload->share + shares - 1) / shares;
}
