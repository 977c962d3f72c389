using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>A run of several networks on a short text.</summary>
internal static class SeveralNetworks
{
    public static readonly Corpus Song = Corpus.FromText(
        string.Concat(Enumerable.Range(0, 120).Select(i => i % 3 == 0 ? "the miller " : $"sang of rye {i * i % 5} "))
    );

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TrainingPlan Plan(int networks, long seed = 1, double validation = 0.2, int epochs = 3) =>
        new(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = Song.Vocabulary.Count,
                HiddenSize = 7,
                Dropout = 0.2,
            },
            new TrainerOptions
            {
                BatchSize = 4,
                Steps = 32,
                Epochs = epochs,
                Optimizer = OptimizerKind.AdamW,
                LearningRate = 0.02,
                Validation = validation,
                Seed = seed,
            }
        )
        {
            Networks = networks,
        };

    public static TrainedModel Train(TrainingSession session)
    {
        Assert.NotEmpty(session.Run(Cancellation).ToList());
        return session.Finish();
    }

    public static TrainedModel Train(TrainingPlan plan) => Train(new TrainingSession(Song, plan));

    public static float[][] Weights(ILanguageModel model) =>
        [.. model.Parameters.Select(parameter => parameter.Value.ToArray())];

    public static byte[] Bytes(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static TrainedModel Finish(TrainingSession session)
    {
        foreach (var _ in session.Run(Cancellation)) { }
        return session.Finish();
    }
}
