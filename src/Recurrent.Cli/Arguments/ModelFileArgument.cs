using System.CommandLine;
using Recurrent.Formats;
using Recurrent.Models;

namespace Recurrent.Cli.Arguments;

/// <summary>The argument that names a model file.</summary>
internal sealed class ModelFileArgument
{
    private readonly Argument<string> _path = new("MODEL")
    {
        Description = "A model file that recurrent train wrote.",
    };

    /// <summary>Adds the argument to a verb.</summary>
    public ModelFileArgument(Verb verb) => verb.Arguments.Add(_path);

    /// <summary>The path, as given.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_path);

    /// <summary>Loads a model that reads left to right.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="so">What a bidirectional model therefore cannot do.</param>
    /// <exception cref="FailureException">The model reads from both ends.</exception>
    public TrainedModel LoadForward(ParseResult parsed, string so)
    {
        var trained = TrainedModel.Load(Path(parsed));
        return trained.Model.Configuration.Bidirectional
            ? throw new FailureException(
                $"{Path(parsed)} holds a bidirectional model, which reads ahead and so {so}; "
                    + "train one without --bidirectional."
            )
            : trained;
    }
}
