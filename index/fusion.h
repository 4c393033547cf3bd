/*
 * Fusion: features to one score, by a sum with fixed weights, so that every score can be told in
 * its terms. The weights were fitted to questions about long talks and to collections of
 * abstracts together; those for questions that are not in English leave out the features that
 * know English only. The weight of GM_FEATURE_NAMED is none of them, as those collections have
 * no keys: it is such that a memory whose key is asked for comes before what was said about it.
 */
#ifndef GM_INDEX_FUSION_H
#define GM_INDEX_FUSION_H

#include "index/features.h"

/* The weight of each feature, for questions in English or others. */
const float *gm_fusion_weights(bool english);

float gm_fusion_score(
	const float weights[GM_FEATURES], const float features[GM_FEATURES]);

/* What explanations call a feature. */
const char *gm_feature_name(enum gm_feature feature);

#endif
