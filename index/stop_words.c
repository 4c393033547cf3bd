#include "index/stop_words.h"

#include <string.h>

/* clang-format off */
/* Sorted. */
static const char *const stop_words[] = {
	"a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any",
	"are", "aren", "as", "at", "be", "because", "been", "before", "being", "below",
	"between", "both", "but", "by", "can", "could", "couldn", "d", "did", "didn",
	"do", "does", "doesn", "doing", "don", "done", "down", "during", "each", "for",
	"from", "further", "had", "hadn", "has", "hasn", "have", "haven", "having", "he",
	"her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "isn", "it",
	"its", "just", "ll", "m", "may", "me", "might", "more", "most", "must", "my",
	"no", "nor", "not", "of", "off", "on", "once", "only", "or", "other", "our",
	"out", "over", "own", "re", "s", "same", "shall", "she", "should", "shouldn",
	"so", "some", "such", "t", "than", "that", "the", "their", "them", "then",
	"there", "these", "they", "this", "those", "through", "to", "too", "under",
	"until", "up", "us", "ve", "very", "was", "wasn", "we", "were", "weren", "what",
	"when", "where", "which", "while", "who", "whom", "whose", "why", "will", "with",
	"won", "would", "wouldn", "you", "your",
};
/* clang-format on */

bool gm_is_stop_word(const char *word, size_t size)
{
	size_t from = 0;
	size_t to = sizeof(stop_words) / sizeof(*stop_words);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strncmp(word, stop_words[middle], size);
		if (order == 0 && stop_words[middle][size])
			order = -1;
		if (order == 0)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}
