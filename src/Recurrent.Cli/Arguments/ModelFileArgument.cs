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
        _path.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("The name of the model file is empty");
            }
        });
        verb.Arguments.Add(_path);
    }

    /// <summary>Returns the path as given.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_path);

    /// <summary>Loads a model that reads left to right.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cannot">What a bidirectional model cannot do, such as "cannot be measured".</param>
    /// <exception cref="FailureException">The model reads from both ends.</exception>
    public TrainedModel LoadForward(ParseResult parsed, string cannot) => LoadForward(Path(parsed), cannot);

    /// <inheritdoc cref="LoadForward(ParseResult, string)"/>
    public static TrainedModel LoadForward(string path, string cannot)
    {
        var trained = TrainedModel.Load(path);
        return trained.Model.Configuration.Bidirectional
            ? throw new FailureException(
                $"{path} holds a bidirectional model, which reads ahead and so {cannot}; "
                    + "train one without --bidirectional."
            )
            : trained;
    }
}
