using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Formats;

namespace Recurrent.Cli.Arguments;

/// <summary>The argument that names a model file.</summary>
internal sealed class ModelFileArgument
{
    private readonly Argument<string> _path;

    /// <summary>Adds the argument to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="name">Its name in the help, where there is more than one.</param>
    /// <param name="description">Its help.</param>
    public ModelFileArgument(
        Verb verb,
        string name = "MODEL",
        string description = "A model file, written by recurrent train or recurrent import."
    )
    {
        _path = new(name) { Description = description };
        UsageError.RequireNames(_path, verb, "model file");
        verb.Arguments.Add(_path);
    }

    /// <summary>The option to take the network alone, for those verbs that add it.</summary>
    public Option<bool> NoCounts { get; } =
        new("--no-counts") { Description = "Leave out the counts of a model that has them: take its network alone." };

    /// <summary>Returns the path as given.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_path);

    /// <summary>Loads a model that reads left to right.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cannot">What a bidirectional model cannot do, such as "cannot be measured".</param>
    /// <exception cref="FailureException">The model reads from both ends.</exception>
    public TrainedModel LoadForward(ParseResult parsed, string cannot) =>
        LoadForward(Path(parsed), cannot, parsed.GetValue(NoCounts));

    /// <summary>Loads a model, without its counts if they are to be left out.</summary>
    public TrainedModel Load(ParseResult parsed) => Load(Path(parsed), parsed.GetValue(NoCounts));

    /// <inheritdoc cref="LoadForward(ParseResult, string)"/>
    public static TrainedModel LoadForward(string path, string cannot, bool leavesCounts)
    {
        var trained = Load(path, leavesCounts);
        return trained.Model.Configuration.Bidirectional
            ? throw new FailureException(
                $"{path} holds a bidirectional model, which reads ahead and so {cannot}; "
                    + "train one without --bidirectional."
            )
            : trained;
    }

    private static TrainedModel Load(string path, bool leavesCounts) =>
        TrainedModel.Load(path) is var trained && leavesCounts ? trained.WithoutCounts() : trained;
}
