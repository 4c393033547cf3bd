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

int gm_fingerprint_use(struct gm_database *database, enum gm_language language)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"UPDATE analysis SET used = 1 WHERE language = ?1 AND used = 0");

	if (rc < 0 || language == GM_LANGUAGE_NONE)
		return rc;
	gm_bind_text(statement, 1, gm_language_code(language));
	return gm_statement_run(statement);
}

int gm_fingerprint_languages(unsigned *out, struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	unsigned set = GM_LANGUAGE_BIT(GM_LANGUAGE_EN);
	int rc = gm_fingerprint_check(database, GM_LANGUAGE_EN);

	if (rc == 0)
		rc = gm_statement_get(
			&statement, database, "SELECT language FROM analysis WHERE used");
	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		enum gm_language language =
			gm_language_from_code(gm_column_text(statement, 0));

		if (language == GM_LANGUAGE_NONE)
			return gm_database_distrust(database, "a language is unknown");
		rc = gm_fingerprint_check(database, language);
		if (rc < 0)
			return rc;
		set |= GM_LANGUAGE_BIT(language);
	}
	if (rc == 0)
		*out = set;
	return rc;
}
