#include "index/stop_words.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "index/language.h"

#define WORD_SIZE 16

enum {
	EN = GM_LANGUAGE_BIT(GM_LANGUAGE_EN),
	DE = GM_LANGUAGE_BIT(GM_LANGUAGE_DE),
	FR = GM_LANGUAGE_BIT(GM_LANGUAGE_FR),
	ES = GM_LANGUAGE_BIT(GM_LANGUAGE_ES),
	PT = GM_LANGUAGE_BIT(GM_LANGUAGE_PT),
	IT = GM_LANGUAGE_BIT(GM_LANGUAGE_IT),
	NL = GM_LANGUAGE_BIT(GM_LANGUAGE_NL),
	SV = GM_LANGUAGE_BIT(GM_LANGUAGE_SV),
	DA = GM_LANGUAGE_BIT(GM_LANGUAGE_DA),
	NO = GM_LANGUAGE_BIT(GM_LANGUAGE_NO),
	FI = GM_LANGUAGE_BIT(GM_LANGUAGE_FI),
	RU = GM_LANGUAGE_BIT(GM_LANGUAGE_RU),
};

/* clang-format off */
/* Folded, and sorted by bytes. */
static const struct {
	char word[WORD_SIZE];
	unsigned short languages;
} stop_words[] = {
	{"a", EN | ES | PT | IT}, {"aan", NL}, {"aber", DE}, {"about", EN}, {"above", EN},
	{"ad", IT | DA}, {"af", DA}, {"after", EN}, {"again", EN}, {"agli", IT}, {"ai", FR | IT},
	{"al", ES | IT | NL}, {"algo", ES}, {"algunos", ES}, {"all", EN}, {"alla", IT | SV},
	{"alle", DE | IT | DA | NO}, {"allem", DE}, {"allen", DE}, {"aller", DE},
	{"alles", DE | NL}, {"allo", IT}, {"allt", SV}, {"alors", FR}, {"als", DE | NL},
	{"also", EN | DE}, {"alt", DA}, {"altijd", NL}, {"am", EN | DE}, {"an", EN | DE | SV},
	{"anche", IT}, {"ancora", IT}, {"and", EN}, {"anden", DA}, {"andere", NL}, {"ante", ES},
	{"antes", ES}, {"any", EN}, {"ao", PT}, {"aos", PT}, {"apos", PT}, {"apres", FR},
	{"aquela", PT}, {"aquele", PT}, {"aqui", ES}, {"ar", SV}, {"are", EN}, {"aren", EN},
	{"as", EN | FR | PT}, {"asi", ES}, {"at", EN | DA | NO}, {"ate", PT}, {"att", SV},
	{"au", FR}, {"auch", DE}, {"aucun", FR}, {"auf", DE}, {"aunque", ES}, {"aus", DE},
	{"aussi", FR}, {"autre", FR}, {"aux", FR}, {"av", SV | NO}, {"avec", FR}, {"avere", IT},
	{"aveva", IT}, {"avez", FR}, {"avoir", FR}, {"avons", FR}, {"bade", NO}, {"bara", SV},
	{"bare", NO}, {"be", EN}, {"because", EN}, {"been", EN}, {"before", EN}, {"bei", DE},
	{"beim", DE}, {"being", EN}, {"below", EN}, {"bem", PT}, {"ben", NL}, {"between", EN},
	{"bij", NL}, {"bin", DE}, {"bis", DE}, {"bist", DE}, {"ble", NO}, {"blev", SV | DA},
	{"bli", SV | NO}, {"blir", SV | NO}, {"blive", DA}, {"bliver", DA}, {"both", EN},
	{"but", EN}, {"by", EN}, {"c", FR | IT}, {"ca", FR}, {"cada", ES}, {"can", EN}, {"ce", FR},
	{"ceci", FR}, {"cela", FR}, {"celle", FR}, {"celui", FR}, {"ces", FR}, {"cet", FR},
	{"cette", FR}, {"ceux", FR}, {"che", IT}, {"chez", FR}, {"chi", IT}, {"ci", IT},
	{"cioe", IT}, {"com", PT}, {"come", IT}, {"comme", FR}, {"comment", FR}, {"como", ES | PT},
	{"con", ES | IT}, {"contra", ES}, {"contro", IT}, {"cosa", IT}, {"could", EN},
	{"couldn", EN}, {"cual", ES}, {"cuales", ES}, {"cuando", ES}, {"cuanto", ES},
	{"cuantos", ES}, {"cui", IT}, {"d", EN | FR}, {"da", DE | PT | IT | SV | DA | NO},
	{"daar", NL}, {"dabei", DE}, {"dagli", IT}, {"dai", IT}, {"dal", IT}, {"dalla", IT},
	{"dalle", IT}, {"dallo", IT}, {"damit", DE}, {"dan", NL}, {"dann", DE}, {"dans", FR},
	{"dar", SV}, {"darf", DE}, {"das", DE | PT}, {"dass", DE}, {"dat", NL},
	{"de", FR | ES | PT | NL | SV | DA | NO}, {"debe", ES}, {"deg", NO}, {"degli", IT},
	{"dei", IT}, {"dein", DE}, {"deine", DE}, {"del", ES | IT}, {"dela", PT}, {"dele", PT},
	{"dell", IT}, {"della", IT}, {"delle", IT}, {"dello", IT}, {"dem", DE | SV | DA},
	{"den", DE | SV | DA | NO}, {"denn", DE}, {"denna", SV}, {"denne", DA | NO},
	{"dentro", IT}, {"depois", PT}, {"depuis", FR}, {"der", DE | NL | DA}, {"deras", SV},
	{"dere", NO}, {"deres", DA | NO}, {"des", DE | FR}, {"desde", ES}, {"dess", SV},
	{"det", SV | DA | NO}, {"detta", SV}, {"dette", DA | NO}, {"deux", FR}, {"deve", PT},
	{"deze", NL}, {"di", IT}, {"dich", DE}, {"did", EN}, {"didn", EN}, {"die", DE | NL},
	{"dies", DE}, {"diese", DE}, {"diesem", DE}, {"diesen", DE}, {"dieser", DE},
	{"dieses", DE}, {"dig", SV | DA}, {"din", SV | DA | NO}, {"dir", DE}, {"disse", DA | NO},
	{"dit", NL}, {"do", EN | PT}, {"doch", DE | NL}, {"doen", NL}, {"does", EN}, {"doesn", EN},
	{"dog", DA}, {"doing", EN}, {"doit", FR}, {"don", EN}, {"donc", FR}, {"donde", ES},
	{"done", EN}, {"dont", FR}, {"door", NL}, {"dopo", IT}, {"dort", DE}, {"dos", ES | PT},
	{"dov", IT}, {"dove", IT}, {"down", EN}, {"du", DE | FR | DA | NO}, {"durante", ES},
	{"durch", DE}, {"durfen", DE}, {"during", EN}, {"dus", NL}, {"e", ES | PT | IT},
	{"each", EN}, {"ed", IT}, {"een", NL}, {"efter", SV | DA}, {"ei", FI}, {"ein", DE},
	{"eine", DE}, {"einem", DE}, {"einen", DE}, {"einer", DE}, {"eines", DE}, {"eivat", FI},
	{"ej", SV}, {"el", ES}, {"ela", PT}, {"elas", PT}, {"ele", PT}, {"eles", PT}, {"ella", ES},
	{"ellas", ES}, {"elle", FR}, {"eller", SV | DA | NO}, {"elles", FR}, {"ellos", ES},
	{"em", PT}, {"en", FR | ES | NL | SV | DA | NO | FI}, {"encore", FR}, {"end", DA},
	{"enn", NO}, {"entre", FR | ES | PT}, {"er", DE | NL | SV | DA | NO},
	{"era", ES | PT | IT}, {"eran", ES}, {"erano", IT}, {"es", DE | FR | ES}, {"esa", ES},
	{"ese", ES}, {"eso", ES}, {"esos", ES}, {"essa", PT}, {"esse", PT}, {"essere", IT},
	{"est", FR}, {"esta", ES | PT}, {"estan", ES}, {"estao", PT}, {"este", ES | PT},
	{"esto", ES}, {"estos", ES}, {"et", FR | DA | NO}, {"etaient", FR}, {"etait", FR},
	{"ete", FR}, {"etre", FR}, {"ett", SV}, {"etta", FI}, {"etter", NO}, {"etwas", DE},
	{"eu", FR | PT}, {"euch", DE}, {"euer", DE}, {"eure", DE}, {"eux", FR}, {"fa", IT | DA},
	{"faire", FR}, {"fait", FR}, {"fare", IT}, {"faut", FR}, {"faz", PT}, {"fazer", PT},
	{"fino", IT}, {"foi", PT}, {"for", EN | PT | SV | DA | NO}, {"foram", PT}, {"fordi", NO},
	{"fra", IT | DA | NO}, {"fran", SV}, {"from", EN}, {"fu", IT}, {"fue", ES}, {"fueron", ES},
	{"fur", DE}, {"further", EN}, {"ge", NL}, {"geen", NL}, {"gegen", DE}, {"geweest", NL},
	{"gewesen", DE}, {"gli", IT}, {"ha", ES | PT | IT | SV | NO}, {"haar", NL}, {"hab", DE},
	{"habe", DE}, {"haben", DE}, {"haber", ES}, {"habia", ES}, {"hace", ES}, {"hacer", ES},
	{"had", EN | NL}, {"hadde", NO}, {"hade", SV}, {"hadn", EN}, {"hai", IT}, {"ham", DA},
	{"han", ES | SV | DA | NO | FI}, {"hanno", IT}, {"hans", DA | NO}, {"har", SV | DA | NO},
	{"has", EN | ES}, {"hasn", EN}, {"hasta", ES}, {"hat", DE}, {"hatte", DE}, {"hatten", DE},
	{"havde", DA}, {"have", EN | DA}, {"haven", EN}, {"having", EN}, {"hay", ES},
	{"he", EN | ES | FI}, {"heb", NL}, {"hebben", NL}, {"heeft", NL}, {"hem", NL},
	{"hemos", ES}, {"hende", DA}, {"henne", NO}, {"her", EN | NO}, {"here", EN}, {"het", NL},
	{"heute", DE}, {"hier", DE | NL}, {"hij", NL}, {"him", EN}, {"hin", DE}, {"his", EN},
	{"ho", IT}, {"hoe", NL}, {"hon", SV}, {"how", EN}, {"hun", NL | DA | NO}, {"hur", SV},
	{"hva", NO}, {"hvad", DA}, {"hvem", NO}, {"hvilken", NO}, {"hvis", DA | NO},
	{"hvor", DA | NO}, {"hvordan", DA | NO}, {"hvorfor", DA | NO}, {"hvornar", DA},
	{"i", EN | IT | SV | DA | NO}, {"ich", DE}, {"ici", FR}, {"icke", SV}, {"iemand", NL},
	{"iets", NL}, {"if", EN}, {"ihm", DE}, {"ihn", DE}, {"ihnen", DE}, {"ihr", DE},
	{"ihre", DE}, {"ihrem", DE}, {"ihren", DE}, {"ihrer", DE}, {"ik", NL}, {"ikke", DA | NO},
	{"il", FR | IT}, {"ils", FR}, {"im", DE}, {"in", EN | DE | IT | NL}, {"ind", DA},
	{"ingen", SV | NO}, {"inn", NO}, {"ins", DE}, {"inte", SV}, {"into", EN}, {"io", IT},
	{"is", EN | NL}, {"isn", EN}, {"isso", PT}, {"ist", DE}, {"isto", PT}, {"it", EN},
	{"its", EN}, {"j", FR}, {"ja", DE | PT | NL | FI}, {"jag", SV}, {"je", FR | NL},
	{"jede", DE}, {"jedem", DE}, {"jeden", DE}, {"jeder", DE}, {"jedes", DE}, {"jeg", DA | NO},
	{"jer", DA}, {"jetzt", DE}, {"jij", NL}, {"jo", FI}, {"johon", FI}, {"joka", FI},
	{"jos", FI}, {"jossa", FI}, {"jotka", FI}, {"jouw", NL}, {"jusqu", FR}, {"just", EN},
	{"kan", NL | SV | DA | NO}, {"kann", DE}, {"kanssa", FI}, {"kein", DE}, {"keine", DE},
	{"keinem", DE}, {"keinen", DE}, {"keiner", DE}, {"kom", NO}, {"konnen", DE},
	{"konnte", DE}, {"koska", FI}, {"kuin", FI}, {"kuinka", FI}, {"kuka", FI}, {"kun", FI},
	{"kunde", SV}, {"kunne", DA | NO}, {"kunnen", NL}, {"l", FR | IT}, {"la", FR | ES | IT},
	{"las", ES}, {"le", FR | ES | IT}, {"lei", IT}, {"les", FR | ES}, {"leur", FR},
	{"leurs", FR}, {"lhe", PT}, {"li", IT}, {"ll", EN}, {"lo", ES | IT}, {"loro", IT},
	{"lors", FR}, {"lorsque", FR}, {"los", ES}, {"lui", FR | IT}, {"m", EN | FR},
	{"ma", FR | IT | NO}, {"maar", NL}, {"mais", FR | PT}, {"mal", DE},
	{"man", DE | SV | DA | NO}, {"mange", DA}, {"mas", ES | PT}, {"may", EN},
	{"me", EN | FR | ES | PT | IT | NL | FI}, {"med", SV | DA | NO}, {"meer", NL}, {"meg", NO},
	{"meget", DA}, {"mein", DE}, {"meine", DE}, {"meinem", DE}, {"meinen", DE}, {"meiner", DE},
	{"mellan", SV}, {"mellom", NO}, {"meme", FR}, {"men", NL | SV | DA | NO}, {"mer", NO},
	{"mes", FR}, {"mesmo", PT}, {"met", NL}, {"meu", PT}, {"mi", ES | IT}, {"mia", IT},
	{"mich", DE}, {"mientras", ES}, {"mig", SV | DA}, {"might", EN}, {"mij", NL}, {"mijn", NL},
	{"mika", FI}, {"miksi", FI}, {"milla", FI}, {"milloin", FI}, {"min", SV | DA | NO},
	{"mina", FI}, {"minha", PT}, {"mio", IT}, {"mir", DE}, {"mis", ES}, {"missa", FI},
	{"mit", DE | DA}, {"mita", FI}, {"mod", DA}, {"moet", NL}, {"moeten", NL}, {"moi", FR},
	{"molto", IT}, {"mon", FR}, {"more", EN}, {"most", EN}, {"mot", SV | NO}, {"mucho", ES},
	{"muchos", ES}, {"muito", PT}, {"muss", DE}, {"mussen", DE}, {"must", EN}, {"mutta", FI},
	{"muy", ES}, {"my", EN}, {"mycket", SV}, {"myos", FI}, {"n", FR}, {"na", PT | NL | NO},
	{"naar", NL}, {"nach", DE}, {"nada", ES}, {"nao", PT}, {"nar", SV | DA | NO}, {"nas", PT},
	{"ne", FR | IT | FI}, {"ned", DA | NO}, {"negli", IT}, {"nei", IT}, {"nel", IT},
	{"nella", IT}, {"nelle", IT}, {"nello", IT}, {"nem", PT}, {"ni", FR | ES | SV},
	{"nicht", DE}, {"niet", NL}, {"niets", NL}, {"niin", FI}, {"no", EN | ES | PT | IT},
	{"noch", DE}, {"noe", NO}, {"noen", NO}, {"nog", NL}, {"noget", DA}, {"nogle", DA},
	{"noi", IT}, {"noin", FI}, {"non", IT}, {"nor", EN}, {"nos", FR | ES | PT},
	{"nosotros", ES}, {"nossa", PT}, {"nosso", PT}, {"nostro", IT}, {"not", EN}, {"notre", FR},
	{"nous", FR}, {"nu", NL | SV | DA}, {"nuestra", ES}, {"nuestro", ES}, {"num", PT},
	{"numa", PT}, {"nun", DE}, {"nur", DE}, {"nyt", FI}, {"o", ES | PT | IT}, {"ob", DE},
	{"och", SV}, {"oder", DE}, {"of", EN | NL}, {"off", EN}, {"og", DA | NO}, {"ogni", IT},
	{"ogsa", DA | NO}, {"ohne", DE}, {"olen", FI}, {"oli", FI}, {"olisi", FI}, {"olivat", FI},
	{"olla", FI}, {"om", NL | SV | DA | NO}, {"omdat", NL}, {"on", EN | FR | FI}, {"once", EN},
	{"onde", PT}, {"onder", NL}, {"only", EN}, {"ons", NL}, {"ont", FR}, {"onze", NL},
	{"ook", NL}, {"op", NL | DA}, {"opp", NO}, {"oppure", IT}, {"or", EN},
	{"os", ES | PT | DA}, {"oss", SV | NO}, {"other", EN}, {"otra", ES}, {"otro", ES},
	{"otros", ES}, {"ou", FR | PT}, {"our", EN}, {"out", EN}, {"ovat", FI},
	{"over", EN | NL | DA | NO}, {"own", EN}, {"pa", SV | DA | NO}, {"par", FR},
	{"para", ES | PT}, {"parce", FR}, {"pas", FR}, {"pela", PT}, {"pelas", PT}, {"pelo", PT},
	{"pelos", PT}, {"pendant", FR}, {"per", IT}, {"perche", IT}, {"pero", ES | IT},
	{"peu", FR}, {"peut", FR}, {"peuvent", FR}, {"peux", FR}, {"piu", IT}, {"plus", FR},
	{"poco", ES}, {"pode", PT}, {"podem", PT}, {"poi", IT}, {"por", ES | PT},
	{"porque", ES | PT}, {"pour", FR}, {"pourquoi", FR}, {"puede", ES}, {"pueden", ES},
	{"puedo", ES}, {"pues", ES}, {"puo", IT}, {"qu", FR}, {"quais", PT}, {"qual", PT | IT},
	{"quale", IT}, {"quali", IT}, {"quand", FR}, {"quando", PT | IT}, {"quanto", PT | IT},
	{"que", FR | ES | PT}, {"quel", FR}, {"quella", IT}, {"quelle", FR | IT}, {"quelles", FR},
	{"quello", IT}, {"quels", FR}, {"quem", PT}, {"questa", IT}, {"queste", IT},
	{"questi", IT}, {"questo", IT}, {"qui", FR | IT}, {"quien", ES}, {"quindi", IT},
	{"quoi", FR}, {"re", EN}, {"reeds", NL}, {"s", EN | FR}, {"sa", FR | SV},
	{"sadan", SV | DA}, {"same", EN}, {"sann", NO}, {"sans", FR}, {"sao", PT}, {"sara", IT},
	{"schon", DE}, {"se", FR | ES | PT | IT | FI}, {"sea", ES}, {"sedan", SV}, {"seg", NO},
	{"sehr", DE}, {"sei", IT}, {"sein", DE}, {"seine", DE}, {"seinem", DE}, {"seinen", DE},
	{"seiner", DE}, {"seit", DE}, {"seka", FI}, {"selv", NO}, {"sem", PT}, {"sen", FI},
	{"senza", IT}, {"ser", ES | PT}, {"sera", FR | ES | PT}, {"ses", FR}, {"seu", PT},
	{"seus", PT}, {"shall", EN}, {"she", EN}, {"should", EN}, {"shouldn", EN},
	{"si", FR | ES | IT}, {"sia", IT}, {"siamo", IT}, {"sich", DE}, {"sido", ES}, {"sie", DE},
	{"sig", SV | DA}, {"siina", FI}, {"sin", ES | SV | DA | NO}, {"sina", FI}, {"sind", DE},
	{"sita", FI}, {"ska", SV}, {"skal", DA | NO}, {"skulle", SV | DA | NO}, {"slik", NO},
	{"so", EN | DE | PT}, {"sobre", ES | PT}, {"soit", FR}, {"soll", DE}, {"sollen", DE},
	{"sollte", DE}, {"solo", ES}, {"som", DA | NO}, {"some", EN}, {"son", FR | ES},
	{"sono", IT}, {"sont", FR}, {"sopra", IT}, {"sous", FR}, {"sta", IT}, {"stato", IT},
	{"su", ES | IT}, {"sua", PT | IT}, {"suas", PT}, {"such", EN}, {"sue", IT}, {"sugli", IT},
	{"sui", IT}, {"sul", IT}, {"sulla", IT}, {"sulle", IT}, {"suo", IT}, {"sur", FR},
	{"sus", ES}, {"t", EN | FR}, {"ta", FR}, {"tai", FI}, {"tama", FI}, {"taman", FI},
	{"tambem", PT}, {"tambien", ES}, {"tan", ES}, {"tanto", ES}, {"tao", PT},
	{"te", FR | ES | NL | FI}, {"tegen", NL}, {"tem", PT}, {"tengo", ES}, {"tenho", PT},
	{"ter", PT}, {"tes", FR}, {"teu", PT}, {"than", EN}, {"that", EN}, {"the", EN},
	{"their", EN}, {"them", EN}, {"then", EN}, {"there", EN}, {"these", EN}, {"they", EN},
	{"thi", DA}, {"this", EN}, {"those", EN}, {"through", EN}, {"tiene", ES}, {"tienen", ES},
	{"til", DA | NO}, {"till", SV}, {"to", EN}, {"toch", NL}, {"todo", ES | PT},
	{"todos", ES | PT}, {"toen", NL}, {"toi", FR}, {"ton", FR}, {"too", EN}, {"tot", NL},
	{"tous", FR}, {"tout", FR}, {"toute", FR}, {"toutes", FR}, {"tra", IT}, {"tres", FR},
	{"troppo", IT}, {"tu", FR | ES | PT | IT}, {"tua", PT}, {"tuo", FI}, {"tus", ES},
	{"tutti", IT}, {"tutto", IT}, {"u", NL}, {"uber", DE}, {"ud", DA}, {"uit", NL},
	{"um", DE | PT}, {"uma", PT}, {"umas", PT}, {"un", FR | ES | IT}, {"una", ES | IT},
	{"unas", ES}, {"und", DE}, {"under", EN | SV | DA}, {"une", FR}, {"uno", ES | IT},
	{"unos", ES}, {"uns", DE | PT}, {"unser", DE}, {"unsere", DE}, {"unter", DE},
	{"until", EN}, {"up", EN}, {"upp", SV}, {"us", EN}, {"usted", ES}, {"ustedes", ES},
	{"ut", SV | NO}, {"uten", NO}, {"uw", NL}, {"vaan", FI}, {"vad", SV}, {"vaere", DA | NO},
	{"vaeret", DA}, {"vaert", NO}, {"vai", FI}, {"vain", FI}, {"van", NL},
	{"var", SV | DA | NO}, {"vara", SV}, {"varfor", SV}, {"vart", SV}, {"ve", EN},
	{"veel", NL}, {"vem", SV}, {"vers", FR}, {"very", EN}, {"vi", IT | SV | DA | NO},
	{"vid", SV}, {"viel", DE}, {"viene", IT}, {"vil", DA | NO}, {"vilka", SV}, {"vilken", SV},
	{"vill", SV}, {"ville", DA | NO}, {"voce", PT}, {"voces", PT}, {"voi", IT | FI},
	{"voici", FR}, {"voila", FR}, {"vom", DE}, {"von", DE}, {"voor", NL}, {"vor", DE},
	{"vores", DA}, {"vos", FR | PT}, {"vostro", IT}, {"votre", FR}, {"vous", FR}, {"waar", NL},
	{"waarom", NL}, {"wann", DE}, {"wanneer", NL}, {"want", NL}, {"war", DE},
	{"waren", DE | NL}, {"warum", DE}, {"was", EN | DE | NL}, {"wasn", EN}, {"wat", NL},
	{"we", EN | NL}, {"wegen", DE}, {"weil", DE}, {"weiter", DE}, {"wel", NL}, {"welche", DE},
	{"welchem", DE}, {"welchen", DE}, {"welcher", DE}, {"welches", DE}, {"welke", NL},
	{"wenn", DE}, {"wer", DE}, {"werd", NL}, {"werde", DE}, {"werden", DE}, {"were", EN},
	{"weren", EN}, {"wezen", NL}, {"what", EN}, {"when", EN}, {"where", EN}, {"which", EN},
	{"while", EN}, {"who", EN}, {"whom", EN}, {"whose", EN}, {"why", EN}, {"wie", DE | NL},
	{"wieder", DE}, {"wieso", DE}, {"wij", NL}, {"wil", NL}, {"will", EN | DE}, {"wir", DE},
	{"wird", DE}, {"wirst", DE}, {"with", EN}, {"wo", DE}, {"wohin", DE}, {"won", EN},
	{"worden", NL}, {"wordt", NL}, {"would", EN}, {"wouldn", EN}, {"wurde", DE},
	{"wurden", DE}, {"y", FR | ES}, {"ya", ES}, {"yo", ES}, {"you", EN}, {"your", EN},
	{"zal", NL}, {"ze", NL}, {"zei", NL}, {"zelf", NL}, {"zich", NL}, {"zij", NL},
	{"zijn", NL}, {"zo", NL}, {"zonder", NL}, {"zou", NL}, {"zu", DE}, {"zum", DE},
	{"zur", DE}, {"zwischen", DE}, {"а", RU}, {"без", RU}, {"был", RU},
	{"была", RU}, {"были", RU}, {"было", RU}, {"быть", RU}, {"в", RU},
	{"вам", RU}, {"вас", RU}, {"весь", RU}, {"во", RU}, {"вот", RU},
	{"все", RU}, {"всего", RU}, {"всех", RU}, {"вы", RU}, {"где", RU},
	{"да", RU}, {"для", RU}, {"до", RU}, {"его", RU}, {"ее", RU}, {"если", RU},
	{"есть", RU}, {"еще", RU}, {"ж", RU}, {"же", RU}, {"за", RU},
	{"зачем", RU}, {"здесь", RU}, {"и", RU}, {"из", RU}, {"или", RU},
	{"им", RU}, {"их", RU}, {"к", RU}, {"как", RU}, {"какая", RU},
	{"какие", RU}, {"какой", RU}, {"каком", RU}, {"ко", RU},
	{"когда", RU}, {"который", RU}, {"кто", RU}, {"ли", RU}, {"либо", RU},
	{"мне", RU}, {"может", RU}, {"можно", RU}, {"мой", RU}, {"мы", RU},
	{"на", RU}, {"над", RU}, {"надо", RU}, {"нас", RU}, {"наш", RU},
	{"не", RU}, {"него", RU}, {"нее", RU}, {"нет", RU}, {"ни", RU},
	{"них", RU}, {"но", RU}, {"ну", RU}, {"нужно", RU}, {"о", RU}, {"об", RU},
	{"он", RU}, {"она", RU}, {"они", RU}, {"оно", RU}, {"от", RU},
	{"очень", RU}, {"по", RU}, {"под", RU}, {"после", RU}, {"потому", RU},
	{"почему", RU}, {"при", RU}, {"про", RU}, {"раз", RU}, {"с", RU},
	{"свой", RU}, {"себя", RU}, {"сколько", RU}, {"со", RU}, {"так", RU},
	{"также", RU}, {"такой", RU}, {"там", RU}, {"те", RU}, {"тем", RU},
	{"то", RU}, {"того", RU}, {"тоже", RU}, {"той", RU}, {"только", RU},
	{"том", RU}, {"ты", RU}, {"у", RU}, {"уже", RU}, {"чего", RU}, {"чем", RU},
	{"через", RU}, {"что", RU}, {"чтобы", RU}, {"чье", RU}, {"эта", RU},
	{"эти", RU}, {"это", RU}, {"этого", RU}, {"этой", RU}, {"этом", RU},
	{"этот", RU}, {"я", RU},
};
/* clang-format on */

