/*
 * gitmem-embed: asks an OpenAI-compatible endpoint for vectors. gitmem starts it and speaks to it
 * over pipes, as gitmem-embedding(7) says under PROTOCOL.
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/options.h"
#include "embed/endpoint.h"

#define EXIT_FAILED 128
#define EXIT_USAGE 129
#define DEFAULT_TIMEOUT_MS 120000

struct embed_options {
	struct gm_endpoint_options endpoint;
	const char *key_file;
	const char *key_variable;
};

static int print_line(const struct gm_buf *line)
{
	if (fwrite(gm_buf_str(line), 1, line->size, stdout) != line->size ||
		putchar('\n') == EOF || fflush(stdout) == EOF)
		return gm_error(GM_EPIPE, "cannot write the answer");
	return 0;
}

/* Tell the last error, without the key. */
static int print_error(const struct gm_key *key, bool away)
{
	gm_autojson *json = gm_json_object();
	gm_autobuf why = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_key_blot(&why, key, gm_error_last()->message);

	if (rc == 0)
		rc = gm_json_set_string(json, "error", gm_buf_str(&why));
	if (rc == 0 && away)
		rc = gm_json_set_bool(json, "away", true);
	if (rc == 0)
		rc = gm_json_dump(&line, json, false);
	return rc < 0 ? rc : print_line(&line);
}

static int check_texts(const json_t *texts)
{
	bool fine = json_is_array(texts) && json_array_size(texts);

	for (size_t i = 0; fine && i < json_array_size(texts); i++)
		fine = json_is_string(json_array_get(texts, i));
	return fine ? 0 : gm_error(GM_EINVALID, "the question is no list of texts");
}

static int answer(
	struct gm_buf *out, struct gm_endpoint *endpoint, const char *line, size_t size)
{
	gm_autojson *texts = NULL;
	gm_autojson *vectors = NULL;
	int rc = gm_json_parse(&texts, line, size);

	if (rc == 0)
		rc = check_texts(texts);
	if (rc == 0)
		rc = gm_endpoint_ask(&vectors, endpoint, texts);
	return rc < 0 ? rc : gm_json_dump(out, vectors, false);
}

static int serve(struct gm_endpoint *endpoint, const struct gm_key *key)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &cap, stdin)) > 0) {
		gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
		rc = answer(&out, endpoint, line, (size_t)n);
		if (rc == GM_EINVALID || rc == GM_ERROR)
			rc = print_error(key, rc == GM_ERROR);
		else if (rc == 0)
			rc = print_line(&out);
	}
	free(line);
	return rc;
}

static int run(struct embed_options *options)
{
	gm_autokey key = {.text = ""};
	gm_cleanup(gm_endpoint_free_p) struct gm_endpoint *endpoint = NULL;
	int rc = gm_key_read(&key, options->key_file, options->key_variable);

	options->endpoint.key = &key;
	if (rc == 0 && curl_global_init(CURL_GLOBAL_DEFAULT))
		rc = gm_error(GM_ERROR, "libcurl cannot be used");
	if (rc == 0)
		rc = gm_endpoint_new(&endpoint, &options->endpoint);
	if (rc == GM_EINVALID || rc == GM_ENOTFOUND)
		return print_error(&key, true);
	return rc < 0 ? rc : serve(endpoint, &key);
}

static int parse(struct embed_options *out, int argc, char **argv)
{
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 0, "url", &out->endpoint.url, "URL",
			"what stands before /embeddings", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "model", &out->endpoint.model, "NAME", "the model",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_SIZE, 0, "dimensions", &out->endpoint.dims, "N",
			"how many numbers to ask for (0: what the model has)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "key-file", &out->key_file, "FILE",
			"the file that holds the key", NULL, GM_COMPLETE_FILE},
		{GM_OPTION_STRING, 0, "key-variable", &out->key_variable, "NAME",
			"the environment variable that holds it", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_SIZE, 0, "timeout-ms", &out->endpoint.timeout_ms, "N",
			"how long to wait for an answer", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	struct gm_options_result result = {0};
	int rc = gm_options_parse(&result, table, argc - 1, argv + 1, false);

	if (rc == 0 &&
		(result.n_rest || result.help || !out->endpoint.url ||
			!out->endpoint.model))
		rc = gm_error(GM_EUSAGE,
			"usage: gitmem-embed --url URL --model NAME [--dimensions N] "
			"[--key-file FILE | --key-variable NAME] [--timeout-ms N]");
	gm_options_result_dispose(&result);
	return rc;
}

int main(int argc, char **argv)
{
	struct embed_options options = {
		.endpoint = {.timeout_ms = DEFAULT_TIMEOUT_MS},
		.key_variable = "GITMEM_EMBEDDING_KEY",
	};

	(void)signal(SIGPIPE, SIG_IGN);
	gm_interrupt_catch();
	gm_json_setup();
	int rc = parse(&options, argc, argv);
	if (rc == 0)
		rc = run(&options);
	if (rc == 0)
		return 0;
	gm_interrupt_raise();
	(void)fprintf(stderr, "gitmem-embed: %s\n", gm_error_last()->message);
	return rc == GM_EUSAGE ? EXIT_USAGE : EXIT_FAILED;
}
