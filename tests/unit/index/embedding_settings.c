#include "index/embedding.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/support.h"

static int read_settings(struct gm_embedding_settings *out, struct gm_config *config,
	const char *dir, const char *text)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	scratch_write(dir, "config", text, strlen(text));
	must(gm_buf_printf(&path, "%s/config", dir));
	must(gm_config_add_file(config, gm_buf_str(&path), NULL));
	return gm_embedding_settings_read(out, config);
}

static void without_settings_the_memories_are_learnt_from(void **state)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	struct gm_embedding_settings settings;
	char *dir = scratch_new();

	(void)state;
	must(gm_config_new(&config));
	must(read_settings(&settings, config, dir, ""));
	assert_int_equal(settings.kind, GM_EMBEDDING_LSA);
	assert_int_equal(settings.batch, 64);
	assert_int_equal(settings.timeout_ms, 2000);
	assert_string_equal(settings.query_prefix, "");
	assert_null(settings.model);
	assert_false(settings.private);
	scratch_remove(dir);
}

static void all_settings_are_read(void **state)
{
	static const char text[] = "[recall]\n"
				   "embedding = endpoint\n"
				   "embeddingModel = nomic-embed-text\n"
				   "embeddingUrl = http://localhost:11434/v1\n"
				   "embeddingKeyFile = ~/key\n"
				   "embeddingKeyVariable = OPENAI_API_KEY\n"
				   "embeddingDimensions = 256\n"
				   "embeddingBatch = 8\n"
				   "embeddingTimeout = 500\n"
				   "embeddingQueryPrefix = \"query: \"\n"
				   "embeddingTextPrefix = \"passage: \"\n"
				   "embeddingPrivate = true\n";
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	struct gm_embedding_settings settings;
	char *dir = scratch_new();

	(void)state;
	must(gm_config_new(&config));
	must(read_settings(&settings, config, dir, text));
	assert_int_equal(settings.kind, GM_EMBEDDING_ENDPOINT);
	assert_string_equal(settings.model, "nomic-embed-text");
	assert_string_equal(settings.url, "http://localhost:11434/v1");
	assert_string_equal(settings.key_file, "~/key");
	assert_string_equal(settings.key_variable, "OPENAI_API_KEY");
	assert_string_equal(settings.query_prefix, "query: ");
	assert_string_equal(settings.text_prefix, "passage: ");
	assert_int_equal(settings.dims, 256);
	assert_int_equal(settings.batch, 8);
	assert_int_equal(settings.timeout_ms, 500);
	assert_true(settings.private);
	scratch_remove(dir);
}

static void check_missing(const char *text, const char *name, int line)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	struct gm_embedding_settings settings;
	char *dir = scratch_new();

	must(gm_config_new(&config));
	int rc = read_settings(&settings, config, dir, text);
	if (rc != GM_EINVALID || !strstr(gm_error_last()->message, name))
		fail_msg("line %d: %d '%s'", line, rc, gm_error_last()->message);
	scratch_remove(dir);
}

#define assert_missing(text, name) check_missing(text, name, __LINE__)

static void each_kind_needs_its_own(void **state)
{
	(void)state;
	assert_missing("[recall]\nembedding = static\n", "'recall.embeddingModel'");
	assert_missing("[recall]\nembedding = command\n", "'recall.embeddingCommand'");
	assert_missing("[recall]\nembedding = endpoint\nembeddingModel = m\n",
		"'recall.embeddingUrl'");
	assert_missing("[recall]\nembedding = endpoint\nembeddingUrl = http://x/v1\n",
		"'recall.embeddingModel'");
	assert_missing("[recall]\nembedding = word2vec\n", "'word2vec'");
	assert_missing("[recall]\nembeddingBatch = 0\n", "'recall.embeddingBatch'");
}

static void check_setting(const char *name, const char *value, bool fine, int line)
{
	int rc = gm_embedding_check_setting(name, value);

	if (rc != (fine ? 0 : GM_EINVALID))
		fail_msg("line %d: %d '%s'", line, rc, gm_error_last()->message);
}

#define assert_setting(name, value, fine) check_setting(name, value, fine, __LINE__)

static void values_are_checked(void **state)
{
	(void)state;
	assert_setting("recall.embedding", "static", true);
	assert_setting("RECALL.EMBEDDING", "none", true);
	assert_setting("recall.embedding", "Static", false);
	assert_setting("recall.embeddingUrl", "https://api.openai.com/v1", true);
	assert_setting("recall.embeddingUrl", "http://[::1]:8080", true);
	assert_setting("recall.embeddingUrl", "ftp://x/v1", false);
	assert_setting("recall.embeddingUrl", "http://", false);
	assert_setting("recall.embeddingUrl", "http://me:secret@host/v1", false);
	assert_setting("recall.embeddingUrl", "http://host/v1?key=secret", false);
	assert_setting("recall.embeddingUrl", "http://host/v1 x", false);
	assert_setting("recall.embeddingPrivate", "yes", false);
	assert_setting("recall.embeddingDimensions", "0", true);
	assert_setting("recall.embeddingDimensions", "4097", false);
	assert_setting("recall.embeddingTimeout", "", false);
	assert_setting("recall.embeddingTimeout", "99999999999999999999", false);
	assert_setting("recall.embeddingBatch", "-1", false);
	assert_setting("recall.other", "anything", true);
}

static void a_password_in_a_url_is_not_repeated(void **state)
{
	(void)state;
	assert_int_equal(gm_embedding_check_setting(
				 "recall.embeddingUrl", "https://me:secret@host/v1"),
		GM_EINVALID);
	assert_null(strstr(gm_error_last()->message, "secret"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_settings_the_memories_are_learnt_from),
		cmocka_unit_test(all_settings_are_read),
		cmocka_unit_test(each_kind_needs_its_own),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(a_password_in_a_url_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
