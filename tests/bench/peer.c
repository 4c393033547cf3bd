/*
 * What is commonly put together to recall memories: SQLite's FTS5 with its bm25(), beside the
 * nearest neighbours that sqlite-vec finds, fused by reciprocal ranks.
 *
 *   bench-peer VEC0 DATABASE build DIMENSIONS   memories on standard input, one a line
 *   bench-peer VEC0 DATABASE ask QUERY          one question
 *   bench-peer VEC0 DATABASE ask                questions on standard input, one a line
 *
 * VEC0 is the extension's shared object. A QUERY is one of FTS5's. An answer is ten memories, a
 * line each, and an empty line. Vectors are means of pseudo-random ones, one for each word: how
 * long a search takes does not depend on what they are.
 */
#include <ctype.h>
#include <math.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIMENSIONS 1024
#define POOL 200
#define SHOWN 10
#define RRF 60.0

struct peer {
	sqlite3 *db;
	int dimensions;
	sqlite3_stmt *words;
	sqlite3_stmt *near;
	sqlite3_stmt *content;
};

struct candidate {
	sqlite3_int64 row;
	double score;
};

static void must(const struct peer *peer, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return;
	(void)fprintf(stderr, "%s\n", sqlite3_errmsg(peer->db));
	exit(1);
}

