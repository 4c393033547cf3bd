#include "index/fusion.h"

static const float english_weights[GM_FEATURES] = {
	[GM_FEATURE_WORDS] = 1.42F,
	[GM_FEATURE_COVERED] = .40F,
	[GM_FEATURE_NAMED] = 4,
	[GM_FEATURE_ASKED] = 4.91F,
	[GM_FEATURE_SESSION] = 7.34F,
	[GM_FEATURE_BEST] = 2.57F,
	[GM_FEATURE_VECTOR] = 3.09F,
	[GM_FEATURE_NEAREST] = .78F,
	[GM_FEATURE_AGENT] = 1.11F,
	[GM_FEATURE_ONLY_ASKS] = -1.25F,
	[GM_FEATURE_TIME] = 2.15F,
	[GM_FEATURE_NAMES] = 2.64F,
	[GM_FEATURE_DATE] = 8.87F,
	[GM_FEATURE_SHORT] = -1.51F,
	[GM_FEATURE_FIRST] = .32F,
};

static const float other_weights[GM_FEATURES] = {
	[GM_FEATURE_WORDS] = 1.02F,
	[GM_FEATURE_COVERED] = .78F,
	[GM_FEATURE_NAMED] = 4,
	[GM_FEATURE_SESSION] = 7.15F,
	[GM_FEATURE_BEST] = 2.63F,
	[GM_FEATURE_VECTOR] = 3.56F,
	[GM_FEATURE_NEAREST] = .95F,
	[GM_FEATURE_AGENT] = 1.13F,
	[GM_FEATURE_DATE] = 8.79F,
	[GM_FEATURE_SHORT] = -2.37F,
};

static const char *const names[GM_FEATURES] = {
	[GM_FEATURE_WORDS] = "words",
	[GM_FEATURE_COVERED] = "covered",
	[GM_FEATURE_NAMED] = "named",
	[GM_FEATURE_ASKED] = "asked",
	[GM_FEATURE_SESSION] = "session",
	[GM_FEATURE_BEST] = "best",
	[GM_FEATURE_VECTOR] = "vector",
	[GM_FEATURE_NEAREST] = "nearest",
	[GM_FEATURE_AGENT] = "agent",
	[GM_FEATURE_ONLY_ASKS] = "only-asks",
	[GM_FEATURE_TIME] = "time",
	[GM_FEATURE_NAMES] = "names",
	[GM_FEATURE_DATE] = "date",
	[GM_FEATURE_SHORT] = "short",
	[GM_FEATURE_FIRST] = "first",
	[GM_FEATURE_RECENT] = "recent",
	[GM_FEATURE_IMPORTANT] = "important",
};

const float *gm_fusion_weights(bool english)
{
	return english ? english_weights : other_weights;
}

float gm_fusion_score(const float weights[GM_FEATURES], const float features[GM_FEATURES])
{
	float score = 0;

	for (size_t i = 0; i < GM_FEATURES; i++)
		score += weights[i] * features[i];
	return score;
}

const char *gm_feature_name(enum gm_feature feature)
{
	return names[feature];
}
