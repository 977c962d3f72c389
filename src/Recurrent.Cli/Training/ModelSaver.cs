using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>Saves a model, somewhere else where it must be, so that no training is lost.</summary>
internal static class ModelSaver
{
    /// <summary>
    /// Saves to a path or, where that fails, to a new folder among the system's temporary files. A model that is there
    /// and that this one may not replace is kept beside it.
    /// </summary>
    /// <returns>
    /// Where the model is, null for nowhere; what was wrong with the path, if anything; and where the older model is
    /// kept, null if it is not.
    /// </returns>
    public static (string? Path, string? Problem, string? Older) Save(TrainedModel model, string path)
    {
        string? older = null;
        var problem = Try(() =>
        {
            older = MayReplace(path, model) ? null : Keep(path);
            model.Save(path);
        });
        if (problem is null)
        {
            return (path, null, older);
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
        return (elsewhere, problem, older);
    }

    /// <summary>
    /// Whether nothing good is lost: there is no model, or it comes from the same text and this one predicts it at
    /// least as well; where the older was stopped before that could be measured, this one has read as much.
    /// </summary>
    private static bool MayReplace(string path, TrainedModel model)
    {
        if (!SharedFile.HasContent(path))
        {
            return true;
        }
        TrainingSummary older;
        try
        {
            older = TrainedModel.Load(path).Training;
        }
        catch (ModelFileException)
        {
            return false;
        }
        var newer = model.Training;
        return older.CorpusHash == newer.CorpusHash
            && TrainingSettings.MeasuredOn(older.Settings).SequenceEqual(TrainingSettings.MeasuredOn(newer.Settings))
            && (older.ValidationPerplexity ?? older.Perplexity) is var perplexity
            && (
                perplexity is null
                    ? newer.Tokens >= older.Tokens
                    : (newer.ValidationPerplexity ?? newer.Perplexity) <= perplexity
            );
    }

    /// <summary>Copies a file to the first free name beside it, such as story.1.safetensors.</summary>
    private static string Keep(string path)
    {
        for (var number = 1; ; number++)
        {
            var copy = Path.ChangeExtension(path, $"{number}{Path.GetExtension(path)}");
            if (!Path.Exists(copy))
            {
                File.Copy(path, copy);
                return copy;
            }
        }
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
