using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Recurrent.Telemetry;
using Recurrent.Text;

namespace Recurrent.Tests.Telemetry;

public sealed class RecurrentTelemetryTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out\n", 40)),
        new CorpusOptions { Normalization = Normalization.None }
    );

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Operations_are_measured_by_the_documented_names()
    {
        // Other tests are at work, too, so there may be more than what is done here.
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == RecurrentTelemetry.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
                Add(instrument.Name + (tags.Length > 0 ? $" {tags[0].Key}={tags[0].Value}" : ""), value)
        );
        listener.Start();
        var model = Train();
        model.Generate(length: 30, cancellationToken: Cancellation);
        model.Score("the tide");
        Assert.InRange(sums["recurrent.generated.tokens"], 30, double.MaxValue);
        Assert.InRange(sums["recurrent.scored.tokens"], 8, double.MaxValue);
        Assert.InRange(sums["recurrent.trained.tokens"], 1, double.MaxValue);
        Assert.InRange(sums["recurrent.training.perplexity"], 1, double.MaxValue);
        foreach (var operation in (string[])["generate", "score", "train"])
        {
            Assert.InRange(sums[$"recurrent.operation.duration operation={operation}"], 0, double.MaxValue);
        }
        var documented = File.ReadAllText(Repository.PathOf("docs/services.md"));
        Assert.All(sums.Keys, name => Assert.Contains($"`{name.Split(' ')[0]}`", documented));

        void Add(string name, double value) => sums.AddOrUpdate(name, value, (_, sum) => sum + value);
    }

    [Fact]
    public void Activities_are_children_of_the_callers_and_never_the_current_one()
    {
        var ended = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is RecurrentTelemetry.ActivitySourceName or "test",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        using var caller = source.StartActivity("caller")!;
        var model = Train();
        model.Score("the tide");
        foreach (var _ in model.Stream(length: 3, cancellationToken: Cancellation))
        {
            Assert.Same(caller, Activity.Current);
        }
        Assert.Same(caller, Activity.Current);
        var names = ended.Where(one => one.ParentSpanId == caller.SpanId).Select(one => one.OperationName);
        Assert.Superset(
            new HashSet<string> { "recurrent.generate", "recurrent.score", "recurrent.train" },
            names.ToHashSet()
        );
    }

    private static TextModel Train() =>
        TextModel.Train(
            s_corpus,
            new()
            {
                Plan = plan =>
                    plan with
                    {
                        Model = plan.Model with { HiddenSize = 8, EmbeddingSize = 0 },
                        Trainer = plan.Trainer with { Epochs = 1 },
                    },
            },
            cancellationToken: Cancellation
        );
}
