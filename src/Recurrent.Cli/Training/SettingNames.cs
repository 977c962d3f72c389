using Recurrent.Optimizing;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>The settings of a training by name, as the model file keeps them.</summary>
internal static class SettingNames
{
    /// <summary>Everything that changes the result. Threads are left out, and what only some trainings have where they have it not.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="recoveries">Where the training went back with half the learning rate, which is no wish but changes the result.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        TrainSettings settings,
        IReadOnlyList<TrainingRecovery> recoveries
    )
    {
        var trainer = settings.Trainer;
        List<KeyValuePair<string, string>> names =
        [
            new("seed", $"{trainer.Seed}"),
            new("batch", $"{trainer.BatchSize}"),
            new("steps", $"{trainer.Steps}"),
            new("epochs", $"{trainer.Epochs}"),
            new("learning-rate", $"{trainer.LearningRate}"),
            new("clip", $"{trainer.ClipNorm ?? 0}"),
            new("sampler", trainer.Sampler == SamplerKind.Sequential ? "sequential" : "random"),
            new("max-tokens", $"{settings.Corpus.MaxTokens ?? 0}"),
        ];
        AddUnless(settings.Corpus.MinFrequency == 1, "min-frequency", $"{settings.Corpus.MinFrequency}");
        AddUnless(
            settings.Corpus.MaxVocabulary is null,
            "max-vocabulary",
            $"{settings.Corpus.MaxVocabulary}"
        );
        AddUnless(trainer.Budget is null, "budget", $"{trainer.Budget?.TotalSeconds}s");
        AddUnless(trainer.Optimizer == OptimizerKind.Sgd, "optimizer", $"{trainer.Optimizer}");
        AddUnless(trainer.Momentum == 0, "momentum", $"{trainer.Momentum}");
        AddUnless(trainer.WeightDecay == 0, "weight-decay", $"{trainer.WeightDecay}");
        AddUnless(trainer.Schedule == ScheduleKind.Constant, "schedule", $"{trainer.Schedule}");
        AddUnless(trainer.Schedule == ScheduleKind.Constant, "final-rate", $"{trainer.FinalRate}");
        AddUnless(trainer.WarmupSteps == 0, "warmup", $"{trainer.WarmupSteps}");
        AddUnless(trainer.ClipValue is null, "clip-value", $"{trainer.ClipValue}");
        AddUnless(trainer.Validation == 0, "validation", $"{trainer.Validation}");
        AddUnless(trainer.Patience is null, "patience", $"{trainer.Patience}");
        AddUnless(
            recoveries.Count == 0,
            "went-back",
            string.Join(", ", recoveries.Select(one => $"epoch {one.Epoch} minibatch {one.Minibatch}"))
        );
        return names;

        void AddUnless(bool without, string name, string value)
        {
            if (!without)
            {
                names.Add(new(name, value.ToLowerInvariant()));
            }
        }
    }
}
