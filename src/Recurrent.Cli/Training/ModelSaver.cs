using Recurrent.Models;

namespace Recurrent.Cli.Training;

/// <summary>Saves a model, somewhere else where it must be, so that no training is lost.</summary>
internal static class ModelSaver
{
    /// <summary>Saves to a path or, where that fails, to a new folder among the system's temporary files.</summary>
    /// <returns>Where the model is, and what was wrong with the path, if anything.</returns>
    /// <exception cref="FailureException">Neither place takes it.</exception>
    public static (string Path, string? Problem) Save(TrainedModel model, string path)
    {
        try
        {
            model.Save(path);
            return (path, null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (SaveElsewhere(model, Path.GetFileName(path), problem), problem.Message.TrimEnd('.'));
        }
    }

    private static string SaveElsewhere(TrainedModel model, string fileName, Exception problem)
    {
        try
        {
            // A folder of its own: no other user can have put a link there for us to follow.
            var path = Path.Combine(Directory.CreateTempSubdirectory("recurrent-").FullName, fileName);
            model.Save(path);
            return path;
        }
        catch (Exception second) when (second is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(
                $"{problem.Message.TrimEnd('.')}; the model could not be saved among the temporary files either: "
                    + second.Message,
                problem
            );
        }
    }
}
