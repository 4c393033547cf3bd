#include "cmd/completion_scripts.h"

#include <stddef.h>
#include <string.h>

static const char bash[] =
	"# Completion of gitmem(1) for bash. The candidates come from the program "
	"itself.\n"
	"# shellcheck shell=bash\n"
	"\n"
	"_gitmem()\n"
	"{\n"
	"\tlocal words=() word line kind='' cut='' i\n"
	"\n"
	"\t# Bash cuts words at `=` and `:`; the program wants them whole.\n"
	"\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif ((${#words[@]})) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then\n"
	"\t\t\twords[-1]+=$word\n"
	"\t\telse\n"
	"\t\t\twords+=(\"$word\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t((${#words[@]})) || return 0\n"
	"\tword=${words[-1]}\n"
	"\tif [[ $word == *[=:]* ]]; then\n"
	"\t\tcut=${word%\"${word##*[=:]}\"}\n"
	"\tfi\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [[ $line == $'\\t'* ]]; then\n"
	"\t\t\tkind=${line#?}\n"
	"\t\telse\n"
	"\t\t\tprintf -v line '%q' \"${line%%$'\\t'*}\"\n"
	"\t\t\tCOMPREPLY+=(\"${line#\"$cut\"}\")\n"
	"\t\tfi\n"
	"\tdone < <(\"$1\" completion --words -- \"${words[@]}\" 2>/dev/null)\n"
	"\n"
	"\tif [[ $kind ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t[[ $kind == dir ]] && kind=-d || kind=-f\n"
	"\t\tmapfile -t COMPREPLY < <(compgen \"$kind\" -- \"${word#--*=}\")\n"
	"\t\t[[ $cut == --*= ]] || COMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
	"\tfi\n"
	"}\n"
	"\n"
	"complete -F _gitmem gitmem\n";

static const char zsh[] =
	"#compdef gitmem\n"
	"# Completion of gitmem(1) for zsh. The candidates come from the program "
	"itself.\n"
	"\n"
	"_gitmem() {\n"
	"\tlocal line kind name about\n"
	"\tlocal -a before found\n"
	"\n"
	"\tbefore=(\"${(@Q)words[2,CURRENT-1]}\")\n"
	"\tfor line in \"${(@f)$(command \"${(Q)words[1]}\" completion --words -- "
	"\"${before[@]}\" \"${(Q)PREFIX}\" 2>/dev/null)}\"; do\n"
	"\t\tcase $line in\n"
	"\t\t'') ;;\n"
	"\t\t$'\\t'*) kind=${line#?} ;;\n"
	"\t\t*)\n"
	"\t\t\tname=${line%%$'\\t'*} about=${line#*$'\\t'}\n"
	"\t\t\tfound+=(\"${name//:/\\\\:}${about:+:$about}\")\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\n"
	"\tif [[ -n $kind ]]; then\n"
	"\t\tcompset -P '--*='\n"
	"\t\tif [[ $kind == dir ]]; then _files -/; else _files; fi\n"
	"\telse\n"
	"\t\t_describe gitmem found\n"
	"\tfi\n"
	"}\n"
	"\n"
	"if [[ ${funcstack[1]-} == _gitmem ]]; then\n"
	"\t_gitmem \"$@\"\n"
	"else\n"
	"\tcompdef _gitmem gitmem\n"
	"fi\n";

static const char fish[] =
	"# Completion of gitmem(1) for fish. The candidates come from the program "
	"itself.\n"
	"\n"
	"function __gitmem_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l current (commandline -ct)\n"
	"\tset -l program $words[1]\n"
	"\tset -e words[1]\n"
	"\tset -l found (command $program completion --words -- $words \"$current\" "
	"2>/dev/null)\n"
	"\tset -l prefix (string match -r -- '^--[^=]+=' \"$current\")\n"
	"\tset -l path (string replace -r -- '^--[^=]+=' '' \"$current\")\n"
	"\n"
	"\tswitch \"$found[1]\"\n"
	"\t\tcase \\tfile\n"
	"\t\t\tprintf '%s\\n' \"$prefix\"(__fish_complete_path \"$path\")\n"
	"\t\tcase \\tdir\n"
	"\t\t\tprintf '%s\\n' \"$prefix\"(__fish_complete_directories \"$path\")\n"
	"\t\tcase '*'\n"
	"\t\t\tstring join \\n -- $found\n"
	"\tend\n"
	"end\n"
	"\n"
	"complete -c gitmem -f -a '(__gitmem_complete)'\n";

const char *gm_completion_script(const char *shell)
{
	static const struct {
		const char *shell;
		const char *script;
	} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (!strcmp(scripts[i].shell, shell))
			return scripts[i].script;
	return NULL;
}
