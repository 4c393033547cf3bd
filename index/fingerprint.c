#include "index/fingerprint.h"

#include "index/analyser.h"

int gm_fingerprint_note(struct gm_database *database)
{
	for (unsigned i = GM_LANGUAGE_EN; i < GM_LANGUAGES; i++) {
		gm_autostatement *statement = NULL;
		enum gm_language language = (enum gm_language)i;
		uint32_t fingerprint;
		int rc = gm_statement_get(&statement, database,
			"INSERT INTO analysis (language, fingerprint) VALUES (?1, ?2)");

		if (rc == 0)
			rc = gm_analyser_fingerprint(
				&fingerprint, database->stemmer, language);
		if (rc < 0)
			return rc;
		gm_bind_text(statement, 1, gm_language_code(language));
		gm_bind_int(statement, 2, fingerprint);
		rc = gm_statement_run(statement);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_fingerprint_check(struct gm_database *database, enum gm_language language)
{
	gm_autostatement *statement = NULL;
	uint32_t fingerprint;

	if (language == GM_LANGUAGE_NONE)
		language = GM_LANGUAGE_EN; /* as which its words are stemmed */
	if (database->checked_languages & GM_LANGUAGE_BIT(language))
		return 0;
	int rc = gm_statement_get(&statement, database,
		"SELECT fingerprint FROM analysis WHERE language = ?1");
	if (rc == 0)
		rc = gm_analyser_fingerprint(&fingerprint, database->stemmer, language);
	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, gm_language_code(language));
	rc = gm_statement_step(statement);
	if (rc < 0)
		return rc;
	if (rc == 0 || gm_column_int(statement, 0) != fingerprint)
		return gm_database_distrust(database, "its words were made otherwise");
	database->checked_languages |= GM_LANGUAGE_BIT(language);
	return 0;
}

/* The first language in use behind `last`: 1, or 0 when there is none. */
static int next_language(
	enum gm_language *out, struct gm_database *database, const char *last)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT language FROM memory WHERE language <> 'en'"
		" AND language > ?1 ORDER BY language LIMIT 1");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, last);
	rc = gm_statement_step(statement);
	if (rc > 0)
		*out = gm_language_from_code(gm_column_text(statement, 0));
	if (rc > 0 && *out == GM_LANGUAGE_NONE)
		return gm_database_distrust(database, "a language is unknown");
	return rc;
}

/* From each to the next, which takes the same time however many memories there are. */
int gm_fingerprint_languages(unsigned *out, struct gm_database *database)
{
	enum gm_language language = GM_LANGUAGE_EN;
	const char *last = "";
	unsigned set = 0;
	int rc;

	do {
		set |= GM_LANGUAGE_BIT(language);
		rc = gm_fingerprint_check(database, language);
		if (rc == 0)
			rc = next_language(&language, database, last);
		last = gm_language_code(language);
	} while (rc > 0);
	if (rc == 0)
		*out = set;
	return rc;
}
