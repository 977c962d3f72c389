using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Output;
using Recurrent.Decoding;
using Recurrent.Text;

namespace Recurrent.Cli.Commands;

/// <summary><c>generate</c>: from a model file and a beginning to a text.</summary>
internal static class GenerateCommand
{
    private const int MaxLength = 1_000_000;
    private const int MaxSamples = 1000;
    private const int MostNamed = 5; // unknown tokens in the warning

    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "generate",
            "Let a model continue a text; the most likely token follows each time, unless chance is asked for.",
            ("recurrent generate story.safetensors", "from nothing"),
            (
                "recurrent generate story.safetensors --prefix \"the miller \" --length 200",
                "from a beginning"
            ),
            ("recurrent generate story.safetensors --temperature 0.7 --samples 3", "three texts, by chance"),
            ("recurrent generate story.safetensors --top-p 0.9 --seed 2", "no unlikely letters")
        );
        var model = new ModelFileArgument(verb);
        var prefix = new Option<string>("--prefix")
        {
            Description = "The beginning to continue. [default: none]",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var length = NumberOption.Whole("--length", "Tokens to add.", 0, MaxLength, 50);
        verb.Options.Add(prefix);
        verb.Options.Add(length);
        var sampling = new SamplingArguments(verb, MaxSamples);
        verb.SetAction(parsed =>
        {
            var options = sampling.Of(parsed);
            var beams = sampling.Beams(parsed);
            var trained = model.LoadForward(parsed, "cannot write");
            Print(
                new TextGenerator(trained.Model, trained.Codec, options),
                trained.Codec,
                parsed.GetRequiredValue(prefix),
                parsed.GetRequiredValue(length),
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
        string prefix,
        int length,
        int samples,
        int beams,
        CliContext context
    )
    {
        var output = new SampleOutput(context.Out, context.OutIsTerminal, samples);
        var cancellation = context.Interruption.Token;
        if (codec.EncodePrompt(prefix).Unknown is { Count: > 0 } unknown)
        {
            Warn(unknown);
        }
        var pieces =
            beams > 1
                ? [new(0, generator.Search(prefix, length, beams, cancellation), IsLast: true)]
                : generator.StreamSamples(prefix, length, samples, cancellation);
        output.Begin(prefix);
        foreach (var piece in pieces)
        {
            output.Add(piece);
        }

        void Warn(IReadOnlyList<string> unknown)
        {
            var named = string.Join(", ", unknown.Take(MostNamed).Select(token => $"\"{token}\""));
            var more = unknown.Count > MostNamed ? $" and {unknown.Count - MostNamed} more" : "";
            context.Error.WriteLine(
                SafeText.OneLine($"The model has never seen {named}{more} and reads <unk> instead.")
            );
        }
    }
}
