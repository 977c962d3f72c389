using Recurrent.Formats;

namespace Recurrent.Cli.Training;

/// <summary>Saves a model, somewhere else where it must be, so that no training is lost.</summary>
internal static class ModelSaver
{
    /// <summary>Saves to a path or, where that fails, to a new folder among the system's temporary files.</summary>
    /// <returns>Where the model is, null for nowhere; and what was wrong with the path, if anything.</returns>
    public static (string? Path, string? Problem) Save(TrainedModel model, string path)
    {
        var problem = Try(() => model.Save(path));
        if (problem is null)
        {
            return (path, null);
        }
        string? elsewhere = null;
        Try(() =>
        {
            // A folder of its own: no other user can have put a link there for us to follow.
            var folder = Directory.CreateTempSubdirectory("recurrent-").FullName;
            var copy = Path.Combine(folder, Path.GetFileName(path));
            model.Save(copy);
            elsewhere = copy;
        });
        return (elsewhere, problem);
    }

    /// <summary>The problem, without a full stop; null for none.</summary>
    private static string? Try(Action save)
    {
        try
        {
            save();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message.TrimEnd('.');
        }
    }
}
