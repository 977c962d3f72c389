using Recurrent.Formats;
using Recurrent.Kernels.Portable;
using Recurrent.Models;
using Recurrent.Models.Counts;

namespace Recurrent.Training;

// The n-grams that are counted beside the training of the network.
public sealed partial class TrainingSession
{
    private const double CountedInBudgetSecond = 150_000; // tokens; a million take about a second

    private NGramModel? _counts; // of the text that is trained on; null before they are counted

    /// <summary>
    /// What counts of n-grams came to at the end of the run; null before <see cref="Finish"/>, and where none were
    /// wanted (<see cref="TrainingPlan.Counts"/>).
    /// </summary>
    public CountsReport? Counted { get; private set; }

    /// <summary>
    /// Whether n-grams are to be counted. A model of the caller's own is left as it is unless they are asked for.
    /// </summary>
    private bool WantsCounts =>
        Plan.Counts switch
        {
            CountsUse.Always => true,
            CountsUse.WhereTheyHelp => Trainer.HeldOut is not null
                && !Plan.Model.Bidirectional
                && _options.Parts.Model is null,
            _ => false,
        };

    /// <summary>The tokens, at the end of the text, whose n-grams are counted: in a tenth of a budget or so.</summary>
    private long CountedTokens =>
        Math.Min(
            Math.Min(TrainedTokens, NGramModel.MaxTokens),
            Plan.Trainer.Budget is { } budget ? (long)(budget.TotalSeconds * CountedInBudgetSecond) : long.MaxValue
        );

    /// <exception cref="ArgumentException">Counts are wanted beside a model that reads from both ends.</exception>
    private static void RequireReadsForward(TrainingPlan plan)
    {
        if (plan is { Counts: CountsUse.Always, Model.Bidirectional: true })
        {
            throw new ArgumentException(
                "Counts read a text from left to right and cannot be mixed with a bidirectional model; leave one of "
                    + "the two out.",
                nameof(plan)
            );
        }
    }

    /// <summary>The n-grams of the text that is trained on; of what is held out there is none among them.</summary>
    private NGramModel CountNGrams()
    {
        if (_counts is null)
        {
            var (text, counted) = (Trainer.TrainedOn, CountedTokens);
            text = text.Slice(text.Length - counted, counted);
            _counts = NGramModel.Count(text.InMemory().Span, Plan.Model.VocabularySize);
        }
        return _counts;
    }

    /// <summary>
    /// The trained network, or the mean of several, with counts, where they are wanted and help: the validation text,
    /// which neither has seen, decides.
    /// </summary>
    private TrainedModel WithCounts(TrainedModel network)
    {
        if (!WantsCounts)
        {
            return network;
        }
        var counts = CountNGrams();
        var hybrid = new MixedModel(network.Model, counts, 1 - Plan.CountsWeight);
        var loss = Trainer.MeasureHeldOut(hybrid);
        var alone = Mean?.Loss ?? Trainer.Best?.ValidationLoss ?? Trainer.MeasureHeldOut(network.Model);
        var isSaved = Plan.Counts == CountsUse.Always || loss < alone;
        Counted = new(counts.Order, CountedTokens, isSaved)
        {
            ValidationPerplexity = PerplexityOf(loss),
            NetworkPerplexity = PerplexityOf(alone),
        };
        if (!isSaved)
        {
            return network;
        }
        return new(
            hybrid,
            Corpus.Codec,
            network.Training with
            {
                ValidationPerplexity = Counted.ValidationPerplexity,
                NetworkValidationPerplexity = Counted.NetworkPerplexity,
            }
        );
    }

    private static double? PerplexityOf(double? loss) => loss is { } nats ? PortableMath.Exp(nats) : null;
}

/// <summary>What counts of n-grams came to at the end of a training run.</summary>
/// <param name="Order">Length of the longest n-grams.</param>
/// <param name="Tokens">Tokens of the text whose n-grams were counted.</param>
/// <param name="AreSaved">Whether they are in the trained model, because they help or were asked for.</param>
/// <example>
/// <code>
/// var trained = session.Finish();
/// var counted = session.Counted;
/// Console.WriteLine($"{counted?.NetworkPerplexity} alone, {counted?.ValidationPerplexity} with counts");
/// </code>
/// </example>
public sealed record CountsReport(int Order, long Tokens, bool AreSaved)
{
    /// <summary>Perplexity of network and counts together on the validation text; null without one.</summary>
    public double? ValidationPerplexity { get; init; }

    /// <summary>Perplexity of the network alone on the validation text; null without one.</summary>
    public double? NetworkPerplexity { get; init; }
}
