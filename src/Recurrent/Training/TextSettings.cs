using System.Text;
using Recurrent.Ranges;
using Recurrent.Text;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

/// <summary>The settings by which a text becomes tokens, a row each; for every command that reads a text.</summary>
internal static class TextSettings
{
    /// <summary>The treatment of the text before anything else.</summary>
    public static Setting<CorpusOptions, Normalization> Normalize { get; } =
        new()
        {
            Name = "normalize",
            Option = "--normalize",
            Group = SettingGroup.Text,
            Description =
                "none keeps the text as it is; letters keeps only A-Z and a-z, in lower case, with single "
                + "spaces between words.",
            Values = new WordValues<Normalization>(("none", Normalization.None), ("letters", Normalization.Letters)),
            Default = Normalization.None,
            Get = text => text.Normalization,
            Set = (text, normalization) => text with { Normalization = normalization },
            IsThere = _ => false, // the model file has it in its codec
        };

    /// <summary>The encoding of the text's bytes.</summary>
    public static Setting<CorpusOptions, Encoding?> Encoding { get; } =
        new()
        {
            Name = "encoding",
            Option = "--encoding",
            Group = SettingGroup.Text,
            Description =
                "The encoding of text without a byte order mark, such as windows-1252, latin1, utf-16 or shift_jis.",
            Values = new EncodingValues(),
            DefaultWords = "utf-8",
            Get = text => text.Encoding,
            Set = (text, encoding) => text with { Encoding = encoding },
            IsThere = text => text.Encoding is not null,
        };

    /// <summary>Every row but how many tokens are taken, for commands that take them all.</summary>
    public static IReadOnlyList<Setting<CorpusOptions>> OfWholeText { get; } =
    [
        Encoding,
        new Setting<CorpusOptions, LineEnds>
        {
            Name = "line-ends",
            Option = "--line-ends",
            Group = SettingGroup.Text,
            Description =
                "lf reads CRLF and CR at the ends of lines as LF; keep keeps them, and with --tokens bytes takes any "
                + "bytes, whatever they mean.",
            Values = new WordValues<LineEnds>(("lf", LineEnds.Lf), ("keep", LineEnds.Keep)),
            Default = LineEnds.Lf,
            Refusal = choices =>
                choices.Normalization == Normalization.Letters
                    ? "has no effect here; leave it out or add --normalize none"
                    : null,
            Get = text => text.LineEnds,
            Set = (text, ends) => text with { LineEnds = ends },
            IsThere = _ => false, // the model file has it in its codec
        },
        Normalize,
        new Setting<CorpusOptions, LineJoin>
        {
            Name = "lines",
            Option = "--lines",
            Group = SettingGroup.Text,
            Description = "What --normalize letters puts between two lines; with nothing, words run together.",
            Values = new WordValues<LineJoin>(("nothing", LineJoin.Nothing), ("space", LineJoin.Space)),
            Default = LineJoin.Nothing,
            Refusal = choices =>
                choices.Normalization == Normalization.Letters
                    ? null
                    : "has no effect here; leave it out or add --normalize letters",
            Get = text => text.LineJoin,
            Set = (text, join) => text with { LineJoin = join },
            IsThere = _ => false,
        },
        new Setting<CorpusOptions, Tokenizer>
        {
            Name = "tokens",
            Option = "--tokens",
            Group = SettingGroup.Text,
            Description = "What the text is split into, and what a model then reads and predicts.",
            Values = new WordValues<Tokenizer>(
                ("characters", Tokenizer.Characters),
                ("words", Tokenizer.Words),
                ("bytes", Tokenizer.Bytes)
            ),
            Default = Tokenizer.Characters,
            Get = text => text.Tokenizer,
            Set = (text, tokenizer) => text with { Tokenizer = tokenizer },
            IsThere = _ => false,
        },
        new Setting<CorpusOptions, int>
        {
            Name = "min-frequency",
            Option = "--min-frequency",
            Group = SettingGroup.Text,
            Description = "How often a token must occur to get a vocabulary entry; rarer tokens are read as <unk>.",
            Values = new NumberValues<int>(VocabularyOptions.Frequencies),
            Default = 1,
            Get = text => text.MinFrequency,
            Set = (text, frequency) => text with { MinFrequency = frequency },
            IsThere = text => text.MinFrequency != 1,
        },
        new Setting<CorpusOptions, int>
        {
            Name = "max-vocabulary",
            Option = "--max-vocabulary",
            Group = SettingGroup.Text,
            Description = "Maximum number of vocabulary entries, <unk> included; the most frequent tokens get them.",
            Values = new NumberValues<int>(VocabularyOptions.Sizes),
            DefaultWords = "no limit",
            Get = text => text.MaxVocabulary ?? 0,
            Set = (text, entries) => text with { MaxVocabulary = entries },
            IsThere = text => text.MaxVocabulary is not null,
        },
    ];

    /// <summary>The number of tokens taken, 0 for all.</summary>
    public static Setting<CorpusOptions, long> MaxTokens { get; } =
        new()
        {
            Name = "max-tokens",
            Option = "--max-tokens",
            Group = SettingGroup.Text,
            Description = "Tokens of the text to take, from its beginning; 0 for all.",
            Values = new NumberValues<long>(Within.AtLeast(0L)),
            DefaultWords = "0, and 10000 for the book",
            Get = text => text.MaxTokens ?? 0,
            Set = (text, tokens) => text with { MaxTokens = tokens > 0 ? tokens : null },
            IsKeptAlways = true,
        };

    /// <summary>Every row, in the order of the help.</summary>
    public static IReadOnlyList<Setting<CorpusOptions>> All { get; } = [.. OfWholeText, MaxTokens];
}
