using Recurrent.Text;
using Recurrent.Training.Settings;

namespace Recurrent.Training;

// What the model file and checkpoints make of the rows.
internal static partial class TrainingSettings
{
    /// <summary>The name under which the model file keeps where a run was stopped that had not ended.</summary>
    public const string Stopped = "stopped";

    /// <summary>The name under which files keep the identity of a validation text of its own.</summary>
    public const string ValidationText = "validation-text";

    private const string WentBack = "went-back";

    /// <summary>What two models must have alike for their perplexities to be compared, besides their text.</summary>
    public static IEnumerable<string?> MeasuredOn(IReadOnlyList<KeyValuePair<string, string>> kept) =>
        from name in (string[])
            [
                TextSettings.MaxTokens.Name,
                Validation.Name,
                ValidationText,
                ValidationLines.Name,
                .. ValidationLines.In(kept) ? [Seed.Name] : Array.Empty<string>(), // which decides the lines
            ]
        select kept.FirstOrDefault(setting => setting.Key == name).Value;

    /// <summary>What was chosen, of what a model file keeps: not what became of it.</summary>
    public static IReadOnlyDictionary<string, string> Chosen(IEnumerable<KeyValuePair<string, string>> kept) =>
        kept.Where(setting => setting.Key is not (Stopped or WentBack)).ToDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The settings by name as the model file keeps them: those of every run, then what this run has besides. Threads
    /// and checkpoints are left out: they change no bit.
    /// </summary>
    /// <param name="text">The options by which the text became tokens.</param>
    /// <param name="plan">The model and its training.</param>
    /// <param name="parts">The names of parts of the caller's own.</param>
    /// <param name="recoveries">
    /// Where the run went back with half the learning rate: not a setting, but it changes the result.
    /// </param>
    public static IReadOnlyList<KeyValuePair<string, string>> Kept(
        CorpusOptions text,
        TrainingPlan plan,
        PartNames parts,
        IReadOnlyList<TrainingRecovery> recoveries
    )
    {
        List<KeyValuePair<string, string>> kept =
        [
            .. All.Where(row => row.IsKeptAlways).Select(row => Of(row, plan)),
            .. TextSettings.All.Where(row => row.IsKeptAlways).Select(row => Of(row, text)),
            .. TextSettings.All.Where(row => !row.IsKeptAlways && row.IsKept(text)).Select(row => Of(row, text)),
            .. All.Where(row => !row.IsKeptAlways && (row.IsKept(plan) || parts.IsOwn(row.Name)))
                .Where(row => !parts.IsOwn(row.PartOf))
                .Select(row => Of(row, plan)),
        ];
        if (recoveries.Count > 0)
        {
            var places = recoveries.Select(one => $"epoch {one.Epoch} minibatch {one.Minibatch}");
            kept.Add(new(WentBack, string.Join(", ", places)));
        }
        return kept;

        KeyValuePair<string, string> Of<TOwner>(Setting<TOwner> row, TOwner owner)
        {
            var value = parts.Of(row.Name) ?? row.TextOf(owner);
            // Numbers of the first kind have always been written as they are, such as 1E-05, and the others as 1e-05.
            return new(row.Name, row.IsKeptAlways ? value : value.ToLowerInvariant());
        }
    }

    /// <summary>Every setting that has an effect on a run, in the order of the help, with its value in words.</summary>
    /// <param name="text">The options by which the text becomes tokens.</param>
    /// <param name="plan">The model and its training.</param>
    public static IEnumerable<(string Name, string Option, SettingGroup Group, string Value)> InEffect(
        CorpusOptions text,
        TrainingPlan plan
    )
    {
        var choices = new SettingChoices(text.Normalization)
        {
            Kind = plan.Model.Kind,
            Optimizer = plan.Trainer.Optimizer,
            Schedule = plan.Trainer.Schedule,
            HasLocalSteps = plan.Trainer.LocalSteps is not null,
            HasCounts = plan.Counts != CountsUse.Never,
        };
        return
        [
            .. Of(TextSettings.All, text),
            .. Of(All, plan).OrderBy(setting => setting.Group), // and within a group as they are
        ];

        IEnumerable<(string, string, SettingGroup Group, string)> Of<T>(IEnumerable<Setting<T>> rows, T owner) =>
            rows.Where(row => row.Refusal(choices) is null)
                .Select(row => (row.Name, row.Option, row.Group, row.WordsOf(owner)));
    }

    /// <summary>The settings by name that two runs must agree in to continue each other.</summary>
    /// <param name="plan">The model and its training.</param>
    /// <param name="parts">The names of parts of the caller's own.</param>
    public static IEnumerable<KeyValuePair<string, string>> Identity(TrainingPlan plan, PartNames parts) =>
        from row in All
        where !parts.IsOwn(row.PartOf)
        let value = row.IdentityName is null ? null : parts.Of(row.Name) ?? row.IdentityOf(plan)
        where value is not null
        select new KeyValuePair<string, string>(row.IdentityName!, value);
}
