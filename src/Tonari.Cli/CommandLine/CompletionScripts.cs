namespace Tonari.Cli.CommandLine;

/// <summary>Scripts that make a shell ask this program what can follow. They hold no knowledge of the commands, so they never age.</summary>
internal static class CompletionScripts
{
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };

    private const string Bash = """
        # tonari completion for bash: source <(tonari completion bash)
        _tonari() {
            local IFS=$'\n' words
            words=$(tonari "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            COMPREPLY=($(compgen -W "${words}" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _tonari tonari
        """;

    private const string Zsh = """
        #compdef tonari
        # tonari completion for zsh: source <(tonari completion zsh)
        _tonari() {
            local -a words
            words=(${(f)"$(tonari "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
            compadd -a words
        }
        compdef _tonari tonari
        """;

    private const string Fish = """
        # tonari completion for fish: tonari completion fish | source
        function __tonari_words
            set --local line (commandline --cut-at-cursor)
            tonari "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete --command tonari --no-files --arguments '(__tonari_words)'
        """;
}
