using Recurrent.Formats;
using Recurrent.Training;
using static Recurrent.Tests.Training.SeveralNetworks;

namespace Recurrent.Tests.Training;

/// <summary>A run of several networks that are not of one kind.</summary>
public sealed class NetworkKindsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void They_may_be_of_several_kinds_by_turns()
    {
        var together = Train(Plan(networks: 3) with { FurtherKinds = ["lstm"] });
        Assert.Equal(["gru", "lstm", "gru"], together.Networks.Select(network => network.Configuration.Kind));
        Assert.Equal(Weights(Train(Plan(networks: 1)).Model), Weights(together.Networks[0]));
        var second = Plan(networks: 1, seed: 1001);
        second = second with { Model = second.Model with { Kind = "lstm" } };
        Assert.Equal(Weights(Train(second).Model), Weights(together.Networks[1]));
        Assert.Contains(new("model", "gru,lstm"), together.Training.Settings);

        using var file = new MemoryStream(Bytes(together));
        Assert.Equal(together.Networks.Select(Weights), TrainedModel.Load(file).Networks.Select(Weights));
    }

    [Theory]
    [InlineData("rnn-scratch")]
    [InlineData("transformer")]
    public void Kinds_that_do_not_train_beside_others_are_refused(string kind)
    {
        var error = Assert.Throws<ArgumentException>(() => Plan(networks: 2) with { FurtherKinds = ["lstm", kind] });
        Assert.StartsWith($"Networks of the kind \"{kind}\" do not train beside others; choose from ", error.Message);
    }

    [Fact]
    public void A_run_of_several_kinds_goes_on_as_such()
    {
        var plan = Plan(networks: 2) with { FurtherKinds = ["lstm"] };
        var whole = Bytes(Train(plan));
        foreach (var reports in (int[])[2, 5])
        {
            var first = Session(plan);
            Assert.Equal(reports, first.Run(Cancellation).Take(reports).Count());
            first.SaveCheckpoint();
            var second = Session(plan);
            Assert.True(second.Resume());
            Assert.Equal(whole, Bytes(Finish(second)));
            var error = Assert.Throws<ModelFileException>(() => Session(plan with { FurtherKinds = ["rnn"] }).Resume());
            Assert.Contains("it is of a training run with further kinds lstm instead of rnn; ", error.Message);
            second.DeleteCheckpoint();
        }
    }

    private TrainingSession Session(TrainingPlan plan) =>
        new(Song, plan, new() { CheckpointPath = _folder["checkpoint"] });
}
