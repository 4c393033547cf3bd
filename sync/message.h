/*
 * What gitmem and gitmem-sync say to each other: JSON, a line each. gitmem sends
 *
 *     {"request":"fetch",...}
 *
 * and gitmem-sync answers with any number of
 *
 *     {"progress":{"title":"Receiving objects","done":12,"total":40}}
 *     {"bytes":65536}                     work goes on: so many bytes moved since the last
 *
 * and at last with one of
 *
 *     {"done":{...}}
 *     {"error":{"code":-3,"message":"...","hint":"..."}}
 *
 * until its standard input ends.
 */
#ifndef GM_SYNC_MESSAGE_H
#define GM_SYNC_MESSAGE_H

#include "base/json.h"

/* The longest line: the refs of a large remote, or as many updates. */
#define GM_SYNC_MESSAGE_MAX ((size_t)256 << 20)

/* The last error as a message, and a message as the last error, whose code is returned. */
int gm_message_of_error(json_t **out);
int gm_message_to_error(const json_t *error);

#endif