/* Where the words of each letter begin, and those of other scripts behind them. */
static const unsigned short starts[] = {0, 69, 96, 131, 227, 291, 311, 317, 379, 414, 436,
	455, 472, 541, 590, 632, 664, 688, 690, 770, 827, 855, 895, 953, 953, 958, 972,
	sizeof(stop_words) / sizeof(*stop_words)};

/* Small words of Chinese, and particles of Japanese, all of three bytes. */
static const char grammar[] = "的了吗呢吧着是什么怎哪这那我你"
			      "他她们它在和与或就也都很"
			      "をのはがにでともへかやねよ";

/* A word as two numbers that compare as its bytes do. */
struct key {
	uint64_t first;
	uint64_t second;
};

static struct key make_key(const char word[WORD_SIZE])
{
	struct key key;

	memcpy(&key, word, sizeof(key));
	key.first = be64toh(key.first);
	key.second = be64toh(key.second);
	return key;
}

unsigned gm_stop_word_languages(const char *word, size_t size)
{
	char padded[WORD_SIZE] = "";
	size_t letter = size ? (size_t)((unsigned char)*word - 'a') : 0;

	if (size >= WORD_SIZE || (letter >= 26 && !(*word & 0x80)))
		return 0;
	size_t from = starts[letter < 26 ? letter : 26];
	size_t to = starts[letter < 26 ? letter + 1 : 27];
	memcpy(padded, word, size);
	struct key key = make_key(padded);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		struct key other = make_key(stop_words[middle].word);
		if (key.first == other.first && key.second == other.second)
			return stop_words[middle].languages;
		if (key.first < other.first ||
			(key.first == other.first && key.second < other.second))
			to = middle;
		else
			from = middle + 1;
	}
	return 0;
}

static bool is_hiragana(const char *c)
{
	return c[0] == '\xe3' &&
		(c[1] == '\x81' || (c[1] == '\x82' && (unsigned char)c[2] < 0xa0));
}

static bool is_grammar(const char *c)
{
	for (const char *at = grammar; *at; at += 3)
		if (!memcmp(at, c, 3))
			return true;
	return false;
}

bool gm_is_stop_pair(const char *pair, size_t size)
{
	if (size != 6)
		return false;
	return (is_hiragana(pair) && is_hiragana(pair + 3)) || is_grammar(pair) ||
		is_grammar(pair + 3);
}
