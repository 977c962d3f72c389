using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent;

/// <summary>The way in which <see cref="TextModel"/> trains.</summary>
/// <example>
/// <code>
/// var options = new TextModelOptions
/// {
///     Budget = TimeSpan.FromMinutes(3),
///     Plan = plan =&gt; plan with { Trainer = plan.Trainer with { Seed = 7 } },
///     Session = new() { CheckpointPath = "names.checkpoint" },
/// };
/// </code>
/// </example>
public sealed record TextModelOptions
{
    /// <summary>
    /// The time to make the best of, within the bounds of <see cref="TrainerOptions.Budget"/>; null, the default, for
    /// as long as the plan that suits the text takes.
    /// </summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>
    /// Changes the plan that suits the text and the time: the kind and sizes of the model, and every setting of its
    /// training; null, the default, to take it as it is.
    /// </summary>
    public Func<TrainingPlan, TrainingPlan>? Plan { get; init; }

    /// <summary>
    /// A model to train further, on the same or another text; null, the default, to train one from the beginning. The
    /// model itself never changes. Its kind and sizes stay.
    /// </summary>
    public TextModel? From { get; init; }

    /// <summary>
    /// Whether tokens that <see cref="From"/> does not know are added to its vocabulary; false, the default, to refuse
    /// a text that has some.
    /// </summary>
    public bool ExtendVocabulary { get; init; }

    /// <summary>
    /// The options of the run on this machine. Where they name a checkpoint, the training goes on from it if there is
    /// one, and a run that is stopped or ends writes it.
    /// </summary>
    public TrainingSessionOptions Session { get; init; } = new();

    internal TrainingPlan PlanFor(Corpus corpus)
    {
        var (tokens, vocabulary) = (corpus.Sequence.Length, corpus.Vocabulary.Count);
        var plan = Budget is { } budget
            ? TrainingPlan.Within(budget, tokens, vocabulary, Session.Device ?? Device.Default)
            : TrainingPlan.For(tokens, vocabulary);
        plan = From is null ? plan : plan.GoingOnFrom(From.Trained);
        plan = Plan is null ? plan : Plan(plan);
        return !plan.Model.Bidirectional
            ? plan
            : throw new ArgumentException(
                "The plan is for a bidirectional model, which can neither write nor score; "
                    + "use a TrainingSession for it."
            );
    }
}
