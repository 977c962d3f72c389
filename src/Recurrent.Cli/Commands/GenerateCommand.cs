using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Output;
using Recurrent.Generation;
using Recurrent.Models;

namespace Recurrent.Cli.Commands;

/// <summary><c>generate</c>: from a model file and a beginning to a text.</summary>
internal static class GenerateCommand
{
    private const int MaxLength = 1_000_000;
    private const int MostNamed = 5; // unknown tokens in the warning

    /// <summary>Makes the verb.</summary>
    public static Verb Create(CliContext context)
    {
        var verb = new Verb(
            "generate",
            "Let a model continue a text; the most likely token follows each time.",
            ("recurrent generate story.safetensors", "from nothing"),
            ("recurrent generate story.safetensors --prefix \"the miller \" --length 200", "from a beginning")
        );
        var model = new Argument<string>("MODEL")
        {
            Description = "A model file that recurrent train wrote.",
        };
        var prefix = new Option<string>("--prefix")
        {
            Description = "The beginning to continue. [default: none]",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var length = NumberOption.Whole("--length", "Tokens to add.", 0, MaxLength, 50);
        verb.Arguments.Add(model);
        verb.Options.Add(prefix);
        verb.Options.Add(length);
        verb.SetAction(parsed =>
            Run(
                parsed.GetRequiredValue(model),
                parsed.GetRequiredValue(prefix),
                parsed.GetRequiredValue(length),
                context
            )
        );
        return verb;
    }

    private static int Run(string path, string prefix, int length, CliContext context)
    {
        var model = TrainedModel.Load(path);
        if (model.Model.Configuration.Bidirectional)
        {
            throw new FailureException(
                $"{path} holds a bidirectional model, which reads ahead and so cannot write; "
                    + "train one without --bidirectional."
            );
        }
        var generator = new TextGenerator(model.Model, model.Codec);
        var pieces = generator.Stream(prefix, length, Warn, context.Interruption.Token);
        foreach (var piece in pieces.Prepend(prefix))
        {
            // A terminal obeys some characters; a file takes the text as it is.
            context.Out.Write(context.OutIsTerminal ? SafeText.Lines(piece) : piece);
        }
        context.Out.WriteLine();
        return ExitCode.Success;

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
