using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>How fast a device trains what a plan describes, tried for a moment. Nothing of it is kept.</summary>
internal static class DeviceTrial
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(0.1);

    /// <summary>Trains on random tokens for about a tenth of a second.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">The device.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Tokens per second, once everything is compiled.</returns>
    public static double TokensPerSecond(TrainingPlan plan, Device device, TimeProvider time)
    {
        var (batch, random) = (plan.Trainer.BatchSize, RandomStream.Parameters(plan.Trainer.Seed));
        var model = LanguageModel.Create(plan.Model, random, device);
        // A slow device must not be kept busy for long: fewer steps, which are about as fast each.
        var work = 6.0 * model.Parameters.Sum(parameter => (double)parameter.Value.Count) * batch;
        var steps = (int)Math.Clamp(device.WorkPerSecond * s_time.TotalSeconds / work, 1, plan.Trainer.Steps);
        var options = new TrainerOptions
        {
            BatchSize = batch,
            Steps = steps,
            Epochs = TrainerOptions.MaxEpochs,
            Optimizer = plan.Trainer.Optimizer,
            LearningRate = 1e-6,
            ClipNorm = plan.Trainer.ClipNorm,
        };
        var tokens = new int[(batch * steps) + steps + 1];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = random.Below(plan.Model.VocabularySize, (ulong)i);
        }
        using var epochs = new Trainer(model, tokens, options, time).Run().GetEnumerator();
        epochs.MoveNext();
        var (trained, elapsed, start) = (0L, TimeSpan.Zero, time.GetTimestamp());
        do
        {
            epochs.MoveNext();
            trained += epochs.Current.Tokens;
            elapsed = time.GetElapsedTime(start);
        } while (elapsed < s_time);
        return trained / elapsed.TotalSeconds;
    }
}
