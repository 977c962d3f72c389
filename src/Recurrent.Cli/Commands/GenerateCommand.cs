using System.CommandLine;
using Recurrent.Adaptation;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary>The verb <c>generate</c>: from a model file and a prompt to a text.</summary>
internal static class GenerateCommand
{
    private const int MaxLength = 1_000_000;
    private const int MaxSamples = 1000;
    private const int SearchedLength = 50; // tokens
    private const int MaxNamed = 5; // unknown tokens in the warning

    /// <summary>Creates the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "generate",
            "Let a model write: a new text, or the continuation of a prompt, sampled and the same each time.",
            ("recurrent generate story.safetensors", "a new text"),
            ("recurrent generate story.safetensors --prompt \"the miller \"", "the continuation of a prompt"),
            ("recurrent generate story.safetensors --samples 3 --seed 2", "three other texts"),
            ("recurrent generate story.safetensors --temperature 0.5 --top-p 0.9", "more cautious"),
            ("recurrent generate story.safetensors --greedy --length 50", "no chance at all"),
            ("recurrent generate story.safetensors --prompt-file my.txt --adapt", "as my.txt is written"),
            ("recurrent generate story.safetensors --prompt-file my.txt --json", "for programs")
        );
        var model = new ModelFileArgument(verb);
        var prompt = new Option<string[]>("--prompt")
        {
            Description =
                "The beginning of the text, for the model to continue; may be given several times, for a text of each. "
                + $"{EscapedText.Rule} [default: none]",
            HelpName = "TEXT",
            Arity = new ArgumentArity(1, MaxSamples),
        };
        var promptFile = new Option<string?>("--prompt-file")
        {
            Description = "A file with the prompt, or - for standard input; the line end at its end is left out.",
            HelpName = "FILE",
        };
        var length = NumberOption.Optional(
            "--length",
            "Number of tokens to add.",
            Within.From(0, MaxLength),
            $"as many as make {SamplingOptions.DefaultLength} characters, and {SearchedLength} with --beams"
        );
        var adapt = new Option<bool>("--adapt")
        {
            Description =
                "Let a copy of the model learn from the prompt before it writes; the file stays as it is. One prompt.",
        };
        // The name of this option before it had its present one.
        var prefix = new Option<string?>("--prefix") { Hidden = true };
        verb.Options.Add(prompt);
        verb.Options.Add(promptFile);
        verb.Options.Add(prefix);
        verb.Options.Add(adapt);
        verb.Options.Add(length);
        var sampling = new SamplingArguments(verb, MaxSamples);
        var json = new Option<bool>("--json") { Description = "Print one JSON object for each text and nothing else." };
        var showTokens = new Option<bool>("--tokens")
        {
            Description = "With --json: each token, and the logarithm of the probability that the model gives it.",
        };
        verb.Options.Add(model.NoCounts);
        verb.Options.Add(json);
        verb.Options.Add(showTokens);
        verb.SetAction(parsed =>
        {
            Option[] beginnings = [prompt, promptFile, prefix];
            if (beginnings.Where(option => option.IsGiven(parsed)).ToList() is [var one, var other, ..])
            {
                throw new UsageException($"{one.Name} and {other.Name} set the same thing; give only {one.Name}.");
            }
            if (showTokens.IsGiven(parsed) && !json.IsGiven(parsed))
            {
                throw new UsageException("--tokens needs --json, which has a place for them.");
            }
            var options = sampling.Of(parsed);
            var beams = sampling.Beams(parsed);
            if (beams > 1 && showTokens.IsGiven(parsed))
            {
                throw new UsageException("--beams gives a text without its tokens; leave out --tokens.");
            }
            string[] prompts =
                parsed.GetValue(promptFile) is { } file ? [Read(file, context)]
                : parsed.GetValue(prefix) is { } before ? [EscapedText.Read(before)]
                : prompt.IsGiven(parsed) ? [.. parsed.GetRequiredValue(prompt).Select(EscapedText.Read)]
                : [""];
            if (parsed.GetValue(adapt) && prompts is not [{ Length: > 0 }])
            {
                throw new UsageException("--adapt learns from one prompt; give one, by --prompt or --prompt-file.");
            }
            var texts = prompts.SelectMany(text => Enumerable.Repeat(text, sampling.Samples(parsed))).ToList();
            var trained = model.LoadForward(parsed, "cannot generate text");
            Warn(prompts.SelectMany(text => trained.Codec.EncodePrompt(text).Unknown).Distinct().ToList(), context);
            var written = parsed.GetValue(adapt)
                ? Adapted(trained, prompts[0], context.Interruption.Token)
                : trained.Model;
            var generator = new TextGenerator(written, trained.Codec, options);
            var cancellation = context.Interruption.Token;
            var pieces =
                beams > 1
                    ? texts.Select(
                        (text, place) =>
                            generator.Find(text, parsed.GetValue(length) ?? SearchedLength, beams, cancellation) with
                            {
                                Place = place,
                            }
                    )
                    : generator.StreamAll(texts, parsed.GetValue(length), parsed.GetValue(showTokens), cancellation);
            if (parsed.GetValue(json))
            {
                long? seed = beams > 1 || options.Temperature == 0 ? null : options.Seed;
                var objects = new GeneratedOutput(context.Out, texts, trained.Codec, seed, parsed.GetValue(showTokens));
                foreach (var piece in pieces)
                {
                    objects.Add(piece);
                }
                return ExitCode.Success;
            }
            using var output = new SampleOutput(context.Out, context.OutIsTerminal, texts, context.Time);
            output.Begin();
            foreach (var piece in pieces)
            {
                output.Add((piece.Place, piece.Text, piece.End is not null));
            }
            return ExitCode.Success;
        });
        return verb;
    }

    /// <summary>A model that has learned from a prompt.</summary>
    private static ILanguageModel Adapted(TrainedModel trained, string prompt, CancellationToken cancellationToken)
    {
        var reader = AdaptiveReader.Of(trained.Model);
        foreach (var token in trained.Codec.EncodePrompt(prompt).Tokens.Span)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reader.Read(token);
        }
        return reader.Adapted();
    }

    private static string Read(string file, CliContext context)
    {
        const string StandardInput = "-";
        if (file == StandardInput && context.OpenInput is null)
        {
            throw new UsageException(
                "--prompt-file - means standard input, which is a terminal; pipe a text in, or give --prompt."
            );
        }
        using var stream = file == StandardInput ? context.OpenInput!() : TextFile.OpenRead(file);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var origin = file == StandardInput ? "standard input" : file;
        var text = LineEndSink.Unify(TextFile.Decode(bytes.ToArray(), origin));
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    private static void Warn(List<string> unknown, CliContext context)
    {
        if (unknown.Count == 0)
        {
            return;
        }
        var named = string.Join(", ", unknown.Take(MaxNamed).Select(token => $"\"{token}\""));
        var more = unknown.Count > MaxNamed ? $" and {unknown.Count - MaxNamed} more" : "";
        context.Error.WriteLine(
            PrintableText.OneLine($"The model has never seen {named}{more} and reads <unk> instead.")
        );
    }
}