static void run(const struct peer *peer, const char *sql)
{
	must(peer, sqlite3_exec(peer->db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(const struct peer *peer, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	must(peer, sqlite3_prepare_v2(peer->db, sql, -1, &statement, NULL));
	return statement;
}

static void add_word(float *sum, int dimensions, uint64_t hash)
{
	for (int i = 0; i < dimensions; i++) {
		hash = hash * 6364136223846793005U + 1442695040888963407U;
		sum[i] += (float)(int32_t)(hash >> 32) / 2147483648.0F;
	}
}

static void embed(float *out, int dimensions, const char *text)
{
	double norm = 0;

	memset(out, 0, (size_t)dimensions * sizeof(*out));
	while (*text) {
		uint64_t hash = 14695981039346656037U;
		const char *start = text;
		for (; isalnum((unsigned char)*text); text++)
			hash = (hash ^ (uint64_t)tolower((unsigned char)*text)) *
				1099511628211U;
		if (text > start)
			add_word(out, dimensions, hash);
		else
			text++;
	}
	for (int i = 0; i < dimensions; i++)
		norm += (double)out[i] * (double)out[i];
	for (int i = 0; i < dimensions && norm > 0; i++)
		out[i] /= (float)sqrt(norm);
}

static void bind_vector(const struct peer *peer, sqlite3_stmt *statement, const float *v)
{
	must(peer,
		sqlite3_bind_blob(statement, 1, v, peer->dimensions * (int)sizeof(*v),
			SQLITE_STATIC));
}

static void build(struct peer *peer, int dimensions)
{
	float vector[MAX_DIMENSIONS];
	char sql[128];
	char *line = NULL;
	size_t cap = 0;
	ssize_t size;

	peer->dimensions = dimensions;
	run(peer,
		"PRAGMA journal_mode=WAL; BEGIN;"
		"CREATE VIRTUAL TABLE words USING fts5 (content,"
		" tokenize='porter unicode61');"
		"INSERT INTO words (words, rank) VALUES ('hashsize', 67108864);");
	(void)snprintf(sql, sizeof(sql),
		"CREATE VIRTUAL TABLE vectors USING vec0 (embedding float[%d])",
		dimensions);
	run(peer, sql);
	sqlite3_stmt *words = prepare(peer, "INSERT INTO words (content) VALUES (?1)");
	sqlite3_stmt *vectors =
		prepare(peer, "INSERT INTO vectors (embedding) VALUES (?1)");
	while ((size = getline(&line, &cap, stdin)) > 0) {
		must(peer, sqlite3_bind_text(words, 1, line, (int)size, SQLITE_STATIC));
		must(peer, sqlite3_step(words));
		must(peer, sqlite3_reset(words));
		embed(vector, dimensions, line);
		bind_vector(peer, vectors, vector);
		must(peer, sqlite3_step(vectors));
		must(peer, sqlite3_reset(vectors));
	}
	free(line);
	must(peer, sqlite3_finalize(words));
	must(peer, sqlite3_finalize(vectors));
	run(peer,
		"INSERT INTO words (words) VALUES ('optimize'); COMMIT;"
		"PRAGMA wal_checkpoint(TRUNCATE)");
}

static void add_ranks(const struct peer *peer, struct candidate *found, size_t *n,
	sqlite3_stmt *statement)
{
	int rc;

	for (int rank = 1; (rc = sqlite3_step(statement)) == SQLITE_ROW; rank++) {
		sqlite3_int64 row = sqlite3_column_int64(statement, 0);
		size_t i = 0;
		while (i < *n && found[i].row != row)
			i++;
		if (i == *n)
			found[(*n)++] = (struct candidate){.row = row};
		found[i].score += 1 / (RRF + rank);
	}
	must(peer, rc);
	must(peer, sqlite3_reset(statement));
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->score < y->score) - (x->score > y->score);
}

static void ask(const struct peer *peer, const char *query)
{
	struct candidate found[2 * POOL];
	float vector[MAX_DIMENSIONS];
	size_t n = 0;

	embed(vector, peer->dimensions, query);
	must(peer, sqlite3_bind_text(peer->words, 1, query, -1, SQLITE_STATIC));
	add_ranks(peer, found, &n, peer->words);
	bind_vector(peer, peer->near, vector);
	add_ranks(peer, found, &n, peer->near);
	qsort(found, n, sizeof(*found), compare);
	for (size_t i = 0; i < n && i < SHOWN; i++) {
		must(peer, sqlite3_bind_int64(peer->content, 1, found[i].row));
		must(peer, sqlite3_step(peer->content));
		(void)printf("%.4f %s", found[i].score,
			(const char *)sqlite3_column_text(peer->content, 0));
		must(peer, sqlite3_reset(peer->content));
	}
	(void)printf("\n");
	(void)fflush(stdout);
}

static void prepare_questions(struct peer *peer)
{
	sqlite3_stmt *one =
		prepare(peer, "SELECT embedding FROM vectors WHERE rowid = 1");

	must(peer, sqlite3_step(one));
	peer->dimensions = sqlite3_column_bytes(one, 0) / (int)sizeof(float);
	must(peer, sqlite3_finalize(one));
	peer->words = prepare(peer,
		"SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT 200");
	peer->near = prepare(
		peer, "SELECT rowid FROM vectors WHERE embedding MATCH ?1 AND k = 200");
	peer->content = prepare(peer, "SELECT content FROM words WHERE rowid = ?1");
}

static void ask_lines(const struct peer *peer)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t size;

	while ((size = getline(&line, &cap, stdin)) > 0) {
		line[size - 1] = '\0';
		ask(peer, line);
	}
	free(line);
}

int main(int argc, char **argv)
{
	struct peer peer = {.db = NULL};

	if (argc < 4)
		return 2;
	must(&peer, sqlite3_open(argv[2], &peer.db));
	must(&peer,
		sqlite3_db_config(
			peer.db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL));
	must(&peer, sqlite3_load_extension(peer.db, argv[1], NULL, NULL));
	run(&peer, "PRAGMA mmap_size=8000000000");
	if (!strcmp(argv[3], "build") && argc == 5) {
		int dimensions = atoi(argv[4]);
		if (dimensions < 1 || dimensions > MAX_DIMENSIONS)
			return 2;
		build(&peer, dimensions);
		return 0;
	}
	prepare_questions(&peer);
	if (argc > 4)
		ask(&peer, argv[4]);
	else
		ask_lines(&peer);
	(void)sqlite3_close_v2(peer.db); /* it was only read */
	return 0;
}
