using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Output;
using Recurrent.Decoding;
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
            ("recurrent generate story.safetensors --greedy --length 50", "no chance at all")
        );
        var model = new ModelFileArgument(verb);
        var prompt = new Option<string>("--prompt")
        {
            Description = $"The beginning of the text, for the model to continue. {EscapedText.Rule} [default: none]",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var length = NumberOption.Optional(
            "--length",
            "Number of tokens to add.",
            Within.From(0, MaxLength),
            $"as many as make {SamplingOptions.DefaultLength} characters, and {SearchedLength} with --beams"
        );
        // The name of this option before it had its present one.
        var prefix = new Option<string?>("--prefix") { Hidden = true };
        verb.Options.Add(prompt);
        verb.Options.Add(prefix);
        verb.Options.Add(length);
        var sampling = new SamplingArguments(verb, MaxSamples);
        verb.SetAction(parsed =>
        {
            if (prompt.IsGiven(parsed) && prefix.IsGiven(parsed))
            {
                throw new UsageException("--prompt and --prefix set the same thing; give only --prompt.");
            }
            var options = sampling.Of(parsed);
            var beams = sampling.Beams(parsed);
            var trained = model.LoadForward(parsed, "cannot generate text");
            Print(
                new TextGenerator(trained.Model, trained.Codec, options),
                trained.Codec,
                EscapedText.Read(parsed.GetValue(prefix) ?? parsed.GetRequiredValue(prompt)),
                parsed.GetValue(length),
                sampling.Samples(parsed),
                beams,
                context
            );
            return ExitCode.Success;
        });
        return verb;
    }

    private static void Print(
        TextGenerator generator,
        TextCodec codec,
        string prompt,
        int? length,
        int samples,
        int beams,
        CliContext context
    )
    {
        var output = new SampleOutput(context.Out, context.OutIsTerminal, samples);
        var cancellation = context.Interruption.Token;
        if (codec.EncodePrompt(prompt).Unknown is { Count: > 0 } unknown)
        {
            Warn(unknown);
        }
        var pieces =
            beams > 1
                ? [(0, generator.Search(prompt, length ?? SearchedLength, beams, cancellation), IsLast: true)]
                : generator.StreamSamples(prompt, length, samples, cancellation);
        output.Begin(prompt);
        foreach (var piece in pieces)
        {
            output.Add(piece);
        }

        void Warn(IReadOnlyList<string> unknown)
        {
            var named = string.Join(", ", unknown.Take(MaxNamed).Select(token => $"\"{token}\""));
            var more = unknown.Count > MaxNamed ? $" and {unknown.Count - MaxNamed} more" : "";
            context.Error.WriteLine(
                PrintableText.OneLine($"The model has never seen {named}{more} and reads <unk> instead.")
            );
        }
    }
}
