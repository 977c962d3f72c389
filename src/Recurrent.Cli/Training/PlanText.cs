using Recurrent.Cli.Hosting;
using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Reports;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>What a training run would do, in lines: <c>train --dry-run</c>.</summary>
internal static class PlanText
{
    private const double Runtime = 60e6; // bytes of a program that does nothing
    private const int BytesPerWeight = 4;
    private const int BytesPerToken = 4;

    /// <summary>Returns the lines.</summary>
    /// <param name="settings">What the user asks for.</param>
    /// <param name="textName">The name of the text.</param>
    /// <param name="path">The model file.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="plan">The model and its training.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="FailureException">A parameter of the model would be larger than a tensor can.</exception>
    public static IEnumerable<string> Of(
        TrainSettings settings,
        string textName,
        string path,
        Corpus corpus,
        TrainingPlan plan,
        Device device
    )
    {
        var weights = WeightsOf(plan.Model);
        var (tokens, unit, trainer) = (corpus.Sequence.Length, corpus.Codec.Tokenizer.Name, plan.Trainer);
        var heldOut = settings.ValidationText is null ? trainer.ValidationTokens(tokens) : 0;
        var isValidated = heldOut > 0 || settings.ValidationText is not null;
        var minibatches = (tokens - heldOut - 1) / ((long)trainer.BatchSize * trainer.Steps);
        var copies = 1 + trainer.CreateOptimizer([]).MomentNames.Count; // the weights, and the optimiser's moments
        var best = trainer.Validation > 0 ? 1 : 0;
        yield return ModelText.Heading(textName, tokens, unit, plan, weights);
        foreach (var group in TrainingSettings.InEffect(corpus.Options, plan).GroupBy(setting => setting.Group))
        {
            yield return "";
            yield return $"{group.Key}:";
            foreach (var (_, option, _, value) in group)
            {
                yield return $"  {option, -18} {value}";
            }
        }
        yield return $"  {"--threads", -18} {settings.Threads ?? Environment.ProcessorCount}";
        yield return $"  {"--device", -18} {device.Words}";
        yield return "";
        yield return "It takes about:";
        yield return $"  {"an epoch", -18} {Sentences.Amount(minibatches, "minibatches")} of {trainer.BatchSize} rows "
            + $"of {Sentences.Amount(trainer.Steps, unit)}";
        yield return $"  {"memory", -18} {Figures.Bytes(Memory())}";
        yield return $"  {"model file", -18} {Figures.Bytes(weights * plan.Networks * BytesPerWeight)}"
            + (
                plan.Counts switch
                {
                    CountsUse.Always => " and counts",
                    CountsUse.WhereTheyHelp when isValidated && !plan.Model.Bidirectional =>
                        ", and counts if they help",
                    _ => "",
                }
            );
        if (settings.CheckpointInterval is not null)
        {
            yield return $"  {"checkpoint", -18} {Figures.Bytes(weights * BytesPerWeight * ((2 * copies) + best))}";
        }
        yield return "";
        yield return $"Nothing is written. Without --dry-run the model goes to {path}"
            + $"{(File.Exists(path) ? ", which it would replace." : ".")}";

        double Memory() =>
            Runtime
            + plan.BytesOfWeights(weights)
            + (plan.BytesOfRow * trainer.BatchSize)
            + ((double)tokens * BytesPerToken);
    }

    /// <summary>The number of a model's weights.</summary>
    /// <exception cref="FailureException">A parameter of the model would be larger than a tensor can.</exception>
    public static long WeightsOf(ModelConfiguration model)
    {
        try
        {
            return LanguageModel.Find(model.Kind)!.ShapesOf(model).Sum(parameter => (long)parameter.Shape.Count);
        }
        catch (ArgumentException tooLarge)
        {
            throw new FailureException(tooLarge.WithoutParameter(), tooLarge);
        }
    }
}
